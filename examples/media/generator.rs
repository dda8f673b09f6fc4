//! Invents the feeds of a newspaper, its readers and what they read, seen on Tuesday 10 March 2026; one seed, one world.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};

#[path = "articles.rs"]
mod articles;
#[allow(dead_code, reason = "shared with the shop, which uses the rest")]
#[path = "../boutique/generator/names.rs"]
mod names;
#[allow(dead_code, reason = "shared with the shop, which uses the rest")]
#[path = "../boutique/generator/prng.rs"]
mod prng;

use articles::{LOCAL, NEWS, PORTS, SERIALS};
use names::{BRITAIN, FRANCE, ascii};
use prng::Rng;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Number that all chance is drawn from.
pub(crate) const SEED: u64 = 20_260_310;

const N_READERS: usize = 240;

/// The instant of the story: half past seven in Paris.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_773_124_200, 0).unwrap_or_default()
}

fn hours_ago(hours: i64) -> DateTime<Utc> {
    now() - Duration::hours(hours)
}

/// An article: its id and when it came out.
struct Published {
    id: String,
    section: &'static str,
    at: DateTime<Utc>,
}

fn published() -> Vec<Published> {
    let news =
        NEWS.iter().enumerate().map(|(n, (section, hours, _))| Published { id: format!("n-{:02}", n + 1), section, at: hours_ago(*hours) });
    let serials = SERIALS.iter().zip(1..).map(|(_, n)| Published { id: format!("s-{n:02}"), section: "Feuilletons", at: serial_at(n) });
    news.chain(serials).collect()
}

/// The serials came out one a week, the sixth and last one yesterday.
fn serial_at(n: i64) -> DateTime<Utc> {
    hours_ago(24 + 168 * (6 - n))
}

/// Writes an item of RSS 2.0; `place` is a town with its position.
fn item(out: &mut String, id: &str, section: [&str; 2], at: DateTime<Utc>, words: &[&str; 4], place: Option<&[&str; 4]>) -> Result<()> {
    let [title, summary, title_en, summary_en] = words;
    writeln!(out, "    <item>\n      <title>{title}</title>\n      <link>https://courrier.example/a/{id}</link>")?;
    writeln!(out, "      <guid isPermaLink=\"false\">{id}</guid>\n      <pubDate>{}</pubDate>", at.to_rfc2822())?;
    writeln!(out, "      <category>{}</category>\n      <description>&lt;p&gt;{summary}&lt;/p&gt;</description>", section[0])?;
    writeln!(out, "      <enclosure url=\"images/{}.png\" type=\"image/png\" length=\"0\"/>", ascii(section[0]))?;
    if let Some([town, postcode, lat, lon]) = place {
        writeln!(
            out,
            "      <c:city>{town}</c:city>\n      <c:postcode>{postcode}</c:postcode>\n      <georss:point>{lat} {lon}</georss:point>"
        )?;
    }
    writeln!(out, "      <c:title_en>{title_en}</c:title_en>\n      <c:description_en>{summary_en}</c:description_en>")?;
    writeln!(out, "      <c:category_en>{}</c:category_en>\n    </item>", section[1])?;
    Ok(())
}

fn english(section: &str) -> &'static str {
    match section {
        "Mer" => "The sea",
        "Cuisine" => "The kitchen",
        "Culture" => "Culture",
        "Météo" => "Weather",
        _ => "Ports",
    }
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:georss=\"http://www.georss.org/georss\" \
    xmlns:c=\"https://courrier.example/ns\">\n  <channel>\n    <title>Le Courrier du Large</title>\n    <link>https://courrier.example/</link>\n";

/// Writes the three feeds: news and ports in RSS 2.0, serials in Atom.
pub(crate) fn write_feeds(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut news = HEAD.to_owned();
    for (article, (section, _, words)) in published().iter().zip(NEWS) {
        item(&mut news, &article.id, [section, english(section)], article.at, words, None)?;
    }
    std::fs::write(folder.join("news.xml"), news + "  </channel>\n</rss>\n")?;

    let mut ports = HEAD.to_owned();
    for (town, n) in PORTS.iter().zip(1..) {
        for ((hours, words), m) in LOCAL.iter().zip(1..) {
            let id = format!("p-{n}{m}");
            item(&mut ports, &id, ["Ports", "Ports"], hours_ago(hours + n % 3), words, Some(town))?;
        }
    }
    std::fs::write(folder.join("ports.xml"), ports + "  </channel>\n</rss>\n")?;

    let mut serials = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:c=\"https://courrier.example/ns\">\n  \
        <title>Feuilletons</title>\n  <id>https://courrier.example/feuilletons</id>\n"
        .to_owned();
    for ([title, summary, title_en, summary_en], n) in SERIALS.iter().zip(1..) {
        let (id, at) = (format!("s-{n:02}"), serial_at(n).to_rfc3339());
        writeln!(
            serials,
            "  <entry>\n    <title>{title}</title>\n    <link href=\"https://courrier.example/a/{id}\"/>\n    <id>{id}</id>"
        )?;
        writeln!(serials, "    <published>{at}</published>\n    <updated>{at}</updated>\n    <category term=\"Feuilletons\"/>")?;
        writeln!(serials, "    <summary>{summary}</summary>\n    <c:title_en>{title_en}</c:title_en>")?;
        writeln!(serials, "    <c:description_en>{summary_en}</c:description_en>\n  </entry>")?;
    }
    std::fs::write(folder.join("serials.xml"), serials + "</feed>\n")?;
    Ok(())
}

/// Writes `contacts.csv`: readers of the coast and of elsewhere; one in eight says nothing of where they live.
pub(crate) fn write_readers(seed: u64, path: &Path) -> Result<()> {
    let mut out =
        "id,email,first_name,last_name,locale,city,postcode,lat,lon,consent_newsletter,consent_profiling,subscription\n".to_owned();
    for n in 1..=N_READERS {
        let id = format!("R-{n:03}");
        let mut rng = Rng::new(seed, "reader", &id);
        let country = if rng.chance(850) { &FRANCE } else { &BRITAIN };
        let (first, last) = (rng.pick(country.given).0, *rng.pick(country.surnames));
        let email = format!("{}.{}{n}@{}", ascii(first), ascii(last), rng.pick(country.domains));
        let place = match rng.below(8) {
            0 => ",,,".to_owned(),
            1..=4 => PORTS[rng.index(PORTS.len())].join(","),
            5 => {
                // A town without its position: the postcode says enough.
                let [town, postcode, ..] = PORTS[rng.index(PORTS.len())];
                format!("{town},{postcode},,")
            }
            _ => {
                let (town, postcode, north, east) = *rng.pick(FRANCE.towns);
                format!("{town},{postcode},{north},{east}")
            }
        };
        let yes = |rng: &mut Rng, permille| if rng.chance(permille) { "yes" } else { "no" };
        let (letter, profiling) = (yes(&mut rng, 930), yes(&mut rng, 780));
        let subscription = *rng.weighted(&[("active", 30), ("", 62), ("ended", 8)]);
        let first = if rng.chance(40) { "" } else { first };
        writeln!(out, "{id},{email},{first},{last},{},{place},{letter},{profiling},{subscription}", country.locale)?;
    }
    std::fs::write(path, out)?;
    Ok(())
}

/// Writes `events.jsonl`: what readers read, each in order of time; who does not subscribe spends free articles on it.
pub(crate) fn write_events(seed: u64, path: &Path) -> Result<()> {
    let articles = published();
    let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
    for n in 1..=N_READERS {
        let id = format!("R-{n:03}");
        let mut rng = Rng::new(seed, "events", &id);
        // A few read nearly everything that comes out.
        let share = *rng.weighted(&[(0, 18), (60, 40), (200, 30), (400, 8), (950, 4)]);
        let taste = *rng.pick(&["Mer", "Cuisine", "Culture", "Météo"]);
        for article in &articles {
            let permille = if article.section == taste { share * 2 } else { share };
            let after = rng.range(10, 60 * 7);
            let at = article.at + Duration::minutes(after);
            if rng.chance(permille) && at < now() {
                let kind = |kind: &str| {
                    format!(r#"{{"at":"{}","kind":"{kind}","contact_id":"{id}","origin":"first_party""#, at.format("%Y-%m-%dT%H:%M:%SZ"))
                };
                lines.push((at, format!(r#"{},"product_id":"{}","device":"mobile"}}"#, kind("view"), article.id)));
            }
        }
        for _ in 0..*rng.weighted(&[(0, 30), (2, 25), (4, 22), (5, 12), (7, 11)]) {
            // Some of this month, some of the last.
            let at = hours_ago(rng.range(2, 330));
            lines.push((
                at,
                format!(
                    r#"{{"at":"{}","kind":"free_article","contact_id":"{id}","origin":"first_party"}}"#,
                    at.format("%Y-%m-%dT%H:%M:%SZ")
                ),
            ));
        }
    }
    lines.sort();
    std::fs::write(path, lines.iter().fold(String::new(), |out, (_, line)| out + line + "\n"))?;
    Ok(())
}

/// Writes all of them into a folder.
pub(crate) fn write(seed: u64, folder: &Path) -> Result<()> {
    write_feeds(&folder.join("feeds"))?;
    write_readers(seed, &folder.join("contacts.csv"))?;
    write_events(seed, &folder.join("events.jsonl"))
}
