//! One writer for all connections: whatever waits while a transaction commits goes into the next one.
//!
//! Order is kept: an outcome is durable no later than the next `sending` of the same connection, so a crash leaves in doubt
//! at most one mail per connection. Outcomes alone wait a moment for a `sending` to go with, which saves every other commit. When the ledger cannot be written nothing is confirmed any more, and no dot is sent.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::deliver::Clock;
use crate::error::Result;
use crate::ledger::{Lease, Ledger, MessageNo, Outcome};

/// Notes written by one transaction.
const GROUP_MAX: usize = 512;
/// How long outcomes wait for a `sending` to share their transaction: longer than it takes to hand over the next mail.
const LINGER: Duration = Duration::from_millis(5);

enum Note {
    Sending { no: MessageNo, message_id: String, written: oneshot::Sender<()> },
    Ended { no: MessageNo, outcome: Outcome },
}

/// The end that connections hold.
#[derive(Clone)]
pub(super) struct Journal(mpsc::UnboundedSender<Note>);

/// Tells when a `sending` is durable.
pub(super) struct Ticket(oneshot::Receiver<()>);

impl Ticket {
    /// Waits until the note is durable; false when it never will be: then the dot must not be sent.
    pub(super) async fn wait(self) -> bool {
        self.0.await.is_ok()
    }
}

impl Journal {
    /// Asks that a message be marked as being sent.
    pub(super) fn sending(&self, no: MessageNo, message_id: &str) -> Ticket {
        let (written, ticket) = oneshot::channel();
        // A closed channel drops `written`, which the ticket reports.
        let _ = self.0.send(Note::Sending { no, message_id: message_id.to_owned(), written });
        Ticket(ticket)
    }

    /// Notes how an attempt ended.
    pub(super) fn ended(&self, no: MessageNo, outcome: Outcome) {
        // When the writer is gone its error stops the run; the row stays as it was last written.
        let _ = self.0.send(Note::Ended { no, outcome });
    }
}

/// Starts the writer; it ends when all journals are dropped, or at the first error, which also cancels `stop`.
pub(super) fn start(ledger: Ledger, lease: Lease, clock: Clock, stop: CancellationToken) -> (Journal, tokio::task::JoinHandle<Result<()>>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let writer = tokio::spawn(async move {
        let written = write_all(&ledger, &lease, clock, receiver).await;
        if written.is_err() {
            stop.cancel();
        }
        written
    });
    (Journal(sender), writer)
}

async fn write_all(ledger: &Ledger, lease: &Lease, clock: Clock, mut notes: mpsc::UnboundedReceiver<Note>) -> Result<()> {
    let mut group = Vec::new();
    let mut pen = ledger.pen();
    while gather(&mut notes, &mut group).await {
        let mut sending = Vec::new();
        let mut waiting = Vec::new();
        let mut ended = Vec::new();
        for note in group.drain(..) {
            match note {
                Note::Sending { no, message_id, written } => {
                    sending.push((no, message_id));
                    waiting.push(written);
                }
                Note::Ended { no, outcome } => ended.push((no, outcome)),
            }
        }
        // A mail refused between RCPT and the dot may end in the very group that would mark it, and one tried again on a fresh
        // connection is marked twice.
        let mut settled: HashSet<MessageNo> = ended.iter().map(|(no, _)| *no).collect();
        let marks: Vec<(MessageNo, &str)> =
            sending.iter().filter(|(no, _)| settled.insert(*no)).map(|(no, message_id)| (*no, message_id.as_str())).collect();
        pen.write(lease, &marks, &ended, clock.now()).await?;
        for written in waiting {
            let _ = written.send(());
        }
    }
    Ok(())
}

/// Waits for notes; false when there will be none.
async fn gather(notes: &mut mpsc::UnboundedReceiver<Note>, group: &mut Vec<Note>) -> bool {
    let mut n_read = notes.recv_many(group, GROUP_MAX).await;
    let until = Instant::now() + LINGER;
    while n_read > 0 && group.len() < GROUP_MAX && !group.iter().any(|note| matches!(note, Note::Sending { .. })) {
        let room = GROUP_MAX - group.len();
        n_read = timeout_at(until, notes.recv_many(group, room)).await.unwrap_or_default();
    }
    !group.is_empty()
}
