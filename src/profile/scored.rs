//! What models say of a person, laid over the profile that decisions read and never kept with it.

use std::sync::Arc;

/// One score of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Name of the score.
    pub name: Arc<str>,
    /// Its value.
    pub value: f64,
    /// Whether it lies in the band of the undecided; `None` where there is no band.
    pub is_undecided: Option<bool>,
}
