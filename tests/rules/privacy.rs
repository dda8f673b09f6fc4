//! Consent that ages, the hard rules of fields, and the budget of what a mail lets its reader see (2.7, 2.36, 2.42, 4.8, 4.10, 4.16, N8).

use relance::audience::Reason;
use relance::error::Diagnostic;
use relance::plan::{Colour, FrontPage, Rules, ScoreCard};
use relance::project;
use relance::selection::Filling;
use serde_json::json;

use super::shop::Shop;

/// What is refused of a shop: codes and messages.
fn refused(shop: &Shop) -> Vec<(String, String)> {
    let folder = shop.write();
    let (project, _) = project::load(folder.path(), None).unwrap_or_else(|error| panic!("the project loads: {error:?}"));
    let found = Rules::compile(&project, relance::condition::Schema::default()).err().unwrap_or_default();
    found.iter().map(|diagnostic: &Diagnostic| (diagnostic.code.to_string(), diagnostic.message.clone())).collect()
}

/// A shop with a hero for all and one that follows `condition`, whose fields are declared by `fields`.
fn hero(fields: &str, condition: &str) -> Shop {
    Shop::new().config(fields).newsletter("", "[slots.hero]\nfill = 'block'\n").block("hero-general", "hero", "level = 'general'").block(
        "hero-own",
        "hero",
        &format!("level = 'few'\nall = [\"{condition}\"]"),
    )
}

fn only(shop: &Shop, code: &str, words: &[&str]) {
    let refused = refused(shop);
    let [(found, message)] = refused.as_slice() else { panic!("one mistake of {code}: {refused:?}") };
    assert_eq!(found, code, "{message}");
    for word in words {
        assert!(message.contains(word), "{message} names {word}");
    }
}

#[test]
fn what_the_person_never_gave_is_refused_3_12() {
    let shop = hero("[fields.\"event.seen_with_friend\"]\norigin = 'hearsay'\n", "count_event('seen_with_friend', '90 days') >= 1");
    only(&shop, "privacy::hearsay", &["`hero-own`", "`event.seen_with_friend`"]);
}

#[test]
fn what_was_seen_elsewhere_is_refused_2_36() {
    let shop = hero("[fields.\"event.partner_view\"]\norigin = 'third_party'\n", "count_event('partner_view', '90 days') >= 1");
    only(&shop, "privacy::third-party", &["`hero-own`", "`event.partner_view`"]);
}

#[test]
fn a_sensitive_guess_is_neither_targeted_nor_shown_2_6() {
    let fields = "[fields.\"attr.diet\"]\norigin = 'inferred'\nsensitivity = 'sensitive'\n";
    only(&hero(fields, "attr.diet = 'diabetic'"), "privacy::inferred-sensitive", &["`hero-own`", "`attr.diet`"]);
    let body = "+++\nslot = 'hero'\nlevel = 'general'\npriority = 3\n+++\n<mj-section><mj-column><mj-text>{{ recipient.attr.diet }}</mj-text></mj-column></mj-section>\n";
    let shown = hero(fields, "age > 30").text("blocks/hero-shown.mjml", body);
    only(&shown, "privacy::inferred-sensitive", &["`hero-shown` shows", "`attr.diet`"]);
    let declared = "[fields.\"attr.diet\"]\norigin = 'declared'\nsensitivity = 'sensitive'\n";
    assert_eq!(refused(&hero(declared, "attr.diet = 'diabetic'")), [], "what the person said may be followed");
}

#[test]
fn a_field_that_has_its_own_consent_is_asked_for_it_2_7() {
    let fields = "[fields.\"attr.size\"]\norigin = 'declared'\nconsent = 'fitting'\n";
    only(&hero(fields, "attr.size = 'M'"), "privacy::no-consent", &["`hero-own`", "`attr.size`", "`fitting`"]);
    assert_eq!(refused(&hero(fields, "attr.size = 'M' AND consent('fitting')")), []);
    let through = hero(fields, "in_segment('medium')").segment("medium", "attr.size = 'M'");
    let places: Vec<String> = refused(&through).into_iter().map(|(_, message)| message).collect();
    assert_eq!(places.len(), 2, "the segment, and the block through it: {places:?}");
}

#[test]
fn a_field_that_has_its_own_consent_is_not_shown_without_it_2_7() {
    let shop = hero("[fields.\"attr.size\"]\nconsent = 'fitting'\n", "age > 30")
        .contact_with("yes", json!({ "size": "M", "consent_fitting": "yes" }))
        .contact_with("no", json!({ "size": "M", "consent_fitting": "no" }));
    let plan = shop.plan("newsletter");
    assert_eq!(plan.draft("yes").context["recipient"]["attr"]["size"], "M");
    assert!(plan.draft("no").context["recipient"]["attr"]["size"].is_null());
}

#[test]
fn a_thing_looked_at_minutes_ago_is_not_named_4_16() {
    only(&hero("", "viewed_within('tea', '10 minutes')"), "privacy::viewed-just-now", &["`hero-own`", "10 min"]);
    let slot = "[slots.picks]\nfill = 'products'\ncount = 2\nmin = 0\nstrategies = { recently_viewed = 1.0 }\n";
    let too_short = Shop::new().newsletter("", &format!("{slot}min_delay = '5m'\n"));
    only(&too_short, "privacy::viewed-just-now", &["`picks`"]);
    let shop = Shop::new()
        .contact("ana")
        .product("P-now", "A", "10")
        .product("P-old", "A", "10")
        .viewed("ana", "P-now", "20 minutes")
        .viewed("ana", "P-old", "3 hours");
    assert_eq!(shop.clone().newsletter("", slot).plan("newsletter").products("ana"), ["P-old"]);
    let patient = shop.newsletter("", &format!("{slot}min_delay = '1 day'\n")).plan("newsletter");
    assert_eq!(patient.products("ana"), Vec::<String>::new());
}

#[test]
fn a_thing_is_shown_by_so_many_mails_and_no_more_4_16() {
    let slot = "[slots.picks]\nfill = 'products'\ncount = 2\nmin = 0\nstrategies = { recently_viewed = 1.0 }\nmax_repeats = 2\n";
    let shop = Shop::new().newsletter("", slot).contact("ana").product("P", "A", "10").viewed("ana", "P", "2 days");
    let once = shop.past("ana", "newsletter", "x", "20 days", &["P"]);
    assert_eq!(once.plan("newsletter").products("ana"), ["P"]);
    let twice = once.past("ana", "cart", "y", "300 days", &["P"]);
    assert_eq!(twice.plan("newsletter").products("ana"), Vec::<String>::new());
}

#[test]
fn a_subject_tells_nothing_sensitive_4_8() {
    let fields = "[fields.loyalty_points]\norigin = 'crm'\nsensitivity = 'sensitive'\n";
    let preheader = "preheader = { fr = '{{ recipient.loyalty_points }} points' }";
    let shop = Shop::new().config(fields).newsletter(preheader, "");
    only(&shop, "privacy::sensitive-in-inbox", &["preheader", "`newsletter`", "`loyalty_points`"]);
}

#[test]
fn a_field_that_nothing_has_is_told() {
    only(&hero("[fields.cty]\norigin = 'crm'\n", "age > 30"), "field::unknown", &["`cty`"]);
}

#[test]
fn a_consent_ages_2_7() {
    let with = |at: Option<&str>| json!({ "consent_newsletter": "yes", "consent_newsletter_at": at, "consent_profiling": "yes", "consent_profiling_at": at });
    let shop = Shop::new().newsletter("", "");
    let (young, old) = (shop.ago("10 days").to_string(), shop.ago("40 days").to_string());
    let shop = shop.contact_with("young", with(Some(&young))).contact_with("old", with(Some(&old))).contact_with("undated", with(None));
    let reasons = |shop: &Shop| ["young", "old", "undated"].map(|id| shop.plan("newsletter").reason(id));
    assert_eq!(reasons(&shop), [None, None, None]);
    let out = Some(Reason::NoConsent);
    assert_eq!(reasons(&shop.config("[consents]\nmax_age = '30d'\n")), [None, out, out]);
}

#[test]
fn a_consent_to_profiling_ages_too_2_7() {
    let slot = "[slots.picks]\nfill = 'products'\ncount = 2\nmin = 0\nstrategies = { recently_viewed = 1.0 }\n";
    let shop = Shop::new().newsletter("", slot).config("[consents]\nmax_age = '30d'\n");
    let (young, old) = (shop.ago("10 days").to_string(), shop.ago("40 days").to_string());
    let with = |at: &str| json!({ "consent_newsletter_at": young, "consent_profiling": "yes", "consent_profiling_at": at });
    let shop = shop.contact_with("young", with(&young)).contact_with("old", with(&old)).product("P", "A", "10");
    let plan = shop.viewed("young", "P", "2 days").viewed("old", "P", "2 days").plan("newsletter");
    assert_eq!((plan.products("young"), plan.products("old")), (vec!["P".to_owned()], Vec::new()));
}

/// Two blocks of different priority, and picks, for somebody who looked around today.
fn curious(budget: &str) -> Shop {
    let slots = "[slots.hero]\nfill = 'block'\n[slots.aside]\nfill = 'block'\n[slots.picks]\nfill = 'products'\ncount = 2\nmin = 0\nstrategies = { recently_viewed = 1.0 }\n";
    Shop::new()
        .config(budget)
        .newsletter("", slots)
        .block("hero-general", "hero", "level = 'general'")
        .block("hero-own", "hero", "level = 'few'\npriority = 5\nall = ['views_count >= 1']\nclaims = ['viewed_category']")
        .block("aside-general", "aside", "level = 'general'")
        .block("aside-own", "aside", "level = 'individual'\npriority = 1\nall = ['city IS NOT NULL']\nclaims = ['city']")
        .contact_with("ana", json!({ "city": "Lyon" }))
        .contact("quiet")
        .product("P", "A", "10")
        .viewed("ana", "P", "3 hours")
}

#[test]
fn over_the_budget_the_least_important_block_is_dropped_and_listed_n8() {
    let free = curious("").plan("newsletter").mail("ana").intrusion;
    // viewed_category 2 x 2 (today), city 1, viewed_item 3 x 2 (today).
    assert_eq!((free.points, free.budget, free.dropped.len()), (11, None, 0));
    let plan = curious("[intrusion]\nbudget = 10\n").plan("newsletter");
    let fitted = plan.mail("ana").intrusion;
    assert_eq!((fitted.points, fitted.is_over()), (10, false));
    assert_eq!(fitted.dropped.iter().map(|dropped| (dropped.block.as_str(), dropped.points)).collect::<Vec<_>>(), [("aside-own", 1)]);
    assert_eq!((plan.block("ana", "hero"), plan.block("ana", "aside")), ("hero-own".into(), "aside-general".into()));
    let tight = curious("[intrusion]\nbudget = 6\n").plan("newsletter").mail("ana").intrusion;
    assert_eq!((tight.points, tight.dropped.len(), tight.is_over()), (6, 2, false));
    let dearer = curious("[intrusion]\nbudget = 30\npoints = { city = 7 }\n").plan("newsletter").mail("ana").intrusion;
    assert_eq!(dearer.points, 17);
    assert_eq!(plan.mail("quiet").intrusion.points, 0);
}

#[test]
fn because_forgets_the_data_of_a_block_that_was_dropped_2_37() {
    let because = |budget: &str| curious(budget).plan("newsletter").mail("ana").because;
    assert!(because("").contains("location"));
    assert!(!because("[intrusion]\nbudget = 10\n").contains("location"));
}

#[test]
fn a_sensitive_field_weighs_three_times_n8() {
    let fields = "[fields.\"attr.skin\"]\norigin = 'declared'\nsensitivity = 'sensitive'\n";
    let plan = hero(fields, "attr.skin = 'dry'").contact_with("ana", json!({ "skin": "dry" })).plan("newsletter");
    let intrusion = plan.mail("ana").intrusion;
    assert_eq!((intrusion.points, intrusion.seen[0].is_sensitive), (3, true));
}

fn colours(shop: &Shop) -> Vec<(&'static str, Colour)> {
    let plan = shop.plan("newsletter");
    let campaign = plan.project.campaign("newsletter").expect("the campaign");
    let card = ScoreCard::of(&plan.project, &plan.rules.schema, &plan.rules.segments, campaign, &plan.totals());
    card.0.into_iter().map(|lever| (lever.name, lever.colour)).collect()
}

#[test]
fn a_mail_over_its_budget_whatever_is_dropped_makes_the_card_red_3_13() {
    let intrusion = |budget: u32| colours(&curious(&format!("[intrusion]\nbudget = {budget}\n")))[2].1;
    assert_eq!([30, 5].map(intrusion), [Colour::Green, Colour::Red]);
    assert_eq!(colours(&curious(""))[2].1, Colour::Amber, "no budget is said");
}

#[test]
fn relevance_is_the_share_of_mails_that_follow_their_reader_3_10() {
    let relevance = |score: &str| colours(&curious(score))[0].1;
    assert_eq!(relevance(""), Colour::Green, "one of two");
    assert_eq!(relevance("[score]\nrelevance = { green = 0.9 }\n"), Colour::Amber);
    assert_eq!(relevance("[score]\nrelevance = { green = 0.9, red = 0.6 }\n"), Colour::Red);
}

#[test]
fn a_claim_that_rests_on_nothing_is_a_fault_of_coherence_3_11() {
    let shop = curious("[score]\ncoherence = { red = 1 }\n");
    assert_eq!(colours(&shop)[1].1, Colour::Amber, "no link anywhere is one fault");
    let liar = shop.block("hero-liar", "hero", "level = 'few'\nall = ['age > 30']\nclaims = ['searched']");
    assert_eq!(colours(&liar)[1].1, Colour::Red);
}

#[test]
fn the_front_page_tells_the_worst_by_id_alone_3_12() {
    let plan = curious("").plan("newsletter");
    let mut page = FrontPage::default();
    for profile in &plan.people {
        page.add(&profile.contact.id, &plan.decide(profile.contact.id.as_str()));
    }
    let [story] = page.stories() else { panic!("one story: {page:?}") };
    assert_eq!((story.recipient.as_str(), story.points, story.sentences.len()), ("ana", 11, 3));
    assert!(story.sentences.iter().any(|told| told.contains("looked at (P), within the last day")), "{story:?}");
    assert!(!format!("{story:?}").contains('@'));
}

#[test]
fn the_general_mail_shows_nothing_of_its_reader_2_7() {
    let plan = curious("").contact_with("no", json!({ "consent_profiling": "no" })).viewed("no", "P", "2 hours").plan("newsletter");
    let mail = plan.mail("no");
    assert_eq!((mail.intrusion.points, mail.because.len()), (0, 0), "{mail:?}");
    assert!(mail.slots.values().all(|filling| !matches!(filling, Filling::Cart { .. })));
}

#[test]
fn limits_of_a_lever_that_contradict_one_another_are_refused_with_their_place() {
    let mistakes = |score: &str| Shop::new().config(&format!("[score]\n{score}\n")).mistakes();
    for good in [
        "relevance = { green = 0.5, red = 0.5 }",
        "relevance = { red = 0.5 }",
        "coherence = { green = 2, red = 2 }",
        "coherence = { red = 0 }",
        "intrusion = { green = 1.2, red = 1.3 }",
        "intrusion = { red = inf }",
    ] {
        assert_eq!(mistakes(good), Vec::<String>::new(), "{good}");
    }
    for crossed in [
        "relevance = { green = 0.2, red = 0.5 }",
        "relevance = { red = 0.6 }",
        "coherence = { green = 3, red = 2 }",
        "intrusion = { green = 0.9, red = 0.6 }",
        "intrusion = { green = 1.5 }",
        "intrusion = { red = 0.5 }",
    ] {
        assert_eq!(mistakes(crossed), ["score::crossed"], "{crossed}");
    }
    for none in ["relevance = { green = 50 }", "coherence = { red = -1 }", "intrusion = { green = nan }"] {
        assert_eq!(mistakes(none), ["score::no-limit"], "{none}");
    }
    let folder = Shop::new().config("[score]\nrelevance = { green = 0.2, red = 0.5 }\n").write();
    let error = project::load(folder.path(), None).expect_err("refused");
    let [diagnostic] = error.diagnostics() else { panic!("one: {error:?}") };
    let place = diagnostic.place.as_ref().expect("a place");
    let words = &place.text.inner()[place.span.offset()..place.span.offset() + place.span.len()];
    assert!(place.text.name().ends_with("relance.toml") && words.contains("0.5"), "{words}");
}
