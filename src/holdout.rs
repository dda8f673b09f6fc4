//! Stable arms: the same person is in the same arm for the life of an experiment.
//!
//! A draw has two ranges of buckets, each with a salt of its own: the held out lie from the bottom of the first, and the arms follow
//! one another in the second. A share that changes moves a boundary, and only people between the old and the new one.

use crate::id::stable_hash;

/// Buckets a population is cut into.
pub const N_BUCKETS: u64 = 10_000;

/// The name under which the ledger keeps those of the holdout of all marketing and everybody else: no campaign has one with a space.
pub const ALL_MARKETING: &str = "all marketing";

/// Returns the bucket of a person, `0..10_000`, from a salt and their id; it depends on nothing else.
pub fn bucket(salt: &str, contact: &str) -> u64 {
    stable_hash(&["holdout", salt, contact]) % N_BUCKETS
}

/// Returns the bucket of a person among the arms of an experiment; it says nothing of their bucket in the holdout.
pub fn arm_bucket(salt: &str, contact: &str) -> u64 {
    stable_hash(&["arm", salt, contact]) % N_BUCKETS
}

/// A share of people kept untreated, in buckets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share(u64);

impl Share {
    /// Nobody.
    pub const NONE: Self = Self(0);

    /// Rounds a percentage, 0 to 100, to whole buckets; anything else is nobody.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is checked to be within 0..=100")]
    pub fn from_percent(percent: f64) -> Self {
        if (0.0..=100.0).contains(&percent) { Self((percent * 100.0).round() as u64) } else { Self::NONE }
    }

    /// Returns the number of the first bucket that is treated: buckets below it are held out.
    pub fn n_buckets(self) -> u64 {
        self.0
    }

    /// Returns the share, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
    pub fn fraction(self) -> f64 {
        self.0 as f64 / N_BUCKETS as f64
    }

    /// Says whether a person is held out; a larger share only adds people.
    pub fn holds_out(self, salt: &str, contact: &str) -> bool {
        bucket(salt, contact) < self.0
    }
}

/// Where a person was assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// May get the campaign's mails.
    Treated,
    /// Gets none of them, to measure against.
    Control,
}

impl Arm {
    /// Returns the word of the ledger and of JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Treated => "treated",
            Self::Control => "control",
        }
    }
}

impl AsRef<str> for Arm {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Where people of one campaign fall: held out, or in an arm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draw {
    /// What people are drawn by besides their id.
    pub salt: String,
    /// The share held out.
    pub held_out: Share,
    /// Name of each arm, and the first bucket after its range; none without an experiment. The last ends at [`N_BUCKETS`].
    pub arms: Vec<(String, u64)>,
}

/// Where one person falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Held out.
    Control,
    /// Treated, without an experiment.
    Treated,
    /// Treated as this arm says.
    Arm(&'a str),
}

impl<'a> Place<'a> {
    /// Returns the word of the ledger and of JSON.
    pub fn word(self) -> &'a str {
        match self {
            Self::Control => Arm::Control.as_str(),
            Self::Treated => Arm::Treated.as_str(),
            Self::Arm(name) => name,
        }
    }
}

impl Draw {
    /// Returns where a person falls; the place that is remembered of them wins, if it is still one.
    pub fn place(&self, contact: &str, remembered: Option<&str>) -> Place<'_> {
        let is_control = match remembered {
            Some(word) => word == Arm::Control.as_str(),
            None => self.held_out.holds_out(&self.salt, contact),
        };
        // A holdout that was switched off holds nobody.
        if is_control && self.held_out != Share::NONE {
            return Place::Control;
        }
        let named = |word: &str| self.arms.iter().find(|(name, _)| name == word);
        let bucket = arm_bucket(&self.salt, contact);
        let drawn = || self.arms.iter().find(|(_, end)| bucket < *end).or(self.arms.last());
        remembered.and_then(named).or_else(drawn).map_or(Place::Treated, |(name, _)| Place::Arm(name))
    }

    /// Writes the shares of all places, of everybody who is drawn: `control=0.1 a=0.45 b=0.45`.
    pub fn shares(&self) -> String {
        let held = self.held_out.fraction();
        let treated: Vec<(&str, f64)> = if self.arms.is_empty() {
            vec![(Arm::Treated.as_str(), 1.0)]
        } else {
            let range = |(name, _): &(String, u64)| self.range(name).map_or(0, |(start, end)| end - start);
            self.arms.iter().map(|arm| (arm.0.as_str(), Share(range(arm)).fraction())).collect()
        };
        let places =
            std::iter::once((Arm::Control.as_str(), held)).chain(treated.into_iter().map(|(arm, share)| (arm, share * (1.0 - held))));
        write_shares(places)
    }

    /// Returns the range of buckets of an arm, its end excluded.
    pub fn range(&self, arm: &str) -> Option<(u64, u64)> {
        let at = self.arms.iter().position(|(name, _)| name == arm)?;
        let start = if at == 0 { 0 } else { self.arms[at - 1].1 };
        Some((start, self.arms[at].1))
    }
}

fn write_shares<'a>(places: impl Iterator<Item = (&'a str, f64)>) -> String {
    let written = places.filter(|(_, share)| *share > 0.0).map(|(arm, share)| format!("{arm}={share}"));
    written.collect::<Vec<_>>().join(" ")
}

/// Reads what [`Draw::shares`] wrote: each place with its share, 0 to 1.
pub fn read_shares(text: &str) -> impl Iterator<Item = (&str, f64)> {
    text.split(' ').filter_map(|place| {
        let (arm, share) = place.split_once('=')?;
        Some((arm, share.parse().ok()?))
    })
}

/// Returns the first bucket after each of the ranges that have these percentages, which add up to 100.
pub fn ends(percentages: impl IntoIterator<Item = f64>) -> Vec<u64> {
    let mut sum = 0.0;
    let mut ends: Vec<u64> = percentages
        .into_iter()
        .map(|percent| {
            sum += percent;
            Share::from_percent(f64::min(sum, 100.0)).n_buckets()
        })
        .collect();
    if let Some(last) = ends.last_mut() {
        *last = N_BUCKETS;
    }
    ends
}

/// People of no campaign at all: a share kept without any marketing mail, over all campaigns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everywhere {
    /// What people are drawn by besides their id: another name draws others.
    pub name: String,
    /// The share.
    pub share: Share,
    /// The last day on which it holds.
    pub until: Option<chrono::NaiveDate>,
}

impl Everywhere {
    /// Says whether a person is held out of everything on a day.
    pub fn holds_out(&self, contact: &str, today: chrono::NaiveDate) -> bool {
        self.is_on(today) && self.share.holds_out(&self.salt(), contact)
    }

    /// Says whether it holds on a day.
    pub fn is_on(&self, today: chrono::NaiveDate) -> bool {
        self.until.is_none_or(|until| today <= until)
    }

    /// Returns the place of a person: held out of everything, or not.
    pub fn place(&self, contact: &str) -> Arm {
        if self.share.holds_out(&self.salt(), contact) { Arm::Control } else { Arm::Treated }
    }

    /// Writes the shares of both places, as [`Draw::shares`] does.
    pub fn shares(&self) -> String {
        Draw { held_out: self.share, ..Draw::default() }.shares()
    }

    /// Returns the bucket of a person.
    pub fn bucket(&self, contact: &str) -> u64 {
        bucket(&self.salt(), contact)
    }

    // No campaign has this name: nobody is in both holdouts for having the same bucket.
    fn salt(&self) -> String {
        format!("{ALL_MARKETING}/{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> impl Iterator<Item = String> {
        (0..10_000).map(|n| n.to_string())
    }

    fn draw(held_out: f64, shares: &[(&str, f64)]) -> Draw {
        let ends = ends(shares.iter().map(|(_, share)| *share));
        let arms = shares.iter().zip(ends).map(|((name, _), end)| ((*name).to_owned(), end)).collect();
        Draw { salt: "s".to_owned(), held_out: Share::from_percent(held_out), arms }
    }

    #[test]
    fn raising_the_share_only_adds_people() {
        let five = Share::from_percent(5.0);
        let ten = Share::from_percent(10.0);
        assert!(people().filter(|id| five.holds_out("s", id)).all(|id| ten.holds_out("s", &id)));
        let n = people().filter(|id| ten.holds_out("s", id)).count();
        assert!((900..1_100).contains(&n), "{n} of 10,000 held out at 10%");
    }

    #[test]
    fn arms_are_drawn_apart_from_the_holdout() {
        let draw = draw(20.0, &[("a", 50.0), ("b", 50.0)]);
        let n = |word: &str| people().filter(|id| draw.place(id, None).word() == word).count();
        let (control, a, b) = (n("control"), n("a"), n("b"));
        assert_eq!(control + a + b, 10_000);
        assert!((1_850..2_150).contains(&control), "{control}");
        assert!((3_800..4_200).contains(&a), "{a} of the 8,000 left");
    }

    #[test]
    fn shares_are_those_of_everybody_drawn_and_are_read_back() {
        let draw = draw(20.0, &[("a", 75.0), ("b", 25.0)]);
        let shares = draw.shares();
        let read: Vec<(&str, f64)> = read_shares(&shares).collect();
        let near = |(word, share): &(&str, f64), wanted: (&str, f64)| *word == wanted.0 && (share - wanted.1).abs() < 1e-12;
        assert!(near(&read[0], ("control", 0.2)) && near(&read[1], ("a", 0.6)) && near(&read[2], ("b", 0.2)), "{shares}");
        assert_eq!(Draw::default().shares(), "treated=1");
        assert_eq!(read_shares("treated").count(), 0);
    }

    #[test]
    fn a_place_that_is_remembered_wins_over_a_changed_share() {
        let draw = draw(0.01, &[("a", 100.0), ("b", 0.0)]);
        assert_eq!(draw.place("1", Some("b")), Place::Arm("b"));
        assert_eq!(draw.place("1", Some("control")), Place::Control);
        assert_eq!(draw.place("1", Some("gone")).word(), "a", "an arm that is no more");
    }

    #[test]
    fn the_last_range_ends_at_the_last_bucket_whatever_is_rounded() {
        assert_eq!(ends([100.0 / 3.0; 3]), [3_333, 6_667, 10_000]);
        assert_eq!(draw(0.0, &[("a", 60.0), ("b", 40.0)]).range("b"), Some((6_000, 10_000)));
        assert_eq!(ends([]), Vec::<u64>::new());
    }

    #[test]
    fn another_name_holds_out_other_people_and_the_last_day_ends_it() {
        let day = |d| chrono::NaiveDate::from_ymd_opt(2026, 3, d).expect("a day");
        let of = |name: &str| Everywhere { name: name.to_owned(), share: Share::from_percent(10.0), until: Some(day(5)) };
        let held = |name: &str| people().filter(|id| of(name).holds_out(id, day(5))).collect::<Vec<_>>();
        assert_ne!(held("2026"), held("2027"));
        assert!((900..1_100).contains(&held("2026").len()));
        assert!(!people().any(|id| of("2026").holds_out(&id, day(6))));
    }
}
