//! Amounts in minor units of an ISO 4217 currency.

use std::fmt;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// No currency at all (ISO 4217).
    pub const NONE: Self = Self(*b"XXX");

    /// Reads a three-letter code.
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.trim().as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphabetic).then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    /// Returns the three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Returns the number of decimals of the minor unit (ISO 4217): 2 for most, 0 for JPY, 3 for TND.
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV"
            | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Self::parse(&code).ok_or_else(|| format!("`{code}` is not a currency code"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount of money: minor units (pence, cents) and their currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// Their currency.
    pub currency: Currency,
}

impl Money {
    /// Reads a decimal amount such as `12.90` or `-3`; more decimals than the currency has are rounded half to even.
    pub fn parse(amount: &str, currency: Currency) -> Option<Self> {
        Self::from_decimal(Decimal::from_str_exact(amount.trim()).ok()?, currency)
    }

    /// Reads a decimal amount as minor units that may be a part of one, such as the `0.2` cents of `0.002` euros.
    pub fn in_minor(amount: &str, currency: Currency) -> Option<f64> {
        let scaled = Decimal::from_str_exact(amount.trim()).ok()?.checked_mul(Decimal::from(10_i64.pow(currency.decimals())))?;
        scaled.to_f64()
    }

    /// Converts a binary floating amount, as columnar files hold them, to the nearest minor unit.
    pub fn from_f64(amount: f64, currency: Currency) -> Option<Self> {
        Self::from_decimal(Decimal::from_f64_retain(amount)?, currency)
    }

    fn from_decimal(amount: Decimal, currency: Currency) -> Option<Self> {
        let scaled = amount.checked_mul(Decimal::from(10_i64.pow(currency.decimals())))?;
        let minor = scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i64()?;
        Some(Self { minor, currency })
    }

    /// Returns the amount as an exact decimal of major units.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.decimals())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pounds(text: &str) -> Option<i64> {
        Money::parse(text, Currency::parse("GBP")?).map(|money| money.minor)
    }

    #[test]
    fn decimals_become_minor_units() {
        assert_eq!(pounds("2.55"), Some(255));
        assert_eq!(pounds("-3"), Some(-300));
        assert_eq!(pounds("0.125"), Some(12));
        assert_eq!(pounds("12,90"), None);
        assert_eq!(pounds(""), None);
        assert_eq!(pounds("99999999999999999999"), None);
    }

    #[test]
    fn a_yen_has_no_decimals() {
        let yen = Currency::parse("jpy").expect("a code");
        assert_eq!(Money::parse("1200", yen).map(|money| money.minor), Some(1200));
        assert_eq!(Money { minor: 1200, currency: yen }.to_string(), "1200 JPY");
    }
}
