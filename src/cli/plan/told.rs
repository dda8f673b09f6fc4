//! What is decided, as JSON: the totals of a plan, and a line of `--decisions`.

use relance::money::Money;
use relance::plan::{Decision, OfferMoney, Totals};
use relance::profile::Profile;
use relance::project::campaign::Factor;
use relance::project::checked::Campaign;
use serde_json::json;

use crate::cli::app::App;
use crate::cli::campaigns::{Chosen, edition_words};

/// The totals as `--json` prints them.
pub(crate) fn as_json(
    chosen: &Chosen<'_>,
    app: &App,
    totals: &Totals,
    changes: Option<(&str, &[relance::plan::Change])>,
) -> serde_json::Value {
    json!({
        "campaign": chosen.0.name,
        "edition": edition_words(chosen.1.as_ref()),
        "at": app.now.at.to_string(),
        "contacts": totals.contacts,
        "planned": totals.planned,
        "later": totals.later,
        "skipped": totals.skipped,
        "details": totals.details,
        "slots": totals.slots,
        "levels": totals.levels,
        "variety": variety(totals),
        "capped": totals.exposure.capped,
        "shortened": { "mails": totals.exposure.shortened, "slots": totals.exposure.left_out },
        "steps": totals.steps,
        "offers": totals.offers,
        "arms": arms(chosen.0, totals),
        "money": money(totals),
        "since": changes.map(|(edition, changes)| json!({ "edition": edition, "changes": changes })),
    })
}

/// People per arm, of a campaign that draws them, and what each arm differs in; `null` of one that does not.
fn arms(campaign: &Campaign, totals: &Totals) -> serde_json::Value {
    let Some(experiment) = campaign.experiment() else { return serde_json::Value::Null };
    let factors: Vec<&str> = campaign.factors().into_iter().map(Factor::word).collect();
    json!({ "experiment": experiment, "people": totals.arms, "baseline": campaign.baseline(), "differ_in": factors })
}

/// What each offer costs at most, and what is saved against giving it in all the mails of its steps.
fn money(totals: &Totals) -> serde_json::Value {
    let Some(currency) = totals.currency else { return json!({}) };
    let amount = |minor: i64| json!(Money { minor, currency });
    let of_offer = |(offer, money): (&String, &OfferMoney)| {
        let told = json!({
            "exposed": amount(money.exposed),
            "saved": amount(money.saved),
            "to_all": amount(money.exposed.saturating_add(money.saved)),
            "uncounted": money.uncounted,
        });
        (offer.clone(), told)
    };
    totals.money.iter().map(of_offer).collect::<serde_json::Map<_, _>>().into()
}

/// How varied each slot of products is, with five digits.
fn variety(totals: &Totals) -> serde_json::Value {
    let short = |share: Option<f64>| share.map(|share| (share * 1e5).round() / 1e5);
    let of_slot = |(slot, variety): (&String, &relance::plan::Variety)| {
        let coverage = short(variety.coverage(totals.for_sale));
        (slot.clone(), json!({ "likeness": short(variety.likeness()), "products": variety.products, "coverage": coverage }))
    };
    totals.variety.iter().map(of_slot).collect::<serde_json::Map<_, _>>().into()
}

/// A decision as a line of `--decisions`.
pub(super) fn line(profile: &Profile, decision: &Decision, arm: Option<&str>) -> String {
    format!("{}\n", decided(profile, decision, arm))
}

/// A decision as JSON.
pub(crate) fn decided(profile: &Profile, decision: &Decision, arm: Option<&str>) -> serde_json::Value {
    match decision {
        Decision::Admitted(admission) => json!({
            "recipient": profile.contact.id,
            "decision": "admitted",
            "edition": admission.occasion.edition,
            "step": admission.occasion.step,
            "arm": arm,
            "variant": admission.variant,
            "not_before": admission.occasion.not_before.map(|at| at.to_string()),
            "locale": profile.contact.locale,
            "slots": admission.composition.slots,
            "offer": admission.composition.offer,
            "because": admission.composition.because,
            "intrusion": admission.composition.intrusion,
            "length": admission.composition.length,
        }),
        Decision::Skipped(skip) => {
            json!({ "recipient": profile.contact.id, "decision": "skipped", "reason": skip.reason, "detail": skip.detail, "arm": arm })
        }
    }
}
