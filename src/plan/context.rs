//! What a template sees, frozen as JSON; the shape is in ARCHITECTURE.md.

use serde_json::{Map, Value, json};

use super::decision::Admission;
use super::draft::{Draft, Explored, Leaves};
use crate::catalogue::Product;
use crate::condition::Subject as _;
use crate::id::{ProductIx, SlotName};
use crate::money::Money;
use crate::profile::{Account, CartLine, Person};
use crate::project::Project;
use crate::project::campaign::{CampaignKind, Fill, TriggerKind};
use crate::project::checked::Campaign;
use crate::selection::{CategoryChoice, Claims, Filling, OfferChoice, Pick};

/// Freezes one mail. The links that carry a token are added when it is rendered.
pub(super) fn draft(project: &Project, campaign: &Campaign, person: &Person<'_>, admission: &Admission) -> Draft {
    let contact = &person.profile.contact;
    let locale = contact.locale.clone().unwrap_or_else(|| project.locale.clone());
    let occasion = &admission.occasion;
    let filled = &admission.composition.slots;
    let seen = filled.iter().map(|(name, filling)| (name.to_string(), slot(project, campaign, person, &locale, name, filling)));
    let left_out = campaign.slots.iter().filter(|(name, slot)| slot.spec.fill == Fill::Block && !filled.contains_key(*name));
    let left_out = left_out.map(|(name, _)| (name.to_string(), json!({ "block": null, "product": null })));
    let slots: Map<String, Value> = seen.chain(left_out).collect();
    let links = &project.config.links;
    let lifecycle = admission.composition.may_profile.then(|| person.lifecycle().word());
    let cart_key = person
        .cart()
        .filter(|_| admission.composition.may_profile)
        .and_then(|cart| cart.opened_at())
        .map(|at| format!("{:x}", crate::id::stable_hash(&["cart", contact.id.as_str(), &at.to_string()])));
    let cart_link = links.cart.as_ref().zip(cart_key).map(|(link, key)| link.get_ref().replace("{cart}", &key));
    let mut context = json!({
        "recipient": {
            "id": contact.id,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "locale": locale,
            "language": language_of(&locale),
            "city": contact.city,
            "country": contact.country,
            "loyalty_tier": contact.loyalty_tier,
            "loyalty_points": contact.loyalty_points,
            "role": contact.role,
            "lifecycle": lifecycle,
            "attr": contact.attributes,
        },
        "account": contact.account.as_ref().map(account),
        "campaign": {
            "name": campaign.name,
            "title": campaign.spec.title,
            "edition": occasion.edition,
            "kind": match campaign.spec.kind { CampaignKind::Newsletter => "newsletter", CampaignKind::Relance => "relance", CampaignKind::Reminder => "reminder" },
            "step": occasion.step,
        },
        "sender": { "name": project.config.sender.name, "postal_address": project.config.sender.postal_address },
        "links": { "home": links.home.get_ref(), "unsubscribe": null, "preferences": null, "cart": cart_link },
        "slots": slots,
        "offer": admission.composition.offer.as_ref().map(|choice| offer(choice, &locale, &project.locale)),
        "because": admission.composition.because,
        "now": occasion.due_at.max(person.reading.now.at).to_string(),
    });
    withhold(project, person, &mut context["recipient"]);
    Draft {
        campaign: campaign.name.clone(),
        edition: occasion.edition.clone(),
        step: occasion.step.clone(),
        recipient: contact.id.clone(),
        address: contact.email.trim().to_owned(),
        name: full_name(contact.first_name.as_deref(), contact.last_name.as_deref()),
        locale,
        at: person.reading.now.at,
        variant: admission.variant.clone(),
        hours: (!campaign.hours.are_always()).then(|| Leaves { hours: campaign.hours.clone(), zone: person.zone().name().to_owned() }),
        explored: explored(admission),
        context,
    }
}

/// Lists what was drawn by lot, and how likely each was.
fn explored(admission: &Admission) -> Vec<Explored> {
    let of_slot = |(name, filling): (&SlotName, &Filling)| {
        let Filling::Products { picks, .. } = filling else { return Vec::new() };
        let drawn = |pick: &Pick| Some(Explored { slot: name.clone(), product: pick.product.clone(), propensity: pick.propensity? });
        picks.iter().filter_map(drawn).collect()
    };
    admission.composition.slots.iter().flat_map(of_slot).collect()
}

fn account(account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.name,
        "industry": account.industry,
        "plan": account.plan,
        "employees": account.employees,
        "seats": account.seats,
        "customer_since": account.customer_since.map(|day| day.to_string()),
        "attr": account.attributes,
    })
}

/// Takes away the fields whose own consent is not there; their keys stay.
fn withhold(project: &Project, person: &Person<'_>, recipient: &mut Value) {
    for (name, field) in &project.config.fields {
        let Some(purpose) = &field.consent else { continue };
        if person.consent(purpose.get_ref()).is_true() {
            continue;
        }
        let place = match name.strip_prefix("attr.") {
            Some(attribute) => recipient.get_mut("attr").and_then(|attributes| attributes.get_mut(attribute)),
            None => recipient.get_mut(name.as_str()),
        };
        if let Some(place) = place {
            *place = Value::Null;
        }
    }
}

/// Says whether a dotted path leads to nothing.
pub(super) fn is_unknown(context: &Value, path: &str) -> bool {
    path.split('.').try_fold(context, |value, key| value.get(key)).is_none_or(Value::is_null)
}

fn slot(project: &Project, campaign: &Campaign, person: &Person<'_>, locale: &str, name: &SlotName, filling: &Filling) -> Value {
    let language = language_of(locale);
    let per_row = campaign.slots.get(name).map_or(2, |slot| slot.spec.per_row.max(1));
    match filling {
        Filling::Block(choice) => {
            let place = Place { label: "pinned", because: None, quantity: None, claims: choice.claims };
            json!({ "block": choice.block, "product": choice.product.map(|ix| item(person, language, ix, &place)) })
        }
        Filling::Products { picks, .. } => {
            let items: Vec<Value> = picks.iter().map(|pick| picked(person, language, pick)).collect();
            json!({ "rows": rows(&items, per_row), "items": items })
        }
        Filling::Categories { items } => json!({ "items": items.iter().map(|item| category(project, item)).collect::<Vec<_>>() }),
        Filling::Cart { lines, n, claims } => {
            let items: Vec<Value> = lines.iter().zip(claims).map(|(line, claims)| in_cart(person, language, line, *claims)).collect();
            json!({ "rows": rows(&items, per_row), "items": items, "total": person.cart_value().map(money), "n": n })
        }
        Filling::Subject { owned } => {
            let is_contract = campaign.spec.trigger.as_ref().is_some_and(|trigger| trigger.on == TriggerKind::EndingContract);
            debug_assert_eq!(campaign.slots.get(name).map(|slot| slot.spec.fill), Some(Fill::Subject));
            // A contract is named by its product, which may have a title in the catalogue; otherwise by what its row says.
            let product = owned.label.as_deref().filter(|_| is_contract).and_then(|id| person.catalogue.find(id));
            let title = product.map(|ix| titled(person.catalogue.product(ix), language)).or_else(|| owned.label.clone());
            json!({
                "what": if is_contract { "contract" } else { "payment_method" },
                "brand": if is_contract { None } else { owned.label.as_ref() },
                "last4": owned.last4,
                "expires_on": owned.ends_on.to_string(),
                "days_left": (owned.ends_on - person.reading.now.today()).num_days(),
                "title": title.filter(|_| is_contract),
                "price": owned.price.map(money),
            })
        }
    }
}

fn rows(items: &[Value], per_row: usize) -> Vec<Vec<Value>> {
    items.chunks(per_row).map(<[Value]>::to_vec).collect()
}

fn picked(person: &Person<'_>, language: &str, pick: &Pick) -> Value {
    let place = Place { label: pick.strategy.word(), because: Some(&pick.because), quantity: None, claims: pick.claims };
    item(person, language, pick.ix, &place)
}

fn in_cart(person: &Person<'_>, language: &str, line: &CartLine, claims: Claims) -> Value {
    item(person, language, line.product, &Place { label: "cart", because: None, quantity: Some(line.quantity), claims })
}

/// Why a product stands where it stands, in what number, and what may be said of it.
struct Place<'a> {
    label: &'a str,
    because: Option<&'a str>,
    quantity: Option<i64>,
    claims: Claims,
}

/// Shows a product in a language.
fn item(person: &Person<'_>, language: &str, ix: ProductIx, place: &Place<'_>) -> Value {
    let product = person.catalogue.product(ix);
    let translated = |name: &str| translated(product, name, language);
    json!({
        "id": product.id,
        "title": titled(product, language),
        "url": product.url,
        "image": product.image_url,
        "price": money(person.price(ix)),
        "list_price": person.list_price(ix).map(money),
        "category": translated("category").or_else(|| product.category.clone()),
        "brand": product.brand,
        "description": translated("description").or_else(|| product.description.clone()),
        "label": place.label,
        "because": place.because,
        "quantity": place.quantity,
        "social_proof": place.claims.social_proof,
        "stock": product.stock,
        "low_stock": place.claims.low_stock,
        "published_at": product.published_at.map(|at| at.date(person.reading.now.zone).to_string()),
        "place": product.place.as_ref().and_then(|place| place.city.as_ref()),
        "available_until": product.available_until.map(|at| at.date(person.reading.now.zone).to_string()),
        "attr": product.attributes,
    })
}

/// Finds the product's own translation of a text: a column such as `title_en`.
fn translated(product: &Product, name: &str, language: &str) -> Option<String> {
    product.attributes.get(&format!("{name}_{language}")).filter(|text| !text.is_empty()).cloned()
}

fn titled(product: &Product, language: &str) -> String {
    translated(product, "title", language).unwrap_or_else(|| product.title.clone())
}

fn money(money: Money) -> Value {
    json!({ "minor": money.minor, "currency": money.currency })
}

fn category(project: &Project, item: &CategoryChoice) -> Value {
    let home = project.config.links.home.get_ref().trim_end_matches('/');
    let url = match &project.config.links.category {
        Some(link) => link.get_ref().replace("{topic}", &item.topic),
        None => format!("{home}/{}", item.topic),
    };
    json!({ "name": item.name, "topic": item.topic, "url": url })
}

fn offer(choice: &OfferChoice, locale: &str, default_locale: &str) -> Value {
    let title = [locale, language_of(locale), default_locale, language_of(default_locale)]
        .iter()
        .find_map(|tag| choice.titles.get(*tag))
        .or_else(|| choice.titles.values().next());
    // A code of the person's own takes this place when the mail is planned; a mere look at the mail shows that there will be one.
    let own = choice.pool.as_ref().map(|_| crate::plan::draft::CODE_TO_COME);
    let amount = choice.benefit.and_then(crate::project::benefit::Benefit::amount).map(money);
    json!({ "name": choice.name, "title": title, "percent": choice.percent, "code": choice.code.as_deref().or(own), "amount": amount, "until": choice.until.map(|day| day.to_string()) })
}

fn language_of(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or(locale)
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let name = [first, last].into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}
