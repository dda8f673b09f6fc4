//! The words of the pages, in English and in French (Project Fluent).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::clock::Timestamp;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// Returns the language tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// Returns the language of a tag such as `fr-CA`; English for one that is not spoken here.
    pub fn of_tag(tag: &str) -> Self {
        if tag.split(['-', '_']).next().is_some_and(|first| first.eq_ignore_ascii_case("fr")) { Self::Fr } else { Self::En }
    }

    /// Returns the language that a browser prefers (RFC 9110 section 12.5.4), else `usual`.
    pub fn wanted(headers: &HeaderMap, usual: Self) -> Self {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = None;
        for range in asked.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
            let known =
                Self::ALL.into_iter().find(|lang| tag.trim().split('-').next().is_some_and(|first| first.eq_ignore_ascii_case(lang.tag())));
            if let Some(lang) = known
                && weight > best.map_or(0.0, |(_, heaviest)| heaviest)
            {
                best = Some((lang, weight));
            }
        }
        best.map_or(usual, |(lang, _)| lang)
    }

    /// Writes a day as people do: `5 March 2026`, `5 mars 2026`.
    pub fn day(self, day: NaiveDate) -> String {
        const EN: [&str; 12] =
            ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
        const FR: [&str; 12] =
            ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
        let (names, first) = if self == Self::Fr { (FR, "1er") } else { (EN, "1") };
        let number = if day.day() == 1 { first.to_owned() } else { day.day().to_string() };
        format!("{number} {} {}", names[day.month0() as usize], day.year())
    }

    /// Writes an instant as the clocks of a zone show it: `5 March 2026, 09:00`.
    pub fn instant(self, at: Timestamp, zone: Tz) -> String {
        format!("{}, {}", self.day(at.date(zone)), at.local(zone).format("%H:%M"))
    }

    /// Writes a count with its thousands apart: `12,345`, `12 345` with narrow spaces.
    pub fn count(self, n: u64) -> String {
        let between = if self == Self::Fr { "\u{202f}" } else { "," };
        let digits = n.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3 * between.len());
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(between);
            }
            text.push(digit);
        }
        text
    }

    /// Writes a size in KB of 1,024 bytes, as the bounds of mail programs are told: `51 KB`, `51 Ko`.
    pub fn kilobytes(self, n_bytes: u64) -> String {
        format!("{}\u{a0}{}", self.count(n_bytes.div_ceil(1024)), if self == Self::Fr { "Ko" } else { "KB" })
    }

    fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("locales/en.ftl"),
            Self::Fr => include_str!("locales/fr.ftl"),
        }
    }
}

/// The messages of one language.
pub(super) struct Words(FluentBundle<FluentResource>);

impl Words {
    /// Reads the messages of a language; they are part of the program, and a test reads them all.
    pub(super) fn of(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new_concurrent(lang.tag().parse().into_iter().collect());
        bundle.set_use_isolating(false);
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(lang.source().to_owned());
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// Returns a message, filled; the key itself when there is none, which a reader can report.
    pub(super) fn say(&self, key: &str, args: &FluentArgs<'_>) -> String {
        let Some(pattern) = self.0.get_message(key).and_then(|message| message.value()) else { return key.to_owned() };
        self.0.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluent_bundle::FluentResource;

    use super::*;

    #[test]
    fn days_are_written_as_people_do() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
        assert_eq!([Lang::En.day(day(3, 1)), Lang::Fr.day(day(3, 1))], ["1 March 2026", "1er mars 2026"]);
        assert_eq!([Lang::En.day(day(12, 25)), Lang::Fr.day(day(8, 25))], ["25 December 2026", "25 août 2026"]);
        let at = Timestamp::parse("2026-03-05T08:00:00Z", chrono_tz::Europe::Paris).expect("an instant");
        assert_eq!([Lang::En.count(1_234_567), Lang::Fr.count(12_345), Lang::En.count(0)], ["1,234,567", "12\u{202f}345", "0"]);
        assert_eq!([Lang::En.kilobytes(51_385), Lang::Fr.kilobytes(999)], ["51\u{a0}KB", "1\u{a0}Ko"]);
        assert_eq!(Lang::Fr.instant(at, chrono_tz::Europe::Paris), "5 mars 2026, 09:00");
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let keys = Lang::ALL.map(|lang| {
            FluentResource::try_new(lang.source().to_owned()).expect("the messages parse");
            let named = lang.source().lines().filter(|line| !line.starts_with([' ', '#', '}']));
            let keys: Vec<&str> = named.filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect();
            let distinct: BTreeSet<&str> = keys.iter().copied().collect();
            assert_eq!(distinct.len(), keys.len(), "a key is there twice in {}", lang.tag());
            distinct
        });
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn the_browser_says_which_language() {
        let wanted = |asked: &'static str| {
            Lang::wanted(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, axum::http::HeaderValue::from_static(asked))]), Lang::Fr)
        };
        assert_eq!(wanted("en-GB,en;q=0.9,fr;q=0.8"), Lang::En);
        assert_eq!(wanted("en;q=0.5, fr-CA;q=0.8"), Lang::Fr);
        assert_eq!(wanted("de, *;q=0.1"), Lang::Fr);
        assert_eq!(wanted("en;q=0, de"), Lang::Fr);
        assert_eq!(wanted(";;q=,,"), Lang::Fr);
    }
}
