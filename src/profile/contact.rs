//! A CRM record, owned, and the list of all of them sorted by id.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

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
    pub role: Option<String>,
    pub consents: BTreeMap<String, Consent>,
    pub objection: bool,
    pub attributes: BTreeMap<String, String>,
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
    scratch: Vec<u8>,
}

impl ContactsBuilder {
    /// Takes one row.
    pub fn add(&mut self, row: &record::Contact<'_>) {
        let contact = Contact::from(row);
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
    }

    /// Sorts by id; equal rows are one person, contradictory rows are nobody.
    pub fn build(self) -> Contacts {
        let mut rows = self.rows;
        rows.sort_by(|a, b| a.id().cmp(b.id()));
        rows.dedup();
        let mut contradictory: Vec<ContactId> =
            rows.windows(2).filter(|pair| pair[0].id() == pair[1].id()).map(|pair| pair[0].id().into()).collect();
        contradictory.dedup();
        if !contradictory.is_empty() {
            rows.retain(|contact| contradictory.binary_search_by(|id| id.as_str().cmp(contact.id())).is_err());
        }
        Contacts { list: rows, contradictory, purposes: self.purposes, attributes: self.attributes }
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

/// Returns the form in which addresses are compared for suppression: trimmed, lower case, dots and tags of Gmail removed.
///
/// Wider than equality on purpose: a suppressed person must not be reached through a twin spelling.
pub fn canonical_address(address: &str) -> String {
    let lower = address.trim().to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower };
    let local = local.trim_matches('"');
    if matches!(domain, "gmail.com" | "googlemail.com") {
        let bare = local.split('+').next().unwrap_or(local).replace('.', "");
        return format!("{bare}@gmail.com");
    }
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_of_an_address_are_one() {
        assert_eq!(canonical_address(" Ana@Shop.EXAMPLE"), "ana@shop.example");
        assert_eq!(canonical_address("a.n.a+x@googlemail.com"), "ana@gmail.com");
        assert_eq!(canonical_address("no address"), "no address");
    }
}
