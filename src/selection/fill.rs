//! One mail composed: every slot filled under the limits of the mail, or the reason why it cannot be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::because::{because, kept_out_by};
use super::block::{Blocks, Reach};
use super::claim::of_slot;
use super::composition::{Before, Composition, Filling, Limits, Refused};
use super::finder::Finder;
use super::goods::Goods;
use super::intrusion::fit_budget;
use super::known::Known;
use super::length::{Length, Places, nothing, shortened};
use super::limit::{Room, ends_at, limit_personal};
use super::new_in::NewIn;
use super::offer::{Asked, OfferChoice, Offers};
use super::pick::picks;
use super::prepared::Prepared;
use super::shelf::Shelf;
use super::stock::Stock;
use crate::audience::history::Past;
use crate::audience::{Checked, Occasion, Reason, Skip};
use crate::catalogue::{Catalogue, Models};
use crate::clock::Timestamp;
use crate::condition::Use;
use crate::id::{ProductIx, SlotName};
use crate::profile::{CartLine, Person};
use crate::project::campaign::{Fill, Purpose, SlotMode, TriggerKind};
use crate::project::checked::{Campaign, Cap, Slot};
use crate::project::content::Level;
use crate::project::privacy::Privacy;
use crate::recommend::{Likeness, Recommender};

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
    /// Offers that people do not get because others come first.
    refused: Refused,
    /// Whether it is written down why what is not shown is not.
    tells: bool,
    likeness: Likeness<'a>,
    new_in: NewIn,
    shelf: OnceLock<Shelf>,
    finder: Finder<'a>,
    /// The slots of the campaign, made ready.
    prepared: BTreeMap<SlotName, Prepared>,
}

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
        let new_in = NewIn::of(catalogue, now);
        let finder = Finder::new(catalogue, &models.popularity);
        let refused = Refused::default();
        Self {
            catalogue,
            models,
            recommender,
            blocks,
            offers,
            limits,
            privacy,
            personal_blocks: &[],
            refused,
            tells: false,
            likeness: Likeness::new(catalogue),
            new_in,
            shelf: OnceLock::new(),
            finder,
            prepared: BTreeMap::new(),
        }
    }

    /// Makes the slots of a campaign ready.
    #[must_use]
    pub fn prepared(self, campaign: &Campaign) -> Self {
        let prepared = campaign.slots.iter().map(|(name, slot)| (name.clone(), Prepared::of(slot, self.catalogue)));
        Self { prepared: prepared.collect(), ..self }
    }

    /// Writes down with every mail why other blocks were not shown.
    #[must_use]
    pub fn telling(self) -> Self {
        Self { tells: true, ..self }
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

    /// Returns who is refused what.
    pub fn refused(&self) -> &Refused {
        &self.refused
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
        Before { past, just_now }: Before<'_>,
        mut log: Option<&mut Vec<Checked>>,
    ) -> Result<Composition, Skip> {
        let explain = log.is_some();
        let step = occasion.step.as_deref().and_then(|step| campaign.step(step));
        let names = self.offers.in_order(step.map_or(&[], |step| step.offers.as_slice()));
        let id = person.profile.contact.id.as_str();
        let before = past.iter().filter_map(|past| Some((past.offer.as_deref()?, past.at)));
        let just_now = just_now.iter().map(|(name, at)| (name.as_str(), *at));
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
        let whom = (campaign, occasion, person, past);
        let known = Known::default();
        let mut filled = self.fill_all(whom, (offer, explain), &Places::new(), &known)?;
        let (mut length, mut places) = (Length::of(campaign, &filled.slots), Places::new());
        while length.as_mut().is_some_and(|length| length.shorten(campaign, &filled.slots, &mut places)) {
            filled = self.fill_all(whom, (offer, explain), &places, &known)?;
        }
        let Filled { mut slots, in_mail, because_of } = filled;
        let may_profile = self.may_profile(person);
        let mail = (campaign.name.as_str(), occasion.edition.as_str());
        let tells = self.tells || explain;
        let unprepared = Prepared::default();
        let stock = Stock { in_mail: &in_mail, may_profile, tells, ..self.stock((mail, &campaign.slots), offer, (&unprepared, &known)) };
        let room = Room::of(self.personal_blocks, campaign, person, past);
        let capped = limit_personal(campaign, room.as_ref(), self.blocks, person, stock, &mut slots);
        let intrusion = fit_budget(self.privacy, self.blocks, person, stock, &mut slots);
        let mut composition = Composition {
            slots,
            offer: offer.cloned(),
            not_given: None,
            because: because_of,
            intrusion,
            length,
            capped,
            may_profile,
            ends_at: None,
        };
        composition.ends_at = ends_at(&composition, person);
        let shown = because(&composition, person);
        composition.because.extend(shown);
        Ok(composition)
    }

    /// Fills every slot, those that are named with no more things than said; one with no place is left out.
    fn fill_all(
        &self,
        (campaign, occasion, person, past): (&Campaign, &Occasion, &Person<'_>, &[Past]),
        (offer, explain): (Option<&OfferChoice>, bool),
        places: &Places,
        known: &Known,
    ) -> Result<Filled, Skip> {
        let may_profile = self.may_profile(person);
        let mut filled = Filled::default();
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
        let tells = self.tells || explain;
        let unprepared = Prepared::default();
        for (name, slot) in in_order {
            let shorter = places.get(name).map(|most| shortened(slot, *most));
            let slot = match &shorter {
                None => slot,
                Some(Some(shorter)) => shorter,
                Some(None) => {
                    filled.slots.extend(nothing(slot).map(|filling| (name.clone(), filling)));
                    continue;
                }
            };
            let prepared = self.prepared.get(name).unwrap_or(&unprepared);
            let editorial = slot.spec.mode == SlotMode::Editorial;
            let may_profile = may_profile && !editorial && self.limits.max_level > Level::General;
            let past = if editorial { &[] } else { past };
            let stock = Stock {
                past,
                in_mail: &filled.in_mail,
                slot: name.as_str(),
                started_by: &occasion.products,
                purpose: slot.purpose,
                may_profile,
                tells,
                ..self.stock((mail, &campaign.slots), offer, (prepared, known))
            };
            let filling = self.fill(name, slot, (campaign, occasion), person, stock, explain);
            let of_short = |skip: Skip| match places.get(name) {
                Some(n) => Skip::new(skip.reason, format!("{} in the {n} places that `max_length` leaves", skip.detail)),
                None => skip,
            };
            let filling = filling.map_err(of_short)?;
            if slot.spec.fill == Fill::Products && may_profile {
                filled.because_of.extend(kept_out_by(slot, person).map(Use::word));
            }
            match &filling {
                Filling::Products { picks, .. } => filled.in_mail.extend(picks.iter().map(|pick| pick.ix)),
                Filling::Cart { lines, .. } => filled.in_mail.extend(lines.iter().map(|line| line.product)),
                Filling::Block(choice) => filled.in_mail.extend(choice.product),
                Filling::Categories { .. } | Filling::Subject { .. } => {}
            }
            filled.slots.insert(name.clone(), filling);
        }
        Ok(filled)
    }

    /// What a slot starts from, before anything is known of the reader or in the mail.
    fn stock<'s>(
        &'s self,
        (mail, slots): ((&'s str, &'s str), &'s BTreeMap<SlotName, Slot>),
        offer: Option<&'s OfferChoice>,
        (prepared, known): (&'s Prepared, &'s Known),
    ) -> Stock<'s> {
        Stock {
            catalogue: self.catalogue,
            models: self.models,
            recommender: self.recommender,
            likeness: &self.likeness,
            new_in: &self.new_in,
            shelf: &self.shelf,
            finder: &self.finder,
            offer,
            past: &[],
            in_mail: &[],
            started_by: &[],
            purpose: Purpose::Newsletter,
            may_profile: false,
            tells: false,
            prepared,
            known,
            mail,
            slot: "",
            slots,
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
                let products: Vec<ProductIx> = picks.iter().map(|pick| pick.ix).collect();
                Ok(Filling::Products { likeness: self.likeness.of_list(&products), picks, passed_over })
            }
            Fill::Categories => Ok(Filling::Categories { items: stock.prepared.menu.order(slot.spec.count, person, stock.may_profile) }),
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

/// The slots of a mail, before its limits as a whole.
#[derive(Default)]
struct Filled {
    slots: BTreeMap<SlotName, Filling>,
    /// Products shown.
    in_mail: Vec<ProductIx>,
    /// Kinds of data that kept products out.
    because_of: BTreeSet<&'static str>,
}
