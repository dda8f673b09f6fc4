//! The database of what relance did: runs, messages, suppressions.
