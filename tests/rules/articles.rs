//! Articles: fresh, unread, of here; a state of the month.

use relance::audience::Reason;
use serde_json::{Value, json};

use super::shop::{Plan, Shop};

const NEWS: &str = "fill = 'products'\ncount = 4\nstrategies = { new_in = 1.0 }\n";

/// A paper with an article of today, one of four days ago, one about Lille, one about Brest.
fn paper(keys: &str) -> Shop {
    let article = |shop: Shop, id: &str, ago: &str, more: Value| {
        let at = shop.ago(ago).to_string();
        let mut row = json!({ "kind": "article", "price": null, "published_at": at });
        row.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        shop.product_with(id, "News", "0", row)
    };
    let shop = Shop::new().newsletter("", &format!("[slots.news]\n{NEWS}{keys}"));
    let shop = article(shop, "today", "3h", json!({}));
    let shop = article(shop, "old", "4d", json!({}));
    let shop = article(shop, "lille", "5h", json!({ "city": "Lille", "postcode": "59000", "lat": 50.63, "lon": 3.06 }));
    article(shop, "brest", "6h", json!({ "city": "Brest", "postcode": "29200", "lat": 48.39, "lon": -4.49 }))
}

fn shown(plan: &Plan, who: &str) -> Vec<String> {
    let context = plan.draft(who).context;
    let items = context["slots"]["news"]["items"].as_array().expect("items").clone();
    items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
}

#[test]
fn what_is_older_than_its_slot_allows_is_not_shown_and_the_newer_comes_first() {
    let plan = paper("max_age = '2d'\n").contact("c").plan("newsletter");
    assert_eq!(shown(&plan, "c"), ["today", "lille", "brest"]);
    assert_eq!(shown(&paper("").contact("c").plan("newsletter"), "c").len(), 4);
}

#[test]
fn a_read_article_is_never_shown_4_5() {
    let keys = "max_age = '2d'\nnot_viewed_within = '30d'\nmin = 3\n";
    let shop = paper(keys).contact("c").contact("d").viewed("d", "today", "1h");
    let plan = shop.plan("newsletter");
    assert_eq!(shown(&plan, "c"), ["today", "lille", "brest"]);
    assert_eq!(plan.reason("d"), Some(Reason::SlotUnfilled), "under the minimum there is no letter");
    let fewer = paper(&keys.replace("min = 3", "min = 2")).contact("d").viewed("d", "today", "1h").plan("newsletter");
    assert_eq!(shown(&fewer, "d"), ["lille", "brest"]);
    assert_eq!(fewer.draft("d").context["because"], json!(["views"]));
}

#[test]
fn what_was_read_by_who_refused_profiling_is_not_looked_at() {
    let asked = json!({ "consent_profiling": "no" });
    let plan = paper("not_viewed_within = '30d'\nmax_age = '2d'\n").contact_with("c", asked).viewed("c", "today", "1h").plan("newsletter");
    assert_eq!(shown(&plan, "c"), ["today", "lille", "brest"]);
}

#[test]
fn lille_gets_the_news_of_lille_and_an_unknown_place_the_general_ones_0_18() {
    let plan = paper("near_km = 30.0\nmax_age = '2d'\n")
        .contact_with("lille", json!({ "lat": 50.60, "lon": 3.10 }))
        .contact_with("refused", json!({ "city": "Lille", "consent_profiling": "no" }))
        .viewed("refused", "today", "1h")
        .contact_with("by-postcode", json!({ "postcode": "59000" }))
        .contact_with("by-town", json!({ "city": "LILLE" }))
        .contact_with("brest", json!({ "city": "Brest", "lat": 48.40, "lon": -4.50 }))
        .contact_with("paris", json!({ "city": "Paris", "lat": 48.86, "lon": 2.35 }))
        .contact("nowhere")
        .plan("newsletter");
    for who in ["lille", "by-postcode", "by-town", "refused"] {
        assert_eq!(shown(&plan, who), ["lille", "today"], "{who}");
        assert_eq!(plan.draft(who).context["because"], json!(["location"]), "{who}");
    }
    assert_eq!(shown(&plan, "brest"), ["brest", "today"]);
    for who in ["paris", "nowhere"] {
        assert_eq!(shown(&plan, who), ["today"], "{who}");
        assert_eq!(plan.draft(who).context["because"], json!([]), "{who}");
    }
    let same = paper("mode = 'editorial'\nnear_km = 30.0\n").contact_with("lille", json!({ "city": "Lille" })).plan("newsletter");
    assert_eq!(shown(&same, "lille"), ["old", "today"], "what is the same for all knows no place");
}

#[test]
fn the_free_articles_of_the_month_begin_again_on_the_first_4_6() {
    let rule = "count_event_this_month('free_article') >= 2";
    let read = |shop: Shop, who: &str, ago: &str| shop.event(who, "free_article", ago, json!({}));
    // The instant is 20 May: nineteen days ago is the first of May at ten, twenty days ago is April.
    let shop = Shop::new().segment("walled", rule).newsletter("", "[audience]\ninclude = ['walled']\n").contact("may").contact("april");
    let shop = read(read(shop, "may", "19d"), "may", "1d");
    let plan = read(read(shop, "april", "20d"), "april", "1d").plan("newsletter");
    assert_eq!((plan.reason("may"), plan.reason("april")), (None, Some(Reason::NotInAudience)));
}

#[test]
fn a_product_without_a_price_is_refused_unless_it_is_an_article() {
    let shop = Shop::new().contact("c").row("products", json!({ "id": "P", "title": "T", "url": "https://shop.example/P" }));
    let folder = shop.write();
    let (project, _) = relance::project::load(folder.path(), None).expect("the project loads");
    let now = relance::clock::Now { at: shop.now, zone: project.zone };
    let read = relance::snapshot::build(&project, now, &std::collections::BTreeMap::new(), None, &mut |_| {});
    assert_eq!(read.map(|_| ()).expect_err("it is refused").details(), ["data/products/0.jsonl:1  price  \"\"  missing"]);
}
