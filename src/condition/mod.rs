//! Conditions: SQL boolean expressions over one person, with three truth values.
//!
//! ```text
//! text -> parse (sqlparser, allow-list, limits) -> check (names, types) -> node -> eval | print | explain
//! ```
//!
//! A condition is one expression: `age BETWEEN 25 AND 35 AND city = 'Paris' AND affinity('mode-ethique') > 0.3`.
//! Whatever is wrong with it is a [`Diagnostic`] at load; evaluating it cannot fail. A thing that is not known of a
//! person is `Unknown`, which is neither true nor false (Kleene's logic, as SQL has it): only `True` selects anybody.
//!
//! Rules that a reader of a condition needs:
//! - text is compared without regard to case (`city = 'paris'` finds `Paris`), accents count; `LIKE` and `ILIKE` are the same;
//! - a day is 24 hours for instants (`days_since(last_order_at)`), a calendar day for dates (`days_until(contract_ends_on)`);
//! - an instant compared with `'YYYY-MM-DD'` is compared by its calendar day in the project's zone;
//! - a division by zero is `Unknown`.

mod call;
mod check;
mod conjunction;
mod eval;
mod explain;
mod functions;
mod like;
mod macros;
mod node;
mod origin;
mod parse;
mod schema;
mod subject;
mod topic;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use miette::NamedSource;

use crate::clock::Span;
use crate::error::Diagnostic;
use node::Node;
use origin::Origin;

pub use conjunction::{Conjunction, compile_all};
pub use eval::distance_km;
pub use explain::Check;
pub use functions::{FUNCTIONS, Function};
pub use like::like;
pub use macros::MACROS;
pub use parse::{CONDITION_DEPTH_MAX, CONDITION_MAX_BYTES, CONDITION_TERMS_MAX};
pub use schema::{ACCOUNT_COLUMNS, FIELDS, Field, FieldInfo, Schema, ScoreState, Trouble, Type, Use};
pub use subject::{Subject, Truth, Value};
pub use topic::topic_slug;

/// A checked condition, ready to be asked of any number of people; its `Display` is SQL that compiles to the same condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    root: Node,
    uses: BTreeSet<Use>,
    fields: Vec<Field>,
    segments: Vec<String>,
    named: BTreeSet<String>,
    /// The shortest window through which it looks at what was viewed.
    shortest_view: Option<Span>,
    warnings: Warnings,
    /// Its print, which is said of everybody whom it stops.
    words: Arc<str>,
}

/// Remarks about a condition: no part of what it means, so any two are equal.
#[derive(Debug, Clone, Default)]
struct Warnings(Vec<Diagnostic>);

impl PartialEq for Warnings {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Reads and checks one condition.
///
/// `at` is the file the text stands in and the byte offset of its first byte there; without it the diagnostics show the text alone.
///
/// # Errors
/// Every mistake found, each with its place and what to type instead.
pub fn compile(text: &str, at: Option<(&Arc<NamedSource<String>>, usize)>, schema: &Schema) -> Result<Condition, Vec<Diagnostic>> {
    let origin = match at {
        Some((file, offset)) => Origin::exact(text, file, offset),
        None => Origin::alone(text),
    };
    compile_from(&origin, schema)
}

fn compile_from(origin: &Origin<'_>, schema: &Schema) -> Result<Condition, Vec<Diagnostic>> {
    let parsed = parse::parse(origin).map_err(|diagnostic| vec![diagnostic])?;
    check::check(&parsed, origin, schema)
}

impl Condition {
    /// Says whether the condition holds for a person.
    pub fn eval(&self, who: &dyn Subject) -> Truth {
        eval::truth(&self.root, who)
    }

    /// Returns the condition as it prints.
    pub fn words(&self) -> &Arc<str> {
        &self.words
    }

    /// Takes the condition apart for a person: one check per term of its top-level conjunction, with the person's own values.
    pub fn explain(&self, who: &dyn Subject) -> Vec<Check> {
        explain::explain(&self.root, who)
    }

    /// Returns the kinds of data the condition looks at, those of its macros included, those of its segments not.
    pub fn uses(&self) -> &BTreeSet<Use> {
        &self.uses
    }

    /// Returns the fields the condition names, each once, in order of appearance.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the names of what the condition looks at, those of its segments not: fields, `attr.NAME`, `event.KIND`, `score.NAME`, and
    /// `consent.PURPOSE`.
    pub fn names(&self) -> BTreeSet<String> {
        self.fields.iter().map(|field| field.info().name.to_owned()).chain(self.named.iter().cloned()).collect()
    }

    /// Returns the shortest window through which the condition looks at views, if it does.
    pub fn shortest_view(&self) -> Option<Span> {
        self.shortest_view
    }

    /// Returns the segments the condition asks about, each once, in order of appearance.
    pub fn segments_used(&self) -> &[String] {
        &self.segments
    }

    /// Returns what is allowed but worth a look, e.g. a topic that no product has.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings.0
    }

    /// Prints the condition with every macro replaced by the rule it stands for.
    pub fn expanded(&self) -> String {
        node::Printed { node: &self.root, expand: true }.to_string()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
