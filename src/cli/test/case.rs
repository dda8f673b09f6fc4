//! One case: what a person is expected to get, beside what they get.

use relance::audience::Skip;
use relance::error::Result;
use relance::plan::{Admission, Decision, Planner};
use relance::profile::Profile;
use relance::project::Text;
use relance::selection::Filling;
use relance::snapshot::Snapshot;
use toml::Spanned;

use super::file::{Case, Expect};
use super::update::{quoted, without_line};
use super::{Edit, Failure};
use crate::cli::mailer::Mailer;

/// Gathers what differs.
struct Judge<'a> {
    text: &'a Text,
    case: &'a Case,
    failures: Vec<Failure>,
}

/// Decides, renders when a mail goes out, and compares.
pub(super) fn check(planner: &Planner<'_>, mailer: &Mailer, snapshot: &Snapshot, text: &Text, case: &Case) -> Result<Vec<Failure>> {
    let mut judge = Judge { text, case, failures: Vec::new() };
    let id = case.recipient.get_ref().as_str();
    let Some(profile) = &snapshot.profiles.find_by_id(id)? else {
        judge.differs("recipient", "a contact of this id", "none", Vec::new());
        return Ok(judge.failures);
    };
    match (planner.decide(profile), case.expect.get_ref()) {
        (Decision::Skipped(skip), Expect::Skipped) => judge.reason(&skip),
        (Decision::Skipped(skip), Expect::Sent) => {
            let mut edits = vec![Edit { span: case.expect.span(), text: format!("\"skipped\"\nreason = {}", quoted(skip.reason.key())) }];
            let told = [&case.subject, &case.variant, &case.step].into_iter().flatten();
            edits.extend(told.filter_map(|value| without_line(text.inner(), value.span())));
            judge.differs("expect", "sent", &format!("skipped, {} ({})", skip.reason.key(), skip.detail), edits);
        }
        (Decision::Admitted(admission), Expect::Skipped) => {
            let mut edits = vec![Edit { span: case.expect.span(), text: "\"sent\"".to_owned() }];
            edits.extend(case.reason.as_ref().and_then(|reason| without_line(text.inner(), reason.span())));
            let why = case.reason.as_ref().map(|reason| format!(", {}", reason.get_ref().key())).unwrap_or_default();
            judge.differs("expect", &format!("skipped{why}"), &format!("sent, edition {}", admission.occasion.edition), edits);
        }
        (Decision::Admitted(admission), Expect::Sent) => judge.mail(planner, mailer, profile, &admission),
    }
    Ok(judge.failures)
}

impl Judge<'_> {
    fn reason(&mut self, skip: &Skip) {
        let Some(expected) = self.case.reason.as_ref().filter(|reason| *reason.get_ref() != skip.reason) else { return };
        let edits = vec![Edit { span: expected.span(), text: quoted(skip.reason.key()) }];
        self.differs("reason", expected.get_ref().key(), &format!("{} ({})", skip.reason.key(), skip.detail), edits);
    }

    fn mail(&mut self, planner: &Planner<'_>, mailer: &Mailer, profile: &Profile, admission: &Admission) {
        let case = self.case;
        self.recorded("step", case.step.as_ref(), admission.occasion.step.as_deref());
        self.recorded("variant", case.variant.as_ref(), admission.variant.as_deref());
        for (slot, expected) in &case.blocks {
            let found = admission.composition.slots.get(slot.as_str());
            let shown = found.and_then(|filling| if let Filling::Block(choice) = filling { Some(choice.block.as_str()) } else { None });
            self.recorded(&format!("block in `{slot}`"), Some(expected), shown);
        }
        if let Some(least) = &case.picks_min {
            let n: usize = admission.composition.slots.values().map(n_picks).sum();
            if n < *least.get_ref() {
                self.differs("picks", &format!("at least {}", least.get_ref()), &n.to_string(), Vec::new());
            }
        }
        if case.subject.is_none() && case.contains.is_empty() && case.lacks.is_empty() {
            return;
        }
        let rendered = match mailer.render(&planner.draft(profile, admission)) {
            Ok(rendered) => rendered,
            Err(why) => return self.differs("mail", "rendered", &why, Vec::new()),
        };
        self.recorded("subject", case.subject.as_ref(), Some(&rendered.subject));
        let html = unescaped(&rendered.html);
        for text in case.contains.iter().filter(|text| !html.contains(text.get_ref().as_str())) {
            self.differs("html", &format!("to contain {}", quoted(text.get_ref())), "a mail without it", Vec::new());
        }
        for text in case.lacks.iter().filter(|text| html.contains(text.get_ref().as_str())) {
            self.differs("html", &format!("to lack {}", quoted(text.get_ref())), "a mail with it", Vec::new());
        }
    }

    /// Compares a value that `--update` may write.
    fn recorded(&mut self, what: &str, expected: Option<&Spanned<String>>, actual: Option<&str>) {
        let Some(expected) = expected.filter(|expected| Some(expected.get_ref().as_str()) != actual) else { return };
        let edits = actual.map(|actual| Edit { span: expected.span(), text: quoted(actual) });
        self.differs(what, &quoted(expected.get_ref()), &actual.map_or("none".to_owned(), quoted), edits.into_iter().collect());
    }

    fn differs(&mut self, what: &str, expected: &str, actual: &str, edits: Vec<Edit>) {
        self.failures.push(Failure {
            text: self.text.clone(),
            span: self.case.campaign.span(),
            campaign: self.case.campaign.get_ref().clone(),
            recipient: Some(self.case.recipient.get_ref().clone()),
            what: what.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            edits,
        });
    }
}

fn n_picks(filling: &Filling) -> usize {
    if let Filling::Products { picks, .. } = filling { picks.len() } else { 0 }
}

/// Puts the letters in place of the references that templates write for them, so that an author types what a reader sees.
fn unescaped(html: &str) -> String {
    let letters = [("&#x27;", "'"), ("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&amp;", "&")];
    letters.iter().fold(html.to_owned(), |html, (reference, letter)| html.replace(reference, letter))
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn a_reader_sees_letters() {
        assert_eq!(unescaped("Confiture d&#x27;abricot &amp;lt;"), "Confiture d'abricot &lt;");
    }
}
