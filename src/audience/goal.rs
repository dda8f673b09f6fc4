//! What a sequence wanted and has happened: the cart was bought, the card was replaced.

use super::trigger::{Triggered, triggered};
use crate::clock::Span;
use crate::profile::{Cart, Person, Profile};
use crate::project::campaign::TriggerKind;
use crate::project::checked::{Campaign, When};

/// A goal that was reached while the sequence for it would have run.
#[derive(Debug)]
pub struct Reached {
    /// What happened, and when: the same words for all to whom it happened on one day.
    pub what: String,
    /// The person as they would be without it.
    pub without: Profile,
}

/// Finds the goal a person has reached; `None` when they have not, or so long ago that the sequence would be over.
pub fn reached(campaign: &Campaign, person: &Person<'_>) -> Option<Reached> {
    let now = person.reading.now;
    match campaign.trigger.as_ref()?.on {
        TriggerKind::AbandonedCart => {
            let bought = person.profile.cart.bought.as_ref().filter(|bought| person.cart().is_none() && bought.at <= now.at)?;
            let last_step = campaign.steps.iter().map(|step| if let When::After(span) = step.when { span } else { Span(0) }).max()?;
            let over_at = bought.lines.first()?.added_at.plus(last_step).plus(campaign.late);
            if now.at > over_at {
                return None;
            }
            let cart = Cart { lines: bought.lines.clone(), bought: None };
            let without = Profile { cart, ..person.profile.clone() };
            Some(Reached { what: format!("cart bought on {}", bought.at.date(now.zone)), without })
        }
        TriggerKind::ExpiringPayment => {
            let mut replaced = person.profile.possessions.replaced.iter().filter(|card| card.ends_on >= now.today());
            replaced.find_map(|card| {
                let mut without = person.profile.clone();
                without.possessions.payment_methods = vec![card.clone()];
                let begun = triggered(campaign, &Person { profile: &without, ..*person }, &[]);
                let begun = matches!(begun, Triggered::Due(_) | Triggered::TooLate(_));
                begun.then(|| Reached { what: format!("card replaced before it ended on {}", card.ends_on), without })
            })
        }
        // Whose goal leaves no trace of what started the mail are simply not in the audience any more; a birthday has no goal.
        _ => None,
    }
}
