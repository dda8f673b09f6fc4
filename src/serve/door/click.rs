//! `/c/TOKEN?u=URL`: a link of a mail, counted on its way.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use url::Url;

use super::{Door, Here};
use crate::clock::{Span, Timestamp};
use crate::ledger::Act;
use crate::message::token::Purpose;

/// Time from the sending within which no person has read a mail: what follows its links looks for harm in them.
const TOO_SOON: Span = Span(2_000_000);
/// Words of the names of programs that follow links.
const PROGRAMS: [&str; 14] = [
    "bot",
    "crawl",
    "spider",
    "scan",
    "preview",
    "proxy",
    "monitor",
    "curl/",
    "wget/",
    "python",
    "java/",
    "go-http-client",
    "okhttp",
    "headless",
];

/// Where the link leads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Target {
    u: String,
}

/// Sends on to the target of the link, if it is one of ours; anything else gets the answer of a link that does not work.
pub(super) async fn follow(
    here: Here,
    method: Method,
    Path(token): Path<String>,
    Query(target): Query<Target>,
    headers: HeaderMap,
) -> Response {
    let is_allowed = here.project.config.public.as_ref().is_some_and(|public| {
        let host = Url::parse(&target.u)
            .ok()
            .filter(|url| matches!(url.scheme(), "https" | "http"))
            .and_then(|url| Some(url.host_str()?.to_owned()));
        host.is_some_and(|host| public.redirects.iter().any(|allowed| *allowed.get_ref() == host))
    });
    let Ok(found) = here.mail(Purpose::Click, &target.u, &token).await else { return here.busy(&headers) };
    let location = HeaderValue::from_str(&target.u).ok().filter(|_| is_allowed);
    let (Some(mail), Some(location)) = (found, location) else { return here.gone(&headers) };
    let automatic = method == Method::HEAD || is_program(&headers) || here.is_too_soon(mail.sending_at);
    // Whether it could be counted is not the reader's affair.
    here.writer.write(Act::Click { message: mail.no, url: target.u, automatic }).await;
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

impl Door {
    fn is_too_soon(&self, sending_at: Option<Timestamp>) -> bool {
        sending_at.is_some_and(|at| self.now().0 < at.plus(TOO_SOON).0)
    }
}

/// Says whether a request looks like that of a program, or of a browser that looks ahead.
fn is_program(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_ascii_lowercase);
    let looks_ahead =
        ["purpose", "sec-purpose", "x-purpose", "x-moz"].iter().any(|name| text(name).is_some_and(|value| value.contains("pre")));
    let names_itself = text("user-agent").is_none_or(|agent| agent.is_empty() || PROGRAMS.iter().any(|word| agent.contains(word)));
    looks_ahead || names_itself
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_people() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)));
            is_program(&headers.collect())
        };
        let browser = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        assert!(!with(&[browser]));
        assert!(with(&[browser, ("sec-purpose", "prefetch;prerender")]));
        assert!(with(&[]) && with(&[("user-agent", "")]));
        assert!(with(&[("user-agent", "Mozilla/5.0 (compatible; SomeBot/2.1)")]));
        assert!(with(&[("user-agent", "curl/8.5.0")]));
    }
}
