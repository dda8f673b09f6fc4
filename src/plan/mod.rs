//! The plan: every decision of a campaign, one person at a time, and their totals as one value.
//!
//! `plan`, `explain`, `preview`, `run` and `export` are views of what is decided here.

mod context;
pub mod draft;
mod edition;
mod planner;
mod rules;
mod totals;

pub use draft::Draft;
pub use edition::{DueCampaign, due};
pub use planner::{Admission, Decision, Explanation, Planner, World};
pub use rules::Rules;
pub use totals::{Change, Totals};
