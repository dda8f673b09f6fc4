//! The weights of the blend, found on the last days that are known: coordinate ascent on what was truly bought then.
//!
//! Models are learned from what was known before those days, people are drawn by a stable hash, and each weight in turn
//! takes the value of a small grid that ranks their purchases best (Metzler and Croft, "Linear Feature-Based Models for
//! Information Retrieval", 2007). What few people say is pulled towards a prior.

use std::ops::Range;

use rayon::prelude::*;

use super::Track;
use super::blend::{Candidate, N_PARTS, Part, Weights};
use super::context::Context;
use super::due::Repeats;
use super::evaluate::gain::{K, gain, ideal};
use super::evidence::Evidence;
use super::room::Room;
use super::train::{Blends, Recommender, Tuned, with_context};
use crate::catalogue::Similar;
use crate::id::{ProductIx, stable_hash};
use crate::project::campaign::Purpose;

/// Days held back to tune on; a quarter of what is known when that is less.
const FOLD_DAYS: i32 = 28;
/// Days held back under which nothing is learned from them.
const FOLD_DAYS_MIN: i32 = 7;
/// Folds at most: where few people buy, the days before the last ones speak too.
const FOLDS_MAX: i32 = 3;
/// People who are enough to need no fold more.
const FOLD_PEOPLE_ENOUGH: usize = 500;
/// People of a purpose from which it has a blend of its own.
const PURPOSE_PEOPLE_MIN: usize = 200;
/// People whose purchases are looked at.
const PEOPLE_MAX: usize = 2_000;
/// People whose purchases the pairs of a fold are learned from, nearly: every so-many-th where there are more.
const LEARNERS_MAX: usize = 200_000;
/// Candidates of one person and component that are looked at, the best.
const CANDIDATES_MAX: usize = 60;
/// Values that a weight may take.
const GRID: [f32; 9] = [0.0, 0.03, 0.07, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5];
/// Times that all weights are gone through.
const ROUNDS_MAX: usize = 6;
/// What a change must bring.
const GAIN_MIN: f64 = 1e-6;
/// Standard errors of the difference that a change must bring (the rule of one standard error: Breiman et al. 1984).
const ERRORS_MIN: f64 = 1.0;
/// People at which what they say counts as much as the prior.
const PRIOR_PEOPLE: f32 = 100.0;
/// Share of purchases that repeat, from which the prior believes in repeating.
const REPEATS_MIN: f32 = 0.05;

/// One person of the fold: their candidates by component, and which of them they bought.
struct Person {
    parts: [Vec<f32>; N_PARTS],
    hits: Vec<bool>,
    ideal: f32,
}

/// Tunes the blends of both tracks, that of everybody and those of purposes; `repeats` is the share of purchases that repeat.
pub(super) fn tune(evidence: &Evidence, today: i32, alike: &Similar, purposes: &[Purpose], repeats: f32) -> [Blends; 2] {
    let folds = Fold::all(evidence, today);
    [Track::All, Track::New].map(|track| {
        let priors = priors(track, repeats, evidence.has_looks());
        let people = |purpose: Purpose| -> Vec<Person> { folds.iter().flat_map(|fold| fold.people(purpose, track, alike)).collect() };
        let tuned = |people: &[Person], priors: &[Weights]| Tuned {
            weights: if people.is_empty() { priors[0] } else { ascend(people, priors) },
            n_people: u32::try_from(people.len()).unwrap_or(u32::MAX),
        };
        let general = tuned(&people(Purpose::Newsletter), &priors);
        let of_purpose = |purpose: &Purpose| {
            let people = people(*purpose);
            let prior = relative(with_context(&general.weights, *purpose));
            (people.len() >= PURPOSE_PEOPLE_MIN).then(|| (*purpose, tuned(&people, &[prior])))
        };
        let purposes = purposes.iter().filter(|purpose| **purpose != Purpose::Newsletter);
        Blends { general, of_purpose: purposes.filter_map(of_purpose).collect() }
    })
}

/// Days held back, what was known before them, and what was learned from that.
struct Fold<'a> {
    evidence: &'a Evidence,
    past: Evidence,
    cut: i32,
    until: i32,
    model: Recommender,
    /// Whether a product was bought before.
    known: Vec<bool>,
    /// People who bought something on the days held back.
    buyers: Vec<usize>,
}

impl<'a> Fold<'a> {
    /// Cuts the last days off, and the days before them where too few people bought anything on the last.
    fn all(evidence: &'a Evidence, today: i32) -> Vec<Self> {
        let Some((first, _)) = evidence.orders.days() else { return Vec::new() };
        let known_days = today.saturating_sub(first);
        let fold_days = (known_days / 4).min(FOLD_DAYS);
        if fold_days < FOLD_DAYS_MIN {
            return Vec::new();
        }
        let mut folds: Vec<Self> = Vec::new();
        let mut n_people = 0;
        for until in (0..FOLDS_MAX).map(|n| today - n * fold_days) {
            if n_people >= FOLD_PEOPLE_ENOUGH || until.saturating_sub(first) < 3 * fold_days {
                break;
            }
            let fold = Self::cut(evidence, until - fold_days, until);
            n_people += fold.buyers.len();
            folds.push(fold);
        }
        folds
    }

    fn cut(evidence: &'a Evidence, cut: i32, until: i32) -> Self {
        let past = evidence.before(cut);
        let step = past.orders.n_people().div_ceil(LEARNERS_MAX);
        let (model, known) = (Recommender::components(&past, cut, &Repeats::of(&past.orders), step), past.orders.known());
        let mut fold = Self { evidence, past, cut, until, model, known, buyers: Vec::new() };
        fold.buyers = (0..evidence.orders.n_people()).filter(|who| fold.bought(*who).next().is_some()).collect();
        fold
    }

    fn bought(&self, who: usize) -> impl Iterator<Item = ProductIx> {
        let lines = self.evidence.orders.of(who).iter();
        lines.filter(|line| (self.cut..self.until).contains(&line.day)).map(|line| line.product)
    }

    /// Draws people whom a mail of a purpose concerns.
    fn people(&self, purpose: Purpose, track: Track, alike: &Similar) -> Vec<Person> {
        let person = |room: &mut Room, who: &usize| self.person(*who, purpose, track, alike, room);
        let mut drawn = self.buyers.clone();
        if purpose != Purpose::Newsletter {
            let concerns = |who: &usize| {
                let history = self.past.history(*who, self.cut);
                Context::of(purpose, &history).concerns(&history, self.cut)
            };
            drawn = drawn.into_par_iter().filter(concerns).collect();
        }
        if drawn.len() > PEOPLE_MAX {
            drawn.sort_by_cached_key(|who| stable_hash(&["tune", &who.to_string()]));
            drawn.truncate(PEOPLE_MAX);
        }
        drawn.par_iter().map_init(Room::default, person).flatten().collect()
    }

    fn person(&self, who: usize, purpose: Purpose, track: Track, alike: &Similar, room: &mut Room) -> Option<Person> {
        let history = self.past.history(who, self.cut);
        let context = Context::of(purpose, &history);
        let allowed = |product: ProductIx| {
            (track == Track::All || history.find(product).is_none()) && (!context.chooses() || context.allows(product, &self.model.goods))
        };
        let mut truth: Vec<ProductIx> = self.bought(who).filter(|product| self.known[product.at()] && allowed(*product)).collect();
        truth.dedup();
        if truth.is_empty() {
            return None;
        }
        let candidates = self.model.candidates(&history, &context, alike, room);
        let candidates = foremost(candidates.iter().filter(|candidate| allowed(candidate.product)).copied().collect());
        let hits = candidates.iter().map(|candidate| truth.binary_search(&candidate.product).is_ok()).collect();
        let column = |part: usize| -> Vec<f32> { candidates.iter().map(|candidate| candidate.parts[part]).collect() };
        // A component without a word takes no room.
        let has_word = |part: &usize| candidates.iter().any(|candidate| candidate.parts[*part] > 0.0);
        let parts = std::array::from_fn(|part| if has_word(&part) { column(part) } else { Vec::new() });
        Some(Person { parts, hits, ideal: ideal(truth.len()) })
    }
}

/// Keeps the best of each component, by position in the catalogue.
fn foremost(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for part in 0..N_PARTS {
        let order = |a: &Candidate, b: &Candidate| b.parts[part].total_cmp(&a.parts[part]).then(a.product.cmp(&b.product));
        if candidates.len() > CANDIDATES_MAX {
            candidates.select_nth_unstable_by(CANDIDATES_MAX, order);
        }
        kept.extend(candidates.iter().take(CANDIDATES_MAX).filter(|candidate| candidate.parts[part] > 0.0));
    }
    kept.sort_by_key(|candidate| candidate.product);
    kept.dedup_by_key(|candidate| candidate.product);
    kept
}

/// Goes through the weights again and again while that ranks better; starts from whatever of a few simple blends is best.
fn ascend(people: &[Person], priors: &[Weights]) -> Weights {
    let only = |part: Part| std::array::from_fn(|at| f32::from(u8::from(at == part as usize)));
    let silent: Vec<bool> = (0..N_PARTS).map(|part| people.iter().all(|person| person.parts[part].is_empty())).collect();
    let single = [Part::Popular, Part::Often, Part::Linear, Part::Together, Part::Looked, Part::Browsed];
    let single = single.into_iter().filter(|part| !silent[*part as usize]).map(only);
    let starts: Vec<Weights> = priors.iter().copied().chain(single).collect();
    let worth = |weights: &Weights| gains(people, weights);
    let mut weights = starts[0];
    let mut best = worth(&weights);
    for start in &starts[1..] {
        let found = worth(start);
        if is_better(&found, &best) {
            (weights, best) = (*start, found);
        }
    }
    for _ in 0..ROUNDS_MAX {
        let mut changed = false;
        for part in (0..N_PARTS).filter(|part| !silent[*part]) {
            let tried: Vec<[f32; GRID.len()]> = people.par_iter().map(|person| person.tried(&weights, part)).collect();
            for (at, value) in GRID.into_iter().enumerate() {
                let found: Vec<f32> = tried.iter().map(|gains| gains[at]).collect();
                if is_better(&found, &best) {
                    (weights[part], best, changed) = (value, found, true);
                }
            }
        }
        if !changed {
            break;
        }
    }
    pulled(weights, likeliest(people, priors), people.len())
}

/// Returns the prior that ranks best: few people tell two whole blends apart better than the weights of one.
fn likeliest<'a>(people: &[Person], priors: &'a [Weights]) -> &'a Weights {
    let mean = |prior: &Weights| gains(people, prior).into_iter().map(f64::from).sum::<f64>();
    let worth: Vec<f64> = priors.iter().map(mean).collect();
    let best = (0..priors.len()).max_by(|a, b| worth[*a].total_cmp(&worth[*b]).then(b.cmp(a)));
    &priors[best.unwrap_or(0)]
}

/// Pulls what few people say towards the prior; the greatest weight is 1.
#[expect(clippy::cast_precision_loss, reason = "a number of people as a share")]
fn pulled(found: Weights, prior: &Weights, n_people: usize) -> Weights {
    let n = n_people as f32;
    let (found, prior) = (relative(found), relative(*prior));
    let trust = n / (n + PRIOR_PEOPLE);
    relative(std::array::from_fn(|at| trust * found[at] + (1.0 - trust) * prior[at]))
}

fn relative(weights: Weights) -> Weights {
    let most = weights.iter().copied().fold(0.0_f32, f32::max);
    if most > 0.0 { weights.map(|weight| weight / most) } else { weights }
}

/// Returns what the first places are worth to each person, 0 to 1.
fn gains(people: &[Person], weights: &Weights) -> Vec<f32> {
    people.par_iter().map(|person| person.gain(weights)).collect()
}

/// Says whether one blend ranks better than another for the same people, by more than a share of what chance does.
#[expect(clippy::cast_precision_loss, reason = "a number of people")]
fn is_better(found: &[f32], known: &[f32]) -> bool {
    let n = found.len().max(1) as f64;
    let differences = || found.iter().zip(known).map(|(found, known)| f64::from(found - known));
    let mean = differences().sum::<f64>() / n;
    let variance = differences().map(|difference| (difference - mean).powi(2)).sum::<f64>() / n;
    mean > GAIN_MIN && mean > ERRORS_MIN * (variance / n).sqrt()
}

impl Person {
    fn gain(&self, weights: &Weights) -> f32 {
        let mut scores = vec![0.0_f32; self.hits.len()];
        self.add(&mut scores, weights, 0..N_PARTS);
        self.gain_of(&scores)
    }

    /// Returns the gain with each value of the grid as the weight of one component.
    fn tried(&self, weights: &Weights, part: usize) -> [f32; GRID.len()] {
        let mut before = vec![0.0_f32; self.hits.len()];
        self.add(&mut before, weights, 0..part);
        let (mut scores, mut with) = (before.clone(), *weights);
        GRID.map(|value| {
            scores.copy_from_slice(&before);
            with[part] = value;
            self.add(&mut scores, &with, part..N_PARTS);
            self.gain_of(&scores)
        })
    }

    /// Adds some components of the blend; the order of the terms is always the same, so that equals stay equal.
    fn add(&self, scores: &mut [f32], weights: &Weights, parts: Range<usize>) {
        for (part, weight) in self.parts[parts.clone()].iter().zip(&weights[parts]).filter(|(_, weight)| **weight > 0.0) {
            scores.iter_mut().zip(part).for_each(|(score, part)| *score += weight * part);
        }
    }

    fn gain_of(&self, scores: &[f32]) -> f32 {
        // What no component with a weight speaks for is not proposed.
        let mut first = [(0.0_f32, false); K];
        for (score, hit) in scores.iter().copied().zip(&self.hits) {
            if score > first[K - 1].0 {
                let at = first.partition_point(|known| known.0 >= score);
                first[at..].rotate_right(1);
                first[at] = (score, *hit);
            }
        }
        gain(first.iter().map(|(_, hit)| *hit)) / self.ideal
    }
}

/// What is believed before anybody has bought: what is popular, what goes with what, and repeating where people repeat; led by the
/// linear model, or by what the same people buy, which needs fewer purchases.
fn priors(track: Track, repeats: f32, has_looks: bool) -> [Weights; 2] {
    let own = if track == Track::New { 0.0 } else { (repeats / REPEATS_MIN).min(1.0) };
    let looks = f32::from(u8::from(has_looks));
    let led = |linear: f32, together: f32| {
        Part::ALL.map(|part| match part {
            Part::Again | Part::Often | Part::Steady => 0.7 * own,
            Part::Due => 0.1 * own,
            Part::Popular => 0.3,
            Part::Linear => linear,
            Part::Together => together,
            Part::Alike => 0.1,
            Part::Looked | Part::Carted | Part::Browsed => 0.3 * looks,
            Part::Onward => 0.2 * looks,
            Part::Akin => 0.1 * looks,
            Part::CartMates | Part::Category | Part::Place | Part::GoesWith => 0.0,
        })
    };
    [led(0.7, 0.2), led(0.2, 0.7)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_speaks_for_wins_nothing_by_its_place_in_the_catalogue() {
        let mut parts: [Vec<f32>; N_PARTS] = std::array::from_fn(|_| Vec::new());
        parts[Part::Popular as usize] = vec![0.0, 0.5];
        let person = Person { parts, hits: vec![true, false], ideal: ideal(1) };
        let only = |part: Part| -> Weights { std::array::from_fn(|at| f32::from(u8::from(at == part as usize))) };
        assert!(person.gain(&only(Part::Popular)).abs() < f32::EPSILON);
        assert!(person.gain(&only(Part::Often)).abs() < f32::EPSILON);
    }
}
