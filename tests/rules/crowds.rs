//! What `for_you` learns from crowds: what brings people back who were away, and what sells where they live.

use relance::project::campaign::Strategy;
use serde_json::json;

use super::shop::{Plan, Shop};

fn slot(lines: &str) -> String {
    format!("[slots.picks]\nfill = 'products'\ncount = 3\nstrategies = {{ for_you = 1.0 }}\ndiversity = 0.0\n{lines}\n")
}

fn first(plan: &Plan, id: &str) -> (String, String) {
    let pick = &plan.picks(id)[0];
    assert_eq!(pick.strategy, Strategy::ForYou, "{pick:?}");
    (pick.product.to_string(), pick.because.clone())
}

/// Forty staples, of which everybody buys one, always the same; those who go on buying buy it every week. Who was away for months came
/// back for the present, in the last eight weeks, and left the staple alone.
fn sleepers() -> Shop {
    let staple = |n: usize| format!("staple-{:02}", n % 40);
    let mut shop = Shop::new().product("present", "Cadeaux", "20");
    for n in 0..40 {
        shop = shop.product(&staple(n), "Courses", "5");
    }
    let bought = |mut shop: Shop, who: &str, n: usize, days: &[usize]| {
        shop = shop.contact_with(who, json!({ "consent_profiling": "yes" }));
        days.iter().fold(shop, |shop, days| shop.order(who, &staple(n), &format!("{days} days")))
    };
    for n in 0..240 {
        shop = bought(shop, &format!("steady-{n:03}"), n, &(0..20).map(|week| 2 + week * 7 + n % 5).collect::<Vec<_>>());
    }
    for n in 0..460 {
        let who = format!("back-{n:03}");
        shop = bought(shop, &who, n, &[150 + n % 7, 160 + n % 7, 170 + n % 7]);
        shop = shop.order(&who, "present", &format!("{} days", 1 + n % 54));
    }
    bought(shop, "asleep", 7, &[152, 161, 171])
}

#[test]
fn who_was_away_is_shown_what_brought_others_back() {
    let of = |lines: &str| sleepers().newsletter("", &slot(lines)).plan("newsletter");
    let asleep = |lines: &str| of(lines).products("asleep");
    assert_eq!(asleep("")[0], "staple-07", "in a letter to everybody, what they always bought");
    assert_eq!(asleep("purpose = 'reactivation'")[0], "present", "in one that wakes, what woke others");
}

/// A hundred and fifty people of each of two towns, who buy what is worn there; and twice as many of whom no place is known, who buy lamps.
fn towns() -> Shop {
    let mut shop = Shop::new().product("oilskin", "Mode", "60").product("clogs", "Mode", "40").product("lamp", "Maison", "30");
    let live = |shop: Shop, who: &str, city: &str| {
        let home = if city.is_empty() { json!({}) } else { json!({ "city": city, "country": "France" }) };
        let mut more = json!({ "consent_profiling": "yes" });
        more.as_object_mut().expect("an object").extend(home.as_object().expect("an object").clone());
        shop.contact_with(who, more)
    };
    for n in 0..150 {
        for (city, product, who) in [("Brest", "oilskin", "b"), ("Lyon", "clogs", "l"), ("", "lamp", "c"), ("", "lamp", "d")] {
            let who = format!("{who}-{n:03}");
            shop = live(shop, &who, city).order(&who, product, &format!("{} days", 1 + n % 75));
        }
    }
    ["Brest", "Lyon"].into_iter().fold(live(shop, "nowhere", ""), |shop, city| live(shop, &format!("new-{city}"), city))
}

#[test]
fn who_bought_nothing_yet_is_shown_what_sells_where_they_live() {
    let plan = towns().newsletter("", &slot("")).plan("newsletter");
    let here = "popular where they live".to_owned();
    assert_eq!(first(&plan, "new-Brest"), ("oilskin".to_owned(), here.clone()));
    assert_eq!(first(&plan, "new-Lyon"), ("clogs".to_owned(), here));
    assert!(plan.mail("new-Lyon").because.contains("location"), "{:?}", plan.mail("new-Lyon").because);
    assert_eq!(plan.products("nowhere")[0], "lamp");
    assert!(plan.picks("nowhere").iter().all(|pick| pick.strategy == Strategy::PopularRecent), "whose place nobody knows gets what sells");
}
