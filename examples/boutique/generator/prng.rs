//! Chance: `SplitMix64` (Steele, Lea and Flood, 2014), seeded per purpose so that one table never shifts another.

/// A stream of pseudo-random numbers.
#[derive(Clone)]
pub(crate) struct Rng(u64);

/// The finalizer of `SplitMix64`: a fixed mixing of 64 bits.
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl Rng {
    /// Starts a stream of its own for a purpose and a key (FNV-1a over both, mixed with the seed).
    pub(crate) fn new(seed: u64, purpose: &str, key: &str) -> Self {
        let bytes = purpose.bytes().chain([0]).chain(key.bytes());
        let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Self(mix(hash ^ mix(seed)))
    }

    /// Returns the next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Returns a number in `0..bound`; 0 when `bound` is 0.
    #[allow(clippy::cast_possible_truncation)] // the high half of the product is below `bound`
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Returns an index in `0..len`.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// Returns a whole number from `low` to `high`, both included.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low) + 1).cast_signed()
    }

    /// Returns true `permille` times in a thousand.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// Returns one of the values of a table that is never empty.
    pub(crate) fn pick<'a, T>(&mut self, table: &'a [T]) -> &'a T {
        &table[self.index(table.len())]
    }

    /// Returns one of the values, drawn by its weight.
    pub(crate) fn weighted<'a, T>(&mut self, table: &'a [(T, u64)]) -> &'a T {
        let mut left = self.below(table.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in table {
            if left < *weight {
                return value;
            }
            left -= weight;
        }
        &table[0].0
    }

    /// Returns an index in `0..len` whose small values are common: `len * u^4`, the density of rank r falls as r^(-3/4),
    /// near the Zipf laws of activity and popularity; the first hundredth of the ranks gets about 32 % of the draws.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn skewed(&mut self, len: usize) -> usize {
        let u = self.next() >> 32;
        let square = (u * u) >> 32;
        let fourth = (square * square) >> 32;
        ((fourth * len as u64) >> 32) as usize
    }
}
