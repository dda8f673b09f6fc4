//! Puts partials and blocks into a template as text, so that widths and diagnostics are right.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::input::{DesignInput, SlotDesign, SlotKind};
use super::mapped::{Mapped, Source};
use super::markup::{self, Event};
use super::tags;
use crate::error::Diagnostic;

/// Partials inside partials are followed to this depth.
const INCLUDE_DEPTH_MAX: usize = 8;

/// Expands `mj-include` and `mj-slot` of one template for one campaign.
pub(super) fn expand(
    input: &DesignInput,
    slots: &BTreeMap<String, SlotDesign>,
    template: &Source,
    diagnostics: &mut Vec<Diagnostic>,
) -> Mapped {
    let mut expander =
        Expander { input, slots, diagnostics, open: vec![template.name().to_owned()], in_block: false, out: Mapped::default() };
    expander.file(template, 0);
    expander.out
}

struct Expander<'a> {
    input: &'a DesignInput,
    slots: &'a BTreeMap<String, SlotDesign>,
    diagnostics: &'a mut Vec<Diagnostic>,
    open: Vec<String>,
    in_block: bool,
    out: Mapped,
}

impl Expander<'_> {
    fn file(&mut self, source: &Source, offset: usize) {
        let whole = source.inner();
        let Some(text) = whole.get(offset..) else { return };
        let tags = match tags::scan(text) {
            Ok(tags) => tags,
            Err(at) => {
                self.refuse(
                    source,
                    offset + at..offset + at + 2,
                    "template::unclosed-tag",
                    "this tag is never closed",
                    "close it with `}}`, `%}` or `#}`",
                );
                return;
            }
        };
        let mut hidden = text.as_bytes().to_vec();
        for tag in &tags {
            hidden[tag.range.clone()].fill(b'x');
        }
        let hidden = String::from_utf8(hidden).unwrap_or_default();
        let mut copied = 0;
        for (event, range) in markup::scan(&hidden) {
            let (name, attributes, empty) = match &event {
                Event::Open { name, attributes, empty } if name == "mj-include" || name == "mj-slot" => (name.as_str(), attributes, *empty),
                Event::Close { name } if name == "mj-include" || name == "mj-slot" => {
                    self.out.copy(&text[copied..range.start], source, offset + copied);
                    copied = range.end;
                    continue;
                }
                _ => continue,
            };
            self.out.copy(&text[copied..range.start], source, offset + copied);
            copied = range.end;
            let place = offset + range.start..offset + range.end;
            let wanted = if name == "mj-slot" { "name" } else { "path" };
            let value = attributes.iter().find(|a| hidden[a.name.clone()] == *wanted).map(|a| a.value.clone());
            let Some(value) = value else {
                self.refuse(
                    source,
                    place,
                    "template::attribute",
                    &format!("`{name}` has no `{wanted}`"),
                    &format!("write `<{name} {wanted}=\"...\" />`"),
                );
                continue;
            };
            if tags.iter().any(|tag| tag.range.start >= value.start && tag.range.end <= value.end) {
                self.refuse(
                    source,
                    place,
                    "template::dynamic-include",
                    &format!("the {wanted} of `{name}` must be written out"),
                    "use `{% if %}` around several of them",
                );
                continue;
            }
            if !empty && !hidden[range.end..].trim_start().starts_with("</mj-") {
                self.refuse(
                    source,
                    place.clone(),
                    "template::content",
                    &format!("`{name}` has no content of its own"),
                    &format!("close it at once: `<{name} ... />`"),
                );
            }
            let value = &text[value];
            if name == "mj-slot" {
                self.slot(source, &place, value);
            } else if markup::attribute(&hidden, attributes, "type").is_some_and(|kind| kind != "mjml") {
                self.refuse(
                    source,
                    place,
                    "template::include-type",
                    "only MJML can be included",
                    "put CSS in `mj-style` and HTML in `mj-raw` of a partial",
                );
            } else {
                self.include(source, &place, value);
            }
        }
        self.out.copy(&text[copied..], source, offset + copied);
    }

    fn include(&mut self, source: &Source, place: &Range<usize>, path: &str) {
        let Some(clean) = clean_path(path) else {
            self.refuse(
                source,
                place.clone(),
                "template::include-path",
                &format!("`{path}` leaves the folder of templates"),
                "use a path inside `templates/`, without `..`",
            );
            return;
        };
        let folder = source.name().strip_prefix("templates/").unwrap_or(source.name()).rsplit_once('/').map_or("", |(folder, _)| folder);
        let partials = &self.input.partials;
        let beside = format!("{folder}/{clean}");
        let with_suffix = format!("{clean}.mjml");
        let Some(partial) = [beside.as_str(), &clean, &with_suffix].into_iter().find_map(|key| partials.get(key)) else {
            let diagnostic = Diagnostic::error("template::unknown-partial", format!("there is no partial `{clean}`"))
                .at(source, place.clone(), "")
                .help("partials are the files under `templates/`; the path starts there")
                .did_you_mean(&clean, partials.keys().map(String::as_str));
            self.diagnostics.push(diagnostic);
            return;
        };
        if self.open.len() > INCLUDE_DEPTH_MAX || self.open.iter().any(|name| name == partial.name()) {
            self.refuse(
                source,
                place.clone(),
                "template::include-loop",
                &format!("`{clean}` includes itself, or too deep"),
                "break the circle of includes",
            );
            return;
        }
        let partial = Arc::clone(partial);
        if partial.inner().contains("<mjml") {
            self.refuse(
                &partial,
                0..1,
                "template::partial",
                "a partial holds only what replaces the include",
                "remove `<mjml>` and `<mj-body>` from it",
            );
            return;
        }
        self.open.push(partial.name().to_owned());
        self.file(&partial, 0);
        self.open.pop();
    }

    fn slot(&mut self, source: &Source, place: &Range<usize>, name: &str) {
        if self.in_block {
            self.refuse(source, place.clone(), "template::slot-in-block", "a block cannot hold a slot", "put the slot in the template");
            return;
        }
        let Some(slot) = self.slots.get(name) else {
            let diagnostic = Diagnostic::error("template::unknown-slot", format!("the campaign has no slot `{name}`"))
                .at(source, place.clone(), "")
                .help(format!("add `[slots.{name}]` to the campaign"))
                .did_you_mean(name, self.slots.keys().map(String::as_str));
            self.diagnostics.push(diagnostic);
            return;
        };
        if slot.kind != SlotKind::Block {
            self.refuse(
                source,
                place.clone(),
                "template::slot-kind",
                &format!("slot `{name}` is not filled by a block"),
                &format!("loop over `slots.{name}.items` instead"),
            );
            return;
        }
        let input = self.input;
        let blocks: Vec<_> = slot.blocks.iter().filter_map(|name| Some((name, input.blocks.get(name)?))).collect();
        self.in_block = true;
        for (i, (block_name, block)) in blocks.iter().enumerate() {
            let keyword = if i == 0 { "if" } else { "elif" };
            self.out.made(&format!("{{% {keyword} slots[\"{name}\"].block == \"{block_name}\" %}}"), source, place.clone());
            self.file(&block.source, block.offset);
        }
        self.in_block = false;
        if !blocks.is_empty() {
            self.out.made("{% endif %}", source, place.clone());
        }
    }

    fn refuse(&mut self, source: &Source, range: Range<usize>, code: &'static str, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::error(code, message).at(source, range, "").help(help));
    }
}

/// Returns a relative path without `.` parts, or nothing when it could leave the folder.
fn clean_path(path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\\', ':', '\0', '%', '~']) {
        return None;
    }
    let parts: Vec<_> = path.split('/').filter(|part| *part != ".").collect();
    (!parts.iter().any(|part| *part == ".." || part.is_empty())).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(clean_path("./partials/./footer.mjml").as_deref(), Some("partials/footer.mjml"));
        for path in ["", "/etc/passwd", "../x", "a/../../b", "a\\b", "c:/x", "a//b", "%2e%2e/x", "~/x", "a\0b", "file:x", ".."] {
            assert_eq!(clean_path(path), None, "{path}");
        }
    }
}
