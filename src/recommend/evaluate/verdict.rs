//! What the figures say, in words: which strategy for which slot, and when popularity is as good.

use serde::Serialize;

use super::super::Track;
use super::bootstrap::{Interval, interval};
use super::figures::Judged;
use super::methods::Method;

/// People under which a difference is an anecdote.
pub const PEOPLE_MIN: usize = 100;

/// What to do about one track.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The track.
    pub track: Track,
    /// The gain of the blend over recent popularity.
    pub over_popular: Interval,
    /// The gain of the blend over the person's own repeats.
    pub over_own_repeat: Interval,
    /// What the re-rank of mails costs the blend in gain, and brings in distance within a list.
    pub reranked_over_blend: Option<Reranked>,
    /// The method of the greatest figure.
    pub best: Method,
    /// The strategy to name in a slot.
    pub strategy: &'static str,
    /// The sentence.
    pub words: String,
}

/// What drawing alike products apart changes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reranked {
    /// The gain of the re-ranked blend over the blend.
    pub gain: Interval,
    /// The share of the blend's gain that this is; negative where it is lost.
    pub share: f64,
    /// The mean distance within a list, less that of the blend's.
    pub distance: f64,
}

/// Compares the blend with the plain methods; `judged` holds every method on this track.
pub fn advise(track: Track, judged: &[(Method, Judged)]) -> Option<Advice> {
    let of = |method: Method| judged.iter().find(|(known, _)| *known == method).map(|(_, judged)| judged);
    let hybrid = of(Method::Hybrid)?;
    let less = |ours: &Judged, theirs: &Judged| {
        interval(&ours.gains.iter().zip(&theirs.gains).map(|(ours, theirs)| ours - theirs).collect::<Vec<_>>())
    };
    let over = |method| Some(less(hybrid, of(method)?));
    let reranked_over_blend = of(Method::Reranked).map(|reranked| {
        let gain = less(reranked, hybrid);
        let share = if hybrid.figures.ndcg > 0.0 { gain.mean / hybrid.figures.ndcg } else { 0.0 };
        Reranked { gain, share, distance: reranked.figures.list_distance - hybrid.figures.list_distance }
    });
    let (over_popular, over_own_repeat) = (over(Method::PopularRecent)?, over(Method::OwnRepeat)?);
    let best = judged.iter().max_by(|a, b| a.1.figures.ndcg.total_cmp(&b.1.figures.ndcg).then(b.0.cmp(&a.0)))?.0;
    let (slot, option) = match track {
        Track::All => ("slots where what was bought may come back", "for_you"),
        Track::New => ("slots with `not_bought_within`", "for_you"),
    };
    let n = hybrid.gains.len();
    let (strategy, words) = if n < PEOPLE_MIN {
        ("popular_recent", format!("{slot}: only {n} people can judge, too few to prefer anything to `popular_recent`"))
    } else if over_popular.low <= 0.0 {
        ("popular_recent", format!("{slot}: `popular_recent` is as good as any model here; take it, it is simpler"))
    } else if over_own_repeat.high < 0.0 {
        ("usual", format!("{slot}: people's own repeats are better than the model; take `usual`, then `popular_recent`"))
    } else if over_own_repeat.low <= 0.0 && track == Track::All {
        (option, format!("{slot}: take `{option}`; for people who bought, their own repeats (`usual`) are as good"))
    } else {
        (option, format!("{slot}: take `{option}`: better than popularity and than own repeats, and not by chance"))
    };
    Some(Advice { track, over_popular, over_own_repeat, reranked_over_blend, best, strategy, words })
}
