//! Why a condition holds for a person, or not: each term beside the person's own values.

use std::fmt::Write as _;

use super::eval;
use super::functions::Call;
use super::node::{Decimal, Node, Printed};
use super::subject::{Subject, Truth, Value};

/// One line of an explanation: `days_since(last_event_at) <= 60   true   12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The term, as SQL.
    pub text: String,
    /// Whether it holds for the person.
    pub truth: Truth,
    /// The person's own value; when the term reads several things, each with its name: `age 31, city Paris`. Empty when it reads none.
    pub value: String,
}

/// Explains each term of the top-level conjunction; a macro gives the terms of its rule.
pub(super) fn explain(root: &Node, who: &dyn Subject) -> Vec<Check> {
    let mut checks = Vec::new();
    add(root, who, &mut checks);
    checks
}

fn add(node: &Node, who: &dyn Subject, checks: &mut Vec<Check>) {
    match node {
        Node::And(terms) => terms.iter().for_each(|term| add(term, who, checks)),
        Node::Macro(_, rule) => add(rule, who, checks),
        node => checks.push(Check {
            text: Printed { node, expand: false }.to_string(),
            truth: eval::truth(node, who),
            value: values(node, who),
        }),
    }
}

fn values(node: &Node, who: &dyn Subject) -> String {
    let mut reads = Vec::new();
    collect(node, &mut reads);
    if let [only] = reads[..] {
        return shown(only, who);
    }
    let mut text = String::new();
    for (position, read) in reads.iter().enumerate() {
        let separator = if position > 0 { ", " } else { "" };
        let _ = write!(text, "{separator}{} {}", Printed { node: read, expand: false }, shown(read, who));
    }
    text
}

/// Collects what a node reads of a person, each once, in order of appearance.
fn collect<'a>(node: &'a Node, reads: &mut Vec<&'a Node>) {
    match node {
        Node::Field(_) | Node::Attribute(_) | Node::Account(_) | Node::Call(_) => {
            if !reads.contains(&node) {
                reads.push(node);
            }
        }
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| collect(node, reads)),
        Node::Not(inner) | Node::Negate(inner) | Node::Macro(_, inner) => collect(inner, reads),
        Node::Like { value, .. } | Node::IsNull { value, .. } | Node::Is { value, .. } => collect(value, reads),
        Node::Compare(_, left, right) | Node::Arithmetic(_, left, right) => [left, right].into_iter().for_each(|node| collect(node, reads)),
        Node::Between { value, low, high, .. } => [value, low, high].into_iter().for_each(|node| collect(node, reads)),
        Node::In { value, list, .. } => {
            collect(value, reads);
            for node in list {
                collect(node, reads);
            }
        }
        Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Date(_) => {}
    }
}

/// Returns a person's value as text; a yes-or-no call over a count shows the count.
fn shown(node: &Node, who: &dyn Subject) -> String {
    match node {
        Node::Call(Call::BoughtWithin(topic, window)) => who.count_bought(&topic.slug, window.span).to_string(),
        Node::Call(Call::ViewedWithin(topic, window)) => who.count_viewed(&topic.slug, window.span).to_string(),
        node => match eval::value(node, who) {
            Value::Unknown => "unknown".to_owned(),
            Value::Bool(holds) => holds.to_string(),
            Value::Number(number) => Decimal((number * 1_000.0).round() / 1_000.0).to_string(),
            Value::Text(text) => text.into_owned(),
            Value::Instant(at) => at.local(who.now().zone).format("%Y-%m-%d %H:%M").to_string(),
            Value::Date(day) => day.to_string(),
        },
    }
}
