//! What fills each slot, and why: blocks, product picks, categories, cart lines, offers.
//!
//! Everything here is a function of one person, the catalogue and the models; ties break by id and chance is a
//! stable hash, so the same person gets the same mail whatever else happens.

mod because;
mod block;
mod candidate;
mod category;
mod claim;
mod composition;
mod explore;
mod fill;
mod filter;
mod finder;
mod for_you;
mod gather;
mod here_now;
mod intrusion;
mod known;
mod length;
mod limit;
mod new_in;
mod goods;
mod offer;
mod pick;
mod prepared;
mod related;
mod rest;
mod shelf;
mod stock;
mod urn;

pub use block::{BlockChoice, Blocks};
pub use category::CategoryChoice;
pub use claim::{Claims, Count};
pub use composition::{Before, Composition, Filling, Limits, Offered, Refused};
pub use fill::Composer;
pub use intrusion::{Dropped, Intrusion, Seen};
pub use length::{LeftOut, Length};
pub use offer::{OfferChoice, Offers};
pub use pick::{PassedOver, Pick};
