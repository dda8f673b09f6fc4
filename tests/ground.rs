//! The marketer's groundwork on files: counts beside brute force, a planted segment, one person's whole file, coverage, invariants.

#[path = "support/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use program::Program;
use serde_json::Value;

fn json(program: &Program, line: &str) -> Value {
    serde_json::from_str(&program.done(line).stdout).expect("JSON")
}

fn rows(program: &Program, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(program.path(name)).expect("a file");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn the_audit_counts_what_brute_force_counts() {
    let program = Program::new();
    let audit = json(&program, "audit --json");
    let contacts = rows(&program, "data/contacts.csv");
    for field in ["first_name", "city", "email"] {
        let filled = contacts.iter().filter(|row| !row[field].trim().is_empty()).count();
        assert_eq!(audit["sources"]["contacts"]["fields"][field]["filled"], filled, "{field}");
    }
    let events = fs::read_to_string(program.path("data/events.jsonl")).expect("events");
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut did: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for event in &events {
        did.entry(event["contact_id"].as_str().expect("an id")).or_default().insert(event["kind"].as_str().expect("a kind"));
    }
    assert_eq!(audit["funnel"]["visitors"], did.len());
    let steps = ["view", "cart_add", "checkout", "purchase"];
    for (at, step) in steps.iter().enumerate() {
        let through = did.values().filter(|kinds| steps[..=at].iter().all(|kind| kinds.contains(kind))).count();
        assert_eq!(audit["funnel"]["steps"][at]["through"], through, "{step}");
    }
    let mobile = events.iter().filter(|event| event["device"] == "mobile").count();
    assert_eq!(audit["funnel"]["devices"][0]["acts"], mobile);
    let orders: BTreeSet<String> =
        rows(&program, "data/orders.csv").into_iter().filter(|row| row["status"] == "placed").map(|row| row["order_id"].clone()).collect();
    assert_eq!(audit["orders"]["n"], orders.len());
    assert_eq!(audit["campaigns"][0]["missing"], serde_json::json!([]));
}

#[test]
fn the_audit_says_what_a_campaign_lacks() {
    let program = Program::new();
    program.edit("relance.toml", "orders = { files = \"data/orders.csv\" }\n", "");
    let why = fs::read_to_string(program.path("campaigns/newsletter.toml")).expect("a campaign");
    let without: String = why.lines().filter(|line| !line.starts_with("why")).fold(String::new(), |text, line| text + line + "\n");
    program.write("campaigns/newsletter.toml", without);
    let audit = json(&program, "audit --json");
    let missing = audit["campaigns"][0]["missing"].as_array().expect("a list");
    let says = |gravity: &str, words: &str| {
        missing.iter().any(|one| one["gravity"] == gravity && one["what"].as_str().is_some_and(|what| what.contains(words)))
    };
    assert!(says("unmeasured", "no orders"), "{missing:?}");
    assert!(says("less", "no `why`"), "{missing:?}");
    assert!(audit["undeclared"].as_array().expect("a list").iter().any(|one| one["source"] == "orders"));
}

/// People of whom those in Lille who look at tea buy five times as often, by orders after 15 January 2026.
fn planted(program: &Program, is_planted: bool) {
    let mut contacts = "id,email,first_name,last_name,locale,city,created_at,consent_newsletter,consent_profiling\n".to_owned();
    let mut orders = "order_id,contact_id,at,product_id,quantity,unit_price,status\n".to_owned();
    let mut events = String::new();
    for n in 0..1_600_u64 {
        let luck = relance::id::stable_unit(&["luck", &n.to_string()]);
        let city = ["Lille", "Nantes", "Lyon", "Rennes"][usize::try_from(n % 4).expect("small")];
        let mobile = relance::id::stable_unit(&["device", &n.to_string()]) < 0.5;
        let chance = if is_planted && city == "Lille" && mobile { 0.5 } else { 0.1 };
        _ = writeln!(contacts, "p{n:04},p{n}@mail.example,A,B,fr-FR,{city},2025-01-01,yes,yes");
        let device = if mobile { "mobile" } else { "desktop" };
        _ = writeln!(
            events,
            "{{\"at\":\"2025-12-01T10:00:00Z\",\"kind\":\"view\",\"contact_id\":\"p{n:04}\",\"product_id\":\"t1\",\"device\":\"{device}\"}}"
        );
        if luck < chance {
            _ = writeln!(orders, "o{n},p{n:04},2026-02-01T10:00:00,t1,1,12.50,placed");
        }
    }
    program.write("data/contacts.csv", contacts);
    program.write("data/orders.csv", orders);
    program.write("data/events.jsonl", events);
}

#[test]
fn a_planted_segment_is_found_as_conditions_that_can_be_pasted() {
    let program = Program::new();
    planted(&program, true);
    let found = json(&program, "discover --horizon 49d --json");
    let best = &found["found"][0];
    assert_eq!(best["all"], serde_json::json!(["city = 'Lille'", "device = 'mobile'"]), "{found}");
    assert_eq!((best["by"].as_str(), best["higher"].as_bool()), (Some("conversion"), Some(true)));
    // What is printed is a file that the project takes.
    let printed = program.done("discover --horizon 49d").stdout;
    program.write("segments.toml", format!("[segments.tea-lovers]\nall = [\"affinity('the') > 0.2\"]\n\n{printed}"));
    assert!(!program.run("check").stderr.contains("error"), "{printed}");
    let sizes = json(&program, "audit segments --horizon 49d --json");
    let first = sizes["segments"].as_array().expect("a list").iter().find(|one| one["segment"] == "conversion_higher_1").expect("it");
    let depths: u64 = first["by_depth"].as_array().expect("a list").iter().filter_map(Value::as_u64).sum();
    assert_eq!(first["people"].as_u64(), Some(depths));
    let worth = sizes["worth"]["segments"].as_array().expect("a list").iter().find(|one| one["segment"] == "conversion_higher_1");
    assert!(worth.expect("it")["conversion_more"]["low"].as_f64() > Some(0.2), "{sizes}");
}

#[test]
fn nothing_is_found_where_buying_hangs_on_nothing() {
    let program = Program::new();
    planted(&program, false);
    assert_eq!(json(&program, "discover --horizon 49d --json")["found"], serde_json::json!([]));
}

#[test]
fn all_that_is_held_about_one_person_is_in_one_file_and_who_looked_is_written_down() {
    let program = Program::new();
    program.done("run newsletter --yes");
    let sent = program.done("status --json");
    assert!(sent.stdout.contains("sent"), "{}", sent.stdout);
    let plan = program.path("plan.jsonl");
    program.done(&format!("plan newsletter --now 2026-02-26T09:00 --decisions {}", plan.display()));
    // Somebody who got a mail.
    let status: Value = (1..=30)
        .map(|n| json(&program, &format!("profile show c{n:02} --json --reason audit")))
        .find(|shown| !shown["history"].as_array().expect("a list").is_empty())
        .expect("somebody got a mail");
    let id = status["contact"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(status["history"][0]["state"], "sent");
    program.done(&format!("profile show {id} --export whole"));
    let text = fs::read_to_string(program.path("whole/person.json")).expect("the document");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let orders = rows(&program, "data/orders.csv").into_iter().filter(|row| row["contact_id"] == id).count();
    assert_eq!(document["sources"]["orders"].as_array().map_or(0, Vec::len), orders);
    assert_eq!(document["sources"]["contacts"][0]["id"], id.as_str());
    assert_eq!(document["mails"][0]["draft"]["recipient"], id.as_str());
    assert!(document["mails"][0]["draft"]["context"]["slots"].is_object());
    let other = if id == "c02" { "c01" } else { "c02" };
    assert!(!text.contains(&format!("\"{other}\"")), "the file is of one person");
    let log = fs::read_to_string(program.path(".relance/access.jsonl")).expect("the log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mine: Vec<&Value> = lines.iter().filter(|line| line["recipient"] == id.as_str()).collect();
    assert_eq!((mine[0]["command"].as_str(), mine[0]["reason"].as_str()), (Some("profile show"), Some("audit")));
    assert_eq!(mine[1]["command"], "profile show --export");
    assert!(mine.iter().all(|line| line["who"].as_str().is_some_and(|who| !who.is_empty())));
    assert_eq!(document["access"].as_array().map_or(0, Vec::len), 2);
}

/// A test file that looks at every mail of the newsletter.
const EVERY_MAIL: &str = "now = \"2026-03-05T09:00\"\n[invariants]\ncampaigns = [\"newsletter\"]\n";

#[test]
fn coverage_lists_what_is_dead_and_counts_what_the_plan_counts() {
    let program = Program::new();
    program.write("tests/all.toml", EVERY_MAIL);
    program.write(
        "segments.toml",
        "[segments.tea-lovers]\nall = [\"affinity('the') > 0.2\"]\n[segments.quiet]\nall = [\"orders_count < 100\"]\n",
    );
    let hero = fs::read_to_string(program.path("blocks/hero-tea.mjml")).expect("a block");
    let head: String = hero.lines().take_while(|line| !line.starts_with("all")).fold(String::new(), |text, line| text + line + "\n");
    let body = hero.split("+++").nth(2).expect("a body");
    program.write("blocks/hero-dead.mjml", format!("{head}all = [\"city = 'Nowhere'\"]\n+++{body}"));
    let template = fs::read_to_string(program.path("templates/newsletter.mjml")).expect("a template");
    let planted = "{% if recipient.city == 'Paris' %}p{% elif recipient.city == 'Nowhere' %}n{% else %}o{% endif %}";
    program.write("templates/newsletter.mjml", template.replacen("</mj-text>", &format!("{planted}</mj-text>"), 1));
    let value = json(&program, "test --coverage --json");
    let coverage = &value["coverage"][0];
    let warnings = coverage["warnings"].to_string();
    assert!(warnings.contains("`hero-dead` is shown to nobody"), "{warnings}");
    assert!(warnings.contains("`quiet` has no message of its own"), "{warnings}");
    assert!(!warnings.contains("tea-lovers"), "{warnings}");
    let plan = program.path("plan.jsonl");
    program.done(&format!("plan newsletter --decisions {}", plan.display()));
    let plan = fs::read_to_string(plan).expect("the plan");
    let admitted: Vec<Value> =
        plan.lines().map(|line| serde_json::from_str(line).expect("JSON")).filter(|line: &Value| line["decision"] == "admitted").collect();
    assert_eq!(coverage["mails"], admitted.len());
    for (block, n) in coverage["blocks"]["hero"].as_object().expect("blocks") {
        let brute = admitted.iter().filter(|line| line["slots"]["hero"]["block"] == block.as_str()).count();
        assert_eq!(*n, brute, "{block}");
    }
    let fallback = admitted.iter().filter(|line| line["because"].as_array().is_none_or(Vec::is_empty)).count();
    assert_eq!(coverage["fallback"], fallback);
    assert!(warnings.contains("branch `{% elif recipient.city == 'Nowhere' %}` at templates/newsletter.mjml:"), "{warnings}");
    let city: BTreeMap<String, String> =
        rows(&program, "data/contacts.csv").into_iter().map(|row| (row["id"].clone(), row["city"].trim().to_owned())).collect();
    let of_paris = admitted.iter().filter(|line| city[line["recipient"].as_str().expect("an id")] == "Paris").count();
    let mails = |tag: &str| {
        let branches = coverage["branches"].as_array().expect("branches");
        let at = branches.iter().position(|branch| branch["tag"] == "{% if recipient.city == 'Paris' %}").expect("the branch");
        branches[at..].iter().find(|branch| branch["tag"] == tag).expect("a branch")["mails"].clone()
    };
    assert!(of_paris > 0 && of_paris < admitted.len());
    assert_eq!(mails("{% if recipient.city == 'Paris' %}"), of_paris);
    assert_eq!(mails("{% elif recipient.city == 'Nowhere' %}"), 0);
    assert_eq!(mails("{% else %}"), admitted.len() - of_paris);

    // The plan says the same in a few lines.
    let of_plan = json(&program, "plan newsletter --json")["coverage"].clone();
    assert_eq!((&of_plan["fallback"], &of_plan["segments"]), (&coverage["fallback"], &coverage["segments"]));
    assert_eq!(of_plan["never_shown"]["blocks"]["hero"], serde_json::json!(["hero-dead"]));
    let words = program.done("plan newsletter").stdout;
    assert!(words.contains("never shown  hero-dead in hero") && words.contains("fallback"), "{words}");
}

#[test]
fn a_segment_that_is_aimed_at_without_a_message_is_a_warning_at_its_place() {
    let program = Program::new();
    program.write(
        "segments.toml",
        "[segments.tea-lovers]\nall = [\"affinity('the') > 0.2\"]\n[segments.quiet]\nall = [\"orders_count < 100\"]\n",
    );
    program.edit("campaigns/newsletter.toml", "[audience]\n", "[audience]\ninclude = [\"quiet\"]\n");
    assert!(!program.run("check").stderr.contains("segment::no-message"), "a campaign for one segment is its message");
    program.edit("campaigns/newsletter.toml", "[\"quiet\"]", "[\"quiet\", \"tea-lovers\"]");
    program.edit("blocks/hero-tea.mjml", "all = [", "all = [\"in_segment('tea-lovers')\", ");
    let checked: Value = serde_json::from_str(&program.run("check --json").stdout).expect("JSON");
    let found = checked["diagnostics"].as_array().expect("a list");
    let codes: Vec<&str> = found.iter().filter_map(|one| one["code"].as_str()).filter(|code| *code == "segment::no-message").collect();
    assert_eq!((codes.len(), &checked["errors"]), (1, &Value::from(0)), "{checked}");
    let said = program.run("check").stderr;
    assert!(
        said.contains("`quiet` has no message of its own in campaign `newsletter`") && said.contains("campaigns/newsletter.toml:"),
        "{said}"
    );
    assert_eq!(json(&program, "plan newsletter --json")["coverage"]["without_message"], serde_json::json!(["quiet"]));
}

#[test]
fn the_potential_of_a_trigger_without_data_is_nought_and_names_the_source() {
    let program = Program::new();
    let all = json(&program, "audit potential --json")["potentials"].as_array().expect("a list").clone();
    let of = |name: &str| all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {all:?}"));
    let card = of("expiring_payment");
    assert_eq!((&card["potential"], &card["readiness"]), (&Value::from(0.0), &Value::from(0.0)));
    assert!(card["missing"].to_string().contains("no payment methods"), "{card}");
    let factors = |one: &Value, key: &str| one[key].as_f64().expect("a number");
    for one in &all {
        let product = factors(one, "reach") * factors(one, "value") * factors(one, "readiness");
        assert!((factors(one, "potential") - product).abs() < 1e-6, "{one}");
    }
    assert!(all.windows(2).all(|two| factors(&two[0], "potential") >= factors(&two[1], "potential")), "{all:?}");
    // The newsletter reaches those who agreed and were there thirty days ago; they spent what the orders say.
    let agreed: BTreeSet<String> = rows(&program, "data/contacts.csv")
        .into_iter()
        .filter(|row| row["consent_newsletter"] == "yes")
        .map(|row| row["id"].clone())
        .collect();
    let spent: f64 = rows(&program, "data/orders.csv")
        .iter()
        .filter(|row| row["status"] == "placed" && agreed.contains(&row["contact_id"]) && row["at"].as_str() > "2026-02-03T09:00")
        .map(|row| row["quantity"].parse::<f64>().expect("pieces") * row["unit_price"].parse::<f64>().expect("a price") * 100.0)
        .sum();
    let newsletter = of("newsletter");
    assert!((factors(newsletter, "reach") * factors(newsletter, "value") - spent).abs() < 1.0, "{newsletter} beside {spent}");
}

#[test]
fn a_link_to_what_is_sold_out_fails_naming_the_rule_and_a_recipient() {
    let program = Program::new();
    program.write("tests/all.toml", EVERY_MAIL);
    program.done("test");
    let products = fs::read_to_string(program.path("data/products.csv")).expect("products");
    let sold_out = products.lines().map(|line| if line.starts_with("t1,") { line.replace(",64,", ",0,") } else { line.to_owned() });
    program.write("data/products.csv", sold_out.fold(String::new(), |text, line| text + &line + "\n"));
    program.done("test");
    program.edit("blocks/hero-general.mjml", "{{ links.home | link }}", "{{ 'https://shop.example/p/t1' | link }}");
    let failed = program.run("test");
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stdout.contains("products that can be bought") && failed.stdout.contains("a link to t1 for c"), "{failed:?}");
}

#[test]
fn the_code_of_another_offer_fails_naming_the_rule_and_a_recipient() {
    let program = Program::new();
    program.write("tests/all.toml", EVERY_MAIL);
    program.write("offers.toml", "[offers.five]\ntitle = { fr = \"Cinq\", en = \"Five\" }\ncode = \"CINQ42\"\n");
    program.edit("blocks/hero-general.mjml", "</mj-text>", " CINQ42</mj-text>");
    let failed = program.run("test");
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stdout.contains("one offer at most") && failed.stdout.contains("the code of `five` for c"), "{failed:?}");
}

/// Asserts that the tests of a program fail by a rule, naming it and somebody.
fn breaks(program: &Program, rule: &str, found: &str) {
    let failed = program.run("test");
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stdout.contains(rule) && failed.stdout.contains(&format!("{found} for c")), "wanted {rule:?}, {found:?}: {failed:?}");
}

#[test]
fn a_mail_without_its_way_out_fails_naming_the_rule_and_a_recipient() {
    let program = Program::new();
    program.write("tests/all.toml", EVERY_MAIL);
    program.done("test");
    program.edit("templates/newsletter.mjml", "<a href=\"{{ links.unsubscribe }}\">", "<a href=\"{{ links.home }}\">");
    breaks(&program, "the unsubscribe link in both parts", "a HTML part without it");
}

#[test]
fn a_link_to_what_is_sold_no_longer_fails_naming_the_rule_and_a_recipient() {
    let program = Program::new();
    program.write("tests/all.toml", EVERY_MAIL);
    program.edit("blocks/hero-general.mjml", "{{ links.home | link }}", "{{ 'https://shop.example/p/t1' | link }}");
    program.done("test");
    let products = fs::read_to_string(program.path("data/products.csv")).expect("products");
    let ended = products.lines().enumerate().fold(String::new(), |text, (at, line)| {
        let until = match at {
            0 => "available_until",
            _ if line.starts_with("t1,") => "2026-03-04",
            _ => "",
        };
        text + line + "," + until + "\n"
    });
    program.write("data/products.csv", ended);
    breaks(&program, "products that can be bought", "a link to t1");
}

#[test]
fn without_orders_nothing_is_said_to_rest_on_them() {
    let program = Program::new();
    program.done("run newsletter --yes");
    program.edit("relance.toml", "orders = { files = \"data/orders.csv\" }\n", "");
    let potential = program.done("audit potential").stdout;
    let head = potential.lines().next().unwrap_or_default();
    assert!(head.contains("no orders are read: sorted by reach x readiness") && !head.contains("by their orders"), "{head}");
    let told = json(&program, "audit potential --json");
    assert!(
        told["potentials"].as_array().expect("a list").iter().all(|one| one["value"].is_null() && one["potential"].is_null()),
        "{told}"
    );

    let report = json(&program, "report newsletter --json --lang en");
    assert_eq!(report["campaigns"][0]["conclusion"], "Cannot be measured: no orders are read. Declare `[sources.orders]` in relance.toml.");
    let said = program.done("report newsletter --lang en").stdout;
    assert!(said.contains("Cannot be measured: no orders are read."), "{said}");
}
