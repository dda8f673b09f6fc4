//! What a block rests on besides its conditions: its product, an end, a count of orders. Without it the block is not shown.

use super::claim::{Claims, enough, low_stock};
use super::stock::Stock;
use crate::id::ProductIx;
use crate::profile::Person;
use crate::project::block::Block;
use crate::project::checked::SocialProof;
use crate::project::content::Ends;

/// What the front matter of a block asks for.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    product: Option<String>,
    social_proof: Option<SocialProof>,
    pub(super) ends: Option<Ends>,
    low_stock: u32,
}

/// What there is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) product: Option<ProductIx>,
    pub(super) claims: Claims,
}

impl Rest {
    pub(super) fn of(block: &Block) -> Self {
        let spec = &block.spec;
        let product = spec.product.as_ref().map(|id| id.get_ref().clone());
        Self { product, social_proof: block.social_proof, ends: spec.ends, low_stock: spec.low_stock.unwrap_or(0) }
    }

    /// Finds what the block rests on, or says what is missing.
    pub(super) fn check(&self, person: &Person<'_>, stock: Stock<'_>) -> Result<Found, String> {
        if self.ends == Some(Ends::Offer) && stock.offer.is_none_or(|offer| offer.until.is_none()) {
            return Err("no offer that ends in this mail".to_owned());
        }
        let Some(id) = &self.product else { return Ok(Found::default()) };
        let (catalogue, now) = (stock.catalogue, person.reading.now.at);
        let ix = catalogue.find(id).ok_or_else(|| format!("product {id} is not in the catalogue"))?;
        let product = catalogue.product(ix);
        if !product.available(now) {
            return Err(format!("product {id} is not for sale now"));
        }
        if stock.in_mail.contains(&ix) {
            return Err(format!("product {id} is already in the mail"));
        }
        if self.ends == Some(Ends::Date) && product.available_until.is_none() {
            return Err(format!("the sale of product {id} has no end"));
        }
        let few = low_stock(ix, self.low_stock, catalogue);
        if self.ends == Some(Ends::Stock) && few.is_none() {
            let left = product.stock.map_or_else(|| "an uncounted number".to_owned(), |left| left.to_string());
            return Err(format!("{left} left of product {id}, not {} or fewer", self.low_stock));
        }
        let count = self.social_proof.map(|proof| enough(proof, ix, stock.models, now).map_err(|count| (proof, count)));
        let social_proof = count.transpose().map_err(|(proof, count)| {
            let orders = crate::error::plural(count.n as usize, "order");
            format!("product {id} has {} {orders} in {} d, fewer than {}", count.n, count.days, proof.min)
        })?;
        Ok(Found { product: Some(ix), claims: Claims { social_proof, low_stock: few } })
    }
}
