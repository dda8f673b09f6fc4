//! The condition language, from text to answers about people.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "conditions/person.rs"]
mod person;

#[path = "conditions/answers.rs"]
mod answers;
#[path = "conditions/mistakes.rs"]
mod mistakes;
#[path = "conditions/printing.rs"]
mod printing;
#[path = "conditions/requirements.rs"]
mod requirements;
