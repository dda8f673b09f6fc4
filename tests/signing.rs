//! From `relance dkim keygen` to mails that another program verifies, and what an audit says before.

#[path = "support/dkimpy.rs"]
mod dkimpy;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use dkimpy::{Case, Dkimpy};
use relance::message::dkim::{Signer, SigningKey};
use relance::message::token::{Key, Keyring, Purpose};
use serde_json::Value;

const NOW: &str = "2026-03-05T09:00";

/// A starter project with more in its `relance.toml`; `return_path` stands in `[sender]`.
fn project(more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    let path = folder.path().join("relance.toml");
    let toml = fs::read_to_string(&path).expect("relance.toml");
    let toml = toml.replace("\nreply_to", "\nreturn_path = \"bounce+{token}@mail.shop.example\"\nreply_to");
    fs::write(path, format!("{toml}\n{more}")).expect("relance.toml");
    folder
}

fn relance(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relance")).current_dir(folder).args(line.split(' ')).output().expect("it runs")
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const KEYS: &str = "[[dkim.keys]]\nselector = \"s1-rsa\"\nkey = { file = \"dkim/s1-rsa.pem\" }\n\
                    [[dkim.keys]]\nselector = \"s1-ed25519\"\nkey = { file = \"dkim/s1-ed25519.pem\" }\n";

#[test]
fn keys_that_were_made_sign_every_mail_of_a_run() {
    let shop = project("");
    let folder = shop.path();
    let made = relance(folder, "dkim keygen --selector s1 --algorithm both --json");
    assert!(made.status.success(), "{}", words(&made));
    let toml = folder.join("relance.toml");
    fs::write(&toml, fs::read_to_string(&toml).expect("relance.toml") + KEYS).expect("relance.toml");
    let run = relance(folder, &format!("run newsletter --yes --now {NOW} -vv"));
    assert!(run.status.success(), "{}", words(&run));

    let keys = ["s1-rsa", "s1-ed25519"].map(|selector| {
        let pem = fs::read_to_string(folder.join(format!("dkim/{selector}.pem"))).expect("a key");
        (selector.to_owned(), SigningKey::from_pem(&pem).expect("a key"))
    });
    let mut dkimpy = Dkimpy::start(&Signer::new("shop.example", keys.into()));
    let mut n_mails = 0;
    for entry in fs::read_dir(folder.join("outbox")).expect("mails").flatten() {
        n_mails += 1;
        let bytes = fs::read(entry.path()).expect("a mail");
        dkimpy.check(&Case::new(entry.file_name().to_string_lossy(), bytes, [true, true]));
    }
    let verdict = dkimpy.end();
    assert!(
        n_mails >= 20
            && verdict.mails == n_mails
            && verdict.signatures == 2 * n_mails
            && verdict.verified == 2 * n_mails
            && verdict.faults.is_empty(),
        "{n_mails} {verdict:?}"
    );

    // The private halves are in their files only: not in words, logs, mails, the ledger or the configuration shown.
    let shown = words(&made) + &words(&run) + &words(&relance(folder, "config")) + &words(&relance(folder, "audit delivery"));
    for selector in ["s1-rsa", "s1-ed25519"] {
        let pem = fs::read_to_string(folder.join(format!("dkim/{selector}.pem"))).expect("a key");
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let canary = &body[body.len() - 40..body.len() - 8];
        assert!(!shown.contains(canary), "{selector} is shown");
        for path in
            [folder.join(".relance"), folder.join("outbox")].iter().flat_map(|folder| fs::read_dir(folder).expect("a folder").flatten())
        {
            let bytes = fs::read(path.path()).unwrap_or_default();
            assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()), "{selector} is in {}", path.path().display());
        }
    }
}

#[test]
fn keys_are_never_overwritten_and_readable_by_their_owner_only() {
    let shop = project("");
    let first = relance(shop.path(), "dkim keygen --selector s1 --algorithm ed25519");
    assert!(first.status.success(), "{}", words(&first));
    let path = shop.path().join("dkim/s1.pem");
    let pem = fs::read(&path).expect("a key");
    let again = relance(shop.path(), "dkim keygen --selector s1 --algorithm ed25519");
    assert_eq!(again.status.code(), Some(2), "{}", words(&again));
    assert_eq!(fs::read(&path).expect("a key"), pem);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&shop.path().join("dkim"))), (0o600, 0o700));
    }
    for (line, said) in [
        ("dkim keygen --selector a_b", "is not a selector"),
        ("dkim keygen --selector s1 --domain localhost", "is not a domain"),
        ("dkim keygen --selector s1 --algorithm dsa", "invalid value"),
    ] {
        let output = relance(shop.path(), line);
        assert!(output.status.code() == Some(2) && words(&output).contains(said), "{line}: {}", words(&output));
    }
    let nowhere = relance(shop.path(), "dkim keygen --selector s2 --algorithm ed25519 --out relance.toml/dkim");
    assert_eq!(nowhere.status.code(), Some(74), "{}", words(&nowhere));
}

#[test]
fn what_is_wrong_with_the_configuration_is_told_at_its_place() {
    let key = "keys = [{ selector = \"s1\", key = { env = \"NO_SUCH_KEY\" } }]";
    for (more, code) in [
        ("[dkim]\nkeys = []", "dkim::number-of-keys"),
        (&format!("[dkim]\ndomain = \"other.example\"\n{key}"), "dkim::not-aligned"),
        (&format!("[dkim]\ndomain = \"myshop.example\"\n{key}"), "dkim::not-aligned"),
        (&format!("[dkim]\ndomain = \"shop\"\n{key}"), "dkim::not-a-domain"),
        ("[[dkim.keys]]\nselector = \"a b\"\nkey = { env = \"X\" }", "dkim::not-a-selector"),
        (
            "[[dkim.keys]]\nselector = \"a\"\nkey = { env = \"X\" }\n[[dkim.keys]]\nselector = \"A\"\nkey = { env = \"Y\" }",
            "dkim::same-selector",
        ),
        ("[[dkim.keys]]\nselector = \"a\"\nkey = { url = \"x\" }", "config::secret-in-file"),
        ("[[dkim.keys]]\nselektor = \"a\"\nkey = { env = \"X\" }", "toml::"),
        ("[[secrets.keys]]\nid = \"K 2\"\nkey = { env = \"X\" }", "config::bad-key-id"),
        (
            "[[secrets.keys]]\nid = \"k2\"\nkey = { env = \"X\" }\n[[secrets.keys]]\nid = \"k2\"\nkey = { env = \"Y\" }",
            "config::same-key-id",
        ),
        ("[secrets]\nkey = { env = \"X\" }\n[[secrets.keys]]\nid = \"k2\"\nkey = { env = \"Y\" }", "config::two-keys"),
    ] {
        let shop = project(more);
        let output = relance(shop.path(), "check --json");
        let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = value["diagnostics"].as_array().expect("a list");
        let told = found.iter().find(|diagnostic| diagnostic["code"].as_str().is_some_and(|found| found.starts_with(code)));
        assert!(output.status.code() == Some(78) && told.is_some(), "{more}: {value}");
        let told = told.expect("just seen");
        assert!(told["help"].is_string() && (told["place"]["line"].is_u64() || code.ends_with("secret-in-file")), "{told}");
    }
    for domain in ["shop.example", "mail.shop.example", "SHOP.example"] {
        let shop = project(&format!("[dkim]\ndomain = \"{domain}\"\n{key}"));
        assert!(relance(shop.path(), "check").status.success(), "{domain}");
    }
    let declared = project(&format!("[dkim]\ndomain = \"other.example\"\nallow_unaligned = true\n{key}"));
    assert!(relance(declared.path(), "check").status.success());
    // A key that is not there stops sending, at its place; looking at a mail needs none.
    let shop = project(&format!("[dkim]\n{key}"));
    let run = relance(shop.path(), &format!("run newsletter --yes --now {NOW}"));
    assert!(run.status.code() == Some(78) && words(&run).contains("`NO_SUCH_KEY` is not set"), "{}", words(&run));
    assert!(relance(shop.path(), &format!("preview newsletter --now {NOW}")).status.success());
    assert!(!shop.path().join("outbox").exists() && !shop.path().join(".relance/ledger.db").exists());
}

/// Returns the verdict on each item.
fn verdicts(folder: &Path) -> std::collections::BTreeMap<String, String> {
    let output = relance(folder, "audit delivery --json");
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let items = value["items"].as_array().expect("a list");
    let n_wrong = items.iter().filter(|item| item["verdict"] == "wrong").count() as u64;
    assert_eq!((value["wrong"].as_u64(), output.status.code()), (Some(n_wrong), Some(i32::from(n_wrong > 0))), "{value}");
    let text = |item: &Value, key: &str| item[key].as_str().expect("a text").to_owned();
    items.iter().map(|item| (text(item, "item"), text(item, "verdict"))).collect()
}

#[test]
fn an_audit_tells_right_from_wrong_without_a_network() {
    let bare = verdicts(project("").path());
    for (item, verdict) in [
        ("from", "ok"),
        ("spf", "publish"),
        ("dkim", "wrong"),
        ("dmarc", "publish"),
        ("one-click", "wrong"),
        ("return-path", "ok"),
        ("unsubscribe-link", "ok"),
        ("postal-address", "ok"),
        ("reverse-dns", "ask"),
    ] {
        assert_eq!(bare[item], verdict, "{item}");
    }
    let shop = project(KEYS);
    let folder = shop.path();
    assert!(relance(folder, "dkim keygen --selector s1 --algorithm both").status.success());
    assert!(verdicts(folder).values().all(|verdict| verdict != "wrong"), "{:?}", verdicts(folder));

    let toml = fs::read_to_string(folder.join("relance.toml")).expect("relance.toml");
    for (from, to, item, verdict) in [
        ("bounce+{token}@mail.shop.example", "bounce+{token}@provider.example", "spf-alignment", "ok"),
        ("bounce+{token}@mail.shop.example", "bounces@shop.example", "return-path", "wrong"),
        ("address = \"bonjour@shop.example\"", "address = \"bonjour@gmail.com\"", "from", "wrong"),
        ("to = \"eml\"\npath = \"outbox\"", "to = \"smtp\"\nsmtp = { host = \"smtp.shop.example\", tls = \"none\" }", "tls", "wrong"),
        ("to = \"eml\"\npath = \"outbox\"", "to = \"smtp\"\nsmtp = { host = \"smtp.shop.example\" }", "tls", "ok"),
        ("to = \"eml\"", "redirect_to = \"a@shop.example\"\nto = \"eml\"", "redirect", "wrong"),
        ("[[dkim.keys]]\nselector = \"s1-rsa\"\nkey = { file = \"dkim/s1-rsa.pem\" }\n", "", "dkim-algorithm", "wrong"),
    ] {
        assert!(toml.contains(from), "{from}");
        fs::write(folder.join("relance.toml"), toml.replace(from, to)).expect("relance.toml");
        assert_eq!(verdicts(folder)[item], verdict, "{to}");
    }
    // Neither SPF nor DKIM of the sender's own domain: DMARC cannot pass.
    let unaligned = toml.replace("@mail.shop.example", "@provider.example").replacen(
        "[[dkim.keys]]",
        "[dkim]\ndomain = \"other.example\"\nallow_unaligned = true\n[[dkim.keys]]",
        1,
    );
    fs::write(folder.join("relance.toml"), unaligned).expect("relance.toml");
    let found = verdicts(folder);
    assert_eq!((found["spf-alignment"].as_str(), found["dkim-alignment"].as_str()), ("wrong", "wrong"));

    fs::write(folder.join("relance.toml"), &toml).expect("relance.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder.join("dkim/s1-rsa.pem"), fs::Permissions::from_mode(0o640)).expect("the mode");
        assert_eq!(verdicts(folder)["dkim-file"], "wrong");
    }
    fs::write(folder.join("dkim/s1-rsa.pem"), "no key").expect("a file");
    assert_eq!(verdicts(folder)["dkim"], "wrong");
    fs::write(
        folder.join("templates/newsletter.mjml"),
        fs::read_to_string(folder.join("templates/newsletter.mjml")).expect("a template").replace("postal_address", "name"),
    )
    .expect("a template");
    assert_eq!(verdicts(folder)["postal-address"], "wrong");
}

#[test]
fn tokens_of_an_older_key_open_after_a_new_one_came() {
    let shop = project("");
    let token_of = |folder: &Path| {
        let output = relance(folder, &format!("preview newsletter -r c04 --part headers --now {NOW}"));
        let text = words(&output);
        text.split("unsubscribe?t=").nth(1).unwrap_or_else(|| panic!("{text}")).split('>').next().expect("an end").to_owned()
    };
    let old = token_of(shop.path());
    fs::write(shop.path().join("new-key"), "ffffffffffffffffffffffffffffffff").expect("a key");
    let toml = fs::read_to_string(shop.path().join("relance.toml")).expect("relance.toml");
    let keys =
        "[[secrets.keys]]\nid = \"k2\"\nkey = { file = \"new-key\" }\n[[secrets.keys]]\nid = \"k1\"\nkey = { file = \".relance/key\" }\n";
    fs::write(shop.path().join("relance.toml"), toml + keys).expect("relance.toml");
    let new = token_of(shop.path());
    assert!(old.starts_with("k1.") && new.starts_with("k2."), "{old} {new}");
    let read = |path: &str| fs::read(shop.path().join(path)).expect("a key");
    let ring = Keyring::new(vec![Key::new("k2", read("new-key")).expect("a key"), Key::new("k1", read(".relance/key")).expect("a key")])
        .expect("a ring");
    for token in [old, new] {
        assert_eq!(ring.open(Purpose::Unsubscribe, "newsletter", &token).as_deref(), Some("c04"));
    }
}
