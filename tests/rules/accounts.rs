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

/// Two firms, of which one pays its own price for one of two products.
fn priced(prices: &[serde_json::Value]) -> Shop {
    let shop = firms("")
        .newsletter("", "[slots.picks]\nfill = 'products'\ncount = 2\nstrategies = { popular_recent = 1.0 }\n")
        .product_with("P-1", "A", "100", json!({ "list_price": "150", "margin": "30" }))
        .product_with("P-2", "A", "40", json!({ "list_price": "50", "margin": "20" }))
        .basket("b1", &["P-1", "P-2"], "20 days", "10");
    prices.iter().fold(shop, |shop, row| shop.row("prices", row.clone()))
}

fn own(price: &str, more: serde_json::Value) -> serde_json::Value {
    let mut row = json!({ "account_id": "acme", "product_id": "P-1", "price": price });
    if let (Some(row), serde_json::Value::Object(more)) = (row.as_object_mut(), more) {
        row.extend(more);
    }
    row
}

#[test]
fn the_people_of_a_firm_see_its_own_price_and_others_that_of_the_catalogue_0_31() {
    let plan = priced(&[own("80", json!({}))]).plan("newsletter");
    let shown = |id: &str| {
        let items = plan.draft(id).context["slots"]["picks"]["items"].clone();
        let mut items = items.as_array().expect("items").clone();
        items.sort_by_key(|item| item["id"].to_string());
        items.iter().map(|item| (item["price"]["minor"].clone(), item["list_price"]["minor"].clone())).collect::<Vec<_>>()
    };
    let minor = |price: i64, list: Option<i64>| (json!(price), json!(list));
    for id in ["a1", "a2", "a3"] {
        assert_eq!(shown(id), [minor(8_000, None), minor(4_000, Some(5_000))], "{id}: no reduction beside a price of their own");
    }
    assert_eq!(shown("b1"), [minor(10_000, Some(15_000)), minor(4_000, Some(5_000))]);
    let dated = |from: &str, until: &str| {
        let plan = priced(&[own("80", json!({ "valid_from": from, "valid_until": until }))]).plan("newsletter");
        let items = plan.draft("a1").context["slots"]["picks"]["items"].clone();
        items.as_array().expect("items").iter().find(|item| item["id"] == "P-1").expect("the product")["price"]["minor"].clone()
    };
    assert_eq!(
        [dated("2026-01-01", "2026-12-31"), dated("2026-06-01", ""), dated("", "2026-05-01"), dated("", "2026-05-20")],
        [8_000, 10_000, 10_000, 8_000].map(|it| json!(it)),
        "the last day still counts"
    );
    let until = json!({ "valid_until": "2026-05-20T12:00:00+02:00" });
    let shop = priced(&[own("80", until)]);
    let two_hours = relance::clock::Span(2 * 3_600_000_000 - 1);
    assert_eq!(shop.plan("newsletter").admitted("a1").expires_at(), shop.now.plus(two_hours), "not sent after the price it shows");
    assert!(shop.plan("newsletter").admitted("b1").expires_at() > shop.now.plus(two_hours));
}

#[test]
fn an_offer_is_counted_at_the_price_of_the_firm_and_keeps_the_margin_that_is_left_0_31() {
    let offer = |price: &str, floor: &str| {
        let shop = priced(&[own(price, json!({}))])
            .triggered("birthday", "birthday", "", "[[steps]]\nname = 'day'\nafter = '0s'\noffer = 'gift'\n[slots.picks]\nfill = 'products'\ncount = 1\npinned = ['P-1']\nstrategies = { popular_recent = 1.0 }\n")
            .text("offers.toml", &format!("[offers.gift]\ntitle = {{ fr = 'Un cadeau' }}\npercent = 10\nbudget = '1000 EUR'\n{floor}"))
            .contact_with("a9", json!({ "account_id": "acme", "birthday": "1990-05-20" }))
            .contact_with("b9", json!({ "account_id": "bolt", "birthday": "1990-05-20" }));
        let plan = shop.plan("birthday");
        ["a9", "b9"].map(|id| plan.mail(id).offer.and_then(|offer| offer.cost).map(|cost| cost.minor))
    };
    assert_eq!(offer("80", ""), [Some(800), Some(1_000)], "a tenth of what each pays");
    // Of 100.00 the margin is 30.00; at 80.00 it is 10.00, and 8.00 off leave 2.00 of 72.00.
    assert_eq!(offer("80", "margin_floor = '10%'\n"), [None, Some(1_000)]);
    assert_eq!(offer("95", "margin_floor = '10%'\n"), [Some(950), Some(1_000)]);
}

#[test]
fn prices_that_contradict_one_another_stop_the_work_and_bad_ones_are_located_0_31() {
    let read = |shop: Shop| {
        let folder = shop.write();
        let (project, _) = relance::project::load(folder.path(), None).expect("the project loads");
        let now = relance::clock::Now { at: Shop::new().now, zone: project.zone };
        relance::snapshot::build(&project, now, &std::collections::BTreeMap::new(), None, &mut |_| {}).map(|(_, report)| report)
    };
    let error = read(priced(&[own("80", json!({})), own("90", json!({ "valid_from": "2026-05-01" }))])).expect_err("refused");
    assert_eq!(error.to_string(), "1 id of `prices` stands on several rows that contradict one another");
    assert_eq!(error.details(), ["`acme/P-1`"]);
    let error = read(priced(&[own("cheap", json!({}))])).expect_err("refused");
    assert_eq!(error.to_string(), "1 row of `prices` has an unreadable `price`");
    let following = [own("80", json!({ "valid_until": "2026-05-01" })), own("90", json!({ "valid_from": "2026-05-02" }))];
    assert_eq!(read(priced(&following)).expect("read").contradictory_prices, Vec::<String>::new());
    let at = "2026-05-01T00:00:00+02:00";
    let at_once = [own("80", json!({ "valid_until": at })), own("90", json!({ "valid_from": at }))];
    assert_eq!(read(priced(&at_once)).expect("read").contradictory_prices, Vec::<String>::new());
    assert_eq!(read(priced(&[own("80", json!({ "product_id": "P-9" }))])).expect("read").n_unknown_priced, 1);
    let nothing_to_price = firms("").row("prices", own("80", json!({})));
    assert_eq!(nothing_to_price.mistakes(), ["source::no-products"]);
}

#[test]
fn whoever_has_a_price_of_their_own_is_told_of_no_reduction_0_31() {
    let shop = |prices: &[serde_json::Value]| {
        priced(prices)
            .triggered("drop", "price_drop", "late = '2d'", "[[steps]]\nname = 'first'\nafter = '1h'\n[slots.picks]\nfill = 'products'\ncount = 1\nmin = 1\nstrategies = { trigger = 1.0 }\n")
            .product_with("P-3", "A", "60", json!({ "list_price": "90", "price_since": "2026-05-20T06:00:00+02:00" }))
            .viewed("a1", "P-3", "5 days")
            .viewed("b1", "P-3", "5 days")
            .plan("drop")
    };
    let told = |prices: &[serde_json::Value]| ["a1", "b1"].map(|id| shop(prices).reason(id).is_none());
    assert_eq!(told(&[]), [true, true]);
    assert_eq!(told(&[own("55", json!({ "product_id": "P-3" }))]), [false, true]);
}

#[test]
fn the_age_of_companies_and_prices_is_read_as_that_of_other_sources() {
    for source in ["accounts", "prices"] {
        let shop = Shop::new().product("P-1", "A", "10");
        let wrong = shop.config(&format!("[sources.{source}]\nfiles = 'data/{source}.csv'\nmax_age = 'soon'\n"));
        assert_eq!(wrong.mistakes(), ["time::not-a-duration"], "{source}");
    }
}
