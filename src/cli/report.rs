//! `relance report`: what the mails of a campaign brought against writing nothing.

mod alarm;
mod all;
mod arms;
mod balance;
mod funnel;
mod gains;
mod orders;
mod page;
mod parts;
mod places;
mod shown;
mod tongue;
mod winners;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitCode;

use relance::clock::Timestamp;
use relance::error::{Error, Kind, Result};
use relance::holdout::{ALL_MARKETING, Arm, read_shares};
use relance::id::CampaignName;
use relance::ledger::{Assignment, Clicks, Counted, Ledger, Returns, Spent};
use relance::measure::guardrail::{self, Standing};
use relance::measure::verdict::CONFIDENCE;
use relance::measure::{Comparison, Line, Person, Plan, Verdict, compare, ratio};
use relance::project::campaign::{Control, Objective};
use relance::project::checked::Campaign;
use serde::Serialize;

use super::app::{App, block_on};
use super::args::Globals;
use super::out::Out;
use alarm::Alarm;
use all::All;
use arms::Experiment;
use balance::Balance;
use funnel::Funnel;
pub(super) use funnel::eligible;
pub(super) use orders::orders;
use shown::{Gathered, Shown};
pub(crate) use tongue::Lang;
use winners::{Best, Membership};

/// The smallest change of the control's mean that is worth finding, when nothing else is said.
const WORTH_PERCENT: f64 = 5.0;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign; without one, all that keep people untreated or have arms, by objective.
    campaign: Option<String>,
    /// Count people assigned at this instant or later.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Count people assigned before this instant.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The smallest change worth finding, in percent of what people bring who are held out: the `minimum_effect` of the campaign when
    /// absent, or else 5.
    #[arg(long, value_name = "PERCENT")]
    worth: Option<f64>,
    /// Language of the report: that of the project by default.
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Option<Lang>,
    /// Write a page with charts to a file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What is said of one campaign.
#[derive(Debug, Serialize)]
struct Told {
    campaign: String,
    title: String,
    objective: Objective,
    /// The conclusion, in plain words.
    conclusion: String,
    currency: String,
    horizon_days: f64,
    control_percent: f64,
    guardrails: Vec<Guardrail>,
    funnel: Funnel,
    /// Mails whose links were followed.
    clicks: Clicks,
    /// The mails against none; absent of an experiment with arms.
    comparison: Option<Comparison>,
    /// Each arm against the baseline; absent without arms.
    experiment: Option<Experiment>,
    /// The best arm of all beside the best of each segment, by group of segments.
    winners: Vec<Best>,
    /// What each arm brought for what its mails cost; empty without `cost_per_mail`.
    balance: Vec<Balance>,
    /// What the mails showed over the past weeks, and what followed; absent where none left.
    shown: Option<Shown>,
    /// The latest edition is outside of the band of those before it.
    alarm: Option<Alarm>,
    /// Those held out get the general mail, and not none.
    #[serde(skip)]
    is_general: bool,
    #[serde(skip)]
    lang: Lang,
}

impl Told {
    /// Says whether the test failed or its figures cannot be believed: that is said before anything else.
    fn is_lost(&self) -> bool {
        let verdict = self.comparison.as_ref().map(|it| it.verdict);
        let has_lost = matches!(verdict, Some(Verdict::Worse | Verdict::Breached | Verdict::Unbalanced { .. }));
        has_lost || self.experiment.as_ref().is_some_and(Experiment::is_lost)
    }
}

/// One limit on what comes back.
#[derive(Debug, Clone, Copy, Serialize)]
struct Guardrail {
    what: &'static str,
    n: u64,
    sent: u64,
    limit: f64,
    standing: Standing,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    if let Some(worth) = args.worth.filter(|worth| !worth.is_finite() || *worth <= 0.0) {
        return Err(Error::new(Kind::Usage, format!("`{worth}` is not a percentage above zero")).help("write for example `--worth 5`"));
    }
    let lang = args.lang.unwrap_or(if app.project.locale.starts_with("fr") { Lang::Fr } else { Lang::En });
    let (all, told) = everything(&app, args, lang)?;

    if let Some(file) = &args.html {
        let page = page::page(&app.project.config.project.name, app.now.at, all.as_ref(), &told, lang);
        std::fs::write(file, page).map_err(|error| relance::error::io_error("write the report", file, error))?;
        out.did("Written", file.display());
    }
    if out.json {
        let reports = super::out::with_instants(serde_json::to_value(&told).unwrap_or_default());
        let all = super::out::with_instants(serde_json::to_value(&all).unwrap_or_default());
        out.value(&serde_json::json!({ "now": app.now.at.to_string(), "all_marketing": all, "campaigns": reports }));
    } else if told.is_empty() && all.is_none() {
        out.data(lang.say(
            "No campaign keeps people untreated or has arms: nothing can be measured. Write `holdout = \"5%\"` in `[audience]`.",
            "Aucune campagne n'a de groupe témoin ni de bras : rien n'est mesurable. Écrire `holdout = \"5%\"` dans `[audience]`.",
        ));
    } else {
        if let Some(all) = &all {
            out.data(all.words());
        }
        for told in &told {
            out.data(words::told(told));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the ledger and the orders, and says what there is to say of all marketing, when all is asked for, and of each campaign; lost
/// tests come first.
fn everything(app: &App, args: &Args, lang: Lang) -> Result<(Option<All>, Vec<Told>)> {
    let instant = |text: &Option<String>| -> Result<Option<Timestamp>> {
        let Some(text) = text else { return Ok(None) };
        let wrong = || Error::new(Kind::Usage, format!("`{text}` is not an instant")).help("write it as 2011-11-14T09:00:00Z");
        Timestamp::parse(text, app.project.zone).map(Some).ok_or_else(wrong)
    };
    let (since, until) = (instant(&args.since)?, instant(&args.until)?);
    let mut campaigns: Vec<&Campaign> = match &args.campaign {
        Some(name) => vec![app.project.campaign(name)?],
        None => app.project.campaigns.values().filter(|campaign| campaign.baseline().is_some()).collect(),
    };
    campaigns.sort_by_key(|campaign| (campaign.spec.objective, campaign.name.clone()));
    let everywhere = app.project.settings.holdout.as_ref().filter(|_| args.campaign.is_none());
    let is_within = |person: &Assignment| since.is_none_or(|since| person.at >= since) && until.is_none_or(|until| person.at < until);
    let (known, of_all) = block_on(async {
        let Some(ledger) = app.ledger(false).await? else { return Ok((Vec::new(), Vec::new())) };
        let mut known = Vec::new();
        for campaign in &campaigns {
            let mut one = known_of(&ledger, campaign, app.now.at, (since, until)).await?;
            one.people.retain(is_within);
            known.push(one);
        }
        let mut of_all = Vec::new();
        if let Some(everywhere) = everywhere {
            of_all = ledger.assignments(&CampaignName::from(ALL_MARKETING), &everywhere.name, app.now.at).await?;
            of_all.retain(is_within);
        }
        Ok((known, of_all))
    })?;
    let known = if known.is_empty() { vec![Known::default(); campaigns.len()] } else { known };
    let assigned = known.iter().flat_map(|known| &known.people).chain(&of_all).map(|person| person.recipient.as_str());
    let shown_to = known.iter().filter_map(|known| known.shown.as_ref()).flat_map(Gathered::people);
    let lines = orders(app, assigned.chain(shown_to))?;
    let all = everywhere.map(|everywhere| All::of(app, everywhere, &of_all, &lines, args.worth.unwrap_or(WORTH_PERCENT), lang));
    let has_products = known.iter().filter_map(|known| known.shown.as_ref()).any(Gathered::has_products);
    let snapshot = has_products.then(|| shown::snapshot(app)).transpose()?;
    let mut told = Vec::new();
    for (campaign, known) in campaigns.iter().zip(&known) {
        let shown = known.shown.as_ref().map(|shown| shown.settle(app, campaign, &lines, snapshot.as_ref())).transpose()?.flatten();
        told.push(Told { shown, ..tell(app, campaign, known, &lines, args, lang)? });
    }
    told.sort_by_key(|told| !told.is_lost());
    Ok((all, told))
}

/// Writes what the page of `--html` says of every campaign that can be measured, an article each.
pub(crate) fn articles(app: &App, lang: Lang) -> Result<String> {
    let args = Args { campaign: None, since: None, until: None, worth: None, lang: Some(lang), html: None };
    let (all, told) = everything(app, &args, lang)?;
    Ok(page::articles(all.as_ref(), &told, lang))
}

/// What the ledger knows of one campaign.
#[derive(Debug, Clone, Default)]
struct Known {
    people: Vec<Assignment>,
    returns: Returns,
    clicks: Clicks,
    funnel: Funnel,
    spent: BTreeMap<String, Spent>,
    alarm: Option<Alarm>,
    shown: Option<Gathered>,
}

async fn known_of(ledger: &Ledger, campaign: &Campaign, now: Timestamp, between: (Option<Timestamp>, Option<Timestamp>)) -> Result<Known> {
    let people = match campaign.experiment() {
        Some(experiment) => ledger.assignments(&campaign.name, &experiment, now).await?,
        None => Vec::new(),
    };
    let summaries = ledger.plan_summaries(&campaign.name, now).await?;
    let funnel = Funnel::new(&summaries, ledger.became(&campaign.name, now).await?);
    let clicks = ledger.clicks(&campaign.name, now).await?;
    let (since, until) = between;
    let spent = match (campaign.experiment(), campaign.horizon) {
        (Some(experiment), Some(horizon)) if campaign.cost_per_mail.is_some() => {
            let counted =
                Counted { since: since.unwrap_or(Timestamp(i64::MIN)), until: until.unwrap_or(Timestamp(i64::MAX)), horizon, now };
            ledger.spent(&campaign.name, &experiment, counted).await?
        }
        _ => BTreeMap::new(),
    };
    let returns = ledger.returns(&campaign.name, now).await?;
    let shown = Some(Gathered::read(ledger, campaign, now, between).await?);
    Ok(Known { people, returns, clicks, funnel, spent, alarm: Alarm::of(&summaries), shown })
}

fn tell(app: &App, campaign: &Campaign, known: &Known, lines: &HashMap<&str, Vec<Line>>, args: &Args, lang: Lang) -> Result<Told> {
    let guardrails = guardrails(known.returns);
    let worth = args.worth.or(campaign.minimum_effect).unwrap_or(WORTH_PERCENT);
    let control_percent = campaign.held_out().unwrap_or(0.0);
    let horizon = campaign.horizon.unwrap_or(relance::clock::Span::days(14));
    let of = |person: &Assignment| lines.get(person.recipient.as_str()).map_or(&[][..], Vec::as_slice);
    let side = |word: &str| if word == Arm::Control.as_str() { Arm::Control } else { Arm::Treated };
    let counted = |person: &Assignment| Person::count(side(&person.arm), person.at, horizon, of(person));
    let people: Vec<(&str, Person)> = known.people.iter().map(|person| (person.arm.as_str(), counted(person))).collect();
    let plan = campaign.spec.measure.as_ref().map(|measure| Plan {
        primary: measure.primary,
        horizon,
        share: control_percent / 100.0,
        worth: worth / 100.0,
        is_breached: guardrails.iter().any(|guardrail| guardrail.standing == Standing::Breached),
        now: app.now.at,
        split: split_over_time(&known.people),
        confidence: CONFIDENCE,
        decided_at: None,
    });
    let experiment = plan.and_then(|plan| Experiment::of(campaign, &people, &plan, worth, lang));
    let comparison = plan.filter(|_| campaign.arms.is_empty()).and_then(|plan| {
        let people: Vec<Person> = people.iter().map(|(_, person)| *person).collect();
        compare(&people, &plan)
    });
    let conclusion = match &experiment {
        _ if plan.is_some() && campaign.baseline().is_some() && app.project.config.sources.orders.is_none() => without_orders(lang),
        Some(experiment) => experiment.conclusion(worth, lang),
        None => words::conclusion(campaign, comparison.as_ref(), worth, lang),
    };
    let weigh =
        |arm: &str, baseline: &str, it: &Comparison| campaign.cost_per_mail.map(|cost| Balance::of(arm, baseline, it, &known.spent, cost));
    let balance = match &experiment {
        Some(experiment) => experiment.arms.iter().filter_map(|arm| weigh(&arm.arm, &experiment.baseline, &arm.comparison)).collect(),
        None => comparison.iter().filter_map(|it| weigh(Arm::Treated.as_str(), Arm::Control.as_str(), it)).collect(),
    };
    let winners = match (plan, experiment.is_some()) {
        (Some(plan), true) => winners(app, campaign, known, &people, &plan)?,
        _ => Vec::new(),
    };
    Ok(Told {
        campaign: campaign.name.to_string(),
        title: campaign.spec.title.clone(),
        objective: campaign.spec.objective,
        conclusion,
        currency: app.project.currency.code().to_owned(),
        horizon_days: horizon.in_days(),
        control_percent,
        guardrails,
        funnel: known.funnel.clone(),
        clicks: known.clicks,
        comparison,
        experiment,
        winners,
        balance,
        shown: None,
        alarm: known.alarm.clone(),
        is_general: campaign.spec.audience.control == Control::General,
        lang,
    })
}

/// Returns the chance of the split by the shares at the time of each person's draw; `None` of a ledger that an older program wrote.
fn split_over_time(people: &[Assignment]) -> Option<f64> {
    let mut draws: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for person in people {
        let Some(shares) = &person.shares else { continue };
        *draws.entry(shares).or_default().entry(person.arm.as_str()).or_default() += 1;
    }
    let draws: Vec<_> = draws.into_iter().map(|(shares, people)| ratio::Drawn { people, shares: read_shares(shares).collect() }).collect();
    ratio::chance_over_time(&draws)
}

/// Says why nothing is measured where no orders are read.
fn without_orders(lang: Lang) -> String {
    let words = lang.say(
        "Cannot be measured: no orders are read. Declare `[sources.orders]` in relance.toml.",
        "Non mesurable : aucune commande n'est lue. Déclarer `[sources.orders]` dans relance.toml.",
    );
    words.to_owned()
}

/// Finds the best arm of all and of each segment, of people whose horizon has passed.
fn winners(app: &App, campaign: &Campaign, known: &Known, people: &[(&str, Person)], plan: &Plan) -> Result<Vec<Best>> {
    let Some(first) = known.people.iter().map(|person| person.at).min() else { return Ok(Vec::new()) };
    let who = known.people.iter().map(|person| person.recipient.as_str());
    let ready = |person: &Person| person.at.plus(plan.horizon) <= plan.now;
    let ready: Vec<_> = who.clone().zip(people).filter(|(_, (_, person))| ready(person)).map(|(id, (arm, it))| (id, *arm, *it)).collect();
    if ready.is_empty() {
        return Ok(Vec::new());
    }
    let arms: Vec<&str> = campaign.arms.iter().map(|arm| arm.name.as_str()).collect();
    let membership = Membership::read(app, first, &who.collect())?;
    Ok(membership.map(|membership| membership.winners(&ready, &arms, plan.primary)).unwrap_or_default())
}

/// Limits: complaints as receivers ask (Gmail, Yahoo: under 0.1 %), bounces and unsubscribes as senders hold usual.
fn guardrails(returns: Returns) -> Vec<Guardrail> {
    [("complaints", returns.complaints, 0.001), ("unsubscribed", returns.unsubscribed, 0.005), ("bounced", returns.bounced, 0.02)]
        .map(|(what, n, limit)| Guardrail { what, n, sent: returns.sent, limit, standing: guardrail::judge(n, returns.sent, limit) })
        .to_vec()
}
