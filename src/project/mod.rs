//! The project folder, read and validated as a whole before anything runs.

pub mod campaign;
pub mod config;
pub mod content;
