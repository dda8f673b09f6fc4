//! What must be published, and what must hold, for the mails of a project to be believed: all that can be said without a network.
//!
//! Rules: SPF (RFC 7208), DKIM (RFC 6376, 8301, 8463), DMARC (RFC 7489), one-click (RFC 8058); Gmail's and Yahoo's rules for bulk senders of
//! February 2024, Microsoft's of 5 May 2025. Vendors change theirs: read them again before a launch.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::message::dkim::{Algorithm, Record, Signer};
use crate::project::config::{Config, DeliveryKind, SmtpSection, Tls};
use crate::project::domain::{self, Alignment};

/// Providers whose domains only they may send from.
const MAILBOX_PROVIDERS: [&str; 14] = [
    "aol.com",
    "free.fr",
    "gmail.com",
    "gmx.de",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "live.com",
    "orange.fr",
    "outlook.com",
    "yahoo.com",
    "yahoo.fr",
];

/// What can be said of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as it should be.
    Ok,
    /// A record to publish; only DNS can tell whether it is there.
    Publish,
    /// Cannot be known from here: a person looks.
    Ask,
    /// Receivers will refuse mails, or file them as spam.
    Wrong,
}

/// One thing that receivers look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Stable name, e.g. `dkim-alignment`.
    pub item: &'static str,
    /// What can be said of it.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// Record to publish.
    pub record: Option<Record>,
    /// What to do.
    pub help: Option<String>,
}

/// What the audit looks at, besides the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// `relance.toml`.
    pub config: &'a Config,
    /// Domain that signs, or would.
    pub signing_domain: &'a str,
    /// The keys, when they are configured and could be read.
    pub signer: Option<&'a Signer>,
    /// Why a configured key could not be read.
    pub unreadable: &'a [String],
    /// Selectors whose key file others than its owner may read.
    pub exposed: &'a [String],
    /// Campaigns whose templates do not print the postal address.
    pub without_postal_address: &'a [String],
}

/// Looks at every item, in the order in which receivers do.
pub fn audit(facts: &Facts<'_>) -> Vec<Item> {
    let from = domain::of_address(facts.config.sender.address.get_ref()).unwrap_or_default();
    let envelope = facts.config.sender.return_path.as_ref().and_then(|path| domain::of_address(&path.get_ref().replace("{token}", "t")));
    let envelope = envelope.unwrap_or_else(|| from.clone());
    let mut items = vec![sender(&from)];
    items.push(spf(facts, &envelope));
    items.extend(dkim(facts));
    items.extend(facts.exposed.iter().map(|selector| {
        item("dkim-file", Verdict::Wrong, format!("others than its owner may read the key of {selector}"))
            .help("`chmod 600` the file; if others had access, make a new key under a new selector")
    }));
    items.extend(alignment(facts, &from, &envelope));
    items.push(dmarc(&from));
    items.extend(return_path(facts, &envelope));
    items.extend(unsubscribe(facts));
    items.push(postal_address(facts));
    items.extend(transport(facts));
    items.extend(bulk());
    items
}

fn item(item: &'static str, verdict: Verdict, found: impl Into<String>) -> Item {
    Item { item, verdict, found: found.into(), record: None, help: None }
}

impl Item {
    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    fn record(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { record: Some(Record { name: name.into(), value: value.into() }), ..self }
    }
}

fn sender(from: &str) -> Item {
    if MAILBOX_PROVIDERS.contains(&from) {
        return item(
            "from",
            Verdict::Wrong,
            format!("`{from}` belongs to a mailbox provider, and its DMARC record forbids others to send from it"),
        )
        .help("write an address of your own domain: `[sender] address = \"news@shop.example\"`");
    }
    item("from", Verdict::Ok, format!("mails come from {from}"))
}

/// The servers that mails go to; none when they are written to files.
fn servers<'f>(facts: &Facts<'f>) -> Vec<&'f SmtpSection> {
    let delivery = &facts.config.delivery;
    let all = delivery.servers().into_iter().map(|(_, smtp)| smtp);
    all.filter(|_| delivery.to == DeliveryKind::Smtp).collect()
}

fn spf(facts: &Facts<'_>, envelope: &str) -> Item {
    let hosts: BTreeSet<String> = servers(facts).into_iter().filter_map(|smtp| domain::ascii(&smtp.host)).collect();
    let named = hosts.iter().map(|host| format!("a:{host}")).collect::<Vec<_>>().join(" ");
    let (mechanism, help) = match hosts.first() {
        Some(host) => (
            named,
            format!("`a:{host}` is right when that host itself delivers; behind a provider, write the `include:` it names. One SPF record a name: merge it with one that is there"),
        ),
        None => (
            "include:PROVIDER".to_owned(),
            "replace `include:PROVIDER` by what your provider names, or by `ip4:` and the address that sends. One SPF record a name: merge it with one that is there".to_owned(),
        ),
    };
    item("spf", Verdict::Publish, format!("the servers that may send for {envelope}, the domain of the return path (RFC 7208)"))
        .record(envelope, format!("v=spf1 {mechanism} ~all"))
        .help(help)
}

fn dkim(facts: &Facts<'_>) -> Vec<Item> {
    let Some(signer) = facts.signer else {
        let mut items: Vec<Item> = facts
            .unreadable
            .iter()
            .map(|why| item("dkim", Verdict::Wrong, why.clone()).help("run the audit where the key can be read, as the user who sends"))
            .collect();
        if items.is_empty() {
            items.push(
                item("dkim", Verdict::Wrong, "mails are not signed")
                    .help("make a key with `relance dkim keygen --selector s1`, and name it in `[[dkim.keys]]`"),
            );
        }
        return items;
    };
    let mut items = Vec::new();
    for (selector, key) in signer.keys() {
        let record = Record::of(key, selector, signer.domain());
        let found = format!("selector {selector}: {} of {} bits (RFC 6376 section 3.6)", key.algorithm().record_name(), key.bits());
        items.push(Item { record: Some(record), ..item("dkim-key", Verdict::Publish, found) });
    }
    let has_rsa = signer.keys().iter().any(|(_, key)| key.algorithm() == Algorithm::Rsa);
    items.push(if has_rsa {
        item("dkim-algorithm", Verdict::Ok, "there is an RSA key, which every receiver verifies")
    } else {
        item("dkim-algorithm", Verdict::Wrong, "there is no RSA key, and not every receiver verifies Ed25519 (RFC 8463)")
            .help("add one: `relance dkim keygen --algorithm rsa --selector s2`")
    });
    items
}

/// Judges whether DMARC will take the mails for the sender's own: SPF or DKIM of an aligned domain is enough (RFC 7489 section 3.1).
fn alignment(facts: &Facts<'_>, from: &str, envelope: &str) -> Vec<Item> {
    let words = |what: &str, other: &str, alignment: Alignment| match alignment {
        Alignment::Strict => format!("{what}{other} is the domain of From"),
        Alignment::Relaxed => format!("{what}{other} is aligned with {from} in relaxed mode"),
        Alignment::Unknown => {
            format!("{what}{other} and {from} share an end; the list of public suffixes tells whether it is one owner's")
        }
        Alignment::None => format!("{what}{other} is not aligned with {from}"),
    };
    let by_spf = domain::alignment(from, envelope);
    let by_dkim = domain::alignment(from, facts.signing_domain);
    let signs = facts.config.dkim.is_some();
    let is_aligned = |alignment| matches!(alignment, Alignment::Strict | Alignment::Relaxed);
    let verdict = |alignment, other_is_enough: bool| match alignment {
        Alignment::Strict | Alignment::Relaxed => Verdict::Ok,
        Alignment::Unknown => Verdict::Ask,
        Alignment::None if other_is_enough => Verdict::Ok,
        Alignment::None => Verdict::Wrong,
    };
    let mut items = vec![item("spf-alignment", verdict(by_spf, signs && is_aligned(by_dkim)), words("return path ", envelope, by_spf))];
    if by_spf == Alignment::None && signs && is_aligned(by_dkim) {
        items[0].found.push_str(": DMARC rests on DKIM alone");
    }
    if signs {
        let item = item("dkim-alignment", verdict(by_dkim, is_aligned(by_spf)), words("d=", facts.signing_domain, by_dkim));
        items.push(if by_dkim == Alignment::None { item.help(format!("write `[dkim] domain = \"{from}\"`")) } else { item });
    }
    items
}

fn dmarc(from: &str) -> Item {
    item("dmarc", Verdict::Publish, "what receivers do with mails that are not yours (RFC 7489)")
        .record(format!("_dmarc.{from}"), format!("v=DMARC1; p=none; rua=mailto:dmarc@{from}"))
        .help(format!(
            "`rua` is where daily reports go: make that mailbox, or name another (one outside {from} must agree by a record of its own). \
             `p=none` only watches and is the least that bulk rules ask; go on to `quarantine`, then `reject`, once the reports show none but yours. \
             A record above this domain may already hold"
        ))
}

fn return_path(facts: &Facts<'_>, envelope: &str) -> Vec<Item> {
    let written = facts.config.sender.return_path.as_ref().map(|path| path.get_ref().as_str()).unwrap_or_default();
    let verp = if written.contains("{token}") {
        item("return-path", Verdict::Ok, "each mail has a return path of its own, so that a bounce tells whose it is")
    } else {
        item("return-path", Verdict::Wrong, "all mails have the same return path: a bounce does not tell whose it is")
            .help(format!("write `[sender] return_path = \"bounce+{{token}}@{envelope}\"`, and let that mailbox take every `bounce+...`"))
    };
    let mailbox = item("return-path-mailbox", Verdict::Ask, format!("{envelope} has an MX record, and a mailbox there takes bounces"))
        .help("send a mail to it from elsewhere");
    vec![verp, mailbox]
}

fn unsubscribe(facts: &Facts<'_>) -> Vec<Item> {
    let link = facts.config.links.unsubscribe.get_ref();
    let host = url::Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let page = if link.starts_with("https://") && link.contains("{token}") {
        item("unsubscribe-link", Verdict::Ok, format!("https, on {host}, with a token for each recipient and no address"))
    } else {
        item("unsubscribe-link", Verdict::Wrong, format!("the unsubscribe link on `{host}` is not https, or has no token"))
            .help("write `[links] unsubscribe = \"https://shop.example/unsubscribe?t={token}\"`")
    };
    let one_click = if facts.config.dkim.is_some() {
        item("one-click", Verdict::Ok, "List-Unsubscribe and List-Unsubscribe-Post are in every mail, and signed (RFC 8058)")
    } else {
        item(
            "one-click",
            Verdict::Wrong,
            "List-Unsubscribe-Post is in every mail and not signed: receivers show no button (RFC 8058 section 4)",
        )
        .help("sign mails: `relance dkim keygen --selector s1`")
    };
    let answer = item(
        "unsubscribe-page",
        Verdict::Ask,
        format!("{host} unsubscribes on a POST alone: no cookie, no redirect, no question, within 2 days"),
    )
    .help("try it: `curl -i -d List-Unsubscribe=One-Click LINK`, with the link of a mail of your own");
    vec![page, one_click, answer]
}

fn postal_address(facts: &Facts<'_>) -> Item {
    if facts.without_postal_address.is_empty() {
        return item("postal-address", Verdict::Ok, "every template prints it (15 USC 7704)");
    }
    item("postal-address", Verdict::Wrong, format!("no postal address in the templates of: {}", facts.without_postal_address.join(", ")))
        .help("put `{{ sender.postal_address }}` in the footer")
}

fn transport(facts: &Facts<'_>) -> Vec<Item> {
    let delivery = &facts.config.delivery;
    let mut items = Vec::new();
    let (safe, open): (Vec<_>, Vec<_>) =
        servers(facts).into_iter().partition(|smtp| matches!(smtp.tls, Tls::Required | Tls::Always | Tls::Implicit));
    let hosts = |servers: &[&SmtpSection]| servers.iter().map(|smtp| smtp.host.as_str()).collect::<Vec<_>>().join(", ");
    items.push(if !open.is_empty() {
        item("tls", Verdict::Wrong, format!("mails may go to {} in clear", hosts(&open)))
            .help("write `tls = \"required\"` there, in `[delivery.smtp]` or `[[delivery.routes]]`")
    } else if safe.is_empty() {
        item("tls", Verdict::Ask, "mails are written to files: who sends them must use TLS")
    } else {
        item("tls", Verdict::Ok, format!("mails go to {} by TLS, or to this machine itself", hosts(&safe)))
    });
    items.push(
        item("reverse-dns", Verdict::Ask, "the address that delivers has a PTR record, whose name has that address (RFC 1912 section 2.1)")
            .help("ask who runs the server, or look: `dig -x ADDRESS`, then `dig NAME`"),
    );
    if delivery.redirect_to.is_some() {
        items.push(
            item("redirect", Verdict::Wrong, "`delivery.redirect_to` is set: nobody but that address gets mails")
                .help("remove it before a launch, or keep it in a layer: `--env staging`"),
        );
    }
    items
}

fn bulk() -> Vec<Item> {
    vec![
        item(
            "gmail-yahoo",
            Verdict::Ask,
            "above about 5,000 mails a day for one domain: SPF, DKIM and DMARC, aligned; one-click; unsubscribed within 2 days; spam reports under 0.1 %, never 0.3 %",
        )
        .help("watch the rate in Google Postmaster Tools; register the domain at Yahoo's Complaint Feedback Loop"),
        item(
            "microsoft",
            Verdict::Ask,
            "above 5,000 mails a day to outlook.com, hotmail.com or live.com: SPF, DKIM and DMARC pass, else every mail is answered 550 5.7.515",
        )
        .help("such an answer is about the sender: nobody is suppressed for it"),
    ]
}
