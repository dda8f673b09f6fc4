//! A shop whose people come back each at their own pace, with the program over it: what scores are learned from.

use std::fmt::Write as _;
use std::fs;

use relance::id::stable_unit;

use super::program::Program;

/// A score of this shop, in `relance.toml`.
const SCORE: &str = "\n[scores.purchase_14d]\nkind = \"purchase\"\nwithin = \"14d\"\n";
/// People of the shop.
pub(crate) const PEOPLE: usize = 360;

/// Days between two orders, by the kind of person: those who come back all the time, now and then, and hardly ever.
fn gap(who: usize) -> f64 {
    [9.0, 30.0, 120.0][who % 3]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day of the year")]
/// A shop of nine months of orders; everybody left a basket three hours ago. The last person refuses profiling.
pub(crate) fn shop(more: &str) -> Program {
    let program = Program::new();
    let config = fs::read_to_string(program.path("relance.toml")).expect("a text");
    program.write("relance.toml", format!("{config}{SCORE}{more}"));
    let mut contacts = String::from("id,email,locale,created_at,consent_newsletter,consent_newsletter_at,consent_profiling,lead\n");
    let mut orders = String::from("order_id,contact_id,at,product_id,quantity,unit_price,status\n");
    let mut events = String::new();
    let first = chrono::NaiveDate::from_ymd_opt(2025, 6, 1).expect("a day");
    for who in 0..PEOPLE {
        let profiling = if who + 1 == PEOPLE { "no" } else { "yes" };
        _ = writeln!(contacts, "p{who:03},p{who:03}@mail.example,fr-FR,2025-06-01,yes,2025-06-01,{profiling},{}", who % 10);
        let (mut at, mut n) = (stable_unit(&["start", &who.to_string()]) * gap(who), 0);
        while at < 275.0 {
            let day = first + chrono::Days::new(at as u64);
            _ = writeln!(orders, "o{who}-{n},p{who:03},{day}T12:00:00,t{},1,9.90,placed", who % 5 + 1);
            n += 1;
            at += gap(who) * (0.2 + 1.6 * stable_unit(&["gap", &who.to_string(), &n.to_string()]));
        }
        _ = writeln!(
            events,
            "{{\"at\": \"2026-03-05T06:00:00+01:00\", \"kind\": \"cart_add\", \"contact_id\": \"p{who:03}\", \"product_id\": \"t1\", \"quantity\": 1}}"
        );
    }
    program.write("data/contacts.csv", contacts);
    program.write("data/orders.csv", orders);
    program.write("data/events.jsonl", events);
    program
}
