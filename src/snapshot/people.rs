//! From all that was read of people to their profiles, in order: a group folded, cut, encoded and written after the other.

use std::path::Path;

use chrono_tz::Tz;
use rayon::prelude::*;

use super::{Profiles, store};
use crate::catalogue::Catalogue;
use crate::error::{Error, Kind, Result};
use crate::id::{ContactId, ContactIx};
use crate::profile::{EncodedContact, Fold, Owned, Possessions, Profile, Rows};

/// All that was read of people.
pub(super) struct People {
    pub(super) contacts: Vec<EncodedContact>,
    pub(super) fold: Fold,
    pub(super) rows: Vec<Rows>,
    /// In order of contact.
    pub(super) possessions: Vec<Possession>,
    /// Zone of orders dated by a day only.
    pub(super) orders_zone: Tz,
    /// Contacts whose mailbox is that of another one; in order of contact.
    pub(super) shared_mailboxes: Vec<(ContactIx, ContactIx)>,
}

impl People {
    /// Folds people group by group and writes their profiles in order; only a few groups are in memory at once.
    ///
    /// A file that cannot be written to its end, on a full disk say, gives way to memory: the work at hand goes on.
    pub(super) fn write(&self, path: Option<&Path>, catalogue: &Catalogue) -> Result<Profiles> {
        let written = self.write_to(store::Writer::create(path)?, catalogue);
        match (written, path) {
            (Err(_), Some(path)) => {
                // What is there is a part of a file; that it cannot be removed either changes nothing.
                _ = std::fs::remove_file(path);
                self.write_to(store::Writer::create(None)?, catalogue)
            }
            (written, _) => written,
        }
    }

    fn write_to(&self, mut writer: store::Writer, catalogue: &Catalogue) -> Result<Profiles> {
        let at_once = 2 * rayon::current_num_threads();
        let groups: Vec<usize> = (0..self.fold.n_groups()).collect();
        for groups in groups.chunks(at_once) {
            let compressed = groups.par_iter().map(|group| writer.compress(self.group(*group, catalogue)?)).collect::<Result<Vec<_>>>()?;
            compressed.into_iter().try_for_each(|group| writer.append(group))?;
        }
        writer.finish()
    }

    fn group(&self, group: usize, catalogue: &Catalogue) -> Result<store::Group> {
        let mut encoded = store::Group::default();
        let mut failed = None;
        self.fold.group(&self.rows, group, |who, tally| {
            let mut profile = Profile::from_tally((), tally, self.possessions_of(who), catalogue, self.orders_zone);
            if let Ok(at) = self.shared_mailboxes.binary_search_by_key(&who, |shared| shared.0) {
                profile.same_address_as = Some(ContactId::from(self.contacts[self.shared_mailboxes[at].1.at()].id()));
            }
            failed = failed.take().or(encoded.push(&self.contacts[who.at()], &profile).err());
        });
        failed.map_or(Ok(encoded), |error| Err(Error::new(Kind::Io, "cannot encode a profile").caused_by(error)))
    }

    fn possessions_of(&self, who: ContactIx) -> Possessions {
        let start = self.possessions.partition_point(|possession| possession.who < who);
        let theirs = self.possessions[start..].iter().take_while(|possession| possession.who == who);
        let of = |kind| theirs.clone().filter(|possession| possession.kind == kind).map(|possession| possession.owned.clone()).collect();
        Possessions {
            payment_methods: of(PossessionKind::PaymentMethod),
            replaced: of(PossessionKind::Replaced),
            contracts: of(PossessionKind::Contract),
        }
    }
}

/// Something a person holds; sorted by person, kind and end.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Possession {
    pub(super) who: ContactIx,
    pub(super) kind: PossessionKind,
    pub(super) owned: Owned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PossessionKind {
    PaymentMethod,
    Replaced,
    Contract,
}
