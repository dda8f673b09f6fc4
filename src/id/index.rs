//! Positions by text id, made for millions of lookups: short ids lie in the table itself, so most are found with one look at memory.

use hashbrown::HashMap;

/// Longest id kept in the table itself, in bytes; one byte more holds its length.
const SHORT_BYTES: usize = 23;

/// A short id with its length, so that no two texts are one key.
type Short = [u64; 3];

/// An id made ready to be looked up with others, so that their looks at memory overlap; a long id has been looked up already.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<V> {
    /// The key of a short id.
    Short([u64; 3]),
    /// The value of a long id.
    Found(Option<V>),
}

/// A map from text ids to small values, such as positions.
#[derive(Debug, Clone)]
pub struct Index<V> {
    short: HashMap<Short, V>,
    long: HashMap<Box<str>, V>,
}

impl<V> Default for Index<V> {
    fn default() -> Self {
        Self { short: HashMap::new(), long: HashMap::new() }
    }
}

impl<V: Copy> Index<V> {
    /// Starts with room for a number of short ids.
    pub fn with_capacity(n: usize) -> Self {
        Self { short: HashMap::with_capacity(n), long: HashMap::new() }
    }

    /// Returns the value of an id.
    #[inline]
    pub fn get(&self, id: &str) -> Option<V> {
        match short(id) {
            Some(key) => self.short.get(&key).copied(),
            None => self.long.get(id).copied(),
        }
    }

    /// Makes an id ready for [`Self::find`].
    #[inline]
    pub fn want(&self, id: &str) -> Wanted<V> {
        short(id).map_or_else(|| Wanted::Found(self.long.get(id).copied()), Wanted::Short)
    }

    /// Returns the value of an id made ready.
    #[inline]
    pub fn find(&self, wanted: &Wanted<V>) -> Option<V> {
        match wanted {
            Wanted::Short(key) => self.short.get(key).copied(),
            Wanted::Found(value) => *value,
        }
    }

    /// Sets the value of an id, from the one it had.
    pub fn set(&mut self, id: &str, value: impl FnOnce(Option<V>) -> V) {
        let known = self.get(id);
        match short(id) {
            Some(key) => _ = self.short.insert(key, value(known)),
            None => _ = self.long.insert(id.into(), value(known)),
        }
    }

    /// Returns the number of ids.
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Says whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Iterates over the values, in no promised order.
    pub fn values(&self) -> impl Iterator<Item = V> {
        self.short.values().chain(self.long.values()).copied()
    }

    /// Takes in the ids of another index; `join` decides what an id of both is worth.
    pub fn merge(&mut self, other: Self, join: impl Fn(V, V) -> V) {
        fn all<K: Eq + std::hash::Hash, V: Copy>(ours: &mut HashMap<K, V>, theirs: HashMap<K, V>, join: &impl Fn(V, V) -> V) {
            for (id, value) in theirs {
                ours.entry(id).and_modify(|known| *known = join(*known, value)).or_insert(value);
            }
        }
        all(&mut self.short, other.short, &join);
        all(&mut self.long, other.long, &join);
    }
}

/// Packs a short id; the last byte is its length.
#[inline]
fn short(id: &str) -> Option<Short> {
    let bytes = id.as_bytes();
    if bytes.len() > SHORT_BYTES {
        return None;
    }
    let mut packed = [0_u8; SHORT_BYTES + 1];
    packed[..bytes.len()].copy_from_slice(bytes);
    packed[SHORT_BYTES] = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| packed[at * 8 + byte]));
    Some([word(0), word(1), word(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_ids_are_told_apart() {
        let ids =
            ["", "a", "a\0", "ab", "é", "12345678901234567890123", "123456789012345678901234", "c2f1b9a0-0000-4000-8000-000000000001"];
        let mut index = Index::default();
        for (id, n) in ids.iter().zip(0_u32..) {
            index.set(id, |known| known.map_or(n, |_| u32::MAX));
        }
        for (id, n) in ids.iter().zip(0_u32..) {
            assert_eq!(index.get(id), Some(n), "{id:?}");
            assert_eq!(index.find(&index.want(id)), Some(n), "{id:?}");
        }
        assert_eq!(index.get("b"), None);
        assert_eq!(index.len(), ids.len());
        index.set("a", |known| known.map_or(0, |n| n + 10));
        assert_eq!(index.get("a"), Some(11));
    }

    #[test]
    fn merging_joins_the_values_of_ids_of_both() {
        let long = "an id that is longer than the others";
        let of = |pairs: &[(&str, u32)]| {
            let mut index = Index::default();
            for (id, n) in pairs {
                index.set(id, |_| *n);
            }
            index
        };
        let mut ours = of(&[("a", 1), (long, 2)]);
        ours.merge(of(&[("a", 10), ("b", 20), (long, 30)]), |a, b| a + b);
        assert_eq!([ours.get("a"), ours.get("b"), ours.get(long)], [Some(11), Some(20), Some(32)]);
    }
}
