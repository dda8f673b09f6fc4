//! Twenty campaigns for the example shop: one service mail, nine sequences that hang on what people did, ten letters of one Monday.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// A campaign in few words.
struct Sketch {
    name: &'static str,
    priority: i32,
    /// The trigger of a sequence; a letter has none.
    trigger: Option<&'static str>,
    offer: Option<&'static str>,
    audience: &'static str,
    picks: &'static str,
}

const fn sequence(name: &'static str, priority: i32, trigger: &'static str, picks: &'static str) -> Sketch {
    Sketch { name, priority, trigger: Some(trigger), offer: None, audience: "holdout = \"10%\"", picks }
}

const fn letter(name: &'static str, priority: i32, audience: &'static str, picks: &'static str) -> Sketch {
    Sketch { name, priority, trigger: None, offer: None, audience, picks }
}

/// What goes with a product.
const BESIDE: &str = "{ trigger = 2.0, also_bought = 1.0, similar = 0.6 }";
/// What pleases somebody known.
const TASTE: &str = "{ usual = 1.0, also_bought = 1.0, similar = 0.8, popular_in_category = 0.6, popular_recent = 0.3 }";
/// What was learned from all orders.
const LEARNED: &str = "{ for_you = 1.0 }";

/// In the order of priority. The nineteen besides `cards` are marketing: of them a person gets one a day.
const CAMPAIGNS: [Sketch; 20] = [
    Sketch { name: "cards", priority: 0, trigger: Some("expiring_payment"), offer: None, audience: "", picks: "" },
    Sketch {
        name: "carts",
        priority: 90,
        trigger: Some("abandoned_cart"),
        offer: Some("cart_five"),
        audience: "include = [\"cart_leavers\"]\nholdout = \"10%\"",
        picks: "{ also_bought = 1.0, similar = 0.6 }",
    },
    sequence("stock", 85, "back_in_stock", BESIDE),
    sequence("prices", 80, "price_drop", BESIDE),
    sequence("orders", 75, "post_purchase", "{ complement = 1.0, also_bought = 0.6 }"),
    sequence("habits", 70, "replenishment", "{ trigger = 2.0, usual = 1.0, also_bought = 0.5 }"),
    sequence("welcome", 65, "welcome", "{ popular_recent = 1.0, new_in = 0.5 }"),
    sequence("birthdays", 60, "birthday", LEARNED),
    sequence("browsed", 55, "abandoned_browse", BESIDE),
    sequence("silent", 50, "dormant", LEARNED),
    letter("bakers", 45, "include = [\"bakers\"]\nholdout = \"5%\"", TASTE),
    letter("lights", 42, "include = [\"light_lovers\"]\nholdout = \"5%\"", TASTE),
    letter("christmas", 40, "include = [\"christmas_lovers\"]\nexclude = [\"dormant\"]\nholdout = \"5%\"", TASTE),
    letter("offices", 38, "include = [\"high_basket\"]\nholdout = \"5%\"", LEARNED),
    letter("loyal", 35, "include = [\"loyal\"]\nholdout = \"5%\"", LEARNED),
    letter("newcomers", 32, "include = [\"new_customers\"]\nholdout = \"5%\"", LEARNED),
    letter("capital", 28, "all = [\"city = 'Paris' OR city = 'London'\", \"days_since(last_event_at) <= 60\"]\nholdout = \"5%\"", TASTE),
    letter(
        "evenings",
        25,
        "all = [\"favourite_hour >= 19\", \"visits_count >= 3\", \"count_event('cart_add', '60 days') >= 1\"]\nholdout = \"5%\"",
        LEARNED,
    ),
    letter("regulars", 20, "include = [\"regular\"]\nexclude = [\"dormant\"]\nholdout = \"5%\"", LEARNED),
    letter("everybody", 10, "include = [\"visitors\", \"recent_buyers\"]\nexclude = [\"dormant\"]\nholdout = \"5%\"", TASTE),
];

/// Writes the project into `folder`, beside the data of `shop`: a project made by `benches/memory`.
pub(crate) fn write(shop: &Path, folder: &Path) -> io::Result<()> {
    for (from, to) in files(shop)? {
        let to = folder.join(to);
        std::fs::create_dir_all(to.parent().unwrap_or(folder))?;
        std::fs::copy(from, to)?;
    }
    let data = folder.join("data");
    if !data.exists() {
        std::os::unix::fs::symlink(shop.canonicalize()?.join("data"), data)?;
    }
    std::fs::create_dir_all(folder.join("campaigns"))?;
    for sketch in &CAMPAIGNS {
        std::fs::write(folder.join("campaigns").join(format!("{}.toml", sketch.name)), text(sketch))?;
    }
    std::fs::write(folder.join("templates").join("list.mjml"), template(true))?;
    std::fs::write(folder.join("templates").join("picks.mjml"), template(false))
}

/// What of the shop's project is used as it is.
fn files(shop: &Path) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut found: Vec<(PathBuf, PathBuf)> =
        ["relance.toml", "segments.toml", "offers.toml"].map(|name| (shop.join(name), PathBuf::from(name))).into();
    for folder in ["blocks", "locales", "templates", "templates/partials"] {
        for entry in std::fs::read_dir(shop.join(folder))? {
            let path = entry?.path();
            if path.is_file() {
                found.push((path.clone(), Path::new(folder).join(path.file_name().unwrap_or_default())));
            }
        }
    }
    Ok(found)
}

fn text(sketch: &Sketch) -> String {
    let Sketch { name, priority, trigger, offer, audience, picks } = sketch;
    let is_service = picks.is_empty();
    let kind = match (trigger, is_service) {
        (Some(_), true) => "reminder",
        (Some(_), false) => "relance",
        (None, _) => "newsletter",
    };
    let template = if is_service {
        "card.mjml"
    } else if trigger.is_some() {
        "picks.mjml"
    } else {
        "list.mjml"
    };
    let mut text = format!(
        "title = \"{name}\"\nkind = \"{kind}\"\nobjective = \"{}\"\nwhy = \"To be measured.\"\nowner = \"Bench\"\ntemplate = \"{template}\"\nlate = \"6d\"\n",
        if is_service { "service" } else { "retain" },
    );
    // Writing to a text cannot fail.
    if is_service {
        text.push_str("compulsory = true\n");
    } else {
        _ = writeln!(text, "consent = \"newsletter\"\npriority = {priority}");
    }
    if trigger.is_none() {
        text.push_str("schedule = \"0 10 * * 1\"\nmin_unpersonalised_slots = 1\nmax_personalised_blocks = 2\n");
    }
    _ = writeln!(text, "\n[subject]\nfr = \"{name}\"\nen = \"{name}\"\n\n[preheader]\nfr = \"{name}\"\nen = \"{name}\"");
    if let Some(on) = trigger {
        let when = match *on {
            "expiring_payment" => "before = \"30d\"",
            "abandoned_cart" => "after = \"4h\"",
            "welcome" | "birthday" => "after = \"0d\"",
            _ => "after = \"1d\"",
        };
        _ = writeln!(text, "\n[trigger]\non = \"{on}\"\n\n[[steps]]\nname = \"first\"\n{when}");
        if let Some(offer) = offer {
            _ = writeln!(text, "offer = \"{offer}\"");
        }
    }
    if is_service {
        text.push_str("\n[slots.card]\nfill = \"subject\"\n");
        return text;
    }
    _ = writeln!(text, "\n[audience]\n{audience}");
    if trigger.is_none() {
        text.push_str(concat!(
            "\n[slots.menu]\nfill = \"categories\"\ncount = 5\ncategories = [\"noel\", \"maison\", \"cuisine\", \"fete\", \"papeterie\"]\n",
            "\n[slots.hero]\nfill = \"block\"\n\n[slots.editorial]\nfill = \"block\"\nmode = \"editorial\"\n",
        ));
        _ = write!(
            text,
            "\n[slots.news]\nfill = \"products\"\ncount = 4\nmin = 0\nstrategies = {{ new_in = 1.0, popular_in_category = 0.5 }}\n"
        );
        _ = write!(
            text,
            "\n[slots.seen]\nfill = \"products\"\ncount = 4\nmin = 0\nstrategies = {{ recently_viewed = 1.0, similar = 0.5, complement = 0.5 }}\n"
        );
    }
    _ = write!(
        text,
        "\n[slots.picks]\nfill = \"products\"\ncount = 4\nmin = 1\nstrategies = {picks}\nnot_bought_within = \"30d\"\nnot_shown_within = \"21d\"\nmax_per_category = 2\ndiversity = 0.2\n"
    );
    text.push_str("\n[measure]\nprimary = \"revenue\"\nhorizon = \"14d\"\n");
    text
}

/// A short mail: what is measured is how it is decided.
fn template(is_letter: bool) -> String {
    let (slots, menu): (&[&str], _) = if is_letter {
        (&["picks", "news", "seen"], "{% for item in slots.menu.items %}{{ item.name }} {% endfor %}")
    } else {
        (&["picks"], "")
    };
    let block = |name: &str| if is_letter { format!("<mj-slot name=\"{name}\" />\n") } else { String::new() };
    let items = |slot: &&str| {
        let link = "<a href=\"{{ item.url | link }}\">{{ item.title }}</a> {{ item.price | money }}";
        format!("{{% for item in slots.{slot}.items %}}{link} {{% endfor %}}\n")
    };
    let items: String = slots.iter().map(items).collect();
    let text = format!("<mj-section><mj-column><mj-text>{menu}{items}</mj-text></mj-column></mj-section>\n");
    let head = "<mj-head>\n<mj-title>{{ subject }}</mj-title>\n<mj-include path=\"partials/head.mjml\" />\n</mj-head>";
    let [header, footer] = ["header", "footer"].map(|part| format!("<mj-include path=\"partials/{part}.mjml\" />\n"));
    let (hero, editorial) = (block("hero"), block("editorial"));
    format!("<mjml lang=\"{{{{ lang }}}}\">\n{head}\n<mj-body>\n{header}{hero}{text}{editorial}{footer}</mj-body>\n</mjml>\n")
}
