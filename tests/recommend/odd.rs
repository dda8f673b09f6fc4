//! Data that is small, flat or wrong: sensible picks or none, no figure that is no number, no panic.

use relance::catalogue::Similar;
use relance::id::ProductIx;
use relance::recommend::evaluate::{Board, Method, Ranker};
use relance::recommend::{GUEST, History, Interactions, Line, Part, Recommender, Room, Track};

const TODAY: i32 = 15_000;

fn line(who: u32, product: u32, ago: i32, order: u32) -> Line {
    Line { who, product: ProductIx(product), day: TODAY - ago, order }
}

/// Learns every method and picks for everybody and for a stranger.
fn picks(lines: Vec<Line>, n_people: usize, n_products: usize) -> Vec<Vec<ProductIx>> {
    let table = Interactions::new(lines, n_people, n_products);
    let alike = Similar::default();
    let model = Recommender::train(&table, TODAY, &alike);
    let mut room = Room::default();
    let mut found = Vec::new();
    for history in (0..n_people).map(|who| table.history(who, TODAY)).chain([History::default()]) {
        for track in [Track::All, Track::New] {
            let weights = &model.tuned(track).weights;
            assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0), "{weights:?}");
            for candidate in model.candidates(&history, &alike, &mut room) {
                assert!(candidate.parts.iter().all(|part| (0.0..=1.0).contains(part)), "{candidate:?}");
                assert!(candidate.score(weights).is_finite());
            }
            for method in Method::ALL {
                let ranker = Ranker::train(method, &table, TODAY, &alike);
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
    let model = Recommender::train(&table, TODAY, &alike);
    let history = table.history(20, TODAY);
    let mut room = Room::default();
    let candidates = model.candidates(&history, &alike, &mut room);
    for part in [Part::Together, Part::Linear] {
        let best = candidates.iter().max_by(|a, b| a.parts[part as usize].total_cmp(&b.parts[part as usize])).expect("candidates");
        assert_eq!((best.product, best.parts[part as usize]), (ProductIx(1), 1.0), "{part:?}");
        assert_eq!(model.evidence(part, ProductIx(1), &history, &alike), Some(ProductIx(0)), "{part:?}");
    }
}
