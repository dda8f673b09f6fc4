//! The pages of a plan and of the report: counted away from the mails, and shown with the charts of `report --html`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use relance::error::Result;
use relance::plan::Decision;
use relance::profile::Profile;
use relance::serve::Lang;
use relance::serve::guard::is_own_page;
use serde_json::{Value, json};

use super::desk::{Job, Progress};
use super::inputs::Inputs;
use super::look::Look;
use super::pages::{address, choices, refused, work};
use super::shop::Shop;
use super::{Studio, lang};
use crate::cli::everybody::for_each_with;
use crate::cli::plan::{Checks, Counter, Examples, Figures, Looked, Sheet, USUAL, before, sections};
use crate::cli::report;

/// Time that a page waits for its figures before it says that they are being counted.
const MOMENT: Duration = Duration::from_millis(1_500);
/// Time that a question how far it is waits for the end.
const STEP: Duration = Duration::from_secs(2);

/// A plan with somebody to look at for each of its counts.
#[derive(Debug)]
pub(super) struct Planned {
    figures: Figures,
    examples: Examples,
}

impl Planned {
    /// Decides for everybody.
    fn of(shop: &Shop, campaign: &str, progress: &Progress) -> Result<Self> {
        let chosen = shop.campaign(campaign)?;
        let before = before(&shop.app, &chosen, None)?;
        let planner = shop.planner(&chosen)?;
        let checks = Checks::new(&shop.inspector, &shop.mailer, chosen.0, Looked::Some(USUAL));
        let mut counter = Counter::new((&shop.app, &shop.rules), chosen.0, &planner, Some(checks));
        let segments_of = counter.segments();
        let mut examples = Examples::default();
        let note = |profile: &Profile, decision: Decision, inside: Vec<bool>| {
            progress.add()?;
            counter.add(profile, &decision, &inside);
            let segments = shop.segments().iter().zip(inside).filter_map(|(name, is_in)| is_in.then_some(name));
            examples.add(chosen.0, profile, &decision, segments);
            Ok(())
        };
        for_each_with(&planner, &shop.snapshot, segments_of, note)?;
        Ok(Self { figures: counter.finish(before)?, examples })
    }
}

/// The language of the charts.
fn tongue(lang: Lang) -> report::Lang {
    match lang {
        Lang::En => report::Lang::En,
        Lang::Fr => report::Lang::Fr,
    }
}

/// Begins what a page shows, or finds it.
fn plan_of(studio: &Studio, campaign: &str, now: &str) -> Result<(Arc<Shop>, Arc<Job<Planned>>)> {
    let shop = studio.bench.shop(Some(now))?;
    shop.campaign(campaign)?;
    let (wanted, name) = (shop.clone(), campaign.to_owned());
    let job = shop.plans.job(campaign, move |progress| Planned::of(&wanted, &name, progress));
    Ok((shop, job))
}

fn report_of(studio: &Studio, lang: Lang, now: &str) -> Result<(Arc<Shop>, Arc<Job<String>>)> {
    let shop = studio.bench.shop(Some(now))?;
    let wanted = shop.clone();
    let job = shop.reports.job(lang.tag(), move |_| report::articles(&wanted.app, tongue(lang)));
    Ok((shop, job))
}

pub(super) async fn plan(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let lang = lang(&look, &headers);
    let (name, now) = (campaign.clone(), look.now.clone());
    let n_changes = studio.bench.n_changes();
    let (shop, job) = match work(&studio, move |studio| plan_of(studio, &name, &now)).await {
        Ok(found) => found,
        Err(error) => return refused(&studio, lang, &error),
    };
    let here = format!("/plan/{campaign}");
    let mut values = values(&studio, &shop, (&here, &campaign), &look, lang);
    values["changes"] = n_changes.into();
    match job.outcome(MOMENT).await {
        None => values["counting"] = counted(&studio, lang, job.n_done(), shop.snapshot.profiles.len()).into(),
        Some(Err(why)) => values["failed"] = (*why).into(),
        Some(Ok(planned)) => {
            let Some(chosen) = shop.app.project.campaigns.get(campaign.as_str()) else { return StatusCode::NOT_FOUND.into_response() };
            let person = |id: &str, tab: &str| address(&campaign, id, &look.with(|look| tab.clone_into(&mut look.tab)));
            let sheet = Sheet {
                project: &shop.app.project,
                campaign: chosen,
                figures: &planned.figures,
                examples: &planned.examples,
                person: &person,
                lang: tongue(lang),
            };
            values["title"] = chosen.spec.title.clone().into();
            values["content"] = sections(&sheet).into();
        }
    }
    studio.pages.page(lang, "studio-plan.html", &values)
}

pub(super) async fn report(State(studio): State<Arc<Studio>>, Query(look): Query<Look>, headers: HeaderMap) -> Response {
    let lang = lang(&look, &headers);
    let (now, n_changes) = (look.now.clone(), studio.bench.n_changes());
    let (shop, job) = match work(&studio, move |studio| report_of(studio, lang, &now)).await {
        Ok(found) => found,
        Err(error) => return refused(&studio, lang, &error),
    };
    let first = shop.app.project.campaigns.keys().next().map(ToString::to_string).unwrap_or_default();
    let mut values = values(&studio, &shop, ("/report", &first), &look, lang);
    values["changes"] = n_changes.into();
    match job.outcome(MOMENT).await {
        None => values["counting"] = "".into(),
        Some(Err(why)) => values["failed"] = (*why).into(),
        Some(Ok(articles)) => values["content"] = articles.as_str().into(),
    }
    studio.pages.page(lang, "studio-report.html", &values)
}

/// What both pages show around their figures.
fn values(studio: &Studio, shop: &Shop, (here, campaign): (&str, &str), look: &Look, lang: Lang) -> Value {
    let kept = Look { now: look.now.clone(), lang: look.lang.clone(), ..Look::default() };
    let query = kept.with(|_| {});
    let campaigns = shop
        .app
        .project
        .campaigns
        .keys()
        .map(|name| json!({ "name": name, "href": format!("/plan/{name}{query}"), "is_current": name.as_str() == campaign }));
    json!({
        "project": shop.app.project.name,
        "at": if here == "/report" { "report" } else { "plan" },
        "campaign": campaign,
        "campaigns": campaigns.collect::<Vec<_>>(),
        "at_words": lang.instant(shop.snapshot.now.at, shop.app.project.zone),
        "query": query,
        "state": format!("{here}/state{query}"),
        "again": format!("{here}/again{query}"),
        "here": format!("{here}{query}"),
        "langs": choices(Lang::ALL.map(Lang::tag), lang.tag(), |tag| format!("{here}{}", kept.with(|look| tag.clone_into(&mut look.lang)))),
        "trouble": studio.bench.trouble().map(|text| text.to_string()),
        "queries": Inputs::of(&shop.app.project).queries().join(", "),
    })
}

/// Says how far the counting is.
fn counted(studio: &Studio, lang: Lang, n: u64, of: usize) -> String {
    let tongue = tongue(lang);
    let values = json!({ "n": tongue.count(n), "all": tongue.count(of as u64), "has_all": n >= of as u64 });
    studio.pages.write(lang, "studio-counted.html", &values).unwrap_or_default().trim().to_owned()
}

/// Answers a page that waits: `done`, or how far it is.
pub(super) async fn plan_state(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let lang = lang(&look, &headers);
    match work(&studio, move |studio| plan_of(studio, &campaign, &look.now)).await {
        Ok((shop, job)) if job.outcome(STEP).await.is_none() => {
            counted(&studio, lang, job.n_done(), shop.snapshot.profiles.len()).into_response()
        }
        // Whatever is wrong, the page itself tells it.
        _ => "done".into_response(),
    }
}

/// As [`plan_state`], of the report.
pub(super) async fn report_state(State(studio): State<Arc<Studio>>, Query(look): Query<Look>, headers: HeaderMap) -> Response {
    let lang = lang(&look, &headers);
    match work(&studio, move |studio| report_of(studio, lang, &look.now)).await {
        Ok((_, job)) if job.outcome(STEP).await.is_none() => "".into_response(),
        _ => "done".into_response(),
    }
}

/// Reads the ledger anew and counts again.
pub(super) async fn plan_again(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    again(&studio, format!("/plan/{}{}", super::pages::encoded(&campaign), look.with(|_| {})), &headers).await
}

/// As [`plan_again`], of the report.
pub(super) async fn report_again(State(studio): State<Arc<Studio>>, Query(look): Query<Look>, headers: HeaderMap) -> Response {
    again(&studio, format!("/report{}", look.with(|_| {})), &headers).await
}

async fn again(studio: &Arc<Studio>, back: String, headers: &HeaderMap) -> Response {
    if !is_own_page(headers) {
        return (StatusCode::FORBIDDEN, "only a page of the studio may ask\n").into_response();
    }
    let opened = work(studio, |studio| {
        studio.bench.count_again();
        Ok(())
    });
    _ = opened.await;
    Redirect::to(&back).into_response()
}

#[cfg(test)]
mod tests {
    use relance::serve::pages::Pages;

    use super::*;

    #[test]
    fn a_page_that_waits_says_how_far_the_counting_is_and_asks_without_scripts_too() {
        let pages = Pages::compile().expect("the pages compile");
        let values = |counting: &str| {
            json!({
                "project": "p", "campaign": "c", "campaigns": [], "queries": "", "at_words": "", "query": "", "langs": [], "trouble": null, "at": "plan",
                "state": "/plan/c/state", "again": "/plan/c/again", "here": "/plan/c", "counting": counting,
            })
        };
        let words = pages.write(Lang::Fr, "studio-counted.html", &json!({ "n": "1 200", "all": "3 400", "has_all": false }));
        let words = words.expect("it fills");
        assert!(words.contains("1 200 personnes sur 3 400"), "{words}");
        let last =
            pages.write(Lang::Fr, "studio-counted.html", &json!({ "n": "3 400", "all": "3 400", "has_all": true })).expect("it fills");
        assert!(last.contains("des courriers sont faits et contrôlés"), "{last}");
        for (page, counting) in [("studio-plan.html", words.trim()), ("studio-report.html", "")] {
            let page = pages.write(Lang::Fr, page, &values(counting)).expect("it fills");
            for part in ["role=\"status\"", "data-state=\"/plan/c/state\"", "En cours de calcul", "<a href=\"/plan/c\">"] {
                assert!(page.contains(part), "{part} is missing from {page}");
            }
            assert!(!page.contains("<button"), "there is nothing to count again yet: {page}");
        }
    }
}
