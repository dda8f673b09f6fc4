//! Checks of when mails may leave: hours that open, and that open in time.

use chrono_tz::Tz;

use super::Notes;
use crate::clock::{Span, Timestamp};
use crate::project::campaign::CampaignSpec;
use crate::project::hours::{Hours, OpenHours};
use crate::project::schedule::Schedule;

/// Editions looked at to tell whether any can go out: those of more than a year of weeks.
const EDITIONS: usize = 60;

/// Reads when the mails of a campaign may leave, the quiet hours of the project among it.
pub(super) fn read(notes: &mut Notes<'_>, spec: &CampaignSpec, quiet: Option<Hours>) -> OpenHours {
    let window = spec.window.as_ref().and_then(|written| notes.hours(written));
    let hours = OpenHours { window, weekdays: spec.weekdays.clone(), quiet };
    if let (Some(window), Some(written), Some(quiet)) = (window, &spec.window, quiet)
        && hours.are_never()
    {
        let message = format!("the window `{window}` lies wholly within the quiet hours `{quiet}`");
        let help = "widen `window`, or shorten `quiet_hours` in `[pressure]` of `relance.toml`";
        notes.error("campaign::never-open", written.span(), message, "no minute of it is left", help);
        return OpenHours::default();
    }
    hours
}

/// Checks that an edition can leave before it is too late for it, for somebody in the campaign's own zone.
pub(super) fn in_time(notes: &mut Notes<'_>, spec: &CampaignSpec, hours: &OpenHours, schedule: Option<&Schedule>, late: Span, zone: Tz) {
    let (Some(schedule), Some(written)) = (schedule, &spec.schedule) else { return };
    if hours.are_always() {
        return;
    }
    let mut at = Timestamp::parse("2026-01-01", zone).unwrap_or(Timestamp(0));
    for _ in 0..EDITIONS {
        let Some(next) = schedule.next(zone, at) else { return };
        if hours.opens_at(zone, next.at).is_some_and(|opens_at| opens_at <= next.at.plus(late)) {
            return;
        }
        at = next.at;
    }
    let message = format!("no edition of `{}` can leave before it is too late", written.get_ref());
    let help = format!("write a `schedule` within the hours, widen `window` and `weekdays`, or lengthen `late` beyond {late}");
    notes.error("campaign::never-in-time", written.span(), message, "its hours open later", help);
}
