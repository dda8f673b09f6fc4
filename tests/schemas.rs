//! What `--json` prints has the form that `relance schema` says.

#[path = "support/habits.rs"]
mod habits;
#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const NOW: &str = "2026-03-05T09:00";

/// Runs a command in a folder and returns what it prints, one value a line.
fn printed(folder: &Path, line: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).arg("-C").arg(folder).args(line.split(' ')).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let values: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    assert!(!values.is_empty(), "`{line}` prints nothing: {}", String::from_utf8_lossy(&output.stderr));
    values
}

/// Lists what of a value does not have the form of a schema: `type`, `const`, `enum`, `minimum`, `required`, `properties`,
/// `additionalProperties` and `items`; another word in a schema is refused, so that none is left unchecked.
fn faults(value: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
    const KNOWN: [&str; 11] =
        ["$schema", "title", "description", "type", "const", "enum", "minimum", "required", "properties", "additionalProperties", "items"];
    let Some(schema) = schema.as_object() else { return };
    found.extend(schema.keys().filter(|word| !KNOWN.contains(&word.as_str())).map(|word| format!("{at}: the schema says `{word}`")));
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    let types = schema.get("type").map(|types| types.as_array().cloned().unwrap_or_else(|| vec![types.clone()]));
    if types.is_some_and(|types| !types.iter().filter_map(Value::as_str).any(is)) {
        found.push(format!("{at}: {value} is not {}", schema["type"]));
    }
    if schema.get("const").is_some_and(|wanted| wanted != value) {
        found.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|known| !known.contains(value)) {
        found.push(format!("{at}: {value} is not one of {}", schema["enum"]));
    }
    if let (Some(least), Some(number)) = (schema.get("minimum").and_then(Value::as_f64), value.as_f64())
        && number < least
    {
        found.push(format!("{at}: {number} is below {least}"));
    }
    if let Some(fields) = value.as_object() {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|key| !fields.contains_key(*key)).map(|key| format!("{at}: `{key}` is missing")));
        for (key, value) in fields {
            let inner = format!("{at}.{key}");
            match (schema.get("properties").and_then(|properties| properties.get(key)), schema.get("additionalProperties")) {
                (None, Some(Value::Bool(false))) => found.push(format!("{inner} is not in the schema")),
                (Some(schema), _) | (None, Some(schema)) => faults(value, schema, &inner, found),
                (None, None) => {}
            }
        }
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        for (n, item) in items.iter().enumerate() {
            faults(item, schema, &format!("{at}[{n}]"), found);
        }
    }
}

#[test]
fn outputs_have_the_form_of_their_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    let (list, log) = (folder.path().join("list.csv"), folder.path().join("log.jsonl"));
    std::fs::write(&list, "email,reason\nz@mail.example,complaint\nnobody,manual\n").expect("a file");
    std::fs::write(&log, "{\"type\":\"unsubscribe\",\"email\":\"z@mail.example\"}\n{}\n").expect("a file");
    let programs = folder.path().join("data.json");
    let stats = "{\"last_update_date\":\"2026-01-02\",\"data\":[{\"slug\":\"html-video\",\"title\":\"<video>\",\"stats\":{}}]}";
    std::fs::write(&programs, stats).expect("a file");
    let (list, log, programs) = (list.display(), log.display(), programs.display());
    let config = std::fs::read_to_string(folder.path().join("relance.toml")).expect("a text");
    std::fs::write(folder.path().join("relance.toml"), config + "\n[retention]\nmails = \"180d\"\n").expect("a file");
    let plan = folder.path().join("the.plan").display().to_string();
    let lines = [
        ("check", "check --json".to_owned()),
        ("check-mails", "check --mails newsletter --json".to_owned()),
        ("status", "status --json".to_owned()),
        ("report", "report --json".to_owned()),
        ("plan", format!("plan newsletter --now {NOW} --json")),
        ("explain", format!("explain newsletter c01 --now {NOW} --json")),
        ("explain", format!("explain newsletter c10 --now {NOW} --json")),
        ("preview", format!("preview newsletter -r c01 --now {NOW} --json")),
        ("run", format!("run newsletter --now {NOW} --yes --json")),
        ("run", format!("run newsletter --now {NOW} --yes --json")),
        ("status", "status --json".to_owned()),
        ("report", "report --json".to_owned()),
        ("plan", "plan newsletter --now 2026-03-12T09:00 --json".to_owned()),
        ("preview-diff", "preview newsletter -r c01 --diff last --now 2026-03-12T09:00 --json".to_owned()),
        ("run", "run newsletter --now 2026-03-12T09:00 --yes --limit 3 --json".to_owned()),
        ("plan", format!("plan newsletter --now 2026-03-12T09:00 --out {plan} --json")),
        ("run", format!("run --plan {plan} --now 2026-03-12T09:00 --yes --json")),
        ("send", "send newsletter --now 2026-03-12T09:00 --json".to_owned()),
        ("export", format!("export newsletter --now 2026-03-19T09:00 --out {} --json", folder.path().join("files").display())),
        ("test", "test --json".to_owned()),
        ("test", "test --coverage --json".to_owned()),
        ("profile-build", format!("profile build --now {NOW} --json")),
        ("profile-show", format!("profile show c01 --now {NOW} --json")),
        ("profile-show", format!("profile show c03 --now {NOW} --json")),
        ("profile-show", format!("profile show c30 --now {NOW} --json")),
        ("profile-export", format!("profile show c01 --now {NOW} --export - --json")),
        ("config-values", "config --json".to_owned()),
        ("init", format!("init {} --json", folder.path().join("another").display())),
        ("error", "explain newsletter nobody --json".to_owned()),
        ("error", "plan nothing --json".to_owned()),
        ("audit", format!("audit --now {NOW} --json")),
        ("audit-potential", format!("audit potential --now {NOW} --json")),
        ("audit-segments", format!("audit segments --now {NOW} --json")),
        ("discover", format!("discover --support 2 --error 90 --now {NOW} --json")),
        ("backtest", format!("backtest --from 2026-02-20 --now {NOW} --json")),
        ("audit-delivery", "audit delivery --json".to_owned()),
        ("dkim-keygen", format!("dkim keygen --selector s1 --algorithm both --out {} --json", folder.path().join("dkim").display())),
        ("suppress", "suppress add x@mail.example --json".to_owned()),
        ("suppress", "suppress check x@mail.example --json".to_owned()),
        ("suppress", "suppress check y@mail.example --json".to_owned()),
        ("suppress", format!("suppress import {list} --json")),
        ("suppress", "suppress export --json".to_owned()),
        ("suppress", format!("suppress export --out {list}.again --json")),
        ("suppress", "suppress remove x@mail.example --json".to_owned()),
        ("forget", format!("forget c05 --now {NOW} --yes --json")),
        ("score-evaluate", "score evaluate --now 2026-03-05T09:00 --horizon 60d --json".to_owned()),
        ("score-evaluate", "score evaluate --now 2026-03-05T09:00 --horizon 60d --blur --json".to_owned()),
        ("ledger", "ledger resolve --all --sent --json".to_owned()),
        ("ledger-prune", "ledger prune --dry-run --json".to_owned()),
        ("ledger-prune", "ledger prune --json".to_owned()),
        ("feedback", format!("feedback import {log} --json")),
        ("checks-update", format!("checks update {programs} --json")),
    ];
    // One expectation that is met and one that is not.
    fs::create_dir(folder.path().join("tests")).expect("a folder");
    let case = |recipient: &str| format!("[[case]]\ncampaign = \"newsletter\"\nrecipient = \"{recipient}\"\nexpect = \"sent\"\n");
    fs::write(folder.path().join("tests/newsletter.toml"), format!("now = \"{NOW}\"\n{}{}", case("c01"), case("c10"))).expect("a file");
    let mut found = Vec::new();
    for (name, line) in &lines {
        let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(["schema", name]).output().expect("it runs");
        let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
        for value in printed(folder.path(), line) {
            faults(&value, &schema, line, &mut found);
        }
    }
    // A project with a mistake, and its place.
    fs::write(folder.path().join("segments.toml"), "[segments.a]\nall = [\"agee > 3\"]\n").expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(["schema", "check"]).output().expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
    for value in printed(folder.path(), "check --json") {
        assert!(value["errors"].as_u64() > Some(0), "{value}");
        faults(&value, &schema, "check", &mut found);
    }
    // The same mistake where it stops a command.
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(["schema", "error"]).output().expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
    for value in printed(folder.path(), "plan newsletter --json") {
        assert_eq!(value["kind"], "project");
        faults(&value, &schema, "error", &mut found);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Asks the sandbox's API and returns the value.
fn asked(address: &str, method: &str, path: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
}

#[test]
fn the_sandbox_answers_in_the_form_of_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = |name: &str| -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(["schema", name]).output().expect("it runs");
        serde_json::from_slice(&output.stdout).expect("a schema")
    };
    let (form, error) = (schema("sandbox"), schema("error"));
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("-C")
        .arg(folder.path())
        .args(["sandbox", "--json", "--smtp", "127.0.0.1:0", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    BufReader::new(sandbox.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let started: Value = serde_json::from_str(&line).expect("JSON");
    let address = |key: &str| started[key].as_str().expect("a URL").trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let (web, smtp) = (address("listening"), address("smtp"));

    let mut stream = TcpStream::connect(smtp).expect("it listens");
    stream
        .write_all(
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: x\r\nContent-Type: text/html; name=a\r\n\
            Content-Disposition: attachment\r\n\r\nbare\nfeed\r\n.\r\nQUIT\r\n",
        )
        .expect("it reads");
    stream.read_to_string(&mut String::new()).expect("it answers");
    let list = asked(&web, "GET", "/api/messages?limit=1", "");
    let id = list["messages"][0]["id"].as_str().expect("an id").to_owned();
    let mut found = Vec::new();
    let answers = [
        started,
        list,
        asked(&web, "GET", &format!("/api/messages/{id}"), ""),
        asked(&web, "GET", "/api/chaos", ""),
        asked(&web, "POST", "/api/chaos", "{\"chaos\":\"slow=1ms\"}"),
    ];
    for answer in &answers {
        faults(answer, &form, "sandbox", &mut found);
    }
    for (method, path, body) in
        [("GET", "/api/messages/x", ""), ("POST", "/api/chaos", "x"), ("POST", &format!("/api/messages/{id}/release") as &str, "")]
    {
        faults(&asked(&web, method, path, body), &error, path, &mut found);
    }
    faults(&asked(&web, "DELETE", "/api/messages", ""), &form, "delete", &mut found);
    let told = Command::new("kill").arg(sandbox.id().to_string()).status().expect("kill runs");
    assert!(told.success() && sandbox.wait().expect("it ends").success(), "SIGTERM ends it well");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn servers_say_where_they_listen_in_the_form_of_their_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(["schema", "serve"]).output().expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
    let mut found = Vec::new();
    for flags in ["--now 2026-03-05T09:00", "--public"] {
        let mut server = Command::new(env!("CARGO_BIN_EXE_relance"))
            .arg("-C")
            .arg(folder.path())
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .args(flags.split(' '))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let told = Command::new("kill").arg(server.id().to_string()).status().expect("kill runs");
        assert!(told.success() && server.wait().expect("it ends").success(), "SIGTERM ends it well");
        let started: Value = serde_json::from_str(&line).expect("JSON");
        assert!(started["listening"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{started}");
        faults(&started, &schema, flags, &mut found);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_report_of_arms_has_the_form_of_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    let path = folder.path().join("campaigns/newsletter.toml");
    let arms = "cost_per_mail = '0.002 EUR'\n[experiment]\nname = 'words'\n[[experiment.arms]]\nname = 'a'\n[[experiment.arms]]\nname = 'b'\n\
        subject = { fr = 'autre', en = 'other' }\n";
    let text = fs::read_to_string(&path).expect("a campaign");
    fs::write(&path, format!("{}\n{arms}", text.trim_end())).expect("a file");
    printed(folder.path(), &format!("run newsletter --now {NOW} --yes --json"));
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(["schema", "report"]).output().expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
    let mut found = Vec::new();
    for value in printed(folder.path(), "report --now 2026-03-25T09:00 --json") {
        let told = &value["campaigns"][0];
        for key in ["winners", "balance"] {
            assert!(told[key].as_array().is_some_and(|list| !list.is_empty()), "`{key}` of {told}");
        }
        assert!(told["experiment"]["arms"][0]["comparison"].is_object(), "{told}");
        faults(&value, &schema, "report", &mut found);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn scores_have_the_form_of_their_schemas() {
    let program = habits::shop(
        "\n[scores.lead]\nkind = \"column\"\ncolumn = \"lead\"\nundecided = [3, 6]\n\n[scores.like]\nkind = \"lookalike\"\nseed = \"tea-lovers\"\n",
    );
    let file = program.path("scores.csv").display().to_string();
    let lines = [
        ("score-train", format!("score train --now {NOW} --json")),
        ("score-train", format!("score train like --now {NOW} --json")),
        ("score-judge", format!("score evaluate --score purchase_14d --now {NOW} --json")),
        ("score-judge", format!("score evaluate --score like --now {NOW} --json")),
        ("score-apply", format!("score apply purchase_14d --now {NOW} --json")),
        ("score-apply", format!("score apply lead --now {NOW} --json")),
        ("score-apply", format!("score apply like --output {file} --now {NOW} --json")),
        ("backtest", format!("backtest --from 2026-02-26 --now {NOW} --json")),
        ("error", format!("score train lead --now {NOW} --json")),
    ];
    let mut found = Vec::new();
    for (name, line) in &lines {
        let schema: Value = serde_json::from_str(&program.done(&format!("schema {name}")).stdout).expect("a schema");
        for value in printed(program.folder.path(), line) {
            faults(&value, &schema, line, &mut found);
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_validator_sees_each_fault() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": { "a": { "type": ["integer", "null"], "minimum": 0 }, "b": { "enum": ["x"] }, "c": { "type": "array", "items": { "type": "string" } } },
    });
    for (value, n) in [
        ("{\"a\":1}", 0),
        ("{\"a\":null,\"b\":\"x\",\"c\":[]}", 0),
        ("{}", 1),
        ("{\"a\":-1}", 1),
        ("{\"a\":\"1\"}", 1),
        ("{\"a\":1,\"b\":\"y\"}", 1),
        ("{\"a\":1,\"c\":[1,2]}", 2),
        ("{\"a\":1,\"d\":1}", 1),
    ] {
        let mut found = Vec::new();
        faults(&serde_json::from_str(value).expect("JSON"), &schema, "$", &mut found);
        assert_eq!(found.len(), n, "{value}: {found:?}");
    }
}
