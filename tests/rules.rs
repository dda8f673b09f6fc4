//! What deciding and selecting promise, each on a shop made to show it; the numbers are those of the requirements.

#[path = "support/shop.rs"]
mod shop;

#[path = "rules/accounts.rs"]
mod accounts;
#[path = "rules/articles.rs"]
mod articles;
#[path = "rules/audience.rs"]
mod audience;
#[path = "rules/blocks.rs"]
mod blocks;
#[path = "rules/bad_data.rs"]
mod bad_data;
#[path = "rules/calendar.rs"]
mod calendar;
#[path = "rules/claims.rs"]
mod claims;
#[path = "rules/consent.rs"]
mod consent;
#[path = "rules/crowds.rs"]
mod crowds;
#[path = "rules/for_you.rs"]
mod for_you;
#[path = "rules/length.rs"]
mod length;
#[path = "rules/offers.rs"]
mod offers;
#[path = "rules/people.rs"]
mod people;
#[path = "rules/picks.rs"]
mod picks;
#[path = "rules/privacy.rs"]
mod privacy;
#[path = "rules/relations.rs"]
mod relations;
#[path = "rules/sequences.rs"]
mod sequences;
#[path = "rules/triggers.rs"]
mod triggers;
