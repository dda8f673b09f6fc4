//! What of a plan fires for whom, in a few lines: `test --coverage` has them all.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use relance::project::Project;
use relance::project::checked::Campaign;
use relance::survey::coverage::{Coverage, SegmentCoverage};
use relance::survey::interval::ratio;
use serde_json::{Value, json};

use super::out::{count, dim};

/// Smallest segments told.
const SMALLEST: usize = 3;
/// Names told of what fires for nobody; JSON has all.
const NAMES_SHOWN: usize = 6;

/// The segments with fewest people, those without anybody left out.
pub(crate) fn smallest(coverage: &Coverage) -> Vec<&SegmentCoverage> {
    let mut found: Vec<&SegmentCoverage> = coverage.segments.iter().filter(|segment| segment.people > 0).collect();
    found.sort_by_key(|segment| (segment.people, segment.segment.clone()));
    found.truncate(SMALLEST);
    found
}

/// Segments without anybody.
fn empty(coverage: &Coverage) -> Vec<&str> {
    coverage.segments.iter().filter(|segment| segment.people == 0).map(|segment| segment.segment.as_str()).collect()
}

/// The names under which nothing was counted.
fn never(counts: &BTreeMap<String, u64>) -> Vec<&str> {
    counts.iter().filter(|(_, n)| **n == 0).map(|(name, _)| name.as_str()).collect()
}

pub(crate) fn as_json(project: &Project, campaign: &Campaign, coverage: &Coverage) -> Value {
    let blocks: BTreeMap<&str, Vec<&str>> = coverage.blocks.iter().map(|(slot, blocks)| (slot.as_str(), never(blocks))).collect();
    json!({
        "fallback": coverage.fallback,
        "fallback_share": (ratio(coverage.fallback, coverage.mails) * 1e5).round() / 1e5,
        "never_shown": { "blocks": blocks, "steps": never(&coverage.steps), "offers": never(&coverage.offers) },
        "segments": coverage.segments,
        "empty_segments": empty(coverage),
        "smallest_segments": smallest(coverage).iter().map(|segment| segment.segment.as_str()).collect::<Vec<_>>(),
        "without_message": project.without_message(campaign).into_iter().map(|segment| segment.get_ref().as_str()).collect::<Vec<_>>(),
    })
}

/// Writes the lines of a plan; nothing of a plan without mails but the segments that are empty.
pub(crate) fn words(coverage: &Coverage) -> String {
    let mut text = String::new();
    let mut line = |what: &str, words: String| _ = writeln!(text, "    {what:<12} {words}");
    if coverage.mails > 0 {
        let share = ratio(coverage.fallback, coverage.mails) * 100.0;
        line(
            "fallback",
            format!("{} of {} mails ({share:.0}%): nothing in them rests on who reads", count(coverage.fallback), count(coverage.mails)),
        );
        let dead = |(slot, blocks): (&String, &BTreeMap<String, u64>)| {
            never(blocks).into_iter().map(|block| format!("{block} in {slot}")).collect::<Vec<_>>()
        };
        let dead: Vec<String> = coverage.blocks.iter().flat_map(dead).collect();
        if !dead.is_empty() {
            line("never shown", listed(&dead));
        }
    }
    let empty: Vec<String> = empty(coverage).into_iter().map(str::to_owned).collect();
    if !empty.is_empty() {
        line("nobody in", listed(&empty));
    }
    let smallest: Vec<String> =
        smallest(coverage).into_iter().map(|segment| format!("{} {}", segment.segment, count(segment.people))).collect();
    if !smallest.is_empty() {
        line("smallest", listed(&smallest) + &dim(" people"));
    }
    if text.is_empty() { text } else { format!("  coverage\n{text}") }
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > NAMES_SHOWN { format!(" and {} more", names.len() - NAMES_SHOWN) } else { String::new() };
    names[..names.len().min(NAMES_SHOWN)].join(", ") + &more
}
