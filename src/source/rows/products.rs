//! The catalogue.

use super::reading::{Reading, Refusal, Why};
use super::{Record, columns};
use crate::money::Money;
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::Product;

columns! {
    ID: required text "id",
    TITLE: required text "title",
    PRICE: optional value "price",
    URL: required text "url",
    KIND: optional text "kind",
    CATEGORY: optional text "category",
    BRAND: optional text "brand",
    IMAGE_URL: optional text "image_url",
    DESCRIPTION: optional text "description",
    STOCK: optional value "stock",
    AVAILABLE_FROM: optional value "available_from",
    AVAILABLE_UNTIL: optional value "available_until",
    LIST_PRICE: optional value "list_price",
    MARGIN: optional value "margin",
    TAGS: optional text "tags",
    PUBLISHED_AT: optional value "published_at",
    CURRENCY: optional text "currency",
    CITY: optional text "city",
    POSTCODE: optional text "postcode",
    LAT: optional value "lat",
    LON: optional value "lon",
}

/// `[sources.products]`.
#[derive(Debug)]
pub struct Products;

impl Record for Products {
    type Row<'a> = Product<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;
    const KEEPS_EXTRAS: bool = true;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Product<'a>, Refusal> {
        let currency = row.currency(CURRENCY)?;
        let words = row.text(TAGS)?.unwrap_or_default().split([',', '|']).map(str::trim);
        let kind = row.text(KIND)?;
        // An article has no price; whatever is sold has one.
        let free = (kind == Some("article")).then_some(Money { minor: 0, currency });
        let price = row.price(PRICE, currency)?.or(free).ok_or(Refusal::of(PRICE, Why::Missing))?;
        Ok(Product {
            id: row.required_id(ID)?,
            title: row.text(TITLE)?.ok_or(Refusal::of(TITLE, Why::Missing))?,
            price,
            url: row.required_id(URL)?,
            kind,
            category: row.text(CATEGORY)?,
            brand: row.text(BRAND)?,
            image_url: row.id(IMAGE_URL)?,
            description: row.text(DESCRIPTION)?,
            stock: row.whole(STOCK)?,
            available_from: row.instant(AVAILABLE_FROM)?,
            available_until: row.last(AVAILABLE_UNTIL)?,
            list_price: row.price(LIST_PRICE, currency)?,
            margin: row.money(MARGIN, currency)?,
            tags: words.filter(|word| !word.is_empty()).collect(),
            published_at: row.instant(PUBLISHED_AT)?,
            city: row.text(CITY)?,
            postcode: row.text(POSTCODE)?,
            lat: row.degrees(LAT, 90.0)?,
            lon: row.degrees(LON, 180.0)?,
            attributes: row.fields.extras().filter_map(|(name, cell)| Some((name, cell.display()?))).collect(),
        })
    }
}
