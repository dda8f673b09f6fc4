//! Checks every path, filter, function and message key of a text against what will be there, before any mail is made.

use std::collections::BTreeMap;
use std::ops::Range;

use super::expression::{PlacedUnit, Unit, units};
use super::mapped::Mapped;
use super::schema::Shape;
use super::tags::{Tag, TagKind};
use crate::error::Diagnostic;

const OUR_FILTERS: [&str; 9] = ["money", "number", "percent", "date", "plural", "link", "image", "default", "urlencode"];
const ENGINE_FILTERS: &str = "upper lower wordcount escape escape_html escape_xml newlines_to_br pluralize trim trim_start trim_end replace \
    capitalize title truncate indent str int float length reverse split abs round first last nth join sort unique get values keys pairs group_by";
pub(super) const FUNCTIONS: [&str; 3] = ["t", "range", "right"];
const KEYWORDS: &str = "and or not in is if elif else true false none null True False None for endfor endif set set_global endset filter \
    endfilter raw endraw break continue";
const REFUSED_STATEMENTS: [&str; 9] =
    ["extends", "include", "import", "block", "endblock", "macro", "endmacro", "component", "endcomponent"];

/// How much of a message key is known before any mail is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPart {
    /// All of it.
    Whole,
    /// How it begins: `'label-' ~ item.label`.
    Beginning,
    /// How it ends: `slots.hero.block ~ '-title'`.
    End,
}

/// A message key named by a text.
#[derive(Debug, Clone)]
pub(super) struct KeyUse {
    /// The key, or the part of it that is written out.
    pub(super) key: String,
    /// How much of the key is written out.
    pub(super) part: KeyPart,
    /// Bytes in the text.
    pub(super) range: Range<usize>,
}

/// Checks the tags of a text; returns the message keys it uses. Only a text part has columns, and so a right.
pub(super) fn check(
    text: &Mapped,
    tags: &[Tag],
    roots: &BTreeMap<String, Shape>,
    is_text_part: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<KeyUse> {
    let mut checker = Checker { text, roots, is_text_part, scopes: vec![BTreeMap::new()], keys: Vec::new(), diagnostics };
    for tag in tags {
        let units = units(&text.text, tag.inner_range(&text.text));
        match tag.kind {
            TagKind::Output => checker.expression(&units),
            TagKind::Control => checker.statement(&units),
            TagKind::Comment | TagKind::Raw => {}
        }
    }
    checker.keys
}

struct Checker<'a> {
    text: &'a Mapped,
    roots: &'a BTreeMap<String, Shape>,
    is_text_part: bool,
    scopes: Vec<BTreeMap<String, Shape>>,
    keys: Vec<KeyUse>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn statement(&mut self, units: &[PlacedUnit]) {
        let Some((Unit::Word(keyword), range)) = units.first() else { return };
        match keyword.as_str() {
            "for" => {
                let at_in = units.iter().position(|(unit, _)| *unit == Unit::Word("in".into())).unwrap_or(units.len());
                let names: Vec<_> = units[1..at_in].iter().filter_map(|(unit, _)| word(unit)).collect();
                let over = units.get(at_in + 1..).unwrap_or_default();
                self.expression(over);
                let element = match self.shape_of(over) {
                    Shape::List(element) => *element,
                    _ => Shape::Any,
                };
                let mut scope = BTreeMap::from([("loop".to_owned(), Shape::Any)]);
                match names.as_slice() {
                    [name] => drop(scope.insert((*name).to_owned(), element)),
                    several => scope.extend(several.iter().map(|name| ((*name).to_owned(), Shape::Any))),
                }
                self.scopes.push(scope);
            }
            "endfor" => {
                if self.scopes.len() > 1 {
                    self.scopes.pop();
                }
            }
            "set" | "set_global" => {
                let value = units.iter().position(|(unit, _)| *unit == Unit::Assign).map_or(&[][..], |i| &units[i + 1..]);
                self.expression(value);
                let shape = if value.is_empty() { Shape::Plain } else { self.shape_of(value) };
                let depth = if keyword == "set" { self.scopes.len() - 1 } else { 0 };
                if let Some(name) = units.get(1).and_then(|(unit, _)| word(unit)) {
                    self.scopes[depth].insert(name.to_owned(), shape);
                }
            }
            "filter" => {
                if let Some((Unit::Word(name), range)) = units.get(1) {
                    self.filter(name, range.clone());
                }
                self.expression(units.get(2..).unwrap_or_default());
            }
            statement if REFUSED_STATEMENTS.contains(&statement) => {
                let diagnostic = Diagnostic::error("template::statement", format!("`{statement}` is not used in mails"))
                    .help("share pieces with `<mj-include path=\"partials/...\" />`");
                self.refuse(diagnostic, range.clone());
            }
            _ => self.expression(&units[1..]),
        }
    }

    fn expression(&mut self, units: &[PlacedUnit]) {
        let mut i = 0;
        let sign = |i: usize, c: char| matches!(units.get(i), Some((Unit::Sign(s), _)) if *s == c);
        while i < units.len() {
            let (unit, range) = &units[i];
            let Unit::Word(name) = unit else {
                i += 1;
                continue;
            };
            let before = i.checked_sub(1).and_then(|i| units.get(i)).map(|(unit, _)| unit);
            let is_test = matches!(before, Some(Unit::Word(w)) if w == "is")
                || (matches!(before, Some(Unit::Word(w)) if w == "not") && i >= 2 && units[i - 2].0 == Unit::Word("is".into()));
            if before == Some(&Unit::Dot) || (is_test && name != "not") {
            } else if before == Some(&Unit::Sign('|')) {
                self.filter(name, range.clone());
                if name == "plural" {
                    self.key(&units[i..], range.clone());
                }
            } else if sign(i + 1, '(') {
                self.function(name, range.clone());
                if name == "t" {
                    self.key(&units[i..], range.clone());
                }
            } else if matches!(units.get(i + 1), Some((Unit::Assign, _)))
                || (sign(i + 1, ':') && (before == Some(&Unit::Sign('{')) || before == Some(&Unit::Sign(','))))
                || KEYWORDS.split_whitespace().any(|word| word == name)
            {
            } else {
                let (_, next) = self.path(units, i, true);
                i = next;
                continue;
            }
            i += 1;
        }
    }

    /// Follows the path that starts at `i`; returns its shape and the index after it.
    fn path(&mut self, units: &[PlacedUnit], start: usize, report: bool) -> (Shape, usize) {
        let Some((Unit::Word(root), range)) = units.get(start) else { return (Shape::Any, start + 1) };
        let known = self.scopes.iter().rev().find_map(|scope| scope.get(root)).or_else(|| self.roots.get(root)).cloned();
        let Some(mut shape) = known else {
            if report {
                let names: Vec<String> = self.scopes.iter().flat_map(BTreeMap::keys).chain(self.roots.keys()).cloned().collect();
                let diagnostic = Diagnostic::error("template::unknown-name", format!("nothing is called `{root}` here"))
                    .help("a template sees `recipient`, `campaign`, `sender`, `links`, `slots`, `offer`, `questions`, `because` and `now`")
                    .did_you_mean(root, names.iter().map(String::as_str));
                self.refuse(diagnostic, range.clone());
            }
            let mut end = start + 1;
            while matches!(units.get(end), Some((Unit::Dot, _))) {
                end += 2;
            }
            return (Shape::Any, end);
        };
        let mut so_far = root.clone();
        let mut i = start + 1;
        loop {
            let (key, key_range, next) = match (units.get(i), units.get(i + 1), units.get(i + 2)) {
                (Some((Unit::Dot, _)), Some((Unit::Word(key), range)), _) => (key, range, i + 2),
                (Some((Unit::Sign('['), _)), Some((Unit::Text(key), range)), Some((Unit::Sign(']'), _))) => (key, range, i + 3),
                (Some((Unit::Dot, _)), Some((Unit::Number, _)), _) => {
                    shape = element(shape);
                    i += 2;
                    continue;
                }
                (Some((Unit::Sign('['), _)), Some((Unit::Number, _)), Some((Unit::Sign(']'), _))) => {
                    shape = element(shape);
                    i += 3;
                    continue;
                }
                (Some((Unit::Sign('['), _)), ..) => return (Shape::Any, i + 1),
                _ => return (shape, i),
            };
            shape = match shape {
                Shape::Any => Shape::Any,
                Shape::Keys(mut keys) => {
                    if let Some(found) = keys.remove(key) {
                        found
                    } else {
                        if report {
                            let mut diagnostic = Diagnostic::error("template::unknown-key", format!("`{so_far}` has no `{key}`"));
                            let known: Vec<&str> = keys.keys().map(String::as_str).collect();
                            diagnostic = if known.is_empty() {
                                diagnostic.help("the campaign declares no slot: add `[slots.NAME]` to it")
                            } else {
                                diagnostic.help(format!("it has {}", known.join(", "))).did_you_mean(key, known)
                            };
                            self.refuse(diagnostic, key_range.clone());
                        }
                        Shape::Any
                    }
                }
                Shape::Plain | Shape::List(_) => {
                    if report {
                        let help =
                            if matches!(shape, Shape::List(_)) { "loop over it with `{% for x in ... %}`" } else { "it is a single value" };
                        let diagnostic = Diagnostic::error("template::unknown-key", format!("`{so_far}` has no `{key}`")).help(help);
                        self.refuse(diagnostic, key_range.clone());
                    }
                    Shape::Any
                }
            };
            so_far = format!("{so_far}.{key}");
            i = next;
        }
    }

    /// Returns the shape of a whole expression: a path, filtered or not; anything else is `Any`.
    fn shape_of(&mut self, units: &[PlacedUnit]) -> Shape {
        let (mut shape, mut i) = self.path(units, 0, false);
        while let (Some((Unit::Sign('|'), _)), Some((Unit::Word(filter), _))) = (units.get(i), units.get(i + 1)) {
            shape = match filter.as_str() {
                "reverse" | "sort" | "unique" | "default" => shape,
                "first" | "last" | "nth" => element(shape),
                _ => Shape::Any,
            };
            i += 2;
            if matches!(units.get(i), Some((Unit::Sign('('), _))) {
                let close = units[i..].iter().position(|(unit, _)| *unit == Unit::Sign(')'));
                i += close.unwrap_or(units.len() - i) + 1;
            }
        }
        if i >= units.len() { shape } else { Shape::Any }
    }

    fn filter(&mut self, name: &str, range: Range<usize>) {
        if name == "safe" {
            let diagnostic = Diagnostic::error("template::safe", "`safe` would let data write HTML")
                .help("remove it: values are escaped, markup belongs to templates and blocks");
            self.refuse(diagnostic, range);
            return;
        }
        let known = || OUR_FILTERS.into_iter().chain(ENGINE_FILTERS.split_whitespace());
        if !known().any(|filter| filter == name) {
            self.refuse(
                Diagnostic::error("template::unknown-filter", format!("there is no filter `{name}`"))
                    .help("see the list of filters in the documentation")
                    .did_you_mean(name, known()),
                range,
            );
        }
    }

    fn function(&mut self, name: &str, range: Range<usize>) {
        if name == "right" && !self.is_text_part {
            let diagnostic = Diagnostic::error("template::right", "only a text part has columns to stand at the right of")
                .help("use `right()` in `templates/NAME.txt`, and `align` or a table in MJML");
            self.refuse(diagnostic, range.clone());
        }
        if !FUNCTIONS.contains(&name) {
            let diagnostic = Diagnostic::error("template::unknown-function", format!("there is no function `{name}`"))
                .help("there are `t(key=\"...\")`, `range(end=...)`, and `right()` in text parts")
                .did_you_mean(name, FUNCTIONS);
            self.refuse(diagnostic, range);
        }
    }

    fn key(&mut self, units: &[PlacedUnit], place: Range<usize>) {
        let at = units.iter().position(|(unit, _)| *unit == Unit::Word("key".into())).unwrap_or(units.len());
        let value = if matches!(units.get(at + 1), Some((Unit::Assign, _))) { &units[at + 2..] } else { &[] };
        let mut depth = 0_usize;
        let end = value.iter().position(|(unit, _)| {
            match unit {
                Unit::Sign('(' | '[') => depth += 1,
                Unit::Sign(')' | ']') if depth > 0 => depth -= 1,
                Unit::Sign(')' | ',') if depth == 0 => return true,
                _ => {}
            }
            false
        });
        let found = match &value[..end.unwrap_or(value.len())] {
            [(Unit::Text(key), range)] => Some((key, KeyPart::Whole, range)),
            [(Unit::Text(key), range), (Unit::Sign('~'), _), ..] => Some((key, KeyPart::Beginning, range)),
            [.., (Unit::Sign('~'), _), (Unit::Text(key), range)] => Some((key, KeyPart::End, range)),
            _ => None,
        };
        if let Some((key, part, range)) = found {
            self.keys.push(KeyUse { key: key.clone(), part, range: range.clone() });
        } else {
            let diagnostic = Diagnostic::error("template::message-key", "a message is named by `key=\"...\"`")
                .help("write the key out, or a part of it: `key=\"label-\" ~ item.label`");
            self.refuse(diagnostic, place);
        }
    }

    fn refuse(&mut self, diagnostic: Diagnostic, range: Range<usize>) {
        self.diagnostics.push(self.text.point(diagnostic, range, ""));
    }
}

fn word(unit: &Unit) -> Option<&str> {
    match unit {
        Unit::Word(word) => Some(word),
        _ => None,
    }
}

fn element(shape: Shape) -> Shape {
    match shape {
        Shape::List(element) => *element,
        _ => Shape::Any,
    }
}
