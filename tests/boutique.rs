//! The committed files of the example shop are the ones its generator makes: what is invented is made again from the real order lines.
//! Its readers get what its own tests expect.

#[allow(dead_code)]
#[path = "../examples/boutique/generator/mod.rs"]
mod generator;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use generator::base::Base;
use generator::people::Person;
use generator::{SEED, browsing, cards, people, products, tables};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/boutique/data")
}

fn made() -> &'static (Base, Vec<Person>) {
    static MADE: OnceLock<(Base, Vec<Person>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let base = tables::read_orders(&data().join("orders.parquet")).expect("the committed orders are readable");
        let people = people::people(&base, SEED);
        (base, people)
    })
}

fn assert_same(name: &str, write: impl Fn(&Path)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    write(&path);
    let (made, kept) = (fs::read(&path).expect("the made file"), fs::read(data().join(name)).expect("the committed file"));
    assert!(made == kept, "`{name}` differs from the committed file: {} bytes made, {} kept", made.len(), kept.len());
}

#[test]
fn contacts_are_those_of_the_generator() {
    let (_, people) = made();
    assert_eq!(people.len(), 4362);
    assert_same("contacts.csv", |path| people::write(people, SEED, path).expect("contacts are written"));
}

#[test]
fn identities_are_those_of_the_generator() {
    assert_same("identities.csv", |path| browsing::write_identities(&made().1, SEED, path).expect("identities are written"));
}

#[test]
fn cards_are_those_of_the_generator() {
    assert_same("payment_methods.jsonl", |path| cards::write(&made().1, SEED, path).expect("cards are written"));
}

/// Compressed bytes depend on the compressor's version, so what is compared is the text inside.
#[test]
fn events_are_those_of_the_generator() {
    let (base, people) = made();
    let products = products::read(&data().join("products.csv")).expect("the committed products are readable");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let events = browsing::events(base, people, &products, SEED);
    browsing::write_events(&events, folder.path()).expect("events are written");
    let texts = |folder: &Path| -> BTreeMap<String, String> {
        let files = fs::read_dir(folder).expect("a folder of events").map(|entry| entry.expect("an entry"));
        let text = |path: &Path| {
            let mut text = String::new();
            flate2::read::GzDecoder::new(fs::File::open(path).expect("a file")).read_to_string(&mut text).expect("text");
            text
        };
        files.map(|entry| (entry.file_name().to_string_lossy().into_owned(), text(&entry.path()))).collect()
    };
    let (made, kept) = (texts(folder.path()), texts(&data().join("events")));
    assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
    for (name, text) in &made {
        assert!(*text == kept[name], "`events/{name}` differs from the committed file");
    }
}

#[test]
fn another_seed_invents_other_people() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("contacts.csv");
    let people = people::people(&made().0, SEED + 1);
    people::write(&people, SEED + 1, &path).expect("contacts are written");
    assert!(fs::read(&path).expect("the made file") != fs::read(data().join("contacts.csv")).expect("the committed file"));
}

/// Copies the project without what earlier runs left in it.
fn copy_project(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name();
        if name == ".relance" || name == "outbox" {
            continue;
        }
        if entry.path().is_dir() {
            copy_project(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).expect("a copy");
        }
    }
}

#[test]
fn a_fresh_copy_of_the_shop_meets_its_own_expectations() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_project(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/boutique"), folder.path());
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).arg("-C").arg(folder.path()).arg("test").output().expect("it runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains(" passed, 0 failed"), "{said}");
}

/// Over the whole base: no mail is over its budget, what a mail shows to be known it also says to rest on, and who refused profiling is shown
/// nothing of what they did.
#[test]
fn every_mail_of_the_shop_says_what_it_shows_2_37() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_project(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/boutique"), folder.path());
    let out = folder.path().join("plan.jsonl");
    let refused: std::collections::BTreeSet<String> = {
        let mut contacts = csv::ReaderBuilder::new().delimiter(b';').from_path(folder.path().join("data/contacts.csv")).expect("contacts");
        let header = contacts.headers().expect("a header").clone();
        let column = |name: &str| header.iter().position(|column| column == name).expect("a column");
        let (id, profiling) = (column("id"), column("consent_profiling"));
        contacts.records().map(|row| row.expect("a row")).filter(|row| &row[profiling] != "true").map(|row| row[id].to_owned()).collect()
    };
    let mut n_mails = 0;
    for campaign in ["newsletter", "cart", "card"] {
        let output = Command::new(env!("CARGO_BIN_EXE_relance"))
            .arg("-C")
            .arg(folder.path())
            .args(["plan", campaign, "--now", "2011-11-14T10:00", "--decisions"])
            .arg(&out)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!String::from_utf8_lossy(&output.stdout).contains("red,"), "{}", String::from_utf8_lossy(&output.stdout));
        for line in fs::read_to_string(&out).expect("decisions").lines() {
            let mail: serde_json::Value = serde_json::from_str(line).expect("JSON");
            if mail["decision"] != "admitted" {
                continue;
            }
            n_mails += 1;
            let because: Vec<&str> = mail["because"].as_array().expect("a list").iter().filter_map(|kind| kind.as_str()).collect();
            assert!(mail["intrusion"]["points"].as_u64() <= mail["intrusion"]["budget"].as_u64(), "{line}");
            for seen in mail["intrusion"]["seen"].as_array().expect("a list") {
                let behind: &[&str] = match seen["what"].as_str().expect("a kind") {
                    "orders" => &["orders"],
                    "cart" => &["cart"],
                    "city" => &["location"],
                    "contracts" => &["contracts"],
                    "viewed_item" | "viewed_category" => &["views"],
                    _ => &["orders", "views", "searches"],
                };
                assert!(behind.iter().any(|kind| because.contains(kind)), "{seen} is not said: {line}");
            }
            if refused.contains(mail["recipient"].as_str().expect("an id")) {
                assert!(!["views", "searches", "cart", "scores"].iter().any(|kind| because.contains(kind)), "{line}");
            }
        }
    }
    assert!(n_mails > 500 && !refused.is_empty(), "{n_mails} mails");
}
