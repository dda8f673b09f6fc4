//! Candidates of one person, with what each component says of them.

use super::blend::{Candidate, Part, Weights};
use super::context::Context;
use super::due::due;
use super::history::{Act, History, Look, Own};
use super::linear;
use super::room::Room;
use super::train::Recommender;
use crate::catalogue::{Neighbour, Similar};
use crate::id::ProductIx;

/// Products of a person's own that lead to what resembles them, and latest looks that lead to anything.
const SEEDS_MAX: usize = 20;
/// Categories of a person that are looked into.
const CATEGORIES_MAX: usize = 4;

impl Recommender {
    /// Returns all that any component proposes to a person, in no order that means anything; `alike` is what resembles what.
    pub fn candidates<'a>(&self, history: &History, context: &Context, alike: &Similar, room: &'a mut Room) -> &'a [Candidate] {
        self.gather(history, context, alike, room);
        room.candidates()
    }

    /// Gathers what every component says to a person; [`Room::best`] ranks it by a blend, as many times as there are blends.
    pub fn gather(&self, history: &History, context: &Context, alike: &Similar, room: &mut Room) {
        self.gather_for(&[], history, context, alike, room);
    }

    /// Gathers what some blends look at.
    ///
    /// A component without a weight in any of the `blends` to come is not heard. What it alone speaks of would be ranked by its popularity,
    /// after the first products of all, which are proposed to everybody. Where some of those may not suit the mail, and where nothing is
    /// known of the blends, every component is heard.
    pub fn gather_for(&self, blends: &[Weights], history: &History, context: &Context, alike: &Similar, room: &mut Room) {
        let n_products = self.popular.share.len();
        room.clear(n_products);
        let hears_all = context.chooses() || blends.is_empty();
        room.hear(|part| hears_all || part == Part::Popular || blends.iter().any(|weights| weights[part as usize] > 0.0));
        let known = || history.own().iter().filter(|own| own.product.at() < n_products);
        known().for_each(|own| self.add_own(own, room));
        for product in &self.popular.top {
            room.add(*product, Part::Popular, self.popular.share[product.at()]);
        }
        let by_taste = || history.by_taste().filter(|own| own.product.at() < n_products);
        room.add_lists(Part::Together, by_taste().map(|own| (own.taste, self.together.of(own.product))));
        room.add_lists(Part::Linear, by_taste().map(|own| (linear::weight(own), self.linear.of(own.product))));
        room.add_lists(Part::Alike, history.by_taste().take(SEEDS_MAX).map(|own| (own.taste, alike.of(own.product))));
        for look in history.looks().iter().take(SEEDS_MAX).filter(|look| look.product.at() < n_products) {
            self.add_look(look, alike, room);
        }
        let categories = if room.hears(Part::Category) { self.categories_of(history) } else { Vec::new() };
        for (category, share) in categories.into_iter().take(CATEGORIES_MAX) {
            for product in self.goods.first_of(category) {
                room.add(*product, Part::Category, share * self.popular.share[product.at()]);
            }
        }
        room.add_all(Part::Place, 1.0, self.local.of(history.places()));
        for product in &context.products {
            for list in self.with(*product) {
                let most = list.first().map_or(1.0, |near| near.score);
                for near in list {
                    room.add(near.product, Part::GoesWith, near.score / most);
                }
            }
        }
        if context.chooses() {
            room.retain(|product| context.allows(product, &self.goods));
        }
        room.settle(&self.popular.share);
    }

    /// Adds what the person's own purchase says of itself.
    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    fn add_own(&self, own: &Own, room: &mut Room) {
        let demand = self.popular.share[own.product.at()].sqrt();
        room.add(own.product, Part::Again, own.habit * demand);
        room.add(own.product, Part::Often, own.n_days as f32 * demand);
        room.add(own.product, Part::Steady, own.habit * self.rates[own.product.at()]);
        room.add(own.product, Part::Due, due(own));
    }

    /// Adds what a product that the person looked at says of itself, and of what goes with it.
    fn add_look(&self, look: &Look, alike: &Similar, room: &mut Room) {
        match look.act {
            Act::Looked => room.add(look.product, Part::Looked, look.taste),
            Act::Carted => room.add(look.product, Part::Carted, look.taste),
            Act::Searched => {}
        }
        room.add_all(Part::Browsed, look.taste, self.browsed.of(look.product));
        room.add_all(Part::CartMates, look.taste, self.cart_mates.of(look.product));
        room.add_all(Part::Onward, look.taste, self.together.of(look.product));
        room.add_all(Part::Akin, look.taste, alike.of(look.product));
    }

    /// Returns the categories of what the person bought and looked at with their shares, greatest first.
    fn categories_of(&self, history: &History) -> Vec<(u32, f32)> {
        let bought = history.own().iter().map(|own| (own.product, own.taste));
        let looked = history.looks().iter().map(|look| (look.product, look.taste));
        let mut found: Vec<(u32, f32)> =
            bought.chain(looked).filter_map(|(product, taste)| Some((self.goods.category(product)?, taste))).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut sums: Vec<(u32, f32)> = Vec::new();
        for (category, taste) in found {
            match sums.last_mut().filter(|last| last.0 == category) {
                Some(last) => last.1 += taste,
                None => sums.push((category, taste)),
            }
        }
        sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sums
    }

    /// Returns the person's own product that speaks most for another by a component, when one does.
    pub fn evidence(&self, part: Part, product: ProductIx, history: &History, context: &Context, alike: &Similar) -> Option<ProductIx> {
        let looks = || history.looks().iter().take(SEEDS_MAX).map(|look| (look.product, look.taste));
        let tastes = || history.by_taste().map(|own| (own.product, own.taste));
        match part {
            Part::Together => loudest(product, tastes(), |seed| self.together.of(seed)),
            Part::Alike => loudest(product, tastes().take(SEEDS_MAX), |seed| alike.of(seed)),
            Part::Linear => loudest(product, history.by_taste().map(|own| (own.product, linear::weight(own))), |seed| self.linear.of(seed)),
            Part::Browsed => loudest(product, looks(), |seed| self.browsed.of(seed)),
            Part::CartMates => loudest(product, looks(), |seed| self.cart_mates.of(seed)),
            Part::Onward => loudest(product, looks(), |seed| self.together.of(seed)),
            Part::Akin => loudest(product, looks(), |seed| alike.of(seed)),
            Part::GoesWith => {
                let share = |list: &[Neighbour]| Some(list.iter().find(|near| near.product == product)?.score / list.first()?.score);
                let said = |seed: &ProductIx| (self.with(*seed).into_iter().filter_map(share).sum::<f32>(), *seed);
                let spoken = context.products.iter().map(said).filter(|(said, _)| *said > 0.0);
                spoken.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, seed)| seed)
            }
            _ => None,
        }
    }

    /// Returns the lists of what goes with a product that a mail is about.
    fn with(&self, seed: ProductIx) -> [&[Neighbour]; 4] {
        [self.together.of(seed), self.linear.of(seed), self.browsed.of(seed), self.cart_mates.of(seed)]
    }
}

/// Returns the seed whose list, times its weight, says most of a product, ties by position; lists are in order, so that a list is left
/// once it can say no more than is known.
fn loudest<'a>(
    product: ProductIx,
    seeds: impl Iterator<Item = (ProductIx, f32)>,
    list: impl Fn(ProductIx) -> &'a [Neighbour],
) -> Option<ProductIx> {
    let mut best: Option<(f32, ProductIx)> = None;
    for (seed, weight) in seeds {
        let least = best.map_or(0.0, |best| best.0);
        let worth_reading = list(seed).iter().take_while(|near| weight * near.score >= least);
        let said = worth_reading.into_iter().find(|near| near.product == product).map_or(0.0, |near| weight * near.score);
        if said > least || said > 0.0 && best.is_some_and(|best| said.total_cmp(&best.0).is_eq() && seed < best.1) {
            best = Some((said, seed));
        }
    }
    best.map(|best| best.1)
}

#[cfg(test)]
mod tests {
    use super::super::best::Best;
    use super::super::pairs::Pairs;
    use super::super::popular::Popular;
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small invented numbers")]
    fn the_loudest_seed_is_found_without_reading_every_list_to_its_end() {
        let list = |seed: u32| -> Vec<Neighbour> {
            let mut list: Vec<Neighbour> = (0..40)
                .map(|at| Neighbour { product: ProductIx((at * 7 + seed * 3) % 50), score: ((at * 11 + seed * 5) % 8) as f32 })
                .collect();
            list.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product)));
            list
        };
        let lists: Vec<Vec<Neighbour>> = (0..30).map(list).collect();
        let weight = |seed: u32| (30 - seed / 3) as f32;
        for product in (0..60).map(ProductIx) {
            let said = |seed: u32| {
                let near = lists[seed as usize].iter().find(|near| near.product == product);
                near.map_or(0.0, |near| weight(seed) * near.score)
            };
            let spoken = (0..30).filter(|seed| said(*seed) > 0.0);
            let expected = spoken.max_by(|a, b| said(*a).total_cmp(&said(*b)).then(b.cmp(a))).map(ProductIx);
            // In no order of position, so that ties are settled by it.
            let seeds = (0..30).map(|at| (at * 7) % 30).map(|seed| (ProductIx(seed), weight(seed)));
            assert_eq!(loudest(product, seeds, |seed| &lists[seed.at()]), expected, "{product:?}");
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small invented numbers")]
    fn components_without_a_weight_need_not_be_heard() {
        let n = 900_u32;
        let near =
            |seed: u32, at: u32, step: u32| Neighbour { product: ProductIx((seed * 13 + at * step) % n), score: 1.0 / (1 + at) as f32 };
        let pairs = |step: u32| Pairs { neighbours: (0..n).map(|seed| (0..40).map(|at| near(seed, at, step)).collect()).collect() };
        let share: Vec<f32> = (0..n).map(|at| (at * 37 % 101) as f32 / 101.0).collect();
        let mut top: Vec<ProductIx> = (0..n).map(ProductIx).collect();
        top.sort_by(|a, b| share[b.at()].total_cmp(&share[a.at()]).then(a.cmp(b)));
        top.truncate(200);
        let (popular, rates) = (Popular { share, top }, vec![0.1; n as usize]);
        let model = Recommender { popular, rates, together: pairs(7), browsed: pairs(11), ..Recommender::default() };
        let own = (0..9).map(|at| Own::new(ProductIx(at * 31), 2, 10, &[90, 10], 100));
        let mut history = History::new(own.collect());
        history.look((500..505).map(|at| Look { product: ProductIx(at), act: Act::Looked, day: 95, age_days: 5, taste: 0.5 }).collect());
        let (context, alike) = (Context::default(), Similar::default());
        for heard in
            [&[Part::Popular][..], &[Part::Popular, Part::Together], &[Part::Together], &[Part::Popular, Part::Browsed, Part::Steady]]
        {
            let weights: Weights = Part::ALL.map(|part| f32::from(u8::from(heard.contains(&part))));
            let (mut all, mut some) = (Room::default(), Room::default());
            model.gather(&history, &context, &alike, &mut all);
            model.gather_for(&[weights], &history, &context, &alike, &mut some);
            assert!(some.candidates().len() < all.candidates().len(), "{heard:?}");
            let found: Vec<Best> = some.best(&weights, 60, []).collect();
            assert_eq!(found.len(), 60);
            assert_eq!(found, all.best(&weights, 60, []).collect::<Vec<_>>(), "{heard:?}");
        }
    }
}
