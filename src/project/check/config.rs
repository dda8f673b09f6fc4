//! Checks of `relance.toml`: zone, locale, currency, addresses, links, sources, limits.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use toml::Spanned;

use super::Notes;
use crate::clock::Span;
use crate::money::Currency;
use crate::project::checked::{Cap, Settings, percentage};
use crate::project::config::{Config, Secret, SourceSpec, Sources};

/// What the checks of the configuration make of it; a part is absent when it is wrong.
pub(in crate::project) struct Basics {
    pub(in crate::project) zone: Option<Tz>,
    pub(in crate::project) currency: Option<Currency>,
    pub(in crate::project) locale: Option<String>,
    /// With a day in the place of each length of time that was refused.
    pub(in crate::project) settings: Settings,
}

/// Checks the whole configuration.
pub(in crate::project) fn check(notes: &mut Notes<'_>, config: &Config) -> Basics {
    let zone = zone(notes, &config.project.timezone);
    let currency = Currency::parse(config.project.currency.get_ref());
    if currency.is_none() {
        let written = &config.project.currency;
        let message = format!("`{}` is not a currency", written.get_ref());
        notes.error("config::not-a-currency", written.span(), message, "three letters (ISO 4217)", "write for example `EUR`");
    }
    let locale = locale(notes, &config.project.locale);
    if config.project.name.trim().is_empty() {
        let place = notes.locate(&["project", "name"]);
        notes.error("config::empty", place, "the project has no name".to_owned(), "a few words", "write for example `name = \"Boutique\"`");
    }
    senders(notes, config);
    links(notes, config);
    let (max_age, recheck_every) = sources(notes, config);
    secret(notes, "ledger.database", config.ledger.database.as_ref());
    super::delivery::check(notes, &config.delivery);
    super::public::check(notes, config);
    super::dkim::dkim(notes, config);
    super::dkim::secrets(notes, config);
    Basics { zone, currency, locale, settings: settings(notes, config, max_age, recheck_every) }
}

pub(super) fn zone(notes: &mut Notes<'_>, written: &Spanned<String>) -> Option<Tz> {
    let zone = written.get_ref().parse::<Tz>().ok();
    if zone.is_none() {
        let guess = crate::error::closest(written.get_ref(), chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        let help = guess.map_or_else(|| "write for example `Europe/Paris`".to_owned(), |guess| format!("did you mean `{guess}`?"));
        let message = format!("`{}` is not a time zone", written.get_ref());
        notes.error("config::not-a-timezone", written.span(), message, "a name of the IANA list", help);
    }
    zone
}

fn locale(notes: &mut Notes<'_>, written: &Spanned<String>) -> Option<String> {
    if written.get_ref().parse::<icu_locale_core::LanguageIdentifier>().is_ok() {
        return Some(written.get_ref().clone());
    }
    let message = format!("`{}` is not a language", written.get_ref());
    notes.error("config::not-a-locale", written.span(), message, "a language tag (BCP 47)", "write for example `fr-FR`");
    None
}

fn address(notes: &mut Notes<'_>, written: &Spanned<String>, filled: &str) {
    if filled.parse::<lettre::Address>().is_err() {
        let message = format!("`{}` is not an e-mail address", written.get_ref());
        notes.error("config::not-an-address", written.span(), message, "local part, `@`, domain", "write for example `news@shop.example`");
    }
}

fn senders(notes: &mut Notes<'_>, config: &Config) {
    let sender = &config.sender;
    address(notes, &sender.address, sender.address.get_ref());
    if let Some(reply_to) = &sender.reply_to {
        address(notes, reply_to, reply_to.get_ref());
    }
    if let Some(return_path) = &sender.return_path {
        address(notes, return_path, &return_path.get_ref().replace("{token}", "t"));
    }
    if let Some(redirect_to) = &config.delivery.redirect_to {
        address(notes, redirect_to, redirect_to.get_ref());
        redirection(notes, config, redirect_to);
    }
    for tester in &config.delivery.test_addresses {
        address(notes, tester, tester.get_ref());
    }
    for (key, text) in [("name", &sender.name), ("postal_address", &sender.postal_address)] {
        let place = notes.locate(&["sender", key]);
        if text.trim().is_empty() {
            let message = format!("the sender's `{key}` is empty");
            notes.error("config::empty", place, message, "every mail shows it", format!("fill in `{key}`"));
        } else if key == "name" && text.chars().any(char::is_control) {
            let message = "the sender's `name` holds a control character".to_owned();
            notes.error("config::control-character", place, message, "goes into a header", "write it on one line, without tabs");
        }
    }
}

/// Checks that a layer that redirects keeps a ledger of its own: in a shared one, what it sends counts as sent to the real people.
fn redirection(notes: &mut Notes<'_>, config: &Config, redirect_to: &Spanned<String>) {
    let of_layer = |span: &std::ops::Range<usize>| notes.layers.overlay.is_some() && span.start > notes.layers.base.inner().len();
    let has_own = notes.layers.keys(&["ledger"]).iter().any(|(key, span)| key == "database" && of_layer(span));
    if has_own || !of_layer(&redirect_to.span()) {
        return;
    }
    let (message, label) =
        ("mails are redirected and the ledger is that of production".to_owned(), "their people would count as written to");
    let help = "add `[ledger]` and `database = { url = \"sqlite://.relance/staging.db\" }` to the same file";
    // What a variable or a credential holds may differ from one place to another: that is for a person to know.
    let elsewhere = match &config.ledger.database {
        Some(Secret::Env(name)) => Some(format!("be sure that `{name}` differs here, or {help}")),
        Some(Secret::Credential(name)) => Some(format!("be sure that the credential `{name}` differs here, or {help}")),
        Some(Secret::File(_) | Secret::Url(_)) | None => None,
    };
    let (code, span) = ("config::shared-ledger", redirect_to.span());
    match elsewhere {
        Some(doubt) => notes.warning(code, span, message, doubt),
        None => notes.error(code, span, message, label, help),
    }
}

/// Checks a link: a URL once its placeholders are filled, with the placeholder it needs.
fn link(notes: &mut Notes<'_>, written: &Spanned<String>, schemes: &[&str], needs: Option<&str>) {
    let filled = written.get_ref().replace("{token}", "t").replace("{cart}", "c");
    let wanted = schemes.join(" or ");
    match url::Url::parse(&filled) {
        Ok(url) if !schemes.contains(&url.scheme()) => {
            let message = format!("`{}` is not an {wanted} link", written.get_ref());
            notes.error("config::not-https", written.span(), message, format!("begins with `{}://`", url.scheme()), "write `https://...`");
        }
        Ok(_) if filled.contains(['{', '}']) => {
            let message = format!("`{}` holds a placeholder that is not known", written.get_ref());
            notes.error(
                "config::unknown-placeholder",
                written.span(),
                message,
                "placeholders are `{token}`, `{cart}`",
                "remove the braces",
            );
        }
        Ok(_) => {}
        Err(error) => {
            let message = format!("`{}` is not a link", written.get_ref());
            notes.error("config::not-a-url", written.span(), message, error.to_string(), "write `https://shop.example/...`");
        }
    }
    if let Some(needed) = needs.filter(|needed| !written.get_ref().contains(needed)) {
        let message = format!("`{}` does not say for whom", written.get_ref());
        let help = format!("add the token, for example `{}?t={needed}`", written.get_ref());
        notes.error("config::no-token", written.span(), message, format!("`{needed}` is missing"), help);
    }
}

fn links(notes: &mut Notes<'_>, config: &Config) {
    let links = &config.links;
    link(notes, &links.unsubscribe, &["https"], Some("{token}"));
    link(notes, &links.preferences, &["https"], Some("{token}"));
    link(notes, &links.home, &["https", "http"], None);
    if let Some(cart) = &links.cart {
        link(notes, cart, &["https", "http"], None);
    }
    if let Some(assets) = &config.assets {
        link(notes, &assets.url, &["https", "http"], None);
    }
    for (key, value) in &links.utm {
        if value.replace("{campaign}", "").replace("{edition}", "").replace("{step}", "").contains(['{', '}']) {
            let place = notes.locate(&["links", "utm", key]);
            let message = format!("`{value}` holds a placeholder that is not known");
            let label = "placeholders are `{campaign}`, `{edition}`, `{step}`";
            notes.error("config::unknown-placeholder", place, message, label, "write one of these, or remove the braces");
        }
    }
}

fn sources(notes: &mut Notes<'_>, config: &Config) -> (BTreeMap<String, Span>, BTreeMap<String, Span>) {
    let sources = &config.sources;
    prices(notes, sources);
    let mut max_age = BTreeMap::new();
    let mut recheck_every = BTreeMap::new();
    for (name, spec) in sources.each() {
        source(notes, name, spec);
        if let Some(span) = spec.max_age.as_ref().and_then(|age| notes.span(age)) {
            max_age.insert(name.to_owned(), span);
        }
        if let Some(span) = spec.recheck_every.as_ref().and_then(|every| notes.span(every)) {
            recheck_every.insert(name.to_owned(), span);
        }
        for (key, written) in [("changed", &spec.changed), ("recheck_every", &spec.recheck_every)] {
            if let Some(written) = written.as_ref().filter(|_| spec.sql.is_none()) {
                let message = format!("source `{name}` has `{key}` and no query");
                notes.error("source::no-query", written.span(), message, "files are watched by themselves", format!("remove `{key}`"));
            }
        }
    }
    (max_age, recheck_every)
}

/// Prices of companies are found by products and by the `account_id` of contacts.
fn prices(notes: &mut Notes<'_>, sources: &Sources) {
    if sources.prices.is_some() && sources.products.is_none() {
        let place = notes.locate(&["sources", "prices"]);
        let message = "prices of companies without products have nothing to be the price of".to_owned();
        notes.error("source::no-products", place, message, "needs `[sources.products]`", "declare `products`, or remove `prices`");
    }
}

fn source(notes: &mut Notes<'_>, name: &str, spec: &SourceSpec) {
    let table = notes.locate(&["sources", name]);
    match (&spec.files, &spec.sql, &spec.database) {
        (Some(_), None, None) | (None, Some(_), Some(_)) => {}
        (Some(_), _, _) => {
            let message = format!("source `{name}` has both files and a query");
            notes.error("source::two-kinds", table, message, "one of the two", "keep `files`, or `sql` with `database`");
        }
        (None, Some(_), None) => {
            let message = format!("source `{name}` has a query and no database");
            let help = "add `database = { env = \"SHOP_DATABASE_URL\" }`";
            notes.error("source::no-database", table, message, "`database` belongs here", help);
        }
        (None, None, _) => {
            let message = format!("source `{name}` has nothing to read");
            notes.error("source::no-input", table, message, "`files` or `sql` belongs here", format!("add `files = \"data/{name}.csv\"`"));
        }
    }
    secret(notes, &format!("sources.{name}.database"), spec.database.as_ref());
    if let Some(written) = &spec.encoding
        && encoding_rs::Encoding::for_label(written.get_ref().as_bytes()).is_none()
    {
        let message = format!("`{}` is not a text encoding", written.get_ref());
        notes.error("source::not-an-encoding", written.span(), message, "a WHATWG label", "write for example `windows-1252`");
    }
    if let Some(written) = &spec.timezone {
        zone(notes, written);
    }
    if !matches!(spec.decimal, '.' | ',') {
        let place = notes.locate(&["sources", name, "decimal"]);
        let message = format!("`{}` is not a decimal mark", spec.decimal);
        notes.error("source::bad-decimal", place, message, "`.` or `,`", "write `decimal = \",\"`");
    }
    if spec.delimiter.is_some_and(|mark| !mark.is_ascii() || matches!(mark, '"' | '\n' | '\r')) {
        let place = notes.locate(&["sources", name, "delimiter"]);
        notes.error("source::bad-delimiter", place, "not a separator".to_owned(), "one ASCII character", "write `delimiter = \";\"`");
    }
}

/// Checks that a secret is not written down; its place is not shown, since it holds it.
fn secret(notes: &mut Notes<'_>, key: &str, secret: Option<&Secret>) {
    if let Some(Secret::Url(url)) = secret
        && url::Url::parse(url).is_ok_and(|url| url.password().is_some())
    {
        let message = format!("`{key}` holds a password");
        let help = format!("put the URL in an environment variable and write `{key} = {{ env = \"NAME\" }}`");
        notes.error_unplaced("config::secret-in-file", message, help);
    }
}

/// People of a plan who may drop out before it is refused, in percent.
const DRIFT_PERCENT: f64 = 5.0;

fn settings(notes: &mut Notes<'_>, config: &Config, max_age: BTreeMap<String, Span>, recheck_every: BTreeMap<String, Span>) -> Settings {
    let profile = &config.profile;
    let half_life = notes.span(&profile.half_life);
    let popularity_half_life = notes.span(&profile.popularity_half_life);
    let dormant_after = notes.span(&profile.dormant_after);
    let cart_expires_after = notes.span(&profile.cart_expires_after);
    let caps = super::pressure::caps(notes, &config.limits.caps);
    let pressure = &config.pressure;
    let min_gap = pressure.min_gap.as_ref().and_then(|written| notes.span(written));
    let account_caps = super::pressure::caps(notes, &pressure.account_caps);
    let personal_blocks = super::pressure::caps(notes, &pressure.personal_blocks);
    let slower = super::pressure::slower(notes, &pressure.slower);
    let soft_bounces = config.limits.soft_bounces.as_ref().and_then(|written| {
        let cap = Cap::parse(written.get_ref());
        if cap.is_none() {
            let message = format!("`{}` is not a number of bounces", written.get_ref());
            let label = "a number of bounces per length of time";
            notes.error("config::not-a-cap", written.span(), message, label, "write for example `3 per 30d`");
        }
        cap
    });
    let max_plan_age = config.limits.max_plan_age.as_ref().and_then(|written| notes.span(written));
    let max_drift = config.limits.max_drift.as_ref().and_then(|written| {
        let share = percentage(written.get_ref());
        if share.is_none() {
            let message = format!("`{}` is not a percentage", written.get_ref());
            notes.error("config::not-a-percentage", written.span(), message, "from 0% to 100%", "write for example `5%`");
        }
        share
    });
    let quiet_hours = pressure.quiet_hours.as_ref().and_then(|written| notes.hours(written));
    let or_day = |span: Option<Span>| span.unwrap_or(Span::days(1));
    Settings {
        half_life: or_day(half_life),
        popularity_half_life: or_day(popularity_half_life),
        dormant_after: or_day(dormant_after),
        cart_expires_after: or_day(cart_expires_after),
        caps,
        quiet_hours,
        min_gap,
        account_caps,
        personal_blocks,
        slower,
        soft_bounces,
        holdout: config.holdout.as_ref().and_then(|section| super::experiment::everywhere(notes, section)),
        max_plan_age: or_day(max_plan_age),
        max_drift: max_drift.unwrap_or(DRIFT_PERCENT),
        privacy: super::privacy::check(notes, config),
        blur: super::blur::check(notes, config),
        scores: super::scores::check(notes, config),
        retention: super::privacy::retention(notes, config),
        max_age,
        recheck_every,
    }
}
