//! What a ranked list is worth: discounted gain of the first places (Järvelin and Kekäläinen 2002).

/// Places that are looked at.
pub const K: usize = 8;

/// What a hit is worth in each place: `1 / log2(place + 1)`, places from 1.
fn discount(place: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a place in a short list")]
    let place = place as f64;
    1.0 / (place + 2.0).log2()
}

/// Returns the discounted gain of a list of hits and misses, best place first.
#[expect(clippy::cast_possible_truncation, reason = "a figure with seven digits")]
pub fn gain(hits: impl Iterator<Item = bool>) -> f32 {
    exact(hits) as f32
}

/// Returns the gain in full precision.
pub fn exact(hits: impl Iterator<Item = bool>) -> f64 {
    hits.take(K).zip(0..).filter(|(hit, _)| *hit).map(|(_, place)| discount(place)).sum()
}

/// Returns the gain of a perfect list, when there are so many things to find.
pub fn ideal(n_truth: usize) -> f32 {
    gain((0..n_truth.min(K)).map(|_| true))
}
