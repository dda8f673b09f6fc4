//! Sparse vectors of what people bought, one after another in one run of memory.

use rayon::prelude::*;

use super::lines::Interactions;

/// Products of one person that count; what they weigh most.
const PERSON_MAX: usize = 200;
/// People whose vectors one thread makes at once.
const PEOPLE: usize = 4_096;
/// How soon more of the same product says no more.
const BM25_K1: f32 = 1.2;
/// How much a long history is discounted.
const BM25_B: f32 = 0.75;

/// Sparse vectors one after another, one for each person; entries are products and what they weigh, by product.
#[derive(Debug, Clone)]
pub struct Vectors {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
    /// People that each vector stands for.
    each: f32,
}

impl Default for Vectors {
    fn default() -> Self {
        Self::with_room(0, 0, 1.0)
    }
}

impl Vectors {
    /// Weighs what each `step`-th person bought, 1 for everybody, by their taste for it on the day `today`
    /// ([`Own::taste`](super::Own::taste)). Those who bought nothing that weighs have an empty vector.
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    pub fn new(table: &Interactions, today: i32, step: usize, weight: impl Fn(f32) -> f32 + Sync) -> Self {
        let step = step.max(1);
        let n = table.n_people().div_ceil(step);
        let run = |at: usize| {
            let (mut ends, mut entries) = (Vec::with_capacity(PEOPLE), Vec::new());
            for who in (at * PEOPLE..n.min((at + 1) * PEOPLE)).map(|who| who * step) {
                let from = entries.len();
                let weighed = table.tastes(who, today).map(|(product, taste)| (product.0, weight(taste)));
                entries.extend(weighed.filter(|(_, weight)| *weight > 0.0));
                if entries.len() - from > PERSON_MAX {
                    entries[from..].select_nth_unstable_by(PERSON_MAX, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                    entries.truncate(from + PERSON_MAX);
                    entries[from..].sort_unstable_by_key(|entry| entry.0);
                }
                ends.push(entries.len());
            }
            (ends, entries)
        };
        let runs: Vec<_> = (0..n.div_ceil(PEOPLE)).into_par_iter().map(run).collect();
        let mut vectors = Self::with_room(n, runs.iter().map(|(_, entries)| entries.len()).sum(), step as f32);
        for (ends, entries) in runs {
            let from = vectors.entries.len();
            vectors.starts.extend(ends.into_iter().map(|end| from + end));
            vectors.entries.extend(entries);
        }
        vectors
    }

    fn with_room(n: usize, n_entries: usize, each: f32) -> Self {
        let mut starts = Vec::with_capacity(n + 1);
        starts.push(0);
        Self { starts, entries: Vec::with_capacity(n_entries), each }
    }

    /// Adds a vector; its entries are in the order of products.
    pub(super) fn push(&mut self, entries: impl Iterator<Item = (u32, f32)>) {
        self.entries.extend(entries);
        self.starts.push(self.entries.len());
    }

    /// Returns the vector of one person.
    pub fn of(&self, at: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[at]..self.starts[at + 1]]
    }

    /// Returns all entries, person after person.
    pub(super) fn entries(&self) -> &[(u32, f32)] {
        &self.entries
    }

    /// Returns the number of vectors.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of people that each vector stands for.
    pub(super) fn each(&self) -> f32 {
        self.each
    }

    /// Keeps the products that have a place, under its number; places are in the order of products.
    pub(super) fn placed(&self, place: &[Option<u32>]) -> Self {
        let mut kept = Self::with_room(self.len(), 0, self.each);
        for at in 0..self.len() {
            kept.push(self.of(at).iter().filter_map(|(product, weight)| Some((place[*product as usize]?, *weight))));
        }
        kept
    }

    /// Weighs each product of each person by BM25: rare products and short histories say more.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts of people, and means, as weights")]
    #[must_use]
    pub fn bm25(mut self, n_products: usize) -> Self {
        let mut n_people_of = vec![0_u32; n_products];
        self.entries.iter().for_each(|entry| n_people_of[entry.0 as usize] += 1);
        let n_people = self.starts.windows(2).filter(|ends| ends[0] < ends[1]).count().max(1) as f32;
        let mean = (self.entries.iter().map(|entry| f64::from(entry.1)).sum::<f64>() as f32 / n_people).max(f32::MIN_POSITIVE);
        let rarity: Vec<f32> = n_people_of.iter().map(|n| (n_people / (1.0 + *n as f32)).max(1.0).ln() * (BM25_K1 + 1.0)).collect();
        for ends in self.starts.windows(2) {
            let run = &mut self.entries[ends[0]..ends[1]];
            let length = run.iter().map(|entry| entry.1).sum::<f32>() / mean;
            let half = BM25_K1 * (1.0 - BM25_B + BM25_B * length);
            for (product, weight) in run {
                *weight *= rarity[*product as usize] / (half + *weight);
            }
        }
        self
    }

    /// Returns a vector for each product: the positions of its people and what it weighs with them, in order of people.
    pub(super) fn by_product(&self, n_products: usize) -> Self {
        let mut starts = vec![0_usize; n_products + 1];
        self.entries.iter().for_each(|entry| starts[entry.0 as usize + 1] += 1);
        for at in 0..n_products {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0_u32, 0.0_f32); self.entries.len()];
        for (at, number) in (0..self.len()).zip(0_u32..) {
            for (product, weight) in self.of(at) {
                let place = &mut next[*product as usize];
                entries[*place] = (number, *weight);
                *place += 1;
            }
        }
        Self { starts, entries, each: 1.0 }
    }
}
