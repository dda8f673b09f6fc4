//! Systematic sampling with unequal inclusion probabilities (Madow 1949): what may be drawn lies in a row, each as long as its chance, and
//! one start leads along the row in steps of a whole place. What lies under a step is drawn: with its length as probability, exactly.
//!
//! Lengths are whole numbers of the 2^40th part of a place, so nothing is lost by rounding. A category lies together and is no longer than
//! its places, so it is never given more.

use std::collections::BTreeMap;

/// One place, in units of length.
pub(super) const PLACE: u64 = 1 << 40;

/// A category's share of the row.
#[derive(Debug, Clone)]
struct Group<T> {
    things: Vec<T>,
    /// The length it may have.
    most: u64,
    /// The length it has.
    length: u64,
}

/// What may be drawn, category by category.
#[derive(Debug, Clone)]
pub(super) struct Urn<K, T> {
    groups: BTreeMap<K, Group<T>>,
}

impl<K: Ord, T> Urn<K, T> {
    /// Sorts things into their categories; `places` are those that a category may have.
    pub(super) fn of(things: impl Iterator<Item = (K, T)>, places: impl Fn(&K) -> u64) -> Self {
        let mut groups: BTreeMap<K, Group<T>> = BTreeMap::new();
        for (category, thing) in things {
            let most = places(&category);
            groups.entry(category).or_insert(Group { things: Vec::new(), most, length: 0 }).things.push(thing);
        }
        // Nothing lies under two steps.
        for group in groups.values_mut() {
            group.most = group.most.min(PLACE.saturating_mul(group.things.len() as u64));
        }
        Self { groups }
    }

    /// Shares a length out, evenly between things where categories allow it; returns what found no room.
    pub(super) fn fill(&mut self, length: u64) -> u64 {
        let mut left = length;
        let mut open: Vec<&mut Group<T>> = self.groups.values_mut().filter(|group| group.most > 0).collect();
        loop {
            let n: u64 = open.iter().map(|group| group.things.len() as u64).sum();
            if n == 0 {
                return left;
            }
            // Categories that an even share would make too long get all that they may have, and the others share the rest.
            let is_short = |group: &Group<T>| u128::from(group.most) * u128::from(n) <= u128::from(left) * group.things.len() as u128;
            let (short, others): (Vec<_>, Vec<_>) = open.into_iter().partition(|group| is_short(group));
            if short.is_empty() {
                // Rounded where each ends, so that each is at most one unit longer than its share, and all together are the whole.
                let end = |n_before: u64| u64::try_from(u128::from(left) * u128::from(n_before) / u128::from(n)).unwrap_or(left);
                let mut n_before = 0;
                for group in others {
                    let from = end(n_before);
                    n_before += group.things.len() as u64;
                    group.length = end(n_before) - from;
                }
                return 0;
            }
            for group in short {
                group.length = group.most;
                left -= group.most;
            }
            open = others;
        }
    }

    /// Returns the length of a category.
    pub(super) fn length(&self, category: &K) -> u64 {
        self.groups.get(category).map_or(0, |group| group.length)
    }

    /// Takes everything out, with its length, in the order of categories.
    pub(super) fn into_row(self) -> impl Iterator<Item = (K, T, u64)>
    where
        K: Clone,
    {
        self.groups.into_iter().flat_map(|(category, group)| {
            let n = group.things.len() as u64;
            let (each, more) = (group.length / n, group.length % n);
            let things = group.things.into_iter().zip(0_u64..);
            things.map(move |(thing, at)| (category.clone(), thing, each + u64::from(at < more)))
        })
    }
}

/// Walks along a row in steps of a place from `start`, less than one, and returns what lies under them.
pub(super) fn draw<T>(row: impl Iterator<Item = (T, u64)>, start: u64) -> Vec<(T, u64)> {
    let (mut at, mut next) = (0_u64, start);
    let mut drawn = Vec::new();
    for (thing, length) in row {
        at += length;
        if next < at {
            drawn.push((thing, length));
            next += PLACE;
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{stable_hash, stable_unit};

    /// Categories of so many things, numbered, with the places that each may have.
    fn urn(sizes: &[(usize, u64)]) -> Urn<usize, usize> {
        let things = sizes.iter().enumerate().flat_map(|(category, (n, _))| (0..*n).map(move |at| (category, at)));
        Urn::of(things, |category| sizes[*category].1 * PLACE)
    }

    fn lengths(urn: &Urn<usize, usize>) -> Vec<u64> {
        urn.groups.values().map(|group| group.length).collect()
    }

    #[test]
    fn a_length_is_shared_evenly_where_categories_allow_it() {
        let mut even = urn(&[(6, 9), (2, 9)]);
        assert_eq!(even.fill(2 * PLACE), 0);
        assert_eq!(lengths(&even), [PLACE * 3 / 2, PLACE / 2]);
        let mut capped = urn(&[(100, 1), (2, 1), (2, 9), (5, 0)]);
        assert_eq!(capped.fill(3 * PLACE), 0);
        assert_eq!(lengths(&capped), [PLACE, PLACE, PLACE, 0]);
        let mut full = urn(&[(10, 1), (1, 5)]);
        assert_eq!(full.fill(3 * PLACE), PLACE, "one thing has no two places");
        assert_eq!(urn(&[]).fill(PLACE), PLACE);
    }

    #[test]
    fn no_unit_is_lost_and_no_category_is_too_long_whatever_the_sizes() {
        for trial in 0..2_000_u64 {
            let of = |what: &str, below: u64| stable_hash(&["urn", what, &trial.to_string()]) % below;
            let sizes: Vec<(usize, u64)> = (0..=of("groups", 7))
                .map(|at| (1 + usize::try_from(of(&format!("n {at}"), 30)).unwrap_or(0), of(&format!("places {at}"), 4)))
                .collect();
            let length = of("length", 6 * PLACE);
            let mut urn = urn(&sizes);
            let left = urn.fill(length);
            let row: Vec<(usize, usize, u64)> = urn.clone().into_row().collect();
            assert_eq!(row.iter().map(|it| it.2).sum::<u64>() + left, length, "{sizes:?}");
            for (category, (n, places)) in sizes.iter().enumerate() {
                let most = (places * PLACE).min(*n as u64 * PLACE);
                assert!(urn.length(&category) <= most, "{sizes:?}");
                assert!(left == 0 || urn.length(&category) == most, "nothing is left while there is room: {sizes:?}");
            }
            let start = of("start", PLACE);
            let drawn = draw(row.into_iter().map(|(category, at, length)| ((category, at), length)), start);
            let (least, total) = ((length - left) / PLACE, length - left);
            assert!((least..=total.div_ceil(PLACE)).contains(&(drawn.len() as u64)), "{sizes:?}");
            for (category, (_, places)) in sizes.iter().enumerate() {
                assert!(drawn.iter().filter(|it| it.0.0 == category).count() as u64 <= *places, "{sizes:?} {drawn:?}");
            }
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, and a start")]
    fn what_is_drawn_is_drawn_as_often_as_it_is_long() {
        let n_trials = 20_000_u32;
        for (sizes, length) in
            [(vec![(10, 9), (3, 9), (1, 9)], 3 * PLACE), (vec![(10, 1), (3, 1), (1, 1)], 2 * PLACE), (vec![(30, 2), (4, 1)], PLACE * 7 / 5)]
        {
            let mut urn = urn(&sizes);
            urn.fill(length);
            let mut times: BTreeMap<(usize, usize), u32> = BTreeMap::new();
            for trial in 0..n_trials {
                let start = (stable_unit(&["trial", &trial.to_string()]) * PLACE as f64) as u64;
                let row = urn.clone().into_row().map(|(category, at, length)| ((category, at), length));
                for (thing, _) in draw(row, start) {
                    *times.entry(thing).or_default() += 1;
                }
            }
            for (category, at, length) in urn.into_row() {
                let chance = length as f64 / PLACE as f64;
                let share = f64::from(times.get(&(category, at)).copied().unwrap_or(0)) / f64::from(n_trials);
                let error = 4.5 * (chance * (1.0 - chance) / f64::from(n_trials)).sqrt();
                assert!((share - chance).abs() <= error + 1e-9, "{sizes:?} {category} {at}: {share} against {chance}");
            }
        }
    }
}
