//! The way from the first page to the purchase, from what the site tells: how many get how far, and on what device.

use hashbrown::HashMap;
use serde::Serialize;

use super::interval::{Interval, share};
use crate::source::record::EventKind;

/// Steps of the way, in order.
pub const STEPS: [&str; 4] = ["view", "cart", "checkout", "purchase"];
/// Devices told apart; the last is any other, or none said.
pub const DEVICES: [&str; 4] = ["mobile", "desktop", "tablet", "other"];

/// What each visitor did, gathered by one reader of events; a visitor is a known contact, or else a cookie.
#[derive(Debug, Clone, Default)]
pub struct Journeys {
    /// The steps each did, one bit a step.
    done: HashMap<u64, u8>,
    /// Acts per device.
    devices: [u64; 4],
}

/// How many visitors got how far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Funnel {
    /// Visitors with an act of any kind.
    pub visitors: u64,
    /// Step by step.
    pub steps: Vec<FunnelStep>,
    /// Acts per device, in the order of [`DEVICES`].
    pub devices: Vec<DeviceShare>,
}

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunnelStep {
    /// Its name.
    pub step: &'static str,
    /// Visitors who did it, whatever else they did.
    pub did: u64,
    /// Visitors who did it and every step before it, in any order.
    pub through: u64,
    /// Share of those through the step before who are through this one; of visitors, for the first.
    pub of_before: Option<Interval>,
}

/// Acts on a device.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceShare {
    /// The device.
    pub device: &'static str,
    /// Acts.
    pub acts: u64,
    /// Share of all acts, 0 to 1.
    pub share: f64,
}

impl Journeys {
    /// Takes in one act of a visitor.
    pub fn act(&mut self, visitor: u64, kind: EventKind<'_>, device: Option<&str>) {
        let step = match kind {
            EventKind::View => 0,
            EventKind::CartAdd => 1,
            EventKind::Checkout => 2,
            EventKind::Purchase => 3,
            EventKind::Search | EventKind::CartRemove | EventKind::Custom(_) => 8,
        };
        let bit = if step < STEPS.len() { 1 << step } else { 0 };
        *self.done.entry(visitor).or_default() |= bit;
        let at = DEVICES.iter().position(|known| Some(*known) == device).unwrap_or(DEVICES.len() - 1);
        self.devices[at] += 1;
    }

    /// Takes in what another reader gathered.
    pub fn merge(&mut self, other: Self) {
        for (visitor, bits) in other.done {
            *self.done.entry(visitor).or_default() |= bits;
        }
        self.devices.iter_mut().zip(other.devices).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// Counts.
    pub fn funnel(&self) -> Funnel {
        let visitors = self.done.len() as u64;
        let count = |bits: u8| self.done.values().filter(|done| *done & bits == bits).count() as u64;
        let through: Vec<u64> = (0..STEPS.len()).map(|step| count((1 << (step + 1)) - 1)).collect();
        let step = |(at, step): (usize, &&'static str)| {
            let before = at.checked_sub(1).map_or(visitors, |before| through[before]);
            FunnelStep { step, did: count(1 << at), through: through[at], of_before: share(through[at], before) }
        };
        let acts: u64 = self.devices.iter().sum();
        let device = |(device, n): (&&'static str, &u64)| DeviceShare { device, acts: *n, share: super::interval::ratio(*n, acts) };
        Funnel {
            visitors,
            steps: STEPS.iter().enumerate().map(step).collect(),
            devices: DEVICES.iter().zip(&self.devices).map(device).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_brute_force_however_the_acts_are_shared_out() {
        let kinds = [EventKind::View, EventKind::CartAdd, EventKind::Checkout, EventKind::Purchase, EventKind::Search];
        let acts: Vec<(u64, usize)> = (0..3_000_u64).map(|n| (n * 7919 % 211, usize::try_from(n * n % 13).unwrap_or(0).min(4))).collect();
        let mut parts = [Journeys::default(), Journeys::default(), Journeys::default()];
        for (n, (visitor, kind)) in acts.iter().enumerate() {
            parts[n % 3].act(*visitor, kinds[*kind], Some(DEVICES[n % 3]));
        }
        let mut all = Journeys::default();
        for part in parts {
            all.merge(part);
        }
        let funnel = all.funnel();
        let did = |visitor: u64, kind: usize| acts.contains(&(visitor, kind));
        for (at, step) in STEPS.iter().enumerate() {
            let through = (0..211).filter(|visitor| (0..=at).all(|kind| did(*visitor, kind))).count() as u64;
            let any = (0..211).filter(|visitor| did(*visitor, at)).count() as u64;
            assert_eq!((funnel.steps[at].did, funnel.steps[at].through), (any, through), "{step}");
        }
        assert_eq!(funnel.visitors, 211);
        assert_eq!(funnel.devices.iter().map(|device| device.acts).sum::<u64>(), 3_000);
        assert_eq!(funnel.devices[3].acts, 0);
    }
}
