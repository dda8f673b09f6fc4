//! Experiments: arms that differ in one thing, the general mail of the held out, the holdout of all marketing, and what is refused.

#[path = "support/shop.rs"]
mod shop;

use std::collections::{BTreeMap, HashMap};

use relance::audience::Reason;
use relance::plan::{AS_WRITTEN, Decision, GENERAL};
use relance::render::{DesignInput, Designs};
use relance::selection::Filling;
use serde_json::json;
use shop::{Plan, Shop};

const HERO: &str = "[slots.hero]\nfill = 'block'\n";
const TWO: &str =
    "[experiment]\nname = 'hero-2026'\n[[experiment.arms]]\nname = 'a'\n[[experiment.arms]]\nname = 'b'\nblock = { hero = 'hero-tea' }\n";

fn crowd(n: usize) -> Shop {
    (0..n).fold(Shop::new(), |shop, n| shop.contact_with(&format!("c{n:03}"), json!({ "consent_profiling": "yes" })))
}

fn with_blocks(shop: Shop) -> Shop {
    shop.block("hero-all", "hero", "level = 'general'\npriority = 5").block("hero-tea", "hero", "level = 'general'")
}

/// The word of the ledger of each person, and the variant of their mail.
fn arms(plan: &Plan) -> BTreeMap<String, (Option<String>, Option<String>)> {
    plan.with(|planner| {
        let of = |profile| {
            let decision = planner.decide(profile);
            let variant = if let Decision::Admitted(admission) = &decision { admission.variant.clone() } else { None };
            (profile.contact.id.to_string(), (planner.arm(profile, &decision).map(str::to_owned), variant))
        };
        plan.people.iter().map(of).collect()
    })
}

fn block_of(plan: &Plan, id: &str) -> String {
    match &plan.mail(id).slots["hero"] {
        Filling::Block(choice) => choice.block.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_arm_is_the_campaign_with_one_difference_2_40() {
    let plan = with_blocks(crowd(40)).newsletter("", &format!("{HERO}{TWO}")).plan("newsletter");
    let arms = arms(&plan);
    for (id, (arm, variant)) in &arms {
        assert_eq!(arm, variant, "{id}");
        let shown = if arm.as_deref() == Some("b") { "hero-tea" } else { "hero-all" };
        assert_eq!(block_of(&plan, id), shown, "{id} in {arm:?}");
    }
    let n = |arm: &str| arms.values().filter(|(of, _)| of.as_deref() == Some(arm)).count();
    assert!(n("a") > 10 && n("b") > 10 && n("a") + n("b") == 40, "{arms:?}");
    let campaign = plan.project.campaign("newsletter").expect("the campaign");
    assert_eq!(campaign.factors().iter().map(|factor| factor.word()).collect::<Vec<_>>(), ["block"]);
    assert_eq!((campaign.baseline(), campaign.experiment().as_deref()), (Some("a"), Some("hero-2026")));
    assert_eq!(plan.totals().arms.values().sum::<u64>(), 40);
    let explained = plan.explain("c001");
    assert!(explained.checks.iter().any(|check| check.what == "arm" && check.value.contains("bucket")), "{explained:?}");
    assert_eq!(explained.arm, arms["c001"].0);
}

#[test]
fn each_kind_of_difference_is_made_2_40() {
    let offers = "[offers.ten]\ntitle = { fr = 'dix' }\npercent = 10\n[offers.five]\ntitle = { fr = 'cinq' }\npercent = 5\n";
    let arms = "[experiment]\nname = 'x'\nmixed = true\n[[experiment.arms]]\nname = 'as-is'\n\
        [[experiment.arms]]\nname = 'words'\nsubject = { fr = 'autre' }\n[[experiment.arms]]\nname = 'look'\ntemplate = 'other.mjml'\n\
        [[experiment.arms]]\nname = 'bare'\noffer = 'none'\n[[experiment.arms]]\nname = 'five'\noffer = 'five'\n\
        [[experiment.arms]]\nname = 'news'\nstrategy = { picks = 'new_in' }\n[[experiment.arms]]\nname = 'less'\nwithout_block = { hero = 'hero-all' }\n";
    let tables = format!(
        "[[steps]]\nname = 'first'\nafter = '0h'\noffer = 'ten'\nsubject = {{ fr = 'du pas' }}\n{HERO}[slots.picks]\nfill = 'products'\ncount = 1\nstrategies = {{ popular_recent = 1.0 }}\n{arms}"
    );
    let shop = with_blocks(Shop::new().contact("ana"))
        .text("offers.toml", offers)
        .text("templates/other.mjml", "<mjml></mjml>")
        .product("P-1", "tea", "10.00")
        .carted("ana", "P-1", "3 hours");
    let plan = shop.triggered("cart", "abandoned_cart", "", &tables).plan("cart");
    let campaign = plan.project.campaign("cart").expect("the campaign");
    let of = |arm: &str| campaign.as_arm(Some(arm));
    let step = |arm: &str| of(arm).steps.first().expect("a step");
    assert_eq!(campaign.subject(campaign.steps.first())["fr"].get_ref(), "du pas");
    assert_eq!(of("words").subject(Some(step("words")))["fr"].get_ref(), "autre");
    assert_eq!(of("look").template(Some(step("look"))), "other.mjml");
    assert_eq!((step("as-is").offers.as_slice(), step("bare").offers.len()), (&["ten".to_owned()][..], 0));
    assert_eq!(step("five").offers, ["five"]);
    let strategies: Vec<_> = of("news").slots["picks"].spec.strategies.keys().copied().collect();
    assert_eq!(strategies, [relance::project::campaign::Strategy::NewIn]);
    assert_eq!(campaign.templates().iter().filter(|name| **name == "other.mjml").count(), 2, "the campaign's, and its step's");
    let shown = |variant: &str| {
        plan.with(|planner| {
            let admission = planner.suppose(&plan.people[0], Some(variant)).expect("a mail");
            match &admission.composition.slots["hero"] {
                Filling::Block(choice) => (choice.block.to_string(), admission.composition.offer.map(|offer| offer.name)),
                other => panic!("{other:?}"),
            }
        })
    };
    assert_eq!(shown("as-is"), ("hero-all".to_owned(), Some("ten".to_owned())));
    assert_eq!(shown("less").0, "hero-tea");
    assert_eq!(shown("bare").1, None);
    assert_eq!(shown("five").1.as_deref(), Some("five"));
}

#[test]
fn a_person_held_out_gets_the_general_mail_where_the_campaign_says_so_0_47() {
    let audience = "[audience]\nholdout = '30%'\n";
    let menu = "[slots.menu]\nfill = 'categories'\ncount = 2\ncategories = ['R0', 'R1']\n";
    let looked = |shop: Shop, n: usize| (1..4).fold(shop, |shop, day| shop.viewed(&format!("c{n:03}"), "P-1", &format!("{day} days")));
    let crowd = || (0..60).fold(crowd(60).product("P-1", "R1", "5.00"), looked);
    let none = crowd().newsletter("", &format!("{menu}{audience}")).plan("newsletter");
    let general = crowd().newsletter("", &format!("{menu}{audience}control = 'general'\n")).plan("newsletter");
    let (without, with) = (arms(&none), arms(&general));
    let mut n_control = 0;
    for (id, (arm, variant)) in &with {
        assert_eq!(without[id].0, *arm, "{id}: the draw is the same");
        let draft = general.draft(id);
        let lifecycle = &draft.context["recipient"]["lifecycle"];
        if arm.as_deref() == Some(GENERAL) {
            n_control += 1;
            assert_eq!(none.reason(id), Some(Reason::Holdout));
            assert_eq!(variant.as_deref(), Some(GENERAL));
            assert_eq!((draft.variant.as_deref(), lifecycle), (Some(GENERAL), &serde_json::Value::Null), "{id}: {:?}", draft.context);
            assert_eq!(draft.context["slots"]["menu"]["items"][0]["topic"], "r0", "the author's order");
            assert!(general.mail(id).because.is_empty());
        } else {
            assert_eq!((arm.as_deref(), variant), (Some("treated"), &None));
            assert!(lifecycle.is_string(), "{id}: {:?}", draft.context);
            assert_eq!(draft.context["slots"]["menu"]["items"][0]["topic"], "r1", "what they looked at: {:?}", draft.context);
        }
    }
    assert!((8..30).contains(&n_control), "{n_control} of 60");
    assert_eq!(general.totals().planned, 60);
}

#[test]
fn some_people_get_no_marketing_at_all_whatever_the_campaign() {
    let config = "[holdout]\nshare = '20%'\nname = '2026'\nuntil = 2026-12-31\n";
    let held = |shop: &Shop, campaign: &str| -> Vec<String> {
        let plan = shop.plan(campaign);
        let held = |(id, (arm, _)): (String, (Option<String>, Option<String>))| {
            let told = plan.explain(&id).skipped.filter(|skip| skip.reason == Reason::Holdout && skip.detail == "20% of all marketing");
            told.map(|_| {
                assert_eq!(arm, None, "they are in no arm of the campaign");
                id
            })
        };
        arms(&plan).into_iter().filter_map(held).collect()
    };
    let second = |keys: &str| {
        format!(
            "title = 'T'\nobjective = 'retain'\nwhy = 'w'\ntemplate = 'mail.mjml'\nsubject = {{ fr = 's' }}\nkind = 'newsletter'\nschedule = '0 9 * * *'\n{keys}\n[measure]\nprimary = 'revenue'\nhorizon = '14d'\n"
        )
    };
    let shop = crowd(60).config(config).newsletter("", "[audience]\nholdout = '10%'\n").text("campaigns/other.toml", &second(""));
    let first = held(&shop, "newsletter");
    assert!((4..22).contains(&first.len()), "{first:?}");
    assert_eq!(held(&shop, "other"), first, "the same people in every campaign");
    let later = shop.clone().at("2027-01-01T10:00");
    assert_eq!(held(&later, "newsletter"), Vec::<String>::new(), "over after its last day");
    let exempt = |keys: &str| held(&shop.clone().text("campaigns/other.toml", &second(keys)), "other");
    assert_eq!(exempt("time_limited = true"), Vec::<String>::new());
    assert_eq!(exempt("compulsory = true"), Vec::<String>::new());
    let wrong = crowd(1).config("[holdout]\nshare = 'some'\n");
    assert_eq!(wrong.mistakes(), ["config::not-a-percentage"]);
}

#[test]
fn an_arm_that_is_remembered_stays() {
    let tables = |shares: [&str; 2], holdout: &str| {
        format!(
            "{HERO}[audience]\nholdout = '{holdout}'\n[experiment]\nname = 'x'\n[[experiment.arms]]\nname = 'a'\nshare = '{}'\n[[experiment.arms]]\nname = 'b'\nshare = '{}'\nblock = {{ hero = 'hero-tea' }}\n",
            shares[0], shares[1]
        )
    };
    let shop = with_blocks(crowd(80)).newsletter("", &tables(["50%", "50%"], "20%"));
    let before = arms(&shop.plan("newsletter"));
    let remembered: HashMap<_, _> = before.iter().filter_map(|(id, (arm, _))| Some((id.as_str().into(), arm.clone()?))).collect();
    let mut after = shop.clone().newsletter("", &tables(["90%", "10%"], "5%"));
    assert_ne!(arms(&after.plan("newsletter")), before, "changed shares draw anew whom nobody remembers");
    after.history.assigned.insert("newsletter".into(), remembered);
    assert_eq!(arms(&after.plan("newsletter")), before);
}

#[test]
fn whom_no_mail_can_reach_is_drawn_into_no_arm() {
    let held = "[audience]\nholdout = '50%'\n";
    let reasons = |plan: &Plan| plan.people.iter().map(|profile| plan.reason(profile.contact.id.as_str())).collect::<Vec<_>>();
    let is_nobody_drawn = |plan: &Plan| arms(plan).values().all(|(arm, _)| arm.is_none()) && plan.totals().arms.is_empty();

    let late = crowd(40).newsletter("late = '3h'", held).at("2026-05-20T14:00").plan("newsletter");
    assert_eq!(reasons(&late), vec![Some(Reason::TooLate); 40], "the held out are too late as well");
    assert!(is_nobody_drawn(&late));

    let far = |n: usize| format!("far{n:02}");
    let abroad = (0..40).fold(Shop::new(), |shop, n| shop.contact_with(&far(n), json!({ "timezone": "Pacific/Auckland" })));
    let closed = abroad.newsletter("window = '09:00-19:00'\nlate = '12h'", held).plan("newsletter");
    assert_eq!(reasons(&closed), vec![Some(Reason::TooLate); 40]);
    assert!(is_nobody_drawn(&closed));

    let edition = crowd(1).newsletter("", "").plan("newsletter").admitted("c000").occasion.edition;
    let sent = (0..40).fold(crowd(40), |shop, n| shop.past(&format!("c{n:03}"), "newsletter", edition.as_str(), "1h", &[]));
    let mut sent = sent.newsletter("", held);
    assert!(is_nobody_drawn(&sent.plan("newsletter")), "who has the mail without having been drawn");
    sent.history.assigned.insert("newsletter".into(), HashMap::from([("c001".into(), "treated".to_owned())]));
    let plan = sent.plan("newsletter");
    assert_eq!(reasons(&plan), vec![Some(Reason::AlreadySent); 40]);
    assert_eq!(plan.totals().arms, BTreeMap::from([("treated".to_owned(), 1)]), "an arm that the ledger remembers is counted again");
}

#[test]
fn what_cannot_be_told_apart_is_refused_with_its_place() {
    let of = |experiment: &str| with_blocks(crowd(1)).newsletter("", &format!("{HERO}{experiment}")).mistakes();
    let arms = |first: &str, second: &str| {
        of(&format!("[experiment]\nname = 'x'\n[[experiment.arms]]\nname = 'a'\n{first}\n[[experiment.arms]]\n{second}\n"))
    };
    let subject = "subject = { fr = 'autre' }";
    assert_eq!(arms("", &format!("name = 'b'\n{subject}")), Vec::<String>::new());
    assert_eq!(arms(subject, "name = 'b'\nblock = { hero = 'hero-tea' }"), ["experiment::mixed"]);
    assert_eq!(arms("", &format!("name = 'b'\n{subject}\nblock = {{ hero = 'hero-tea' }}")), ["experiment::mixed"]);
    assert_eq!(arms("", "name = 'b'"), ["experiment::same-arms"]);
    assert_eq!(arms("", &format!("name = 'a'\n{subject}")), ["experiment::duplicate-arm"]);
    for reserved in ["control", "treated", "general", "personalised"] {
        assert_eq!(arms("", &format!("name = '{reserved}'\n{subject}")), ["experiment::reserved-name"], "{reserved}");
    }
    assert_eq!(arms("", &format!("name = 'B!'\n{subject}")), ["experiment::bad-name"]);
    assert_eq!(arms("share = '60%'", &format!("name = 'b'\nshare = '50%'\n{subject}")), ["experiment::shares-sum"]);
    assert_eq!(arms("share = '60%'", &format!("name = 'b'\nshare = '30%'\n{subject}")), ["experiment::shares-sum"]);
    assert_eq!(arms("share = '60%'", &format!("name = 'b'\n{subject}")), ["experiment::share-missing"]);
    assert_eq!(arms("share = '110%'", &format!("name = 'b'\nshare = 'half'\n{subject}")), ["experiment::not-a-share"; 2]);
    assert_eq!(arms("share = '0%'", &format!("name = 'b'\nshare = '100%'\n{subject}")), ["experiment::not-a-share"]);
    assert_eq!(arms("", "name = 'b'\ntemplate = 'none.mjml'"), ["experiment::unknown-template"]);
    assert_eq!(arms("", "name = 'b'\nblock = { hero = 'hero-te' }"), ["experiment::unknown-block"]);
    assert_eq!(arms("", "name = 'b'\nblock = { heros = 'hero-tea' }"), ["experiment::unknown-slot"]);
    assert_eq!(arms("", "name = 'b'\nstrategy = { hero = 'new_in' }"), ["experiment::unknown-slot"]);
    assert_eq!(arms("", "name = 'b'\noffer = 'none'"), ["experiment::offer-without-step"]);
    assert_eq!(of("[experiment]\nname = 'x'\n"), ["experiment::bad-number-of-arms"]);
    assert_eq!(of("[audience]\ncontrol = 'general'\n"), ["campaign::control-without-holdout"]);
    assert_eq!(of("[audience]\nholdout = '5%'\n[experiment]\nname = 'x'\n"), Vec::<String>::new());
    let one = Shop::new().block("hero-all", "hero", "level = 'general'");
    let lonely = "[experiment]\nname = 'x'\n[[experiment.arms]]\nname = 'a'\n[[experiment.arms]]\nname = 'b'\nwithout_block = { hero = 'hero-all' }\n";
    assert_eq!(one.newsletter("", &format!("{HERO}{lonely}")).mistakes(), ["experiment::no-general-block"]);
}

#[test]
fn arms_that_send_the_same_mail_are_warned_of() {
    let warned = |first: &str, second: &str| -> Vec<String> {
        let arms =
            format!("[experiment]\nname = 'x'\n[[experiment.arms]]\nname = 'a'\n{first}\n[[experiment.arms]]\nname = 'b'\n{second}\n");
        let folder = with_blocks(crowd(1)).newsletter("", &format!("{HERO}{arms}")).write();
        let (_, warnings) = relance::project::load(folder.path(), None).expect("a project");
        let same = warnings.iter().filter(|warning| warning.code == "experiment::same-mails");
        same.map(|warning| warning.message.clone()).collect()
    };
    let said = ["the arms `a` and `b` send the same mail"];
    let tea = "block = { hero = 'hero-tea' }";
    assert_eq!(warned(tea, tea), said);
    assert_eq!(warned("", "subject = { fr = 's' }"), said, "the subject that the campaign has");
    assert_eq!(warned("template = 'mail.mjml'", ""), said);
    assert_eq!(warned("", tea), Vec::<String>::new());
    assert_eq!(warned("subject = { fr = 'un' }", "subject = { fr = 'deux' }"), Vec::<String>::new());
}

#[test]
fn an_arm_with_a_subject_of_its_own_is_written_with_it() {
    let body = "<mjml><mj-body><mj-section><mj-column><mj-text>{{ sender.postal_address }} <a href=\"{{ links.unsubscribe }}\">x</a></mj-text></mj-column></mj-section></mj-body></mjml>";
    let arms =
        "[experiment]\nname = 'words'\n[[experiment.arms]]\nname = 'a'\n[[experiment.arms]]\nname = 'b'\nsubject = { fr = 'autre' }\n";
    let plan = crowd(1).text("templates/mail.mjml", body).newsletter("", arms).plan("newsletter");
    let (designs, found) = Designs::compile(&DesignInput::of(&plan.project, &plan.rules.blocks));
    let subject = |variant: &str| {
        plan.with(|planner| {
            let admission = planner.suppose(&plan.people[0], Some(variant)).expect("a mail");
            let mut draft = planner.draft(&plan.people[0], &admission);
            draft.context["links"]["unsubscribe"] = "https://shop.example/u/1".into();
            let name = designs.named("newsletter", draft.variant.as_deref());
            designs.render(&name, None, &draft.locale, &draft.context).unwrap_or_else(|error| panic!("{error}: {found:?}")).subject
        })
    };
    assert_eq!(["a", "b", GENERAL, AS_WRITTEN].map(subject), ["s", "autre", "s", "s"]);
}
