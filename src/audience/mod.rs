//! Whom a campaign is for, and the first reason why not.

mod decide;
pub mod history;
mod segments;
mod trigger;

pub use decide::{Checked, Gate, Reason, Skip};
pub use segments::Segments;
pub use trigger::{Occasion, Triggered, triggered};
