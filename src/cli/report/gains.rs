//! What is said of winners: the best arm for all, the best of each segment, and how much the second choice brings over the first.

use std::fmt::Write as _;

use relance::project::campaign::Metric;

use super::super::out::dim;
use super::Told;
use super::arms::name;
use super::tongue::Lang;
use super::winners::{Best, Part, Small};
use super::words::value;
use crate::cli::chart::with_code;

impl Best {
    /// Writes the winners for a terminal.
    pub(super) fn told(&self, told: &Told) -> String {
        let lang = told.lang;
        let mut text = format!("\n  {}  {}\n", self.title(lang), dim(self.as_of(lang)));
        for (what, arm, figure) in self.choices(told) {
            _ = writeln!(text, "    {what:<24} {arm:<14} {figure}");
        }
        for part in &self.segments {
            _ = writeln!(
                text,
                "      {:<22} {:<14} {}",
                segment(part.segment.as_deref(), lang),
                name(&part.best, lang),
                of_part(self, part, told)
            );
        }
        for small in &self.too_small {
            _ = writeln!(text, "      {:<22} {}", segment(small.segment.as_deref(), lang), too_small(small, lang));
        }
        if self.global.is_some() {
            _ = writeln!(text, "    {}", dim(caution(lang)));
        }
        text
    }

    /// Writes the winners as a section of the page.
    pub(super) fn section(&self, told: &Told) -> String {
        let lang = told.lang;
        let mut text = format!(
            "<section data-section=\"winners\"><h3>{}</h3><p class=\"note\">{}</p><table>",
            with_code(&self.title(lang)),
            with_code(&self.as_of(lang))
        );
        let mut row = |what: &str, arm: &str, figure: &str| {
            _ = write!(
                text,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
                with_code(what),
                with_code(arm),
                with_code(figure)
            );
        };
        for (what, arm, figure) in self.choices(told) {
            row(what, &arm, &figure);
        }
        for part in &self.segments {
            row(segment(part.segment.as_deref(), lang), &name(&part.best, lang), &of_part(self, part, told));
        }
        for small in &self.too_small {
            row(segment(small.segment.as_deref(), lang), "", &too_small(small, lang));
        }
        text.push_str("</table>");
        if self.global.is_some() {
            _ = write!(text, "<p class=\"note\">{}</p>", with_code(caution(lang)));
        }
        text.push_str("</section>\n");
        text
    }

    fn title(&self, lang: Lang) -> String {
        format!("{} {} ({})", lang.say("best arm by", "meilleur bras,"), lang.metric(self.metric), self.group)
    }

    fn as_of(&self, lang: Lang) -> String {
        format!("{} {}", lang.say("segments as they were on", "segments tels qu'ils étaient au"), lang.day(self.as_they_were_at))
    }

    /// The two choices, with the arm and the figure of each.
    fn choices(&self, told: &Told) -> Vec<(&'static str, String, String)> {
        let lang = told.lang;
        let (Some(global), Some(all), Some(each), Some(gain)) = (&self.global, self.global_mean, self.by_segment_mean, self.gain) else {
            let none = lang.say("no part of people has enough in every arm", "aucun groupe n'a assez de monde dans chaque bras");
            return vec![(lang.say("no winner", "pas de gagnant"), String::new(), none.to_owned())];
        };
        let more = lang.say("over one arm for all", "de plus qu'un seul bras pour tous");
        let (all, each) = (figure(self.metric, all, told), figure(self.metric, each, told));
        vec![
            (lang.say("one arm for all", "un bras pour tous"), name(global, lang), all),
            (
                lang.say("the best per segment", "le meilleur par segment"),
                String::new(),
                format!("{each} ({} {more})", value(self.metric, gain, told, true)),
            ),
        ]
    }
}

fn segment(name: Option<&str>, lang: Lang) -> &str {
    name.unwrap_or(lang.say("everybody else", "tous les autres"))
}

fn of_part(best: &Best, part: &Part, told: &Told) -> String {
    let lang = told.lang;
    let people = lang.many(part.people, ("person", "people"), ("personne", "personnes"));
    let mut text = format!("{}, {people}", figure(best.metric, part.mean, told));
    if best.global.as_ref() != Some(&part.best) {
        let other = figure(best.metric, part.global_mean, told);
        _ = write!(text, ", {} {other}", lang.say("where the one for all has", "où celui pour tous a"));
    }
    text
}

fn too_small(small: &Small, lang: Lang) -> String {
    let (fewest, needed, people) = (lang.count(small.fewest), lang.count(small.needed), lang.count(small.people));
    if lang == Lang::En {
        format!("too small: {people} people, an arm has {fewest} of {needed} needed")
    } else {
        format!("trop petit\u{a0}: {people} personnes, un bras en a {fewest} sur {needed} nécessaires")
    }
}

fn caution(lang: Lang) -> &'static str {
    lang.say(
        "Figures as observed: the best of several is flattered by chance. Test the choice per segment before you believe its gain.",
        "Chiffres observés : le meilleur de plusieurs est flatté par le hasard. Tester le choix par segment avant de croire à son gain.",
    )
}

/// Writes a figure per person: a share as short as it is, money as money.
fn figure(metric: Metric, mean: f64, told: &Told) -> String {
    match metric {
        Metric::Conversion => format!("{}{}", told.lang.plain(mean * 100.0), told.lang.say("%", "\u{a0}%")),
        Metric::Revenue | Metric::Margin => value(metric, mean, told, false),
    }
}

#[cfg(test)]
mod tests {
    use relance::clock::Timestamp;
    use relance::measure::segments::Cell;

    use super::super::page::tests::told;
    use super::super::winners::best;

    use super::*;

    fn row(percents: [u32; 3], n: u64) -> Vec<Cell> {
        percents.map(|percent| Cell { n, sum: f64::from(percent) * 10.0 * relance::measure::real(n) / 1_000.0 }).to_vec()
    }

    #[test]
    fn one_arm_for_all_brings_three_percent_and_the_best_per_segment_four_0_4() {
        let parts = vec![
            (Some("new".to_owned()), row([3, 2, 1], 1_000)),
            (Some("loyal".to_owned()), row([1, 4, 1], 1_000)),
            (None, row([2, 3, 5], 1_000)),
        ];
        let best = best("relationship", Timestamp(0), Metric::Conversion, &["a", "b", "c"], parts);
        assert_eq!((best.global.as_deref(), best.too_small.len()), (Some("b"), 0));
        let winners: Vec<_> = best.segments.iter().map(|part| part.best.as_str()).collect();
        assert_eq!(winners, ["a", "b", "c"]);
        let english = best.told(&told(Lang::En));
        for line in
            ["one arm for all          `b`            3%", "the best per segment                    4% (+1.00 points over one arm for all)"]
        {
            assert!(english.contains(line), "{line:?} is not in {english}");
        }
        assert!(english.contains("new                    `a`            3%, 3,000 people, where the one for all has 2%"), "{english}");
        let page = best.section(&told(Lang::Fr));
        assert!(
            page.contains("<td><code>b</code></td><td>3\u{a0}%</td>") && page.contains("4\u{a0}% (+1,00\u{a0}points de plus"),
            "{page}"
        );
    }

    #[test]
    fn a_segment_that_is_too_small_counts_among_the_others_and_is_said() {
        let parts = vec![
            (Some("new".to_owned()), row([3, 2, 1], 1_000)),
            (Some("rare".to_owned()), row([0, 0, 100], 99)),
            (None, row([2, 3, 5], 50)),
        ];
        let found = best("relationship", Timestamp(0), Metric::Conversion, &["a", "b", "c"], parts);
        let [others] = &found.segments[1..] else { panic!("{found:?}") };
        assert_eq!((others.segment.as_deref(), others.people, others.best.as_str()), (None, 447, "c"));
        assert_eq!((found.too_small.len(), found.too_small[0].fewest), (1, 99));
        assert!(found.told(&told(Lang::En)).contains("rare                   too small: 297 people, an arm has 99 of 100 needed"));

        let none = best("g", Timestamp(0), Metric::Conversion, &["a", "b", "c"], vec![(None, row([1, 2, 3], 10))]);
        assert_eq!((none.global.as_deref(), none.too_small.len()), (None, 1));
        assert!(none.told(&told(Lang::En)).contains("no winner"));
    }
}
