//! Where rendered mails go: the queue of all connections, or the channel of the file writer.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Destination;
use super::files::FileWriter;
use super::pace::Door;
use super::queue::Queue;
use super::render::Job;
use super::routes::{Route, Routes};
use super::sender::{self, Crew, Server};
use super::smtp::Connector;
use crate::error::Result;

/// Rendered mails that wait for each connection.
const JOBS_PER_HAND: usize = 4;
/// Rendered mails that may wait in all, at least, when recipient domains have limits.
const JOBS_OF_DOMAINS: usize = 256;

/// Where rendered mails go.
pub(super) enum Hands {
    Connections { queue: Arc<Queue>, n: usize },
    Files(mpsc::Sender<Job>),
}

impl Hands {
    /// Opens a destination and sets its connections, or its writer, to work among `tasks`.
    pub(super) fn of(destination: &Destination, crew: &Crew, tasks: &mut JoinSet<Result<()>>) -> Result<Self> {
        match destination {
            Destination::Smtp(routes) => {
                let (queue, servers) = open_routes(routes, &crew.stop)?;
                for server in servers {
                    for _ in 0..server.connector.options().connections.max(1) {
                        tasks.spawn(sender::over_smtp(crew.clone(), server.clone()));
                    }
                }
                Ok(Self::Connections { queue, n: routes.n_connections() })
            }
            Destination::Files { format, path } => {
                let writer = FileWriter::open(*format, path)?;
                let (jobs, waiting) = mpsc::channel(JOBS_PER_HAND);
                tasks.spawn(sender::into_files(crew.clone(), writer, waiting));
                Ok(Self::Files(jobs))
            }
        }
    }

    /// Returns how many mails can be on the way at the same time.
    pub(super) fn n(&self) -> usize {
        match self {
            Self::Connections { n, .. } => *n,
            Self::Files(_) => 1,
        }
    }

    /// Hands a mail over, once there is room; false when nothing is sent any more.
    pub(super) async fn put(&self, job: Job) -> bool {
        match self {
            Self::Connections { queue, .. } => queue.put(job).await,
            Self::Files(jobs) => jobs.send(job).await.is_ok(),
        }
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        if let Self::Connections { queue, .. } = self {
            queue.close();
        }
    }
}

/// Makes the queue of all servers, and what the connections of each share.
fn open_routes(routes: &Routes, stop: &CancellationToken) -> Result<(Arc<Queue>, Vec<Server>)> {
    let shared = Arc::new(routes.clone());
    let gap = routes.routes.iter().map(|route| route.smtp.reconnect.storm_gap).max().unwrap_or_default();
    let door = Arc::new(Door::new(gap));
    // Mails of a slow domain may not fill the room of the others at once.
    let n_waiting_max = (routes.n_connections() * JOBS_PER_HAND).max(if routes.domains.is_empty() { 1 } else { JOBS_OF_DOMAINS });
    let queue = Arc::new(Queue::new(shared, n_waiting_max, stop.clone()));
    let server = |(n, route): (usize, &Route)| {
        Ok(Server {
            route: n,
            name: route.name.as_str().into(),
            connector: Arc::new(Connector::new(route.smtp.clone())?),
            queue: Arc::clone(&queue),
            door: Arc::clone(&door),
        })
    };
    let servers = routes.routes.iter().enumerate().map(server).collect::<Result<_>>()?;
    Ok((queue, servers))
}
