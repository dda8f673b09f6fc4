//! Every mistake is a diagnostic at its place that says what to type.

use std::sync::Arc;

use miette::NamedSource;
use relance::condition::{CONDITION_DEPTH_MAX, CONDITION_MAX_BYTES, CONDITION_TERMS_MAX, compile, compile_all};
use relance::error::{Diagnostic, Severity};
use serde::Deserialize;
use toml::Spanned;

use crate::person::{parsed, schema};

fn mistakes(text: &str) -> Vec<Diagnostic> {
    compile(text, None, &schema()).err().unwrap_or_else(|| panic!("`{text}` was accepted"))
}

/// The part of the text a diagnostic points at.
fn pointed(diagnostic: &Diagnostic) -> &str {
    let place = diagnostic.place.as_ref().unwrap();
    &place.text.inner()[place.span.offset()..place.span.offset() + place.span.len()]
}

#[test]
fn each_mistake_has_its_code_its_place_and_a_way_out() {
    for (text, code, at, help) in [
        ("order_count >= 1", "unknown-field", "order_count", "did you mean `orders_count`?"),
        ("TRUE AND agee > 1", "unknown-field", "agee", "did you mean `age`?"),
        ("city = \"Paris\"", "unknown-field", "\"Paris\"", "a text is written between single quotes: 'Paris'"),
        ("size = 38", "unknown-field", "size", "an extra column is written `attr.size`"),
        ("active", "unknown-field", "active", "ask for a segment with in_segment('active')"),
        ("affinity > 0", "unknown-field", "affinity", "a function is called: affinity('topic')"),
        ("attr.sise = 1", "unknown-attribute", "attr.sise", "did you mean `size`?"),
        ("contacts.age > 1", "unknown-field", "contacts.age", "write `age` alone"),
        ("account.industy = 'food'", "unknown-attribute", "account.industy", "did you mean `industry`?"),
        ("account.regoin = 'west'", "unknown-attribute", "account.regoin", "did you mean `region`?"),
        ("account.employees = 'many'", "type", "account.employees = 'many'", "a number is written without quotes"),
        ("a.b.c = 1", "unknown-field", "a.b.c", "write `attr.name`"),
        ("afinity('tea') > 0", "unknown-function", "afinity", "did you mean `affinity`?"),
        ("pg_sleep(10) = 1", "unknown-function", "pg_sleep", "functions are affinity, "),
        ("in_segment('actives')", "unknown-segment", "'actives'", "did you mean `active`?"),
        ("score('propencity') > 0", "unknown-score", "'propencity'", "did you mean `propensity`?"),
        // Types.
        ("age > 'x'", "type", "age > 'x'", "a number is written without quotes, a text with them"),
        ("city + 1 > 2", "type", "city", "a number is written without quotes"),
        ("cart_open = 1", "type", "cart_open = 1", "a truth value is compared with TRUE or FALSE"),
        ("cart_open < TRUE", "type", "cart_open < TRUE", "compare texts with ="),
        ("city < 'M'", "type", "city < 'M'", "compare texts with =, <>, IN or LIKE"),
        ("city BETWEEN 'a' AND 'b'", "type", "city BETWEEN 'a'", "compare texts with ="),
        ("age LIKE '3%'", "type", "age", "compare it with =, < or BETWEEN"),
        ("city LIKE first_name", "type", "first_name", "write LIKE 'start%'"),
        ("age IN (1, 'two')", "type", "age IN (1, 'two'", "a number is written without quotes"),
        ("age", "type", "age", "compare it: `field > 0`"),
        ("city AND TRUE", "type", "city", "compare it: `field = 'text'`"),
        ("attr.vip", "type", "attr.vip", "compare it: `attr.name = TRUE`"),
        ("NOT age", "type", "age", "compare it"),
        ("last_order_at > 30", "type", "last_order_at > 30", "a date is written 'YYYY-MM-DD'"),
        ("last_order_at - 30 > 1", "type", "last_order_at", "count days with days_since(field)"),
        ("birthday = 'May'", "bad-date", "'May'", "a date is written 'YYYY-MM-DD'"),
        ("birthday = '2011-02-30'", "bad-date", "'2011-02-30'", "a date is written"),
        ("age BETWEEN 35 AND 25", "empty-range", "35 AND 25", "write the smaller one first"),
        ("city = NULL", "null", "NULL", "use `IS NULL` or `IS NOT NULL`"),
        ("age > 1e999", "bad-number", "1e999", "write a number such as"),
        // Arguments.
        ("affinity() > 0", "arguments", "affinity", "write affinity('topic')"),
        ("bought_within('tea')", "arguments", "bought_within('tea'", "write bought_within('what', '180 days')"),
        ("affinity(tea) > 0", "arguments", "tea", "write affinity('topic')"),
        ("affinity('') > 0", "arguments", "''", "write a category, a brand or a tag"),
        ("affinity('drinks > tea') > 0", "arguments", "'drinks > tea'", "write 'tea'"),
        ("bought_within('tea', 'soon')", "bad-span", "'soon'", "write '180 days', '6h' or '2 weeks'"),
        ("bought_within('tea', '-3 days')", "bad-span", "'-3 days'", "it is more than zero"),
        ("bought_within('tea', '0 days')", "bad-span", "'0 days'", "it is more than zero"),
        ("bought_within('tea', 180)", "arguments", "180", "write bought_within"),
        ("days_since(city) > 1", "type", "city", "such as last_order_at"),
        ("days_since('2011-01-01') > 1", "type", "'2011-01-01'", "such as last_order_at"),
        ("lower(age) = 'x'", "type", "age", "write lower(text)"),
        ("within_km(91, 0, 1)", "arguments", "within_km(91, 0, 1", "latitude is -90 to 90"),
        ("within_km(age, 0, 1)", "arguments", "age", "write within_km("),
        ("is_birthday(1.5)", "arguments", "1.5", "write a whole number from 0 to 365"),
        ("count_event(DISTINCT 'x', '1d') > 0", "not-allowed", "count_event(DISTINCT 'x', '1d'", "write count_event"),
        ("searched('  ', '1d')", "arguments", "'  '", "write searched"),
        // What SQL has and the language has not.
        ("age > (SELECT 1)", "not-allowed", "SELECT 1", "a condition has fields, functions"),
        ("EXISTS (SELECT 1)", "not-allowed", "SELECT 1", "a condition has fields"),
        ("id IN (SELECT 'x')", "not-allowed", "id IN (SELECT 'x'", "a condition has fields"),
        ("CASE WHEN cart_open THEN TRUE ELSE FALSE END", "not-allowed", "CASE WHEN cart_open THEN TRUE ELSE FALSE END", "a condition has"),
        ("CAST(age AS TEXT) = '1'", "not-allowed", "age", "a condition has"),
        ("age::text = '1'", "not-allowed", "::", "a condition has"),
        ("city || 'x' = 'y'", "not-allowed", "||", "a condition has"),
        ("city ~ 'x'", "not-allowed", "~", "a condition has"),
        ("age = ?", "not-allowed", "?", "write the value itself"),
        ("age = $1", "not-allowed", "$1", "write the value itself"),
        ("age = 1; DROP TABLE contacts", "not-allowed", ";", "a condition is one expression, not a statement"),
        ("age = 1 -- AND FALSE", "not-allowed", "-- AND FALSE", "write it as a comment of the file, after `#`"),
        ("age = 1 /* x */", "not-allowed", "/* x */", "write it as a comment of the file"),
        ("birthday > DATE '2011-01-01'", "not-allowed", "'2011-01-01'", "a condition has"),
        ("(age, city) = (1, 'x')", "not-allowed", "age, city", "a condition has"),
        ("city LIKE 'a!%' ESCAPE '!'", "not-allowed", "city LIKE 'a!%'", "a condition has"),
        // Syntax.
        ("", "empty", "", "write TRUE for everybody"),
        ("age >", "syntax", "age >", "a condition has"),
        ("age > 1 city = 'x'", "syntax", "city", "join two conditions with AND or OR"),
        ("age > 1)", "syntax", ")", "join two conditions"),
        ("SELECT 1", "syntax", "1", "join two conditions"),
        ("city = 'Paris", "syntax", "'Paris", "a text is written 'between single quotes'"),
        ("age BETWEEN 1", "syntax", "age BETWEEN 1", "a condition has"),
        ("été = 1 AND city = = 'x'", "syntax", "=", "a condition has"),
    ] {
        let found = mistakes(text);
        let first = &found[0];
        assert_eq!(first.severity, Severity::Error);
        assert_eq!(first.code, format!("condition::{code}"), "{text}: {first}");
        assert_eq!(pointed(first), at, "{text}: {first}");
        let given = first.help.as_deref().unwrap_or_default();
        assert!(given.starts_with(help) || given.contains(help), "{text}: {first}: {given}");
        assert!(
            first.message.starts_with(|c: char| !c.is_uppercase()
                || first.message.starts_with("LIKE")
                || first.message.starts_with("NULL")
                || first.message.starts_with("CASE")),
            "{}",
            first.message
        );
        assert!(!first.message.ends_with('.'), "{}", first.message);
    }
}

#[test]
fn all_the_mistakes_of_a_condition_are_reported_together() {
    let found = mistakes("agee > 1 AND (city < 'x' OR afinity('tea') > 0) AND in_segment('nobody-at-all')");
    assert_eq!(
        found.iter().map(|mistake| (mistake.code, pointed(mistake))).collect::<Vec<_>>(),
        [
            ("condition::unknown-field", "agee"),
            ("condition::type", "city < 'x'"),
            ("condition::unknown-function", "afinity"),
            ("condition::unknown-segment", "'nobody-at-all'"),
        ]
    );
}

#[test]
fn a_mistake_is_drawn_in_the_authors_file() {
    let text = "[segments.active]\nall = [\"days_since(last_event_at) <= 60\", \"order_count >= 1\"]\n";
    let found = compile_toml(text).unwrap_err();
    let mut drawn = String::new();
    miette::NarratableReportHandler::new().render_report(&mut drawn, &found[0]).unwrap();
    for part in ["unknown field `order_count`", "segments.toml", "not a field of a profile", "did you mean `orders_count`?", "line 2"] {
        assert!(drawn.contains(part), "{drawn}");
    }
    assert_eq!((found.len(), found[0].code, pointed(&found[0])), (1, "condition::unknown-field", "order_count"));
}

#[derive(Deserialize)]
struct File {
    segments: std::collections::BTreeMap<String, Segment>,
}
#[derive(Deserialize)]
struct Segment {
    all: Vec<Spanned<String>>,
}

fn compile_toml(text: &str) -> Result<relance::condition::Conjunction, Vec<Diagnostic>> {
    let file: File = toml::from_str(text).unwrap();
    let source = Arc::new(NamedSource::new("segments.toml", text.to_owned()));
    compile_all(&file.segments.values().next().unwrap().all, &source, &schema())
}

#[test]
fn every_kind_of_toml_string_is_pointed_into() {
    for (literal, at) in [
        ("\"agee > 1\"", "agee"),
        ("'agee > 1'", "agee"),
        ("'''agee > 1'''", "agee"),
        ("'''\n  cart_open\n  AND agee > 1'''", "agee"),
        ("\"\"\"\nété = 1\"\"\"", "été"),
        // With escapes the positions differ: the whole string is shown.
        ("\"\\u0061gee > 1\"", "\"\\u0061gee > 1\""),
    ] {
        let found = compile_toml(&format!("[segments.s]\nall = [\"TRUE\", {literal}]\n")).unwrap_err();
        assert_eq!(found.len(), 1);
        assert_eq!(pointed(&found[0]), at, "{literal}");
    }
}

#[test]
fn a_list_collects_the_mistakes_of_all_its_conditions() {
    let found = compile_toml("[segments.s]\nall = [\"agee > 1\", \"TRUE\", \"city < 'x'\"]\n").unwrap_err();
    assert_eq!(found.iter().map(pointed).collect::<Vec<_>>(), ["agee", "city < 'x'"]);
    let good = compile_toml("[segments.s]\nall = [\"in_segment('active')\", \"age > 1\"]\n").unwrap();
    assert_eq!(good.segments_used().collect::<Vec<_>>(), ["active"]);
    assert_eq!(good.conditions.len(), 2);
}

#[test]
fn a_topic_that_no_product_has_is_a_warning() {
    let condition = parsed("affinity('mode-etique') > 0.3");
    let [warning] = condition.warnings() else { panic!("{:?}", condition.warnings()) };
    assert_eq!((warning.severity, warning.code), (Severity::Warning, "condition::unknown-topic"));
    assert_eq!(pointed(warning), "'mode-etique'");
    assert_eq!(warning.help.as_deref(), Some("did you mean `mode-ethique`?"));
    assert!(parsed("affinity('Mode éthique') > 0.3").warnings().is_empty());
}

#[test]
fn limits_are_errors_and_not_crashes() {
    let code = |text: &str| mistakes(text)[0].code;
    assert_eq!(code(&vec!["cart_open"; 20_000].join(" AND ")), "condition::too-long");
    assert_eq!(code(&format!("{}TRUE{}", "(".repeat(100_000), ")".repeat(100_000))), "condition::too-long");
    assert_eq!(code(&"(".repeat(CONDITION_MAX_BYTES)), "condition::too-deep");
    assert_eq!(code(&format!("{}TRUE", "NOT ".repeat(200))), "condition::too-deep");
    assert_eq!(code(&format!("age = {}1", "- ".repeat(200))), "condition::too-deep");
    assert_eq!(code(&format!("age = {}", vec!["1"; 200].join("+"))), "condition::too-deep");
    assert_eq!(code(&format!("age = {}", vec!["1"; 4_000].join("+"))), "condition::too-many-terms");
    assert_eq!(code(&format!("age {}", "IS NULL ".repeat(200))), "condition::too-deep");
    assert_eq!(code(&format!("age = {}", vec!["1"; 200].join("="))), "condition::too-deep");
    assert_eq!(code(&format!("{}1{}", "lower(".repeat(200), ")".repeat(900))), "condition::too-deep");
    assert_eq!(code(&format!("age IN ({})", vec!["1"; 4_000].join(","))), "condition::too-many-terms");
    assert_eq!(code(&"case-".repeat(200)), "condition::syntax");

    let widest = vec!["TRUE"; CONDITION_TERMS_MAX].join(" AND ");
    assert!(parsed(&widest).to_string().len() == widest.len());
    let deepest = format!("{}TRUE{}", "(".repeat(CONDITION_DEPTH_MAX), ")".repeat(CONDITION_DEPTH_MAX));
    assert_eq!(parsed(&deepest).to_string(), "TRUE");
}
