//! Numbers, amounts and dates as a language writes them (ICU data compiled in).

use std::cell::RefCell;
use std::rc::Rc;

use chrono::{Datelike as _, NaiveDate};
use fixed_decimal::Decimal;
use icu_calendar::Date;
use icu_datetime::DateTimeFormatter;
use icu_datetime::fieldsets::{MD, YM, YMD, YMDE};
use icu_decimal::DecimalFormatter;
use icu_locale_core::Locale;

use super::conventions::{self, Conventions};
use crate::money::Money;

/// Languages a thread keeps ready; data may name any number of them.
const KEPT_MAX: usize = 16;

/// Words for the ways of writing a date.
pub(super) const DATE_STYLES: [&str; 5] = ["long", "short", "weekday", "day", "month"];

/// The formatters of one language.
pub(super) struct Formats {
    conventions: Conventions,
    decimal: DecimalFormatter,
    long: DateTimeFormatter<YMD>,
    short: DateTimeFormatter<YMD>,
    weekday: DateTimeFormatter<YMDE>,
    day: DateTimeFormatter<MD>,
    month: DateTimeFormatter<YM>,
}

thread_local! {
    static KEPT: RefCell<Vec<(String, Rc<Formats>)>> = const { RefCell::new(Vec::new()) };
}

impl Formats {
    /// Returns the formatters of a language tag, those of English when the tag is unreadable; a thread builds each once.
    pub(super) fn of(tag: &str) -> Option<Rc<Self>> {
        KEPT.with_borrow_mut(|kept| {
            if let Some((_, formats)) = kept.iter().find(|(known, _)| known == tag) {
                return Some(Rc::clone(formats));
            }
            let formats = Rc::new(Self::build(tag)?);
            if kept.len() == KEPT_MAX {
                kept.remove(0);
            }
            kept.push((tag.to_owned(), Rc::clone(&formats)));
            Some(formats)
        })
    }

    fn build(tag: &str) -> Option<Self> {
        let locale = Locale::try_from_str(tag).or_else(|_| Locale::try_from_str("en")).ok()?;
        let locale = || locale.clone();
        Some(Self {
            conventions: conventions::of(tag),
            decimal: DecimalFormatter::try_new(locale().into(), icu_decimal::options::DecimalFormatterOptions::default()).ok()?,
            long: DateTimeFormatter::try_new(locale().into(), YMD::long()).ok()?,
            short: DateTimeFormatter::try_new(locale().into(), YMD::short()).ok()?,
            weekday: DateTimeFormatter::try_new(locale().into(), YMDE::long()).ok()?,
            day: DateTimeFormatter::try_new(locale().into(), MD::long()).ok()?,
            month: DateTimeFormatter::try_new(locale().into(), YM::long()).ok()?,
        })
    }

    /// Writes a number of `minor` units of 10^-`decimals`: `(129050, 2)` is `1 290,50` in French.
    pub(super) fn scaled(&self, minor: i64, decimals: u32) -> String {
        let mut decimal = Decimal::from(minor);
        decimal.multiply_pow10(-i16::try_from(decimals).unwrap_or(0));
        self.decimal.format(&decimal).to_string()
    }

    /// Writes an amount with its sign.
    pub(super) fn money(&self, money: Money) -> String {
        let code = money.currency.code();
        let sign = conventions::sign(code);
        let minus = if money.minor < 0 { "-" } else { "" };
        let magnitude = i64::try_from(money.minor.unsigned_abs()).unwrap_or(i64::MAX);
        let number = self.scaled(magnitude, money.currency.decimals());
        let Conventions { sign_after, sign_gap, .. } = self.conventions;
        if sign_after {
            return format!("{minus}{number}{sign_gap}{sign}");
        }
        let gap = if sign_gap.is_empty() && sign == code { "\u{a0}" } else { sign_gap };
        format!("{minus}{sign}{gap}{number}")
    }

    /// Writes a share of a hundred.
    pub(super) fn percent(&self, minor: i64, decimals: u32) -> String {
        format!("{}{}%", self.scaled(minor, decimals), self.conventions.percent_gap)
    }

    /// Writes a calendar day in one of `DATE_STYLES`.
    pub(super) fn date(&self, date: NaiveDate, style: &str) -> Option<String> {
        let date = Date::try_new_iso(date.year(), u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()?;
        Some(match style {
            "long" => self.long.format(&date).to_string(),
            "short" => self.short.format(&date).to_string(),
            "weekday" => self.weekday.format(&date).to_string(),
            "day" => self.day.format(&date).to_string(),
            "month" => self.month.format(&date).to_string(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn money(tag: &str, minor: i64, code: &str) -> String {
        let money = Money { minor, currency: Currency::parse(code).expect("a code") };
        Formats::of(tag).expect("formats").money(money).replace('\u{a0}', "_").replace('\u{202f}', "~")
    }

    #[test]
    fn amounts_follow_the_language() {
        assert_eq!(money("fr-FR", 1290, "EUR"), "12,90_€");
        assert_eq!(money("fr-FR", 123_450, "GBP"), "1~234,50_£");
        assert_eq!(money("en-GB", 1290, "GBP"), "£12.90");
        assert_eq!(money("en-GB", 123_450, "EUR"), "€1,234.50");
        assert_eq!(money("de-DE", 123_450, "EUR"), "1.234,50_€");
        assert_eq!(money("es-ES", 1290, "EUR"), "12,90_€");
        assert_eq!(money("it-IT", 1290, "EUR"), "12,90_€");
        assert_eq!(money("nl-NL", 1290, "EUR"), "€_12,90");
        assert_eq!(money("en-US", 1290, "CHF"), "CHF_12.90");
        assert_eq!(money("ja-JP", 1200, "JPY"), "¥1,200");
        assert_eq!(money("en-GB", -5, "GBP"), "-£0.05");
        assert_eq!(money("??", 1290, "GBP"), "£12.90");
    }

    #[test]
    fn dates_follow_the_language() {
        let date = NaiveDate::from_ymd_opt(2011, 11, 14).expect("a day");
        let write = |tag: &str, style: &str| Formats::of(tag).expect("formats").date(date, style).expect("a style");
        assert_eq!(write("fr-FR", "long"), "14 novembre 2011");
        assert_eq!(write("en-GB", "weekday"), "Monday, 14 November 2011");
        assert_eq!(write("fr-FR", "weekday"), "lundi 14 novembre 2011");
        assert_eq!(write("fr-FR", "day"), "14 novembre");
        assert_eq!(write("de-DE", "month"), "November 2011");
        assert!(Formats::of("fr").expect("formats").date(date, "odd").is_none());
    }
}
