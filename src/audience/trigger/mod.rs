//! What starts a mail for one person: the date of a list, or the event that a sequence hangs on.

mod dates;
mod kept;
mod orders;
mod products;
mod steps;
mod together;

use super::history::Past;
use crate::clock::Timestamp;
use crate::id::{Edition, ProductIx};
use crate::profile::{Owned, Person};
use crate::project::campaign::TriggerKind;
use crate::project::checked::Campaign;
use crate::project::trigger::Trigger;

/// One mail that is due for one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Occasion {
    /// Its edition: with campaign and recipient, the send key.
    pub edition: Edition,
    /// When it was due.
    pub due_at: Timestamp,
    /// When it becomes too late.
    pub expires_at: Timestamp,
    /// When the recipient's hours open, when they are closed now.
    pub not_before: Option<Timestamp>,
    /// Step of a sequence.
    pub step: Option<String>,
    /// What expires or ends.
    pub owned: Option<Owned>,
    /// Products that started it, the one that matters most first.
    pub products: Vec<ProductIx>,
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

/// Something that happened, or will, to one person.
#[derive(Debug, Clone, PartialEq)]
struct Cause {
    /// The instant that steps are counted from.
    at: Timestamp,
    /// Names it in the editions of its mails: the same whenever it is looked at.
    key: String,
    /// When no mail about it makes sense any more, whatever `late` says.
    until: Option<Timestamp>,
    owned: Option<Owned>,
    products: Vec<ProductIx>,
}

impl Cause {
    fn new(at: Timestamp, key: impl Into<String>) -> Self {
        Self { at, key: key.into(), until: None, owned: None, products: Vec::new() }
    }
}

/// What a trigger is asked with: the person, and what was sent to them.
#[derive(Clone, Copy)]
struct Asked<'a> {
    campaign: &'a Campaign,
    trigger: &'a Trigger,
    person: &'a Person<'a>,
    past: &'a [Past],
}

/// Finds the latest step that is due for a person; of several cards, orders or products, one that they were not told of in `past`.
pub fn triggered(campaign: &Campaign, person: &Person<'_>, past: &[Past]) -> Triggered {
    let Some(trigger) = &campaign.trigger else { return Triggered::No("the campaign has neither a schedule nor a trigger") };
    let asked = Asked { campaign, trigger, person, past };
    let possessions = &person.profile.possessions;
    match trigger.on {
        TriggerKind::AbandonedCart => asked.choose(products::cart(&asked).into_iter().collect(), "no open cart"),
        TriggerKind::AbandonedBrowse => asked.choose(products::browsed(&asked).into_iter().collect(), "no interest left open"),
        TriggerKind::BackInStock => asked.choose_lately(products::back_in_stock(&asked), "nothing they looked at came back"),
        TriggerKind::PriceDrop => asked.choose_lately(products::reduced(&asked), "nothing they looked at was reduced since"),
        TriggerKind::Welcome => asked.choose_lately(dates::welcome(&asked).into_iter().collect(), "no `created_at` lately"),
        TriggerKind::PostPurchase => asked.choose_lately(orders::each(&asked), "no order lately"),
        TriggerKind::Replenishment => asked.choose_lately(orders::habits(&asked), "no habit is due"),
        TriggerKind::Dormant => asked.choose_lately(orders::dormant(&asked).into_iter().collect(), "no silence has just begun"),
        TriggerKind::Date => asked.choose_lately(dates::of_field(&asked).into_iter().collect(), "no such date is near"),
        TriggerKind::Event => asked.choose_lately(products::acts(&asked), "no such act lately"),
        TriggerKind::ExpiringPayment => asked.choose(dates::ends(&asked, &possessions.payment_methods), "no card that expires"),
        TriggerKind::EndingContract => asked.choose(dates::ends(&asked, &possessions.contracts), "no contract that ends"),
        TriggerKind::Birthday => asked.choose(dates::birthday(&asked).into_iter().collect(), "no birthday known"),
    }
}

pub(super) use kept::stands;
pub use products::has_changed;
