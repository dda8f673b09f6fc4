//! A cache of two generations: what was met lately is kept, what was not goes with its generation.

use std::hash::Hash;

use hashbrown::{Equivalent, HashMap};

/// Values by key, of a bounded number of bytes: a generation that is full becomes the old one, and the old one before it goes.
///
/// A value asked for in the old generation joins the young one, so that what comes back stays. Nothing is counted or ordered for it.
pub(super) struct Generations<K, V> {
    young: HashMap<K, Kept<V>>,
    old: HashMap<K, Kept<V>>,
    n_bytes_young: usize,
    n_bytes_max: usize,
}

struct Kept<V> {
    value: V,
    n_bytes: usize,
}

impl<K: Eq + Hash, V: Clone> Generations<K, V> {
    /// Makes an empty cache; a generation has at most so many bytes, as its users count them.
    pub(super) fn new(n_bytes_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), n_bytes_young: 0, n_bytes_max }
    }

    /// Returns what is kept of a key.
    pub(super) fn find<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<V> {
        if let Some(kept) = self.young.get(key) {
            return Some(kept.value.clone());
        }
        let (key, Kept { value, n_bytes }) = self.old.remove_entry(key)?;
        self.keep(key, value.clone(), n_bytes);
        Some(value)
    }

    /// Keeps a value of so many bytes.
    pub(super) fn keep(&mut self, key: K, value: V, n_bytes: usize) {
        if self.n_bytes_young + n_bytes > self.n_bytes_max {
            self.old = std::mem::take(&mut self.young);
            self.n_bytes_young = 0;
        }
        self.n_bytes_young += n_bytes;
        self.young.insert(key, Kept { value, n_bytes });
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.young.keys().chain(self.old.keys())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_stays_and_the_rest_goes() {
        let mut cache = Generations::new(4);
        for n in 0..100 {
            cache.keep(n, n, 1);
            assert_eq!(cache.find(&0), Some(0), "it is asked for each time");
            assert!(cache.young.len() <= 4 && cache.old.len() <= 4);
        }
        let left: Vec<u32> = (1..100).filter(|n| cache.find(n).is_some()).collect();
        assert!((4..=7).contains(&left.len()) && left.contains(&99), "{left:?}");
        cache.keep(200, 200, 5);
        assert_eq!(cache.find(&200), Some(200), "one of too many bytes has a generation of its own");
        assert_eq!(cache.young.len(), 1);
    }
}
