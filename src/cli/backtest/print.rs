//! A backtest as people and programs read it.

use std::collections::BTreeMap;

use relance::clock::{Now, Timestamp};
use relance::condition::Trouble;
use relance::error::Result;
use relance::money::Money;
use relance::survey::backtest::{Day, Given, Kept, Load, Summary};
use relance::survey::hits::{HORIZON, Hits};
use relance::survey::interval::{Interval, ratio};
use serde_json::{Value, json};

use super::Args;
use crate::cli::app::App;
use crate::cli::out::{Out, bold, count, dim};
use crate::cli::scored;

/// Lines shown of what was kept from people; JSON has all.
const KEPT_SHOWN: usize = 12;
/// What nobody may forget who reads the figures.
const INFLUENCED: &str = "what people did on these days was itself moved by the mails they got then, which are not those simulated here: \
                          the counts of mails hold, the purchases say less than a test with a holdout";
/// What a past day cannot know.
const OF_TODAY: &str = "what carries no date is as it is now, on every day: contacts, consents, prices, stock, the project itself";

/// What backtests cannot say, whatever their figures.
fn caveats(app: &App, days: &[Timestamp]) -> Result<Vec<String>> {
    let mut caveats = vec![INFLUENCED.to_owned(), OF_TODAY.to_owned()];
    let Some(first) = days.first() else { return Ok(caveats) };
    let then = Now { at: *first, zone: app.project.zone };
    let later = scored::states(&app.project, then)?.into_iter().filter(|(_, state)| state.trouble == Some(Trouble::Later));
    let names: Vec<String> = later.map(|(name, _)| format!("`{name}`")).collect();
    if !names.is_empty() {
        let (scores, are) = if names.len() == 1 { ("score", "is") } else { ("scores", "are") };
        caveats.push(format!(
            "{scores} {} {are} by models of now, which learned from what happened on these days and after them: \
             how well conditions on them choose is flattered here",
            names.join(", ")
        ));
    }
    Ok(caveats)
}

pub(super) fn as_json(app: &App, args: &Args, days: &[Timestamp], summary: &Summary) -> Result<Value> {
    let kept = |kept: &Kept| json!(kept);
    let hits = |hits: &Hits| {
        let mut value = json!(hits);
        let rates = hits.rates();
        value["rate"] = json!(rates.map(|rates| rates.0));
        value["popular_rate"] = json!(rates.map(|rates| rates.1));
        value
    };
    let hits: BTreeMap<String, Value> = summary.hits.iter().map(|(name, of)| (name.to_string(), hits(of))).collect();
    let load = &summary.load;
    let day = |day: &Day| {
        let mut value = json!(day);
        value["at"] = day.at.to_string().into();
        value
    };
    Ok(json!({
        "from": first(app, days),
        "to": last(app, days),
        "with_ledger": args.with_ledger,
        "people": load.people,
        "mails": { "marketing": load.mails(), "compulsory": load.compulsory },
        "mails_per_person": load.marketing.iter().map(|(mails, people)| json!({ "mails": mails, "people": people })).collect::<Vec<_>>(),
        "most_in_a_week": { "mails": load.most_in_a_week, "people": load.people_of_most },
        "wanted_by_several": wanted_by_several(summary),
        "kept": summary.kept.iter().map(kept).collect::<Vec<_>>(),
        "currency": app.project.currency,
        "offers": summary.offers,
        "hits": hits,
        "days": summary.days.iter().map(day).collect::<Vec<_>>(),
        "caveats": caveats(app, days)?,
    }))
}

pub(super) fn print(app: &App, args: &Args, days: &[Timestamp], summary: &Summary, out: &Out) -> Result<()> {
    let start = if args.with_ledger { "from what the ledger knew" } else { "from an empty ledger" };
    out.data(format!("{} to {}  {}\n", bold(first(app, days)), bold(last(app, days)), dim(format!("{} days, {start}", days.len()))));
    out.data(bold("campaigns"));
    let mut planned: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for campaign in summary.days.iter().flat_map(|day| &day.campaigns) {
        let counted = planned.entry(campaign.campaign.as_str()).or_default();
        *counted = (counted.0 + 1, counted.1 + campaign.planned);
    }
    for (name, (n_days, mails)) in &planned {
        out.data(format!("  {name:<20} {:>9} mails on {n_days} {}", count(*mails), if *n_days == 1 { "day" } else { "days" }));
    }
    print_load(&summary.load, out);
    out.data(format!("\n{}  {}", bold("collisions"), dim("who wanted the same person on the same day, and what else kept a mail back")));
    let n = wanted_by_several(summary);
    out.data(format!("  {:>9}  times a person was wanted by several campaigns on one day", count(n)));
    for kept in summary.kept.iter().take(KEPT_SHOWN) {
        out.data(format!("  {}", words(kept)));
    }
    if summary.kept.len() > KEPT_SHOWN {
        out.data(format!("  {}", dim(format!("and {} more: see `--json`", summary.kept.len() - KEPT_SHOWN))));
    }
    if !summary.offers.is_empty() {
        out.data(format!("\n{}", bold("offers")));
        summary.offers.iter().for_each(|(name, given)| out.data(format!("  {name:<20} {}", offered(app, given))));
    }
    out.data(format!(
        "\n{}  {}",
        bold("picks"),
        dim("mails of which a pick was bought within the horizon, beside as many best sellers, at 95 %")
    ));
    for (name, hits) in &summary.hits {
        let horizon = app.project.campaigns.get(name).and_then(|campaign| campaign.horizon).unwrap_or(HORIZON);
        judged(name.as_str(), &horizon.to_string(), hits, out);
    }
    if summary.hits.is_empty() {
        out.data("  no mail had any");
    }
    out.data("");
    caveats(app, days)?.into_iter().for_each(|caveat| out.data(dim(caveat)));
    Ok(())
}

fn print_load(load: &Load, out: &Out) {
    out.data(format!(
        "\n{}  {}",
        bold("mails a person"),
        dim(format!("{} people; compulsory mails apart: {}", count(load.people), count(load.compulsory)))
    ));
    for (mails, people) in &load.marketing {
        let share = ratio(*people, load.people) * 100.0;
        out.data(format!("  {mails:>4}  {:>9} people  {share:>5.1} %", count(*people)));
    }
    if load.most_in_a_week > 0 {
        let people = if load.people_of_most == 1 { "person" } else { "people" };
        out.data(format!("  most in seven days: {}, to {} {people}", load.most_in_a_week, count(load.people_of_most)));
    }
}

/// Says what was kept from whom, and from how many of them for good.
fn words(kept: &Kept) -> String {
    let why = match kept.reason {
        relance::audience::Reason::LowerPriority => format!("gave way to {}", kept.by),
        reason => format!("{}: {}", reason.words(), kept.by),
    };
    let never = format!("{} people, {} of whom got none after", count(kept.people), count(kept.never));
    format!("{:>9}  {} {why}  {}", count(kept.times), kept.campaign, dim(never))
}

fn offered(app: &App, given: &Given) -> String {
    let money = |minor: i64| Money { minor, currency: app.project.currency }.to_string();
    let mut text = format!("{} mails, {} at most", count(given.mails), money(given.cost));
    let mut add = |words: String| text += &words;
    if let Some(budget) = given.budget {
        add(format!(" of a budget of {}", money(budget)));
    }
    if let Some(most) = given.max_uses {
        add(format!(", of {} uses", count(most)));
    }
    if given.used_before > 0 {
        add(format!(", {} given before", count(given.used_before)));
    }
    if given.uncounted > 0 {
        add(format!(", {} of unknown cost", count(given.uncounted)));
    }
    if given.not_given > 0 {
        add(format!(", not given in {} mails of its steps", count(given.not_given)));
    }
    if let (Some(needed), Some(held)) = (given.codes_needed, given.codes_held) {
        add(format!(", {} codes needed of {} in the pool", count(needed), count(held)));
    }
    text
}

fn judged(name: &str, horizon: &str, hits: &Hits, out: &Out) {
    let late = if hits.unjudged > 0 { format!("; {} mails too late to judge", count(hits.unjudged)) } else { String::new() };
    let Some((rate, popular)) = hits.rates() else {
        return out.data(format!("  {name:<20} {}", dim(format!("nothing to judge within {horizon}{late}"))));
    };
    let percent = |rate: Interval| format!("{:.2} % ({:.2} to {:.2})", rate.value * 100.0, rate.low * 100.0, rate.high * 100.0);
    out.data(format!("  {name:<20} picks {}   popularity {}", percent(rate), percent(popular)));
    let more = format!(
        "{} mails, {} after which anything was bought within {horizon}{late}; {} of {} picks bought, {} of the best sellers",
        count(hits.mails),
        count(hits.bought),
        count(hits.picks_bought),
        count(hits.picks),
        count(hits.popular_bought)
    );
    out.data(format!("  {:<20} {}", "", dim(more)));
}

fn wanted_by_several(summary: &Summary) -> u64 {
    summary.days.iter().map(|day| day.wanted_by_several).sum()
}

fn first(app: &App, days: &[Timestamp]) -> String {
    days.first().map(|at| at.date(app.project.zone).to_string()).unwrap_or_default()
}

fn last(app: &App, days: &[Timestamp]) -> String {
    days.last().map(|at| at.date(app.project.zone).to_string()).unwrap_or_default()
}
