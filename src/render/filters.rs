//! The filters and functions of templates; each reads the mail's language from the render state.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use fluent_bundle::FluentArgs;
use tera::{Error, Kwargs, Map, State, Tera, TeraResult, Value};

use super::formats::{DATE_STYLES, Formats};
use super::links::{image, link};
use super::plain;
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
    tera.register_filter("plural", move |value: Value, kwargs: Kwargs, state: &State| -> TeraResult<Value> {
        message(&s, &kwargs, state, Some(&value))
    });
    let s = of();
    tera.register_function("t", move |kwargs: Kwargs, state: &State| -> TeraResult<Value> { message(&s, &kwargs, state, None) });
    tera.register_function("right", |_: Kwargs, _: &State| -> TeraResult<String> { Ok(plain::RIGHT.to_string()) });
    let s = of();
    tera.register_filter("link", move |value: Value, _: Kwargs, state: &State| -> TeraResult<Value> {
        let utm = state.get::<Value>(UTM)?;
        let utm = utm.as_ref().and_then(Value::as_str).unwrap_or_default();
        let wanted = value.as_str().and_then(|url| link(url, utm));
        Ok(text(&value, &wanted.or_else(|| link(&s.home_url, utm)).unwrap_or_default()))
    });
    let s = of();
    tera.register_filter("image", move |value: Value, _: Kwargs, _: &State| -> Value {
        text(&value, &image(value.as_str().unwrap_or_default(), &s.asset_url))
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

/// Returns a text made from a value: the value itself, shared, where nothing was changed and it still is to be escaped.
fn text(from: &Value, made: &str) -> Value {
    if from.as_str() == Some(made) && !from.is_safe() { from.clone() } else { Value::from(made) }
}

fn empty(value: &Value) -> bool {
    value.is_none() || value.is_undefined()
}

fn formats(state: &State, settings: &Settings) -> TeraResult<std::rc::Rc<Formats>> {
    let tag = state.get::<Value>(LOCALE)?;
    Formats::of(tag.as_ref().and_then(Value::as_str).unwrap_or(&settings.default_locale))
        .ok_or_else(|| Error::message("no data for this language"))
}

fn field<'a>(map: &'a Map, name: &'static str) -> Option<&'a Value> {
    // The maps asked have two keys: looking at both is faster than hashing one.
    map.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
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

fn message(settings: &Settings, kwargs: &Kwargs, state: &State, n: Option<&Value>) -> TeraResult<Value> {
    let key = kwargs.must_get::<&str>("key")?;
    let language = state.get::<Value>(LANGUAGE)?;
    let language = language.as_ref().and_then(Value::as_str).unwrap_or_default();
    if let Some(plain) = settings.words.plain(language, key) {
        return Ok(plain.clone());
    }
    let mut args = FluentArgs::new();
    for (name, value) in kwargs.iter() {
        if let (Some(name), false) = (name.as_str(), name.as_str() == Some("key")) {
            args.set(name.to_owned(), words::argument(value));
        }
    }
    if let Some(n) = n {
        args.set("n", words::argument(n));
    }
    match settings.words.write(language, key, &args).map_err(Error::message)? {
        Some(text) => Ok(text.into()),
        None => match kwargs.get::<String>("default")? {
            Some(default) => Ok(default.into()),
            None if key.contains(EXAMPLE_TOPIC) => Ok(key.into()),
            None => Err(Error::message(format!("no language has a message `{key}`"))),
        },
    }
}
