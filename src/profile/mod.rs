//! What is known of one person: a fold that is a monoid, then a bounded profile.
