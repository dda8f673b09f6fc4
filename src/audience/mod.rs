//! Whom a campaign is for, and the first reason why not.

mod account;
mod decide;
mod goal;
pub mod history;
mod reason;
mod segments;
mod trigger;
mod whom;

pub use account::AccountPressure;
pub use decide::{Checked, Gate};
pub use goal::{Reached, reached};
pub use reason::{Reason, Skip};
pub use segments::Segments;
pub use trigger::{Occasion, Triggered, triggered};
