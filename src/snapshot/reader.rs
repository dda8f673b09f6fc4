//! Each source read into what a snapshot is made of, with a state of its own for each thread.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::build::Read;
use super::looks::{Learned, Looks, Seen};
use super::people::{Possession, PossessionKind};
use crate::catalogue::{Baskets, Catalogue, CatalogueBuilder, OwnPricesBuilder, Sales, SoldBuilder};
use crate::clock::{DAY_US, Now, Timestamp};
use crate::condition::topic_slug;
use crate::error::Result;
use crate::id::{ContactIx, Index, ProductIx, stable_hash};
use crate::profile::{Account, Accounts, Act, Contacts, ContactsBuilder, Fold, Owned, Rows};
use crate::project::Project;
use crate::project::config::SourceSpec;
use crate::recommend::{GUEST, Line};
use crate::source::join::{IdentityMap, JoinReport, Joined, Named};
use crate::source::record::OrderStatus;
use crate::source::{self, ReadSettings, SourceReport};

/// What ids mean.
pub(super) struct Known<'a> {
    pub(super) identities: &'a IdentityMap,
    pub(super) people: &'a Index<ContactIx>,
    pub(super) products: &'a Index<ProductIx>,
    pub(super) catalogue: &'a Catalogue,
}

/// Acts whose people are looked up at once.
const ACTS_AT_ONCE: usize = 512;

/// What one reader of acts gathers.
struct Acts {
    rows: Rows,
    join: JoinReport,
    /// Acts of people not looked up yet.
    waiting: Vec<(Named, Option<Act>, Option<Seen>)>,
    looks: Looks,
}

impl Acts {
    /// Looks up the people of the acts that wait. Nothing else is done between one look and the next: each is a wait for
    /// memory, and the processor waits for many at once.
    fn join(&mut self, fold: &Fold, known: &Known<'_>, learned: Option<&Learned>) {
        let found: Vec<Joined> = self.waiting.iter().map(|(who, ..)| known.identities.find(who, known.people)).collect();
        for ((_, act, seen), joined) in self.waiting.drain(..).zip(found) {
            self.join.count(joined);
            if let (Some(seen), Some(learned)) = (seen, learned) {
                self.looks.take(seen, joined, learned);
            }
            if let (Joined::Matched(who), Some(act)) = (joined, act) {
                self.rows.act(who, act);
            }
        }
        fold.make_room(&mut self.rows);
    }
}

/// What one reader of order lines gathers.
pub(super) struct OrderLines {
    pub(super) rows: Vec<Rows>,
    pub(super) baskets: Baskets,
    pub(super) lines: Vec<Line>,
    pub(super) join: JoinReport,
    pub(super) n_unknown_products: u64,
}

pub(super) struct Reader<'a> {
    pub(super) project: &'a Project,
    pub(super) now: Now,
    pub(super) urls: &'a BTreeMap<String, String>,
    pub(super) reports: BTreeMap<&'static str, SourceReport>,
    pub(super) on: &'a mut dyn FnMut(Read<'_>),
}

impl Reader<'_> {
    fn settings(&self, name: &str) -> ReadSettings<'_> {
        let root: &Path = &self.project.root;
        let database_url = self.urls.get(name).map(String::as_str);
        ReadSettings { root, zone: self.project.zone, currency: self.project.currency, database_url, now: self.now.at, threads: 0 }
    }

    /// Reads a source with a state of its own for each thread; returns the states, none when the project has no such source.
    fn read<R: source::Record, S: Send>(
        &mut self,
        name: &'static str,
        spec: Option<&SourceSpec>,
        start: &(dyn Fn() -> S + Sync),
        each: &(dyn for<'r> Fn(&mut S, R::Row<'r>) + Sync),
    ) -> Result<Vec<S>> {
        let Some(spec) = spec else { return Ok(Vec::new()) };
        let (report, states) = source::read_with::<R, S>(name, spec, &self.settings(name), start, each)?;
        (self.on)(Read { source: name, n_rows: report.n_rows });
        self.reports.insert(name, report);
        Ok(states)
    }

    /// Reads the companies; none when the project has no such source.
    pub(super) fn accounts(&mut self) -> Result<Option<Accounts>> {
        let spec = self.project.config.sources.accounts.as_ref();
        let parts =
            self.read::<source::Accounts, Vec<Account>>("accounts", spec, &Vec::new, &|part, row| part.push(Account::from(&row)))?;
        Ok(spec.map(|_| Accounts::of(parts.into_iter().flatten().collect())))
    }

    pub(super) fn contacts(&mut self, accounts: Option<&Accounts>) -> Result<Contacts> {
        let spec = &self.project.config.sources.contacts;
        let add = |part: &mut ContactsBuilder, row: source::record::Contact<'_>| part.add(&row, accounts);
        let parts = self.read::<source::Contacts, _>("contacts", Some(spec), &ContactsBuilder::default, &add)?;
        let mut all = ContactsBuilder::default();
        for part in parts {
            all.merge(part);
        }
        Ok(all.build())
    }

    pub(super) fn catalogue(&mut self) -> Result<Catalogue> {
        let builder = CatalogueBuilder::default();
        let spec = self.project.config.sources.products.as_ref();
        self.read::<source::Products, _>("products", spec, &|| (), &|(), row| builder.add(&row))?;
        let mut catalogue = builder.build();
        let spec = self.project.config.sources.prices.as_ref();
        let add = |part: &mut OwnPricesBuilder, row: source::record::OwnPrice<'_>| part.add(&row, &catalogue);
        let parts = self.read::<source::Prices, _>("prices", spec, &OwnPricesBuilder::default, &add)?;
        let mut own_prices = OwnPricesBuilder::default();
        for part in parts {
            own_prices.merge(part);
        }
        catalogue.own_prices = own_prices.build(&catalogue);
        Ok(catalogue)
    }

    pub(super) fn identities(&mut self, people: &Index<ContactIx>) -> Result<IdentityMap> {
        let spec = self.project.config.sources.identities.as_ref();
        let parts = self.read::<source::Identities, _>("identities", spec, &IdentityMap::builder, &|part, row| {
            if let Some(contact) = people.get(row.contact_id) {
                part.link(row.visitor_id, contact);
            }
        })?;
        let all = parts.into_iter().reduce(|mut all, part| {
            all.merge(part);
            all
        });
        Ok(all.unwrap_or_default().build())
    }

    /// Reads acts; what models learn from too when `learned` is given.
    pub(super) fn events(&mut self, fold: &Fold, known: &Known<'_>, learned: Option<&Learned>) -> Result<(Vec<Rows>, JoinReport, Looks)> {
        let spec = self.project.config.sources.events.as_ref();
        let start =
            || Acts { rows: fold.rows(), join: JoinReport::default(), waiting: Vec::with_capacity(ACTS_AT_ONCE), looks: Looks::default() };
        let parts = self.read::<source::Events, _>("events", spec, &start, &|acts, event| {
            let who = known.identities.name(event.visitor_id, event.contact_id, known.people);
            let product = event.product_id.and_then(|id| known.products.get(id));
            let named = |path: &str| known.catalogue.topic(&topic_slug(path.rsplit('>').next().unwrap_or(path)));
            let topic = if product.is_some() { None } else { event.category.and_then(named) };
            let seen = learned.and_then(|learned| learned.seen(&event, product));
            acts.waiting.push((who, fold.act(&mut acts.rows, &event, product, topic), seen));
            if acts.waiting.len() == ACTS_AT_ONCE {
                acts.join(fold, known, learned);
            }
        })?;
        let mut join = JoinReport::default();
        let mut looks = Looks::default();
        let mut rows = Vec::with_capacity(parts.len());
        for mut acts in parts {
            acts.join(fold, known, learned);
            join.merge(acts.join);
            rows.push(acts.rows);
            looks = looks.merged(acts.looks);
        }
        Ok((rows, join, looks))
    }

    /// Reads what was looked at and put in carts, and nothing else of acts.
    pub(super) fn looks(
        &mut self,
        identities: &IdentityMap,
        people: &Index<ContactIx>,
        products: &Index<ProductIx>,
        learned: &Learned,
    ) -> Result<Looks> {
        let spec = self.project.config.sources.events.as_ref();
        let parts = self.read::<source::Events, Looks>("events", spec, &Looks::default, &|looks, event| {
            let product = event.product_id.and_then(|id| products.get(id));
            if let Some(seen) = learned.seen(&event, product) {
                let who = identities.name(event.visitor_id, event.contact_id, people);
                looks.take(seen, identities.find(&who, people), learned);
            }
        })?;
        Ok(parts.into_iter().fold(Looks::default(), Looks::merged))
    }

    pub(super) fn orders(&mut self, fold: &Fold, sales: &Sales, sold: &SoldBuilder, known: &Known<'_>) -> Result<OrderLines> {
        let currency = self.project.currency;
        let spec = self.project.config.sources.orders.as_ref();
        let start = || (fold.rows(), Baskets::default(), Vec::new(), JoinReport::default(), 0_u64);
        let parts = self.read::<source::Orders, _>("orders", spec, &start, &|(rows, baskets, lines, join, n_unknown), line| {
            let order = stable_hash(&["order", line.order_id]);
            let product = known.products.get(line.product_id);
            let who = line.contact_id.and_then(|id| known.people.get(id));
            *n_unknown += u64::from(product.is_none());
            if let (Some(product), OrderStatus::Placed) = (product, line.status) {
                sales.add(product, line.at);
                baskets.add(order, product, line_hash(&line));
                sold.add(product, order, line.at);
                lines.push(placed(who, product, line.at, order));
            }
            join.count(who.map_or(Joined::Orphan, Joined::Matched));
            if let Some(who) = who {
                fold.order_line(rows, who, &line, order, product, line.unit_price.currency == currency);
            }
        })?;
        let (baskets, join) = (Baskets::default(), JoinReport::default());
        let mut all = OrderLines { rows: Vec::new(), baskets, lines: Vec::new(), join, n_unknown_products: 0 };
        for (rows, baskets, lines, join, n_unknown) in parts {
            all.rows.push(rows);
            all.baskets.merge(baskets);
            all.lines.extend(lines);
            all.join.merge(join);
            all.n_unknown_products += n_unknown;
        }
        Ok(all)
    }

    /// Reads the lines of orders placed, and nothing else of them.
    pub(super) fn placed(&mut self, people: &Index<ContactIx>, products: &Index<ProductIx>) -> Result<Vec<Line>> {
        let spec = self.project.config.sources.orders.as_ref();
        let parts = self.read::<source::Orders, Vec<Line>>("orders", spec, &Vec::new, &|lines, line| {
            if let (Some(product), OrderStatus::Placed) = (products.get(line.product_id), line.status) {
                let who = line.contact_id.and_then(|id| people.get(id));
                lines.push(placed(who, product, line.at, stable_hash(&["order", line.order_id])));
            }
        })?;
        Ok(parts.concat())
    }

    /// Reads cards that are in use and contracts that end for good; counts those of contacts nobody knows.
    pub(super) fn possessions(&mut self, people: &Index<ContactIx>) -> Result<(Vec<Possession>, u64)> {
        type Part = (Vec<Possession>, u64);
        let text = |text: Option<&str>| text.map(str::to_owned);
        let add = |(found, n_orphan): &mut Part, contact: &str, kind, owned: &dyn Fn() -> Owned| match people.get(contact) {
            Some(who) => found.push(Possession { who, kind, owned: owned() }),
            None => *n_orphan += 1,
        };
        let sources = &self.project.config.sources;
        let cards = self.read::<source::PaymentMethods, Part>(
            "payment_methods",
            sources.payment_methods.as_ref(),
            &Part::default,
            &|part, row| {
                let owned = || Owned {
                    ends_on: row.expires_on,
                    id: row.method_id.to_owned(),
                    label: text(row.brand),
                    last4: text(row.last4),
                    price: None,
                };
                match row.replaced_by {
                    Some(_) => add(part, row.contact_id, PossessionKind::Replaced, &owned),
                    None if row.active => add(part, row.contact_id, PossessionKind::PaymentMethod, &owned),
                    None => {}
                }
            },
        )?;
        let contracts = self.read::<source::Contracts, Part>("contracts", sources.contracts.as_ref(), &Part::default, &|part, row| {
            if row.active && !row.auto_renew {
                let owned = || Owned {
                    ends_on: row.ends_on,
                    id: row.contract_id.to_owned(),
                    label: text(row.product_id),
                    last4: None,
                    price: row.price,
                };
                add(part, row.contact_id, PossessionKind::Contract, &owned);
            }
        })?;
        let (mut all, mut n_orphan) = (Vec::new(), 0);
        for (found, n) in cards.into_iter().chain(contracts) {
            all.extend(found);
            n_orphan += n;
        }
        all.par_sort_unstable();
        Ok((all, n_orphan))
    }
}

fn placed(who: Option<ContactIx>, product: ProductIx, at: Timestamp, order: u64) -> Line {
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    let order = order as u32;
    Line { who: who.map_or(GUEST, |who| who.0), product, day: i32::try_from(at.0.div_euclid(DAY_US)).unwrap_or(i32::MAX), order }
}

/// Hashes what makes two lines of one order and product the same.
fn line_hash(line: &source::record::OrderLine<'_>) -> u64 {
    let [at, quantity, price] = [line.at.0, line.quantity, line.unit_price.minor].map(|number| number.to_string());
    stable_hash(&["line", &at, &quantity, &price, line.contact_id.unwrap_or_default()])
}
