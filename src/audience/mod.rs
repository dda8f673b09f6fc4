//! Whom a campaign is for, and the first reason why not.

pub mod history;
