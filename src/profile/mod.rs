//! What is known of one person: a fold that is a monoid, then a bounded [`Profile`].
//!
//! Readers gather [`Rows`], in any order and on any number of threads; a [`Fold`] absorbs those of a group of people
//! into [`tally::Tally`]s, and [`Profile::from_tally`] cuts once, at the end. Nothing here knows campaigns.

mod absorb;
mod account;
mod address;
mod cart;
mod contact;
mod declared;
mod fold;
mod forgotten;
mod lifecycle;
mod rows;
mod scored;
mod subject;
mod summary;
pub mod tally;

pub use account::{Account, Accounts};
pub use address::{SendableAddress, sendable};
pub use cart::{BoughtCart, Cart, CartLine};
pub use contact::{Consent, Contact, Contacts, ContactsBuilder, EncodedContact, PROFILING, canonical_address, is_like_address};
pub use declared::{Declared, Fact, Wishes};
pub use fold::Fold;
pub use forgotten::AddressKey;
pub use lifecycle::Lifecycle;
pub use rows::{Act, GROUP_PEOPLE, Rows};
pub use scored::Scored;
pub use subject::{Memberships, Person, Reading};
pub use summary::{Activity, Affinity, Interest, Orders, Owned, Possessions, Profile, Purchased};
