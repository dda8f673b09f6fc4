//! Finding somebody to look at: search, dice, the worst mails, those who get none, and a sheet of twelve.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use relance::audience::Reason;
use relance::error::{Error, Kind, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::look::Look;
use super::pages::{address, refused, work};
use super::survey::{Somebody, Survey, Worst, next_of};
use super::{Studio, lang};

/// Mails on a sheet.
const SHEET: usize = 12;
/// People whom a search shows at most.
const FOUND_MAX: usize = 50;

/// Whom a page was about before, besides how it is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct From {
    /// The person of the page before.
    after: Option<String>,
    /// `1` for the list alone, to be put into a page.
    part: String,
    /// Number of the sheet.
    page: usize,
}

/// Reads a survey, and makes an answer of it.
async fn with_survey(
    studio: Arc<Studio>,
    campaign: String,
    look: Look,
    headers: HeaderMap,
    answer: impl FnOnce(&Studio, &Survey) -> Result<Response>,
) -> Response {
    let now = look.now.clone();
    let survey = work(&studio, move |studio| studio.bench.shop(Some(&now))?.survey(&campaign)).await;
    match survey.and_then(|survey| answer(&studio, &survey)) {
        Ok(answer) => answer,
        Err(error) => refused(&studio, lang(&look, &headers), &error),
    }
}

fn nobody() -> Error {
    Error::new(Kind::Usage, "there is nobody of that kind").help("`relance plan CAMPAIGN` counts them")
}

pub(super) async fn people(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    let lang = lang(&look, &headers);
    let name = campaign.clone();
    with_survey(studio, campaign, look.clone(), headers, move |studio, survey| {
        let query = look.with(|_| {});
        let ask = from.after.as_deref().map_or_else(|| query.clone(), |after| look.asking("after", after));
        let worst = Worst::ALL.iter().filter_map(|worst| {
            let (value, _) = survey.value(*worst)?;
            let value = if *worst == Worst::Weight { lang.kilobytes(value) } else { lang.count(value) };
            Some(json!({ "word": worst.word(), "value": value, "href": format!("/c/{name}/worst/{}{query}", worst.word()) }))
        });
        let skipped = Reason::ALL.iter().filter_map(|reason| {
            let (n, _) = survey.skipped.get(reason)?;
            Some(json!({ "word": reason.key().replace('_', "-"), "n": lang.count(*n), "href": format!("/c/{name}/next/{}{ask}", reason.key()) }))
        });
        let values = json!({
            "campaign": name,
            "looked": (survey.n_looked < survey.n_all).then(|| lang.count(survey.n_looked as u64)),
            "all": lang.count(survey.n_all as u64),
            "n_planned": survey.n_planned,
            "planned": lang.count(survey.n_planned),
            "worst": worst.collect::<Vec<_>>(),
            "skipped": skipped.collect::<Vec<_>>(),
            "random": format!("/c/{name}/random{ask}"),
            "sheet": format!("/c/{name}/sheet{query}"),
        });
        let page = if from.part == "1" { "studio-people-part.html" } else { "studio-people.html" };
        Ok(studio.pages.page(lang, page, &values))
    })
    .await
}

/// Leads to the page of somebody found in a survey.
async fn lead(
    studio: Arc<Studio>,
    campaign: String,
    (look, headers): (Look, HeaderMap),
    whom: impl FnOnce(&Survey) -> Option<&Somebody>,
) -> Response {
    let name = campaign.clone();
    let answer = |_: &Studio, survey: &Survey| whom(survey).map(|somebody| to(&name, somebody, &look)).ok_or_else(nobody);
    with_survey(studio, campaign, look.clone(), headers, answer).await
}

fn to(campaign: &str, somebody: &Somebody, look: &Look) -> Response {
    Redirect::to(&address(campaign, &somebody.id, &look.with(|_| {}))).into_response()
}

/// Somebody of the sample who gets a mail: the one after the person of the page before.
pub(super) async fn random(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    lead(studio, campaign, (look, headers), |survey| next_of(&survey.sample, from.after.as_deref())).await
}

pub(super) async fn worst(
    State(studio): State<Arc<Studio>>,
    Path((campaign, kind)): Path<(String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let worst = Worst::ALL.into_iter().find(|worst| worst.word() == kind);
    lead(studio, campaign, (look, headers), |survey| Some(survey.value(worst?)?.1)).await
}

pub(super) async fn next_skipped(
    State(studio): State<Arc<Studio>>,
    Path((campaign, reason)): Path<(String, String)>,
    Query(look): Query<Look>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    let reason = Reason::ALL.into_iter().find(|known| known.key() == reason);
    lead(studio, campaign, (look, headers), |survey| next_of(&survey.skipped.get(&reason?)?.1, from.after.as_deref())).await
}

/// Twelve mails at a glance.
pub(super) async fn sheet(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    let lang = lang(&look, &headers);
    let (name, n_changes) = (campaign.clone(), studio.bench.n_changes());
    with_survey(studio, campaign, look.clone(), headers, move |studio, survey| {
        let query = look.with(|_| {});
        let n_pages = survey.sample.len().div_ceil(SHEET).max(1);
        let page = from.page.min(n_pages - 1);
        let shown = survey.sample.iter().skip(page * SHEET).take(SHEET);
        let frames: Vec<Value> = shown
            .map(|somebody| {
                let here = address(&name, &somebody.id, "");
                json!({ "somebody": somebody, "href": format!("{here}{query}"), "src": format!("{here}/mail{query}") })
            })
            .collect();
        let turned = |to: usize| format!("/c/{name}/sheet{}", look.asking("page", &to.to_string()));
        let values = json!({
            "campaign": name, "frames": frames, "page": page + 1, "n_pages": n_pages, "is_dark": look.is_dark(),
            "before": (page > 0).then(|| turned(page - 1)), "after": (page + 1 < n_pages).then(|| turned(page + 1)),
            "back": format!("/c/{name}{query}"), "trouble": studio.bench.trouble().as_deref(), "changes": n_changes,
        });
        Ok(studio.pages.page(lang, "studio-sheet.html", &values))
    })
    .await
}

/// What is searched; it comes in the body, so that no address stands in a log or a history.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    campaign: String,
    whom: String,
}

/// Finds people by id, address, or a part of their name.
pub(super) async fn find(
    State(studio): State<Arc<Studio>>,
    Query(look): Query<Look>,
    headers: HeaderMap,
    Form(search): Form<Search>,
) -> Response {
    let (now, campaign) = (look.now.clone(), search.campaign.clone());
    let whom = search.whom.trim().to_owned();
    let asked = whom.clone();
    let found = work(&studio, move |studio| {
        let shop = studio.bench.shop(Some(&now))?;
        shop.campaign(&campaign)?;
        if let Some(profile) = shop.snapshot.profiles.find_by_id(&asked)? {
            return Ok(vec![Somebody::of(&profile.contact)]);
        }
        if asked.contains('@') {
            return Ok(shop.snapshot.profiles.find_by_address(&asked)?.iter().map(|profile| Somebody::of(&profile.contact)).collect());
        }
        let wanted = asked.to_lowercase();
        let mut found = Vec::new();
        for group in shop.snapshot.profiles.groups() {
            let named = group?.into_iter().map(|profile| Somebody::of(&profile.contact));
            found.extend(named.filter(|somebody| !wanted.is_empty() && somebody.name.to_lowercase().contains(&wanted)));
            if found.len() > FOUND_MAX {
                break;
            }
        }
        Ok(found)
    });
    match found.await {
        Ok(found) => match found.as_slice() {
            [somebody] => to(&search.campaign, somebody, &look),
            found => {
                let query = look.with(|_| {});
                let shown = found.iter().take(FOUND_MAX);
                let rows: Vec<Value> = shown
                    .map(|somebody| json!({ "somebody": somebody, "href": address(&search.campaign, &somebody.id, &query) }))
                    .collect();
                let values = json!({ "whom": whom, "rows": rows, "is_cut": found.len() > FOUND_MAX, "back": format!("/c/{}{query}", search.campaign) });
                studio.pages.page(lang(&look, &headers), "studio-found.html", &values)
            }
        },
        Err(error) => refused(&studio, lang(&look, &headers), &error),
    }
}
