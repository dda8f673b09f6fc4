//! How likely a person is to do something soon: models learned from this shop's own past, and what they say of one person.
//!
//! A model is a logistic regression on figures of a profile ([`COLUMNS`]), fitted on several past days at once: what was
//! known before each of them, and what people did within the horizon after it. It holds weights and counts, and nobody.

mod calibrate;
mod choose;
mod columns;
mod judge;
mod logistic;
mod model;
mod past;
mod scorers;
mod solve;
mod train;
mod uplift;

pub use columns::{COLUMNS, Figures, figures};
pub use judge::{Decile, Interval, Judged, Verdict, judge};
pub use model::{Band, FORMAT, Model, Weighted, Without};
pub use past::{Cut, Row, cut_days};
pub use scorers::{May, Scorer, Scorers, asks};
pub use train::{Named, POSITIVES_MIN, ROWS_MIN, Refused, learn, rehearse};
pub use uplift::{Effect, PEOPLE_MIN, Thin, Told, learn_uplift};

#[cfg(test)]
mod tests;
