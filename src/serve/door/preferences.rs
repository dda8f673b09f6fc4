//! `/p/TOKEN`: what a person gets, how often, what may be used for it, and why they got a mail.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::holder::Holder;
use super::{Door, Here, why};
use crate::ledger::{Act, EXPORT};
use crate::message::token::Purpose;
use crate::profile::{Fact, PROFILING};
use crate::project::campaign::Localized;
use crate::project::checked::Campaign;
use crate::serve::Lang;

/// How often, as the value of the fact `frequency`, with the word of each.
const FREQUENCIES: [(&str, &str); 3] =
    [("usual", "door-frequency-usual"), ("1 per 7d", "door-frequency-week"), ("1 per 30d", "door-frequency-month")];
/// Purpose of campaigns that name none.
const NEWSLETTER: &str = "newsletter";

/// Shows what the person said so far.
pub(super) async fn show(here: Here, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(found) = here.holder(Purpose::Preferences, &token).await else { return here.busy(&headers) };
    let Some(holder) = found else { return here.gone(&headers) };
    here.preferences(&headers, &holder, &token, "").await
}

/// Writes down what they say now.
pub(super) async fn save(here: Here, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(found) = here.holder(Purpose::Preferences, &token).await else { return here.busy(&headers) };
    let Some(holder) = found else { return here.gone(&headers) };
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let Ok(known) = here.last_said(&holder.recipient).await else { return here.busy(&headers) };
    let facts = here.facts_of(&form, &known);
    if !facts.is_empty() {
        let cancels = here.unwanted(&facts);
        if !here.writer.write(Act::Declare { recipient: holder.recipient.clone(), facts, cancels }).await {
            return here.busy(&headers);
        }
    }
    here.preferences(&headers, &holder, &token, "door-saved").await
}

/// Writes down that they ask for their data.
pub(super) async fn export(here: Here, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(found) = here.holder(Purpose::Preferences, &token).await else { return here.busy(&headers) };
    let Some(holder) = found else { return here.gone(&headers) };
    let facts = vec![(EXPORT.to_owned(), "asked".to_owned())];
    if !here.writer.write(Act::Declare { recipient: holder.recipient.clone(), facts, cancels: Vec::new() }).await {
        return here.busy(&headers);
    }
    here.preferences(&headers, &holder, &token, "door-asked").await
}

impl Door {
    /// Returns the last thing a person said of each key.
    async fn last_said(&self, recipient: &str) -> crate::error::Result<BTreeMap<String, Fact>> {
        Ok(self.ledger.said_by(recipient).await?.into_iter().map(|fact| (fact.key.clone(), fact)).collect())
    }

    async fn preferences(&self, headers: &HeaderMap, holder: &Holder, token: &str, done: &str) -> Response {
        let Ok(known) = self.last_said(&holder.recipient).await else { return self.busy(headers) };
        let said = |key: &str| known.get(key).map(|fact| fact.value.as_str());
        let draft = holder.mail.as_ref().and_then(|mail| mail.draft.as_ref());
        let lang = self.lang(headers, draft);
        let frequency = said("frequency").unwrap_or("usual");
        let frequencies: Vec<Value> =
            FREQUENCIES.iter().map(|(value, key)| json!({ "value": value, "key": key, "is_chosen": *value == frequency })).collect();
        let public = self.project.config.public.clone().unwrap_or_default();
        let topics: Vec<Value> = public
            .topics
            .iter()
            .map(|(name, topic)| {
                let is_wanted = said(&format!("topic.{name}")) != Some("no");
                json!({ "name": name, "title": self.title(&topic.title, lang), "is_wanted": is_wanted })
            })
            .collect();
        let consents: Vec<Value> = self
            .purposes()
            .into_iter()
            .map(|name| {
                let title = public.purposes.get(&name).map(|title| self.title(title, lang));
                json!({ "name": name, "title": title, "said": said(&format!("consent.{name}")).unwrap_or_default() })
            })
            .collect();
        let asked = known.get(EXPORT).filter(|fact| fact.value == "asked").map(|fact| lang.day(fact.at.date(self.project.zone)));
        let values = json!({
            "token": token, "done": done, "frequencies": frequencies, "topics": topics, "consents": consents,
            "asked": asked, "is_unsubscribed": said("unsubscribed") == Some("yes"),
            "first_name": draft.and_then(|draft| draft.context.pointer("/recipient/first_name")),
            "unsubscribe": self.keys.first().seal(Purpose::Unsubscribe, &holder.campaign, &holder.recipient),
            "why": holder.mail.as_ref().and_then(|mail| why::why(mail, self.project.zone, lang)),
        });
        self.page(lang, "door-preferences.html", values)
    }

    /// The purposes that are asked about: those of the project, and always that of profiling.
    fn purposes(&self) -> Vec<String> {
        let named = self.project.config.public.iter().flat_map(|public| public.purposes.keys().cloned());
        let mut all: Vec<String> = named.filter(|name| name != PROFILING).collect();
        if all.is_empty() {
            all.push(NEWSLETTER.to_owned());
        }
        all.push(PROFILING.to_owned());
        all
    }

    /// Reads a form; what is not asked, or no answer to it, is left out, and so is what changes nothing.
    fn facts_of(&self, form: &BTreeMap<String, String>, known: &BTreeMap<String, Fact>) -> Vec<(String, String)> {
        let mut facts = Vec::new();
        // A box that is not ticked is not in a form: one that is not of ours must not look like all of them.
        if form.get("form").map(String::as_str) != Some("preferences") {
            return facts;
        }
        let mut say = |key: String, value: &str, usual: &str| {
            if known.get(&key).map_or(usual, |fact| fact.value.as_str()) != value {
                facts.push((key, value.to_owned()));
            }
        };
        if let Some((value, _)) = form.get("frequency").and_then(|said| FREQUENCIES.iter().find(|(value, _)| value == said)) {
            say("frequency".to_owned(), value, "usual");
        }
        for name in self.project.config.public.iter().flat_map(|public| public.topics.keys()) {
            let key = format!("topic.{name}");
            let value = if form.contains_key(&key) { "yes" } else { "no" };
            say(key, value, "yes");
        }
        for key in self.purposes().into_iter().map(|name| format!("consent.{name}")) {
            if let Some(value) = form.get(&key).filter(|value| matches!(value.as_str(), "yes" | "no")).cloned() {
                say(key, &value, "");
            }
        }
        facts
    }

    /// Returns the campaigns that what was said rules out.
    fn unwanted(&self, facts: &[(String, String)]) -> Vec<String> {
        let refused: Vec<&str> = facts.iter().filter(|(_, value)| value == "no").map(|(key, _)| key.as_str()).collect();
        let topics = self.project.config.public.iter().flat_map(|public| &public.topics);
        let without: Vec<&str> = topics
            .filter(|(name, _)| refused.iter().any(|key| key.strip_prefix("topic.") == Some(name.as_str())))
            .flat_map(|(_, topic)| topic.campaigns.iter().map(|campaign| campaign.get_ref().as_str()))
            .collect();
        let is_refused = |campaign: &Campaign| {
            let purpose = campaign.spec.consent.as_ref().map_or(NEWSLETTER, |purpose| purpose.get_ref().as_str());
            let watches = campaign.trigger.as_ref().is_some_and(|trigger| trigger.on.rests_on_behaviour());
            let says = |purpose: &str| refused.iter().any(|key| key.strip_prefix("consent.") == Some(purpose));
            says(purpose) || watches && says(PROFILING) || without.contains(&campaign.name.as_str())
        };
        self.project.campaigns.values().filter(|campaign| is_refused(campaign)).map(|campaign| campaign.name.to_string()).collect()
    }

    /// Returns a text in the reader's language, else in that of the project, else in any.
    pub(super) fn title(&self, text: &Localized, lang: Lang) -> String {
        let project = self.project.locale.as_str();
        let short = project.split(['-', '_']).next().unwrap_or(project);
        let in_lang = text.iter().find(|(tag, _)| tag.split('-').next() == Some(lang.tag())).map(|(_, title)| title);
        let found = in_lang.or_else(|| text.get(project)).or_else(|| text.get(short)).or_else(|| text.values().next());
        found.map(|title| title.get_ref().clone()).unwrap_or_default()
    }
}
