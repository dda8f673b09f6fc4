//! What holds whatever the data: the fold is a monoid, order and threads change nothing, limits are kept.

#[path = "support/shop.rs"]
mod shop;

#[path = "properties/arms.rs"]
mod arms;
#[path = "properties/fold.rs"]
mod fold;
#[path = "properties/mails.rs"]
mod mails;
#[path = "properties/offers.rs"]
mod offers;
#[path = "properties/replay.rs"]
mod replay;
#[path = "properties/together.rs"]
mod together;
#[path = "properties/world.rs"]
mod world;
