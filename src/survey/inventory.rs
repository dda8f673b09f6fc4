//! Every source read once for what it holds: rows, freshest row, filled fields, keys, journeys, baskets.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::interval::Moments;
use super::journey::{Funnel, Journeys};
use crate::clock::{Now, Timestamp};
use crate::error::Result;
use crate::id::{ContactIx, Index, stable_hash};
use crate::project::Project;
use crate::project::config::SourceSpec;
use crate::source::join::{IdentityMap, JoinReport, Joined};
use crate::source::record::{OrderLine, OrderStatus};
use crate::source::{self, Columns, Filled, ReadSettings, Record, SourceReport};

/// Fields outside the contract that are counted by name, per source.
const EXTRAS_MAX: usize = 200;

/// What one source holds.
#[derive(Debug, Clone, Default)]
pub struct Holding {
    /// What reading it gave.
    pub report: SourceReport,
    /// Rows that can be used.
    pub rows: u64,
    /// Instant of the freshest row, for rows that are dated.
    pub freshest_at: Option<Timestamp>,
    /// Rows in which a field holds something; columns of the contract that never do are there with 0.
    pub filled: BTreeMap<String, u64>,
}

/// What all sources hold at an instant.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// By source, those that are declared.
    pub sources: BTreeMap<&'static str, Holding>,
    /// How acts found their people.
    pub events: JoinReport,
    /// How order lines found their people.
    pub orders: JoinReport,
    /// Visitors linked to several contacts.
    pub ambiguous_visitors: usize,
    /// From the first page to the purchase.
    pub funnel: Option<Funnel>,
    /// Orders with a line placed.
    pub n_orders: u64,
    /// Contacts with such an order.
    pub n_buyers: u64,
    /// Money of orders, in minor units of the project's currency.
    pub baskets: Moments,
}

impl Inventory {
    /// Returns the share of usable rows of a source in which a field holds something, 0 when there is no such source or field.
    pub fn fill(&self, source: &str, field: &str) -> f64 {
        let Some(holding) = self.sources.get(source) else { return 0.0 };
        super::interval::ratio(holding.filled.get(field).copied().unwrap_or(0), holding.rows)
    }

    /// Returns the usable rows of a source, 0 when it is not declared.
    pub fn rows(&self, source: &str) -> u64 {
        self.sources.get(source).map_or(0, |holding| holding.rows)
    }
}

/// What one reader of a source gathers.
struct Part<S> {
    holding: Holding,
    filled: Vec<u64>,
    state: S,
}

/// What readers of acts and of order lines gather.
#[derive(Default)]
struct Found {
    join: JoinReport,
    journeys: Journeys,
    /// Money and buyer of each order, by the hash of its id.
    orders: HashMap<u64, (i64, Option<ContactIx>)>,
}

struct Reader<'a> {
    project: &'a Project,
    now: Now,
    urls: &'a BTreeMap<String, String>,
    sources: BTreeMap<&'static str, Holding>,
}

/// Reads every source as it stands at `now`; `urls` holds the resolved database URL of each source that is a query.
///
/// # Errors
/// Those of [`source::read`].
pub fn take(project: &Project, now: Now, urls: &BTreeMap<String, String>) -> Result<Inventory> {
    let sources = &project.config.sources;
    let mut reader = Reader { project, now, urls, sources: BTreeMap::new() };
    let ids = reader.read::<source::Contacts, Vec<String>>("contacts", Some(&sources.contacts), &|part, row, extra| {
        part.push(row.id.to_owned());
        for (name, value) in &row.attributes {
            extra(name, !value.trim().is_empty());
        }
        for consent in &row.consents {
            extra(&format!("consent_{}", consent.purpose), true);
        }
    })?;
    let mut people = Index::with_capacity(ids.iter().map(Vec::len).sum());
    ids.iter().flatten().zip(0..).for_each(|(id, ix)| people.set(id, |known| known.unwrap_or(ContactIx(ix))));
    reader.read::<source::Products, ()>("products", sources.products.as_ref(), &|(), row, extra| {
        for (name, value) in &row.attributes {
            extra(name, !value.trim().is_empty());
        }
    })?;
    let links =
        reader.read::<source::Identities, Vec<(String, ContactIx)>>("identities", sources.identities.as_ref(), &|part, row, _| {
            part.extend(people.get(row.contact_id).map(|contact| (row.visitor_id.to_owned(), contact)));
        })?;
    let mut identities = IdentityMap::builder();
    links.iter().flatten().for_each(|(visitor, contact)| identities.link(visitor, *contact));
    let identities = identities.build();

    let acts = reader.read::<source::Events, Found>("events", sources.events.as_ref(), &|found, event, _| {
        if event.third_party {
            return;
        }
        let joined = identities.find(&identities.name(event.visitor_id, event.contact_id, &people), &people);
        found.join.count(joined);
        let visitor = match (joined, event.visitor_id.or(event.contact_id)) {
            (Joined::Matched(contact), _) => u64::from(contact.0),
            (_, id) => stable_hash(&["visitor", id.unwrap_or_default()]) | 1 << 63,
        };
        found.journeys.act(visitor, event.kind, event.device);
    })?;
    let currency = project.currency;
    let sold = reader.read::<source::Orders, Found>("orders", sources.orders.as_ref(), &|found, line, _| {
        let who = line.contact_id.and_then(|id| people.get(id));
        found.join.count(who.map_or(Joined::Orphan, Joined::Matched));
        if line.status == OrderStatus::Placed {
            let order = found.orders.entry(stable_hash(&["order", line.order_id])).or_default();
            order.0 = order.0.saturating_add(if line.unit_price.currency == currency { money(line) } else { 0 });
            order.1 = order.1.or(who);
        }
    })?;
    reader.read::<source::Prices, ()>("prices", sources.prices.as_ref(), &|(), _, _| ())?;
    reader.read::<source::PaymentMethods, ()>("payment_methods", sources.payment_methods.as_ref(), &|(), _, _| ())?;
    reader.read::<source::Contracts, ()>("contracts", sources.contracts.as_ref(), &|(), _, _| ())?;

    let mut inventory =
        Inventory { sources: reader.sources, ambiguous_visitors: identities.n_ambiguous_visitors(), ..Inventory::default() };
    let mut journeys = Journeys::default();
    for part in acts {
        inventory.events.merge(part.join);
        journeys.merge(part.journeys);
    }
    inventory.funnel = sources.events.is_some().then(|| journeys.funnel());
    let mut orders: HashMap<u64, (i64, Option<ContactIx>)> = HashMap::new();
    for part in sold {
        inventory.orders.merge(part.join);
        for (order, (money, who)) in part.orders {
            let known = orders.entry(order).or_default();
            *known = (known.0.saturating_add(money), known.1.or(who));
        }
    }
    count_orders(&mut inventory, &orders);
    Ok(inventory)
}

/// Orders are added up in order of money, so that the same rows give the same digits whatever the threads.
fn count_orders(inventory: &mut Inventory, orders: &HashMap<u64, (i64, Option<ContactIx>)>) {
    let mut buyers: Vec<u32> = orders.values().filter_map(|(_, who)| who.map(|who| who.0)).collect();
    buyers.sort_unstable();
    buyers.dedup();
    let mut amounts: Vec<i64> = orders.values().map(|(money, _)| *money).collect();
    amounts.sort_unstable();
    for amount in amounts {
        inventory.baskets.add(major(amount));
    }
    inventory.n_orders = orders.len() as u64;
    inventory.n_buyers = buyers.len() as u64;
}

/// Returns what a line was sold for, in minor units of its currency.
pub(super) fn money(line: &OrderLine<'_>) -> i64 {
    line.unit_price.minor.saturating_mul(line.quantity).saturating_sub(line.discount.map_or(0, |discount| discount.minor))
}

/// An amount as a number that can be averaged.
#[expect(clippy::cast_precision_loss, reason = "amounts of orders in minor units, far below 2^52")]
pub(super) fn major(minor: i64) -> f64 {
    minor as f64
}

/// What is done with each row: the reader's own state, the row, and where fields outside the contract are counted.
type Each<'e, R, S> = &'e (dyn for<'r> Fn(&mut S, &<R as Record>::Row<'r>, &mut dyn FnMut(&str, bool)) + Sync);

impl Reader<'_> {
    fn read<R: Record, S: Default + Send>(
        &mut self,
        name: &'static str,
        spec: Option<&SourceSpec>,
        each: Each<'_, R, S>,
    ) -> Result<Vec<S>> {
        let Some(spec) = spec else { return Ok(Vec::new()) };
        let settings = ReadSettings {
            root: &self.project.root,
            zone: self.project.zone,
            currency: self.project.currency,
            database_url: self.urls.get(name).map(String::as_str),
            now: self.now.at,
            threads: 0,
        };
        let start = || Part { holding: Holding::default(), filled: vec![0; R::COLUMNS.len()], state: S::default() };
        let (report, parts) = source::read_with::<Filled<R>, Part<S>>(name, spec, &settings, &start, &|part, (row, columns)| {
            part.count::<R>(&row, columns);
            let Part { holding, state, .. } = part;
            each(state, &row, &mut |field, holds| holding.extra(field, holds));
        })?;
        let mut whole = Holding { report, ..Holding::default() };
        whole.filled.extend(R::COLUMNS.iter().map(|column| (column.name.to_owned(), 0)));
        let mut states = Vec::with_capacity(parts.len());
        for part in parts {
            whole.rows += part.holding.rows;
            whole.freshest_at = whole.freshest_at.max(part.holding.freshest_at);
            let columns = R::COLUMNS.iter().map(|column| column.name.to_owned()).zip(part.filled);
            for (field, n) in columns.chain(part.holding.filled) {
                *whole.filled.entry(field).or_default() += n;
            }
            states.push(part.state);
        }
        self.sources.insert(name, whole);
        Ok(states)
    }
}

impl<S> Part<S> {
    fn count<R: Record>(&mut self, row: &R::Row<'_>, columns: Columns) {
        self.holding.rows += 1;
        self.holding.freshest_at = self.holding.freshest_at.max(R::dated(row));
        for (column, n) in self.filled.iter_mut().enumerate() {
            *n += u64::from(columns.has(column));
        }
    }
}

impl Holding {
    fn extra(&mut self, field: &str, holds: bool) {
        if let Some(n) = self.filled.get_mut(field) {
            *n += u64::from(holds);
        } else if self.filled.len() < EXTRAS_MAX {
            self.filled.insert(field.to_owned(), u64::from(holds));
        }
    }
}
