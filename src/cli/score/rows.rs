//! Past days read again as they were known, and what people did after each: what scores are learned from and judged by.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use rayon::prelude::*;
use relance::clock::{Now, Timestamp};
use relance::error::{Error, Kind, Result};
use relance::id::stable_unit;
use relance::profile::{PROFILING, Profile};
use relance::project::Project;
use relance::project::checked::Score;
use relance::project::config::ScoreKind;
use relance::propensity::{Cut, Row, asks, cut_days, figures};
use relance::snapshot::{self, Snapshot};
use relance::survey::outcome::Horizon;
use relance::survey::purchases::Purchases;

use crate::cli::app::App;
use crate::cli::past::bought;
use crate::cli::scored::may;
use crate::cli::secrets;

/// People of one day that are looked at; of more, as many are drawn by a stable hash.
pub(super) const PEOPLE_MAX: usize = 40_000;

/// Reads the days of one score.
pub(super) struct Past<'a> {
    score: &'a Score,
    /// The project without its campaigns: nothing is learned of products.
    project: Project,
    urls: BTreeMap<String, String>,
    purchases: Purchases,
    now: Now,
    horizon_days: u32,
}

impl<'a> Past<'a> {
    /// Reads what people did up to now.
    pub(super) fn read(app: &App, score: &'a Score) -> Result<Self> {
        if score.kind != ScoreKind::Unsubscribe && app.project.config.sources.orders.is_none() {
            return Err(Error::new(Kind::Usage, format!("without orders nothing can be learned of `{}`", score.name))
                .help("declare [sources.orders] in relance.toml"));
        }
        let mut project = app.project.clone();
        project.campaigns.clear();
        let urls = secrets::source_urls(&app.project)?;
        let purchases = bought(app, &urls, Horizon { after: Timestamp(i64::MIN), until: app.now.at })?;
        Ok(Self { score, project, urls, purchases, now: app.now, horizon_days: score.horizon_days.unwrap_or(1) })
    }

    /// Reads the past days whose horizons ended before `end`, earliest first; `on` is told of each.
    pub(super) fn before(&self, end: NaiveDate, on: &mut dyn FnMut(NaiveDate)) -> Result<Vec<Cut>> {
        let mut cuts = Vec::new();
        let mut days = cut_days(NaiveDate::MIN, end, self.horizon_days);
        let mut first = None;
        while let Some(day) = days.pop() {
            on(day);
            let (cut, since) = self.day(day)?;
            first = first.or(since);
            // Nobody had time to become known within one horizon of the first thing that is known.
            let is_known = first.and_then(|first: NaiveDate| first.checked_add_days(Days::new(self.horizon_days.into())));
            if is_known.is_none_or(|first| day < first) {
                break;
            }
            cuts.push(cut);
        }
        cuts.reverse();
        Ok(cuts)
    }

    /// Reads one day: what was known before it, and what happened within the horizon; and the first day of anything.
    pub(super) fn day(&self, day: NaiveDate) -> Result<(Cut, Option<NaiveDate>)> {
        let horizon = Horizon::of_days(day, self.horizon_days, self.now.zone);
        let known = horizon.after;
        let snapshot = self.known(known)?;
        #[expect(clippy::cast_precision_loss, reason = "a number of people")]
        let share = PEOPLE_MAX as f64 / snapshot.profiles.len().max(1) as f64;
        let may = may(&self.project, &snapshot);
        let (mut rows, mut first) = (Vec::new(), None);
        for group in snapshot.profiles.groups() {
            let group = group?;
            let since = group.iter().flat_map(|profile| [profile.orders.first_at, profile.activity.first_at]).flatten().min();
            first = [first, since].into_iter().flatten().min();
            let row = |profile: &Profile| {
                if !may.score(profile) {
                    return None;
                }
                let is_drawn = share >= 1.0 || stable_unit(&["score", profile.contact.id.as_str()]) < share;
                let figures = is_drawn.then(|| figures(profile, known)).flatten()?;
                Some(Row { figures, happened: self.happened(profile, horizon)? })
            };
            rows.extend(group.par_iter().filter_map(row).collect::<Vec<_>>());
        }
        Ok((Cut { day, rows }, first.map(|at| at.date(self.now.zone))))
    }

    /// Reads everything as it was known at an instant; nothing is kept.
    pub(super) fn known(&self, at: Timestamp) -> Result<Snapshot> {
        snapshot::build(&self.project, Now { at, zone: self.now.zone }, &self.urls, None, &mut |_| ()).map(|(snapshot, _)| snapshot)
    }

    /// Says whether a person ordered within a span.
    pub(super) fn ordered(&self, id: &str, horizon: Horizon) -> bool {
        !self.purchases.within(id, horizon).is_empty()
    }

    /// Says whether it happened to a person; `None` of who could not do it.
    fn happened(&self, profile: &Profile, horizon: Horizon) -> Option<bool> {
        let contact = &profile.contact;
        if contact.created_at.is_some_and(|created| created > horizon.after) || !asks(self.score.kind, profile) {
            return None;
        }
        let ordered = || self.ordered(contact.id.as_str(), horizon);
        match self.score.kind {
            ScoreKind::Churn => Some(!ordered()),
            ScoreKind::Unsubscribe => withdrew(profile, horizon),
            _ => Some(ordered()),
        }
    }
}

/// Says whether a person took back a consent within a span; `None` of who had none to take back.
fn withdrew(profile: &Profile, horizon: Horizon) -> Option<bool> {
    let consents = || profile.contact.consents.iter().filter(|(purpose, _)| *purpose != PROFILING).map(|(_, consent)| consent);
    let no = || consents().filter(|consent| !consent.given).filter_map(|consent| consent.at);
    if no().any(|at| at > horizon.after && at <= horizon.until) {
        return Some(true);
    }
    // A refusal that came later was a consent until then; a consent that came later was none.
    let stood =
        no().any(|at| at > horizon.until) || consents().any(|consent| consent.given && consent.at.is_none_or(|at| at <= horizon.after));
    stood.then_some(false)
}
