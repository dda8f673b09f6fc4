//! Loop bodies written once for each product: fragment caching, as web frameworks call it.
//!
//! Eight products of a catalogue come back in mail after mail, and what a loop writes of one often depends on nothing else but the language
//! and the tags of links. Such a body becomes a template of its own; the loop then asks for the product's fragment, which each thread keeps.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use hashbrown::Equivalent;
use tera::{Context, Error, Kwargs, State, Tera, TeraResult, Value};

use super::Bounded;
use super::contract::FUNCTIONS;
use super::expression::{Unit, roots, units};
use super::filters::{self, LANGUAGE, LOCALE, Settings, UTM};
use super::generations::Generations;
use super::tags::{self, Tag, TagKind};

/// The filter that a split template calls.
const FILTER: &str = "__fragment";
/// What a fragment may depend on besides its product; the same words are looked at when a fragment is looked for.
const COMMON: [&str; 3] = [LOCALE, LANGUAGE, UTM];
/// Tags that a body must have to be worth a fragment.
const TAGS_MIN: usize = 3;
/// Bytes of the fragments of a generation, at most.
const KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Which fragment, of which templates, written of which product under which words.
#[derive(PartialEq, Eq, Hash)]
struct Key<W> {
    templates: u64,
    nth: usize,
    /// Where the product's map lies in memory: whoever keeps the key keeps the product there.
    at: usize,
    common: [W; 3],
}

impl Equivalent<Key<Box<str>>> for Key<&str> {
    fn equivalent(&self, kept: &Key<Box<str>>) -> bool {
        (self.templates, self.nth, self.at) == (kept.templates, kept.nth, kept.at)
            && self.common == kept.common.each_ref().map(|word| &**word)
    }
}

/// A fragment, and the product it was written of.
#[derive(Clone)]
struct Fragment {
    _of: Value,
    text: Value,
}

thread_local!(static KEPT: RefCell<Generations<Key<Box<str>>, Fragment>> = RefCell::new(Generations::new(KEPT_BYTES_MAX)));

/// The bodies of some templates, once all of them are known.
struct Bodies {
    number: u64,
    tera: OnceLock<Tera>,
}

impl Bodies {
    fn write(&self, of: &Value, kwargs: &Kwargs, state: &State) -> TeraResult<Value> {
        let nth = kwargs.must_get::<usize>("n")?;
        let (Some(map), Some(tera)) = (of.as_map(), self.tera.get()) else { return Err(Error::message("no fragment")) };
        let mut common = [Value::none(), Value::none(), Value::none()];
        for (name, value) in COMMON.iter().zip(&mut common) {
            *value = state.get::<Value>(name)?.unwrap_or_else(Value::none);
        }
        let [Some(locale), Some(language), Some(utm)] = common.each_ref().map(Value::as_str) else {
            return Err(Error::message("no fragment"));
        };
        let words = [locale, language, utm];
        let key = Key { templates: self.number, nth, at: std::ptr::from_ref(map).addr(), common: words };
        if let Some(kept) = KEPT.with_borrow_mut(|kept| kept.find(&key)) {
            return Ok(kept.text);
        }
        let name = kwargs.must_get::<&str>("of")?;
        let mut context = Context::new();
        for (name, value) in COMMON.iter().zip(&common) {
            context.insert_value(*name, value.clone());
        }
        context.insert_value(name.to_owned(), of.clone());
        let mut written = Bounded(Vec::new());
        tera.render_to(&body_name(nth, state.autoescaping_enabled()), &context, &mut written)?;
        let written = String::from_utf8(written.0).map_err(|error| Error::message(error.to_string()))?;
        let fragment = Fragment { _of: of.clone(), text: Value::safe_string(&written) };
        let key = Key { templates: self.number, nth, at: key.at, common: words.map(Box::from) };
        KEPT.with_borrow_mut(|kept| kept.keep(key, fragment.clone(), written.len()));
        Ok(fragment.text)
    }
}

fn body_name(nth: usize, is_html: bool) -> String {
    format!("{nth}.{}", if is_html { "html" } else { "txt" })
}

/// Splits templates that fill each other's fragments.
pub(super) struct Splitter {
    bodies: Arc<Bodies>,
    tera: Tera,
    n_bodies: usize,
}

impl Splitter {
    /// Gives `tera` the filter of the templates to be split.
    pub(super) fn new(tera: &mut Tera, settings: &Arc<Settings>) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let bodies = Arc::new(Bodies { number: NUMBERS.fetch_add(1, Ordering::Relaxed), tera: OnceLock::new() });
        let of = Arc::clone(&bodies);
        tera.register_filter(FILTER, move |value: Value, kwargs: Kwargs, state: &State| of.write(&value, &kwargs, state));
        let mut own = Tera::new();
        own.autoescape_on(vec![".html"]);
        filters::register(&mut own, settings);
        Self { bodies, tera: own, n_bodies: 0 }
    }

    /// Returns a template with each body that can be kept replaced by its fragment; nothing, where it has none.
    pub(super) fn split(&mut self, text: &str, is_html: bool) -> Option<String> {
        let tags = tags::scan(text).ok()?;
        let mut split = String::with_capacity(text.len());
        let mut copied = 0;
        for Loop { open, close, name } in loops(text, &tags) {
            let body = body(text, &tags[open], &tags[close]);
            if tags[open].range.end < copied || !depends_on_one(text, &tags[open + 1..close], name) {
                continue;
            }
            if self.tera.add_raw_template(&body_name(self.n_bodies, is_html), body).is_err() {
                continue;
            }
            split += &text[copied..tags[open].range.end];
            let _ = write!(split, "{{{{ {name} | {FILTER}(n={}, of=\"{name}\") }}}}", self.n_bodies);
            copied = tags[close].range.start;
            self.n_bodies += 1;
        }
        split += &text[copied..];
        (copied > 0).then_some(split)
    }

    /// Lets the split templates be filled from now on.
    pub(super) fn finish(self) {
        let _ = self.bodies.tera.set(self.tera);
    }
}

/// A loop over the products of a slot: the positions of its tags, and what it calls a product.
struct Loop<'t> {
    open: usize,
    close: usize,
    name: &'t str,
}

/// Lists the loops `for NAME in slots.SLOT.items`, and those over a row of `slots.SLOT.rows`, outer ones first.
fn loops<'t>(text: &'t str, tags: &[Tag]) -> Vec<Loop<'t>> {
    let mut found = Vec::new();
    // What the open loops call a row, where they loop over rows.
    let mut rows: Vec<Option<&str>> = Vec::new();
    for (at, tag) in tags.iter().enumerate().filter(|(_, tag)| tag.kind == TagKind::Control) {
        match tag.keyword(text) {
            "for" => {
                let inside = units(text, tag.inner_range(text));
                let words: Vec<&str> = inside.iter().map(|(_, range)| &text[range.clone()]).collect();
                let (mut row, mut product) = (None, None);
                match words[..] {
                    ["for", name, "in", "slots", ".", _, ".", "items"] | ["for", name, "in", "slots", "[", _, "]", ".", "items"] => {
                        product = Some(name);
                    }
                    ["for", name, "in", "slots", ".", _, ".", "rows"] | ["for", name, "in", "slots", "[", _, "]", ".", "rows"] => {
                        row = Some(name);
                    }
                    ["for", name, "in", over] if rows.contains(&Some(over)) => product = Some(name),
                    _ => {}
                }
                rows.push(row);
                if let (Some(name), Some(close)) = (product.filter(|name| !COMMON.contains(name)), close(text, tags, at)) {
                    found.push(Loop { open: at, close, name });
                }
            }
            "endfor" => drop(rows.pop()),
            _ => {}
        }
    }
    found
}

/// Finds the end of a loop without a branch for "no product", and without anything in it but conditions and loops.
fn close(text: &str, tags: &[Tag], open: usize) -> Option<usize> {
    let mut inner: Vec<&str> = Vec::new();
    for (at, tag) in tags.iter().enumerate().skip(open + 1).filter(|(_, tag)| tag.kind == TagKind::Control) {
        match (tag.keyword(text), inner.last().copied()) {
            ("endfor", None) => return Some(at),
            (opens @ ("for" | "if"), _) => inner.push(opens),
            ("elif" | "else", Some(_)) => {}
            ("endfor", Some("for")) | ("endif", Some("if")) => drop(inner.pop()),
            _ => return None,
        }
    }
    None
}

/// Returns what a loop repeats, without the white space that its tags take away.
fn body<'t>(text: &'t str, open: &Tag, close: &Tag) -> &'t str {
    let mut body = &text[open.range.end..close.range.start];
    if text[open.range.clone()].ends_with("-%}") {
        body = body.trim_start();
    }
    if text[close.range.clone()].starts_with("{%-") {
        body = body.trim_end();
    }
    body
}

/// Says whether the tags name nothing but a product, the names their own loops give, and functions of what they are given.
fn depends_on_one(text: &str, tags: &[Tag], name: &str) -> bool {
    let mut scope = vec![name.to_owned()];
    let mut n_outside = Vec::new();
    let mut n_tags = 0;
    for tag in tags.iter().filter(|tag| matches!(tag.kind, TagKind::Output | TagKind::Control)) {
        n_tags += 1;
        let inside = units(text, tag.inner_range(text));
        let keyword = if tag.kind == TagKind::Control { tag.keyword(text) } else { "" };
        let at_in = inside.iter().position(|(unit, _)| keyword == "for" && *unit == Unit::Word("in".into())).unwrap_or_default();
        let expression = &inside[(at_in + usize::from(!keyword.is_empty())).min(inside.len())..];
        let is_known = |root: &str| scope.iter().any(|name| name == root) || root == LOCALE || root == LANGUAGE;
        if !roots(expression).all(|(root, is_called)| if is_called { FUNCTIONS.contains(&root) } else { is_known(root) }) {
            return false;
        }
        match keyword {
            "for" => {
                n_outside.push(scope.len());
                scope.extend(inside[1..at_in.max(1)].iter().filter_map(|(unit, _)| unit.word().map(str::to_owned)));
            }
            "endfor" => scope.truncate(n_outside.pop().unwrap_or_default()),
            _ => {}
        }
        if COMMON.iter().any(|common| scope.iter().any(|name| name == common)) {
            return false;
        }
    }
    n_tags >= TAGS_MIN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::money::Currency;
    use crate::render::Values;
    use crate::render::words::Words;

    fn settings() -> Arc<Settings> {
        let home = "https://shop.example".to_owned();
        let locales = [("fr", "left = Plus que { $n }"), ("en", "left = { $n } left")].map(|(language, text)| {
            let source = Arc::new(miette::NamedSource::new(format!("{language}.ftl"), text.to_owned()));
            (language.to_owned(), source)
        });
        Arc::new(Settings {
            zone: chrono_tz::Europe::Paris,
            currency: Currency::parse("EUR").expect("a currency"),
            home_url: home.clone(),
            asset_url: home,
            default_locale: "fr".to_owned(),
            words: Words::read(&BTreeMap::from(locales), "fr", &mut Vec::new()),
        })
    }

    /// Returns the bodies that a template is split into, and what is left of it.
    fn split(text: &str) -> (usize, String) {
        let mut splitter = Splitter::new(&mut Tera::new(), &settings());
        let split = splitter.split(text, true).unwrap_or_default();
        (splitter.n_bodies, split)
    }

    const BODY: &str = "{{ item.title }}{% if item.low_stock %}{{ t(key='card-left', n=item.low_stock) }}{% endif %}";

    #[test]
    fn bodies_of_one_product_are_split_off() {
        for over in ["slots.picks.items", "slots['picks'].items", "slots[\"picks\"].items"] {
            let (n, split) = split(&format!("a{{% for item in {over} -%}} {BODY} {{%- endfor %}}b"));
            assert_eq!(
                (n, split),
                (1, format!("a{{% for item in {over} -%}}{{{{ item | __fragment(n=0, of=\"item\") }}}}{{%- endfor %}}b"))
            );
        }
        let rows = format!(
            "{{% for row in slots.picks.rows %}}<tr>{{% for x in row %}}{}{{% endfor %}}</tr>{{% endfor %}}",
            BODY.replace("item", "x")
        );
        assert_eq!(split(&rows).0, 1);
        let inner = "{% for item in slots.a.items %}{% for tag in item.attr.tags %}{{ tag | upper }}{{ lang }}{% endfor %}{% endfor %}";
        assert_eq!(split(inner).0, 1);
    }

    #[test]
    fn bodies_that_depend_on_the_reader_stay() {
        let of = |body: &str| split(&format!("{{% for item in slots.picks.items %}}{BODY}{body}{{% endfor %}}")).0;
        assert_eq!(of(""), 1);
        for body in [
            "{{ recipient.first_name }}",
            "{% if not loop.last %}, {% endif %}",
            "{{ item.url ~ recipient.id }}",
            "{{ item.price | default(value=offer.amount) }}",
            "{{ t(key='x', name=recipient.first_name) }}",
            "{% set seen = item.id %}",
            "{% set_global seen = item.id %}",
            "{% for offer in item.attr.list %}{{ offer }}{% endfor %}{% if offer %}x{% endif %}",
            "{% for lang in item.attr.list %}{{ t(key='x') }}{% endfor %}",
            "{% for x in because %}{{ x }}{% endfor %}",
            "{% break %}",
            "{% else %}nothing",
            "{% filter upper %}x{% endfilter %}",
            "{{ now | date }}",
        ] {
            assert_eq!(of(body), 0, "{body}");
        }
        assert_eq!(split("{% for item in slots.picks.items %}{{ item.title }}{% endfor %}").0, 0, "too little");
        assert_eq!(split(&format!("{{% for item in questions.list %}}{BODY}{{% endfor %}}")).0, 0, "not of a slot");
        assert_eq!(split(&format!("{{% for locale in slots.picks.items %}}{}{{% endfor %}}", BODY.replace("item", "locale"))).0, 0);
    }

    /// What a mail shows: the numbers of its products, its language, whether French is written as in Canada, and its campaign.
    fn mails() -> impl Strategy<Value = Vec<(Vec<u8>, bool, bool, u8)>> {
        proptest::collection::vec((proptest::collection::vec(0_u8..6, 0..5), any::<bool>(), any::<bool>(), 0_u8..2), 1..20)
    }

    fn context(products: &[u8], is_french: bool, is_canadian: bool, campaign: u8) -> Context {
        let item = |n: &u8| {
            json!({ "title": format!("<{n}> & co"), "url": format!("https://shop.example/{n}"), "low_stock": n.is_multiple_of(2).then_some(n),
                "price": { "minor": 150_000 + u64::from(*n), "currency": "EUR" } })
        };
        let items: Vec<_> = products.iter().map(item).collect();
        let text = json!({ "slots": { "picks": { "items": items, "rows": 2 } } }).to_string();
        let mut context = serde_json::from_str::<Values>(&text).expect("a context").context().clone();
        context.insert(
            LOCALE,
            match (is_french, is_canadian) {
                (true, true) => "fr-CA",
                (true, false) => "fr",
                _ => "en",
            },
        );
        context.insert(LANGUAGE, if is_french { "fr" } else { "en" });
        context.insert(UTM, &format!("utm_campaign={campaign}"));
        context
    }

    proptest! {
        #[test]
        fn mails_by_fragments_are_those_of_their_template(mails in mails()) {
            let whole = "{% for row in slots.picks.rows %}<tr>{% for item in row -%}
                <a href=\"{{ item.url | link }}\">{{ item.title }}</a> {{ item.price | money }}
                {% if item.low_stock %}{{ t(key='left', n=item.low_stock) }}{% endif %} {%- endfor %}</tr>{% endfor %}";
            for suffix in ["html", "txt"] {
                let mut tera = Tera::new();
                tera.autoescape_on(vec![".html"]);
                filters::register(&mut tera, &settings());
                let mut splitter = Splitter::new(&mut tera, &settings());
                let split = splitter.split(whole, suffix == "html").expect("a fragment");
                let names = [format!("whole.{suffix}"), format!("split.{suffix}")];
                tera.add_raw_template(&names[0], whole).expect("a template");
                tera.add_raw_template(&names[1], &split).expect("a template");
                splitter.finish();
                for (products, is_french, is_canadian, campaign) in &mails {
                    let context = context(products, *is_french, *is_canadian, *campaign);
                    let [whole, split] = [&names[0], &names[1]].map(|name| tera.render(name, &context).expect("a mail"));
                    prop_assert_eq!(whole, split);
                }
            }
        }
    }
}
