//! Hostile values in every text column: text in the mail, never a template, a header, markup, a path or SQL.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::program::{Program, parsed, recipient};

/// What people and shops have written, and worse. The CSV reader refuses NUL by itself, in its place.
fn hostile() -> Vec<String> {
    let mut values: Vec<String> = [
        "Ana\r\nBcc: evil@bad.example",
        "Ana\nX-Injected: yes\n\n<html>",
        "{{ 7*7 }}",
        "{% if true %}{{ 7 * 7 }}{% endif %}",
        "{# 7*7 #}",
        "<script>alert(7*7)</script>",
        "<img src=x onerror=alert(1)>",
        "<mj-raw><script>x</script></mj-raw>",
        "</title></head><script>x</script>",
        "\"><script>x</script>",
        "<!-- ]]> --> &lt;b&gt; &amp;",
        "\u{202e}olleh \u{5d0}\u{5d1}\u{5d2}",
        "👨‍👩‍👧‍👦 🇫🇷",
        "=?utf-8?q?Bcc=3A_evil=40bad.example?=",
        "'; DROP TABLE message; --",
        "\\\"Ana\\\" <evil@bad.example>, b@bad.example",
        "../../../etc/passwd",
        "%0d%0aBcc:%20evil@bad.example",
        "javascript:alert(1)",
    ]
    .map(str::to_owned)
    .to_vec();
    values.push("é".repeat(10_000));
    values
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

/// What a reader sees of a value: no control characters, of which the direction is one, white space as one blank.
fn seen(text: &str) -> String {
    let is_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = text.chars().filter(|c| (!c.is_control() || c.is_whitespace()) && !is_direction(*c)).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A shop whose people and products bear each value in every text column, and a newsletter that shows them all.
fn hostile_shop(values: &[String]) -> Program {
    let program = Program::new();
    let mut contacts =
        "id,email,first_name,last_name,city,postcode,country,locale,loyalty_tier,nickname,consent_newsletter,consent_profiling\n"
            .to_owned();
    let mut products = "id,title,price,url,kind,category,brand,image_url,description,stock,published_at,tags,colour\n".to_owned();
    let mut events = String::new();
    let mut orders = "order_id,contact_id,at,product_id,quantity,unit_price,status\n".to_owned();
    for (n, value) in values.iter().enumerate() {
        let v = quoted(value);
        // Half of the products have an address that is none.
        let url = if n % 2 == 0 && !value.contains(char::is_control) { v.clone() } else { format!("https://shop.example/{n}") };
        _ = writeln!(contacts, "h{n:02},h{n:02}@client.example,{v},{v},{v},{v},{v},fr-FR,{v},{v},yes,yes");
        _ = writeln!(products, "p{n:02},{v},5.00,{url},product,{v},{v},{url},{v},9,2026-01-01,{v},{v}");
        let view = serde_json::json!({ "at": "2026-03-01T10:00:00+01:00", "kind": "view", "contact_id": format!("h{n:02}"), "product_id": format!("p{n:02}"), "url": value });
        _ = writeln!(events, "{view}");
        _ = writeln!(orders, "o{n},x,2026-02-01T10:00:00,p{n:02},1,5.00,placed");
    }
    program.write("data/contacts.csv", contacts);
    program.write("data/products.csv", products);
    program.write("data/events.jsonl", events);
    program.write("data/orders.csv", orders);
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "");
    program.edit(
        "campaigns/newsletter.toml",
        "{ also_bought = 1.0, popular_in_category = 0.6, popular_recent = 0.3 }",
        "{ recently_viewed = 1.0, popular_recent = 0.3 }",
    );
    program.edit("campaigns/newsletter.toml", "fr = \"Cette semaine, choisi pour vous\"", "fr = \"{{ recipient.first_name }}, choisi\"");
    program.edit("campaigns/newsletter.toml", "fr = \"Quatre produits, rien de plus\"", "fr = \"{{ recipient.city }}\"");
    program.edit(
        "templates/newsletter.mjml",
        "{{ sender.name }}",
        "{{ sender.name }} [{{ recipient.attr.nickname }}] {{ recipient.last_name }} {{ recipient.loyalty_tier }}",
    );
    program.edit(
        "templates/newsletter.mjml",
        "{{ item.title }}</a>",
        "{{ item.title }}</a> {{ item.brand }} {{ item.category }} {{ item.description }} {{ item.attr.colour }}",
    );
    program
}

#[test]
fn values_of_data_are_text_in_the_mail_of_one_person() {
    let values = hostile();
    let program = hostile_shop(&values);
    program.done("check -q");
    program.done(&format!("export newsletter -q --out {}", program.path("outbox/mails").display()));
    let mails: BTreeMap<String, Vec<u8>> = program.mails("eml").into_iter().map(|mail| (recipient(&parsed(&mail)), mail)).collect();
    assert_eq!(mails.len(), values.len(), "one mail a person");
    for (n, value) in values.iter().enumerate() {
        let raw = &mails[&format!("h{n:02}@client.example")];
        let mail = parsed(raw);
        let shown: String = value.chars().take(60).collect();
        let known = [
            "From",
            "To",
            "Reply-To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "List-Id",
            "Feedback-ID",
        ];
        for header in mail.headers() {
            assert!(known.iter().any(|known| known.eq_ignore_ascii_case(header.name())), "{shown:?}: a header `{}`", header.name());
        }
        assert_eq!(mail.headers().iter().filter(|header| header.name().eq_ignore_ascii_case("to")).count(), 1);
        assert!(mail.cc().is_none() && mail.bcc().is_none(), "{shown:?}");
        let (html, text) = (mail.body_html(0).expect("HTML"), mail.body_text(0).expect("text"));
        let subject = mail.subject().expect("a subject");
        for part in [&*html, &*text, subject] {
            assert!(!part.contains("49"), "{shown:?} was computed");
        }
        let lower = html.to_lowercase();
        assert!(!lower.contains("<script") && !lower.contains("onerror=alert(1)>") && !lower.contains("<mj-"), "{shown:?} is markup");
        assert!(!lower.contains("href=\"javascript:") && !lower.contains("src=\"javascript:"), "{shown:?} is a link");
        // The nickname, the last name and the first product, as the reader sees them.
        let wanted = seen(value);
        assert!(seen(&text).contains(&wanted), "{shown:?} is not in the text part: {text}");
        assert!(wanted.len() > 900 || seen(subject).contains(&wanted), "{shown:?} is not in the subject: {subject:?}");
        assert!(raw.split(|&byte| byte == b'\n').all(|line| line.len() <= 998), "{shown:?}: a line too long for SMTP");
    }
    assert!(program.files("outbox").iter().all(|name| name.starts_with("outbox/mails/newsletter-2026-W10-h")), "no value is a path");
}

/// The same people through a run: what is kept in the ledger comes back as it was, and no value is SQL.
#[test]
fn values_of_data_are_text_in_the_ledger() {
    let values = hostile();
    let program = hostile_shop(&values);
    program.deliver_as("maildir");
    program.done("run newsletter -q --yes");
    assert_eq!((program.count("sent"), program.mails("maildir").len()), (values.len() as u64, values.len()));
    for n in [0, 2, 5, 14] {
        let explained = program.done(&format!("explain newsletter h{n:02} -q"));
        assert!(explained.stdout.contains("already sent") && !explained.stdout.contains("Bcc: evil@bad.example\n"), "{explained:?}");
        program.done(&format!("profile show h{n:02} -q"));
    }
    program.done("run newsletter -q --yes");
    assert_eq!(program.mails("maildir").len(), values.len());
}

/// Ids are data too: they name people in words, files, tokens and Message-IDs.
#[test]
fn hostile_ids_are_only_ids() {
    let ids = [
        "{{ 7*7 }}",
        "../../etc/passwd",
        "a'; DROP TABLE message; --",
        "<b>x</b>",
        "Ana <evil@bad.example>",
        "é👨‍👩‍👧",
        "-C",
        "--help",
        " spaced id ",
    ];
    let program = Program::new();
    let mut contacts = "id,email,locale,consent_newsletter\n".to_owned();
    for (n, id) in ids.iter().enumerate() {
        _ = writeln!(contacts, "{},i{n}@client.example,fr-FR,yes", quoted(id));
    }
    _ = writeln!(contacts, "{},long@client.example,fr-FR,yes", "x".repeat(10_000));
    program.write("data/contacts.csv", contacts);
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "");
    program.deliver_as("eml");
    let ended = program.run("run newsletter -q --yes");
    assert!(ended.code == 0 || ended.code == 1, "{ended:?}");
    let mails = program.recipients("eml");
    assert!(ids.iter().enumerate().all(|(n, _)| mails.contains(&format!("i{n}@client.example"))), "{mails:?}");
    assert_eq!(program.count("sent") + program.count("failed"), ids.len() as u64 + 1);
    assert!(program.files(".").iter().all(|name| !name.contains("passwd") || name.starts_with("outbox/mails/")));
    let status = program.done("status");
    assert!(status.stdout.contains("sent"), "{status:?}");
}

#[test]
fn addresses_are_used_or_counted_never_half_used() {
    let program = Program::new();
    let addresses = [
        ("\"ana b\"@client.example", false),
        ("\"x<y>\\\"z\"@client.example", false),
        ("ana@café.example", true),
        ("zoé@client.example", true),
        ("o'brien+tag@client.example", true),
        ("a@b@client.example", false),
        ("a,b@client.example", false),
        ("Ana <ana@client.example>", false),
        ("a@[127.0.0.1]", false),
        ("a@127.0.0.1", false),
        ("a@-bad-.example", false),
        ("a@b..example", false),
        ("", false),
        ("no address", false),
    ];
    let long = format!("{}@client.example", "a".repeat(70));
    let mut contacts = "id,email,locale,consent_newsletter\n".to_owned();
    for (n, (address, _)) in addresses.iter().chain(&[(long.as_str(), false)]).enumerate() {
        _ = writeln!(contacts, "a{n:02},{},fr-FR,yes", quoted(address));
    }
    program.write("data/contacts.csv", contacts);
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "");
    program.deliver_as("jsonl");
    let plan: serde_json::Value = serde_json::from_str(&program.done("plan newsletter -q --json").stdout).expect("JSON");
    let n_good = addresses.iter().filter(|(_, good)| *good).count();
    assert_eq!(
        (plan["planned"].as_u64(), plan["skipped"]["bad_address"].as_u64()),
        (Some(n_good as u64), Some((addresses.len() + 1 - n_good) as u64)),
        "{plan}"
    );
    program.done("run newsletter -q --yes");
    let lines = std::fs::read_to_string(program.path("outbox/mails")).expect("a file");
    let envelope = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["to"].as_str().expect("a text").to_owned();
    let mut envelopes: Vec<String> = lines.lines().map(envelope).collect();
    envelopes.sort();
    assert_eq!(envelopes, ["ana@xn--caf-dma.example", "o'brien+tag@client.example", "zoé@client.example"]);
}
