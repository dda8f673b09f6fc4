//! How much of the catalogue people are shown and how far from what they know, in words.

use std::fmt::Write as _;

use relance::plan::{Bubble, Tone};

use super::out::{count, dim, green, red};
use super::report::Lang;

/// One figure: its name, its value, what is good, and how it is judged.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) meaning: String,
    pub(crate) tone: Option<Tone>,
}

/// Returns the figures in words.
pub(crate) fn rows(it: &Bubble, lang: Lang) -> Vec<Row> {
    let bits = |figure: f64| format!("{}{}", lang.number(figure, 1, false), lang.say(" bits", "\u{a0}bits"));
    let mut rows = vec![
        Row {
            name: lang.say("catalogue shown", "catalogue montré"),
            value: lang.percent(it.coverage, 1, false),
            meaning: lang
                .say("of {n} products for sale; more is better", "des {n} produits en vente\u{a0}; plus il y en a, mieux c'est")
                .replace("{n}", &lang.count(it.for_sale)),
            tone: Some(it.coverage_tone()),
        },
        Row {
            name: lang.say("never shown", "jamais montré"),
            value: lang.percent(it.never_shown, 1, false),
            meaning: lang
                .say("of them, to anybody in {n} picks", "d'entre eux, à personne, en {n} choix")
                .replace("{n}", &lang.count(it.picks)),
            tone: None,
        },
        Row {
            name: lang.say("inequality (Gini)", "inégalité (Gini)"),
            value: lang.number(it.gini, 2, false),
            meaning: lang
                .say("0: all products alike, 1: one product takes all", "0\u{a0}: tous autant, 1\u{a0}: un seul prend tout")
                .to_owned(),
            tone: it.gini_tone(),
        },
        Row {
            name: lang.say("novelty", "nouveauté"),
            value: bits(it.novelty),
            meaning: lang
                .say("{n} if drawn as they sell; under it, best sellers", "{n} tirés comme ils se vendent\u{a0}; en dessous, des succès")
                .replace("{n}", &bits(it.novelty_of_sales)),
            tone: Some(it.novelty_tone()),
        },
    ];
    if let Some(outside) = it.outside {
        rows.push(Row {
            name: lang.say("new categories", "autres rayons"),
            value: lang.percent(outside, 1, false),
            meaning: lang
                .say(
                    "of picks, to people who do not know them; none is a bubble",
                    "des choix, inconnus du lecteur\u{a0}; aucun, c'est une bulle",
                )
                .to_owned(),
            tone: it.outside_tone(),
        });
    }
    rows
}

/// Returns the word of a judgement.
pub(crate) fn tone(tone: Tone, lang: Lang) -> &'static str {
    match tone {
        Tone::Good => lang.say("good", "bien"),
        Tone::Watch => lang.say("watch", "à surveiller"),
        Tone::Bad => lang.say("bad", "mauvais"),
    }
}

/// Writes the figures for a terminal.
pub(crate) fn words(it: &Bubble, lang: Lang) -> String {
    rows(it, lang).iter().fold(String::new(), |mut text, row| {
        _ = writeln!(
            text,
            "    {:<18} {:>10}  {:<12} {}",
            row.name,
            row.value,
            row.tone.map_or_else(String::new, |it| coloured(it, lang)),
            dim(&row.meaning)
        );
        text
    })
}

/// Writes a judgement in its colour, as wide as the widest.
pub(crate) fn coloured(it: Tone, lang: Lang) -> String {
    let word = format!("{:<12}", tone(it, lang));
    match it {
        Tone::Good => green(word),
        Tone::Watch => word,
        Tone::Bad => red(word),
    }
}

/// Writes what a plan shows.
pub(crate) fn of_plan(it: &Bubble) -> String {
    format!("  bubble       {} picks\n{}", count(it.picks), words(it, Lang::En))
}
