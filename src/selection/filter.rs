//! The filters of a slot: what may not be shown to a person, and why.

use std::collections::HashSet;
use std::fmt;

use chrono::NaiveDate;

use super::candidate::Proposal;
use super::here_now;
use super::stock::Stock;
use crate::audience::history::Past;
use crate::catalogue::Product;
use crate::clock::{Span, Timestamp};
use crate::id::{ProductId, ProductIx};
use crate::profile::Person;
use crate::project::campaign::Strategy;
use crate::project::checked::Slot;

/// Why a product is not shown; its words are written only when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Refusal {
    UnderFloor(f32),
    OutOfStock,
    NotForSale,
    InMail,
    Denied,
    NotAllowed,
    OtherCategory,
    Bought(NaiveDate),
    ShownLately,
    ShownEnough(usize),
    ViewedJustNow,
    OutsidePriceBand,
    Undated,
    NotPublished,
    TooOld(NaiveDate),
    Elsewhere,
    Read(NaiveDate),
    Unwanted,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnderFloor(score) => write!(f, "score {score:.2} under the floor"),
            Self::OutOfStock => f.write_str("out of stock"),
            Self::NotForSale => f.write_str("not for sale now"),
            Self::InMail => f.write_str("already in the mail"),
            Self::Denied => f.write_str("denied"),
            Self::NotAllowed => f.write_str("not in the list allowed"),
            Self::OtherCategory => f.write_str("in another category"),
            Self::Bought(day) => write!(f, "bought {day}"),
            Self::ShownLately => f.write_str("shown lately"),
            Self::ShownEnough(n) => write!(f, "shown by {n} mails already"),
            Self::ViewedJustNow => f.write_str("looked at a moment ago"),
            Self::OutsidePriceBand => f.write_str("outside the price band"),
            Self::Undated => f.write_str("no date of publication"),
            Self::NotPublished => f.write_str("not published yet"),
            Self::TooOld(day) => write!(f, "too old: published {day}"),
            Self::Elsewhere => f.write_str("about a place far from the person"),
            Self::Read(day) => write!(f, "looked at {day}"),
            Self::Unwanted => f.write_str("of a topic that the person does without"),
        }
    }
}

/// The filters of one slot for one person.
pub(super) struct Filter<'a> {
    slot: &'a Slot,
    person: &'a Person<'a>,
    stock: Stock<'a>,
    shown: HashSet<&'a str>,
    band: Option<(i64, i64)>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(slot: &'a Slot, person: &'a Person<'a>, stock: Stock<'a>) -> Self {
        let now = person.reading.now.at;
        let shown = slot.not_shown_within.map_or_else(HashSet::new, |span| {
            let recent = stock.past.iter().filter(|past| past.at > now.minus(span));
            recent.flat_map(|past| past.products.iter().map(ProductId::as_str)).collect()
        });
        let band = if slot.spec.price_band && stock.may_profile { person.profile.orders.price_band } else { None };
        Self { slot, person, stock, shown, band }
    }

    /// Returns why a proposal cannot be shown, if it cannot.
    pub(super) fn refusal(&self, proposal: &Proposal) -> Option<Refusal> {
        let product = self.stock.catalogue.product(proposal.product);
        if f64::from(proposal.score) < self.slot.spec.relevance_floor {
            return Some(Refusal::UnderFloor(proposal.score));
        }
        self.hard_refusal(proposal.product, product).or_else(|| self.soft_refusal(proposal, product))
    }

    /// Says whether a product may be shown by hand or by draw.
    pub(super) fn may_show(&self, ix: ProductIx) -> bool {
        let product = self.stock.catalogue.product(ix);
        let by_draw = Proposal { product: ix, score: 1.0, strategy: Strategy::Exploration, seed: None, carried_by: None };
        self.hard_refusal(ix, product).is_none() && self.soft_refusal(&by_draw, product).is_none()
    }

    fn hard_refusal(&self, ix: ProductIx, product: &Product) -> Option<Refusal> {
        let spec = &self.slot.spec;
        if !product.available(self.person.reading.now.at) {
            return Some(if product.stock == Some(0) { Refusal::OutOfStock } else { Refusal::NotForSale });
        }
        if self.stock.in_mail.contains(&ix) {
            return Some(Refusal::InMail);
        }
        if spec.deny.iter().any(|id| id == product.id.as_str()) {
            return Some(Refusal::Denied);
        }
        if !spec.allow.is_empty() && !spec.allow.iter().any(|id| id == product.id.as_str()) {
            return Some(Refusal::NotAllowed);
        }
        if !self.stock.prepared.allows(product) {
            return Some(Refusal::OtherCategory);
        }
        if product.topics.iter().any(|topic| self.person.profile.wishes.not_shown.contains(topic)) {
            return Some(Refusal::Unwanted);
        }
        here_now::refusal(self.slot, product, self.person)
    }

    fn soft_refusal(&self, proposal: &Proposal, product: &Product) -> Option<Refusal> {
        if proposal.strategy == Strategy::Trigger {
            // The mail is about it: a later step shows it again, and a habit was bought lately.
            return None;
        }
        if proposal.strategy != Strategy::Usual
            && self.stock.may_profile
            && let Some(at) = self.slot.not_bought_within.and_then(|span| self.bought_since(proposal.product, span))
        {
            return Some(Refusal::Bought(at.date(self.person.reading.now.zone)));
        }
        if self.stock.may_profile
            && let Some(at) = here_now::read_at(self.slot, proposal.product, self.person)
        {
            return Some(Refusal::Read(at.date(self.person.reading.now.zone)));
        }
        if !self.shown.is_empty() && self.shown.contains(product.id.as_str()) {
            return Some(Refusal::ShownLately);
        }
        if let Some(most) = self.slot.spec.max_repeats {
            let shows = |past: &&Past| past.products.iter().any(|shown| shown.as_str() == product.id.as_str());
            if self.stock.past.iter().filter(shows).count() >= most {
                return Some(Refusal::ShownEnough(most));
            }
        }
        if self.stock.may_profile && self.viewed_since(proposal.product, self.slot.min_delay.unwrap_or(self.person.reading.min_age)) {
            return Some(Refusal::ViewedJustNow);
        }
        if let Some((low, high)) = self.band
            && let paid = self.person.price(proposal.product)
            && paid.currency == self.person.reading.currency
            && !(low..=high).contains(&paid.minor)
        {
            return Some(Refusal::OutsidePriceBand);
        }
        None
    }

    /// Says whether the person looked at a product, or put it in the cart, within so much time.
    fn viewed_since(&self, product: ProductIx, span: Span) -> bool {
        let since = self.person.reading.now.at.minus(span);
        self.person.profile.interests.iter().take_while(|interest| interest.last_at > since).any(|interest| interest.product == product)
    }

    fn bought_since(&self, product: ProductIx, span: Span) -> Option<Timestamp> {
        let since = self.person.reading.now.at.minus(span);
        let recent = self.person.profile.purchased.iter().take_while(|bought| bought.last_at > since);
        recent.filter(|bought| bought.product == product).map(|bought| bought.last_at).next()
    }
}
