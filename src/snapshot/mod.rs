//! Profiles, catalogue and models on disk, valid for the inputs named in a manifest.
mod store;
