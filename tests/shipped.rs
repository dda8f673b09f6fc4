//! The mails the project ships: equal to the reference for every block and language, and safe whatever the data says.

#[path = "golden/equality.rs"]
mod equality;

use std::path::{Path, PathBuf};

use equality::assert_same;
use relance::clock::Timestamp;
use relance::condition::Schema;
use relance::error::Severity;
use relance::message::token::{Key, Purpose};
use relance::message::{MessageSpec, build, link};
use relance::plan::Rules;
use relance::plan::draft::Draft;
use relance::project::{self, starter};
use relance::render::{DesignInput, Designs, MailDesign, Rendered, SlotKind, Values};
use serde_json::{Value, json};

const EXAMPLES: [&str; 3] = ["examples/boutique", "examples/saas", "examples/media"];

const LOCALES: [&str; 3] = ["fr-FR", "en-GB", "de-DE"];

/// Loads and compiles a project; no error is allowed, nor a mail that would be cut.
fn compiled(root: &Path) -> (DesignInput, Designs) {
    let (project, _) = project::load(root, None).expect("the project loads");
    let (rules, _) = Rules::compile(&project, Schema::default()).expect("the rules compile");
    let input = DesignInput::of(&project, &rules.blocks);
    let (designs, diagnostics) = Designs::compile(&input);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error), "{diagnostics:#?}");
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.code != "template::heavy"), "{diagnostics:#?}");
    (input, designs)
}

/// Runs an assertion on every mail of the examples and of the starter project.
fn with_shipped(assertion: impl Fn(&Designs, &MailDesign)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    let examples = EXAMPLES.map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
    for root in examples.iter().map(PathBuf::as_path).chain([folder.path()]) {
        let (input, designs) = compiled(root);
        assert!(!input.mails.is_empty());
        for mail in &input.mails {
            assertion(&designs, mail);
        }
    }
}

/// Builds what a mail's template sees: every text that comes from data is `text`, or unknown.
fn context(mail: &MailDesign, text: Option<&str>, url: &str, nth_block: usize, n_items: usize) -> Value {
    let item = json!({
        "id": "P-1", "title": text.unwrap_or("Mug"), "url": url, "image": text.map(|_| "images/mugs.png"), "price": { "minor": 1290, "currency": "GBP" },
        "list_price": text.map(|_| json!({ "minor": 1590, "currency": "GBP" })), "category": text, "brand": text, "description": text,
        "label": "usual", "because": text, "quantity": text.map(|_| 2), "published_at": text.map(|_| "2011-11-13"), "place": text, "attr": {},
    });
    let items = vec![item; n_items];
    let rows: Vec<&[Value]> = items.chunks(2).collect();
    let slots = mail.slots.iter().map(|(name, slot)| {
        let value = match slot.kind {
            SlotKind::Block => json!({ "block": slot.blocks[nth_block % slot.blocks.len()] }),
            SlotKind::Products => json!({ "items": items, "rows": rows }),
            SlotKind::Categories => json!({ "items": vec![json!({ "name": text.unwrap_or("Mugs"), "topic": "mugs", "url": url }); n_items] }),
            SlotKind::Cart => json!({ "items": items, "rows": rows, "total": { "minor": 2580, "currency": "GBP" }, "n": n_items }),
            SlotKind::Subject => {
                json!({ "what": "payment_method", "brand": text, "last4": text.map(|_| "4242"), "expires_on": "2011-12-31", "days_left": 30, "title": text,
                    "price": text.map(|_| json!({ "minor": 53_500, "currency": "EUR" })) })
            }
        };
        (name.clone(), value)
    });
    let slots: serde_json::Map<String, Value> = slots.collect();
    json!({
        "recipient": {
            "id": "C-1", "first_name": text, "last_name": text, "locale": "fr-FR", "language": "fr", "city": text, "country": text,
            "loyalty_tier": text, "loyalty_points": text.map(|_| 120), "lifecycle": "active", "role": text, "attr": {},
        },
        "account": text.map(|text| json!({ "id": "A-1", "name": text, "industry": text, "plan": text, "employees": 40, "seats": 12, "customer_since": null, "attr": {} })),
        "campaign": { "name": mail.campaign, "title": "Lettre", "edition": "2011-W46", "kind": "newsletter", "step": mail.step },
        "sender": { "name": "Maison", "postal_address": "1 rue de la Paix, 75002 Paris" },
        "links": { "home": "https://shop.example/", "unsubscribe": "https://shop.example/u/t", "preferences": "https://shop.example/p/t", "cart": url },
        "slots": slots,
        "offer": text.map(|text| json!({ "name": "ten", "title": text, "percent": 10, "code": text, "until": "2011-12-31" })),
        "because": if text.is_some() { json!(["orders", "views"]) } else { json!([]) },
        "now": "2011-11-14T09:00:00Z",
    })
}

/// What customers' names and products' titles are made of, at worst.
fn hostile() -> Vec<String> {
    let short = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "{{ 7001*7001 }}{% raw %}{# x #}",
        "${7001*7001} <%= 7001*7001 %>",
        "</title></style><style>body{display:inline}",
        "<!-- --> <![endif]--> <!--[if mso]>",
        "&lt;b&gt; &amp;amp; &#x3c;",
        "a\r\nBcc: b@evil.example\r\n\r\nx",
        "שלום \u{202e}gnp.exe مرحبا",
        "👨‍👩‍👧 \u{1f600}",
        "Tgq0z Tgqq1z \\ \t nb\u{a0}sp",
        "]]> <?xml?> <mj-text>",
        "javascript:alert(1)",
    ];
    short.into_iter().map(str::to_owned).chain(["Zoé ".repeat(2_500)]).collect()
}

fn n_blocks(mail: &MailDesign) -> usize {
    mail.slots.values().map(|slot| slot.blocks.len()).max().unwrap_or(0).max(1)
}

/// Collects the files of a folder and of those inside it.
fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            texts(&entry, found);
        } else if let Ok(text) = std::fs::read_to_string(&entry) {
            found.push((entry.display().to_string(), text));
        }
    }
}

/// A plain space there lets a line begin with the sign (Imprimerie nationale, Lexique des règles typographiques).
#[test]
fn french_texts_have_unbreakable_spaces_before_two_part_signs_and_inside_quotes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for project in ["templates/starter"].into_iter().chain(EXAMPLES) {
        for folder in ["locales", "campaigns", "blocks", "templates"] {
            texts(&root.join(project).join(folder), &mut found);
        }
    }
    let is_french = |name: &str, line: &str| name.ends_with("fr.ftl") || ["fr = \"", "\"fr\"", "fr: "].iter().any(|key| line.contains(key));
    let mut wrong = Vec::new();
    let mut n_lines = 0;
    for (name, text) in &found {
        for line in text.lines().filter(|line| !line.starts_with('#') && is_french(name, line)) {
            // What is inside a tag is code.
            let said: String = line.split("{%").map(|part| part.split("%}").last().unwrap_or_default()).collect();
            n_lines += 1;
            if [" :", " ;", " !", " ?", " »", "« "].iter().any(|sign| said.contains(sign)) {
                wrong.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(n_lines > 100, "{n_lines} lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_block_in_every_language_equals_the_reference() {
    with_shipped(|designs, mail| {
        for nth in 0..n_blocks(mail) {
            for locale in LOCALES {
                let full = context(mail, Some("Ana"), "https://shop.example/p?a=1&b=2", nth, 4);
                let bare = context(mail, None, "https://shop.example/p", nth, 0);
                for context in [full, bare] {
                    assert_same(designs, &mail.campaign, mail.step.as_deref(), locale, &context);
                }
            }
        }
    });
}

#[test]
fn hostile_data_equals_the_reference_and_is_only_ever_text() {
    with_shipped(|designs, mail| {
        for (n, text) in hostile().iter().enumerate() {
            let locale = LOCALES[n % LOCALES.len()];
            let hostile = context(mail, Some(text), "javascript:alert(1)", n, 3);
            let html = assert_same(designs, &mail.campaign, mail.step.as_deref(), locale, &hostile);
            let benign = render(designs, mail, locale, &context(mail, Some("Ana"), "https://shop.example/", n, 3));
            assert_eq!(tags(&html), tags(&benign.html), "{text}");
            assert_safe(&html, text);
            let text_part = render(designs, mail, locale, &hostile).text;
            assert!(!text_part.chars().any(|c| c.is_control() && c != '\n'), "{text_part}");
            assert!(!text_part.contains("49014001"), "{text_part}");
        }
    });
}

/// A picture that tells who opened is either invisible or not the same for two readers.
#[test]
fn no_picture_tells_who_opened_the_mail_2_37() {
    with_shipped(|designs, mail| {
        let of = |reader: &str| {
            let mut context = context(mail, Some("Ana"), "https://shop.example/p", 0, 3);
            context["recipient"]["id"] = reader.into();
            for link in ["unsubscribe", "preferences"] {
                context["links"][link] = format!("https://shop.example/{link}/{reader}").into();
            }
            let html = render(designs, mail, "fr-FR", &context).html;
            html.split("<img").skip(1).map(|tag| tag.split('>').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let (one, other) = (of("reader-one"), of("reader-two"));
        assert!(!one.is_empty(), "the mail has pictures");
        assert_eq!(one, other, "{}", mail.campaign);
        let is_hidden = |tag: &String| {
            ["width=\"0\"", "width=\"1\"", "height=\"0\"", "height=\"1\"", "display:none"].iter().any(|sign| tag.contains(sign))
        };
        assert_eq!(one.iter().find(|tag| is_hidden(tag)), None, "{}", mail.campaign);
    });
}

fn render(designs: &Designs, mail: &MailDesign, locale: &str, context: &Value) -> Rendered {
    designs.render(&mail.campaign, mail.step.as_deref(), locale, context).expect("renders")
}

fn assert_safe(html: &str, text: &str) {
    assert!(!html.contains("49014001"), "{text}: a value was computed");
    for attribute in ["href=\"", "src=\"", "background=\""] {
        for value in html.split(attribute).skip(1) {
            assert!(
                ["https://", "http://", "mailto:", "tel:", "\""].iter().any(|good| value.starts_with(good)),
                "{attribute}{}",
                &value[..40.min(value.len())]
            );
        }
    }
    if text.contains("7001") && html.contains("7001") {
        assert!(html.contains("7001*7001"), "{text}: shown as it was written");
    }
}

/// Lists every tag with the names of its attributes: what data must never change.
fn tags(html: &str) -> Vec<String> {
    let outline = |tag: &str| {
        let tag = tag.split('>').next().unwrap_or_default();
        tag.split('"').step_by(2).collect::<Vec<_>>().join("_")
    };
    html.split('<').skip(1).map(outline).collect()
}

/// The mails of two people per campaign on 14 November 2011: what their templates saw is kept in `golden/people/CAMPAIGN-LANGUAGE.json`.
#[test]
fn the_mails_of_the_example_are_the_ones_kept() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, designs) = compiled(&root.join("examples/boutique"));
    let spec = spec();
    for name in ["newsletter-fr", "newsletter-en", "cart-fr", "cart-en", "card-fr", "card-en"] {
        let text = std::fs::read_to_string(root.join(format!("tests/golden/people/{name}.json"))).expect("the kept context");
        let mut context: Value = serde_json::from_str(&text).expect("JSON");
        let (campaign, language) = name.split_once('-').expect("a campaign and a language");
        let recipient = context["recipient"]["id"].as_str().expect("an id").to_owned();
        context["links"]["unsubscribe"] = link(&spec.key, &spec.unsubscribe_url, Purpose::Unsubscribe, campaign, &recipient).into();
        context["links"]["preferences"] = "https://boutique.example/preferences/t".into();
        let step = context["campaign"]["step"].as_str().map(str::to_owned);
        let draft = Draft {
            campaign: campaign.into(),
            edition: context["campaign"]["edition"].as_str().expect("an edition").into(),
            step: step.clone(),
            address: format!("c{recipient}@client.example"),
            recipient: recipient.as_str().into(),
            name: context["recipient"]["first_name"].as_str().map(str::to_owned),
            locale: context["recipient"]["locale"].as_str().unwrap_or(language).to_owned(),
            at: Timestamp(1_321_261_200_000_000),
            variant: None,
            hours: None,
            explored: Vec::new(),
            context: Values::of(&context),
        };
        let rendered = designs.render_values(campaign, step.as_deref(), &draft.locale, &draft.context).expect("renders");
        let message = String::from_utf8(build(&draft, &rendered, &spec).expect("builds").bytes).expect("7-bit");
        let (headers, _) = message.split_once("\r\n\r\n").expect("headers");
        let kept = format!("{}\n\n{}\n{}", headers.replace("\r\n", "\n"), rendered.text, shown(&rendered.html));
        insta::with_settings!({ snapshot_path => "golden/mails", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, kept);
        });
    }
}

fn spec() -> MessageSpec {
    MessageSpec {
        sender_name: "Maison Héron".into(),
        sender_address: "bonjour@boutique.example".into(),
        reply_to: Some("service@boutique.example".into()),
        return_path: None,
        list_domain: "boutique.example".into(),
        unsubscribe_url: "https://boutique.example/desabonnement/{token}".into(),
        feedback_id: "maison-heron".into(),
        zone: chrono_tz::Europe::Paris,
        key: Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).expect("a good key"),
    }
}

/// Reduces HTML to a line per element that holds words, a link or an image, without styles and Outlook's share.
fn shown(html: &str) -> String {
    let (_, body) = html.split_once("<body").expect("a body");
    let mut lines = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
        let value = |name: &str| tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next());
        let place = if tag.starts_with("a ") {
            value("href")
        } else if tag.starts_with("img ") {
            value("src")
        } else {
            None
        };
        lines.extend(place.map(|place| format!("<{place}>")));
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !words.is_empty() && !piece.starts_with('!') {
            lines.push(words);
        }
    }
    lines.join("\n")
}
