//! One mail composed: every slot filled under the limits of the mail, or the reason why it cannot be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::block::{BlockChoice, Blocks};
use super::candidate::NEW_IN;
use super::category::{CategoryChoice, order};
use super::offer::{OfferChoice, Offers};
use super::pick::{PassedOver, Pick, Stock, picks};
use crate::audience::history::Past;
use crate::audience::{Checked, Occasion, Reason, Skip};
use crate::catalogue::{Catalogue, Models};
use crate::clock::Timestamp;
use crate::condition::{Subject as _, Truth};
use crate::id::{ProductIx, SlotName};
use crate::profile::{CartLine, Owned, Person};
use crate::project::campaign::{Fill, SlotMode, Strategy};
use crate::project::checked::{Campaign, Slot};
use crate::project::content::Level;

/// Newest products that `new_in` proposes from.
const NEW_IN_MAX: usize = 200;

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
    /// Kinds of data truly used.
    pub because: BTreeSet<&'static str>,
}

/// Everything that composing needs besides the person.
#[derive(Debug)]
pub struct Composer<'a> {
    /// Products.
    pub catalogue: &'a Catalogue,
    /// What was learned from orders.
    pub models: &'a Models,
    /// Blocks.
    pub blocks: &'a Blocks,
    /// Offers.
    pub offers: &'a Offers,
    /// How personal mails may be.
    pub limits: Limits,
    new_in: Vec<ProductIx>,
}

impl<'a> Composer<'a> {
    /// Prepares what is the same for all people at an instant.
    pub fn new(
        catalogue: &'a Catalogue,
        models: &'a Models,
        blocks: &'a Blocks,
        offers: &'a Offers,
        limits: Limits,
        now: Timestamp,
    ) -> Self {
        let since = now.minus(NEW_IN);
        let published = |ix: &ProductIx| catalogue.product(*ix).published_at.filter(|at| *at > since && *at <= now);
        let mut new_in: Vec<ProductIx> = catalogue.all().filter(|ix| published(ix).is_some()).collect();
        new_in.sort_by_key(|ix| (std::cmp::Reverse(published(ix)), *ix));
        new_in.truncate(NEW_IN_MAX);
        Self { catalogue, models, blocks, offers, limits, new_in }
    }

    /// Says whether what a person did may be used to choose for them.
    pub fn may_profile(&self, person: &Person<'_>) -> bool {
        !self.limits.asks_profiling || person.consent("profiling") == Truth::True
    }

    /// Fills every slot of a campaign for one person; `log` collects the offer's conditions and what was passed over.
    pub fn compose(
        &self,
        campaign: &Campaign,
        occasion: &Occasion,
        person: &Person<'_>,
        past: &[Past],
        mut log: Option<&mut Vec<Checked>>,
    ) -> Result<Composition, Skip> {
        let may_profile = self.may_profile(person);
        let mut composition = Composition { slots: BTreeMap::new(), offer: None, because: BTreeSet::new() };
        let mut in_mail: Vec<ProductIx> = Vec::new();
        // What is given (the cart, the card) goes before what is chosen, so that a pick never repeats it.
        let given = |slot: &Slot| matches!(slot.spec.fill, Fill::Cart | Fill::Subject);
        let in_order = campaign.slots.iter().filter(|(_, slot)| given(slot)).chain(campaign.slots.iter().filter(|(_, slot)| !given(slot)));
        let mail = (campaign.name.as_str(), occasion.edition.as_str());
        for (name, slot) in in_order {
            let stock =
                Stock { catalogue: self.catalogue, models: self.models, new_in: &self.new_in, past, in_mail: &in_mail, may_profile, mail };
            let filling = self.fill(name, slot, occasion, person, stock, log.is_some())?;
            match &filling {
                Filling::Products { picks, .. } => in_mail.extend(picks.iter().map(|pick| pick.ix)),
                Filling::Cart { lines, .. } => in_mail.extend(lines.iter().map(|line| line.product)),
                Filling::Block(_) | Filling::Categories { .. } | Filling::Subject { .. } => {}
            }
            composition.slots.insert(name.clone(), filling);
        }
        self.limit_personal(campaign, occasion, person, &mut composition.slots);
        let step = occasion.step.as_deref().and_then(|step| campaign.step(step));
        if let Some(offer) = step.and_then(|step| step.offer.as_deref()) {
            composition.offer = self.offers.grant(offer, person, past, log.take());
        }
        composition.because = because(&composition.slots);
        Ok(composition)
    }

    fn fill(
        &self,
        name: &SlotName,
        slot: &Slot,
        occasion: &Occasion,
        person: &Person<'_>,
        stock: Stock<'_>,
        explain: bool,
    ) -> Result<Filling, Skip> {
        let unfilled = |why: String| Skip::new(Reason::SlotUnfilled, format!("{name}: {why}"));
        match slot.spec.fill {
            Fill::Block => {
                let same_for_all = slot.spec.mode == SlotMode::Editorial || !stock.may_profile;
                let max_level = if same_for_all { Level::General } else { self.limits.max_level };
                let (campaign, edition) = stock.mail;
                let choice = self.blocks.choose(name, campaign, edition, person, max_level);
                choice.map(Filling::Block).ok_or_else(|| unfilled("no block".to_owned()))
            }
            Fill::Products => {
                let may_profile = stock.may_profile && slot.spec.mode == SlotMode::Automatic && self.limits.max_level > Level::General;
                let mut passed_over = Vec::new();
                let picks = picks(slot, person, Stock { may_profile, ..stock }, explain.then_some(&mut passed_over));
                if picks.len() < slot.spec.min {
                    return Err(unfilled(format!("fewer than {} products", slot.spec.min)));
                }
                Ok(Filling::Products { picks, passed_over })
            }
            Fill::Categories => Ok(Filling::Categories { items: order(&slot.spec.categories, slot.spec.count, person, stock.may_profile) }),
            Fill::Cart => {
                let cart = person.cart().unwrap_or_default();
                let on_sale = |line: &&CartLine| self.catalogue.product(line.product).available(person.reading.now.at);
                let lines: Vec<CartLine> = cart.lines.iter().filter(on_sale).take(slot.spec.count.max(1)).copied().collect();
                if lines.len() < slot.spec.min.max(1) {
                    return Err(unfilled("nothing in the cart is for sale".to_owned()));
                }
                Ok(Filling::Cart { lines, n: cart.lines.len() })
            }
            Fill::Subject => {
                occasion.owned.clone().map(|owned| Filling::Subject { owned }).ok_or_else(|| unfilled("nothing expires".to_owned()))
            }
        }
    }

    /// Sends the least important personal blocks back to the general one when there are too many.
    fn limit_personal(&self, campaign: &Campaign, occasion: &Occasion, person: &Person<'_>, slots: &mut BTreeMap<SlotName, Filling>) {
        let Some(max) = campaign.spec.max_personalised_blocks else { return };
        let personal = |filling: &Filling| match filling {
            Filling::Block(choice) if choice.level > Level::General => Some(choice.level),
            _ => None,
        };
        let mut over: Vec<(Level, SlotName)> =
            slots.iter().filter_map(|(name, filling)| Some((personal(filling)?, name.clone()))).collect();
        over.sort();
        let n_over = over.len().saturating_sub(max);
        for (_, name) in over.into_iter().take(n_over) {
            if let Some(mut general) = self.blocks.choose(&name, campaign.name.as_str(), occasion.edition.as_str(), person, Level::General)
            {
                general.because = format!("at most {max} personal blocks in this mail");
                slots.insert(name, Filling::Block(general));
            }
        }
    }
}

/// Lists the kinds of data that the fillings rest on.
fn because(slots: &BTreeMap<SlotName, Filling>) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    for filling in slots.values() {
        match filling {
            Filling::Block(choice) => kinds.extend(choice.uses.iter().copied()),
            Filling::Products { picks, .. } => kinds.extend(picks.iter().flat_map(|pick| data_of(pick.strategy)).copied()),
            Filling::Categories { items } if items.iter().any(|item| item.affinity > 0.0) => kinds.extend(["orders", "views"]),
            Filling::Cart { .. } => kinds.extend(["cart"]),
            Filling::Subject { .. } => kinds.extend(["contracts"]),
            Filling::Categories { .. } => {}
        }
    }
    kinds
}

fn data_of(strategy: Strategy) -> &'static [&'static str] {
    match strategy {
        Strategy::Usual => &["orders"],
        Strategy::Cart => &["cart"],
        Strategy::RecentlyViewed => &["views"],
        Strategy::AlsoBought | Strategy::Similar | Strategy::PopularInCategory => &["orders", "views"],
        Strategy::PopularRecent | Strategy::NewIn | Strategy::Pinned | Strategy::Exploration => &[],
    }
}
