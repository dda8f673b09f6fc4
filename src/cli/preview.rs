//! `relance preview`: one person's mail, whole or in parts.

mod changes;
mod chromium;
mod letter;
mod picture;
mod shown;
mod since;
mod terminal;
mod whose;

use std::path::PathBuf;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result, io_error};
use relance::plan::{AS_WRITTEN, Draft, GENERAL, Planner, Rules};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use serde_json::json;

use super::app::{App, schema_of, world};
use super::args::Globals;
use super::campaigns::{Chosen, named};
use super::images;
use super::mailer::Mailer;
use super::out::{Out, bold, dim};
use super::plan::MaxLevel;
use picture::Look;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign: the name of a file of `campaigns/`, without `.toml`.
    campaign: String,
    /// The person, by id or by address; the first who would get it when absent.
    #[arg(long, short, value_name = "RECIPIENT")]
    recipient: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Part::Text, value_name = "PART")]
    part: Part,
    /// Show it in the browser.
    #[arg(long)]
    open: bool,
    /// Write a picture of it, a PNG as high as the mail, by the Chromium that is installed. Nothing is fetched: of images, those of
    /// `[assets]` are shown.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["open", "to", "part"])]
    png: Option<PathBuf>,
    /// Width of the picture, in pixels: 375 is a telephone, 640 a desk.
    #[arg(long, value_name = "PIXELS", default_value_t = 640, value_parser = clap::value_parser!(u32).range(200..=2000), requires = "png")]
    width: u32,
    /// Draw the picture for a reader whose system is dark.
    #[arg(long, requires = "png")]
    dark: bool,
    /// Show what changes for the person since a mail of this campaign they had: an edition, or `last`.
    #[arg(long, value_name = "EDITION", conflicts_with_all = ["open", "to", "part", "png"])]
    diff: Option<String>,
    /// Send it to look at it: to an address of `[delivery] test_addresses` through the project's own server, marked `[test]` and with
    /// links that change nothing; or to a server, e.g. `smtp://localhost:1025`; or to `sandbox`.
    /// Nothing is recorded.
    #[arg(long, value_name = "ADDRESS|SMTP-URL|sandbox")]
    to: Option<String>,
    /// The mail of this arm of the experiment, whoever's it is; `personalised`, the campaign as written; or `general`, the mail of
    /// somebody who refused profiling. The person's own when absent.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// The most precise level of block.
    #[arg(long, value_enum, default_value_t = MaxLevel::Individual, value_name = "LEVEL")]
    max_level: MaxLevel,
}

/// A part of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Subject and text part.
    Text,
    /// HTML part.
    Html,
    /// MJML with everything filled in.
    Mjml,
    /// The whole message.
    Eml,
    /// Its headers.
    Headers,
    /// What the template sees, as JSON.
    Context,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let mailer = Mailer::open(&app, &app.rules()?)?;
    let chosen = named(&app, &args.campaign)?;
    let snapshot = match &args.recipient {
        Some(_) => app.snapshot_for_one(out)?,
        None => app.snapshot(out)?,
    };
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let memory = app.remembered()?;
    let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, args.max_level.into()), chosen.0, chosen.1.clone())?;
    let variant = args.variant.as_deref().map(|name| variant(chosen.0, name)).transpose()?;
    let draft = match (whose::pick(&app, args.recipient.as_deref(), &chosen, &planner, &snapshot, out)?, variant) {
        (Some((profile, admission)), None) => planner.draft(&profile, &admission),
        (Some((profile, _)), Some(variant)) => of_variant(&planner, &chosen, &profile, variant)?,
        (None, _) => whose::sent_before(&app, &chosen, out)?,
    };
    let failed = |why: String| {
        Error::new(Kind::Project, format!("the mail of `{}` cannot be made: {why}", draft.recipient)).help("see `relance check`")
    };

    if let Some(to) = &args.to {
        if to == "sandbox" {
            super::try_out::send_to_sandbox(&app, draft, mailer, out)?;
        } else if to.contains("://") {
            super::try_out::send(&app, to, draft, mailer.into_render(&app)?, out)?;
        } else {
            super::try_out::send_test(&app, to, draft, mailer, out)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.open {
        let path = write_page(&app, &draft, &mailer.render(&draft).map_err(failed)?.html)?;
        out.did("Opening", path.display());
        if let Err(error) = open::that_detached(&path) {
            out.warn(format!("no browser could be started ({error}); open the file above"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(edition) = &args.diff {
        since::show(&app, &draft, &mailer, edition, out)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(file) = &args.png {
        let html = images::inlined(&app, &mailer.render(&draft).map_err(failed)?.html);
        let (height, is_cut) = picture::write(&html, Look { width: args.width, is_dark: args.dark }, file)?;
        out.did("Wrote", format!("{}, {} by {height} pixels", file.display(), args.width));
        if is_cut {
            out.warn(format!("the mail is higher than {height} pixels: the picture ends there"));
        }
        if !out.json {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if out.json {
        let rendered = mailer.render(&draft).map_err(failed)?;
        out.value(&json!({
            "campaign": draft.campaign, "edition": draft.edition, "recipient": draft.recipient, "locale": draft.locale,
            "subject": rendered.subject, "preheader": rendered.preheader, "html": rendered.html, "text": rendered.text, "context": draft.context,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    match args.part {
        Part::Text => {
            let rendered = mailer.render(&draft).map_err(failed)?;
            if let Some(width) = out.terminal() {
                out.data(letter::laid_out(&app, &draft, &rendered, terminal::columns(width)).trim_end());
                return Ok(ExitCode::SUCCESS);
            }
            let to = draft.name.as_ref().map_or_else(|| draft.address.clone(), |name| format!("{name} <{}>", draft.address));
            out.data(format!("{}  {to}", dim("to       ")));
            out.data(format!("{}  {}", dim("subject  "), bold(&rendered.subject)));
            out.data(format!("{}  {}\n", dim("preheader"), rendered.preheader));
            out.data(rendered.text);
        }
        Part::Html => out.bytes(mailer.render(&draft).map_err(failed)?.html.as_bytes()),
        Part::Mjml => out.bytes(mailer.mjml(&draft).map_err(failed)?.as_bytes()),
        Part::Eml => out.bytes(&mailer.signing(&app)?.message(draft.clone()).map_err(failed)?.bytes),
        Part::Headers => {
            out.bytes(mailer.signing(&app)?.message(draft.clone()).map_err(failed)?.head());
        }
        Part::Context => out.data(serde_json::to_string_pretty(&draft.context).unwrap_or_default()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what the planner calls a variant.
pub(crate) fn variant<'n>(campaign: &Campaign, name: &'n str) -> Result<&'n str> {
    match name {
        "personalised" => Ok(AS_WRITTEN),
        "general" => Ok(GENERAL),
        name if campaign.arms.iter().any(|arm| arm.name == name) => Ok(name),
        _ => {
            let arms = campaign.arms.iter().map(|arm| arm.name.as_str());
            let known: Vec<String> = ["personalised", "general"].into_iter().chain(arms).map(|known| format!("`{known}`")).collect();
            Err(Error::new(Kind::Usage, format!("there is no variant `{name}` of `{}`", campaign.name))
                .help(format!("its variants are {}", known.join(", "))))
        }
    }
}

/// Freezes the mail that a person would get of a variant, whichever is their own.
pub(crate) fn of_variant(planner: &Planner<'_>, chosen: &Chosen<'_>, profile: &Profile, variant: &str) -> Result<Draft> {
    planner.suppose(profile, Some(variant)).map(|admission| planner.draft(profile, &admission)).ok_or_else(|| {
        let what = if variant == GENERAL { "general mail" } else { "mail of this variant" };
        Error::new(Kind::Usage, format!("`{}` has no {what} for `{}`", chosen.0.name, profile.contact.id))
            .help("it hangs on what the person did, or its slots need it: lower `min`, or add general blocks")
    })
}

/// Writes the page where a browser can read it; images of the project's own assets are in it.
fn write_page(app: &App, draft: &Draft, html: &str) -> Result<PathBuf> {
    let folder = app.project.root.join(".relance").join("preview");
    relance::private::make_folder(&folder)?;
    // The id is data: the name of the file is a hash of it.
    let path = folder.join(format!("{}-{:016x}.html", draft.campaign, relance::id::stable_hash(&["preview", draft.recipient.as_str()])));
    std::fs::write(&path, images::inlined(app, html)).map_err(|error| {
        _ = std::fs::remove_file(&path);
        io_error("write", &path, error)
    })?;
    Ok(path)
}
