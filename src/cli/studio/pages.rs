//! The pages about one person: the mail in its frame, its parts, and why.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use relance::error::{Error, Kind, Result};
use relance::inspect::Level;
use relance::serve::Lang;
use serde::Deserialize;
use serde_json::{Value, json};

use super::look::Look;
use super::parts::Part;
use super::person::{GENERAL, PERSONALISED, Seen};
use super::shop::{Shop, told};
use super::{Studio, frame, lang};
use crate::cli::test;

/// Time that a question for changes is kept waiting: less than proxies and browsers allow.
const CHANGES_WAIT: Duration = Duration::from_secs(25);

/// Does work that reads files or decides, away from the threads that answer.
pub(super) async fn work<T: Send + 'static>(studio: &Arc<Studio>, work: impl FnOnce(&Studio) -> Result<T> + Send + 'static) -> Result<T> {
    let studio = studio.clone();
    let done = tokio::task::spawn_blocking(move || work(&studio)).await;
    done.unwrap_or_else(|_| Err(Error::new(Kind::Io, "the page could not be made").help("see the terminal, and report it")))
}

/// Answers with a page that tells an error.
pub(super) fn refused(studio: &Studio, lang: Lang, error: &Error) -> Response {
    let status = if error.kind() == Kind::Usage { StatusCode::NOT_FOUND } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, studio.pages.page(lang, "studio-error.html", &json!({ "told": told(error) }))).into_response()
}

pub(super) async fn nowhere(State(studio): State<Arc<Studio>>, headers: HeaderMap) -> Response {
    let page = studio.pages.page(lang(&Look::default(), &headers), "message.html", &json!({ "key": "no-such-page" }));
    (StatusCode::NOT_FOUND, page).into_response()
}

/// The first campaign.
pub(super) async fn home(State(studio): State<Arc<Studio>>, headers: HeaderMap) -> Response {
    let shop = studio.bench.shop(None);
    let first = shop.as_ref().ok().and_then(|shop| shop.app.project.campaigns.keys().next());
    if let Some(name) = first {
        return Redirect::to(&format!("/c/{name}")).into_response();
    }
    let error = Error::new(Kind::Usage, "the project has no campaign").help("create `campaigns/newsletter.toml`");
    refused(&studio, lang(&Look::default(), &headers), &error)
}

/// The first person who gets a mail of a campaign, else the first of all.
pub(super) async fn first(
    State(studio): State<Arc<Studio>>,
    Path(campaign): Path<String>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let (name, asked) = (campaign.clone(), look.clone());
    let found = work(&studio, move |studio| {
        let shop = studio.bench.shop(Some(&asked.now))?;
        shop.campaign(&name)?;
        somebody(&shop, &name)
    });
    match found.await {
        Ok(id) => Redirect::to(&address(&campaign, &id, &look.with(|_| {}))).into_response(),
        Err(error) => refused(&studio, lang(&look, &headers), &error),
    }
}

/// Finds somebody to begin with, without deciding for everybody.
fn somebody(shop: &Shop, campaign: &str) -> Result<String> {
    let chosen = shop.campaign(campaign)?;
    let planner = shop.planner(&chosen)?;
    let mut first = None;
    for group in shop.snapshot.profiles.groups() {
        for profile in group? {
            if matches!(planner.decide(&profile), relance::plan::Decision::Admitted(_)) {
                return Ok(profile.contact.id.to_string());
            }
            first.get_or_insert(profile.contact.id.to_string());
        }
    }
    first.ok_or_else(|| Error::new(Kind::Usage, "`contacts` has nobody").help("see `relance audit`"))
}

/// The address of a person's page; ids are data and may hold anything.
pub(super) fn address(campaign: &str, id: &str, query: &str) -> String {
    format!("/c/{campaign}/r/{}{query}", encoded(id))
}

/// Encodes a text as one component of a path (RFC 3986 section 3.3).
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub(super) async fn person(
    State(studio): State<Arc<Studio>>,
    Path((campaign, id)): Path<(String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let lang = lang(&look, &headers);
    let asked = look.clone();
    let made = work(&studio, move |studio| {
        let n_changes = studio.bench.n_changes();
        let shop = studio.bench.shop(Some(&asked.now))?;
        let mut seen = Seen::of(&shop, &campaign, &id, &asked)?;
        if lang == Lang::Fr {
            seen.in_french();
        }
        let found = seen.draft.as_ref().map(|draft| shop.findings(draft)).unwrap_or_default();
        let part = match &seen.draft {
            Some(draft) => Part::of(asked.part(), &shop, draft, &found, lang).map_err(|error| told(&error)),
            None => Ok(Part::Frame),
        };
        let mut values = values(studio, &shop, &campaign, &seen, part, &asked);
        values["at_words"] = lang.instant(shop.snapshot.now.at, shop.app.project.zone).into();
        // What mail programs show otherwise is in every mail: it is listed, and alarms nobody.
        values["n_found"] = found.iter().filter(|finding| finding.level < Level::Note).count().into();
        values["changes"] = n_changes.into();
        values["must"] = found.first().is_some_and(|finding| finding.level == Level::Must).into();
        Ok(values)
    });
    match made.await {
        Ok(mut values) => {
            let here = values["here"].as_str().unwrap_or_default().to_owned();
            values["langs"] =
                choices(Lang::ALL.map(Lang::tag), lang.tag(), |tag| format!("{here}{}", look.with(|look| tag.clone_into(&mut look.lang))))
                    .into();
            studio.pages.page(lang, "studio.html", &values)
        }
        Err(error) => refused(&studio, lang, &error),
    }
}

/// A choice among a few, as links.
pub(super) fn choices<'a>(of: impl IntoIterator<Item = &'a str>, current: &str, link: impl Fn(&str) -> String) -> Vec<Value> {
    of.into_iter().map(|name| json!({ "name": name, "href": link(name), "is_current": name == current })).collect()
}

fn values(studio: &Studio, shop: &Shop, campaign: &str, seen: &Seen, part: Result<Part, String>, look: &Look) -> Value {
    let project = &shop.app.project;
    let here = address(campaign, &seen.somebody.id, "");
    let link = |change: &dyn Fn(&mut Look)| format!("{here}{}", look.with(change));
    let hides = seen.skipped.is_some() && look.anyway != "1" && look.variant.is_empty();
    let query = look.with(|_| {});
    let campaigns = project.campaigns.keys().map(
        |name| json!({ "name": name, "href": address(name.as_str(), &seen.somebody.id, &query), "is_current": name.as_str() == campaign }),
    );
    let arms = project.campaigns.get(campaign).map(|campaign| campaign.arms.as_slice()).unwrap_or_default();
    let variants = ["", PERSONALISED, GENERAL].into_iter().chain(arms.iter().map(|arm| arm.name.as_str()));
    let personas = test::personas(&shop.app, campaign);
    let personas: Vec<Value> = personas
        .iter()
        .map(|id| json!({ "name": id, "href": address(campaign, id, &query), "is_current": *id == seen.somebody.id }))
        .collect();
    let (part, broken) = match part {
        Ok(part) => (json!(part), None),
        Err(why) => (json!({ "kind": "text", "text": "" }), Some(why)),
    };
    let locales = project.locales.keys().map(String::as_str).chain(std::iter::once(project.locale.as_str()));
    let locales: std::collections::BTreeSet<&str> = locales.collect();
    json!({
        "project": project.name,
        "at": "mails",
        "campaign": campaign,
        "campaigns": campaigns.collect::<Vec<_>>(),
        "query": query,
        "people_part": format!("/c/{campaign}/people{}&part=1", look.asking("after", &seen.somebody.id)),
        "now": if look.now.is_empty() { studio.bench.at().to_string() } else { look.now.clone() },
        "look": { "now": look.now, "variant": look.variant, "locale": look.locale, "tab": look.tab, "width": look.width, "dark": look.dark, "images": look.images, "zoom": look.zoom, "lang": look.lang, "anyway": look.anyway },
        "somebody": seen.somebody,
        "address": seen.address,
        "locale": seen.locale,
        "reason": seen.skipped.as_ref().map(|skip| skip.reason.key().replace('_', "-")),
        "detail": seen.skipped.as_ref().map(|skip| skip.detail.clone()),
        "hides": hides,
        "has_mail": seen.draft.is_some(),
        "subject": seen.draft.as_ref().and_then(|draft| shop.mailer.render(draft).ok()).map(|mail| json!({ "subject": mail.subject, "preheader": mail.preheader })),
        "trouble": studio.bench.trouble().map(|text| text.to_string()).or(broken),
        "why": seen.why,
        "part": part,
        "tabs": choices(Look::TABS, look.part(), |name| link(&|look| name.clone_into(&mut look.tab))),
        "widths": choices(Look::WIDTHS, &look.width, |name| link(&|look| name.clone_into(&mut look.width))),
        "variants": choices(variants, &look.variant, |name| link(&|look| name.clone_into(&mut look.variant))),
        "locales": locales,
        "zooms": choices(["", "150", "200"], &look.zoom, |name| link(&|look| name.clone_into(&mut look.zoom))),
        "dark_href": link(&|look| look.dark = if look.is_dark() { String::new() } else { "1".to_owned() }),
        "images_href": link(&|look| look.images = if look.has_images() { "0".to_owned() } else { String::new() }),
        "anyway_href": link(&|look| "1".clone_into(&mut look.anyway)),
        "is_dark": look.is_dark(),
        "has_images": look.has_images(),
        "frame": format!("{here}/mail{query}"),
        "pair": format!("{here}/pair{query}"),
        "send": format!("{here}/send{query}"),
        "testers": project.config.delivery.test_addresses.iter().map(|address| address.get_ref().clone()).collect::<Vec<_>>(),
        "here": here,
        "personas": personas,
    })
}

/// The mail as a document of its own, for a frame.
pub(super) async fn mail(
    State(studio): State<Arc<Studio>>,
    Path((campaign, id)): Path<(String, String)>,
    Query(look): Query<Look>,
) -> Response {
    let asked = look.clone();
    let made = work(&studio, move |studio| {
        let shop = studio.bench.shop(Some(&asked.now))?;
        let seen = Seen::of(&shop, &campaign, &id, &asked)?;
        let draft = seen.draft.ok_or_else(|| Error::new(Kind::Usage, "there is no mail"))?;
        let rendered = shop.mailer.render(&draft).map_err(|why| Error::new(Kind::Project, why))?;
        let assets = shop.app.project.config.assets.as_ref().map(|assets| assets.url.get_ref().as_str());
        Ok(frame::document(&rendered.html, &asked, assets))
    });
    match made.await {
        Ok(html) => {
            let policy = frame::policy(look.has_images());
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (header::CONTENT_SECURITY_POLICY, policy)], html)
                .into_response()
        }
        Err(error) => (StatusCode::NOT_FOUND, told(&error)).into_response(),
    }
}

/// Two arms of one person's mail, side by side.
pub(super) async fn pair(
    State(studio): State<Arc<Studio>>,
    Path((campaign, id)): Path<(String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let (here, lang) = (address(&campaign, &id, ""), lang(&look, &headers));
    let n_changes = studio.bench.n_changes();
    let shop = match studio.bench.shop(None).and_then(|shop| {
        shop.campaign(&campaign)?;
        Ok(shop)
    }) {
        Ok(shop) => shop,
        Err(error) => return refused(&studio, lang, &error),
    };
    let arms = shop.app.project.campaigns.get(campaign.as_str()).map(|campaign| campaign.arms.as_slice()).unwrap_or_default();
    let arms: Vec<&str> = arms.iter().map(|arm| arm.name.as_str()).collect();
    let variants = if arms.is_empty() { vec![PERSONALISED, GENERAL] } else { arms.into_iter().chain([GENERAL]).collect() };
    let frames: Vec<Value> = variants
        .iter()
        .map(|arm| json!({ "name": arm, "src": format!("{here}/mail{}", look.with(|look| (*arm).clone_into(&mut look.variant))) }))
        .collect();
    let values = json!({
        "campaign": campaign, "id": id, "back": format!("{here}{}", look.with(|_| {})), "frames": frames, "is_dark": look.is_dark(),
        "trouble": studio.bench.trouble().as_deref(), "changes": n_changes,
    });
    studio.pages.page(lang, "studio-pair.html", &values)
}

/// What a page that waits for changes knows.
#[derive(Debug, Deserialize)]
pub(super) struct Known {
    /// Number of the last change it has seen.
    after: Option<u64>,
}

/// Answers with the number of the last change, once there is one that the page has not seen.
pub(super) async fn changes(State(studio): State<Arc<Studio>>, Query(known): Query<Known>) -> Response {
    let mut changes = studio.bench.changes();
    if let Some(after) = known.after {
        _ = tokio::time::timeout(CHANGES_WAIT, changes.wait_for(|n| *n != after)).await;
    }
    let n = *changes.borrow();
    n.to_string().into_response()
}
