//! What the mails of a campaign showed over the past weeks: gathered from the ledger, compared with the catalogue and with orders.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use relance::clock::{Span, Timestamp};
use relance::error::Result;
use relance::id::ProductIx;
use relance::ledger::{Ledger, ShownMail};
use relance::measure::Line;
use relance::measure::drift::{Drift, Mail, drift};
use relance::measure::shown::{Followed, Sight, followed};
use relance::plan::{Bubble, Impressions};
use relance::profile::Reading;
use relance::project::campaign::Factor;
use relance::project::checked::Campaign;
use relance::snapshot::{self, Snapshot};
use serde::Serialize;

use super::super::app::App;
use super::super::secrets;
use super::orders::product_hash;

/// How far back the mails are looked at when nothing else is said.
pub(super) const WEEKS: i64 = 12;

/// What filled a place: a slot and its block, or a strategy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub(super) enum Part {
    /// A slot, and the block in it when it was filled by one.
    Slot { slot: String, block: Option<String> },
    /// A strategy.
    Strategy { strategy: String },
}

/// What a part brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Brought {
    #[serde(flatten)]
    pub(super) part: Part,
    /// Mails that held it.
    pub(super) mails: u64,
    /// What people bought of its products; none when it showed none, or no horizon is over.
    pub(super) followed: Option<Followed>,
}

/// What was shown, and what followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Shown {
    /// The first instant that counts.
    pub(super) since: Timestamp,
    /// Mails that left and did not come back.
    pub(super) mails: u64,
    /// Of them, mails that `ledger prune` emptied: their products are known, and not their slots.
    pub(super) pruned: u64,
    /// Of the others, mails whose horizon is not over.
    pub(super) waiting: u64,
    /// How much of the catalogue was shown; none without products.
    pub(super) bubble: Option<Bubble>,
    /// What the mails in a row of a person have in common.
    pub(super) drift: Option<Drift>,
    /// By slot and block.
    pub(super) slots: Vec<Brought>,
    /// By strategy.
    pub(super) strategies: Vec<Brought>,
    /// The arms of the experiment differ by strategy, so that their comparison says what one brings.
    pub(super) is_tested: bool,
}

/// What one person was shown.
#[derive(Debug, Clone, Default)]
struct Seen {
    mails: Vec<Mail>,
    /// Each product with the positions of its slot and strategy.
    sights: Vec<(Sight, [usize; 2])>,
}

/// The mails of a campaign, by person.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    since: Timestamp,
    people: BTreeMap<String, Seen>,
    parts: Vec<(Part, u64)>,
    known: HashMap<Part, usize>,
    mails: u64,
    pruned: u64,
    waiting: u64,
}

impl Gathered {
    fn new(since: Timestamp) -> Self {
        let (people, parts, known) = Default::default();
        Self { since, people, parts, known, mails: 0, pruned: 0, waiting: 0 }
    }

    /// Reads what a campaign's mails showed from `since` on and before `until`; by default, over the past weeks.
    pub(super) async fn read(
        ledger: &Ledger,
        campaign: &Campaign,
        now: Timestamp,
        (since, until): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<Self> {
        let since = since.unwrap_or(now.minus(Span::days(7 * WEEKS)));
        let until = until.unwrap_or(now).min(now.plus(Span(1)));
        let horizon = horizon(campaign);
        let mut gathered = Self::new(since);
        ledger.shown(&campaign.name, (since, until), &mut |mail| gathered.add(mail, horizon, now)).await?;
        gathered.people.values_mut().for_each(|seen| seen.mails.sort());
        Ok(gathered)
    }

    fn add(&mut self, mail: ShownMail, horizon: Span, now: Timestamp) {
        self.mails += 1;
        let at = mail.at;
        let products: Vec<u64> = mail.products.iter().map(|id| product_hash(id.as_str())).collect();
        let mut sights = Vec::new();
        match mail.slots {
            None => self.pruned += 1,
            Some(slots) => {
                let is_over = at.plus(horizon) <= now;
                self.waiting += u64::from(!is_over);
                let mut held = BTreeSet::new();
                for shown in slots {
                    let slot = self.position(Part::Slot { slot: shown.slot, block: shown.block });
                    held.insert(slot);
                    for pick in shown.picks {
                        let strategy = self.position(Part::Strategy { strategy: pick.strategy });
                        held.insert(strategy);
                        let sight = Sight { at, product: product_hash(pick.product.as_str()) };
                        sights.extend(is_over.then_some((sight, [slot, strategy])));
                    }
                }
                for part in held {
                    self.parts[part].1 += 1;
                }
            }
        }
        let seen = self.people.entry(mail.recipient.0).or_default();
        seen.mails.push((at, products));
        seen.sights.extend(sights);
    }

    fn position(&mut self, part: Part) -> usize {
        let next = self.parts.len();
        let position = *self.known.entry(part.clone()).or_insert(next);
        if position == next {
            self.parts.push((part, 0));
        }
        position
    }

    /// Lists the people who were shown something.
    pub(super) fn people(&self) -> impl Iterator<Item = &str> {
        self.people.keys().map(String::as_str)
    }

    /// Says whether any mail showed a product.
    pub(super) fn has_products(&self) -> bool {
        self.people.values().flat_map(|seen| &seen.mails).any(|mail| !mail.1.is_empty())
    }

    /// Puts the figures together; `None` when no mail left.
    pub(super) fn settle(
        &self,
        app: &App,
        campaign: &Campaign,
        lines: &HashMap<&str, Vec<Line>>,
        snapshot: Option<&Snapshot>,
    ) -> Result<Option<Shown>> {
        if self.mails == 0 {
            return Ok(None);
        }
        let horizon = horizon(campaign);
        let brought = |at: usize, (part, mails): &(Part, u64)| {
            let of = |seen: &Seen| seen.sights.iter().filter(|(_, parts)| parts.contains(&at)).map(|it| it.0).collect::<Vec<Sight>>();
            let lines_of = |id: &String| lines.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            let people: Vec<(Vec<Sight>, &[Line])> = self.people.iter().map(|(id, seen)| (of(seen), lines_of(id))).collect();
            let followed = followed(people.iter().map(|(sights, lines)| (sights.as_slice(), *lines)), horizon);
            Brought { part: part.clone(), mails: *mails, followed }
        };
        let mut all: Vec<Brought> = self.parts.iter().enumerate().map(|(at, part)| brought(at, part)).collect();
        all.sort_by(|a, b| a.part.cmp(&b.part));
        let (slots, strategies) = all.into_iter().partition(|it| matches!(it.part, Part::Slot { .. }));
        let bubble = snapshot.map(|snapshot| self.bubble(app, snapshot)).transpose()?.flatten();
        Ok(Some(Shown {
            since: self.since,
            mails: self.mails,
            pruned: self.pruned,
            waiting: self.waiting,
            bubble,
            drift: drift(self.people.values().map(|seen| seen.mails.as_slice()), app.project.zone),
            slots,
            strategies,
            is_tested: !campaign.arms.is_empty() && campaign.factors().contains(&Factor::Strategy),
        }))
    }

    /// Compares what was shown with the catalogue, and with the categories that people know today.
    fn bubble(&self, app: &App, snapshot: &Snapshot) -> Result<Option<Bubble>> {
        let catalogue = &snapshot.catalogue;
        let by_hash: HashMap<u64, ProductIx> =
            catalogue.all().map(|product| (product_hash(catalogue.product(product).id.as_str()), product)).collect();
        let products = |seen: &Seen| -> Vec<ProductIx> {
            seen.mails.iter().flat_map(|mail| &mail.1).filter_map(|product| by_hash.get(product)).copied().collect()
        };
        let mut impressions = Impressions::default();
        let mut left: BTreeSet<&str> = self.people().collect();
        let (asks, expired) = (snapshot.inputs.asks_profiling(), Reading::of(&app.project, app.now).consents_expired);
        for group in snapshot.profiles.groups() {
            for profile in group? {
                let Some((id, seen)) = self.people.get_key_value(profile.contact.id.as_str()) else { continue };
                left.remove(id.as_str());
                let may = profile.contact.may_be_profiled(asks, expired);
                for product in products(seen) {
                    let leaf = catalogue.product(product).leaf_category().filter(|_| may);
                    impressions.add(product, leaf.and_then(|leaf| profile.is_outside(leaf)));
                }
            }
        }
        // Who is no contact any more was shown products all the same.
        let gone = left.into_iter().filter_map(|id| self.people.get(id));
        gone.flat_map(products).for_each(|product| impressions.add(product, None));
        Ok(impressions.bubble(catalogue, &snapshot.models.popularity, app.now.at))
    }
}

/// Returns the data of today: the snapshot when it still holds, else read again and not kept.
pub(super) fn snapshot(app: &App) -> Result<Snapshot> {
    if let Some(snapshot) = app.kept()? {
        return Ok(snapshot);
    }
    let urls = secrets::source_urls(&app.project)?;
    snapshot::build(&app.project, app.now, &urls, None, &mut |_| ()).map(|(snapshot, _)| snapshot)
}

fn horizon(campaign: &Campaign) -> Span {
    campaign.horizon.unwrap_or(Span::days(14))
}
