//! The hands: SMTP connections and the file writer, each taking mails from one queue.

use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::response::Response;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::deliver::Clock;
use super::files::FileWriter;
use super::journal::Journal;
use super::pace::Door;
use super::queue::Queue;
use super::render::Job;
use super::reply::{Meaning, meaning, stated_wait, words};
use super::retry::Retry;
use super::smtp::{Attempt, Broken, Connector, Conversation, Phase, begin, finish};
use super::tally::Ended;
use crate::clock::Span;
use crate::error::{Error, Kind, Result};
use crate::ledger::{BounceClass, Ledger, Outcome, without_addresses};
use crate::project::config::OnUncertain;

/// Age of a claim from which suppression is looked up again before a mail is sent.
const RECHECK_AFTER: Duration = Duration::from_secs(1);

/// Mails written to files, and made durable, together.
const FILES_GROUP_MAX: usize = 128;

/// What all hands share.
#[derive(Clone)]
pub(super) struct Crew {
    pub(super) journal: Journal,
    pub(super) events: mpsc::UnboundedSender<Ended>,
    pub(super) ledger: Ledger,
    pub(super) stop: CancellationToken,
    pub(super) clock: Clock,
    pub(super) retry: Retry,
    pub(super) on_uncertain: OnUncertain,
    pub(super) redirected: bool,
}

impl Crew {
    fn ended(&self, job: &Job, outcome: Outcome) {
        let _ = self.events.send(Ended::of(&outcome));
        self.journal.ended(job.no, outcome);
    }

    fn greylisted(&self, job: &Job, outcome: Outcome) {
        let _ = self.events.send(Ended { is_greylisted: true, ..Ended::of(&outcome) });
        self.journal.ended(job.no, outcome);
    }

    /// A mail that waited long for its turn may not be wanted any more: says what became of it then. When the ledger cannot be read,
    /// writing to it before the dot will fail as well.
    async fn unwanted(&self, job: &Job) -> Option<Outcome> {
        if job.claimed_at.elapsed() < RECHECK_AFTER {
            return None;
        }
        self.ledger.unwanted(job.no, self.clock.now()).await.unwrap_or_default()
    }

    /// Later, or never once there were too many attempts.
    fn later(&self, job: &Job, reply: String, at_least: Option<Span>) -> Outcome {
        let now = self.clock.now();
        match self.retry.next(job.attempt, job.first_at.unwrap_or(now), now, &job.message.message_id, at_least) {
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

/// What the connections of one server share.
#[derive(Clone)]
pub(super) struct Server {
    /// Its place among the routes.
    pub(super) route: usize,
    pub(super) name: Arc<str>,
    pub(super) connector: Arc<Connector>,
    pub(super) queue: Arc<Queue>,
    pub(super) door: Arc<Door>,
}

/// Sends mails over one connection at a time until the queue ends or the crew stops.
pub(super) async fn over_smtp(crew: Crew, server: Server) -> Result<()> {
    let mut connection = None;
    let mut result = Ok(());
    while let Some(job) = server.queue.take(server.route).await {
        match send(&crew, &server, &mut connection, &job).await {
            Ok(Turn::Ended(outcome)) => {
                server.queue.done(&job);
                crew.ended(&job, outcome);
            }
            Ok(Turn::Greylisted(outcome)) => {
                server.queue.done(&job);
                crew.greylisted(&job, outcome);
            }
            Ok(Turn::Untouched) => break,
            Ok(Turn::Crowded) => {
                server.queue.give_back(job);
                break;
            }
            Ok(Turn::Down(broken)) => {
                if server.queue.rest(server.route) {
                    server.queue.give_back(job);
                    continue;
                }
                crew.stop.cancel();
                let error = Error::new(Kind::Unavailable, format!("cannot send through `{}`: {broken}", server.name))
                    .help("check `[delivery.smtp]`, then run the same command again: nothing is sent twice");
                result = Err(error);
                break;
            }
            Err(stopped) => {
                crew.ended(&job, stopped.outcome);
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

/// What became of a mail that was taken.
enum Turn {
    /// It has an outcome.
    Ended(Outcome),
    /// As every mail of a stranger, it must come back later.
    Greylisted(Outcome),
    /// It was given up before its dot, because the crew stops.
    Untouched,
    /// The server wants fewer connections, and has others of ours.
    Crowded,
    /// The server cannot be used now.
    Down(Broken),
}

/// Trouble that stops the campaign, and what to note of the mail that met it.
struct Stopped {
    error: Error,
    outcome: Outcome,
}

/// Sends one mail.
async fn send(crew: &Crew, server: &Server, connection: &mut Option<Conversation>, job: &Job) -> Result<Turn, Stopped> {
    if let Some(outcome) = crew.unwanted(job).await {
        return Ok(Turn::Ended(outcome));
    }
    // A connection that was open may have been closed by the server meanwhile: that earns one more try, on a fresh one.
    let mut may_retry = true;
    loop {
        let most = server.connector.options().messages_per_connection;
        if let Some(worn) = connection.take_if(|open| !open.is_usable || open.n_mails >= most) {
            worn.quit().await;
        }
        let mut open = match connection.take() {
            Some(open) => open,
            None => match connect(crew, server).await {
                Ok(open) => open,
                Err(turn) => return Ok(turn),
            },
        };
        let is_fresh = open.n_mails == 0;
        let mut ticket = None;
        let mut attempt =
            begin(&mut open, &job.message, &job.wire, || ticket = Some(crew.journal.sending(job.no, &job.message.message_id))).await;
        if let (Attempt::Accepted(_), Some(ticket)) = (&attempt, ticket) {
            if !ticket.wait().await {
                // The ledger cannot be written: hanging up without the dot leaves nothing delivered.
                return Ok(Turn::Untouched);
            }
            attempt = finish(&mut open).await;
        }
        if matches!(attempt, Attempt::Lost(_) | Attempt::Doubt(_)) {
            server.door.trouble(Instant::now());
        }
        return match attempt {
            Attempt::Accepted(reply) => {
                *connection = Some(open);
                Ok(Turn::Ended(Outcome::Sent { reply }))
            }
            Attempt::Refused(phase, response) => {
                *connection = Some(open);
                judge(crew, job, phase, &response)
            }
            Attempt::Unable(why) => {
                *connection = Some(open);
                Ok(Turn::Ended(Outcome::Failed { why }))
            }
            Attempt::Lost(_) if may_retry && !is_fresh => {
                may_retry = false;
                continue;
            }
            Attempt::Lost(broken) => Ok(Turn::Ended(crew.later(job, broken.to_string(), None))),
            Attempt::Doubt(broken) => Ok(Turn::Ended(crew.doubt(job, broken.to_string()))),
        };
    }
}

fn judge(crew: &Crew, job: &Job, phase: Phase, response: &Response) -> Result<Turn, Stopped> {
    let reply = words(response);
    let outcome = match meaning(phase, response) {
        Meaning::Later => crew.later(job, reply, stated_wait(response)),
        Meaning::Greylisted => {
            let patience = stated_wait(response).map_or(crew.retry.greylisted, |stated| stated.max(crew.retry.greylisted));
            return Ok(Turn::Greylisted(crew.later(job, reply, Some(patience))));
        }
        // It is the address of `redirect_to` that was refused: nothing is known of the recipient's.
        Meaning::Never(_) if crew.redirected => Outcome::Bounced { reply, class: BounceClass::Other },
        Meaning::Never(class) => Outcome::Bounced { reply, class },
        Meaning::Sender => {
            let error = Error::new(Kind::Unavailable, format!("the server refuses the sender: `{}`", without_addresses(&reply)))
                .help("check SPF, DKIM, DMARC and the credentials of `[delivery.smtp]`; no recipient was suppressed");
            return Err(Stopped { error, outcome: Outcome::Deferred { reply, retry_at: crew.clock.start() } });
        }
    };
    Ok(Turn::Ended(outcome))
}

/// Connects, trying again with growing pauses.
async fn connect(crew: &Crew, server: &Server) -> Result<Conversation, Turn> {
    let options = server.connector.options();
    let mut pause = options.reconnect.first_pause;
    let mut n_attempts = 1;
    loop {
        tokio::select! {
            () = crew.stop.cancelled() => return Err(Turn::Untouched),
            () = sleep_until(server.door.knock(Instant::now())) => {}
        }
        let broken = match server.connector.connect().await {
            Ok(open) => {
                server.queue.works(server.route);
                return Ok(open);
            }
            Err(broken) => broken,
        };
        server.door.trouble(Instant::now());
        if broken.is_too_busy() && server.connector.n_open() > 0 {
            return Err(Turn::Crowded);
        }
        if n_attempts >= options.reconnect.attempts || matches!(broken.phase, Phase::Auth | Phase::Starttls) {
            return Err(Turn::Down(broken));
        }
        n_attempts += 1;
        tokio::select! {
            () = crew.stop.cancelled() => return Err(Turn::Untouched),
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
                    crew.ended(job, Outcome::Deferred { reply: error.to_string(), retry_at: crew.clock.start() });
                }
                crew.stop.cancel();
                return Err(error);
            }
        }
    }
    Ok(())
}
