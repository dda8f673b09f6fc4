//! Feeds: an RSS 2.0, RSS 1.0 or Atom (RFC 4287) file, an item a row of the catalogue.
//!
//! A file is read whole, which its size allows; where it is no XML the error says the line. What an item holds besides the usual
//! elements is kept as columns by their local names, so that a feed can say `city`, `postcode` or anything else.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use chrono::DateTime;
use roxmltree::{Document, Node, ParsingOptions};

use super::cell::Cell;
use super::columns::Contract;
use super::encoding::Transcoder;
use super::files::{self, Compression};
use super::pipeline::{Context, FileName, Sink, Work};
use super::report::Place;
use super::rows::Record;
use super::slots::Row;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};

/// Largest file of a feed, in bytes.
const FEED_MAX_BYTES: u64 = 32 << 20;

/// Elements of an item that are not worth a column.
const PASSED_OVER: [&str; 5] = ["encoded", "comments", "source", "content", "credit"];

/// The items of one file.
pub(super) struct Batch {
    file: FileName,
    /// Line of the item, and what it says.
    rows: Vec<(u64, Row)>,
}

impl Batch {
    pub(super) fn run<R: Record, S>(self, sink: &mut Sink<'_, R, S>) {
        for (line, row) in &self.rows {
            match &row.trouble {
                Some((why, column)) => sink.refuse(&self.file, Place::Line(*line), column, "", *why),
                None => sink.row(row, &self.file, Place::Line(*line)),
            }
        }
    }
}

/// Reads one file and hands over its items; returns the names of their columns.
pub(super) fn read(
    context: &Context,
    file: &FileName,
    path: &Path,
    compression: Compression,
    send: &mut dyn FnMut(Work) -> bool,
) -> Result<Vec<String>> {
    let text = text(context, file, path, compression)?;
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options).map_err(|error| {
        let place = error.pos();
        refused(context, file, "is no XML").detail(format!("{}:{}  {error}", file.name, place.row)).caused_by(error)
    })?;
    let root = document.root_element().tag_name().name();
    if !matches!(root, "rss" | "feed" | "RDF") {
        return Err(refused(context, file, &format!("begins with `<{root}>`, not with `<rss>` or `<feed>`")));
    }
    let items = document.descendants().filter(|node| matches!(node.tag_name().name(), "item" | "entry"));
    let mut columns: BTreeSet<String> = ["id", "title", "url", "kind", "price", "published_at"].map(str::to_owned).into();
    let rows = items.map(|item| {
        let line = u64::from(document.text_pos_at(item.range().start).row);
        (line, row(&context.contract, &item, &mut columns))
    });
    let rows: Vec<(u64, Row)> = rows.collect();
    context.contract.check(&file.name, columns.iter().map(String::as_str))?;
    send(Work::Feed(Batch { file: file.clone(), rows }));
    Ok(columns.into_iter().collect())
}

fn refused(context: &Context, file: &FileName, why: &str) -> Error {
    let source = &context.contract.source;
    Error::new(Kind::Data, format!("source `{source}`: `{}` {why}", file.name))
        .help(format!("write `{}` again as RSS 2.0 or Atom", file.name))
}

fn text(context: &Context, file: &FileName, path: &Path, compression: Compression) -> Result<String> {
    let broken = |error| files::broken(&context.contract.source, &file.name, compression, error);
    let input = files::open(path, compression)?;
    let input: Box<dyn Read> = match context.encoding {
        Some(encoding) => Box::new(Transcoder::new(input, encoding)),
        None => input,
    };
    let mut bytes = Vec::new();
    input.take(FEED_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > FEED_MAX_BYTES {
        return Err(refused(context, file, "is larger than 32 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        refused(context, file, "is not UTF-8")
            .caused_by(error)
            .help(format!("set `encoding = \"windows-1252\"` (or the right one) in [sources.{}]", context.contract.source))
    })
}

/// Turns an item into a row: `id title url kind published_at description category tags image_url brand`, and its other elements.
fn row(contract: &Contract, item: &Node<'_, '_>, columns: &mut BTreeSet<String>) -> Row {
    let mut row = Row::new(contract);
    let mut seen = BTreeSet::new();
    let mut set = |name: &str, cell: Cell<'_>| {
        if cell != Cell::Null && seen.insert(name.to_owned()) {
            columns.insert(name.to_owned());
            let target = row.target(contract, name);
            row.set(target, cell);
        }
    };
    let elements = || item.children().filter(Node::is_element);
    let first =
        |names: &[&str]| names.iter().find_map(|name| elements().find(|node| node.tag_name().name() == *name && !said(node).is_empty()));
    set("kind", Cell::text("article"));
    set("price", Cell::Int(0));
    set("title", Cell::text(&first(&["title"]).map(|node| plain(&said(&node))).unwrap_or_default()));
    let link = link(item);
    set("url", Cell::text(&link));
    set("id", Cell::text(&first(&["guid", "id"]).map_or_else(|| link.clone(), |node| said(&node))));
    if let Some(date) = first(&["pubDate", "published", "date", "updated"]).map(|node| said(&node)) {
        // RFC 822 dates are those of RSS; the others are read as everywhere.
        match DateTime::parse_from_rfc2822(&date) {
            Ok(at) => set("published_at", Cell::Instant(Timestamp(at.timestamp_micros()))),
            Err(_) => set("published_at", Cell::text(&date)),
        }
    }
    set("description", Cell::text(&first(&["description", "summary"]).map(|node| plain(&said(&node))).unwrap_or_default()));
    let category = |node: Node<'_, '_>| node.attribute("term").map_or_else(|| said(&node), str::to_owned);
    let mut categories = elements().filter(|node| node.tag_name().name() == "category").map(category).filter(|name| !name.is_empty());
    set("category", Cell::text(&categories.next().unwrap_or_default()));
    set("tags", Cell::text(&categories.collect::<Vec<_>>().join("|")));
    set("image_url", Cell::text(image(item).unwrap_or_default()));
    set("brand", Cell::text(&author(item)));
    if let Some((lat, lon)) =
        first(&["point"]).and_then(|node| said(&node).split_once(' ').map(|(a, b)| (a.to_owned(), b.trim().to_owned())))
    {
        set("lat", Cell::text(&lat));
        set("lon", Cell::text(&lon));
    }
    for node in elements() {
        let name = node.tag_name().name();
        let name = if name == "long" { "lon" } else { name };
        let known =
            ["title", "link", "guid", "id", "pubDate", "published", "date", "updated", "description", "summary", "category", "author"];
        let is_flat = !node.children().any(|child| child.is_element());
        if is_flat && !known.contains(&name) && !PASSED_OVER.contains(&name) && name != "point" {
            set(name, Cell::text(&said(&node)));
        }
    }
    row
}

/// Returns the text of an element, and of those inside it.
fn said(node: &Node<'_, '_>) -> String {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    text.trim().to_owned()
}

/// The page of an item: the text of RSS's `link`, or what Atom's points at.
fn link(item: &Node<'_, '_>) -> String {
    let links = || item.children().filter(|node| node.tag_name().name() == "link");
    let is_page = |node: &Node<'_, '_>| node.attribute("rel").is_none_or(|rel| rel == "alternate");
    let href = links().filter(is_page).find_map(|node| node.attribute("href").map(str::to_owned));
    href.or_else(|| links().map(|node| said(&node)).find(|text| !text.is_empty())).unwrap_or_default()
}

/// The picture of an item: an enclosure (RSS, Atom) or a `media:content` or `media:thumbnail` that is an image.
fn image<'a>(item: &Node<'a, '_>) -> Option<&'a str> {
    let is_image = |node: &Node<'_, '_>| {
        node.attribute("type").is_none_or(|kind| kind.starts_with("image/")) && node.attribute("medium").is_none_or(|kind| kind == "image")
    };
    let places = item.descendants().filter(|node| match node.tag_name().name() {
        "enclosure" | "thumbnail" => true,
        "content" => node.attribute("url").is_some(),
        "link" => node.attribute("rel") == Some("enclosure"),
        _ => false,
    });
    places.filter(is_image).find_map(|node| node.attribute("url").or_else(|| node.attribute("href")))
}

fn author(item: &Node<'_, '_>) -> String {
    let authors = item.children().filter(|node| matches!(node.tag_name().name(), "creator" | "author"));
    let name = |node: Node<'_, '_>| {
        node.children().find(|child| child.tag_name().name() == "name").map_or_else(|| said(&node), |name| said(&name))
    };
    authors.map(name).find(|name| !name.is_empty()).unwrap_or_default()
}

/// Takes the markup out of a text that has any: feeds put HTML into their summaries.
fn plain(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    let config = html2text::config::with_decorator(html2text::render::TrivialDecorator::new());
    let plain = config.string_from_read(text.as_bytes(), PLAIN_WIDTH).unwrap_or_default();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns of a text without markup before it is joined again to one line.
const PLAIN_WIDTH: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn markup_is_taken_out_of_summaries() {
        assert_eq!(plain("<p>The <b>tide</b> rises<br/>at <a href='x'>six</a></p>"), "The tide rises at six");
        assert_eq!(plain("Fish &amp; chips"), "Fish & chips");
        assert_eq!(plain("three < four"), "three < four");
        assert_eq!(plain("as it is"), "as it is");
    }
}
