//! The studio over the starter project: what its pages show, how they follow the files, and what they refuse.

#[path = "support/browser.rs"]
mod browser;
#[path = "studio/follow.rs"]
mod follow;
#[path = "support/program.rs"]
mod program;
#[path = "support/rogue/mod.rs"]
mod rogue;
#[path = "support/server.rs"]
mod server;

use program::{Program, parsed};
use server::Server;

fn studio(program: &Program) -> Server {
    Server::start(program.command("serve --listen 127.0.0.1:0 -q"))
}

#[test]
fn a_person_is_seen_with_the_mail_its_parts_and_why() {
    let program = Program::new();
    let studio = studio(&program);
    assert_eq!(studio.get("/").header("location"), "/c/newsletter");
    let first = studio.get("/c/newsletter").header("location").to_owned();
    assert!(first.starts_with("/c/newsletter/r/c"), "{first}");

    let page = studio.get("/c/newsletter/r/c04");
    assert_eq!(page.status, 200, "{page:?}");
    for part in
        ["Cette semaine, choisi pour vous", "src=\"/c/newsletter/r/c04/mail\"", "iframe sandbox title", "address", "Segments", "hero"]
    {
        assert!(page.body.contains(part), "{part} is missing from {}", page.body);
    }
    let mail = studio.get("/c/newsletter/r/c04/mail");
    let printed = program.done("preview newsletter -r c04 --part html -q").stdout;
    assert_eq!(
        mail.body,
        printed.replace("(prefers-color-scheme:dark)", "(max-width:0)").replace("(prefers-color-scheme: dark)", "(max-width:0)")
    );
    assert!(mail.header("content-security-policy").starts_with("sandbox; default-src 'none'; img-src"), "{}", mail.head);
    assert!(!studio.get("/c/newsletter/r/c04/mail?images=0").header("content-security-policy").contains("img-src"));
    for (tab, part) in [
        ("text", "https://"),
        ("mjml", "&lt;mjml"),
        ("headers", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        ("raw", "quoted-printable"),
        ("checks", "Mail programs concerned"),
        ("size", "Whole message"),
        ("links", "unsubscribe"),
        ("context", "&quot;because&quot;"),
    ] {
        let page = studio.get(&format!("/c/newsletter/r/c04?tab={tab}"));
        assert!(page.status == 200 && page.body.contains(part), "{tab}: {}", page.body);
    }
    let french = studio.get("/c/newsletter/r/c04?lang=fr&tab=size");
    assert!(french.body.contains("<html lang=\"fr\">") && french.body.contains("Message entier"), "{}", french.body);
    let general = studio.get("/c/newsletter/r/c04?variant=general");
    assert!(general.status == 200 && studio.get("/c/newsletter/r/c04/pair").body.contains("variant=general"));
    assert_eq!(studio.stop(), Some(0));
}

#[test]
fn what_is_wrong_with_a_mail_is_counted_on_its_tab_and_told_with_the_remedy() {
    let program = Program::new();
    program.edit("campaigns/newsletter.toml", "fr = \"Cette semaine, choisi pour vous\"", "fr = \"Re: choisi pour vous\"");
    let studio = studio(&program);
    let page = studio.get("/c/newsletter/r/c04?tab=checks");
    let (must, should) = (page.body.find("to mend before it leaves"), page.body.find("some mail programs show otherwise"));
    assert!(must.is_some() && must < should, "the worst comes first: {}", page.body);
    for part in [
        "a subject that pretends to be an answer",
        "remove it: it misleads",
        "spam::false-reply",
        "class=\"n must\"",
        "Mail programs concerned",
    ] {
        assert!(page.body.contains(part), "{part} is missing from {}", page.body);
    }
    let french = studio.get("/c/newsletter/r/c04?tab=checks&lang=fr").body;
    for part in ["Contrôles", "un objet qui se donne pour une réponse", "n’est pas pris en charge</p>", "Messageries concernées"] {
        assert!(french.contains(part), "{part} is missing from {french}");
    }
    assert!(!french.contains("is not supported") && !french.contains("see that"), "{french}");
    assert!(studio.get("/c/newsletter/r/c04").body.contains("class=\"n must\""), "the count stands on every tab");
}

#[test]
fn somebody_is_found_by_id_address_or_name_and_the_address_stays_out_of_urls() {
    let program = Program::new();
    let studio = studio(&program);
    let csv = std::fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let row: Vec<&str> = csv.lines().find(|line| line.starts_with("c04,")).expect("c04").split(',').collect();
    let address = row.iter().find(|cell| cell.contains('@')).expect("an address");
    for whom in ["c04", address] {
        let found = studio.post("/find", &format!("campaign=newsletter&whom={}", whom.replace('@', "%40")), "");
        assert_eq!((found.status, found.header("location")), (303, "/c/newsletter/r/c04"), "{whom}");
    }
    let none = studio.post("/find", "campaign=newsletter&whom=nobody-of-this-name", "");
    assert!(none.status == 200 && none.body.contains("Nobody."), "{none:?}");
    assert_eq!(studio.post("/find", "campaign=none&whom=c04", "").status, 404);
    assert_eq!(studio.get("/c/newsletter/r/c99").status, 404);
    assert_eq!(studio.get("/c/nothing").status, 404);
}

#[test]
fn the_lists_lead_to_the_worst_and_to_those_who_get_nothing() {
    let program = Program::new();
    let studio = studio(&program);
    let people = studio.get("/c/newsletter/people?part=1&after=c04");
    assert!(people.status == 200 && !people.body.contains("<html"), "{people:?}");
    let links: Vec<&str> = people.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.iter().any(|link| link.contains("/worst/weight")) && links.iter().any(|link| link.contains("/next/")), "{links:?}");
    for link in links {
        let answer = studio.get(&link.replace("&amp;", "&"));
        let led = answer.header("location").starts_with("/c/newsletter/r/");
        assert!(if link.contains("sheet") { answer.status == 200 } else { led }, "{link}: {answer:?}");
    }
    let skipped = studio.get("/c/newsletter/next/no_consent").header("location").to_owned();
    let page = studio.get(&skipped);
    assert!(page.body.contains("Gets nothing:") && page.body.contains("Show it anyway") && !page.body.contains("<iframe"), "{}", page.body);
    assert!(studio.get(&format!("{skipped}?anyway=1")).body.contains("<iframe"));
    let plan: serde_json::Value = serde_json::from_str(&program.done("plan newsletter --json -q").stdout).expect("JSON");
    assert!(people.body.contains(&format!("<h2>{} mails</h2>", plan["planned"])), "{} {}", plan["planned"], people.body);
}

/// Asks for a page until what it shows is counted.
fn counted(studio: &Server, path: &str) -> String {
    let (place, query) = path.split_once('?').map_or((path, String::new()), |(place, query)| (place, format!("?{query}")));
    while studio.get(&format!("{place}/state{query}")).body != "done" {}
    let page = studio.get(path);
    assert_eq!(page.status, 200, "{page:?}");
    page.body
}

#[test]
fn the_plan_says_what_the_command_says_and_leads_to_somebody_of_each_reason() {
    let program = Program::new();
    let studio = studio(&program);
    let page = counted(&studio, "/plan/newsletter");
    let plan: serde_json::Value = serde_json::from_str(&program.done("plan newsletter --json -q").stdout).expect("JSON");
    for section in ["funnel", "reasons", "levers", "segments", "checks", "levels", "slot", "coverage"] {
        assert!(page.contains(&format!("data-section=\"{section}\"")), "{section} is missing from {page}");
    }
    let row = |name: &str, n: &serde_json::Value| format!("<th scope=\"row\">{name}</th><td class=\"n\">{n}</td>");
    assert!(page.contains(&row("planned", &plan["planned"])) && page.contains(&row("looked at", &plan["contacts"])), "{page}");
    let (_, reasons) = page.split_once("data-section=\"reasons\"").expect("reasons");
    let (reasons, _) = reasons.split_once("</table>").expect("a table");
    let links: Vec<&str> = reasons.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links.len(), plan["skipped"].as_object().expect("reasons").len(), "{reasons}");
    for link in links {
        let person = studio.get(link);
        assert!(person.status == 200 && person.body.contains("Gets nothing:"), "{link}: {person:?}");
    }
    let french = counted(&studio, "/plan/newsletter?lang=fr");
    for word in ["Qui le reçoit", "prévus", "Pourquoi pas de courrier", "Couverture"] {
        assert!(french.contains(word), "{word} is missing from {french}");
    }
    assert!(studio.get("/c/newsletter/r/c04").body.contains("href=\"/plan/newsletter\""));
    assert_eq!(studio.get("/plan/nothing").status, 404);
}

#[test]
fn what_does_not_hold_together_is_told_with_somebody_in_whose_mail_it_is_seen() {
    let program = Program::new();
    program.edit("blocks/hero-tea.mjml", "claims = [\"category\"]", "claims = [\"city\"]");
    let said = "block `hero-tea` says `city` and looks at no such data";
    let plan: serde_json::Value = serde_json::from_str(&program.done("plan newsletter --json -q").stdout).expect("JSON");
    assert!(plan["score"].to_string().contains(said), "{}", plan["score"]);
    let studio = studio(&program);
    let page = counted(&studio, "/plan/newsletter");
    let (_, faults) = page.split_once("data-section=\"faults\"").expect("faults");
    let (faults, _) = faults.split_once("</section>").expect("an end");
    let (_, at_it) = faults.split_once("Block hero-tea says city and looks at no such data").expect("the fault");
    let link = at_it.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let (_, id) = link.rsplit_once('/').expect("an id");
    assert!(at_it.contains(&format!("See it at <a href=\"{link}\">{id}</a>")), "{at_it}");
    let person = studio.get(link);
    assert!(person.status == 200 && person.body.contains("<strong>hero-tea</strong>"), "{link}: {person:?}");
    assert!(faults.contains("There is no budget: write budget = 10 in [intrusion]"), "{faults}");
    let french = counted(&studio, "/plan/newsletter?lang=fr");
    assert!(
        french.contains("Le bloc hero-tea affirme «\u{a0}city\u{a0}» sans regarder cette donnée") && french.contains("À voir chez"),
        "{french}"
    );
}

#[test]
fn the_plan_is_counted_anew_after_a_run_and_tells_what_changed() {
    let program = Program::new();
    let studio = studio(&program);
    assert!(!counted(&studio, "/plan/newsletter").contains("already sent"));
    program.done("run newsletter --yes -q");
    let origin = format!("http://{}", studio.address);
    assert_eq!(studio.post("/plan/newsletter/again", "", "http://evil.example").status, 403);
    let again = studio.post("/plan/newsletter/again", "", &origin);
    assert_eq!((again.status, again.header("location")), (303, "/plan/newsletter"));
    assert!(counted(&studio, "/plan/newsletter").contains("already sent"));
    let next = counted(&studio, "/plan/newsletter?now=2026-03-12T09:00");
    assert!(next.contains("data-section=\"changes\"") && next.contains("Since 2026-W10"), "{next}");
    let report = counted(&studio, "/report");
    assert!(report.contains("data-section=\"guardrails\"") && report.contains("data-section=\"funnel\""), "{report}");
    assert!(counted(&studio, "/report?lang=fr").contains("Garde-fous"));
}

#[test]
fn pages_follow_the_files_and_keep_the_last_mail_that_could_be_made() {
    let program = Program::new();
    let studio = studio(&program);
    let n = studio.get("/changes").body;
    program.edit("templates/newsletter.mjml", "<mj-body", "<!-- mark --><mj-body");
    let template = std::fs::read_to_string(program.path("templates/newsletter.mjml")).expect("the template");
    let next = studio.get(&format!("/changes?after={n}")).body;
    assert_ne!(next, n);
    let before = studio.get("/c/newsletter/r/c04/mail").body;

    program.write("templates/newsletter.mjml", template.replacen("<mj-body", "{{ contact.nonsense }}<mj-body", 1));
    let broken = studio.get(&format!("/changes?after={next}")).body;
    let page = studio.get("/c/newsletter/r/c04");
    assert!(page.status == 200 && page.body.contains("role=\"alert\"") && page.body.contains("templates/newsletter.mjml"), "{}", page.body);
    assert!(!page.body.contains('\u{1b}'), "no colours of a terminal");
    assert_eq!(studio.get("/c/newsletter/r/c04/mail").body, before, "the last good mail");

    program.write("templates/newsletter.mjml", template);
    studio.get(&format!("/changes?after={broken}"));
    assert!(!studio.get("/c/newsletter/r/c04").body.contains("role=\"alert\""));
}

#[test]
fn another_instant_is_another_look() {
    let program = Program::new();
    let studio = studio(&program);
    let later = studio.get("/c/newsletter/r/c04?now=2026-03-12T09:00");
    assert!(later.status == 200 && later.body.contains("2026-W11"), "{}", later.body);
    assert!(studio.get("/c/newsletter/r/c04").body.contains("2026-W10"));
    let wrong = studio.get("/c/newsletter/r/c04?now=soon");
    assert!(wrong.status == 404 && wrong.body.contains("is not an instant"), "{}", wrong.body);
}

#[test]
fn what_contacts_and_products_say_is_never_code() {
    let program = Program::new();
    let csv = std::fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let names: Vec<&str> = csv.lines().next().expect("a header").split(',').collect();
    let first = names.iter().position(|name| *name == "first_name").expect("a first name");
    let attack = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let rows: Vec<String> = csv
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells[0] == "c04" {
                cells[first] = attack;
            }
            cells.join(",")
        })
        .collect();
    program.write("data/contacts.csv", rows.join("\n") + "\n");
    let studio = studio(&program);
    for path in ["/c/newsletter/r/c04", "/c/newsletter/sheet", "/c/newsletter/r/c04?tab=context", "/c/newsletter/r/c04?tab=raw"] {
        let page = studio.get(path);
        assert!(page.status == 200 && !page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{path}: {}", page.body);
    }
    assert!(studio.get("/c/newsletter/r/c04").body.contains("&lt;script&gt;"));
    for path in [
        "/c/newsletter/r/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/c/%3Cscript%3Ealert(1)",
        "/c/newsletter/r/c04?variant=%3Cscript%3E",
        "/c/newsletter/r/c04?now=%3Cscript%3E",
    ] {
        let page = studio.get(path);
        assert!(page.status >= 400 && !page.body.contains("<script>"), "{path}: {page:?}");
    }
    let found = studio.post("/find", "campaign=newsletter&whom=%3Cscript%3Ealert(1)", "");
    assert!(!found.body.contains("<script>alert"), "{found:?}");
}

#[test]
fn only_this_machine_and_its_own_pages_are_answered() {
    let program = Program::new();
    let ended = program.run("serve --listen 0.0.0.0:0");
    assert!(ended.code == 2 && ended.stderr.contains("can be reached from other machines"), "{ended:?}");
    let studio = studio(&program);
    let rebound = studio.raw("GET /c/newsletter/r/c04 HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n");
    assert!(rebound.status == 421 && !rebound.body.contains("c04"), "{rebound:?}");
    let foreign = studio.post("/c/newsletter/r/c04/send", "to=team%40shop.example", "http://evil.example");
    assert_eq!(foreign.status, 403, "{foreign:?}");
    for path in [
        "/files/../relance.toml",
        "/files/%2e%2e/relance.toml",
        "/files/..%2f..%2frelance.toml",
        "/files//etc/passwd",
        "/files/relance.toml",
    ] {
        assert_eq!(studio.get(path).status, 404, "{path}");
    }
    let large = studio.post("/find", &format!("campaign=newsletter&whom={}", "x".repeat(70_000)), "");
    assert_eq!(large.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_goes_to_a_tester_and_to_nobody_else() {
    let smtp = rogue::Rogue::start(rogue::Conduct::with([]));
    let port = smtp.address.port();
    let program = Program::new();
    let delivery =
        format!("to = \"smtp\"\ntest_addresses = [\"team@shop.example\"]\n\n[delivery.smtp]\nhost = \"127.0.0.1\"\nport = {port}");
    program.edit("relance.toml", "to = \"eml\"\npath = \"outbox\"", &delivery);
    let work = move || {
        let studio = studio(&program);
        assert!(studio.get("/c/newsletter/r/c04").body.contains("team@shop.example"));
        let origin = format!("http://{}", studio.address);
        let stranger = studio.post("/c/newsletter/r/c04/send", "to=stranger%40shop.example", &origin);
        assert!(stranger.status == 404 && stranger.body.contains("test_addresses"), "{stranger:?}");
        let sent = studio.post("/c/newsletter/r/c04/send", "to=team%40shop.example", &origin);
        assert!(sent.status == 200 && sent.body.contains("The test mail was sent"), "{sent:?}");
        program.count("sent")
    };
    let recorded = tokio::task::spawn_blocking(work).await.expect("no panic");
    assert_eq!(recorded, 0, "recorded nowhere");
    assert_eq!(smtp.recipients(), ["team@shop.example"]);
    let raw = smtp.log().stored()[0].2.to_vec();
    assert_eq!(parsed(&raw).subject(), Some("[test] Cette semaine, choisi pour vous"));
}

#[test]
fn the_studio_in_a_real_browser_suits_every_screen_key_and_reader() {
    let program = Program::new();
    let csv = std::fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let named = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] == "c04" {
            cells[2] = "<img src=x onerror=window.attacked=1>";
        }
        cells.join(",")
    };
    assert_eq!(csv.lines().next().and_then(|header| header.split(',').nth(2)), Some("first_name"));
    program.write("data/contacts.csv", csv.lines().map(named).collect::<Vec<_>>().join("\n") + "\n");
    let studio = studio(&program);
    let url = format!("http://{}/?project={}", studio.address, program.folder.path().display());
    browser::browse("studio", &url, 68);
}

#[test]
fn a_mail_that_is_too_long_says_what_it_does_without() {
    let program = Program::new();
    program.edit("campaigns/newsletter.toml", "[slots.picks]\n", "[slots.picks]\npriority = 0\n");
    program.edit("campaigns/newsletter.toml", "template =", "max_length = 3\ntemplate =");
    let explained = program.done("explain newsletter c04 -q").stdout;
    assert!(explained.contains("length  3 of 3 things to read; 5 with all of it"), "{explained}");
    let why = "left out 2 of 4 products of `picks`: the mail was too long, and `picks` has priority 0";
    assert!(explained.contains(why), "{explained}");
    let planned = program.done("plan newsletter -q").stdout;
    assert!(planned.contains("shortened    25 mails do without something, by `max_length`: 25 picks"), "{planned}");
    let studio = studio(&program);
    let page = studio.get("/c/newsletter/r/c04").body;
    for part in ["<h3>Length</h3>", "3 of 3 things to read", "Without 2 of 4 in slot picks", "priority 0"] {
        assert!(page.contains(part), "{part} is missing from {page}");
    }
    let french = studio.get("/c/newsletter/r/c04?lang=fr").body;
    for part in ["<h3>Longueur</h3>", "3 choses à lire, 3 au plus", "Sans 2 sur 4 de l’emplacement picks"] {
        assert!(french.contains(part), "{part} is missing from {french}");
    }
}
