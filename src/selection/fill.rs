//! One mail composed: every slot filled under the limits of the mail, or the reason why it cannot be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::block::{BlockChoice, Blocks, Reach};
use super::candidate::NEW_IN;
use super::category::{CategoryChoice, order};
use super::offer::{OfferChoice, Offers};
use super::pick::{PassedOver, Pick, is_impersonal, picks};
use super::stock::Stock;
use crate::audience::history::Past;
use crate::audience::{Checked, Occasion, Reason, Skip};
use crate::catalogue::{Catalogue, Models};
use crate::clock::Timestamp;
use crate::condition::{Subject as _, Truth, Use};
use crate::id::{ProductIx, SlotName};
use crate::profile::{CartLine, Owned, Person};
use crate::project::campaign::{Fill, SlotMode, Strategy, TriggerKind};
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
    /// Whether what the person did may be used for this mail.
    #[serde(skip)]
    pub may_profile: bool,
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
        let mut composition = Composition { slots: BTreeMap::new(), offer: None, because: BTreeSet::new(), may_profile };
        let mut in_mail: Vec<ProductIx> = Vec::new();
        // What is the same for all comes first, so that it stays so; then what is given (the cart, the card), so that
        // what is chosen last repeats neither.
        let turn = |slot: &Slot| match (slot.spec.mode, slot.spec.fill) {
            (SlotMode::Editorial, _) => 0,
            (SlotMode::Automatic, Fill::Cart | Fill::Subject) => 1,
            (SlotMode::Automatic, _) => 2,
        };
        let mut in_order: Vec<(&SlotName, &Slot)> = campaign.slots.iter().collect();
        in_order.sort_by_key(|(_, slot)| turn(slot));
        let mail = (campaign.name.as_str(), occasion.edition.as_str());
        for (name, slot) in in_order {
            let editorial = slot.spec.mode == SlotMode::Editorial;
            let may_profile = may_profile && !editorial && self.limits.max_level > Level::General;
            let past = if editorial { &[] } else { past };
            let stock =
                Stock { catalogue: self.catalogue, models: self.models, new_in: &self.new_in, past, in_mail: &in_mail, may_profile, mail };
            let filling = self.fill(name, slot, (campaign, occasion), person, stock, log.is_some())?;
            if slot.spec.fill == Fill::Products && slot.spec.price_band && may_profile && person.profile.orders.price_band.is_some() {
                composition.because.insert(Use::Orders.word());
            }
            match &filling {
                Filling::Products { picks, .. } => in_mail.extend(picks.iter().map(|pick| pick.ix)),
                Filling::Cart { lines, .. } => in_mail.extend(lines.iter().map(|line| line.product)),
                Filling::Block(_) | Filling::Categories { .. } | Filling::Subject { .. } => {}
            }
            composition.slots.insert(name.clone(), filling);
        }
        self.limit_personal(campaign, mail, person, &mut composition.slots);
        let step = occasion.step.as_deref().and_then(|step| campaign.step(step));
        if let Some(offer) = step.and_then(|step| step.offer.as_deref()) {
            composition.offer = self.offers.grant(offer, person, past, may_profile, log.take());
        }
        composition.because.extend(because(&composition, person));
        Ok(composition)
    }

    fn fill(
        &self,
        name: &SlotName,
        slot: &Slot,
        mail: (&Campaign, &Occasion),
        person: &Person<'_>,
        stock: Stock<'_>,
        explain: bool,
    ) -> Result<Filling, Skip> {
        let (campaign, occasion) = mail;
        let unfilled = |why: String| Skip::new(Reason::SlotUnfilled, format!("{name}: {why}"));
        match slot.spec.fill {
            Fill::Block => {
                let reach = match slot.spec.mode {
                    SlotMode::Editorial => Reach::Everybody,
                    SlotMode::Automatic if stock.may_profile => Reach::UpTo(self.limits.max_level),
                    SlotMode::Automatic => Reach::WithoutBehaviour,
                };
                let choice = self.blocks.choose(name, stock.mail, person, reach);
                choice.map(Filling::Block).ok_or_else(|| unfilled("no block".to_owned()))
            }
            Fill::Products => {
                let mut passed_over = Vec::new();
                let picks = picks(slot, person, stock, explain.then_some(&mut passed_over));
                if picks.len() < slot.spec.min {
                    return Err(unfilled(format!("fewer than {} products", slot.spec.min)));
                }
                Ok(Filling::Products { picks, passed_over })
            }
            Fill::Categories => Ok(Filling::Categories { items: order(&slot.spec.categories, slot.spec.count, person, stock.may_profile) }),
            Fill::Cart => {
                let hangs_on_it = campaign.spec.trigger.as_ref().is_some_and(|trigger| trigger.on == TriggerKind::AbandonedCart);
                let cart = person.cart().filter(|_| hangs_on_it || self.may_profile(person)).unwrap_or_default();
                let on_sale = |line: &&CartLine| self.catalogue.product(line.product).available(person.reading.now.at);
                let lines: Vec<CartLine> = cart.lines.iter().filter(on_sale).take(slot.spec.count.max(1)).copied().collect();
                if lines.len() < slot.spec.min.max(usize::from(hangs_on_it)) {
                    return Err(unfilled("nothing in the cart is for sale".to_owned()));
                }
                Ok(Filling::Cart { lines, n: cart.lines.len() })
            }
            Fill::Subject => {
                occasion.owned.clone().map(|owned| Filling::Subject { owned }).ok_or_else(|| unfilled("nothing expires".to_owned()))
            }
        }
    }

    /// Sends the least important personal blocks back to the general one when there are too many of them, or too few slots that
    /// are the same for all.
    fn limit_personal(&self, campaign: &Campaign, mail: (&str, &str), person: &Person<'_>, slots: &mut BTreeMap<SlotName, Filling>) {
        let personal = |filling: &Filling| match filling {
            Filling::Block(choice) if choice.level > Level::General => Some(choice.level),
            _ => None,
        };
        let mut blocks: Vec<(Level, SlotName)> =
            slots.iter().filter_map(|(name, filling)| Some((personal(filling)?, name.clone()))).collect();
        blocks.sort();
        let n_same = slots.values().filter(|filling| is_same_for_all(filling)).count();
        let n_owed = campaign.spec.min_unpersonalised_slots.saturating_sub(n_same);
        let n_over = campaign.spec.max_personalised_blocks.map_or(0, |max| blocks.len().saturating_sub(max));
        for (_, name) in blocks.into_iter().take(n_over.max(n_owed)) {
            if let Some(mut general) = self.blocks.choose(&name, mail, person, Reach::UpTo(Level::General)) {
                "few enough personal blocks in this mail".clone_into(&mut general.because);
                slots.insert(name, Filling::Block(general));
            }
        }
    }
}

/// Says whether a filling rests on nothing about its reader.
fn is_same_for_all(filling: &Filling) -> bool {
    match filling {
        Filling::Block(choice) => choice.level == Level::General,
        Filling::Products { picks, .. } => picks.iter().all(|pick| is_impersonal(pick.strategy)),
        Filling::Categories { items } => items.iter().all(|item| item.affinity == 0.0),
        Filling::Cart { .. } | Filling::Subject { .. } => false,
    }
}

/// Lists the kinds of data that the mail rests on; of what was done, only what there is.
fn because(composition: &Composition, person: &Person<'_>) -> BTreeSet<&'static str> {
    let mut uses: BTreeSet<Use> = composition.offer.iter().flat_map(|offer| offer.uses.iter().copied()).collect();
    let mut taste = BTreeSet::new();
    for filling in composition.slots.values() {
        match filling {
            Filling::Block(choice) => uses.extend(&choice.uses),
            Filling::Products { picks, .. } => taste.extend(picks.iter().flat_map(|pick| data_of(pick.strategy)).copied()),
            Filling::Categories { items } if items.iter().any(|item| item.affinity > 0.0) => taste.extend([Use::Orders, Use::Views]),
            Filling::Cart { n: 1.., .. } => _ = uses.insert(Use::Cart),
            Filling::Subject { .. } => _ = uses.insert(Use::Contracts),
            Filling::Cart { .. } | Filling::Categories { .. } => {}
        }
    }
    let there_is = |used: &Use| match used {
        Use::Orders => person.profile.orders.n > 0,
        Use::Views => person.profile.activity.n_events > 0,
        _ => true,
    };
    uses.extend(taste.into_iter().filter(there_is));
    uses.into_iter().map(Use::word).collect()
}

fn data_of(strategy: Strategy) -> &'static [Use] {
    match strategy {
        Strategy::Usual => &[Use::Orders],
        Strategy::Cart => &[Use::Cart],
        Strategy::RecentlyViewed => &[Use::Views],
        Strategy::AlsoBought | Strategy::Similar | Strategy::PopularInCategory => &[Use::Orders, Use::Views],
        Strategy::PopularRecent | Strategy::NewIn | Strategy::Pinned | Strategy::Exploration => &[],
    }
}
