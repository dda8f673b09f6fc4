//! What a benefit is counted on: the open cart when the mail shows it, otherwise the products the mail shows.

use super::composition::Filling;
use crate::id::{ProductIx, SlotName};
use crate::money::Currency;
use crate::profile::Person;
use crate::project::benefit::Benefit;
use crate::project::content::UnknownMargin;
use std::collections::BTreeMap;

/// Products and pieces of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Goods(Vec<(ProductIx, i64)>);

impl Goods {
    /// Finds what the mail is about.
    pub(super) fn of(slots: &BTreeMap<SlotName, Filling>, person: &Person<'_>) -> Self {
        let shows_cart = slots.values().any(|filling| matches!(filling, Filling::Cart { .. }));
        // The whole cart is paid for, also what the mail has no room for.
        let cart = person.cart().filter(|cart| shows_cart && !cart.lines.is_empty());
        if let Some(cart) = cart {
            return Self(cart.lines.iter().map(|line| (line.product, line.quantity)).collect());
        }
        let shown = slots.values().flat_map(|filling| match filling {
            Filling::Products { picks, .. } => picks.iter().map(|pick| pick.ix).collect(),
            Filling::Block(choice) => choice.product.into_iter().collect(),
            _ => Vec::new(),
        });
        Self(shown.map(|product| (product, 1)).collect())
    }

    /// Returns what a benefit costs at most, in minor units of `currency`; `None` of a part of nothing.
    pub(super) fn cost(&self, benefit: Benefit, person: &Person<'_>, currency: Currency) -> Option<i64> {
        let prices = self.0.iter().map(|(product, n)| (person.price(*product), *n));
        let of_currency = prices.filter(|(price, _)| price.currency == currency);
        let price = of_currency.fold(0_i64, |sum, (price, n)| sum.saturating_add(price.minor.saturating_mul(n)));
        match benefit {
            // An amount is off whatever is bought.
            Benefit::Amount(money) | Benefit::Gift(money) => Some(money.minor),
            Benefit::Percent(_) => (price > 0).then(|| benefit.cost(price)),
        }
    }

    /// Says which goods would be sold below the floor; a percentage is off each product, an amount or a gift off all together.
    pub(super) fn below(&self, floor: u8, unknown: UnknownMargin, benefit: Benefit, person: &Person<'_>) -> Result<(), String> {
        let (mut price, mut margin) = (0_i64, 0_i64);
        for (ix, n) in &self.0 {
            let (product, paid) = (person.catalogue.product(*ix), person.price(*ix));
            match (person.margin(*ix), unknown) {
                (None, UnknownMargin::Refuse) => return Err(format!("the margin of {} is not known", product.id)),
                (None, UnknownMargin::Allow) => {}
                (Some(known), _) => {
                    if matches!(benefit, Benefit::Percent(_)) && !benefit.keeps(floor, paid.minor, known.minor) {
                        return Err(format!("{} would fall below {floor}%", product.id));
                    }
                    price = price.saturating_add(paid.minor.saturating_mul(*n));
                    margin = margin.saturating_add(known.minor.saturating_mul(*n));
                }
            }
        }
        match benefit {
            _ if self.0.is_empty() => Err("the mail shows no product to count on".to_owned()),
            Benefit::Percent(_) => Ok(()),
            _ if price == 0 || benefit.keeps(floor, price, margin) => Ok(()),
            _ => Err(format!("all together would fall below {floor}%")),
        }
    }
}
