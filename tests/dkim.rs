//! Signatures verified by another program: dkimpy says which are good, and that no change goes unseen.

#[path = "support/dkimpy.rs"]
mod dkimpy;

use dkimpy::{Case, Dkimpy};
use relance::clock::Timestamp;
use relance::id::stable_hash;
use relance::message::dkim::{Algorithm, KeyError, Record, SIGNED_FIELDS, Signer, SigningKey};
use relance::message::token::Key;
use relance::message::{MessageSpec, build};
use relance::plan::draft::Draft;
use relance::render::{Rendered, Values};
use serde_json::json;

const AT: Timestamp = Timestamp(1_321_257_600_000_000);
const RSA: &str = include_str!("support/dkim/rsa.pem");
const ED25519: &str = include_str!("support/dkim/ed25519.pem");
/// Mails of random content.
const N_MAILS: u64 = 2_400;

fn signer() -> Signer {
    let key = |pem| SigningKey::from_pem(pem).expect("a key");
    Signer::new("shop.example", vec![("s1-rsa".to_owned(), key(RSA)), ("s1-ed25519".to_owned(), key(ED25519))])
}

fn spec(n: u64) -> MessageSpec {
    MessageSpec {
        sender_name: ["Maison Héron", "Shop", "日本語の名前", "Lima, Ana \"x\""][at(n, "sender", 4)].into(),
        sender_address: "bonjour@shop.example".into(),
        reply_to: (at(n, "reply", 2) == 0).then(|| "aide@shop.example".into()),
        return_path: Some("bounce+{token}@mail.shop.example".into()),
        list_domain: "shop.example".into(),
        unsubscribe_url: format!("https://shop.example/{}/{{token}}", "u".repeat(1 + at(n, "link", 300))),
        feedback_id: "maison-heron".into(),
        zone: chrono_tz::Europe::Paris,
        key: Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).expect("a good key"),
    }
}

/// Draws a number below `most`, always the same one for the same mail and purpose.
fn at(n: u64, what: &str, most: usize) -> usize {
    usize::try_from(stable_hash(&[what, &n.to_string()]) % most as u64).expect("small")
}

/// Draws a text of up to `most` pieces that are hard for canonical forms and for encodings.
fn text(n: u64, what: &str, most: usize) -> String {
    const PIECES: [&str; 22] = [
        "a",
        "mot ",
        "  ",
        " \t ",
        "\n",
        "\n\n\n",
        " \n",
        "\t\n",
        "é",
        "日本",
        "👩‍👩‍👧",
        "=",
        "=20",
        "=?utf-8?q?x?=",
        ".",
        "\n.\n",
        "\r\n",
        "From \n",
        "b=;",
        "x-very-long-word-without-any-space-in-it-so-that-lines-must-be-cut-somewhere-inside-of-it",
        "<b>c</b>",
        "\u{a0}€",
    ];
    (0..at(n, what, most)).map(|i| PIECES[at(n, &format!("{what}{i}"), PIECES.len())]).collect()
}

/// Makes the `n`-th mail: any name, subject, body, reply address and link.
fn mail(n: u64) -> Vec<u8> {
    let draft = Draft {
        campaign: ["newsletter", "cart", "card"][at(n, "campaign", 3)].into(),
        edition: "2011-W46".into(),
        step: None,
        recipient: format!("C-{n}").as_str().into(),
        address: if at(n, "smtputf8", 40) == 0 { format!("zoé{n}@client.example") } else { format!("ana{n}@client.example") },
        name: Some(text(n, "name", 12)),
        locale: "fr-FR".into(),
        at: AT,
        variant: None,
        hours: None,
        explored: Vec::new(),
        context: Values::of(&json!({ "campaign": { "kind": "newsletter" } })),
    };
    let html = format!("<!doctype html><html><body>{}</body></html>{}", text(n, "html", 120), "\n".repeat(at(n, "end", 4)));
    let rendered = Rendered { subject: text(n, "subject", 20), preheader: String::new(), html, text: text(n, "text", 60) };
    build(&draft, &rendered, &spec(n)).expect("builds").bytes
}

fn signed(signer: &Signer, message: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    signer.sign(&mut bytes, AT);
    bytes
}

#[test]
fn thousands_of_mails_are_verified_by_dkimpy() {
    let signer = signer();
    let mut dkimpy = Dkimpy::start(&signer);
    for n in 0..N_MAILS {
        let message = mail(n);
        let bytes = signed(&signer, &message);
        assert!(bytes.ends_with(&message), "the mail itself is not changed");
        assert_eq!(signed(&signer, &message), bytes, "every attempt has the same bytes");
        dkimpy.check(&Case::new(format!("mail {n}"), bytes, [true, true]));
    }
    let verdict = dkimpy.end();
    assert_eq!((verdict.mails, verdict.signatures, verdict.verified), (N_MAILS, N_MAILS * 2, N_MAILS * 2), "{:?}", verdict.faults);
    assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
}

#[test]
fn every_form_of_message_is_verified_by_dkimpy() {
    let base64 = format!("{}\r\n", "QUJD".repeat(19)).repeat(800);
    let forms = [
        ("folded", "From: Shop\r\n <news@shop.example>\r\nSubject: one\r\n\ttwo \r\n  three\r\nTo:\r\n a@b.example\r\n\r\nbody\r\n"),
        (
            "repeated",
            "From: a@shop.example\r\nTo: x@b.example\r\nSubject: 1\r\nTo: y@b.example\r\nSubject: 2\r\nTo: z@b.example\r\n\r\nbody\r\n",
        ),
        ("spaces and tabs", "FROM:  a@shop.example \r\nsubject:\t a \t b  \r\n\r\n a  b\t\tc \t\r\n\td\r\n"),
        ("trailing blank lines", "From: a@shop.example\r\n\r\nbody\r\n\r\n \r\n\t\r\n\r\n"),
        ("blank lines within", "From: a@shop.example\r\n\r\n\r\n\r\nbody\r\n\r\n\r\nmore\r\n"),
        ("empty body", "From: a@shop.example\r\nSubject: s\r\n\r\n"),
        ("body of blank lines", "From: a@shop.example\r\n\r\n\r\n\r\n \r\n"),
        ("no final line end", "From: a@shop.example\r\n\r\nbody"),
        ("space before the line end", "From: a@shop.example\r\n\r\nbody \r\nmore\t \r\n"),
        ("empty fields", "From: a@shop.example\r\nSubject:\r\nReply-To: \r\n\r\nbody\r\n"),
        ("colons and semicolons", "From: a@shop.example\r\nSubject: b=x; bh=y: z=\r\n\r\nb=;\r\n"),
        ("long base64", &format!("From: a@shop.example\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n\r\n{base64}")),
        ("long line", &format!("From: a@shop.example\r\nSubject: {}\r\n\r\n{}\r\n", "s".repeat(900), "b".repeat(990))),
        ("8-bit", "From: a@shop.example\r\nSubject: \u{e9}\r\n\r\n\u{e9}t\u{e9}\r\n"),
        ("other signatures", "X-Other: 1\r\nFrom: a@shop.example\r\nReceived: by x\r\n\r\nbody\r\n"),
    ];
    let signer = signer();
    let mut dkimpy = Dkimpy::start(&signer);
    for (name, form) in forms {
        let latin: Vec<u8> = form.chars().map(|c| u8::try_from(u32::from(c)).expect("latin-1")).collect();
        dkimpy.check(&Case::new(name, signed(&signer, &latin), [true, true]));
    }
    let verdict = dkimpy.end();
    assert!(verdict.faults.is_empty() && verdict.verified == 2 * forms.len() as u64, "{verdict:?}");
}

#[test]
fn every_change_is_seen_by_dkimpy() {
    let signer = signer();
    let mut dkimpy = Dkimpy::start(&signer);
    let mut n_cases = 0;
    for n in 0..24 {
        let whole = String::from_utf8(signed(&signer, &mail(n * 7))).expect("7-bit");
        let (header, body) = whole.split_once("\r\n\r\n").expect("a body");
        let mut check = |what: String, bytes: Vec<u8>, good| {
            n_cases += 1;
            dkimpy.check(&Case::new(what, bytes, good));
        };
        // One letter of each signed field, and the field gone.
        for (name, once_more) in SIGNED_FIELDS {
            let starts = |line: &str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
            let field = header.split("\r\n").find(|line| starts(line));
            if let Some(line) = field {
                let start = header.find(&format!("\r\n{line}")).expect("the field") + 2;
                let value = start + line.len() + header[start + line.len()..].find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0);
                let place = line.rfind(|c: char| c.is_ascii_alphanumeric()).filter(|at| *at > name.len()).map_or(value, |at| start + at);
                check(format!("mail {n}, {name} changed"), flipped(&whole, place), [false, false]);
                let shorter = whole.replacen(&format!("\r\n{line}\r\n"), &format!("\r\nX-{line}\r\n"), 1);
                check(format!("mail {n}, {name} renamed"), shorter.into_bytes(), [false, false]);
            }
            // A second one, at the top or below, of the fields that readers see.
            if once_more {
                let more = format!("{}{name}: evil@other.example\r\n\r\n{body}", whole[..header.len() + 2].to_owned());
                check(format!("mail {n}, {name} added"), more.into_bytes(), [false, false]);
            }
        }
        // Letters of the body, one at a time.
        for i in 0..12 {
            let from = header.len() + 4 + at(n, &format!("body{i}"), body.len());
            let place = whole[from..].find(|c: char| c.is_ascii_alphanumeric()).map_or_else(|| whole.len() - 5, |at| from + at);
            check(format!("mail {n}, body changed at {place}"), flipped(&whole, place), [false, false]);
        }
        check(format!("mail {n}, words added at the end"), format!("{whole}more\r\n").into_bytes(), [false, false]);
        // A letter of a signature breaks that one alone.
        let second = whole[1..].find("DKIM-Signature").expect("two signatures") + 1;
        let ends = [whole[..second].trim_end().len() - 8, whole.find("\r\nFrom:").expect("From") - 8];
        for (nth, end) in ends.into_iter().enumerate() {
            let place = whole[..end].rfind(|c: char| c.is_ascii_alphanumeric()).expect("base64");
            check(format!("mail {n}, signature {nth} changed"), flipped(&whole, place), [nth != 0, nth != 1]);
        }
        let tag = whole.find("; t=13").expect("the instant") + "; t=13".len();
        check(format!("mail {n}, instant changed"), flipped(&whole, tag), [false, true]);
        // What servers may do to white space breaks nothing.
        let respaced = whole.replacen("\r\nSubject: ", "\r\nsubject:\t  ", 1) + "\r\n\r\n";
        check(format!("mail {n}, white space changed"), respaced.into_bytes(), [true, true]);
    }
    let verdict = dkimpy.end();
    assert!(verdict.faults.is_empty() && verdict.mails == n_cases && n_cases > 800, "{n_cases} {verdict:?}");
}

/// Changes one letter or digit into another of its kind.
fn flipped(whole: &str, place: usize) -> Vec<u8> {
    let mut bytes = whole.as_bytes().to_vec();
    bytes[place] = match bytes[place] {
        b'a' => b'b',
        b'A' => b'B',
        b'0' => b'1',
        b'1'..=b'9' => b'0',
        b'B'..=b'Z' => b'A',
        _ => b'a',
    };
    bytes
}

#[test]
fn the_field_says_what_is_signed_and_how() {
    let bytes = String::from_utf8(signed(&signer(), &mail(1))).expect("7-bit");
    let fields: Vec<&str> = bytes.split("DKIM-Signature: ").skip(1).collect();
    assert_eq!(fields.len(), 2);
    for (field, algorithm) in fields.iter().zip(["rsa-sha256", "ed25519-sha256"]) {
        let (field, _) = field.split_once("\r\n").map(|_| field.split_at(field.find("\r\nFrom:").unwrap_or(field.len()))).expect("an end");
        assert!(field.split("\r\n").all(|line| line.len() <= 78), "{field}");
        let whole: String = field.split_ascii_whitespace().collect();
        let tags: std::collections::BTreeMap<&str, &str> = whole.split(';').filter_map(|tag| tag.split_once('=')).collect();
        assert_eq!(
            (tags["v"], tags["a"], tags["c"], tags["d"], tags["t"]),
            ("1", algorithm, "relaxed/relaxed", "shop.example", "1321257600")
        );
        assert!(!tags.contains_key("l") && !tags.contains_key("x"));
        let names: Vec<&str> = tags["h"].split(':').collect();
        let count = |name| names.iter().filter(|known| **known == name).count();
        assert_eq!((count("from"), count("subject"), count("list-unsubscribe"), count("list-unsubscribe-post")), (2, 2, 1, 1));
        for name in ["to", "date", "message-id", "mime-version", "content-type", "feedback-id", "list-id", "reply-to"] {
            assert!(count(name) >= 1, "{name}");
        }
        assert!(!names.contains(&"dkim-signature") && !names.contains(&"return-path"));
    }
}

#[test]
fn keys_are_read_from_every_form_or_refused_with_a_reason() {
    let read = |pem: &str| SigningKey::from_pem(pem);
    let (rsa, ed25519) = (read(RSA).expect("a key"), read(ED25519).expect("a key"));
    assert_eq!((rsa.algorithm(), rsa.bits(), ed25519.algorithm(), ed25519.bits()), (Algorithm::Rsa, 2048, Algorithm::Ed25519, 256));
    assert_eq!(read(include_str!("support/dkim/rsa-pkcs1.pem")).expect("a key").public(), rsa.public());
    assert_eq!(read(&RSA.replace('\n', "\r\n")).expect("a key").public(), rsa.public());
    assert_eq!(read(RSA.trim_end()).expect("a key").public(), rsa.public());
    assert_eq!(read(include_str!("support/dkim/rsa-1024.pem")).err(), Some(KeyError::WrongSize));
    assert_eq!(read(include_str!("support/dkim/p256.pem")).err(), Some(KeyError::OtherAlgorithm));
    for text in [
        "",
        "hello",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert_eq!(read(text).err(), Some(KeyError::NotPem), "{text:?}");
    }
    for pem in [RSA, ED25519] {
        let lines: Vec<&str> = pem.lines().collect();
        for n in 0..200 {
            // Damaged in one place: refused, or another key; never a panic.
            let mut bytes = lines[1..lines.len() - 1].join("\n").into_bytes();
            let place = at(n, "damage", bytes.len());
            bytes[place] = b"ABcd01+/="[at(n, "with", 9)];
            _ = read(&format!("{}\n{}\n{}\n", lines[0], String::from_utf8(bytes).expect("ASCII"), lines[lines.len() - 1]));
        }
    }
}

#[test]
fn private_keys_are_never_shown() {
    let signer = signer();
    let shown = format!("{signer:?} {signer:#?}");
    for pem in [RSA, ED25519] {
        let canary = pem.lines().nth(1).expect("the key");
        assert!(!shown.contains(&canary[20..40]), "{shown}");
    }
    assert!(shown.contains("SigningKey(rsa, 2048 bits)") && shown.len() < 500, "{shown}");
    let damaged = SigningKey::from_pem(&RSA.replace("MII", "MIJ")).err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
    assert!(!damaged.is_empty() && damaged.len() < 120, "{damaged}");
}

#[test]
fn records_hold_the_public_half() {
    let signer = signer();
    let [rsa, ed25519] = [0, 1].map(|n| Record::of(&signer.keys()[n].1, &signer.keys()[n].0, signer.domain()));
    assert_eq!(rsa.name, "s1-rsa._domainkey.shop.example");
    assert!(rsa.value.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A") && rsa.strings().len() == 2, "{}", rsa.value);
    assert!(ed25519.value.starts_with("v=DKIM1; k=ed25519; p=") && ed25519.value.len() == 22 + 44, "{}", ed25519.value);
    assert!(rsa.zone_line().starts_with("s1-rsa._domainkey.shop.example. IN TXT \"v=DKIM1; k=rsa; p="));
}
