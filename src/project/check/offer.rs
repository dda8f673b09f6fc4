//! Checks of offers: their benefits, dates and limits.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::{Languages, Notes, is_name};
use crate::money::{Currency, Money};
use crate::project::benefit::{Benefit, money, share};
use crate::project::checked::Offer;
use crate::project::content::{OfferSpec, OffersFile, TierSpec};

/// Checks `offers.toml`; `currency` is that of the project, when it could be read.
pub(in crate::project) fn offers(
    notes: &mut Notes<'_>,
    file: &OffersFile,
    languages: &Languages,
    currency: Option<Currency>,
) -> BTreeMap<String, Offer> {
    let mut checked = BTreeMap::new();
    for (name, spec) in &file.offers {
        if !is_name(name.get_ref()) {
            let message = format!("`{}` cannot be the name of an offer", name.get_ref());
            notes.error("offer::bad-name", name.span(), message, "a short name", "use lower-case letters, digits, `-` and `_`");
        }
        languages.check_default(notes, &spec.title, name.span(), "title of the offer");
        languages.check_files(notes, &spec.title);
        dates(notes, name.get_ref(), spec);
        let place = notes.locate(&["offers", name.get_ref(), "percent"]);
        let what = format!("offer `{}`", name.get_ref());
        let benefit = benefit(notes, &what, place, (spec.percent, spec.amount.as_ref(), spec.gift.as_ref()), currency);
        let tiers = tiers(notes, name, &spec.tiers, currency);
        let offer = Offer {
            spec: spec.clone(),
            once_per: spec.once_per.as_ref().and_then(|written| notes.span(written)),
            not_again_within: spec.not_again_within.as_ref().and_then(|written| notes.span(written)),
            benefit,
            tiers,
            margin_floor: spec.margin_floor.as_ref().and_then(|written| floor(notes, written)),
            budget: spec.budget.as_ref().and_then(|written| amount(notes, written, currency)),
        };
        limits(notes, name, &offer);
        checked.insert(name.get_ref().clone(), offer);
    }
    checked
}

fn dates(notes: &mut Notes<'_>, name: &str, spec: &OfferSpec) {
    if let (Some(from), Some(until)) = (spec.from, spec.until)
        && from > until
    {
        let place = notes.locate(&["offers", name, "until"]);
        let message = format!("offer `{name}` ends before it begins");
        notes.error("offer::bad-dates", place, message, format!("`from` is {from}"), "swap the dates");
    }
}

/// What an offer or a tier says of its benefit: percentage, amount, gift.
type Written<'a> = (Option<u8>, Option<&'a Spanned<String>>, Option<&'a Spanned<String>>);

fn benefit(
    notes: &mut Notes<'_>,
    what: &str,
    place: Range<usize>,
    (percent, off, gift): Written<'_>,
    currency: Option<Currency>,
) -> Option<Benefit> {
    if let Some(percent) = percent.filter(|percent| !(1..=100).contains(percent)) {
        let message = format!("{what} takes {percent} percent off");
        notes.error("offer::bad-percent", place.clone(), message, "from 1 to 100", "write for example `percent = 10`");
        return None;
    }
    if [percent.is_some(), off.is_some(), gift.is_some()].iter().filter(|is_there| **is_there).count() > 1 {
        let message = format!("{what} has two benefits");
        notes.error("offer::two-benefits", place, message, "one is enough", "keep one of `percent`, `amount` and `gift`");
        return None;
    }
    let off = off.and_then(|written| amount(notes, written, currency)).map(Benefit::Amount);
    let gift = gift.and_then(|written| amount(notes, written, currency)).map(Benefit::Gift);
    percent.map(Benefit::Percent).or(off).or(gift)
}

fn tiers(notes: &mut Notes<'_>, name: &Spanned<String>, written: &[TierSpec], currency: Option<Currency>) -> Vec<Benefit> {
    let mut benefits = Vec::new();
    let mut lowest: Option<i64> = None;
    let place = notes.locate(&["offers", name.get_ref(), "tiers"]);
    for (no, tier) in written.iter().enumerate() {
        let what = format!("tier {} of offer `{}`", no + 1, name.get_ref());
        let n_before = notes.found.len();
        match benefit(notes, &what, place.clone(), (tier.percent, tier.amount.as_ref(), tier.gift.as_ref()), currency) {
            Some(benefit) => benefits.push(benefit),
            None if notes.found.len() == n_before => {
                let help = "add `percent`, `amount` or `gift`";
                notes.error("offer::empty-tier", place.clone(), format!("{what} gives nothing"), "a tier needs a benefit", help);
            }
            None => {}
        }
        if let Some(lowest) = lowest.filter(|lowest| tier.min_points.is_some_and(|points| points >= *lowest)) {
            let message = format!("{what} is nobody's");
            let label = format!("an earlier one begins at {lowest} points");
            notes.error("offer::unreachable-tier", place.clone(), message, label, "write the tier of most points first");
        }
        if tier.all.is_empty() {
            let points = tier.min_points.unwrap_or(i64::MIN);
            lowest = Some(lowest.map_or(points, |lowest| lowest.min(points)));
        }
    }
    benefits
}

/// What is limited must be countable.
fn limits(notes: &mut Notes<'_>, name: &Spanned<String>, offer: &Offer) {
    let has_benefit = offer.benefit.is_some() || !offer.tiers.is_empty();
    for (key, written) in [("budget", &offer.spec.budget), ("margin_floor", &offer.spec.margin_floor)] {
        if let Some(written) = written.as_ref().filter(|_| !has_benefit) {
            let message = format!("offer `{}` has a `{key}` and nothing to count", name.get_ref());
            let help = "add `percent`, `amount` or `gift`, or remove it";
            notes.error("offer::nothing-to-count", written.span(), message, "what it takes off is not said", help);
        }
    }
    if offer.spec.code.is_some() && offer.spec.codes.is_some() {
        let place = notes.locate(&["offers", name.get_ref(), "codes"]);
        let message = format!("offer `{}` has one code and a pool of codes", name.get_ref());
        notes.error("offer::two-codes", place, message, "one is enough", "keep `code` or `codes`");
    }
}

fn amount(notes: &mut Notes<'_>, written: &Spanned<String>, currency: Option<Currency>) -> Option<Money> {
    money(written.get_ref(), currency)
        .map_err(|why| {
            let message = format!("`{}` is not an amount of money", written.get_ref());
            let help = format!("write for example `5 {}`", currency.map_or_else(|| "EUR".to_owned(), |currency| currency.to_string()));
            notes.error("offer::bad-money", written.span(), message, why, help);
        })
        .ok()
}

fn floor(notes: &mut Notes<'_>, written: &Spanned<String>) -> Option<u8> {
    let read = share(written.get_ref());
    if read.is_none() {
        let message = format!("`{}` is not a margin", written.get_ref());
        notes.error("offer::bad-floor", written.span(), message, "from 0% to 99%", "write for example `margin_floor = \"15%\"`");
    }
    read
}
