//! Messages read back by an independent parser: any data in, one safe message out.

use mail_parser::{HeaderValue, MessageParser};
use relance::clock::Timestamp;
use relance::message::token::{Key, Keyring, Purpose};
use relance::message::{MessageError, MessageSpec, bounced_id, build};
use relance::plan::draft::Draft;
use relance::render::{Rendered, Values};
use serde_json::json;

fn spec() -> MessageSpec {
    MessageSpec {
        sender_name: "Maison Héron".into(),
        sender_address: "bonjour@shop.example".into(),
        reply_to: Some("aide@shop.example".into()),
        return_path: Some("bounce+{token}@mail.shop.example".into()),
        list_domain: "shop.example".into(),
        unsubscribe_url: "https://shop.example/u/{token}".into(),
        feedback_id: "maison-heron".into(),
        zone: chrono_tz::Europe::Paris,
        key: Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).expect("a good key"),
    }
}

fn draft(name: Option<&str>, address: &str) -> Draft<Values> {
    Draft {
        campaign: "newsletter".into(),
        edition: "2011-W46".into(),
        step: None,
        recipient: "C-1042".into(),
        address: address.into(),
        name: name.map(str::to_owned),
        locale: "fr-FR".into(),
        at: Timestamp(1_321_257_600_000_000),
        variant: None,
        hours: None,
        explored: Vec::new(),
        context: Values::of(&json!({ "campaign": { "kind": "newsletter" } })),
    }
}

fn rendered(subject: &str, body: &str) -> Rendered {
    Rendered {
        subject: subject.into(),
        preheader: String::new(),
        html: format!("<!doctype html><html><body>{body}</body></html>"),
        text: format!("{body}\n-- \nfin\n"),
    }
}

fn naughty() -> Vec<String> {
    [
        "Ana Lima",
        "a\r\nBcc: b@evil.example",
        "a\nX: y",
        "nul\0byte",
        "=?utf-8?q?x?=",
        "שלום עולם \u{202e}gnp.exe",
        "👨‍👩‍👧 famille",
        "\"quoted\" \\ back",
        "{{ 7*7 }}",
        "<script>alert(1)</script>",
        "",
        " ",
        "Lima, Ana <x@y.example>; z",
        "é",
        "\u{2028}\u{2029}\u{feff}",
        "=?=?=?",
        "日本語のとても長い名前です",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["x".repeat(10_000), "é".repeat(10_000), "a b ".repeat(2_500), "👩".repeat(3_000)])
    .collect()
}

fn assert_wire_is_legal(bytes: &[u8]) {
    assert!(bytes.is_ascii());
    let text = std::str::from_utf8(bytes).expect("ASCII");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "only CR LF ends lines");
    for line in text.split("\r\n") {
        assert!(line.len() <= 998, "{} octets", line.len());
    }
    let (headers, _) = text.split_once("\r\n\r\n").expect("a body");
    let names: Vec<&str> = headers
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect();
    let expected = [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
        "MIME-Version",
        "Content-Type",
    ];
    assert_eq!(names, expected);
    for word in headers.split_ascii_whitespace().filter(|word| word.starts_with("=?")) {
        assert!(word.len() <= 75 && word.ends_with("?="), "{word}");
    }
}

#[test]
fn any_name_subject_and_body_give_one_legal_message_to_one_person() {
    for value in naughty() {
        let message = build(&draft(Some(&value), "ana@client.example"), &rendered(&value, &value), &spec()).expect("builds");
        assert_wire_is_legal(&message.bytes);
        let parsed = MessageParser::new().parse(&message.bytes).expect("parses");
        let to: Vec<_> = parsed.to().expect("To").iter().map(|address| address.address().unwrap_or_default().to_owned()).collect();
        assert_eq!(to, ["ana@client.example"]);
        let visible = |text: &str| !text.chars().any(char::is_control);
        let subject = parsed.subject().unwrap_or_default();
        assert!(visible(subject), "{subject:?}");
        if value.contains("=?") || value.contains("{{") || value.contains('👨') {
            assert_eq!(subject, value, "the subject is read back as it was");
        }
        let name = parsed.to().and_then(|to| to.first()).and_then(|to| to.name()).unwrap_or_default();
        assert!(visible(name), "{name:?}");
        assert_eq!(parsed.text_body_count(), 1);
        assert_eq!(parsed.html_body_count(), 1);
    }
}

#[test]
fn bodies_come_back_whole() {
    let body = format!("Déjà vu, 12,90\u{a0}€ 👨‍👩‍👧 {} fin.", "mot ".repeat(20_000));
    let message = build(&draft(None, "ana@client.example"), &rendered("s", &body), &spec()).expect("builds");
    let parsed = MessageParser::new().parse(&message.bytes).expect("parses");
    assert_eq!(parsed.body_html(0).expect("html"), format!("<!doctype html><html><body>{body}</body></html>"));
    assert_eq!(parsed.body_text(0).expect("text").replace("\r\n", "\n"), format!("{body}\n-- \nfin\n"));
    let text = String::from_utf8(message.bytes).expect("ASCII");
    let (_, encoded) = text.split_once("\r\n\r\n").expect("a body");
    assert_eq!(encoded.split("\r\n").map(str::len).max().filter(|longest| *longest > 76), None, "lines of quoted-printable are short");
}

#[test]
fn equal_drafts_give_equal_bytes_and_every_key_its_own_message_id() {
    let one = build(&draft(None, "ana@client.example"), &rendered("s", "b"), &spec()).expect("builds");
    assert_eq!(build(&draft(None, "ana@client.example"), &rendered("s", "b"), &spec()).expect("builds"), one);
    let mut ids = std::collections::BTreeSet::from([one.message_id.clone()]);
    for (campaign, edition, recipient) in
        [("cart", "2011-W46", "C-1042"), ("newsletter", "2011-W47", "C-1042"), ("newsletter", "2011-W46", "C-1043")]
    {
        let other =
            Draft { campaign: campaign.into(), edition: edition.into(), recipient: recipient.into(), ..draft(None, "ana@client.example") };
        assert!(ids.insert(build(&other, &rendered("s", "b"), &spec()).expect("builds").message_id));
    }
    assert!(one.message_id.ends_with("@shop.example"));
}

#[test]
fn the_date_has_the_zone_of_the_project() {
    let message = build(&draft(None, "ana@client.example"), &rendered("s", "b"), &spec()).expect("builds");
    let text = String::from_utf8(message.bytes).expect("ASCII");
    assert!(text.contains("\r\nDate: Mon, 14 Nov 2011 09:00:00 +0100\r\n"), "{text}");
}

#[test]
fn list_headers_are_one_click_and_show_no_address() {
    let spec = spec();
    let message = build(&draft(None, "ana@client.example"), &rendered("s", "b"), &spec).expect("builds");
    let text = String::from_utf8(message.bytes).expect("ASCII");
    let line = text
        .split("\r\n")
        .find_map(|line| line.strip_prefix("List-Unsubscribe: <"))
        .or_else(|| text.split("List-Unsubscribe:\r\n <").nth(1))
        .expect("the header");
    let url = line.split('>').next().expect("a URL");
    let token = url.strip_prefix("https://shop.example/u/").expect("our page");
    assert_eq!(spec.key.open(Purpose::Unsubscribe, "newsletter", token).as_deref(), Some("C-1042"));
    assert!(!url.contains("ana") && !url.contains("1042"));
    assert!(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    assert!(text.contains("\r\nList-Id: <newsletter.shop.example>\r\n"));
    assert!(text.contains("\r\nFeedback-ID: newsletter:newsletter:relance-maison-heron:shop-example\r\n"));
    assert!(!text.contains("Auto-Submitted"));
    let from = message.envelope.from;
    assert!(
        from.starts_with("bounce+k1.")
            && from.ends_with("@mail.shop.example")
            && from.split('@').next().is_some_and(|local| local.len() <= 64),
        "{from}"
    );
    let template = spec.return_path.as_deref().expect("a return path");
    let keys = Keyring::new(vec![spec.key.clone()]).expect("a ring");
    let found = |address: &str| bounced_id(template, &keys, address);
    let start = message.message_id.get(..20).map(str::to_owned);
    assert_eq!(found(&from), start, "a bounce finds its mail");
    assert_eq!(found(&from.to_uppercase()), start);
    let forged = from.replace('@', "a@");
    for wrong in
        [forged.as_str(), "bounce+@mail.shop.example", "bounce+k1.short@mail.shop.example", "ana@mail.shop.example", "", "bounce+k1.x"]
    {
        assert_eq!(found(wrong), None, "{wrong}");
    }
}

/// RFC 2919 section 3: `<` label `.` domain `>`; Gmail's Feedback-ID: at most four fields, the last one always the same.
#[test]
fn list_id_and_feedback_id_keep_their_form_for_any_name() {
    let pieces =
        ["a", "Z9", "é", "日本", " ", ":", "::", ".", "-", "_", "<", ">", "\r\nX: y", "\0", "@", "👩", "very-long-name-of-a-campaign-"];
    let word = |n: u64, what: &str| -> String {
        let draw = |i: u64, most: usize| {
            usize::try_from(relance::id::stable_hash(&[what, &n.to_string(), &i.to_string()]) % most as u64).expect("small")
        };
        (1..=draw(0, 9) as u64).map(|i| pieces[draw(i, pieces.len())]).collect()
    };
    let mut ids = std::collections::BTreeSet::new();
    for n in 0..5_000 {
        let spec = MessageSpec { feedback_id: word(n, "project"), ..spec() };
        let draft = Draft {
            campaign: word(n, "campaign").as_str().into(),
            context: Values::of(&json!({ "campaign": { "kind": word(n, "kind") } })),
            ..draft(None, "ana@client.example")
        };
        let text = String::from_utf8(build(&draft, &rendered("s", "b"), &spec).expect("builds").bytes).expect("ASCII");
        let (headers, _) = text.split_once("\r\n\r\n").expect("a body");
        let unfolded = headers.replace("\r\n ", " ");
        let field = |name: &str| {
            let mut found = unfolded.split("\r\n").filter_map(|line| line.strip_prefix(name));
            let value = found.next().expect("the field").trim().to_owned();
            assert_eq!(found.next(), None, "{name} is there once");
            value
        };
        let feedback = field("Feedback-ID:");
        let fields: Vec<&str> = feedback.split(':').collect();
        let is_plain =
            |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(fields.len() == 4 && fields.iter().all(|field| is_plain(field)) && fields[3] == "shop-example", "{feedback}");
        let list = field("List-Id:");
        let inside = list.strip_prefix('<').and_then(|list| list.strip_suffix(".shop.example>"));
        assert!(inside.is_some_and(is_plain), "{list}");
        ids.insert(list);
    }
    assert!(ids.len() > 100, "{}", ids.len());
}

#[test]
fn addresses_are_refused_or_made_ascii() {
    let built = |address: &str| build(&draft(None, address), &rendered("s", "b"), &spec());
    for bad in ["", "a", "a@b@c.example", "a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example", "a@", "<a@b.example>"] {
        assert_eq!(built(bad), Err(MessageError::BadAddress { role: "recipient" }), "{bad:?}");
    }
    let idn = built("ana@café.example").expect("builds");
    assert_eq!(idn.envelope.to, "ana@xn--caf-dma.example");
    assert!(!idn.needs_smtputf8);
    assert!(built("zoé@client.example").expect("builds").needs_smtputf8);
    let mut spec = spec();
    spec.unsubscribe_url = "mailto:u@shop.example".into();
    assert_eq!(build(&draft(None, "a@b.example"), &rendered("s", "b"), &spec), Err(MessageError::BadLink));
}

#[test]
fn the_sender_is_read_back() {
    let message = build(&draft(None, "ana@client.example"), &rendered("s", "b"), &spec()).expect("builds");
    let parsed = MessageParser::new().parse(&message.bytes).expect("parses");
    let from = parsed.from().and_then(|from| from.first()).expect("From");
    assert_eq!((from.name(), from.address()), (Some("Maison Héron"), Some("bonjour@shop.example")));
    assert!(
        matches!(parsed.header("Content-Type"), Some(HeaderValue::ContentType(kind)) if kind.attribute("boundary").is_some_and(|b| b.len() <= 70))
    );
}

#[test]
fn bodies_lose_their_control_characters_and_nothing_else() {
    for (body, want) in [("a\u{0}b\u{7f}c\u{85}d\u{9f}e", "abcde"), ("£12\u{a0}€ \u{c2}\u{e9}\t|\n|", "£12\u{a0}€ \u{c2}\u{e9}\t|\n|")]
    {
        let message = build(&draft(None, "ana@client.example"), &rendered("s", body), &spec()).expect("builds");
        let parsed = MessageParser::new().parse(&message.bytes).expect("parses");
        assert_eq!(parsed.body_html(0).expect("html").replace("\r\n", "\n"), format!("<!doctype html><html><body>{want}</body></html>"));
    }
}
