//! How a mail is looked at: everything that stands in the address of a page, so that an address can be kept and shared.

use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// The query of a page of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    /// The instant; the studio's own when empty.
    pub(super) now: String,
    /// The arm; the person's own when empty.
    pub(super) variant: String,
    /// The language; the person's own when empty.
    pub(super) locale: String,
    /// The part shown.
    pub(super) tab: String,
    /// Width of the frame in CSS pixels; all there is when empty.
    pub(super) width: String,
    /// `1` for the dark scheme.
    pub(super) dark: String,
    /// `0` for images off.
    pub(super) images: String,
    /// Text size in percent; 100 when empty.
    pub(super) zoom: String,
    /// `1` to see the mail of somebody who gets none.
    pub(super) anyway: String,
    /// Language of the pages; the browser's when empty.
    pub(super) lang: String,
}

impl Look {
    /// Parts of a mail.
    pub(super) const TABS: [&'static str; 9] = ["html", "checks", "text", "mjml", "headers", "raw", "size", "links", "context"];
    /// Widths of frames: a small telephone, a larger one, a column of a mail program, all.
    pub(super) const WIDTHS: [&'static str; 4] = ["320", "375", "600", ""];

    /// Returns the part shown.
    pub(super) fn part(&self) -> &str {
        Self::TABS.into_iter().find(|tab| *tab == self.tab).unwrap_or("html")
    }

    pub(super) fn is_dark(&self) -> bool {
        self.dark == "1"
    }

    pub(super) fn has_images(&self) -> bool {
        self.images != "0"
    }

    /// Returns the text size in percent, within what a reader may set.
    pub(super) fn zoom(&self) -> u32 {
        self.zoom.parse().unwrap_or(100).clamp(50, 300)
    }

    /// Returns the query with something added that is no way of looking.
    pub(super) fn asking(&self, name: &str, value: &str) -> String {
        let query = self.with(|_| {});
        let added = Serializer::new(String::new()).append_pair(name, value).finish();
        if query.is_empty() { format!("?{added}") } else { format!("{query}&{added}") }
    }

    /// Returns the query with one thing changed, with its question mark; empty when nothing is left.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut look = self.clone();
        change(&mut look);
        let pairs = [
            ("now", &look.now),
            ("variant", &look.variant),
            ("locale", &look.locale),
            ("tab", &look.tab),
            ("width", &look.width),
            ("dark", &look.dark),
            ("images", &look.images),
            ("zoom", &look.zoom),
            ("anyway", &look.anyway),
            ("lang", &look.lang),
        ];
        let mut query = Serializer::new(String::new());
        query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_is_unusual() {
        assert_eq!(Look::default().with(|_| {}), "");
        let look = Look { width: "320".to_owned(), ..Look::default() };
        assert_eq!(look.with(|look| look.dark = "1".to_owned()), "?width=320&dark=1");
        assert_eq!(look.with(|look| look.width.clear()), "");
        assert_eq!(Look { tab: "<b>".to_owned(), ..Look::default() }.part(), "html");
        assert_eq!(Look { zoom: "9999999999".to_owned(), ..Look::default() }.zoom(), 100);
    }
}
