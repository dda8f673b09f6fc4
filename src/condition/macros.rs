//! Named rules that ship with the language: each expands to a condition anybody can read.

/// Built-in macros: name and the rule it stands for. A segment of the same name wins over a macro in `in_segment`.
pub const MACROS: &[(&str, &str)] = &[
    ("frequent_buyer", "count_bought('*', '365 days') >= 4 AND days_since(last_order_at) <= 120"),
    ("big_spender", "orders_count >= 2 AND average_order >= 100"),
    ("one_time_buyer", "orders_count = 1 AND days_since(last_order_at) > 30"),
    ("cart_leaver", "cart_open AND count_event('cart_add', '30 days') > 0 AND NOT bought_within('*', '7 days')"),
    ("window_shopper", "count_viewed('*', '30 days') >= 5 AND NOT bought_within('*', '30 days')"),
    ("ad_clicker", "last_medium IN ('cpc', 'ppc', 'paid', 'display', 'paid_social') OR count_event('ad_click', '90 days') > 0"),
    ("new_visitor", "visits_count = 1 AND orders_count = 0"),
    ("lapsed_buyer", "orders_count > 0 AND days_since(last_order_at) > 180"),
];

/// Finds a macro by name, in any case.
pub(super) fn find(name: &str) -> Option<&'static (&'static str, &'static str)> {
    MACROS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::MACROS;
    use crate::condition::{Field, Schema, compile};

    #[test]
    fn every_macro_compiles_and_hides_no_field() {
        for (name, rule) in MACROS {
            assert_eq!(Field::find(name), None, "{name}");
            let condition = compile(name, None, &Schema::default()).expect(name);
            assert_eq!(condition.to_string(), *name);
            assert_eq!(condition.expanded(), *rule);
            assert!(!condition.uses().is_empty(), "{name}: the uses of the rule are known");
        }
    }
}
