//! The hard rules of `[fields]`: what no mail may rest on or show, whatever it would earn. Each mistake names the field and the place.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;

use crate::audience::Segments;
use crate::condition::{Condition, FIELDS, Schema, compile_all};
use crate::error::{Diagnostic, closest};
use crate::project::campaign::{Fill, Localized};
use crate::project::checked::Campaign;
use crate::project::privacy::{FieldOrigin, FieldSpec, Sensitivity};
use crate::project::{Project, Text};

/// Looks at every rule and every text of a project.
pub(super) fn guard(project: &Project, schema: &Schema, segments: &Segments) -> Vec<Diagnostic> {
    let mut guard = Guard { project, schema, segments, found: Vec::new() };
    guard.declarations();
    for (name, segment) in &project.segments.segments {
        guard.rule(&format!("segment `{}`", name.get_ref()), &segment.all, &project.segments_text, None);
    }
    for (name, offer) in &project.offers {
        guard.rule(&format!("offer `{name}`"), &offer.spec.all, &project.offers_text, None);
    }
    for (name, block) in &project.blocks {
        guard.rule(&format!("block `{name}`"), &block.spec.all, &block.text, None);
        guard.views(&format!("block `{name}`"), &block.spec.all, &block.text);
        guard.text(&format!("block `{name}`"), &block.text, block.body_offset..block.text.inner().len());
    }
    for (name, text) in &project.templates {
        guard.text(&format!("template `{name}`"), text, 0..text.inner().len());
    }
    for (name, campaign) in &project.campaigns {
        let consent = campaign.spec.consent.as_ref().map(|purpose| purpose.get_ref().as_str());
        guard.rule(&format!("campaign `{name}`"), &campaign.spec.audience.all, &campaign.text, consent);
        guard.inbox(campaign);
        guard.slots(campaign);
    }
    guard.found
}

struct Guard<'a> {
    project: &'a Project,
    schema: &'a Schema,
    segments: &'a Segments,
    found: Vec<Diagnostic>,
}

impl Guard<'_> {
    fn refuse(&mut self, code: &'static str, message: String, text: &Text, at: Range<usize>, help: impl Into<String>) {
        self.found.push(Diagnostic::error(code, message).at(text, at, "").help(help));
    }

    /// Names of `[fields]` that nothing has.
    fn declarations(&mut self) {
        let known = |name: &str| FIELDS.iter().any(|info| info.name == name);
        let prefixed =
            |name: &str| ["attr.", "event.", "score."].iter().any(|prefix| name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()));
        for name in self.project.config.fields.keys().filter(|name| !known(name) && !prefixed(name)) {
            let help = closest(name, FIELDS.iter().map(|info| info.name)).map_or_else(
                || format!("an extra column is written `[fields.\"attr.{name}\"]`, a kind of event `[fields.\"event.{name}\"]`"),
                |guess| format!("did you mean `{guess}`?"),
            );
            let (text, at) = self.project.config_layers.place(self.project.config_layers.locate(&["fields", name]));
            self.found.push(Diagnostic::error("field::unknown", format!("`[fields]` knows no `{name}`")).at(text, at, "").help(help));
        }
    }

    /// A list of conditions, and what is behind their segments.
    fn rule(&mut self, place: &str, all: &[Spanned<String>], text: &Text, consent: Option<&str>) {
        let conditions: Vec<(Range<usize>, Condition)> = all
            .iter()
            .filter_map(|written| Some((written.span(), compile_all(std::slice::from_ref(written), text, self.schema).ok()?)))
            .flat_map(|(at, rule)| rule.conditions.into_iter().map(move |condition| (at.clone(), condition)))
            .collect();
        let names: Vec<(Range<usize>, BTreeSet<String>)> =
            conditions.iter().map(|(at, condition)| (at.clone(), self.segments.names_behind(std::slice::from_ref(condition)))).collect();
        for (at, names_here) in &names {
            for name in names_here {
                let Some(field) = self.project.config.fields.get(name) else { continue };
                if let Some((code, message, help)) = barred(name, field, place, "rests on") {
                    self.refuse(code, message, text, at.clone(), help);
                } else if let Some(purpose) = &field.consent {
                    let asked = format!("consent.{}", purpose.get_ref());
                    if consent != Some(purpose.get_ref()) && !names.iter().any(|(_, names)| names.contains(&asked)) {
                        let message = format!("{place} rests on `{name}` without asking for the consent to `{}`", purpose.get_ref());
                        let help = format!("add the condition `consent('{}')`", purpose.get_ref());
                        self.refuse("privacy::no-consent", message, text, at.clone(), help);
                    }
                }
            }
        }
    }

    /// A block that follows what was looked at minutes ago.
    fn views(&mut self, place: &str, all: &[Spanned<String>], text: &Text) {
        let min_age = self.project.settings.privacy.min_age;
        for written in all {
            let Ok(rule) = compile_all(std::slice::from_ref(written), text, self.schema) else { continue };
            let shortest = rule.conditions.iter().filter_map(Condition::shortest_view).min();
            if let Some(window) = shortest.filter(|window| *window < min_age) {
                let message = format!("{place} follows what was looked at in the last {window}, under the {min_age} of `min_age`");
                let help = format!("write a window of `{min_age}` or more, or shorten `min_age` of `[intrusion]`");
                self.refuse("privacy::viewed-just-now", message, text, written.span(), help);
            }
        }
    }

    fn slots(&mut self, campaign: &Campaign) {
        let min_age = self.project.settings.privacy.min_age;
        for (name, slot) in &campaign.slots {
            let Some((written, delay)) = slot.spec.min_delay.as_ref().zip(slot.min_delay).filter(|(_, delay)| *delay < min_age) else {
                continue;
            };
            let message = format!(
                "slot `{name}` of campaign `{}` names what was looked at {delay} ago, under the {min_age} of `min_age`",
                campaign.name
            );
            let help = format!("write `min_delay = \"{min_age}\"` or more, or shorten `min_age` of `[intrusion]`");
            self.refuse("privacy::viewed-just-now", message, &campaign.text, written.span(), help);
        }
    }

    /// What a text shows.
    fn text(&mut self, place: &str, text: &Text, range: Range<usize>) {
        for (name, at) in shown(text.inner().get(range.clone()).unwrap_or_default()) {
            let Some(field) = self.project.config.fields.get(name) else { continue };
            if let Some((code, message, help)) = barred(name, field, place, "shows") {
                self.refuse(code, message, text, range.start + at.start..range.start + at.end, help);
            }
        }
    }

    /// What can be read over a shoulder, before a mail is opened.
    fn inbox(&mut self, campaign: &Campaign) {
        let lines = |what: &'static str, texts: &Localized| {
            texts.values().map(|written| (what, written.get_ref().clone(), written.span())).collect::<Vec<_>>()
        };
        let steps = campaign.steps.iter().flat_map(|step| [("subject", &step.spec.subject), ("preheader", &step.spec.preheader)]);
        let all = [("subject", &campaign.spec.subject), ("preheader", &campaign.spec.preheader)].into_iter().chain(steps);
        for (what, written, at) in all.flat_map(|(what, texts)| lines(what, texts)) {
            let place = format!("the {what} of campaign `{}`", campaign.name);
            for (name, _) in shown(&written) {
                let Some(field) = self.project.config.fields.get(name) else { continue };
                if let Some((code, message, help)) = barred(name, field, &place, "shows") {
                    self.refuse(code, message, &campaign.text, at.clone(), help);
                } else if field.sensitivity == Sensitivity::Sensitive {
                    self.in_inbox(&place, name, campaign, at.clone());
                }
            }
            for (slot, _) in campaign.slots.iter().filter(|(_, slot)| slot.spec.fill == Fill::Subject) {
                for field in ["last4", "brand"].map(|field| format!("slots.{slot}.{field}")) {
                    if written.contains(&field) {
                        self.in_inbox(&place, &field, campaign, at.clone());
                    }
                }
            }
        }
    }

    fn in_inbox(&mut self, place: &str, name: &str, campaign: &Campaign, at: Range<usize>) {
        let message = format!("{place} shows `{name}`, which is sensitive");
        let help = "say it inside the mail: a subject and a preheader are read over a shoulder";
        self.refuse("privacy::sensitive-in-inbox", message, &campaign.text, at, help);
    }
}

/// Returns what is wrong with the use of a field wherever it stands.
fn barred(name: &str, field: &FieldSpec, place: &str, verb: &str) -> Option<(&'static str, String, &'static str)> {
    let (code, why, help) = match (field.origin?, field.sensitivity) {
        (FieldOrigin::Hearsay, _) => {
            ("privacy::hearsay", "which the person never gave you", "remove it: what others say of a person is not for a mail to them")
        }
        (FieldOrigin::ThirdParty, _) => {
            ("privacy::third-party", "which was seen on another site", "remove it: only what was done on your own site may be used")
        }
        (FieldOrigin::Inferred, Sensitivity::Sensitive) => (
            "privacy::inferred-sensitive",
            "a sensitive trait that was guessed",
            "remove it, or ask the person and write `origin = \"declared\"`",
        ),
        _ => return None,
    };
    Some((code, format!("{place} {verb} `{name}`, {why}"), help))
}

/// Lists the fields of `recipient` that a text names, `attr.NAME` included, with their bytes.
fn shown(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    const ROOT: &str = "recipient.";
    text.match_indices(ROOT).filter_map(|(at, _)| {
        let start = at + ROOT.len();
        let rest = text.get(start..)?;
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.')).unwrap_or(rest.len());
        Some((rest.get(..end)?.trim_end_matches('.'), start..start + end))
    })
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn fields_of_a_text_are_found() {
        let text = "{{ recipient.first_name }} {% if recipient.attr.skin_type == 'dry' %}, recipient.city.";
        let names: Vec<&str> = shown(text).map(|(name, _)| name).collect();
        assert_eq!(names, ["first_name", "attr.skin_type", "city"]);
    }
}
