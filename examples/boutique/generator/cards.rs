//! `payment_methods.jsonl`: invented cards, some of which end thirty days, sixteen days or seven days after the story's instant.

use std::fmt::Write as _;
use std::path::Path;

use super::Result;
use super::people::Person;
use super::prng::Rng;

/// Returns the last day of a month as text.
fn month_end(year: i64, month: i64) -> String {
    let (year, month) = (i32::try_from(year).unwrap_or(2015), u32::try_from(month).unwrap_or(12));
    let next =
        if month == 12 { chrono::NaiveDate::from_ymd_opt(year + 1, 1, 1) } else { chrono::NaiveDate::from_ymd_opt(year, month + 1, 1) };
    next.and_then(|day| day.pred_opt()).map(|day| day.to_string()).unwrap_or_default()
}

/// Returns the last day a card works. 2011-12-14 and 2011-11-21 are thirty and seven days after 2011-11-14.
fn expires_on(rng: &mut Rng) -> String {
    match rng.below(1000) {
        0..22 => "2011-12-14".to_owned(),
        22..40 => "2011-11-21".to_owned(),
        40..65 => "2011-11-30".to_owned(),
        65..100 => month_end(2011, rng.range(1, 10)),
        _ => month_end(rng.range(2012, 2015), rng.range(1, 12)),
    }
}

fn last4(rng: &mut Rng) -> String {
    format!("{:04}", rng.below(10_000))
}

/// Writes the cards: about six people in ten have one; a card in six was replaced by another.
pub(crate) fn write(people: &[Person], seed: u64, path: &Path) -> Result<()> {
    let mut out = String::new();
    for person in people {
        let mut rng = Rng::new(seed, "card", &person.id);
        if !rng.chance(600) {
            continue;
        }
        let brand = *rng.weighted(&[("visa", 55), ("mastercard", 35), ("amex", 6), ("cb", 4)]);
        let (expires, last) = (expires_on(&mut rng), last4(&mut rng));
        let (id, first) = (&person.id, format!("pm_{}_1", person.id));
        let head = format!(r#"{{"contact_id":"{id}","method_id":"{first}","brand":"{brand}","last4":"{last}","expires_on":"{expires}""#);
        if rng.chance(160) {
            let second = format!("pm_{id}_2");
            writeln!(out, r#"{head},"status":"replaced","replaced_by":"{second}"}}"#)?;
            let expires = month_end(rng.range(2013, 2015), rng.range(1, 12));
            let last = last4(&mut rng);
            writeln!(
                out,
                r#"{{"contact_id":"{id}","method_id":"{second}","brand":"{brand}","last4":"{last}","expires_on":"{expires}","status":"active"}}"#
            )?;
        } else {
            let status = if rng.chance(30) { "removed" } else { "active" };
            writeln!(out, r#"{head},"status":"{status}"}}"#)?;
        }
    }
    std::fs::write(path, out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::month_end;

    #[test]
    fn a_month_ends_on_its_last_day() {
        assert_eq!(month_end(2012, 2), "2012-02-29");
        assert_eq!(month_end(2011, 12), "2011-12-31");
    }
}
