//! The example's three mails in a real browser: every look a reader may have, on a telephone and on a desk.
//!
//! The shop's campaigns, templates, blocks and texts are laid over a handful of invented people, the program makes the mails, and
//! Chromium lays them out side by side, each in a frame as wide as a screen. It is found by `CHROMIUM`, then by its usual names.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const NOW: &str = "2011-11-14T09:00:00Z";
const ASSETS: &str = "https://boutique.example/assets/";
const CHROMIUMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAILS: [(&str, &str); 3] = [("newsletter", "c1"), ("cart", "c2"), ("card", "c3")];
/// A small telephone, and a column in a mail program.
const WIDTHS: [u32; 2] = [375, 640];
/// The height of a frame: above that of every mail.
const HEIGHT: u32 = 3600;

/// How a mail is looked at.
struct Look {
    name: &'static str,
    dark: bool,
    images: bool,
}

const LOOKS: [Look; 4] = [
    Look { name: "light", dark: false, images: true },
    Look { name: "dark", dark: true, images: true },
    Look { name: "light-no-images", dark: false, images: false },
    Look { name: "dark-no-images", dark: true, images: false },
];

/// Measures every frame once everything is loaded, and leaves the figures in the page.
const MEASURE: &str = r"
addEventListener('load', () => {
  const light = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
  const frames = [...document.querySelectorAll('iframe')].map((frame) => {
    const page = frame.contentDocument;
    const images = [...page.images];
    return {
      name: frame.name,
      width: page.documentElement.clientWidth,
      content: page.documentElement.scrollWidth,
      height: page.body.scrollHeight,
      images: images.length,
      shown: images.filter((image) => image.naturalWidth > 0).length,
      mute: images.filter((image) => !image.hasAttribute('alt')).length,
      links: [...page.links].filter((link) => !link.href.startsWith('https://')).length,
      words: page.body.innerText.trim().length,
      paper: light(frame.contentWindow.getComputedStyle(page.querySelector('.paper')).backgroundColor),
      ink: light(frame.contentWindow.getComputedStyle(page.querySelector('.ink div')).color),
    };
  });
  document.getElementById('report').textContent = JSON.stringify(frames);
});
";

#[test]
fn mails_fit_every_screen_in_light_and_dark_with_images_and_without() {
    let chromium = chromium();
    let scratch = tempfile::tempdir().expect("a folder");
    let shop = shop(scratch.path());
    let mails = MAILS.map(|(campaign, recipient)| (campaign, preview(&shop, campaign, recipient)));
    for (campaign, html) in &mails {
        assert!(html.len() <= 60 * 1024, "{campaign}: {} bytes", html.len());
    }
    let wall = scratch.path().join("wall.html");
    fs::write(&wall, page(&mails, &shop.join("assets"))).expect("a page");

    let mut pictures = Vec::new();
    for look in &LOOKS {
        let profile = scratch.path().join(look.name);
        let dumped = browse(&chromium, look, &profile, &["--dump-dom"], &wall);
        let said = String::from_utf8_lossy(&dumped.stderr);
        assert!(!said.contains("CONSOLE"), "{}: the page complains: {said}", look.name);
        let frames = report(&String::from_utf8_lossy(&dumped.stdout));
        assert_eq!(frames.len(), mails.len() * WIDTHS.len(), "{}", look.name);
        for frame in &frames {
            judge(frame, look);
        }

        let picture = scratch.path().join(format!("{}.png", look.name));
        browse(&chromium, look, &profile, &[&format!("--screenshot={}", picture.display())], &wall);
        let bytes = fs::read(&picture).expect("a picture");
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 20_000, "{}: a picture of {} bytes", look.name, bytes.len());
        pictures.push(bytes);
    }
    for (n, one) in pictures.iter().enumerate() {
        assert!(pictures[n + 1..].iter().all(|other| other != one), "`{}` looks like another", LOOKS[n].name);
    }
}

#[test]
fn a_picture_is_the_whole_mail_in_its_width_and_scheme_with_local_images() {
    let scratch = tempfile::tempdir().expect("a folder");
    let shop = shop(scratch.path());
    let picture = |name: &str, flags: &[&str]| {
        let file = scratch.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_relance"))
            .args(["preview", "newsletter", "--recipient", "c1", "--now", NOW, "-q", "-C"])
            .arg(&shop)
            .arg("--png")
            .arg(&file)
            .args(flags)
            .env("CHROMIUM", chromium())
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let bytes = fs::read(&file).expect("a picture");
        let (width, height, colours) = pixels(&bytes);
        assert!(height > 1000 && colours > 50, "{name}: {height} pixels high, {colours} different bytes");
        (bytes, width)
    };
    let (light, width) = picture("light.png", &["--width", "375"]);
    let (dark, _) = picture("dark.png", &["--width", "375", "--dark"]);
    let (wide, wide_width) = picture("wide.png", &[]);
    assert_eq!([width, wide_width], [375, 640]);
    assert!(light != dark && light != wide);
    fs::remove_dir_all(shop.join("assets/images")).expect("images");
    let (bare, _) = picture("light.png", &["--width", "375"]);
    assert!(bare != light, "the project's images are in the picture");
    assert!(!scratch.path().join("light.png.part").exists());
}

#[test]
fn mails_say_what_served_to_make_them() {
    let scratch = tempfile::tempdir().expect("a folder");
    let shop = shop(scratch.path());
    let cases = [
        ("newsletter", "c1", "votre ville"), // the front page is for readers in Paris
        ("newsletter", "c4", "Your first name and language aside, it is the same"), // who did not agree to profiling
        ("cart", "c2", "your basket"),
        ("cart", "c2", "£33.50"), // 2 × £12.75 + £8.00
        ("cart", "c2", "2 × £12.75"),
        ("card", "c3", "We never ask for a card number by e-mail"),
        ("card", "c3", "Mastercard •••• 1028"),
    ];
    for (campaign, recipient, words) in cases {
        let html = preview(&shop, campaign, recipient).replace('\u{a0}', " ");
        assert!(html.contains(words), "{campaign} of {recipient} lacks `{words}`");
    }
    assert!(!preview(&shop, "card", "c3").contains("HERON5"), "a service mail sells nothing");
}

/// Asserts what holds of every mail at every width.
fn judge(frame: &Value, look: &Look) {
    let count = |key: &str| frame[key].as_u64().unwrap_or_else(|| panic!("`{key}` is missing of {frame}"));
    let brightness = |key: &str| frame[key].as_f64().unwrap_or_else(|| panic!("`{key}` is missing of {frame}"));
    let told = format!("{} {frame}", look.name);
    assert!(count("content") <= count("width"), "wider than its screen: {told}");
    assert!(count("height") > 400 && count("height") < u64::from(HEIGHT), "an odd height: {told}");
    assert_eq!(count("mute"), 0, "a picture without `alt`: {told}");
    assert_eq!(count("links"), 0, "a link that is not https: {told}");
    assert!(count("images") >= 1 && count("words") > 300, "an empty mail: {told}");
    assert_eq!(count("shown"), if look.images { count("images") } else { 0 }, "pictures missing or too many: {told}");
    let (paper, ink) = (brightness("paper"), brightness("ink"));
    assert!(if look.dark { ink - paper > 150.0 } else { paper - ink > 150.0 }, "hard to read: {told}");
}

/// Runs Chromium once over a local page; the network is out of reach.
fn browse(chromium: &str, look: &Look, profile: &Path, action: &[&str], wall: &Path) -> Output {
    let width = u32::try_from(MAILS.len()).expect("few mails") * WIDTHS.iter().sum::<u32>() + 100;
    let output = Command::new(chromium)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-extensions",
            "--mute-audio",
            "--enable-logging=stderr",
            "--virtual-time-budget=4000",
        ])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--force-device-scale-factor=1"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},{HEIGHT}"))
        .arg(format!("--blink-settings=preferredColorScheme={},imagesEnabled={}", u8::from(!look.dark), look.images))
        .args(action)
        .arg(format!("file://{}", wall.display()))
        .output()
        .expect("chromium starts");
    assert!(output.status.success(), "chromium ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    output
}

/// Width and height of a PNG, and how many different bytes its pixels have (RFC 2083 sections 3 and 4.1).
fn pixels(png: &[u8]) -> (u32, u32, usize) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    let (mut at, mut data) = (8, Vec::new());
    while at < png.len() {
        let length = usize::try_from(number(at)).expect("a length");
        if &png[at + 4..at + 8] == b"IDAT" {
            data.extend_from_slice(&png[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(&data[..]).read_to_end(&mut rows).expect("pixels");
    let different: std::collections::HashSet<u8> = rows.into_iter().collect();
    (number(16), number(20), different.len())
}

/// The frames' figures out of a dumped page.
fn report(dom: &str) -> Vec<Value> {
    let (_, rest) = dom.split_once("<pre id=\"report\">").expect("a report");
    let (json, _) = rest.split_once("</pre>").expect("the end of the report");
    serde_json::from_str(json).unwrap_or_else(|error| panic!("no figures were left: {error}: `{json}`"))
}

/// One page with each mail in a frame of each width; pictures come from the folder.
fn page(mails: &[(&str, String)], assets: &Path) -> String {
    let mut frames = String::new();
    for (campaign, html) in mails {
        let local = html.replace(ASSETS, &format!("file://{}/", assets.display()));
        let quoted = local.replace('&', "&amp;").replace('"', "&quot;");
        for width in WIDTHS {
            let style = format!("width:{width}px;height:{HEIGHT}px;border:0");
            let _ = writeln!(frames, "<iframe name=\"{campaign}-{width}\" style=\"{style}\" srcdoc=\"{quoted}\"></iframe>");
        }
    }
    let head =
        "<meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><style>body{margin:0;white-space:nowrap}</style>";
    format!("<!doctype html><html><head>{head}<script>{MEASURE}</script></head><body>{frames}<pre id=\"report\"></pre></body></html>")
}

/// The HTML part of one person's mail, as `relance preview` prints it.
fn preview(shop: &Path, campaign: &str, recipient: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .args(["preview", campaign, "--recipient", recipient, "--part", "html", "--now", NOW, "-C"])
        .arg(shop)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "preview {campaign} {recipient}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The browser's name, or a way to get one.
fn chromium() -> String {
    let runs = |name: &str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if let Ok(named) = std::env::var("CHROMIUM") {
        assert!(runs(&named), "CHROMIUM names `{named}`, which does not run");
        return named;
    }
    let found = CHROMIUMS.into_iter().find(|name| runs(name));
    found.expect("install chromium: apt-get install chromium").to_owned()
}

/// Lays the shop over a few invented people and returns its folder.
fn shop(scratch: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/boutique");
    let to = scratch.join("shop");
    for folder in ["assets", "blocks", "campaigns", "locales", "templates"] {
        copy(&from.join(folder), &to.join(folder));
    }
    for file in ["segments.toml", "offers.toml"] {
        fs::copy(from.join(file), to.join(file)).expect("a copy");
    }
    let config = fs::read_to_string(from.join("relance.toml")).expect("the shop's settings");
    let config = config.replace("data/orders.parquet", "data/orders.csv").replace("data/events/*.jsonl.gz", "data/events.jsonl");
    fs::write(to.join("relance.toml"), config).expect("settings");
    let data = to.join("data");
    fs::create_dir_all(&data).expect("a folder");
    let write = |name: &str, text: &str| fs::write(data.join(name), text).expect("a table");
    write("contacts.csv", CONTACTS);
    write("identities.csv", "visitor_id,contact_id\nv1,c1\n");
    write("payment_methods.jsonl", CARD);
    write("events.jsonl", EVENTS);
    let (products, orders) = tables();
    write("products.csv", &products);
    write("orders.csv", &orders);
    to
}

/// Twelve products, one with a long title and one with an old price, and a fortnight in which other people bought them all.
fn tables() -> (String, String) {
    let kinds = [("Cuisine > Pâtisserie", "patisserie"), ("Maison > Bougeoirs", "bougeoirs"), ("Noël", "noel"), ("Sacs > Cabas", "cabas")];
    let mut products = "id,kind,title,price,list_price,currency,url,category,image_url,stock\n".to_owned();
    let mut orders = "order_id,contact_id,at,product_id,quantity,unit_price\n".to_owned();
    for n in 1..=12 {
        let (category, image) = kinds[n % kinds.len()];
        let title = if n == 5 {
            "Set of three Regency cake stands hand painted with vintage roses and Donaudampfschifffahrt".to_owned()
        } else {
            format!("Thing number {n}")
        };
        let list = if n == 6 { "19.50" } else { "" };
        let price = if n == 1 { "12.75" } else { "8.00" };
        let _ =
            writeln!(products, "p{n},product,{title},{price},{list},GBP,https://boutique.example/p/p{n},{category},images/{image}.png,40");
        for buyer in 0..=n % 3 {
            let _ = writeln!(orders, "o{n}-{buyer},c{},2011-11-{:02}T10:00:00Z,p{n},1,{price}", 5 + buyer, n);
        }
    }
    for (order, contact) in [("a", "c1"), ("b", "c2"), ("c", "c4")] {
        let _ = writeln!(orders, "{order},{contact},2011-09-20T10:00:00Z,p3,2,8.00");
    }
    (products, orders)
}

const CONTACTS: &str = "id;email;first_name;last_name;locale;city;country;consent_newsletter;consent_profiling\n\
    c1;c1@post.example;Marie-Antoinette Joséphine Clémence;de La Rochefoucauld;fr-FR;Paris;France;true;true\n\
    c2;c2@post.example;<b>Zoé</b>;Lefèvre & Fils;en-GB;York;United Kingdom;true;true\n\
    c3;c3@post.example;;;en-GB;Leeds;United Kingdom;false;false\n\
    c4;c4@post.example;Élodie;Fontaine;en-GB;Oxford;United Kingdom;true;false\n\
    c5;c5@post.example;Ann;Lee;en-GB;Leeds;United Kingdom;true;true\n\
    c6;c6@post.example;Bob;Lee;en-GB;Leeds;United Kingdom;true;true\n\
    c7;c7@post.example;Cat;Lee;en-GB;Leeds;United Kingdom;true;true\n";

const CARD: &str = r#"{"contact_id":"c3","method_id":"m3","brand":"mastercard","last4":"1028","expires_on":"2011-12-14","status":"active"}
"#;

const EVENTS: &str = r#"{"at":"2011-11-10T18:00:00Z","kind":"view","visitor_id":"v1","product_id":"p2","origin":"first_party"}
{"at":"2011-11-14T04:00:00Z","kind":"cart_add","contact_id":"c2","product_id":"p1","quantity":2,"price":"12.75","origin":"first_party"}
{"at":"2011-11-14T04:01:00Z","kind":"cart_add","contact_id":"c2","product_id":"p5","quantity":1,"price":"8.00","origin":"first_party"}
"#;

/// Copies a folder and what is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
