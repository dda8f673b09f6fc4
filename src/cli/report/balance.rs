//! What the mails brought for what they cost: more margin, less sends and discounts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use relance::holdout::Arm;
use relance::ledger::Spent;
use relance::measure::{Comparison, Interval, real};
use relance::project::campaign::Metric;
use serde::Serialize;

use super::Told;
use super::tongue::Lang;
use super::words::{interval, value};
use crate::cli::chart::with_code;

/// The return of the mails of an arm, all its people whose horizon has passed together; money in minor units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Balance {
    /// The arm; `treated` without arms.
    pub(super) arm: String,
    /// Its people whose horizon has passed.
    pub(super) people: u64,
    /// Mails handed over to them within it.
    pub(super) mails: u64,
    /// Margin beyond that of as many people of the other side; none when orders have no margin, or there are too few people.
    pub(super) margin: Option<Interval>,
    /// What the mails cost, beyond those of as many people of the other side.
    pub(super) sends: f64,
    /// What their offers cost at most, beyond those of as many people of the other side.
    pub(super) discounts: f64,
    /// Mails with an offer whose cost cannot be counted.
    pub(super) uncounted: u64,
    /// The margin less both.
    pub(super) net: Option<Interval>,
    /// `net` for one unit of money spent; none when nothing was.
    pub(super) ratio: Option<f64>,
}

impl Balance {
    /// Weighs an arm against the baseline; `cost` is that of one mail, in minor units.
    pub(super) fn of(arm: &str, baseline: &str, it: &Comparison, spent: &BTreeMap<String, Spent>, cost: f64) -> Self {
        let of = |arm: &str| spent.get(arm).copied().unwrap_or_default();
        let (ours, theirs) = (of(arm), of(baseline));
        let people = real(it.n_treated_ready);
        // As many people of the baseline: they may get mails too, of another arm or general ones.
        let scale = if it.n_control_ready == 0 { 0.0 } else { people / real(it.n_control_ready) };
        let sends = cost * (real(ours.mails) - scale * real(theirs.mails));
        let discounts = money(ours.offers) - scale * money(theirs.offers);
        let figure = it.figures.iter().find(|figure| figure.metric == Metric::Margin);
        let times = |it: Interval| Interval { estimate: it.estimate * people, low: it.low * people, high: it.high * people };
        let margin = figure.and_then(|figure| figure.one_look).map(times);
        let spent = sends + discounts;
        let less = |it: Interval| Interval { estimate: it.estimate - spent, low: it.low - spent, high: it.high - spent };
        let net = margin.map(less);
        let ratio = net.filter(|_| spent > 0.0).map(|net| net.estimate / spent);
        let uncounted = ours.uncounted + theirs.uncounted;
        Self { arm: arm.to_owned(), people: it.n_treated_ready, mails: ours.mails, margin, sends, discounts, uncounted, net, ratio }
    }

    /// Returns the lines of the balance: what, and how much.
    fn lines(&self, told: &Told) -> Vec<(String, String)> {
        let lang = told.lang;
        let unknown = || {
            lang.say(
                "not known: orders have no margin, or there are too few people",
                "inconnue : commandes sans marge, ou trop peu de monde",
            )
            .to_owned()
        };
        let whole = |it: Option<Interval>| it.map_or_else(unknown, |it| interval(Metric::Margin, it, told));
        let mails = lang.many(self.mails, ("mail", "mails"), ("courrier", "courriers"));
        let less = |amount: f64| value(Metric::Margin, -amount, told, true);
        let mut lines = vec![
            (lang.say("more margin", "marge en plus").to_owned(), whole(self.margin)),
            (lang.say("sends", "envois").to_owned(), format!("{}, {mails}", less(self.sends))),
            (lang.say("discounts, at most", "remises, au plus").to_owned(), less(self.discounts)),
            (lang.say("left", "reste").to_owned(), whole(self.net)),
        ];
        if let Some(ratio) = self.ratio {
            let each = lang.say("for each one spent", "pour chaque unité dépensée");
            lines.push((each.to_owned(), lang.number(ratio, 2, true)));
        }
        if self.uncounted > 0 {
            let uncounted = lang.many(self.uncounted, ("mail", "mails"), ("courrier", "courriers"));
            let why = lang.say("with an offer whose cost is not known", "avec une offre dont le coût est inconnu");
            lines.push((lang.say("not counted", "non compté").to_owned(), format!("{uncounted} {why}")));
        }
        lines
    }

    fn title(&self, lang: Lang) -> String {
        let people = lang.many(self.people, ("person", "people"), ("personne", "personnes"));
        let what = lang.say(
            "what the mails brought for what they cost, for one look",
            "ce que les courriers ont rapporté pour leur coût, pour un seul regard",
        );
        if self.arm == Arm::Treated.as_str() { format!("{what}, {people}") } else { format!("{what}, `{}`, {people}", self.arm) }
    }

    /// Writes the balance for a terminal.
    pub(super) fn told(&self, told: &Told) -> String {
        let mut text = format!("\n  {}\n", self.title(told.lang));
        for (what, figure) in self.lines(told) {
            _ = writeln!(text, "    {what:<26} {figure}");
        }
        text
    }

    /// Writes the balance as a section of the page.
    pub(super) fn section(&self, told: &Told) -> String {
        let mut text = format!("<section data-section=\"balance\"><h3>{}</h3><table>", with_code(&self.title(told.lang)));
        for (what, figure) in self.lines(told) {
            _ = write!(text, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", with_code(&what), with_code(&figure));
        }
        text.push_str("</table></section>\n");
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "discounts of a campaign are far from 2^52 minor units")]
fn money(minor: i64) -> f64 {
    minor as f64
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::told;
    use super::*;

    #[test]
    fn mails_of_the_other_side_and_discounts_are_taken_off_a_larger_margin() {
        let mut it = told(Lang::En).comparison.expect("a comparison");
        (it.n_treated_ready, it.n_control_ready) = (100, 50);
        let margin = it.figures.iter_mut().find(|figure| figure.metric == Metric::Margin).expect("a margin");
        margin.one_look = Some(Interval { estimate: 20.0, low: -10.0, high: 50.0 });
        let spent = [
            ("b".to_owned(), Spent { mails: 300, offers: 400, uncounted: 1 }),
            ("control".to_owned(), Spent { mails: 50, offers: 0, uncounted: 0 }),
        ];
        let found = Balance::of("b", "control", &it, &spent.into(), 0.5);
        // 100 people bring 2,000 more; 300 mails less the 100 that as many people of the other side got, and 400 of discounts.
        assert_eq!((found.sends, found.discounts), (100.0, 400.0));
        assert_eq!(found.net, Some(Interval { estimate: 1_500.0, low: -1_500.0, high: 4_500.0 }));
        assert_eq!(found.ratio, Some(3.0));
        let text = found.told(&told(Lang::En));
        for line in
            ["`b`, 100 people", "-1.00 EUR, 300 mails", "-4.00 EUR", "+15.00 EUR (-15.00 to +45.00)", "+3.00", "1 mail with an offer"]
        {
            assert!(text.contains(line), "{line:?} is not in {text}");
        }
        assert!(found.section(&told(Lang::Fr)).contains("marge en plus"));
    }

    #[test]
    fn without_margins_nothing_is_claimed() {
        let mut it = told(Lang::En).comparison.expect("a comparison");
        it.figures.retain(|figure| figure.metric != Metric::Margin);
        let found = Balance::of("b", "control", &it, &BTreeMap::new(), 0.5);
        assert_eq!((found.margin, found.net, found.ratio), (None, None, None));
        assert!(found.told(&told(Lang::En)).contains("not known"));
    }
}
