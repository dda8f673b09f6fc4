//! Messages of `locales/*.ftl` (Project Fluent), and the choice of a language.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use hashbrown::HashMap;
use tera::Value;

use super::contract::{KeyPart, KeyUse};
use super::mapped::{Mapped, Source};
use crate::error::Diagnostic;

/// The messages of every language.
pub(super) struct Words {
    bundles: BTreeMap<String, FluentBundle<FluentResource>>,
    keys: BTreeMap<String, BTreeSet<String>>,
    /// Messages that take no argument, written once for every mail.
    plain: BTreeMap<String, HashMap<String, Value>>,
    default_locale: String,
}

impl Words {
    /// Reads the `.ftl` texts; mistakes and untranslated keys become diagnostics.
    pub(super) fn read(locales: &BTreeMap<String, Source>, default_locale: &str, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut words =
            Self { bundles: BTreeMap::new(), keys: BTreeMap::new(), plain: BTreeMap::new(), default_locale: default_locale.to_owned() };
        for (language, source) in locales {
            let Ok(id) = language.parse() else {
                diagnostics.push(
                    Diagnostic::error("locale::language", format!("`{language}` is not a language tag"))
                        .at(source, 0..0, "")
                        .help("name the file after a language: `fr.ftl`, `en-GB.ftl`"),
                );
                continue;
            };
            let resource = FluentResource::try_new(source.inner().clone()).unwrap_or_else(|(resource, errors)| {
                diagnostics.extend(errors.iter().map(|error| {
                    Diagnostic::error("locale::syntax", error.kind.to_string())
                        .at(source, error.pos.clone(), "")
                        .help("a message is `key = text`, continued on indented lines")
                }));
                resource
            });
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            bundle.set_use_isolating(false);
            if let Err(errors) = bundle.add_resource(resource) {
                diagnostics.extend(
                    errors.iter().map(|error| {
                        Diagnostic::error("locale::twice", error.to_string()).at(source, 0..0, "").help("keep one of the two")
                    }),
                );
            }
            let named = source.inner().lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim_end());
            let keys: BTreeSet<String> = named.filter(|name| bundle.has_message(name)).map(str::to_owned).collect();
            let plain = keys.iter().filter_map(|key| Some((key.clone(), plain(&bundle, key)?)));
            words.plain.insert(language.clone(), plain.collect());
            words.keys.insert(language.clone(), keys);
            words.bundles.insert(language.clone(), bundle);
        }
        let all: BTreeSet<&String> = words.keys.values().flatten().collect();
        for (language, keys) in &words.keys {
            let missing: Vec<&str> = all.iter().filter(|key| !keys.contains(**key)).map(|key| key.as_str()).collect();
            if let (Some(source), false) = (locales.get(language), missing.is_empty()) {
                let message = format!("`{language}` lacks {}", missing.join(", "));
                diagnostics.push(
                    Diagnostic::warning("locale::untranslated", message)
                        .at(source, 0..0, "")
                        .help(format!("until then `{default_locale}` is shown")),
                );
            }
        }
        words
    }

    /// Returns the languages that have messages.
    pub(super) fn languages(&self) -> impl Iterator<Item = &str> + Clone {
        self.bundles.keys().map(String::as_str)
    }

    /// Refuses the keys of a text that no language has.
    pub(super) fn check(&self, text: &Mapped, uses: &[KeyUse], diagnostics: &mut Vec<Diagnostic>) {
        for used in uses {
            let matches = |key: &String| match used.part {
                KeyPart::Whole => *key == used.key,
                KeyPart::Beginning => key.starts_with(&used.key),
                KeyPart::End => key.ends_with(&used.key),
            };
            if !self.keys.values().flatten().any(matches) {
                let diagnostic = Diagnostic::error("template::unknown-message", format!("no language has a message `{}`", used.key))
                    .help("add it to the files of `locales/`")
                    .did_you_mean(&used.key, self.keys.values().flatten().map(String::as_str));
                diagnostics.push(text.point(diagnostic, used.range.clone(), ""));
            }
        }
    }

    /// Returns a message of a language that takes no argument.
    pub(super) fn plain(&self, language: &str, key: &str) -> Option<&Value> {
        self.plain.get(language)?.get(key)
    }

    /// Writes a message in a language, or in the default one; an error says which key or argument is missing.
    pub(super) fn write(&self, language: &str, key: &str, args: &FluentArgs<'_>) -> Result<Option<String>, String> {
        let fallback = negotiate(&self.default_locale, &self.languages(), &self.default_locale);
        for language in [Some(language), fallback] {
            let Some(bundle) = language.and_then(|language| self.bundles.get(language)) else { continue };
            let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { continue };
            let mut errors = Vec::new();
            let written: Cow<'_, str> = bundle.format_pattern(pattern, Some(args), &mut errors);
            return match errors.first() {
                None => Ok(Some(written.into_owned())),
                Some(error) => Err(format!("message `{key}`: {error}")),
            };
        }
        Ok(None)
    }
}

/// Writes a message that takes no argument; one that does lacks it, which is an error.
fn plain(bundle: &FluentBundle<FluentResource>, key: &str) -> Option<Value> {
    let mut errors = Vec::new();
    let written = bundle.format_pattern(bundle.get_message(key)?.value()?, None, &mut errors);
    errors.is_empty().then(|| written.into())
}

/// Turns an argument of a template into one of a message.
pub(super) fn argument(value: &Value) -> FluentValue<'static> {
    match value.as_i64() {
        Some(n) => n.into(),
        None => match value.as_f64() {
            Some(n) => n.into(),
            None if value.is_none() || value.is_undefined() => String::new().into(),
            None => value.to_string().into(),
        },
    }
}

/// Returns the available language for a wanted tag: the same, then the same language, then the default's.
pub(super) fn negotiate<'a>(wanted: &str, available: &(impl Iterator<Item = &'a str> + Clone), default_locale: &str) -> Option<&'a str> {
    let exact = |tag: &str| available.clone().find(|have| have.eq_ignore_ascii_case(tag));
    let general =
        |tag: &str| exact(language(tag)).or_else(|| available.clone().find(|have| language(have).eq_ignore_ascii_case(language(tag))));
    exact(wanted)
        .or_else(|| general(wanted))
        .or_else(|| exact(default_locale))
        .or_else(|| general(default_locale))
        .or_else(|| available.clone().next())
}

fn language(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_chosen_from_exact_to_default() {
        let pick = |wanted, available: &[&'static str]| negotiate(wanted, &available.iter().copied(), "fr-FR");
        assert_eq!(pick("en-GB", &["en", "en-GB", "fr"]), Some("en-GB"));
        assert_eq!(pick("en-US", &["en-GB", "fr"]), Some("en-GB"));
        assert_eq!(pick("en_US", &["en-GB", "en"]), Some("en"));
        assert_eq!(pick("de-DE", &["en", "fr"]), Some("fr"));
        assert_eq!(pick("", &["en", "fr"]), Some("fr"));
        assert_eq!(pick("de", &["en"]), Some("en"));
        assert_eq!(pick("de", &[]), None);
    }
}
