//! What changed between two mails to one person: subject, blocks, picks and their prices, offer, and the lines of the text part.
//!
//! Pure. Addresses of links are compared without their query: it counts clicks, and names the edition.

use relance::render::Rendered;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::shown::{self, Pick};

/// One of the two mails; what is not known of it any longer is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Side {
    pub(crate) subject: Option<String>,
    pub(crate) text: Option<String>,
    /// Slot and block.
    pub(crate) blocks: Option<Vec<(String, String)>>,
    pub(crate) picks: Vec<Pick>,
    pub(crate) offer: Option<String>,
}

impl Side {
    /// Reads a mail: what its template saw, and what came of it when it could be made.
    pub(crate) fn of(context: &Value, rendered: Option<Rendered>) -> Self {
        let (subject, text) = rendered.map(|rendered| (rendered.subject, rendered.text)).unzip();
        Self { subject, text, blocks: Some(shown::blocks(context)), picks: shown::picks(context), offer: shown::offer(context) }
    }

    /// Reads a mail of which the products and the offer alone are kept.
    pub(crate) fn of_rest(products: &[String], offer: Option<String>) -> Self {
        let pick = |id: &String| Pick { slot: String::new(), id: id.clone(), title: id.clone(), price: None };
        Self { picks: products.iter().map(pick).collect(), offer, ..Self::default() }
    }
}

/// How a line or a thing differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Only in the new mail.
    New,
    /// Only in the old one.
    Gone,
    /// In both.
    Kept,
}

impl Sign {
    /// Returns the mark in front of a line.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::New => "+",
            Self::Gone => "-",
            Self::Kept => "=",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Kept => "kept",
        }
    }
}

/// What changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Changes {
    /// Before and after.
    pub(crate) subject: (Option<String>, Option<String>),
    /// Blocks with their slots; `None` when those of the old mail are not known.
    pub(crate) blocks: Option<Vec<(Sign, String, String)>>,
    /// Picks; those kept with what they cost before.
    pub(crate) picks: Vec<(Sign, Pick, Option<Pick>)>,
    /// Before and after.
    pub(crate) offer: (Option<String>, Option<String>),
    /// Lines of the text that changed, with some around them, one list a place; `None` when the old text is not known.
    pub(crate) text: Option<Vec<Vec<(Sign, String)>>>,
}

/// Lines shown around a change.
const LINES_AROUND: usize = 1;

/// Compares two mails.
pub(crate) fn between(old: &Side, new: &Side) -> Changes {
    Changes {
        subject: (old.subject.clone(), new.subject.clone()),
        blocks: old.blocks.as_ref().zip(new.blocks.as_ref()).map(|(old, new)| blocks(old, new)),
        picks: picks(&old.picks, &new.picks),
        offer: (old.offer.clone(), new.offer.clone()),
        text: old.text.as_ref().zip(new.text.as_ref()).map(|(old, new)| lines(old, new)),
    }
}

impl Changes {
    /// Returns the form that `--json` prints.
    pub(crate) fn to_json(&self) -> Value {
        let priced = |pick: &Pick| pick.price.map(|price| json!({ "minor": price.minor, "currency": price.currency }));
        let pick = |(sign, pick, before): &(Sign, Pick, Option<Pick>)| json!({ "change": sign.word(), "slot": pick.slot, "id": pick.id, "title": pick.title, "price": priced(pick), "price_before": before.as_ref().and_then(priced) });
        let block = |(sign, slot, block): &(Sign, String, String)| json!({ "change": sign.word(), "slot": slot, "block": block });
        let line = |(sign, line): &(Sign, String)| json!({ "change": sign.word(), "line": line });
        json!({
            "subject": { "before": self.subject.0, "after": self.subject.1 },
            "blocks": self.blocks.as_ref().map(|blocks| blocks.iter().map(block).collect::<Vec<_>>()),
            "picks": self.picks.iter().map(pick).collect::<Vec<_>>(),
            "offer": { "before": self.offer.0, "after": self.offer.1 },
            "text": self.text.as_ref().map(|places| places.iter().flatten().filter(|(sign, _)| *sign != Sign::Kept).map(line).collect::<Vec<_>>()),
        })
    }
}

fn blocks(old: &[(String, String)], new: &[(String, String)]) -> Vec<(Sign, String, String)> {
    let of = |sign: Sign| move |(slot, block): &(String, String)| (sign, slot.clone(), block.clone());
    let gone = old.iter().filter(|block| !new.contains(block)).map(of(Sign::Gone));
    let fresh = new.iter().filter(|block| !old.contains(block)).map(of(Sign::New));
    let kept = new.iter().filter(|block| old.contains(block)).map(of(Sign::Kept));
    gone.chain(fresh).chain(kept).collect()
}

/// Things are the same by their id, wherever they stand.
fn picks(old: &[Pick], new: &[Pick]) -> Vec<(Sign, Pick, Option<Pick>)> {
    let find = |all: &[Pick], id: &str| all.iter().find(|pick| pick.id == id).cloned();
    let gone = old.iter().filter(|pick| find(new, &pick.id).is_none()).map(|pick| (Sign::Gone, pick.clone(), None));
    let (kept, fresh): (Vec<_>, Vec<_>) =
        new.iter().map(|pick| (pick.clone(), find(old, &pick.id))).partition(|(_, before)| before.is_some());
    let fresh = fresh.into_iter().map(|(pick, _)| (Sign::New, pick, None));
    gone.chain(fresh).chain(kept.into_iter().map(|(pick, before)| (Sign::Kept, pick, before))).collect()
}

fn lines(old: &str, new: &str) -> Vec<Vec<(Sign, String)>> {
    let (old, new) = (without_queries(old), without_queries(new));
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let signed = |tag: ChangeTag| match tag {
        ChangeTag::Insert => Sign::New,
        ChangeTag::Delete => Sign::Gone,
        ChangeTag::Equal => Sign::Kept,
    };
    let places = diff.grouped_ops(LINES_AROUND);
    let place = |ops: &Vec<similar::DiffOp>| {
        let changes = ops.iter().flat_map(|op| diff.iter_changes(op));
        changes.map(|change| (signed(change.tag()), change.value().trim_end_matches('\n').to_owned())).collect()
    };
    places.iter().map(place).collect()
}

/// Cuts the query and the fragment off every address of a text.
fn without_queries(text: &str) -> String {
    let cut = |word: &str| {
        let is_address = word.contains("https://") || word.contains("http://");
        let kept = if is_address { word.split(['?', '#']).next().unwrap_or(word) } else { word };
        if is_address && word.ends_with('>') && !kept.ends_with('>') { format!("{kept}>") } else { kept.to_owned() }
    };
    text.lines().map(|line| line.split(' ').map(cut).collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(block: &str, products: &[(&str, i64)], text: &str) -> Side {
        let items: Vec<Value> = products
            .iter()
            .map(|(id, minor)| json!({ "id": id, "title": format!("Thing {id}"), "price": { "minor": minor, "currency": "EUR" } }))
            .collect();
        let context = json!({ "slots": { "hero": { "block": block }, "picks": { "items": items } }, "offer": { "name": block } });
        let rendered = Rendered { subject: block.to_owned(), preheader: String::new(), html: String::new(), text: text.to_owned() };
        Side::of(&context, Some(rendered))
    }

    #[test]
    fn new_gone_and_kept_are_told_apart_with_prices() {
        let old = mail("sea", &[("a", 500), ("b", 700)], "Hello\n\nThing a\nhttps://shop.example/a?utm_content=W1\nThing b\n");
        let new = mail("sun", &[("b", 650), ("c", 900)], "Hello\n\nThing b\n<https://shop.example/b?utm_content=W2>\n");
        let found = between(&old, &new);
        let signs: Vec<(&str, &str)> = found.picks.iter().map(|(sign, pick, _)| (sign.mark(), pick.id.as_str())).collect();
        assert_eq!(signs, [("-", "a"), ("+", "c"), ("=", "b")]);
        assert_eq!(found.picks[2].2.as_ref().and_then(|before| before.price).map(|price| price.minor), Some(700));
        let blocks = found.blocks.as_ref().expect("both are known");
        assert_eq!(blocks.iter().map(|(sign, _, block)| (sign.mark(), block.as_str())).collect::<Vec<_>>(), [("-", "sea"), ("+", "sun")]);
        let json = found.to_json();
        let text: Vec<(&str, &str)> = json["text"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|line| Some((line["change"].as_str()?, line["line"].as_str()?)))
            .collect();
        assert_eq!(text, [("gone", "Thing a"), ("gone", "https://shop.example/a"), ("new", "<https://shop.example/b>")]);
        assert_eq!(json["picks"][2]["price_before"]["minor"], 700);
        assert_eq!(json["subject"], json!({ "before": "sea", "after": "sun" }));
    }

    #[test]
    fn the_same_mail_of_another_edition_changes_nothing() {
        let old = mail("sea", &[("a", 500)], "Thing\nhttps://shop.example/a?utm_content=W1\n");
        let new = mail("sea", &[("a", 500)], "Thing\nhttps://shop.example/a?utm_content=W2\n");
        let found = between(&old, &new);
        assert_eq!(found.text, Some(Vec::new()));
        assert!(found.picks.iter().all(|(sign, pick, before)| *sign == Sign::Kept && before.as_ref() == Some(pick)));
    }

    #[test]
    fn what_is_not_kept_is_unknown_rather_than_changed() {
        let old = Side::of_rest(&["a".to_owned(), "b".to_owned()], Some("sea".to_owned()));
        let found = between(&old, &mail("sea", &[("b", 700)], "Thing b\n"));
        assert_eq!((found.text.as_ref(), found.blocks.as_ref(), found.subject.0.as_ref()), (None, None, None));
        assert_eq!(found.picks.iter().map(|(sign, pick, _)| (sign.mark(), pick.id.as_str())).collect::<Vec<_>>(), [("-", "a"), ("=", "b")]);
        assert!(found.to_json()["text"].is_null());
    }
}
