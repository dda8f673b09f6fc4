//! Holding a session at a step while the test does something else.

use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::fault::Step;

/// Which session was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) connection: u64,
    /// Recipient, or sender at MAIL; empty before.
    pub(crate) recipient: String,
}

/// The test's end; dropping it lets the session go on.
#[derive(Debug)]
pub(crate) struct Pause {
    reached: mpsc::Receiver<Reached>,
    go_on: oneshot::Sender<()>,
}

impl Pause {
    /// Waits until a session is held; it stays so until [`Pause::resume`].
    pub(crate) fn reached(&self, patience: Duration) -> Option<Reached> {
        self.reached.recv_timeout(patience).ok()
    }

    /// Lets the session go on.
    pub(crate) fn resume(self) {
        let _ = self.go_on.send(());
    }
}

/// The server's end.
#[derive(Debug)]
pub(super) struct Gate {
    step: Step,
    left: u32,
    tell: mpsc::Sender<Reached>,
    go_on: Option<oneshot::Receiver<()>>,
}

/// Makes both ends: the `n`-th time from now that any session reaches a step.
pub(super) fn pair(step: Step, n: u32) -> (Pause, Gate) {
    let (tell, reached) = mpsc::channel();
    let (resume, go_on) = oneshot::channel();
    (Pause { reached, go_on: resume }, Gate { step, left: n.max(1), tell, go_on: Some(go_on) })
}

/// Tells that a step was reached; returns what to wait for when it was the one.
pub(super) fn reach(gates: &mut Vec<Gate>, step: Step, connection: u64, recipient: &str) -> Vec<oneshot::Receiver<()>> {
    let mut held = Vec::new();
    gates.retain_mut(|gate| {
        if gate.step != step {
            return true;
        }
        gate.left -= 1;
        if gate.left > 0 {
            return true;
        }
        let _ = gate.tell.send(Reached { connection, recipient: recipient.to_owned() });
        held.extend(gate.go_on.take());
        false
    });
    held
}
