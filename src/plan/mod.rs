//! The plan: every decision of a campaign as one value.

pub mod draft;
