//! Mails compiled once: equal to the reference, safe against data, refused at load where they would break.

#[path = "golden/equality.rs"]
mod equality;

use std::collections::BTreeMap;
use std::sync::Arc;

use equality::assert_same;
use miette::NamedSource;
use relance::error::{Diagnostic, Severity};
use relance::money::Currency;
use relance::render::{BlockText, DesignInput, Designs, MailDesign, RenderError, SlotDesign, SlotKind, Source, TextAt};
use serde_json::{Value, json};

const FOOTER: &str = "<mj-section><mj-column><mj-text>{{ sender.postal_address }} <a href=\"{{ links.unsubscribe }}\">{{ t(key='bye') }}</a></mj-text></mj-column></mj-section>";

fn source(name: &str, text: &str) -> Source {
    Arc::new(NamedSource::new(name, text.to_owned()))
}

fn at(text: &str) -> TextAt {
    TextAt { text: text.to_owned(), source: source("campaigns/c.toml", text), offset: 0 }
}

fn input(template: &str) -> DesignInput {
    let hero = |name: &str, text: &str| {
        let front = "+++\nslot = \"hero\"\n+++\n";
        (
            name.to_owned(),
            BlockText {
                slot: "hero".into(),
                source: source(&format!("blocks/{name}.mjml"), &format!("{front}{text}")),
                offset: front.len(),
            },
        )
    };
    DesignInput {
        templates: BTreeMap::from([("t".into(), source("templates/t.mjml", template))]),
        texts: BTreeMap::new(),
        partials: BTreeMap::from([
            (
                "partials/head.mjml".into(),
                source("templates/partials/head.mjml", "<mj-attributes><mj-text color=\"#222222\" /></mj-attributes>"),
            ),
            ("partials/footer.mjml".into(), source("templates/partials/footer.mjml", FOOTER)),
        ]),
        blocks: BTreeMap::from([
            hero("a", "<mj-section><mj-column><mj-text>Hero A {{ recipient.first_name }}</mj-text></mj-column></mj-section>"),
            hero("b", "<mj-section padding=\"0 10px\"><mj-column width=\"50%\"><mj-text>Hero B</mj-text></mj-column></mj-section>"),
        ]),
        locales: BTreeMap::from([
            (
                "fr".into(),
                source(
                    "locales/fr.ftl",
                    "see = Voir\nbye = Se désabonner\nn-things = { $n ->\n    [one] une chose\n   *[other] { $n } choses\n }\n",
                ),
            ),
            (
                "en".into(),
                source(
                    "locales/en.ftl",
                    "see = See\nbye = Unsubscribe\nn-things = { $n ->\n    [one] one thing\n   *[other] { $n } things\n }\n",
                ),
            ),
        ]),
        mails: vec![MailDesign {
            campaign: "c".into(),
            step: None,
            template: TextAt { text: "t".into(), source: source("campaigns/c.toml", "t"), offset: 0 },
            subject: BTreeMap::from([
                ("fr".into(), at("{% if recipient.first_name %}{{ recipient.first_name }}, voici{% else %}Voici{% endif %}")),
                ("en".into(), at("For you")),
            ]),
            preheader: BTreeMap::new(),
            slots: BTreeMap::from([
                (
                    "hero".into(),
                    SlotDesign { kind: SlotKind::Block, blocks: vec!["a".into(), "b".into()], may_be_left_out: false, count: 1 },
                ),
                ("picks".into(), SlotDesign { kind: SlotKind::Products, blocks: Vec::new(), may_be_left_out: false, count: 4 }),
            ]),
        }],
        questions: BTreeMap::new(),
        asset_url: "https://img.example/r".into(),
        utm: BTreeMap::from([("utm_source".into(), "relance".into()), ("utm_campaign".into(), "{campaign}-{edition}".into())]),
        home_url: "https://shop.example/".into(),
        default_locale: "fr-FR".into(),
        zone: chrono_tz::Europe::Paris,
        currency: Currency::parse("EUR").expect("a code"),
    }
}

fn body(inner: &str) -> String {
    format!(
        "<mjml><mj-body><mj-slot name=\"hero\" /><mj-section><mj-column><mj-text>{inner}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    diagnostics.iter().filter(|d| d.severity == Severity::Error).collect()
}

fn compiled(template: &str) -> Designs {
    let (designs, diagnostics) = Designs::compile(&input(template));
    assert!(errors(&diagnostics).is_empty(), "{diagnostics:#?}");
    designs
}

fn item(title: &str, image: Option<&str>) -> Value {
    json!({ "id": "P", "title": title, "url": "https://shop.example/p?x=1&y=2", "image": image, "price": { "minor": 123_450, "currency": "EUR" },
        "list_price": { "minor": 200_000, "currency": "EUR" }, "category": null, "brand": null, "description": null, "label": "usual",
        "because": null, "quantity": null, "attr": {} })
}

#[expect(clippy::needless_pass_by_value, reason = "the values are written at the calls")]
fn context(name: Value, title: &str, block: &str, rows: usize, offer: Value) -> Value {
    let rows: Vec<Value> = (0..rows).map(|n| json!([item(title, Some("p.jpg")), item(title, (n > 0).then_some("q.jpg"))])).collect();
    json!({
        "recipient": { "id": "42", "first_name": name, "last_name": null, "locale": "fr-FR", "language": "fr", "city": null, "country": null,
            "loyalty_tier": "gold", "loyalty_points": null, "lifecycle": "active", "attr": {} },
        "campaign": { "name": "c", "title": "C", "edition": "2011-W46", "kind": "newsletter", "step": null },
        "sender": { "name": "Shop", "postal_address": "1 rue X, Paris" },
        "links": { "home": "https://shop.example/", "unsubscribe": "https://shop.example/u/t", "preferences": "https://shop.example/p/t", "cart": null },
        "slots": { "hero": { "block": block }, "picks": { "items": [], "rows": rows } },
        "offer": offer, "because": ["orders", "views"], "now": "2011-11-14T23:30:00Z",
    })
}

fn contexts() -> Vec<Value> {
    let offer = json!({ "name": "ten", "title": "-10 % « ici »", "percent": 10, "code": "TEN", "until": "2011-12-31" });
    let mut bare = context(Value::Null, "x", "b", 0, Value::Null);
    bare["because"] = json!([]);
    vec![
        context(json!("Ana"), "Mug", "a", 3, offer.clone()),
        context(json!("<script>alert(1)</script>"), "\"quoted\" 'single' & <b>bold</b> \\ back\ttab", "b", 1, offer),
        context(json!("{{ 7*7 }}{% raw %}"), "nb\u{a0}sp 👨‍👩‍👧 Tgq0z", "a", 2, Value::Null),
        bare,
    ]
}

#[test]
fn compiled_mails_equal_the_reference() {
    for (name, template) in
        [("loops", include_str!("golden/templates/loops.mjml")), ("places", include_str!("golden/templates/places.mjml"))]
    {
        let designs = compiled(template);
        for context in contexts() {
            for locale in ["fr-FR", "en-GB", "xx"] {
                let html = assert_same(&designs, "c", None, locale, &context);
                assert!(html.contains("</html>"), "{name}");
            }
        }
    }
}

#[test]
fn two_compilations_give_the_same_bytes() {
    let template = include_str!("golden/templates/loops.mjml");
    let context = &contexts()[0];
    let one = compiled(template).render("c", None, "fr-FR", context).expect("renders");
    assert_eq!(compiled(template).render("c", None, "fr-FR", context).expect("renders"), one);
}

#[test]
fn data_is_never_a_template_nor_markup() {
    let designs = compiled(&body("{{ recipient.first_name }} {{ recipient.attr.note }}"));
    let mut context = contexts()[2].clone();
    context["recipient"]["attr"]["note"] = json!("<img src=x onerror=alert(1)>");
    let mail = designs.render("c", None, "fr-FR", &context).expect("renders");
    assert!(mail.html.contains("{{ 7*7 }}{% raw %}") && !mail.html.contains("49"));
    assert!(mail.html.contains("&lt;img src=x") && !mail.html.contains("<img src=x"));
    assert!(mail.text.contains("{{ 7*7 }}"));
}

#[test]
fn amounts_dates_plurals_and_links_follow_the_language() {
    let text = "{{ 1234.5 | number(decimals=2) }}|{{ 10 | percent }}|{{ now | date }}|{{ 2 | plural(key='n-things') }}|{{ t(key='n-things', n=1) }}|\
                {{ 'javascript:x' | link }}|{{ 'https://a.example/?b=1' | link }}|{{ 12.9 | money }}|{{ recipient.city | default(value='?') }}";
    let designs = compiled(&body(text));
    let context = &contexts()[0];
    let utm = "utm_campaign=c-2011-W46&utm_source=relance";
    let line = |locale: &str| {
        let mail = designs.render("c", None, locale, context).expect("renders").text;
        mail.replace(['\u{a0}', '\u{202f}'], "_").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let french = line("fr-FR");
    assert!(french.contains("1_234,50|10_%|15 novembre 2011|2 choses|une chose|"), "{french}");
    assert!(french.contains(&format!("https://shop.example/?{utm}|https://a.example/?b=1&{utm}|12,90_€|?")), "{french}");
    let english = line("en-GB");
    assert!(english.contains("1,234.50|10%|15 November 2011|2 things|one thing|"), "{english}");
    assert!(english.contains("€12.90"), "{english}");
}

#[test]
fn the_tags_of_links_tell_the_step_of_a_triggered_mail_and_not_what_triggered_it() {
    let designs = compiled(&body("{{ 'https://a.example/' | link }}"));
    let mut context = contexts()[0].clone();
    context["campaign"]["edition"] = json!("last_call/pm_SECRET_42@2026-03-31");
    context["campaign"]["step"] = json!("last_call");
    let mail = designs.render("c", None, "fr-FR", &context).expect("renders");
    assert!(mail.text.contains("https://a.example/?utm_campaign=c-last_call&utm_source=relance"), "{}", mail.text);
    assert!(!mail.html.contains("SECRET") && !mail.html.contains("2026-03-31"));
}

#[test]
fn the_subject_is_one_line() {
    let designs = compiled(&body("x"));
    let mail = designs.render("c", None, "fr", &context(json!("A\r\nBcc: b \u{0} <i>"), "x", "a", 0, Value::Null)).expect("renders");
    assert_eq!(mail.subject, "A Bcc: b <i>, voici");
}

#[test]
fn the_text_part_reads_well() {
    let designs = compiled(include_str!("golden/templates/loops.mjml"));
    let text = designs.render("c", None, "en-GB", &contexts()[0]).expect("renders").text;
    assert!(text.contains("Mug €2,000.00 €1,234.50"), "{text}");
    assert!(text.contains("See\nhttps://shop.example/p?x=1&y=2&utm_campaign"), "{text}");
    assert!(text.contains("Unsubscribe\n<https://shop.example/u/t>") || text.contains("Unsubscribe <https://shop.example/u/t>"), "{text}");
    assert!(!text.contains("\n\n\n") && !text.contains("<>") && !text.contains("{%"), "{text}");
}

/// Returns the code of the first error and `file:offset` it points at.
fn refusal(template: &str) -> (String, String) {
    let (_, diagnostics) = Designs::compile(&input(template));
    let errors = errors(&diagnostics);
    let first = errors.first().unwrap_or_else(|| panic!("accepted: {template}"));
    assert!(errors.iter().all(|d| d.help.is_some()), "{errors:#?}");
    let place = first.place.as_ref().unwrap_or_else(|| panic!("no place: {first:?}"));
    let text = place.text.inner().get(place.span.offset()..place.span.offset() + place.span.len()).unwrap_or_default();
    (first.code.to_owned(), text.to_owned())
}

#[test]
fn what_would_break_is_refused_at_load_at_its_place() {
    let section = |inner: &str| format!("<mjml><mj-body><mj-slot name='hero' /><mj-section>{inner}</mj-section></mj-body></mjml>");
    let column = |inner: &str| section(&format!("<mj-column>{inner}</mj-column>"));
    let head = |inner: &str| format!("<mjml><mj-head>{inner}</mj-head><mj-body><mj-slot name='hero' /></mj-body></mjml>");
    let cases = [
        (body("{{ recipient.frist_name }}"), "template::unknown-key", "frist_name"),
        (body("{{ recipent.id }}"), "template::unknown-name", "recipent"),
        (body("{{ slots.pics.items }}"), "template::unknown-key", "pics"),
        (body("{% for i in slots.picks.items %}{{ i.prize }}{% endfor %}"), "template::unknown-key", "prize"),
        (body("{% set a = slots.picks.items | first %}{{ a.prize }}"), "template::unknown-key", "prize"),
        (body("{% for r in slots.picks.rows %}{% for i in r %}{{ i.titel }}{% endfor %}{% endfor %}"), "template::unknown-key", "titel"),
        (body("{{ recipient.id | safe }}"), "template::safe", "safe"),
        (body("{{ recipient.id | mony }}"), "template::unknown-filter", "mony"),
        (body("{{ now() }}"), "template::unknown-function", "now"),
        (body("{{ right() }}"), "template::right", "right"),
        (body("{{ t(key='sea') }}"), "template::unknown-message", "'sea'"),
        (body("{{ t(key=recipient.id) }}"), "template::message-key", "t"),
        (body("{{ recipient.id"), "template::unclosed-tag", "{{"),
        (body("{% include 'x' %}"), "template::statement", "include"),
        (body("{% if offer %}x"), "template::syntax", ""),
        (body("<p>one<p>two</p>"), "mjml::unclosed", "<p>"),
        (body("{% if offer %}<b>{% endif %}x</b>"), "template::crossing", ""),
        (body("<a href=\"{{ recipient.attr.url }}\">x</a>"), "template::unchecked-url", "{{ recipient.attr.url }}"),
        (body("{{ offer.title }}"), "template::fails", ""),
        (column("<mj-image width=\"{{ 10 }}px\" src=\"https://a.example/x.png\" />"), "mjml::literal-attribute", "{{ 10 }}px"),
        (column("<mj-text padding=\"{{ 10 }}px\">x</mj-text>"), "mjml::literal-attribute", "{{ 10 }}px"),
        (
            column("<mj-social>{% if offer %}<mj-social-element name=\"facebook\" />{% endif %}</mj-social>"),
            "mjml::static-parent",
            "{% if offer %}",
        ),
        (column("<mj-navbar>{{ now }}</mj-navbar>"), "mjml::static-parent", "{{ now }}"),
        (
            section("{% for i in slots.picks.items %}<mj-column><mj-text>x</mj-text></mj-column>{% endfor %}"),
            "mjml::column-width",
            "<mj-column>",
        ),
        (column("<mj-text><![CDATA[ x ]]></mj-text>"), "mjml::cdata", "<![CDATA[ x ]]>"),
        (head("{% if offer %}<mj-style>a{}</mj-style>{% endif %}"), "mjml::static-parent", "{% if offer %}"),
        (head("<mj-html-attributes></mj-html-attributes>"), "mjml::unsupported", "<mj-html-attributes>"),
        (head("<mj-style inline=\"inline\">a{}</mj-style>"), "mjml::inline-style", "<mj-style inline=\"inline\">"),
        (
            "<?xml version=\"1.0\"?><mjml><mj-body><mj-slot name='hero' /></mj-body></mjml>".to_owned(),
            "mjml::prolog",
            "<?xml version=\"1.0\"?>",
        ),
        (column("<mj-include path=\"../../etc/passwd\" />"), "template::include-path", "<mj-include path=\"../../etc/passwd\" />"),
        (column("<mj-include path=\"partials/foter.mjml\" />"), "template::unknown-partial", "<mj-include path=\"partials/foter.mjml\" />"),
        (column("<mj-slot name=\"heroe\" />"), "template::unknown-slot", "<mj-slot name=\"heroe\" />"),
        (column("<mj-slot name=\"picks\" />"), "template::slot-kind", "<mj-slot name=\"picks\" />"),
        (column("<mj-text>x"), "mjml::unclosed", "<mj-text>"),
    ];
    for (template, code, text) in cases {
        let (found, place) = refusal(&template);
        assert_eq!(found, code, "{template}");
        assert!(text.is_empty() || place == text, "{code}: `{place}` is not `{text}`");
    }
}

#[test]
fn a_mistake_in_a_block_points_into_the_block() {
    let mut input = input(&body("x"));
    let front = "+++\nslot = \"hero\"\n+++\n";
    let text = format!("{front}<mj-section><mj-column><mj-text>{{{{ recipient.nam }}}}</mj-text></mj-column></mj-section>");
    input.blocks.insert("a".into(), BlockText { slot: "hero".into(), source: source("blocks/a.mjml", &text), offset: front.len() });
    let (_, diagnostics) = Designs::compile(&input);
    let place = errors(&diagnostics)[0].place.clone().expect("a place");
    assert_eq!(place.text.name(), "blocks/a.mjml");
    assert_eq!(&text[place.span.offset()..place.span.offset() + place.span.len()], "nam");
}

#[test]
fn an_untranslated_message_is_a_warning_and_falls_back() {
    let mut input = input(&body("{{ t(key='only-french') }}"));
    input.locales.insert("fr".into(), source("locales/fr.ftl", "only-french = Ici\nsee = Voir\nbye = x\nn-things = y\n"));
    let (designs, diagnostics) = Designs::compile(&input);
    assert_eq!(diagnostics.iter().map(|d| (d.severity, d.code)).collect::<Vec<_>>(), vec![(Severity::Warning, "locale::untranslated")]);
    assert!(designs.render("c", None, "en", &contexts()[0]).expect("renders").text.contains("Ici"));
}

#[test]
fn a_failure_of_one_recipient_says_where() {
    let designs = compiled(&body("{{ recipient.attr.size }}"));
    let error = designs.render("c", None, "fr", &contexts()[0]).expect_err("the attribute is missing");
    let RenderError::Failed { place, .. } = &error else { panic!("{error}") };
    assert_eq!(place.as_deref().map(|place| place.starts_with("templates/t.mjml:1:")), Some(true), "{error}");
    assert!(matches!(designs.render("d", None, "fr", &contexts()[0]), Err(RenderError::Unknown { .. })));
}

#[test]
fn a_giant_mail_is_an_error_of_its_recipient() {
    let designs = compiled(&body(
        "{% if recipient.id == 'big' %}{% for a in range(end=100000) %}{% for b in range(end=100000) %}0123456789{% endfor %}{% endfor %}{% endif %}",
    ));
    let mut context = contexts()[0].clone();
    assert!(designs.render("c", None, "fr", &context).is_ok());
    context["recipient"]["id"] = json!("big");
    assert_eq!(designs.render("c", None, "fr", &context), Err(RenderError::TooLong));
}

#[test]
fn a_mail_that_would_be_cut_is_a_warning() {
    let heavy = body(&"<p>0123456789</p>".repeat(6_000));
    let (designs, diagnostics) = Designs::compile(&input(&heavy));
    assert_eq!(diagnostics.iter().map(|d| (d.severity, d.code)).collect::<Vec<_>>(), vec![(Severity::Warning, "template::heavy")]);
    assert!(designs.render("c", None, "fr", &contexts()[0]).is_ok());
}

#[test]
fn a_title_keeps_its_quotes_and_spaces() {
    let template = "<mjml><mj-head><mj-title>a\u{a0}\"b\" \u{202f}!</mj-title></mj-head><mj-body><mj-slot name='hero' /></mj-body></mjml>";
    let html = assert_same(&compiled(template), "c", None, "fr", &contexts()[0]);
    assert!(html.contains("aria-label=\"a\u{a0}&quot;b&quot; \u{202f}!\""), "{html}");
}

#[test]
fn a_tag_may_stand_in_a_raw_element_of_its_own() {
    let cell = "<mj-column width='50%'><mj-text>{{ item.title }}</mj-text></mj-column>";
    let row = format!("<mj-section><mj-raw>{{% for item in row %}}</mj-raw>{cell}<mj-raw>{{% endfor %}}</mj-raw></mj-section>");
    let loops = format!("<mj-raw> {{% for row in slots.picks.rows %}}\n</mj-raw>{row}<mj-raw>{{% endfor %}}</mj-raw>");
    let choice = "<mj-raw>{% if offer %}</mj-raw><mj-section><mj-column><mj-text>{{ offer.title }}</mj-text></mj-column></mj-section><mj-raw>{% endif %}</mj-raw>";
    let designs = compiled(&format!("<mjml><mj-body><mj-slot name='hero' />{loops}{choice}</mj-body></mjml>"));
    for context in contexts() {
        assert_same(&designs, "c", None, "fr", &context);
    }
    let html = designs.render("c", None, "fr", &contexts()[0]).expect("renders").html;
    assert_eq!(html.matches(">Mug<").count(), 6, "{html}");
}
