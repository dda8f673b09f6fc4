//! Checks of what a slot or a block claims: counts of orders, and urgency, must rest on something true.

use super::Notes;
use crate::id::BlockName;
use crate::project::block::Block;
use crate::project::campaign::SocialProofSpec;
use crate::project::checked::SocialProof;
use crate::project::content::Ends;

/// Reads a count of orders, and notes what is wrong with it.
pub(super) fn social_proof(notes: &mut Notes<'_>, spec: &SocialProofSpec) -> Option<SocialProof> {
    let read = SocialProof::read(spec);
    if read.is_none() && notes.span(&spec.window).is_some() {
        let days = SocialProof::DAYS_MAX;
        let message = format!("orders cannot be counted over `{}` with a minimum of {}", spec.window.get_ref(), spec.min);
        let label = format!("whole days, from 1 to {days}, and a minimum of 1 or more");
        notes.error("slot::bad-social-proof", spec.window.span(), message, label, "write for example `{ window = \"7d\", min = 10 }`");
    }
    read
}

/// Checks that what a block claims has something to rest on, and the other way round.
pub(super) fn block(notes: &mut Notes<'_>, name: &BlockName, block: &Block) {
    let spec = &block.spec;
    let claims = |what: &str| spec.claims.iter().any(|claim| claim == what);
    let mut wrong = |key: &str, code: &'static str, message: String, label: &str, help: &str| {
        notes.error(code, block.key(key), message, label, help);
    };
    if claims("urgency") && spec.ends.is_none() {
        let message = format!("block `{name}` claims urgency, and nothing ends");
        let help = "add `ends = \"offer\"`, `ends = \"date\"` or `ends = \"stock\"`, or remove the claim";
        wrong("claims", "block::urgency-without-end", message, "needs `ends`", help);
    }
    if spec.ends.is_some() && !claims("urgency") {
        let message = format!("block `{name}` shows an end and does not say that it claims urgency");
        wrong("ends", "block::unclaimed-urgency", message, "is a claim of urgency", "add `claims = [\"urgency\"]`");
    }
    if matches!(spec.ends, Some(Ends::Stock | Ends::Date)) && spec.product.is_none() {
        let message = format!("block `{name}` speaks of a product and names none");
        wrong("ends", "block::no-product", message, "of which product?", "add `product = \"ID\"`");
    }
    if spec.low_stock.is_some() != (spec.ends == Some(Ends::Stock)) {
        let message = format!("`low_stock` of block `{name}` and `ends = \"stock\"` go together");
        let key = if spec.low_stock.is_some() { "low_stock" } else { "ends" };
        wrong(
            key,
            "block::low-stock",
            message,
            "one is there without the other",
            "write for example `low_stock = 5` and `ends = \"stock\"`",
        );
    }
    if spec.social_proof.is_some() && spec.product.is_none() {
        let message = format!("block `{name}` counts the orders of a product and names none");
        wrong("social_proof", "block::no-product", message, "of which product?", "add `product = \"ID\"`");
    }
    if claims("social_proof") && spec.social_proof.is_none() {
        let message = format!("block `{name}` claims that others bought, and counts nothing");
        let help = "add `social_proof = { window = \"7d\", min = 10 }` and `product`, or remove the claim";
        wrong("claims", "block::social-proof-without-count", message, "needs `social_proof`", help);
    }
    if let Some(proof) = &spec.social_proof {
        social_proof(notes, proof);
    }
}
