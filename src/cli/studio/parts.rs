//! The parts of a mail beside its picture: text, MJML, headers, source, size, links, what the template sees.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relance::error::{Error, Kind, Result};
use relance::inspect::{CLIP_BYTES, Finding, Known, Level, french};
use relance::plan::Draft;
use relance::serve::Lang;
use serde::Serialize;

use super::shop::Shop;
use crate::cli::chart::{safe, with_code};

/// What one tab shows.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Part {
    /// The picture of the mail, in a frame.
    Frame,
    /// A text as it is.
    Text {
        /// The text.
        text: String,
    },
    /// Sizes.
    Size {
        /// Bytes of each part, with its name.
        rows: Vec<(&'static str, String)>,
        /// Share of the size where Gmail cuts, in percent.
        percent: usize,
    },
    /// What is found wrong, by how much it matters.
    Checks {
        /// Each level that something was found of, the worst first.
        levels: Vec<Found>,
        /// Mail programs of which not everything is known: name, features known, features there are.
        unknown: Vec<Known>,
        /// Day of what is known.
        as_of: String,
    },
    /// Where the links lead.
    Links {
        /// Address, and how often it is there.
        rows: Vec<(String, usize)>,
    },
}

impl Part {
    /// Makes the part of a mail named by a tab.
    pub(super) fn of(tab: &str, shop: &Shop, draft: &Draft, found: &[Finding], lang: Lang) -> Result<Self> {
        let failed = |why: String| Error::new(Kind::Project, why).help("see `relance check`");
        let text = |text| Ok(Self::Text { text });
        match tab {
            "checks" => {
                let known = shop.inspector.known().iter();
                let unknown = known.filter(|known| known.features < known.of).cloned().collect();
                Ok(Self::Checks { levels: Found::of(found, lang), unknown, as_of: day(shop.inspector.clients_as_of(), lang) })
            }
            "text" => text(shop.mailer.render(draft).map_err(failed)?.text),
            "mjml" => text(shop.mailer.mjml(draft).map_err(failed)?),
            "headers" => {
                let message = shop.mailer.message(draft.clone()).map_err(failed)?;
                text(String::from_utf8_lossy(message.head()).replace("\r\n", "\n"))
            }
            "raw" => {
                let message = shop.mailer.message(draft.clone()).map_err(failed)?;
                text(String::from_utf8_lossy(&message.bytes).replace("\r\n", "\n"))
            }
            "size" => {
                let rendered = shop.mailer.render(draft).map_err(failed)?;
                let message = shop.mailer.message(draft.clone()).map_err(failed)?;
                let (html, text) = (rendered.html.len(), rendered.text.len());
                let rows = vec![("html", html), ("text", text), ("headers", message.head().len()), ("message", message.bytes.len())];
                let rows = rows.into_iter().map(|(name, n_bytes)| (name, lang.count(n_bytes as u64))).collect();
                Ok(Self::Size { rows, percent: html * 100 / CLIP_BYTES })
            }
            "links" => {
                let mut links: BTreeMap<String, usize> = BTreeMap::new();
                for link in links_of(&shop.mailer.render(draft).map_err(failed)?.html) {
                    *links.entry(link).or_default() += 1;
                }
                Ok(Self::Links { rows: links.into_iter().collect() })
            }
            "context" => text(serde_json::to_string_pretty(&draft.context).unwrap_or_default()),
            _ => Ok(Self::Frame),
        }
    }
}

/// What was found of one level.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    level: Level,
    rows: Vec<Row>,
}

/// One finding, in the reader's language.
#[derive(Debug, Serialize)]
struct Row {
    code: &'static str,
    /// HTML: what stands between backticks is code.
    words: String,
    help: String,
    /// What it is about, where the words do not say it.
    about: String,
    /// The mail programs concerned, where not all are.
    clients: Vec<String>,
}

impl Found {
    fn of(found: &[Finding], lang: Lang) -> Vec<Self> {
        let of_level = |level| Self { level, rows: found.iter().filter(|it| it.level == level).map(|it| Row::of(it, lang)).collect() };
        [Level::Must, Level::Should, Level::Note].map(of_level).into_iter().filter(|found| !found.rows.is_empty()).collect()
    }
}

impl Row {
    fn of(finding: &Finding, lang: Lang) -> Self {
        let french = (lang == Lang::Fr).then(|| french(finding.code, &finding.about, &finding.message)).flatten();
        let (mut words, help) = french.unwrap_or_else(|| (finding.message.clone(), finding.help));
        let mut clients = Vec::new();
        if finding.code == "client::unsupported"
            && let Some((_, programs)) = finding.message.split_once(" by ")
        {
            clients = programs.split("; ").map(str::to_owned).collect();
            let before = words.trim_end_matches(programs).trim_end_matches(" by ").trim_end_matches(" par ").len();
            words.truncate(before);
        }
        let words = with_code(&words);
        let about = if words.contains(&safe(&finding.about)) { String::new() } else { finding.about.clone() };
        Self { code: finding.code, words, help: help.to_owned(), about, clients }
    }
}

/// Writes the day of data; as it stands there when it is none.
fn day(text: &str, lang: Lang) -> String {
    text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), |day| lang.day(day))
}

/// The targets of links, entities resolved.
fn links_of(html: &str) -> impl Iterator<Item = String> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(|link| link.replace("&amp;", "&"))
}
