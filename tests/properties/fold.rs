//! Tallies: associative, commutative, with an identity; absorbed in any order, on any number of threads.

use proptest::prelude::*;
use relance::catalogue::{CatalogueBuilder, TopicIx};
use relance::clock::{Span, Timestamp};
use relance::id::{ContactIx, ProductIx};
use relance::money::{Currency, Money};
use relance::profile::tally::Tally;
use relance::profile::{Contacts, ContactsBuilder, Fold, Possessions, Profile, Rows};
use relance::source::record;

const ANA: ContactIx = ContactIx(0);

/// One row, small enough to collide with others and long enough in number to be cut.
#[derive(Debug, Clone)]
enum Row {
    Act { at: i64, kind: u8, product: Option<u32>, topic: Option<u32>, word: u8, quantity: i64 },
    Line { at: i64, order: u64, product: Option<u32>, quantity: i64, price: i64, status: u8 },
}

fn rows(n: usize) -> impl Strategy<Value = Vec<Row>> {
    let money = prop_oneof![0_i64..5_000, Just(i64::MAX), Just(0)];
    let act = (0_i64..4_000, 0_u8..8, proptest::option::of(0_u32..4), proptest::option::of(0_u32..4), 0_u8..80, 1_i64..4);
    let act = act.prop_map(|(at, kind, product, topic, word, quantity)| Row::Act { at, kind, product, topic, word, quantity });
    let line = (0_i64..4_000, 0_u64..30, proptest::option::of(0_u32..4), prop_oneof![1_i64..5, Just(i64::MAX)], money, 0_u8..3);
    let line = line.prop_map(|(at, order, product, quantity, price, status)| Row::Line { at, order, product, quantity, price, status });
    proptest::collection::vec(prop_oneof![3 => act, 1 => line], 0..n)
}

fn instant(hours: i64) -> Timestamp {
    Timestamp(1_700_000_000_000_000).plus(Span::hours(hours))
}

fn fold() -> Fold {
    Fold::new(1, instant(4_000), Span::days(60), chrono_tz::Europe::Paris)
}

fn absorb(fold: &Fold, rows: &mut Rows, row: &Row) {
    let text = |word: u8| format!("Word {word} ");
    match row {
        Row::Act { at, kind, product, topic, word, quantity } => {
            let (name, said) = (format!("kind-{}", word % 5), text(*word));
            let kinds = [record::EventKind::View, record::EventKind::Search, record::EventKind::CartAdd, record::EventKind::CartRemove];
            let kinds = [
                &kinds[..],
                &[record::EventKind::Checkout, record::EventKind::Purchase, record::EventKind::Custom(&name), record::EventKind::View],
            ]
            .concat();
            let event = record::Event {
                at: instant(*at),
                kind: kinds[usize::from(*kind)],
                visitor_id: None,
                contact_id: None,
                product_id: None,
                category: None,
                query: (word % 3 == 0).then_some(said.as_str()),
                quantity: Some(*quantity),
                title: Some(&said),
                url: Some("https://shop.example/"),
                source: (word % 4 == 0).then_some(name.as_str()),
                medium: None,
                device: Some(["mobile", "desktop", "fridge"][usize::from(word % 3)]),
                duration_s: None,
                third_party: word % 17 == 16,
            };
            fold.event(rows, ANA, &event, product.map(ProductIx), topic.map(TopicIx));
        }
        Row::Line { at, order, product, quantity, price, status } => {
            let money = |minor| Money { minor, currency: Currency::parse("EUR").expect("a code") };
            let line = record::OrderLine {
                order_id: "",
                contact_id: None,
                at: instant(*at),
                product_id: "",
                quantity: *quantity,
                unit_price: money(*price),
                status: [record::OrderStatus::Placed, record::OrderStatus::Cancelled, record::OrderStatus::Returned][usize::from(*status)],
                discount: Some(money(price / 7)),
                margin: Some(money(price / -3)),
            };
            fold.order_line(rows, ANA, &line, *order, product.map(ProductIx), true);
        }
    }
}

fn tally<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Tally {
    let fold = fold();
    let mut kept = fold.rows();
    rows.into_iter().for_each(|row| absorb(&fold, &mut kept, row));
    fold.finish(&[kept]).remove(0)
}

/// The profile as the snapshot holds it.
fn bytes(tally: &Tally) -> Vec<u8> {
    let catalogue = CatalogueBuilder::default();
    for id in ["p0", "p1", "p2", "p3"] {
        let price = Money { minor: 100, currency: Currency::parse("EUR").expect("a code") };
        catalogue.add(&record::Product {
            id,
            title: id,
            price,
            url: id,
            kind: None,
            category: Some(["a > b", "a > c", "d", "a"][usize::from(id.as_bytes()[1] - b'0')]),
            brand: None,
            image_url: None,
            description: None,
            stock: None,
            available_from: None,
            available_until: None,
            list_price: None,
            margin: None,
            tags: Vec::new(),
            published_at: None,
            city: None,
            postcode: None,
            lat: None,
            lon: None,
            attributes: Vec::new(),
        });
    }
    let mut contacts = ContactsBuilder::default();
    contacts.add(
        &record::Contact {
            id: "ana",
            email: "",
            first_name: None,
            last_name: None,
            locale: None,
            timezone: None,
            birthday: None,
            gender: None,
            city: None,
            postcode: None,
            country: None,
            lat: None,
            lon: None,
            created_at: None,
            loyalty_tier: None,
            loyalty_points: None,
            account_id: None,
            role: None,
            consents: Vec::new(),
            objection: false,
            attributes: Vec::new(),
        },
        None,
    );
    let Contacts { mut list, .. } = contacts.build();
    let contact = list.remove(0).decode().expect("a contact");
    let profile = Profile::from_tally(contact, tally, Possessions::default(), &catalogue.build(), chrono_tz::UTC);
    postcard::to_stdvec(&profile).expect("a profile encodes")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merging_is_associative_commutative_and_has_an_identity(a in rows(200), b in rows(200), c in rows(200)) {
        let [a, b, c] = [&a, &b, &c].map(tally);
        let left = a.clone().merge(b.clone()).merge(c.clone());
        prop_assert_eq!(&left, &a.clone().merge(b.clone().merge(c.clone())));
        prop_assert_eq!(&left, &c.merge(b).merge(a.clone()));
        prop_assert_eq!(&a.clone().merge(Tally::default()), &a);
        prop_assert_eq!(&Tally::default().merge(a.clone()), &a);
    }

    #[test]
    fn any_partition_in_any_order_on_any_threads_is_one_profile(
        (rows, shuffled) in rows(500).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        cut in 0_usize..500,
        n_threads in 1_usize..=8,
        n_rows_max in 1_usize..400,
    ) {
        let whole = tally(&rows);
        let (first, second) = shuffled.split_at(cut.min(shuffled.len()));
        let merged = tally(first).merge(tally(second));
        prop_assert_eq!(&merged, &whole);

        // Readers that keep few rows fold the others early.
        let fold = fold().with_rows_max(n_rows_max);
        let read = |part: &[Row]| {
            let mut kept = fold.rows();
            for row in part {
                absorb(&fold, &mut kept, row);
            }
            kept
        };
        let readers: Vec<Rows> = std::thread::scope(|scope| {
            let parts = shuffled.chunks(shuffled.len().div_ceil(n_threads).max(1));
            let threads: Vec<_> = parts.map(|part| scope.spawn(move || read(part))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a reader ends")).collect()
        });
        let parallel = fold.finish(&readers).remove(0);
        prop_assert_eq!(&parallel, &whole);
        prop_assert_eq!(bytes(&parallel), bytes(&whole));
    }
}
