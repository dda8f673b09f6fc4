//! What mail programs do not support of what a mail uses, by caniemail's data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::document::Document;
use super::signs::{sign, used};
use super::{Finding, Level, note};
use crate::error::{Error, Kind, Result};

/// The data that is part of the program.
const SHIPPED: &str = include_str!("data/caniemail.tsv");

/// Families of mail programs, and their names.
const FAMILIES: [(&str, &str); 12] = [
    ("gmail", "Gmail"),
    ("outlook", "Outlook"),
    ("apple-mail", "Apple Mail"),
    ("yahoo", "Yahoo"),
    ("orange", "Orange"),
    ("sfr", "SFR"),
    ("free-fr", "Free"),
    ("laposte", "La Poste"),
    ("samsung-email", "Samsung"),
    ("thunderbird", "Thunderbird"),
    ("protonmail", "Proton"),
    ("aol", "AOL"),
];
/// What a family runs on, and how people name it.
const PLATFORMS: [(&str, &str); 8] = [
    ("desktop-webmail", "webmail"),
    ("mobile-webmail", "mobile webmail"),
    ("outlook-com", "Outlook.com"),
    ("windows", "Windows"),
    ("windows-mail", "Windows Mail"),
    ("macos", "macOS"),
    ("ios", "iOS"),
    ("android", "Android"),
];
/// How the line of what is known begins.
const KNOWN: &str = "# known of ";
/// Asked about unless a project says otherwise.
const USUAL: [&str; 8] = ["gmail", "outlook", "apple-mail", "yahoo", "orange", "sfr", "free-fr", "laposte"];

/// A feature that some of the programs asked about do not support.
#[derive(Debug)]
struct Feature {
    title: String,
    /// Words of which any one means that it is used.
    signs: Vec<String>,
    /// Programs without it, in words.
    without: String,
}

/// How much is known of a family of mail programs: of the other features, nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Known {
    /// Its name.
    pub client: &'static str,
    /// Features tried in one of its programs at least.
    pub features: usize,
    /// Features there are.
    pub of: usize,
}

/// What is known of mail programs.
#[derive(Debug)]
pub struct Clients {
    features: Vec<Feature>,
    known: Vec<Known>,
    /// Day of the data, as written.
    date: String,
}

impl Clients {
    /// Reads a data set for some families of mail programs; all the usual ones when none is named.
    ///
    /// # Errors
    /// A family that nothing is known of.
    pub fn read(data: &str, families: &[String]) -> Result<Self> {
        let usual: Vec<String> = USUAL.map(str::to_owned).to_vec();
        let families = if families.is_empty() { &usual } else { families };
        if let Some(wrong) = families.iter().find(|family| FAMILIES.iter().all(|(known, _)| known != family)) {
            let known: Vec<&str> = FAMILIES.iter().map(|(known, _)| *known).collect();
            return Err(Error::new(Kind::Usage, format!("nothing is known of a mail program `{wrong}`"))
                .help(format!("write some of {}", known.join(", "))));
        }
        let day = data.lines().next().and_then(|line| line.split([',', ';']).nth(1)).unwrap_or_default().trim().to_owned();
        let known = data.lines().find_map(|line| line.strip_prefix(KNOWN)).map(|line| known(line, families)).unwrap_or_default();
        let features = data.lines().filter(|line| !line.starts_with('#')).filter_map(|line| feature(line, families)).collect();
        Ok(Self { features, known, date: day })
    }

    /// Reads the data that is part of the program.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn shipped(families: &[String]) -> Result<Self> {
        Self::read(SHIPPED, families)
    }

    /// Returns the day of the data, e.g. `2025-09-09`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// Returns how much is known of each family asked about; nothing when the data does not say.
    pub fn known(&self) -> &[Known] {
        &self.known
    }

    /// Turns the JSON of caniemail's API into the form that [`Self::read`] takes.
    ///
    /// # Errors
    /// A text that is no such JSON.
    pub fn pack(json: &str) -> Result<String> {
        let wrong = || Error::new(Kind::Data, "this is not caniemail's data").help("download `data.json` of caniemail's API");
        let value: serde_json::Value = serde_json::from_str(json).map_err(|_| wrong())?;
        let date = value["last_update_date"].as_str().and_then(|date| date.get(..10)).ok_or_else(wrong)?;
        let features = value["data"].as_array().filter(|features| !features.is_empty()).ok_or_else(wrong)?;
        let mut text = format!(
            "# caniemail.com, {date}; MIT licence, copyright HTeuMeuLeu and contributors. Feature, title, and where it is not (n) or partly (a) supported.\n"
        );
        let tried: Vec<String> = FAMILIES.iter().map(|(family, _)| format!("{family}={}", n_tried(features, family))).collect();
        _ = writeln!(text, "{KNOWN}{}: {}", features.len(), tried.join(" "));
        for feature in features {
            let (Some(slug), Some(title), Some(stats)) =
                (feature["slug"].as_str(), feature["title"].as_str(), feature["stats"].as_object())
            else {
                return Err(wrong());
            };
            let mut where_not = Vec::new();
            for (family, _) in FAMILIES {
                for (platform, versions) in stats.get(family).and_then(serde_json::Value::as_object).into_iter().flatten() {
                    if let Some(word @ ("n" | "a")) = latest(versions) {
                        where_not.push(format!("{family}/{platform}={word}"));
                    }
                }
            }
            let clean = |text: &str| text.replace(['\t', '\n', '\r'], " ");
            _ = writeln!(text, "{}\t{}\t{}", clean(slug), clean(title), clean(&where_not.join(" ")));
        }
        Ok(text)
    }

    /// Notes what programs will not show of what a mail uses.
    pub(super) fn check(&self, document: &Document, found: &mut Vec<Finding>) {
        let used = used(document);
        for feature in self.features.iter().filter(|feature| feature.signs.iter().any(|sign| used.contains(sign))) {
            let message = format!("`{}` is not supported by {}", feature.title, feature.without);
            note(found, Level::Note, "client::unsupported", feature.title.clone(), message, "see that the mail can be read without it");
        }
    }
}

/// Returns the word for the latest version of a program: `y`, `a`, `n`, or `u` when nobody has tried.
fn latest(versions: &serde_json::Value) -> Option<&str> {
    versions.as_object()?.values().next_back()?.as_str()?.split_whitespace().next()
}

/// Counts the features that were tried in a program of a family.
fn n_tried(features: &[serde_json::Value], family: &str) -> usize {
    let is_tried = |feature: &&serde_json::Value| {
        let programs = feature["stats"].get(family).and_then(serde_json::Value::as_object);
        programs.into_iter().flat_map(|programs| programs.values()).any(|versions| matches!(latest(versions), Some("y" | "a" | "n")))
    };
    features.iter().filter(is_tried).count()
}

/// Reads `302: gmail=302 orange=242` for some families.
fn known(line: &str, families: &[String]) -> Vec<Known> {
    let Some((of, counts)) = line.split_once(':') else { return Vec::new() };
    let Ok(of) = of.trim().parse() else { return Vec::new() };
    let count = |word: &str| {
        let (family, n) = word.split_once('=')?;
        let (_, client) = *FAMILIES.iter().find(|(known, _)| *known == family)?;
        let is_asked = families.iter().any(|asked| asked == family);
        is_asked.then_some(Known { client, features: n.parse().ok()?, of })
    };
    counts.split_whitespace().filter_map(count).collect()
}

fn feature(line: &str, families: &[String]) -> Option<Feature> {
    let mut parts = line.split('\t');
    let (slug, title, stats) = (parts.next()?, parts.next()?, parts.next()?);
    let mut without: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for stat in stats.split(' ') {
        let (program, word) = stat.split_once('=')?;
        let (family, platform) = program.split_once('/')?;
        let at = FAMILIES.iter().position(|(known, _)| *known == family)?;
        if word == "n" && families.iter().any(|asked| asked == family) {
            let name = PLATFORMS.iter().find(|(known, _)| *known == platform).map_or(platform, |(_, name)| *name);
            without.entry(at).or_default().push(name);
        }
    }
    if without.is_empty() {
        return None;
    }
    let words: Vec<String> = without.iter().map(|(at, platforms)| format!("{} ({})", FAMILIES[*at].1, platforms.join(", "))).collect();
    Some(Feature { title: title.to_owned(), signs: sign(slug), without: words.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str, families: &[&str]) -> Vec<String> {
        let families: Vec<String> = families.iter().map(|family| (*family).to_owned()).collect();
        let mut found = Vec::new();
        Clients::shipped(&families).expect("known").check(&Document::parse(html), &mut found);
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn outlook_has_no_rounded_corners_and_gmail_no_video() {
        let html = "<div style='border-radius:4px'><video></video></div>";
        let of = found(html, &["outlook"]);
        assert!(of.iter().any(|message| message.starts_with("`border-radius` is not supported by Outlook (Windows")), "{of:?}");
        assert!(found(html, &["apple-mail"]).iter().all(|message| !message.contains("border-radius")));
        assert!(found("<p>Bonjour</p>", &[]).is_empty());
    }

    #[test]
    fn the_shipped_data_is_dated_and_its_features_are_known_by_signs() {
        let clients = Clients::shipped(&[]).expect("it reads");
        assert!(clients.date().len() == 10 && clients.date().starts_with("20"), "{}", clients.date());
        let seen = clients.features.iter().filter(|feature| !feature.signs.is_empty()).count();
        assert!(seen > 150, "{seen} of {}", clients.features.len());
        let of = |name: &str| clients.known().iter().find(|known| known.client == name).map(|known| known.features);
        assert!(of("Free") < Some(50) && of("Orange") > Some(200) && of("Gmail") == Some(clients.known()[0].of), "{:?}", clients.known());
        assert_eq!(clients.known().len(), USUAL.len(), "of each family asked about it is said how much is known");
    }

    #[test]
    fn the_official_form_is_packed() {
        let json = r#"{"last_update_date":"2026-01-02 03:04:05 +0000","data":[{"slug":"html-video","title":"<video>\telement","stats":
            {"gmail":{"ios":{"2019-08":"y","2020-01":"n #1"}},"hey":{"ios":{"1":"n"}},"orange":{"ios":{"1":"u"}}}}]}"#;
        let packed = Clients::pack(json).expect("packed");
        assert!(packed.ends_with("html-video\t<video> element\tgmail/ios=n\n"), "{packed}");
        let read = Clients::read(&packed, &["gmail".to_owned(), "orange".to_owned()]).expect("it reads");
        assert_eq!(read.date(), "2026-01-02");
        let known: Vec<_> = read.known().iter().map(|known| (known.client, known.features, known.of)).collect();
        assert_eq!(known, [("Gmail", 1, 1), ("Orange", 0, 1)], "`u` is not known");
        for wrong in [
            "",
            "{}",
            "[]",
            "{\"last_update_date\":\"2026-01-02\",\"data\":[]}",
            "{\"last_update_date\":\"é\",\"data\":[1]}",
            "{\"last_update_date\":\"2026-01-02\",\"data\":[{}]}",
        ] {
            assert!(Clients::pack(wrong).is_err(), "{wrong}");
        }
        assert!(Clients::shipped(&["lotus".to_owned()]).is_err());
    }
}
