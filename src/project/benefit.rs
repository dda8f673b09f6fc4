//! What an offer takes off, and what that costs at most.

use serde::Serialize;

use crate::money::{Currency, Money};

/// The benefit of an offer or of one of its tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Benefit {
    /// Percentage off, from 1 to 100.
    Percent(u8),
    /// Money off.
    Amount(Money),
    /// A gift, and what it costs the shop.
    Gift(Money),
}

impl Benefit {
    /// Returns what it costs at most on goods of a price, in minor units: an amount is no more than the goods cost, a part of a unit counts whole.
    pub fn cost(self, price: i64) -> i64 {
        match self {
            Self::Percent(percent) => {
                let exact = i128::from(price.max(0)) * i128::from(percent);
                i64::try_from((exact + 99) / 100).unwrap_or(i64::MAX)
            }
            Self::Amount(money) => money.minor.min(price.max(0)),
            Self::Gift(money) => money.minor,
        }
    }

    /// Says whether goods of a price and a margin, in minor units, keep a margin of `floor` hundredths of what is paid for them.
    pub fn keeps(self, floor: u8, price: i64, margin: i64) -> bool {
        let cost = self.cost(price);
        let paid = if matches!(self, Self::Gift(_)) { price } else { price.saturating_sub(cost) };
        let left = i128::from(margin) - i128::from(cost);
        paid > 0 && left * 100 >= i128::from(paid) * i128::from(floor)
    }

    /// Returns the percentage off, when it is one.
    pub fn percent(self) -> Option<u8> {
        if let Self::Percent(percent) = self { Some(percent) } else { None }
    }

    /// Returns the money off, when it is an amount.
    pub fn amount(self) -> Option<Money> {
        if let Self::Amount(money) = self { Some(money) } else { None }
    }
}

/// Reads `12.90 EUR`: more than nothing, in the currency of the project; the error says what is wrong.
pub(super) fn money(text: &str, currency: Option<Currency>) -> Result<Money, String> {
    let (amount, code) = text.trim().split_once(' ').ok_or("an amount and a currency")?;
    let written = Currency::parse(code).ok_or_else(|| format!("`{}` is no currency code", code.trim()))?;
    if let Some(project) = currency.filter(|project| *project != written) {
        return Err(format!("the project counts in {project}"));
    }
    Money::parse(amount, written).filter(|money| money.minor > 0).ok_or_else(|| "more than nothing".to_owned())
}

/// Reads `0.002 EUR`: an amount in minor units that may be a part of one.
pub(super) fn fine(text: &str, currency: Option<Currency>) -> Result<f64, String> {
    let (amount, code) = text.trim().split_once(' ').ok_or("an amount and a currency")?;
    let written = Currency::parse(code).ok_or_else(|| format!("`{}` is no currency code", code.trim()))?;
    if let Some(project) = currency.filter(|project| *project != written) {
        return Err(format!("the project counts in {project}"));
    }
    let minor = Money::in_minor(amount, written).filter(|minor| *minor >= 0.0);
    minor.ok_or_else(|| "nothing or more".to_owned())
}

/// Reads `15%`: a share from 0 to below 100.
pub(super) fn share(text: &str) -> Option<u8> {
    text.trim().strip_suffix('%')?.trim().parse().ok().filter(|share| *share < 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(minor: i64) -> Money {
        Money { minor, currency: Currency::parse("EUR").expect("a currency") }
    }

    #[test]
    fn a_benefit_costs_no_less_than_what_is_taken_off() {
        assert_eq!(Benefit::Percent(10).cost(9_990), 999);
        assert_eq!(Benefit::Percent(10).cost(1), 1, "a part of a cent counts whole");
        assert_eq!(Benefit::Percent(100).cost(i64::MAX), i64::MAX);
        assert_eq!(Benefit::Amount(euros(500)).cost(300), 300, "no more than the goods");
        assert_eq!(Benefit::Gift(euros(400)).cost(300), 400);
    }

    #[test]
    fn the_margin_that_is_left_is_compared_with_what_is_paid() {
        // 100.00 at a margin of 25.00; 10 % off leaves 15.00 of 90.00, 16.7 %.
        assert!(Benefit::Percent(10).keeps(16, 10_000, 2_500));
        assert!(!Benefit::Percent(10).keeps(17, 10_000, 2_500));
        // A gift of 10.00 leaves 15.00 of 100.00.
        assert!(Benefit::Gift(euros(1_000)).keeps(15, 10_000, 2_500));
        assert!(!Benefit::Gift(euros(1_001)).keeps(15, 10_000, 2_500));
        assert!(!Benefit::Percent(100).keeps(0, 10_000, 10_000), "what is given away has no margin");
    }

    #[test]
    fn money_is_read_with_its_currency() {
        let eur = Currency::parse("EUR");
        assert_eq!(money("12.90 EUR", eur), Ok(euros(1_290)));
        assert_eq!(money("12.90 GBP", eur), Err("the project counts in EUR".to_owned()));
        for wrong in ["12.90", "0 EUR", "-3 EUR", "x EUR", "3 E"] {
            assert!(money(wrong, eur).is_err(), "{wrong}");
        }
        assert_eq!((share("15%"), share("0 %"), share("100%"), share("15"), share("-1%")), (Some(15), Some(0), None, None, None));
    }
}
