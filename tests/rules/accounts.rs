//! Companies: what is known of them sorts their people.

use serde_json::json;

use super::shop::Shop;

const FLEET: [(&str, &str); 4] = [("a1", "acme"), ("a2", "acme"), ("a3", "acme"), ("b1", "bolt")];

fn firms(config: &str) -> Shop {
    let shop = Shop::new()
        .config(config)
        .row("accounts", json!({ "id": "acme", "name": "Acme", "industry": "food", "plan": "team", "employees": 40, "region": "west" }))
        .row("accounts", json!({ "id": "bolt", "name": "Bolt", "industry": "astronomy" }));
    FLEET.iter().fold(shop, |shop, (id, account)| shop.contact_with(id, json!({ "account_id": account })))
}

#[test]
fn one_sector_sees_one_block_and_an_unknown_sector_the_general_one_0_30() {
    let plan = firms("")
        .newsletter("", "[slots.hero]\nfill = 'block'\n")
        .block(
            "food",
            "hero",
            "level = 'many'\nall = [\"account.industry = 'food'\", \"account.employees >= 10\", \"account.region = 'west'\"]",
        )
        .block("all", "hero", "level = 'general'")
        .contact("alone")
        .contact_with("lost", json!({ "account_id": "nobody-knows" }))
        .plan("newsletter");
    let shown = |id: &str| plan.draft(id).context["slots"]["hero"]["block"].as_str().map(str::to_owned);
    assert_eq!(["a1", "a2", "a3"].map(&shown), [(); 3].map(|()| Some("food".to_owned())));
    assert_eq!(["b1", "alone", "lost"].map(&shown), [(); 3].map(|()| Some("all".to_owned())));
    assert_eq!(plan.draft("a1").context["account"]["name"], "Acme");
    assert_eq!(plan.draft("alone").context["account"], serde_json::Value::Null);
    assert_eq!(plan.report.n_unknown_accounts, 1, "`lost` names a company that nobody knows");
}

#[test]
fn contradictory_companies_are_refused_and_bad_ones_are_located() {
    let twice = firms("").row("accounts", json!({ "id": "acme", "name": "Another" })).write();
    let read = |folder: &tempfile::TempDir| {
        let (project, _) = relance::project::load(folder.path(), None).expect("the project loads");
        let now = relance::clock::Now { at: Shop::new().now, zone: project.zone };
        relance::snapshot::build(&project, now, &std::collections::BTreeMap::new(), None, &mut |_| {}).map(|_| ()).expect_err("refused")
    };
    assert_eq!(read(&twice).to_string(), "1 id of `accounts` stands on several rows that contradict one another");
    let wrong = firms("").row("accounts", json!({ "id": "c", "employees": "a few" })).write();
    let error = read(&wrong);
    assert_eq!(error.to_string(), "1 row of `accounts` has an unreadable `employees`");
    assert_eq!(error.details(), ["data/accounts/0.jsonl:3  employees  \"a few\"  not a whole number"]);
}

#[test]
fn the_price_in_a_mail_is_that_of_the_contract_row_and_without_one_there_is_none_0_31() {
    let contract = |id: &str, price: &str| json!({ "contact_id": "a1", "contract_id": id, "ends_on": "2026-05-27", "product_id": "team", "price": price, "currency": "EUR" });
    let shop = firms("").triggered(
        "renewal",
        "ending_contract",
        "late = '10d'",
        "[[steps]]\nname = 'last'\nbefore = '7d'\n[slots.contract]\nfill = 'subject'\n",
    );
    let subject = |shop: Shop| shop.plan("renewal").draft("a1").context["slots"]["contract"].clone();
    let priced = subject(shop.clone().row("contracts", contract("K-1", "1234.50")));
    assert_eq!(priced["price"], json!({ "minor": 123_450, "currency": "EUR" }));
    assert_eq!(priced["title"], "team", "a product that the catalogue does not have is named by its id");
    let named = shop.clone().product("team", "Plans", "9.00").row("contracts", contract("K-1", ""));
    let named = subject(named);
    assert_eq!((&named["price"], &named["title"]), (&json!(null), &json!("Titre team")), "the price of the catalogue is nobody's contract");
}
