//! Segments measured: how many people each holds, how they overlap, and what each is worth beside the one it refines.

use serde::Serialize;

use super::interval::{Interval, Moments, difference_of_shares, share};
use super::inventory::major;
use super::outcome::Outcome;
use crate::audience::Segments;
use crate::condition::Condition;

/// How many people are in each segment and in each two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlaps {
    /// People looked at.
    pub people: u64,
    /// People in no segment.
    pub in_none: u64,
    /// Row by row: people in both; on the diagonal, the size of a segment.
    pub both: Vec<Vec<u64>>,
    /// For each segment, its members by the number of segments they are in, from 1: these add up to its size.
    pub depth: Vec<Vec<u64>>,
}

impl Overlaps {
    /// Starts counting for so many segments.
    pub fn new(n: usize) -> Self {
        Self { people: 0, in_none: 0, both: vec![vec![0; n]; n], depth: vec![vec![0; n]; n] }
    }

    /// Counts a person by the segments they are in.
    pub fn add(&mut self, members: &[bool]) {
        self.people += 1;
        let theirs: Vec<usize> = members.iter().enumerate().filter(|(_, is_in)| **is_in).map(|(at, _)| at).collect();
        self.in_none += u64::from(theirs.is_empty());
        for &row in &theirs {
            self.depth[row][theirs.len() - 1] += 1;
            for &column in &theirs {
                self.both[row][column] += 1;
            }
        }
    }

    /// Returns the people of a segment who are in no other.
    pub fn alone(&self, at: usize) -> u64 {
        self.depth[at].first().copied().unwrap_or(0)
    }
}

/// What people of a group did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Worth {
    /// People.
    pub people: u64,
    /// Those with an order.
    pub buyers: u64,
    /// Money per person, those without an order included, in minor units.
    pub spent: Moments,
    /// Margin per person.
    pub margin: Moments,
}

impl Worth {
    /// Takes in a person.
    pub fn add(&mut self, outcome: Outcome) {
        self.people += 1;
        self.buyers += u64::from(outcome.n_orders > 0);
        self.spent.add(major(outcome.spent));
        self.margin.add(major(outcome.margin));
    }
}

/// A segment beside the others of its parent, over a span after the instant at which people were sorted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// The segment.
    pub segment: String,
    /// The segment that its conditions ask for, or none: everybody.
    pub parent: Option<String>,
    /// People in it.
    pub people: u64,
    /// Those of them with an order.
    pub buyers: u64,
    /// Share with an order (Wilson).
    pub conversion: Option<Interval>,
    /// That share less the one of the others of the parent (Newcombe).
    pub conversion_more: Option<Interval>,
    /// Money per person, in minor units.
    pub spent: Option<Interval>,
    /// That money less the one of the others (Welch).
    pub spent_more: Option<Interval>,
    /// Margin per person, in minor units; none where orders do not say it.
    pub margin: Option<Interval>,
    /// That margin less the one of the others.
    pub margin_more: Option<Interval>,
}

/// Gathers what each segment is worth.
#[derive(Debug)]
pub struct Values {
    names: Vec<String>,
    parents: Vec<Option<usize>>,
    /// For each segment: its members, and the others of its parent.
    groups: Vec<(Worth, Worth)>,
    /// Everybody.
    pub all: Worth,
    any_margin: bool,
}

impl Values {
    /// Starts gathering.
    pub fn new(segments: &Segments) -> Self {
        let names = segments.names().to_vec();
        let parent = |name: &String| {
            let mut asked = segments.rule(name).into_iter().flat_map(|rule| &rule.conditions).flat_map(Condition::segments_used);
            asked.find_map(|name| segments.position(name))
        };
        let parents = names.iter().map(parent).collect();
        Self { parents, groups: vec![Default::default(); names.len()], names, all: Worth::default(), any_margin: false }
    }

    /// Takes in a person, by the segments they were in and what they did after.
    pub fn add(&mut self, members: &[bool], outcome: Outcome) {
        self.all.add(outcome);
        self.any_margin |= outcome.margin != 0;
        for (at, (inside, others)) in self.groups.iter_mut().enumerate() {
            if members[at] {
                inside.add(outcome);
            } else if self.parents[at].is_none_or(|parent| members[parent]) {
                others.add(outcome);
            }
        }
    }

    /// Returns what each segment is worth, in order of name.
    pub fn values(&self) -> Vec<Value> {
        let value = |(at, (inside, others)): (usize, &(Worth, Worth))| Value {
            segment: self.names[at].clone(),
            parent: self.parents[at].map(|parent| self.names[parent].clone()),
            people: inside.people,
            buyers: inside.buyers,
            conversion: share(inside.buyers, inside.people),
            conversion_more: difference_of_shares((inside.buyers, inside.people), (others.buyers, others.people)),
            spent: inside.spent.interval(),
            spent_more: inside.spent.less(&others.spent),
            margin: inside.margin.interval().filter(|_| self.any_margin),
            margin_more: inside.margin.less(&others.margin).filter(|_| self.any_margin),
        };
        self.groups.iter().enumerate().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_adds_up_to_the_sizes_and_is_that_of_brute_force() {
        let people: Vec<[bool; 3]> = (0..500_u32).map(|n| [n % 2 == 0, n % 3 == 0, n % 5 == 0]).collect();
        let mut overlaps = Overlaps::new(3);
        for members in &people {
            overlaps.add(members);
        }
        for a in 0..3 {
            assert_eq!(overlaps.depth[a].iter().sum::<u64>(), overlaps.both[a][a], "members by depth add up to the size");
            for b in 0..3 {
                let brute = people.iter().filter(|members| members[a] && members[b]).count() as u64;
                assert_eq!((overlaps.both[a][b], overlaps.both[b][a]), (brute, brute));
            }
            let alone = people.iter().filter(|members| members[a] && members.iter().filter(|is_in| **is_in).count() == 1).count() as u64;
            assert_eq!(overlaps.alone(a), alone);
        }
        assert_eq!(overlaps.in_none, people.iter().filter(|members| !members.iter().any(|is_in| *is_in)).count() as u64);
    }
}
