//! What orders say, without profiles: the table that evaluation learns from and is judged by.

use std::collections::BTreeMap;

use super::build::Read;
use super::reader::Reader;
use crate::catalogue::{Catalogue, Similar};
use crate::clock::Now;
use crate::error::Result;
use crate::id::ContactId;
use crate::profile::EncodedContact;
use crate::project::Project;
use crate::recommend::Interactions;

/// Orders placed, and what their people and products are.
#[derive(Debug)]
pub struct Table {
    /// Ids of people, by position.
    pub people: Vec<ContactId>,
    /// Products.
    pub catalogue: Catalogue,
    /// What resembles what.
    pub similar: Similar,
    /// Who ordered what, when.
    pub orders: Interactions,
}

/// Reads contacts, products and orders as they stand at `now`; see [`super::build()`] for the parameters.
///
/// # Errors
/// As those of [`super::build()`].
pub fn table(project: &Project, now: Now, urls: &BTreeMap<String, String>, on: &mut dyn FnMut(Read<'_>)) -> Result<Table> {
    let mut reader = Reader { project, now, urls, reports: BTreeMap::new(), on };
    let contacts = reader.contacts(None)?;
    let catalogue = reader.catalogue()?;
    let lines = reader.placed(&contacts.index(), &catalogue.index())?;
    let people: Vec<ContactId> = contacts.list.iter().map(EncodedContact::id).map(ContactId::from).collect();
    let orders = Interactions::new(lines, people.len(), catalogue.products.len());
    Ok(Table { people, similar: Similar::build(&catalogue), catalogue, orders })
}
