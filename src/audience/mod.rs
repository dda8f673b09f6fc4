//! Whom a campaign is for, and the first reason why not.

mod decide;
pub mod history;
mod reason;
mod segments;
mod trigger;

pub use decide::{Checked, Gate};
pub use reason::{Reason, Skip};
pub use segments::Segments;
pub use trigger::{Occasion, Triggered, triggered};
