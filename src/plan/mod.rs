//! The plan: every decision of a campaign, one person at a time, and their totals as one value.
//!
//! `plan`, `explain`, `preview`, `run` and `export` are views of what is decided here.

mod accounts;
mod agenda;
mod allot;
mod bubble;
mod context;
mod decision;
pub mod draft;
mod edition;
mod fault;
mod front_page;
mod guard;
mod planner;
mod rules;
mod score;
mod shared;
mod totals;
mod variety;
mod world;

pub use accounts::{Accounts, Member};
pub use agenda::Agenda;
pub use allot::{Claim, Short, Used, UsedUp, short_of_codes};
pub use bubble::{Bubble, Impressions, Tone};
pub use decision::{Admission, Decision, Explanation};
pub use draft::{Draft, Explored};
pub use edition::{DueCampaign, due};
pub use fault::Fault;
pub use front_page::{FrontPage, Story};
pub use planner::{AS_WRITTEN, GENERAL, Planner};
pub use rules::Rules;
pub use score::{Colour, Lever, ScoreCard};
pub use totals::{Change, Exposure, OfferMoney, Totals};
pub use variety::Variety;
pub use world::{Met, Today, World};
