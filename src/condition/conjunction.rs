//! A list of conditions: every one of them must hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use miette::NamedSource;
use toml::Spanned;

use super::origin::Origin;
use super::{Check, Condition, Schema, Subject, Truth, Use, compile_from};
use crate::error::Diagnostic;

/// Conditions that must all hold; none at all holds for everybody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conjunction {
    /// The conditions, in the author's order.
    pub conditions: Vec<Condition>,
}

/// Compiles the conditions of a TOML array; places are those of the strings in `file`.
///
/// Where a string has escapes, its positions are not those of the file and the whole string is shown.
///
/// # Errors
/// Every mistake of every condition.
pub fn compile_all(texts: &[Spanned<String>], file: &Arc<NamedSource<String>>, schema: &Schema) -> Result<Conjunction, Vec<Diagnostic>> {
    let mut conditions = Vec::with_capacity(texts.len());
    let mut errors = Vec::new();
    for text in texts {
        match compile_from(&Origin::toml(text.get_ref(), file, text.span()), schema) {
            Ok(condition) => conditions.push(condition),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(Conjunction { conditions }) } else { Err(errors) }
}

impl Conjunction {
    /// Says whether every condition holds; the first that is `False` ends it.
    pub fn eval(&self, who: &dyn Subject) -> Truth {
        let mut so_far = Truth::True;
        for condition in &self.conditions {
            so_far = so_far.and(condition.eval(who));
            if so_far == Truth::False {
                break;
            }
        }
        so_far
    }

    /// Explains every condition, in order.
    pub fn explain(&self, who: &dyn Subject) -> Vec<Check> {
        self.conditions.iter().flat_map(|condition| condition.explain(who)).collect()
    }

    /// Returns the kinds of data that any of the conditions looks at.
    pub fn uses(&self) -> BTreeSet<Use> {
        self.conditions.iter().flat_map(|condition| condition.uses().iter().copied()).collect()
    }

    /// Returns the segments that any of the conditions asks about.
    pub fn segments_used(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().flat_map(Condition::segments_used).map(String::as_str)
    }

    /// Returns the remarks about all the conditions.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.conditions.iter().flat_map(Condition::warnings)
    }
}
