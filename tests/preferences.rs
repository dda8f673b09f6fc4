//! What recipients say on the public pages, and what becomes of it: the next plan, the counts, the answers to their requests.

#[path = "support/browser.rs"]
mod browser;
#[path = "support/door.rs"]
mod door;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::process::Command;

use door::{Door, key};
use mail_parser::MessageParser;
use program::Program;
use relance::message::token::Purpose;
use serde_json::Value;

const PUBLIC: &str = r#"[public]
url = "https://shop.example/mail"
rate = "100000 per second"
clicks = true
redirects = ["shop.example"]

[public.topics.tea]
title = { fr = "Le thé & <les tisanes>", en = "Tea & <infusions>" }
products = ["the", "savons"]

[public.topics.letters]
title = { fr = "Les lettres", en = "Letters" }
campaigns = ["newsletter"]

[questions.colour]
title = { fr = "Quelle couleur vous plaît ?", en = "Which colour do you like?" }
answers = [
  { value = "blue", title = { fr = "Le bleu", en = "Blue" } },
  { value = "green", title = { fr = "Le vert", en = "Green" }, topic = "the" },
]

[limits]"#;

const ASKS: &str = r#"{% if links.view %}<a href="{{ links.view }}">{{ sender.name }}</a>{% endif %}
          {{ questions.colour.title }}{% for answer in questions.colour.answers %} <a href="{{ answer.url | link }}">{{ answer.title }}</a>{% endfor %}
          <a href="https://shop.example/p/t1?a=1&amp;b=2">t1</a> <a href="https://elsewhere.example/">elsewhere</a>
          {{ sender.postal_address }}"#;

/// A shop with all of it, whose mails to c01 and to the others are out.
fn shop() -> Program {
    let program = Program::new();
    program.edit("relance.toml", "[limits]", PUBLIC);
    program.edit("relance.toml", "https://shop.example/unsubscribe?t={token}", "https://shop.example/mail/u/{token}");
    program.edit("relance.toml", "https://shop.example/preferences?t={token}", "https://shop.example/mail/p/{token}");
    program.edit("templates/newsletter.mjml", "{{ sender.postal_address }}", ASKS);
    program.edit("data/contacts.csv", "c01,ana.martin@mail.example,Ana,", "c01,ana.martin@mail.example,<b>Ana</b>,");
    program
}

fn open(program: &Program) -> Door {
    Door::open(program.command("serve --public --listen 127.0.0.1:0"))
}

/// The HTML of the mail that went to an address.
fn html_to(program: &Program, address: &str) -> String {
    let is_mail = |name: &String| std::path::Path::new(name).extension().is_some_and(|kind| kind == "eml");
    let mails = program.files("outbox").into_iter().filter(is_mail);
    let parsed = mails.map(|name| std::fs::read(program.path(&name)).expect("a mail")).find_map(|bytes| {
        let mail = MessageParser::default().parse(&bytes)?;
        let to = mail.to()?.first()?.address()?.to_owned();
        (to == address).then(|| mail.body_html(0).expect("HTML").into_owned())
    });
    parsed.unwrap_or_else(|| panic!("no mail to {address}"))
}

/// The paths on the public pages that a mail links to.
fn links(html: &str) -> Vec<String> {
    let hrefs = html.split("href=\"https://shop.example").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs.map(|path| path.replace("&amp;", "&")).filter(|path| path.starts_with("/mail/")).collect()
}

fn only<'l>(links: &'l [String], start: &str) -> &'l str {
    links.iter().find(|link| link.starts_with(start)).unwrap_or_else(|| panic!("no {start} in {links:?}"))
}

fn json(program: &Program, line: &str) -> Value {
    serde_json::from_str(&program.done(line).stdout).expect("JSON")
}

/// Why a person gets nothing; `null` when they do.
fn skipped(program: &Program, recipient: &str) -> Value {
    json(program, &format!("explain newsletter {recipient} --json"))["skipped"].clone()
}

#[test]
fn a_scanner_that_follows_every_link_twice_changes_nothing() {
    let program = shop();
    program.done("run newsletter --yes");
    let links = links(&html_to(&program, "ana.martin@mail.example"));
    assert!(
        ["/mail/u/", "/mail/p/", "/mail/v/", "/mail/q/", "/mail/c/"].iter().all(|kind| links.iter().any(|link| link.starts_with(kind)))
    );
    let before = json(&program, "profile show c01 --json");
    let door = open(&program);
    for link in links.iter().chain(&links) {
        for method in ["GET", "HEAD"] {
            let answer = door.ask(method, link, "User-Agent: LinkScanner/1.0\r\n", "").expect("an answer");
            assert_eq!(answer.status, if link.starts_with("/mail/c/") { 302 } else { 200 }, "{method} {link}: {answer:?}");
            assert!(!answer.head.contains("set-cookie"), "{link}");
        }
    }
    let after = json(&program, "profile show c01 --json");
    assert_eq!((&before["said"], &before["suppressions"]), (&after["said"], &after["suppressions"]));
    assert!(after["followed"].as_array().expect("a list").iter().all(|followed| followed["automatic"] == true));
    let report = later(&program, "report newsletter --json");
    assert_eq!(report["campaigns"][0]["clicks"], serde_json::json!({ "people": 0, "programs": 1 }));
}

#[test]
fn links_are_counted_and_lead_nowhere_else() {
    let program = shop();
    program.done("run newsletter --yes");
    let html = html_to(&program, "ana.martin@mail.example");
    assert!(html.contains("https://elsewhere.example/\""), "a host that is not allowed is left as it is");
    let links = links(&html);
    let click = links.iter().find(|link| link.starts_with("/mail/c/") && link.contains("p%2Ft1%3Fa%3D1%26b%3D2")).expect("a counted link");
    let mut later = Command::new(env!("CARGO_BIN_EXE_relance"));
    later.args(["-C", &program.folder.path().display().to_string(), "serve", "--public", "--listen", "127.0.0.1:0"]);
    let door = Door::open(later);
    let browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n";
    let followed = door.ask("GET", click, browser, "").expect("an answer");
    assert!(followed.status == 302 && followed.head.contains("location: https://shop.example/p/t1?a=1&b=2"), "{followed:?}");
    let ahead = door.ask("GET", click, &format!("{browser}Sec-Purpose: prefetch\r\n"), "").expect("an answer");
    assert_eq!(ahead.status, 302);
    let token = click.split('/').nth(3).and_then(|rest| rest.split('?').next()).expect("a token");
    for target in ["https%3A%2F%2Fevil.example%2F", "https%3A%2F%2Fshop.example%2F", "javascript%3Aalert(1)", "%2F%2Fevil.example", ""] {
        let answer = door.ask("GET", &format!("/mail/c/{token}?u={target}"), browser, "").expect("an answer");
        assert!(answer.status == 404 && !answer.head.contains("location"), "{target}: {answer:?}");
    }
    // A good code for a host that is not allowed any more.
    let sealed = key(program.folder.path()).seal_mail(Purpose::Click, "https://evil.example/", "newsletter", "2026-W10", "c01");
    assert_eq!(door.get(&format!("/mail/c/{sealed}?u=https%3A%2F%2Fevil.example%2F")).status, 404);
    drop(door);
    let shown = json(&program, "profile show c01 --json");
    let kinds: Vec<bool> = shown["followed"].as_array().expect("a list").iter().map(|one| one["automatic"] == true).collect();
    assert_eq!(kinds, [false, true]);
}

#[test]
fn the_mail_as_a_page_is_the_mail() {
    let program = shop();
    program.done("run newsletter --yes");
    let html = html_to(&program, "ana.martin@mail.example");
    let door = open(&program);
    let view = door.get(only(&links(&html), "/mail/v/"));
    assert_eq!(view.body.replace("\r\n", "\n").trim_end(), html.replace("\r\n", "\n").trim_end());
    assert!(view.head.contains("content-security-policy: default-src 'none'; img-src") && view.head.contains("sandbox"), "{}", view.head);
    assert!(!view.body.contains("<b>Ana</b>") && view.body.contains("&lt;b&gt;Ana"));
}

#[test]
fn what_a_person_says_decides_the_next_plan() {
    let program = shop();
    let token = |recipient: &str| {
        program.run("suppress check nobody@mail.example");
        format!("/mail/p/{}", key(program.folder.path()).seal(Purpose::Preferences, "newsletter", recipient))
    };
    program.done("run newsletter --yes --limit 0");
    let door = open(&program);
    let (ana, bruno) = (token("c01"), token("c02"));
    let planned = program.count("planned");

    let page = door.get(&ana).body;
    assert!(page.contains("Le thé &amp; &lt;les tisanes&gt;") && !page.contains("<les tisanes>"), "{page}");
    // A form of somebody else's making says nothing.
    assert_eq!(door.post(&ana, "x=1").status, 200);
    assert_eq!(json(&program, "profile show c01 --json")["said"], serde_json::json!([]));
    // Neither does one that is sent as it was shown.
    assert_eq!(
        door.post(&ana, "form=preferences&frequency=usual&topic.tea=yes&topic.letters=yes&consent.newsletter=&consent.profiling=").status,
        200
    );
    assert_eq!(json(&program, "profile show c01 --json")["said"], serde_json::json!([]));

    // What is waiting goes out no more, and is not decided again.
    let saved = door.post(&bruno, "form=preferences&frequency=usual&topic.tea=yes&consent.newsletter=yes");
    assert!(saved.body.contains("role=\"status\"") && !saved.body.contains("topic.letters\" value=\"yes\" checked"), "{}", saved.body);
    assert_eq!(program.count("planned"), planned - 1);
    assert_eq!(skipped(&program, "c02")["detail"], "does without the topic letters");

    // No to the newsletter, then yes: the last word counts, over what the CRM says.
    door.post(&ana, "form=preferences&topic.tea=yes&topic.letters=yes&consent.newsletter=no");
    assert_eq!(skipped(&program, "c01"), serde_json::json!({ "reason": "no_consent", "detail": "newsletter" }));
    door.post(&ana, "form=preferences&topic.tea=yes&topic.letters=yes&consent.newsletter=yes&consent.profiling=no");
    assert_ne!(skipped(&program, "c01")["reason"], "no_consent");
    let shown = json(&program, "profile show c01 --json");
    assert_eq!(shown["contact"]["consents"]["newsletter"]["source"], "preference centre");
    assert_eq!(shown["contact"]["consents"]["profiling"]["given"], false);
    let said: Vec<&str> = shown["said"].as_array().expect("a list").iter().filter_map(|fact| fact["value"].as_str()).collect();
    assert_eq!(said, ["no", "yes", "no"], "every fact is kept");
    // What the CRM heard later stands.
    for who in ["c04", "c05"] {
        door.post(&token(who), "form=preferences&topic.tea=yes&topic.letters=yes&consent.newsletter=no");
    }
    program.edit("data/contacts.csv", "2025-07-07,yes,2025-07-07,yes", "2025-07-07,yes,2026-03-10,yes");
    let reason = |who: &str| later(&program, &format!("explain newsletter {who} --json"))["skipped"]["reason"].clone();
    assert_ne!(reason("c04"), "no_consent");
    assert_eq!(reason("c05"), "no_consent");
    // Without profiling nothing rests on what she did.
    let because = &json(&program, "preview newsletter -r c01 --json")["because"];
    assert!(!because.to_string().contains("views"), "{because}");
}

#[test]
fn less_often_is_a_cap_of_ones_own_and_a_topic_is_not_shown() {
    let program = shop();
    program.done("run newsletter --yes");
    let door = open(&program);
    let token = key(program.folder.path()).seal(Purpose::Preferences, "newsletter", "c03");
    let explain = || later(&program, "explain newsletter c03 --json");
    let picks = |explained: &Value| -> BTreeSet<String> {
        let picks = explained["composition"]["slots"]["picks"]["picks"].as_array().expect("a mail is composed").iter();
        picks.filter_map(|pick| Some(pick["product"].as_str()?.to_owned())).collect()
    };
    let before = explain();
    assert!(before["skipped"].is_null() && picks(&before).contains("m1"), "soap is shown: {before}");
    door.post(&format!("/mail/p/{token}"), "form=preferences&frequency=1+per+30d&topic.letters=yes");
    let after = explain();
    assert_eq!(after["skipped"], serde_json::json!({ "reason": "frequency_cap", "detail": "1 per 30 d (the person's own wish)" }));
    let shown = picks(&after);
    assert!(!shown.is_empty() && !shown.iter().any(|id| matches!(id.as_str(), "m1" | "t1" | "t2")), "neither soap nor tea is: {shown:?}");
}

/// What a command prints a week later.
fn later(program: &Program, line: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.arg("-C").arg(program.folder.path()).args(["--now", "2026-03-12T09:00"]).args(line.split(' '));
    serde_json::from_slice(&command.output().expect("it runs").stdout).expect("JSON")
}

#[test]
fn an_answer_counts_once_it_is_confirmed() {
    let program = shop();
    program.write("segments.toml", "[segments.blue]\ntitle = \"Blue\"\nall = [\"attr.colour = 'blue'\"]\n");
    std::fs::remove_file(program.path("blocks/hero-tea.mjml")).expect("a block of another segment");
    program.done("run newsletter --yes");
    let links = links(&html_to(&program, "ana.martin@mail.example"));
    let blue = links.iter().find(|link| link.contains("&a=blue")).expect("an answer");
    let door = open(&program);
    let page = door.get(blue);
    assert!(page.body.contains("value=\"blue\" required checked") && page.body.contains("Quelle couleur"), "{}", page.body);
    let segments = || json(&program, "explain newsletter c01 --json")["segments"].to_string();
    assert!(!segments().contains("blue"), "looking is not answering");
    for wrong in ["a=red", "a=", "", "a=%3Cscript%3E"] {
        assert!(!door.post(blue, wrong).body.contains("role=\"status\""), "{wrong}");
    }
    assert!(door.get(&blue.replace("a=blue", "a=%3Cscript%3E")).body.find("<script").is_none());
    for _ in 0..2 {
        assert!(door.post(blue, "a=blue").body.contains("role=\"status\""));
    }
    assert!(segments().contains("blue"), "{}", segments());
    assert_eq!(json(&program, "profile show c01 --json")["said"].as_array().map(Vec::len), Some(1), "twice is once");
    // Another question, another purpose: the same answer as to any wrong link.
    assert_eq!(door.get(&blue.replace("q=colour", "q=size")).status, 404);
    assert_eq!(door.get(&blue.replace("/q/", "/v/")).status, 404);
    door.post(blue, "a=green");
    assert!(!segments().contains("blue"));
    let likes = json(&program, "profile show c01 --json")["affinities"][0].clone();
    assert_eq!((&likes["topic"], &likes["share"]), (&"the".into(), &1.0.into()), "declared beats inferred");
}

/// Finds an id in a file, and what stands around it; three digits of a digest of sixteen are no id.
fn names(bytes: &[u8], id: &[u8]) -> Option<String> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let mut places = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(id));
    let place = places.find(|at| {
        let before = bytes[..*at].iter().rev().take_while(|byte| is_digit(byte)).count();
        let after = bytes[*at..].iter().take_while(|byte| is_digit(byte)).count();
        before + after < 16
    })?;
    Some(String::from_utf8_lossy(&bytes[place.saturating_sub(40)..(place + 40).min(bytes.len())]).into_owned())
}

#[test]
fn ids_are_found_and_digests_are_not_ids() {
    assert_eq!(names(b"2026-W10-c03-5a9188751c03bb2d", b"c03").as_deref(), Some("2026-W10-c03-5a9188751c03bb2d"));
    assert_eq!(names(b"newsletter-c22-a90e23c0301399f4.eml", b"c03"), None);
}

#[test]
fn who_asks_for_their_data_is_listed_until_they_have_it() {
    let program = shop();
    program.done("run newsletter --yes");
    let door = open(&program);
    let path = format!("/mail/p/{}", key(program.folder.path()).seal(Purpose::Preferences, "newsletter", "c03"));
    for _ in 0..2 {
        assert_eq!(door.post(&format!("{path}/export"), "").status, 200);
    }
    assert!(door.get(&path).body.contains("Vous avez demandé vos données le 5 mars 2026"));
    let open = json(&program, "status --json")["requests"].clone();
    assert_eq!((open.as_array().map(Vec::len), &open[0]["recipient"]), (Some(1), &"c03".into()));
    assert!(program.done("status").stdout.contains("asked for their data"));
    program.done("profile show c03 --export answer --reason request");
    assert_eq!(json(&program, "status --json")["requests"], serde_json::json!([]));
    program.done("forget chloe.durand@mail.example --yes");
    let bytes = std::fs::read(program.path(".relance/ledger.db")).expect("the ledger");
    assert!(!bytes.windows(5).any(|window| window == b"chloe"), "the ledger still holds the address of a forgotten person");
    assert_eq!(names(&bytes, b"c03"), None, "the ledger still names a forgotten person");
}

#[test]
fn why_a_mail_came_is_told_from_what_was_stored() {
    let program = shop();
    program.done("run newsletter --yes");
    let door = open(&program);
    let page = door.get(&format!("/mail/p/{}", key(program.folder.path()).seal(Purpose::Preferences, "newsletter", "c01")));
    let stored = json(&program, "profile show c01 --json")["history"][0]["because"].clone();
    let kinds: BTreeSet<&str> = stored.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(!kinds.is_empty());
    assert_eq!(page.body.contains("<li>vos achats</li>"), kinds.contains("orders"));
    assert_eq!(page.body.contains("<li>ce que vous avez regardé sur notre site</li>"), kinds.contains("views"));
    assert!(page.body.contains("La lettre du jeudi") && page.body.contains("5 mars 2026"));
    assert!(page.body.contains("&lt;b&gt;Ana&lt;/b&gt;") || page.body.contains("&lt;b&gt;Ana"), "a name is a text: {}", page.body);
}

#[test]
fn people_use_the_pages_in_a_browser() {
    let program = shop();
    program.edit("relance.toml", "https://shop.example/mail\"\nrate", "https://shop.example\"\nrate");
    program.done("run newsletter --yes");
    let own = key(program.folder.path());
    let door = open(&program);
    let seal = |purpose, recipient| own.seal(purpose, "newsletter", recipient);
    let query = [
        ("u", seal(Purpose::Unsubscribe, "c01")),
        ("p", seal(Purpose::Preferences, "c01")),
        ("q", own.seal_mail(Purpose::Answer, "colour", "newsletter", "2026-W10", "c01")),
        ("v", own.seal_mail(Purpose::View, "", "newsletter", "2026-W10", "c01")),
    ];
    let query: Vec<String> = query.iter().map(|(name, token)| format!("{name}={token}")).collect();
    browser::browse("door", &format!("http://{}/?{}", door.address, query.join("&")), 40);
    let reasons = program.run("suppress check ana.martin@mail.example").stdout;
    assert!(!reasons.contains("unsubscribed"), "the last thing done in the browser was to take it back");
    let said = json(&program, "profile show c01 --json")["said"].to_string();
    assert!(said.contains("answer.colour") && said.contains("1 per 30d") && said.contains("topic.tea"), "{said}");
}

#[test]
fn mistakes_of_the_public_section_are_told_at_their_place() {
    let program = shop();
    program.edit(
        "relance.toml",
        "https://shop.example/mail\"\nrate = \"100000 per second\"",
        "http://shop.example/mail?x\"\nrate = \"many\"\nexpiry = { view = \"soon\" }",
    );
    program.edit("relance.toml", "redirects = [\"shop.example\"]", "redirects = [\"https://shop.example/\"]");
    program.edit("relance.toml", "campaigns = [\"newsletter\"]", "campaigns = [\"newsleter\"]");
    program.edit("relance.toml", "value = \"green\"", "value = \"blue\"");
    let said = program.run("check");
    let codes = ["not-a-url", "not-a-rate", "not-a-host", "no-such-campaign"].map(|code| format!("public::{code}"));
    for code in codes.iter().map(String::as_str).chain(["question::bad-answer", "time::not-a-duration"]) {
        assert!(said.stderr.contains(code), "{code} is not told: {}", said.stderr);
    }
    assert!(said.stderr.contains("did you mean `newsletter`?"), "{}", said.stderr);
    let program = shop();
    program.edit("relance.toml", "https://shop.example/mail/u/{token}", "https://shop.example/mail/unsubscribe/{token}");
    assert!(program.run("check").stderr.contains("write `https://shop.example/mail/u/{token}`"));
    // A template names only questions that there are.
    program.edit("templates/newsletter.mjml", "questions.colour.title", "questions.color.title");
    assert!(program.run("check").stderr.contains("`questions` has no `color`"));
}
