//! The best arm of all beside the best of each segment.

use std::collections::{BTreeMap, HashMap, HashSet};

use relance::clock::{Now, Timestamp};
use relance::error::{Error, Result};
use relance::measure::segments::{self, Cell};
use relance::measure::{Person, sequence};
use relance::plan::Rules;
use relance::profile::Reading;
use relance::project::campaign::Metric;
use relance::snapshot;
use serde::Serialize;

use super::super::app::{App, schema_of};
use super::super::past::members;
use super::super::{hear, secrets};

/// People an arm must have in a segment for the segment to have a winner of its own.
const PEOPLE_MIN: u64 = sequence::PEOPLE_MIN;

/// A way of parting people by segments, and the arm that is best of each part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Best {
    /// The exclusive group of segments, or the one segment that parts people into its own and the others.
    pub(super) group: String,
    /// What decides.
    pub(super) metric: Metric,
    /// People are in the segments they were in at this instant, before the first of them was drawn.
    pub(super) as_they_were_at: Timestamp,
    /// The arm that is best of all; none when no part has enough people in each arm.
    pub(super) global: Option<String>,
    /// What it brings per person.
    pub(super) global_mean: Option<f64>,
    /// What a person brings when each segment gets its own best arm.
    pub(super) by_segment_mean: Option<f64>,
    /// The second less the first.
    pub(super) gain: Option<f64>,
    /// Each part that has enough people.
    pub(super) segments: Vec<Part>,
    /// Segments with too few people in an arm; they count among the others.
    pub(super) too_small: Vec<Small>,
}

/// People of a segment, or of none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Part {
    /// Its name; none for everybody else.
    pub(super) segment: Option<String>,
    pub(super) people: u64,
    /// The arm that is best of them.
    pub(super) best: String,
    /// What it brings per person.
    pub(super) mean: f64,
    /// What the arm that is best of all brings per person of them.
    pub(super) global_mean: f64,
}

/// A segment with too few people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Small {
    /// Its name; none for everybody else.
    pub(super) segment: Option<String>,
    pub(super) people: u64,
    /// People of the arm that has fewest of them.
    pub(super) fewest: u64,
    /// People that every arm should have.
    pub(super) needed: u64,
}

/// The segments that people were in before the first of them was drawn.
#[derive(Debug)]
pub(super) struct Membership {
    at: Timestamp,
    /// Groups with their segments, in order: a person is of the first that holds them.
    groups: Vec<(String, Vec<String>)>,
    /// For each person, the position of their segment in each group.
    of: HashMap<String, Vec<Option<usize>>>,
}

impl Membership {
    /// Reads the sources as they stood at an instant; `None` in a project without segments.
    ///
    /// A segment of today would be one that the mails themselves made: whom they brought back is no more dormant.
    pub(super) fn read(app: &App, at: Timestamp, who: &HashSet<&str>) -> Result<Option<Self>> {
        let file = &app.project.segments;
        let exclusive = file
            .exclusive
            .iter()
            .map(|(group, members)| (group.clone(), members.iter().map(|member| member.get_ref().clone()).collect::<Vec<_>>()));
        let mut groups: Vec<(String, Vec<String>)> = exclusive.collect();
        if groups.is_empty() {
            groups = file.segments.keys().map(|name| (name.as_ref().clone(), vec![name.as_ref().clone()])).collect();
        }
        if groups.is_empty() {
            return Ok(None);
        }
        let urls = secrets::source_urls(&app.project)?;
        let then = Now { at, zone: app.now.zone };
        let (mut snapshot, _) = snapshot::build(&app.project, then, &urls, None, &mut |_| ())?;
        hear::know(&app.project, &mut snapshot)?;
        let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
        let names = rules.segments.names();
        let positions: Vec<Vec<Option<usize>>> =
            groups.iter().map(|(_, members)| members.iter().map(|member| names.iter().position(|name| name == member)).collect()).collect();
        let reading = Reading::of(&app.project, then);
        let mut of = HashMap::new();
        for group in snapshot.profiles.groups() {
            for profile in group?.iter().filter(|profile| who.contains(profile.contact.id.as_str())) {
                let (_, is_in) = members(&snapshot, &rules, profile, reading);
                let holds = |at: &Option<usize>| at.is_some_and(|at| is_in.get(at).copied().unwrap_or(false));
                let first = positions.iter().map(|members| members.iter().position(holds)).collect();
                of.insert(profile.contact.id.to_string(), first);
            }
        }
        Ok(Some(Self { at, groups, of }))
    }

    /// Finds the winners of each group; `people` have an id, the word of the ledger and what they did, and have had their horizon.
    pub(super) fn winners(&self, people: &[(&str, &str, Person)], arms: &[&str], metric: Metric) -> Vec<Best> {
        let found = self.groups.iter().enumerate().map(|(group, (name, members))| {
            let mut parts: BTreeMap<usize, Vec<Cell>> = BTreeMap::new();
            for (id, word, person) in people {
                let Some(arm) = arms.iter().position(|arm| arm == word) else { continue };
                // Whoever is in none comes after all segments.
                let part = self.of.get(*id).and_then(|of| of[group]).unwrap_or(members.len());
                let row = parts.entry(part).or_insert_with(|| vec![Cell::default(); arms.len()]);
                row[arm].n += 1;
                row[arm].sum += person.figure(metric).1;
            }
            let parts = parts.into_iter().map(|(part, row)| (members.get(part).cloned(), row)).collect();
            best(name, self.at, metric, arms, parts)
        });
        found.collect()
    }
}

/// Finds the winners of parts, each with its name and its cells by arm; everybody else, if there, comes last.
pub(super) fn best(group: &str, at: Timestamp, metric: Metric, arms: &[&str], parts: Vec<(Option<String>, Vec<Cell>)>) -> Best {
    let mut others = vec![Cell::default(); arms.len()];
    let mut rows: Vec<(Option<String>, Vec<Cell>)> = Vec::new();
    let mut too_small = Vec::new();
    let size = |row: &[Cell]| row.iter().map(|cell| cell.n).sum::<u64>();
    let small = |segment: Option<String>, row: &[Cell]| {
        let fewest = row.iter().map(|cell| cell.n).min().unwrap_or(0);
        (fewest < PEOPLE_MIN).then(|| Small { segment, people: size(row), fewest, needed: PEOPLE_MIN })
    };
    for (segment, row) in parts {
        let little = segment.as_ref().and_then(|name| small(Some(name.clone()), &row));
        if segment.is_some() && little.is_none() {
            rows.push((segment, row));
            continue;
        }
        too_small.extend(little);
        for (all, cell) in others.iter_mut().zip(&row) {
            all.n += cell.n;
            all.sum += cell.sum;
        }
    }
    match small(None, &others) {
        Some(little) if little.people > 0 => too_small.push(little),
        Some(_) => {}
        None => rows.push((None, others)),
    }
    let cells: Vec<Vec<Cell>> = rows.iter().map(|(_, row)| row.clone()).collect();
    let found = segments::winners(&cells);
    let named = |at: usize| arms[at].to_owned();
    let parts = found.iter().flat_map(|found| {
        rows.iter().zip(&found.by_segment).map(|((segment, row), at)| Part {
            segment: segment.clone(),
            people: size(row),
            best: named(*at),
            mean: row[*at].mean(),
            global_mean: row[found.global].mean(),
        })
    });
    Best {
        group: group.to_owned(),
        metric,
        as_they_were_at: at,
        global: found.as_ref().map(|found| named(found.global)),
        global_mean: found.as_ref().map(|found| found.global_rate),
        by_segment_mean: found.as_ref().map(|found| found.by_segment_rate),
        gain: found.as_ref().map(|found| found.by_segment_rate - found.global_rate),
        segments: parts.collect(),
        too_small,
    }
}
