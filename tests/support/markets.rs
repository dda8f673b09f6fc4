//! Shops of several kinds, drawn with a fixed seed: who buys what follows tastes, habits and fashions that no model is told.

use std::collections::BTreeMap;

use relance::catalogue::{Catalogue, Product, Similar, Topic, TopicIx};
use relance::id::ProductIx;
use relance::money::{Currency, Money};
use relance::recommend::{Evidence, GUEST, Goods, Interactions, Line};

/// Days of trade.
pub(crate) const DAYS: i32 = 200;

/// What people do in a shop, and what it sells.
pub(crate) struct Market {
    pub(crate) evidence: Evidence,
    pub(crate) catalogue: Catalogue,
    pub(crate) similar: Similar,
}

/// What makes a kind of shop.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) seed: u64,
    pub(crate) n_people: u32,
    pub(crate) n_products: u32,
    pub(crate) n_categories: u32,
    /// Orders of one person, on average.
    pub(crate) n_orders: u32,
    pub(crate) basket: u32,
    /// Share of lines that are something the person bought before.
    pub(crate) repeats: f64,
    /// Share of lines of a category the person likes.
    pub(crate) taste: f64,
    /// Days that a product is in fashion; 0: always.
    pub(crate) fashion_days: i32,
    /// Share of orders of guests.
    pub(crate) guests: f64,
    /// Days of looking around before an order, at most; 0: nobody is seen looking.
    pub(crate) looking_days: u32,
}

/// Groceries: people buy the same things again and again, from a few departments.
pub(crate) const GROCERIES: Kind = Kind {
    seed: 1,
    n_people: 500,
    n_products: 150,
    n_categories: 12,
    n_orders: 14,
    basket: 5,
    repeats: 0.6,
    taste: 0.7,
    fashion_days: 0,
    guests: 0.1,
    looking_days: 0,
};
/// Furniture and books: nothing is bought twice; tastes decide.
pub(crate) const ONCE: Kind = Kind { seed: 2, n_orders: 8, basket: 2, repeats: 0.0, taste: 0.8, ..GROCERIES };
/// Clicks of sessions: much by guests, little of each person, and what is in fashion passes.
pub(crate) const SESSIONS: Kind =
    Kind { seed: 3, n_people: 800, n_orders: 3, basket: 3, repeats: 0.05, taste: 0.3, fashion_days: 30, guests: 0.6, ..GROCERIES };

/// Clicks of sessions with views: what is wanted next shows in what is looked at in the weeks before, and seldom in older orders.
pub(crate) const BROWSED: Kind = Kind { seed: 4, taste: 0.2, guests: 0.3, looking_days: 21, ..SESSIONS };

/// Draws numbers, always the same (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next() % u64::from(n.max(1))).expect("below a small number")
    }

    fn share(&mut self) -> f64 {
        f64::from(self.below(1 << 20)) / f64::from(1 << 20)
    }
}

impl Kind {
    /// Draws the shop.
    pub(crate) fn draw(self) -> Market {
        let mut chance = Chance(self.seed);
        let (mut lines, mut looks, mut carts) = (Vec::new(), Vec::new(), Vec::new());
        let mut order = 0;
        for who in 0..self.n_people {
            let liked: Vec<u32> = (0..2).map(|_| chance.below(self.n_categories)).collect();
            let mut own: Vec<u32> = Vec::new();
            let n_orders = 1 + chance.below(2 * self.n_orders);
            let mut days: Vec<i32> = (0..n_orders).map(|_| i32::try_from(chance.below(DAYS.unsigned_abs())).expect("a day")).collect();
            days.sort_unstable();
            for day in days {
                order += 1;
                let is_guest = chance.share() < self.guests;
                let buyer = if is_guest { GUEST } else { who };
                let wanted =
                    if self.looking_days > 0 { self.look(&mut chance, (buyer, order, day), &mut looks, &mut carts) } else { Vec::new() };
                for _ in 0..=chance.below(self.basket) {
                    let again = !own.is_empty() && chance.share() < self.repeats;
                    let product = if !wanted.is_empty() && chance.share() < 0.6 {
                        wanted[chance.below(u32::try_from(wanted.len()).expect("few")) as usize]
                    } else if again {
                        own[chance.below(u32::try_from(own.len()).expect("few")) as usize]
                    } else {
                        self.fresh(&mut chance, &liked, day)
                    };
                    if !again && self.repeats == 0.0 && own.contains(&product) {
                        continue;
                    }
                    own.push(product);
                    lines.push(Line { who: buyer, product: ProductIx(product), day, order });
                }
            }
        }
        let catalogue = self.catalogue();
        let table = |lines| Interactions::new(lines, self.n_people as usize, catalogue.products.len());
        let [orders, looks, carts] = [lines, looks, carts].map(table);
        let evidence = Evidence { orders, looks, carts, goods: Goods::of(&catalogue), ..Evidence::default() };
        Market { evidence, similar: Similar::build(&catalogue), catalogue }
    }

    /// Draws the looks and carts that lead to an order, and returns what is wanted in the end: half of what was looked at, of one
    /// category, and what goes with it of the next one.
    fn look(self, chance: &mut Chance, (who, order, day): (u32, u32, i32), looks: &mut Vec<Line>, carts: &mut Vec<Line>) -> Vec<u32> {
        let category = chance.below(self.n_categories);
        let of_category = self.n_products / self.n_categories;
        let mut wanted = Vec::new();
        for _ in 0..2 + chance.below(3) {
            let ago = i32::try_from(chance.below(self.looking_days)).expect("days");
            for _ in 0..2 + chance.below(4) {
                let place = chance.below(of_category);
                let product = place * self.n_categories + category;
                let line = Line { who, product: ProductIx(product), day: day - ago, order };
                looks.push(line);
                if chance.share() < 0.5 {
                    wanted.push(product);
                }
                if chance.share() < 0.1 {
                    carts.push(line);
                }
                if chance.share() < 0.2 {
                    let mate = place * self.n_categories + (category + 1) % self.n_categories;
                    wanted.push(mate);
                }
            }
        }
        wanted
    }

    /// Draws a product: liked or not, in fashion, the first of a category more often than the last.
    fn fresh(self, chance: &mut Chance, liked: &[u32], day: i32) -> u32 {
        let category = if chance.share() < self.taste { liked[chance.below(2) as usize] } else { chance.below(self.n_categories) };
        let of_category = self.n_products / self.n_categories;
        let place = chance.below(of_category).min(chance.below(of_category));
        let shift = if self.fashion_days == 0 { 0 } else { u32::try_from(day / self.fashion_days).expect("a day") * 3 };
        (place + shift) % of_category * self.n_categories + category
    }

    fn catalogue(self) -> Catalogue {
        let topics =
            (0..self.n_categories).map(|category| Topic { slug: format!("c{category:03}"), name: format!("C{category}") }).collect();
        let product = |number: u32| {
            let category = number % self.n_categories;
            Product {
                place: None,
                id: format!("p{number:04}").as_str().into(),
                title: format!("Thing {number} of kind {category}"),
                price: Money { minor: 100 + i64::from(number % 17) * 50, currency: Currency::parse("EUR").expect("a currency") },
                list_price: None,
                url: String::new(),
                kind: "product".to_owned(),
                category: Some(format!("C{category}")),
                brand: None,
                image_url: None,
                description: None,
                stock: None,
                available_from: None,
                available_until: None,
                margin: None,
                published_at: None,
                attributes: BTreeMap::new(),
                topics: vec![TopicIx(category)],
                n_categories: 1,
            }
        };
        Catalogue { products: (0..self.n_products).map(product).collect(), topics, ..Catalogue::default() }
    }
}
