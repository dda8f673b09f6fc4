//! One hand writes for all: what comes in while a transaction is made durable goes into the next one, together.

use tokio::sync::{mpsc, oneshot};

use super::Clock;
use crate::ledger::{Act, Ledger};

/// Acts that may wait; more are refused, not kept.
const WAITING_MAX: usize = 8_192;
/// Acts of one transaction.
const TOGETHER_MAX: usize = 512;

type Waiting = (Act, oneshot::Sender<bool>);

/// The way to the hand that writes.
pub(super) struct Writer(mpsc::Sender<Waiting>);

impl Writer {
    /// Starts the hand; it ends with the last clone of the way to it, once everything is written.
    pub(super) fn start(ledger: Ledger, clock: Clock) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Waiting>(WAITING_MAX);
        tokio::spawn(async move {
            let mut together = Vec::with_capacity(TOGETHER_MAX);
            while receiver.recv_many(&mut together, TOGETHER_MAX).await > 0 {
                let (acts, answers): (Vec<Act>, Vec<oneshot::Sender<bool>>) = together.drain(..).unzip();
                let written = ledger.admit(&acts, clock()).await;
                if let Err(error) = &written {
                    tracing::error!(acts = acts.len(), %error, "not written");
                }
                // Whoever left does not hear it.
                for answer in answers {
                    _ = answer.send(written.is_ok());
                }
            }
        });
        Self(sender)
    }

    /// Writes an act; true once it is durable.
    pub(super) async fn write(&self, act: Act) -> bool {
        let (answer, answered) = oneshot::channel();
        self.0.try_send((act, answer)).is_ok() && answered.await.unwrap_or(false)
    }
}
