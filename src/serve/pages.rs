//! The pages: Tera templates and assets that are part of the program, in the reader's language.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use fluent_bundle::{FluentArgs, FluentValue};
use include_dir::{Dir, include_dir};
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::Lang;
use super::words::Words;
use crate::error::{Error, Kind, Result};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/serve/pages");

/// Compiled templates, one set per language; `t(key=..., n=...)` says a message in it.
#[derive(Debug)]
pub struct Pages {
    en: Tera,
    fr: Tera,
}

impl Pages {
    /// Compiles every page.
    ///
    /// # Errors
    ///
    /// A page of the program does not parse, which its tests exclude.
    pub fn compile() -> Result<Self> {
        Ok(Self { en: compiled(Lang::En)?, fr: compiled(Lang::Fr)? })
    }

    /// Writes a page, with `lang` set; values are escaped.
    pub fn page(&self, lang: Lang, name: &str, values: &impl Serialize) -> Response {
        match self.write(lang, name, values) {
            Ok(text) => Html(text).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        }
    }

    /// As [`Self::page`], as text.
    ///
    /// # Errors
    ///
    /// The page uses a value that is not there.
    pub fn write(&self, lang: Lang, name: &str, values: &impl Serialize) -> Result<String> {
        let broken = |error: tera::Error| Error::new(Kind::Io, format!("page `{name}`: {error}")).caused_by(error);
        let mut context = Context::from_serialize(values).map_err(broken)?;
        context.insert("lang", lang.tag());
        if !context.contains_key("base") {
            context.insert("base", "");
        }
        match lang {
            Lang::En => &self.en,
            Lang::Fr => &self.fr,
        }
        .render(name, &context)
        .map_err(broken)
    }
}

fn compiled(lang: Lang) -> Result<Tera> {
    let mut tera = Tera::new();
    tera.autoescape_on(vec![".html"]);
    let words = Words::of(lang);
    tera.register_function("t", move |kwargs: Kwargs, _: &State| -> TeraResult<String> {
        let key = kwargs.must_get::<&str>("key")?;
        let mut args = FluentArgs::new();
        for (name, value) in kwargs.iter() {
            if let (Some(name), false) = (name.as_str(), name.as_str() == Some("key")) {
                args.set(name.to_owned(), argument(value));
            }
        }
        Ok(words.say(key, &args))
    });
    let pages = FILES.files().filter(|file| file.path().extension().is_some_and(|kind| kind == "html"));
    let named: Vec<_> = pages.filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))).collect();
    tera.add_raw_templates(named).map_err(|error| Error::new(Kind::Io, format!("pages: {error}")).caused_by(error))?;
    Ok(tera)
}

fn argument(value: &Value) -> FluentValue<'static> {
    match (value.as_i64(), value.as_f64()) {
        (Some(whole), _) => FluentValue::from(whole),
        (None, Some(number)) => FluentValue::from(number),
        (None, None) => FluentValue::from(value.to_string()),
    }
}

/// Serves the style, the scripts and the pictures of the pages under `/assets/NAME`.
pub fn assets<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Response {
    let kind = match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match FILES.get_file(&name) {
        Some(file) => ([(header::CONTENT_TYPE, kind)], file.contents()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_compiles_and_is_in_the_readers_language() {
        let pages = Pages::compile().expect("the pages compile");
        let values = serde_json::json!({ "status": 404, "key": "no-such-page" });
        let french = pages.write(Lang::Fr, "message.html", &values).expect("it fills");
        assert!(french.contains("<html lang=\"fr\"") && french.contains("Cette page n’existe pas"), "{french}");
        let english = pages.write(Lang::En, "message.html", &values).expect("it fills");
        assert!(english.contains("<html lang=\"en\"") && english.contains("There is no such page"), "{english}");
    }
}
