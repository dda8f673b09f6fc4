//! What is known of one person: a fold that is a monoid, then a bounded [`Profile`].
//!
//! Rows are absorbed into [`tally::Tally`]s by a [`Fold`], in any order and on any number of threads;
//! [`Profile::from_tally`] cuts once, at the end. Nothing here knows campaigns.

mod address;
mod cart;
mod contact;
mod fold;
mod lifecycle;
mod subject;
mod summary;
pub mod tally;

pub use address::{SendableAddress, sendable};
pub use cart::{BoughtCart, Cart, CartLine};
pub use contact::{Consent, Contact, Contacts, ContactsBuilder, canonical_address, is_like_address};
pub use fold::Fold;
pub use lifecycle::Lifecycle;
pub use subject::{Memberships, Person, Reading};
pub use summary::{Activity, Affinity, Interest, Orders, Owned, Possessions, Profile, Purchased};
