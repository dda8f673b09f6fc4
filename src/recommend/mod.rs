//! What a person is likely to want next: components learned from everybody's orders, looks and carts, and a blend of them.
//!
//! Every component has a paper and a file. The blend is linear and its weights are tuned on the shop's own past, once when
//! what was bought before counts (`all`) and once when it may not be shown again (`new`). A model knows products and
//! nobody: what depends on a person is computed from what they did when it is asked.

mod best;
mod blend;
mod blur;
mod candidates;
mod context;
mod due;
mod evidence;
mod fade;
mod foremost;
mod goods;
mod history;
mod likeness;
mod linear;
mod lines;
mod lists;
mod local;
mod pairs;
mod popular;
pub mod rerank;
mod room;
mod sessions;
mod solve;
mod train;
mod tune;
mod veil;
mod vectors;

pub mod evaluate;

pub use best::Best;
pub use blend::{Candidate, N_PARTS, Part, Weights};
pub use context::Context;
pub use evidence::{Evidence, LOOKS_FROM_DAYS, Sample};
pub use goods::Goods;
pub use history::{Act, History, Look, Own};
pub use likeness::Likeness;
pub use linear::{HEAD_MAX, Linear};
pub use lines::{GUEST, Interactions, Line};
pub use lists::Lists;
pub use local::{Local, Places, places};
pub use pairs::Pairs;
pub use popular::Popular;
pub use room::Room;
pub use train::{Recommender, Tuned};
pub use vectors::Vectors;
pub use veil::{BlurKey, Together, Veil};

/// Whether what a person already bought may be shown to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Track {
    /// Everything; buying again counts.
    All,
    /// Only what the person never bought.
    New,
}
