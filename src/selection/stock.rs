//! What choosing blocks and products needs besides the person and the slot.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::finder::Finder;
use super::known::Known;
use super::new_in::NewIn;
use super::offer::OfferChoice;
use super::prepared::Prepared;
use super::shelf::Shelf;
use crate::audience::history::Past;
use crate::catalogue::{Catalogue, Models};
use crate::id::{ProductIx, SlotName};
use crate::project::campaign::Purpose;
use crate::project::checked::Slot;
use crate::recommend::{Likeness, Recommender};

/// What a slot needs besides the person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stock<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) models: &'a Models,
    pub(super) recommender: &'a Recommender,
    /// How alike two products look.
    pub(super) likeness: &'a Likeness<'a>,
    pub(super) new_in: &'a NewIn,
    /// What a lot may reach besides what sells, put in order when one is drawn first.
    pub(super) shelf: &'a OnceLock<Shelf>,
    /// What searches speak of.
    pub(super) finder: &'a Finder<'a>,
    /// The benefit this mail carries.
    pub(super) offer: Option<&'a OfferChoice>,
    /// Mails of the past to this person.
    pub(super) past: &'a [Past],
    /// Products already in the mail.
    pub(super) in_mail: &'a [ProductIx],
    /// What the products of the slot are for.
    pub(super) purpose: Purpose,
    /// Products that started this mail.
    pub(super) started_by: &'a [ProductIx],
    /// Whether what the person did may be used.
    pub(super) may_profile: bool,
    /// Whether somebody asks why what is not shown is not.
    pub(super) tells: bool,
    /// What was made ready for the slot.
    pub(super) prepared: &'a Prepared,
    /// What the slots of the mail ask alike.
    pub(super) known: &'a Known,
    /// Names this mail for draws: campaign, edition.
    pub(super) mail: (&'a str, &'a str),
    /// Names the slot for draws: each slot of a mail has a lot of its own.
    pub(super) slot: &'a str,
    /// The slots of the campaign, as the arm has them.
    pub(super) slots: &'a BTreeMap<SlotName, Slot>,
}
