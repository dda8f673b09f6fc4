//! `relance preview --diff`: the mail of a person beside one they had before.

use relance::error::{Error, Kind, Result};
use relance::ledger::Held;
use relance::plan::Draft;
use serde_json::json;

use super::changes::{Changes, Side, Sign, between};
use super::shown::Pick;
use crate::cli::app::{App, block_on};
use crate::cli::mailer::Mailer;
use crate::cli::out::{Out, bold, dim, green, red};
use crate::cli::profile::GIVEN_UP;

/// The word for the edition before this one.
const LAST: &str = "last";

/// Prints what changes for a person since `edition`, or since their last mail of the campaign.
///
/// # Errors
/// `Usage` when they had no such mail; `Project` when the new mail cannot be made; those of the ledger.
pub(crate) fn show(app: &App, draft: &Draft, mailer: &Mailer, edition: &str, out: &Out) -> Result<()> {
    let old = had(app, draft, edition)?;
    let cannot = |why: String| {
        Error::new(Kind::Project, format!("the mail of `{}` cannot be made: {why}", draft.recipient)).help("see `relance check`")
    };
    let new = Side::of(&draft.context, Some(mailer.render(draft).map_err(cannot)?));
    let changes = between(&before(&old, mailer, out), &new);
    if out.json {
        let mut value = json!({
            "campaign": draft.campaign, "recipient": draft.recipient, "edition": draft.edition,
            "before": { "edition": old.edition, "state": old.state, "planned_at": old.planned_for.to_string(), "is_whole": old.draft.is_object() },
        });
        if let (Some(all), serde_json::Value::Object(found)) = (value.as_object_mut(), changes.to_json()) {
            all.extend(found);
        }
        out.value(&value);
        return Ok(());
    }
    let day = old.planned_for.date(app.project.zone);
    out.data(format!("{}  {}, edition {} -> {}", bold(&draft.recipient), draft.campaign, old.edition, draft.edition));
    out.data(dim(format!("{} of {day}, {}; its words are those of today's templates", old.edition, old.state)));
    print(&changes, out);
    Ok(())
}

/// Finds the mail to compare with.
fn had(app: &App, draft: &Draft, edition: &str) -> Result<Held> {
    let held = block_on(async {
        match app.ledger(false).await? {
            Some(ledger) => ledger.held(draft.recipient.as_str()).await,
            None => Ok(Vec::new()),
        }
    })?;
    let mut mails: Vec<Held> =
        held.into_iter().filter(|mail| mail.campaign == draft.campaign.as_str() && !GIVEN_UP.contains(&mail.state.as_str())).collect();
    let found = match edition {
        LAST => mails.iter().rposition(|mail| mail.edition != draft.edition.as_str()),
        edition => mails.iter().rposition(|mail| mail.edition == edition),
    };
    if let Some(found) = found {
        return Ok(mails.swap_remove(found));
    }
    let (id, campaign) = (&draft.recipient, &draft.campaign);
    let editions: Vec<String> = mails.iter().map(|mail| format!("`{}`", mail.edition)).collect();
    let message = match edition {
        LAST => format!("`{id}` had no mail of `{campaign}` before `{}`", draft.edition),
        edition => format!("`{id}` had no mail of `{campaign}` in edition `{edition}`"),
    };
    Err(Error::new(Kind::Usage, message).help(if editions.is_empty() {
        format!("they had none: `{} profile show {id}` lists their mails", app.program)
    } else {
        format!("they had {}", editions.join(", "))
    }))
}

/// Reads the old mail, or what is kept of it, and says what is not.
fn before(old: &Held, mailer: &Mailer, out: &Out) -> Side {
    let draft = match serde_json::from_value::<Draft>(old.draft.clone()) {
        Ok(draft) => draft,
        Err(error) => {
            let why = old.draft.as_str().map_or_else(|| error.to_string(), str::to_owned);
            out.warn(format!("no content of `{}`: {why}; products and offer alone are compared", old.edition));
            return Side::of_rest(&old.products, old.offer.clone());
        }
    };
    let rendered = mailer.render(&draft).map_err(|why| {
        out.warn(format!("today's templates cannot write the mail of `{}`: {why}; its decision alone is compared", old.edition));
    });
    Side::of(&draft.context, rendered.ok())
}

fn print(changes: &Changes, out: &Out) {
    let heading = |name: &str| out.data(format!("\n  {}", bold(name)));
    let line = |sign: Sign, words: String| {
        out.data(match sign {
            Sign::New => format!("    {}", green(format!("{} {words}", sign.mark()))),
            Sign::Gone => format!("    {}", red(format!("{} {words}", sign.mark()))),
            Sign::Kept => format!("    {} {words}", sign.mark()),
        });
    };
    let pair = |name: &str, before: Option<&str>, after: Option<&str>, is_known: bool| {
        heading(name);
        match (before, after) {
            _ if !is_known => {
                line(Sign::New, after.unwrap_or("none").to_owned());
                out.data(dim("    before: not kept"));
            }
            (before, after) if before == after => line(Sign::Kept, after.unwrap_or("none").to_owned()),
            (before, after) => {
                for (sign, words) in [(Sign::Gone, before), (Sign::New, after)] {
                    if let Some(words) = words {
                        line(sign, words.to_owned());
                    }
                }
            }
        }
    };
    pair("subject", changes.subject.0.as_deref(), changes.subject.1.as_deref(), changes.subject.0.is_some());
    heading("blocks");
    match &changes.blocks {
        None => out.data(dim("    before: not kept")),
        Some(blocks) if blocks.is_empty() => out.data("    none"),
        Some(blocks) => {
            for (sign, slot, block) in blocks {
                line(*sign, format!("{slot}  {block}"));
            }
        }
    }
    heading("picks");
    if changes.picks.is_empty() {
        out.data("    none");
    }
    for (sign, pick, before) in &changes.picks {
        line(*sign, pick_words(pick, before.as_ref()));
    }
    pair("offer", changes.offer.0.as_deref(), changes.offer.1.as_deref(), true);
    heading("text");
    match &changes.text {
        None => out.data(dim("    before: not kept")),
        Some(places) if places.is_empty() => out.data("    no line differs"),
        Some(places) => {
            for (n, place) in places.iter().enumerate() {
                if n > 0 {
                    out.data(dim("    ..."));
                }
                for (sign, words) in place {
                    if *sign == Sign::Kept { out.data(format!("      {words}").trim_end()) } else { line(*sign, words.clone()) }
                }
            }
        }
    }
}

/// Writes a pick: id, title, price, and the price before when it was another.
fn pick_words(pick: &Pick, before: Option<&Pick>) -> String {
    let title = if pick.title == pick.id { String::new() } else { format!("  {}", pick.title) };
    let price = match (before.and_then(|before| before.price), pick.price) {
        (Some(before), Some(price)) if before != price => format!("  {before} -> {price}"),
        (_, Some(price)) => format!("  {price}"),
        (_, None) => String::new(),
    };
    format!("{}{title}{price}", pick.id)
}
