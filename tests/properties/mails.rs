//! What every mail keeps to.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use proptest::strategy::{Strategy as _, ValueTree as _};
use relance::audience::Reason;
use relance::plan::Decision;
use relance::project::campaign::Strategy;
use relance::selection::Filling;

use super::shop::{Plan, Shop, picks_of};
use super::world::shops;

/// Counts, one by one, the orders that hold a product and are younger than a window.
fn n_orders(shop: &Shop, product: &str, window: relance::clock::Span) -> usize {
    let since = shop.now.minus(window);
    let at = |row: &serde_json::Value| row["at"].as_str().and_then(|at| relance::clock::Timestamp::parse(at, chrono_tz::UTC));
    let rows = shop.rows.get("orders").into_iter().flatten();
    let counted = rows.filter(|row| row["product_id"] == product && at(row).is_some_and(|at| at > since && at <= shop.now));
    counted.map(|row| row["order_id"].to_string()).collect::<BTreeSet<_>>().len()
}

/// Checks one mail against its campaign, its reader and the catalogue.
fn check_mail(plan: &Plan, shop: &Shop, id: &str, admission: &relance::plan::Admission) -> Result<(), TestCaseError> {
    let (profile, campaign) = (plan.profile(id), plan.project.campaign("newsletter").expect("the campaign"));
    let agreed = profile.contact.consents.get("profiling").is_some_and(|consent| consent.given);
    let mut seen = BTreeSet::new();
    for (name, filling) in &admission.composition.slots {
        let slot = &campaign.slots[name];
        let picks = picks_of(filling);
        prop_assert!(
            picks.len() <= slot.spec.count && (picks.len() >= slot.spec.min || slot.spec.min == 0),
            "{id} {name}: {}",
            picks.len()
        );
        for pick in picks {
            let product = plan.snapshot.catalogue.product(pick.ix);
            prop_assert!(seen.insert(pick.product.clone()), "{id}: {} twice in the mail", pick.product);
            prop_assert!(product.available(shop.now) && !slot.spec.deny.contains(&pick.product.0), "{id}: {}", pick.product);
            let since = slot.not_bought_within.map(|span| shop.now.minus(span));
            let bought =
                profile.purchased.iter().any(|bought| bought.product == pick.ix && since.is_some_and(|since| bought.last_at > since));
            prop_assert!(!bought || pick.strategy == Strategy::Usual || !agreed, "{id}: {} was bought lately", pick.product);
            let shown_since = slot.not_shown_within.map(|span| shop.now.minus(span));
            let shown = shop
                .history
                .of(id)
                .iter()
                .any(|past| shown_since.is_some_and(|since| past.at > since) && past.products.contains(&pick.product));
            prop_assert!(!shown, "{id}: {} was shown lately", pick.product);
            let of_crowd = matches!(pick.strategy, Strategy::PopularRecent | Strategy::NewIn | Strategy::Pinned | Strategy::Exploration);
            prop_assert!(agreed || of_crowd, "{id} did not agree: {:?}", pick.strategy);
            let mut theirs =
                profile.purchased.iter().map(|bought| bought.product).chain(profile.interests.iter().map(|interest| interest.product));
            if pick.strategy == Strategy::UpSell {
                let price = |ix| plan.snapshot.catalogue.product(ix).price.minor;
                let dearer = theirs.clone().any(|seed| price(pick.ix) > price(seed) && 2 * price(pick.ix) <= 3 * price(seed));
                prop_assert!(dearer, "{id}: {} is no up-sell", pick.product);
            }
            if pick.strategy == Strategy::Complement {
                let leaf = |ix| plan.snapshot.catalogue.product(ix).leaf_category();
                prop_assert!(theirs.any(|seed| leaf(seed) != leaf(pick.ix)), "{id}: {} completes its own category", pick.product);
            }
            if let Some(proof) = slot.social_proof {
                let n = n_orders(shop, pick.product.as_str(), proof.window());
                let shown = pick.claims.social_proof.map(|count| count.n as usize);
                prop_assert_eq!(shown, (n >= proof.min as usize).then_some(n), "{}: {}", id, pick.product);
                prop_assert_eq!(pick.claims.low_stock, product.stock.filter(|left| *left <= 3), "{}: {}", id, pick.product);
            }
            if pick.strategy == Strategy::AlsoBought {
                let led = theirs.flat_map(|seed| plan.snapshot.models.also_bought.of(seed)).any(|neighbour| neighbour.product == pick.ix);
                prop_assert!(led, "{id}: {} is not bought with anything of theirs", pick.product);
            }
        }
        let mut per_leaf = HashMap::new();
        for leaf in picks.iter().filter_map(|pick| plan.snapshot.catalogue.product(pick.ix).leaf_category()) {
            *per_leaf.entry(leaf).or_insert(0) += 1;
        }
        // Pinned products are the author's own, whatever their category.
        if let Some(most) = slot.spec.max_per_category.filter(|_| slot.spec.pinned.is_empty()) {
            prop_assert!(per_leaf.values().all(|n| *n <= most), "{id} {name}: {per_leaf:?}");
        }
        if let Some(share) = slot.spec.max_viewed_share.filter(|_| agreed) {
            let viewed = |pick: &&relance::selection::Pick| {
                profile.interests.iter().any(|interest| interest.product == pick.ix && interest.n_views > 0)
            };
            let n_viewed = picks.iter().filter(viewed).count();
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let most = share * picks.len() as f64 + 1e-9;
            prop_assert!(f64::from(u32::try_from(n_viewed).expect("a handful")) <= most, "{id} {name}: {n_viewed} of {}", picks.len());
        }
    }
    let n_personal = admission
        .composition
        .slots
        .values()
        .filter(|filling| matches!(filling, Filling::Block(choice) if choice.level > relance::project::content::Level::General))
        .count();
    prop_assert!(n_personal <= 1, "{id}: {n_personal} personal blocks");
    if !agreed {
        let behaviour = ["views", "searches", "cart", "orders", "scores"];
        prop_assert!(
            admission.composition.because.iter().all(|kind| !behaviour.contains(kind)),
            "{id}: {:?}",
            admission.composition.because
        );
        let context = plan.draft(id).context;
        prop_assert!(context["recipient"]["lifecycle"].is_null() && context["links"]["cart"].is_null());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn mails_keep_every_limit_and_counts_add_up(shop in shops(), suppressed in 0_usize..14) {
        let mut shop = shop;
        shop.suppressions.by_address.insert(format!("c{suppressed:02}@people.example"), "complaint".to_owned());
        // Four days in a row, each remembering the mails before it: caps and "shown lately" have something to hold.
        for _ in 0..4 {
            let plan = shop.plan("newsletter");
            let totals = plan.totals();
            prop_assert_eq!(totals.contacts, totals.planned + totals.n_skipped());
            prop_assert_eq!(totals.contacts, 14);
            let details: u64 = totals.details.values().flat_map(|details| details.values()).sum();
            prop_assert_eq!(details, totals.n_skipped());
            let mut next = shop.clone();
            for (profile, decision) in plan.people.iter().zip(plan.decisions()) {
                let id = profile.contact.id.as_str();
                let explained = plan.explain(id);
                let Decision::Admitted(admission) = decision else {
                    let Decision::Skipped(skip) = decision else { unreachable!("a decision is one of two") };
                    prop_assert_eq!(explained.skipped, Some(skip), "explain agrees on {}", id);
                    continue;
                };
                prop_assert_eq!(explained.skipped, None, "explain agrees on {}", id);
                let refused = profile.contact.objection || !profile.contact.consents["newsletter"].given;
                prop_assert!(!refused && id != format!("c{suppressed:02}"), "{} is written to", id);
                check_mail(&plan, &shop, id, &admission)?;
                next = next.remember(id, "newsletter", &admission);
                let week_ago = shop.now.minus(relance::clock::Span::days(7));
                prop_assert!(next.history.of(id).iter().filter(|past| past.at > week_ago).count() <= 2, "the cap of {}", id);
            }
            next.now = next.now.plus(relance::clock::Span::days(1));
            shop = next;
        }
    }

    #[test]
    fn no_mail_is_longer_than_its_campaign_allows_and_what_fits_stays_whole(shop in shops(), max in 3_u32..16, in_turn in any::<[i8; 4]>(), lots in any::<bool>()) {
        let [same, menu, first, second] = in_turn;
        let ranks = [("mode = 'editorial'\n", same), ("fill = 'categories'\n", menu), ("count = 5\n", first), ("count = 3\npinned", second)];
        let ranked = |slots: String, (key, priority): (&str, i8)| slots.replace(key, &format!("priority = {priority}\n{key}"));
        let mut slots = ranks.into_iter().fold(super::world::SLOTS.to_owned(), ranked);
        // Where products are drawn by lot, a slot counts for its places, filled or not.
        if !lots {
            slots = slots.replace("exploration = 0.2\n", "");
        }
        let is_told = |n: usize, told: u32| n == told as usize || (lots && n < told as usize);
        let with = |max: u32| shop.clone().newsletter(&format!("max_length = {max}"), &slots).plan("newsletter").decisions();
        for (whole, short) in with(100).into_iter().zip(with(max)) {
            let whole = match whole {
                Decision::Admitted(admission) => admission.composition,
                Decision::Skipped(skip) => {
                    prop_assert_eq!(Decision::Skipped(skip), short);
                    continue;
                }
            };
            let Decision::Admitted(short) = short else {
                prop_assert!(matches!(&short, Decision::Skipped(skip) if skip.reason == Reason::SlotUnfilled && skip.detail.contains("max_length")), "{short:?}");
                continue;
            };
            let short = short.composition;
            let things = |mail: &relance::selection::Composition| -> usize {
                mail.slots.values().map(|filling| match filling {
                    Filling::Products { picks, .. } => picks.len(),
                    Filling::Categories { items } => usize::from(!items.is_empty()),
                    _ => 1,
                }).sum()
            };
            let told = short.length.clone().expect("its length");
            prop_assert!(told.things <= max && is_told(things(&short), told.things), "{told:?}");
            prop_assert!(is_told(things(&whole), told.whole), "{told:?}");
            prop_assert!(matches!(short.slots["hero"], Filling::Block(_)) && picks_of(&short.slots["first"]).len() >= 2);
            prop_assert_eq!(told.left_out.is_empty(), told.whole <= max);
            if told.left_out.is_empty() {
                prop_assert_eq!(&short.slots, &whole.slots);
            }
            let turns: Vec<i32> = told.left_out.iter().map(|it| it.priority).collect();
            prop_assert!(turns.is_sorted(), "{turns:?}");
        }
    }

    #[test]
    fn raising_the_holdout_only_removes(shop in shops(), low in 0_u32..40, more in 0_u32..60) {
        let with = |percent: u32| {
            let shop = shop.clone().newsletter("", &format!("{}[audience]\nholdout = '{percent}%'\n", super::world::SLOTS));
            shop.plan("newsletter").decisions()
        };
        for (low, high) in with(low).into_iter().zip(with(low + more)) {
            let held = matches!(&high, Decision::Skipped(skip) if skip.reason == Reason::Holdout);
            prop_assert!(held || low == high, "{low:?} became {high:?}");
        }
    }
}

/// The properties above are about mails, so random shops must send some, of several kinds.
#[test]
fn random_shops_send_mails() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut totals = relance::plan::Totals::default();
    for _ in 0..10 {
        let shop = shops().new_tree(&mut runner).expect("a shop").current();
        shop.plan("newsletter").decisions().iter().for_each(|decision| totals.add(decision, None));
    }
    assert!(totals.planned >= 40, "{totals:?}");
    assert!(totals.slots["first"].len() >= 4, "{:?}", totals.slots);
}
