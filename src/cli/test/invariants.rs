//! What must hold of every mail of a campaign, whoever gets it.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use relance::error::Result;
use relance::id::ProductIx;
use relance::plan::{Decision, Draft, Planner};
use relance::profile::{Memberships, Person, Profile, Reading};
use relance::project::Text;
use relance::project::benefit::Benefit;
use relance::project::campaign::Strategy;
use relance::project::checked::Campaign;
use relance::render::Rendered;
use relance::selection::{Composition, Filling, OfferChoice, Pick};
use relance::snapshot::Snapshot;
use serde_json::{Value, json};
use toml::Spanned;

use super::Failure;
use crate::cli::app::App;
use crate::cli::mailer::Mailer;

/// Broken mails shown per rule; the others are counted.
const SHOWN_MAX: usize = 3;

/// A campaign and all that its mails are made from.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) app: &'a App,
    pub(super) campaign: &'a Campaign,
    pub(super) planner: &'a Planner<'a>,
    pub(super) mailer: &'a Mailer,
    pub(super) snapshot: &'a Snapshot,
}

/// Products by their pages.
type Pages<'a> = HashMap<&'a str, ProductIx>;

/// A rule that a mail breaks.
struct Broken {
    recipient: String,
    rule: &'static str,
    found: String,
}

/// Makes the mail of everybody who gets one and looks at each.
pub(super) fn check(shown: &Shown<'_>, text: &Text, place: &Spanned<String>) -> Result<Vec<Failure>> {
    let catalogue = &shown.snapshot.catalogue;
    let by_url: Pages<'_> = catalogue.all().map(|ix| (catalogue.product(ix).url.as_str(), ix)).collect();
    let mut broken: Vec<Broken> = Vec::new();
    for people in shown.snapshot.profiles.groups() {
        broken.par_extend(people?.par_iter().flat_map_iter(|profile| look(shown, &by_url, profile)));
    }
    let rules: BTreeSet<&'static str> = broken.iter().map(|broken| broken.rule).collect();
    let failure = |rule: &'static str| {
        let of_rule: Vec<&Broken> = broken.iter().filter(|broken| broken.rule == rule).collect();
        let some = of_rule
            .iter()
            .take(SHOWN_MAX)
            .map(|broken| format!("{} for {}", broken.found, broken.recipient))
            .collect::<Vec<_>>()
            .join("; ");
        let more = if of_rule.len() > SHOWN_MAX { format!(" and {} more", of_rule.len() - SHOWN_MAX) } else { String::new() };
        Failure {
            text: text.clone(),
            span: place.span(),
            campaign: shown.campaign.name.to_string(),
            recipient: None,
            what: "every mail".to_owned(),
            expected: rule.to_owned(),
            actual: some + &more,
            edits: Vec::new(),
        }
    };
    Ok(rules.into_iter().map(failure).collect())
}

fn look(shown: &Shown<'_>, by_url: &Pages<'_>, profile: &Profile) -> Vec<Broken> {
    let Decision::Admitted(admission) = shown.planner.decide(profile) else { return Vec::new() };
    let draft = shown.planner.draft(profile, &admission);
    let mut found: Vec<(&'static str, String)> = Vec::new();
    picks(shown, profile, &admission.composition, &mut found);
    match shown.mailer.render(&draft) {
        Err(why) => found.push(("a mail that renders", why)),
        Ok(rendered) => {
            prices(shown, profile, &draft, &mut found);
            offers(shown, profile, &admission.composition, &rendered, &mut found);
            unsubscribe(shown, &rendered, &mut found);
            pages(shown, by_url, &rendered, &mut found);
        }
    }
    let recipient = profile.contact.id.to_string();
    found.into_iter().map(|(rule, found)| Broken { recipient: recipient.clone(), rule, found }).collect()
}

/// No product that is out of stock, was bought within the slot's time, or stands twice in the mail.
fn picks(shown: &Shown<'_>, profile: &Profile, composition: &Composition, found: &mut Vec<(&'static str, String)>) {
    let now = shown.app.now.at;
    // What a person who refused profiling bought is not looked at.
    let expired = Reading::of(&shown.app.project, shown.app.now).consents_expired;
    let refused = !profile.contact.may_be_profiled(shown.snapshot.inputs.asks_profiling(), expired);
    let mut seen = BTreeSet::new();
    for (slot, filling) in &composition.slots {
        let Filling::Products { picks, .. } = filling else { continue };
        let window = shown.campaign.slots.get(slot).and_then(|slot| slot.not_bought_within);
        let bought = |pick: &&Pick| {
            let since = window.map(|window| now.minus(window));
            !refused
                && pick.strategy != Strategy::Usual
                && profile
                    .purchased
                    .iter()
                    .any(|purchased| purchased.product == pick.ix && since.is_some_and(|since| purchased.last_at > since))
        };
        let told = |pick: &Pick| format!("{} in `{slot}`", pick.product);
        found.extend(
            picks
                .iter()
                .filter(|pick| !shown.snapshot.catalogue.product(pick.ix).available(now))
                .map(|pick| ("products that can be bought", told(pick))),
        );
        found.extend(picks.iter().filter(bought).map(|pick| ("no product bought lately", told(pick))));
        found.extend(picks.iter().filter(|pick| !seen.insert(pick.product.clone())).map(|pick| ("each product once", told(pick))));
    }
}

/// The price of an item is the catalogue's, or that of the reader's company.
fn prices(shown: &Shown<'_>, profile: &Profile, draft: &Draft, found: &mut Vec<(&'static str, String)>) {
    let slots = draft.context.get("slots").and_then(Value::as_object).into_iter().flatten();
    let items = slots.filter_map(|(_, slot)| slot.get("items")?.as_array()).flatten();
    for item in items {
        let (Some(id), Some(price)) = (item.get("id").and_then(Value::as_str), item.get("price")) else { continue };
        let catalogue = &shown.snapshot.catalogue;
        let account = profile.contact.account_id.as_deref();
        let own = catalogue.find(id).zip(account).and_then(|(ix, account)| catalogue.own_prices.of(account, ix, shown.app.now.at));
        let expected = own.or_else(|| catalogue.find(id).map(|ix| catalogue.product(ix).price));
        if expected.is_none_or(|expected| *price != json!({ "minor": expected.minor, "currency": expected.currency })) {
            let rule = if own.is_some() { "the price of the reader's company" } else { "the price of the catalogue" };
            found.push((rule, format!("{id} at {price}")));
        } else if own.is_some() && item.get("list_price").is_some_and(|list| !list.is_null()) {
            found.push(("no reduction beside a company's own price", id.to_owned()));
        }
    }
}

/// Every product that the mail leads to is for sale, also one whose link an author wrote down.
fn pages(shown: &Shown<'_>, by_url: &Pages<'_>, rendered: &Rendered, found: &mut Vec<(&'static str, String)>) {
    let catalogue = &shown.snapshot.catalogue;
    let links = rendered.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let gone: BTreeSet<&str> = links
        .filter_map(|link| by_url.get(link).or_else(|| by_url.get(link.split('?').next()?)))
        .filter(|ix| !catalogue.product(**ix).available(shown.app.now.at))
        .map(|ix| catalogue.product(*ix).id.as_str())
        .collect();
    found.extend(gone.into_iter().map(|id| ("products that can be bought", format!("a link to {id}"))));
}

/// At most one offer, and its code only.
fn offers(shown: &Shown<'_>, profile: &Profile, composition: &Composition, rendered: &Rendered, found: &mut Vec<(&'static str, String)>) {
    let own = composition.offer.as_ref().map(|offer| offer.name.as_str());
    for (name, offer) in &shown.app.project.offers {
        let has_code = offer.spec.code.as_ref().is_some_and(|code| rendered.html.contains(code.as_str()));
        if has_code && own != Some(name.as_str()) {
            found.push(("one offer at most, the person's own", format!("the code of `{name}`")));
        }
    }
    if let Some(offer) = &composition.offer {
        if offer.until.is_some_and(|until| until < shown.app.now.today()) {
            found.push(("no offer past its last day", offer.name.clone()));
        }
        floor(shown, profile, composition, offer, found);
    }
    if composition.offer.is_some() && shown.campaign.spec.compulsory {
        found.push(("no offer in a compulsory mail", own.unwrap_or_default().to_owned()));
    }
}

/// What a percentage is off keeps the margin that the offer says, each product by itself.
fn floor(shown: &Shown<'_>, profile: &Profile, composition: &Composition, offer: &OfferChoice, found: &mut Vec<(&'static str, String)>) {
    let floor = shown.app.project.offers.get(&offer.name).and_then(|offer| offer.margin_floor);
    let (Some(floor), Some(benefit @ Benefit::Percent(_))) = (floor, offer.benefit) else { return };
    let shows_cart = composition.slots.values().any(|filling| matches!(filling, Filling::Cart { .. }));
    let products = composition.slots.values().flat_map(|filling| match filling {
        Filling::Cart { lines, .. } => lines.iter().map(|line| line.product).collect(),
        Filling::Products { picks, .. } if !shows_cart => picks.iter().map(|pick| pick.ix).collect(),
        _ => Vec::new(),
    });
    let (catalogue, reading) = (&shown.snapshot.catalogue, Reading::of(&shown.app.project, shown.app.now));
    let person = Person { profile, catalogue, reading, segments: Memberships::default() };
    for ix in products {
        if person.margin(ix).is_some_and(|margin| !benefit.keeps(floor, person.price(ix).minor, margin.minor)) {
            found.push(("the margin floor of the offer", format!("{} with `{}`", catalogue.product(ix).id, offer.name)));
        }
    }
}

/// A way out in both parts; a compulsory mail needs none.
fn unsubscribe(shown: &Shown<'_>, rendered: &Rendered, found: &mut Vec<(&'static str, String)>) {
    let link = shown.app.project.config.links.unsubscribe.get_ref();
    let link = link.split(['{', '&']).next().unwrap_or_default();
    for (part, content) in [("HTML", &rendered.html), ("text", &rendered.text)] {
        if !shown.campaign.spec.compulsory && !content.contains(link) {
            found.push(("the unsubscribe link in both parts", format!("a {part} part without it")));
        }
    }
}
