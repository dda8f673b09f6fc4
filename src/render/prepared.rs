//! Mails made ready for one language, once they are written often.
//!
//! Messages without arguments stand in the template as the words they are, and bodies of loops are fragments ([`super::fragments`]). Both
//! parts stay what their templates would write; where they cannot, the templates write them, so that an error names the author's place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tera::{Context, Tera, escape_html};

use super::Bounded;
use super::expression::{Unit, units};
use super::filters::{self, LANGUAGE, Settings};
use super::fragments::Splitter;
use super::tags::{self, Tag, TagKind};
use super::words::Words;

/// Mails after which a campaign is prepared for their language: a preview or two are not worth it.
const MAILS_BEFORE: u32 = 16;

/// A part of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Html,
    Text,
}

impl Part {
    /// Returns the name of its template; the engine escapes values by the suffix.
    fn name(self) -> &'static str {
        match self {
            Self::Html => "mail.html",
            Self::Text => "mail.txt",
        }
    }
}

/// The sources of a mail's parts, and what they became in each of its languages.
#[derive(Debug, Default)]
pub(super) struct Workshop {
    html: String,
    text: String,
    languages: BTreeMap<String, Language>,
}

#[derive(Debug, Default)]
struct Language {
    n_mails: AtomicU32,
    /// Nothing inside: it cannot be prepared.
    prepared: OnceLock<Option<Tera>>,
}

impl Workshop {
    /// Takes the templates of both parts, as the engine reads them.
    pub(super) fn new<'l>(html: String, text: String, languages: impl Iterator<Item = &'l str>) -> Self {
        Self { html, text, languages: languages.map(|language| (language.to_owned(), Language::default())).collect() }
    }

    /// Counts a mail that begins to be written.
    pub(super) fn count(&self, language: &str) {
        if let Some(language) = self.languages.get(language) {
            language.n_mails.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Prepares the mail for every language now, and not when it has been written often.
    pub(super) fn prepare(&self) {
        for language in self.languages.values() {
            language.n_mails.fetch_add(MAILS_BEFORE, Ordering::Relaxed);
        }
    }

    /// Writes a part, when it is prepared and nothing fails.
    pub(super) fn write(&self, part: Part, language: &str, context: &Context, settings: &Arc<Settings>, out: &mut Bounded) -> bool {
        let Some(state) = self.languages.get(language).filter(|state| state.n_mails.load(Ordering::Relaxed) > MAILS_BEFORE) else {
            return false;
        };
        let prepared = state.prepared.get_or_init(|| self.prepared(language, settings));
        prepared.as_ref().is_some_and(|tera| tera.render_to(part.name(), context, out).is_ok())
    }

    fn prepared(&self, language: &str, settings: &Arc<Settings>) -> Option<Tera> {
        let mut tera = Tera::new();
        tera.autoescape_on(vec![".html"]);
        filters::register(&mut tera, settings);
        let mut splitter = Splitter::new(&mut tera, settings);
        for (part, source) in [(Part::Html, &self.html), (Part::Text, &self.text)] {
            let spoken = speak(source, language, &settings.words, part)?;
            let split = splitter.split(&spoken, part == Part::Html).unwrap_or(spoken);
            tera.add_raw_template(part.name(), &split).ok()?;
        }
        splitter.finish();
        Some(tera)
    }
}

/// Replaces `{{ t(key='...') }}` by the words of the language, where the message takes no argument.
fn speak(source: &str, language: &str, words: &Words, part: Part) -> Option<String> {
    let tags = tags::scan(source).ok()?;
    // Where a template speaks several languages, the engine asks each time which.
    if tags.iter().any(|tag| names(source, tag, LANGUAGE)) {
        return Some(source.to_owned());
    }
    let mut spoken = String::with_capacity(source.len());
    let mut copied = 0;
    for tag in tags.iter().filter(|tag| tag.kind == TagKind::Output) {
        let inside = tag.inner_range(source);
        // A tag with a mark takes white space away.
        if inside != (tag.range.start + 2..tag.range.end - 2) {
            continue;
        }
        let units = units(source, inside);
        let key = match &units.iter().map(|(unit, _)| unit).collect::<Vec<_>>()[..] {
            [Unit::Word(t), Unit::Sign('('), Unit::Word(key), Unit::Assign, Unit::Text(text), Unit::Sign(')')]
                if t == "t" && key == "key" =>
            {
                text
            }
            _ => continue,
        };
        let Some(text) = words.plain(language, key).and_then(tera::Value::as_str).filter(|text| can_stand(text)) else { continue };
        spoken += &source[copied..tag.range.start];
        copied = tag.range.end;
        if part == Part::Html {
            let mut escaped = Vec::new();
            escape_html(text, &mut escaped).ok()?;
            spoken += std::str::from_utf8(&escaped).ok()?;
        } else {
            spoken += text;
        }
    }
    spoken += &source[copied..];
    Some(spoken)
}

/// Says whether a tag gives a name a value of its own: `set lang = ...`, `for lang in ...`.
fn names(source: &str, tag: &Tag, name: &str) -> bool {
    tag.kind == TagKind::Control && matches!(tag.keyword(source), "set" | "set_global" | "for") && {
        let units = units(source, tag.inner_range(source));
        let named = units.iter().map(|(unit, _)| unit).take_while(|unit| **unit != Unit::Assign && unit.word() != Some("in"));
        named.skip(1).any(|unit| unit.word() == Some(name))
    }
}

/// Says whether words mean the same in a template: nothing in them looks like a tag, and no tag beside them takes white space of theirs.
fn can_stand(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains(['{', '}'])
}

#[cfg(test)]
mod tests {
    use miette::NamedSource;

    use super::*;

    fn words() -> Words {
        let text = "plain = Soins & beauté\nwith = Plus que { $n }\nbrace = a {\"{\"} b\nblank = {\" \"}x\n";
        let source = Arc::new(NamedSource::new("fr.ftl", text.to_owned()));
        Words::read(&BTreeMap::from([("fr".to_owned(), source)]), "fr", &mut Vec::new())
    }

    fn spoken(source: &str, part: Part) -> String {
        speak(source, "fr", &words(), part).expect("a template")
    }

    #[test]
    fn messages_without_arguments_are_spoken() {
        let source = "<b>{{ t(key='plain') }}</b>{{t(key=\"plain\")}} {{ t(key='with', n=2) }}";
        assert_eq!(spoken(source, Part::Html), "<b>Soins &amp; beauté</b>Soins &amp; beauté {{ t(key='with', n=2) }}");
        assert_eq!(spoken(source, Part::Text), "<b>Soins & beauté</b>Soins & beauté {{ t(key='with', n=2) }}");
    }

    #[test]
    fn what_would_be_written_otherwise_stays() {
        for source in [
            "{{ t(key='with') }}",
            "{{ t(key='brace') }}",
            "{{ t(key='blank') }}",
            "{{ t(key='unknown') }}",
            "{{- t(key='plain') }}",
            "{{ t(key='plain') -}}",
            "{{ t(key='plain') | upper }}",
            "{{ t(key='pl' ~ 'ain') }}",
            "{{ t(key=key) }}",
            "{{ plain }}",
            "{% raw %}{{ t(key='plain') }}{% endraw %}",
            "{% set x = t(key='plain') %}",
            "{# {{ t(key='plain') }} #}",
            "{% for lang in ['fr', 'en'] %}{{ t(key='plain') }}{% endfor %}",
            "{% for n, lang in because %}{{ t(key='plain') }}{% endfor %}",
            "{% set lang = 'en' %}{{ t(key='plain') }}",
            "{% set_global lang = 'en' %}{{ t(key='plain') }}",
            "{% set lang %}en{% endset %}{{ t(key='plain') }}",
        ] {
            assert_eq!(spoken(source, Part::Html), source);
        }
        assert_eq!(
            speak("{{ t(key='plain') }}", "en", &words(), Part::Html).as_deref(),
            Some("{{ t(key='plain') }}"),
            "of another language"
        );
    }
}
