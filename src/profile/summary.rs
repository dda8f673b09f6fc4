//! The bounded profile: cut once from a complete tally.

use std::cmp::Ordering;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::cart::Cart;
use super::contact::Contact;
use super::declared::Wishes;
use super::scored::Scored;
use super::tally::{Act, OrderTally, Said, Tally, Touch};
use crate::catalogue::{Catalogue, TopicIx, UNIT};
use crate::clock::{DAY_US, Timestamp};
use crate::id::{ContactId, ProductIx};
use crate::money::Money;

/// Topics kept per person, the strongest.
const AFFINITIES_MAX: usize = 40;
/// Products bought kept per person, the latest.
const PURCHASED_MAX: usize = 512;
/// Days of purchase kept per product bought, the latest.
const PURCHASE_DAYS_MAX: usize = 8;
/// Orders whose instant is kept, the latest.
const ORDERS_MAX: usize = 64;
/// Products viewed or put in a cart kept per person, the latest.
const INTERESTS_MAX: usize = 64;
/// Kinds of act without a name of ours kept per person, the latest.
const CUSTOMS_MAX: usize = 32;
/// Acts on a topic under which a liking is only a rumour, and not used.
const AFFINITY_ACTS_MIN: u32 = 2;
/// Fresh views that every affinity is weighed against, so that one click is not a passion.
const AFFINITY_PRIOR: u64 = 2 * UNIT;
/// Purchases under which nothing is said of a price band.
const PRICE_BAND_PURCHASES_MIN: usize = 3;

/// Everything known of one person; `Profile<()>` is all of it but the contact, whose encoding comes before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile<C = Contact> {
    /// What the CRM says.
    pub contact: C,
    /// What they bought, in figures.
    pub orders: Orders,
    /// What they did on the site, in figures.
    pub activity: Activity,
    /// Topics by strength, strongest first.
    pub affinities: Vec<Affinity>,
    /// Products bought, latest first.
    pub purchased: Vec<Purchased>,
    /// Products looked at, latest first.
    pub interests: Vec<Interest>,
    /// The cart, before expiry.
    pub cart: Cart,
    /// The latest acts, latest first.
    pub acts: Vec<Act>,
    /// The latest searches, latest first.
    pub searches: Vec<Said>,
    /// The latest page titles, latest first.
    pub titles: Vec<Said>,
    /// Other acts, the kinds done lately first: kind, and its latest instants, latest first.
    pub customs: Vec<(Box<str>, Vec<Timestamp>)>,
    /// Cards and contracts.
    pub possessions: Possessions,
    /// The contact with the smallest id among those that have the same address, when it is another one.
    pub same_address_as: Option<ContactId>,
    /// What they said they do not want; laid over what was read, never kept with it.
    #[serde(skip)]
    pub wishes: Wishes,
    /// What models say of them; laid over as well.
    #[serde(skip)]
    pub scores: Vec<Scored>,
}

/// Orders in figures; money in minor units of the project's currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    /// Orders with at least one line placed.
    pub n: u32,
    /// Money placed less returned.
    pub spent: i64,
    /// Margin placed less returned.
    pub margin: i64,
    /// First order.
    pub first_at: Option<Timestamp>,
    /// Last order.
    pub last_at: Option<Timestamp>,
    /// The latest orders, latest first.
    pub recent: Vec<Timestamp>,
    /// Median days between days of order, when there are at least three such days.
    pub rhythm_days: Option<f64>,
    /// First and last decile of the prices paid for a piece, when there are enough.
    pub price_band: Option<(i64, i64)>,
}

/// Browsing in figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Acts.
    pub n_events: u32,
    /// Pages and products looked at.
    pub n_views: u32,
    /// Days with an act.
    pub n_visits: u32,
    /// First act.
    pub first_at: Option<Timestamp>,
    /// Last act.
    pub last_at: Option<Timestamp>,
    /// Device used most: `mobile`, `desktop`, `tablet`.
    pub device: Option<String>,
    /// Hour with the most acts, in the project's zone.
    pub hour: Option<u8>,
    /// First arrival.
    pub first_touch: Option<Touch>,
    /// Last arrival.
    pub last_touch: Option<Touch>,
}

/// A liking for a topic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Affinity {
    /// The topic.
    pub topic: TopicIx,
    /// Share of the person's decayed interest, 0 to 1, shrunk towards 0 when they did little.
    pub share: f32,
    /// Acts behind it.
    pub n: u32,
}

impl Affinity {
    /// Acts that a liking counts for which a person told.
    pub const DECLARED_ACTS: u32 = AFFINITY_ACTS_MIN;
}

/// A product bought, over all days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchased {
    /// The product.
    pub product: ProductIx,
    /// Different days of purchase.
    pub n_days: u32,
    /// The latest of those days (since 1970 in UTC), latest first.
    pub recent_days: Vec<i32>,
    /// First purchase.
    pub first_at: Timestamp,
    /// Last purchase.
    pub last_at: Timestamp,
    /// Pieces.
    pub units: i64,
    /// Decayed interest, fixed point.
    pub weight: u64,
}

/// A product looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest {
    /// The product.
    pub product: ProductIx,
    /// Times it was looked at.
    pub n_views: u32,
    /// Last view or cart act.
    pub last_at: Timestamp,
    /// Decayed interest, fixed point.
    pub weight: u64,
}

/// What the person holds that can expire or end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Possessions {
    /// Payment methods that have not been replaced.
    pub payment_methods: Vec<Owned>,
    /// Payment methods that another one replaced.
    pub replaced: Vec<Owned>,
    /// Running contracts that do not renew by themselves.
    pub contracts: Vec<Owned>,
}

/// One payment method or contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// Last day it works.
    pub ends_on: NaiveDate,
    /// Its id.
    pub id: String,
    /// Card brand, or the contract's product.
    pub label: Option<String>,
    /// Last four digits of a card.
    pub last4: Option<String>,
    /// Price of a contract, as its row says.
    pub price: Option<Money>,
}

impl Ord for Owned {
    /// By the last day, then by everything else, so that the order of rows makes no difference.
    fn cmp(&self, other: &Self) -> Ordering {
        let price = |owned: &Self| owned.price.map(|price| (price.currency, price.minor));
        (self.ends_on, &self.id, &self.label, &self.last4, price(self)).cmp(&(
            other.ends_on,
            &other.id,
            &other.label,
            &other.last4,
            price(other),
        ))
    }
}

impl PartialOrd for Owned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<C> Profile<C> {
    /// Cuts a profile from a complete tally in canonical form; `orders_zone` is that of orders dated by a day only.
    pub fn from_tally(contact: C, tally: &Tally, possessions: Possessions, catalogue: &Catalogue, orders_zone: Tz) -> Self {
        Self {
            contact,
            orders: orders(tally),
            activity: activity(tally),
            affinities: affinities(tally, catalogue),
            purchased: purchased(tally),
            interests: interests(tally),
            cart: Cart::from_tally(tally, orders_zone),
            acts: tally.acts.clone(),
            searches: tally.searches.clone(),
            titles: tally.titles.clone(),
            customs: customs(tally),
            possessions,
            same_address_as: None,
            wishes: Wishes::default(),
            scores: Vec::new(),
        }
    }

    /// Returns the share of interest in a topic, 0 when it rests on too few acts.
    pub fn affinity(&self, topic: TopicIx) -> f32 {
        let known = self.affinities.iter().find(|affinity| affinity.topic == topic && affinity.n >= AFFINITY_ACTS_MIN);
        known.map_or(0.0, |affinity| affinity.share)
    }

    /// Says whether a topic is none that the person showed any interest in; `None` when no interest of theirs is known.
    pub fn is_outside(&self, topic: TopicIx) -> Option<bool> {
        (!self.affinities.is_empty()).then(|| self.affinities.iter().all(|affinity| affinity.topic != topic))
    }

    /// Returns the price band as money, when there is one.
    pub fn price_band(&self, currency: crate::money::Currency) -> Option<(Money, Money)> {
        self.orders.price_band.map(|(low, high)| (Money { minor: low, currency }, Money { minor: high, currency }))
    }
}

fn orders(tally: &Tally) -> Orders {
    let placed = || tally.orders.iter().filter(|order| order.n_placed > 0);
    let mut days: Vec<i64> = placed().map(|order| order.at.0.div_euclid(DAY_US)).collect();
    days.sort_unstable();
    days.dedup();
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let mut recent: Vec<Timestamp> = placed().map(|order| order.at).collect();
    recent.sort_unstable_by(|a, b| b.cmp(a));
    recent.truncate(ORDERS_MAX);
    let sum = |of: fn(&OrderTally) -> i64| tally.orders.iter().map(of).fold(0_i64, i64::saturating_add);
    Orders {
        n: u32::try_from(placed().count()).unwrap_or(u32::MAX),
        spent: sum(|order| order.total),
        margin: sum(|order| order.margin),
        first_at: placed().map(|order| order.at).min(),
        last_at: placed().map(|order| order.at).max(),
        recent,
        rhythm_days: if gaps.len() >= 2 { median(&gaps) } else { None },
        price_band: price_band(tally),
    }
}

#[expect(clippy::cast_precision_loss, reason = "days between orders are small integers")]
fn median(sorted: &[i64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let high = *sorted.get(middle)? as f64;
    Some(if sorted.len() % 2 == 1 { high } else { f64::midpoint(sorted[middle - 1] as f64, high) })
}

fn price_band(tally: &Tally) -> Option<(i64, i64)> {
    let mut prices: Vec<i64> = tally.bought.iter().map(|bought| bought.price).filter(|price| *price > 0).collect();
    if prices.len() < PRICE_BAND_PURCHASES_MIN {
        return None;
    }
    prices.sort_unstable();
    let last = prices.len() - 1;
    let (low, high) = (prices[last / 10], prices[last - last / 10]);
    // Whoever paid the same each time would pay a little less or more too.
    let middle = low.midpoint(high);
    Some((low.min(middle - middle / 3), high.max(middle.saturating_add(middle / 2))))
}

fn activity(tally: &Tally) -> Activity {
    let (first_touch, last_touch) = tally.touches.clone().unzip();
    let most = |counts: &[u32]| (0..counts.len()).filter(|at| counts[*at] > 0).max_by_key(|at| (counts[*at], std::cmp::Reverse(*at)));
    Activity {
        n_events: tally.n_acts,
        n_views: tally.n_views,
        n_visits: u32::try_from(tally.days.len()).unwrap_or(u32::MAX),
        first_at: tally.seen.map(|seen| seen.0),
        last_at: tally.seen.map(|seen| seen.1),
        device: most(&tally.devices[..3]).map(|at| ["mobile", "desktop", "tablet"][at].to_owned()),
        hour: most(&tally.hours).and_then(|hour| u8::try_from(hour).ok()),
        first_touch,
        last_touch,
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share with seven digits")]
fn affinities(tally: &Tally, catalogue: &Catalogue) -> Vec<Affinity> {
    let mut weights: Vec<(TopicIx, u64, u32)> = tally.topics.clone();
    let mut total: u64 = tally.topics.iter().map(|topic| topic.1).sum();
    let on_products = tally.lines.iter().map(|line| (line.product, line.weight, line.n_views + u32::from(line.carted.is_some())));
    let bought = tally.bought.iter().map(|bought| (bought.product, bought.weight, 1));
    for (product, weight, n) in on_products.chain(bought) {
        total += weight;
        weights.extend(catalogue.product(product).topics.iter().map(|topic| (*topic, weight, n)));
    }
    weights.sort_unstable_by_key(|weight| weight.0);
    let share = |weight: u64| (weight as f64 / (total + AFFINITY_PRIOR) as f64) as f32;
    let sum = |run: &[(TopicIx, u64, u32)]| (run[0].0, run.iter().map(|topic| topic.1).sum::<u64>(), run.iter().map(|topic| topic.2).sum());
    let mut sums: Vec<(TopicIx, u64, u32)> = weights.chunk_by(|a, b| a.0 == b.0).map(sum).filter(|topic| topic.1 > 0).collect();
    sums.sort_unstable_by_key(|topic| (std::cmp::Reverse(topic.1), topic.0));
    sums.truncate(AFFINITIES_MAX);
    sums.into_iter().map(|(topic, weight, n)| Affinity { topic, share: share(weight), n }).collect()
}

fn purchased(tally: &Tally) -> Vec<Purchased> {
    let one = |days: &[super::tally::Bought]| Purchased {
        product: days[0].product,
        n_days: u32::try_from(days.len()).unwrap_or(u32::MAX),
        recent_days: days.iter().rev().take(PURCHASE_DAYS_MAX).map(|day| day.day).collect(),
        first_at: days[0].at,
        last_at: days[days.len() - 1].at,
        units: days.iter().map(|day| day.units).fold(0, i64::saturating_add),
        weight: days.iter().map(|day| day.weight).sum(),
    };
    let mut list: Vec<Purchased> = tally.bought.chunk_by(|a, b| a.product == b.product).map(one).collect();
    list.sort_by_key(|purchased| (std::cmp::Reverse(purchased.last_at), purchased.product));
    list.truncate(PURCHASED_MAX);
    list
}

fn customs(tally: &Tally) -> Vec<(Box<str>, Vec<Timestamp>)> {
    let mut list = tally.customs.clone();
    list.sort_by(|a, b| b.1.first().cmp(&a.1.first()).then_with(|| a.0.cmp(&b.0)));
    list.truncate(CUSTOMS_MAX);
    list
}

fn interests(tally: &Tally) -> Vec<Interest> {
    let one = |line: &super::tally::Line| {
        let last_at = line.viewed_at.max(line.carted.map(|carted| carted.0))?;
        Some(Interest { product: line.product, n_views: line.n_views, last_at, weight: line.weight })
    };
    let mut list: Vec<Interest> = tally.lines.iter().filter_map(one).collect();
    list.sort_by_key(|interest| (std::cmp::Reverse(interest.last_at), interest.product));
    list.truncate(INTERESTS_MAX);
    list
}
