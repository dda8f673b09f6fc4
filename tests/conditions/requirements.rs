//! The rules that the requirements quote, on small planted populations.

use relance::condition::Truth;

use crate::person::{Person, parsed};

fn selected(rule: &str, people: Vec<(&'static str, Person)>) -> Vec<&'static str> {
    let rule = parsed(rule);
    people.into_iter().filter(|(_, person)| rule.eval(person).is_true()).map(|(name, _)| name).collect()
}

/// 2.10: women of 25 to 35, in Paris, fond of ethical fashion, who bought organic within six months.
const MICRO_SEGMENT: &str = "gender = 'f' AND age BETWEEN 25 AND 35 AND city = 'Paris' AND affinity('mode-ethique') > 0.3 \
                             AND bought_within('bio', '180 days')";

fn woman(age: f64) -> Person {
    Person::new().is("gender", "f").is("age", age).is("city", "Paris").likes("mode éthique", 0.5).bought("Bio", 30)
}

#[test]
fn the_micro_segment_selects_the_planted_people() {
    let people = vec![
        ("in", woman(30.0)),
        ("lower bound", woman(25.0)),
        ("upper bound", woman(35.0)),
        ("capitals", woman(28.0).is("city", "PARIS")),
        ("last day", woman(28.0).bought("bio", 180)),
        ("too young", woman(24.0)),
        ("too old", woman(36.0)),
        ("age unknown", Person::new().is("gender", "f").is("city", "Paris").likes("mode-ethique", 0.9).bought("bio", 1)),
        ("a man", woman(30.0).is("gender", "m")),
        ("in Lille", woman(30.0).is("city", "Lille")),
        ("no taste for it", woman(30.0).likes("mode-ethique", 0.3)),
        ("long ago", Person::new().is("gender", "f").is("age", 30.0).is("city", "Paris").likes("mode-ethique", 0.5).bought("bio", 181)),
        ("never bought", Person::new().is("gender", "f").is("age", 30.0).is("city", "Paris").likes("mode-ethique", 0.5)),
    ];
    assert_eq!(selected(MICRO_SEGMENT, people), ["in", "lower bound", "upper bound", "capitals", "last day"]);
    assert_eq!(parsed(MICRO_SEGMENT).to_string(), MICRO_SEGMENT, "it prints back");
}

/// 0.5: a new visitor, come from Google straight to a product page.
#[test]
fn the_new_visitor_from_google_is_three_of_ten() {
    let visitor = |source: &str, page: &str, visits: f64, orders: f64| {
        Person::new().is("first_source", source).is("entry_page", page).is("visits_count", visits).is("orders_count", orders)
    };
    let people = vec![
        ("one", visitor("google", "/product/tea-pot", 1.0, 0.0)),
        ("two", visitor("Google", "/product/mug", 1.0, 0.0)),
        ("three", visitor("google", "/PRODUCT/lamp", 1.0, 0.0)),
        ("home page", visitor("google", "/", 1.0, 0.0)),
        ("newsletter", visitor("newsletter", "/product/mug", 1.0, 0.0)),
        ("second visit", visitor("google", "/product/mug", 2.0, 0.0)),
        ("buyer", visitor("google", "/product/mug", 1.0, 1.0)),
        ("category page", visitor("google", "/category/product", 1.0, 0.0)),
        ("source unknown", Person::new().is("entry_page", "/product/mug").is("visits_count", 1.0).is("orders_count", 0.0)),
        ("nothing known", Person::new()),
    ];
    let rule = "new_visitor AND first_source = 'google' AND entry_page LIKE '/product/%'";
    assert_eq!(selected(rule, people), ["one", "two", "three"]);
}

/// 3.10: three page titles make the beginner in investment; one alone does not.
#[test]
fn titles_read_make_the_beginner() {
    let rule = "count_titles('%invest%', '90 days') + count_titles('%portefeuille%', '90 days') >= 3";
    let people = vec![
        ("beginner", Person::new().read("Comment investir ?", 9).read("Mon premier portefeuille", 8).read("Investissement 101", 7)),
        ("one page", Person::new().read("Comment investir ?", 9)),
        ("the same page thrice", Person::new().read("Comment investir ?", 9).read("Comment investir ?", 8).read("Comment investir ?", 7)),
        ("long ago", Person::new().read("Comment investir ?", 99).read("Mon premier portefeuille", 98).read("Investissement 101", 97)),
    ];
    assert_eq!(selected(rule, people), ["beginner"]);
}

/// 2.13: four kinds of runners; with `NOT` of those before it, each person is in exactly one.
#[test]
fn every_runner_is_in_exactly_one_segment() {
    let rules = [
        "affinity('trail') >= 0.5",
        "affinity('marathon') >= 0.5 AND NOT affinity('trail') >= 0.5",
        "affinity('urban') >= 0.5 AND NOT (affinity('trail') >= 0.5 OR affinity('marathon') >= 0.5)",
        "NOT (affinity('trail') >= 0.5 OR affinity('marathon') >= 0.5 OR affinity('urban') >= 0.5)",
    ];
    for trail in [0.0, 0.5, 0.9] {
        for marathon in [0.0, 0.5, 0.9] {
            for urban in [0.0, 0.5] {
                let runner = Person::new().likes("trail", trail).likes("marathon", marathon).likes("urban", urban);
                let n_segments = rules.iter().filter(|rule| parsed(rule).eval(&runner) == Truth::True).count();
                assert_eq!(n_segments, 1, "trail {trail} marathon {marathon} urban {urban}");
            }
        }
    }
}

/// 0.7, 2.28, 3.14: a band of a score, tiers on both sides, answers beside behaviour.
#[test]
fn bands_tiers_and_answers_select_as_written() {
    let scored = |score| Person::new().scored("propensity", score);
    let people = vec![("sure", scored(0.9)), ("undecided", scored(0.5)), ("lost", scored(0.05)), ("unscored", Person::new())];
    assert_eq!(selected("score('propensity') BETWEEN 0.2 AND 0.7", people), ["undecided"]);

    let points = |points| Person::new().is("loyalty_points", points);
    let people = vec![("below", points(499.0)), ("at", points(500.0)), ("above", points(501.0))];
    assert_eq!(selected("loyalty_points >= 500", people), ["at", "above"]);

    let people = vec![
        ("both", Person::new().answers("skin", "dry").viewed("creams", 2)),
        ("answer only", Person::new().answers("skin", "dry")),
        ("views only", Person::new().viewed("creams", 2)),
    ];
    assert_eq!(selected("answered('skin', 'dry') AND viewed_within('creams', '7 days')", people), ["both"]);
}

/// MAIL S12: text is a value, whatever it says.
#[test]
fn injected_text_is_only_text() {
    let payload = "x' OR '1'='1'; DROP TABLE contacts; --";
    let written = payload.replace('\'', "''");
    let rule = parsed(&format!("city = '{written}'"));
    assert_eq!(rule.eval(&Person::new().is("city", "Paris")), Truth::False);
    assert_eq!(rule.eval(&Person::new().is("city", payload)), Truth::True);
    assert_eq!(parsed(&rule.to_string()), rule);
    assert_eq!(parsed("city = 'Paris'").eval(&Person::new().is("city", "Paris' OR TRUE")), Truth::False);
}
