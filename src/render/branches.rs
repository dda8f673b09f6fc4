//! Branches of templates that can be told apart in a filled mail: a mark behind each `if`, `elif`, `else` and `for`.
//!
//! The marks are MJML comments in a copy that is compiled for counting only; mails that are sent hold none.

use std::sync::Arc;

use miette::NamedSource;

use super::input::DesignInput;
use super::mapped::Source;
use super::tags::{TagKind, scan};

/// What a mark begins and ends with.
const MARK: (&str, &str) = ("<!--relance-branch:", "-->");

/// A branch as an author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its tag: `{% if recipient.city %}`.
    pub tag: String,
}

/// Marks every branch of the templates, partials and blocks; those within a tag of MJML, in an attribute say, or in plain text, such as a title, cannot be marked.
pub fn mark(input: &DesignInput) -> (DesignInput, Vec<Branch>) {
    let (mut marked, mut branches) = (input.clone(), Vec::new());
    for source in marked.templates.values_mut().chain(marked.partials.values_mut()) {
        *source = mark_source(source, 0, &mut branches);
    }
    for block in marked.blocks.values_mut() {
        block.source = mark_source(&block.source, block.offset, &mut branches);
    }
    (marked, branches)
}

/// Lists the marks in a filled mail, as positions in the branches; one that ran several times stands there several times.
pub fn marks(mjml: &str) -> impl Iterator<Item = usize> {
    mjml.split(MARK.0).skip(1).filter_map(|rest| rest.split(MARK.1).next()?.parse().ok())
}

fn mark_source(source: &Source, from: usize, branches: &mut Vec<Branch>) -> Source {
    let text = source.inner();
    let Some(Ok(tags)) = text.get(from..).map(scan) else { return Arc::clone(source) };
    let (head, body) = text.split_at(from);
    let (mut marked, mut copied, mut is_inside) = (head.to_owned(), 0, false);
    for tag in tags {
        // What stands between template tags is MJML: the last bracket says whether the tag is inside one of its tags.
        let between = &body[copied..tag.range.start];
        if let Some(at) = between.rfind(['<', '>']) {
            is_inside = between[at..].starts_with('<');
        }
        marked += &body[copied..tag.range.end];
        copied = tag.range.end;
        let opens = tag.kind == TagKind::Control && matches!(tag.keyword(body), "if" | "elif" | "else" | "for");
        if opens && !is_inside && !is_plain(&body[..tag.range.start]) {
            marked.extend([MARK.0, &branches.len().to_string(), MARK.1]);
            let line = text[..from + tag.range.start].matches('\n').count() + 1;
            branches.push(Branch { file: source.name().to_owned(), line, tag: body[tag.range.clone()].to_owned() });
        }
    }
    marked += &body[copied..];
    Arc::new(NamedSource::new(source.name(), marked))
}

/// Says whether what comes next is in an element that holds plain text, where a comment would be shown.
fn is_plain(before: &str) -> bool {
    ["mj-title", "mj-preview", "mj-style"].iter().any(|name| before.rfind(&format!("<{name}")) > before.rfind(&format!("</{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_between_tags_are_marked_and_those_inside_are_not() {
        let text =
            "+++\n<mj-text {% if a %}x{% endif %}>{% if b > 1 %}c{% elif d %}e{% else %}<b title=\"{% if f %}\">{% endif %}</mj-text>";
        let source: Source = Arc::new(NamedSource::new("a.mjml", text.to_owned()));
        let mut branches = Vec::new();
        let marked = mark_source(&source, 4, &mut branches);
        let tags: Vec<(&str, usize)> = branches.iter().map(|branch| (branch.tag.as_str(), branch.line)).collect();
        assert_eq!(tags, [("{% if b > 1 %}", 2), ("{% elif d %}", 2), ("{% else %}", 2)]);
        assert!(marked.inner().contains("{% if b > 1 %}<!--relance-branch:0-->c"), "{}", marked.inner());
        assert_eq!(marks(marked.inner()).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
