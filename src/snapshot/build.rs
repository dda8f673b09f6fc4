//! Sources in, snapshot out: the only place where every input meets.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::looks::{Learned, Looks};
use super::people::People;
use super::reader::{Known, Reader};
use super::{Folder, Inputs, Snapshot, mailboxes};
use crate::catalogue::{AlsoBought, Catalogue, Models, Sales, Similar, SoldBuilder};
use crate::clock::{Now, Timestamp};
use crate::error::{Error, Kind, Result};
use crate::id::hex;
use crate::profile::Fold;
use crate::project::Project;
use crate::project::blur::Blur;
use crate::recommend::{BlurKey, Evidence, Goods, Interactions, Line, Recommender, Veil};
use crate::source::SourceReport;
use crate::source::join::JoinReport;

/// Name of the key of the blur among the secrets: 32 hexadecimal digits.
pub const BLUR_KEY: &str = "privacy.blur";

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
    /// Contacts of companies that `accounts` does not have.
    pub n_unknown_accounts: u64,
    /// Companies whose id came on contradictory rows; nothing is known of them.
    pub contradictory_accounts: Vec<String>,
    /// `ACCOUNT/PRODUCT` of prices that contradict one another; none of them is used.
    pub contradictory_prices: Vec<String>,
    /// Prices of products that the catalogue does not have.
    pub n_unknown_priced: u64,
    /// Contacts whose id came on contradictory rows; nobody can know which is right, so they get nothing.
    pub contradictory_contacts: Vec<String>,
    /// Products whose id came on different rows, of which one is kept: the first in order of their values.
    pub duplicate_products: Vec<String>,
}

/// Reads every source of a project as it stands at `now`.
///
/// `secrets` holds the resolved database URL of each source that is a query, by its name, and under [`BLUR_KEY`] the key of the blur where
/// the project has one; `on` is told of each source read. Profiles are
/// written to a file of `folder`, removed with the snapshot unless [`Folder::write`] keeps it; without one they stay in memory.
///
/// # Errors
/// `Kind::Data` when a source is unreadable or has more bad rows than it may; `Kind::Io`, `Kind::Unavailable` of the machine.
pub fn build(
    project: &Project,
    now: Now,
    secrets: &BTreeMap<String, String>,
    folder: Option<&Folder>,
    on: &mut dyn FnMut(Read<'_>),
) -> Result<(Snapshot, BuildReport)> {
    let mut reader = Reader { project, now, urls: secrets, reports: BTreeMap::new(), on };
    let accounts = reader.accounts()?;
    let contacts = reader.contacts(accounts.as_ref())?;
    let catalogue = reader.catalogue()?;
    let people = contacts.index();
    let products = catalogue.index();
    let identities = reader.identities(&people)?;

    let settings = &project.settings;
    let fold = Fold::new(contacts.list.len(), now.at, settings.half_life, now.zone);
    let known = Known { identities: &identities, people: &people, products: &products, catalogue: &catalogue };
    let purposes: Vec<_> = project.learned_for().into_iter().collect();
    let learned = (!purposes.is_empty()).then(|| Learned::of(&contacts, project, now));
    let (mut rows, events, looks) = reader.events(&fold, &known, learned.as_ref())?;
    let sales = Sales::new(catalogue.products.len(), now.at, settings.popularity_half_life);
    let sold = SoldBuilder::new(now.at, project.social_proof_window());
    let orders = reader.orders(&fold, &sales, &sold, &known)?;
    rows.extend(orders.rows);
    let (possessions, n_orphan_possessions) = reader.possessions(&people)?;

    let (baskets, n_repeated_order_lines) = orders.baskets.group();
    let report = BuildReport {
        events,
        orders: orders.join,
        n_ambiguous_visitors: identities.n_ambiguous_visitors(),
        n_unknown_products: orders.n_unknown_products,
        n_repeated_order_lines,
        n_orphan_possessions,
        n_unknown_accounts: contacts.n_unknown_accounts,
        contradictory_accounts: accounts.as_ref().map(|accounts| accounts.contradictory.clone()).unwrap_or_default(),
        contradictory_contacts: contacts.contradictory.iter().map(ToString::to_string).collect(),
        contradictory_prices: catalogue.own_prices.contradictory.clone(),
        n_unknown_priced: catalogue.own_prices.n_unknown_products,
        duplicate_products: catalogue.duplicates.iter().map(ToString::to_string).collect(),
        sources: reader.reports,
    };
    refuse_contradictions(project, &report)?;

    drop((people, products, identities));
    let n_people = contacts.list.len();
    let veil = veil(settings.blur, secrets, &catalogue)?;
    let learns = learned.is_some();
    let evidence = match (learned, &veil) {
        (Some(learned), _) => evidence(orders.lines, looks, learned, &catalogue, n_people),
        (None, Some(_)) => Evidence::from(Interactions::new(orders.lines, n_people, catalogue.products.len())),
        (None, None) => Evidence::default(),
    };
    let evidence = if let Some(veil) = &veil { evidence.blurred(veil) } else { evidence };
    let models = Models {
        popularity: sales.rank(&catalogue),
        also_bought: evidence.also_bought().unwrap_or_else(|| AlsoBought::build(&baskets, catalogue.products.len())),
        similar: Similar::build(&catalogue),
        sold: sold.build(catalogue.products.len()),
    };
    drop(baskets);
    let recommender = if learns { Recommender::train(&evidence, today(&now), &models.similar, &purposes) } else { Recommender::default() };
    drop(evidence);
    let next_hidden_at = report.sources.values().filter_map(|source| source.next_hidden_at).min();
    let counts = report.sources.iter().map(|(name, source)| ((*name).to_owned(), source.n_rows)).collect();
    let account_attributes = accounts.map(|accounts| accounts.attributes).unwrap_or_default();
    let blur_key = blur_fingerprint(settings.blur, secrets);
    let inputs =
        Inputs { purposes: contacts.purposes, attributes: contacts.attributes, account_attributes, counts, next_hidden_at, blur_key };
    let orders_zone = project.config.sources.orders.as_ref().and_then(|spec| spec.timezone.as_ref()?.get_ref().parse().ok());
    let orders_zone = orders_zone.unwrap_or(now.zone);
    let shared_mailboxes = mailboxes::shared(&contacts.list);
    let people = People { contacts: contacts.list, fold, rows, possessions, orders_zone, shared_mailboxes };
    let profiles = people.write(folder.and_then(Folder::scratch).as_deref(), &catalogue)?;
    Ok((Snapshot { now, catalogue, models, recommender, profiles, inputs }, report))
}

/// Contradictory contacts and products are bad rows like others: more than their source tolerates stops everything.
fn refuse_contradictions(project: &Project, report: &BuildReport) -> Result<()> {
    let sources = &project.config.sources;
    let rejected = |name: &str| report.sources.get(name).map_or(0, |source| source.n_rejected);
    for (name, ids, spec, then) in [
        ("contacts", &report.contradictory_contacts, Some(&sources.contacts), "they then get nothing"),
        ("accounts", &report.contradictory_accounts, sources.accounts.as_ref(), "nothing is then known of them"),
        ("prices", &report.contradictory_prices, sources.prices.as_ref(), "the price of the catalogue is then shown"),
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

/// Puts together what models learn from.
pub(super) fn evidence(orders: Vec<Line>, looks: Looks, learned: Learned, catalogue: &Catalogue, n_people: usize) -> Evidence {
    let table = |lines| Interactions::new(lines, n_people, catalogue.products.len());
    Evidence {
        orders: table(orders),
        looks: table(looks.looks.into_lines()),
        carts: table(looks.carts.into_lines()),
        goods: Goods::of(catalogue),
        places: learned.places,
        ..Evidence::default()
    }
}

/// Returns what tells the key that a project blurs under from another, where it blurs: 64 bits of SHA-256 of its digits.
pub(super) fn blur_fingerprint(blur: Option<Blur>, secrets: &BTreeMap<String, String>) -> Option<String> {
    let digits = secrets.get(BLUR_KEY).filter(|_| blur.is_some())?;
    Some(hex(&Sha256::digest(format!("fingerprint of {BLUR_KEY} {digits}").as_bytes())[..8]))
}

/// Prepares the blur of a project.
pub(super) fn veil(blur: Option<Blur>, secrets: &BTreeMap<String, String>, catalogue: &Catalogue) -> Result<Option<Veil>> {
    let Some(blur) = blur else { return Ok(None) };
    let key = secrets.get(BLUR_KEY).and_then(|digits| u128::from_str_radix(digits, 16).ok());
    let Some(key) = key else {
        return Err(Error::new(Kind::Usage, format!("[privacy.blur] needs a key, and `{BLUR_KEY}` is not among the secrets given")));
    };
    Ok(Some(Veil::new(blur, BlurKey::new(key), catalogue)))
}

/// Returns the day from which ages are counted, since 1970 in UTC: all of the instant's own day is known.
fn today(now: &Now) -> i32 {
    i32::try_from(now.at.0.div_euclid(crate::clock::DAY_US) + 1).unwrap_or(i32::MAX)
}

/// The instants between which a snapshot shows what a fresh build would show.
pub(super) fn serves(built: &Now, next_hidden_at: Option<Timestamp>, now: Now) -> bool {
    let day = |at: Timestamp| at.0.div_euclid(crate::clock::DAY_US);
    built.zone == now.zone && day(built.at) == day(now.at) && built.at <= now.at && next_hidden_at.is_none_or(|next| now.at < next)
}
