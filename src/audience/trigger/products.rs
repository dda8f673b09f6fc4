//! Triggers that hang on what was done on the site: a cart, products looked at that came back or cost less, an act.

use std::collections::BTreeMap;

use super::together::{PRODUCTS_MAX, Told, key_of, together};
use super::{Asked, Cause};
use crate::catalogue::Product;
use crate::clock::{Now, Span, Timestamp};
use crate::condition::topic_slug;
use crate::id::ProductIx;
use crate::profile::tally::{Act, ActKind};
use crate::profile::{Interest, Person};
use crate::project::campaign::TriggerKind;
use crate::project::trigger::Trigger;

/// A cart filled again, or a visit made again, this long after the last mail about it is another one.
const SILENCE: Span = Span::days(7);

pub(super) fn cart(asked: &Asked<'_>) -> Option<Cause> {
    let cart = asked.person.cart()?;
    let touched_at = cart.touched_at()?;
    let products = cart.lines.iter().map(|line| line.product).collect();
    Some(Cause { products, ..Cause::new(touched_at, episode(asked, touched_at)) })
}

/// Products looked at again and again, the last one last looked at naming the instant; none while a cart is open or after an order.
pub(super) fn browsed(asked: &Asked<'_>) -> Option<Cause> {
    let (person, now) = (asked.person, asked.now().at);
    if person.cart().is_some() {
        return None;
    }
    let since = Some(now.minus(asked.trigger.within)).max(closed_at(person));
    let mut views: BTreeMap<ProductIx, (u32, Timestamp)> = BTreeMap::new();
    for act in acts_since(person, since) {
        if let (ActKind::View, Some(product)) = (act.kind, act.product) {
            let seen = views.entry(product).or_insert((0, act.at));
            *seen = (seen.0 + 1, seen.1.max(act.at));
        }
    }
    views.retain(|product, (n, _)| *n >= asked.trigger.min_views && person.catalogue.product(*product).available(now));
    let mut open: Vec<(ProductIx, Timestamp)> = views.into_iter().map(|(product, (_, at))| (product, at)).collect();
    open.sort_by_key(|(product, at)| (std::cmp::Reverse(*at), *product));
    let at = open.first()?.1;
    let products = open.iter().take(PRODUCTS_MAX).map(|(product, _)| *product).collect();
    Some(Cause { products, ..Cause::new(at, episode(asked, at)) })
}

/// Products that came back for sale after the person last looked at them, the latest first.
pub(super) fn back_in_stock(asked: &Asked<'_>) -> Vec<Cause> {
    changed(asked, |product| back_at(asked, product))
}

/// Products that were reduced after the person last looked at them, the latest first.
pub(super) fn reduced(asked: &Asked<'_>) -> Vec<Cause> {
    changed(asked, |product| reduced_at(asked, product))
}

/// When a product that is for sale came back: what its column says, or the first instant it can be sold.
pub(super) fn back_at(asked: &Asked<'_>, product: &Product) -> Option<Timestamp> {
    back(asked.trigger, asked.now(), product)
}

fn back(trigger: &Trigger, now: Now, product: &Product) -> Option<Timestamp> {
    let told = column(trigger, now, product).max(product.available_from);
    told.filter(|at| *at <= now.at && product.available(now.at))
}

/// Since when a product costs less than its list price by what the campaign asks: its column says it, else nobody knows. For whoever has a
/// price of their own nothing was reduced.
pub(super) fn reduced_at(asked: &Asked<'_>, product: &Product) -> Option<Timestamp> {
    let has_own = |_: &Timestamp| asked.person.catalogue.find(product.id.as_str()).is_some_and(|ix| asked.person.own_price(ix).is_some());
    reduced_since(asked.trigger, asked.now(), product).filter(|at| !has_own(at))
}

#[expect(clippy::cast_precision_loss, reason = "a share of a price")]
fn reduced_since(trigger: &Trigger, now: Now, product: &Product) -> Option<Timestamp> {
    let list = product.list_price.filter(|list| list.currency == product.price.currency && list.minor > product.price.minor)?;
    let drop = 100.0 * (list.minor - product.price.minor) as f64 / list.minor as f64;
    column(trigger, now, product).filter(|at| *at <= now.at && drop >= trigger.min_drop && product.available(now.at))
}

fn column(trigger: &Trigger, now: Now, product: &Product) -> Option<Timestamp> {
    Timestamp::parse(product.attributes.get(&trigger.since)?, now.zone)
}

/// Says whether something that a person looked at came back, or was reduced, since an instant and after their look, as such a trigger asks.
pub fn has_changed(trigger: &Trigger, person: &Person<'_>, since: Timestamp) -> bool {
    let now = person.reading.now;
    person.profile.interests.iter().any(|interest| {
        let product = person.catalogue.product(interest.product);
        let at = match trigger.on {
            TriggerKind::BackInStock => back(trigger, now, product),
            // Of whoever has a price of their own nothing was reduced.
            TriggerKind::PriceDrop => reduced_since(trigger, now, product).filter(|_| person.own_price(interest.product).is_none()),
            _ => None,
        };
        at.is_some_and(|at| at > since && look_that_counts(trigger, person, interest, at).is_some())
    })
}

/// Returns the look before a change, within its time and without a purchase since: a look after the change saw it.
fn look_that_counts(trigger: &Trigger, person: &Person<'_>, interest: &Interest, at: Timestamp) -> Option<Timestamp> {
    let looked_at = last_look(person, interest.product, interest.last_at, at)?;
    let bought = person.profile.purchased.iter().find(|bought| bought.product == interest.product).map(|bought| bought.last_at);
    (looked_at > at.minus(trigger.within) && bought < Some(looked_at)).then_some(looked_at)
}

/// Products whose change came after the person's last look at them and within its time, and that were not bought since that look.
fn changed(asked: &Asked<'_>, when: impl Fn(&Product) -> Option<Timestamp>) -> Vec<Cause> {
    let person = asked.person;
    let change = |interest: &Interest| {
        let product = interest.product;
        let at = when(person.catalogue.product(product))?;
        let looked_at = look_that_counts(asked.trigger, person, interest, at)?;
        Some(Told { product, at, key: key_of(person, product, at), untold_since: looked_at, until: None })
    };
    together(asked, person.profile.interests.iter().filter_map(change).collect())
}

/// Returns the last look at a product before an instant, as far as single acts are kept.
fn last_look(person: &Person<'_>, product: ProductIx, last_at: Timestamp, before: Timestamp) -> Option<Timestamp> {
    if last_at < before {
        return Some(last_at);
    }
    let looks = person.profile.acts.iter().filter(|act| matches!(act.kind, ActKind::View | ActKind::CartAdd));
    looks.filter(|act| act.product == Some(product) && act.at < before).map(|act| act.at).max()
}

/// Acts of the kind that the campaign names, each by itself, the latest first.
pub(super) fn acts(asked: &Asked<'_>) -> Vec<Cause> {
    let (person, event) = (asked.person, asked.trigger.event.as_str());
    let Some(kind) = ActKind::named(event) else {
        let known = person.profile.customs.iter().find(|(name, _)| **name == *event);
        return known.iter().flat_map(|(_, times)| times).map(|at| Cause::new(*at, at.to_string())).collect();
    };
    let about = asked.trigger.about.as_deref().map(topic_slug);
    let fits = |act: &&Act| act.kind == kind && about.as_deref().is_none_or(|about| is_about(person, act, about));
    let cause = |act: &Act| Cause { products: act.product.into_iter().collect(), ..Cause::new(act.at, act.at.to_string()) };
    person.profile.acts.iter().filter(fits).map(cause).collect()
}

fn is_about(person: &Person<'_>, act: &Act, slug: &str) -> bool {
    let of_topic = |topic: crate::catalogue::TopicIx| person.catalogue.topics[topic.at()].slug == slug;
    act.topic.is_some_and(of_topic) || act.product.is_some_and(|product| person.matches(person.catalogue.product(product), slug))
}

/// Returns when the person last ordered, or the site last told of a purchase.
pub(super) fn closed_at(person: &Person<'_>) -> Option<Timestamp> {
    let told = person.profile.acts.iter().find(|act| act.kind == ActKind::Purchase).map(|act| act.at);
    person.profile.orders.last_at.max(told)
}

/// Acts after an instant, latest first.
fn acts_since<'a>(person: &'a Person<'_>, since: Option<Timestamp>) -> impl Iterator<Item = &'a Act> {
    person.profile.acts.iter().take_while(move |act| Some(act.at) > since)
}

/// Names a cart or a visit in the editions of its mails.
///
/// Neither has an id, and acts come and go. The first mail names it by the instant of the last act then, and the mails after it keep that
/// name whatever is done, until an order, or a silence of [`SILENCE`] after the last mail, begins another.
fn episode(asked: &Asked<'_>, touched_at: Timestamp) -> String {
    let last = asked.past.iter().rfind(|past| past.campaign == asked.campaign.name);
    let ordered_since = |at: Timestamp| asked.person.profile.orders.last_at.is_some_and(|ordered_at| ordered_at > at);
    let same = last.filter(|last| touched_at <= last.at.plus(SILENCE) && !ordered_since(last.at));
    same.and_then(|last| last.edition.as_str().split_once('/')).map_or_else(|| touched_at.to_string(), |(_, key)| key.to_owned())
}
