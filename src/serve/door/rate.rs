//! How much one client may ask: a bucket of tokens each, in bounded memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::clock::Span;
use crate::project::checked::Rate;

/// Clients that are remembered at once.
const CLIENTS_MAX: usize = 65_536;

struct Bucket {
    left: f64,
    at: Instant,
}

/// Remembers how much each client asked.
pub(super) struct Limiter {
    most: f64,
    per_second: f64,
    clients: Mutex<HashMap<IpAddr, Bucket>>,
}

impl Limiter {
    /// What a person with a browser never reaches.
    pub(super) const USUAL: Rate = Rate { n: 120, per: Span(60_000_000) };

    #[expect(clippy::cast_precision_loss, reason = "a rate of requests is a small number")]
    pub(super) fn new(rate: Rate) -> Self {
        let most = f64::from(rate.n);
        Self { most, per_second: most / (rate.per.0 as f64 / 1e6), clients: Mutex::default() }
    }

    /// Takes one request of a client; false when it has none left.
    ///
    /// A network of IPv6 (64 bits) is one client. When too many are remembered, those whose bucket is full again are forgotten, then all:
    /// an attack from everywhere is not for one server to stop.
    pub(super) fn takes(&self, client: IpAddr, now: Instant) -> bool {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let left =
            |bucket: &Bucket| now.saturating_duration_since(bucket.at).as_secs_f64().mul_add(self.per_second, bucket.left).min(self.most);
        let key = network(client);
        if clients.len() >= CLIENTS_MAX && !clients.contains_key(&key) {
            clients.retain(|_, bucket| left(bucket) < self.most);
            if clients.len() >= CLIENTS_MAX {
                clients.clear();
            }
        }
        let bucket = clients.entry(key).or_insert(Bucket { left: self.most, at: now });
        bucket.left = left(bucket);
        bucket.at = now;
        let has_one = bucket.left >= 1.0;
        if has_one {
            bucket.left -= 1.0;
        }
        has_one
    }
}

fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::from((u128::from(address) & !u128::from(u64::MAX)).to_be_bytes()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_client_has_so_many_and_gets_more_with_time() {
        let limiter = Limiter::new(Rate { n: 3, per: Span(3_000_000) });
        let (start, one, other) = (Instant::now(), IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let asks = |client, after| limiter.takes(client, start + Duration::from_millis(after));
        assert_eq!([asks(one, 0), asks(one, 0), asks(one, 0), asks(one, 0)], [true, true, true, false]);
        assert!(asks(other, 0), "another client is not touched");
        assert_eq!([asks(one, 999), asks(one, 1001), asks(one, 1001)], [false, true, false]);
        assert_eq!((0..5).map(|_| asks(one, 60_000)).filter(|taken| *taken).count(), 3, "no more than the bucket holds");
    }

    #[test]
    fn a_network_is_one_client_and_memory_is_bounded() {
        let limiter = Limiter::new(Rate { n: 1, per: Span(60_000_000) });
        let now = Instant::now();
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(limiter.takes(address("2001:db8::1"), now));
        assert!(!limiter.takes(address("2001:db8::2"), now));
        assert!(limiter.takes(address("2001:db8:0:1::1"), now));
        assert!(limiter.takes(address("192.0.2.1"), now) && !limiter.takes(address("::ffff:192.0.2.1"), now));
        for n in 0..200_000_u32 {
            limiter.takes(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(limiter.clients.lock().expect("one thread").len() <= CLIENTS_MAX);
    }
}
