//! Checks of `[dkim]` and of the keys of `[secrets]`: names, domains, alignment; the keys themselves are read by who signs.

use std::collections::BTreeSet;

use super::Notes;
use crate::project::config::{Config, DkimSection, Secret};
use crate::project::domain::{self, Alignment};

/// Most signatures a mail carries.
const DKIM_KEYS_MAX: usize = 8;
/// Longest name of a token key: it stands in the local part of the return path.
const KEY_ID_MAX: usize = 8;

/// Checks how mails are signed.
pub(super) fn dkim(notes: &mut Notes<'_>, config: &Config) {
    let Some(dkim) = &config.dkim else { return };
    let table = notes.locate(&["dkim"]);
    if dkim.keys.is_empty() || dkim.keys.len() > DKIM_KEYS_MAX {
        let message = format!("`[dkim]` has {} keys", dkim.keys.len());
        let help = "make one with `relance dkim keygen`, and add `[[dkim.keys]]` with `selector` and `key`";
        notes.error("dkim::number-of-keys", table.clone(), message, format!("from 1 to {DKIM_KEYS_MAX}"), help);
    }
    domain_of(notes, config, dkim);
    let mut seen = BTreeSet::new();
    for key in &dkim.keys {
        let selector = &key.selector;
        if !domain::is_selector(selector.get_ref()) {
            let message = format!("`{}` is not a selector", selector.get_ref());
            let label = "labels of letters, digits and `-`";
            notes.error("dkim::not-a-selector", selector.span(), message, label, "write for example `selector = \"s2026\"`");
        }
        if !seen.insert(selector.get_ref().to_ascii_lowercase()) {
            let message = format!("the selector `{}` is given to two keys", selector.get_ref());
            let help = "give each key its own selector: DNS holds one key under each";
            notes.error("dkim::same-selector", selector.span(), message, "a second time", help);
        }
        if matches!(key.key, Secret::Url(_)) {
            let message = format!("the key of `{}` is written in the file", selector.get_ref());
            notes.error_unplaced("config::secret-in-file", message, "write `key = { file = \"dkim/NAME.pem\" }`");
        }
    }
}

/// Checks the domain that signs against the domain readers see.
fn domain_of(notes: &mut Notes<'_>, config: &Config, dkim: &DkimSection) {
    let Some(written) = &dkim.domain else { return };
    let Some(signs) = domain::ascii(written.get_ref()) else {
        let message = format!("`{}` is not a domain", written.get_ref());
        notes.error("dkim::not-a-domain", written.span(), message, "two labels or more", "write for example `shop.example`");
        return;
    };
    // An address that is not one is noted elsewhere.
    let Some(from) = domain::of_address(config.sender.address.get_ref()) else { return };
    let is_aligned = matches!(domain::alignment(&from, &signs), Alignment::Strict | Alignment::Relaxed);
    if !is_aligned && !dkim.allow_unaligned {
        let message = format!("mails from `{from}` would be signed by `{signs}`");
        let help = format!("write `domain = \"{from}\"`, or `allow_unaligned = true` if SPF alone is to satisfy DMARC");
        notes.error("dkim::not-aligned", written.span(), message, "DMARC asks for the sender's own domain", help);
    }
}

/// Checks the keys of tokens.
pub(super) fn secrets(notes: &mut Notes<'_>, config: &Config) {
    let secrets = &config.secrets;
    if secrets.key.is_some() && !secrets.keys.is_empty() {
        let place = notes.locate(&["secrets"]);
        let message = "`[secrets]` has both `key` and `keys`".to_owned();
        notes.error("config::two-keys", place, message, "one of the two", "move `key` into `[[secrets.keys]]` with `id = \"k1\"`");
    }
    let written_down = secrets.key.iter().chain(secrets.keys.iter().map(|key| &key.key)).any(|key| matches!(key, Secret::Url(_)));
    if written_down {
        let help = "write `key = { env = \"RELANCE_KEY\" }`";
        notes.error_unplaced("config::secret-in-file", "`secrets.key` is written in the file".to_owned(), help);
    }
    let mut seen = BTreeSet::new();
    for key in &secrets.keys {
        let id = key.id.get_ref();
        if !(1..=KEY_ID_MAX).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            let message = format!("`{id}` cannot name a key");
            let label = format!("1 to {KEY_ID_MAX} lower-case letters or digits");
            notes.error("config::bad-key-id", key.id.span(), message, label, "write for example `id = \"k2\"`");
        }
        if !seen.insert(id) {
            let message = format!("the id `{id}` is given to two keys");
            notes.error("config::same-key-id", key.id.span(), message, "a second time", "give each key an id of its own");
        }
    }
}
