//! Which products a search speaks of: those whose title and topics hold all of its words that the catalogue knows.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::catalogue::{Catalogue, Popularity};
use crate::condition::topic_slug;
use crate::id::ProductIx;

/// Shortest word that counts.
const WORD_MIN: usize = 3;
/// Products that one search leads to, the most popular.
const FOUND_MAX: usize = 5;

/// An index of words, made when the first search is asked about.
#[derive(Debug)]
pub(super) struct Finder<'a> {
    catalogue: &'a Catalogue,
    popularity: &'a Popularity,
    postings: OnceLock<HashMap<String, Vec<ProductIx>>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, popularity: &'a Popularity) -> Self {
        Self { catalogue, popularity, postings: OnceLock::new() }
    }

    /// Returns the most popular products that a search finds, most popular first, ties by id.
    pub(super) fn find(&self, search: &str) -> Vec<ProductIx> {
        let postings = self.postings.get_or_init(|| self.index());
        let mut lists: Vec<&Vec<ProductIx>> = words(search).iter().filter_map(|word| postings.get(word)).collect();
        lists.sort_by_key(|list| list.len());
        let Some((rarest, others)) = lists.split_first() else { return Vec::new() };
        let in_all = |product: &&ProductIx| others.iter().all(|list| list.binary_search(product).is_ok());
        let mut found: Vec<ProductIx> = rarest.iter().filter(in_all).copied().collect();
        let weight = |product: ProductIx| self.popularity.weight.get(product.at()).copied().unwrap_or(0);
        found.sort_by_key(|product| (std::cmp::Reverse(weight(*product)), *product));
        found.truncate(FOUND_MAX);
        found
    }

    fn index(&self) -> HashMap<String, Vec<ProductIx>> {
        let mut postings: HashMap<String, Vec<ProductIx>> = HashMap::new();
        for ix in self.catalogue.all() {
            let product = self.catalogue.product(ix);
            let topics = product.topics.iter().map(|topic| self.catalogue.topics[topic.at()].slug.as_str());
            let mut of_product: Vec<String> = words(&product.title).into_iter().chain(topics.flat_map(words)).collect();
            of_product.sort_unstable();
            of_product.dedup();
            for word in of_product {
                postings.entry(word).or_default().push(ix);
            }
        }
        postings
    }
}

/// The words of a text, without accents and endings of the plural.
fn words(text: &str) -> Vec<String> {
    let slug = topic_slug(text);
    let long = slug.split('-').filter(|word| word.len() >= WORD_MIN);
    long.map(|word| word.trim_end_matches(['s', 'x']).to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_have_neither_accents_nor_plurals() {
        assert_eq!(words("Chaussures de Randonnées"), ["chaussure", "randonnee"]);
        assert_eq!(words("xxx sss de"), Vec::<String>::new());
    }
}
