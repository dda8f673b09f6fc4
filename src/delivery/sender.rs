//! The hands: SMTP connections and the file writer, each taking mails from one queue.

use std::sync::Arc;

use lettre::transport::smtp::response::Response;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::deliver::Clock;
use super::files::FileWriter;
use super::journal::Journal;
use super::render::Job;
use super::reply::{Meaning, meaning, stated_wait, words};
use super::retry::Retry;
use super::smtp::{Attempt, Connector, Conversation, Phase, begin, finish};
use crate::clock::Span;
use crate::error::{Error, Kind, Result};
use crate::ledger::{Outcome, State};
use crate::project::config::OnUncertain;

/// Mails written to files, and made durable, together.
const FILES_GROUP_MAX: usize = 128;

/// What all hands share.
#[derive(Clone)]
pub(super) struct Crew {
    pub(super) journal: Journal,
    pub(super) events: mpsc::UnboundedSender<State>,
    pub(super) stop: CancellationToken,
    pub(super) clock: Clock,
    pub(super) retry: Retry,
    pub(super) on_uncertain: OnUncertain,
}

impl Crew {
    fn ended(&self, job: &Job, outcome: Outcome) {
        let state = outcome.state();
        self.journal.ended(job.no, outcome);
        let _ = self.events.send(state);
    }

    /// Later, or never once there were too many attempts.
    fn later(&self, job: &Job, reply: String, at_least: Option<Span>) -> Outcome {
        match self.retry.next(job.attempt, self.clock.now(), &job.message.message_id, at_least) {
            Some(retry_at) => Outcome::Deferred { reply, retry_at },
            None => Outcome::Failed { why: format!("given up after {} attempts: {reply}", job.attempt) },
        }
    }

    fn doubt(&self, job: &Job, why: String) -> Outcome {
        match self.on_uncertain {
            OnUncertain::Hold => Outcome::Uncertain { why },
            OnUncertain::Resend => self.later(job, why, None),
        }
    }
}

/// Sends mails over one connection at a time until the queue ends or the crew stops.
pub(super) async fn over_smtp(crew: Crew, connector: Arc<Connector>, jobs: Arc<Mutex<mpsc::Receiver<Job>>>) -> Result<()> {
    let mut connection = None;
    let mut result = Ok(());
    while !crew.stop.is_cancelled() {
        let next = async { jobs.lock().await.recv().await };
        let job = tokio::select! {
            () = crew.stop.cancelled() => break,
            job = next => job,
        };
        let Some(job) = job else { break };
        match send(&crew, &connector, &mut connection, &job).await {
            Ok(Some(outcome)) => crew.ended(&job, outcome),
            Ok(None) => break,
            Err(stopped) => {
                if let Some(outcome) = stopped.outcome {
                    crew.ended(&job, outcome);
                }
                crew.stop.cancel();
                result = Err(stopped.error);
                break;
            }
        }
    }
    if let Some(connection) = connection.take() {
        Conversation::quit(connection).await;
    }
    result
}

/// Trouble that stops the campaign, and what to note of the mail that met it.
struct Stopped {
    error: Error,
    outcome: Option<Outcome>,
}

/// Sends one mail. `None` means that it was given up before its dot, untouched, because the crew stops.
async fn send(crew: &Crew, connector: &Connector, connection: &mut Option<Conversation>, job: &Job) -> Result<Option<Outcome>, Stopped> {
    // A connection that was open may have been closed by the server meanwhile: that earns one more try, on a fresh one.
    let mut may_retry = true;
    loop {
        let is_worn = |open: &mut Conversation| !open.is_usable || open.n_mails >= connector.options().messages_per_connection;
        if let Some(worn) = connection.take_if(is_worn) {
            worn.quit().await;
        }
        let mut open = match connection.take() {
            Some(open) => open,
            None => match connect(crew, connector).await? {
                Some(open) => open,
                None => return Ok(None),
            },
        };
        let is_fresh = open.n_mails == 0;
        let mut ticket = None;
        let mut attempt = begin(&mut open, &job.message, || ticket = Some(crew.journal.sending(job.no, &job.message.message_id))).await;
        if let (Attempt::Accepted(_), Some(ticket)) = (&attempt, ticket) {
            if !ticket.wait().await {
                // The ledger cannot be written: hanging up without the dot leaves nothing delivered.
                return Ok(None);
            }
            attempt = finish(&mut open).await;
        }
        return match attempt {
            Attempt::Accepted(reply) => {
                *connection = Some(open);
                Ok(Some(Outcome::Sent { reply }))
            }
            Attempt::Refused(phase, response) => {
                *connection = Some(open);
                judge(crew, job, phase, &response)
            }
            Attempt::Unable(why) => {
                *connection = Some(open);
                Ok(Some(Outcome::Failed { why }))
            }
            Attempt::Lost(_) if may_retry && !is_fresh => {
                may_retry = false;
                continue;
            }
            Attempt::Lost(broken) => Ok(Some(crew.later(job, broken.to_string(), None))),
            Attempt::Doubt(broken) => Ok(Some(crew.doubt(job, broken.to_string()))),
        };
    }
}

fn judge(crew: &Crew, job: &Job, phase: Phase, response: &Response) -> Result<Option<Outcome>, Stopped> {
    let reply = words(response);
    match meaning(phase, response) {
        Meaning::Later => Ok(Some(crew.later(job, reply, stated_wait(response)))),
        Meaning::Greylisted => {
            let patience = stated_wait(response).map_or(crew.retry.greylisted, |stated| stated.max(crew.retry.greylisted));
            Ok(Some(crew.later(job, reply, Some(patience))))
        }
        Meaning::Never(class) => Ok(Some(Outcome::Bounced { reply, class })),
        Meaning::Sender => Err(Stopped {
            error: Error::new(Kind::Unavailable, format!("the server refuses the sender: `{reply}`"))
                .help("check SPF, DKIM, DMARC and the credentials of `[delivery.smtp]`; no recipient was suppressed"),
            outcome: Some(Outcome::Deferred { reply, retry_at: crew.clock.now() }),
        }),
    }
}

/// Connects, trying again with growing pauses; `None` when the crew stops meanwhile.
async fn connect(crew: &Crew, connector: &Connector) -> Result<Option<Conversation>, Stopped> {
    let options = connector.options();
    let mut pause = options.reconnect.first_pause;
    let mut n_attempts = 1;
    loop {
        let broken = match connector.connect().await {
            Ok(open) => return Ok(Some(open)),
            Err(broken) => broken,
        };
        if n_attempts >= options.reconnect.attempts || matches!(broken.phase, Phase::Auth | Phase::Starttls) {
            let error = Error::new(Kind::Unavailable, format!("cannot send through `{}:{}`: {broken}", options.host, options.port))
                .help("check `[delivery.smtp]`, then run the same command again: nothing is sent twice");
            return Err(Stopped { error, outcome: None });
        }
        n_attempts += 1;
        tokio::select! {
            () = crew.stop.cancelled() => return Ok(None),
            () = tokio::time::sleep(pause) => pause *= 2,
        }
    }
}

/// Writes mails to files in groups until the queue ends or the crew stops.
pub(super) async fn into_files(crew: Crew, mut writer: FileWriter, mut jobs: mpsc::Receiver<Job>) -> Result<()> {
    let mut group = Vec::new();
    while !crew.stop.is_cancelled() && jobs.recv_many(&mut group, FILES_GROUP_MAX).await > 0 {
        let tickets: Vec<_> = group.iter().map(|job| crew.journal.sending(job.no, &job.message.message_id)).collect();
        for ticket in tickets {
            if !ticket.wait().await {
                return Ok(());
            }
        }
        let taken = std::mem::take(&mut group);
        let wrote = tokio::task::spawn_blocking(move || {
            let replies = writer.write(&taken);
            (writer, taken, replies)
        })
        .await;
        let Ok((same, written, replies)) = wrote else {
            crew.stop.cancel();
            return Err(Error::new(Kind::Io, "the writer of files crashed"));
        };
        writer = same;
        match replies {
            Ok(replies) => {
                for (job, reply) in written.iter().zip(replies) {
                    crew.ended(job, Outcome::Sent { reply });
                }
            }
            Err(error) => {
                // Writing again is harmless, so the whole group is due again at once.
                for job in &written {
                    crew.ended(job, Outcome::Deferred { reply: error.to_string(), retry_at: crew.clock.now() });
                }
                crew.stop.cancel();
                return Err(error);
            }
        }
    }
    Ok(())
}
