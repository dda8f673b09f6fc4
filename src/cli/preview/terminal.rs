//! A mail laid out for a terminal: its head in aligned labels, then its text part with headings, lists, rules and links as footnotes.
//!
//! Pure: a text and a width in, lines with ANSI styles out. Whether they are wanted, and colours, are for the caller.

use relance::render::TEXT_COLUMNS;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::out::{bold, dim};

/// Widest layout, in columns.
const COLUMNS_MAX: usize = 80;
/// Narrowest; a terminal below it breaks lines itself.
const COLUMNS_MIN: usize = 24;
/// Width of a label of the head.
const LABEL_COLUMNS: usize = 9;

/// Returns the columns of a layout on a terminal of some columns; 0 is a terminal that does not say.
pub(crate) fn columns(terminal: u16) -> usize {
    if terminal == 0 { COLUMNS_MAX } else { usize::from(terminal).clamp(COLUMNS_MIN, COLUMNS_MAX) }
}

/// Writes the head: one label and value a line, values wrapped under themselves; the value of `subject` stands out.
pub(crate) fn head(rows: &[(&str, String)], columns: usize) -> String {
    let mut out = String::new();
    for (label, value) in rows {
        let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
        for (n, line) in wrapped(&value, columns.saturating_sub(LABEL_COLUMNS + 2)).into_iter().enumerate() {
            let line = if *label == "subject" { bold(line) } else { line };
            let label = format!("{:<LABEL_COLUMNS$}", if n == 0 { *label } else { "" });
            out.extend([dim(label).as_str(), "  ", &line, "\n"]);
        }
    }
    out
}

/// Lays out a text part of lines of at most [`TEXT_COLUMNS`]; lines that are one of `headings` stand out.
pub(crate) fn body(text: &str, headings: &[String], columns: usize) -> String {
    let mut addresses = Vec::new();
    let lines = footnoted(unwrapped(text), &mut addresses);
    let rule = dim("─".repeat(columns));
    let mut out = String::new();
    let mut is_foot = false;
    for (n, line) in lines.iter().enumerate() {
        if line.words == "--" || is_rule(&line.words) {
            is_foot |= line.words == "--";
            out.extend([rule.as_str(), "\n"]);
            continue;
        }
        if let Some((left, right)) = row(&line.words) {
            out.extend([beside(left, right, line.indent, columns).as_str(), "\n"]);
            continue;
        }
        let is_heading = !is_foot
            && !line.words.is_empty()
            && (headings.contains(&line.plain) || lines.get(n + 1).is_some_and(|next| is_rule(&next.words)));
        let (mark, words) = marked(&line.words);
        let hanging = line.indent + mark.chars().count();
        for (at, piece) in wrapped(words, columns.saturating_sub(hanging)).into_iter().enumerate() {
            let before = if at == 0 { format!("{:1$}{mark}", "", line.indent) } else { " ".repeat(hanging) };
            let piece = format!("{before}{piece}");
            out.push_str(&match piece {
                piece if is_heading => bold(piece),
                piece if is_foot && !piece.is_empty() => dim(piece),
                piece => piece,
            });
            out.push('\n');
        }
    }
    if !addresses.is_empty() {
        out.extend(["\n", &rule, "\n"]);
        let digits = addresses.len().to_string().len() + 2;
        for (n, address) in addresses.iter().enumerate() {
            let number = dim(format!("{:>digits$}", format!("[{}]", n + 1)));
            out.extend([number.as_str(), " ", address, "\n"]);
        }
    }
    out
}

/// A line of a text part as its author wrote it.
#[derive(Debug)]
struct Line {
    indent: usize,
    /// Without links.
    plain: String,
    /// With the numbers of its links.
    words: String,
}

/// Joins what was broken for want of columns: a line whose next begins with a word that had no room on it.
fn unwrapped(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut before = "";
    for line in text.lines() {
        let first = line.split_whitespace().next().unwrap_or_default();
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let had_no_room = before.chars().count() + 1 + first.chars().count() > TEXT_COLUMNS;
        let is_whole = before.is_empty()
            || row(before).is_some()
            || first.is_empty()
            || is_rule(before)
            || before.split(' ').next_back().is_some_and(is_url);
        match out.last_mut() {
            Some(last) if had_no_room && !is_whole && indent(before) == indent(line) && marked(line.trim()).0.is_empty() => {
                last.extend([" ", line.trim()]);
            }
            _ => out.push(line.to_owned()),
        }
        before = line;
    }
    out
}

/// Puts numbers in the place of links, the same for the same link; a line that is a link alone gives its number to the words above it.
fn footnoted(lines: Vec<String>, addresses: &mut Vec<String>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let (mut words, mut plain) = (Vec::new(), Vec::new());
        for word in line.trim().split(' ') {
            if !is_url(word) {
                words.push(word.to_owned());
                plain.push(word);
                continue;
            }
            let address = word.trim_matches(['<', '>']).to_owned();
            let at = addresses.iter().position(|known| *known == address).unwrap_or_else(|| {
                addresses.push(address);
                addresses.len() - 1
            });
            words.push(format!("[{}]", at + 1));
        }
        let (words, plain) = (words.join(" "), plain.join(" "));
        match out.last_mut() {
            Some(last) if plain.is_empty() && !words.is_empty() && !last.plain.is_empty() && !is_rule(&last.plain) => {
                last.words = match row(&last.words) {
                    Some((left, right)) => format!("{left} {words}  {right}"),
                    None => format!("{} {words}", last.words.trim_end_matches([':', '\u{a0}', '\u{202f}'])),
                };
            }
            _ => out.push(Line { indent, plain, words }),
        }
    }
    out
}

fn is_url(word: &str) -> bool {
    let word = word.trim_start_matches('<');
    word.starts_with("https://") || word.starts_with("http://")
}

/// Tells a line that underlines or separates.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && ['-', '=', '_', '*'].iter().any(|letter| line.chars().all(|found| found == *letter))
}

/// Parts a line whose end stands at the right: text parts have no other run of spaces within a line.
fn row(line: &str) -> Option<(&str, &str)> {
    let (left, right) = line.trim().rsplit_once("  ")?;
    Some((left.trim_end(), right))
}

/// Writes a line with something at its right end; words that do not fit beside it go to lines above.
fn beside(left: &str, right: &str, indent: usize, columns: usize) -> String {
    let (mark, words) = marked(left);
    let hanging = indent + mark.chars().count();
    let lines = wrapped(words, columns.saturating_sub(hanging + right.width() + 2).max(columns / 3));
    let lines: Vec<String> = lines
        .into_iter()
        .enumerate()
        .map(|(at, piece)| if at == 0 { format!("{:indent$}{mark}{piece}", "") } else { format!("{:hanging$}{piece}", "") })
        .collect();
    let gap = columns.saturating_sub(lines.last().map_or(0, |last| last.width()) + right.width()).max(2);
    format!("{}{:gap$}{right}", lines.join("\n"), "")
}

/// Parts the mark of an item of a list from its words.
fn marked(line: &str) -> (&'static str, &str) {
    let item = ["- ", "* ", "• "].iter().find_map(|mark| line.strip_prefix(mark));
    item.map_or(("", line), |words| ("  • ", words))
}

/// Breaks words into lines of some columns, as a terminal counts them; a longer word has a line of its own.
fn wrapped(words: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let width = word.width();
        let last = lines.len() - 1;
        if column == 0 {
            lines[last].push_str(word);
            column = width;
        } else if column + 1 + width <= columns {
            lines[last].extend([" ", word]);
            column += 1 + width;
        } else {
            lines.push(word.to_owned());
            column = width;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(styled: &str) -> String {
        anstream::adapter::strip_str(styled).to_string()
    }

    #[test]
    fn the_head_is_aligned_and_wraps_under_its_values() {
        let rows = [("from", "Shop <hello@shop.example>".to_owned()), ("subject", "Words\u{1b}[31m that need two lines".to_owned())];
        let head = head(&rows, 35);
        assert_eq!(
            plain(&head),
            "from       Shop\n           <hello@shop.example>\nsubject    Words[31m that need two\n           lines\n"
        );
        assert!(head.contains(&bold("lines")) && head.contains(&dim("from     ")));
    }

    #[test]
    fn links_become_footnotes_each_once() {
        let text = "Shop\n\nOur tea:\nhttps://shop.example/tea?a=1\n\nSee <https://shop.example/tea?a=1> and https://shop.example/b\n\nhttps://shop.example/c\n";
        let wanted = "Shop\n\nOur tea [1]\n\nSee [1] and [2]\n\n[3]\n\n";
        let laid = plain(&body(text, &[], 40));
        assert!(laid.starts_with(wanted), "{laid}");
        assert!(laid.ends_with("\n[1] https://shop.example/tea?a=1\n[2] https://shop.example/b\n[3] https://shop.example/c\n"), "{laid}");
    }

    #[test]
    fn prices_stand_at_the_right_whatever_the_width() {
        let text =
            format!("Tea{:61}8,50\u{202f}€\nhttps://shop.example/tea\n- A very long name of a cup{:37}12,00\u{202f}€\nnext\n", "", "");
        let wide = plain(&body(&text, &[], 40));
        let first: Vec<&str> = wide.lines().take(4).collect();
        assert_eq!(first[0], format!("Tea [1]{:27}8,50\u{202f}€", ""));
        assert_eq!(first[1], "  • A very long name of a cup    12,00\u{202f}€");
        assert_eq!(first[2], "next", "a whole line is joined to no other");
        let narrow = plain(&body(&text, &[], 24));
        assert!(narrow.contains(&format!("\n  • A very long\n    name of a\n    cup{:10}12,00\u{202f}€\n", "")), "{narrow}");
    }

    #[test]
    fn headings_stand_out_lists_hang_and_the_foot_is_dim() {
        let text =
            "Big news\nhttps://shop.example/n\n\nOffers\n------\n- one two three four five six\n- seven\n\n-- \nYou asked for it\nOffers\n";
        let laid = body(text, &["Big news".to_owned()], 24);
        assert!(laid.contains(&bold("Big news [1]")) && laid.contains(&bold("Offers")), "{laid:?}");
        assert!(laid.contains(&dim("You asked for it")) && laid.contains(&dim("Offers")), "{laid:?}");
        let rule = "─".repeat(24);
        let lines = plain(&laid);
        assert!(lines.contains(&format!("Offers\n{rule}\n  • one two three four\n    five six\n  • seven\n\n{rule}\nYou")), "{lines}");
    }

    #[test]
    fn a_paragraph_broken_at_72_columns_is_broken_anew() {
        let text = "Le moyen de paiement enregistré sur votre compte expire dans 16 jours.\nPour que vos prochaines commandes se passent sans accroc, vous pouvez le\nremplacer dès maintenant.\nÀ bientôt\n";
        let laid = plain(&body(text, &[], 60));
        assert_eq!(
            laid,
            "Le moyen de paiement enregistré sur votre compte expire dans\n16 jours. Pour que vos prochaines commandes se passent sans\naccroc, vous pouvez le remplacer dès maintenant.\nÀ bientôt\n"
        );
    }

    #[test]
    fn wide_letters_count_for_two_and_no_width_is_too_small() {
        assert_eq!(wrapped("日本語 日本語", 10), ["日本語", "日本語"]);
        assert_eq!(wrapped("a\u{a0}b c", 3), ["a\u{a0}b", "c"]);
        assert_eq!([columns(0), columns(200), columns(50), columns(1)], [80, 80, 50, 24]);
        assert_eq!(plain(&head(&[("subject", "x y".to_owned())], 0)), "subject    x\n           y\n");
    }
}
