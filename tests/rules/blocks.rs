//! Blocks, menus and offers.

use relance::project::content::Level;
use relance::selection::Filling;
use serde_json::json;

use super::shop::Shop;

/// A slot `hero` with a block at each level.
fn four_levels() -> Shop {
    Shop::new()
        .newsletter("", "[slots.hero]\nfill = 'block'\n")
        .block("hero-general", "hero", "level = 'general'")
        .block("hero-many", "hero", "level = 'many'\nall = [\"country = 'France'\"]")
        .block("hero-few", "hero", "level = 'few'\nall = [\"city = 'Lille'\"]")
        .block("hero-one", "hero", "level = 'individual'\nall = [\"loyalty_tier = 'gold'\"]")
}

#[test]
fn two_people_get_two_blocks_and_explain_names_the_trait_0_1() {
    let plan = four_levels().contact_with("ana", json!({ "city": "Lille" })).contact("bob").plan("newsletter");
    assert_eq!([plan.block("ana", "hero"), plan.block("bob", "hero")], ["hero-few", "hero-general"]);
    let Some(Filling::Block(choice)) = plan.explain("ana").composition.and_then(|mail| mail.slots.get("hero").cloned()) else {
        panic!("a block")
    };
    assert_eq!(choice.because, "city = 'Lille'");
    assert!(plan.mail("ana").because.contains("location"));
}

#[test]
fn the_most_precise_eligible_level_wins_and_there_is_always_one_1_9() {
    let plan = four_levels()
        .contact_with("gold", json!({ "loyalty_tier": "gold", "city": "Lille", "country": "France" }))
        .contact_with("lille", json!({ "city": "Lille", "country": "France" }))
        .contact_with("france", json!({ "country": "France" }))
        .contact("nobody")
        .plan("newsletter");
    let shown = ["gold", "lille", "france", "nobody"].map(|id| plan.block(id, "hero"));
    assert_eq!(shown, ["hero-one", "hero-few", "hero-many", "hero-general"]);
    let levels = plan.totals().levels;
    assert_eq!(levels.values().sum::<u64>(), 4);
    assert!(["individual", "few", "many", "general"].iter().all(|level| levels[*level] == 1), "{levels:?}");
}

#[test]
fn the_general_level_needs_nothing_about_anybody_1_10() {
    let mut shop = four_levels()
        .newsletter("", "[slots.hero]\nfill = 'block'\n[slots.menu]\nfill = 'categories'\ncount = 2\ncategories = ['a', 'b']\n[slots.picks]\nfill = 'products'\ncount = 2\nstrategies = { also_bought = 1.0, popular_recent = 0.1 }\n")
        .contact_with("gold", json!({ "loyalty_tier": "gold" }))
        .contact("bob")
        .product("P-1", "A", "10")
        .product("P-2", "B", "10");
    for n in 0..4 {
        shop = shop.viewed("gold", "P-2", &format!("{n} hours")).basket("bob", &["P-1", "P-2"], &format!("{} days", n + 1), "10");
    }
    shop.max_level = Level::General;
    let plan = shop.plan("newsletter");
    assert_eq!(plan.block("gold", "hero"), "hero-general");
    assert_eq!(plan.mail("gold").slots["menu"], plan.mail("bob").slots["menu"]);
    assert_eq!(plan.products("gold"), plan.products("bob"));
    assert!(plan.mail("gold").because.is_empty());
}

#[test]
fn lille_gets_what_is_near_and_an_unknown_place_the_general_0_18() {
    let plan = Shop::new()
        .newsletter("", "[slots.hero]\nfill = 'block'\n")
        .block("hero-general", "hero", "level = 'general'")
        .block("hero-lille", "hero", "level = 'many'\nproduct = 'waffle'\nall = ['within_km(50.63, 3.06, 30)']")
        .product("waffle", "Gaufres", "4")
        .contact_with("lille", json!({ "lat": "50.65", "lon": "3.08" }))
        .contact_with("paris", json!({ "lat": "48.85", "lon": "2.35" }))
        .contact("unknown")
        .plan("newsletter");
    assert_eq!(["lille", "paris", "unknown"].map(|id| plan.block(id, "hero")), ["hero-lille", "hero-general", "hero-general"]);
    let shown = |id: &str| plan.draft(id).context["slots"]["hero"]["product"]["id"].clone();
    assert_eq!([shown("lille"), shown("paris")], [json!("waffle"), json!(null)]);
}

#[test]
fn a_prospect_never_gets_the_block_of_the_loyal_1_8() {
    let mut shop = Shop::new()
        .newsletter("", "[slots.hero]\nfill = 'block'\n")
        .block("hero-general", "hero", "level = 'general'")
        .block("hero-loyal", "hero", "level = 'few'\nall = [\"lifecycle = 'loyal'\"]")
        .product("P", "A", "10")
        .contact("prospect")
        .contact("loyal");
    for n in 1..=6 {
        shop = shop.order("loyal", "P", &format!("{} days", n * 10));
    }
    let plan = shop.plan("newsletter");
    assert_eq!(["prospect", "loyal"].map(|id| plan.block(id, "hero")), ["hero-general", "hero-loyal"]);
}

#[test]
fn an_editorial_slot_is_the_same_for_all_and_an_automatic_one_is_not_4_2() {
    let picks = "fill = 'products'\ncount = 2\nexploration = 0.5\nnot_shown_within = '7d'\nstrategies = { recently_viewed = 1.0, popular_recent = 0.5 }\n";
    let mut shop = Shop::new()
        .newsletter(
            "",
            &format!("[slots.auto]\n{picks}[slots.page]\nfill = 'block'\nmode = 'editorial'\n[slots.same]\nmode = 'editorial'\n{picks}"),
        )
        .block("page-a", "page", "level = 'general'")
        .block("page-b", "page", "level = 'general'")
        .block("page-lille", "page", "level = 'general'\npriority = 5\nall = [\"city = 'Lille'\"]");
    for n in 0..12 {
        let (id, product) = (format!("c{n}"), format!("P-{n}"));
        shop = shop.contact_with(&id, json!({ "city": if n % 2 == 0 { "Lille" } else { "Nice" } })).product(&product, "A", "10");
        shop = shop.viewed(&id, &product, "1 day").order(&id, &product, "40 days").past(&id, "newsletter", "old", "3 days", &[&product]);
    }
    let plan = shop.plan("newsletter");
    let first = plan.mail("c0");
    for n in 0..12 {
        let mail = plan.mail(&format!("c{n}"));
        assert_eq!(super::shop::picks_of(&mail.slots["same"]), super::shop::picks_of(&first.slots["same"]), "c{n}");
        let (Filling::Block(mine), Filling::Block(theirs)) = (&mail.slots["page"], &first.slots["page"]) else { panic!("blocks") };
        assert_eq!(mine.block, theirs.block, "c{n}");
        let mut products = plan.products(&format!("c{n}"));
        let n_products = products.len();
        products.sort();
        products.dedup();
        assert_eq!(products.len(), n_products, "a product twice in the mail of c{n}");
    }
    assert!((1..12).any(|n| plan.mail(&format!("c{n}")).slots["auto"] != first.slots["auto"]));
}

#[test]
fn at_least_so_many_slots_are_the_same_for_all_4_13() {
    let slots = "[slots.a]\nfill = 'block'\n[slots.b]\nfill = 'block'\n[slots.c]\nfill = 'block'\n";
    let blocks = |keys: &str| {
        let shop = Shop::new().newsletter(keys, slots).contact_with("ana", json!({ "city": "Lille" }));
        ["a", "b", "c"].iter().fold(shop, |shop, slot| {
            let level = if *slot == "b" { "many" } else { "few" };
            shop.block(&format!("{slot}-general"), slot, "level = 'general'").block(
                &format!("{slot}-lille"),
                slot,
                &format!("level = '{level}'\nall = [\"city = 'Lille'\"]"),
            )
        })
    };
    let shown = |keys: &str| {
        let plan = blocks(keys).plan("newsletter");
        ["a", "b", "c"].map(|slot| plan.block("ana", slot))
    };
    assert_eq!(shown(""), ["a-lille", "b-lille", "c-lille"]);
    assert_eq!(shown("min_unpersonalised_slots = 1"), ["a-lille", "b-general", "c-lille"], "the least precise goes first");
    assert_eq!(shown("min_unpersonalised_slots = 2"), ["a-general", "b-general", "c-lille"]);
    assert_eq!(shown("min_unpersonalised_slots = 3\nmax_personalised_blocks = 1"), ["a-general", "b-general", "c-general"]);
    assert_eq!(shown("max_personalised_blocks = 1"), ["a-general", "b-general", "c-lille"]);
}

#[test]
fn a_person_is_shown_so_many_personal_blocks_a_week_over_all_campaigns_2_42() {
    let slots = "[slots.a]\nfill = 'block'\n[slots.b]\nfill = 'block'\n";
    let mut shop = Shop::new().config("[pressure]\npersonal_blocks = ['3 per 7d']\n").newsletter("", slots);
    for person in ["ana", "bob"] {
        shop = shop.contact_with(person, json!({ "city": "Lille" }));
    }
    for (slot, level) in [("a", "few"), ("b", "many")] {
        shop = shop.block(&format!("{slot}-general"), slot, "level = 'general'").block(
            &format!("{slot}-own"),
            slot,
            &format!("level = '{level}'\nall = [\"city = 'Lille'\"]"),
        );
    }
    let (mut shown, mut gave_way) = (Vec::new(), Vec::new());
    for day in 20..=29 {
        shop = shop.at(&format!("2026-05-{day}T10:00:00+02:00"));
        let plan = shop.plan("newsletter");
        let n = plan.mail("ana").n_personal_blocks();
        shown.push(n);
        gave_way.push(plan.totals().exposure.capped.values().sum::<u64>());
        // What another campaign showed counts as well.
        let campaign = if day % 2 == 0 { "newsletter" } else { "other" };
        shop = shop.remember("ana", campaign, &plan.admitted("ana"));
        assert_eq!(plan.mail("bob").n_personal_blocks(), 2, "bob is shown none before");
    }
    assert_eq!(shown, [2, 1, 0, 0, 0, 0, 0, 2, 1, 0], "the mail of seven days ago counts no more");
    assert_eq!(gave_way, [0, 1, 2, 2, 2, 2, 2, 0, 1, 2], "the plan counts the others");
    assert!(shown.windows(7).all(|week| week.iter().sum::<u32>() <= 3));

    let second = shop.at("2026-05-28T10:30:00+02:00").plan("newsletter");
    let explained = second.explain("ana");
    let check = explained.checks.iter().find(|check| check.what == "personal blocks 3 per 7 d").expect("the cap is told");
    assert!(check.value.starts_with("3 shown before") && !check.passed, "{check:?}");
    let Some(Filling::Block(choice)) = explained.composition.and_then(|mail| mail.slots.get("b").cloned()) else { panic!("a block") };
    assert_eq!((choice.block.as_str(), choice.because.as_str()), ("b-general", "no more personal blocks than 3 per 7 d"));
}

#[test]
fn no_cap_on_personal_blocks_is_for_a_service_mail_and_the_least_precise_gives_way_2_42() {
    let slots = "[slots.a]\nfill = 'block'\n[slots.b]\nfill = 'block'\n";
    let shop = |keys: &str| {
        let mut shop = Shop::new().config("[pressure]\npersonal_blocks = ['1 per 7d', '9 per 30d']\n").newsletter(keys, slots);
        for (slot, level) in [("a", "few"), ("b", "many")] {
            shop = shop.block(&format!("{slot}-general"), slot, "level = 'general'").block(
                &format!("{slot}-own"),
                slot,
                &format!("level = '{level}'\nall = [\"city = 'Lille'\"]"),
            );
        }
        shop.contact_with("ana", json!({ "city": "Lille" })).plan("newsletter")
    };
    let shown = |keys: &str| ["a", "b"].map(|slot| shop(keys).block("ana", slot));
    assert_eq!(shown(""), ["a-own", "b-general"]);
    assert_eq!(shown("compulsory = true"), ["a-own", "b-own"]);
    let mistakes = Shop::new().config("[pressure]\npersonal_blocks = ['0 per 7d', 'few']\n").mistakes();
    assert_eq!(mistakes, ["config::zero-cap", "config::not-a-cap"]);
}

#[test]
fn a_campaign_that_cannot_be_the_same_for_all_does_not_load_4_13() {
    let picks = "[slots.picks]\nfill = 'products'\ncount = 2\nstrategies = { popular_recent = 1.0 }\n";
    let mistakes = |mode: &str| Shop::new().newsletter("min_unpersonalised_slots = 1", &format!("{picks}{mode}")).mistakes();
    assert_eq!(mistakes(""), ["campaign::too-many-unpersonalised"]);
    assert_eq!(mistakes("mode = 'editorial'\n"), Vec::<String>::new());
}

#[test]
fn a_menu_begins_with_what_is_viewed_most_and_ties_keep_their_order_2_16() {
    let menu = "[slots.menu]\nfill = 'categories'\ncount = 4\ncategories = ['Sacs', 'Chaussures de sport', 'Bijoux', 'Thé']\n";
    let mut shop =
        Shop::new().newsletter("", menu).contact("ana").contact("bob").product("S", "Chaussures de sport", "50").product("T", "Thé", "5");
    for n in 1..=4 {
        shop = shop.viewed("ana", "S", &format!("{n} hours"));
    }
    let plan = shop.viewed("ana", "T", "5 hours").viewed("ana", "T", "6 hours").plan("newsletter");
    let names = |id: &str| match &plan.mail(id).slots["menu"] {
        Filling::Categories { items } => items.iter().map(|item| item.name.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(names("ana"), ["Chaussures de sport", "Thé", "Sacs", "Bijoux"]);
    assert_eq!(names("bob"), ["Sacs", "Chaussures de sport", "Bijoux", "Thé"]);
}

#[test]
fn one_mail_shows_a_banner_picks_and_an_offer_each_explained_2_18() {
    let tables = "[[steps]]\nname = 'day'\nafter = '0s'\noffer = 'gift'\n[slots.hero]\nfill = 'block'\n[slots.picks]\nfill = 'products'\ncount = 1\nstrategies = { popular_recent = 1.0 }\n";
    let plan = Shop::new()
        .triggered("birthday", "birthday", "", tables)
        .text("offers.toml", "[offers.gift]\ntitle = { fr = 'Un cadeau' }\npercent = 10\nall = [\"country = 'France'\"]\n")
        .block("hero-general", "hero", "level = 'general'")
        .product("P", "A", "10")
        .contact_with("ana", json!({ "birthday": "1990-05-20", "country": "France" }))
        .order("ana", "P", "40 days")
        .plan("birthday");
    let explained = plan.explain("ana");
    let mail = explained.composition.expect("a mail");
    assert!(matches!(&mail.slots["hero"], Filling::Block(choice) if choice.because == "for everybody"));
    assert_eq!(super::shop::picks_of(&mail.slots["picks"])[0].because, "popular now");
    assert_eq!(mail.offer.map(|offer| offer.name).as_deref(), Some("gift"));
    assert!(explained.checks.iter().any(|check| check.what.starts_with("offer gift: country") && check.passed));
    assert!(mail.because.contains("location"), "the offer looked at the country");
}
