//! Places given to products drawn by lot, and the probability with which each was.
//!
//! Systematic sampling (Madow and Madow 1944): the products that may be drawn stand in a row, category by category, and one start leads to
//! every `n / places`-th of them. Each has the same chance, which is known exactly, and no category comes more often than its share. Where a
//! category may have fewer places than that, only so many of its products, drawn first, enter the row; their chance falls with it.

use std::collections::{BTreeMap, HashSet};

use super::candidate::Proposal;
use super::filter::Filter;
use super::stock::Stock;
use crate::catalogue::TopicIx;
use crate::id::{ProductIx, stable_hash, stable_unit};
use crate::profile::Person;
use crate::project::campaign::SlotMode;
use crate::project::checked::Slot;

/// A product drawn, with the probability that this mail shows it, given all that is known of its reader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Explored {
    pub(super) product: ProductIx,
    pub(super) propensity: f64,
}

/// What may be drawn, category by category.
#[derive(Debug)]
struct Urn {
    /// Products of one category in the order of their lots, and the places it may have; products without category stand alone.
    groups: Vec<(Vec<ProductIx>, usize)>,
}

impl Urn {
    /// Returns the most products that can be drawn.
    fn most(&self) -> usize {
        self.groups.iter().map(|(products, places)| products.len().min(*places)).sum()
    }

    /// Returns how many products of each category enter the row for so many places: of no category more than fit between its places.
    fn admitted(&self, places: usize) -> Vec<usize> {
        let of_all = |n: usize| {
            let room = |most: usize| most.saturating_mul(n) / places.max(1);
            self.groups.iter().map(|(products, most)| products.len().min(room(*most))).collect::<Vec<_>>()
        };
        let mut admitted: Vec<usize> = self.groups.iter().map(|(products, _)| products.len()).collect();
        loop {
            let fewer = of_all(admitted.iter().sum());
            if fewer == admitted {
                return admitted;
            }
            admitted = fewer;
        }
    }

    /// Returns the probability of each category's products to be drawn for so many places.
    fn chances(&self, places: usize) -> Vec<f64> {
        let admitted = self.admitted(places);
        let in_row = real(admitted.iter().sum());
        let of_group = |((products, _), n): (&(Vec<ProductIx>, usize), &usize)| {
            if *n == 0 { 0.0 } else { (real(*n) / real(products.len()) * real(places) / in_row).min(1.0) }
        };
        self.groups.iter().zip(&admitted).map(of_group).collect()
    }

    /// Draws products for so many places, with their category's position; `start` is uniform on 0 to 1.
    fn draw(&self, places: usize, start: f64) -> Vec<(ProductIx, usize)> {
        let admitted = self.admitted(places);
        let groups = self.groups.iter().zip(&admitted).enumerate();
        let row: Vec<(ProductIx, usize)> =
            groups.flat_map(|(at, ((products, _), n))| products[..*n].iter().map(move |product| (*product, at))).collect();
        let step = real(row.len()) / real(places);
        (0..places.min(row.len())).filter_map(|n| row.get(whole((real(n) + start) * step)).copied()).collect()
    }
}

/// Draws products of the popular list that nothing proposed and the person has not looked at, by a stable hash of mail and person; what is
/// the same for all is drawn once for the edition. No category gets more than it may.
///
/// A share that is no whole number of places is one place more or less, by lot, so that over many mails it is the share that was asked.
pub(super) fn explore(
    slot: &Slot,
    person: &Person<'_>,
    stock: Stock<'_>,
    filter: &Filter<'_>,
    kept: &[Proposal],
    pinned: &[ProductIx],
) -> Vec<Explored> {
    let wanted = slot.spec.exploration * real(slot.spec.count);
    let free = slot.spec.count.saturating_sub(pinned.len());
    if wanted <= 0.0 || free == 0 {
        return Vec::new();
    }
    let (campaign, edition) = stock.mail;
    let reader = if slot.spec.mode == SlotMode::Editorial { "" } else { person.profile.contact.id.as_str() };
    let lot = |what: &str, of: &str| stable_hash(&["exploration", campaign, edition, reader, what, of]);
    let unit = |what: &str| stable_unit(&["exploration", campaign, edition, reader, what]);
    let proposed: HashSet<ProductIx> = kept.iter().map(|proposal| proposal.product).collect();
    let viewed = |product: ProductIx| stock.may_profile && super::pick::was_viewed(person, product);
    let unseen = |product: &&ProductIx| !(proposed.contains(product) || pinned.contains(product) || viewed(**product));
    let leaf = |product: ProductIx| stock.catalogue.product(product).leaf_category();
    let mut by_leaf: BTreeMap<(Option<TopicIx>, Option<ProductIx>), Vec<ProductIx>> = BTreeMap::new();
    for product in stock.models.popularity.overall.iter().filter(unseen).filter(|product| filter.may_show(**product)) {
        let leaf = leaf(*product);
        by_leaf.entry((leaf, leaf.is_none().then_some(*product))).or_default().push(*product);
    }
    let in_order = |((of, _), mut products): ((Option<TopicIx>, _), Vec<ProductIx>)| {
        products.sort_by_cached_key(|product| (lot("product", stock.catalogue.product(*product).id.as_str()), *product));
        let taken = pinned.iter().filter(|product| of.is_some() && leaf(**product) == of).count();
        (products, slot.spec.max_per_category.unwrap_or(usize::MAX).saturating_sub(taken))
    };
    let urn = Urn { groups: by_leaf.into_iter().map(in_order).collect() };
    let most = urn.most().min(free);
    let (few, many) = (whole(wanted + 1e-9).min(most), whole(wanted + 1e-9).saturating_add(1).min(most));
    let of_many = (wanted - wanted.floor()).max(0.0);
    let of_many = if of_many > 1.0 - 1e-9 { 0.0 } else { of_many };
    let places = if unit("places") < of_many { many } else { few };
    if places == 0 {
        return Vec::new();
    }
    let (with_few, with_many) = (urn.chances(few.max(1)), urn.chances(many.max(1)));
    let chance = |group: usize| {
        let of_few = if few == 0 { 0.0 } else { with_few[group] };
        (1.0 - of_many) * of_few + of_many * with_many[group]
    };
    urn.draw(places, unit("start")).into_iter().map(|(product, group)| Explored { product, propensity: chance(group) }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "places and products of one slot")]
fn real(n: usize) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position, zero or more, among a few hundred products")]
fn whole(value: f64) -> usize {
    value.max(0.0).floor() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urn(sizes: &[(usize, usize)]) -> Urn {
        let mut next = 0;
        let mut group = |(n, most): &(usize, usize)| {
            let first = next;
            next += u32::try_from(*n).unwrap_or(0);
            ((first..next).map(ProductIx).collect(), *most)
        };
        Urn { groups: sizes.iter().map(&mut group).collect() }
    }

    /// Shuffles each category by the lots of a trial, as readers differ.
    fn shuffled(urn: &Urn, trial: &str) -> Urn {
        let order = |product: &ProductIx| stable_hash(&[trial, &product.0.to_string()]);
        let group = |(products, most): &(Vec<ProductIx>, usize)| {
            let mut products = products.clone();
            products.sort_by_key(order);
            (products, *most)
        };
        Urn { groups: urn.groups.iter().map(group).collect() }
    }

    #[test]
    fn what_is_drawn_is_drawn_as_often_as_its_propensity_says() {
        let n_trials = 20_000;
        for (sizes, places) in [(vec![(10, 9), (3, 9), (1, 9)], 3), (vec![(10, 1), (3, 1), (1, 1)], 2), (vec![(30, 2), (4, 1)], 3)] {
            let urn = urn(&sizes);
            let n_products = sizes.iter().map(|(n, _)| n).sum::<usize>();
            let mut drawn = vec![0_u32; n_products];
            for trial in 0..n_trials {
                let name = format!("trial {trial}");
                let found = shuffled(&urn, &name).draw(places, stable_unit(&[&name]));
                assert_eq!(found.iter().map(|it| it.0).collect::<HashSet<_>>().len(), places, "{found:?}");
                for (at, (_, most)) in sizes.iter().enumerate() {
                    assert!(found.iter().filter(|it| it.1 == at).count() <= *most, "{found:?}");
                }
                for (product, _) in &found {
                    drawn[product.at()] += 1;
                }
            }
            let chances = urn.chances(places);
            let total: f64 = sizes.iter().zip(&chances).map(|((n, _), chance)| real(*n) * chance).sum();
            assert!((total - real(places)).abs() < 1e-9, "the chances add up to the places: {total}");
            for (at, (products, _)) in urn.groups.iter().enumerate() {
                for product in products {
                    let share = f64::from(drawn[product.at()]) / f64::from(n_trials);
                    let error = 4.5 * (chances[at] * (1.0 - chances[at]) / f64::from(n_trials)).sqrt();
                    assert!((share - chances[at]).abs() <= error, "{sizes:?} {product:?}: {share} against {}", chances[at]);
                }
            }
        }
    }

    #[test]
    fn an_urn_gives_no_more_than_it_may() {
        let urn = urn(&[(10, 1), (1, 1), (5, 0)]);
        assert_eq!(urn.most(), 2);
        assert_eq!(urn.admitted(2), [1, 1, 0]);
        assert_eq!(urn.chances(2), [0.1, 1.0, 0.0]);
    }
}
