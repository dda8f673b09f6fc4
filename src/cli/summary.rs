//! A plan's totals as people read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use relance::audience::Reason;
use relance::money::Money;
use relance::plan::{Change, Colour, ScoreCard, Story, Totals, Variety};
use relance::project::Project;
use relance::project::campaign::{CampaignSpec, Control, Factor};
use relance::project::checked::{Campaign, CampaignArm};

use super::measurable::Measurable;
use super::out::{bold, count, dim, green, red};

/// Writes the totals: what is sent, who is skipped and why, what fills the slots, what changed.
pub(crate) fn totals(totals: &Totals, changes: Option<(&str, &[Change])>) -> String {
    let mut text = format!("  {} {:>9}  to send\n", green("+"), bold(count(totals.planned)));
    if totals.later > 0 {
        _ = writeln!(text, "    {:>9}  {}", count(totals.later), dim("later, when the hours of their recipient open"));
    }
    for (step, n) in totals.steps.iter().filter(|_| totals.steps.len() > 1) {
        _ = writeln!(text, "    {:>9}  {}", count(*n), dim(format!("step {step}")));
    }
    for (offer, n) in &totals.offers {
        _ = writeln!(text, "    {:>9}  {}", count(*n), dim(format!("with offer {offer}{}", exposed(totals, offer))));
    }
    if totals.n_skipped() > 0 {
        _ = writeln!(text, "\n  {} {:>9}  skipped", red("-"), bold(count(totals.n_skipped())));
        for reason in Reason::ALL {
            let Some(n) = totals.skipped.get(&reason) else { continue };
            let details = totals.details.get(&reason).map(most).unwrap_or_default();
            _ = writeln!(text, "    {:>9}  {:<16} {}", count(*n), reason.words(), dim(details));
        }
    }
    let slots: Vec<_> = totals.slots.iter().filter(|_| totals.planned > 0).collect();
    if !slots.is_empty() {
        _ = writeln!(text, "\n  slots");
        for (slot, fillings) in slots {
            _ = writeln!(text, "    {slot:<12} {}", shares(fillings));
        }
    }
    if totals.levels.values().sum::<u64>() > 0 {
        _ = writeln!(text, "    {:<12} {}", "levels", shares(&totals.levels));
    }
    let capped: u64 = totals.exposure.capped.values().sum();
    if capped > 0 {
        let which: Vec<String> = totals.exposure.capped.iter().map(|(block, n)| format!("{} {block}", count(*n))).collect();
        let which = dim(which.join(", "));
        _ = writeln!(text, "    {:<12} {} made place for the general one, by `personal_blocks`: {which}", "capped", count(capped));
    }
    let shortened = totals.exposure.shortened;
    if shortened > 0 {
        let which: Vec<String> = totals.exposure.left_out.iter().map(|(slot, n)| format!("{} {slot}", count(*n))).collect();
        let mails = if shortened == 1 { "mail does" } else { "mails do" };
        let which = dim(which.join(", "));
        _ = writeln!(text, "    {:<12} {} {mails} without something, by `max_length`: {which}", "shortened", count(shortened));
    }
    let varieties: Vec<String> = totals.variety.iter().map(|(slot, variety)| varied(slot, variety, totals.for_sale)).collect();
    for (at, variety) in varieties.iter().filter(|_| totals.planned > 0).enumerate() {
        _ = writeln!(text, "    {:<12} {variety}", if at == 0 { "variety" } else { "" });
    }
    if let Some((edition, changes)) = changes.filter(|(_, changes)| !changes.is_empty()) {
        _ = writeln!(text, "\n  since {edition}");
        let width = changes.iter().map(|change| change.what.chars().count()).max().unwrap_or(0).max(16);
        for change in changes {
            _ = writeln!(
                text,
                "    ~ {:<width$} {:>9} -> {:>9}  {}",
                change.what,
                count(change.before),
                count(change.after),
                growth(change)
            );
        }
    }
    text
}

/// Says what an offer costs at most, and what it would cost besides if all its mails carried it.
fn exposed(totals: &Totals, offer: &str) -> String {
    let (Some(money), Some(currency)) = (totals.money.get(offer), totals.currency) else { return String::new() };
    if money.exposed == 0 && money.saved == 0 {
        return String::new();
    }
    let words = |minor: i64| Money { minor, currency }.to_string();
    let all = words(money.exposed.saturating_add(money.saved));
    format!(": at most {}, {} saved of {all} to all", words(money.exposed), words(money.saved))
}

/// Says who answers for a campaign and who approves its plans; nothing where nobody is named.
pub(crate) fn governance(spec: &CampaignSpec) -> String {
    let approvers = spec.approval.as_ref().map(|approval| approval.by.join(", "));
    let named = [("owner", spec.owner.clone()), ("approval", approvers)];
    named.into_iter().filter_map(|(what, name)| name.map(|name| format!("  {what:<12} {name}\n"))).collect()
}

/// Writes how many people each arm has, what the arms differ in, and why nobody is held out where somebody would be.
pub(crate) fn arms(project: &Project, campaign: &Campaign, totals: &Totals, measurable: Option<&Measurable>) -> String {
    let mut text = String::new();
    let would_hold = campaign.holdout.is_some() || project.settings.holdout.is_some();
    if would_hold && campaign.spec.time_limited {
        text += "  holdout off: time-limited offer\n";
    }
    let Some(experiment) = campaign.experiment() else { return text };
    let factors: Vec<&str> = campaign.factors().into_iter().map(Factor::word).collect();
    let differ = if factors.is_empty() { String::new() } else { format!(", arms that differ in {} only", factors.join(" and ")) };
    _ = writeln!(text, "  experiment   {experiment}{differ}");
    let general = campaign.spec.audience.control == Control::General;
    for (arm, n) in &totals.arms {
        let what = match arm.as_str() {
            "control" if general => "held out: the general mail".to_owned(),
            "control" => "held out: no mail".to_owned(),
            "treated" => "the campaign as written".to_owned(),
            name => campaign.arms.iter().find(|arm| arm.name == name).map(differences).unwrap_or_default(),
        };
        _ = writeln!(text, "    {:>9}  {arm:<16} {}", count(*n), dim(what));
    }
    text + &measurable.map(Measurable::words).unwrap_or_default()
}

/// Says what an arm differs in.
fn differences(arm: &CampaignArm) -> String {
    if arm.factors.is_empty() {
        return "the campaign as written".to_owned();
    }
    let has_offer = arm.campaign.steps.iter().any(|step| !step.offers.is_empty());
    let word =
        |factor: &Factor| if *factor == Factor::Offer && !has_offer { "no offer".to_owned() } else { format!("another {}", factor.word()) };
    arm.factors.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Writes the three levers of a campaign.
pub(crate) fn score(card: &ScoreCard) -> String {
    let mut text = "  score\n".to_owned();
    for lever in &card.0 {
        let word = lever.colour.word();
        let word = match lever.colour {
            Colour::Green => green(word),
            Colour::Amber => word.to_owned(),
            Colour::Red => red(word),
        };
        _ = writeln!(text, "    {:<12} {word}, {}", lever.name, lever.figures);
        for fault in &lever.faults {
            _ = writeln!(text, "    {:<12} {}", "", dim(fault));
        }
    }
    text
}

/// Writes what a newspaper would print of the most intrusive mails.
pub(crate) fn front_page(stories: &[Story]) -> String {
    let mut text = "  front page\n".to_owned();
    if stories.is_empty() {
        text += "    nothing: no mail shows anything of its reader\n";
    }
    for story in stories {
        _ = writeln!(text, "    {}  {} points", bold(&story.recipient), story.points);
        for sentence in &story.sentences {
            _ = writeln!(text, "      {sentence}");
        }
    }
    text
}

/// Says how varied the picks of a slot are.
fn varied(slot: &str, variety: &Variety, for_sale: u64) -> String {
    let share = variety.coverage(for_sale).unwrap_or_default() * 100.0;
    let shown = format!("{slot}: {} of {} products for sale ({share:.0}%)", count(variety.products), count(for_sale));
    variety.likeness().map_or_else(|| shown.clone(), |likeness| format!("{shown}, likeness of two picks {likeness:.2}"))
}

/// Lists what is most frequent, most frequent first.
fn most(details: &BTreeMap<String, u64>) -> String {
    const SHOWN: usize = 3;
    let mut sorted: Vec<_> = details.iter().collect();
    sorted.sort_by_key(|(text, n)| (std::cmp::Reverse(**n), (*text).clone()));
    let one = sorted.len() == 1;
    let words = sorted.iter().take(SHOWN).map(|(text, n)| if one { (*text).clone() } else { format!("{} {text}", count(**n)) });
    let more = if sorted.len() > SHOWN { ", ..." } else { "" };
    words.collect::<Vec<_>>().join(", ") + more
}

#[expect(clippy::cast_precision_loss, reason = "percentages for reading")]
fn shares(fillings: &BTreeMap<String, u64>) -> String {
    let total: u64 = fillings.values().sum();
    let mut sorted: Vec<_> = fillings.iter().collect();
    sorted.sort_by_key(|(what, n)| (std::cmp::Reverse(**n), (*what).clone()));
    sorted.iter().map(|(what, n)| format!("{what} {:.0}%", **n as f64 * 100.0 / total.max(1) as f64)).collect::<Vec<_>>().join("   ")
}

#[expect(clippy::cast_precision_loss, reason = "percentages for reading")]
fn growth(change: &Change) -> String {
    if change.before == 0 {
        "new".to_owned()
    } else if change.after == 0 {
        "gone".to_owned()
    } else {
        format!("{:+.1}%", (change.after as f64 / change.before as f64 - 1.0) * 100.0)
    }
}
