//! What fills each slot, and why: blocks, product picks, categories, offers.
