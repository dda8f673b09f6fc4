//! The two arms of an experiment side by side: every metric with its intervals, the verdict, the difference over time.

use serde::Serialize;

use super::cuped::{self, Pair};
use super::difference::{Interval, welch};
use super::outcome::{LATER_DAYS, Person};
use super::verdict::{self, Question, Verdict};
use super::{sequence, tails};
use crate::clock::{Span, Timestamp};
use crate::holdout::Arm;
use crate::project::campaign::Metric;
use crate::survey::interval::Moments;

/// Instants shown of the difference over time.
const POINTS_MAX: usize = 60;

/// What an experiment is and how it is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// What decides.
    pub primary: Metric,
    /// How long after the assignment it is counted.
    pub horizon: Span,
    /// Share of the control, above 0 and under 1.
    pub share: f64,
    /// The smallest relative change of the control's mean that is worth finding.
    pub worth: f64,
    /// Whether a guardrail is breached.
    pub is_breached: bool,
    /// Chance of the split of all arms, where there are others than the two that are compared or shares that changed.
    pub split: Option<f64>,
    /// Confidence of every interval: [`verdict::CONFIDENCE`], or [`verdict::corrected`] where several arms are compared.
    pub confidence: f64,
    /// Confidence at which the verdict is given, where [`verdict::step_down`] found another than that of the intervals.
    pub decided_at: Option<f64>,
    /// The instant of the report.
    pub now: Timestamp,
}

/// The arms side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What may be said.
    pub verdict: Verdict,
    /// People assigned to the mails.
    pub n_treated: u64,
    /// People assigned to none.
    pub n_control: u64,
    /// Of the treated, those whose horizon has passed: only they are compared.
    pub n_treated_ready: u64,
    /// Of the control, those whose horizon has passed.
    pub n_control_ready: u64,
    /// Each metric; the first is the one that decides.
    pub figures: Vec<Figure>,
    /// Share of people who came back.
    pub returns: Vec<Returned>,
    /// The difference of the deciding metric as people were added.
    pub over_time: Vec<Point>,
}

/// One metric, per assigned person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Which.
    pub metric: Metric,
    /// Mean of the treated.
    pub treated: f64,
    /// Mean of the control.
    pub control: f64,
    /// Difference with an interval that holds at any look, of values cut at `cut_at`; none with too few people.
    pub difference: Option<Interval>,
    /// Difference of the values as they are, with an interval for one look (Welch).
    pub one_look: Option<Interval>,
    /// The same less what the past explains (CUPED).
    pub adjusted: Option<Interval>,
    /// Share of the variance that the past explains.
    pub explained: f64,
    /// Value above which people count as much as it; none when nobody was above.
    pub cut_at: Option<f64>,
}

/// How many came back within some days and what they brought, among people assigned at least so long ago.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Returned {
    /// Within so many days.
    pub days: i64,
    /// Share of the treated.
    pub treated: f64,
    /// Share of the control.
    pub control: f64,
    /// Difference, with an interval for one look.
    pub difference: Interval,
    /// Money per person of the treated within these days, in minor units.
    pub revenue_treated: f64,
    /// Money per person of the control.
    pub revenue_control: f64,
    /// Difference of the money as it is, with an interval for one look.
    pub revenue_difference: Interval,
}

/// The difference at one instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The assignment of the last person counted.
    pub assigned_at: Timestamp,
    /// Treated minus control, an interval that holds at all points together.
    pub difference: Interval,
}

/// Compares the arms; `people` in the order of their assignment. Without people there is nothing to compare.
pub fn compare(people: &[Person], plan: &Plan) -> Option<Comparison> {
    if people.is_empty() {
        return None;
    }
    let ready: Vec<&Person> = people.iter().filter(|person| person.at.plus(plan.horizon) <= plan.now).collect();
    let n = |arm| people.iter().filter(|person| person.arm == arm).count() as u64;
    let n_ready = |arm| ready.iter().filter(|person| person.arm == arm).count() as u64;
    let (n_treated, n_control) = (n(Arm::Treated), n(Arm::Control));
    let mut metrics = [Metric::Revenue, Metric::Margin, Metric::Conversion];
    metrics.sort_by_key(|metric| *metric != plan.primary);
    // Orders without margins say nothing of the margin, which is not to say that it is nothing.
    let is_known = |metric: &&Metric| **metric != Metric::Margin || ready.iter().any(|person| person.margin != 0.0);
    let figures: Vec<Figure> = metrics.iter().filter(is_known).map(|metric| figure(&ready, *metric, plan.confidence)).collect();

    let question = Question { confidence: plan.decided_at.unwrap_or(plan.confidence), ..question(people, plan) };
    let cut = cut_of(&ready, plan.primary);
    Some(Comparison {
        verdict: verdict::judge(&question),
        n_treated,
        n_control,
        n_treated_ready: n_ready(Arm::Treated),
        n_control_ready: n_ready(Arm::Control),
        figures,
        returns: (0..LATER_DAYS.len()).filter_map(|at| returned(people, at, plan)).collect(),
        over_time: over_time(&ready, plan, cut),
    })
}

/// Returns what the verdict of two arms rests on.
pub fn question(people: &[Person], plan: &Plan) -> Question {
    let ready: Vec<&Person> = people.iter().filter(|person| person.at.plus(plan.horizon) <= plan.now).collect();
    let n = |arm| people.iter().filter(|person| person.arm == arm).count() as u64;
    let cut = cut_of(&ready, plan.primary);
    let [treated, control] = [Arm::Treated, Arm::Control].map(|arm| arm_of(&ready, plan.primary, arm, cut));
    Question {
        n_treated: n(Arm::Treated),
        n_control: n(Arm::Control),
        share: plan.share,
        treated,
        control,
        worth: plan.worth * control.mean.abs(),
        is_breached: plan.is_breached,
        split: plan.split,
        confidence: plan.confidence,
    }
}

fn figure(ready: &[&Person], metric: Metric, confidence: f64) -> Figure {
    let cut = cut_of(ready, metric);
    let [treated, control] = [Arm::Treated, Arm::Control].map(|arm| arm_of(ready, metric, arm, f64::INFINITY));
    let [treated_cut, control_cut] = [Arm::Treated, Arm::Control].map(|arm| arm_of(ready, metric, arm, cut));
    let pairs = |arm| -> Vec<Pair> { ready.iter().filter(|person| person.arm == arm).map(|person| pair(person, metric)).collect() };
    let (treated_adjusted, control_adjusted, explained) = cuped::adjust(&pairs(Arm::Treated), &pairs(Arm::Control));
    Figure {
        metric,
        treated: treated.mean,
        control: control.mean,
        difference: sequence::difference(treated_cut, control_cut, sequence::TUNED_FOR, confidence),
        one_look: welch(treated, control, confidence),
        adjusted: welch(treated_adjusted, control_adjusted, confidence),
        explained,
        cut_at: cut.is_finite().then_some(cut),
    }
}

fn pair(person: &Person, metric: Metric) -> Pair {
    let (before, after) = person.figure(metric);
    Pair { before, after }
}

fn share(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn cut_of(ready: &[&Person], metric: Metric) -> f64 {
    match metric {
        Metric::Conversion => f64::INFINITY,
        Metric::Revenue | Metric::Margin => {
            // A tail of people who bought nothing would make the cut nothing.
            let cut = tails::cap(ready.iter().map(|person| pair(person, metric).after), tails::KEPT);
            if cut > 0.0 { cut } else { f64::INFINITY }
        }
    }
}

fn arm_of(ready: &[&Person], metric: Metric, arm: Arm, cut: f64) -> Moments {
    ready.iter().filter(|person| person.arm == arm).map(|person| pair(person, metric).after.min(cut)).collect()
}

/// Counts within the days at a position of [`LATER_DAYS`].
fn returned(people: &[Person], at: usize, plan: &Plan) -> Option<Returned> {
    let days = LATER_DAYS[at];
    let span = Span::days(days);
    let of = |arm| people.iter().filter(move |person| person.arm == arm && person.at.plus(span) <= plan.now);
    let back = |arm| -> Moments { of(arm).map(|person| share(person.returned_after.is_some_and(|after| after <= span))).collect() };
    let money = |arm| -> Moments { of(arm).map(|person| person.later[at]).collect() };
    let (treated, control) = (back(Arm::Treated), back(Arm::Control));
    let (revenue_treated, revenue_control) = (money(Arm::Treated), money(Arm::Control));
    Some(Returned {
        days,
        treated: treated.mean,
        control: control.mean,
        difference: welch(treated, control, plan.confidence)?,
        revenue_treated: revenue_treated.mean,
        revenue_control: revenue_control.mean,
        revenue_difference: welch(revenue_treated, revenue_control, plan.confidence)?,
    })
}

fn over_time(ready: &[&Person], plan: &Plan, cut: f64) -> Vec<Point> {
    let (mut treated, mut control) = (Moments::default(), Moments::default());
    let mut points = Vec::new();
    for day in ready.chunk_by(|a, b| a.at == b.at) {
        for person in day {
            let arm = if person.arm == Arm::Control { &mut control } else { &mut treated };
            arm.add(pair(person, plan.primary).after.min(cut));
        }
        let difference = sequence::difference(treated, control, sequence::TUNED_FOR, plan.confidence);
        points.extend(difference.map(|difference| Point { assigned_at: day[0].at, difference }));
    }
    let step = points.len().div_ceil(POINTS_MAX).max(1);
    let last = points.len().saturating_sub(1);
    points.into_iter().enumerate().filter(|(at, _)| (last - at).is_multiple_of(step)).map(|(_, point)| point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: i64, arm: Arm, revenue: f64, before: f64) -> Person {
        Person {
            arm,
            at: Timestamp(0).plus(Span::days(n)),
            revenue,
            margin: revenue / 4.0,
            revenue_before: before,
            margin_before: before / 4.0,
            n_orders: usize::from(revenue > 0.0),
            n_orders_before: usize::from(before > 0.0),
            later: [revenue, revenue + 100.0],
            returned_after: (revenue > 0.0).then(|| Span::days(3)),
        }
    }

    fn plan(now: i64) -> Plan {
        let now = Timestamp(0).plus(Span::days(now));
        let confidence = verdict::CONFIDENCE;
        Plan {
            primary: Metric::Margin,
            horizon: Span::days(7),
            share: 0.5,
            worth: 0.05,
            is_breached: false,
            now,
            split: None,
            confidence,
            decided_at: None,
        }
    }

    #[test]
    fn figures_are_those_of_a_sum_by_hand() {
        // Treated: 400, 0, 200, 0. Control: 200, 0. The last of the treated has not had their horizon.
        let people = [
            person(0, Arm::Treated, 400.0, 0.0),
            person(0, Arm::Control, 200.0, 0.0),
            person(1, Arm::Treated, 0.0, 0.0),
            person(1, Arm::Control, 0.0, 0.0),
            person(2, Arm::Treated, 200.0, 0.0),
            person(9, Arm::Treated, 0.0, 0.0),
        ];
        let found = compare(&people, &plan(10)).expect("people");
        assert_eq!((found.n_treated, found.n_control, found.n_treated_ready, found.n_control_ready), (4, 2, 3, 2));
        assert_eq!(found.figures[0].metric, Metric::Margin, "the declared metric leads");
        let revenue = found.figures.iter().find(|figure| figure.metric == Metric::Revenue).expect("revenue");
        assert!((revenue.treated - 200.0).abs() < 1e-9 && (revenue.control - 100.0).abs() < 1e-9);
        assert_eq!((revenue.difference, revenue.cut_at), (None, None), "five people show nothing");
        assert!(found.returns.is_empty() && found.over_time.is_empty());
        let later = compare(&people, &plan(100)).expect("people");
        let [back] = &later.returns[..] else { panic!("{:?}", later.returns) };
        assert!((back.revenue_treated - 150.0).abs() < 1e-9 && (back.revenue_control - 100.0).abs() < 1e-9, "{back:?}");
        assert!((back.revenue_difference.estimate - 50.0).abs() < 1e-9);
        assert!((later.returns[0].treated - 0.5).abs() < 1e-9 && (later.returns[0].control - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_last_of_many_instants_is_shown() {
        let people: Vec<Person> = (0..200)
            .flat_map(|n| {
                let arms = [Arm::Treated, Arm::Control, Arm::Treated, Arm::Control];
                arms.map(|arm| person(n, arm, if n % 3 == 0 { 300.0 } else { 0.0 }, 0.0))
            })
            .collect();
        let found = compare(&people, &plan(400)).expect("people");
        assert!(found.over_time.len() <= POINTS_MAX && found.over_time.len() > POINTS_MAX / 3, "{}", found.over_time.len());
        assert_eq!(found.over_time.last().map(|point| point.assigned_at), people.last().map(|person| person.at));
    }
}
