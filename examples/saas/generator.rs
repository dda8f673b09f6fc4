//! Invents the firms of Cadran, their people, contracts and cards, seen on Monday 2 March 2026; one seed, one world.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{Days, NaiveDate};

#[allow(dead_code, reason = "shared with the shop, which uses the rest")]
#[path = "../boutique/generator/names.rs"]
mod names;
#[allow(dead_code, reason = "shared with the shop, which uses the rest")]
#[path = "../boutique/generator/prng.rs"]
mod prng;

use names::{BRITAIN, Country, FRANCE, ascii};
use prng::Rng;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Number that all chance is drawn from.
pub(crate) const SEED: u64 = 20_260_302;

const N_ACCOUNTS: usize = 72;

/// Industries and how common they are; one that has no block of its own, and firms that never said, get the general one.
const INDUSTRIES: [(&str, u64); 6] = [("hospitality", 26), ("health", 20), ("retail", 20), ("logistics", 14), ("culture", 8), ("", 12)];

/// Plans: id, share, price of a seat and year, smallest and largest number of seats.
const PLANS: [(&str, u64, i64, i64, i64); 3] = [("starter", 40, 48, 4, 12), ("team", 42, 72, 12, 60), ("company", 18, 66, 60, 240)];

/// What firms are called: a word of the trade, then a surname or a place.
const FIRST_WORDS: [(&str, [&str; 4]); 6] = [
    ("hospitality", ["Brasserie", "Hôtel", "Auberge", "Café"]),
    ("health", ["Clinique", "Cabinet", "Résidence", "Centre"]),
    ("retail", ["Comptoir", "Marché", "Maison", "Galerie"]),
    ("logistics", ["Transports", "Messageries", "Quai", "Fret"]),
    ("culture", ["Théâtre", "Musée", "Atelier", "Scène"]),
    ("", ["Société", "Établissements", "Groupe", "Ateliers"]),
];
const FIRST_WORDS_EN: [(&str, [&str; 4]); 6] = [
    ("hospitality", ["The Anchor", "Hotel", "Tavern", "Café"]),
    ("health", ["Clinic", "Practice", "Care", "Surgery"]),
    ("retail", ["Stores", "Market", "House of", "Gallery"]),
    ("logistics", ["Haulage", "Freight", "Dock", "Couriers"]),
    ("culture", ["Theatre", "Museum", "Workshop", "Stage"]),
    ("", ["Company", "Works", "Group", "Partners"]),
];

/// A firm.
pub(crate) struct Account {
    id: String,
    name: String,
    industry: &'static str,
    plan: usize,
    employees: i64,
    seats: i64,
    since: NaiveDate,
    complaints: u64,
    british: bool,
}

/// Somebody who works there.
pub(crate) struct Person {
    id: String,
    account: usize,
    role: &'static str,
    row: String,
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default()
}

fn in_days(days: i64) -> NaiveDate {
    let span = Days::new(days.unsigned_abs());
    let day = if days < 0 { today().checked_sub_days(span) } else { today().checked_add_days(span) };
    day.unwrap_or_default()
}

/// Invents the firms.
pub(crate) fn accounts(seed: u64) -> Vec<Account> {
    let account = |n: usize| {
        let id = format!("A-{:03}", n + 1);
        let mut rng = Rng::new(seed, "account", &id);
        let industry = *rng.weighted(&INDUSTRIES);
        let british = rng.chance(320);
        let (words, country) = if british { (&FIRST_WORDS_EN, &BRITAIN) } else { (&FIRST_WORDS, &FRANCE) };
        let first = words.iter().find(|(known, _)| *known == industry).map_or("", |(_, words)| *rng.pick(words));
        let surname = *rng.pick(country.surnames);
        let name = if british && !first.ends_with("of") && first != "The Anchor" {
            format!("{surname} {first}")
        } else {
            format!("{first} {surname}")
        };
        let plan = rng.weighted(&[(0, PLANS[0].1), (1, PLANS[1].1), (2, PLANS[2].1)]).to_owned();
        let seats = rng.range(PLANS[plan].3, PLANS[plan].4);
        // Some have grown past their seats.
        let employees = if rng.chance(300) { seats + rng.range(1, seats / 2 + 2) } else { (seats - rng.range(0, seats / 4)).max(1) };
        let complaints = if rng.chance(110) { 1 + rng.below(2) } else { 0 };
        Account { id, name, industry, plan, employees, seats, since: in_days(-rng.range(3, 1900)), complaints, british }
    };
    (0..N_ACCOUNTS).map(account).collect()
}

/// Writes `accounts.csv`.
pub(crate) fn write_accounts(accounts: &[Account], path: &Path) -> Result<()> {
    let mut out = "id,name,industry,plan,employees,seats,customer_since,open_complaints\n".to_owned();
    for account in accounts {
        let Account { id, name, industry, plan, employees, seats, since, complaints, .. } = account;
        writeln!(out, "{id},{name},{industry},{},{employees},{seats},{since},{complaints}", PLANS[*plan].0)?;
    }
    std::fs::write(path, out)?;
    Ok(())
}

/// Invents the people: one who decides, mostly one who buys, and those who use.
pub(crate) fn people(accounts: &[Account], seed: u64) -> Vec<Person> {
    let mut people = Vec::new();
    for (n, account) in accounts.iter().enumerate() {
        let mut rng = Rng::new(seed, "team", &account.id);
        let mut roles = vec!["decider"];
        roles.extend(rng.chance(700).then_some("buyer"));
        roles.extend(std::iter::repeat_n("user", 1 + rng.index(if account.seats > 40 { 6 } else { 4 })));
        roles.extend(rng.chance(80).then_some(""));
        for role in roles {
            let id = format!("P-{:03}", people.len() + 1);
            people.push(person(id, n, account, role, seed));
        }
    }
    people
}

fn person(id: String, n: usize, account: &Account, role: &'static str, seed: u64) -> Person {
    let mut rng = Rng::new(seed, "person", &id);
    let country: &Country = if account.british { &BRITAIN } else { &FRANCE };
    let (first, last) = (rng.pick(country.given).0, *rng.pick(country.surnames));
    let domain = format!("{}.example", ascii(&account.name));
    let email = format!("{}.{}@{domain}", ascii(first), ascii(last));
    // Firms that came lately, and new colleagues elsewhere, are in their first days.
    let days = if rng.chance(70) { *rng.pick(&[1, 2, 4, 7, 9]) } else { rng.range(20, 1500) };
    let created = in_days(-days);
    let consent = if rng.chance(820) { "yes" } else { "no" };
    let onboarding = if rng.chance(930) { "yes" } else { "no" };
    let objection = if rng.chance(15) { "yes" } else { "no" };
    let first = if rng.chance(30) { "" } else { first };
    let row = format!(
        "{id},{email},{first},{last},{},{},{role},{created}T08:30:00Z,{consent},{onboarding},{objection}",
        country.locale, account.id
    );
    Person { id, account: n, role, row }
}

/// Writes `contacts.csv`.
pub(crate) fn write_people(people: &[Person], path: &Path) -> Result<()> {
    let mut out =
        "id,email,first_name,last_name,locale,account_id,role,created_at,consent_newsletter,consent_onboarding,objection\n".to_owned();
    people.iter().try_for_each(|person| writeln!(out, "{}", person.row))?;
    std::fs::write(path, out)?;
    Ok(())
}

/// Writes `contracts.csv`: one contract a firm, on a row for each person who signs or pays. A quarter ends within two months;
/// one in seven has a price that was never entered.
pub(crate) fn write_contracts(accounts: &[Account], people: &[Person], seed: u64, path: &Path) -> Result<()> {
    let mut out = "contact_id,contract_id,product_id,started_on,ends_on,price,currency,auto_renew,status\n".to_owned();
    for (n, account) in accounts.iter().enumerate() {
        let mut rng = Rng::new(seed, "contract", &account.id);
        let ends = match rng.below(100) {
            0..12 => 60,
            12..20 => 30,
            20..27 => 7,
            27..32 => 52,
            _ => rng.range(90, 360),
        };
        let renews = if rng.chance(300) { "yes" } else { "no" };
        let (plan, _, per_seat, ..) = PLANS[account.plan];
        // Made to measure: the price of a firm is what was agreed with it, in steps of five.
        let price = account.seats * per_seat * rng.range(88, 100) / 100 / 5 * 5;
        let price = if rng.chance(140) { String::new() } else { format!("{price}.00") };
        let currency = if account.british { "GBP" } else { "EUR" };
        let (start, end) = (in_days(ends - 364), in_days(ends));
        for person in people.iter().filter(|person| person.account == n && matches!(person.role, "decider" | "buyer")) {
            writeln!(out, "{},K-{},{plan},{start},{end},{price},{currency},{renews},active", person.id, &account.id[2..])?;
        }
    }
    std::fs::write(path, out)?;
    Ok(())
}

/// Writes `payment_methods.csv`: small firms pay by card; one in six of them expires within the month.
pub(crate) fn write_cards(accounts: &[Account], people: &[Person], seed: u64, path: &Path) -> Result<()> {
    let mut out = "contact_id,method_id,brand,last4,expires_on,status,replaced_by\n".to_owned();
    for person in people.iter().filter(|person| person.role == "decider" && accounts[person.account].plan < 2) {
        let mut rng = Rng::new(seed, "card", &person.id);
        let brand = *rng.weighted(&[("visa", 55), ("mastercard", 40), ("amex", 5)]);
        let last4 = format!("{:04}", rng.below(10_000));
        let (id, card) = (&person.id, format!("M-{}", &person.id[2..]));
        if !rng.chance(180) {
            writeln!(out, "{id},{card},{brand},{last4},{:02}/{:02},active,", rng.range(1, 12), rng.range(27, 30))?;
            continue;
        }
        let expires = if rng.chance(300) { "2026-03-09" } else { "03/26" };
        if rng.chance(250) {
            writeln!(out, "{id},{card},{brand},{last4},{expires},replaced,{card}b")?;
            writeln!(out, "{id},{card}b,{brand},{:04},{:02}/29,active,", rng.below(10_000), rng.range(1, 12))?;
        } else {
            writeln!(out, "{id},{card},{brand},{last4},{expires},active,")?;
        }
    }
    std::fs::write(path, out)?;
    Ok(())
}

/// Writes all of them into a folder.
pub(crate) fn write(seed: u64, folder: &Path) -> Result<()> {
    let accounts = accounts(seed);
    let people = people(&accounts, seed);
    write_accounts(&accounts, &folder.join("accounts.csv"))?;
    write_people(&people, &folder.join("contacts.csv"))?;
    write_contracts(&accounts, &people, seed, &folder.join("contracts.csv"))?;
    write_cards(&accounts, &people, seed, &folder.join("payment_methods.csv"))
}
