//! What was shown, in words: how wide the bubble is and where it drifts, and what was bought by slot and by strategy.

use std::fmt::Write as _;

use relance::measure::drift::Drift;
use relance::measure::shown::Followed;
use relance::plan::Tone;
use relance::project::campaign::Metric;

use super::super::bubble::{Row, coloured, rows, tone};
use super::super::out::dim;
use super::Told;
use super::shown::{Brought, Part, Shown};
use super::tongue::Lang;
use super::words::interval;
use crate::cli::chart::with_code;

/// Shares of products that two mails in a row have in common: much, and too much.
const OVERLAP: (f64, f64) = (0.2, 0.5);
/// Change of that share from one week to the next that is a drift.
const DRIFT: f64 = 0.01;

impl Shown {
    /// Says which mails are looked at, and of how many the slots are not known any more.
    fn mails(&self, lang: Lang) -> String {
        let mails = lang.many(self.mails, ("mail", "mails"), ("courrier", "courriers"));
        let since = lang.say("since {d}", "depuis le {d}").replace("{d}", &lang.day(self.since));
        let pruned = lang
            .say(
                "; {n} were emptied by `ledger prune`: their products are known, and not their slots",
                "\u{a0}; {n} ont été vidés par `ledger prune`\u{a0}: leurs produits sont connus, et non leurs emplacements",
            )
            .replace("{n}", &lang.count(self.pruned));
        format!("{mails} {since}{}", if self.pruned > 0 { pruned } else { String::new() })
    }

    /// Returns the figures against a bubble.
    fn figures(&self, lang: Lang) -> Vec<Row> {
        let mut all = self.bubble.as_ref().map(|bubble| rows(bubble, lang)).unwrap_or_default();
        let Some(drift) = &self.drift else { return all };
        all.push(Row {
            name: lang.say("same again", "déjà montré"),
            value: lang.percent(drift.overlap, 1, false),
            meaning: lang
                .say(
                    "of products, from one mail to a person's next; {n} pairs of mails; less is better",
                    "des produits, d'un courrier d'une personne au suivant\u{a0}; {n} paires de courriers\u{a0}; moins il y en a, mieux c'est",
                )
                .replace("{n}", &lang.count(drift.pairs)),
            tone: Some(overlap_tone(drift.overlap)),
        });
        if let Some(per_week) = drift.per_week {
            all.push(Row {
                name: lang.say("drift", "dérive"),
                value: format!("{}{}", lang.number(per_week * 100.0, 1, true), lang.say(" points", "\u{a0}points")),
                meaning: drift_words(per_week, lang).to_owned(),
                tone: Some(if per_week > DRIFT { Tone::Bad } else { Tone::Good }),
            });
        }
        all
    }

    /// Writes both parts for a terminal.
    pub(super) fn told(&self, told: &Told) -> String {
        let lang = told.lang;
        let mut text = format!("\n  {}  {}\n", lang.say("shown", "montré"), self.mails(lang));
        for row in self.figures(lang) {
            let judged = row.tone.map_or_else(|| " ".repeat(12), |it| coloured(it, lang));
            _ = writeln!(text, "    {:<18} {:>10}  {judged} {}", row.name, row.value, dim(row.meaning));
        }
        if let Some(drift) = self.drift.as_ref().filter(|drift| drift.weeks.len() > 1) {
            _ = writeln!(text, "    {:<18} {}", lang.say("by week", "par semaine"), weeks(drift, lang).join("  "));
        }
        let tables = self.tables(told);
        if tables.is_empty() {
            return text;
        }
        _ = writeln!(text, "\n  {}", self.title(told));
        for (name, all) in tables {
            let heads = heads(lang);
            let line = format!("{name:<24} {:>9} {:>9}  {:<24} {}", heads[0], heads[1], heads[2], heads[3]);
            _ = writeln!(text, "    {}", dim(line));
            for [part, mails, picks, share, revenue] in all {
                _ = writeln!(text, "    {part:<24} {mails:>9} {picks:>9}  {share:<24} {revenue}");
            }
        }
        _ = writeln!(text, "    {}", self.warning(lang));
        text
    }

    /// Writes both parts as sections of the page.
    pub(super) fn section(&self, told: &Told) -> String {
        let lang = told.lang;
        let title = lang.say("What was shown, and to how few", "Ce qui a été montré, et à quel point c'est toujours pareil");
        let mut text =
            format!("<section data-section=\"bubble\"><h3>{title}</h3><p class=\"note\">{}</p><table>", with_code(&self.mails(lang)));
        for row in self.figures(lang) {
            let judged = row.tone.map(|it| format!("<b class=\"{}\">{}</b>", class(it), tone(it, lang))).unwrap_or_default();
            _ = write!(
                text,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{judged}</td><td>{}</td></tr>",
                with_code(row.name),
                with_code(&row.value),
                with_code(&row.meaning)
            );
        }
        text.push_str("</table>");
        if let Some(drift) = self.drift.as_ref().filter(|drift| drift.weeks.len() > 1) {
            _ = write!(text, "<p class=\"note\">{}</p>", with_code(&weeks(drift, lang).join(" · ")));
        }
        text.push_str("</section>\n");
        let tables = self.tables(told);
        if tables.is_empty() {
            return text;
        }
        _ = write!(text, "<section data-section=\"shown\"><h3>{}</h3>", with_code(&self.title(told)));
        for (name, all) in tables {
            _ = write!(text, "<table class=\"figures\"><tr><th scope=\"col\">{}</th>", with_code(name));
            for head in heads(lang) {
                _ = write!(text, "<th scope=\"col\">{}</th>", with_code(head));
            }
            text.push_str("</tr>");
            for [part, cells @ ..] in all {
                _ = write!(text, "<tr><th scope=\"row\">{}</th>", with_code(&part));
                for cell in &cells {
                    _ = write!(text, "<td>{}</td>", with_code(cell));
                }
                text.push_str("</tr>");
            }
            text.push_str("</table>");
        }
        _ = writeln!(text, "<p class=\"note\">{}</p></section>", with_code(self.warning(lang)));
        text
    }

    fn title(&self, told: &Told) -> String {
        let lang = told.lang;
        let days = lang.plain(told.horizon_days);
        let title =
            lang.say("what was bought of what was shown, within {d} days", "ce qui a été acheté de ce qui a été montré, sous {d} jours");
        let waiting = lang
            .say("; {n} have not had theirs yet", "\u{a0}; {n} ne les ont pas encore eus")
            .replace("{n}", &lang.many(self.waiting, ("mail", "mails"), ("courrier", "courriers")));
        title.replace("{d}", &days) + if self.waiting > 0 { waiting.as_str() } else { "" }
    }

    /// Returns the tables of slots and of strategies, cell by cell.
    fn tables(&self, told: &Told) -> Vec<(&'static str, Vec<[String; 5]>)> {
        let lang = told.lang;
        let tables = [(lang.say("slot", "emplacement"), &self.slots), (lang.say("strategy", "stratégie"), &self.strategies)];
        let filled = tables.into_iter().filter(|(_, all)| !all.is_empty());
        filled.map(|(name, all)| (name, all.iter().map(|it| cells(it, told)).collect())).collect()
    }

    fn warning(&self, lang: Lang) -> &'static str {
        if self.is_tested {
            lang.say(
                "This is no effect. The arms differ by strategy: their comparison, above, says what one brings.",
                "Ce n'est pas un effet. Les bras diffèrent par la stratégie\u{a0}: leur comparaison, plus haut, dit ce qu'elle rapporte.",
            )
        } else {
            lang.say(
                "This is no effect: people are shown what they would buy anyway. Only arms that differ by strategy say what one brings.",
                "Ce n'est pas un effet\u{a0}: on montre aux gens ce qu'ils achèteraient de toute façon. Seuls des bras qui diffèrent par la stratégie disent ce qu'elle rapporte.",
            )
        }
    }
}

fn heads(lang: Lang) -> [&'static str; 4] {
    [
        lang.say("mails", "courriers"),
        lang.say("picks", "produits"),
        lang.say("bought one of them", "en ont acheté un"),
        lang.say("revenue per 1,000 picks", "chiffre d'affaires pour 1\u{202f}000 produits"),
    ]
}

fn cells(it: &Brought, told: &Told) -> [String; 5] {
    let lang = told.lang;
    let part = match &it.part {
        Part::Slot { slot, block: Some(block) } => format!("{slot}: {block}"),
        Part::Slot { slot, block: None } => slot.clone(),
        Part::Strategy { strategy } => strategy.clone(),
    };
    let of = |followed: Followed| {
        let share = followed.share;
        let percent = |share: f64| lang.percent(share, 1, false);
        let (low, high) = (percent(share.low), percent(share.high));
        let share = format!("{} ({low} {} {high})", percent(share.estimate), lang.say("to", "à"));
        [lang.count(followed.picks), share, interval(Metric::Revenue, followed.revenue, told)]
    };
    let [picks, share, revenue] = it.followed.map_or_else(|| ["-", "-", "-"].map(str::to_owned), of);
    [part, lang.count(it.mails), picks, share, revenue]
}

fn weeks(drift: &Drift, lang: Lang) -> Vec<String> {
    drift.weeks.iter().map(|week| format!("{} {}", week.monday.format("%d/%m"), lang.percent(week.overlap, 0, false))).collect()
}

fn overlap_tone(overlap: f64) -> Tone {
    if overlap > OVERLAP.1 {
        Tone::Bad
    } else if overlap > OVERLAP.0 {
        Tone::Watch
    } else {
        Tone::Good
    }
}

fn drift_words(per_week: f64, lang: Lang) -> &'static str {
    if per_week > DRIFT {
        lang.say("a week: people see more and more of the same", "par semaine\u{a0}: les gens revoient de plus en plus la même chose")
    } else if per_week < -DRIFT {
        lang.say("a week: people see less and less of the same", "par semaine\u{a0}: les gens revoient de moins en moins la même chose")
    } else {
        lang.say("a week: it stays as it is", "par semaine\u{a0}: cela ne change pas")
    }
}

/// The colours of the page.
fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Watch => "open",
        Tone::Bad => "bad",
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::told;
    use super::*;

    #[test]
    fn what_is_good_and_what_is_bad_is_said() {
        let it = told(Lang::En);
        let shown = it.shown.clone().expect("something shown");
        let text = shown.told(&it);
        for words in [
            "emptied by `ledger prune`",
            "same again",
            "bad",
            "more and more of the same",
            "This is no effect: people",
            "2.0% (1.0% to 3.0%)",
        ] {
            assert!(text.contains(words), "{words:?} is not in {text}");
        }
        let tested = Shown { is_tested: true, pruned: 0, ..shown }.told(&it);
        assert!(tested.contains("The arms differ by strategy") && !tested.contains("prune"), "{tested}");
    }
}
