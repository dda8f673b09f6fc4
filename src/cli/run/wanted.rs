//! Whether a plan may be sent, and whether somebody wants it to be.

use relance::error::{Error, Kind, Result};
use relance::id::Edition;
use relance::plan::{Totals, short_of_codes};
use relance::project::checked::Campaign;

use super::Work;
use crate::cli::app::Memory;
use crate::cli::mailer::destination_words;
use crate::cli::out::{bold, count};
use crate::cli::summary;

/// Whether a plan is to be sent.
pub(super) enum Wanted {
    Yes,
    No,
    /// Not as it is.
    Refused(Error),
}

impl Work<'_> {
    /// Refuses to plan and send in one go what somebody has to approve in between.
    pub(super) fn unapproved(&self, campaign: &Campaign) -> Option<Error> {
        let approval = campaign.spec.approval.as_ref().filter(|_| self.plan.is_none())?;
        let (name, program) = (&campaign.name, &self.app.program);
        let help = format!(
            "`{program} plan {name} --out {name}.plan`, `{program} plan approve {name}.plan --by NAME`, `{program} run --plan {name}.plan`"
        );
        let message = format!("the plan of {name} has to be approved by one of {}", approval.by.join(", "));
        Some(Error::new(Kind::Usage, message).help(help))
    }

    /// Refuses a plan with a red lever that nobody answers for.
    pub(super) fn too_red(&self, campaign: &Campaign, red: &[&str]) -> Option<Error> {
        if red.is_empty() || self.args.override_red.is_some() {
            return None;
        }
        let (name, program, levers) = (&campaign.name, &self.app.program, red.join(", "));
        let help = format!("look with `{program} plan {name}`; to send all the same, `{program} run {name} --override-red \"YOUR NAME\"`");
        Some(Error::new(Kind::Usage, format!("the score card of {name} is red: {levers}")).help(help))
    }

    /// Refuses a plan for which there are not codes enough.
    pub(super) fn short_of_codes(&self, campaign: &Campaign, totals: &Totals, memory: &Memory) -> Option<Error> {
        let short = short_of_codes(&self.app.project, &memory.used, &totals.offers).into_iter().next()?;
        let message =
            format!("{} needs {} codes of `{}` and {} are left", campaign.name, count(short.needed), short.pool, count(short.left));
        let help = "add codes to the file, or write `when_empty = \"skip_offer\"` in the offer to send the rest without it";
        Some(Error::new(Kind::Usage, message).help(help))
    }

    /// Asks, unless `--yes`; an unusual growth needs its own word.
    pub(super) fn is_wanted(
        &self,
        campaign: &Campaign,
        edition: &str,
        totals: &Totals,
        before: Option<&(Edition, Totals)>,
    ) -> Result<Wanted> {
        if let Some((earlier, before)) = before
            && campaign.schedule.is_some()
            && before.planned > 0
            && totals.planned > 2 * before.planned
            && !self.args.accepted.allow_growth
        {
            let message = format!(
                "{} would send {}, more than twice the {} of {earlier}",
                campaign.name,
                count(totals.planned),
                count(before.planned)
            );
            let program = &self.app.program;
            let help = format!("look with `{program} plan {0}`, then `{program} run {0} --allow-growth` if it is right", campaign.name);
            return Ok(Wanted::Refused(Error::new(Kind::Usage, message).help(help)));
        }
        if self.args.yes || totals.planned == 0 {
            return Ok(Wanted::Yes);
        }
        self.out.say(format!("{}, edition {edition}\n\n{}", bold(&campaign.name), summary::totals(totals, None)));
        let sender = self.app.project.config.sender.address.get_ref();
        let (n, to) = (count(totals.planned), destination_words(self.destination, self.app));
        let yes = self.out.confirm(format!("Send {n} messages from {sender} by {to}?"))?;
        if !yes {
            self.out.say("Nothing was sent.");
        }
        Ok(if yes { Wanted::Yes } else { Wanted::No })
    }
}
