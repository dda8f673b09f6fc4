//! A composed mail as a value, and what composing starts from besides the project.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::block::BlockChoice;
use super::category::CategoryChoice;
use super::claim::Claims;
use super::intrusion::Intrusion;
use super::length::Length;
use super::limit::{is_same_for_all, personal_level};
use super::offer::OfferChoice;
use super::pick::{PassedOver, Pick};
use crate::audience::history::Past;
use crate::clock::Timestamp;
use crate::id::{BlockName, ContactId, SlotName};
use crate::money::Money;
use crate::profile::{CartLine, Owned};
use crate::project::content::Level;

/// How personal a mail may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most precise level of block.
    pub max_level: Level,
    /// Whether the contacts say anything about the consent to profiling; then silence means no.
    pub asks_profiling: bool,
}

/// What fills one slot.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "fill", rename_all = "snake_case")]
pub enum Filling {
    /// A block.
    Block(BlockChoice),
    /// Product picks.
    Products {
        /// Best first.
        picks: Vec<Pick>,
        /// Mean likeness of two picks: the share of their topics that they have in common, 0 to 1; `None` of fewer than two.
        likeness: Option<f32>,
        /// Proposed and refused, when `explain` asked.
        passed_over: Vec<PassedOver>,
    },
    /// A menu.
    Categories {
        /// The person's order.
        items: Vec<CategoryChoice>,
    },
    /// Open cart lines.
    Cart {
        /// Latest first.
        #[serde(skip)]
        lines: Vec<CartLine>,
        /// Lines of the whole cart.
        n: usize,
        /// What may truly be said of each line.
        #[serde(skip)]
        claims: Vec<Claims>,
    },
    /// What expires or ends.
    Subject {
        /// The card or contract.
        owned: Owned,
    },
}

/// One mail, composed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Composition {
    /// Slot by slot.
    pub slots: BTreeMap<SlotName, Filling>,
    /// The benefit, if any.
    pub offer: Option<OfferChoice>,
    /// Without one, the first offer of the step and what it would cost here.
    #[serde(skip)]
    pub not_given: Option<(String, Money)>,
    /// Kinds of data truly used.
    pub because: BTreeSet<&'static str>,
    /// What it lets its reader see to be known of them, in points.
    pub intrusion: Intrusion,
    /// How long it is, where its campaign says how long it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<Length>,
    /// Personal blocks that made place for the general one, for the caps on them over all campaigns.
    #[serde(skip)]
    pub capped: Vec<BlockName>,
    /// Whether what the person did may be used for this mail.
    #[serde(skip)]
    pub may_profile: bool,
    /// When the first thing that the mail shows as for sale, or as ending, is over: it must not be sent later.
    #[serde(skip)]
    pub ends_at: Option<Timestamp>,
}

impl Composition {
    /// Returns how many blocks are above the general level.
    pub fn n_personal_blocks(&self) -> u32 {
        self.slots.values().filter(|filling| personal_level(filling).is_some()).count().try_into().unwrap_or(u32::MAX)
    }

    /// Says whether anything in the mail follows its reader.
    pub fn is_personal(&self) -> bool {
        self.offer.is_some() || !self.slots.values().all(is_same_for_all)
    }
}

/// What a person got before.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// Mails of the past.
    pub past: &'a [Past],
    /// Offers of this run, which the history does not hold yet, and when they leave.
    pub just_now: &'a [(String, Timestamp)],
}

/// Offers given a moment ago, by person, and when.
pub type Offered = HashMap<ContactId, Vec<(String, Timestamp)>>;

/// Offers that people do not get because others come first: by person, the name and why.
pub type Refused = HashMap<ContactId, BTreeMap<String, String>>;
