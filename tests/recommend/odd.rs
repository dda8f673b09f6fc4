//! Data that is small, flat or wrong: sensible picks or none, no figure that is no number, no panic.

use super::markets::{Kind, ONCE};
use relance::catalogue::{Catalogue, Similar};
use relance::id::ProductIx;
use relance::project::campaign::Purpose;
use relance::recommend::evaluate::{Board, Method, Ranker};
use relance::recommend::{Act, Context, Evidence, GUEST, Goods, History, Interactions, Line, Part, Recommender, Room, Track};

const TODAY: i32 = 15_000;

fn line(who: u32, product: u32, ago: i32, order: u32) -> Line {
    Line { who, product: ProductIx(product), day: TODAY - ago, order }
}

/// Learns every method and picks for everybody and for a stranger.
fn picks(lines: Vec<Line>, n_people: usize, n_products: usize) -> Vec<Vec<ProductIx>> {
    let table = Interactions::new(lines, n_people, n_products);
    let alike = Similar::default();
    let evidence = Evidence::from(table);
    let model = Recommender::train(&evidence, TODAY, &alike, &[]);
    let mut room = Room::default();
    let mut found = Vec::new();
    for history in (0..n_people).map(|who| evidence.history(who, TODAY)).chain([History::default()]) {
        for track in [Track::All, Track::New] {
            let weights = &model.tuned(track, Purpose::Newsletter).weights;
            assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "{weights:?}");
            for candidate in model.candidates(&history, &Context::default(), &alike, &mut room) {
                assert!(candidate.parts.iter().all(|part| (0.0..=1.0).contains(part)), "{candidate:?}");
                assert!(candidate.score(weights).is_finite());
            }
            for method in Method::ALL {
                let ranker = Ranker::train(method, &evidence, TODAY, &alike);
                let picks = ranker.picks(&history, track, &alike, &mut Board::default());
                let distinct: std::collections::BTreeSet<_> = picks.iter().collect();
                assert_eq!(distinct.len(), picks.len(), "{method:?}");
                assert!(track == Track::All || picks.iter().all(|product| history.find(*product).is_none()), "{method:?}");
                if method == Method::Hybrid {
                    found.push(picks);
                }
            }
        }
    }
    found
}

#[test]
fn nothing_sold_is_nothing_proposed() {
    assert!(picks(Vec::new(), 2, 3).iter().all(Vec::is_empty));
    assert!(picks(Vec::new(), 0, 0).iter().all(Vec::is_empty));
}

#[test]
fn one_customer_of_one_product_gets_it_again_and_nothing_new() {
    let found = picks((0..5).map(|n| line(0, 0, n * 30, n.unsigned_abs())).collect(), 1, 1);
    assert_eq!(found, [vec![ProductIx(0)], vec![], vec![ProductIx(0)], vec![ProductIx(0)]]);
}

#[test]
fn orders_of_guests_alone_make_what_is_popular() {
    let lines = (0_u16..40).map(|n| line(GUEST, u32::from(n % 4 == 0), i32::from(n), u32::from(n))).collect();
    assert!(picks(lines, 1, 2).iter().all(|picks| *picks == [ProductIx(0), ProductIx(1)]));
}

#[test]
fn what_all_bought_in_one_instant_or_in_the_future_is_no_trouble() {
    let at_once: Vec<Line> = (0..60).map(|n| line(n % 6, n % 10, 3, n / 10)).collect();
    assert!(picks(at_once, 6, 10).iter().step_by(2).all(|picks| picks.len() == 8));
    let ahead: Vec<Line> = (0..60).map(|n| line(n % 6, n % 10, -400, n / 10)).collect();
    assert!(picks(ahead, 6, 10).iter().step_by(2).all(|picks| picks.len() == 8));
    let far: Vec<Line> = [i32::MIN, i32::MAX].into_iter().map(|day| Line { who: 0, product: ProductIx(0), day, order: 1 }).collect();
    picks(far, 1, 1);
}

#[test]
fn a_product_that_all_buy_is_all_they_get() {
    let lines = (0..90).map(|n| line(n % 30, 0, i32::try_from(n).expect("few"), n)).collect();
    let found = picks(lines, 30, 3);
    // Everybody and a stranger, each where it may come back and where it may not.
    for (at, picks) in found.iter().enumerate() {
        let expected: &[ProductIx] = if at % 2 == 0 || at == found.len() - 1 { &[ProductIx(0)] } else { &[] };
        assert_eq!(picks, expected, "{at}");
    }
}

#[test]
fn a_catalogue_of_a_million_of_which_few_are_sold_proposes_what_is_sold() {
    let n_products = 1_000_000;
    let sold = |n: u32| (n % 40) * 25_000;
    let lines = (0..600).map(|n| line(n % 30, sold(n / 30), i32::try_from(n / 5).expect("few"), n)).collect();
    let evidence = Evidence::from(Interactions::new(lines, 30, n_products));
    let alike = Similar::default();
    let ranker = Ranker::train(Method::Hybrid, &evidence, TODAY, &alike);
    let mut board = Board::default();
    for history in [evidence.history(3, TODAY), History::default()] {
        let picks = ranker.picks(&history, Track::All, &alike, &mut board);
        assert!(picks.len() == 8 && picks.iter().all(|product| product.0 % 25_000 == 0), "{picks:?}");
    }
    // What is kept grows with what is sold, but for a few words for each product.
    assert!(ranker.n_bytes() < 16 * n_products, "{} bytes", ranker.n_bytes());
}

#[test]
fn a_person_and_a_product_nobody_knows_count_for_nobody() {
    let table = Interactions::new(vec![line(7, 0, 1, 1), line(0, 9, 1, 2)], 2, 3);
    assert_eq!(table.all(), [line(GUEST, 0, 1, 1)]);
}

#[test]
fn the_same_people_lead_from_one_product_to_the_other() {
    // Ten people buy 0 and 1, ten buy 2 and 3; one bought 0 alone.
    let mut lines: Vec<Line> = (0..20)
        .flat_map(|who| {
            let first = if who < 10 { 0 } else { 2 };
            [line(who, first, 20, who), line(who, first + 1, 10, 100 + who)]
        })
        .collect();
    lines.push(line(20, 0, 5, 300));
    let table = Interactions::new(lines, 21, 4);
    let alike = Similar::default();
    let evidence = Evidence::from(table);
    let model = Recommender::train(&evidence, TODAY, &alike, &[]);
    let history = evidence.history(20, TODAY);
    let mut room = Room::default();
    let candidates = model.candidates(&history, &Context::default(), &alike, &mut room);
    for part in [Part::Together, Part::Linear] {
        let best = candidates.iter().max_by(|a, b| a.parts[part as usize].total_cmp(&b.parts[part as usize])).expect("candidates");
        assert_eq!((best.product, best.parts[part as usize]), (ProductIx(1), 1.0), "{part:?}");
        assert_eq!(model.evidence(part, ProductIx(1), &history, &Context::default(), &alike), Some(ProductIx(0)), "{part:?}");
    }
}

/// Learns from looks beside a few orders, and picks for everybody and a stranger, for every purpose.
fn looked(orders: &[Line], looks: &[Line], n_people: usize, catalogue: &Catalogue) -> Vec<Vec<ProductIx>> {
    let n_products = catalogue.products.len();
    let table = |lines: &[Line]| Interactions::new(lines.to_vec(), n_people, n_products);
    let places = (0..n_people).map(|who| [1 + who as u64 % 2, 0, 7]).collect();
    let goods = Goods::of(catalogue);
    let evidence = Evidence { orders: table(orders), looks: table(looks), carts: table(looks), goods, places, ..Evidence::default() };
    let alike = Similar::build(catalogue);
    let model = Recommender::train(&evidence, TODAY, &alike, &PURPOSES);
    let mut room = Room::default();
    let mut found = Vec::new();
    for history in (0..n_people).map(|who| evidence.history(who, TODAY)).chain([History::default()]) {
        for (purpose, track) in PURPOSES.into_iter().flat_map(|purpose| [(purpose, Track::All), (purpose, Track::New)]) {
            let weights = model.tuned(track, purpose).weights;
            assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "{weights:?}");
            let candidates = model.candidates(&history, &Context::of(purpose, &history), &alike, &mut room);
            for candidate in candidates {
                assert!(candidate.parts.iter().all(|part| (0.0..=1.0).contains(part)), "{candidate:?}");
                assert!(candidate.score(&weights).is_finite());
            }
            let mut sorted: Vec<(f32, ProductIx)> = candidates.iter().map(|one| (one.score(&weights), one.product)).collect();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            found.push(sorted.into_iter().map(|one| one.1).collect());
        }
    }
    found
}

const PURPOSES: [Purpose; 6] =
    [Purpose::Newsletter, Purpose::Cart, Purpose::Browse, Purpose::Reactivation, Purpose::Complement, Purpose::UpSell];

/// A catalogue without categories, and without prices.
fn bare(n_products: u32) -> Catalogue {
    let mut market = Kind { n_products: n_products.max(1), n_categories: 1, n_people: 1, ..ONCE }.draw();
    market.catalogue.products.iter_mut().for_each(|product| {
        (product.category, product.n_categories, product.price.minor) = (None, 0, 0);
        product.topics.clear();
    });
    market.catalogue
}

#[test]
fn looks_of_one_visitor_of_one_product_are_no_trouble() {
    let looks: Vec<Line> = (0..9).map(|n| line(0, 0, n * 10, 1)).collect();
    let found = looked(&[], &looks, 1, &bare(1));
    assert_eq!(found[0], [ProductIx(0)], "what they looked at");
    assert!(found[PURPOSES.len() * 2].is_empty(), "a stranger has nothing, for nothing was sold");
}

#[test]
fn looks_of_guests_alone_change_nothing_for_anybody() {
    let looks: Vec<Line> = (0..400).map(|n| line(GUEST, n % 8, 5, n / 4)).collect();
    let orders: Vec<Line> = (0..60).map(|n| line(n % 6, n % 8, i32::try_from(n).expect("few"), n / 10)).collect();
    let with = looked(&orders, &looks, 7, &bare(8));
    let stranger = with.len() - 2 * PURPOSES.len();
    assert_eq!(with[stranger].len(), 8);
    assert_eq!(with[stranger], looked(&orders, &[], 7, &bare(8))[stranger]);
}

#[test]
fn looks_in_one_instant_or_in_the_future_are_no_trouble() {
    for ago in [0, 3, -400, i32::MIN / 2] {
        let looks: Vec<Line> = (0..300).map(|n| Line { day: TODAY.saturating_sub(ago), ..line(n % 6, n % 10, 0, n / 9) }).collect();
        let orders: Vec<Line> = (0..60).map(|n| line(n % 6, n % 10, ago.max(-400), n / 10)).collect();
        let found = looked(&orders, &looks, 6, &bare(10));
        assert_eq!(found[0].len(), 10);
        assert_eq!(found, looked(&orders, &looks, 6, &bare(10)), "the same again");
    }
}

#[test]
fn where_nothing_has_a_price_or_a_category_nothing_is_an_up_sell() {
    let looks: Vec<Line> = (0..40).map(|n| line(n % 4, n % 5, 2, n / 5)).collect();
    let orders: Vec<Line> = (0..60).map(|n| line(n % 4, n % 15, 30, n / 5)).collect();
    let found = looked(&orders, &looks, 4, &bare(15));
    let of = |purpose: Purpose| PURPOSES.iter().position(|known| *known == purpose).expect("a purpose") * 2;
    assert!(found[of(Purpose::UpSell)].is_empty());
    assert!(!found[of(Purpose::Complement)].is_empty(), "without categories all is of another kind, but what is looked at");
}

#[test]
fn what_is_bought_or_too_old_is_looked_at_no_more() {
    let table = |lines: Vec<Line>| Interactions::new(lines, 1, 4);
    let orders = table(vec![line(0, 0, 5, 1)]);
    let looks = table(vec![line(0, 0, 9, 2), line(0, 1, 9, 2), line(0, 2, 200, 2), line(0, 0, 2, 3)]);
    let carts = table(vec![line(0, 1, 9, 2), line(0, 3, 2, 3)]);
    let history = Evidence { looks, carts, ..Evidence::from(orders) }.history(0, TODAY);
    let seen: Vec<(Act, u32)> = history.looks().iter().map(|look| (look.act, look.product.0)).collect();
    assert_eq!(seen, [(Act::Looked, 0), (Act::Carted, 3), (Act::Looked, 1)], "the order emptied the older cart");
}
