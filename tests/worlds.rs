//! The worlds of firms and of readers: their data is what their generators make, they meet their own expectations, and a run of theirs
//! sends what its plan said, once.

#![allow(clippy::duplicate_mod, reason = "each example is a program of its own; they share the names of the shop")]

#[allow(dead_code, reason = "the example uses the rest")]
#[path = "../examples/media/generator.rs"]
mod media;
#[allow(dead_code, reason = "the example uses the rest")]
#[path = "../examples/saas/generator.rs"]
mod saas;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A world: its folder, the instant it is told of, and its campaigns.
struct World {
    name: &'static str,
    now: &'static str,
    campaigns: &'static [&'static str],
}

const WORLDS: [World; 2] = [
    World { name: "saas", now: "2026-03-02T09:00:00Z", campaigns: &["digest", "onboarding", "renewal", "card"] },
    World { name: "media", now: "2026-03-10T06:30:00Z", campaigns: &["morning"] },
];

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// Copies a project without what earlier runs left in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name();
        if name == ".relance" || name == "outbox" {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).expect("a copy");
        }
    }
}

fn relance(project: &Path, line: &str) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).arg("-C").arg(project).args(line.split(' ')).output().expect("it runs");
    assert!(output.status.success(), "`{line}`: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}

/// The values a command prints, one a line.
fn values(project: &Path, line: &str) -> Vec<Value> {
    let output = relance(project, &format!("{line} --json -q"));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn assert_same_files(made: &Path, kept: &Path) {
    for entry in fs::read_dir(made).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name();
        let (made, kept) = (fs::read(entry.path()).expect("a file"), fs::read(kept.join(&name)).expect("the committed file"));
        assert!(made == kept, "{} differs from the committed file: {} bytes made, {} kept", name.display(), made.len(), kept.len());
    }
}

#[test]
fn the_firms_are_those_of_the_generator_and_another_seed_invents_others() {
    let folder = tempfile::tempdir().expect("a folder");
    saas::write(saas::SEED, folder.path()).expect("the files are written");
    let kept = example("saas").join("data");
    assert_same_files(folder.path(), &kept);
    saas::write(saas::SEED + 1, folder.path()).expect("the files are written");
    let (other, kept) = (fs::read(folder.path().join("accounts.csv")), fs::read(kept.join("accounts.csv")));
    assert!(other.expect("made") != kept.expect("kept"));
}

#[test]
fn the_feeds_and_their_readers_are_those_of_the_generator() {
    let folder = tempfile::tempdir().expect("a folder");
    media::write(media::SEED, folder.path()).expect("the files are written");
    let kept = example("media").join("data");
    assert_same_files(&folder.path().join("feeds"), &kept.join("feeds"));
    fs::remove_dir_all(folder.path().join("feeds")).expect("seen");
    assert_same_files(folder.path(), &kept);
}

#[test]
fn a_feed_that_is_cut_stops_the_run_with_its_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&example("media"), folder.path());
    let feed = folder.path().join("data/feeds/ports.xml");
    let text = fs::read_to_string(&feed).expect("the feed");
    fs::write(&feed, &text[..text.rfind("</item>").expect("an item")]).expect("the feed");
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .args(["plan", "morning", "--now", "2026-03-10T06:30:00Z", "-C"])
        .arg(folder.path())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(said.contains("`data/feeds/ports.xml` is no XML") && said.contains("data/feeds/ports.xml:"), "{said}");
}

#[test]
fn each_world_has_no_mistake_and_meets_its_own_expectations() {
    for world in &WORLDS {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&example(world.name), folder.path());
        let checked = values(folder.path(), "check");
        assert_eq!(checked[0]["diagnostics"], serde_json::json!([]), "{}", world.name);
        let output = relance(folder.path(), "test");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert!(said.contains(" passed, 0 failed"), "{}: {said}", world.name);
    }
}

#[test]
fn each_world_sends_what_it_planned_and_nothing_the_second_time() {
    for world in &WORLDS {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&example(world.name), folder.path());
        let mut planned = 0;
        for campaign in world.campaigns {
            let plan = values(folder.path(), &format!("plan {campaign} --now {}", world.now)).remove(0);
            let n = plan["planned"].as_u64().expect("a number");
            assert!(n > 0, "{} plans nothing for {campaign}", world.name);
            planned += n;
        }
        let run = format!("run --due --yes --now {}", world.now);
        let sum = |key: &str| values(folder.path(), &run).iter().map(|value| value[key].as_u64().expect("a number")).sum::<u64>();
        let sent = sum("sent");
        // What campaigns plan alone, less what one of higher priority took.
        assert!(sent > 0 && sent <= planned, "{}: {sent} sent of {planned}", world.name);
        let written = fs::read_dir(folder.path().join("outbox/new")).expect("a Maildir").count() as u64;
        assert_eq!(written, sent, "{}", world.name);
        assert_eq!(sum("sent"), 0, "{} sends twice", world.name);
    }
}

#[test]
fn a_firm_is_written_to_so_many_times_a_week_by_all_campaigns_together() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&example("saas"), folder.path());
    let config = folder.path().join("relance.toml");
    let text = fs::read_to_string(&config).expect("the settings").replace("4 per 7d", "1 per 7d");
    fs::write(&config, text).expect("the settings");
    relance(folder.path(), "run --due --yes --now 2026-03-02T09:00:00Z");
    let mut firms = BTreeMap::<String, u32>::new();
    let contacts = fs::read_to_string(folder.path().join("data/contacts.csv")).expect("the contacts");
    let account_of = |address: &str| contacts.lines().find(|line| line.contains(address)).and_then(|line| line.split(',').nth(5));
    for mail in fs::read_dir(folder.path().join("outbox/new")).expect("a Maildir").map(|entry| entry.expect("an entry").path()) {
        let text = fs::read_to_string(mail).expect("a mail");
        let is_letter = text.contains("List-Id: <digest.") || text.contains("List-Id: <onboarding.");
        let to = text
            .lines()
            .find(|line| line.starts_with("To:"))
            .and_then(|line| Some(line.rsplit_once('<')?.1.trim_end_matches('>').to_owned()));
        if let Some(account) = to.as_deref().filter(|_| is_letter).and_then(account_of) {
            *firms.entry(account.to_owned()).or_default() += 1;
        }
    }
    assert!(firms.len() > 50, "{} firms", firms.len());
    assert!(firms.values().all(|n| *n == 1), "{firms:?}");
}

/// The text of each mail in the outbox, by its recipient's address.
fn texts(project: &Path) -> BTreeMap<String, String> {
    let mails = fs::read_dir(project.join("outbox/new")).expect("a Maildir").map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| {
        let raw = fs::read(path).expect("a mail");
        let mail = mail_parser::MessageParser::default().parse(&raw).expect("a message");
        let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a recipient").to_owned();
        (to, mail.body_text(0).expect("a text").replace('\r', ""))
    };
    mails.map(read).collect()
}

/// The digits of the line that tells a price, and whether it is in euros; `None` where no price is told.
fn price(text: &str) -> Option<(String, bool)> {
    let line = text.lines().find(|line| line.starts_with("Prix annuel") || line.starts_with("Price a year"))?;
    Some((line.chars().filter(char::is_ascii_digit).collect(), line.contains('€')))
}

#[test]
fn the_price_in_each_mail_is_that_of_its_contract_whatever_the_catalogue_says_0_31() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&example("saas"), folder.path());
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        let file = csv::Reader::from_path(folder.path().join("data").join(name)).expect("a file");
        file.into_deserialize().collect::<Result<_, _>>().expect("its rows")
    };
    let address: BTreeMap<String, String> = rows("contacts.csv").into_iter().map(|row| (row["email"].clone(), row["id"].clone())).collect();
    let contracts = rows("contracts.csv");
    relance(folder.path(), "run renewal --yes --now 2026-03-02T09:00:00Z");
    let mails = texts(folder.path());
    let (mut n_priced, mut n_without) = (0, 0);
    for (to, text) in &mails {
        let of_person: Vec<_> = contracts.iter().filter(|row| row["contact_id"] == address[to]).collect();
        let [row] = of_person[..] else { panic!("{to} has {} contracts", of_person.len()) };
        let written: String = row["price"].chars().filter(char::is_ascii_digit).collect();
        let expected = (!written.is_empty()).then(|| (written, row["currency"] == "EUR"));
        assert_eq!(price(text), expected, "{to}: {text}");
        assert!(expected.is_some() || !text.contains(['€', '£']), "{to}: {text}");
        *if expected.is_some() { &mut n_priced } else { &mut n_without } += 1;
    }
    assert!(n_priced > 0 && n_without > 0, "{n_priced} with a price, {n_without} without");

    let other = tempfile::tempdir().expect("a folder");
    copy(&example("saas"), other.path());
    let products = other.path().join("data/products.csv");
    let dearer = rows("products.csv").iter().fold(fs::read_to_string(&products).expect("the products"), |text, row| {
        assert!(text.contains(&row["price"]), "{row:?}");
        text.replace(&format!(",{},", row["price"]), ",98765.43,")
    });
    assert!(dearer.contains(",98765.43,"));
    fs::write(&products, dearer).expect("the products");
    relance(other.path(), "run renewal --yes --now 2026-03-02T09:00:00Z");
    let prices = |mails: &BTreeMap<String, String>| mails.iter().map(|(to, text)| (to.clone(), price(text))).collect::<BTreeMap<_, _>>();
    assert_eq!(prices(&texts(other.path())), prices(&mails), "the price of the catalogue is nobody's contract");
}
