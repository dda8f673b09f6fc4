//! The studio over files that change: settings, campaigns and data are on its pages without a restart, and what is broken is told above
//! the last state that could be used.

use std::fs;

use super::program::Program;
use super::server::{Answer, Server};
use super::{counted, studio};

const PERSON: &str = "/c/newsletter/r/c04";

/// Looks at a page again after each change, until it is as wanted.
#[track_caller]
fn until(studio: &Server, path: &str, is_wanted: impl Fn(&Answer) -> bool) -> Answer {
    let mut seen = studio.get("/changes").body;
    loop {
        let page = studio.get(path);
        if is_wanted(&page) {
            return page;
        }
        let next = studio.get(&format!("/changes?after={seen}")).body;
        assert_ne!(next, seen, "nothing has changed for long, and it is {page:?}");
        seen = next;
    }
}

fn is_good(page: &Answer) -> bool {
    page.status == 200 && !page.body.contains("role=\"alert\"")
}

fn tells(page: &Answer, of: &str) -> bool {
    page.body.contains("role=\"alert\"") && page.body.contains(of)
}

/// Renames one person in the list of contacts.
fn rename(program: &Program, id: &str, name: &str) {
    let csv = fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let at = csv.lines().next().expect("names").split(',').position(|column| column == "first_name").expect("a first name");
    let renamed = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] == id {
            cells[at] = name;
        }
        cells.join(",")
    };
    // As exports do: a new file takes the place of the old one.
    program.write("data/contacts.new", csv.lines().map(renamed).collect::<Vec<_>>().join("\n") + "\n");
    fs::rename(program.path("data/contacts.new"), program.path("data/contacts.csv")).expect("it moves");
}

#[test]
fn settings_campaigns_and_data_are_followed_without_a_restart() {
    let program = Program::new();
    let studio = studio(&program);
    assert!(is_good(&studio.get(PERSON)));

    program.edit("relance.toml", "name = \"Boutique\"", "name = \"Chez Renard\"");
    until(&studio, PERSON, |page| is_good(page) && page.body.contains("<strong>Chez Renard</strong>"));

    let newsletter = fs::read_to_string(program.path("campaigns/newsletter.toml")).expect("a campaign");
    program.write("campaigns/second.toml", &newsletter);
    let page = until(&studio, PERSON, |page| page.body.contains("href=\"/c/second/r/c04\""));
    assert!(is_good(&page));
    assert!(is_good(&studio.get("/c/second/r/c04")) && studio.get("/plan/second").status == 200);
    fs::remove_file(program.path("campaigns/second.toml")).expect("it is there");
    let gone = until(&studio, "/c/second/r/c04", |page| page.status == 404);
    assert!(gone.body.contains("second"), "{gone:?}");

    rename(&program, "c04", "Zéphyrine");
    let page = until(&studio, PERSON, |page| page.body.contains("Zéphyrine"));
    assert!(is_good(&page));
    let found = studio.post("/find", "campaign=newsletter&whom=z%C3%A9phyr", &format!("http://{}", studio.address));
    assert_eq!(found.header("location"), PERSON, "who was read anew is found by the new name");
    assert_eq!(studio.stop(), Some(0));
}

#[test]
fn what_is_broken_is_told_above_the_last_good_state_until_it_is_mended() {
    let program = Program::new();
    let studio = studio(&program);
    let config = fs::read_to_string(program.path("relance.toml")).expect("settings");
    let contacts = fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let mail = studio.get("/c/newsletter/r/c04/mail").body;

    program.write("relance.toml", config.replace("timezone = \"Europe/Paris\"", "timezone = \"Europe/Nowhere\""));
    until(&studio, PERSON, |page| tells(page, "Europe/Nowhere"));
    for path in ["/c/newsletter/sheet", "/c/newsletter/r/c04/pair", "/plan/newsletter"] {
        assert!(tells(&studio.get(path), "relance.toml"), "{path}");
    }
    assert_eq!(studio.get("/c/newsletter/r/c04/mail").body, mail, "the last good mail");
    program.write("relance.toml", &config);
    until(&studio, PERSON, is_good);

    program.write("relance.toml", config.replace("data/contacts.csv", "data/clients.csv"));
    until(&studio, PERSON, |page| tells(page, "data/clients.csv"));
    assert_eq!(studio.get("/c/newsletter/r/c04/mail").body, mail, "the last good mail");
    program.write("data/clients.csv", contacts.replacen("c04,", "c04x,", 1));
    until(&studio, "/c/newsletter/r/c04x", is_good);

    program.write("data/clients.csv", "nothing,of,use\n1,2,3\n");
    until(&studio, "/c/newsletter/r/c04x", |page| tells(page, "data/clients.csv"));
    program.write("data/clients.csv", &contacts);
    until(&studio, PERSON, is_good);
}

#[test]
fn a_page_knows_after_which_change_it_was_made() {
    let program = Program::new();
    let studio = studio(&program);
    for path in [PERSON, "/c/newsletter/sheet", "/c/newsletter/r/c04/pair", "/plan/newsletter", "/report"] {
        assert!(studio.get(path).body.contains("data-changes=\"0\""), "{path}");
    }
    program.edit("relance.toml", "name = \"Boutique\"", "name = \"Chez Renard\"");
    until(&studio, PERSON, |page| page.body.contains("data-changes=\"1\""));
}

#[test]
fn the_plan_and_the_report_say_which_sources_only_counting_again_asks() {
    let program = Program::new();
    let said = |lang: &str, studio: &Server| {
        ["/plan/newsletter", "/report"].map(|page| {
            counted(studio, &format!("{page}?lang={lang}")).contains(if lang == "fr" {
                "Lu par une requête, et relu seulement quand vous recomptez\u{a0}: orders, products."
            } else {
                "Read by a query, and again only when you count again: orders, products."
            })
        })
    };
    let files = studio(&program);
    assert_eq!((said("en", &files), said("fr", &files)), ([false; 2], [false; 2]));
    assert_eq!(files.stop(), Some(0));

    for name in ["orders", "products"] {
        let query = format!("{{ sql = \"SELECT * FROM {name}\", database = {{ url = \"sqlite://data/shop.db\" }} }}");
        program.edit("relance.toml", &format!("{{ files = \"data/{name}.csv\" }}"), &query);
    }
    tables(&program);
    let queries = studio(&program);
    assert_eq!((said("en", &queries), said("fr", &queries)), ([true; 2], [true; 2]));
    assert_eq!(queries.stop(), Some(0));
}

/// Writes the orders and products of the starter into a database.
fn tables(program: &Program) {
    use sqlx::{ConnectOptions as _, Connection as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(program.path("data/shop.db")).create_if_missing(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = options.connect().await.expect("a connection");
        for name in ["orders", "products"] {
            let mut rows = csv::Reader::from_path(program.path(&format!("data/{name}.csv"))).expect("a table");
            let columns = rows.headers().expect("names").iter().collect::<Vec<_>>().join(", ");
            let text = |cell: &str| if cell.is_empty() { "NULL".to_owned() } else { format!("'{}'", cell.replace('\'', "''")) };
            let values: Vec<String> =
                rows.records().map(|row| format!("({})", row.expect("a row").iter().map(text).collect::<Vec<_>>().join(", "))).collect();
            let fill = format!("CREATE TABLE {name} ({columns}); INSERT INTO {name} VALUES {}", values.join(", "));
            sqlx::Executor::execute(&mut connection, sqlx::raw_sql(sqlx::AssertSqlSafe(fill))).await.expect("a table");
        }
        connection.close().await.expect("closed");
    });
}
