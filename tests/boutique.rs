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
