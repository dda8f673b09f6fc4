//! A random shop: a few dozen people and products, with enough of everything to collide.

use proptest::prelude::*;
use serde_json::json;

use super::shop::Shop;

/// The slots of the newsletter of a random shop, with every limit set.
pub(crate) const SLOTS: &str = "[slots.hero]\nfill = 'block'\n[slots.same]\nfill = 'block'\nmode = 'editorial'\n[slots.menu]\nfill = 'categories'\ncount = 3\ncategories = ['R0', 'R1', 'R2', 'R3']\n\
    [slots.first]\nfill = 'products'\ncount = 5\nmin = 2\nnot_bought_within = '30d'\nnot_shown_within = '10d'\ndeny = ['P-00']\nmax_per_category = 2\nmax_viewed_share = 0.4\nmin_novel = 1\ndiversity = 0.2\nexploration = 0.2\nstrategies = { usual = 1.0, also_bought = 1.0, similar = 0.7, recently_viewed = 0.8, popular_in_category = 0.5, new_in = 0.3, popular_recent = 0.2 }\n\
    [slots.second]\nfill = 'products'\ncount = 3\npinned = ['P-05', 'P-05', 'P-06']\nmax_per_category = 2\nprice_band = true\nsocial_proof = { window = '20d', min = 2 }\nlow_stock = 3\nstrategies = { similar = 1.0, up_sell = 0.7, complement = 0.9, popular_recent = 0.5 }\n";

/// A random shop at [`super::shop::NOW`]; `days` are ages, none of them of the future.
pub(crate) fn shops() -> impl Strategy<Value = Shop> {
    let person = (0_u8..4, 0_u8..3, any::<bool>(), 0_u8..4);
    let act = (0_usize..14, 0_usize..12, 0_i64..2_000, 0_u8..6);
    let order = (0_usize..14, proptest::collection::vec(0_usize..12, 1..4), 0_i64..3_000);
    let people = proptest::collection::vec(person, 14);
    (people, proptest::collection::vec(act, 0..120), proptest::collection::vec(order, 0..60)).prop_map(|(people, acts, orders)| {
        let mut shop = Shop::new()
            .config("[limits]\ncaps = ['2 per 7d']\n")
            .newsletter("min_unpersonalised_slots = 1\nmax_personalised_blocks = 1", &format!("{SLOTS}[audience]\nholdout = '10%'\n"))
            .segment("cartful", "cart_open")
            .block("hero-general", "hero", "level = 'general'")
            .block("hero-cart", "hero", "level = 'individual'\nall = [\"in_segment('cartful')\"]")
            .block("hero-lille", "hero", "level = 'many'\nall = [\"city = 'Lille'\"]")
            .block("same-a", "same", "level = 'general'")
            .block("same-b", "same", "level = 'general'\nweight = 2.0");
        for (n, (consent, city, objects, profiling)) in people.into_iter().enumerate() {
            let yes = |given: bool| if given { "yes" } else { "no" };
            shop = shop.contact_with(
                &format!("c{n:02}"),
                json!({ "consent_newsletter": yes(consent > 0), "objection": yes(objects && consent == 3), "consent_profiling": yes(profiling > 0), "city": (city > 0).then_some("Lille") }),
            );
        }
        for n in 0..12 {
            let more = json!({ "stock": (n == 7 || n == 8).then_some(if n == 7 { 0 } else { 2 }), "brand": (n % 2 == 0).then_some("Heron"), "published_at": if n == 3 { "2026-05-01" } else { "2020-01-01" } });
            shop = shop.product_with(&format!("P-{n:02}"), &format!("R{} > S{}", n % 4, n % 5), &format!("{}", 5 + n), more);
        }
        for (who, product, hours, kind) in acts {
            let (who, product) = (format!("c{who:02}"), format!("P-{product:02}"));
            let kind = ["view", "view", "view", "cart_add", "cart_remove", "wish"][usize::from(kind)];
            shop = shop.event(&who, kind, &format!("{hours} hours"), json!({ "product_id": product }));
        }
        for (who, products, hours) in orders {
            let products: Vec<String> = products.iter().map(|product| format!("P-{product:02}")).collect();
            let products: Vec<&str> = products.iter().map(String::as_str).collect();
            shop = shop.basket(&format!("c{who:02}"), &products, &format!("{hours} hours"), "12.50");
        }
        shop
    })
}
