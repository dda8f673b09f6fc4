//! `tests/*.toml`: the form of an expectation.

use std::collections::BTreeMap;

use relance::audience::Reason;
use relance::clock::Timestamp;
use relance::error::{Diagnostic, Error, Kind, Result, io_error};
use relance::id::CampaignName;
use relance::project::Text;
use relance::project::read::text;
use serde::Deserialize;
use toml::Spanned;

use super::mistake;
use crate::cli::app::App;

/// One file of expectations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestFile {
    /// Instant of the cases that name none; `--now` when absent.
    pub(super) now: Option<Spanned<String>>,
    /// One person and one campaign each.
    #[serde(default)]
    pub(super) case: Vec<Case>,
    /// What must hold of every mail.
    pub(super) invariants: Option<Invariants>,
}

/// `[[case]]`: what one person gets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// The campaign.
    pub(super) campaign: Spanned<String>,
    /// The person's id.
    pub(super) recipient: Spanned<String>,
    /// Instant of the case.
    pub(super) now: Option<Spanned<String>>,
    /// Whether a mail goes out.
    pub(super) expect: Spanned<Expect>,
    /// Why none goes out.
    pub(super) reason: Option<Spanned<Reason>>,
    /// Step of a sequence.
    pub(super) step: Option<Spanned<String>>,
    /// Arm of an experiment.
    pub(super) variant: Option<Spanned<String>>,
    /// The subject, whole.
    pub(super) subject: Option<Spanned<String>>,
    /// The block in each slot.
    #[serde(default)]
    pub(super) blocks: BTreeMap<String, Spanned<String>>,
    /// Texts that the HTML part holds.
    #[serde(default)]
    pub(super) contains: Vec<Spanned<String>>,
    /// Texts that the HTML part does not hold.
    #[serde(default)]
    pub(super) lacks: Vec<Spanned<String>>,
    /// Products shown, at least.
    pub(super) picks_min: Option<Spanned<usize>>,
}

/// What a person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expect {
    /// A mail.
    Sent,
    /// No mail.
    Skipped,
}

/// `[invariants]`: campaigns of which every mail is made and looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invariants {
    /// Their names.
    pub(super) campaigns: Vec<Spanned<String>>,
}

/// Reads every file of expectations, in order of name.
pub(super) fn read_all(app: &App) -> Result<Vec<(Text, TestFile)>> {
    let folder = app.project.root.join("tests");
    let mut paths = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder).map_err(|error| io_error("list", &folder, error))? {
            let path = entry.map_err(|error| io_error("list", &folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
    }
    if paths.is_empty() {
        return Err(Error::new(Kind::Usage, "there is no `tests/*.toml`")
            .help("write for example `tests/newsletter.toml`: [[case]] campaign = \"newsletter\", recipient = \"42\", expect = \"sent\""));
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let content = std::fs::read_to_string(path).map_err(|error| io_error("read", path, error))?;
        let name = format!("tests/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let text = text(name, content);
        let file = parse(&text).map_err(|diagnostic| mistake(*diagnostic))?;
        Ok((text, file))
    };
    paths.iter().map(read).collect()
}

/// Reads one file.
fn parse(text: &Text) -> Result<TestFile, Box<Diagnostic>> {
    toml::from_str(text.inner()).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        Box::new(Diagnostic::error("test::form", message).at(text, span, "").help("the form of a test is in docs/tests.md"))
    })
}

/// Reads an instant of a file.
pub(super) fn instant(app: &App, text: &Text, written: &Spanned<String>) -> Result<Timestamp> {
    Timestamp::parse(written.get_ref(), app.project.zone).ok_or_else(|| {
        let diagnostic = Diagnostic::error("test::bad-instant", format!("`{}` is not an instant", written.get_ref()));
        mistake(diagnostic.at(text, written.span(), "").help("write it as 2011-11-14T09:00"))
    })
}

/// Refuses a campaign that does not exist.
pub(super) fn known_campaign(app: &App, text: &Text, name: &Spanned<String>) -> Result<()> {
    if app.project.campaigns.contains_key(name.get_ref().as_str()) {
        return Ok(());
    }
    let diagnostic = Diagnostic::error("test::unknown-campaign", format!("there is no campaign `{}`", name.get_ref()));
    Err(mistake(diagnostic.at(text, name.span(), "").did_you_mean(name.get_ref(), app.project.campaigns.keys().map(CampaignName::as_str))))
}

/// Refuses what contradicts itself.
pub(super) fn check(app: &App, text: &Text, case: &Case) -> Result<()> {
    known_campaign(app, text, &case.campaign)?;
    let refuse =
        |span, message: &str, help: &str| Err(mistake(Diagnostic::error("test::contradiction", message).at(text, span, "").help(help)));
    if let (Expect::Sent, Some(reason)) = (case.expect.get_ref(), &case.reason) {
        return refuse(
            reason.span(),
            "`reason` says why there is no mail, and a mail is expected",
            "remove `reason`, or write `expect = \"skipped\"`",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_cases_and_invariants() {
        let written = "now = \"2026-03-05T09:00\"\n[[case]]\ncampaign = \"newsletter\"\nrecipient = \"c01\"\nexpect = \"skipped\"\nreason = \"no_consent\"\nblocks = { hero = \"hero-tea\" }\n[invariants]\ncampaigns = [\"newsletter\"]\n";
        let file = parse(&text("tests/a.toml", written)).expect("a file");
        assert_eq!(file.case[0].expect.get_ref(), &Expect::Skipped);
        assert_eq!(file.case[0].reason.as_ref().map(Spanned::get_ref), Some(&Reason::NoConsent));
        assert_eq!(&written[file.case[0].blocks["hero"].span()], "\"hero-tea\"");
    }

    #[test]
    fn an_unknown_key_is_refused_at_its_place() {
        let case = "[[case]]\ncampaign = \"n\"\nrecipient = \"1\"\nexpect = \"sent\"\n";
        for (line, shown) in [("subjet = \"a\"", "subjet"), ("reason = \"lazy\"", "\"lazy\"")] {
            let written = format!("{case}{line}\n");
            let diagnostic = parse(&text("tests/a.toml", written.clone())).expect_err("a mistake");
            let span = diagnostic.place.as_ref().expect("a place").span;
            assert_eq!(&written[span.offset()..span.offset() + span.len()], shown);
        }
    }
}
