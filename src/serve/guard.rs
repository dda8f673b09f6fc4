//! Who may ask, and what every answer carries.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};

/// Names under which a server answers; any other `Host` is refused, so that a page elsewhere cannot reach it by a name that was made
/// to point here (DNS rebinding).
#[derive(Debug, Clone)]
pub struct Hosts(Option<BTreeSet<String>>);

impl Hosts {
    /// Names of the loopback, at any port, and those given: for servers that only this machine may use.
    pub fn loopback(also: impl IntoIterator<Item = String>) -> Self {
        let own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        Self(Some(own.into_iter().chain(also.into_iter().map(|name| name.to_ascii_lowercase())).collect()))
    }

    /// Any name: for servers behind a proxy that has looked already.
    pub fn any() -> Self {
        Self(None)
    }

    /// Says whether a request for `host` is answered; `host` may carry a port.
    pub fn knows(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!name.contains(':') || name.starts_with('[')) => name,
            _ => host,
        };
        self.0.as_ref().is_none_or(|names| names.contains(&name.to_ascii_lowercase()))
    }
}

/// Everything that pages load comes from the server itself; nothing frames them but themselves; nothing is kept in caches.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
                      frame-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Wraps a router: hosts are checked, bodies are bounded, and every answer carries the headers above unless it set its own.
pub fn guarded(router: Router, hosts: Hosts, max_body_bytes: usize) -> Router {
    router
        .layer(DefaultBodyLimit::max(max_body_bytes))
        .layer(middleware::map_response(sealed))
        .layer(middleware::from_fn_with_state(Arc::new(hosts), known_host))
}

async fn sealed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn known_host(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    if host.is_some_and(|host| hosts.knows(host)) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "this server does not answer under that name\n").into_response()
    }
}

/// Says whether a request that changes something comes from a page of the server itself, by `Sec-Fetch-Site` and `Origin`
/// (Fetch Metadata; RFC 6454). A client that is no browser sends neither and passes.
pub fn is_own_page(request: &axum::http::HeaderMap) -> bool {
    let text = |name: HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
    authority.is_some() && authority.as_deref() == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_loopback_are_known() {
        let hosts = Hosts::loopback(["Studio.Example".to_owned()]);
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "[::1]", "studio.example:443"] {
            assert!(hosts.knows(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "::1", "0.0.0.0", "localhost:80:80"] {
            assert!(!hosts.knows(host), "{host}");
        }
        assert!(Hosts::any().knows("anything.example"));
    }

    #[test]
    fn a_page_of_elsewhere_changes_nothing() {
        let request = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
        };
        assert!(is_own_page(&request(&[("host", "localhost:1")])));
        assert!(is_own_page(&request(&[("host", "localhost:1"), ("origin", "http://localhost:1")])));
        assert!(is_own_page(&request(&[("sec-fetch-site", "same-origin"), ("host", "a"), ("origin", "http://a")])));
        assert!(!is_own_page(&request(&[("host", "localhost:1"), ("origin", "http://evil.example")])));
        assert!(!is_own_page(&request(&[("host", "localhost:1"), ("origin", "null")])));
        assert!(!is_own_page(&request(&[("host", "localhost:1"), ("sec-fetch-site", "cross-site")])));
        assert!(!is_own_page(&request(&[("host", "localhost:1"), ("sec-fetch-site", "same-site")])));
    }
}
