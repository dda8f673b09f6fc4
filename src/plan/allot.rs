//! Who gets what is limited of an offer: its budget, its number of mails, its codes.
//!
//! As with the caps on accounts, everybody is decided first; then those who would carry the offer are put in order, by score and id, and
//! it is given to them one after another. A mail that costs more than is left of the budget goes without it and those behind are asked
//! all the same, unless the offer says `too_dear = "stop"`: then nobody behind that one gets it, and more of it never takes it from
//! anybody.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::id::ContactId;
use crate::money::Money;
use crate::project::Project;
use crate::project::checked::Offer;
use crate::project::content::{TooDear, WhenEmpty};
use crate::selection::Refused;

/// A mail that would carry an offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The offer.
    pub offer: String,
    /// The person.
    pub recipient: ContactId,
    /// The person's score, when the offer goes by one.
    pub score: Option<f64>,
    /// What it costs at most, in minor units of the project's currency.
    pub cost: i64,
}

/// What was used up of the offers, over all campaigns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// By offer.
    pub offers: BTreeMap<String, UsedUp>,
    /// Codes that are left, by pool.
    pub codes_left: BTreeMap<String, u64>,
}

/// What was used up of one offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsedUp {
    /// Mails that carry it.
    pub mails: u64,
    /// What they cost at most, in minor units of the project's currency.
    pub cost: i64,
}

/// A pool that has fewer codes than are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// The pool.
    pub pool: String,
    /// Mails that would carry a code of it.
    pub needed: u64,
    /// Codes that are left.
    pub left: u64,
}

/// Settles one round: whom the claims leave out is refused, so that they claim the next offer of their step, if any, in the next round.
pub(super) fn allot(project: &Project, used: &Used, mut claims: Vec<Claim>, refused: &mut Refused) -> bool {
    claims.sort_by(first);
    let mut offers = used.offers.clone();
    let mut codes_left = used.codes_left.clone();
    // Why an offer has no room for anybody behind the one it had no room for, when it says so.
    let mut ended: BTreeMap<String, String> = BTreeMap::new();
    let n_before: usize = refused.values().map(BTreeMap::len).sum();
    for claim in claims {
        let Some(offer) = project.offers.get(&claim.offer) else { continue };
        let used = offers.entry(claim.offer.clone()).or_default();
        let pool = offer.spec.codes.as_ref().map(crate::project::content::CodesSpec::pool);
        let left = pool.as_ref().map(|pool| codes_left.entry(pool.clone()).or_default());
        let why = ended.get(&claim.offer).cloned().or_else(|| full(offer, *used, left.as_deref().copied(), claim.cost));
        match why {
            None => {
                used.mails += 1;
                used.cost = used.cost.saturating_add(claim.cost);
                if let Some(left) = left {
                    *left = left.saturating_sub(1);
                }
            }
            Some(why) => {
                refused.entry(claim.recipient).or_default().insert(claim.offer.clone(), why.clone());
                if offer.spec.too_dear == TooDear::Stop {
                    ended.entry(claim.offer).or_insert(why);
                }
            }
        }
    }
    refused.values().map(BTreeMap::len).sum::<usize>() > n_before
}

/// Says why one mail more is too much. Codes that are missing stop the run instead when the offer says so.
fn full(offer: &Offer, used: UsedUp, left: Option<u64>, cost: i64) -> Option<String> {
    if let Some(budget) = offer.budget.filter(|budget| used.cost.saturating_add(cost) > budget.minor) {
        let left = Money { minor: budget.minor.saturating_sub(used.cost).max(0), ..budget };
        return Some(match left.minor {
            0 => format!("the budget of {budget} is used up"),
            _ => format!("{left} of the budget of {budget} is left, not {}", Money { minor: cost, ..budget }),
        });
    }
    if let Some(most) = offer.spec.max_uses.filter(|most| used.mails >= *most) {
        return Some(format!("all {most} are given"));
    }
    (left == Some(0) && offer.spec.when_empty == WhenEmpty::SkipOffer).then(|| "no code is left".to_owned())
}

/// Highest score first, those without one last, then by id.
fn first(a: &Claim, b: &Claim) -> Ordering {
    let score = |claim: &Claim| claim.score.filter(|score| !score.is_nan()).unwrap_or(f64::NEG_INFINITY);
    score(b).total_cmp(&score(a)).then_with(|| a.recipient.cmp(&b.recipient))
}

/// Lists the pools of which a plan needs more codes than are left; `offers` counts the planned mails of each offer.
pub fn short_of_codes(project: &Project, used: &Used, offers: &BTreeMap<String, u64>) -> Vec<Short> {
    let mut needed: BTreeMap<String, u64> = BTreeMap::new();
    for (name, n) in offers {
        if let Some(codes) = project.offers.get(name).and_then(|offer| offer.spec.codes.as_ref()) {
            *needed.entry(codes.pool()).or_default() += n;
        }
    }
    let left = |pool: &str| used.codes_left.get(pool).copied().unwrap_or_default();
    let short = needed.into_iter().filter(|(pool, needed)| *needed > left(pool));
    short.map(|(pool, needed)| Short { left: left(&pool), pool, needed }).collect()
}
