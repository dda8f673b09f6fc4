//! Candidates of one person, with what each component says of them.

use super::blend::{Candidate, Part, Room};
use super::context::Context;
use super::due::due;
use super::history::{Act, History, Look, Own};
use super::linear;
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
        let n_products = self.popular.share.len();
        room.clear(n_products);
        for product in &self.popular.top {
            room.add(*product, Part::Popular, self.popular.share[product.at()]);
        }
        let known = |own: &&Own| own.product.at() < n_products;
        for own in history.own().iter().filter(known) {
            self.add_own(own, room);
        }
        for own in seeds(history) {
            alike.of(own.product).iter().for_each(|near| room.add(near.product, Part::Alike, own.taste * near.score));
        }
        for look in history.looks().iter().take(SEEDS_MAX).filter(|look| look.product.at() < n_products) {
            self.add_look(look, alike, room);
        }
        for (category, share) in self.categories_of(history).into_iter().take(CATEGORIES_MAX) {
            for product in self.goods.first_of(category) {
                room.add(*product, Part::Category, share * self.popular.share[product.at()]);
            }
        }
        for near in self.local.of(history.places()) {
            room.add(near.product, Part::Place, near.score);
        }
        for product in &context.products {
            for list in self.said_by(Part::GoesWith, *product, alike) {
                let most = list.first().map_or(1.0, |near| near.score);
                for near in list {
                    room.add(near.product, Part::GoesWith, near.score / most);
                }
            }
        }
        if context.chooses() {
            room.retain(|product| context.allows(product, &self.goods));
        }
        room.relative(&self.popular.share)
    }

    /// Adds what the person's own purchase says of itself, and of what goes with it.
    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    fn add_own(&self, own: &Own, room: &mut Room) {
        let demand = self.popular.share[own.product.at()].sqrt();
        room.add(own.product, Part::Again, own.habit * demand);
        room.add(own.product, Part::Often, own.n_days as f32 * demand);
        room.add(own.product, Part::Steady, own.habit * self.rates[own.product.at()]);
        room.add(own.product, Part::Due, due(own));
        for neighbour in self.together.of(own.product) {
            room.add(neighbour.product, Part::Together, own.taste * neighbour.score);
        }
        let weight = linear::weight(own);
        for neighbour in self.linear.of(own.product) {
            room.add(neighbour.product, Part::Linear, weight * neighbour.score);
        }
    }

    /// Adds what a product that the person looked at says of itself, and of what goes with it.
    fn add_look(&self, look: &Look, alike: &Similar, room: &mut Room) {
        match look.act {
            Act::Looked => room.add(look.product, Part::Looked, look.taste),
            Act::Carted => room.add(look.product, Part::Carted, look.taste),
            Act::Searched => {}
        }
        for (part, neighbours) in [
            (Part::Browsed, self.browsed.of(look.product)),
            (Part::CartMates, self.cart_mates.of(look.product)),
            (Part::Onward, self.together.of(look.product)),
            (Part::Akin, alike.of(look.product)),
        ] {
            for near in neighbours {
                room.add(near.product, part, look.taste * near.score);
            }
        }
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
        let seeds: Vec<(ProductIx, f32)> = match part {
            Part::Together | Part::Alike => history.own().iter().map(|own| (own.product, own.taste)).collect(),
            Part::Linear => history.own().iter().map(|own| (own.product, linear::weight(own))).collect(),
            Part::Browsed | Part::CartMates | Part::Onward | Part::Akin => {
                history.looks().iter().take(SEEDS_MAX).map(|look| (look.product, look.taste)).collect()
            }
            Part::GoesWith => context.products.iter().map(|product| (*product, 1.0)).collect(),
            _ => Vec::new(),
        };
        let share = |list: &[Neighbour]| {
            let most = if part == Part::GoesWith { list.first()?.score } else { 1.0 };
            Some(list.iter().find(|near| near.product == product)?.score / most)
        };
        let word = |(seed, weight): (ProductIx, f32)| {
            let said: f32 = self.said_by(part, seed, alike).into_iter().filter_map(share).sum();
            (said > 0.0).then_some((weight * said, seed))
        };
        seeds.into_iter().filter_map(word).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, product)| product)
    }

    /// Returns the lists in which a component looks for what goes with a product.
    fn said_by<'a>(&'a self, part: Part, seed: ProductIx, alike: &'a Similar) -> Vec<&'a [Neighbour]> {
        match part {
            Part::Together | Part::Onward => vec![self.together.of(seed)],
            Part::Linear => vec![self.linear.of(seed)],
            Part::Alike | Part::Akin => vec![alike.of(seed)],
            Part::Browsed => vec![self.browsed.of(seed)],
            Part::CartMates => vec![self.cart_mates.of(seed)],
            Part::GoesWith => vec![self.together.of(seed), self.linear.of(seed), self.browsed.of(seed), self.cart_mates.of(seed)],
            _ => Vec::new(),
        }
    }
}

/// The person's own products that say most of their taste.
fn seeds(history: &History) -> Vec<Own> {
    let mut own: Vec<Own> = history.own().iter().filter(|own| own.taste > 0.0).copied().collect();
    own.sort_by(|a, b| b.taste.total_cmp(&a.taste).then(a.product.cmp(&b.product)));
    own.truncate(SEEDS_MAX);
    own
}
