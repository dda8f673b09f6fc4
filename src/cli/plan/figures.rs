//! Everything that a plan counts, person by person, and what follows from it.

use relance::error::Result;
use relance::id::{ContactId, Edition};
use relance::ledger::PlanSummary;
use relance::plan::{Change, Decision, Met, Planner, Rules, ScoreCard, Totals};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use relance::survey::coverage::{Coverage, Messages};

use super::checked::{Checked, Checks};
use crate::cli::app::{App, block_on};
use crate::cli::campaigns::{Chosen, summary_edition};
use crate::cli::measurable::Measurable;

/// Counts a plan while it is made.
pub(crate) struct Counter<'a> {
    app: &'a App,
    rules: &'a Rules,
    campaign: &'a Campaign,
    planner: &'a Planner<'a>,
    messages: Messages,
    checks: Option<Checks<'a>>,
    totals: Totals,
    coverage: Coverage,
    drawn: Vec<ContactId>,
}

/// What a plan counted.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) totals: Totals,
    pub(crate) coverage: Coverage,
    pub(crate) card: ScoreCard,
    pub(crate) measurable: Option<Measurable>,
    /// An earlier edition, and what differs from it.
    pub(crate) changes: Option<(String, Vec<Change>)>,
    pub(crate) checked: Checked,
}

impl<'a> Counter<'a> {
    /// Starts at nought; without `checks` no mail is looked at.
    pub(crate) fn new(
        (app, rules): (&'a App, &'a Rules),
        campaign: &'a Campaign,
        planner: &'a Planner<'a>,
        checks: Option<Checks<'a>>,
    ) -> Self {
        let (messages, coverage) = (Messages::of(&app.project, rules), Coverage::new(campaign, rules));
        Self { app, rules, campaign, planner, messages, checks, totals: planner.totals(), coverage, drawn: Vec::new() }
    }

    /// Returns what says in which segments a person is; it goes with a person to [`Self::add`].
    pub(crate) fn segments(&self) -> impl Fn(&Met<'_>) -> Vec<bool> + Sync + use<'a> {
        let rules = self.rules;
        move |met| met.members(&rules.segments)
    }

    /// Counts one person, and returns the arm they are in.
    pub(crate) fn add(&mut self, profile: &Profile, decision: &Decision, members: &[bool]) -> Option<&'a str> {
        let arm = self.planner.arm(profile, decision);
        self.totals.add(decision, arm);
        self.coverage.add(members, decision, &self.messages);
        self.drawn.extend(arm.filter(|_| self.campaign.experiment().is_some()).map(|_| profile.contact.id.clone()));
        if let Some(checks) = &mut self.checks {
            checks.add(self.planner, profile, decision);
        }
        arm
    }

    /// Adds what follows from the counts: what can be measured, what changed since an earlier edition, what the mails looked at show.
    pub(crate) fn finish(self, before: Option<PlanSummary>) -> Result<Figures> {
        let totals = self.totals;
        let earlier: Option<(String, Totals)> =
            before.and_then(|before| Some((before.edition.to_string(), serde_json::from_value(before.totals).ok()?)));
        Ok(Figures {
            measurable: Measurable::of(self.app, self.campaign, self.drawn, &totals.arms)?,
            card: ScoreCard::of(&self.app.project, &self.rules.schema, &self.rules.segments, self.campaign, &totals),
            changes: earlier.map(|(edition, earlier)| (edition, totals.since(&earlier))),
            coverage: self.coverage.settle(),
            checked: self.checks.map(|checks| checks.finish(self.planner)).unwrap_or_default(),
            totals,
        })
    }
}

impl Figures {
    /// Returns what differs from the earlier edition, with its name.
    pub(crate) fn changes(&self) -> Option<(&str, &[Change])> {
        self.changes.as_ref().map(|(edition, changes)| (edition.as_str(), changes.as_slice()))
    }
}

/// Reads the plan of the edition before, or of the one named.
pub(crate) fn before(app: &App, chosen: &Chosen<'_>, since: Option<&str>) -> Result<Option<PlanSummary>> {
    let name = &chosen.0.name;
    block_on(async {
        let Some(ledger) = app.ledger(false).await? else { return Ok(None) };
        match since {
            Some(since) => Ok(Some(ledger.plan_summary(name, &Edition(since.to_owned())).await?.ok_or_else(|| super::no_edition(since))?)),
            None => ledger.previous_plan_summary(name, &summary_edition(app, chosen)).await,
        }
    })
}
