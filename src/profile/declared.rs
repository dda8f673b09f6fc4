//! What people said of themselves on the public pages: it counts over what the CRM said before.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::contact::Consent;
use super::summary::{Affinity, Profile};
use crate::catalogue::{Catalogue, TopicIx};
use crate::clock::Timestamp;
use crate::id::ContactId;
use crate::project::checked::Cap;
use crate::project::config::{Config, PublicSection};

/// Where a consent was given that was given on the public pages.
const BY: &str = "preference centre";
/// Share of interest in a topic that a person says they like: more than any that is guessed.
const DECLARED_SHARE: f32 = 1.0;

/// One thing that a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about: `consent.PURPOSE`, `topic.NAME`, `frequency`, `answer.QUESTION`, `unsubscribed`, `export`.
    pub key: String,
    /// What they said.
    pub value: String,
    /// When.
    pub at: Timestamp,
    /// Where: `public`, `cli`.
    pub source: String,
}

/// What a person does not want, as decisions need it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// No marketing at all.
    pub unsubscribed: bool,
    /// No more mails than this.
    pub cap: Option<Cap>,
    /// Campaigns they do without, and the topic these are about.
    pub without: BTreeMap<String, String>,
    /// Topics of the catalogue of which nothing is to be shown.
    pub not_shown: Vec<TopicIx>,
}

/// What one person said, resolved.
#[derive(Debug, Clone, Default)]
struct One {
    consents: Vec<(String, Consent)>,
    answers: Vec<(String, String)>,
    liked: Vec<TopicIx>,
    wishes: Wishes,
}

/// What everybody said, ready to be laid over their profiles.
#[derive(Debug, Default)]
pub struct Declared(HashMap<ContactId, One>);

impl Declared {
    /// Resolves the last facts of each key; what the project does not ask any more counts for nothing, but consents do.
    pub fn of(config: &Config, catalogue: &Catalogue, said: BTreeMap<ContactId, Vec<Fact>>) -> Self {
        let public = config.public.clone().unwrap_or_default();
        Self(said.into_iter().map(|(who, facts)| (who, one(config, &public, catalogue, &facts))).collect())
    }

    /// Lays what a person said over their profile. A consent of the CRM that is younger stands.
    pub fn lay_over(&self, profile: &mut Profile) {
        let Some(one) = self.0.get(profile.contact.id.as_str()) else { return };
        for (purpose, said) in &one.consents {
            let known = profile.contact.consents.get(purpose).and_then(|known| known.at);
            if known.is_none_or(|known| said.at.is_some_and(|at| at >= known)) {
                profile.contact.consents.insert(purpose.clone(), said.clone());
            }
        }
        profile.contact.attributes.extend(one.answers.iter().cloned());
        profile.affinities.retain(|known| !one.liked.contains(&known.topic) && !one.wishes.not_shown.contains(&known.topic));
        let liked = one.liked.iter().filter(|topic| !one.wishes.not_shown.contains(topic));
        let liked = liked.map(|topic| Affinity { topic: *topic, share: DECLARED_SHARE, n: Affinity::DECLARED_ACTS });
        profile.affinities.splice(0..0, liked);
        profile.wishes.clone_from(&one.wishes);
    }
}

fn one(config: &Config, public: &PublicSection, catalogue: &Catalogue, facts: &[Fact]) -> One {
    let mut one = One::default();
    for fact in facts {
        match (fact.key.split_once('.'), fact.key.as_str()) {
            (Some(("consent", purpose)), _) => {
                let source = if fact.source == "public" { BY } else { &fact.source };
                let consent = Consent {
                    given: fact.value == "yes",
                    at: Some(fact.at),
                    basis: Some("consent".to_owned()),
                    source: Some(source.to_owned()),
                };
                one.consents.push((purpose.to_owned(), consent));
            }
            (Some(("topic", name)), _) if fact.value == "no" => {
                let Some(topic) = public.topics.get(name) else { continue };
                one.wishes.without.extend(topic.campaigns.iter().map(|campaign| (campaign.get_ref().clone(), name.to_owned())));
                one.wishes.not_shown.extend(topic.products.iter().filter_map(|slug| catalogue.topic(slug)));
            }
            (Some(("answer", name)), _) => {
                let answers = config.questions.get(name).map_or(&[][..], |question| &question.answers);
                let Some(answer) = answers.iter().find(|answer| *answer.value.get_ref() == fact.value) else { continue };
                one.answers.push((name.to_owned(), fact.value.clone()));
                one.liked.extend(answer.topic.as_deref().and_then(|slug| catalogue.topic(slug)));
            }
            (None, "frequency") => one.wishes.cap = Cap::parse(&fact.value),
            (None, "unsubscribed") => one.wishes.unsubscribed = fact.value == "yes",
            _ => {}
        }
    }
    one
}
