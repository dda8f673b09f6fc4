//! What an experiment shows: differences with intervals that stay true when one looks early, and what cannot be known.
//!
//! Pure statistics of numbers per assigned person. It knows neither campaigns nor where the numbers come from. Everybody who was
//! assigned counts in the arm of the assignment, whatever was sent (intention to treat).

pub mod comparison;
pub mod cuped;
pub mod difference;
pub mod drift;
pub mod guardrail;
pub mod outcome;
pub mod power;
pub mod ratio;
pub mod segments;
pub mod sequence;
pub mod shown;
pub mod tails;
pub mod verdict;

#[cfg(test)]
mod simulate;

pub use crate::survey::interval::Moments;
pub use comparison::{Comparison, Plan, compare};
pub use difference::{Interval, welch};
pub use outcome::{Line, Person};
pub use verdict::{Question, Verdict};

/// Returns a count as a real number.
#[expect(clippy::cast_precision_loss, reason = "people are fewer than 2^52")]
pub fn real(n: u64) -> f64 {
    n as f64
}

/// Returns the point under which a share `p` of the standard normal distribution lies.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    use statrs::distribution::ContinuousCDF as _;
    statrs::distribution::Normal::standard().inverse_cdf(p)
}
