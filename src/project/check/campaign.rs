//! Checks of a campaign file, by itself and against the names it uses.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::{Languages, Notes, claims, is_name};
use crate::clock::Span;
use crate::id::{CampaignName, SlotName};
use crate::money::Currency;
use crate::project::benefit::fine;
use crate::project::campaign::{CampaignSpec, Fill, Purpose, SlotMode, SlotSpec, StepSpec, Strategy, TriggerKind};
use crate::project::checked::{Campaign, Slot, Step, When, percentage};
use crate::project::hours::Hours;
use crate::project::layer::Layers;
use crate::project::schedule::Schedule;

/// Names a campaign may use; a kind of name is absent when its own file could not be read.
pub(in crate::project) struct Names {
    pub(in crate::project) segments: Option<Vec<String>>,
    pub(in crate::project) offers: Option<Vec<String>>,
    pub(in crate::project) templates: Vec<String>,
    pub(in crate::project) languages: Languages,
    pub(in crate::project) zone: Tz,
    pub(in crate::project) currency: Option<Currency>,
    pub(in crate::project) quiet_hours: Option<Hours>,
}

/// Most things in one slot.
const COUNT_MAX: usize = 60;
/// Fields of `recipient` that a campaign may require; `attr.*` besides.
const RECIPIENT_FIELDS: [&str; 11] =
    ["id", "first_name", "last_name", "locale", "language", "city", "country", "loyalty_tier", "loyalty_points", "lifecycle", "role"];

/// Checks a campaign; its mistakes are noted.
pub(in crate::project) fn check(notes: &mut Notes<'_>, layers: &Layers, name: &str, spec: CampaignSpec, names: &Names) -> Option<Campaign> {
    if spec.why.as_deref().is_none_or(|why| why.trim().is_empty()) {
        let message = format!("campaign `{name}` does not say why it exists");
        notes.warning(
            "campaign::no-why",
            notes.locate(&["title"]),
            message,
            "add `why = \"...\"`: the problem it answers, in one sentence",
        );
    }
    if spec.approval.as_ref().is_some_and(|approval| !approval.by.iter().any(|name| !name.trim().is_empty())) {
        let place = notes.locate(&["approval"]);
        notes.error(
            "campaign::no-approver",
            place,
            "nobody may approve it".to_owned(),
            "it could never be sent",
            "write `approval = { by = [\"NAME\"] }`, or remove it",
        );
    }
    texts(notes, &spec, names);
    references(notes, &spec, names);
    compulsory(notes, &spec);
    requires(notes, &spec);
    let late = notes.span_or_zero(&spec.late);
    let schedule = schedule(notes, &spec);
    let zone = spec.timezone.as_ref().and_then(|written| super::config::zone(notes, written));
    let hours = super::hours::read(notes, &spec, names.quiet_hours);
    super::hours::in_time(notes, &spec, &hours, schedule.as_ref(), late.unwrap_or(Span(0)), zone.unwrap_or(names.zone));
    let trigger = spec.trigger.as_ref().map(|trigger| super::trigger::check(notes, layers, trigger));
    let steps = steps(notes, &spec);
    let horizon = measure(notes, &spec, name);
    let holdout = spec.audience.holdout.as_ref().and_then(|written| {
        let share = percentage(written.get_ref());
        if share.is_none() {
            let message = format!("`{}` is not a percentage", written.get_ref());
            notes.error("campaign::not-a-percentage", written.span(), message, "from 0% to 100%", "write for example `5%`");
        }
        if share.is_some_and(|percent| percent >= 100.0) {
            let message = "everybody is held out, and nobody would get the mail".to_owned();
            notes.error("campaign::holdout-of-everybody", written.span(), message, "leaves nobody", "write for example `5%`");
        }
        share
    });
    let mut slots = BTreeMap::new();
    for (slot, filling) in &spec.slots {
        slots.insert(SlotName::from(slot.as_str()), self::slot(notes, layers, &spec, slot, filling));
    }
    super::length::check(notes, &spec);
    let can_be_same = |slot: &&SlotSpec| (slot.mode == SlotMode::Editorial || slot.fill == Fill::Block) && slot.stays();
    let n_same = spec.slots.values().filter(can_be_same).count();
    if spec.min_unpersonalised_slots > n_same {
        let place = notes.locate(&["min_unpersonalised_slots"]);
        let message = format!("{} slots must be the same for all, and {n_same} can be", spec.min_unpersonalised_slots);
        let help = "lower `min_unpersonalised_slots`, or write `mode = \"editorial\"` in a slot";
        notes.error("campaign::too-many-unpersonalised", place, message, "editorial slots and blocks can be the same for all", help);
    }
    let text = layers.base.clone();
    let minimum_effect = minimum_effect(notes, &spec);
    let cost_per_mail = cost_per_mail(notes, &spec, names.currency);
    let mut campaign = Campaign {
        name: CampaignName::from(name),
        text,
        late: late?,
        schedule,
        zone,
        hours,
        trigger,
        steps,
        holdout,
        horizon,
        slots,
        arms: Vec::new(),
        minimum_effect,
        cost_per_mail,
        spec,
    };
    campaign.arms = super::experiment::arms(notes, &campaign, names);
    Some(campaign)
}

fn minimum_effect(notes: &mut Notes<'_>, spec: &CampaignSpec) -> Option<f64> {
    let written = spec.measure.as_ref()?.minimum_effect.as_ref()?;
    let effect = percentage(written.get_ref()).filter(|percent| *percent > 0.0);
    if effect.is_none() {
        let message = format!("`{}` is not an effect", written.get_ref());
        notes.error("campaign::not-an-effect", written.span(), message, "above 0% and up to 100%", "write for example `3 %`");
    }
    effect
}

fn cost_per_mail(notes: &mut Notes<'_>, spec: &CampaignSpec, currency: Option<Currency>) -> Option<f64> {
    let written = spec.measure.as_ref()?.cost_per_mail.as_ref()?;
    let cost = fine(written.get_ref(), currency);
    if let Err(why) = &cost {
        let message = format!("`{}` is not the cost of a mail", written.get_ref());
        let help = format!("write for example `0.002 {}`", currency.map_or_else(|| "EUR".to_owned(), |currency| currency.to_string()));
        notes.error("campaign::bad-cost", written.span(), message, why.clone(), help);
    }
    cost.ok()
}

fn texts(notes: &mut Notes<'_>, spec: &CampaignSpec, names: &Names) {
    let languages = &names.languages;
    languages.check_default(notes, &spec.subject, notes.locate(&["subject"]), "subject");
    languages.check_files(notes, &spec.subject);
    languages.check_files(notes, &spec.preheader);
    for step in &spec.steps {
        if !step.subject.is_empty() {
            languages.check_default(notes, &step.subject, step.name.span(), "subject of the step");
        }
        languages.check_files(notes, &step.subject);
        languages.check_files(notes, &step.preheader);
    }
}

fn references(notes: &mut Notes<'_>, spec: &CampaignSpec, names: &Names) {
    for template in std::iter::once(&spec.template).chain(spec.steps.iter().filter_map(|step| step.template.as_ref())) {
        let mails: Vec<String> = names.templates.iter().filter(|name| is_mail_template(name)).cloned().collect();
        notes.known("campaign::unknown-template", "template", template, &mails);
    }
    if let Some(segments) = &names.segments {
        for segment in spec.audience.include.iter().chain(&spec.audience.exclude) {
            notes.known("campaign::unknown-segment", "segment", segment, segments);
        }
    }
    if let Some(offers) = &names.offers {
        for offer in spec.steps.iter().flat_map(|step| step.offer.iter().chain(&step.offers)) {
            notes.known("campaign::unknown-offer", "offer", offer, offers);
        }
    }
}

pub(super) fn is_mail_template(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "mjml")
}

fn compulsory(notes: &mut Notes<'_>, spec: &CampaignSpec) {
    if !spec.compulsory {
        return;
    }
    let offers = spec.steps.iter().flat_map(|step| step.offer.iter().chain(&step.offers)).map(|offer| (offer, "an offer", "`offer`"));
    let others = [(spec.consent.as_ref(), "a marketing consent", "`consent`"), (spec.audience.holdout.as_ref(), "a holdout", "`holdout`")];
    for (written, what, key) in offers.chain(others.into_iter().filter_map(|(written, what, key)| Some((written?, what, key)))) {
        let message = format!("a compulsory mail cannot have {what}");
        notes.error("campaign::compulsory", written.span(), message, "`compulsory = true` above", format!("remove {key}, or `compulsory`"));
    }
}

fn requires(notes: &mut Notes<'_>, spec: &CampaignSpec) {
    for field in &spec.requires {
        let known = field
            .get_ref()
            .strip_prefix("recipient.")
            .is_some_and(|field| RECIPIENT_FIELDS.contains(&field) || field.strip_prefix("attr.").is_some_and(|name| !name.is_empty()));
        if !known {
            let fields: Vec<String> = RECIPIENT_FIELDS.iter().map(|field| format!("recipient.{field}")).collect();
            let guess = crate::error::closest(field.get_ref(), fields.iter().map(String::as_str));
            let message = format!("`{}` is not a field of `recipient`", field.get_ref());
            let help =
                guess.map_or_else(|| "write for example `recipient.first_name`".to_owned(), |guess| format!("did you mean `{guess}`?"));
            notes.error("campaign::unknown-field", field.span(), message, "a field of `recipient`, or `recipient.attr.NAME`", help);
        }
    }
}

fn schedule(notes: &mut Notes<'_>, spec: &CampaignSpec) -> Option<Schedule> {
    match (&spec.schedule, &spec.trigger) {
        (Some(written), Some(_)) => {
            let message = "a campaign has a schedule or a trigger, not both".to_owned();
            notes.error("campaign::two-starts", written.span(), message, "and `[trigger]` below", "remove `schedule` or `[trigger]`");
        }
        (None, None) => {
            let message = "nothing starts this campaign".to_owned();
            let help = "add `schedule = \"0 9 * * 4\"`, or `[trigger]` with `on = \"abandoned_cart\"`";
            notes.error("campaign::no-start", notes.locate(&["title"]), message, "has neither `schedule` nor `[trigger]`", help);
        }
        _ => {}
    }
    if let (Some(_), Some(step)) = (&spec.schedule, spec.steps.first()) {
        let message = "steps belong to a trigger, not to a schedule".to_owned();
        notes.error(
            "campaign::steps-without-trigger",
            step.name.span(),
            message,
            "`schedule` above",
            "remove `[[steps]]`, or add `[trigger]`",
        );
    }
    let written = spec.schedule.as_ref()?;
    Schedule::parse(written.get_ref())
        .map_err(|reason| {
            let message = format!("`{}` is not a schedule", written.get_ref());
            notes.error("campaign::not-a-schedule", written.span(), message, reason, "write for example `0 9 * * 4`: Thursdays at 09:00");
        })
        .ok()
}

fn steps(notes: &mut Notes<'_>, spec: &CampaignSpec) -> Vec<Step> {
    let Some(trigger) = &spec.trigger else { return Vec::new() };
    if spec.steps.is_empty() && spec.schedule.is_none() {
        let message = "a triggered campaign has no step".to_owned();
        let help = "add `[[steps]]` with `name = \"first\"` and `after = \"2h\"` or `before = \"30d\"`";
        notes.error("campaign::no-step", notes.locate(&["trigger"]), message, "starts a sequence of `[[steps]]`", help);
    }
    let mut seen = BTreeSet::new();
    let mut steps = Vec::new();
    for step in &spec.steps {
        let name = step.name.get_ref();
        if !is_name(name) {
            let message = format!("`{name}` cannot be the name of a step");
            notes.error(
                "campaign::bad-step-name",
                step.name.span(),
                message,
                "part of the edition",
                "use lower-case letters, digits, `-` and `_`",
            );
        } else if !seen.insert(name) {
            let message = format!("two steps are named `{name}`");
            notes.error("campaign::duplicate-step", step.name.span(), message, "the second", "give each step a name of its own");
        }
        if let Some(when) = when(notes, trigger.on, step) {
            let offers = step.offer.iter().chain(&step.offers).map(|offer| offer.get_ref().clone()).collect();
            steps.push(Step { name: name.clone(), when, offers, spec: step.clone() });
        }
    }
    steps
}

fn when(notes: &mut Notes<'_>, trigger: TriggerKind, step: &StepSpec) -> Option<When> {
    let (fits_after, fits_before, example) = match trigger {
        TriggerKind::ExpiringPayment | TriggerKind::EndingContract => (false, true, "`before = \"30d\"`"),
        TriggerKind::Birthday | TriggerKind::Date => (true, true, "`before = \"3d\"`"),
        _ => (true, false, "`after = \"2h\"`"),
    };
    match (&step.after, &step.before) {
        (Some(after), None) if fits_after => notes.span_or_zero(after).map(When::After),
        (None, Some(before)) if fits_before => notes.span_or_zero(before).map(When::Before),
        (Some(wrong), None) | (None, Some(wrong)) => {
            let message = format!("the step `{}` is on the wrong side of its trigger", step.name.get_ref());
            notes.error("campaign::wrong-side", wrong.span(), message, "does not fit the trigger", format!("write {example}"));
            None
        }
        (both, _) => {
            let label = if both.is_some() { "has both `after` and `before`" } else { "has neither `after` nor `before`" };
            let message = format!("the step `{}` needs exactly one of `after` and `before`", step.name.get_ref());
            notes.error("campaign::step-time", step.name.span(), message, label, format!("write {example}"));
            None
        }
    }
}

fn measure(notes: &mut Notes<'_>, spec: &CampaignSpec, name: &str) -> Option<crate::clock::Span> {
    if let Some(measure) = &spec.measure {
        return notes.span(&measure.horizon);
    }
    if !spec.compulsory {
        let message = format!("campaign `{name}` does not say how it is judged");
        let help = "add `[measure]` with `primary = \"revenue\"` and `horizon = \"14d\"`";
        notes.error("campaign::no-measure", notes.locate(&["title"]), message, "has no `[measure]`", help);
    }
    None
}

/// Keys that each kind of filling uses, besides `fill` and `mode`.
fn used_keys(fill: Fill) -> &'static [&'static str] {
    match fill {
        Fill::Block => &["length", "priority"],
        Fill::Subject => &["length"],
        Fill::Categories => &["count", "min", "categories", "length", "priority"],
        Fill::Cart => &["count", "min", "per_row", "social_proof", "low_stock", "length"],
        Fill::Products => &[
            "length",
            "priority",
            "count",
            "min",
            "per_row",
            "strategies",
            "not_bought_within",
            "not_shown_within",
            "min_delay",
            "max_repeats",
            "max_age",
            "not_viewed_within",
            "near_km",
            "price_band",
            "only_categories",
            "allow",
            "deny",
            "pinned",
            "max_per_category",
            "max_viewed_share",
            "diversity",
            "min_novel",
            "exploration",
            "relevance_floor",
            "max_price_ratio",
            "allow_same_category",
            "purpose",
            "social_proof",
            "low_stock",
        ],
    }
}

fn slot(notes: &mut Notes<'_>, layers: &Layers, campaign: &CampaignSpec, name: &str, spec: &SlotSpec) -> Slot {
    let table = notes.locate(&["slots", name]);
    if !is_name(name) {
        let message = format!("`{name}` cannot be the name of a slot");
        notes.error("slot::bad-name", table.clone(), message, "stands in the template", "use lower-case letters, digits, `-` and `_`");
    }
    let used = used_keys(spec.fill);
    let kind = serde_json::to_value(spec.fill).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    for (key, place) in layers.keys(&["slots", name]) {
        if !matches!(key.as_str(), "fill" | "mode") && !used.contains(&key.as_str()) {
            let message = format!("`{key}` means nothing in a slot filled with `{kind}`");
            let label = if used.is_empty() { "no such key".to_owned() } else { format!("keys are {}", crate::project::parse::list(used)) };
            notes.error("slot::unused-key", place, message, label, format!("remove `{key}`, or change `fill`"));
        }
    }
    let subject_trigger =
        campaign.trigger.as_ref().is_some_and(|trigger| matches!(trigger.on, TriggerKind::ExpiringPayment | TriggerKind::EndingContract));
    if spec.fill == Fill::Subject && !subject_trigger {
        let message = format!("slot `{name}` shows what expires, and nothing does");
        let help = "write `on = \"expiring_payment\"` or `on = \"ending_contract\"` in `[trigger]`, or change `fill`";
        notes.error("slot::no-subject", table.clone(), message, "needs a trigger that ends or expires", help);
    }
    if spec.mode == SlotMode::Editorial && matches!(spec.fill, Fill::Cart | Fill::Subject) {
        let place = notes.locate(&["slots", name, "mode"]);
        let message = format!("slot `{name}` cannot be the same for all");
        notes.error("slot::not-editorial", place, message, format!("`{kind}` differs from reader to reader"), "remove `mode`");
    }
    numbers(notes, name, spec);
    if spec.purpose.is_some() && spec.fill == Fill::Products && !spec.strategies.contains_key(&Strategy::ForYou) {
        let place = notes.locate(&["slots", name, "purpose"]);
        let message = format!("slot `{name}` has a purpose and nothing that follows it");
        let help = "add `for_you = 1.0` to `strategies`, or remove `purpose`";
        notes.error("slot::unused-purpose", place, message, "only the strategy `for_you` follows it", help);
    }
    let social_proof = spec.social_proof.as_ref().and_then(|proof| claims::social_proof(notes, proof));
    if spec.max_repeats == Some(0) {
        let place = notes.locate(&["slots", name, "max_repeats"]);
        let message = format!("slot `{name}` may show nothing even once");
        notes.error("slot::no-repeat", place, message, "1 or more", "write for example `max_repeats = 3`");
    }
    let mut span = |written: &Option<toml::Spanned<String>>| written.as_ref().and_then(|written| notes.span(written));
    Slot {
        spec: spec.clone(),
        purpose: spec.purpose.unwrap_or_else(|| Purpose::of(campaign.trigger.as_ref().map(|trigger| trigger.on))),
        not_bought_within: span(&spec.not_bought_within),
        not_shown_within: span(&spec.not_shown_within),
        max_age: span(&spec.max_age),
        not_viewed_within: span(&spec.not_viewed_within),
        min_delay: span(&spec.min_delay),
        social_proof,
        first_block: None,
        without_block: None,
    }
}

fn numbers(notes: &mut Notes<'_>, name: &str, spec: &SlotSpec) {
    let mut wrong = |key: &str, code: &'static str, message: String, label: &str, help: &str| {
        let place = notes.locate(&["slots", name, key]);
        notes.error(code, place, message, label, help);
    };
    if used_keys(spec.fill).contains(&"count") {
        if !(1..=COUNT_MAX).contains(&spec.count) {
            let message = format!("slot `{name}` wants {} things", spec.count);
            wrong("count", "slot::bad-count", message, &format!("`count` goes from 1 to {COUNT_MAX}"), "write for example `count = 4`");
        } else if spec.min > spec.count {
            let message = format!("slot `{name}` needs {} things and shows {} at most", spec.min, spec.count);
            wrong("min", "slot::min-above-count", message, "more than `count`", &format!("write `min = {}` or less", spec.count));
        }
    }
    if !(1..=4).contains(&spec.per_row) {
        let message = format!("slot `{name}` has {} things per row", spec.per_row);
        wrong("per_row", "slot::bad-per-row", message, "`per_row` goes from 1 to 4", "write for example `per_row = 2`");
    }
    if spec.fill != Fill::Products {
        return;
    }
    if spec.strategies.is_empty() && spec.pinned.is_empty() {
        let message = format!("slot `{name}` has no strategy to find products");
        let help = "add `strategies = { also_bought = 1.0, popular_recent = 0.5 }`";
        wrong("strategies", "slot::no-strategy", message, "`strategies` belongs here", help);
    }
    if spec.strategies.values().any(|weight| !weight.is_finite() || *weight <= 0.0) {
        let message = format!("a strategy of slot `{name}` has a weight that is not above zero");
        wrong("strategies", "slot::bad-weight", message, "weights are positive numbers", "remove the strategy, or write for example `1.0`");
    }
    let shares = [("max_viewed_share", spec.max_viewed_share), ("diversity", spec.diversity), ("exploration", Some(spec.exploration))];
    for (key, share) in shares.into_iter().filter_map(|(key, share)| Some((key, share?))) {
        if !(0.0..=1.0).contains(&share) {
            let message = format!("`{key}` of slot `{name}` is {share}");
            wrong(key, "slot::bad-share", message, "a share from 0 to 1", &format!("write for example `{key} = 0.3`"));
        }
    }
    if !spec.relevance_floor.is_finite() || spec.relevance_floor < 0.0 {
        let message = format!("`relevance_floor` of slot `{name}` is {}", spec.relevance_floor);
        wrong("relevance_floor", "slot::bad-floor", message, "zero or more", "write for example `relevance_floor = 0.1`");
    }
    if !spec.max_price_ratio.is_finite() || spec.max_price_ratio <= 1.0 {
        let message = format!("`max_price_ratio` of slot `{name}` is {}", spec.max_price_ratio);
        wrong("max_price_ratio", "slot::bad-ratio", message, "above 1: an up-sell costs more", "write for example `max_price_ratio = 1.5`");
    }
    if spec.near_km.is_some_and(|km| !km.is_finite() || km <= 0.0) {
        let message = format!("`near_km` of slot `{name}` is no distance");
        wrong("near_km", "slot::bad-distance", message, "kilometres, above zero", "write for example `near_km = 30.0`");
    }
    if spec.max_per_category == Some(0) {
        let message = format!("slot `{name}` allows no product of any category");
        wrong("max_per_category", "slot::bad-count", message, "at least 1", "write for example `max_per_category = 2`");
    }
    if spec.min_novel > spec.count {
        let message = format!("slot `{name}` needs {} novel products and shows {} at most", spec.min_novel, spec.count);
        wrong("min_novel", "slot::min-above-count", message, "more than `count`", "lower `min_novel`");
    }
    if let Some(both) = spec.deny.iter().find(|id| spec.pinned.contains(id) || spec.allow.contains(id)) {
        let message = format!("product `{both}` of slot `{name}` is both wanted and denied");
        wrong("deny", "slot::contradiction", message, "also in `pinned` or `allow`", "remove it from one of the lists");
    }
}
