//! Rendered mails that wait for a connection: each for its server, at the pace of the server and of its own domain.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::pace::Pacer;
use super::render::Job;
use super::routes::Routes;

/// How long a server that is down is left alone; twice as long each time in a row, at most [`REST_MAX`].
const REST_FIRST: Duration = Duration::from_secs(30);
const REST_MAX: Duration = Duration::from_mins(15);
/// Domains remembered; those at rest are forgotten above that.
const DOMAINS_MAX: usize = 10_000;

/// What waits, and who may take it.
pub(super) struct Queue {
    routes: Arc<Routes>,
    n_waiting_max: usize,
    stop: CancellationToken,
    /// A place is free.
    room: Notify,
    /// For each server: there may be something to take. One connection is woken for one mail; who takes a mail wakes the next for
    /// what is left. Waking all of them each time would cost more than sending.
    work: Vec<Notify>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    n_in_flight: usize,
    is_closed: bool,
    routes: Vec<RouteState>,
    domains: HashMap<String, DomainState>,
}

/// A mail, its domain, and the servers in its order.
struct Waiting {
    job: Job,
    domain: String,
    order: Vec<usize>,
}

#[derive(Default)]
struct RouteState {
    pacer: Option<Pacer>,
    rests_until: Option<Instant>,
    n_rests: u32,
}

#[derive(Default)]
struct DomainState {
    pacer: Option<Pacer>,
    n_in_flight: usize,
}

/// What a look at the queue found.
enum Found {
    Mail(Box<Job>),
    Nothing { again_at: Option<Instant> },
    End,
}

impl Queue {
    pub(super) fn new(routes: Arc<Routes>, n_waiting_max: usize, stop: CancellationToken) -> Self {
        let work = routes.routes.iter().map(|_| Notify::new()).collect();
        let states = routes.routes.iter().map(|route| RouteState { pacer: route.rate.map(Pacer::new), ..RouteState::default() });
        let state = Mutex::new(State { routes: states.collect(), ..State::default() });
        Self { routes, n_waiting_max, stop, room: Notify::new(), work, state }
    }

    /// Adds a mail, once there is room; false when nothing is sent any more.
    pub(super) async fn put(&self, job: Job) -> bool {
        let mut waiting = Some(self.waiting(job));
        loop {
            let room = self.room.notified();
            {
                let mut state = self.state();
                if state.waiting.len() < self.n_waiting_max {
                    state.waiting.extend(waiting.take());
                    drop(state);
                    self.wake_one();
                    return true;
                }
            }
            tokio::select! {
                () = room => {}
                () = self.stop.cancelled() => return false,
            }
        }
    }

    fn waiting(&self, job: Job) -> Waiting {
        Waiting { domain: domain_of(&job), order: self.routes.order(&job.message.envelope.to), job }
    }

    /// Says that no mail will be added.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.wake_all();
    }

    /// Takes the next mail of a server, once it may go; none at the end.
    pub(super) async fn take(&self, route: usize) -> Option<Job> {
        loop {
            let mut work = pin!(self.work[route].notified());
            work.as_mut().enable();
            if self.stop.is_cancelled() {
                return None;
            }
            let (found, is_more) = {
                let mut state = self.state();
                (state.look(&self.routes, route, Instant::now()), !state.waiting.is_empty())
            };
            let again_at = match found {
                Found::Mail(job) => {
                    self.room.notify_one();
                    if is_more {
                        self.wake_one();
                    }
                    return Some(*job);
                }
                Found::End => return None,
                Found::Nothing { again_at } => again_at,
            };
            let timer = async {
                match again_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = work => {}
                () = timer => {}
                () = self.stop.cancelled() => return None,
            }
        }
    }

    /// Notes that a mail taken has ended.
    pub(super) fn done(&self, job: &Job) {
        let is_last = {
            let mut state = self.state();
            state.landed(job);
            state.is_at_end()
        };
        // The end is for all to see; a domain that has room again is for one.
        if is_last { self.wake_all() } else { self.wake_one() }
    }

    /// Takes back a mail that was not sent at all.
    pub(super) fn give_back(&self, job: Job) {
        let mut state = self.state();
        state.landed(&job);
        state.waiting.push_front(self.waiting(job));
        drop(state);
        self.wake_one();
    }

    /// Leaves a server alone for a while; false when no other is left.
    pub(super) fn rest(&self, route: usize) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        if state.routes[route].rests_until.is_none_or(|until| until <= now) {
            let n_rests = state.routes[route].n_rests.min(10);
            let resting = REST_FIRST.saturating_mul(1 << n_rests).min(REST_MAX);
            state.routes[route].rests_until = Some(now + resting);
            state.routes[route].n_rests += 1;
        }
        let is_any_up = state.routes.iter().any(|route| route.is_up(now));
        drop(state);
        // Its mails are for the others now.
        self.wake_all();
        is_any_up
    }

    /// Notes that a server works.
    pub(super) fn works(&self, route: usize) {
        let mut state = self.state();
        (state.routes[route].rests_until, state.routes[route].n_rests) = (None, 0);
    }

    /// Wakes one connection of each server: only looking tells which of them may take a mail.
    fn wake_one(&self) {
        self.work.iter().for_each(Notify::notify_one);
    }

    fn wake_all(&self) {
        self.work.iter().for_each(Notify::notify_waiters);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, and counts would still be right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Looks for the first mail that a server may send now.
    fn look(&mut self, routes: &Routes, route: usize, now: Instant) -> Found {
        if self.is_at_end() {
            return Found::End;
        }
        if let Some(until) = self.routes[route].rests_until.filter(|until| *until > now) {
            return Found::Nothing { again_at: Some(until) };
        }
        if let Some(until) = self.routes[route].pacer.as_ref().and_then(|pacer| pacer.wait_until(now)) {
            return Found::Nothing { again_at: Some(until) };
        }
        let mut again_at: Option<Instant> = None;
        for n in 0..self.waiting.len() {
            let waiting = &self.waiting[n];
            if waiting.order.iter().find(|route| self.routes[**route].is_up(now)) != Some(&route) {
                continue;
            }
            match self.domain_wait(routes, &waiting.domain, now) {
                Ok(()) => {}
                Err(until) => {
                    again_at = [again_at, until].into_iter().flatten().min();
                    continue;
                }
            }
            let Some(waiting) = self.waiting.remove(n) else { continue };
            self.fly(routes, route, &waiting.domain, now);
            return Found::Mail(Box::new(waiting.job));
        }
        Found::Nothing { again_at }
    }

    fn is_at_end(&self) -> bool {
        self.waiting.is_empty() && self.is_closed && self.n_in_flight == 0
    }

    /// Says whether a mail to a domain may go; if not, until when, or until another one has landed.
    fn domain_wait(&self, routes: &Routes, domain: &str, now: Instant) -> Result<(), Option<Instant>> {
        let (Some(limit), Some(state)) = (routes.limit(domain), self.domains.get(domain)) else { return Ok(()) };
        if limit.connections.is_some_and(|most| state.n_in_flight >= most.max(1)) {
            return Err(None);
        }
        state.pacer.as_ref().and_then(|pacer| pacer.wait_until(now)).map_or(Ok(()), |until| Err(Some(until)))
    }

    fn fly(&mut self, routes: &Routes, route: usize, domain: &str, now: Instant) {
        self.n_in_flight += 1;
        if let Some(pacer) = &mut self.routes[route].pacer {
            pacer.take(now);
        }
        let Some(limit) = routes.limit(domain) else { return };
        if self.domains.len() >= DOMAINS_MAX {
            self.domains
                .retain(|_, state| state.n_in_flight > 0 || state.pacer.as_ref().is_some_and(|pacer| pacer.wait_until(now).is_some()));
        }
        let state = self.domains.entry(domain.to_owned()).or_default();
        state.n_in_flight += 1;
        if let Some(rate) = limit.rate {
            state.pacer.get_or_insert_with(|| Pacer::new(rate)).take(now);
        }
    }

    fn landed(&mut self, job: &Job) {
        self.n_in_flight = self.n_in_flight.saturating_sub(1);
        let domain = domain_of(job);
        if let Some(state) = self.domains.get_mut(&domain) {
            state.n_in_flight = state.n_in_flight.saturating_sub(1);
        }
    }
}

impl RouteState {
    fn is_up(&self, now: Instant) -> bool {
        self.rests_until.is_none_or(|until| until <= now)
    }
}

/// Returns the domain that limits are counted by.
fn domain_of(job: &Job) -> String {
    job.message.envelope.to.rsplit('@').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::routes::tests::routes;
    use super::super::routes::{ALL_DOMAINS, DomainLimit};
    use super::*;
    use crate::delivery::smtp::Wire;
    use crate::ledger::MessageNo;
    use crate::message::{Envelope, Message};
    use crate::project::checked::Rate;

    fn job(to: &str) -> Job {
        let envelope = Envelope { from: "news@shop.example".to_owned(), to: to.to_owned() };
        let message = Message { message_id: to.to_owned(), envelope, needs_smtputf8: false, bytes: Vec::new() };
        let text = String::new;
        Job {
            no: MessageNo(1),
            attempt: 1,
            first_at: None,
            claimed_at: std::time::Instant::now(),
            campaign: text(),
            edition: text(),
            recipient: text(),
            wire: Wire::of(&message.bytes),
            message,
        }
    }

    async fn filled(routes: Routes, to: &[&str]) -> Queue {
        let queue = Queue::new(Arc::new(routes), 100, CancellationToken::new());
        for to in to {
            assert!(queue.put(job(to)).await);
        }
        queue.close();
        queue
    }

    /// Takes and ends all mails; returns recipients and the milliseconds at which they went.
    async fn drained(queue: &Queue, route: usize) -> Vec<(String, u128)> {
        let start = Instant::now();
        let mut went = Vec::new();
        while let Some(job) = queue.take(route).await {
            went.push((job.message.envelope.to.clone(), start.elapsed().as_millis()));
            queue.done(&job);
        }
        went
    }

    fn rate(text: &str) -> Rate {
        Rate::parse(text).expect("a rate")
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_and_a_domain_have_each_their_pace() {
        let mut one = routes(&[1]);
        one.routes[0].rate = Some(rate("10 per second"));
        let went = drained(&filled(one, &["a@x.example", "b@x.example", "c@x.example"]).await, 0).await;
        assert_eq!(went.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [0, 100, 200]);

        let mut two = routes(&[1]);
        two.domains = [("slow.example".to_owned(), DomainLimit { rate: Some(rate("1 per minute")), connections: None })].into();
        let went = drained(&filled(two, &["a@slow.example", "b@SLOW.example", "c@x.example", "d@x.example"]).await, 0).await;
        let expected = [("a@slow.example", 0), ("c@x.example", 0), ("d@x.example", 0), ("b@SLOW.example", 60_000)];
        assert_eq!(went, expected.map(|(to, at)| (to.to_owned(), at)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_domain_has_so_many_mails_on_the_way_and_no_more() {
        let mut routes = routes(&[1]);
        routes.domains = [(ALL_DOMAINS.to_owned(), DomainLimit { rate: None, connections: Some(1) })].into();
        let queue = filled(routes, &["a@x.example", "b@x.example", "c@y.example"]).await;
        let first = queue.take(0).await.expect("a mail");
        let second = queue.take(0).await.expect("a mail");
        assert_eq!([&first, &second].map(|job| job.message.envelope.to.as_str()), ["a@x.example", "c@y.example"]);
        let waiting = tokio::time::timeout(Duration::from_hours(1), queue.take(0)).await;
        assert!(waiting.is_err(), "the first is on its way");
        queue.done(&first);
        assert_eq!(queue.take(0).await.expect("a mail").message.envelope.to, "b@x.example");
    }

    #[tokio::test(start_paused = true)]
    async fn the_mails_of_a_server_that_is_down_go_by_the_others_and_come_back() {
        let to: Vec<String> = (0..20).map(|n| format!("c{n}@x.example")).collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let queue = filled(routes(&[1, 1]), &to).await;
        assert!(queue.rest(0), "the other is up");
        for _ in 0..10 {
            let job = queue.take(1).await.expect("a mail");
            queue.done(&job);
        }
        tokio::time::advance(REST_FIRST).await;
        let back = queue.take(0).await.expect("a mail");
        queue.give_back(back);
        assert!(queue.rest(1));
        assert!(!queue.rest(0), "none is left");
    }

    #[tokio::test(start_paused = true)]
    async fn a_mail_given_back_is_taken_by_another_even_at_the_end() {
        let queue = Arc::new(filled(routes(&[1]), &["a@x.example"]).await);
        let job = queue.take(0).await.expect("a mail");
        let other = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.take(0).await.map(|job| job.message.envelope.to) }
        });
        tokio::time::sleep(Duration::from_millis(1)).await;
        queue.give_back(job);
        assert_eq!(other.await.expect("no panic").as_deref(), Some("a@x.example"));
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_all_get_work_and_all_see_the_end() {
        let queue = Arc::new(Queue::new(Arc::new(routes(&[1, 1])), 4, CancellationToken::new()));
        let hands: Vec<_> = (0..16)
            .map(|n| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move {
                    let mut n_taken = 0;
                    while let Some(job) = queue.take(n % 2).await {
                        n_taken += 1;
                        // As long as all others need to take one.
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        queue.done(&job);
                    }
                    n_taken
                })
            })
            .collect();
        tokio::task::yield_now().await;
        for n in 0..64 {
            assert!(queue.put(job(&format!("c{n}@x.example"))).await);
        }
        queue.close();
        let mut n_taken = Vec::new();
        for hand in hands {
            n_taken.push(tokio::time::timeout(Duration::from_hours(1), hand).await.expect("the end is seen").expect("no panic"));
        }
        assert_eq!(n_taken.iter().sum::<i32>(), 64);
        assert!(n_taken.iter().all(|n| *n > 0), "{n_taken:?}");
    }
}
