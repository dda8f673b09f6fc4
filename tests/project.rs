//! Bad projects: each mistake is reported with its code, its place and what to type; all of them at once.

use std::fs;
use std::path::Path;

use relance::error::{Diagnostic, Error, Kind, Severity};
use relance::project::{self, Project};
use tempfile::TempDir;

fn starter() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    project::starter::write_starter(dir.path(), "Boutique").expect("the starter is written");
    dir
}

fn edit(dir: &Path, file: &str, from: &str, to: &str) {
    let path = dir.join(file);
    let old = fs::read_to_string(&path).unwrap_or_default();
    let new = if from.is_empty() { old + to } else { old.replacen(from, to, 1) };
    assert!(from.is_empty() || new.contains(to), "{file} holds no {from:?}");
    fs::write(path, new).expect("the file is written");
}

fn errors(dir: &Path) -> Vec<Diagnostic> {
    let error = project::load(dir, None).expect_err("the project is wrong");
    assert_eq!(error.kind(), Kind::Project, "{error}");
    error.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Error).cloned().collect()
}

/// Returns the file and the text that a diagnostic points at.
fn pointed(diagnostic: &Diagnostic) -> (String, String) {
    let Some(place) = &diagnostic.place else { return Default::default() };
    let range = place.span.offset()..place.span.offset() + place.span.len();
    (place.text.name().to_owned(), place.text.inner().get(range).expect("the span is inside the text").to_owned())
}

fn loaded(dir: &Path) -> (Project, Vec<Diagnostic>) {
    project::load(dir, None).unwrap_or_else(|error| panic!("{error}: {:#?}", error.diagnostics()))
}

const CONFIG: &str = "relance.toml";
const SEGMENTS: &str = "segments.toml";
const CAMPAIGN: &str = "campaigns/newsletter.toml";
const HERO: &str = "blocks/hero-general.mjml";
const TEA: &str = "blocks/hero-tea.mjml";
const TRIGGER: &str = "trigger = { on = \"abandoned_cart\" }";
const SCHEDULE: &str = "schedule = \"0 9 * * 4\"";

/// One mistake made in the starter: file, text replaced (empty: text added at the end), by what; then the code, the text pointed at,
/// and words of the help line.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Where mails go in the starter project.
const TO: &str = "to = \"eml\"\npath = \"outbox\"";

const CASES: &[Case] = &[
    // Shape.
    (CONFIG, "[limits]", "[limits", "toml::syntax", "", "double quotes"),
    (CONFIG, "locale =", "locales =", "toml::unknown-key", "locales", "`locale`"),
    (CONFIG, "[limits]", "[limit]", "toml::unknown-key", "limit", "`limits`"),
    (CONFIG, "currency = \"EUR\"", "currency = 978", "toml::wrong-type", "978", "relance schema"),
    (CONFIG, "postal_address", "#", "toml::missing-key", "[sender]", "add `postal_address"),
    (CONFIG, "to = \"eml\"", "to = \"smpt\"", "toml::unknown-value", "\"smpt\"", "did you mean `smtp`?"),
    (SEGMENTS, "title", "titel", "toml::unknown-key", "titel", "`title`"),
    (SEGMENTS, "all = [\"affinity('the') > 0.2\"]", "all = \"x\"", "toml::wrong-type", "\"x\"", "relance schema"),
    (CAMPAIGN, "owner", "ownr", "toml::unknown-key", "ownr", "`owner`"),
    (CAMPAIGN, "\"newsletter\"", "\"letter\"", "toml::unknown-value", "\"letter\"", "`newsletter`"),
    (CAMPAIGN, "objective = \"retain\"", "", "toml::missing-key", "", "`acquire`, `convert`, `retain`, `reactivate`, `service`"),
    (CAMPAIGN, "also_bought", "also_buyed", "toml::unknown-value", "also_buyed", "`also_bought`"),
    (HERO, "level", "levle", "toml::unknown-key", "levle", "`level`"),
    (HERO, "\"general\"", "\"all\"", "toml::unknown-value", "\"all\"", "`general`"),
    (HERO, "+++\nslot", "slot", "block::no-front-matter", "slot = \"hero\"", "`+++`"),
    // Scores.
    (CONFIG, "", "\n[scores.a]\nkind = \"purchas\"\nwithin = \"14d\"\n", "toml::unknown-value", "\"purchas\"", "`purchase`"),
    (CONFIG, "", "\n[privacy.blur]\nsupport = 2\n", "blur::no-limit", "2", "`support = 3`"),
    (CONFIG, "", "\n[privacy.blur]\nnoise = -1.0\n", "blur::no-limit", "-1.0", "`noise = 1.0`"),
    (CONFIG, "", "\n[privacy.blur]\nnoise = nan\n", "blur::no-limit", "nan", "0 adds none"),
    (CONFIG, "", "\n[privacy.blur]\nper_person = 1\n", "blur::no-limit", "1", "`per_person = 200`"),
    (CONFIG, "", "\n[privacy.blur]\nper_product = 0\n", "blur::no-limit", "0", "`per_product = 10`"),
    (CONFIG, "", "\n[privacy.blur]\nper_person = 20\nper_product = 30\n", "blur::no-limit", "30", "`per_product = 20`"),
    (CONFIG, "", "\n[privacy.blur]\ntime = \"month\"\n", "toml::unknown-value", "\"month\"", "`week`"),
    (CONFIG, "", "\n[privacy.blur]\nk = 5\n", "toml::unknown-key", "k", "remove the line"),
    (CONFIG, "", "\n[privacy]\nblurred = {}\n", "toml::unknown-key", "blurred", "`blur`"),
    (CONFIG, "", "\n[scores.a]\nkind = \"purchase\"\n", "scores::missing-key", "[scores.a]", "within = \"14d\""),
    (CONFIG, "", "\n[scores.a]\nkind = \"purchase\"\nwithin = \"36h\"\n", "scores::not-days", "\"36h\"", "14d"),
    (
        CONFIG,
        "",
        "\n[scores.a]\nkind = \"column\"\ncolumn = \"lead\"\nwithin = \"9d\"\n",
        "scores::unused-key",
        "\"9d\"",
        "remove `within`",
    ),
    (CONFIG, "", "\n[scores.A]\nkind = \"column\"\ncolumn = \"lead\"\n", "scores::bad-name", "[scores.A]", "lower-case"),
    (CONFIG, "", "\n[scores.a]\nkind = \"lookalike\"\nseed = \"tea-lover\"\n", "scores::no-such-segment", "\"tea-lover\"", "`tea-lovers`"),
    (
        CONFIG,
        "",
        "\n[scores.a]\nkind = \"uplift\"\nwithin = \"9d\"\ncampaign = \"newslette\"\n",
        "scores::no-such-campaign",
        "\"newslette\"",
        "`newsletter`",
    ),
    (
        CONFIG,
        "",
        "\n[scores.a]\nkind = \"purchase\"\nwithin = \"9d\"\nundecided = [0.6, 0.2]\n",
        "scores::no-band",
        "[0.6, 0.2]",
        "[0.2, 0.6]",
    ),
    // relance.toml.
    (CONFIG, "Europe/Paris", "Europe/Pari", "config::not-a-timezone", "\"Europe/Pari\"", "did you mean `Europe/Paris`?"),
    (CONFIG, "fr-FR", "français", "config::not-a-locale", "\"français\"", "`fr-FR`"),
    (CONFIG, "\"EUR\"", "\"euro\"", "config::not-a-currency", "\"euro\"", "`EUR`"),
    (CONFIG, "bonjour@shop.example", "bonjour", "config::not-an-address", "\"bonjour\"", "`news@shop.example`"),
    (CONFIG, "clients@shop.example", "clients@", "config::not-an-address", "\"clients@\"", "`news@shop.example`"),
    (
        CONFIG,
        "https://shop.example/unsub",
        "http://shop.example/unsub",
        "config::not-https",
        "\"http://shop.example/unsubscribe?t={token}\"",
        "https",
    ),
    (CONFIG, "unsubscribe?t={token}", "unsubscribe", "config::no-token", "\"https://shop.example/unsubscribe\"", "unsubscribe?t={token}"),
    (CONFIG, "\"https://shop.example/\"", "\"shop.example\"", "config::not-a-url", "\"shop.example\"", "https://shop.example/"),
    (CONFIG, "{campaign}", "{campain}", "config::unknown-placeholder", "\"{campain}\"", "braces"),
    (CONFIG, "3 per 7d", "3 a week", "config::not-a-cap", "\"3 a week\"", "`3 per 7d`"),
    (CONFIG, "3 per 7d", "0 per 7d", "config::zero-cap", "\"0 per 7d\"", "`3 per 7d`"),
    (CONFIG, "", "\n[pressure]\nquiet_hours = \"night\"\n", "time::not-hours", "\"night\"", "`21:00-08:00`"),
    (CONFIG, "", "\n[[pressure.slower]]\nwhen = \"age > 80\"\n", "config::not-slower", "\"age > 80\"", "factor = 2.0"),
    (CONFIG, "[limits]", "[limits]\nsoft_bounces = \"many\"", "config::not-a-cap", "\"many\"", "`3 per 30d`"),
    (CONFIG, "data/orders.csv\" }", "data/orders.csv\", changed = \"select 1\" }", "source::no-query", "\"select 1\"", "remove `changed`"),
    (CONFIG, "data/orders.csv\" }", "data/orders.csv\", recheck_every = \"30s\" }", "source::no-query", "\"30s\"", "`recheck_every`"),
    (CONFIG, "", "\n[profile]\nhalf_life = \"two months\"\n", "time::not-a-duration", "\"two months\"", "`30d`"),
    (CONFIG, "", "\n[profile]\nhalf_life = \"0s\"\n", "time::zero", "\"0s\"", "`30d`"),
    (CONFIG, "path = \"outbox\"", "", "delivery::no-path", "\"eml\"", "`path = \"outbox\"`"),
    (CONFIG, "to = \"eml\"", "to = \"smtp\"", "delivery::no-server", "\"smtp\"", "[delivery.smtp]"),
    (CONFIG, TO, "to = \"smtp\"\n[delivery.smtp]\nhost = \"a b\"", "delivery::bad-host", "\"a b\"", "`smtp.shop.example`"),
    (CONFIG, TO, "to = \"smtp\"\n[delivery.smtp]\nhots = \"a.example\"", "toml::unknown-key", "hots", "`host`"),
    (CONFIG, TO, "to = \"smtp\"\n[delivery.smtp]\nhost = \"a.example\"\nrate = \"9\"", "delivery::not-a-rate", "\"9\"", "per second"),
    (
        CONFIG,
        TO,
        "to = \"smtp\"\n[delivery.smtp]\nhost = \"a.example\"\ntls = \"requird\"",
        "toml::unknown-value",
        "\"requird\"",
        "`required`",
    ),
    (
        CONFIG,
        TO,
        "to = \"smtp\"\n[[delivery.routes]]\nhost = \"a.example\"\n[[delivery.routes]]\nhost = \"b.example\"\nweight = 0",
        "delivery::out-of-range",
        "0",
        "`weight = 4`",
    ),
    (
        CONFIG,
        TO,
        "to = \"smtp\"\n[delivery.smtp]\nhost = \"a.example\"\n[delivery.smtp.timeouts]\ndot = \"ten\"",
        "time::not-a-duration",
        "\"ten\"",
        "`12h`",
    ),
    (CONFIG, "", "\n[delivery.domains.gmail]\nconnections = 2\n", "delivery::not-a-domain", "[delivery.domains.gmail]", "`gmail.com`"),
    (CONFIG, "", "\n[delivery.domains.\"gmail.com\"]\nconnections = 0\n", "delivery::out-of-range", "0", "`connections = 4`"),
    (
        CONFIG,
        "",
        "\n[delivery.retry]\nfirst = \"1d\"\nlongest = \"1min\"\n",
        "delivery::contradictory-retry",
        "\"1min\"",
        "`longest = \"1d\"`",
    ),
    (CONFIG, "", "\n[delivery.retry]\nfirst = \"soon\"\n", "time::not-a-duration", "\"soon\"", "`12h`"),
    (
        CONFIG,
        "",
        "\n[delivery.warm_up]\nfrom = \"2026-02-30\"\nstart = 500\nfactor = 1.5\nuntil = 5000\n",
        "delivery::not-a-day",
        "\"2026-02-30\"",
        "`2026-01-15`",
    ),
    (
        CONFIG,
        "",
        "\n[delivery.warm_up]\nfrom = \"2026-01-15\"\nstart = 500\nfactor = 1.0\nuntil = 5000\n",
        "delivery::out-of-range",
        "1.0",
        "`factor = 1.5`",
    ),
    (CONFIG, "{ files = \"data/orders.csv\" }", "{ sql = \"SELECT 1\" }", "source::no-database", "{ sql = \"SELECT 1\" }", "database"),
    (CONFIG, "{ files = \"data/orders.csv\" }", "{}", "source::no-input", "{}", "data/orders.csv"),
    (CONFIG, "\"data/orders.csv\" }", "\"o.csv\", encoding = \"latin-99\" }", "source::not-an-encoding", "\"latin-99\"", "windows-1252"),
    // segments.toml and offers.toml.
    (SEGMENTS, "\"affinity('the') > 0.2\"", "", "segment::empty", "tea-lovers", "orders_count"),
    (SEGMENTS, "", "\n[exclusive]\nruns = [\"tea-lover\"]\n", "segment::unknown-segment", "\"tea-lover\"", "did you mean `tea-lovers`?"),
    ("offers.toml", "", "[offers.ten]\ntitle = { en = \"Ten\" }\n", "text::no-default-language", "ten", "add `fr = \"...\"`"),
    ("offers.toml", "", "[offers.ten]\ntitle = { fr = \"Dix\" }\npercent = 110\n", "offer::bad-percent", "110", "percent = 10"),
    (
        "offers.toml",
        "",
        "[offers.ten]\ntitle = { fr = \"Dix\" }\nfrom = 2026-02-01\nuntil = 2026-01-01\n",
        "offer::bad-dates",
        "2026-01-01",
        "swap",
    ),
    // campaigns.
    (
        CAMPAIGN,
        "[audience]",
        "[audience]\ninclude = [\"tea-lover\"]",
        "campaign::unknown-segment",
        "\"tea-lover\"",
        "did you mean `tea-lovers`?",
    ),
    (CAMPAIGN, "[audience]", "[audience]\nexclude = [\"vip\"]", "campaign::unknown-segment", "\"vip\"", "create it"),
    (CAMPAIGN, "newsletter.mjml", "newsleter.mjml", "campaign::unknown-template", "\"newsleter.mjml\"", "did you mean `newsletter.mjml`?"),
    (CAMPAIGN, "\"10%\"", "\"10\"", "campaign::not-a-percentage", "\"10\"", "`5%`"),
    (CAMPAIGN, "0 9 * * 4", "0 25 * * 4", "campaign::not-a-schedule", "\"0 25 * * 4\"", "Thursdays"),
    (CAMPAIGN, "0 9 * * 4", "0 9 30 2 *", "campaign::not-a-schedule", "\"0 9 30 2 *\"", "Thursdays"),
    (CAMPAIGN, SCHEDULE, "", "campaign::no-start", "\"La lettre du jeudi\"", "abandoned_cart"),
    (
        CAMPAIGN,
        "consent =",
        "trigger = { on = \"abandoned_cart\" }\nconsent =",
        "campaign::two-starts",
        "\"0 9 * * 4\"",
        "remove `schedule`",
    ),
    (CAMPAIGN, "consent =", "timezone = \"Europe/Pari\"\nconsent =", "config::not-a-timezone", "\"Europe/Pari\"", "`Europe/Paris`"),
    (CAMPAIGN, "consent =", "window = \"9 to 5\"\nconsent =", "time::not-hours", "\"9 to 5\"", "`09:00-19:00`"),
    (CAMPAIGN, "consent =", "weekdays = [\"sat\"]\nconsent =", "campaign::never-in-time", "\"0 9 * * 4\"", "widen `window`"),
    (CAMPAIGN, SCHEDULE, TRIGGER, "campaign::no-step", "{ on = \"abandoned_cart\" }", "[[steps]]"),
    (CAMPAIGN, "[measure]\nprimary = \"revenue\"\nhorizon = \"14d\"", "", "campaign::no-measure", "\"La lettre du jeudi\"", "[measure]"),
    (CAMPAIGN, "\"14d\"", "\"a while\"", "time::not-a-duration", "\"a while\"", "`30d`"),
    (CAMPAIGN, "consent = \"newsletter\"", "compulsory = true", "campaign::compulsory", "\"10%\"", "remove `holdout`"),
    (CAMPAIGN, "subject = { fr = ", "subject = { en-GB = ", "text::no-default-language", "{ en-GB = ", "add `fr = \"...\"`"),
    (CAMPAIGN, "fr = \"Quatre", "de = \"Vier", "text::no-locale-file", "\"Vier produits, rien de plus\"", "locales/de.ftl"),
    (
        CAMPAIGN,
        SCHEDULE,
        "schedule = \"0 9 * * 4\"\nrequires = [\"recipient.firstname\"]",
        "campaign::unknown-field",
        "\"recipient.firstname\"",
        "`recipient.first_name`",
    ),
    (CAMPAIGN, SCHEDULE, "schedule = \"0 9 * * 4\"\nmin_unpersonalised_slots = 3", "campaign::too-many-unpersonalised", "3", "lower"),
    // slots.
    (CAMPAIGN, "fill = \"block\"", "fill = \"block\"\ncount = 2", "slot::unused-key", "count", "remove `count`"),
    (CAMPAIGN, "count = 4", "count = 0", "slot::bad-count", "0", "`count = 4`"),
    (CAMPAIGN, "min = 2", "min = 5", "slot::min-above-count", "5", "`min = 4`"),
    (CAMPAIGN, "min = 2", "min = 2\nper_row = 5", "slot::bad-per-row", "5", "`per_row = 2`"),
    (CAMPAIGN, "{ also_bought = 1.0, popular_in_category = 0.6, popular_recent = 0.3 }", "{}", "slot::no-strategy", "{}", "also_bought"),
    (
        CAMPAIGN,
        "also_bought = 1.0",
        "also_bought = -1.0",
        "slot::bad-weight",
        "{ also_bought = -1.0, popular_in_category = 0.6, popular_recent = 0.3 }",
        "1.0",
    ),
    (
        CAMPAIGN,
        "also_bought = 1.0",
        "also_bought = nan",
        "slot::bad-weight",
        "{ also_bought = nan, popular_in_category = 0.6, popular_recent = 0.3 }",
        "1.0",
    ),
    (CAMPAIGN, "min = 2", "min = 2\nmax_per_categry = 2", "toml::unknown-key", "max_per_categry", "did you mean `max_per_category`?"),
    (CAMPAIGN, "min = 2", "min = 2\nmax_per_category = 0", "slot::bad-count", "0", "`max_per_category = 2`"),
    (CAMPAIGN, "min = 2", "min = 2\nexploration = 1.5", "slot::bad-share", "1.5", "`exploration = 0.3`"),
    (CAMPAIGN, "min = 2", "min = 2\ndiversity = 1.5", "slot::bad-share", "1.5", "`diversity = 0.3`"),
    (CAMPAIGN, "\"60d\"", "\"60 dyas\"", "time::not-a-duration", "\"60 dyas\"", "`30d`"),
    (CAMPAIGN, "[slots.hero]", "[slots.card]\nfill = \"subject\"\n\n[slots.hero]", "slot::no-subject", "[slots.card]", "expiring_payment"),
    (
        CAMPAIGN,
        "[slots.hero]",
        "[slots.banner]\nfill = \"block\"\n\n[slots.hero]",
        "campaign::no-general-block",
        "[slots.banner]",
        "blocks/banner-general.mjml",
    ),
    // blocks.
    (TEA, "\"hero\"", "\"heroe\"", "block::unknown-slot", "\"heroe\"", "did you mean `hero`?"),
    (TEA, "level", "campaigns = [\"newsleter\"]\nlevel", "block::unknown-campaign", "\"newsleter\"", "did you mean `newsletter`?"),
    (TEA, "level", "weight = 0.0\nlevel", "block::bad-weight", "0.0", "weight = 1.0"),
    (TEA, "level", "from = 2026-02-01\nuntil = 2026-01-01\nlevel", "block::bad-dates", "2026-01-01", "swap"),
    (HERO, "level", "until = 2030-01-01\nlevel", "campaign::no-general-block", "[slots.hero]", "blocks/hero-general.mjml"),
    (HERO, "level", "all = [\"age > 18\"]\nlevel", "campaign::no-general-block", "[slots.hero]", "blocks/hero-general.mjml"),
];

#[test]
fn each_mistake_has_its_code_its_place_and_a_way_out() {
    let mut wrong = Vec::new();
    for (file, from, to, code, span, help) in CASES {
        let dir = starter();
        edit(dir.path(), file, from, to);
        let found = errors(dir.path());
        let seen: Vec<_> =
            found.iter().map(|one| (one.code, pointed(one).1, one.help.clone().unwrap_or_default(), one.message.clone())).collect();
        let right = match seen.as_slice() {
            [(found_code, text, line, message)] => {
                let placed = span.is_empty() || text == span || (span.ends_with(' ') && text.starts_with(span));
                found_code == code && placed && line.contains(help) && !message.ends_with('.')
            }
            _ => false,
        };
        if !right {
            wrong.push(format!("{file}: {from:?} -> {to:?}: wanted one {code} at {span:?} with {help:?}, found {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// Mistakes of a triggered sequence: the steps, then code, text pointed at, words of the help.
#[test]
fn steps_fit_their_trigger() {
    let step = "\n[[steps]]\nname = ";
    for (steps, code, span, help) in [
        ("\"one\"", "campaign::step-time", "\"one\"", "after = \"2h\""),
        ("\"one\"\nafter = \"2h\"\nbefore = \"2h\"", "campaign::step-time", "\"one\"", "after = \"2h\""),
        ("\"one\"\nbefore = \"2h\"", "campaign::wrong-side", "\"2h\"", "after = \"2h\""),
        ("\"one\"\nafter = \"soon\"", "time::not-a-duration", "\"soon\"", "`12h`"),
        ("\"One!\"\nafter = \"2h\"", "campaign::bad-step-name", "\"One!\"", "lower-case"),
        ("\"one\"\nafter = \"2h\"\n[[steps]]\nname = \"one\"\nafter = \"1d\"", "campaign::duplicate-step", "\"one\"", "of its own"),
        ("\"one\"\nafter = \"2h\"\noffer = \"ten\"", "campaign::unknown-offer", "\"ten\"", "create it"),
        ("\"one\"\nafter = \"2h\"\ntemplate = \"x.mjml\"", "campaign::unknown-template", "\"x.mjml\"", "create it"),
        ("\"one\"\nafter = \"2h\"\nsubject = { en = \"x\" }", "text::no-default-language", "\"one\"", "fr"),
    ] {
        let dir = starter();
        edit(dir.path(), CAMPAIGN, SCHEDULE, TRIGGER);
        edit(dir.path(), CAMPAIGN, "", &format!("{step}{steps}\n"));
        let found = errors(dir.path());
        let [diagnostic] = found.as_slice() else { panic!("{steps}: {found:#?}") };
        assert_eq!((diagnostic.code, pointed(diagnostic).1.as_str()), (code, span), "{steps}");
        assert!(diagnostic.help.as_deref().is_some_and(|line| line.contains(help)), "{diagnostic:#?}");
    }
}

#[test]
fn five_errors_of_four_files_are_reported_together() {
    let dir = starter();
    edit(dir.path(), CONFIG, "Europe/Paris", "Europe/Pari");
    edit(dir.path(), CONFIG, "3 per 7d", "lots");
    edit(dir.path(), CAMPAIGN, "[audience]", "[audience]\ninclude = [\"tea\"]");
    edit(dir.path(), TEA, "level", "levle");
    edit(dir.path(), SEGMENTS, "", "\n[exclusive]\nruns = [\"x\"]\n");
    let error = project::load(dir.path(), None).expect_err("a wrong project");
    let found = errors(dir.path());
    let mut files: Vec<String> = found.iter().map(|diagnostic| pointed(diagnostic).0).collect();
    files.sort_unstable();
    files.dedup();
    assert!(files.iter().any(|file| file == CONFIG) && files.iter().any(|file| file == TEA), "{files:?}");
    assert_eq!(files.len(), 4, "{found:#?}");
    assert!(found.len() >= 5, "{found:#?}");
    assert_eq!(error.to_string(), format!("{} errors in the project", found.len()));
}

#[test]
fn every_unknown_key_of_a_file_is_seen() {
    let dir = starter();
    edit(dir.path(), CONFIG, "locale =", "locales =");
    edit(dir.path(), CONFIG, "reply_to", "replyto");
    edit(dir.path(), CONFIG, "caps", "cap");
    let codes: Vec<_> = errors(dir.path()).iter().map(|diagnostic| (diagnostic.code, pointed(diagnostic).1)).collect();
    for key in ["locales", "replyto", "cap"] {
        assert!(codes.contains(&("toml::unknown-key", key.to_owned())), "{key}: {codes:?}");
    }
}

#[test]
fn an_error_of_an_overlay_points_into_the_overlay() {
    let dir = starter();
    fs::write(dir.path().join("relance.staging.toml"), "[project]\ntimezone = \"Mars/Base\"\n[sender]\nnmae = \"x\"\n").expect("written");
    let error = project::load(dir.path(), Some("staging")).expect_err("a wrong overlay");
    let [diagnostic] = error.diagnostics() else { panic!("{error:?}") };
    assert_eq!(pointed(diagnostic), ("relance.staging.toml".to_owned(), "nmae".to_owned()));
    fs::write(dir.path().join("relance.staging.toml"), "[project]\ntimezone = \"Mars/Base\"\n").expect("written");
    let error = project::load(dir.path(), Some("staging")).expect_err("a wrong overlay");
    let [diagnostic] = error.diagnostics() else { panic!("{error:?}") };
    assert_eq!(pointed(diagnostic), ("relance.staging.toml".to_owned(), "\"Mars/Base\"".to_owned()));
}

#[test]
fn an_overlay_replaces_values_and_their_origin_is_known() {
    let dir = starter();
    let overlay = "[delivery]\npath = \"staging\"\nredirect_to = \"team@shop.example\"\n[ledger]\ndatabase = { env = \"LEDGER\" }\n";
    fs::write(dir.path().join("relance.staging.toml"), overlay).expect("written");
    let (project, _) = project::load(dir.path(), Some("staging")).expect("a good project");
    assert_eq!(project.config.delivery.path.as_deref(), Some(Path::new("staging")));
    let rows = project::origins(&project);
    let row = |key: &str| rows.iter().find(|(name, ..)| name == key).map(|(_, value, origin)| (value.as_str(), origin.as_str()));
    assert_eq!(row("delivery.path"), Some(("\"staging\"", "relance.staging.toml")));
    assert_eq!(row("delivery.to"), Some(("\"eml\"", "relance.toml")));
    assert_eq!(row("ledger.database.env"), Some(("\"LEDGER\"", "relance.staging.toml")));
}

#[test]
fn a_layer_that_redirects_keeps_a_ledger_of_its_own() {
    let dir = starter();
    let redirect = "[delivery]\nredirect_to = \"team@shop.example\"\n";
    let load = |layer: &str| {
        fs::write(dir.path().join("relance.staging.toml"), layer).expect("written");
        project::load(dir.path(), Some("staging"))
    };
    let error = load(redirect).expect_err("the ledger of production");
    let [diagnostic] = error.diagnostics() else { panic!("{error:?}") };
    assert_eq!(diagnostic.code, "config::shared-ledger");
    assert_eq!(pointed(diagnostic), ("relance.staging.toml".to_owned(), "\"team@shop.example\"".to_owned()));
    load(&format!("{redirect}[ledger]\ndatabase = {{ url = \"sqlite://.relance/staging.db\" }}\n")).expect("its own ledger");

    // A variable may differ from one place to another: that is for a person to know.
    edit(dir.path(), CONFIG, "[delivery]", "[ledger]\ndatabase = { env = \"LEDGER\" }\n\n[delivery]");
    let (_, warnings) = load(redirect).expect("a good project");
    assert!(warnings.iter().any(|warning| warning.code == "config::shared-ledger"), "{warnings:?}");
}

#[test]
fn a_missing_layer_or_folder_says_what_to_type() {
    let dir = starter();
    let help = |error: Error| error.help_text().map(str::to_owned).unwrap_or_default();
    assert!(help(project::load(dir.path(), Some("prod")).expect_err("no layer")).contains("create `relance.prod.toml`"));
    assert!(help(project::load(dir.path(), Some("../x")).expect_err("a path")).contains("--env staging"));
    assert!(help(project::load(&dir.path().join("nowhere"), None).expect_err("no folder")).contains("relance init"));
    assert!(help(project::load(&dir.path().join("data"), None).expect_err("no file")).contains("relance init"));
}

#[test]
fn a_password_in_the_file_is_refused_and_never_shown() {
    let dir = starter();
    edit(dir.path(), CONFIG, "", "\n[ledger]\ndatabase = { url = \"postgres://relance:hunter2@db.example/relance\" }\n");
    let found = errors(dir.path());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, "config::secret-in-file");
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn texts_are_utf_8_bounded_and_inside_the_project() {
    let dir = starter();
    fs::write(dir.path().join(SEGMENTS), b"# caf\xe9\n").expect("written");
    fs::write(dir.path().join("templates/big.mjml"), "x".repeat(1_048_577)).expect("written");
    fs::write(dir.path().join("blocks/Bad Name.mjml"), "x").expect("written");
    fs::write(dir.path().join("locales/nonsense_words.ftl"), "x = y\n").expect("written");
    let mut codes: Vec<&str> = errors(dir.path()).iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["file::bad-name", "file::bad-name", "file::not-utf8", "file::too-large"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_is_refused() {
    let dir = starter();
    let outside = tempfile::tempdir().expect("another folder");
    fs::write(outside.path().join("secret.mjml"), "secret").expect("written");
    std::os::unix::fs::symlink(outside.path().join("secret.mjml"), dir.path().join("templates/secret.mjml")).expect("a link");
    let found = errors(dir.path());
    assert_eq!(found.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), ["file::outside"]);
}

#[test]
fn the_starter_is_whole_and_has_no_warning() {
    let dir = starter();
    let (project, warnings) = loaded(dir.path());
    assert!(warnings.is_empty(), "{warnings:#?}");
    assert_eq!((project.name.as_str(), project.zone, project.currency.code()), ("Boutique", chrono_tz::Europe::Paris, "EUR"));
    let campaign = project.campaign("newsletter").expect("the newsletter");
    assert_eq!((campaign.holdout, campaign.slots.len()), (Some(10.0), 2));
    assert!(campaign.schedule.is_some() && campaign.horizon.is_some() && campaign.spec.why.is_some());
    assert_eq!(project.campaign("newsleter").expect_err("a slip").help_text(), Some("did you mean `newsletter`?"));
    for source in ["contacts.csv", "events.jsonl", "orders.csv", "products.csv"] {
        assert!(fs::read_to_string(dir.path().join("data").join(source)).expect("a file").lines().count() > 10, "{source}");
    }
    let contacts = fs::read_to_string(dir.path().join("data/contacts.csv")).expect("a file");
    assert_eq!(contacts.lines().skip(1).filter(|line| line.contains(".example,")).count(), 30);
}

#[test]
fn the_starter_overwrites_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(SEGMENTS), "mine").expect("written");
    let error = project::starter::write_starter(dir.path(), "Boutique").expect_err("a file is there");
    assert_eq!(error.kind(), Kind::Usage);
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    assert_eq!(fs::read_to_string(dir.path().join(SEGMENTS)).expect("mine"), "mine");
}

#[test]
fn what_is_used_nowhere_is_a_warning() {
    let dir = starter();
    edit(dir.path(), SEGMENTS, "", "\n[segments.idle]\nall = [\"age > 18\"]\n");
    edit(dir.path(), "offers.toml", "", "[offers.ten]\ntitle = { fr = \"Dix\" }\nuntil = \"2026-01-31\"\n");
    edit(dir.path(), CAMPAIGN, "why = ", "# ");
    fs::write(dir.path().join("templates/old.mjml"), "<mjml/>").expect("written");
    fs::write(dir.path().join("campaigns/notes.md"), "x").expect("written");
    edit(dir.path(), TEA, "level", "from = 2026-02-01\nlevel");
    let (project, warnings) = loaded(dir.path());
    let mut codes: Vec<&str> = warnings.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["campaign::no-why", "file::ignored", "offer::unused", "segment::unused", "template::unused"]);
    let day = |text: &str| text.parse().expect("a day");
    let on = |text: &str| project.out_of_date(day(text)).iter().map(|diagnostic| diagnostic.message.clone()).collect::<Vec<_>>();
    assert_eq!(on("2026-01-31"), ["block `hero-tea` begins on 2026-02-01"]);
    assert_eq!(on("2026-02-01"), ["offer `ten` ended on 2026-01-31"]);
}

#[test]
fn an_error_is_drawn_at_its_place() {
    let dir = starter();
    edit(dir.path(), CAMPAIGN, "[audience]", "[audience]\ninclude = [\"tea-lover\"]");
    let found = errors(dir.path());
    let mut drawn = String::new();
    miette::NarratableReportHandler::new().render_report(&mut drawn, &found[0]).expect("a drawing");
    insta::assert_snapshot!(drawn, @r#"
    segment `tea-lover` does not exist
        Diagnostic severity: error
    Begin snippet for campaigns/newsletter.toml starting at line 13, column 1

    snippet line 13: [audience]
    snippet line 14: include = ["tea-lover"]
        label at line 14, columns 12 to 22: segments are `tea-lovers`
    snippet line 15: holdout = "10%"
    diagnostic help: did you mean `tea-lovers`?
    diagnostic code: campaign::unknown-segment
    "#);
}

/// The codes of what `relance check` finds, conditions and templates included.
fn checked(edits: &[(&str, &str, &str)]) -> Vec<String> {
    let dir = starter();
    for (file, from, to) in edits {
        edit(dir.path(), file, from, to);
    }
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_relance")).arg("-C").arg(dir.path()).args(["check", "--json"]).output();
    let printed: serde_json::Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
    let found = printed["diagnostics"].as_array().expect("a list").iter();
    found.map(|diagnostic| diagnostic["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn mistakes_of_files_conditions_and_templates_are_told_together() {
    let condition = ("blocks/hero-tea.mjml", "in_segment('tea-lovers')", "agee > 3");
    let template = ("templates/newsletter.mjml", "item.price", "item.prise");
    let zone = ("relance.toml", "Europe/Paris", "Europe/Pari");
    assert_eq!(checked(&[zone, condition, template]), ["config::not-a-timezone", "condition::unknown-field", "template::unknown-key"]);
    let slot = ("campaigns/newsletter.toml", "count = 4", "count = 0");
    assert_eq!(checked(&[slot, condition, template]), ["slot::bad-count", "condition::unknown-field", "template::unknown-key"]);
}

#[test]
fn a_mistake_is_told_once_where_it_is() {
    let segments = |to| [("segments.toml", "all = [\"affinity('the') > 0.2\"]", to)];
    assert_eq!(checked(&segments("al = []")), ["toml::unknown-key"], "the segments that could not be read are not missed elsewhere");
    assert_eq!(checked(&segments("all = [\"\"]")), ["segment::empty-condition"], "an empty condition is no second mistake");
    assert_eq!(checked(&[("blocks/hero-tea.mjml", "+++\nslot", "slot")]), ["block::no-front-matter"], "its template is not at fault");
}

#[test]
fn a_password_written_in_the_file_is_refused_without_being_shown() {
    for line in ["password = \"canary-5150\"", "passwrod = \"canary-5150\"", "token = [\"canary-5150\"]"] {
        let dir = starter();
        edit(dir.path(), CONFIG, TO, &format!("to = \"smtp\"\n[delivery.smtp]\nhost = \"a.example\"\n{line}"));
        let mut drawn = String::new();
        for diagnostic in errors(dir.path()) {
            miette::NarratableReportHandler::new().render_report(&mut drawn, &diagnostic).expect("a drawing");
        }
        assert!(drawn.contains("config::secret-in-file") && !drawn.contains("canary-5150"), "{drawn}");
    }
}
