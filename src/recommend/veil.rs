//! Which pairs of products are kept once profiles are blurred, and how exactly: enough people behind them, and noise on how many.
//!
//! The noise is that of Laplace (Dwork et al., "Calibrating Noise to Sensitivity", TCC 2006): one person more or less changes the
//! number of people behind a pair by 1 at most. It is drawn from a keyed hash of the pair, so that a pair carries the same noise in
//! every list and on every night: what is learned twice is the same, and a mean over nights takes no noise away.
//!
//! It is no differential privacy: a person is behind many pairs, what else is learned carries no noise, and a pair that nobody is
//! behind gets none. `docs/privacy.md` says what is promised instead.

use std::fmt;
use std::hash::Hasher as _;
use std::sync::Arc;

use siphasher::sip::SipHasher24;

use super::vectors::Vectors;
use crate::catalogue::Catalogue;
use crate::project::blur::Blur;

/// The secret of pseudonyms and of noise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BlurKey(u64, u64);

impl fmt::Debug for BlurKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlurKey(..)")
    }
}

impl BlurKey {
    /// Takes 16 bytes that are secret and used for nothing else.
    pub fn new(bytes: u128) -> Self {
        let [high, low] = [bytes >> 64, bytes].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or_default());
        Self(high, low)
    }

    /// Hashes words with SipHash-2-4 under the key.
    pub(super) fn hash(self, words: &[u64]) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(self.0, self.1);
        for word in words {
            hasher.write_u64(*word);
        }
        hasher.finish()
    }

    fn text(self, text: &str) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(self.0, self.1);
        hasher.write(text.as_bytes());
        hasher.finish()
    }
}

/// What people do with two products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// They bought both.
    Bought = 1,
    /// They looked at both on one day.
    Looked,
    /// They put both in a cart on one day.
    Carted,
    /// They bought both in one order: another number of people than those who bought both, which the same noise would give away.
    Basket,
}

/// The rule of a blur, with what is needed to apply it.
#[derive(Debug, Clone)]
pub struct Veil {
    blur: Blur,
    key: BlurKey,
    /// A keyed hash of the id of each product, so that noise does not change with the catalogue around a pair.
    names: Arc<[u64]>,
}

impl Veil {
    /// Prepares the rule for the products of a catalogue.
    pub fn new(blur: Blur, key: BlurKey, catalogue: &Catalogue) -> Self {
        Self { blur, key, names: catalogue.products.iter().map(|product| key.text(product.id.as_str())).collect() }
    }

    /// Returns the rule as it is written.
    pub fn blur(&self) -> Blur {
        self.blur
    }

    /// Returns the same rule with other limits.
    #[must_use]
    pub fn with(&self, blur: Blur) -> Self {
        Self { blur, ..self.clone() }
    }

    pub(super) fn key(&self) -> BlurKey {
        self.key
    }

    /// Returns what is left of the strength of a pair with `n_people` behind it, as a factor: that of `n_people` and noise more, over
    /// that of `n_people`; 0 where either number is under the support. Two products have one factor in both directions.
    #[expect(clippy::cast_possible_truncation, reason = "a factor with seven digits")]
    pub fn factor(&self, of: Together, a: usize, b: usize, n_people: u32) -> f32 {
        let (n, least) = (f64::from(n_people), f64::from(self.blur.support));
        let noisy = if n < least || self.blur.noise == 0.0 { n } else { n + self.noise(of, a, b) };
        if noisy < least || n < 1.0 { 0.0 } else { (noisy / n) as f32 }
    }

    /// Draws the noise of a pair, in people.
    #[expect(clippy::cast_precision_loss, reason = "52 bits and a half fit an f64 exactly")]
    fn noise(&self, of: Together, a: usize, b: usize) -> f64 {
        let name = |at: usize| self.names.get(at).copied().unwrap_or(at as u64);
        let (first, second) = (name(a).min(name(b)), name(a).max(name(b)));
        let drawn = self.key.hash(&[of as u64, first, second]) >> 12;
        // The middle of one of 2^52 equal steps of -1 to 1: never an end, whose logarithm is not finite.
        let share = (drawn as f64 + 0.5) / (1_u64 << 51) as f64 - 1.0;
        -self.blur.noise * share.signum() * (1.0 - share.abs()).ln()
    }
}

/// A rule, and who is behind the vectors that pairs are learned from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind<'a> {
    /// The rule.
    pub(super) veil: &'a Veil,
    /// What the vectors are of.
    pub(super) of: Together,
    /// The person of each vector, those of one person one after another; empty where each vector is a person.
    pub(super) owners: &'a [u32],
    /// How many people each of those stands for, where every so-many-th is learned from.
    pub(super) each: u32,
}

impl Behind<'_> {
    /// Returns the factor of a pair.
    pub(super) fn factor(&self, a: usize, b: usize, n_people: u32) -> f32 {
        self.veil.factor(self.of, a, b, n_people.saturating_mul(self.each))
    }
}

/// Numbers the people of vectors that stand one person after another.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// The number of the person of each vector.
    pub(super) numbers: Vec<u32>,
    last: Option<(u32, u32)>,
}

impl Owners {
    /// Takes whom the next vector is of.
    pub(super) fn push(&mut self, unit: (u32, u32)) {
        let number = self.numbers.last().map_or(0, |number| number + u32::from(self.last != Some(unit)));
        self.numbers.push(number);
        self.last = Some(unit);
    }
}

/// How many different people are behind the pairs of one product; used again from one product to the next.
#[derive(Debug)]
pub(super) struct Crowd {
    n: Vec<u32>,
    last: Vec<u32>,
    touched: Vec<u32>,
}

impl Crowd {
    pub(super) fn new(n_products: usize) -> Self {
        Self { n: vec![0; n_products], last: vec![0; n_products], touched: Vec::new() }
    }

    /// Counts the people of the vectors that hold a product, by each other product in them.
    pub(super) fn count(&mut self, holding: &[(u32, f32)], vectors: &Vectors, behind: &Behind<'_>) {
        for other in self.touched.drain(..) {
            self.n[other as usize] = 0;
        }
        for (at, _) in holding {
            let owner = behind.owners.get(*at as usize).copied().unwrap_or(*at);
            for (other, _) in vectors.of(*at as usize) {
                let place = *other as usize;
                if self.n[place] == 0 {
                    self.touched.push(*other);
                } else if self.last[place] == owner {
                    continue;
                }
                self.n[place] += 1;
                self.last[place] = owner;
            }
        }
    }

    /// Returns the number of people behind the pair with another product.
    pub(super) fn of(&self, other: usize) -> u32 {
        self.n[other]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn veil(noise: f64) -> Veil {
        Veil::new(Blur { noise, support: 3, ..Blur::default() }, BlurKey::new(7), &Catalogue::default())
    }

    /// The noise of many pairs behind which a hundred people are.
    fn drawn(veil: &Veil) -> Vec<f64> {
        let pairs = (0..200).flat_map(|a| (a + 1..200).map(move |b| (a, b)));
        pairs.map(|(a, b)| (f64::from(veil.factor(Together::Bought, a, b, 10_000)) - 1.0) * 10_000.0).collect()
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a number of pairs")]
    fn the_noise_is_as_stated() {
        for scale in [0.5, 2.0] {
            let noise = drawn(&veil(scale));
            let mean = |of: &dyn Fn(f64) -> f64| noise.iter().map(|noise| of(*noise)).sum::<f64>() / noise.len() as f64;
            // Of 19,900 draws, means stray by about a hundredth of the scale.
            assert!(mean(&|noise| noise).abs() < 0.04 * scale, "{scale}");
            assert!((mean(&f64::abs) / scale - 1.0).abs() < 0.03, "{scale}: {}", mean(&f64::abs));
            assert!((mean(&|noise| noise * noise) / (2.0 * scale * scale) - 1.0).abs() < 0.08, "{scale}");
            let beyond = mean(&|noise| f64::from(u8::from(noise.abs() > 3.0 * scale)));
            assert!((beyond - (-3.0_f64).exp()).abs() < 0.005, "{scale}: {beyond}");
        }
    }

    #[test]
    fn a_pair_has_one_noise_and_another_key_another() {
        let (ours, theirs) = (veil(1.0), Veil::new(veil(1.0).blur(), BlurKey::new(8), &Catalogue::default()));
        let of = |veil: &Veil, a, b| veil.factor(Together::Bought, a, b, 1_000);
        assert_eq!(of(&ours, 4, 9).to_bits(), of(&ours, 9, 4).to_bits());
        assert_ne!(of(&ours, 4, 9).to_bits(), of(&ours, 4, 8).to_bits());
        assert_ne!(of(&ours, 4, 9).to_bits(), of(&theirs, 4, 9).to_bits());
        for other in [Together::Looked, Together::Carted, Together::Basket] {
            assert_ne!(of(&ours, 4, 9).to_bits(), ours.factor(other, 4, 9, 1_000).to_bits(), "{other:?}: another number of people");
        }
        let fifth = Behind { veil: &ours, of: Together::Bought, owners: &[], each: 5 };
        assert_eq!(fifth.factor(4, 9, 200).to_bits(), of(&ours, 4, 9).to_bits(), "one of five stands for five");
        assert_eq!(format!("{:?}", BlurKey::new(8)), "BlurKey(..)");
    }

    #[test]
    fn a_pair_of_too_few_is_never_kept_and_noise_hides_who_makes_enough() {
        let (plain, noisy) = (veil(0.0), veil(1.0));
        let kept = |veil: &Veil, n| (0..400).filter(|b| veil.factor(Together::Bought, 500, *b, n) > 0.0).count();
        assert_eq!([0, 1, 2, 3, 4].map(|n| kept(&plain, n)), [0, 0, 0, 400, 400]);
        assert!((0..3).all(|n| kept(&noisy, n) == 0), "no noise makes three of two");
        // Of pairs of exactly three the half is left out, so that its absence tells nobody that they were two.
        assert!((160..240).contains(&kept(&noisy, 3)), "{}", kept(&noisy, 3));
        assert!(kept(&noisy, 20) == 400);
    }
}
