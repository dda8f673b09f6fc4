//! What each method would have been worth to this shop: learned before a day, judged by what people bought after it.
//!
//! One split in time for everybody, all people who bought something that could be known, all products: sampled metrics and
//! splits by person flatter (Krichene and Rendle, KDD 2020; Ji et al., "A Critical Study on Data Leakage", TOIS 2023).
//! The rules are those of a plain offline scorer, written in `docs/picks.md`.

mod bootstrap;
mod figures;
pub mod gain;
mod methods;
mod split;
mod steps;
mod verdict;

pub use bootstrap::{Interval, below, interval};
pub use figures::{Figures, Judged, Slice, gini};
pub use methods::{Board, Method, Ranker};
pub use split::{Group, Judge, Split};
pub use steps::{Cost, Step};
pub use verdict::{Advice, PEOPLE_MIN, Reranked, advise};
