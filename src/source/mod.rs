//! Input tables: files or queries in, typed rows out, every refused row located.

pub mod record;
