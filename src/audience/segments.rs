//! Segments: named conjunctions, decided once per person in an order in which each comes after those it asks about.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::condition::{Condition, Conjunction, Schema, Truth, Use, compile_all};
use crate::error::Diagnostic;
use crate::profile::{Memberships, Person, Profile, Reading};
use crate::project::Project;

/// All segments of a project, checked and put in order.
#[derive(Debug, Clone, Default)]
pub struct Segments {
    names: Vec<String>,
    rules: Vec<Conjunction>,
    /// Positions in the order of deciding.
    order: Vec<usize>,
    /// For each segment, those of its exclusive group that come before it.
    before: Vec<Vec<usize>>,
    /// Those that rest on what people did on the site, themselves or through others.
    behavioural: Vec<bool>,
}

impl Segments {
    /// Compiles every segment; reports all mistakes, and cycles.
    pub fn compile(project: &Project, schema: &Schema) -> (Self, Vec<Diagnostic>) {
        let (file, text) = (&project.segments, &project.segments_text);
        let mut diagnostics = Vec::new();
        let specs: BTreeMap<&str, _> = file.segments.iter().map(|(name, spec)| (name.as_ref().as_str(), (name, spec))).collect();
        let names: Vec<String> = specs.keys().map(|name| (*name).to_owned()).collect();
        let mut compile = |spec: &crate::project::content::SegmentSpec| {
            compile_all(&spec.all, text, schema).unwrap_or_else(|mistakes| {
                diagnostics.extend(mistakes);
                Conjunction::default()
            })
        };
        let rules: Vec<Conjunction> = specs.values().map(|(_, spec)| compile(spec)).collect();
        let position = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        let mut before = vec![Vec::new(); names.len()];
        for group in file.exclusive.values() {
            let members: Vec<usize> = group.iter().filter_map(|name| position(name.as_ref())).collect();
            for (at, member) in members.iter().enumerate() {
                before[*member].extend_from_slice(&members[..at]);
            }
        }
        let needs: Vec<Vec<usize>> = rules
            .iter()
            .zip(&before)
            .map(|(rule, before)| {
                let asked = rule.conditions.iter().flat_map(crate::condition::Condition::segments_used);
                asked.filter_map(|name| position(name)).chain(before.iter().copied()).collect()
            })
            .collect();
        let order = in_order(&needs).unwrap_or_else(|cyclic| {
            let name = &names[cyclic];
            let span = specs[name.as_str()].0.span();
            let message = format!("segment `{name}` asks about itself, directly or through others");
            let help = "leave one of the `in_segment` out";
            diagnostics.push(Diagnostic::error("segment::cycle", message).at(text, span, "part of a cycle").help(help));
            (0..names.len()).collect()
        });
        let mut segments = Self { names, rules, order, before, behavioural: Vec::new() };
        segments.behavioural = (0..segments.rules.len()).map(|at| segments.watches(at)).collect();
        (segments, diagnostics)
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the conditions of a segment.
    pub fn rule(&self, name: &str) -> Option<&Conjunction> {
        self.position(name).map(|at| &self.rules[at])
    }

    /// Returns the kinds of data that conditions look at, those of the segments they ask about in their place.
    pub fn data_behind(&self, conditions: &[Condition]) -> BTreeSet<Use> {
        let asked = |conditions: &[Condition]| -> Vec<usize> {
            conditions.iter().flat_map(Condition::segments_used).filter_map(|name| self.position(name)).collect()
        };
        let mut uses: BTreeSet<Use> = conditions.iter().flat_map(|condition| condition.uses().iter().copied()).collect();
        let mut seen = BTreeSet::new();
        let mut open = asked(conditions);
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                uses.extend(self.rules[at].uses());
                open.extend(asked(&self.rules[at].conditions));
                open.extend(&self.before[at]);
            }
        }
        uses.remove(&Use::Segments);
        uses
    }

    /// Returns the names that conditions look at, those of the segments they ask about in their place (see [`Condition::names`]).
    pub fn names_behind(&self, conditions: &[Condition]) -> BTreeSet<String> {
        let asked = |conditions: &[Condition]| -> Vec<usize> {
            conditions.iter().flat_map(Condition::segments_used).filter_map(|name| self.position(name)).collect()
        };
        let mut names: BTreeSet<String> = conditions.iter().flat_map(Condition::names).collect();
        let mut seen = BTreeSet::new();
        let mut open = asked(conditions);
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                names.extend(self.rules[at].conditions.iter().flat_map(Condition::names));
                open.extend(asked(&self.rules[at].conditions));
                open.extend(&self.before[at]);
            }
        }
        names
    }

    /// Says whether a segment rests on behaviour: then it says nothing of a person who did not agree to be profiled.
    pub fn rests_on_behaviour(&self, at: usize) -> bool {
        self.behavioural.get(at).copied().unwrap_or(true)
    }

    fn watches(&self, at: usize) -> bool {
        let those = std::iter::once(at).chain(self.before[at].iter().copied());
        those.flat_map(|at| self.data_behind(&self.rules[at].conditions)).any(Use::is_behaviour)
    }

    /// Decides every segment for one person; the result is in the order of [`Self::names`].
    pub fn decide(&self, profile: &Profile, catalogue: &Catalogue, reading: Reading) -> Vec<Truth> {
        let mut truths = vec![Truth::Unknown; self.names.len()];
        for &at in &self.order {
            let taken = self.before[at].iter().any(|earlier| truths[*earlier].is_true());
            truths[at] = if taken {
                Truth::False
            } else {
                let segments = Memberships { names: &self.names, truths: &truths };
                self.rules[at].eval(&Person { profile, catalogue, reading, segments })
            };
        }
        truths
    }

    /// Returns the position of a segment in [`Self::names`].
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).ok()
    }
}

/// Sorts positions so that each comes after all it needs; `Err` names one that is part of a cycle.
fn in_order(needs: &[Vec<usize>]) -> Result<Vec<usize>, usize> {
    let mut done = vec![false; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    while order.len() < needs.len() {
        let ready: Vec<usize> = (0..needs.len()).filter(|at| !done[*at] && needs[*at].iter().all(|need| done[*need])).collect();
        if ready.is_empty() {
            return Err((0..needs.len()).find(|at| !done[*at]).unwrap_or(0));
        }
        for at in ready {
            done[at] = true;
            order.push(at);
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn needs_come_first_and_cycles_are_found() {
        assert_eq!(in_order(&[vec![2], vec![], vec![1]]), Ok(vec![1, 2, 0]));
        assert_eq!(in_order(&[vec![1], vec![0]]), Err(0));
        assert_eq!(in_order(&[vec![0]]), Err(0));
    }
}
