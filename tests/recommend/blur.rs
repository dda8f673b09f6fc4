//! Blurred profiles: what two people share is not learned, nobody weighs more than the limits, and the same data is the same model.

use super::markets::{BROWSED, DAYS, GROCERIES, Kind, Market};
use relance::catalogue::{Catalogue, Similar};
use relance::id::ProductIx;
use relance::project::blur::{Blur, BlurTime};
use relance::recommend::evaluate::{Board, Judged, Method, Ranker, Split, Step, interval};
use relance::recommend::{BlurKey, Context, Evidence, GUEST, History, Interactions, Line, Pairs, Part, Recommender, Track, Vectors, Veil};

const TODAY: i32 = 15_000;

/// The usual blur without noise.
const PLAIN: Blur = Blur { time: BlurTime::Week, per_person: 200, per_product: 10, support: 3, noise: 0.0 };

fn line(who: u32, product: u32, ago: i32, order: u32) -> Line {
    Line { who, product: ProductIx(product), day: TODAY - ago, order }
}

fn veil(blur: Blur) -> Veil {
    Veil::new(blur, BlurKey::new(0x7EA5), &Catalogue::default())
}

/// Whether a list of what goes with a product holds another.
fn holds(pairs: &Pairs, of: u32, other: u32) -> bool {
    pairs.of(ProductIx(of)).iter().any(|near| near.product.0 == other)
}

/// Ten people buy 0 and 1; `n` others buy 2 and 3, in an order each.
fn planted(n: u32) -> Interactions {
    let of = |who: u32, first: u32| [0, 1].map(|at| line(who, first + at, 20, who));
    let lines = (0..10).flat_map(|who| of(who, 0)).chain((10..10 + n).flat_map(|who| of(who, 2))).collect();
    Interactions::new(lines, 20, 4)
}

#[test]
fn a_pair_that_two_people_bought_is_nowhere_and_no_pick_rests_on_it() {
    let context = Context::default();
    for (n, support, is_kept) in [(2, 1, true), (2, 3, false), (3, 3, true), (4, 5, false)] {
        let evidence = Evidence::from(planted(n)).blurred(&veil(Blur { support, ..PLAIN }));
        let model = Recommender::train(&evidence, TODAY, &Similar::default(), &[]);
        let said = format!("{n} people, support {support}");
        assert_eq!(holds(&model.together, 2, 3), is_kept, "together, {said}");
        assert_eq!(model.linear.of(ProductIx(2)).iter().any(|near| near.product.0 == 3), is_kept, "linear, {said}");
        let also = evidence.also_bought().expect("a blurred table says it");
        assert_eq!(also.of(ProductIx(2)).iter().any(|near| near.product.0 == 3), is_kept && n > 1, "also bought, {said}");
        assert!(holds(&model.together, 0, 1) && !also.of(ProductIx(0)).is_empty(), "what ten bought is kept, {said}");
        // One of the two, by their own profile: what carries a pick is never the pair that is not kept.
        let history = Evidence::from(planted(n)).history(10, TODAY);
        for part in Part::ALL {
            let because = model.evidence(part, ProductIx(3), &history, &context, &Similar::default());
            let expected = is_kept && matches!(part, Part::Together | Part::Linear);
            assert_eq!(because, expected.then_some(ProductIx(2)), "{part:?}, {said}");
        }
    }
}

#[test]
fn a_person_with_many_browsers_is_one_and_visitors_nobody_knows_are_one_each() {
    let looks = |who: &dyn Fn(u32) -> u32, n: u32| {
        let lines = (0..n).flat_map(|visitor| [0, 1].map(|product| line(who(visitor), product, 5, 1_000 + visitor))).collect();
        Interactions::new(lines, 20, 4)
    };
    let learned = |looks: Interactions| {
        let evidence = Evidence { carts: looks.clone(), looks, ..Evidence::from(planted(0)) };
        let model = Recommender::train(&evidence.blurred(&veil(PLAIN)), TODAY, &Similar::default(), &[]);
        [holds(&model.browsed, 0, 1), holds(&model.cart_mates, 0, 1)]
    };
    assert_eq!(learned(looks(&|_| 4, 9)), [false; 2], "nine browsers of one person");
    assert_eq!(learned(looks(&|visitor| visitor % 2, 9)), [false; 2], "nine browsers of two");
    assert_eq!(learned(looks(&|visitor| visitor % 3, 9)), [true; 2], "nine browsers of three");
    assert_eq!(learned(looks(&|_| GUEST, 2)), [false; 2], "two visitors");
    assert_eq!(learned(looks(&|_| GUEST, 3)), [true; 2], "three visitors");
}

#[test]
fn orders_of_nobody_known_are_of_one_person_and_no_list_becomes_short() {
    let also = |lines: Vec<Line>, blur: Blur| {
        let evidence = Evidence::from(Interactions::new(lines, 20, 400)).blurred(&veil(blur));
        !evidence.also_bought().expect("a blurred table says it").of(ProductIx(0)).is_empty()
    };
    let pair = |who: &dyn Fn(u32) -> u32| (0..3).flat_map(|n| [0, 1].map(|product| line(who(n), product, 20, 50 + n))).collect::<Vec<_>>();
    assert!(also(pair(&|n| n), PLAIN), "three people");
    assert!(!also(pair(&|_| GUEST), PLAIN), "three orders of nobody known, who may be one");
    let long = |n: u32| (0..3).flat_map(|who| (0..n).map(move |product| line(who, product, 20, who))).collect::<Vec<_>>();
    assert!(also(long(200), PLAIN));
    assert!(!also(long(260), Blur { per_person: 100, ..PLAIN }), "what is no basket in the clear is none when it is cut");
    let looks = |n: u32| {
        let lines = (0..3).flat_map(|who| (0..n).map(move |product| line(who, product, 5, who))).collect();
        let evidence = Evidence { looks: Interactions::new(lines, 20, 400), ..Evidence::from(Interactions::new(pair(&|n| n), 20, 400)) };
        let model = Recommender::train(&evidence.blurred(&veil(Blur { per_person: 40, ..PLAIN })), TODAY, &Similar::default(), &[]);
        (0..n).any(|product| !model.browsed.of(ProductIx(product)).is_empty())
    };
    assert_eq!([looks(50), looks(51)], [true, false], "nor does what scrolls through a list visit");
}

#[test]
fn what_few_people_of_a_place_bought_is_not_said_to_be_liked_there() {
    // Sixty people of one town and sixty of another; two of the first town buy 2, all of both buy 0 and 1.
    let bought = |who: u32| [0, 1, 2].into_iter().filter(move |product| *product < 2 || who < 2);
    let lines = (0..120).flat_map(|who| bought(who).map(move |product| line(who, product, 5, who))).collect();
    let places = (0..120).map(|who| [1 + u64::from(who >= 60), 0, 0]).collect();
    let clear = Evidence { places, ..Evidence::from(Interactions::new(lines, 120, 3)) };
    let liked = |evidence: &Evidence, who: usize| {
        let model = Recommender::train(evidence, TODAY, &Similar::default(), &[]);
        let mut room = relance::recommend::Room::default();
        let found = model.candidates(&clear.history(who, TODAY), &Context::default(), &Similar::default(), &mut room);
        let mut found: Vec<u32> =
            found.iter().filter(|candidate| candidate.parts[Part::Place as usize] > 0.0).map(|candidate| candidate.product.0).collect();
        found.sort_unstable();
        found
    };
    assert_eq!([0, 70].map(|who| liked(&clear, who)), [vec![0, 1, 2], vec![0, 1]]);
    let blurred = clear.clone().blurred(&veil(PLAIN));
    assert_eq!([0, 70].map(|who| liked(&blurred, who)), [[0, 1], [0, 1]]);
}

/// A shop of 30 people who buy five products each, and one person more who buys each of a hundred on a hundred days.
fn with_a_hoarder(is_there: bool) -> Interactions {
    let others = (0..30_u32).flat_map(|who| (0..5).map(move |at| line(who, (who * 7 + at * 13) % 100, 40, who)));
    let hoard = (0..10_000_u32).map(|n| line(30, n % 100, i32::try_from(n / 100).expect("a day"), 1_000 + n));
    Interactions::new(others.chain(hoard.filter(|_| is_there)).collect(), 31, 100)
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn ten_thousand_lines_of_one_person_move_no_pair_by_more_than_the_limits() {
    let blur = Blur { per_person: 20, per_product: 2, support: 1, time: BlurTime::Day, ..PLAIN };
    let tables = [false, true].map(|is_there| Evidence::from(with_a_hoarder(is_there)));
    let [without, with] = tables.clone().map(|evidence| evidence.blurred(&veil(blur)).orders);
    let n_more = with.all().len() - without.all().len();
    assert_eq!(n_more, 20, "as many as a person may have");
    let hoarder = (0..31).max_by_key(|who| with.of(*who).len()).expect("people");
    assert!(with.of(hoarder).chunk_by(|a, b| a.product == b.product).all(|lines| lines.len() <= 2));
    assert!(with.of(hoarder).iter().all(|line| TODAY - line.day < 2), "the latest");
    let moved = |without: &Interactions, with: &Interactions| {
        let dots = |table: &Interactions| Pairs::of_dots(&Vectors::new(table, TODAY, 1, |taste| taste), 100);
        let (before, after) = (dots(without), dots(with));
        let of =
            |pairs: &Pairs, a: u32, b: u32| pairs.of(ProductIx(a)).iter().find(|near| near.product.0 == b).map_or(0.0, |near| near.score);
        let pairs = (0..100).flat_map(|a| (a + 1..100).map(move |b| (a, b)));
        let moves: Vec<f32> = pairs.map(|(a, b)| (of(&after, a, b) - of(&before, a, b)).abs()).filter(|moved| *moved > 1e-4).collect();
        (moves.len(), moves.into_iter().fold(0.0, f32::max))
    };
    // One line weighs 1 at most, so a product weighs the number of its lines, and a pair their product.
    let most = (blur.per_product * blur.per_product) as f32;
    let (n, by) = moved(&without, &with);
    assert!((1..=20 * 19 / 2).contains(&n) && by <= most + 1e-4, "{n} pairs, by {by}");
    let (n, by) = moved(&tables[0].orders, &tables[1].orders);
    assert!(n > 4_000 && by > 10.0 * most, "in the clear {n} pairs, by {by}");
}

#[test]
fn the_same_data_and_key_are_the_same_model_and_another_key_is_another() {
    let market = BROWSED.draw();
    let learn = |n_threads: usize, key: u128| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        pool.install(|| {
            let veil = Veil::new(Blur::default(), BlurKey::new(key), &market.catalogue);
            let evidence = market.evidence.clone().blurred(&veil);
            let model = Recommender::train(&evidence, DAYS, &market.similar, &[]);
            postcard::to_stdvec(&(model, evidence.also_bought())).expect("it is written")
        })
    };
    let first = learn(1, 1);
    assert!(first == learn(3, 1), "the same bytes");
    assert!(first != learn(1, 2), "another noise");
}

#[test]
fn a_blur_that_takes_nothing_away_learns_what_the_clear_table_says() {
    let market = BROWSED.draw();
    let none = Step::Clipped.of(Blur { time: BlurTime::Day, per_person: u32::MAX, per_product: u32::MAX, ..PLAIN }).expect("a blur");
    let learn = |evidence: &Evidence| Recommender::train(evidence, DAYS, &market.similar, &[]);
    let (clear, blurred) = (learn(&market.evidence), learn(&market.evidence.clone().blurred(&veil(none))));
    assert_eq!(clear.popular, blurred.popular);
    assert_eq!(clear.rates, blurred.rates);
    // People stand in another order, so sums may differ in their last digits.
    for (ours, theirs) in
        [(&clear.together, &blurred.together), (&clear.browsed, &blurred.browsed), (&clear.cart_mates, &blurred.cart_mates)]
    {
        let mut n = 0;
        for product in (0..150).map(ProductIx) {
            assert_eq!(ours.of(product).len(), theirs.of(product).len());
            n += ours.of(product).len();
            let close =
                |(a, b): (&relance::catalogue::Neighbour, &relance::catalogue::Neighbour)| (a.score - b.score).abs() < 1e-4 * a.score;
            assert!(ours.of(product).iter().zip(theirs.of(product)).all(close), "{product:?}");
        }
        assert!(n > 500, "{n} pairs");
    }
}

fn judged(market: &Market, split: &Split, step: Step, track: Track) -> (Judged, usize) {
    let veil = Veil::new(Blur::default(), BlurKey::new(3), &market.catalogue);
    let ranker = Ranker::train(Method::Hybrid, &step.blurred(&split.past, &veil), split.day, &market.similar);
    let mut board = Board::default();
    let history = |who: usize| -> History { split.past.history(who, split.day) };
    let picks: Vec<_> = split.judges.iter().map(|judge| ranker.picks(&history(judge.who), track, &market.similar, &mut board)).collect();
    (Judged::new(split, track, &picks, &relance::recommend::Likeness::new(&market.catalogue)), ranker.n_pairs().expect("a blend"))
}

#[test]
fn a_blurred_blend_still_finds_tastes_and_keeps_fewer_pairs() {
    let market = Kind { n_people: 300, ..GROCERIES }.draw();
    let split = Split::new(&market.evidence, DAYS - 28, 28);
    let found = Step::ALL.map(|step| judged(&market, &split, step, Track::New));
    let popular = {
        let ranker = Ranker::train(Method::PopularRecent, &split.past, split.day, &market.similar);
        let mut board = Board::default();
        let picks: Vec<_> = split
            .judges
            .iter()
            .map(|judge| ranker.picks(&split.past.history(judge.who, split.day), Track::New, &market.similar, &mut board))
            .collect();
        Judged::new(&split, Track::New, &picks, &relance::recommend::Likeness::new(&market.catalogue))
    };
    let whole = &found[4].0;
    let over = interval(&whole.gains.iter().zip(&popular.gains).map(|(ours, theirs)| ours - theirs).collect::<Vec<_>>());
    assert!(over.low > 0.05, "far from what is popular: {over:?}");
    let n_pairs = found.each_ref().map(|(_, n)| *n);
    assert!(n_pairs[3] < n_pairs[2] && n_pairs[4] < n_pairs[3], "{n_pairs:?}");
}
