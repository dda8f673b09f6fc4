//! The plan as a gate: `plan --out` writes down what was decided, `plan approve` vouches for it, `run --plan` sends exactly that.

mod approval;
mod basis;
mod file;
mod moved;
mod write;

pub(crate) use approval::{approve, approved};
pub(crate) use basis::Basis;
pub(crate) use file::{FORMAT, Header, Opened};
pub(crate) use moved::{Moved, allowed, moved};
pub(crate) use write::{Plan, Sealed};
