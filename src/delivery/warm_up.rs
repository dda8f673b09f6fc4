//! A new sender is known to nobody: it begins with few mails a day, and more each day.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::ledger::Ceiling;

/// The ceiling of a day, from the first day to the one at which there is none any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmUp {
    /// The first day.
    pub from: NaiveDate,
    /// Mails of the first day.
    pub start: u64,
    /// How much more each day, e.g. 1.5.
    pub factor: f64,
    /// The ceiling from which there is none.
    pub until: u64,
    /// The zone in which days begin.
    pub zone: Tz,
}

impl WarmUp {
    /// Returns the most mails of the day of an instant; none once the warm-up is over. Before the first day, nothing may be sent.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a ceiling of whole mails, positive and below `until`"
    )]
    pub fn ceiling(self, at: Timestamp) -> Option<u64> {
        let day = (at.date(self.zone) - self.from).num_days();
        let Ok(day) = i32::try_from(day) else { return None };
        if day < 0 {
            return Some(0);
        }
        let ceiling = self.start as f64 * self.factor.powi(day);
        (ceiling < self.until as f64).then_some(ceiling as u64)
    }

    /// Returns how many mails may go out on the day of an instant, counted from its beginning; none once the warm-up is over.
    pub(super) fn of_day(self, at: Timestamp) -> Option<Ceiling> {
        self.ceiling(at).map(|most| Ceiling { since: self.day_start(at), most })
    }

    /// Returns the instant at which the day after that of an instant begins.
    pub fn next_day(self, at: Timestamp) -> Timestamp {
        let day = at.date(self.zone);
        Timestamp::start_of_day(day.succ_opt().unwrap_or(day), self.zone)
    }

    /// Returns the instant at which the day of an instant begins.
    pub fn day_start(self, at: Timestamp) -> Timestamp {
        Timestamp::start_of_day(at.date(self.zone), self.zone)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Paris;

    use super::*;

    #[test]
    fn the_ceiling_grows_from_the_first_day_to_the_last() {
        let from = NaiveDate::from_ymd_opt(2011, 11, 14).expect("a day");
        let warm_up = WarmUp { from, start: 500, factor: 1.5, until: 2_000, zone: Paris };
        let at = |text: &str| Timestamp::parse(text, Paris).expect("an instant");
        for (when, ceiling) in [
            ("2011-11-13 23:59", Some(0)),
            ("2011-11-14 00:00", Some(500)),
            ("2011-11-15 12:00", Some(750)),
            ("2011-11-16 12:00", Some(1_125)),
            ("2011-11-17 23:59", Some(1_687)),
            ("2011-11-18 00:00", None),
            ("2031-11-18 00:00", None),
        ] {
            assert_eq!(warm_up.ceiling(at(when)), ceiling, "{when}");
        }
        assert_eq!(warm_up.day_start(at("2011-11-15 12:00")), at("2011-11-15"));
        assert_eq!(warm_up.next_day(at("2011-11-15 12:00")), at("2011-11-16"));
        // A delivery that goes on over midnight in the zone gets the next day's ceiling, counted from then.
        let of_day = |when: &str| warm_up.of_day(at(when)).map(|ceiling| (ceiling.since, ceiling.most));
        assert_eq!(of_day("2011-11-14 23:59:59"), Some((at("2011-11-14"), 500)));
        assert_eq!(of_day("2011-11-15 00:00:00"), Some((at("2011-11-15"), 750)));
    }
}
