//! The filters and functions of templates; each reads the mail's language from the render state.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use fluent_bundle::FluentArgs;
use tera::{Error, Kwargs, Map, State, Tera, TeraResult, Value};
use url::Url;

use super::formats::{DATE_STYLES, Formats};
use super::schema::EXAMPLE_TOPIC;
use super::words::{self, Words};
use crate::money::{Currency, Money};

/// Key of the language that numbers are written in.
pub(super) const LOCALE: &str = "locale";
/// Key of the language that messages are taken from.
pub(super) const LANGUAGE: &str = "lang";
/// Key of the query string added to links.
pub(super) const UTM: &str = "__utm";

/// What filters need of the project.
pub(super) struct Settings {
    pub(super) zone: Tz,
    pub(super) currency: Currency,
    pub(super) home_url: String,
    pub(super) asset_url: String,
    pub(super) default_locale: String,
    pub(super) words: Words,
}

/// Registers everything templates may call beyond the engine's own.
pub(super) fn register(tera: &mut Tera, settings: &Arc<Settings>) {
    let of = || Arc::clone(settings);
    let s = of();
    tera.register_filter("money", move |value: Value, _: Kwargs, state: &State| -> TeraResult<String> {
        if empty(&value) {
            return Ok(String::new());
        }
        let money = money(&value, s.currency).ok_or_else(|| Error::message("`money` wants an amount such as `item.price`"))?;
        Ok(formats(state, &s)?.money(money))
    });
    let s = of();
    tera.register_filter("number", move |value: Value, kwargs: Kwargs, state: &State| -> TeraResult<String> {
        number(&value, &kwargs).and_then(|scaled| scaled.map_or(Ok(String::new()), |(n, d)| Ok(formats(state, &s)?.scaled(n, d))))
    });
    let s = of();
    tera.register_filter("percent", move |value: Value, kwargs: Kwargs, state: &State| -> TeraResult<String> {
        number(&value, &kwargs).and_then(|scaled| scaled.map_or(Ok(String::new()), |(n, d)| Ok(formats(state, &s)?.percent(n, d))))
    });
    let s = of();
    tera.register_filter("date", move |value: Value, kwargs: Kwargs, state: &State| -> TeraResult<String> {
        if empty(&value) {
            return Ok(String::new());
        }
        let style = kwargs.get::<&str>("style")?.unwrap_or("long");
        let day =
            value.as_str().and_then(|text| day(text, s.zone)).ok_or_else(|| Error::message("`date` wants a day such as `2011-11-14`"))?;
        formats(state, &s)?
            .date(day, style)
            .ok_or_else(|| Error::message(format!("`date` has no style `{style}`: it has {}", DATE_STYLES.join(", "))))
    });
    let s = of();
    tera.register_filter("plural", move |value: Value, kwargs: Kwargs, state: &State| -> TeraResult<String> {
        message(&s, &kwargs, state, Some(&value))
    });
    let s = of();
    tera.register_function("t", move |kwargs: Kwargs, state: &State| -> TeraResult<String> { message(&s, &kwargs, state, None) });
    let s = of();
    tera.register_filter("link", move |value: Value, _: Kwargs, state: &State| -> TeraResult<String> {
        let utm = state.get::<String>(UTM)?.unwrap_or_default();
        let wanted = value.as_str().and_then(|url| link(url, &utm));
        Ok(wanted.or_else(|| link(&s.home_url, &utm)).unwrap_or_default())
    });
    let s = of();
    tera.register_filter("image", move |value: Value, _: Kwargs, _: &State| -> String {
        value.as_str().map(|path| image(path, &s.asset_url)).unwrap_or_default()
    });
    tera.register_filter("default", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let boolean = kwargs.get::<bool>("boolean")?.unwrap_or_default();
        if value.is_undefined() || value.is_none() || (boolean && !value.is_truthy()) {
            kwargs.must_get::<Value>("value")
        } else {
            Ok(value)
        }
    });
    tera.register_filter("urlencode", |value: Value, _: Kwargs, _: &State| -> String {
        url::form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect()
    });
}

fn empty(value: &Value) -> bool {
    value.is_none() || value.is_undefined()
}

fn formats(state: &State, settings: &Settings) -> TeraResult<std::rc::Rc<Formats>> {
    let tag = state.get::<String>(LOCALE)?;
    Formats::of(tag.as_deref().unwrap_or(&settings.default_locale)).ok_or_else(|| Error::message("no data for this language"))
}

fn field<'a>(map: &'a Map, name: &'static str) -> Option<&'a Value> {
    map.get(&tera::value::Key::Str(name))
}

/// Reads `{ minor, currency }`, or a bare number of major units in the project's currency.
fn money(value: &Value, currency: Currency) -> Option<Money> {
    if let Some(map) = value.as_map() {
        let currency = field(map, "currency").and_then(Value::as_str).map_or(Some(currency), Currency::parse)?;
        return Some(Money { minor: field(map, "minor")?.as_i64()?, currency });
    }
    Money::from_f64(value.as_f64().or_else(|| value.as_i64().map(precise))?, currency)
}

#[expect(clippy::cast_precision_loss, reason = "amounts of a mail are far below 2^53")]
fn precise(n: i64) -> f64 {
    n as f64
}

/// Reads a number as an integer and its count of decimals; `None` for an unknown value.
#[expect(clippy::cast_possible_truncation, reason = "checked to be below 2^53")]
fn number(value: &Value, kwargs: &Kwargs) -> TeraResult<Option<(i64, u32)>> {
    let wanted = || Error::message("a number is wanted here");
    if empty(value) {
        return Ok(None);
    }
    let decimals = kwargs.get::<i64>("decimals")?;
    let decimals = decimals.map(|n| u32::try_from(n.clamp(0, 6)).unwrap_or_default());
    if let (Some(n), None | Some(0)) = (value.as_i64(), decimals) {
        return Ok(Some((n, 0)));
    }
    let n = value.as_f64().or_else(|| value.as_i64().map(precise)).or_else(|| value.as_str()?.parse().ok()).ok_or_else(wanted)?;
    let decimals = decimals.unwrap_or_else(|| if n.fract() == 0.0 { 0 } else { 2 });
    let scaled = (n * 10_f64.powi(decimals.cast_signed())).round();
    if scaled.abs() < 9.0e15 { Ok(Some((scaled as i64, decimals))) } else { Err(wanted()) }
}

/// Reads a day, or the day of an instant in the project's zone.
fn day(text: &str, zone: Tz) -> Option<NaiveDate> {
    if text.len() == 10 {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    }
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&zone).date_naive())
}

fn message(settings: &Settings, kwargs: &Kwargs, state: &State, n: Option<&Value>) -> TeraResult<String> {
    let key = kwargs.must_get::<&str>("key")?;
    let mut args = FluentArgs::new();
    for (name, value) in kwargs.iter() {
        if let (Some(name), false) = (name.as_str(), name.as_str() == Some("key")) {
            args.set(name.to_owned(), words::argument(value));
        }
    }
    if let Some(n) = n {
        args.set("n", words::argument(n));
    }
    let language = state.get::<String>(LANGUAGE)?.unwrap_or_default();
    match settings.words.write(&language, key, &args).map_err(Error::message)? {
        Some(text) => Ok(text),
        None => match kwargs.get::<String>("default")? {
            Some(default) => Ok(default),
            None if key.contains(EXAMPLE_TOPIC) => Ok(key.to_owned()),
            None => Err(Error::message(format!("no language has a message `{key}`"))),
        },
    }
}

/// Returns a link safe to put in a mail, tagged; nothing for a scheme a reader must not follow.
fn link(url: &str, utm: &str) -> Option<String> {
    let url = url.trim();
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    if lower.starts_with("mailto:") || lower.starts_with("tel:") {
        return url.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`".contains(&b)).then(|| url.to_owned());
    }
    let simple = |rest: &str| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{|}@".contains(&b))
    };
    let clean = match url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) {
        Some(rest) if simple(rest) => url.to_owned(),
        _ => {
            let parsed = Url::parse(url).ok()?;
            if !matches!(parsed.scheme(), "http" | "https")
                || !parsed.has_host()
                || !parsed.username().is_empty()
                || parsed.password().is_some()
            {
                return None;
            }
            String::from(parsed).replace('\'', "%27")
        }
    };
    if utm.is_empty() || clean.contains("?utm_") || clean.contains("&utm_") {
        return Some(clean);
    }
    let (base, fragment) = clean.split_once('#').map_or((clean.as_str(), None), |(base, fragment)| (base, Some(fragment)));
    let joint = if base.ends_with(['?', '&']) {
        ""
    } else if base.contains('?') {
        "&"
    } else {
        "?"
    };
    let mut tagged = format!("{base}{joint}{utm}");
    if let Some(fragment) = fragment {
        tagged.push('#');
        tagged.push_str(fragment);
    }
    Some(tagged)
}

/// Returns an absolute image URL; nothing for a scheme that is not http or https.
fn image(path: &str, asset_url: &str) -> String {
    let path = path.trim();
    if path.is_empty() {
        return String::new();
    }
    let lower = path.get(..8).unwrap_or(path).to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        return Url::parse(path).map(String::from).unwrap_or_default();
    }
    if path.split('/').next().is_some_and(|first| first.contains(':')) || path.starts_with("//") || path.starts_with('\\') {
        return String::new();
    }
    let mut written = String::with_capacity(asset_url.len() + path.len() + 1);
    written.push_str(asset_url.trim_end_matches('/'));
    written.push('/');
    for c in path.trim_start_matches('/').chars() {
        if c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c) {
            written.push(c);
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                written.extend(['%', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }
    written
}

/// Returns the upper-case hexadecimal digit of a number below 16.
fn hex(n: u8) -> char {
    char::from_digit(n.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_tagged_once_and_dangerous_ones_refused() {
        let cases = [
            ("https://shop.example/p/1", Some("https://shop.example/p/1?utm_source=r")),
            ("https://shop.example/p?a=1#top", Some("https://shop.example/p?a=1&utm_source=r#top")),
            ("https://shop.example/p?utm_source=x", Some("https://shop.example/p?utm_source=x")),
            (" HTTPS://Shop.example/é à ", Some("https://shop.example/%C3%A9%20%C3%A0?utm_source=r")),
            ("mailto:a@shop.example", Some("mailto:a@shop.example")),
            ("tel:+33123456789", Some("tel:+33123456789")),
            ("javascript:alert(1)", None),
            ("JaVaScRiPt:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("data:text/html,x", None),
            ("//evil.example/x", None),
            ("https://user:pw@evil.example/", None),
            ("/relative", None),
            ("", None),
        ];
        for (url, want) in cases {
            assert_eq!(link(url, "utm_source=r").as_deref(), want, "{url}");
        }
    }

    #[test]
    fn images_are_made_absolute() {
        let cases = [
            ("p/1.jpg", "https://img.example/a/p/1.jpg"),
            ("/p 1.jpg", "https://img.example/a/p%201.jpg"),
            ("https://cdn.example/x.png", "https://cdn.example/x.png"),
            ("javascript:x", ""),
            ("data:image/png;base64,x", ""),
            ("//evil.example/x", ""),
            ("", ""),
        ];
        for (path, want) in cases {
            assert_eq!(image(path, "https://img.example/a/"), want, "{path}");
        }
    }
}
