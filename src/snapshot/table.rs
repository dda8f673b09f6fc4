//! What orders and acts say, without profiles: the table that evaluation learns from and is judged by.

use std::collections::BTreeMap;

use super::build::{Read, evidence, veil};
use super::looks::Learned;
use super::reader::Reader;
use crate::catalogue::{Catalogue, Similar};
use crate::clock::Now;
use crate::error::Result;
use crate::id::ContactId;
use crate::profile::EncodedContact;
use crate::project::Project;
use crate::recommend::{Evidence, Veil};

/// Orders placed and acts, and what their people and products are.
#[derive(Debug)]
pub struct Table {
    /// Ids of people, by position.
    pub people: Vec<ContactId>,
    /// Products.
    pub catalogue: Catalogue,
    /// What resembles what.
    pub similar: Similar,
    /// Who ordered, looked at and carted what, when: in the clear, for it judges too.
    pub evidence: Evidence,
    /// How it is blurred before anything is learned from it, where the project says so.
    pub veil: Option<Veil>,
}

/// Reads contacts, products, orders and acts as they stand at `now`; see [`super::build()`] for the parameters.
///
/// # Errors
/// As those of [`super::build()`].
pub fn table(project: &Project, now: Now, secrets: &BTreeMap<String, String>, on: &mut dyn FnMut(Read<'_>)) -> Result<Table> {
    let mut reader = Reader { project, now, urls: secrets, reports: BTreeMap::new(), on };
    let contacts = reader.contacts(None)?;
    let catalogue = reader.catalogue()?;
    let (index, products) = (contacts.index(), catalogue.index());
    let identities = reader.identities(&index)?;
    let lines = reader.placed(&index, &products)?;
    let learned = Learned::of(&contacts, project, now);
    let looks = reader.looks(&identities, &index, &products, &learned)?;
    let people: Vec<ContactId> = contacts.list.iter().map(EncodedContact::id).map(ContactId::from).collect();
    let evidence = evidence(lines, looks, learned, &catalogue, people.len());
    let veil = veil(project.settings.blur, secrets, &catalogue)?;
    Ok(Table { people, similar: Similar::build(&catalogue), catalogue, evidence, veil })
}
