//! What conditions say about one well-known person, and about somebody of whom nothing is known.

use relance::condition::Truth::{False, True, Unknown};
use relance::condition::{MACROS, Use};

use crate::person::{Person, now, parsed};

fn ana() -> Person {
    Person::new()
        .is("first_name", "Ana")
        .is("last_name", "D'Arc'y")
        .is("age", 31.0)
        .is("birthday", "1980-11-16")
        .is("gender", "f")
        .is("city", "Paris")
        .is("postcode", "75011")
        .is("created_at", "2010-01-05T08:00:00Z")
        .is("last_order_at", "2011-11-04T10:00:00Z")
        .is("cart_opened_at", "2011-11-15T23:30:00Z")
        .is("contract_ends_on", "2011-12-16")
        .is("orders_count", 3.0)
        .is("spent", 120.0)
        .is("average_order", 40.0)
        .is("cart_open", true)
        .is("entry_page", "/product/tea-pot")
        .is("loyalty_points", 0.0)
        .has("size", "38")
        .has("vip", "yes")
        .has("renewed on", "2011-11-01")
        .has("seats", 12.0)
        .has("account.industry", "food")
        .has("account.employees", 40.0)
        .has("account.customer_since", "2011-11-01")
        .has("account.region", "west")
        .likes("Mode éthique", 0.42)
        .bought("Bio", 100)
        .bought("tea", 10)
        .viewed("tea", 3)
        .did("cart_add", "tea", 1)
        .did("search", "Théière", 5)
        .read("Comment investir ?", 4)
        .lives(48.8566, 2.3522)
        .in_segment("active", True)
        .in_segment("lapsed", Unknown)
        .scored("propensity", 0.7)
        .answers("skin", "dry")
        .consents("newsletter", true)
        .consents("profiling", false)
}

/// What holds of Ana.
const ANA: &[(&str, relance::condition::Truth)] = &[
    ("TRUE", True),
    ("account.industry = 'food' AND account.employees BETWEEN 10 AND 50", True),
    ("days_since(account.customer_since) = 15 AND account.region <> 'east'", True),
    ("account.plan = 'team'", Unknown),
    ("FALSE", False),
    ("age = 31", True),
    ("AGE = 31.0", True),
    ("age <> 31", False),
    ("age != 30", True),
    ("age < 31", False),
    ("age <= 31", True),
    ("age > 30 AND age >= 31", True),
    ("30 < age", True),
    ("age BETWEEN 25 AND 31", True),
    ("age NOT BETWEEN 25 AND 30", True),
    ("age IN (30, 31)", True),
    ("age NOT IN (30, 31)", False),
    ("age + 1 = 32 AND age - 1 = 30 AND age * 2 = 62 AND age / 2 = 15.5", True),
    ("-age = -31", True),
    ("spent / orders_count = average_order", True),
    ("2 + 3 * 4 = 14 AND (2 + 3) * 4 = 20 AND 10 - 3 - 2 = 5", True),
    ("city = 'paris'", True),
    ("'PARIS' = city", True),
    ("city <> 'Lille'", True),
    ("city IN ('Lille', 'Paris')", True),
    ("city NOT IN ('Lille', 'Brest')", True),
    ("city LIKE 'p%s'", True),
    ("city ILIKE '_aris'", True),
    ("city NOT LIKE '%x%'", True),
    ("postcode LIKE '75%'", True),
    ("lower(city) = 'paris'", True),
    ("last_name = 'd''arc''y'", True),
    ("cart_open", True),
    ("NOT cart_open", False),
    ("cart_open = TRUE AND cart_open <> FALSE AND cart_open IS TRUE AND cart_open IS NOT FALSE", True),
    ("(age > 30) = TRUE", True),
    ("first_name IS NOT NULL AND locale IS NULL", True),
    // Instants and dates.
    ("created_at < '2011-01-01'", True),
    ("created_at = '2010-01-05'", True),
    ("created_at BETWEEN '2010-01-01' AND '2010-01-31'", True),
    ("'2011-01-01' > created_at", True),
    ("cart_opened_at = '2011-11-16'", True), // half past midnight in Paris
    ("cart_opened_at > last_order_at", True),
    ("birthday = '1980-11-16'", True),
    ("birthday IN ('1980-11-15', '1980-11-16')", True),
    ("contract_ends_on > last_order_at", True),
    ("days_since(last_order_at) = 11", True), // 11 days and 23 hours
    ("days_since(cart_opened_at) = 0", True),
    ("days_until(contract_ends_on) = 30", True),
    ("days_since(contract_ends_on) = -30", True),
    ("is_birthday()", True),
    ("is_birthday(1)", False),
    // Extra columns take the type of what is beside them.
    ("attr.size = '38'", True),
    ("attr.size = 38 AND attr.size > 37.5 AND attr.size BETWEEN 36 AND 40", True),
    ("attr.seats >= 10 AND attr.seats IN (11, 12)", True),
    ("attr.seats < attr.size", True),
    ("attr.size LIKE '3_'", True),
    ("attr.vip = TRUE", True),
    ("attr.\"renewed on\" > '2011-10-31'", True),
    ("days_since(attr.\"renewed on\") = 15", True),
    // Functions.
    ("affinity('mode-ethique') > 0.3", True),
    ("affinity('Mode éthique') > 0.42", False),
    ("bought_within('bio', '180 days')", True),
    ("bought_within('bio', '99 days')", False),
    ("bought_within('*', '10d') AND bought_within('', '2 weeks')", True),
    ("count_bought('*', '1 year') = 2", True),
    ("viewed_within('Tea', '72h')", True),
    ("count_viewed('tea', '2 days') = 0", True),
    ("count_event('cart_add', '30 days') >= 1", True),
    ("searched('théière', '30 days')", True),
    ("searched('Théière', '30 days')", True),
    ("count_titles('%invest%', '30 days') = 1", True),
    ("in_segment('active')", True),
    ("in_segment('lapsed')", Unknown),
    ("in_segment('runners')", False),
    ("score('propensity') BETWEEN 0.3 AND 0.8", True),
    ("answered('skin', 'dry')", True),
    ("answered('skin', 'oily')", False),
    ("answered('colour', 'red')", Unknown),
    ("consent('newsletter') AND NOT consent('profiling')", True),
    ("consent('sms')", Unknown),
    ("within_km(48.85, 2.35, 5)", True),
    ("within_km(50.63, 3.06, 100)", False),
    // Unknown is neither.
    ("role = 'buyer'", Unknown),
    ("NOT role = 'buyer'", Unknown),
    ("role <> 'buyer'", Unknown),
    ("role = 'buyer' OR age = 31", True),
    ("role = 'buyer' AND age = 30", False),
    ("role = 'buyer' AND age = 31", Unknown),
    ("role NOT IN ('buyer', 'boss')", Unknown),
    ("role LIKE '%'", Unknown),
    ("(role = 'buyer') IS UNKNOWN", True),
    ("(role = 'buyer') IS NOT TRUE", True),
    ("(role = 'buyer') IS NULL", True),
    ("age IN (31, order_rhythm_days)", True),
    ("age IN (30, order_rhythm_days)", Unknown),
    ("age NOT BETWEEN 40 AND order_rhythm_days", True), // already under the low end
    ("age BETWEEN order_rhythm_days AND 40", Unknown),
    ("spent / loyalty_points > 1", Unknown), // divided by zero
    ("order_rhythm_days + 1 > 0", Unknown),
];

#[test]
fn ana_is_who_she_is() {
    let ana = ana();
    for &(text, truth) in ANA {
        assert_eq!(parsed(text).eval(&ana), truth, "{text}");
        assert_eq!(parsed(&format!("NOT ({text})")).eval(&ana), !truth, "NOT ({text})");
    }
}

#[test]
fn nothing_is_said_of_somebody_unknown() {
    for text in [
        "age BETWEEN 25 AND 35",
        "age NOT BETWEEN 25 AND 35",
        "city = 'Paris'",
        "city <> 'Paris'",
        "days_since(last_order_at) > 1",
        "days_until(contract_ends_on) < 30",
        "is_birthday()",
        "within_km(48.85, 2.35, 20)",
        "score('propensity') > 0",
        "attr.size = 38",
        "cart_open",
        "consent('newsletter')",
    ] {
        assert_eq!(parsed(text).eval(&Person::new()), Unknown, "{text}");
    }
}

#[test]
fn a_leap_day_birthday_is_kept_on_the_28th_in_common_years() {
    let born = |day: &str| Person::new().is("birthday", day);
    // From 2011-11-16, 104 days lead to 2012-02-28 and 105 to 2012-02-29, a leap year.
    assert_eq!(parsed("is_birthday(105)").eval(&born("1980-02-29")), True);
    assert_eq!(parsed("is_birthday(104)").eval(&born("1980-02-29")), False);
    assert_eq!(parsed("is_birthday(104)").eval(&born("1981-02-28")), True);
    assert_eq!(now().today().to_string(), "2011-11-16");
}

#[test]
fn explanations_show_the_persons_own_values() {
    let lines = |text: &str| -> Vec<String> {
        parsed(text).explain(&ana()).iter().map(|check| format!("{} | {} | {}", check.text, check.truth, check.value)).collect()
    };
    assert_eq!(
        lines("days_since(last_order_at) <= 60 AND orders_count >= 1 AND role = 'x'"),
        ["days_since(last_order_at) <= 60 | true | 11", "orders_count >= 1 | true | 3", "role = 'x' | unknown | unknown"]
    );
    assert_eq!(lines("city = 'Lille' OR age > 30"), ["city = 'Lille' OR age > 30 | true | city Paris, age 31"]);
    assert_eq!(lines("bought_within('bio', '180 days')"), ["bought_within('bio', '180 days') | true | 1"]);
    assert_eq!(lines("cart_opened_at > '2011-11-01'"), ["cart_opened_at > '2011-11-01' | true | 2011-11-16 00:30"]);
    assert_eq!(lines("affinity('bio') = 1.0 / 3"), ["affinity('bio') = 1 / 3 | false | 0"]);
    assert_eq!(lines("TRUE"), ["TRUE | true | "]);
    assert_eq!(
        lines("new_visitor"),
        ["visits_count = 1 | unknown | unknown", "orders_count = 0 | false | 3"],
        "a macro is explained by the terms of its rule"
    );
}

#[test]
fn a_condition_says_what_it_looks_at() {
    let condition = parsed("age > 18 AND city = 'Paris' AND AGE < 40 AND searched('tea', '1 day') AND in_segment('active')");
    assert_eq!(condition.uses().iter().copied().collect::<Vec<_>>(), [Use::Demographics, Use::Location, Use::Searches, Use::Segments]);
    assert_eq!(condition.fields().iter().map(|field| field.info().name).collect::<Vec<_>>(), ["age", "city"]);
    assert_eq!(condition.segments_used(), ["active"]);
    assert!(parsed("in_segment('cart_leaver')").uses().contains(&Use::Cart), "the uses of a macro are those of its rule");
    assert!(parsed("in_segment('cart_leaver')").segments_used().is_empty());
}

#[test]
fn macros_are_visible_rules() {
    assert!(["frequent_buyer", "cart_leaver", "ad_clicker"].iter().all(|wanted| MACROS.iter().any(|(name, _)| name == wanted)));
    let condition = parsed("NOT cart_leaver AND age > 18");
    assert_eq!(condition.to_string(), "NOT cart_leaver AND age > 18");
    assert_eq!(
        condition.expanded(),
        "NOT (cart_open AND count_event('cart_add', '30 days') > 0 AND NOT bought_within('*', '7 days')) AND age > 18"
    );
    let clicker = Person::new().is("last_medium", "CPC");
    assert_eq!(parsed("ad_clicker").eval(&clicker), True);
    assert_eq!(parsed("in_segment('ad_clicker')").eval(&clicker), True);
    assert_eq!(parsed("ad_clicker").eval(&Person::new().is("last_medium", "organic")), False);
    let leaver = Person::new().is("cart_open", true).did("cart_add", "tea", 9);
    assert_eq!(parsed("cart_leaver").eval(&leaver), True);
    assert_eq!(parsed("cart_leaver").eval(&leaver.bought("tea", 2)), False);
    let loyal = (0..4).fold(Person::new().is("last_order_at", "2011-11-01T00:00:00Z"), |person, i| person.bought("tea", 20 * i));
    assert_eq!(parsed("frequent_buyer").eval(&loyal), True);
}
