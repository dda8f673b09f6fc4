//! An SMTP server that misbehaves as told, in a thread of the test's process, with a runtime of its own.
//!
//! ```text
//! Conduct (what it offers, its limits, its faults)  ->  Rogue::start  ->  sessions  ->  Log  ->  Verdict
//! ```
//!
//! - A fault is a [`Rule`]: at a [`Step`], for some recipients and attempts, in some percentage of cases, do this [`Act`]. The same seed,
//!   rule, recipient and attempt give the same fault, whatever the concurrency; attempts are counted over all connections, so a client
//!   may be killed and started again.
//! - [`Rogue::pause_at`] holds a session at a step and tells the test, which may then kill its client, and lets it go on.
//! - The [`Log`] keeps what was seen; [`Verdict`] says what was lost, repeated, retried, illegal, in clear.
//!
//! ```ignore
//! let rogue = Rogue::start(Conduct::with([Rule::at(Step::Stored, Act::Close).to("bob").attempt(1)]));
//! let pause = rogue.pause_at(Step::Dot, 1);
//! // start the client on rogue.address, then:
//! pause.reached(Duration::from_secs(20)).expect("at the dot");
//! rogue.note_kill(); // kill the client here
//! pause.resume();
//! assert!(rogue.wait_until_alone(Duration::from_secs(20)));
//! let verdict = rogue.verdict(&Truth { planned: &["bob@shop.example"], ..Truth::default() });
//! ```
#![allow(dead_code, reason = "each test target uses a part of it")]

mod conduct;
mod fault;
mod limits;
mod log;
mod login;
mod pause;
mod server;
mod session;
mod tls;
mod transaction;
mod verdict;
mod wire;

#[allow(unused_imports, reason = "each test target uses a part of it")]
pub(crate) use self::{
    conduct::{Conduct, Encryption, Hello, Login},
    fault::{Act, Rule, Step},
    log::{Event, Log},
    pause::{Pause, Reached},
    server::Rogue,
    tls::{CA_PEM, Certificate},
    verdict::{Truth, Verdict},
};
