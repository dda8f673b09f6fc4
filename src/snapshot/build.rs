//! Sources in, snapshot out: the only place where every input meets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;

use super::{Inputs, Snapshot};
use crate::catalogue::{AlsoBought, Baskets, Catalogue, CatalogueBuilder, Models, Sales, Similar, SoldBuilder};
use crate::clock::{Now, Timestamp};
use crate::condition::topic_slug;
use crate::error::{Error, Kind, Result};
use crate::id::{ContactIx, ProductIx, stable_hash};
use crate::profile::{Contacts, ContactsBuilder, Fold, Owned, Possessions, Profile};
use crate::project::Project;
use crate::project::config::SourceSpec;
use crate::source::join::{IdentityMap, JoinReport};
use crate::source::record::OrderStatus;
use crate::source::{self, ReadSettings, SourceReport};

/// How many rows a source had, told while a snapshot is built.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// Its rows.
    pub n_rows: u64,
}

/// What reading everything gave.
#[derive(Debug, Clone, Default)]
pub struct BuildReport {
    /// Report of each source, by name.
    pub sources: BTreeMap<&'static str, SourceReport>,
    /// How events found their people.
    pub events: JoinReport,
    /// Order lines of guests, of contacts, and of contacts nobody knows.
    pub orders: JoinReport,
    /// Visitors linked to several contacts.
    pub n_ambiguous_visitors: usize,
    /// Order lines of products that the catalogue does not have.
    pub n_unknown_products: u64,
    /// Lines of known products that repeat another line of their order in everything. Two equal lines are legitimate (a basket
    /// keyed in twice), so all of them count; many of them tell of a file that holds its rows twice.
    pub n_repeated_order_lines: u64,
    /// Rows of cards and contracts of contacts nobody knows.
    pub n_orphan_possessions: u64,
    /// Contacts whose id came on contradictory rows; nobody can know which is right, so they get nothing.
    pub contradictory_contacts: Vec<String>,
    /// Products whose id came on different rows, of which one is kept: the first in order of their values.
    pub duplicate_products: Vec<String>,
}

/// Reads every source of a project as it stands at `now`.
///
/// `urls` holds the resolved database URL of each source that is a query; `on` is told of each source read.
///
/// # Errors
/// `Kind::Data` when a source is unreadable or has more bad rows than it may; `Kind::Io`, `Kind::Unavailable` of the machine.
pub fn build(
    project: &Project,
    now: Now,
    urls: &BTreeMap<String, String>,
    on: &mut dyn FnMut(Read<'_>),
) -> Result<(Snapshot, BuildReport)> {
    let mut reader = Reader { project, now, urls, reports: BTreeMap::new(), on };
    let contacts = reader.contacts()?;
    let catalogue = reader.catalogue()?;
    let people = contacts.index();
    let products = catalogue.index();
    let identities = reader.identities(&people)?;

    let settings = &project.settings;
    let fold = Fold::new(contacts.list.len(), now.at, settings.half_life, now.zone);
    let events = reader.events(&fold, &identities, &people, &products, &catalogue)?;
    let sales = Sales::new(catalogue.products.len(), now.at, settings.popularity_half_life);
    let baskets = Baskets::default();
    let sold = SoldBuilder::new(now.at, project.social_proof_window());
    let (orders, n_unknown_products) = reader.orders(&fold, (&sales, &baskets, &sold), &people, &products)?;
    let (possessions, n_orphan_possessions) = reader.possessions(&people)?;

    let purposes: BTreeSet<String> = contacts.list.iter().flat_map(|contact| contact.consents.keys().cloned()).collect();
    let attributes: BTreeSet<String> = contacts.list.iter().flat_map(|contact| contact.attributes.keys().cloned()).collect();
    let mut report = BuildReport {
        events,
        orders,
        n_ambiguous_visitors: identities.n_ambiguous_visitors(),
        n_unknown_products,
        n_orphan_possessions,
        contradictory_contacts: contacts.contradictory.iter().map(ToString::to_string).collect(),
        duplicate_products: catalogue.duplicates.iter().map(ToString::to_string).collect(),
        sources: reader.reports,
        n_repeated_order_lines: 0,
    };
    refuse_contradictions(project, &report)?;

    drop((people, products));
    let orders_zone = project.config.sources.orders.as_ref().and_then(|spec| spec.timezone.as_ref()?.get_ref().parse().ok());
    let orders_zone = orders_zone.unwrap_or(now.zone);
    let tallies = fold.finish();
    let profiles = contacts
        .list
        .into_par_iter()
        .zip(tallies)
        .zip(possessions)
        .map(|((contact, tally), owned)| Profile::from_tally(contact, &tally, owned, &catalogue, orders_zone))
        .collect();
    let (baskets, n_repeated_order_lines) = baskets.group();
    report.n_repeated_order_lines = n_repeated_order_lines;
    let models = Models {
        popularity: sales.rank(&catalogue),
        also_bought: AlsoBought::build(&baskets, catalogue.products.len()),
        similar: Similar::build(&catalogue),
        sold: sold.build(catalogue.products.len()),
    };
    let next_hidden_at = report.sources.values().filter_map(|source| source.next_hidden_at).min();
    let counts = report.sources.iter().map(|(name, source)| ((*name).to_owned(), source.n_rows)).collect();
    let inputs = Inputs { purposes, attributes, counts, next_hidden_at };
    Ok((Snapshot { now, catalogue, models, profiles, inputs }, report))
}

/// Contradictory contacts and products are bad rows like others: more than their source tolerates stops everything.
fn refuse_contradictions(project: &Project, report: &BuildReport) -> Result<()> {
    let sources = &project.config.sources;
    let rejected = |name: &str| report.sources.get(name).map_or(0, |source| source.n_rejected);
    for (name, ids, spec, then) in [
        ("contacts", &report.contradictory_contacts, Some(&sources.contacts), "they then get nothing"),
        ("products", &report.duplicate_products, sources.products.as_ref(), "one of their rows is then taken"),
    ] {
        let n = ids.len() as u64;
        if n == 0 || n + rejected(name) <= spec.map_or(0, |spec| spec.max_bad_rows) {
            continue;
        }
        let shown = ids.iter().take(10).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let (noun, stand) = if n == 1 { ("id", "stands") } else { ("ids", "stand") };
        return Err(Error::new(Kind::Data, format!("{n} {noun} of `{name}` {stand} on several rows that contradict one another"))
            .detail(shown)
            .help(format!(
                "keep one row per id, or tolerate them with `max_bad_rows = {}` in [sources.{name}]: {then}",
                n + rejected(name)
            )));
    }
    Ok(())
}

/// Hashes what makes two lines of one order and product the same.
fn line_hash(line: &source::record::OrderLine<'_>) -> u64 {
    let [at, quantity, price] = [line.at.0, line.quantity, line.unit_price.minor].map(|number| number.to_string());
    stable_hash(&["line", &at, &quantity, &price, line.contact_id.unwrap_or_default()])
}

type People<'a> = hashbrown::HashMap<&'a str, ContactIx>;
type Products<'a> = hashbrown::HashMap<&'a str, ProductIx>;

struct Reader<'a> {
    project: &'a Project,
    now: Now,
    urls: &'a BTreeMap<String, String>,
    reports: BTreeMap<&'static str, SourceReport>,
    on: &'a mut dyn FnMut(Read<'_>),
}

impl Reader<'_> {
    fn settings(&self, name: &str) -> ReadSettings<'_> {
        let root: &Path = &self.project.root;
        let database_url = self.urls.get(name).map(String::as_str);
        ReadSettings { root, zone: self.project.zone, currency: self.project.currency, database_url, now: self.now.at, threads: 0 }
    }

    fn read<R: source::Record>(
        &mut self,
        name: &'static str,
        spec: Option<&SourceSpec>,
        each: &(dyn for<'r> Fn(R::Row<'r>) + Sync),
    ) -> Result<()> {
        let Some(spec) = spec else { return Ok(()) };
        let report = source::read::<R>(name, spec, &self.settings(name), each)?;
        (self.on)(Read { source: name, n_rows: report.n_rows });
        self.reports.insert(name, report);
        Ok(())
    }

    fn contacts(&mut self) -> Result<Contacts> {
        let builder = ContactsBuilder::default();
        let spec = &self.project.config.sources.contacts;
        self.read::<source::Contacts>("contacts", Some(spec), &|row| builder.add(&row))?;
        Ok(builder.build())
    }

    fn catalogue(&mut self) -> Result<Catalogue> {
        let builder = CatalogueBuilder::default();
        let spec = self.project.config.sources.products.as_ref();
        self.read::<source::Products>("products", spec, &|row| builder.add(&row))?;
        Ok(builder.build())
    }

    fn identities(&mut self, people: &People<'_>) -> Result<IdentityMap> {
        let builder = Mutex::new(IdentityMap::builder());
        let spec = self.project.config.sources.identities.as_ref();
        self.read::<source::Identities>("identities", spec, &|row| {
            if let Some(contact) = people.get(row.contact_id) {
                builder.lock().unwrap_or_else(std::sync::PoisonError::into_inner).link(row.visitor_id, *contact);
            }
        })?;
        Ok(builder.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).build())
    }

    fn events(
        &mut self,
        fold: &Fold,
        identities: &IdentityMap,
        people: &People<'_>,
        products: &Products<'_>,
        catalogue: &Catalogue,
    ) -> Result<JoinReport> {
        let spec = self.project.config.sources.events.as_ref();
        self.read::<source::Events>("events", spec, &|event| {
            let find = |id: &str| people.get(id).copied();
            let source::join::Joined::Matched(who) = identities.resolve(event.visitor_id, event.contact_id, &find) else { return };
            let product = event.product_id.and_then(|id| products.get(id).copied());
            let named = |path: &str| catalogue.topic(&topic_slug(path.rsplit('>').next().unwrap_or(path)));
            let topic = if product.is_some() { None } else { event.category.and_then(named) };
            fold.event(who, &event, product, topic);
        })?;
        Ok(identities.report())
    }

    fn orders(
        &mut self,
        fold: &Fold,
        (sales, baskets, sold): (&Sales, &Baskets, &SoldBuilder),
        people: &People<'_>,
        products: &Products<'_>,
    ) -> Result<(JoinReport, u64)> {
        use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
        let [matched, orphan, unknown] = [const { AtomicU64::new(0) }; 3];
        let currency = self.project.currency;
        let spec = self.project.config.sources.orders.as_ref();
        self.read::<source::Orders>("orders", spec, &|line| {
            let order = stable_hash(&["order", line.order_id]);
            let product = products.get(line.product_id).copied();
            unknown.fetch_add(u64::from(product.is_none()), Relaxed);
            if let (Some(product), OrderStatus::Placed) = (product, line.status) {
                sales.add(product, line.at);
                baskets.add(order, product, line_hash(&line));
                sold.add(product, order, line.at);
            }
            match line.contact_id.and_then(|id| people.get(id)) {
                Some(who) => {
                    matched.fetch_add(1, Relaxed);
                    fold.order_line(*who, &line, order, product, line.unit_price.currency == currency);
                }
                None => _ = orphan.fetch_add(1, Relaxed),
            }
        })?;
        Ok((JoinReport { matched: matched.into_inner(), orphan: orphan.into_inner(), ambiguous: 0 }, unknown.into_inner()))
    }

    /// Reads cards that are in use and contracts that end for good.
    fn possessions(&mut self, people: &People<'_>) -> Result<(Vec<Possessions>, u64)> {
        let all = Mutex::new((vec![Possessions::default(); people.len()], 0_u64));
        let add = |contact: &str, to: &dyn Fn(&mut Possessions)| {
            let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match people.get(contact) {
                Some(who) => to(&mut all.0[who.at()]),
                None => all.1 += 1,
            }
        };
        let text = |text: Option<&str>| text.map(str::to_owned);
        let sources = &self.project.config.sources;
        self.read::<source::PaymentMethods>("payment_methods", sources.payment_methods.as_ref(), &|row| {
            let owned = Owned { ends_on: row.expires_on, id: row.method_id.to_owned(), label: text(row.brand), last4: text(row.last4) };
            match row.replaced_by {
                Some(_) => add(row.contact_id, &|to| to.replaced.push(owned.clone())),
                None if row.active => add(row.contact_id, &|to| to.payment_methods.push(owned.clone())),
                None => {}
            }
        })?;
        self.read::<source::Contracts>("contracts", sources.contracts.as_ref(), &|row| {
            if row.active && !row.auto_renew {
                let owned = Owned { ends_on: row.ends_on, id: row.contract_id.to_owned(), label: text(row.product_id), last4: None };
                add(row.contact_id, &|to| to.contracts.push(owned.clone()));
            }
        })?;
        let (mut all, n_orphan) = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        for owned in &mut all {
            owned.payment_methods.sort();
            owned.replaced.sort();
            owned.contracts.sort();
        }
        Ok((all, n_orphan))
    }
}

/// The instants between which a snapshot shows what a fresh build would show.
pub(super) fn serves(built: &Now, next_hidden_at: Option<Timestamp>, now: Now) -> bool {
    let day = |at: Timestamp| at.0.div_euclid(crate::clock::DAY_US);
    built.zone == now.zone && day(built.at) == day(now.at) && built.at <= now.at && next_hidden_at.is_none_or(|next| now.at < next)
}
