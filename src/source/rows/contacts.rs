//! CRM records.

use std::borrow::Cow;

use super::{Part, Reading, Record, Refusal, Why, columns};
use crate::clock::Timestamp;
use crate::source::cell::{Cell, Fields};
use crate::source::columns::Column;
use crate::source::convert;
use crate::source::record::{Attributes, Consent, Contact};

columns! {
    ID: required text "id",
    EMAIL: required text "email",
    FIRST_NAME: optional text "first_name",
    LAST_NAME: optional text "last_name",
    LOCALE: optional text "locale",
    TIMEZONE: optional text "timezone",
    BIRTHDAY: optional value "birthday",
    GENDER: optional text "gender",
    CITY: optional text "city",
    POSTCODE: optional text "postcode",
    COUNTRY: optional text "country",
    LAT: optional value "lat",
    LON: optional value "lon",
    CREATED_AT: optional value "created_at",
    LOYALTY_TIER: optional text "loyalty_tier",
    LOYALTY_POINTS: optional value "loyalty_points",
    ACCOUNT_ID: optional text "account_id",
    ROLE: optional text "role",
    OBJECTION: optional value "objection",
}

/// `[sources.contacts]`.
#[derive(Debug)]
pub struct Contacts;

impl Record for Contacts {
    type Row<'a> = Contact<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;
    const KEEPS_EXTRAS: bool = true;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Contact<'a>, Refusal> {
        let gender = match row.text(GENDER)? {
            Some(text) => {
                let gender = gender(text);
                if gender.is_none() {
                    row.count_unknown("gender", text);
                }
                gender
            }
            None => None,
        };
        let locale = match row.text(LOCALE)? {
            Some(text) => {
                let locale = locale(text);
                if locale.is_none() {
                    row.count_unknown("locale", text);
                }
                locale
            }
            None => None,
        };
        let (consents, attributes) = consents(row)?;
        Ok(Contact {
            id: row.required_id(ID)?,
            // A record without an address still has a history; the decision says `bad address`.
            email: row.id(EMAIL)?.unwrap_or_default(),
            first_name: row.text(FIRST_NAME)?,
            last_name: row.text(LAST_NAME)?,
            locale,
            timezone: row.text(TIMEZONE)?,
            birthday: row.day(BIRTHDAY)?,
            gender,
            city: row.text(CITY)?,
            postcode: row.text(POSTCODE)?,
            country: row.text(COUNTRY)?,
            lat: row.degrees(LAT, 90.0)?,
            lon: row.degrees(LON, 180.0)?,
            created_at: row.instant(CREATED_AT)?,
            loyalty_tier: row.text(LOYALTY_TIER)?,
            loyalty_points: row.whole(LOYALTY_POINTS)?,
            account_id: row.id(ACCOUNT_ID)?,
            role: row.text(ROLE)?,
            consents,
            objection: row.boolean(OBJECTION)?.unwrap_or(false),
            attributes,
        })
    }

    fn dated(row: &Contact<'_>) -> Option<Timestamp> {
        row.created_at
    }
}

fn gender(text: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &[&str]); 3] = [
        ("f", &["f", "femme", "female", "woman", "w", "mme", "madame", "mlle", "ms", "mrs"]),
        ("m", &["m", "h", "homme", "male", "man", "mr", "m.", "monsieur"]),
        ("x", &["x", "autre", "other", "nb", "non-binaire", "non-binary", "nonbinary"]),
    ];
    KNOWN.iter().find(|(_, words)| words.iter().any(|word| word.eq_ignore_ascii_case(text))).map(|(letter, _)| *letter)
}

/// Returns a language tag as BCP 47 writes it: `fr-FR` also for `fr_FR` and `FR-fr`; none when it cannot be read.
fn locale(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('_') {
        return icu_locale_core::Locale::normalize(&text.replace('_', "-")).ok().map(|tag| Cow::Owned(tag.into_owned()));
    }
    icu_locale_core::Locale::normalize(text).ok()
}

/// Splits the columns outside the contract into consents and attributes.
///
/// `consent_PURPOSE` holds yes or no; `_at`, `_basis` and `_source` complete it. An empty one says nothing.
fn consents<'a, F: Fields>(row: &Reading<'_, 'a, F>) -> Result<(Vec<Consent<'a>>, Attributes<'a>), Refusal> {
    let refused = |position, why| Refusal { part: Part::Extra(position), why };
    let mut consents: Vec<Consent<'a>> = Vec::new();
    let mut attributes = Attributes::new();
    let mut has_detail = false;
    for (position, (name, cell)) in row.fields.extras().enumerate() {
        match name.strip_prefix("consent_") {
            Some(purpose) if detail(purpose).is_none() => {
                if !is_empty(cell) {
                    let given = convert::boolean(cell).ok_or(refused(position, Why::NotYesOrNo))?;
                    consents.push(Consent { purpose, given, at: None, basis: None, source: None });
                }
            }
            Some(_) => has_detail = true,
            None => attributes.extend(cell.display().map(|text| (name, text))),
        }
    }
    for (position, (name, cell)) in row.fields.extras().enumerate().filter(|_| has_detail) {
        let Some((purpose, what)) = name.strip_prefix("consent_").and_then(detail) else { continue };
        let Some(consent) = consents.iter_mut().find(|consent| consent.purpose == purpose) else { continue };
        let text = if let Cell::Text(text) = cell { Some(text.trim()).filter(|text| !text.is_empty()) } else { None };
        match what {
            "at" if !is_empty(cell) => {
                consent.at = Some(convert::instant(cell, row.rules.zone).ok_or(refused(position, Why::NotAnInstant))?);
            }
            "basis" => consent.basis = text,
            "source" => consent.source = text,
            _ => {}
        }
    }
    Ok((consents, attributes))
}

fn is_empty(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => text.trim_ascii().is_empty(),
        _ => false,
    }
}

/// Splits `newsletter_at` into `newsletter` and `at`.
fn detail(column: &str) -> Option<(&str, &str)> {
    ["at", "basis", "source"].into_iter().find_map(|what| Some((column.strip_suffix(what)?.strip_suffix('_')?, what)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genders_are_one_letter() {
        for (text, letter) in [("Femme", Some("f")), ("H", Some("m")), ("male", Some("m")), ("autre", Some("x")), ("42", None)] {
            assert_eq!(gender(text), letter, "{text}");
        }
    }

    #[test]
    fn locales_are_language_tags() {
        for (text, tag) in
            [("fr_FR", Some("fr-FR")), ("FR-fr", Some("fr-FR")), ("en", Some("en")), ("klingon<script>", None), ("C.UTF-8", None)]
        {
            assert_eq!(locale(text).as_deref(), tag, "{text}");
        }
    }

    #[test]
    fn consent_columns_name_a_purpose_and_perhaps_a_detail() {
        assert_eq!(detail("newsletter_at"), Some(("newsletter", "at")));
        assert_eq!(detail("sms_offers_basis"), Some(("sms_offers", "basis")));
        assert_eq!(detail("newsletter"), None);
        assert_eq!(detail("chat"), None);
    }
}
