//! `contacts.csv`: a person is invented for each real customer number.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike as _, NaiveDate};

use super::base::{Base, Position};
use super::names::{BRITAIN, Country, FRANCE, GERMANY, ascii};
use super::prng::Rng;
use super::{DAY, Result, STORY, oddities, rfc3339};

/// A customer of the base and the person invented for them.
pub(crate) struct Person {
    pub(crate) position: Position,
    pub(crate) id: String,
    pub(crate) french: bool,
    /// First order, seconds since 1970.
    pub(crate) first_order: i64,
    /// When the record was made, before the first order.
    pub(crate) created: i64,
    country: &'static Country,
    rank: usize,
    /// Pence spent before the story's instant.
    spent: i64,
}

const HEADER: [&str; 26] = [
    "id",
    "email",
    "first_name",
    "last_name",
    "locale",
    "timezone",
    "birthday",
    "gender",
    "city",
    "postcode",
    "country",
    "lat",
    "lon",
    "created_at",
    "loyalty_tier",
    "loyalty_points",
    "consent_newsletter",
    "consent_newsletter_at",
    "consent_newsletter_basis",
    "consent_newsletter_source",
    "consent_profiling",
    "consent_profiling_at",
    "consent_profiling_basis",
    "consent_profiling_source",
    "objection",
    "signup_channel",
];

/// Language and country: the real country where it is France, Germany or a neighbour of one; the draw for the rest.
fn country(real: &str, rng: &mut Rng) -> &'static Country {
    match real {
        "France" | "Belgium" => &FRANCE,
        "Germany" | "Austria" => &GERMANY,
        _ if rng.chance(450) => &FRANCE,
        _ => &BRITAIN,
    }
}

/// Returns the customers of the base, sorted by number.
pub(crate) fn people(base: &Base, seed: u64) -> Vec<Person> {
    // By number as text: all have five digits. Value: first line, pence spent.
    let mut customers: BTreeMap<&str, (Position, i64, Position, i64)> = BTreeMap::new();
    for line in &base.lines {
        let Some(contact) = line.contact else { continue };
        let entry = customers.entry(base.contacts.text(contact)).or_insert((contact, line.at, line.country, 0));
        entry.1 = entry.1.min(line.at);
        if line.at < STORY && !line.returned {
            entry.3 += line.pence * line.quantity;
        }
    }
    let people = customers.into_iter().enumerate().map(|(rank, (id, (position, first_order, real, spent)))| {
        let mut rng = Rng::new(seed, "country", id);
        let country = country(base.countries.text(real), &mut rng);
        let created = first_order - rng.range(3600, 90 * DAY);
        Person { position, id: id.to_owned(), french: country.locale == "fr-FR", first_order, created, country, rank, spent }
    });
    people.collect()
}

/// A day of birth: eleven in a hundred unknown, eight in a thousand a 29 February.
fn birthday(rng: &mut Rng) -> Option<NaiveDate> {
    if rng.chance(110) {
        return None;
    }
    if rng.chance(8) {
        return NaiveDate::from_ymd_opt(*rng.pick(&[1948, 1956, 1964, 1972, 1980, 1984, 1988, 1992]), 2, 29);
    }
    let year = i32::try_from(rng.range(1938, 1992).midpoint(rng.range(1938, 1992))).ok()?;
    NaiveDate::from_yo_opt(year, u32::try_from(rng.range(1, 365)).ok()?)
}

/// Consent as the four columns of one purpose; what is not given has no date and no basis.
fn consent(given: bool, created: i64, basis: &str, rng: &mut Rng) -> [String; 4] {
    let at = rfc3339(created + rng.range(0, 2 * DAY));
    let source = *rng.weighted(&[("checkout", 50), ("account_form", 30), ("footer_form", 15), ("shop_counter", 5)]);
    if given {
        ["true".to_owned(), at, basis.to_owned(), source.to_owned()]
    } else {
        ["false".to_owned(), String::new(), String::new(), String::new()]
    }
}

fn tier(points: i64) -> &'static str {
    match points {
        0..100 => "",
        100..400 => "bronze",
        400..1500 => "silver",
        _ => "gold",
    }
}

fn record(person: &Person, seed: u64) -> Vec<String> {
    let Person { country, rank, id, created, .. } = person;
    let mut rng = Rng::new(seed, "person", id);
    let (given, gender) = *rng.pick(country.given);
    let surname = *rng.pick(country.surnames);
    let (given, surname) =
        oddities::NAMES.iter().find(|(odd, ..)| odd == rank).map_or((given, surname), |(_, given, surname)| (*given, *surname));
    let local = |name: &str| if name.len() > 40 || ascii(name).is_empty() { "contact".to_owned() } else { ascii(name) };
    let email = format!("{}.{}.{id}@{}", local(given), local(surname), rng.pick(country.domains));
    let email = oddities::ADDRESSES.iter().find(|(odd, _)| odd == rank).map_or(email, |(_, broken)| (*broken).to_owned());
    let first_name = if rng.chance(15) { "" } else { given };
    let born = birthday(&mut rng);
    let gender = if rng.chance(140) { "" } else { gender };
    let town = if rng.chance(40) { None } else { Some(rng.pick(country.towns)) };
    // People with a trap agreed to be written to, or the trap would never be met.
    let newsletter = rng.chance(720) || oddities::is_one(*rank);
    let basis = if !person.french && rng.chance(400) { "existing_customer" } else { "opt_in" };
    let newsletter = consent(newsletter, *created, basis, &mut rng);
    let profiling = rng.chance(if newsletter[0] == "true" { 810 } else { 120 });
    let profiling = consent(profiling, *created, "opt_in", &mut rng);
    let points = person.spent / 1000;
    let channel = *rng.weighted(&[("web", 70), ("shop", 18), ("fair", 7), ("", 5)]);
    let mut row =
        vec![id.clone(), email, first_name.to_owned(), surname.to_owned(), country.locale.to_owned(), country.timezone.to_owned()];
    row.push(born.map(|day| format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())).unwrap_or_default());
    row.push(gender.to_owned());
    let place = town.map_or([""; 5], |(city, postcode, lat, lon)| [*city, *postcode, country.name, *lat, *lon]);
    row.extend(place.map(str::to_owned));
    row.extend([rfc3339(*created), tier(points).to_owned(), points.to_string()]);
    row.extend(newsletter);
    row.extend(profiling);
    row.extend([oddities::objects(*rank).to_string(), channel.to_owned()]);
    row
}

/// Writes the contacts, separated by `;` as a spreadsheet in France would.
pub(crate) fn write(people: &[Person], seed: u64, path: &Path) -> Result<()> {
    let mut out = csv::WriterBuilder::new().delimiter(b';').from_path(path)?;
    out.write_record(HEADER)?;
    for person in people {
        out.write_record(record(person, seed))?;
    }
    out.flush()?;
    Ok(())
}
