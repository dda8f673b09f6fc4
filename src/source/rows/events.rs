//! On-site acts.

use super::{Reading, Record, Refusal, Why, columns};
use crate::clock::Timestamp;
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::{Event, EventKind};

columns! {
    AT: required value "at",
    KIND: required text "kind",
    VISITOR_ID: optional text "visitor_id",
    CONTACT_ID: optional text "contact_id",
    PRODUCT_ID: optional text "product_id",
    CATEGORY: optional text "category",
    QUERY: optional text "query",
    QUANTITY: optional value "quantity",
    TITLE: optional text "title",
    URL: optional text "url",
    SOURCE: optional text "source",
    MEDIUM: optional text "medium",
    DEVICE: optional text "device",
    DURATION_S: optional value "duration_s",
    ORIGIN: optional text "origin",
}

/// `[sources.events]`.
#[derive(Debug)]
pub struct Events;

impl Record for Events {
    type Row<'a> = Event<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;
    const ONE_OF: &'static [&'static str] = &["visitor_id", "contact_id"];

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Event<'a>, Refusal> {
        let kind = match row.required_id(KIND)? {
            "view" => EventKind::View,
            "search" => EventKind::Search,
            "cart_add" => EventKind::CartAdd,
            "cart_remove" => EventKind::CartRemove,
            "checkout" => EventKind::Checkout,
            "purchase" => EventKind::Purchase,
            other => {
                row.count_unknown("kind", other);
                EventKind::Custom(other)
            }
        };
        let event = Event {
            at: row.instant(AT)?.ok_or(Refusal::of(AT, Why::Missing))?,
            kind,
            visitor_id: row.id(VISITOR_ID)?,
            contact_id: row.id(CONTACT_ID)?,
            product_id: row.id(PRODUCT_ID)?,
            category: row.text(CATEGORY)?,
            query: row.text(QUERY)?,
            quantity: row.whole(QUANTITY)?,
            title: row.text(TITLE)?,
            url: row.text(URL)?,
            source: row.text(SOURCE)?,
            medium: row.text(MEDIUM)?,
            device: row.text(DEVICE)?,
            duration_s: row.whole(DURATION_S)?,
            third_party: row.text(ORIGIN)? == Some("third_party"),
        };
        if event.visitor_id.is_none() && event.contact_id.is_none() {
            return Err(Refusal::of(VISITOR_ID, Why::NobodyNamed));
        }
        if event.quantity.is_some_and(|quantity| quantity < 0) {
            return Err(Refusal::of(QUANTITY, Why::Negative));
        }
        Ok(event)
    }

    fn dated(row: &Event<'_>) -> Option<Timestamp> {
        Some(row.at)
    }
}
