//! What each campaign asks of the data, and what of it is not there: said before anybody writes a mail.

use serde::Serialize;

use super::inventory::Inventory;
use crate::condition::{Condition, Field};
use crate::plan::Rules;
use crate::project::campaign::{Fill, Metric, Strategy, TriggerKind};
use crate::project::checked::Campaign;
use crate::project::trigger::{DateField, Trigger};

/// Share of people under which a field that a campaign requires is said to be rare.
const RARE: f64 = 0.8;

/// How bad it is that something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// The campaign goes out with less.
    Less,
    /// Its success cannot be measured.
    Unmeasured,
    /// It can write to nobody.
    Stopped,
}

/// One thing that a campaign lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// How bad it is.
    pub gravity: Gravity,
    /// What is missing and what follows.
    pub what: String,
}

/// Lists what a campaign lacks, the worst first.
pub fn missing(rules: &Rules, campaign: &Campaign, inventory: &Inventory) -> Vec<Missing> {
    let mut found = Vec::new();
    let mut lacks = |gravity, what: String| found.push(Missing { gravity, what });
    let spec = &campaign.spec;
    let has = |source: &str| inventory.rows(source) > 0;
    if spec.why.as_ref().is_none_or(|why| why.trim().is_empty()) {
        lacks(Gravity::Less, "no `why`: nobody can say later which problem it was to solve".to_owned());
    }
    if let Some(measure) = &spec.measure {
        let (metric, needs_margin) = match measure.primary {
            Metric::Revenue => ("revenue", false),
            Metric::Margin => ("margin", true),
            Metric::Conversion => ("conversion", false),
        };
        if !has("orders") {
            lacks(Gravity::Unmeasured, format!("no orders: `{metric}` cannot be measured"));
        } else if needs_margin && inventory.fill("orders", "margin") == 0.0 {
            lacks(Gravity::Unmeasured, "no `margin` in the orders: it cannot be measured".to_owned());
        }
    }
    if let Some(consent) = spec.consent.as_ref().filter(|_| !spec.compulsory) {
        let column = format!("consent_{}", consent.get_ref());
        if inventory.fill("contacts", &column) == 0.0 {
            lacks(Gravity::Stopped, format!("no `{column}` in the contacts: nobody agreed, so nobody can be written to"));
        }
    }
    if let Some(trigger) = &campaign.trigger
        && let Some(what) = without_trigger(trigger, inventory)
    {
        lacks(Gravity::Stopped, what);
    }
    for (name, slot) in &campaign.slots {
        if slot.spec.fill != Fill::Products {
            continue;
        }
        if !has("products") {
            lacks(Gravity::Stopped, format!("no products: slot `{name}` stays empty"));
            continue;
        }
        let rests_on = |strategy: &Strategy| match strategy {
            Strategy::Usual | Strategy::AlsoBought | Strategy::PopularInCategory | Strategy::PopularRecent if !has("orders") => {
                Some("orders")
            }
            Strategy::RecentlyViewed | Strategy::Cart if !has("events") => Some("events"),
            _ => None,
        };
        for (strategy, source) in slot.spec.strategies.keys().filter_map(|strategy| Some((strategy, rests_on(strategy)?))) {
            let strategy = serde_json::to_value(strategy).unwrap_or_default();
            lacks(Gravity::Less, format!("no {source}: `{}` proposes nothing in slot `{name}`", strategy.as_str().unwrap_or_default()));
        }
    }
    for path in &spec.requires {
        let Some(field) = path.get_ref().strip_prefix("recipient.") else { continue };
        let share = inventory.fill("contacts", field.strip_prefix("attr.").unwrap_or(field));
        if is_column(inventory, field) && share < RARE {
            let gravity = if share == 0.0 { Gravity::Stopped } else { Gravity::Less };
            lacks(gravity, format!("`{field}` is required and known of {:.0} % of the contacts", share * 100.0));
        }
    }
    for segment in spec.audience.include.iter().chain(&spec.audience.exclude) {
        let fields = rules.segments.rule(segment.get_ref()).into_iter().flat_map(|rule| &rule.conditions).flat_map(Condition::fields);
        let mut unknown: Vec<&str> = fields.map(|field: &Field| field.info().name).filter(|name| is_unknown(inventory, name)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            lacks(Gravity::Less, format!("segment `{}` asks for `{name}`, which no contact has", segment.get_ref()));
        }
    }
    found.sort_by(|a, b| b.gravity.cmp(&a.gravity).then_with(|| a.what.cmp(&b.what)));
    found
}

fn is_column(inventory: &Inventory, field: &str) -> bool {
    let name = field.strip_prefix("attr.").unwrap_or(field);
    field != name || inventory.sources.get("contacts").is_some_and(|contacts| contacts.filled.contains_key(name))
}

/// Says whether a field is a column of the contacts that holds nothing.
fn is_unknown(inventory: &Inventory, field: &str) -> bool {
    is_column(inventory, field) && inventory.fill("contacts", field) == 0.0
}

/// Returns why a trigger never fires, when the data for it is not there.
pub(super) fn without_trigger(trigger: &Trigger, inventory: &Inventory) -> Option<String> {
    let did = |step: usize| inventory.funnel.as_ref().map_or(0, |funnel| funnel.steps[step].did) > 0;
    let has = |source: &str| inventory.rows(source) > 0;
    let told = |source: &str, field: &str| inventory.fill(source, field) > 0.0;
    let no_visits = "no `view` in the events: nobody is known to look at a product";
    let no_orders = "no orders: none starts it";
    let (there, what) = match trigger.on {
        TriggerKind::AbandonedCart => (did(1), "no `cart_add` in the events: no cart is ever seen".to_owned()),
        TriggerKind::AbandonedBrowse => (did(0), no_visits.to_owned()),
        TriggerKind::BackInStock | TriggerKind::PriceDrop if !did(0) => (false, no_visits.to_owned()),
        TriggerKind::BackInStock => {
            let there = told("products", &trigger.since) || told("products", "available_from");
            (there, format!("neither `{}` nor `available_from` in the products: nothing is known to come back", trigger.since))
        }
        TriggerKind::PriceDrop => {
            let there = told("products", "list_price") && told("products", &trigger.since);
            (there, format!("no `list_price` or no `{}` in the products: nothing is known to be reduced", trigger.since))
        }
        TriggerKind::Welcome => (told("contacts", "created_at"), "no `created_at` in the contacts".to_owned()),
        TriggerKind::PostPurchase | TriggerKind::Replenishment | TriggerKind::Dormant => (has("orders"), no_orders.to_owned()),
        TriggerKind::Event => (has("events"), "no events: none starts it".to_owned()),
        TriggerKind::Date => {
            let column = match &trigger.field {
                Some(DateField::Attribute(name)) => name,
                Some(DateField::CreatedAt) => "created_at",
                Some(DateField::Birthday) | None => "birthday",
            };
            (told("contacts", column), format!("no `{column}` in the contacts"))
        }
        TriggerKind::ExpiringPayment => (has("payment_methods"), "no payment methods: no card is known to expire".to_owned()),
        TriggerKind::EndingContract => (has("contracts"), "no contracts: none is known to end".to_owned()),
        TriggerKind::Birthday => (told("contacts", "birthday"), "no `birthday` in the contacts".to_owned()),
    };
    (!there).then_some(what)
}
