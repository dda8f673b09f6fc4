//! Whatever is wrong outside, shown with the program as people run it: one clear error or counted, located rejections, the
//! right exit code, and nothing half-written; what is run again completes, and repeats nothing.

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/program.rs"]
mod program;
#[path = "support/rogue/mod.rs"]
mod rogue;

#[path = "bad/database.rs"]
mod database;
#[path = "bad/disk.rs"]
mod disk;
#[path = "bad/input.rs"]
mod input;
#[path = "bad/places.rs"]
mod places;
#[path = "bad/refused.rs"]
mod refused;
#[path = "bad/values.rs"]
mod values;
