//! `preview` beyond what is printed: a mail sent to somebody who tests it, and the mail of each arm.

#[path = "support/program.rs"]
mod program;
#[path = "support/rogue/mod.rs"]
mod rogue;

use program::{Ended, Program, exists, parsed, recipient};
use rogue::{Act, Conduct, Rogue, Rule, Step};

/// Runs a command at another instant than [`program::NOW`].
fn at(program: &Program, now: &str, line: &str) -> Ended {
    let arguments = program.arguments(line).into_iter().map(|word| if word == program::NOW { now.to_owned() } else { word });
    Ended::from(std::process::Command::new(env!("CARGO_BIN_EXE_relance")).args(arguments).output().expect("it runs"))
}

/// A project that would send through a server, with one address to test with.
fn with_server(rules: impl IntoIterator<Item = Rule>) -> (Program, Rogue) {
    let server = Rogue::start(Conduct::with(rules));
    let program = Program::new();
    let port = server.address.port();
    let delivery = format!(
        "to = \"smtp\"\nredirect_to = \"staging@shop.example\"\ntest_addresses = [\"team@shop.example\"]\n\n[delivery.smtp]\nhost = \"127.0.0.1\"\nport = {port}"
    );
    program.edit("relance.toml", "to = \"eml\"\npath = \"outbox\"", &delivery);
    program.edit("relance.toml", "reply_to =", "return_path = \"bounce+{token}@shop.example\"\nreply_to =");
    (program, server)
}

async fn run(program: Program, line: &'static str) -> (Program, Ended) {
    let work = move || {
        let ended = program.run(line);
        (program, ended)
    };
    tokio::task::spawn_blocking(work).await.expect("it runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_is_marked_recorded_nowhere_and_means_nothing() {
    let (program, server) = with_server([]);
    let (program, ended) = run(program, "preview newsletter -r c04 --to Team@shop.example").await;
    assert!(ended.code == 0 && ended.stderr.contains("one test mail to Team@shop.example"), "{ended:?}");
    assert_eq!(server.recipients(), ["Team@shop.example"], "to whom it was asked, not to the person, nor to `redirect_to`");
    let raw = server.log().stored()[0].2.to_vec();
    let commands = server.log().commands().join("\n");
    let (mail, text) = (parsed(&raw), String::from_utf8(raw.clone()).expect("ASCII"));
    assert_eq!(recipient(&mail), "Team@shop.example");
    assert_eq!(mail.subject(), Some("[test] Cette semaine, choisi pour vous"));

    // The same mail to the person itself: other tokens, another Message-ID, another return path, the same words.
    let (program, real) = run(program, "preview newsletter -r c04 --part eml -q").await;
    let real = parsed(real.stdout.as_bytes());
    assert_ne!(real.message_id(), mail.message_id());
    let unfolded = text.replace("\r\n ", "").replace("=\r\n", "");
    assert!(unfolded.contains("unsubscribe?t=test.") && !unfolded.contains("k1."), "{unfolded}");
    assert!(unfolded.contains("?t=3Dtest.") && mail.body_html(0).expect("HTML").contains("?t=test."), "links of the body too");
    assert!(commands.contains("MAIL FROM:<bounce+test."), "{commands}");
    let words =
        |mail: &mail_parser::Message<'_>| mail.body_text(0).expect("text").lines().filter(|line| !line.contains("t=")).collect::<String>();
    assert_eq!(words(&mail), words(&real));
    assert!(!exists(&program.path(".relance/ledger.db")) && !program.files(".relance").iter().any(|name| name.contains("try-")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_is_signed_like_any_other() {
    let (program, server) = with_server([]);
    let out = program.path("dkim").display().to_string();
    program.done(&format!("dkim keygen --selector s1 --algorithm ed25519 --out {out} -q"));
    program.edit("relance.toml", "[limits]", "[[dkim.keys]]\nselector = \"s1\"\nkey = { file = \"dkim/s1.pem\" }\n\n[limits]");
    let (_, ended) = run(program, "preview newsletter -r c04 --to team@shop.example -q").await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let raw = server.log().stored()[0].2.to_vec();
    let signature = parsed(&raw).header_raw("DKIM-Signature").expect("a signature").to_owned();
    assert!(signature.contains("d=shop.example") && signature.contains("s=s1"), "{signature}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_goes_to_known_addresses_only_when_nobody_can_be_asked() {
    let (program, server) = with_server([]);
    let (program, ended) = run(program, "preview newsletter -r c04 --to stranger@shop.example -q").await;
    ended.failed(2, "`stranger@shop.example` is not one of the `test_addresses` of [delivery]\n  help: add it there");
    let (program, ended) = run(program, "preview newsletter -r c04 --to team -q").await;
    ended.failed(2, "`team` is neither an address nor a server\n  help: write an address");
    let (_, ended) = run(program, "preview newsletter -r c04 --to ftp://team -q").await;
    ended.failed(2, "`ftp://team` is not a server");
    assert_eq!(server.n_connections(), 0);
    Program::new().run("preview newsletter -r c04 --to team@shop.example -q").failed(78, "there is no [delivery.smtp] to send through");
    let program = Program::new();
    program.edit("relance.toml", "path = \"outbox\"", "path = \"outbox\"\ntest_addresses = [\"team\"]");
    let ended = program.run("check -q");
    assert!(ended.code == 78 && ended.stderr.contains("`team` is not an e-mail address"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_that_is_refused_tells_the_servers_words() {
    let (program, _server) = with_server([Rule::at(Step::Rcpt, Act::say("550 5.1.1 <team@shop.example>: no such user"))]);
    let (program, ended) = run(program, "preview newsletter -r c04 --to team@shop.example -q").await;
    ended.failed(69, "the server refused the mail for good\n  550 5.1.1");
    assert!(!exists(&program.path(".relance/ledger.db")), "nobody is suppressed");
}

#[test]
fn each_arm_has_its_mail_and_the_general_one_shows_nothing_of_the_person() {
    let program = Program::new();
    // A tea lover, who has a block of their own.
    let status = program.done("plan newsletter -q --json");
    let plan: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(plan["slots"]["hero"]["hero-tea"], 3, "{plan}");
    let context = |who: &str, arm: &str| -> serde_json::Value {
        let ended = program.done(&format!("preview newsletter -q --part context -r {who}{arm}"));
        serde_json::from_str(&ended.stdout).expect("JSON")
    };
    let lovers: Vec<String> =
        (1..=30).map(|n| format!("c{n:02}")).filter(|who| context(who, "")["slots"]["hero"]["block"] == "hero-tea").take(2).collect();
    assert_eq!(lovers.len(), 2);
    for who in &lovers {
        let (own, named) = (context(who, ""), context(who, " --variant personalised"));
        assert_eq!(own, named, "the personalised arm is what is sent");
        assert!(own["recipient"]["lifecycle"].is_string() && own["because"] != serde_json::json!([]), "{own}");
        let general = context(who, " --variant general");
        assert_eq!(general["slots"]["hero"]["block"], "hero-general");
        assert!(general["recipient"]["lifecycle"].is_null() && general["links"]["cart"].is_null(), "{general}");
        assert_eq!(general["because"], serde_json::json!([]), "{general}");
    }
    // Two people see the same general products.
    let [one, other] = [&lovers[0], &lovers[1]].map(|who| context(who, " --variant general")["slots"]["picks"]["items"].clone());
    assert_eq!(one, other);
    program
        .run("preview newsletter -q --variant neutral")
        .failed(2, "there is no variant `neutral` of `newsletter`\n  help: its variants are `personalised`, `general`");
}

#[test]
fn a_mail_is_compared_with_the_one_before() {
    const LATER: &str = "2026-03-12T09:00";
    let program = Program::new();
    at(&program, program::NOW, "preview newsletter -r c01 --diff last -q").failed(2, "`c01` had no mail of `newsletter` before `2026-W10`");
    program.done("run newsletter --yes -q");
    program.edit("data/products.csv", "5.80", "5.20");
    program.edit("data/products.csv", "m1,Savon d'Alep,7.90", "m9,Savon d'Alep,7.90");

    let ended = at(&program, LATER, "preview newsletter -r c01 --diff last -q");
    assert_eq!(ended.code, 0, "{ended:?}");
    let said: Vec<&str> = ended.stdout.lines().map(str::trim_end).collect();
    assert_eq!(said[0], "c01  newsletter, edition 2026-W10 -> 2026-W11");
    assert!(said[1].starts_with("2026-W10 of 2026-03-05, sent"), "{said:?}");
    for wanted in [
        "    = Cette semaine, choisi pour vous",
        "    - m1  Savon d'Alep  7.90 EUR",
        "    = e3  Confiture d'abricot  5.80 EUR -> 5.20 EUR",
        "    = m4  Torchon en lin  13.00 EUR",
        "    - 5,80\u{a0}\u{20ac}",
        "    + 5,20\u{a0}\u{20ac}",
    ] {
        assert!(said.contains(&wanted), "no {wanted:?}: {}", ended.stdout);
    }
    assert!(said.iter().any(|line| line.starts_with("    + ") && line.ends_with(" EUR")), "something new: {}", ended.stdout);
    assert!(!ended.stdout.contains("utm_"), "links differ by their edition alone: {}", ended.stdout);
    assert!(!ended.stdout.contains("mail.example"), "an id is enough: {}", ended.stdout);
    let named = at(&program, LATER, "preview newsletter -r c01 --diff 2026-W10 -q");
    assert_eq!(named.stdout, ended.stdout);
    at(&program, LATER, "preview newsletter -r c01 --diff 2026-W09 -q").failed(2, "in edition `2026-W09`\n  help: they had `2026-W10`");
}

#[test]
fn what_the_ledger_no_longer_keeps_is_said_and_the_rest_compared() {
    const LATER: &str = "2026-05-21T09:00";
    let program = Program::new();
    program.done("run newsletter --yes -q");
    let config = std::fs::read_to_string(program.path("relance.toml")).expect("a text");
    program.write("relance.toml", config + "\n[retention]\nmails = \"40d\"\n");
    assert_eq!(at(&program, LATER, "ledger prune -q").code, 0);
    let ended = at(&program, LATER, "preview newsletter -r c01 --diff 2026-W10 -q");
    assert!(ended.code == 0 && ended.stderr.contains("no content of `2026-W10`: not kept any longer"), "{ended:?}");
    assert!(ended.stdout.contains("before: not kept") && ended.stdout.contains("  picks\n"), "{}", ended.stdout);
    let json = at(&program, LATER, "preview newsletter -r c01 --diff 2026-W10 -qq --json");
    let found: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert!(found["text"].is_null() && found["subject"]["before"].is_null() && found["before"]["is_whole"] == false, "{found}");
    let known: Vec<&str> = found["picks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|pick| pick["change"] != "new")
        .filter_map(|pick| pick["id"].as_str())
        .collect();
    assert_eq!(known.len(), 4, "the four products of the mail: {found}");
}

#[test]
fn a_picture_without_a_browser_says_what_to_install() {
    let program = Program::new();
    let mut command = program.command("preview newsletter -r c01 --png mail.png -q");
    let ended = Ended::from(command.env("PATH", "").env_remove("CHROMIUM").output().expect("it runs"));
    ended.failed(
        2,
        "a picture of a mail needs Chromium or Chrome, and none is installed\n  help: Debian, Ubuntu: `apt-get install chromium`",
    );
    let mut command = program.command("preview newsletter -r c01 --png mail.png -q");
    Ended::from(command.env("CHROMIUM", "/nowhere").output().expect("it runs")).failed(2, "CHROMIUM names `/nowhere`");
    assert!(!exists(&program.path("mail.png")));
    program.run("preview newsletter -r c01 --width 375 -q").says_one_of(&["--png <FILE>"]);
}
