//! The blend with its defaults on shops it was not made for: never worse than the best plain method, but for chance.

use super::markets::{BROWSED, DAYS, GROCERIES, Kind, Market, ONCE, SESSIONS};
use relance::project::campaign::Purpose;
use relance::recommend::evaluate::{Board, Judged, Method, Ranker, Split, interval};
use relance::recommend::{Evidence, Part, Recommender, Track};

const HORIZON: i32 = 28;

fn judged(method: Method, track: Track, split: &Split, market: &Market) -> Judged {
    let ranker = Ranker::train(method, &split.past, split.day, &market.similar);
    let mut board = Board::default();
    let picks: Vec<_> = split
        .judges
        .iter()
        .map(|judge| ranker.picks(&split.past.history(judge.who, split.day), track, &market.similar, &mut board))
        .collect();
    Judged::new(split, track, &picks, &relance::recommend::Likeness::new(&market.catalogue))
}

/// Returns the differences of the blend and the better of the plain methods, by person.
fn over_plain(kind: Kind, track: Track) -> Vec<f64> {
    let market = kind.draw();
    let split = Split::new(&market.evidence, DAYS - HORIZON, HORIZON);
    let hybrid = judged(Method::Hybrid, track, &split, &market);
    let plain = [Method::PopularRecent, Method::PopularAllTime, Method::OwnRepeat].map(|method| judged(method, track, &split, &market));
    let best = plain.iter().max_by(|a, b| a.figures.ndcg.total_cmp(&b.figures.ndcg)).expect("three methods");
    assert!(hybrid.gains.len() > 100, "{} people judge", hybrid.gains.len());
    hybrid.gains.iter().zip(&best.gains).map(|(ours, theirs)| ours - theirs).collect()
}

#[test]
fn the_blend_is_not_worse_than_the_best_plain_method() {
    for (name, kind) in [("groceries", GROCERIES), ("once", ONCE), ("sessions", SESSIONS)] {
        for track in [Track::All, Track::New] {
            let found = interval(&over_plain(kind, track));
            assert!(found.high >= 0.0 && found.mean > -0.01, "{name}, {track:?}: {found:?}");
        }
    }
}

#[test]
fn tastes_are_found_where_there_are_tastes() {
    let found = interval(&over_plain(ONCE, Track::New));
    assert!(found.low > 0.02, "{found:?}");
}

/// Returns the differences of the blend and another choice for the same people.
fn over(judged: &Judged, other: &Judged) -> relance::recommend::evaluate::Interval {
    interval(&judged.gains.iter().zip(&other.gains).map(|(ours, theirs)| ours - theirs).collect::<Vec<_>>())
}

#[test]
fn what_people_looked_at_is_worth_more_than_their_orders_alone() {
    let mut market = BROWSED.draw();
    let split = Split::new(&market.evidence, DAYS - HORIZON, HORIZON);
    let seeing = [Track::All, Track::New].map(|track| judged(Method::Hybrid, track, &split, &market));
    market.evidence = Evidence { goods: market.evidence.goods, ..market.evidence.orders.into() };
    let split = Split::new(&market.evidence, DAYS - HORIZON, HORIZON);
    for (track, seeing) in [Track::All, Track::New].into_iter().zip(seeing) {
        let blind = judged(Method::Hybrid, track, &split, &market);
        let found = over(&seeing, &blind);
        assert!(found.low > 0.02, "{track:?}: {found:?}");
    }
}

#[test]
fn repeats_count_only_where_people_repeat() {
    let own = |kind: Kind| {
        let market = kind.draw();
        let model = Recommender::train(&market.evidence, DAYS, &market.similar, &[]);
        let own = Part::ALL.iter().zip(model.tuned(Track::All, Purpose::Newsletter).weights).filter(|(part, _)| part.is_own());
        own.map(|(_, weight)| weight).sum::<f32>()
    };
    assert!(own(GROCERIES) > 0.5, "{}", own(GROCERIES));
    assert!(own(ONCE) < 0.1, "{}", own(ONCE));
}

#[test]
fn what_is_learned_is_the_same_on_any_number_of_threads() {
    let market = GROCERIES.draw();
    let learn = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads");
        pool.install(|| Recommender::train(&market.evidence, DAYS, &market.similar, &[]))
    };
    assert_eq!(learn(1), learn(3));
}
