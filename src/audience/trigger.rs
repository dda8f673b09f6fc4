//! What starts a mail for one person: the date of a list, or the event that a sequence hangs on.

use chrono::{Datelike as _, NaiveDate, NaiveTime};

use super::history::Past;
use crate::clock::{Now, Span, Timestamp};
use crate::id::Edition;
use crate::profile::{Owned, Person};
use crate::project::campaign::TriggerKind;
use crate::project::checked::{Campaign, Step, When};

/// Hour of the day, in the project's zone, at which mails that hang on a date are due.
const DATE_HOUR: u32 = 9;
/// A cart filled again this long after the last mail about it is another cart.
const CART_SILENCE: Span = Span::days(7);

/// One mail that is due for one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Occasion {
    /// Its edition: with campaign and recipient, the send key.
    pub edition: Edition,
    /// When it was due.
    pub due_at: Timestamp,
    /// When it becomes too late.
    pub expires_at: Timestamp,
    /// Step of a sequence.
    pub step: Option<String>,
    /// What expires or ends.
    pub owned: Option<Owned>,
}

/// What a trigger says of one person at `now`.
#[derive(Debug, Clone, PartialEq)]
pub enum Triggered {
    /// A mail is due.
    Due(Box<Occasion>),
    /// A mail was due and it is too late for it now.
    TooLate(Box<Occasion>),
    /// Nothing happened to this person; the words say what is missing.
    No(&'static str),
    /// Something happened, and its first mail is due later.
    NotYet(Timestamp),
}

/// Finds the latest step that is due for a person; of several cards, one that they were not told of in `past`.
pub fn triggered(campaign: &Campaign, kind: TriggerKind, person: &Person<'_>, past: &[Past]) -> Triggered {
    let now = person.reading.now;
    let told = |edition: &Edition| past.iter().any(|past| past.campaign == campaign.name && past.edition == *edition);
    match kind {
        TriggerKind::AbandonedCart => {
            let Some(cart) = person.cart() else { return Triggered::No("no open cart") };
            let Some(touched_at) = cart.touched_at() else { return Triggered::No("no open cart") };
            latest_step(campaign, now, touched_at, &cart_key(campaign, person, past, touched_at), None)
        }
        TriggerKind::ExpiringPayment => soonest(campaign, now, &person.profile.possessions.payment_methods, told, "no card that expires"),
        TriggerKind::EndingContract => soonest(campaign, now, &person.profile.possessions.contracts, told, "no contract that ends"),
        TriggerKind::Birthday => {
            let Some(birthday) = person.profile.contact.birthday.filter(|birthday| *birthday <= now.today()) else {
                return Triggered::No("no birthday known");
            };
            // The nearest birthday decides, so that mails some days before and after both find theirs.
            let year = now.today().year();
            let nearest = (year - 1..=year + 1)
                .filter_map(|year| birthday_in(birthday, year))
                .min_by_key(|day| (*day - now.today()).num_days().abs());
            let Some(day) = nearest else { return Triggered::No("no birthday known") };
            latest_step(campaign, now, at_hour(day, now), &day.year().to_string(), None)
        }
    }
}

/// Names a cart in the editions of its mails.
///
/// A cart has no id and its lines come and go. The first mail names it by the instant it was last filled then, and the mails after it
/// keep that name whatever is put in or taken out, until an order, or a silence of [`CART_SILENCE`] after the last mail, begins another.
fn cart_key(campaign: &Campaign, person: &Person<'_>, past: &[Past], touched_at: Timestamp) -> String {
    let last = past.iter().rfind(|past| past.campaign == campaign.name);
    let ordered_since = |at: Timestamp| person.profile.orders.last_at.is_some_and(|ordered_at| ordered_at > at);
    let same = last.filter(|last| touched_at <= last.at.plus(CART_SILENCE) && !ordered_since(last.at));
    same.and_then(|last| last.edition.as_str().split_once('/')).map_or_else(|| touched_at.to_string(), |(_, key)| key.to_owned())
}

/// Says whether what started a mail still stands, or what has happened since: the cart was bought, the card replaced.
///
/// `edition` is that of the mail, `STEP/KEY`. When a mail is due, and whether it is too late, is not asked.
pub(super) fn stands(kind: TriggerKind, edition: &Edition, person: &Person<'_>) -> Result<(), &'static str> {
    let (_, key) = edition.as_str().split_once('/').unwrap_or_default();
    let owns = |owned: &[Owned]| owned.iter().any(|owned| key_of(owned) == key);
    let possessions = &person.profile.possessions;
    let (still, otherwise) = match kind {
        TriggerKind::AbandonedCart => {
            let named_at = Timestamp::parse(key, person.reading.now.zone);
            let bought = person.profile.orders.last_at.zip(named_at).is_some_and(|(ordered_at, named_at)| ordered_at > named_at);
            (person.cart().is_some() && !bought, "the cart was bought or emptied")
        }
        TriggerKind::ExpiringPayment => (owns(&possessions.payment_methods), "the card was replaced"),
        TriggerKind::EndingContract => (owns(&possessions.contracts), "the contract was renewed or ended"),
        TriggerKind::Birthday => (person.profile.contact.birthday.is_some(), "the birthday is not known any more"),
    };
    if still { Ok(()) } else { Err(otherwise) }
}

/// Names a thing that ends, in an edition.
fn key_of(owned: &Owned) -> String {
    format!("{}@{}", owned.id, owned.ends_on)
}

/// Returns the birthday in a year; 29 February is kept on the 28th when there is no 29th.
fn birthday_in(birthday: NaiveDate, year: i32) -> Option<NaiveDate> {
    birthday.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
}

fn at_hour(day: NaiveDate, now: Now) -> Timestamp {
    let hour = NaiveTime::from_hms_opt(DATE_HOUR, 0, 0).unwrap_or(NaiveTime::MIN);
    Timestamp::from_local(day.and_time(hour), now.zone)
}

/// Finds a due mail among things that end, the first to end first; one already told of gives way to the next.
fn soonest(campaign: &Campaign, now: Now, owned: &[Owned], told: impl Fn(&Edition) -> bool, nothing: &'static str) -> Triggered {
    let mut owned: Vec<&Owned> = owned.iter().filter(|owned| owned.ends_on >= now.today()).collect();
    owned.sort();
    let mut best = Triggered::No(nothing);
    for owned in owned {
        let key = key_of(owned);
        let found = latest_step(campaign, now, at_hour(owned.ends_on, now), &key, Some(owned));
        match &found {
            Triggered::Due(occasion) if !told(&occasion.edition) => return found,
            Triggered::Due(_) => best = found,
            Triggered::TooLate(_) if !matches!(best, Triggered::Due(_)) => best = found,
            Triggered::NotYet(_) if matches!(best, Triggered::No(_)) => best = found,
            _ => {}
        }
    }
    best
}

/// Returns the latest step whose instant has come: an earlier step that was missed is not sent after a later one.
fn latest_step(campaign: &Campaign, now: Now, origin: Timestamp, key: &str, owned: Option<&Owned>) -> Triggered {
    let due_at = |step: &Step| match step.when {
        When::After(span) => origin.plus(span),
        When::Before(span) => before(origin, span, now),
    };
    let reached = campaign.steps.iter().filter(|step| due_at(step) <= now.at).max_by_key(|step| due_at(step));
    let Some(step) = reached else {
        return campaign.steps.iter().map(due_at).min().map_or(Triggered::No("the campaign has no step"), Triggered::NotYet);
    };
    let next_at = campaign.steps.iter().map(&due_at).filter(|at| *at > now.at).min();
    let due_at = due_at(step);
    let late_at = due_at.plus(campaign.late);
    // Whoever must be told of something that ends is told as long as it helps: until the next mail about it, or until its last day.
    let expires_at = match owned.filter(|_| campaign.spec.compulsory) {
        Some(owned) => {
            next_at.or_else(|| Some(Timestamp::start_of_day(owned.ends_on.succ_opt()?, now.zone))).map_or(late_at, |end| end.max(late_at))
        }
        None => late_at,
    };
    let occasion = Box::new(Occasion {
        edition: Edition(format!("{}/{key}", step.name)),
        due_at,
        expires_at,
        step: Some(step.name.clone()),
        owned: owned.cloned(),
    });
    if now.at <= occasion.expires_at { Triggered::Due(occasion) } else { Triggered::TooLate(occasion) }
}

/// Goes back whole days on the calendar, so that a change of clocks moves nothing, and the rest as time.
fn before(origin: Timestamp, span: Span, now: Now) -> Timestamp {
    let days = u64::try_from(span.0 / crate::clock::DAY_US).unwrap_or(0);
    let local = origin.local(now.zone).naive_local().checked_sub_days(chrono::Days::new(days));
    local.map_or_else(|| origin.minus(span), |local| Timestamp::from_local(local, now.zone).minus(Span(span.0 % crate::clock::DAY_US)))
}
