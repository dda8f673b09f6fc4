//! Templates: MJML compiled once, filled many times.
