//! Checks of `[delivery]`: servers, their logins, paces, time-outs; domains, warm-up, retries.

use chrono::NaiveDate;
use toml::Spanned;

use super::Notes;
use crate::project::checked::Rate;
use crate::project::config::{AuthMechanism, DeliveryKind, DeliverySection, RetrySection, Secret, SmtpSection, Tls};

/// Most connections, mails on one connection, and weight.
const CONNECTIONS_MAX: u64 = 200;
const MESSAGES_MAX: u64 = 100_000;
const WEIGHT_MAX: u64 = 1_000_000;
/// Most that a day's ceiling may grow to from the day before.
const FACTOR_MAX: f64 = 10.0;

pub(super) fn check(notes: &mut Notes<'_>, delivery: &DeliverySection) {
    let place = notes.locate(&["delivery", "to"]);
    let servers = delivery.servers();
    if delivery.to == DeliveryKind::Smtp && servers.is_empty() {
        let message = "mails go to an SMTP server, and none is named".to_owned();
        let help = "add `[delivery.smtp]` with `host = \"smtp.shop.example\"`";
        notes.error("delivery::no-server", place, message, "needs `[delivery.smtp]`", help);
    } else if delivery.to != DeliveryKind::Smtp && delivery.path.is_none() {
        let message = "mails go to files, and no path is given".to_owned();
        notes.error("delivery::no-path", place, message, "needs `path`", "add `path = \"outbox\"`");
    }
    if delivery.smtp.is_some() && !delivery.routes.is_empty() {
        let place = notes.locate(&["delivery", "smtp"]);
        let message = "there are both `[delivery.smtp]` and `[[delivery.routes]]`".to_owned();
        notes.error("delivery::two-ways", place, message, "one server or several", "make it one of the `[[delivery.routes]]`");
    }
    for (path, smtp) in &servers {
        server(notes, &path.iter().map(String::as_str).collect::<Vec<_>>(), smtp);
    }
    let mut names: Vec<String> =
        servers.iter().map(|(_, smtp)| smtp.name.clone().unwrap_or_else(|| format!("{}:{}", smtp.host, smtp.port))).collect();
    names.sort();
    for pair in names.windows(2).filter(|pair| pair[0] == pair[1]) {
        let help = "give each of `[[delivery.routes]]` its own `name`";
        notes.error_unplaced("delivery::same-name", format!("two routes are named `{}`", pair[0]), help);
    }
    for (name, domain) in &delivery.domains {
        let place = notes.locate(&["delivery", "domains", name]);
        let is_domain = name == "*" || (name.contains('.') && !name.contains(|letter: char| letter.is_whitespace() || letter == '@'));
        if !is_domain {
            let message = format!("`{name}` is not a domain");
            notes.error("delivery::not-a-domain", place, message, "what follows the `@`", "write for example `gmail.com`, or `*` for all");
        }
        rate(notes, domain.rate.as_ref());
        if let Some(n) = &domain.connections {
            in_range(notes, n.span(), "connections", *n.get_ref() as u64, CONNECTIONS_MAX);
        }
    }
    warm_up(notes, delivery);
    retry(notes, &delivery.retry);
}

/// The first delay fits under the longest and under the deadline: else nothing would be tried again as it is written.
fn retry(notes: &mut Notes<'_>, retry: &RetrySection) {
    let mut read = |written: &Option<Spanned<String>>| written.as_ref().and_then(|written| Some((written.clone(), notes.span(written)?)));
    let (first, longest, end) = (read(&retry.first), read(&retry.longest), read(&retry.give_up_after));
    read(&retry.greylisted);
    let Some((first, least)) = first else { return };
    for (key, (written, span)) in [("longest", longest), ("give_up_after", end)].into_iter().filter_map(|(key, read)| Some((key, read?))) {
        if span < least {
            let message = format!("`{key}` is shorter than `first`");
            let help = format!("write for example `{key} = \"{}\"`, or a shorter `first`", first.get_ref());
            notes.error("delivery::contradictory-retry", written.span(), message, "mails would not be tried again as this says", help);
        }
    }
}

fn server(notes: &mut Notes<'_>, path: &[&str], smtp: &SmtpSection) {
    let at = |key: &'static str| [path, &[key]].concat();
    let shown = path.get(1).copied().unwrap_or_default();
    for (key, secret) in [("password", &smtp.password), ("token", &smtp.token)] {
        if matches!(secret, Some(Secret::Url(_))) {
            let help = format!("write `{key} = {{ env = \"SMTP_{}\" }}`", key.to_uppercase());
            notes.error_unplaced("config::secret-in-file", format!("`delivery.{shown}.{key}` is written in the file"), help);
        }
    }
    if smtp.host.trim().is_empty() || smtp.host.contains(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '@')) {
        let place = notes.locate(&at("host"));
        let message = format!("`{}` is not a host name", smtp.host);
        notes.error("delivery::bad-host", place, message, "a name without scheme or port", "write for example `smtp.shop.example`");
    }
    login(notes, path, smtp);
    for (key, n, most) in [
        ("connections", smtp.connections as u64, CONNECTIONS_MAX),
        ("messages_per_connection", u64::from(smtp.messages_per_connection), MESSAGES_MAX),
        ("weight", u64::from(smtp.weight), WEIGHT_MAX),
    ] {
        let place = notes.locate(&at(key));
        in_range(notes, place, key, n, most);
    }
    rate(notes, smtp.rate.as_ref());
    let timeouts = &smtp.timeouts;
    let all = [&timeouts.connect, &timeouts.greeting, &timeouts.command, &timeouts.data, &timeouts.body, &timeouts.dot];
    for written in all.into_iter().flatten() {
        notes.span(written);
    }
}

fn login(notes: &mut Notes<'_>, path: &[&str], smtp: &SmtpSection) {
    let secret = smtp.password.as_ref().or(smtp.token.as_ref());
    let place = notes.locate(path);
    if smtp.user.is_some() != secret.is_some() {
        let message = "the SMTP user and password go together".to_owned();
        notes.error("delivery::half-login", place, message, "one of the two is missing", "write both `user` and `password`, or none");
    } else if smtp.password.is_some() && smtp.token.is_some() {
        let message = "there are both a `password` and a `token`".to_owned();
        notes.error("delivery::two-secrets", place, message, "one of the two is used", "leave one of them out");
    } else if let Some(auth) = smtp.auth
        && secret.is_some()
        && (auth == AuthMechanism::Xoauth2) != smtp.token.is_some()
    {
        let message = format!("{auth} goes with a {}", if auth == AuthMechanism::Xoauth2 { "token" } else { "password" });
        let place = notes.locate(&[path, &["auth"]].concat());
        notes.error(
            "delivery::other-secret",
            place,
            message,
            "another kind of secret",
            "write `token` with `xoauth2`, `password` with others",
        );
    } else if secret.is_some() && smtp.tls == Tls::None {
        let message = "the password crosses the network in clear".to_owned();
        let place = notes.locate(&[path, &["tls"]].concat());
        notes.warning("delivery::login-in-clear", place, message, "leave `tls` out, unless the server is on this machine");
    }
}

fn rate(notes: &mut Notes<'_>, written: Option<&Spanned<String>>) {
    let Some(written) = written.filter(|written| Rate::parse(written.get_ref()).is_none()) else { return };
    let message = format!("`{}` is not a pace", written.get_ref());
    notes.error("delivery::not-a-rate", written.span(), message, "mails per time", "write for example `10 per second` or `500 per hour`");
}

fn in_range(notes: &mut Notes<'_>, place: std::ops::Range<usize>, key: &str, n: u64, most: u64) {
    if !(1..=most).contains(&n) {
        let message = format!("`{key}` is {n}");
        notes.error("delivery::out-of-range", place, message, format!("from 1 to {most}"), format!("write for example `{key} = 4`"));
    }
}

fn warm_up(notes: &mut Notes<'_>, delivery: &DeliverySection) {
    let Some(warm_up) = &delivery.warm_up else { return };
    if warm_up.from.get_ref().parse::<NaiveDate>().is_err() {
        let message = format!("`{}` is not a day", warm_up.from.get_ref());
        notes.error("delivery::not-a-day", warm_up.from.span(), message, "the first day", "write for example `2026-01-15`");
    }
    let factor = *warm_up.factor.get_ref();
    if !(factor > 1.0 && factor <= FACTOR_MAX) {
        let message = format!("`factor` is {factor}");
        notes.error("delivery::out-of-range", warm_up.factor.span(), message, "above 1, at most 10", "write for example `factor = 1.5`");
    }
    if *warm_up.start.get_ref() == 0 || warm_up.until.get_ref() <= warm_up.start.get_ref() {
        let message = format!("a warm-up from {} to {} mails", warm_up.start.get_ref(), warm_up.until.get_ref());
        let help = "write for example `start = 500` and `until = 50_000`";
        notes.error("delivery::out-of-range", warm_up.until.span(), message, "must be more than `start`, which is at least 1", help);
    }
}
