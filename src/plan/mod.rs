//! The plan: every decision of a campaign, one person at a time, and their totals as one value.
//!
//! `plan`, `explain`, `preview`, `run` and `export` are views of what is decided here.

mod accounts;
mod allot;
mod context;
mod decision;
pub mod draft;
mod edition;
mod front_page;
mod guard;
mod planner;
mod rules;
mod score;
mod totals;
mod variety;

pub use accounts::{Accounts, Member};
pub use allot::{Claim, Short, Used, UsedUp, short_of_codes};
pub use decision::{Admission, Decision, Explanation};
pub use draft::Draft;
pub use edition::{DueCampaign, due};
pub use front_page::{FrontPage, Story};
pub use planner::{AS_WRITTEN, GENERAL, Planner, World};
pub use rules::Rules;
pub use score::{Colour, Lever, ScoreCard};
pub use totals::{Change, Exposure, OfferMoney, Totals};
pub use variety::Variety;
