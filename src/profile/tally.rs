//! The monoid: what one person did, in a form that can be cut anywhere and put together in any order.
//!
//! `Tally::default()` is the identity and [`Tally::merge`] is associative and commutative, bit for bit
//! (`tests/properties.rs`). Sums are integers; latest and first are maxima and minima of whole tuples;
//! lists kept short are the top of a fixed order of single records, which merges, unlike the top of sums.

use crate::catalogue::TopicIx;
use crate::clock::Timestamp;
use crate::id::ProductIx;

/// Single acts kept per person, the latest.
pub const ACTS_MAX: usize = 128;
/// Different searches kept per person, the latest.
pub const SEARCHES_MAX: usize = 16;
/// Different page titles kept per person, the latest.
pub const TITLES_MAX: usize = 32;
/// Instants kept per custom kind of act, the latest.
pub const CUSTOM_TIMES_MAX: usize = 32;

/// What one person did; all lists are sorted by their key once [`Tally::settle`] ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// On each product looked at or put in a cart.
    pub lines: Vec<Line>,
    /// On each product and day of purchase.
    pub bought: Vec<Bought>,
    /// Of each order.
    pub orders: Vec<OrderTally>,
    /// On categories without a product: decayed weight and count.
    pub topics: Vec<(TopicIx, u64, u32)>,
    /// The latest acts.
    pub acts: Vec<Act>,
    /// The latest searches: text and its last instant.
    pub searches: Vec<Said>,
    /// The latest page titles: text and its last instant.
    pub titles: Vec<Said>,
    /// Acts of kinds without a name of ours: kind, and its latest instants, latest first.
    pub customs: Vec<(Box<str>, Vec<Timestamp>)>,
    /// Last purchase told by the site, which may come long before its order.
    pub purchased_at: Option<Timestamp>,
    /// Days with an act (days since 1970 in UTC), each once.
    pub days: Vec<i32>,
    /// Acts per device: mobile, desktop, tablet, other.
    pub devices: [u32; 4],
    /// Acts per hour of the day in the project's zone.
    pub hours: [u32; 24],
    /// Number of acts.
    pub n_acts: u32,
    /// Number of views.
    pub n_views: u32,
    /// First and last act.
    pub seen: Option<(Timestamp, Timestamp)>,
    /// First and last arrival with a traffic source.
    pub touches: Option<(Touch, Touch)>,
}

/// What was done on one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The product.
    pub product: ProductIx,
    /// Times it was looked at.
    pub n_views: u32,
    /// Last time it was looked at.
    pub viewed_at: Option<Timestamp>,
    /// Last time it was put in the cart, and how many pieces then.
    pub carted: Option<(Timestamp, i64)>,
    /// Last time it was taken out of the cart.
    pub removed_at: Option<Timestamp>,
    /// Decayed interest, fixed point.
    pub weight: u64,
}

/// A product bought on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// The product.
    pub product: ProductIx,
    /// Day of purchase, since 1970 in UTC.
    pub day: i32,
    /// Last purchase of that day.
    pub at: Timestamp,
    /// Pieces.
    pub units: i64,
    /// Highest price paid for a piece, in minor units.
    pub price: i64,
    /// Decayed interest, fixed point.
    pub weight: u64,
}

/// One order, from its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderTally {
    /// Hash of the order's id.
    pub order: u64,
    /// Its latest line.
    pub at: Timestamp,
    /// Lines placed; an order of returns only has none.
    pub n_placed: u32,
    /// Money of lines placed less returned, in minor units.
    pub total: i64,
    /// Margin, in minor units.
    pub margin: i64,
}

/// One act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ActKind,
    /// On which product, when it is in the catalogue.
    pub product: Option<ProductIx>,
    /// In which category, when the act names one.
    pub topic: Option<TopicIx>,
}

/// The kinds of act a profile tells apart.
#[expect(missing_docs, reason = "the names of `record::EventKind`")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    View,
    Search,
    CartAdd,
    CartRemove,
    Checkout,
    Purchase,
    Custom,
}

impl ActKind {
    /// Returns the kind of acts that is written so in conditions and campaigns; any other word is the name of a kind of the site's own.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "view" => Self::View,
            "search" => Self::Search,
            "cart_add" => Self::CartAdd,
            "cart_remove" => Self::CartRemove,
            "checkout" => Self::Checkout,
            "purchase" => Self::Purchase,
            _ => return None,
        })
    }
}

/// A text and the last instant it was said or seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    /// Trimmed, lower case for searches.
    pub text: Box<str>,
    /// The last instant.
    pub at: Timestamp,
}

/// An arrival on the site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Touch {
    /// When.
    pub at: Timestamp,
    /// `google`, `newsletter`, ...
    pub source: Box<str>,
    /// `organic`, `email`, ...
    pub medium: Option<Box<str>>,
    /// The page arrived at.
    pub page: Option<Box<str>>,
}

impl Tally {
    /// Adds another tally of the same person.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self.bought.extend(other.bought);
        self.orders.extend(other.orders);
        self.topics.extend(other.topics);
        self.acts.extend(other.acts);
        self.searches.extend(other.searches);
        self.titles.extend(other.titles);
        self.customs.extend(other.customs);
        self.purchased_at = self.purchased_at.max(other.purchased_at);
        self.days.extend(other.days);
        self.devices.iter_mut().zip(other.devices).for_each(|(mine, theirs)| *mine = mine.saturating_add(theirs));
        self.hours.iter_mut().zip(other.hours).for_each(|(mine, theirs)| *mine = mine.saturating_add(theirs));
        self.n_acts = self.n_acts.saturating_add(other.n_acts);
        self.n_views = self.n_views.saturating_add(other.n_views);
        self.seen = join(self.seen, other.seen);
        self.touches = join(self.touches, other.touches);
        self.settle();
        self
    }

    /// Forgets everything but the room of its usual lists.
    pub(super) fn clear(&mut self) {
        let Self { mut lines, mut bought, mut orders, mut topics, mut acts, .. } = std::mem::take(self);
        lines.clear();
        bought.clear();
        orders.clear();
        topics.clear();
        acts.clear();
        *self = Self { lines, bought, orders, topics, acts, ..Self::default() };
    }

    /// Sorts every list by its key, adds up equal keys and cuts the bounded lists: the canonical form.
    pub fn settle(&mut self) {
        combine(&mut self.lines, |line| line.product, Line::add);
        combine(&mut self.bought, |bought| (bought.product, bought.day), Bought::add);
        combine(&mut self.orders, |order| order.order, OrderTally::add);
        combine(
            &mut self.topics,
            |topic| topic.0,
            |a, b| {
                a.1 += b.1;
                a.2 += b.2;
            },
        );
        combine(&mut self.customs, |custom| custom.0.clone(), |a, b| a.1.extend(&b.1));
        self.customs.iter_mut().for_each(|(_, times)| latest(times));
        self.days.sort_unstable();
        self.days.dedup();
        self.acts.sort_unstable_by(|a, b| b.cmp(a));
        self.acts.truncate(ACTS_MAX);
        settle_said(&mut self.searches, SEARCHES_MAX);
        settle_said(&mut self.titles, TITLES_MAX);
    }

    /// Says whether the lists have grown enough since they were settled to be worth settling again.
    pub(super) fn is_ragged(&self) -> bool {
        self.acts.len() >= 2 * ACTS_MAX || self.searches.len() >= 4 * SEARCHES_MAX || self.titles.len() >= 4 * TITLES_MAX
    }
}

impl Line {
    fn add(&mut self, other: &Self) {
        self.n_views += other.n_views;
        self.viewed_at = self.viewed_at.max(other.viewed_at);
        self.carted = self.carted.max(other.carted);
        self.removed_at = self.removed_at.max(other.removed_at);
        self.weight += other.weight;
    }
}

impl Bought {
    fn add(&mut self, other: &Self) {
        self.at = self.at.max(other.at);
        self.units = self.units.saturating_add(other.units);
        self.price = self.price.max(other.price);
        self.weight += other.weight;
    }
}

impl OrderTally {
    fn add(&mut self, other: &Self) {
        self.at = self.at.max(other.at);
        self.n_placed += other.n_placed;
        self.total = self.total.saturating_add(other.total);
        self.margin = self.margin.saturating_add(other.margin);
    }
}

/// Widens a pair of first and last.
pub(super) fn join<T: Ord>(a: Option<(T, T)>, b: Option<(T, T)>) -> Option<(T, T)> {
    match (a, b) {
        (Some((first_a, last_a)), Some((first_b, last_b))) => Some((first_a.min(first_b), last_a.max(last_b))),
        (some, None) | (None, some) => some,
    }
}

/// Sorts by key and adds up runs of equal keys in place.
fn combine<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K, add: impl Fn(&mut T, &T)) {
    if list.is_sorted_by(|a, b| key(a) < key(b)) {
        return;
    }
    list.sort_by_key(|item| key(item));
    list.dedup_by(|later, first| {
        let same = key(later) == key(first);
        if same {
            add(first, later);
        }
        same
    });
}

/// Keeps the latest instants, latest first.
fn latest(times: &mut Vec<Timestamp>) {
    times.sort_unstable_by(|a, b| b.cmp(a));
    times.truncate(CUSTOM_TIMES_MAX);
}

/// Keeps the last instant of each text and the latest texts, latest first, ties by text.
fn settle_said(said: &mut Vec<Said>, max: usize) {
    said.sort_unstable_by(|a, b| a.text.cmp(&b.text).then(b.at.cmp(&a.at)));
    said.dedup_by(|later, first| later.text == first.text);
    said.sort_unstable_by(|a, b| b.at.cmp(&a.at).then_with(|| a.text.cmp(&b.text)));
    said.truncate(max);
}
