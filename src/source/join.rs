//! Who did it: visitors joined to contacts by the identities a company has, whatever their order.

use crate::id::{ContactIx, Index};

/// A visitor linked to two contacts is of neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Contact(ContactIx),
    Ambiguous,
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

    /// Returns who did it: the contact the row names, else the one its visitor is. Counts nothing.
    ///
    /// A row that names a contact is believed even when its visitor is linked elsewhere: the person was logged in.
    pub fn find(&self, visitor_id: Option<&str>, contact_id: Option<&str>, contacts: impl Fn(&str) -> Option<ContactIx>) -> Joined {
        if let Some(contact) = contact_id.and_then(contacts) {
            return Joined::Matched(contact);
        }
        match visitor_id.and_then(|visitor_id| self.links.get(visitor_id)) {
            // A contact id that is in no record does not make its visitor's history somebody else's.
            _ if contact_id.is_some() => Joined::Orphan,
            Some(Link::Contact(contact)) => Joined::Matched(contact),
            Some(Link::Ambiguous) => Joined::Ambiguous,
            None => Joined::Orphan,
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

    fn contact(id: &str) -> Option<ContactIx> {
        id.strip_prefix('c')?.parse().ok().map(ContactIx)
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
                assert_eq!(map.find(Some(visitor), None, contact), expected, "{visitor}");
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
        assert_eq!(map.find(Some("v1"), Some("c2"), contact), Joined::Matched(ContactIx(2)));
        assert_eq!(map.find(Some("v1"), Some("nobody"), contact), Joined::Orphan);
        assert_eq!(map.find(None, None, contact), Joined::Orphan);
    }
}
