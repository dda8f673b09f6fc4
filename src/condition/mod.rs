//! Conditions: SQL boolean expressions over a person, with three truth values.
mod topic;
pub use topic::topic_slug;
