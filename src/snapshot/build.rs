//! Sources in, snapshot out: the only place where every input meets.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::{Folder, Inputs, Profiles, Snapshot, store};
use crate::catalogue::{AlsoBought, Baskets, Catalogue, CatalogueBuilder, Models, Sales, Similar};
use crate::clock::{Now, Timestamp};
use crate::condition::topic_slug;
use crate::error::{Error, Kind, Result};
use crate::id::{ContactIx, Index, ProductIx, stable_hash};
use crate::profile::{Contacts, ContactsBuilder, EncodedContact, Fold, Owned, Possessions, Profile, Rows};
use crate::project::Project;
use crate::project::config::SourceSpec;
use crate::source::join::{IdentityMap, JoinReport, Joined};
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
    /// Rows of cards and contracts of contacts nobody knows.
    pub n_orphan_possessions: u64,
    /// Contacts whose id came on contradictory rows; nobody can know which is right, so they get nothing.
    pub contradictory_contacts: Vec<String>,
    /// Products whose id came on different rows, of which the first in order was kept.
    pub duplicate_products: Vec<String>,
}

/// Reads every source of a project as it stands at `now`.
///
/// `urls` holds the resolved database URL of each source that is a query; `on` is told of each source read. Profiles are
/// written to a file of `folder`, removed with the snapshot unless [`Folder::write`] keeps it; without one they stay in memory.
///
/// # Errors
/// `Kind::Data` when a source is unreadable or has more bad rows than it may; `Kind::Io`, `Kind::Unavailable` of the machine.
pub fn build(
    project: &Project,
    now: Now,
    urls: &BTreeMap<String, String>,
    folder: Option<&Folder>,
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
    let known = Known { identities: &identities, people: &people, products: &products, catalogue: &catalogue };
    let (mut rows, events) = reader.events(&fold, &known)?;
    let sales = Sales::new(catalogue.products.len(), now.at, settings.popularity_half_life);
    let orders = reader.orders(&fold, &sales, &known)?;
    rows.extend(orders.rows);
    let (possessions, n_orphan_possessions) = reader.possessions(&people)?;

    let report = BuildReport {
        events,
        orders: orders.join,
        n_ambiguous_visitors: identities.n_ambiguous_visitors(),
        n_unknown_products: orders.n_unknown_products,
        n_orphan_possessions,
        contradictory_contacts: contacts.contradictory.iter().map(ToString::to_string).collect(),
        duplicate_products: catalogue.duplicates.iter().map(ToString::to_string).collect(),
        sources: reader.reports,
    };
    refuse_contradictions(project, &report)?;

    drop((people, products, identities));
    let baskets = orders.baskets.group();
    let models = Models {
        popularity: sales.rank(&catalogue),
        also_bought: AlsoBought::build(&baskets, catalogue.products.len()),
        similar: Similar::build(&catalogue),
    };
    drop(baskets);
    let next_hidden_at = report.sources.values().filter_map(|source| source.next_hidden_at).min();
    let counts = report.sources.iter().map(|(name, source)| ((*name).to_owned(), source.n_rows)).collect();
    let inputs = Inputs { purposes: contacts.purposes, attributes: contacts.attributes, counts, next_hidden_at };
    let writer = store::Writer::create(folder.and_then(Folder::scratch).as_deref())?;
    let people = People { contacts: contacts.list, fold, rows, possessions };
    let profiles = people.write(writer, &catalogue)?;
    Ok((Snapshot { now, catalogue, models, profiles, inputs }, report))
}

/// All that was read of people.
struct People {
    contacts: Vec<EncodedContact>,
    fold: Fold,
    rows: Vec<Rows>,
    /// In order of contact.
    possessions: Vec<Possession>,
}

impl People {
    /// Folds people group by group and writes their profiles in order; only a few groups are in memory at once.
    fn write(&self, mut writer: store::Writer, catalogue: &Catalogue) -> Result<Profiles> {
        let at_once = 2 * rayon::current_num_threads();
        let groups: Vec<usize> = (0..self.fold.n_groups()).collect();
        for groups in groups.chunks(at_once) {
            let compressed = groups.par_iter().map(|group| writer.compress(self.group(*group, catalogue)?)).collect::<Result<Vec<_>>>()?;
            compressed.into_iter().try_for_each(|group| writer.append(group))?;
        }
        writer.finish()
    }

    fn group(&self, group: usize, catalogue: &Catalogue) -> Result<store::Group> {
        let mut encoded = store::Group::default();
        let mut failed = None;
        self.fold.group(&self.rows, group, |who, tally| {
            let profile = Profile::from_tally((), tally, self.possessions_of(who), catalogue);
            failed = failed.take().or(encoded.push(&self.contacts[who.at()], &profile).err());
        });
        failed.map_or(Ok(encoded), |error| Err(Error::new(Kind::Io, "cannot encode a profile").caused_by(error)))
    }

    fn possessions_of(&self, who: ContactIx) -> Possessions {
        let start = self.possessions.partition_point(|possession| possession.who < who);
        let theirs = self.possessions[start..].iter().take_while(|possession| possession.who == who);
        let of = |kind| theirs.clone().filter(|possession| possession.kind == kind).map(|possession| possession.owned.clone()).collect();
        Possessions { payment_methods: of(PossessionKind::PaymentMethod), contracts: of(PossessionKind::Contract) }
    }
}

/// Something a person holds; sorted by person, kind and end.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Possession {
    who: ContactIx,
    kind: PossessionKind,
    owned: Owned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PossessionKind {
    PaymentMethod,
    Contract,
}

/// Contradictory contacts are bad rows like others: more than the source tolerates stops everything.
fn refuse_contradictions(project: &Project, report: &BuildReport) -> Result<()> {
    let n = report.contradictory_contacts.len() as u64;
    let rejected = report.sources.get("contacts").map_or(0, |source| source.n_rejected);
    if n == 0 || n + rejected <= project.config.sources.contacts.max_bad_rows {
        return Ok(());
    }
    let shown = report.contradictory_contacts.iter().take(10).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let message = format!("{n} ids of `contacts` stand on several rows that contradict one another");
    Err(Error::new(Kind::Data, message)
        .detail(shown)
        .help("keep one row per id, or tolerate them with `max_bad_rows` in [sources.contacts]: they then get nothing"))
}

/// What ids mean.
struct Known<'a> {
    identities: &'a IdentityMap,
    people: &'a Index<ContactIx>,
    products: &'a Index<ProductIx>,
    catalogue: &'a Catalogue,
}

/// What one reader of order lines gathers.
struct OrderLines {
    rows: Vec<Rows>,
    baskets: Baskets,
    join: JoinReport,
    n_unknown_products: u64,
}

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

    fn contacts(&mut self) -> Result<Contacts> {
        let spec = &self.project.config.sources.contacts;
        let parts = self.read::<source::Contacts, _>("contacts", Some(spec), &ContactsBuilder::default, &|part, row| part.add(&row))?;
        let mut all = ContactsBuilder::default();
        parts.into_iter().for_each(|part| all.merge(part));
        Ok(all.build())
    }

    fn catalogue(&mut self) -> Result<Catalogue> {
        let builder = CatalogueBuilder::default();
        let spec = self.project.config.sources.products.as_ref();
        self.read::<source::Products, _>("products", spec, &|| (), &|(), row| builder.add(&row))?;
        Ok(builder.build())
    }

    fn identities(&mut self, people: &Index<ContactIx>) -> Result<IdentityMap> {
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

    fn events(&mut self, fold: &Fold, known: &Known<'_>) -> Result<(Vec<Rows>, JoinReport)> {
        let spec = self.project.config.sources.events.as_ref();
        let start = || (fold.rows(), JoinReport::default());
        let parts = self.read::<source::Events, _>("events", spec, &start, &|(rows, join), event| {
            let joined = known.identities.find(event.visitor_id, event.contact_id, |id| known.people.get(id));
            join.count(joined);
            let Joined::Matched(who) = joined else { return };
            let product = event.product_id.and_then(|id| known.products.get(id));
            let named = |path: &str| known.catalogue.topic(&topic_slug(path.rsplit('>').next().unwrap_or(path)));
            let topic = if product.is_some() { None } else { event.category.and_then(named) };
            fold.event(rows, who, &event, product, topic);
        })?;
        let (rows, joins): (Vec<Rows>, Vec<JoinReport>) = parts.into_iter().unzip();
        let mut join = JoinReport::default();
        joins.into_iter().for_each(|part| join.merge(part));
        Ok((rows, join))
    }

    fn orders(&mut self, fold: &Fold, sales: &Sales, known: &Known<'_>) -> Result<OrderLines> {
        let currency = self.project.currency;
        let spec = self.project.config.sources.orders.as_ref();
        let start = || (fold.rows(), Baskets::default(), JoinReport::default(), 0_u64);
        let parts = self.read::<source::Orders, _>("orders", spec, &start, &|(rows, baskets, join, n_unknown), line| {
            let order = stable_hash(&["order", line.order_id]);
            let product = known.products.get(line.product_id);
            *n_unknown += u64::from(product.is_none());
            if let (Some(product), OrderStatus::Placed) = (product, line.status) {
                sales.add(product, line.at, line.quantity);
                baskets.add(order, product);
            }
            let who = line.contact_id.and_then(|id| known.people.get(id));
            join.count(who.map_or(Joined::Orphan, Joined::Matched));
            if let Some(who) = who {
                fold.order_line(rows, who, &line, order, product, line.unit_price.currency == currency);
            }
        })?;
        let mut all = OrderLines { rows: Vec::new(), baskets: Baskets::default(), join: JoinReport::default(), n_unknown_products: 0 };
        for (rows, baskets, join, n_unknown) in parts {
            all.rows.push(rows);
            all.baskets.merge(baskets);
            all.join.merge(join);
            all.n_unknown_products += n_unknown;
        }
        Ok(all)
    }

    /// Reads cards that are in use and contracts that end for good; counts those of contacts nobody knows.
    fn possessions(&mut self, people: &Index<ContactIx>) -> Result<(Vec<Possession>, u64)> {
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
                if row.active && row.replaced_by.is_none() {
                    let owned =
                        || Owned { ends_on: row.expires_on, id: row.method_id.to_owned(), label: text(row.brand), last4: text(row.last4) };
                    add(part, row.contact_id, PossessionKind::PaymentMethod, &owned);
                }
            },
        )?;
        let contracts = self.read::<source::Contracts, Part>("contracts", sources.contracts.as_ref(), &Part::default, &|part, row| {
            if row.active && !row.auto_renew {
                let owned = || Owned { ends_on: row.ends_on, id: row.contract_id.to_owned(), label: text(row.product_id), last4: None };
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

/// The instants between which a snapshot shows what a fresh build would show.
pub(super) fn serves(built: &Now, next_hidden_at: Option<Timestamp>, now: Now) -> bool {
    let day = |at: Timestamp| at.0.div_euclid(crate::clock::DAY_US);
    built.zone == now.zone && day(built.at) == day(now.at) && built.at <= now.at && next_hidden_at.is_none_or(|next| now.at < next)
}
