//! One writer for all connections: whatever waits while a transaction commits goes into the next one.
//!
//! Order is kept: an outcome is durable no later than the next `sending` of the same connection, so a crash leaves in doubt
//! at most one mail per connection. A commit waits a moment for the `sending` of half of the connections, as long as notes keep coming: it costs
//! about the same for one as for all. When the ledger cannot be written nothing is confirmed any more, and no dot is sent.

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
/// How long notes wait for others to share their transaction: longer than it takes to hand over the next mail.
const LINGER: Duration = Duration::from_millis(5);
/// Silence that ends the wait once there is a `sending`: whoever could add to it waits for it, or has nothing to add.
const SILENCE: Duration = Duration::from_millis(2);

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

/// Starts the writer for so many connections; it ends when all journals are dropped, or at the first error, which also cancels `stop`.
pub(super) fn start(
    ledger: Ledger,
    lease: Lease,
    clock: Clock,
    n_connections: usize,
    stop: CancellationToken,
) -> (Journal, tokio::task::JoinHandle<Result<()>>) {
    let (sender, notes) = mpsc::unbounded_channel();
    let inbox = Inbox { notes, n_sending_wanted: n_connections.div_ceil(2).clamp(1, GROUP_MAX) };
    let writer = tokio::spawn(async move {
        let written = write_all(&ledger, &lease, clock, inbox).await;
        if written.is_err() {
            stop.cancel();
        }
        written
    });
    (Journal(sender), writer)
}

async fn write_all(ledger: &Ledger, lease: &Lease, clock: Clock, mut inbox: Inbox) -> Result<()> {
    let mut group = Vec::new();
    let mut pen = ledger.pen();
    while inbox.gather(&mut group).await {
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

/// Where notes arrive.
struct Inbox {
    notes: mpsc::UnboundedReceiver<Note>,
    /// Marks of `sending` for which a commit waits.
    n_sending_wanted: usize,
}

impl Inbox {
    /// Waits for notes; false when there will be none.
    async fn gather(&mut self, group: &mut Vec<Note>) -> bool {
        let mut n_read = self.notes.recv_many(group, GROUP_MAX).await;
        let until = Instant::now() + LINGER;
        let n_sending = |group: &[Note]| group.iter().filter(|note| matches!(note, Note::Sending { .. })).count();
        while n_read > 0 && group.len() < GROUP_MAX && n_sending(group) < self.n_sending_wanted {
            let room = GROUP_MAX - group.len();
            let silence = if n_sending(group) > 0 { SILENCE } else { LINGER };
            n_read = timeout_at(until.min(Instant::now() + silence), self.notes.recv_many(group, room)).await.unwrap_or_default();
        }
        !group.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(n_sending_wanted: usize) -> (Journal, Inbox) {
        let (sender, notes) = mpsc::unbounded_channel();
        (Journal(sender), Inbox { notes, n_sending_wanted })
    }

    fn sent() -> Outcome {
        Outcome::Sent { reply: String::new() }
    }

    /// Gathers once; returns how many notes there are and how long it took.
    async fn gathered(inbox: &mut Inbox) -> (usize, Duration) {
        let (from, mut group) = (Instant::now(), Vec::new());
        inbox.gather(&mut group).await;
        (group.len(), from.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_waits_for_half_of_the_connections_while_notes_keep_coming() {
        let (journal, mut inbox) = inbox(2);
        let _tickets = [1, 2].map(|n| journal.sending(MessageNo(n), "a@shop.example"));
        assert_eq!(gathered(&mut inbox).await, (2, Duration::ZERO));
        let _ticket = journal.sending(MessageNo(3), "a@shop.example");
        assert_eq!(gathered(&mut inbox).await, (1, SILENCE), "nobody else has anything to add");
        journal.ended(MessageNo(1), sent());
        assert_eq!(gathered(&mut inbox).await, (1, LINGER), "outcomes alone");
        let (_ticket, slow) = (journal.sending(MessageNo(4), "a@shop.example"), journal.clone());
        tokio::spawn(async move {
            for n in 10.. {
                tokio::time::sleep(SILENCE / 2).await;
                slow.ended(MessageNo(n), sent());
            }
        });
        let (n_notes, took) = gathered(&mut inbox).await;
        assert!(n_notes > 2 && took >= LINGER && took <= LINGER + SILENCE, "{n_notes} {took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_when_no_connection_is_left() {
        let (journal, mut inbox) = inbox(64);
        journal.ended(MessageNo(1), sent());
        drop(journal);
        assert_eq!(gathered(&mut inbox).await, (1, Duration::ZERO));
        assert_eq!(gathered(&mut inbox).await, (0, Duration::ZERO));
    }
}
