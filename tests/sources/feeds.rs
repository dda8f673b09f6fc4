//! Feeds: what an item of RSS and an entry of Atom become, and what is wrong with a file is said with its line.

use relance::clock::{Now, Timestamp};
use relance::error::Error;
use relance::project::config::SourceSpec;
use relance::source::record::Product;
use relance::source::{Products, ReadSettings, SourceReport, read};

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:georss="http://www.georss.org/georss" xmlns:media="http://search.yahoo.com/mrss/" xmlns:c="https://p.example/ns">
  <channel>
    <title>Paper</title>
    <item>
      <title>Fish &amp; chips</title>
      <link>https://p.example/a/1</link>
      <guid>a1</guid>
      <pubDate>Tue, 10 Mar 2026 06:00:00 +0100</pubDate>
      <category>Mer</category><category>été</category><category>pêche</category>
      <description>&lt;p&gt;The &lt;b&gt;tide&lt;/b&gt; rises.&lt;/p&gt;</description>
      <media:content url="https://p.example/1.jpg" medium="image"/>
      <georss:point>48.39 -4.48</georss:point>
      <c:access>free</c:access>
    </item>
  </channel>
</rss>"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom">
  <entry>
    <title>One</title><id>e1</id>
    <link rel="enclosure" type="image/png" href="https://p.example/e1.png"/>
    <link href="https://p.example/e/1"/>
    <updated>2026-03-10T05:00:00Z</updated>
    <author><name>Ana</name></author>
    <summary>Short.</summary>
  </entry>
</feed>"#;

/// Reads one file as a source, and returns what each row says.
fn rows(name: &str, text: &[u8]) -> Result<(Vec<String>, SourceReport), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(name), text).expect("a file");
    let spec: SourceSpec = toml::from_str(&format!("files = '{name}'")).expect("a source");
    let now = Now { at: Timestamp::parse("2026-03-10T07:00:00Z", chrono_tz::UTC).expect("an instant"), zone: chrono_tz::UTC };
    let currency = relance::money::Currency::parse("EUR").expect("a currency");
    let settings = ReadSettings { root: folder.path(), zone: now.zone, currency, database_url: None, now: now.at, threads: 1 };
    let found = std::sync::Mutex::new(Vec::new());
    let each = |row: Product<'_>| found.lock().expect("alone").push(format!("{row:?}"));
    let report = read::<Products>("products", &spec, &settings, &each)?;
    Ok((found.into_inner().expect("alone"), report))
}

#[test]
fn an_item_of_rss_is_an_article() {
    let (rows, report) = rows("news.xml", RSS.as_bytes()).expect("it reads");
    assert_eq!(rows.len(), 1);
    for said in [
        "id: \"a1\", title: \"Fish & chips\"",
        "url: \"https://p.example/a/1\"",
        "kind: Some(\"article\"), category: Some(\"Mer\")",
        "image_url: Some(\"https://p.example/1.jpg\")",
        "description: Some(\"The tide rises.\")",
        "tags: [\"été\", \"pêche\"]",
        "lat: Some(48.39), lon: Some(-4.48)",
        "attributes: [(\"access\", \"free\")]",
        "minor: 0, currency: EUR",
    ] {
        assert!(rows[0].contains(said), "`{said}` is not in {}", rows[0]);
    }
    let five = Timestamp::parse("2026-03-10T05:00:00Z", chrono_tz::UTC).expect("an instant");
    assert!(rows[0].contains(&format!("published_at: Some({five:?})")), "{}", rows[0]);
    assert_eq!(report.attributes.into_iter().collect::<Vec<_>>(), ["access"]);
}

#[test]
fn an_entry_of_atom_is_an_article() {
    let (rows, _) = rows("news.atom", ATOM.as_bytes()).expect("it reads");
    for said in [
        "id: \"e1\", title: \"One\"",
        "url: \"https://p.example/e/1\"",
        "brand: Some(\"Ana\")",
        "image_url: Some(\"https://p.example/e1.png\")",
    ] {
        assert!(rows[0].contains(said), "`{said}` is not in {}", rows[0]);
    }
}

#[test]
fn a_bad_item_is_refused_with_its_line() {
    let undated = RSS.replace("Tue, 10 Mar 2026 06:00:00 +0100", "yesterday");
    let error = rows("news.xml", undated.as_bytes()).expect_err("it is refused");
    assert_eq!(error.details(), ["news.xml:5  published_at  \"yesterday\"  not a date and time"]);
    let nowhere = RSS.replace("<link>https://p.example/a/1</link>", "");
    let error = rows("news.xml", nowhere.as_bytes()).expect_err("it is refused");
    assert_eq!(error.details(), ["news.xml:5  url  \"\"  missing"]);
}

#[test]
fn what_is_no_feed_is_said_with_its_place() {
    let cut = RSS.replace("</channel>", "");
    let error = rows("news.xml", cut.as_bytes()).expect_err("it is refused");
    assert_eq!(error.to_string(), "source `products`: `news.xml` is no XML");
    assert!(error.details()[0].starts_with("news.xml:17  "), "{:?}", error.details());
    let page = rows("news.xml", b"<html><body/></html>").expect_err("it is refused");
    assert_eq!(page.to_string(), "source `products`: `news.xml` begins with `<html>`, not with `<rss>` or `<feed>`");
    let latin = rows("news.xml", b"<rss><item><title>\xe9t\xe9</title></item></rss>").expect_err("it is refused");
    assert_eq!(latin.to_string(), "source `products`: `news.xml` is not UTF-8");
    // A bomb of entities needs a DTD, and a DTD is refused.
    let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><rss><item><title>&b;</title></item></rss>";
    assert_eq!(rows("news.xml", bomb.as_bytes()).expect_err("it is refused").to_string(), "source `products`: `news.xml` is no XML");
}

#[test]
fn an_empty_feed_has_no_row() {
    assert_eq!(rows("news.xml", b"<rss version='2.0'><channel/></rss>").expect("it reads").0, Vec::<String>::new());
}
