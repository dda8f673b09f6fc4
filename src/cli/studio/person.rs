//! One person and one campaign, as the studio shows them: the mail, and everything that led to it.

use relance::audience::Skip;
use relance::error::Result;
use relance::plan::{Decision, Draft, Explanation};
use relance::profile::Profile;
use relance::selection::{Claims, Composition, Filling, Length};
use serde::Serialize;

use super::look::Look;
use super::shop::Shop;
use super::survey::Somebody;
use crate::cli::explain::find;
use crate::cli::french::french;
use crate::cli::preview;

/// The campaign as written, whatever the arm of its reader.
pub(super) const PERSONALISED: &str = "personalised";
/// The arm that shows the same to all.
pub(super) const GENERAL: &str = "general";
/// Products passed over that are listed.
const PASSED_OVER_SHOWN: usize = 40;

/// What there is to see.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) somebody: Somebody,
    pub(super) address: String,
    pub(super) locale: String,
    /// Why there is no mail, if there is none.
    pub(super) skipped: Option<Skip>,
    /// The mail, or what it would be; `None` when nothing can be composed.
    pub(super) draft: Option<Draft>,
    pub(super) why: Why,
}

impl Seen {
    /// Decides for one person, composes the mail and keeps every step.
    pub(super) fn of(shop: &Shop, campaign: &str, id: &str, look: &Look) -> Result<Self> {
        let chosen = shop.campaign(campaign)?;
        let mut profile = find(&shop.snapshot, id)?;
        if !look.locale.is_empty() {
            profile.contact.locale = Some(look.locale.clone());
        }
        let planner = shop.planner(&chosen)?;
        let explanation = planner.explain(&profile);
        let draft = if look.variant.is_empty() {
            match planner.decide(&profile) {
                Decision::Admitted(admission) => Some(planner.draft(&profile, &admission)),
                Decision::Skipped(_) => planner.suppose(&profile, None).map(|admission| planner.draft(&profile, &admission)),
            }
        } else {
            Some(preview::of_variant(&planner, &chosen, &profile, preview::variant(chosen.0, &look.variant)?)?)
        };
        Ok(Self {
            somebody: Somebody::of(&profile.contact),
            address: profile.contact.email.clone(),
            locale: draft.as_ref().map_or_else(|| own_locale(shop, &profile), |draft| draft.locale.clone()),
            skipped: explanation.skipped.clone(),
            draft,
            why: Why::of(&explanation, shop),
        })
    }
}

impl Seen {
    /// Says in French why there is a mail or none.
    pub(super) fn in_french(&mut self) {
        self.why.in_french();
        if let Some(skip) = &mut self.skipped {
            skip.detail = french(&skip.detail).into();
        }
    }
}

fn own_locale(shop: &Shop, profile: &Profile) -> String {
    profile.contact.locale.clone().unwrap_or_else(|| shop.app.project.locale.clone())
}

/// An explanation, ready to be written.
#[derive(Debug, Serialize)]
pub(super) struct Why {
    edition: Option<String>,
    checks: Vec<relance::audience::Checked>,
    segments: Vec<Segment>,
    slots: Vec<Slot>,
    offer: Option<String>,
    because: Vec<String>,
    points: u32,
    budget: Option<u32>,
    seen: Vec<Point>,
    dropped: Vec<String>,
    /// How long the mail is, where its campaign says how long it may be.
    length: Option<Long>,
}

/// How long a mail is, and what it does without.
#[derive(Debug, Serialize)]
struct Long {
    things: u32,
    max: u32,
    left_out: Vec<LeftOut>,
}

/// What a mail does without: so many of a slot's things, or its block.
#[derive(Debug, Serialize)]
struct LeftOut {
    slot: String,
    block: Option<String>,
    n: usize,
    of: usize,
    priority: i32,
}

/// A segment, and whether the person is in it.
#[derive(Debug, Serialize)]
struct Segment {
    name: String,
    is_in: bool,
}

/// What fills a slot, a line each.
#[derive(Debug, Default, Serialize)]
struct Slot {
    name: String,
    lines: Vec<Line>,
    passed_over: Vec<Line>,
    n_passed_over: usize,
}

/// A thing, and why.
#[derive(Debug, Default, Serialize)]
struct Line {
    what: String,
    title: String,
    why: String,
    /// The thing is a level of blocks, which has a name in every language.
    #[serde(skip)]
    is_level: bool,
}

/// Something the mail lets its reader see, in points.
#[derive(Debug, Serialize)]
struct Point {
    points: u32,
    slot: String,
    what: String,
    which: String,
    is_fresh: bool,
    is_sensitive: bool,
}

impl Why {
    fn of(explanation: &Explanation, shop: &Shop) -> Self {
        let is_in = |name: &String| explanation.segments.contains(name);
        let segments = shop.segments().iter().map(|name| Segment { name: name.clone(), is_in: is_in(name) }).collect();
        let composition = explanation.composition.as_ref();
        let mut why = Self {
            edition: explanation.edition.clone(),
            checks: explanation.checks.clone(),
            segments,
            slots: composition.map(|composition| slots(composition, shop)).unwrap_or_default(),
            offer: composition.and_then(|composition| composition.offer.as_ref()).map(|offer| offer.name.clone()),
            because: composition.map(|composition| composition.because.iter().map(|kind| (*kind).to_owned()).collect()).unwrap_or_default(),
            points: 0,
            budget: None,
            seen: Vec::new(),
            dropped: Vec::new(),
            length: composition.and_then(|composition| composition.length.as_ref()).map(Long::of),
        };
        if let Some(composition) = composition {
            let intrusion = &composition.intrusion;
            (why.points, why.budget) = (intrusion.points, intrusion.budget);
            why.seen = intrusion
                .seen
                .iter()
                .map(|seen| Point {
                    points: seen.points,
                    slot: seen.slot.to_string(),
                    what: seen.what.word().to_owned(),
                    which: seen.which.clone(),
                    is_fresh: seen.is_fresh,
                    is_sensitive: seen.is_sensitive,
                })
                .collect();
            why.dropped = intrusion.dropped.iter().map(|dropped| format!("{} ({})", dropped.block, dropped.slot)).collect();
        }
        why
    }
}

impl Why {
    /// Says it all in French, but for names and conditions.
    pub(super) fn in_french(&mut self) {
        let say = |text: &mut String| *text = french(text);
        for check in &mut self.checks {
            say(&mut check.what);
            say(&mut check.value);
        }
        for slot in &mut self.slots {
            for line in &mut slot.lines {
                say(&mut line.why);
                if line.is_level {
                    say(&mut line.what);
                }
            }
            slot.passed_over.iter_mut().for_each(|line| say(&mut line.why));
        }
        self.because.iter_mut().for_each(say);
        self.seen.iter_mut().for_each(|point| say(&mut point.what));
    }
}

impl Long {
    fn of(length: &Length) -> Self {
        let left_out = |it: &relance::selection::LeftOut| LeftOut {
            slot: it.slot.to_string(),
            block: it.block.as_ref().map(ToString::to_string),
            n: it.n,
            of: it.of,
            priority: it.priority,
        };
        Self { things: length.things, max: length.max, left_out: length.left_out.iter().map(left_out).collect() }
    }
}

fn slots(composition: &Composition, shop: &Shop) -> Vec<Slot> {
    let named = composition.slots.iter().map(|(name, filling)| Slot { name: name.to_string(), ..filled(filling, shop) });
    named.collect()
}

fn filled(filling: &Filling, shop: &Shop) -> Slot {
    let catalogue = &shop.snapshot.catalogue;
    let mut slot = Slot::default();
    match filling {
        Filling::Block(choice) => {
            let level = format!("{:?}", choice.level).to_lowercase();
            slot.lines.push(Line { what: level, title: choice.block.to_string(), why: choice.because.clone(), is_level: true });
            if let Some(product) = choice.product {
                let product = catalogue.product(product);
                slot.lines.push(Line {
                    what: product.id.to_string(),
                    title: product.title.clone(),
                    why: claimed(choice.claims),
                    ..Line::default()
                });
            }
            slot.n_passed_over = choice.passed_over.len();
            slot.passed_over = choice
                .passed_over
                .iter()
                .map(|(block, why)| Line { what: block.to_string(), why: why.clone(), ..Line::default() })
                .collect();
        }
        Filling::Products { picks, passed_over, .. } => {
            slot.lines = picks
                .iter()
                .map(|pick| Line {
                    what: pick.product.to_string(),
                    title: catalogue.product(pick.ix).title.clone(),
                    why: format!("{} {}", pick.because, claimed(pick.claims)).trim_end().to_owned(),
                    ..Line::default()
                })
                .collect();
            slot.n_passed_over = passed_over.len();
            let shown = passed_over.iter().take(PASSED_OVER_SHOWN);
            slot.passed_over =
                shown.map(|passed| Line { what: passed.product.to_string(), why: passed.why.clone(), ..Line::default() }).collect();
        }
        Filling::Categories { items } => {
            let affinity = |affinity: f64| if affinity > 0.0 { format!("{affinity:.2}") } else { String::new() };
            slot.lines =
                items.iter().map(|item| Line { what: item.topic.clone(), why: affinity(item.affinity), ..Line::default() }).collect();
        }
        Filling::Cart { lines, .. } => {
            let line = |line: &relance::profile::CartLine| {
                let product = catalogue.product(line.product);
                Line { what: product.id.to_string(), title: product.title.clone(), why: format!("× {}", line.quantity), ..Line::default() }
            };
            slot.lines = lines.iter().map(line).collect();
        }
        Filling::Subject { owned } => {
            slot.lines.push(Line { what: owned.id.clone(), why: owned.ends_on.to_string(), ..Line::default() });
        }
    }
    slot
}

/// What may be said of a product.
fn claimed(claims: Claims) -> String {
    let count = claims.social_proof.map(|count| format!("· {} orders in {} d", count.n, count.days));
    let left = claims.low_stock.map(|left| format!("· {left} left"));
    count.into_iter().chain(left).collect::<Vec<_>>().join(" ")
}
