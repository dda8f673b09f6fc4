//! Kills the real program at chosen moments, starts it again until its work is done, and judges what became of every mail.
//!
//! ```text
//! Case (database, connections, policy, server's conduct, kills) -> Shop (a project folder) -> play -> Ended (what was lost, repeated, held)
//! ```
//!
//! The server decides the moment: it holds a session at a step and tells, so a kill falls where it is wanted without any waiting by guess.
#![allow(dead_code, reason = "each target uses a part of it")]

mod moment;
mod play;
mod shop;

#[allow(unused_imports, reason = "each target uses a part of it")]
pub(crate) use self::{
    moment::{Kill, POINTS},
    play::{Ended, play},
    shop::{Policy, Shop},
};

use super::rogue::Conduct;

/// One story: a campaign sent by a program that is killed again and again.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// URL of an empty PostgreSQL database; SQLite in the project folder when absent.
    pub(crate) postgres: Option<String>,
    /// Connections the program opens.
    pub(crate) connections: usize,
    /// What becomes of a mail in doubt.
    pub(crate) policy: Policy,
    /// People written to.
    pub(crate) n_people: usize,
    /// How the server behaves.
    pub(crate) conduct: Conduct,
    /// Kills, one for each start of the program, in order.
    pub(crate) kills: Vec<Kill>,
}
