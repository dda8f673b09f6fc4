//! Triggers that hang on a day: what ends, a birthday, a date of the contact, the day they came.

use chrono::{Datelike as _, NaiveDate, NaiveTime};

use super::{Asked, Cause};
use crate::clock::{Now, Timestamp};
use crate::profile::{Contact, Owned};
use crate::project::trigger::DateField;

/// Hour of the day, in the campaign's zone, at which mails that hang on a day are due.
const DATE_HOUR: u32 = 9;
/// Names the one welcome of a person.
const ONCE: &str = "once";

/// Cards or contracts that have not ended, the first to end first.
pub(super) fn ends(asked: &Asked<'_>, owned: &[Owned]) -> Vec<Cause> {
    let now = asked.now();
    let mut owned: Vec<&Owned> = owned.iter().filter(|owned| owned.ends_on >= now.today()).collect();
    owned.sort();
    let cause = |owned: &Owned| Cause { owned: Some(owned.clone()), ..Cause::new(at_hour(owned.ends_on, now), key_of(owned)) };
    owned.into_iter().map(cause).collect()
}

/// Names a thing that ends, in an edition.
pub(super) fn key_of(owned: &Owned) -> String {
    format!("{}@{}", owned.id, owned.ends_on)
}

pub(super) fn birthday(asked: &Asked<'_>) -> Option<Cause> {
    let birthday = asked.person.profile.contact.birthday.filter(|birthday| *birthday <= asked.now().today())?;
    yearly(birthday, asked.now())
}

/// The date that a campaign names; the key is the day, or its year when it comes back.
pub(super) fn of_field(asked: &Asked<'_>) -> Option<Cause> {
    let now = asked.now();
    let day = day_of(asked.trigger.field.as_ref()?, &asked.person.profile.contact, now)?;
    if asked.trigger.yearly { yearly(day, now) } else { Some(Cause::new(at_hour(day, now), day.to_string())) }
}

pub(super) fn welcome(asked: &Asked<'_>) -> Option<Cause> {
    // The same name whatever becomes of `created_at`: a person is welcomed once.
    asked.person.profile.contact.created_at.filter(|at| *at <= asked.now().at).map(|at| Cause::new(at, ONCE))
}

/// Returns a date of a contact; `None` when it is unknown or cannot be read.
pub(super) fn day_of(field: &DateField, contact: &Contact, now: Now) -> Option<NaiveDate> {
    match field {
        DateField::Birthday => contact.birthday,
        DateField::CreatedAt => contact.created_at.map(|at| at.date(now.zone)),
        DateField::Attribute(name) => Timestamp::parse(contact.attributes.get(name)?, now.zone).map(|at| at.date(now.zone)),
    }
}

/// Returns the hour at which mails about a day are due.
pub(super) fn at_hour(day: NaiveDate, now: Now) -> Timestamp {
    let hour = NaiveTime::from_hms_opt(DATE_HOUR, 0, 0).unwrap_or(NaiveTime::MIN);
    Timestamp::from_local(day.and_time(hour), now.zone)
}

/// The nearest return of a day decides, so that mails some days before and after both find theirs.
fn yearly(day: NaiveDate, now: Now) -> Option<Cause> {
    let year = now.today().year();
    let returns = (year - 1..=year + 1).filter_map(|year| in_year(day, year));
    let nearest = returns.min_by_key(|day| (*day - now.today()).num_days().abs())?;
    Some(Cause::new(at_hour(nearest, now), nearest.year().to_string()))
}

/// Returns the day in a year; 29 February is kept on the 28th when there is no 29th.
fn in_year(day: NaiveDate, year: i32) -> Option<NaiveDate> {
    day.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
}
