//! One mail on a terminal: what stands in its head, then its text part.

use std::collections::BTreeMap;

use relance::plan::Draft;
use relance::render::Rendered;

use super::{shown, terminal};
use crate::cli::app::App;
use crate::cli::out::dim;

/// Lays a mail out for a terminal of some columns.
pub(crate) fn laid_out(app: &App, draft: &Draft, rendered: &Rendered, columns: usize) -> String {
    let sender = &app.project.config.sender;
    let mut of_slots: BTreeMap<String, usize> = BTreeMap::new();
    for pick in shown::picks(&draft.context) {
        *of_slots.entry(pick.slot).or_default() += 1;
    }
    let picks: Vec<String> = of_slots.iter().map(|(slot, n)| format!("{n} in {slot}")).collect();
    let step = draft.step.as_ref().map(|step| format!(", step {step}")).unwrap_or_default();
    let variant = draft.variant.as_ref().map(|variant| format!(", variant {variant}")).unwrap_or_default();
    let rows = [
        ("from", format!("{} <{}>", sender.name, sender.address.get_ref())),
        ("to", format!("{}, {}", draft.recipient, draft.locale)),
        ("subject", rendered.subject.clone()),
        ("preheader", rendered.preheader.clone()),
        ("campaign", format!("{}, edition {}{step}{variant}", draft.campaign, draft.edition)),
        ("size", format!("{} KB of HTML, {} KB of text", rendered.html.len().div_ceil(1024), rendered.text.len().div_ceil(1024))),
        ("picks", if picks.is_empty() { "none".to_owned() } else { picks.join(", ") }),
    ];
    let headings = relance::inspect::headings(&rendered.html);
    let rule = dim("─".repeat(columns));
    format!("{}{rule}\n\n{}", terminal::head(&rows, columns), terminal::body(&rendered.text, &headings, columns))
}

#[cfg(test)]
mod tests {
    use relance::inspect::headings;

    #[test]
    fn headings_are_read_in_order_with_what_is_in_them() {
        let html = "<h1>Big\n  news</h1><p>no</p><div><h2><a href='x'>Offers</a></h2><h2>For <b>you</b></h2></div><h4>no</h4>";
        assert_eq!(headings(html), ["Big news", "Offers", "For you"]);
    }
}
