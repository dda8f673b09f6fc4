//! Listening, with bounds on what a slow or greedy client can hold, and an end that lets answers finish.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::error::{Error, Kind, Result};

/// What a server grants its clients.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections held at once; more wait in the system's queue.
    pub connections: usize,
    /// Time within which the head of a request has arrived, counted from the connection or the last answer.
    pub head: Duration,
    /// Time that answers under way are given once the server ends.
    pub farewell: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connections: 1024, head: Duration::from_secs(15), farewell: Duration::from_secs(10) }
    }
}

/// Binds an address.
///
/// # Errors
///
/// The address is taken, not this machine's, or not allowed.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::new(Kind::Unavailable, format!("cannot listen on {address}: {error}"))
            .help("choose another with `--listen`, for example `--listen 127.0.0.1:0` for any that is free")
            .caused_by(error)
    })
}

/// Serves until `end` is done, then lets answers under way finish.
///
/// Every request carries [`ConnectInfo`] of the client's address. A client that breaks the protocol, says nothing or leaves is
/// forgotten: that is its own affair and nothing to log.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, end: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    let mut protocol = hyper::server::conn::http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(64 * 1024);
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, client, seat)) = accepted else { continue };
        _ = stream.set_nodelay(true);
        let service = router.clone().map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(client));
            request
        });
        let connection = protocol.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            _ = connection.await;
            drop(seat);
        });
    }
    drop(listener);
    _ = tokio::time::timeout(bounds.farewell, graceful.shutdown()).await;
}

type Accepted = (tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

/// Waits for room and a client; an accept that failed (out of file handles) waits for a connection to end before the next try.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<Accepted> {
    let seat = room.clone().acquire_owned().await.ok()?;
    let Ok((stream, client)) = listener.accept().await else {
        tokio::time::sleep(Duration::from_millis(50)).await;
        return None;
    };
    Some((stream, client, seat))
}
