//! What a marketer looks at first: the inputs, the journey, the segments and what they are worth; what past days would have been.
//!
//! Counts and intervals only: it decides nothing, sends nothing, and knows no person by name. What rests on what people
//! did counts only those who may be profiled, as audiences do.

pub mod backtest;
pub mod candidates;
pub mod chance;
pub mod coverage;
pub mod discover;
pub mod hits;
pub mod interval;
pub mod inventory;
pub mod journey;
pub mod outcome;
pub mod potential;
pub mod purchases;
pub mod readiness;
pub mod segments;
