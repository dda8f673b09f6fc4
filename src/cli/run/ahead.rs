//! Deciding ahead: of campaigns that follow one another everybody is read once, and what the ledger is to be told waits.
//!
//! What one campaign decides bears on those after it as if every one of them were sent. Where one is not, those after it are decided again.

use std::collections::VecDeque;

use rayon::prelude::*;
use relance::error::Result;
use relance::ledger::{Packed, PlannedMessage, pack};
use relance::plan::{Agenda, Decision, Planner, Totals};
use relance::profile::Profile;

use super::spool::{Entry, Spool};
use super::{Work, planned};
use crate::cli::accounts::settled;
use crate::cli::app::{Memory, world};
use crate::cli::campaigns::Chosen;
use crate::cli::everybody::CHUNK;

/// People whose mails are compressed by one thread at once.
const PACKED_AT_ONCE: usize = 32;

/// What was decided of one campaign.
pub(super) struct Kept {
    pub(super) totals: Totals,
    pub(super) entries: Spool,
}

/// Campaigns that are decided and wait for their turn, and those whose turn is over.
#[derive(Default)]
pub(super) struct Ahead {
    waiting: VecDeque<(usize, Kept)>,
    /// The position of each, and what the ledger was told.
    over: Vec<(usize, Spool)>,
}

impl Ahead {
    /// Returns what was decided of a campaign, by its position; decides of it, and of as many after it as can be decided with it.
    pub(super) fn take(&mut self, at: usize, chosen: &[Chosen<'_>], work: &Work<'_>, memory: &mut Memory) -> Result<Kept> {
        while let Some((waiting, kept)) = self.waiting.pop_front() {
            if waiting == at {
                return Ok(kept);
            }
        }
        self.remember(chosen, work, memory)?;
        let (batch, agenda) = agenda(at, chosen, work, memory)?;
        self.waiting = batch.into_iter().zip(decide(&agenda, work)?).collect();
        let (_, first) = self.waiting.pop_front().expect("a batch starts with the campaign asked for");
        Ok(first)
    }

    /// Keeps what the ledger was told, for campaigns that are decided later.
    pub(super) fn done(&mut self, at: usize, entries: Spool) {
        self.over.push((at, entries));
    }

    /// Gives up what was decided of those after a campaign that is not sent after all.
    pub(super) fn give_up(&mut self) {
        self.waiting.clear();
    }

    /// Notes who was written to, and with which offer.
    fn remember(&mut self, chosen: &[Chosen<'_>], work: &Work<'_>, memory: &mut Memory) -> Result<()> {
        for (at, mut entries) in std::mem::take(&mut self.over) {
            let campaign = chosen[at].0;
            let mut entries = entries.entries()?;
            while let Some(Entry { recipient, mail, .. }) = entries.next()? {
                let Some(mail) = mail else { continue };
                if let Some(offer) = mail.offer {
                    memory.offered.entry(recipient.clone()).or_default().push((offer, mail.not_before));
                }
                if !campaign.spec.compulsory {
                    memory.take(&work.app.project, recipient, &campaign.name);
                }
            }
        }
        Ok(())
    }
}

/// Resolves a campaign and those after it that can be decided together: one that shares something out among people is decided alone.
fn agenda<'a>(at: usize, chosen: &'a [Chosen<'a>], work: &'a Work<'_>, memory: &'a Memory) -> Result<(Vec<usize>, Agenda<'a>)> {
    let world = world(&work.app.project, work.rules, work.snapshot, memory, work.args.max_level.into());
    let only = work.args.only.as_deref();
    let shares = |planner: &Planner<'_>| planner.caps_accounts() || planner.limits_offers();
    let planner = |at: usize| Planner::new(world, chosen[at].0, chosen[at].1.clone());
    let first = planner(at)?;
    if shares(&first) {
        return Ok((vec![at], Agenda::of(world, vec![settled(first, work.snapshot)?]).within(only)));
    }
    let (mut batch, mut planners) = (vec![at], vec![first]);
    for next in (at + 1..chosen.len()).filter(|next| work.unapproved(chosen[*next].0).is_none()) {
        let planner = planner(next)?;
        if shares(&planner) {
            break;
        }
        batch.push(next);
        planners.push(planner);
    }
    Ok((batch, Agenda::of(world, planners).within(only)))
}

/// Decides for everybody and writes the mails down.
fn decide(agenda: &Agenda<'_>, work: &Work<'_>) -> Result<Vec<Kept>> {
    let kept = |planner: &Planner<'_>| Kept { totals: planner.totals(), entries: Spool::create(&work.app.project) };
    let mut all: Vec<Kept> = agenda.planners().iter().map(kept).collect();
    for group in work.snapshot.profiles.groups() {
        for people in group?.chunks(CHUNK) {
            let decided = people.par_chunks(PACKED_AT_ONCE).map(|people| decide_some(agenda, people)).collect::<Result<Vec<_>>>()?;
            for (profile, decisions) in people.iter().zip(decided.into_iter().flatten()) {
                for ((planner, kept), One { decision, mail }) in agenda.planners().iter().zip(&mut all).zip(decisions) {
                    let arm = planner.arm(profile, &decision);
                    kept.totals.add(&decision, arm);
                    let arm = arm.filter(|_| planner.campaign().experiment().is_some()).map(str::to_owned);
                    let is_of_all = planner.is_drawn_for_all(&decision);
                    if mail.is_some() || arm.is_some() || is_of_all {
                        kept.entries.add(&Entry { recipient: profile.contact.id.clone(), arm, is_of_all, mail })?;
                    }
                }
            }
        }
    }
    Ok(all)
}

/// What a campaign decided of one person, and the mail.
struct One {
    decision: Decision,
    mail: Option<Packed>,
}

fn decide_some(agenda: &Agenda<'_>, people: &[Profile]) -> Result<Vec<Vec<One>>> {
    let decisions: Vec<Vec<Decision>> = people.iter().map(|profile| agenda.decide(profile)).collect();
    let mut messages: Vec<PlannedMessage> = Vec::new();
    for (profile, decisions) in people.iter().zip(&decisions) {
        for (planner, decision) in agenda.planners().iter().zip(decisions) {
            if let Decision::Admitted(admission) = decision {
                messages.push(planned(planner.campaign(), admission, planner.draft(profile, admission)));
            }
        }
    }
    let mut packed = pack(&messages)?.into_iter();
    let mut with_mail = |decision: Decision| {
        let mail = if matches!(decision, Decision::Admitted(_)) { packed.next() } else { None };
        One { decision, mail }
    };
    Ok(decisions.into_iter().map(|decisions| decisions.into_iter().map(&mut with_mail).collect()).collect())
}
