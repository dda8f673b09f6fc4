//! People as they were known some time ago, and what they did since: a look back that sees no day after its own.

use std::collections::BTreeMap;

use relance::clock::{Now, Span};
use relance::condition::Truth;
use relance::error::{Error, Kind, Result};
use relance::plan::Rules;
use relance::profile::{Memberships, Person, Profile, Reading};
use relance::snapshot::{self, Snapshot};
use relance::source::{self, ReadSettings};
use relance::survey::outcome::{Horizon, Outcomes};
use relance::survey::purchases::Purchases;

use super::app::{App, schema_of};
use super::secrets;

/// Everything as it stood at the start of a horizon, and the orders of the horizon.
pub(crate) struct Past {
    pub(crate) snapshot: Snapshot,
    pub(crate) rules: Rules,
    /// Empty where no orders are read.
    pub(crate) outcomes: Outcomes,
    pub(crate) horizon: Horizon,
}

impl Past {
    /// Reads every source as it stood `span` ago, then the orders since; nothing is kept on disk.
    pub(crate) fn read(app: &App, span: &str) -> Result<Self> {
        if app.project.config.sources.orders.is_none() {
            return Err(Error::new(Kind::Usage, "without orders nobody knows what segments are worth")
                .help("declare [sources.orders] in relance.toml"));
        }
        Self::with_or_without_orders(app, span)
    }

    /// As [`Past::read`], of a project that may have no orders.
    pub(crate) fn with_or_without_orders(app: &App, span: &str) -> Result<Self> {
        let back = Span::parse(span)
            .filter(|back| back.0 > 0)
            .ok_or_else(|| Error::new(Kind::Usage, format!("`{span}` is not a length of time")).help("write it as 30d or 12 weeks"))?;
        let horizon = Horizon { after: app.now.at.minus(back), until: app.now.at };
        let urls = secrets::source_urls(&app.project)?;
        let then = Now { at: horizon.after, zone: app.now.zone };
        let (mut snapshot, _) = snapshot::build(&app.project, then, &urls, None, &mut |_| ())?;
        super::hear::know(&app.project, &mut snapshot)?;
        let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
        let spec = app.project.config.sources.orders.as_ref();
        let outcomes = spec.map(|spec| orders(app, spec, &urls, horizon)).transpose()?.unwrap_or_default();
        Ok(Self { snapshot, rules, outcomes, horizon })
    }

    /// Calls `on` for everybody who was known at the start, with the segments they were in.
    pub(crate) fn each(&self, app: &App, mut on: impl FnMut(&Person<'_>, &[bool])) -> Result<()> {
        let reading = Reading::of(&app.project, self.snapshot.now);
        for group in self.snapshot.profiles.groups() {
            for profile in group?.iter().filter(|profile| profile.contact.created_at.is_none_or(|at| at <= self.horizon.after)) {
                let (truths, members) = members(&self.snapshot, &self.rules, profile, reading);
                let segments = Memberships { names: self.rules.segments.names(), truths: &truths };
                on(&Person { profile, catalogue: &self.snapshot.catalogue, reading, segments }, &members);
            }
        }
        Ok(())
    }
}

/// Says which segments a person is in as audiences see it: one that rests on behaviour holds nobody who may not be profiled.
pub(crate) fn members(snapshot: &Snapshot, rules: &Rules, profile: &Profile, reading: Reading) -> (Vec<Truth>, Vec<bool>) {
    let truths = rules.segments.decide(profile, &snapshot.catalogue, reading);
    let may = profile.contact.may_be_profiled(snapshot.inputs.asks_profiling(), reading.consents_expired);
    let members = truths.iter().enumerate().map(|(at, truth)| truth.is_true() && (may || !rules.segments.rests_on_behaviour(at))).collect();
    (truths, members)
}

/// Reads what everybody bought within a span; nothing where there are no orders.
pub(crate) fn bought(app: &App, urls: &BTreeMap<String, String>, horizon: Horizon) -> Result<Purchases> {
    let mut all = Purchases::default();
    let Some(spec) = app.project.config.sources.orders.as_ref() else { return Ok(all) };
    let settings = settings(app, urls, horizon);
    let (_, parts) = source::read_with::<source::Orders, Purchases>("orders", spec, &settings, &Purchases::default, &|part, line| {
        part.line(&line, horizon);
    })?;
    for part in parts {
        all.merge(part);
    }
    Ok(all)
}

fn settings<'a>(app: &'a App, urls: &'a BTreeMap<String, String>, horizon: Horizon) -> ReadSettings<'a> {
    let project = &app.project;
    ReadSettings {
        root: &project.root,
        zone: project.zone,
        currency: project.currency,
        database_url: urls.get("orders").map(String::as_str),
        now: horizon.until,
        threads: 0,
    }
}

fn orders(app: &App, spec: &relance::project::config::SourceSpec, urls: &BTreeMap<String, String>, horizon: Horizon) -> Result<Outcomes> {
    let (settings, currency) = (settings(app, urls, horizon), app.project.currency);
    let (_, parts) = source::read_with::<source::Orders, Outcomes>("orders", spec, &settings, &Outcomes::default, &|part, line| {
        part.line(&line, horizon, currency);
    })?;
    let mut all = Outcomes::default();
    for part in parts {
        all.merge(part);
    }
    Ok(all.settle())
}
