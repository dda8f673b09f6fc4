//! What reading the sources let through and a person may want to know: a line a matter.

use std::collections::BTreeMap;

use relance::snapshot::BuildReport;

use super::out::count;

/// Names shown of a list; the line says how many more there are.
const SHOWN: usize = 5;

/// Returns a line for each thing noticed: values nobody knows, columns nothing reads, rows that repeat one another.
pub(crate) fn lines(report: &BuildReport) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, source) in &report.sources {
        for (column, values) in &source.unknown_values {
            lines.push(format!("{name}: `{column}` has {}", unknown(values)));
        }
        if !source.unused_columns.is_empty() {
            lines.push(format!(
                "{name}: nothing reads {}",
                listed(source.unused_columns.iter().map(|column| format!("`{column}`")).collect())
            ));
        }
    }
    if report.n_unknown_accounts > 0 {
        let (n, name) = (report.n_unknown_accounts, if report.n_unknown_accounts == 1 { "row names" } else { "rows name" });
        lines.push(format!("contacts: {} {name} a company that `accounts` does not have", count(n)));
    }
    if report.n_unknown_priced > 0 {
        let (n, name) = (report.n_unknown_priced, if report.n_unknown_priced == 1 { "row is" } else { "rows are" });
        lines.push(format!("prices: {} {name} of a product that `products` does not have", count(n)));
    }
    if report.n_repeated_order_lines > 0 {
        let n = report.n_repeated_order_lines;
        lines.push(format!(
            "orders: {} {} another line of the same order; all count",
            count(n),
            if n == 1 { "line repeats" } else { "lines repeat" }
        ));
    }
    lines
}

/// Lists values that are not known, the most frequent first.
fn unknown(values: &BTreeMap<String, u64>) -> String {
    let mut sorted: Vec<_> = values.iter().collect();
    sorted.sort_by_key(|(value, n)| (std::cmp::Reverse(**n), (*value).clone()));
    let words = sorted.into_iter().map(|(value, n)| format!("`{}` {}", value.escape_debug(), count(*n))).collect();
    format!("values without a meaning of their own: {}", listed(words))
}

/// Joins a list, cut after its first names.
pub(crate) fn listed(words: Vec<String>) -> String {
    let n_more = words.len().saturating_sub(SHOWN);
    let text = words.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if n_more > 0 { format!("{text} and {n_more} more") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relance::source::SourceReport;

    #[test]
    fn each_matter_has_a_line() {
        let kinds = [("wishlist_add", 12), ("share", 1200), ("a", 1), ("b", 1), ("c", 1), ("d", 1)];
        let events = SourceReport {
            unknown_values: BTreeMap::from([("kind", kinds.map(|(kind, n)| (kind.to_owned(), n)).into())]),
            unused_columns: ["os".to_owned(), "browser".to_owned()].into(),
            ..SourceReport::default()
        };
        let report = BuildReport {
            sources: BTreeMap::from([("events", events)]),
            n_unknown_accounts: 1,
            n_unknown_priced: 3,
            n_repeated_order_lines: 2,
            ..BuildReport::default()
        };
        assert_eq!(
            lines(&report),
            [
                "events: `kind` has values without a meaning of their own: `share` 1,200, `wishlist_add` 12, `a` 1, `b` 1, `c` 1 and 1 more",
                "events: nothing reads `browser`, `os`",
                "contacts: 1 row names a company that `accounts` does not have",
                "prices: 3 rows are of a product that `products` does not have",
                "orders: 2 lines repeat another line of the same order; all count",
            ]
        );
        assert_eq!(lines(&BuildReport::default()), Vec::<String>::new());
    }
}
