//! Durable messages a second, from the ledger through SMTP to a sink in this process that accepts at once.
//!
//! ```console
//! $ cargo bench --bench ledger -- [postgres://user@host/database] [CONNECTIONS ...]
//! ```
//!
//! Without a URL only SQLite is measured; the database of the URL should be empty. Without numbers of connections, 1, 4, 16 and 64.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono_tz::UTC;
use relance::clock::Timestamp;
use relance::delivery::{Destination, Options, Reconnect, Render, SmtpOptions, Timeouts, deliver};
use relance::id::{CampaignName, ContactId, Edition};
use relance::ledger::{Holder, Ledger, PlannedMessage, Redo, RunNo, Sharing, system_now};
use relance::message::{Envelope, Message};
use relance::plan::draft::Draft;
use relance::project::config::Tls;
use relance::render::Values;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const N_MESSAGES: usize = 4_000;
const MESSAGE_BYTES: usize = 60_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let mut places = vec![("SQLite", format!("sqlite://{}", folder.path().join("ledger.db").display()))];
    places.extend(std::env::args().skip(1).filter(|argument| argument.contains("://")).map(|url| ("PostgreSQL", url)));
    let mut connections: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if connections.is_empty() {
        connections = vec![1, 4, 16, 64];
    }
    let mut table = format!(
        "{N_MESSAGES} messages of {MESSAGE_BYTES} bytes\n\n{:<12}{:>12}{:>12}{:>12}\n",
        "", "connections", "enqueue/s", "deliver/s"
    );
    for (name, url) in places {
        let ledger = runtime.block_on(Ledger::open(&url, true))?;
        for &n_connections in &connections {
            let (enqueued, delivered) = runtime.block_on(measure(&ledger, n_connections))?;
            writeln!(table, "{name:<12}{n_connections:>12}{:>12.0}{:>12.0}", rate(enqueued), rate(delivered))?;
        }
    }
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand messages")]
fn rate(elapsed: Duration) -> f64 {
    N_MESSAGES as f64 / elapsed.as_secs_f64()
}

async fn measure(ledger: &Ledger, n_connections: usize) -> Result<(Duration, Duration), Failure> {
    let now = system_now();
    let campaign = CampaignName(format!("bench-{n_connections}-{}", now.0));
    let planned: Vec<_> = (0..N_MESSAGES).map(|n| plan(&campaign, n, now)).collect();
    let started = Instant::now();
    ledger.enqueue(RunNo(1), &planned).await?;
    let enqueued = started.elapsed();

    let destination = Destination::from(SmtpOptions {
        host: "127.0.0.1".to_owned(),
        port: sink().await?,
        tls: Tls::None,
        ca_pem: None,
        credentials: None,
        hello: Some("bench.example".to_owned()),
        connections: n_connections,
        messages_per_connection: 1_000,
        timeouts: Timeouts::default(),
        reconnect: Reconnect::default(),
    });
    let body = Arc::new("A line of seventy-eight characters, as long as those of a real mail would be..\r\n".repeat(MESSAGE_BYTES / 80));
    let render: Render = Arc::new(move |draft: Draft<Values>| {
        let message_id = format!("{}@bench.example", draft.recipient);
        let bytes = format!("Message-ID: <{message_id}>\r\n\r\n{body}").into_bytes();
        Ok(Message {
            message_id,
            envelope: Envelope { from: "news@bench.example".to_owned(), to: draft.address },
            needs_smtputf8: false,
            bytes,
        })
    });
    let lease = ledger.take_lease(&campaign, &Holder::this(), Sharing::Alone, Redo::Hold, now, UTC).await?;
    let started = Instant::now();
    let summary = deliver(ledger, &lease, &destination, &render, &Options::at(now), CancellationToken::new(), &mut |_| ()).await?;
    let delivered = started.elapsed();
    ledger.release(lease, Redo::Hold, system_now()).await?;
    assert_eq!(summary.counts.sent, N_MESSAGES as u64);
    Ok((enqueued, delivered))
}

fn plan(campaign: &CampaignName, n: usize, now: Timestamp) -> PlannedMessage {
    let picks: Vec<_> = (0..6)
        .map(|pick| serde_json::json!({ "id": format!("P-{}", n * 7 + pick), "title": "A product", "price": 1_990 + pick }))
        .collect();
    PlannedMessage {
        draft: Draft {
            campaign: campaign.clone(),
            edition: Edition::from("bench"),
            step: None,
            recipient: ContactId(format!("c{n:06}")),
            address: format!("c{n:06}@bench.example"),
            name: None,
            locale: "en-GB".to_owned(),
            at: now,
            variant: None,
            hours: None,
            explored: Vec::new(),
            context: serde_json::json!({ "slots": { "picks": { "items": picks } } }),
        },
        compulsory: false,
        not_before: now,
        expires_at: None,
        products: Vec::new(),
        offer: None,
        cost: None,
        n_personal_blocks: 0,
        pool: None,
    }
}

/// Starts a server that accepts everything and keeps nothing; returns its port.
async fn sink() -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(swallow(stream));
        }
    });
    Ok(port)
}

async fn swallow(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let (mut tail, mut in_data) = (Vec::new(), false);
    stream.write_all(b"220 sink\r\n").await?;
    loop {
        let n_read = stream.read(&mut buffer).await?;
        if n_read == 0 {
            return Ok(());
        }
        tail.extend_from_slice(&buffer[..n_read]);
        if in_data {
            if tail.ends_with(b"\r\n.\r\n") {
                in_data = false;
                tail.clear();
                stream.write_all(b"250 ok\r\n").await?;
            } else {
                tail.drain(..tail.len().saturating_sub(8));
            }
        } else if tail.ends_with(b"\r\n") {
            in_data = tail.eq_ignore_ascii_case(b"DATA\r\n");
            tail.clear();
            stream.write_all(if in_data { b"354 go\r\n" } else { b"250 ok\r\n" }).await?;
        }
    }
}
