//! The orders of the people of an experiment, and of those who were shown something, read again.

use std::collections::HashMap;

use relance::error::Result;
use relance::id::stable_hash;
use relance::measure::Line;
use relance::source::record::{OrderLine, OrderStatus};
use relance::source::{self, ReadSettings};

use super::super::app::App;
use super::super::secrets;

/// Reads again the orders of people, by their ids, up to `--now`.
pub(in super::super) fn orders<'a>(app: &App, people: impl Iterator<Item = &'a str>) -> Result<HashMap<&'a str, Vec<Line>>> {
    let mut lines: HashMap<&str, Vec<Line>> = people.map(|id| (id, Vec::new())).collect();
    let project = &app.project;
    let Some(spec) = project.config.sources.orders.as_ref().filter(|_| !lines.is_empty()) else { return Ok(lines) };
    let urls = secrets::source_urls(project)?;
    let settings = ReadSettings {
        root: &project.root,
        zone: project.zone,
        currency: project.currency,
        database_url: urls.get("orders").map(String::as_str),
        now: app.now.at,
        threads: 0,
    };
    let known: HashMap<&str, &str> = lines.keys().map(|id| (*id, *id)).collect();
    let each = |found: &mut Vec<(&'a str, Line)>, row: OrderLine<'_>| {
        let who = row.contact_id.and_then(|id| known.get(id));
        found.extend(who.zip(line(project.currency, &row)).map(|(id, line)| (*id, line)));
    };
    let (_, parts) = source::read_with::<source::Orders, _>("orders", spec, &settings, &Vec::new, &each)?;
    for (id, line) in parts.into_iter().flatten() {
        lines.entry(id).or_default().push(line);
    }
    // Threads end in any order, and sums of money must not depend on it.
    for lines in lines.values_mut() {
        lines.sort_unstable_by_key(|line| (line.at, line.order, line.product, line.money, line.margin, line.placed));
    }
    Ok(lines)
}

/// Returns the hash by which a product is known in lines of orders.
pub(super) fn product_hash(id: &str) -> u64 {
    stable_hash(&["product", id])
}

fn line(currency: relance::money::Currency, row: &OrderLine<'_>) -> Option<Line> {
    let sign = match row.status {
        OrderStatus::Cancelled => return None,
        OrderStatus::Placed => 1,
        OrderStatus::Returned => -1,
    };
    let is_ours = row.unit_price.currency == currency;
    let discount = row.discount.map_or(0, |discount| discount.minor);
    let money = if is_ours { row.unit_price.minor.saturating_mul(row.quantity).saturating_sub(discount) } else { 0 };
    let margin = row.margin.filter(|_| is_ours).map_or(0, |margin| margin.minor);
    let (order, placed) = (stable_hash(&["order", row.order_id]), row.status == OrderStatus::Placed);
    Some(Line {
        at: row.at,
        order,
        product: product_hash(row.product_id),
        money: money.saturating_mul(sign),
        margin: margin.saturating_mul(sign),
        placed,
    })
}
