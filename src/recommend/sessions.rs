//! Which products are looked at, or put in a cart, by one visitor in one day.
//!
//! Cosine of sessions with a shrinkage in the denominator, as in Dacrema et al., "Are We Really Making Much Progress?",
//! ACM Recommender Systems 2019: pairs that were seen together once or twice say little.

use super::fade::Fade;
use super::lines::{GUEST, Interactions, Line};
use super::lists::Lists;
use super::pairs::Pairs;
use super::vectors::Vectors;
use super::veil::{Behind, Owners, Together, Veil};

/// Half-life of what a session says, in days.
const SESSION_DAYS: i64 = 30;
/// Weight of sessions at which what they say of a pair counts half.
const SHRINKAGE: f32 = 3.0;
/// Products of one session beyond which it does not count: it is a machine, or a list that was scrolled through.
pub(super) const SESSION_MAX: usize = 50;

/// Learns from a table whose lines are told apart by visitor; under a veil, sessions of one contact have one person behind them, and `lists`
/// are those that were too long before they were cut.
pub(super) fn sessions(table: &Interactions, lists: &Lists, today: i32, veil: Option<(&Veil, Together)>) -> Pairs {
    if table.all().is_empty() {
        return Pairs::default();
    }
    let mut lines: Vec<Line> = table.all().to_vec();
    let who = |line: &Line| if veil.is_some() { line.who } else { GUEST };
    lines.sort_unstable_by_key(|line| (who(line), line.order, line.day, line.product));
    let fade = Fade::new(SESSION_DAYS);
    let (mut vectors, mut owners) = (Vectors::default(), Owners::default());
    for session in lines.chunk_by(|a, b| (who(a), a.order, a.day) == (who(b), b.order, b.day)) {
        let mut products: Vec<u32> = session.iter().map(|line| line.product.0).collect();
        products.dedup();
        if !(2..=SESSION_MAX).contains(&products.len()) || lists.holds(&session[0]) {
            continue;
        }
        // A pair of a long session says less: dots add up to the weight of the session for each of its products.
        #[expect(clippy::cast_precision_loss, reason = "at most fifty")]
        let weight = (fade.of(today.saturating_sub(session[0].day)) / (products.len() - 1) as f32).sqrt();
        vectors.push(products.into_iter().map(|product| (product, weight)));
        owners.push(session[0].unit());
    }
    let behind = veil.map(|(veil, of)| Behind { veil, of, owners: &owners.numbers, each: 1 });
    Pairs::of_shrunk_cosines(&vectors, table.n_products(), SHRINKAGE, behind.as_ref())
}
