//! How alike two products look to their reader: the share of topics in common, or of words of titles where there are no topics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::catalogue::{Catalogue, TopicIx};
use crate::condition::topic_slug;
use crate::id::ProductIx;

/// The likeness of the products of a catalogue, by Jaccard's coefficient.
///
/// A product without category, brand and tags counts the words of its title as topics, so that a plain list of titles can be told apart too.
#[derive(Debug)]
pub struct Likeness<'a> {
    catalogue: &'a Catalogue,
    /// The words of the titles of products without topics, numbered past the topics; made when the first is asked for.
    words: OnceLock<Vec<Vec<TopicIx>>>,
}

impl<'a> Likeness<'a> {
    /// Prepares to compare the products of a catalogue; nothing is computed before it is asked.
    pub fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, words: OnceLock::new() }
    }

    /// Returns the products that are compared.
    pub fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    /// Returns the topics of a product, or the words of its title.
    pub fn traits(&self, product: ProductIx) -> &[TopicIx] {
        let topics = &self.catalogue.product(product).topics;
        if topics.is_empty() { self.words.get_or_init(|| self.all_words()).get(product.at()).map_or(&[], Vec::as_slice) } else { topics }
    }

    /// Returns the traits of a product, made ready to be compared many times.
    pub(super) fn signed(&self, product: ProductIx) -> Signed<'_> {
        Signed::of(self.traits(product))
    }

    /// Returns the share of traits that two products have in common, 0 to 1.
    pub fn of_two(&self, a: ProductIx, b: ProductIx) -> f32 {
        self.signed(a).share_in_common(&self.signed(b))
    }

    /// Returns the mean likeness of the pairs of a list; `None` of fewer than two.
    #[expect(clippy::cast_precision_loss, reason = "pairs of a handful of picks")]
    pub fn of_list(&self, list: &[ProductIx]) -> Option<f32> {
        let signed: Vec<Signed<'_>> = list.iter().map(|product| self.signed(*product)).collect();
        let pairs = || signed.iter().enumerate().flat_map(|(at, a)| signed[..at].iter().map(move |b| (a, b)));
        let n_pairs = list.len() * list.len().saturating_sub(1) / 2;
        (n_pairs > 0).then(|| pairs().map(|(a, b)| a.share_in_common(b)).sum::<f32>() / n_pairs as f32)
    }

    fn all_words(&self) -> Vec<Vec<TopicIx>> {
        let mut numbers: BTreeMap<String, TopicIx> = BTreeMap::new();
        let mut next = u32::try_from(self.catalogue.topics.len()).unwrap_or(u32::MAX);
        let mut number = |word: &str| {
            *numbers.entry(word.to_owned()).or_insert_with(|| {
                next = next.saturating_add(1);
                TopicIx(next - 1)
            })
        };
        let mut of_title = |title: &str| {
            let slug = topic_slug(title);
            let words: BTreeSet<&str> = slug.split('-').filter(|word| word.chars().any(char::is_alphabetic)).collect();
            words.into_iter().map(&mut number).collect()
        };
        let products = self.catalogue.products.iter();
        products.map(|product| if product.topics.is_empty() { of_title(&product.title) } else { Vec::new() }).collect()
    }
}

/// The traits of a product with one bit of 128 for each: those of two products that share no bit share no trait, which is most of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    traits: &'a [TopicIx],
    signs: u128,
}

impl<'a> Signed<'a> {
    fn of(traits: &'a [TopicIx]) -> Self {
        Self { traits, signs: traits.iter().fold(0, |signs, of| signs | 1 << (of.0 % u128::BITS)) }
    }

    /// Returns the share of traits two products have in common, 0 to 1; of two without any, nothing.
    #[expect(clippy::cast_precision_loss, reason = "a handful of topics")]
    pub(super) fn share_in_common(&self, other: &Self) -> f32 {
        if self.signs & other.signs == 0 {
            return 0.0;
        }
        let common = self.traits.iter().filter(|topic| other.traits.contains(topic)).count();
        common as f32 / (self.traits.len() + other.traits.len() - common) as f32
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Product;

    #[test]
    fn topics_tell_products_apart_and_words_where_there_are_none() {
        let product = |id: &str, title: &str, topics: &[u32]| -> Product {
            let value = json!({
                "id": id, "title": title, "price": { "minor": 100, "currency": "EUR" }, "url": "", "kind": "product",
                "attributes": {}, "topics": topics, "n_categories": topics.len(),
            });
            serde_json::from_value(value).expect("a product")
        };
        let products = vec![
            product("a", "Red mug", &[0, 1]),
            product("b", "Blue mug", &[0, 1]),
            product("c", "Red bowl", &[0, 2]),
            product("d", "RED MUG 12", &[]),
            product("e", "Red cup", &[]),
        ];
        let topics = ["bowls", "home", "mugs"].map(|slug| crate::catalogue::Topic { slug: slug.to_owned(), name: slug.to_owned() });
        let catalogue = Catalogue { products, topics: topics.to_vec(), ..Catalogue::default() };
        let likeness = Likeness::new(&catalogue);
        let of = |a: &str, b: &str| likeness.of_two(catalogue.find(a).expect("a product"), catalogue.find(b).expect("a product"));
        assert!((of("a", "b") - 1.0).abs() < 1e-6, "the same category");
        assert!((of("a", "c") - 1.0 / 3.0).abs() < 1e-6, "one of three");
        assert!((of("d", "e") - 1.0 / 3.0).abs() < 1e-6, "a number is no word");
        assert!(of("a", "d").abs() < 1e-6, "words are not topics");
        assert_eq!(likeness.of_list(&[ProductIx(0)]), None);
        assert!(likeness.of_list(&[ProductIx(0), ProductIx(1), ProductIx(2)]).is_some_and(|mean| (mean - 5.0 / 9.0).abs() < 1e-6));
    }
}
