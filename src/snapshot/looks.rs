//! What was looked at and put in carts, as models learn from it: by visitor and day, with the contact where one is known.

use rayon::prelude::*;

use crate::clock::{DAY_US, Now, Timestamp};
use crate::id::{ContactIx, ProductIx, stable_hash};
use crate::profile::{Contacts, PROFILING};
use crate::project::Project;
use crate::recommend::{GUEST, LOOKS_FROM_DAYS, Line, Places, Sample, places};
use crate::source::join::Joined;
use crate::source::record::{Event, EventKind};

/// Acts between the end of what is known and this many days before are learned from: the fold looks back as far from its own cut.
const LEARNED_DAYS: i64 = 3 * 28 + LOOKS_FROM_DAYS as i64;

/// What is learned of contacts besides their purchases.
#[derive(Debug)]
pub(super) struct Learned {
    /// Where each lives; empty when nobody says it.
    pub(super) places: Vec<Places>,
    /// Whether what each did may be used.
    may_profile: Vec<bool>,
    since: Timestamp,
}

/// One look that waits for the contact of its visitor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    line: Line,
    carted: bool,
}

/// What one reader of acts gathers.
#[derive(Debug, Default)]
pub(super) struct Looks {
    pub(super) looks: Sample,
    pub(super) carts: Sample,
}

impl Learned {
    pub(super) fn of(contacts: &Contacts, project: &Project, now: Now) -> Self {
        let asks = contacts.purposes.contains(PROFILING);
        let expired = project.settings.privacy.consent_max_age.map(|age| now.at.minus(age));
        let read = |contact: &crate::profile::EncodedContact| {
            let contact = contact.decode();
            contact.map_or(([0; 3], false), |contact| (places(&contact), contact.may_be_profiled(asks, expired)))
        };
        let (places, may_profile): (Vec<Places>, Vec<bool>) = contacts.list.par_iter().map(read).unzip();
        let says_where = places.iter().flatten().any(|place| *place != 0);
        Self {
            places: if says_where { places } else { Vec::new() },
            may_profile,
            since: Timestamp(now.at.0.saturating_sub(LEARNED_DAYS * DAY_US)),
        }
    }

    /// Reads a look; none when it says nothing of a product, is old, or was seen on another site.
    pub(super) fn seen(&self, event: &Event<'_>, product: Option<ProductIx>) -> Option<Seen> {
        let carted = match event.kind {
            EventKind::View => false,
            EventKind::CartAdd => true,
            _ => return None,
        };
        if event.third_party || event.at < self.since {
            return None;
        }
        let visitor = event.visitor_id.or(event.contact_id)?;
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let order = stable_hash(&["visitor", visitor]) as u32;
        let day = i32::try_from(event.at.0.div_euclid(DAY_US)).unwrap_or(i32::MAX);
        Some(Seen { line: Line { who: GUEST, product: product?, day, order }, carted })
    }

    fn may_use(&self, who: ContactIx) -> bool {
        self.may_profile.get(who.at()).copied().unwrap_or(false)
    }
}

impl Looks {
    /// Takes a look once it is known whose it is; that of a contact who did not agree to be profiled is forgotten.
    pub(super) fn take(&mut self, seen: Seen, joined: Joined, learned: &Learned) {
        let who = match joined {
            Joined::Matched(who) if learned.may_use(who) => who.0,
            Joined::Matched(_) => return,
            Joined::Orphan | Joined::Ambiguous => GUEST,
        };
        let line = Line { who, ..seen.line };
        self.looks.push(line);
        if seen.carted {
            self.carts.push(line);
        }
    }

    #[must_use]
    pub(super) fn merged(self, other: Self) -> Self {
        Self { looks: self.looks.merged(other.looks), carts: self.carts.merged(other.carts) }
    }
}
