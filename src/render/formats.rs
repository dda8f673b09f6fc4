//! Numbers, amounts and dates as a language writes them (ICU data compiled in).

use std::cell::RefCell;
use std::fmt::Write as _;
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
    /// Between units and decimals, where digits are 0 to 9: all that a number below a thousand needs.
    separator: Option<String>,
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
        let decimal = DecimalFormatter::try_new(locale().into(), icu_decimal::options::DecimalFormatterOptions::default()).ok()?;
        let one_and_a_half = format_scaled(&decimal, 15, 1);
        let separator = one_and_a_half.strip_prefix('1').and_then(|rest| rest.strip_suffix('5')).map(str::to_owned);
        Some(Self {
            conventions: conventions::of(tag),
            decimal,
            separator,
            long: DateTimeFormatter::try_new(locale().into(), YMD::long()).ok()?,
            short: DateTimeFormatter::try_new(locale().into(), YMD::short()).ok()?,
            weekday: DateTimeFormatter::try_new(locale().into(), YMDE::long()).ok()?,
            day: DateTimeFormatter::try_new(locale().into(), MD::long()).ok()?,
            month: DateTimeFormatter::try_new(locale().into(), YM::long()).ok()?,
        })
    }

    /// Writes a number of `minor` units of 10^-`decimals`: `(129050, 2)` is `1 290,50` in French.
    pub(super) fn scaled(&self, minor: i64, decimals: u32) -> String {
        let mut out = String::new();
        self.push_scaled(minor, decimals, &mut out);
        out
    }

    fn push_scaled(&self, minor: i64, decimals: u32, out: &mut String) {
        let unit = 10_i64.checked_pow(decimals).unwrap_or(i64::MAX);
        match &self.separator {
            Some(separator) if (0..1000).contains(&(minor / unit)) && minor >= 0 => {
                let width = decimals as usize;
                // Writing to a text cannot fail.
                _ = if width == 0 { write!(out, "{minor}") } else { write!(out, "{}{separator}{:0width$}", minor / unit, minor % unit) };
            }
            _ => out.push_str(&format_scaled(&self.decimal, minor, decimals)),
        }
    }

    /// Writes an amount with its sign.
    pub(super) fn money(&self, money: Money) -> String {
        let code = money.currency.code();
        let sign = conventions::sign(code);
        let magnitude = i64::try_from(money.minor.unsigned_abs()).unwrap_or(i64::MAX);
        let Conventions { sign_after, sign_gap, .. } = self.conventions;
        let mut out = String::with_capacity(24);
        if money.minor < 0 {
            out.push('-');
        }
        if !sign_after {
            out.push_str(sign);
            out.push_str(if sign_gap.is_empty() && sign == code { "\u{a0}" } else { sign_gap });
        }
        self.push_scaled(magnitude, money.currency.decimals(), &mut out);
        if sign_after {
            out.push_str(sign_gap);
            out.push_str(sign);
        }
        out
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

fn format_scaled(formatter: &DecimalFormatter, minor: i64, decimals: u32) -> String {
    let mut decimal = Decimal::from(minor);
    decimal.multiply_pow10(-i16::try_from(decimals).unwrap_or(0));
    formatter.format(&decimal).to_string()
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
    fn small_numbers_are_written_as_the_library_writes_them() {
        for tag in ["fr-FR", "en-GB", "de-CH", "es-ES", "pl", "pt-PT", "ar-EG", "hi-IN", "bn", "fa", "mr", "ja", "sv"] {
            let formats = Formats::of(tag).expect("formats");
            for minor in (-2000..2000).chain(99_000..101_000).chain([999_999, 1_000_000, i64::MAX, i64::MIN]) {
                for decimals in 0..4 {
                    assert_eq!(formats.scaled(minor, decimals), format_scaled(&formats.decimal, minor, decimals), "{tag}");
                }
            }
        }
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
