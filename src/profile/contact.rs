//! A CRM record, owned, and the list of all of them sorted by id.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::account::{Account, Accounts};
use crate::clock::Timestamp;
use crate::id::{ContactId, ContactIx, Index};
use crate::source::record;

/// What the company knows of a person, as the CRM says it; the fields are those of [`record::Contact`].
#[expect(missing_docs, reason = "each field is documented where it is read, in `record::Contact`")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub locale: Option<String>,
    pub timezone: Option<String>,
    pub birthday: Option<NaiveDate>,
    pub gender: Option<String>,
    pub city: Option<String>,
    pub postcode: Option<String>,
    pub country: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub created_at: Option<Timestamp>,
    pub loyalty_tier: Option<String>,
    pub loyalty_points: Option<i64>,
    pub account_id: Option<String>,
    /// What is known of the company; `None` when `accounts` does not have it.
    pub account: Option<Account>,
    pub role: Option<String>,
    pub consents: BTreeMap<String, Consent>,
    pub objection: bool,
    pub attributes: BTreeMap<String, String>,
}

/// Purpose of the consent to the use of what a person did.
pub const PROFILING: &str = "profiling";

impl Contact {
    /// Says whether what the person did may be used; where no contact says anything of profiling (`asks_profiling` is false), it may,
    /// unless the person said no on the public pages.
    ///
    /// A consent given at `expired` or earlier counts as none.
    pub fn may_be_profiled(&self, asks_profiling: bool, expired: Option<Timestamp>) -> bool {
        self.consents.get(PROFILING).map_or(!asks_profiling, |consent| consent.stands(expired))
    }
}

/// What the person agreed to, or refused, for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Yes or no.
    pub given: bool,
    /// Since when.
    pub at: Option<Timestamp>,
    /// Legal basis.
    pub basis: Option<String>,
    /// Where it was given.
    pub source: Option<String>,
}

impl Consent {
    /// Says whether it was given after `expired`; one without a date cannot be shown to be younger than that.
    pub fn stands(&self, expired: Option<Timestamp>) -> bool {
        self.given && expired.is_none_or(|expired| self.at.is_some_and(|at| at > expired))
    }

    /// Says what it is, since when, on what basis and from where; the instants in a zone.
    pub fn words(&self, expired: Option<Timestamp>, zone: chrono_tz::Tz) -> String {
        let answer = match (self.given, self.stands(expired)) {
            (false, _) => "no",
            (true, true) => "yes",
            (true, false) => "expired",
        };
        let since = self.at.map(|at| format!("since {}", at.date(zone)));
        let source = self.source.as_ref().map(|source| format!("by {source}"));
        [Some(answer.to_owned()), since, self.basis.clone(), source].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl From<&record::Contact<'_>> for Contact {
    fn from(row: &record::Contact<'_>) -> Self {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let consent = |consent: &record::Consent<'_>| {
            let value = Consent { given: consent.given, at: consent.at, basis: text(consent.basis), source: text(consent.source) };
            (consent.purpose.to_owned(), value)
        };
        Self {
            id: row.id.into(),
            email: row.email.to_owned(),
            first_name: text(row.first_name),
            last_name: text(row.last_name),
            locale: text(row.locale.as_deref()),
            timezone: text(row.timezone),
            birthday: row.birthday,
            gender: text(row.gender),
            city: text(row.city),
            postcode: text(row.postcode),
            country: text(row.country),
            lat: row.lat,
            lon: row.lon,
            created_at: row.created_at,
            loyalty_tier: text(row.loyalty_tier),
            loyalty_points: row.loyalty_points,
            account_id: text(row.account_id),
            account: None,
            role: text(row.role),
            consents: row.consents.iter().map(consent).collect(),
            objection: row.objection,
            attributes: row.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_owned())).collect(),
        }
    }
}

/// A contact as the snapshot holds it: a seventh of the memory of a [`Contact`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedContact(Box<[u8]>);

impl EncodedContact {
    fn new(contact: &Contact, scratch: Vec<u8>) -> (Self, Vec<u8>) {
        // Nothing can fail: the lengths of maps and texts are known, and the memory is ours.
        let scratch = postcard::to_extend(contact, scratch).unwrap_or_default();
        (Self(scratch.as_slice().into()), scratch)
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the id, which comes first.
    pub fn id(&self) -> &str {
        self.start().0
    }

    /// Returns the address as written.
    pub fn address(&self) -> &str {
        self.start().1
    }

    /// Returns the whole record.
    pub fn decode(&self) -> Option<Contact> {
        postcard::from_bytes(&self.0).ok()
    }

    fn start(&self) -> (&str, &str) {
        postcard::take_from_bytes(&self.0).map_or(("", ""), |(start, _)| start)
    }
}

/// All contacts, sorted by id; a [`ContactIx`] is a position here.
#[derive(Debug, Clone, Default)]
pub struct Contacts {
    /// One record a person.
    pub list: Vec<EncodedContact>,
    /// Ids that came on several different rows: nobody can know which is right, so none is kept.
    pub contradictory: Vec<ContactId>,
    /// Purposes that a contact agreed to or refused.
    pub purposes: BTreeSet<String>,
    /// Names of the other columns that hold anything.
    pub attributes: BTreeSet<String>,
    /// Contacts of companies that `accounts` does not have.
    pub n_unknown_accounts: u64,
}

impl Contacts {
    /// Returns the position of every contact by id, for reading many rows.
    pub fn index(&self) -> Index<ContactIx> {
        let mut index = Index::with_capacity(self.list.len());
        self.list.iter().zip(0..).for_each(|(contact, ix)| index.set(contact.id(), |_| ContactIx(ix)));
        index
    }
}

/// Collects the contact rows of one reader, in any order.
#[derive(Debug, Default)]
pub struct ContactsBuilder {
    rows: Vec<EncodedContact>,
    purposes: BTreeSet<String>,
    attributes: BTreeSet<String>,
    n_unknown_accounts: u64,
    scratch: Vec<u8>,
}

impl ContactsBuilder {
    /// Takes one row, and finds its company; without `accounts` there is nothing to find.
    pub fn add(&mut self, row: &record::Contact<'_>, accounts: Option<&Accounts>) {
        let mut contact = Contact::from(row);
        if let Some(id) = &contact.account_id {
            contact.account = accounts.and_then(|accounts| accounts.get(id)).cloned();
            self.n_unknown_accounts += u64::from(accounts.is_some() && contact.account.is_none());
        }
        note(&mut self.purposes, contact.consents.keys());
        note(&mut self.attributes, contact.attributes.keys());
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let (encoded, scratch) = EncodedContact::new(&contact, scratch);
        self.scratch = scratch;
        self.rows.push(encoded);
    }

    /// Takes in the rows of another reader.
    pub fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.purposes.extend(other.purposes);
        self.attributes.extend(other.attributes);
        self.n_unknown_accounts += other.n_unknown_accounts;
    }

    /// Sorts by id; equal rows are one person, contradictory rows are nobody.
    pub fn build(mut self) -> Contacts {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|a, b| a.id().cmp(b.id()));
        rows.dedup();
        let mut contradictory: Vec<ContactId> =
            rows.windows(2).filter(|pair| pair[0].id() == pair[1].id()).map(|pair| pair[0].id().into()).collect();
        contradictory.dedup();
        if !contradictory.is_empty() {
            rows.retain(|contact| contradictory.binary_search_by(|id| id.as_str().cmp(contact.id())).is_err());
        }
        let Self { purposes, attributes, n_unknown_accounts, .. } = self;
        Contacts { list: rows, contradictory, purposes, attributes, n_unknown_accounts }
    }
}

/// Adds names to a set that mostly has them.
fn note<'a>(known: &mut BTreeSet<String>, names: impl Iterator<Item = &'a String>) {
    for name in names {
        if !known.contains(name) {
            known.insert(name.clone());
        }
    }
}

/// Returns the form in which addresses are compared for suppression, never the one that is written to.
///
/// Wider than equality on purpose: a suppressed person must not be reached through a twin spelling. Spaces around, case, quotes around a
/// local part (RFC 5321 section 4.1.2) and the forms of one accented text (NFC) make no difference; a domain is compared by its A-labels
/// (RFC 5891), without the final dot. Dots and `+tag` make no difference at Gmail, which says so; elsewhere they may name another mailbox.
pub fn canonical_address(address: &str) -> String {
    let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
    let lower = nfc.normalize(&address.trim().to_lowercase()).into_owned();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower };
    let local = unquoted(local);
    let domain = domain.trim_end_matches('.');
    let domain = url::Host::parse(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string());
    if matches!(domain.as_str(), "gmail.com" | "googlemail.com") {
        let bare = local.split('+').next().unwrap_or(&local).replace('.', "");
        return format!("{bare}@gmail.com");
    }
    format!("{local}@{domain}")
}

/// Says whether a text could be somebody's address: enough for a list of those not to write to, which may well hold odd ones.
pub fn is_like_address(text: &str) -> bool {
    let text = text.trim();
    let parts = text.rsplit_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
    parts.is_some() && text.len() <= ADDRESS_BYTES_MAX && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Longest address that is remembered, in bytes (RFC 5321 section 4.5.3.1, with room for other alphabets).
const ADDRESS_BYTES_MAX: usize = 512;

/// Takes the quotes and the backslashes off a quoted local part.
fn unquoted(local: &str) -> String {
    let Some(inside) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return local.to_owned() };
    let mut escaped = false;
    inside
        .chars()
        .filter(|c| {
            escaped = *c == '\\' && !escaped;
            !escaped
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_of_an_address_are_one() {
        assert_eq!(canonical_address(" Ana@Shop.EXAMPLE"), "ana@shop.example");
        assert_eq!(canonical_address("a.n.a+x@googlemail.com"), "ana@gmail.com");
        assert_eq!(canonical_address("no address"), "no address");
        assert_eq!(canonical_address("\"an\\a\"@shop.example."), "ana@shop.example");
        assert_eq!(canonical_address("\"a\\\\b\"@shop.example"), "a\\b@shop.example");
        assert_eq!(canonical_address("ana@CAFÉ.example"), "ana@xn--caf-dma.example");
        assert_eq!(canonical_address("ana@cafe\u{301}.example"), canonical_address("ana@xn--caf-dma.example"));
        assert_eq!(canonical_address("zoe\u{301}@shop.example"), "zo\u{e9}@shop.example");
        assert_eq!(canonical_address("A\u{30a}sa@shop.example"), "\u{e5}sa@shop.example");
    }

    #[test]
    fn twins_are_those_of_gmail_only() {
        assert_ne!(canonical_address("a.na@shop.example"), canonical_address("ana@shop.example"));
        assert_ne!(canonical_address("ana+x@shop.example"), canonical_address("ana@shop.example"));
        assert_ne!(canonical_address("ana@gmail.example"), canonical_address("ana@gmail.com"));
    }

    #[test]
    fn a_text_that_is_no_address_is_told_from_an_odd_one() {
        for odd in ["a@b", " ana@shop.example ", "\"a@b\"@shop.example", "+x@shop.example", "zoé@café.example"] {
            assert!(is_like_address(odd), "{odd}");
        }
        for wrong in ["", "ana", "@shop.example", "ana@", "a b@shop.example", "a@b.example\nc@d.example", &format!("{}@b", "a".repeat(600))]
        {
            assert!(!is_like_address(wrong), "{wrong}");
        }
    }
}
