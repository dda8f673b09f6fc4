//! `relance score evaluate` on files, and its export judged by a scorer of its own that knows files only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::markets::{DAYS, GROCERIES, Kind};
use relance::recommend::GUEST;

/// Day 0 of the shop, since 1970: 2026-01-01.
const FIRST: i32 = 20_454;
/// The cut of the tests, day 172.
const CUT: &str = "2026-06-22";
const K: usize = 8;

/// Writes a project with the orders of a kind of shop; some lines are returns, which count for nothing.
fn project(folder: &Path) {
    let market = Kind { n_people: 150, ..GROCERIES }.draw();
    relance::project::starter::write_starter(folder, "Boutique").expect("the starter project");
    let config = fs::read_to_string(folder.join("relance.toml")).expect("a file");
    let config = config.replace("events = { files = \"data/events.jsonl\" }\n", "").replace("Europe/Paris", "UTC");
    fs::write(folder.join("relance.toml"), config).expect("a file");
    let mut contacts = String::from("id,email,consent_newsletter\n");
    for who in 0..150 {
        _ = writeln!(contacts, "person-{who:03},person-{who:03}@people.example,yes");
    }
    let mut products = String::from("id,title,price,url,category\n");
    for product in &market.catalogue.products {
        let category = product.category.as_deref().unwrap_or_default();
        _ = writeln!(products, "{},{},1.00,https://shop.example/{},{category}", product.id, product.title, product.id);
    }
    let mut orders = String::from("order_id,contact_id,at,product_id,quantity,unit_price,status\n");
    for (n, line) in market.evidence.orders.all().iter().enumerate() {
        let who = if line.who == GUEST { String::new() } else { format!("person-{:03}", line.who) };
        let at = relance::clock::Timestamp(i64::from(FIRST + line.day) * relance::clock::DAY_US + 36_000_000_000);
        let status = if n % 50 == 7 { "returned" } else { "placed" };
        _ = writeln!(orders, "o{},{who},{at},{},1,1.00,{status}", line.order, market.catalogue.product(line.product).id);
    }
    for (name, text) in [("contacts", contacts), ("products", products), ("orders", orders)] {
        fs::write(folder.join(format!("data/{name}.csv")), text).expect("a file");
    }
}

fn relance(folder: &Path, line: &str) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_relance")).arg("-C").arg(folder).args(line.split(' ')).output().expect("it runs")
}

/// Judges a file of predictions by files of orders, with maps of text alone.
#[expect(clippy::cast_precision_loss, clippy::similar_names, reason = "small counts, and the names of the formulas")]
fn scored(folder: &Path, track: &str) -> BTreeMap<&'static str, f64> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    let categories: BTreeMap<String, String> = read("data/products.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[0].to_owned(), cells[4].to_owned())
        })
        .collect();
    let (mut bought, mut buyers): (BTreeMap<String, BTreeSet<String>>, BTreeMap<String, BTreeSet<String>>) = Default::default();
    let mut after: Vec<(String, String)> = Vec::new();
    let (mut last, mut n_orders): (BTreeMap<String, String>, BTreeMap<String, BTreeSet<String>>) = Default::default();
    for line in read("data/orders.csv").lines().skip(1) {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let [order, user, at, item] = [0, 1, 2, 3].map(|at| cells[at].clone());
        if cells[6] == "returned" {
            continue;
        }
        if at.as_str() >= CUT {
            after.push((user, item));
            continue;
        }
        let of_item = buyers.entry(item.clone()).or_default();
        if !user.is_empty() {
            of_item.insert(user.clone());
            bought.entry(user.clone()).or_default().insert(item);
            n_orders.entry(user.clone()).or_default().insert(order);
            let known = last.entry(user).or_default();
            *known = (*known).clone().max(at);
        }
    }
    let mut truth: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (user, item) in after.into_iter().filter(|(user, item)| !user.is_empty() && buyers.contains_key(item)) {
        if track == "all" || !bought.get(&user).is_some_and(|items| items.contains(&item)) {
            truth.entry(user).or_default().insert(item);
        }
    }
    let mut predicted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in read("picks.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let list = predicted.entry(cells[0].to_owned()).or_default();
        list.push(cells[2].to_owned());
        assert_eq!(cells[1], list.len().to_string(), "ranks follow one another");
    }
    let mut sums: BTreeMap<&'static str, f64> = BTreeMap::new();
    let mut shown: BTreeMap<String, f64> = BTreeMap::new();
    let n_buyers = bought.len() as f64;
    for (user, truth) in &truth {
        let picks = &predicted[user];
        let most = truth.len().min(K);
        let ideal: f64 = (0..most).map(|place| 1.0 / (place as f64 + 2.0).log2()).sum();
        let hits: Vec<usize> = (0..picks.len()).filter(|place| truth.contains(&picks[*place])).collect();
        let dcg: f64 = hits.iter().map(|place| 1.0 / (*place as f64 + 2.0).log2()).sum();
        let mut add = |name, value| *sums.entry(name).or_default() += value;
        add("ndcg", dcg / ideal);
        add("recall", hits.len() as f64 / most as f64);
        add("hit_rate", if hits.is_empty() { 0.0 } else { 1.0 });
        add("mrr", hits.first().map_or(0.0, |place| 1.0 / (*place as f64 + 1.0)));
        add("short", if picks.len() < K { 1.0 } else { 0.0 });
        add(
            "novelty",
            picks.iter().map(|item| -((buyers.get(item).map_or(0, BTreeSet::len) as f64 + 1.0) / (n_buyers + 1.0)).log2()).sum::<f64>()
                / picks.len() as f64,
        );
        let pairs: Vec<f64> = (0..picks.len())
            .flat_map(|a| (a + 1..picks.len()).map(move |b| (a, b)))
            .map(|(a, b)| if categories[&picks[a]] == categories[&picks[b]] { 0.0 } else { 1.0 })
            .collect();
        add("list_distance", pairs.iter().sum::<f64>() / pairs.len() as f64);
        if !last.contains_key(user) {
            add("cold", 1.0);
        } else if last[user].as_str() < "2026-04-23T00:00" {
            add("dormant", 1.0);
        } else if n_orders[user].len() == 1 {
            add("one_order", 1.0);
        }
        for item in picks {
            *shown.entry(item.clone()).or_default() += 1.0;
        }
    }
    let n = truth.len() as f64;
    for name in ["ndcg", "recall", "hit_rate", "mrr", "short", "novelty", "list_distance"] {
        *sums.entry(name).or_default() /= n;
    }
    sums.insert("users", n);
    let mut counts: Vec<f64> = buyers.keys().map(|item| shown.get(item).copied().unwrap_or(0.0)).collect();
    counts.sort_by(f64::total_cmp);
    // Of what was bought before: a product that was only looked at may be shown too.
    sums.insert("coverage", shown.keys().filter(|item| buyers.contains_key(*item)).count() as f64 / buyers.len() as f64);
    let spread: f64 = counts.iter().flat_map(|a| counts.iter().map(move |b| (a - b).abs())).sum();
    sums.insert("gini", spread / (2.0 * counts.len() as f64 * counts.iter().sum::<f64>()));
    sums
}

#[test]
fn figures_are_those_of_another_scorer() {
    let folder = tempfile::tempdir().expect("a folder");
    project(folder.path());
    for track in ["all", "new"] {
        let line = format!(
            "score evaluate --now 2026-07-21T00:00 --at {CUT} --export {} --track {track} --json",
            folder.path().join("picks.csv").display()
        );
        let output = relance(folder.path(), &line);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let hybrid =
            value["methods"].as_array().and_then(|methods| methods.iter().find(|row| row["method"] == "hybrid")).expect("the blend");
        let theirs = scored(folder.path(), track);
        assert!(theirs["users"] > 50.0 && theirs["ndcg"] > 0.05, "{theirs:?}");
        for name in ["users", "ndcg", "recall", "hit_rate", "mrr", "short", "novelty", "list_distance", "coverage", "gini"] {
            let ours = hybrid[track][name].as_f64().expect("a figure");
            assert!((ours - theirs[name]).abs() < 5e-5, "{track} {name}: {ours} and {}", theirs[name]);
        }
        for group in ["cold", "dormant", "one_order"] {
            let ours = hybrid[track]["slices"][group]["n"].as_f64().unwrap_or(0.0);
            let theirs = theirs.get(group).copied().unwrap_or(0.0);
            assert!((ours - theirs).abs() < 0.5, "{track} {group}: {ours} and {theirs}");
        }
    }
    assert_eq!(DAYS, 200, "the days of the test follow those of the shop");
}

/// Builds the snapshot of a project with more of a configuration and a key; returns its models as they are written.
fn built(more: &str, key: &str) -> [Vec<u8>; 3] {
    let folder = tempfile::tempdir().expect("a folder");
    project(folder.path());
    let edit = |name: &str, change: &dyn Fn(String) -> String| {
        let path = folder.path().join(name);
        fs::write(&path, change(fs::read_to_string(&path).expect("a file"))).expect("a file");
    };
    edit("campaigns/newsletter.toml", &|text| text.replace("{ also_bought = 1.0,", "{ for_you = 1.0, also_bought = 1.0,"));
    edit("relance.toml", &|text| format!("{text}\n[secrets]\nkey = {{ file = \"the.key\" }}\n{more}"));
    fs::write(folder.path().join("the.key"), key.repeat(32)).expect("a file");
    let output = relance(folder.path(), "profile build --now 2026-07-10T00:00");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ["recommender.bin", "models.bin", "catalogue.bin"].map(|name| {
        let bytes = fs::read(folder.path().join(".relance/profiles").join(name)).expect("a file");
        zstd::decode_all(bytes.as_slice()).expect("compressed")
    })
}

#[test]
fn what_is_kept_of_the_models_names_nobody() {
    for more in ["", "[privacy.blur]\n"] {
        let [recommender, models, catalogue] = built(more, "k");
        let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        for text in ["person-", "people.example"] {
            assert!(!holds(&recommender, text) && !holds(&models, text), "{text}");
        }
        assert!(recommender.len() > 10_000, "{} bytes were learned", recommender.len());
        assert!(holds(&catalogue, "p0001"), "the files are read as they are written");
    }
}

#[test]
fn a_blurred_model_is_the_same_again_and_follows_the_key_and_the_rule() {
    let blurred = built("[privacy.blur]\n", "k");
    assert!(blurred == built("[privacy.blur]\n", "k"), "the same bytes");
    let others = [built("[privacy.blur]\n", "l"), built("[privacy.blur]\nsupport = 4\n", "k"), built("", "k")];
    for other in others {
        assert!(blurred[0] != other[0] && blurred[1] != other[1], "another model");
        assert!(blurred[2] == other[2], "of the same catalogue");
    }
}

#[test]
fn each_step_of_a_blur_is_judged_and_the_last_is_the_blend_of_mails() {
    let folder = tempfile::tempdir().expect("a folder");
    project(folder.path());
    let evaluate = || -> Value {
        let line = format!("score evaluate --now 2026-07-21T00:00 --at {CUT} --blur --json");
        let output = relance(folder.path(), &line);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    };
    let hybrid = |value: &Value| {
        let methods = value["methods"].as_array().expect("methods");
        methods.iter().find(|row| row["method"] == "hybrid").expect("the blend").clone()
    };
    let steps = |value: &Value| value["blur"]["steps"].as_array().expect("steps").clone();
    let unwritten = evaluate();
    assert_eq!(unwritten["blur"]["is_written"], false);
    assert_eq!(steps(&unwritten).len(), 5);
    for track in ["all", "new"] {
        assert_eq!(steps(&unwritten)[0][track]["ndcg"], hybrid(&unwritten)[track]["ndcg"], "the blend of mails is the clear one");
        assert_eq!(steps(&unwritten)[0][track]["over_clear"]["share"], 0.0);
    }
    let pairs: Vec<u64> = steps(&unwritten).iter().map(|step| step["pairs"].as_u64().expect("a number")).collect();
    assert!(pairs[3] < pairs[2] && pairs[4] < pairs[3], "{pairs:?}");
    let config = fs::read_to_string(folder.path().join("relance.toml")).expect("a file");
    fs::write(folder.path().join("relance.toml"), config + "\n[privacy.blur]\nsupport = 5\nnoise = 2.0\n").expect("a file");
    let written = evaluate();
    assert_eq!(written["blur"]["is_written"], true);
    assert_eq!(written["blur"]["rule"]["support"], 5);
    for track in ["all", "new"] {
        assert_eq!(steps(&written)[4][track]["ndcg"], hybrid(&written)[track]["ndcg"], "the blend of mails is the blurred one");
        assert_eq!(steps(&written)[0][track], steps(&unwritten)[0][track], "the clear one is what it was");
    }
}

#[test]
fn nobody_to_judge_is_an_error_that_says_what_to_type() {
    let folder = tempfile::tempdir().expect("a folder");
    project(folder.path());
    let output = relance(folder.path(), "score evaluate --now 2030-01-01T00:00");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(said.contains("nobody can judge") && said.contains("score evaluate --at 2026-06-2"), "{said}");
}
