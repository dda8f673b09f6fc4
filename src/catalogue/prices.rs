//! Prices of a company's own: what it agreed to pay for a product, in place of the price of the catalogue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Catalogue;
use crate::clock::Timestamp;
use crate::id::ProductIx;
use crate::money::Money;
use crate::source::record;

/// What one company pays for one product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct OwnPrice {
    product: ProductIx,
    /// First instant at which it holds; since ever when absent.
    from: Option<Timestamp>,
    /// First instant at which it holds no more; for ever when absent.
    until: Option<Timestamp>,
    currency: crate::money::Currency,
    minor: i64,
}

impl OwnPrice {
    fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// Says whether at some instant both hold and say different things of one product.
    fn contradicts(&self, other: &Self) -> bool {
        let meets = |a: &Self, b: &Self| a.from.zip(b.until).is_none_or(|(from, until)| from < until);
        let differs = (self.currency, self.minor) != (other.currency, other.minor);
        self.product == other.product && differs && meets(self, other) && meets(other, self)
    }
}

/// The prices of all companies that have some of their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnPrices {
    /// By the id of the account; in order of product.
    by_account: BTreeMap<String, Vec<OwnPrice>>,
    /// `ACCOUNT/PRODUCT` of rows that say different prices for one instant: none of these rows is kept.
    pub contradictory: Vec<String>,
    /// Rows of products that the catalogue does not have.
    pub n_unknown_products: u64,
}

impl OwnPrices {
    /// Returns what a company pays for a product at an instant; `None` where it pays what everybody pays.
    pub fn of(&self, account: &str, product: ProductIx, at: Timestamp) -> Option<Money> {
        let own = self.rows(account, product).find(|price| price.holds(at))?;
        Some(Money { minor: own.minor, currency: own.currency })
    }

    /// Returns the first instant after one at which a row begins or ends, and the company may pay something else.
    pub fn changes_after(&self, account: &str, product: ProductIx, at: Timestamp) -> Option<Timestamp> {
        self.rows(account, product).flat_map(|price| [price.from, price.until]).flatten().filter(|instant| *instant > at).min()
    }

    fn rows(&self, account: &str, product: ProductIx) -> impl Iterator<Item = &OwnPrice> {
        let prices = self.by_account.get(account).map_or(&[][..], Vec::as_slice);
        let first = prices.partition_point(|price| price.product < product);
        prices[first..].iter().take_while(move |price| price.product == product)
    }
}

/// Collects rows in any order.
#[derive(Debug, Default)]
pub struct OwnPricesBuilder {
    by_account: BTreeMap<String, Vec<OwnPrice>>,
    n_unknown_products: u64,
}

impl OwnPricesBuilder {
    /// Takes one row.
    pub fn add(&mut self, row: &record::OwnPrice<'_>, catalogue: &Catalogue) {
        let Some(product) = catalogue.find(row.product_id) else {
            self.n_unknown_products += 1;
            return;
        };
        let Money { minor, currency } = row.price;
        let own = OwnPrice { product, from: row.valid_from, until: row.valid_until, currency, minor };
        match self.by_account.get_mut(row.account_id) {
            Some(prices) => prices.push(own),
            None => _ = self.by_account.insert(row.account_id.to_owned(), vec![own]),
        }
    }

    /// Adds what another thread collected.
    pub fn merge(&mut self, other: Self) {
        self.n_unknown_products += other.n_unknown_products;
        for (account, prices) in other.by_account {
            self.by_account.entry(account).or_default().extend(prices);
        }
    }

    /// Sorts the rows; those that another contradicts are not kept.
    pub fn build(self, catalogue: &Catalogue) -> OwnPrices {
        let mut contradictory = Vec::new();
        let mut by_account = self.by_account;
        for (account, prices) in &mut by_account {
            prices.sort_unstable();
            prices.dedup();
            let mut kept = Vec::with_capacity(prices.len());
            for of_product in prices.chunk_by(|a, b| a.product == b.product) {
                let sure = of_product.iter().filter(|one| !of_product.iter().any(|other| one.contradicts(other)));
                let n_before = kept.len();
                kept.extend(sure.cloned());
                if kept.len() - n_before < of_product.len() {
                    contradictory.push(format!("{account}/{}", catalogue.product(of_product[0].product).id));
                }
            }
            *prices = kept;
        }
        by_account.retain(|_, prices| !prices.is_empty());
        OwnPrices { by_account, contradictory, n_unknown_products: self.n_unknown_products }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Span;

    const AT: Timestamp = Timestamp(1_000_000_000_000_000);

    /// Account, product, price, and the days from and until which it holds.
    type Row = (&'static str, &'static str, i64, Option<i64>, Option<i64>);

    fn prices(rows: &[Row]) -> (Catalogue, OwnPrices) {
        let product = |id: &str| -> crate::catalogue::Product {
            serde_json::from_value(serde_json::json!({
                "id": id, "title": "", "price": { "minor": 100, "currency": "EUR" }, "url": "", "kind": "product",
                "attributes": {}, "topics": [], "n_categories": 0,
            }))
            .expect("a product")
        };
        let catalogue = Catalogue { products: vec![product("p1"), product("p2")], ..Catalogue::default() };
        let mut halves = [OwnPricesBuilder::default(), OwnPricesBuilder::default()];
        for (n, (account_id, product_id, minor, from, until)) in rows.iter().enumerate() {
            let day = |days: &Option<i64>| days.map(|days| AT.plus(Span::days(days)));
            let currency = crate::money::Currency::parse("EUR").expect("a currency");
            let price = Money { minor: *minor, currency };
            let row = record::OwnPrice { account_id, product_id, price, valid_from: day(from), valid_until: day(until) };
            halves[n % 2].add(&row, &catalogue);
        }
        let [mut one, other] = halves;
        one.merge(other);
        let prices = one.build(&catalogue);
        (catalogue, prices)
    }

    #[test]
    fn a_company_pays_its_own_price_within_its_dates_and_others_what_everybody_pays() {
        let rows = [("acme", "p1", 80, None, Some(0)), ("acme", "p1", 90, Some(0), None), ("bolt", "p2", 50, None, None)];
        let (_, prices) = prices(&rows);
        let of =
            |account: &str, product: u32, days: i64| prices.of(account, ProductIx(product), AT.plus(Span::days(days))).map(|it| it.minor);
        assert_eq!(
            [of("acme", 0, -1), of("acme", 0, 0), of("acme", 1, 0), of("bolt", 1, 0), of("cat", 0, 0)],
            [Some(80), Some(90), None, Some(50), None]
        );
        assert!(prices.contradictory.is_empty());
        let changes = |account: &str, days: i64| prices.changes_after(account, ProductIx(0), AT.plus(Span::days(days)));
        assert_eq!([changes("acme", -1), changes("acme", 0), changes("cat", -1)], [Some(AT), None, None]);
    }

    #[test]
    fn of_prices_that_contradict_one_another_none_is_kept_and_an_unknown_product_is_counted() {
        let rows = [
            ("acme", "p1", 80, None, None),
            ("acme", "p2", 40, None, None),
            ("acme", "p2", 40, None, None),
            ("acme", "p1", 90, Some(0), None),
            ("acme", "p9", 10, None, None),
            ("bolt", "p1", 80, None, Some(0)),
            ("bolt", "p1", 85, Some(-9), Some(0)),
            ("bolt", "p1", 70, Some(1), None),
        ];
        let (_, prices) = prices(&rows);
        assert_eq!(prices.contradictory, ["acme/p1", "bolt/p1"]);
        let later = AT.plus(Span::days(2));
        assert_eq!(
            [AT, later].map(|at| prices.of("bolt", ProductIx(0), at).map(|price| price.minor)),
            [None, Some(70)],
            "what nothing contradicts stays"
        );
        assert_eq!((prices.of("acme", ProductIx(0), AT), prices.n_unknown_products), (None, 1));
        assert_eq!(prices.of("acme", ProductIx(1), AT).map(|price| price.minor), Some(40));
    }
}
