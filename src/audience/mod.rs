//! Whom a campaign is for, and the first reason why not.

mod decide;
mod detail;
mod goal;
mod pressure;
mod reach;
pub mod history;
mod reason;
mod segments;
mod trigger;
mod way;
mod whom;

pub use decide::Gate;
pub use detail::Detail;
pub use goal::{Reached, reached};
pub use pressure::{Pressure, Slower};
pub use reach::Reach;
pub use reason::{Reason, Skip};
pub use segments::Segments;
pub use trigger::{Occasion, Triggered, has_changed, triggered};
pub use way::Checked;
pub use whom::Words;
