//! By which servers mails go, in what shares, and how fast to whom.

use std::collections::BTreeMap;

use super::smtp::SmtpOptions;
use crate::id::stable_unit;
use crate::project::checked::Rate;

/// The name under which the limits of all other domains stand.
pub const ALL_DOMAINS: &str = "*";

/// One or more servers, and the limits of recipients' domains.
#[derive(Debug, Clone)]
pub struct Routes {
    /// The servers; at least one.
    pub routes: Vec<Route>,
    /// Limits by recipient domain, in lower case; [`ALL_DOMAINS`] for each of those not named.
    pub domains: BTreeMap<String, DomainLimit>,
}

/// One server and its share.
#[derive(Debug, Clone)]
pub struct Route {
    /// Name, in messages to people.
    pub name: String,
    /// Its share of the mails, beside those of the others.
    pub weight: u32,
    /// Mails begun per time.
    pub rate: Option<Rate>,
    /// How to reach it.
    pub smtp: SmtpOptions,
}

/// How much one recipient domain is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DomainLimit {
    /// Mails begun per time.
    pub rate: Option<Rate>,
    /// Mails on the way at the same time.
    pub connections: Option<usize>,
}

impl From<SmtpOptions> for Routes {
    /// One server, without limits.
    fn from(smtp: SmtpOptions) -> Self {
        let route = Route { name: format!("{}:{}", smtp.host, smtp.port), weight: 1, rate: None, smtp };
        Self { routes: vec![route], domains: BTreeMap::new() }
    }
}

impl Routes {
    /// Returns the number of connections of all servers.
    pub(super) fn n_connections(&self) -> usize {
        self.routes.iter().map(|route| route.smtp.connections.max(1)).sum()
    }

    /// Returns the servers in the order in which a recipient is to use them: by weighted rendezvous, so that a recipient stays with a
    /// server (greylisting knows the pair), and the share of one that is down goes to the others by their weights.
    pub(super) fn order(&self, recipient: &str) -> Vec<usize> {
        if self.routes.len() == 1 {
            return vec![0];
        }
        let score =
            |route: &Route| -f64::from(route.weight.max(1)) / stable_unit(&["route", &route.name, recipient]).max(f64::MIN_POSITIVE).ln();
        let mut scored: Vec<(f64, usize)> = self.routes.iter().enumerate().map(|(n, route)| (score(route), n)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.into_iter().map(|(_, n)| n).collect()
    }

    /// Returns the limit of a domain, when it has one.
    pub(super) fn limit(&self, domain: &str) -> Option<DomainLimit> {
        self.domains.get(domain).or_else(|| self.domains.get(ALL_DOMAINS)).copied()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::delivery::{Reconnect, Timeouts};
    use crate::project::config::Tls;

    pub(in crate::delivery) fn routes(weights: &[u32]) -> Routes {
        let smtp = |n: usize| SmtpOptions {
            host: format!("r{n}.example"),
            port: 25,
            tls: Tls::Required,
            ca_pem: None,
            credentials: None,
            hello: None,
            connections: 1,
            messages_per_connection: 100,
            timeouts: Timeouts::default(),
            reconnect: Reconnect { attempts: 1, first_pause: Duration::ZERO, storm_gap: Duration::ZERO },
        };
        let route = |(n, weight): (usize, &u32)| Route { name: format!("r{n}"), weight: *weight, rate: None, smtp: smtp(n) };
        Routes { routes: weights.iter().enumerate().map(route).collect(), domains: BTreeMap::new() }
    }

    #[test]
    fn shares_follow_the_weights_and_go_to_the_others_by_theirs() {
        let routes = routes(&[6, 3, 1]);
        let orders: Vec<Vec<usize>> = (0..10_000).map(|n| routes.order(&format!("c{n}@shop.example"))).collect();
        let share = |route: usize, place: usize, first: Option<usize>| {
            let among: Vec<_> = orders.iter().filter(|order| first.is_none_or(|first| order[0] == first)).collect();
            among.iter().filter(|order| order[place] == route).count() * 100 / among.len()
        };
        assert!((58..=62).contains(&share(0, 0, None)) && (28..=32).contains(&share(1, 0, None)) && (8..=12).contains(&share(2, 0, None)));
        // What the first would have got is shared 3 to 1.
        assert!((72..=78).contains(&share(1, 1, Some(0))), "{}", share(1, 1, Some(0)));
        assert_eq!(routes.order("a@shop.example"), routes.order("a@shop.example"));
    }

    #[test]
    fn a_domain_has_its_own_limit_or_that_of_all() {
        let mut routes = routes(&[1]);
        assert_eq!(routes.limit("gmail.com"), None);
        let own = DomainLimit { rate: None, connections: Some(2) };
        let all = DomainLimit { rate: None, connections: Some(9) };
        routes.domains = [("gmail.com".to_owned(), own), (ALL_DOMAINS.to_owned(), all)].into();
        assert_eq!([routes.limit("gmail.com"), routes.limit("shop.example")], [Some(own), Some(all)]);
    }
}
