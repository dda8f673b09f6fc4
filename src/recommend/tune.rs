//! The weights of the blend, found on the last days that are known: coordinate ascent on what was truly bought then.
//!
//! Models are learned from what was known before those days, people are drawn by a stable hash, and each weight in turn
//! takes the value of a small grid that ranks their purchases best (Metzler and Croft, "Linear Feature-Based Models for
//! Information Retrieval", 2007). What few people say is pulled towards a prior.

use rayon::prelude::*;

use super::Track;
use super::blend::{Candidate, N_PARTS, Part, Room, Weights};
use super::evaluate::gain::{K, gain, ideal};
use super::lines::Interactions;
use super::train::{Recommender, Tuned};
use crate::catalogue::Similar;
use crate::id::{ProductIx, stable_hash};

/// Days held back to tune on; a quarter of what is known when that is less.
const FOLD_DAYS: i32 = 28;
/// Days held back under which nothing is learned from them.
const FOLD_DAYS_MIN: i32 = 7;
/// People whose purchases are looked at.
const PEOPLE_MAX: usize = 2_000;
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

/// Tunes the blend of both tracks.
pub(super) fn tune(table: &Interactions, today: i32, alike: &Similar) -> [Tuned; 2] {
    let priors = [prior(Track::All, table), prior(Track::New, table)];
    let untuned = priors.map(|weights| Tuned { weights, n_people: 0 });
    let Some((first, _)) = table.days() else { return untuned };
    let fold_days = (today.saturating_sub(first) / 4).min(FOLD_DAYS);
    if fold_days < FOLD_DAYS_MIN {
        return untuned;
    }
    let cut = today - fold_days;
    let past = table.before(cut);
    let fold = Fold { table, past: &past, cut, today, model: &Recommender::components(&past, cut), alike, known: &past.known() };
    let drawn = fold.drawn();
    [Track::All, Track::New].map(|track| {
        let person = |room: &mut Room, who: &usize| fold.person(*who, track, room);
        let people: Vec<Person> = drawn.par_iter().map_init(Room::default, person).flatten().collect();
        let weights = ascend(&people, &priors[track as usize]);
        Tuned { weights, n_people: u32::try_from(people.len()).unwrap_or(u32::MAX) }
    })
}

/// The days held back, and what was known before them.
struct Fold<'a> {
    table: &'a Interactions,
    past: &'a Interactions,
    cut: i32,
    today: i32,
    model: &'a Recommender,
    alike: &'a Similar,
    /// Whether a product was bought before.
    known: &'a [bool],
}

impl Fold<'_> {
    fn bought(&self, who: usize) -> impl Iterator<Item = ProductIx> {
        self.table.of(who).iter().filter(|line| (self.cut..self.today).contains(&line.day)).map(|line| line.product)
    }

    /// Draws people who bought something on the days held back.
    fn drawn(&self) -> Vec<usize> {
        let mut drawn: Vec<usize> = (0..self.table.n_people()).filter(|who| self.bought(*who).next().is_some()).collect();
        if drawn.len() > PEOPLE_MAX {
            drawn.sort_by_cached_key(|who| stable_hash(&["tune", &who.to_string()]));
            drawn.truncate(PEOPLE_MAX);
        }
        drawn
    }

    fn person(&self, who: usize, track: Track, room: &mut Room) -> Option<Person> {
        let history = self.past.history(who, self.cut);
        let allowed = |product: ProductIx| track == Track::All || history.find(product).is_none();
        let mut truth: Vec<ProductIx> = self.bought(who).filter(|product| self.known[product.at()] && allowed(*product)).collect();
        truth.dedup();
        if truth.is_empty() {
            return None;
        }
        let candidates = self.model.candidates(&history, self.alike, room);
        let candidates = foremost(candidates.iter().filter(|candidate| allowed(candidate.product)).copied().collect());
        let hits = candidates.iter().map(|candidate| truth.binary_search(&candidate.product).is_ok()).collect();
        let parts = std::array::from_fn(|part| candidates.iter().map(|candidate| candidate.parts[part]).collect());
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
fn ascend(people: &[Person], prior: &Weights) -> Weights {
    let only = |part: Part| std::array::from_fn(|at| f32::from(u8::from(at == part as usize)));
    let starts = [*prior, only(Part::Popular), only(Part::Often), only(Part::Linear), only(Part::Together)];
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
        for part in 0..N_PARTS {
            for value in GRID {
                let mut with = weights;
                with[part] = value;
                let found = worth(&with);
                if is_better(&found, &best) {
                    (weights, best, changed) = (with, found, true);
                }
            }
        }
        if !changed {
            break;
        }
    }
    pulled(weights, prior, people.len())
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
        for (part, weight) in self.parts.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            scores.iter_mut().zip(part).for_each(|(score, part)| *score += weight * part);
        }
        let mut first = [(f32::NEG_INFINITY, false); K];
        for (score, hit) in scores.into_iter().zip(&self.hits) {
            if score > first[K - 1].0 {
                let at = first.partition_point(|known| known.0 >= score);
                first[at..].rotate_right(1);
                first[at] = (score, *hit);
            }
        }
        gain(first.iter().map(|(_, hit)| *hit)) / self.ideal
    }
}

/// What is believed before anybody has bought: what is popular, what goes with what, and repeating where people repeat.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share of purchases")]
fn prior(track: Track, table: &Interactions) -> Weights {
    let (mut n, mut n_again) = (0_u64, 0_u64);
    for who in 0..table.n_people() {
        for lines in table.of(who).chunk_by(|a, b| a.product == b.product) {
            let n_days = lines.chunk_by(|a, b| a.day == b.day).count() as u64;
            n += n_days;
            n_again += n_days - 1;
        }
    }
    let repeats = (n_again as f64 / n.max(1) as f64) as f32;
    let own = if track == Track::New { 0.0 } else { (repeats / REPEATS_MIN).min(1.0) };
    Part::ALL.map(|part| match part {
        Part::Again | Part::Often | Part::Steady => 0.7 * own,
        Part::Due => 0.1 * own,
        Part::Popular => 0.3,
        Part::Linear => 0.7,
        Part::Together => 0.2,
        Part::Alike => 0.1,
    })
}
