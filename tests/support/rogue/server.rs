//! The thread, the port, and the test's handle on both.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::conduct::Conduct;
use super::fault::{Act, Step, find};
use super::limits::Usage;
use super::log::{Event, Log};
use super::pause::{Gate, Pause, pair, reach};
use super::session;
use super::verdict::{Truth, Verdict, judge};

/// What sessions share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) conduct: Mutex<Arc<Conduct>>,
    pub(super) log: Mutex<Log>,
    pub(super) usage: Mutex<Usage>,
    reached: Mutex<HashMap<(Step, String), u32>>,
    gates: Mutex<Vec<Gate>>,
    alone: Condvar,
}

impl Shared {
    /// Counts that a step was reached, waits if it is to be held, and returns the fault to make.
    pub(super) async fn told(&self, conduct: &Conduct, step: Step, connection: u64, encrypted: bool, recipient: &str) -> Option<Act> {
        let held = reach(&mut self.gates.lock().expect("gates"), step, connection, recipient);
        for go_on in held {
            let _ = go_on.await;
        }
        if conduct.rules.is_empty() {
            return None;
        }
        let attempt = {
            let mut reached = self.reached.lock().expect("reached");
            let n = reached.entry((step, recipient.to_owned())).or_default();
            *n += 1;
            *n
        };
        let (rule, act) = find(&conduct.rules, conduct.seed, step, recipient, attempt)?;
        let event = Event::Fault {
            rule,
            step,
            recipient: recipient.to_owned(),
            attempt,
            hides_answer: act.hides_answer(),
            takes_back: matches!(act, Act::Reset),
        };
        self.note(connection, encrypted, event);
        Some(act)
    }

    pub(super) fn note(&self, connection: u64, encrypted: bool, event: Event) {
        self.log.lock().expect("log").note(connection, encrypted, event);
    }

    pub(super) fn left(&self) {
        self.usage.lock().expect("usage").n_open -= 1;
        self.alone.notify_all();
    }
}

enum Order {
    /// Refuse connections and cut those that are open.
    Shut(oneshot::Sender<()>),
    /// Listen again on the same port.
    Open(oneshot::Sender<()>),
}

/// A server on a loopback port; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Rogue {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedSender<Order>,
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Rogue {
    /// Starts a server.
    pub(crate) fn start(conduct: Conduct) -> Self {
        let shared = Arc::new(Shared { conduct: Mutex::new(Arc::new(conduct)), ..Shared::default() });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let (orders, obeyed) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let (seen, stopped) = (Arc::clone(&shared), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let listener = runtime.block_on(async { TcpListener::from_std(listener) }).expect("a listener");
            runtime.block_on(stopped.run_until_cancelled_owned(listen(listener, address, seen, obeyed)));
        });
        Self { address, shared, orders, stop, thread: Some(thread) }
    }

    /// Behaves otherwise from the next command on; counts and log go on.
    pub(crate) fn behave(&self, conduct: Conduct) {
        *self.shared.conduct.lock().expect("conduct") = Arc::new(conduct);
    }

    /// Holds the session that is the `n`-th from now to reach a step.
    pub(crate) fn pause_at(&self, step: Step, n: u32) -> Pause {
        let (pause, gate) = pair(step, n);
        self.shared.gates.lock().expect("gates").push(gate);
        pause
    }

    /// Notes that the client was killed, for the verdict.
    pub(crate) fn note_kill(&self) {
        self.shared.note(0, false, Event::Killed);
    }

    /// Refuses connections and cuts those that are open; returns when it is done.
    pub(crate) fn shut(&self) {
        self.order(Order::Shut);
    }

    /// Listens again.
    pub(crate) fn open(&self) {
        self.order(Order::Open);
    }

    fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, obeyed) = oneshot::channel();
        self.orders.send(order(done)).expect("the server runs");
        // Callable from inside a runtime too, which `blocking_recv` is not.
        std::thread::scope(|scope| scope.spawn(|| obeyed.blocking_recv()).join()).expect("a thread").expect("obeyed");
    }

    /// Waits until no connection is open: all that the last client did is in the log then.
    pub(crate) fn wait_until_alone(&self, patience: Duration) -> bool {
        let usage = self.shared.usage.lock().expect("usage");
        let waited = self.shared.alone.wait_timeout_while(usage, patience, |usage| usage.n_open > 0);
        !waited.expect("usage").1.timed_out()
    }

    /// Returns what was seen so far. Sessions wait while it is held: one at a time in a statement.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.shared.log.lock().expect("log")
    }

    /// Returns the recipients of stored mails, sorted.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.log().recipients()
    }

    /// Returns the number of connections accepted.
    pub(crate) fn n_connections(&self) -> usize {
        self.log().n_connections()
    }

    /// Returns what was illegal on the wire.
    pub(crate) fn illegal(&self) -> Vec<&'static str> {
        self.log().illegal()
    }

    /// Counts the commands that begin with a word.
    pub(crate) fn count(&self, word: &str) -> usize {
        self.log().count(word)
    }

    /// Judges what was seen, beside what the client says.
    pub(crate) fn verdict(&self, truth: &Truth<'_>) -> Verdict {
        judge(&self.log().entries, truth)
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut listener = Some(listener);
    let mut cut = CancellationToken::new();
    let mut n_connections = 0;
    loop {
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => match order {
                None => return,
                Some(Order::Shut(done)) => {
                    listener = None;
                    shared.note(0, false, Event::Cut);
                    std::mem::take(&mut cut).cancel();
                    let _ = done.send(());
                }
                Some(Order::Open(done)) => {
                    listener = Some(TcpListener::bind(address).await.expect("the same port"));
                    let _ = done.send(());
                }
            },
            accepted = accepted => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                n_connections += 1;
                shared.usage.lock().expect("usage").n_open += 1;
                shared.note(n_connections, false, Event::Opened);
                let (shared, cut) = (Arc::clone(&shared), cut.clone());
                tokio::spawn(async move {
                    let said_goodbye = cut.run_until_cancelled_owned(session::run(Arc::clone(&shared), stream, n_connections)).await;
                    shared.note(n_connections, false, Event::Closed(said_goodbye.unwrap_or(false)));
                    shared.left();
                });
            }
        }
    }
}
