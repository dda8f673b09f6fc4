//! Each check finds a mail that was broken for it, and finds nothing in the same mail whole.

use proptest::prelude::*;
use relance::inspect::{Clients, Facts, Finding, Level, Mail, french, inspect};

const HEAD: &str = "From: Maison <bonjour@shop.example>\r\nTo: ana@client.example\r\nSubject: Bonjour\r\nDate: Thu, 05 Mar 2026 09:00:00 +0100\r\nMessage-ID: <a.b@shop.example>\r\nMIME-Version: 1.0\r\nList-Unsubscribe: <https://shop.example/u/abc>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id: News <news.shop.example>\r\nFeedback-ID: a:b:c:shop\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n";
const BODY: &str = "--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nBonjour\r\n--b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Bonjour</p>\r\n--b1--\r\n";
const HTML: &str = "<!doctype html><html lang=\"fr\"><head><meta name=\"color-scheme\" content=\"light dark\"><style>@media (prefers-color-scheme:dark){p{color:#fff}}</style></head><body style=\"background:#ffffff\"><h1 style=\"color:#333333;font-size:28px\">Bonjour</h1><p style=\"color:#333333\">Voici votre sélection de la semaine, choisie pour vous parmi nos nouveautés, avec de quoi lire, goûter et offrir en mars.</p><a href=\"https://shop.example/p?utm_source=r\"><img src=\"https://shop.example/a.png\" alt=\"Une théière\" width=\"200\"></a><a href=\"https://shop.example/unsubscribe/abc\" style=\"color:#333333\">Se désabonner</a></body></html>";
const TEXT: &str = "Bonjour, voici votre sélection. https://shop.example/unsubscribe/abc";

/// A mail, as its parts.
#[derive(Clone)]
struct Whole {
    head: String,
    body: String,
    html: String,
    text: String,
    subject: String,
    preheader: String,
    facts: Facts,
}

fn whole() -> Whole {
    let facts = Facts { utm: vec!["utm_source".to_owned()], own_host: "shop.example".to_owned(), ..Facts::default() };
    let [head, body, html, text] = [HEAD, BODY, HTML, TEXT].map(str::to_owned);
    Whole { head, body, html, text, subject: "Votre sélection".to_owned(), preheader: "Choisie pour vous".to_owned(), facts }
}

fn found(mail: &Whole) -> Vec<Finding> {
    let bytes = format!("{}\r\n{}", mail.head, mail.body);
    let mail_ = Mail { bytes: bytes.as_bytes(), html: &mail.html, text: &mail.text, subject: &mail.subject, preheader: &mail.preheader };
    let clients = Clients::shipped(&["apple-mail".to_owned()]).expect("known");
    inspect(mail_, &mail.facts, &clients)
}

#[test]
fn a_good_mail_has_nothing_to_mind() {
    let worse: Vec<Finding> = found(&whole()).into_iter().filter(|finding| finding.level < Level::Note).collect();
    assert!(worse.is_empty(), "{worse:#?}");
}

type Breaking = fn(&mut Whole);

/// What breaks a good mail, and the finding's name.
const CASES: &[(&str, Breaking)] = &[
    ("rfc5322::repeated", |mail| mail.head.push_str("Subject: Deux\r\n")),
    ("rfc5322::missing", |mail| mail.head = mail.head.replace("Date:", "X-Date:")),
    ("rfc5322::bcc", |mail| mail.head.push_str("Bcc: x@shop.example\r\n")),
    ("rfc5322::date", |mail| mail.head = mail.head.replace("Thu, 05 Mar 2026 09:00:00 +0100", "yesterday")),
    ("rfc5322::message-id", |mail| mail.head = mail.head.replace("<a.b@shop.example>", "<a b>")),
    ("rfc5322::bare-line-end", |mail| mail.body = mail.body.replacen("\r\n", "\n", 1)),
    ("rfc5322::long-line", |mail| mail.body.push_str(&"x".repeat(1200))),
    ("rfc5322::nul", |mail| mail.body.push('\0')),
    ("rfc5322::wide-header", |mail| mail.head = format!("X-A: {}\r\n{}", "mot ".repeat(30), mail.head)),
    ("rfc2047::long-word", |mail| mail.head = mail.head.replace("Bonjour", &format!("=?utf-8?q?{}?=", "a".repeat(80)))),
    ("rfc2045::long-line", |mail| mail.body = mail.body.replace("<p>Bonjour</p>", &"a".repeat(90))),
    ("rfc2046::boundary", |mail| {
        let long = "b".repeat(75);
        mail.head = mail.head.replace("b1", &long);
        mail.body = mail.body.replace("b1", &long);
    }),
    ("rfc2046::order", |mail| {
        mail.body = mail.body.replace("text/plain", "text/x").replace("text/html", "text/plain").replace("text/x", "text/html");
    }),
    ("rfc2046::one-part", |mail| mail.head = mail.head.replace("multipart/alternative; boundary=\"b1\"", "text/html")),
    ("rfc8058::no-list-unsubscribe", |mail| mail.head = mail.head.replace("List-Unsubscribe: ", "X: ")),
    ("rfc8058::not-https", |mail| mail.head = mail.head.replace("<https://shop.example/u", "<http://shop.example/u")),
    ("rfc8058::address", |mail| mail.head = mail.head.replace("/u/abc", "/u?e=ana%40client.example")),
    ("rfc8058::no-one-click", |mail| mail.head = mail.head.replace("One-Click", "Two-Click")),
    ("rfc2919::no-list-id", |mail| mail.head = mail.head.replace("List-Id", "X-Id")),
    ("rfc3834::auto-submitted", |mail| mail.head.push_str("Auto-Submitted: auto-replied\r\n")),
    ("gmail::feedback-id", |mail| mail.head = mail.head.replace("a:b:c:shop", "a:b:c:d:shop")),
    ("rfc6376::unsigned", |mail| mail.facts.is_signed = true),
    ("rfc8058::not-signed", |mail| {
        mail.facts.is_signed = true;
        mail.head.push_str("DKIM-Signature: v=1; h=from:from:subject; b=x\r\n");
    }),
    ("rfc6376::from-once", |mail| {
        mail.facts.is_signed = true;
        mail.head.push_str("DKIM-Signature: v=1; h=from:list-unsubscribe:list-unsubscribe-post; b=x\r\n");
    }),
    ("rfc6376::length", |mail| {
        mail.facts.is_signed = true;
        mail.head.push_str("DKIM-Signature: v=1; l=12; h=from:from; b=x\r\n");
    }),
    ("size::clipped", |mail| mail.html.push_str(&"<br>".repeat(30_000))),
    ("size::near-clip", |mail| mail.html.push_str(&"<br>".repeat(24_000))),
    ("size::no-text", |mail| mail.text.clear()),
    ("image::no-alt", |mail| mail.html = mail.html.replace(" alt=\"Une théière\"", "")),
    ("image::no-source", |mail| mail.html.push_str("<img alt=\"\" width=\"1\">")),
    ("image::not-https", |mail| mail.html = mail.html.replace("https://shop.example/a.png", "http://shop.example/a.png")),
    ("image::inline", |mail| mail.html = mail.html.replace("https://shop.example/a.png", "data:image/png;base64,AAAA")),
    ("image::no-width", |mail| mail.html = mail.html.replace(" width=\"200\"", "")),
    ("image::only-images", |mail| {
        mail.html = mail.html.replace(
            "Voici votre sélection de la semaine, choisie pour vous parmi nos nouveautés, avec de quoi lire, goûter et offrir en mars.",
            "Oui",
        );
    }),
    ("contrast::low", |mail| mail.html = mail.html.replace("<p style=\"color:#333333\"", "<p style=\"color:#bbbbbb\"")),
    ("dark::no-background", |mail| mail.html = mail.html.replace(" style=\"background:#ffffff\"", "")),
    ("dark::no-meta", |mail| mail.html = mail.html.replace("name=\"color-scheme\"", "name=\"x\"")),
    ("link::not-https", |mail| mail.html.push_str("<a href=\"http://shop.example/\">La boutique</a>")),
    ("link::dangerous", |mail| mail.html.push_str("<a href=\"JavaScript:alert(1)\">Oui</a>")),
    ("link::relative", |mail| mail.html.push_str("<a href=\"/panier\">Panier</a>")),
    ("link::empty", |mail| mail.html.push_str("<a href=\"#\">Rien</a>")),
    ("link::dead-anchor", |mail| mail.html.push_str("<a href=\"#plus\">Plus bas</a>")),
    ("link::no-name", |mail| {
        mail.html.push_str("<a href=\"https://shop.example/x\"><img src=\"https://shop.example/b.png\" alt=\"\" width=\"9\"></a>");
    }),
    ("link::same-words", |mail| {
        mail.html.push_str("<a href=\"https://a.example/1\">Cliquez ici</a> <a href=\"https://a.example/2\">cliquez <b>ici</b></a>");
    }),
    ("link::tag-twice", |mail| mail.html = mail.html.replace("utm_source=r", "utm_source=r&amp;utm_source=r")),
    ("link::no-tag", |mail| mail.html = mail.html.replace("?utm_source=r", "")),
    ("unsubscribe::no-link", |mail| {
        mail.html = mail
            .html
            .replace("https://shop.example/unsubscribe/abc", "https://shop.example/x?utm_source=r")
            .replace("Se désabonner", "Voir");
    }),
    ("unsubscribe::not-in-text", |mail| mail.text = String::from("Bonjour, voici votre sélection de la semaine.")),
    ("html::forbidden", |mail| mail.html.push_str("<form></form>")),
    ("html::handler", |mail| mail.html.push_str("<b onclick=\"x()\">b</b>")),
    ("subject::empty", |mail| mail.subject.clear()),
    ("subject::long", |mail| mail.subject = "mot ".repeat(20)),
    ("subject::cut-on-telephones", |mail| mail.subject = "mot ".repeat(12)),
    ("subject::unfilled", |mail| mail.subject = String::from("Bonjour {{ recipient.first_name }}")),
    ("preheader::none", |mail| mail.preheader.clear()),
    ("preheader::same", |mail| mail.preheader.clone_from(&mail.subject)),
    ("preheader::long", |mail| mail.preheader = "mot ".repeat(40)),
    ("spam::shouting", |mail| mail.subject = String::from("GRANDE VENTE DE PRINTEMPS")),
    ("spam::exclamations", |mail| mail.subject = String::from("Vite !!")),
    ("spam::false-reply", |mail| mail.subject = String::from("Re: votre commande")),
    ("spam::phrase", |mail| mail.html = mail.html.replace("Bonjour", "Vous avez gagné")),
    ("spam::shortener", |mail| mail.html.push_str("<a href=\"https://bit.ly/x\">Voir la suite du carnet</a>")),
    ("client::unsupported", |mail| mail.html.push_str("<p style=\"cursor:pointer;color:#333333\">Voir</p>")),
];

#[test]
fn each_fault_is_found_under_its_name() {
    let documented = std::fs::read_to_string("docs/checks.md").expect("the documentation");
    for (code, break_it) in CASES {
        let mut mail = whole();
        assert!(
            found(&mail).iter().all(|finding| finding.code != *code || finding.code == "client::unsupported"),
            "{code} is in the good mail"
        );
        break_it(&mut mail);
        let found = found(&mail);
        let finding = found.iter().find(|finding| finding.code == *code);
        let finding = finding.unwrap_or_else(|| panic!("{code} is not among {found:#?}"));
        let (words, _) = french(code, &finding.about, &finding.message).unwrap_or_else(|| panic!("{code} is not said in French"));
        assert!(["{n}", "{m}", "{about}", "{rest}", "  ", "``"].iter().all(|hole| !words.contains(hole)), "{code}: {words}");
        let (family, name) = code.split_once("::").expect("a code");
        assert!(
            documented.contains(&format!("`{family}::{name}`")) || documented.contains(&format!("`::{name}`")),
            "{code} is not in docs/checks.md"
        );
    }
}

#[test]
fn a_mail_that_must_be_sent_needs_no_unsubscription() {
    let mut mail = whole();
    mail.head = mail.head.replace("List-", "X-List-");
    mail.html = mail.html.replace("https://shop.example/unsubscribe/abc", "https://shop.example/x").replace("Se désabonner", "Voir");
    mail.facts.is_compulsory = true;
    let found = found(&mail);
    assert!(found.iter().all(|finding| !finding.code.starts_with("rfc8058") && !finding.code.starts_with("unsubscribe")), "{found:#?}");
}

proptest! {
    #[test]
    fn whatever_a_mail_holds_is_looked_at(bytes in proptest::collection::vec(any::<u8>(), 0..600), html in "(?s).{0,300}", tags in "(<[a-z!/]{0,8}[ a-z=\"':;#{}@()0-9]{0,30}>?){0,12}") {
        let clients = Clients::shipped(&[]).expect("known");
        for html in [&html, &tags] {
            let mail = Mail { bytes: &bytes, html, text: html, subject: html, preheader: "" };
            let found = inspect(mail, &Facts { is_signed: true, ..Facts::default() }, &clients);
            prop_assert!(!found.is_empty());
        }
    }
}
