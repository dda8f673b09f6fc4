//! `relance` joins what people do on a site with what a company knows of them, decides for each
//! person whether to write and what to show, renders the mail, sends it once, and remembers.
//!
//! The modules are listed in reading order; each uses only those above it (`tests/tidy.rs` checks).
//!
//! ```text
//! source -> profile -> audience -> selection -> plan -> render -> message -> ledger -> delivery
//! ```

pub mod error;
pub mod private;
pub mod clock;
pub mod id;
pub mod money;
pub mod holdout;

pub mod project;

pub mod condition;

pub mod source;
pub mod catalogue;
pub mod profile;
pub mod recommend;
pub mod propensity;
pub mod snapshot;

pub mod audience;
pub mod selection;
pub mod plan;
pub mod survey;

pub mod render;
pub mod message;
pub mod inspect;
pub mod feedback;

pub mod ledger;
pub mod delivery;

pub mod measure;

pub mod serve;
