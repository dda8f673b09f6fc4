//! `/q/TOKEN?q=QUESTION&a=ANSWER`: an answer to a question of a mail, once it is confirmed.

use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Door, Here};
use crate::error::Result;
use crate::ledger::{Act, Named};
use crate::message::token::Purpose;
use crate::plan::Draft;
use crate::project::config::QuestionSpec;

/// What stands in the link besides the token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    a: String,
}

/// Shows the question, with the answer of the link chosen; nothing is written.
pub(super) async fn show(here: Here, Path(token): Path<String>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let Ok(found) = here.question(&token, &asked.q).await else { return here.busy(&headers) };
    let Some((question, draft)) = found else { return here.gone(&headers) };
    here.question_page(&headers, question, &draft, &token, &asked, false)
}

/// Writes the answer; a second one takes its place.
pub(super) async fn answer(
    here: Here,
    Path(token): Path<String>,
    Query(mut asked): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(found) = here.question(&token, &asked.q).await else { return here.busy(&headers) };
    let Some((question, draft)) = found else { return here.gone(&headers) };
    asked.a = url::form_urlencoded::parse(&body).find(|(key, _)| key == "a").map(|(_, value)| value.into_owned()).unwrap_or_default();
    if !question.answers.iter().any(|answer| *answer.value.get_ref() == asked.a) {
        return here.question_page(&headers, question, &draft, &token, &asked, false);
    }
    let facts = vec![(format!("answer.{}", asked.q), asked.a.clone())];
    if !here.writer.write(Act::Declare { recipient: draft.recipient.0.clone(), facts, cancels: Vec::new() }).await {
        return here.busy(&headers);
    }
    here.question_page(&headers, question, &draft, &token, &asked, true)
}

impl Door {
    /// Finds a question that the project still asks, and the decision of the mail whose link it is.
    async fn question(&self, token: &str, name: &str) -> Result<Option<(&QuestionSpec, Draft)>> {
        let mail = self.mail(Purpose::Answer, name, token).await?;
        Ok(self.project.config.questions.get(name).zip(mail.and_then(|mail| mail.draft)))
    }

    /// Returns the mail that a token of one mail names; `None` when it is forged, about something else, or too old.
    pub(super) async fn mail(&self, purpose: Purpose, about: &str, token: &str) -> Result<Option<Named>> {
        let id = self.keys.open_mail(purpose, about, token);
        // As for the tokens of people: a bad one costs a look too.
        let mail = self.ledger.mail_of(id.as_deref().unwrap_or_default()).await?;
        Ok(mail.filter(|mail| id.is_some() && !self.is_over(purpose, mail.planned_for)))
    }

    fn question_page(
        &self,
        headers: &HeaderMap,
        question: &QuestionSpec,
        draft: &Draft,
        token: &str,
        asked: &Asked,
        is_done: bool,
    ) -> Response {
        let lang = self.lang(headers, Some(draft));
        let answers: Vec<Value> = question
            .answers
            .iter()
            .map(|answer| {
                let value = answer.value.get_ref();
                json!({ "value": value, "title": self.title(&answer.title, lang), "is_chosen": *value == asked.a })
            })
            .collect();
        let preferences = self.keys.first().seal(Purpose::Preferences, draft.campaign.as_str(), draft.recipient.as_str());
        let values = json!({
            "token": token, "question": asked.q, "title": self.title(&question.title, lang), "answers": answers, "is_done": is_done,
            "preferences": preferences,
        });
        self.page(lang, "door-question.html", values)
    }
}
