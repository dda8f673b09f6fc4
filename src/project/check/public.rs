//! Checks of `[public]` and `[questions]`.

use std::collections::BTreeSet;

use toml::Spanned;

use super::{Notes, is_name};
use crate::project::checked::Rate;
use crate::project::config::{Config, ExpirySection};

/// Checks both sections; whether the campaigns of topics exist is known once they are read.
pub(super) fn check(notes: &mut Notes<'_>, config: &Config) {
    if let Some(public) = &config.public {
        url(notes, public.url.as_ref());
        for (written, page) in [(&config.links.unsubscribe, "u"), (&config.links.preferences, "p")] {
            let Some(address) = public.address() else { continue };
            let wanted = format!("{address}/{page}/{{token}}");
            if written.get_ref().starts_with(&format!("{address}/")) && *written.get_ref() != wanted {
                let message = format!("`{}` is none of the pages of [public]", written.get_ref());
                notes.warning("public::no-such-page", written.span(), message, format!("write `{wanted}`"));
            }
        }
        if let Some(rate) = public.rate.as_ref().filter(|rate| Rate::parse(rate.get_ref()).is_none()) {
            let message = format!("`{}` is no number of requests per time", rate.get_ref());
            notes.error("public::not-a-rate", rate.span(), message, "a number per time", "write for example `120 per minute`");
        }
        let ExpirySection { unsubscribe, preferences, answer, view, click } = &public.expiry;
        for written in [unsubscribe, preferences, answer, view, click].into_iter().flatten() {
            notes.span(written);
        }
        redirects(notes, &public.redirects);
        if public.clicks && (public.redirects.is_empty() || public.url.is_none()) {
            let message = "links are to be counted and lead nowhere".to_owned();
            let help = "add `url = \"https://shop.example/mail\"` and `redirects = [\"shop.example\"]` to [public]";
            notes.error("public::no-redirects", notes.locate(&["public", "clicks"]), message, "needs `url` and `redirects`", help);
        }
        for name in public.purposes.keys().chain(public.topics.keys()) {
            named(notes, &["public"], name);
        }
        for (name, topic) in &public.topics {
            if topic.campaigns.is_empty() && topic.products.is_empty() {
                let message = format!("doing without the topic `{name}` changes nothing");
                let help = "say what it stands for: `campaigns = [\"newsletter\"]`, or `products = [\"mode-ethique\"]`";
                notes.error("public::empty-topic", notes.locate(&["public", "topics", name]), message, "stands for nothing", help);
            }
        }
    }
    for (name, question) in &config.questions {
        let place = notes.locate(&["questions", name]);
        named(notes, &["questions", name], name);
        if question.answers.len() < 2 {
            let message = format!("the question `{name}` leaves no choice");
            notes.error("question::no-choice", place, message, "two answers or more", "add `[[questions.NAME.answers]]`");
        }
        let mut known = BTreeSet::new();
        for value in question.answers.iter().map(|answer| &answer.value) {
            if !is_name(value.get_ref()) || !known.insert(value.get_ref()) {
                let message = format!("`{}` is no answer of its own", value.get_ref());
                let label = "lower-case letters, digits, `-` and `_`, once each";
                notes.error("question::bad-answer", value.span(), message, label, "write for example `value = \"blue\"`");
            }
        }
    }
}

/// Checks that the campaigns of topics exist.
pub(in crate::project) fn topics(notes: &mut Notes<'_>, config: &Config, campaigns: &[String]) {
    let topics = config.public.iter().flat_map(|public| public.topics.values());
    for campaign in topics.flat_map(|topic| &topic.campaigns) {
        notes.known("public::no-such-campaign", "campaign", campaign, campaigns);
    }
}

fn named(notes: &mut Notes<'_>, place: &[&str], name: &str) {
    if !is_name(name) {
        let message = format!("`{name}` is not a name");
        notes.error("public::bad-name", notes.locate(place), message, "lower-case letters, digits, `-` and `_`", "rename it");
    }
}

fn url(notes: &mut Notes<'_>, written: Option<&Spanned<String>>) {
    let Some(written) = written else { return };
    let good = url::Url::parse(written.get_ref()).is_ok_and(|url| {
        url.scheme() == "https" && url.has_host() && url.query().is_none() && url.fragment().is_none() && !url.path().contains(['{', '%'])
    });
    if !good {
        let message = format!("`{}` is not where pages can be reached", written.get_ref());
        let label = "an https URL without a query";
        notes.error("public::not-a-url", written.span(), message, label, "write for example `https://shop.example/mail`");
    }
}

fn redirects(notes: &mut Notes<'_>, hosts: &[Spanned<String>]) {
    for host in hosts {
        let is_host = matches!(url::Host::parse(host.get_ref()), Ok(url::Host::Domain(domain)) if domain == *host.get_ref());
        if !is_host {
            let message = format!("`{}` is not the name of a host", host.get_ref());
            notes.error("public::not-a-host", host.span(), message, "lower case, without a path", "write for example `shop.example`");
        }
    }
}
