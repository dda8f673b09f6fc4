//! `[public]` and `[questions]`: what recipients reach, and what they are asked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::project::campaign::Localized;

/// `[public]`: the pages of `relance serve --public`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PublicSection {
    /// Where recipients reach the pages, e.g. `https://shop.example/mail`; its path stands before theirs.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Spanned<String>>,
    /// Requests of one client, `120 per minute` when absent; unsubscribing with a good token is never refused.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Spanned<String>>,
    /// How long links work, counted from the mail.
    pub expiry: ExpirySection,
    /// Whether links of mails pass by the pages to be counted.
    pub clicks: bool,
    /// Hosts that those links may lead to; others are left as they are.
    #[schemars(with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Spanned<String>>,
    /// Purposes of consent that the preference centre asks about, by name (`newsletter`), and how they are called.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, String>>")]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: BTreeMap<String, Localized>,
    /// Subjects that a person may do without, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, TopicSpec>,
}

/// `[public.expiry]`: how long a link works; absent, as long as its key.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpirySection {
    /// Links that unsubscribe: laws ask for weeks at least, and for ever hurts nobody.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Spanned<String>>,
    /// Links to the preference centre.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Spanned<String>>,
    /// Answers to questions.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Spanned<String>>,
    /// Mails as pages.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<Spanned<String>>,
    /// Links that are counted.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click: Option<Spanned<String>>,
}

/// `[public.topics.NAME]`: a subject that a person may do without.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// How it is called, by language.
    #[schemars(with = "BTreeMap<String, String>")]
    pub title: Localized,
    /// Campaigns that are about it: who does without it does not get them.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub campaigns: Vec<Spanned<String>>,
    /// Topics of the catalogue that it stands for: nothing of them is picked for who does without it.
    #[serde(default)]
    pub products: Vec<String>,
}

/// `[questions.NAME]`: a question that mails may ask; its answer is known as `attr.NAME` from then on.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionSpec {
    /// The question, by language.
    #[schemars(with = "BTreeMap<String, String>")]
    pub title: Localized,
    /// What can be answered.
    pub answers: Vec<AnswerSpec>,
}

/// `[[questions.NAME.answers]]`: one answer.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerSpec {
    /// The value of `attr.NAME`: lower-case letters, digits, `-` and `_`.
    #[schemars(with = "String")]
    pub value: Spanned<String>,
    /// How it is called, by language.
    #[schemars(with = "BTreeMap<String, String>")]
    pub title: Localized,
    /// Topic of the catalogue that it shows a liking for.
    #[serde(default)]
    pub topic: Option<String>,
}

impl PublicSection {
    /// Returns the URL without a final slash.
    pub fn address(&self) -> Option<&str> {
        self.url.as_ref().map(|url| url.get_ref().trim_end_matches('/'))
    }

    /// Returns the path that stands before those of the pages: empty, or `/mail`.
    pub fn base(&self) -> String {
        let path = self.address().and_then(|url| url::Url::parse(url).ok()).map(|url| url.path().trim_end_matches('/').to_owned());
        path.unwrap_or_default()
    }
}
