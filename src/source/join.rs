//! Who did it: visitors joined to contacts by the identities a company has, whatever their order.

use crate::id::{ContactIx, Index, Wanted};

/// A visitor linked to two contacts is of neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `Joined`")]
pub enum Link {
    Contact(ContactIx),
    Ambiguous,
}

/// Whom a row names, before they are looked up.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each is what it says")]
pub enum Named {
    Contact(Wanted<ContactIx>),
    Visitor(Wanted<Link>),
    Nobody,
}

/// Visitors and the contact each is.
#[derive(Debug, Default)]
pub struct IdentityMap {
    links: Index<Link>,
}

/// What a row's ids say of who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// This contact.
    Matched(ContactIx),
    /// Nobody known.
    Orphan,
    /// One of several: nobody is told apart, so nobody gets it.
    Ambiguous,
}

/// How many rows could be joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JoinReport {
    /// Rows of a known contact.
    pub matched: u64,
    /// Rows of nobody known.
    pub orphan: u64,
    /// Rows of a visitor linked to several contacts.
    pub ambiguous: u64,
}

/// Gathers links before the first lookup.
#[derive(Debug, Default)]
pub struct IdentityMapBuilder {
    links: Index<Link>,
}

impl IdentityMapBuilder {
    /// Links a visitor to a contact; a second, different contact makes the visitor ambiguous for good.
    pub fn link(&mut self, visitor_id: &str, contact: ContactIx) {
        let link = Link::Contact(contact);
        self.links.set(visitor_id, |known| known.map_or(link, |known| both(known, link)));
    }

    /// Takes in the links gathered by another worker.
    pub fn merge(&mut self, other: Self) {
        self.links.merge(other.links, both);
    }

    /// Ends the gathering.
    pub fn build(self) -> IdentityMap {
        IdentityMap { links: self.links }
    }
}

impl IdentityMap {
    /// Starts gathering links.
    pub fn builder() -> IdentityMapBuilder {
        IdentityMapBuilder::default()
    }

    /// Returns who did it: the contact the row names, else the one its visitor is.
    ///
    /// A row that names a contact is believed even when its visitor is linked elsewhere: the person was logged in. A
    /// contact id that is in no record does not make its visitor's history somebody else's.
    pub fn find(&self, named: &Named, contacts: &Index<ContactIx>) -> Joined {
        match named {
            Named::Contact(contact) => contacts.find(contact).map_or(Joined::Orphan, Joined::Matched),
            Named::Visitor(visitor) => match self.links.find(visitor) {
                Some(Link::Contact(contact)) => Joined::Matched(contact),
                Some(Link::Ambiguous) => Joined::Ambiguous,
                None => Joined::Orphan,
            },
            Named::Nobody => Joined::Orphan,
        }
    }

    /// Makes the ids of a row ready for [`Self::find`].
    pub fn name(&self, visitor_id: Option<&str>, contact_id: Option<&str>, contacts: &Index<ContactIx>) -> Named {
        match (contact_id, visitor_id) {
            (Some(id), _) => Named::Contact(contacts.want(id)),
            (None, Some(id)) => Named::Visitor(self.links.want(id)),
            (None, None) => Named::Nobody,
        }
    }

    /// Returns the number of visitors linked to several contacts.
    pub fn n_ambiguous_visitors(&self) -> usize {
        self.links.values().filter(|link| *link == Link::Ambiguous).count()
    }
}

/// Two links of one visitor are one when they agree.
fn both(a: Link, b: Link) -> Link {
    if a == b { a } else { Link::Ambiguous }
}

impl JoinReport {
    /// Counts one answer of [`IdentityMap::find`].
    pub fn count(&mut self, joined: Joined) {
        match joined {
            Joined::Matched(_) => self.matched += 1,
            Joined::Orphan => self.orphan += 1,
            Joined::Ambiguous => self.ambiguous += 1,
        }
    }

    /// Adds the counts of another worker.
    pub fn merge(&mut self, other: Self) {
        self.matched += other.matched;
        self.orphan += other.orphan;
        self.ambiguous += other.ambiguous;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts() -> Index<ContactIx> {
        let mut contacts = Index::default();
        (1..=2).for_each(|n| contacts.set(&format!("c{n}"), |_| ContactIx(n)));
        contacts
    }

    fn find(map: &IdentityMap, visitor_id: Option<&str>, contact_id: Option<&str>) -> Joined {
        map.find(&map.name(visitor_id, contact_id, &contacts()), &contacts())
    }

    #[test]
    fn the_order_of_links_does_not_matter() {
        let links = [("v1", 1), ("v2", 1), ("v3", 1), ("v3", 2), ("v3", 1), ("v1", 1)];
        let build = |links: &mut dyn Iterator<Item = &(&str, u32)>| {
            let mut builder = IdentityMap::builder();
            links.for_each(|(visitor, contact)| builder.link(visitor, ContactIx(*contact)));
            builder
        };
        let forward = build(&mut links.iter());
        let backward = build(&mut links.iter().rev()).build();
        let mut halves = build(&mut links[..3].iter());
        halves.merge(build(&mut links[3..].iter()));
        let (forward, halves) = (forward.build(), halves.build());
        let mut report = JoinReport::default();
        for (visitor, expected) in [
            ("v1", Joined::Matched(ContactIx(1))),
            ("v2", Joined::Matched(ContactIx(1))),
            ("v3", Joined::Ambiguous),
            ("v4", Joined::Orphan),
        ] {
            for map in [&forward, &backward, &halves] {
                assert_eq!(find(map, Some(visitor), None), expected, "{visitor}");
            }
            report.count(expected);
        }
        assert_eq!(report, JoinReport { matched: 2, orphan: 1, ambiguous: 1 });
        assert_eq!(forward.n_ambiguous_visitors(), 1);
    }

    #[test]
    fn a_row_that_names_its_contact_is_believed() {
        let mut builder = IdentityMap::builder();
        builder.link("v1", ContactIx(1));
        let map = builder.build();
        assert_eq!(find(&map, Some("v1"), Some("c2")), Joined::Matched(ContactIx(2)));
        assert_eq!(find(&map, Some("v1"), Some("nobody")), Joined::Orphan);
        assert_eq!(find(&map, None, None), Joined::Orphan);
    }
}
