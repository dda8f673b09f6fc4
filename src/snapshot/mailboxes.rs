//! Contacts that share a mailbox: a household, a shop's own double records.

use rayon::prelude::*;

use crate::id::{ContactIx, stable_hash};
use crate::profile::{EncodedContact, canonical_address};

/// Returns each contact whose address another one of a smaller id has too, and the one of the smallest id; in order of contact.
///
/// Addresses are compared in canonical form. `contacts` are in order of id; those without an address share nothing.
pub(super) fn shared(contacts: &[EncodedContact]) -> Vec<(ContactIx, ContactIx)> {
    let canonical = |who: ContactIx| canonical_address(contacts[who.at()].address());
    let mut hashed: Vec<(u64, ContactIx)> = (0..u32::try_from(contacts.len()).unwrap_or(u32::MAX))
        .into_par_iter()
        .map(|at| (ContactIx(at), canonical(ContactIx(at))))
        .filter(|(_, address)| !address.is_empty())
        .map(|(who, address)| (stable_hash(&["mailbox", &address]), who))
        .collect();
    hashed.par_sort_unstable();
    let mut shared = Vec::new();
    for run in hashed.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
        // Equal hashes are almost certainly equal addresses; the addresses themselves decide.
        let addresses: Vec<String> = run.iter().map(|(_, who)| canonical(*who)).collect();
        for (at, (_, who)) in run.iter().enumerate().skip(1) {
            let first = addresses.iter().position(|address| *address == addresses[at]).unwrap_or(at);
            if first < at {
                shared.push((*who, run[first].1));
            }
        }
    }
    shared.sort_unstable();
    shared
}
