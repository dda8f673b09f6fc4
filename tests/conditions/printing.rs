//! A condition printed and parsed again is the same condition, and prints the same.

use proptest::prelude::*;
use relance::condition::{FIELDS, Type};

use crate::person::{Person, parsed};

#[test]
fn conditions_print_in_one_form() {
    for (text, printed) in [
        ("age>=30 and city='Paris'", "age >= 30 AND city = 'Paris'"),
        ("((age > 30))", "age > 30"),
        ("a_field_of_macros IS NULL OR TRUE", ""),
        ("age == 30", "age = 30"),
        ("age != 30.50", "age <> 30.5"),
        ("(age > 1 OR age < 0) AND cart_open", "(age > 1 OR age < 0) AND cart_open"),
        ("age > 1 OR (age < 0 AND cart_open)", "age > 1 OR age < 0 AND cart_open"),
        ("(age > 1 AND cart_open) AND (TRUE AND FALSE)", "age > 1 AND cart_open AND TRUE AND FALSE"),
        ("NOT (cart_open AND TRUE)", "NOT (cart_open AND TRUE)"),
        ("NOT (age = 1)", "NOT age = 1"),
        ("NOT NOT cart_open", "NOT NOT cart_open"),
        ("NOT age IS NULL", "NOT age IS NULL"),
        ("(NOT cart_open) IS NULL", "(NOT cart_open) IS NULL"),
        ("(age > 1) = (age < 2)", "(age > 1) = (age < 2)"),
        ("1 - (2 - 3) = 1 - 2 - 3", "1 - (2 - 3) = 1 - 2 - 3"),
        ("(1 - 2) - 3 < 2 * (3 + 4)", "1 - 2 - 3 < 2 * (3 + 4)"),
        ("8 / (4 / 2) = 8 / 4 / 2", "8 / (4 / 2) = 8 / 4 / 2"),
        ("- - age = -(-1)", "age = 1"),
        ("-(age + 1) < - 2", "-(age + 1) < -2"),
        ("1 - -2 > +3", "1 - -2 > 3"),
        ("age > 1e20 OR age < 0.0000001", "age > 1e20 OR age < 1e-7"),
        ("city ilike '%x%'", "city LIKE '%x%'"),
        ("city = 'l''Isle'", "city = 'l''Isle'"),
        ("birthday > '1980-01-01'", "birthday > '1980-01-01'"),
        ("attr.size = 1 and attr.\"renewed on\" is null", "attr.size = 1 AND attr.\"renewed on\" IS NULL"),
        ("BOUGHT_WITHIN('Mode', ' 6h ')", "bought_within('Mode', '6h')"),
        ("count_bought('', '6h') > 0", "count_bought('*', '6h') > 0"),
        ("is_birthday(0) or is_birthday(7)", "is_birthday() OR is_birthday(7)"),
        ("within_km(48.850, -2.0, 20)", "within_km(48.85, -2, 20)"),
        ("age not in (1,2)", "age NOT IN (1, 2)"),
        ("cart_open is not unknown", "cart_open IS NOT UNKNOWN"),
        ("in_segment('ad_clicker')", "ad_clicker"),
        ("age\n  > 30\n\tAND TRUE", "age > 30 AND TRUE"),
    ] {
        if printed.is_empty() {
            assert!(relance::condition::compile(text, None, &crate::person::schema()).is_err(), "{text}");
            continue;
        }
        assert_eq!(parsed(text).to_string(), printed, "{text}");
        assert_eq!(parsed(printed).to_string(), printed);
    }
}

#[test]
fn every_field_can_be_named() {
    for info in FIELDS {
        let text = format!("{} IS NOT NULL", info.name);
        assert_eq!(parsed(&text).to_string(), text);
    }
}

/// Any text, quotes, dashes, percent signs and accents included.
fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("['%_;\\-/\\*\"\\\\a-zéŒ€ ]{0,12}").unwrap().prop_map(|text| format!("'{}'", text.replace('\'', "''")))
}

fn field(kind: Type) -> impl Strategy<Value = String> {
    let names: Vec<_> = FIELDS.iter().filter(|info| info.kind == kind).map(|info| info.name.to_owned()).collect();
    proptest::sample::select(names)
}

fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-1e6..1e6_f64).prop_map(|number| number.to_string()),
        (0..100_u32).prop_map(|number| number.to_string()),
        proptest::num::f64::NORMAL.prop_map(|number| format!("{number:e}")),
        field(Type::Number),
        Just("affinity('tea')".to_owned()),
        Just("days_since(last_order_at)".to_owned()),
        Just("attr.size".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), "[-+*/]", inner.clone()).prop_map(|(a, sign, b)| format!("({a}) {sign} ({b})")),
            inner.prop_map(|a| format!("-({a})")),
        ]
    })
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (number(), proptest::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]), number())
            .prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (field(Type::Text), text()).prop_map(|(field, text)| format!("{field} = {text}")),
        (field(Type::Text), text()).prop_map(|(field, text)| format!("{field} NOT LIKE {text}")),
        (field(Type::Text), proptest::collection::vec(text(), 1..4)).prop_map(|(field, list)| format!("{field} IN ({})", list.join(", "))),
        (field(Type::Number), number()).prop_map(|(field, number)| format!("{field} NOT BETWEEN attr.size AND {number}")),
        field(Type::Instant).prop_map(|field| format!("{field} >= '2011-02-28'")),
        field(Type::Date).prop_map(|field| format!("{field} IS NULL")),
        proptest::sample::select(vec!["TRUE", "cart_open", "cart_leaver", "in_segment('active')", "bought_within('tea', '6h')"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|terms| format!("({})", terms.join(") AND ("))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|terms| format!("({})", terms.join(") OR ("))),
            inner.clone().prop_map(|term| format!("NOT ({term})")),
            inner.clone().prop_map(|term| format!("({term}) IS NOT TRUE")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) = ({b})")),
        ]
    })
}

proptest! {
    #[test]
    fn printing_is_a_fixed_point(text in condition()) {
        let first = parsed(&text);
        let printed = first.to_string();
        let second = parsed(&printed);
        prop_assert_eq!(&second, &first, "{}", printed);
        prop_assert_eq!(second.to_string(), printed);
    }

    #[test]
    fn not_is_an_involution_and_evaluation_survives_printing(text in condition(), age in 0..90_u32, city in "[a-z]{0,3}") {
        let person = Person::new().is("age", f64::from(age)).is("city", relance::condition::Value::Text(city.into())).is("cart_open", true);
        let condition = parsed(&text);
        let truth = condition.eval(&person);
        prop_assert_eq!(parsed(&format!("NOT ({text})")).eval(&person), !truth);
        prop_assert_eq!(parsed(&format!("NOT NOT ({text})")).eval(&person), truth);
        prop_assert_eq!(parsed(&condition.to_string()).eval(&person), truth);
        prop_assert_eq!(parsed(&condition.expanded()).eval(&person), truth);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[ -~\u{e9}\n]{0,60}") {
        let _ = relance::condition::compile(&text, None, &crate::person::schema());
    }

    #[test]
    fn no_salad_of_its_own_words_makes_it_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "age", "city", "attr", ".", "(", ")", ",", "'x'", "''", "1", "1e9", "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE",
        "=", "<", "-", "*", "/", "CASE", "WHEN", "END", "CAST", "AS", "SELECT", "FROM", "affinity", "INTERVAL", "DATE", "EXISTS", "é",
    ]), 0..30)) {
        let _ = relance::condition::compile(&words.join(" "), None, &crate::person::schema());
    }
}
