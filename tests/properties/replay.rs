//! Same inputs, same `now`, same bytes: whatever the order of rows, the number of files and threads, and the future (N3).

use std::collections::BTreeMap;

use proptest::prelude::*;
use relance::clock::Now;
use relance::snapshot::Folder;
use serde_json::json;

use super::shop::{Plan, Shop};
use super::world::shops;

fn plan_on(shop: &Shop, n_threads: usize) -> Plan {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
    pool.install(|| shop.plan("newsletter"))
}

/// Everything that is decided and frozen, and everything it rests on.
fn frozen(plan: &Plan) -> BTreeMap<String, Vec<u8>> {
    let bytes = |value: &dyn erased::Encode| value.encode();
    let mut all =
        BTreeMap::from([("catalogue".to_owned(), bytes(&plan.snapshot.catalogue)), ("models".to_owned(), bytes(&plan.snapshot.models))]);
    for (profile, decision) in plan.people.iter().zip(plan.decisions()) {
        let id = profile.contact.id.to_string();
        let mail = match &decision {
            relance::plan::Decision::Admitted(_) => serde_json::to_vec(&plan.draft(&id)).expect("JSON"),
            relance::plan::Decision::Skipped(skip) => serde_json::to_vec(skip).expect("JSON"),
        };
        all.insert(format!("mail of {id}"), mail);
        all.insert(format!("profile of {id}"), bytes(profile));
    }
    all
}

/// Values of several types, each as the snapshot encodes it.
mod erased {
    pub(super) trait Encode {
        fn encode(&self) -> Vec<u8>;
    }
    impl<T: serde::Serialize> Encode for T {
        fn encode(&self) -> Vec<u8> {
            postcard::to_stdvec(self).expect("a value encodes")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_rows_files_and_threads_changes_nothing(
        (shop, shuffled) in shops().prop_flat_map(|shop| {
            let rows: Vec<_> = shop.rows.values().cloned().map(|rows| Just(rows).prop_shuffle()).collect();
            (Just(shop), rows)
        }),
        n_files in 1_usize..4,
    ) {
        let mut other = shop.clone();
        other.rows.values_mut().zip(shuffled).for_each(|(rows, shuffled)| *rows = shuffled);
        other.n_files = n_files;
        let (one, two) = (plan_on(&shop, 1), plan_on(&other, 8));
        prop_assert_eq!(frozen(&one), frozen(&two));
        prop_assert_eq!(one.totals(), two.totals());
    }

    #[test]
    fn what_is_dated_after_now_does_not_exist(shop in shops(), hours in 1_i64..5_000, who in 0_usize..14) {
        let (at, who) = (shop.now.plus(relance::clock::Span::hours(hours)).to_string(), format!("c{who:02}"));
        let later = shop
            .clone()
            .row("events", json!({ "at": at, "kind": "purchase", "contact_id": who, "product_id": "P-01" }))
            .row("orders", json!({ "order_id": "later", "contact_id": who, "at": at, "product_id": "P-01", "quantity": 3, "unit_price": "9" }));
        prop_assert_eq!(frozen(&shop.plan("newsletter")), frozen(&later.plan("newsletter")));
    }

    #[test]
    fn a_snapshot_read_back_is_what_was_built(shop in shops()) {
        let plan = shop.plan("newsletter");
        let folder = Folder::of(&plan.project);
        prop_assert!(folder.write(&plan.project, &plan.snapshot, &plan.report).expect("written"));
        let now = Now { at: shop.now, zone: plan.project.zone };
        let read = folder.read(&plan.project, now).expect("the snapshot serves");
        prop_assert_eq!(&read.profiles.all().expect("the profiles read"), &plan.people);
        prop_assert_eq!(read.profiles.len(), plan.people.len());
        prop_assert_eq!(&read.models, &plan.snapshot.models);
        prop_assert_eq!(&read.catalogue.products, &plan.snapshot.catalogue.products);
        prop_assert_eq!(&read.inputs, &plan.snapshot.inputs);
        for profile in &plan.people {
            let (id, address) = (profile.contact.id.as_str(), profile.contact.email.as_str());
            prop_assert_eq!(read.profiles.find_by_id(id).expect("read"), Some(profile.clone()));
            prop_assert_eq!(&read.profiles.find_by_address(address).expect("read"), std::slice::from_ref(profile));
        }
        prop_assert_eq!(read.profiles.find_by_id("nobody").expect("read"), None);
    }
}
