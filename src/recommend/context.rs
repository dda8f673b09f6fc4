//! What a mail is for, and the products that it is about.

use super::goods::Goods;
use super::history::{Act, History};
use crate::id::ProductIx;
use crate::project::campaign::Purpose;

/// Products that a mail is about, at most.
const PRODUCTS_MAX: usize = 10;
/// Age in days up to which a look says what a person is after.
const RECENT_DAYS: i32 = 14;
/// Days without an order after which a person is dormant.
const DORMANT_DAYS: i32 = 60;
/// How much dearer an up-sell is, from and to.
const DEARER: (f64, f64) = (1.1, 1.6);

/// What a mail is for, and the products that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// What it is for.
    pub purpose: Purpose,
    /// Cart, looks or last purchases of the person, latest first.
    pub products: Vec<ProductIx>,
}

impl Context {
    /// Finds what a mail of a purpose is about for a person.
    pub fn of(purpose: Purpose, history: &History) -> Self {
        let recent = |acts: &[Act]| -> Vec<ProductIx> {
            let looks = history.looks().iter().filter(|look| look.age_days <= RECENT_DAYS && acts.contains(&look.act));
            looks.map(|look| look.product).collect()
        };
        let mut products = match purpose {
            Purpose::Newsletter | Purpose::Reactivation => Vec::new(),
            Purpose::Cart => recent(&[Act::Carted]),
            Purpose::Browse => recent(&[Act::Looked, Act::Searched]),
            Purpose::Complement | Purpose::UpSell => {
                let last = history.own().iter().map(|own| own.last_day).max();
                let bought = history.own().iter().filter(|own| Some(own.last_day) == last).map(|own| own.product);
                recent(&[Act::Carted, Act::Looked, Act::Searched]).into_iter().chain(bought).collect()
            }
        };
        let mut seen = std::collections::HashSet::new();
        products.retain(|product| seen.insert(*product));
        products.truncate(PRODUCTS_MAX);
        Self { purpose, products }
    }

    /// Adds products that the mail is about whoever reads it.
    #[must_use]
    pub fn with(mut self, more: &[ProductIx]) -> Self {
        if !matches!(self.purpose, Purpose::Newsletter | Purpose::Reactivation) {
            let more = more.iter().filter(|product| !self.products.contains(product)).copied().collect::<Vec<_>>();
            self.products.extend(more);
            self.products.truncate(PRODUCTS_MAX);
        }
        self
    }

    /// Says whether not all products suit the mail.
    pub(super) fn chooses(&self) -> bool {
        !matches!(self.purpose, Purpose::Newsletter | Purpose::Reactivation)
    }

    /// Says whether a product suits the mail: it is not what the mail is about, which other strategies show, but completes it, or is a
    /// dearer one of its kind.
    pub(super) fn allows(&self, product: ProductIx, goods: &Goods) -> bool {
        let same_kind = |of: &ProductIx| goods.category(*of).is_some() && goods.category(*of) == goods.category(product);
        match self.purpose {
            Purpose::Complement => !self.products.contains(&product) && !self.products.iter().any(same_kind),
            Purpose::UpSell => self.products.iter().any(|of| same_kind(of) && is_dearer(goods.price(product), goods.price(*of))),
            Purpose::Cart | Purpose::Browse => !self.products.contains(&product),
            Purpose::Newsletter | Purpose::Reactivation => true,
        }
    }

    /// Says whether a person would have got a mail of this purpose, as known on a day.
    pub(super) fn concerns(&self, history: &History, today: i32) -> bool {
        match self.purpose {
            Purpose::Newsletter => true,
            Purpose::Reactivation => {
                history.own().iter().map(|own| own.last_day).max().is_some_and(|last| today.saturating_sub(last) > DORMANT_DAYS)
            }
            Purpose::Cart | Purpose::Browse | Purpose::Complement | Purpose::UpSell => !self.products.is_empty(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "prices compared as a ratio")]
fn is_dearer(price: Option<i64>, of: Option<i64>) -> bool {
    let ratio = price.zip(of).map(|(price, of)| price as f64 / of as f64);
    ratio.is_some_and(|ratio| (DEARER.0..=DEARER.1).contains(&ratio))
}
