//! One mail composed: every slot filled under the limits of the mail, or the reason why it cannot be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::because::{because, kept_out_by};
use super::block::{BlockChoice, Blocks, Reach};
use super::candidate::NEW_IN;
use super::category::{CategoryChoice, order};
use super::claim::{Claims, of_slot};
use super::finder::Finder;
use super::goods::Goods;
use super::intrusion::{Intrusion, fit_budget};
use super::limit::{Room, ends_at, is_same_for_all, limit_personal, personal_level};
use super::offer::{Asked, OfferChoice, Offers};
use super::pick::{PassedOver, Pick, picks};
use super::rerank::likeness;
use super::stock::Stock;
use crate::audience::history::Past;
use crate::audience::{Checked, Occasion, Reason, Skip};
use crate::catalogue::{Catalogue, Models};
use crate::clock::Timestamp;
use crate::condition::Use;
use crate::id::{ContactId, ProductIx, SlotName};
use crate::money::Money;
use crate::profile::{CartLine, Owned, Person};
use crate::project::campaign::{Fill, SlotMode, TriggerKind};
use crate::project::checked::{Campaign, Cap, Slot};
use crate::project::content::Level;
use crate::project::privacy::Privacy;
use crate::recommend::Recommender;

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
    /// Whether what the person did may be used for this mail.
    #[serde(skip)]
    pub may_profile: bool,
    /// When the first thing that the mail shows as for sale, or as ending, is over: it must not be sent later.
    #[serde(skip)]
    pub ends_at: Option<Timestamp>,
}

impl Composition {
    /// Says whether anything in the mail follows its reader.
    pub fn is_personal(&self) -> bool {
        self.offer.is_some() || !self.slots.values().all(is_same_for_all)
    }

    /// Returns how many blocks are above the general level.
    pub fn n_personal_blocks(&self) -> u32 {
        self.slots.values().filter(|filling| personal_level(filling).is_some()).count().try_into().unwrap_or(u32::MAX)
    }
}

/// Everything that composing needs besides the person.
#[derive(Debug)]
pub struct Composer<'a> {
    /// Products.
    pub catalogue: &'a Catalogue,
    /// What was learned from orders.
    pub models: &'a Models,
    /// What was learned from them of what a person may want next.
    pub recommender: &'a Recommender,
    /// Blocks.
    pub blocks: &'a Blocks,
    /// Offers.
    pub offers: &'a Offers,
    /// How personal mails may be.
    pub limits: Limits,
    /// What a mail may let its reader see.
    pub privacy: &'a Privacy,
    /// Most personal blocks shown to one person over all campaigns.
    personal_blocks: &'a [Cap],
    /// Offers that people got in this run and that their history does not hold yet, and when.
    offered: Option<&'a Offered>,
    /// Offers that people do not get because others come first.
    refused: Refused,
    new_in: Vec<ProductIx>,
    finder: Finder<'a>,
}

/// Offers given a moment ago, by person, and when.
pub type Offered = HashMap<ContactId, Vec<(String, Timestamp)>>;

/// Offers that people do not get because others come first: by person, the name and why.
pub type Refused = HashMap<ContactId, BTreeMap<String, String>>;

impl<'a> Composer<'a> {
    /// Prepares what is the same for all people at an instant.
    pub fn new(
        catalogue: &'a Catalogue,
        (models, recommender): (&'a Models, &'a Recommender),
        blocks: &'a Blocks,
        offers: &'a Offers,
        limits: Limits,
        privacy: &'a Privacy,
        now: Timestamp,
    ) -> Self {
        let since = now.minus(NEW_IN);
        let published = |ix: &ProductIx| catalogue.product(*ix).published_at.filter(|at| *at > since && *at <= now);
        let mut new_in: Vec<ProductIx> = catalogue.all().filter(|ix| published(ix).is_some()).collect();
        new_in.sort_by_key(|ix| (std::cmp::Reverse(published(ix)), *ix));
        new_in.truncate(NEW_IN_MAX);
        let finder = Finder::new(catalogue, &models.popularity);
        let (offered, refused) = (None, Refused::default());
        let personal_blocks = &[];
        Self { catalogue, models, recommender, blocks, offers, limits, privacy, personal_blocks, offered, refused, new_in, finder }
    }

    /// Knows besides the history what was given a moment ago.
    #[must_use]
    pub fn after(self, offered: &'a Offered) -> Self {
        Self { offered: Some(offered), ..self }
    }

    /// Shows one person no more personal blocks than so many over all campaigns.
    #[must_use]
    pub fn with_personal_blocks(self, personal_blocks: &'a [Cap]) -> Self {
        Self { personal_blocks, ..self }
    }

    /// Gives no offer to those who are refused it.
    #[must_use]
    pub fn without(self, refused: Refused) -> Self {
        Self { refused, ..self }
    }

    /// Says whether what a person did may be used to choose for them.
    pub fn may_profile(&self, person: &Person<'_>) -> bool {
        person.profile.contact.may_be_profiled(self.limits.asks_profiling, person.reading.consents_expired)
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
        let explain = log.is_some();
        let step = occasion.step.as_deref().and_then(|step| campaign.step(step));
        let names = self.offers.in_order(step.map_or(&[], |step| step.offers.as_slice()));
        let id = person.profile.contact.id.as_str();
        let before = past.iter().filter_map(|past| Some((past.offer.as_deref()?, past.at)));
        let just_now = self.offered.and_then(|offered| offered.get(id)).into_iter().flatten().map(|(name, at)| (name.as_str(), *at));
        let given: Vec<(&str, Timestamp)> = before.chain(just_now).collect();
        let asked = Asked {
            person,
            given: &given,
            leaves_at: occasion.not_before.unwrap_or(person.reading.now.at).max(person.reading.now.at),
            may_profile: self.may_profile(person),
            refused: self.refused.get(id),
        };
        for name in &names {
            let Some(choice) = self.offers.grant(name, asked, log.as_deref_mut()) else { continue };
            // What the benefit is counted on is known once the mail is filled.
            let mut composition = self.compose_with(campaign, occasion, person, past, (Some(&choice), explain))?;
            match self.offers.cost(&choice, &Goods::of(&composition.slots, person), person) {
                Ok(cost) => {
                    if let Some(log) = log {
                        log.extend(Room::of(self.personal_blocks, campaign, person, past).map(Room::checked));
                        let lower = names.iter().skip_while(|other| *other != name).skip(1);
                        log.extend(lower.map(|other| Checked {
                            what: format!("offer {other}"),
                            passed: false,
                            value: format!("{name} comes first"),
                        }));
                    }
                    composition.offer = Some(OfferChoice { cost, ..choice });
                    return Ok(composition);
                }
                Err(why) => {
                    if let Some(log) = log.as_deref_mut() {
                        log.push(Checked { what: format!("offer {name}: cost"), passed: false, value: why });
                    }
                }
            }
        }
        let mut composition = self.compose_with(campaign, occasion, person, past, (None, explain))?;
        if let (Some(log), Some(room)) = (log, Room::of(self.personal_blocks, campaign, person, past)) {
            log.push(room.checked());
        }
        let not_given =
            |name: &&str| Some(((*name).to_owned(), self.offers.cost_to_all(name, &Goods::of(&composition.slots, person), person)?));
        composition.not_given = names.first().and_then(not_given);
        Ok(composition)
    }

    /// Fills every slot of a mail that carries an offer or none.
    fn compose_with(
        &self,
        campaign: &Campaign,
        occasion: &Occasion,
        person: &Person<'_>,
        past: &[Past],
        (offer, explain): (Option<&OfferChoice>, bool),
    ) -> Result<Composition, Skip> {
        let may_profile = self.may_profile(person);
        let (slots, because_of, intrusion) = Default::default();
        let mut composition =
            Composition { slots, offer: None, not_given: None, because: because_of, intrusion, may_profile, ends_at: None };
        let mut in_mail: Vec<ProductIx> = Vec::new();
        // What is the same for all comes first, so that it stays so; then what is given (the cart, the card), so that
        // what is chosen last repeats neither.
        let turn = |slot: &Slot| match (slot.spec.mode, slot.spec.fill) {
            (SlotMode::Editorial, _) => 0,
            (SlotMode::Automatic, Fill::Cart | Fill::Subject) => 1,
            // A block may show a product of its own, which is then no pick.
            (SlotMode::Automatic, Fill::Block) => 2,
            (SlotMode::Automatic, Fill::Products | Fill::Categories) => 3,
        };
        let mut in_order: Vec<(&SlotName, &Slot)> = campaign.slots.iter().collect();
        in_order.sort_by_key(|(_, slot)| turn(slot));
        let mail = (campaign.name.as_str(), occasion.edition.as_str());
        for (name, slot) in in_order {
            let editorial = slot.spec.mode == SlotMode::Editorial;
            let may_profile = may_profile && !editorial && self.limits.max_level > Level::General;
            let past = if editorial { &[] } else { past };
            let stock = Stock { past, in_mail: &in_mail, started_by: &occasion.products, may_profile, ..self.stock(mail, offer) };
            let filling = self.fill(name, slot, (campaign, occasion), person, stock, explain)?;
            if slot.spec.fill == Fill::Products && may_profile {
                composition.because.extend(kept_out_by(slot, person).map(Use::word));
            }
            match &filling {
                Filling::Products { picks, .. } => in_mail.extend(picks.iter().map(|pick| pick.ix)),
                Filling::Cart { lines, .. } => in_mail.extend(lines.iter().map(|line| line.product)),
                Filling::Block(choice) => in_mail.extend(choice.product),
                Filling::Categories { .. } | Filling::Subject { .. } => {}
            }
            composition.slots.insert(name.clone(), filling);
        }
        let stock = Stock { in_mail: &in_mail, may_profile, ..self.stock(mail, offer) };
        let room = Room::of(self.personal_blocks, campaign, person, past);
        limit_personal(campaign, room.as_ref(), self.blocks, person, stock, &mut composition.slots);
        composition.intrusion = fit_budget(self.privacy, self.blocks, person, stock, &mut composition.slots);
        composition.offer = offer.cloned();
        composition.ends_at = ends_at(&composition, person);
        composition.because.extend(because(&composition, person));
        Ok(composition)
    }

    /// What a slot starts from, before anything is known of the reader or in the mail.
    fn stock<'s>(&'s self, mail: (&'s str, &'s str), offer: Option<&'s OfferChoice>) -> Stock<'s> {
        Stock {
            catalogue: self.catalogue,
            models: self.models,
            recommender: self.recommender,
            new_in: &self.new_in,
            finder: &self.finder,
            offer,
            past: &[],
            in_mail: &[],
            started_by: &[],
            may_profile: false,
            mail,
        }
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
                let choice = self.blocks.choose(name, person, stock, reach);
                choice.map(Filling::Block).ok_or_else(|| unfilled("no block".to_owned()))
            }
            Fill::Products => {
                let mut passed_over = Vec::new();
                let picks = picks(slot, person, stock, explain.then_some(&mut passed_over));
                if picks.len() < slot.spec.min {
                    return Err(unfilled(format!("fewer than {} products", slot.spec.min)));
                }
                Ok(Filling::Products { likeness: likeness(&picks, self.catalogue), picks, passed_over })
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
                let claims = |line: &CartLine| of_slot(slot, line.product, self.catalogue, self.models, person.reading.now.at);
                let claims = lines.iter().map(claims).collect();
                Ok(Filling::Cart { lines, n: cart.lines.len(), claims })
            }
            Fill::Subject => {
                occasion.owned.clone().map(|owned| Filling::Subject { owned }).ok_or_else(|| unfilled("nothing expires".to_owned()))
            }
        }
    }
}
