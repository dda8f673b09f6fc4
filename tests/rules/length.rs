//! How long mails are, and what they do without.

use relance::selection::{Composition, Filling, Length};
use serde_json::json;

use super::shop::{Plan, Shop, picks_of};

/// A block that stays, one that matters least, one that matters most, and up to four products.
const SLOTS: &str = "[slots.hero]\nfill = 'block'\n[slots.more]\nfill = 'block'\npriority = 0\n[slots.tips]\nfill = 'block'\npriority = 9\n\
    [slots.picks]\nfill = 'products'\ncount = 4\npriority = 5\nstrategies = { popular_recent = 1.0 }\n";

fn shop(keys: &str, slots: &str, n_products: usize) -> Shop {
    let mut shop = Shop::new().newsletter(keys, slots).contact("ana").contact("bob");
    for slot in ["hero", "more", "tips"].into_iter().filter(|slot| slots.contains(&format!("[slots.{slot}]"))) {
        shop = shop.block(&format!("{slot}-general"), slot, "level = 'general'");
    }
    for n in 0..n_products {
        let id = format!("P-{n}");
        shop = shop.product(&id, "A", "10").order("bob", &id, "40 days");
    }
    shop
}

/// Names of the slots that show something, with how many products.
fn shown(mail: &Composition) -> Vec<(String, usize)> {
    let things = |filling: &Filling| if matches!(filling, Filling::Products { .. }) { picks_of(filling).len() } else { 1 };
    mail.slots.iter().map(|(name, filling)| (name.to_string(), things(filling))).filter(|(_, n)| *n > 0).collect()
}

fn length(plan: &Plan) -> Length {
    plan.mail("ana").length.expect("a campaign with `max_length`")
}

#[test]
fn a_mail_that_is_too_long_does_without_what_matters_least_and_says_so_3_8() {
    let of = |max: u32| {
        let plan = shop(&format!("max_length = {max}"), SLOTS, 4).plan("newsletter");
        let shown = shown(&plan.mail("ana")).into_iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ");
        (shown, length(&plan))
    };
    let (whole, told) = of(7);
    assert_eq!((whole.as_str(), told.things, told.whole, told.left_out.len()), ("hero 1, more 1, picks 4, tips 1", 7, 7, 0));
    let (shorter, told) = of(6);
    assert_eq!((shorter.as_str(), told.things, told.whole), ("hero 1, picks 4, tips 1", 6, 7));
    assert_eq!(told.left_out.iter().map(|it| (it.what(), it.priority)).collect::<Vec<_>>(), [("more-general of `more`".to_owned(), 0)]);
    let (by_rows, told) = of(5);
    assert_eq!((by_rows.as_str(), told.things), ("hero 1, picks 2, tips 1", 4), "products leave by whole rows");
    assert_eq!(told.left_out.last().map(|it| (it.what(), it.priority)), Some(("2 of 4 products of `picks`".to_owned(), 5)));
    assert_eq!(of(3).0, "hero 1, tips 1");
    let (least, told) = of(1);
    assert_eq!((least.as_str(), told.things), ("hero 1", 1), "what has no priority stays");
    assert_eq!(told.left_out.iter().map(|it| it.slot.as_str()).collect::<Vec<_>>(), ["more", "picks", "tips"]);
}

#[test]
fn who_has_less_to_read_does_without_nothing_and_the_plan_counts_the_others_3_8() {
    let slots = format!("{SLOTS}not_bought_within = '90d'\n");
    let plan = shop("max_length = 6", &slots, 4).plan("newsletter");
    assert_eq!(length(&plan).left_out.len(), 1);
    let bob = plan.mail("bob");
    assert_eq!(shown(&bob).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["hero", "more", "tips"], "bob bought them all");
    assert_eq!(bob.length.map(|length| (length.things, length.whole)), Some((3, 3)));
    let exposure = plan.totals().exposure;
    assert_eq!((exposure.shortened, exposure.left_out.get("more").copied(), exposure.left_out.len()), (1, Some(1), 1));
    let free = shop("", SLOTS.replace("priority = 0\n", "").replace("priority = 9\n", "").replace("priority = 5\n", "").as_str(), 4);
    assert_eq!(free.plan("newsletter").mail("ana").length, None, "nothing is said of length without `max_length`");
}

#[test]
fn a_block_left_out_is_null_to_its_template_and_products_are_an_empty_list_3_8() {
    let plan = shop("max_length = 1", SLOTS, 4).plan("newsletter");
    let slots = plan.draft("ana").context["slots"].clone();
    assert_eq!(slots["more"], json!({ "block": null, "product": null }));
    assert_eq!(slots["picks"], json!({ "rows": [], "items": [] }));
    assert_eq!(slots["hero"]["block"], "hero-general");
}

#[test]
fn a_slot_counts_for_the_length_that_is_written_and_keeps_its_least_number_3_8() {
    let slots = "[slots.hero]\nfill = 'block'\nlength = 3\n[slots.picks]\nfill = 'products'\ncount = 4\nmin = 1\nper_row = 1\nlength = 2\npriority = 0\nstrategies = { popular_recent = 1.0 }\n";
    let of = |max: u32| {
        let plan = shop(&format!("max_length = {max}"), slots, 4).plan("newsletter");
        (plan.products("ana").len(), length(&plan).things)
    };
    assert_eq!([of(11), of(10), of(8), of(5)], [(4, 11), (3, 9), (2, 7), (1, 5)]);
    assert_eq!(shop("max_length = 4", slots, 4).mistakes(), ["campaign::too-long"], "one product of length 2 always stays");
}

#[test]
fn what_is_drawn_by_lot_in_a_shorter_slot_has_the_chance_of_that_slot_3_8() {
    let slots = |count: usize, rest: &str| {
        format!(
            "[slots.hero]\nfill = 'block'\n[slots.picks]\nfill = 'products'\ncount = {count}\nper_row = 1\nexploration = 1.0\nstrategies = {{ trigger = 1.0 }}\n{rest}"
        )
    };
    let drawn = |shop: Shop| -> Vec<(String, Option<f64>)> {
        shop.plan("newsletter").picks("ana").into_iter().map(|pick| (pick.product.to_string(), pick.propensity)).collect()
    };
    let shortened = drawn(shop("max_length = 3", &slots(6, "priority = 0\n"), 8));
    assert_eq!(shortened, drawn(shop("", &slots(2, ""), 8)));
    assert_eq!(shortened.len(), 2);
    assert!(shortened.iter().all(|(_, propensity)| *propensity == Some(0.25)), "two places for eight products: {shortened:?}");
}

#[test]
fn no_draw_decides_how_many_places_a_mail_has_3_8() {
    // Nothing is proposed, and 1.2 products are drawn: for some one, for some two.
    let slots = |count: &str| {
        format!(
            "[slots.hero]\nfill = 'block'\n[slots.picks]\nfill = 'products'\n{count}\nper_row = 1\nexploration = 0.3\nstrategies = {{ trigger = 1.0 }}\n"
        )
    };
    let people: Vec<String> = (0..40).map(|n| format!("reader-{n}")).collect();
    let of = |shop: Shop| people.iter().fold(shop, |shop, id| shop.contact(id)).plan("newsletter");
    let n_drawn = |plan: &Plan| people.iter().map(|id| plan.products(id).len()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(n_drawn(&of(shop("", &slots("count = 4"), 8))), [1, 2].into());
    let plan = of(shop("max_length = 2", &slots("count = 4\npriority = 0"), 8));
    for id in &people {
        let length = plan.mail(id).length.expect("a campaign with `max_length`");
        assert_eq!(length.left_out.iter().map(|it| (it.n, it.of)).collect::<Vec<_>>(), [(3, 4)], "{id}");
    }
    assert_eq!(n_drawn(&plan), [0, 1].into());
}

#[test]
fn a_slot_that_is_left_out_is_not_one_that_is_the_same_for_all_3_8_4_13() {
    let slots = "[slots.hero]\nfill = 'block'\n[slots.tips]\nfill = 'block'\n[slots.picks]\nfill = 'products'\ncount = 2\npriority = 0\nstrategies = { popular_recent = 1.0 }\n";
    let shop = shop("max_length = 2\nmin_unpersonalised_slots = 2", slots, 4).contact_with("eve", json!({ "city": "Lille" }));
    let personal = |shop: Shop, slot: &str| shop.block(&format!("{slot}-lille"), slot, "level = 'few'\nall = [\"city = 'Lille'\"]");
    let plan = personal(personal(shop, "hero"), "tips").plan("newsletter");
    assert!(plan.products("eve").is_empty());
    assert_eq!(["hero", "tips"].map(|slot| plan.block("eve", slot)), ["hero-general", "tips-general"]);
}

#[test]
fn a_length_that_cannot_hold_is_found_before_any_mail_3_8() {
    let mistakes = |keys: &str, slots: &str| shop(keys, slots, 4).mistakes();
    assert_eq!(mistakes("max_length = 1", SLOTS), Vec::<String>::new());
    assert_eq!(mistakes("max_length = 0", SLOTS), ["campaign::no-length"]);
    assert_eq!(mistakes("", SLOTS), ["slot::no-max-length"; 3]);
    assert_eq!(mistakes("max_length = 1", &SLOTS.replace("priority = 9", "")), ["campaign::too-long"]);
    assert_eq!(mistakes("max_length = 1", &format!("{SLOTS}length = 0\n")), ["slot::no-length"]);
    let owed = "max_length = 3\nmin_unpersonalised_slots = 2";
    assert_eq!(mistakes(owed, SLOTS), ["campaign::too-many-unpersonalised"], "of what may be left out nothing is owed");
    let offer = shop("max_length = 3", SLOTS, 4).block("more-offer", "more", "level = 'general'\nends = 'offer'\nclaims = ['urgency']");
    assert_eq!(offer.mistakes(), ["block::offer-left-out"]);
}

#[test]
fn the_example_of_the_manual_is_accepted() {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/campaigns.md")).expect("docs/campaigns.md");
    let mut examples = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(text, _)| text);
    let example = examples.find(|text| text.contains("max_length")).expect("an example");
    let (keys, tables) = example.split_once("\n\n").expect("keys, then tables");
    let shop = Shop::new().newsletter(keys, tables).block("guide-general", "guide", "level = 'general'");
    assert_eq!(shop.mistakes(), Vec::<String>::new(), "{example}");
}
