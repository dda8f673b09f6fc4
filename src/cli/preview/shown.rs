//! What a decided mail shows: blocks, picks with their prices, the offer, read from what its template sees.

use relance::money::Money;
use serde_json::Value;

/// One thing in a slot: a product, an article, a line of a basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pick {
    /// Name of the slot.
    pub(crate) slot: String,
    /// Id in the catalogue.
    pub(crate) id: String,
    /// Title as the mail shows it.
    pub(crate) title: String,
    /// Price when the mail was decided.
    pub(crate) price: Option<Money>,
}

/// Lists what fills the slots, in the order of the slots, each thing once a slot.
pub(crate) fn picks(context: &Value) -> Vec<Pick> {
    let mut all: Vec<Pick> = Vec::new();
    for (slot, filled) in slots(context) {
        let items = filled.get("items").and_then(Value::as_array).into_iter().flatten().chain(filled.get("product"));
        for item in items {
            let text = |name: &str| item.get(name).and_then(Value::as_str);
            let Some(id) = text("id").filter(|id| !all.iter().any(|pick| pick.slot == *slot && pick.id == *id)) else { continue };
            let price = item.get("price").and_then(|price| serde_json::from_value(price.clone()).ok());
            all.push(Pick { slot: slot.clone(), id: id.to_owned(), title: text("title").unwrap_or(id).to_owned(), price });
        }
    }
    all
}

/// Lists the blocks, by slot.
pub(crate) fn blocks(context: &Value) -> Vec<(String, String)> {
    let block = |(slot, filled): (&String, &Value)| Some((slot.clone(), filled.get("block")?.as_str()?.to_owned()));
    slots(context).filter_map(block).collect()
}

/// Returns the name of the offer; `None` when the mail has none.
pub(crate) fn offer(context: &Value) -> Option<String> {
    let offer = context.get("offer")?;
    offer.get("name").or_else(|| offer.get("title"))?.as_str().map(str::to_owned)
}

fn slots(context: &Value) -> impl Iterator<Item = (&String, &Value)> {
    context.get("slots").and_then(Value::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slots_tell_their_blocks_and_picks() {
        let tea = json!({ "id": "t1", "title": "Tea", "price": { "minor": 790, "currency": "EUR" } });
        let context = json!({ "slots": {
            "hero": { "block": "hero-tea", "product": { "id": "t2", "title": "Cup" } },
            "picks": { "items": [tea, tea, { "name": "a category" }], "rows": [[tea]] },
        }, "offer": null });
        let found = picks(&context);
        assert_eq!(found.iter().map(|pick| pick.id.as_str()).collect::<Vec<_>>(), ["t2", "t1"]);
        assert_eq!(found[1].price.map(|price| price.to_string()).as_deref(), Some("7.90 EUR"));
        assert_eq!(blocks(&context), [("hero".to_owned(), "hero-tea".to_owned())]);
        assert_eq!(offer(&context), None);
        assert_eq!(offer(&json!({ "offer": { "name": "welcome", "title": "5 %" } })).as_deref(), Some("welcome"));
    }
}
