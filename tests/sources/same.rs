//! The same rows from CSV, CSV.gz, JSON Lines.zst, Parquet, SQLite and PostgreSQL.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use relance::source::{Events, Orders, Products};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::postgres::Postgres;
use super::{folder, rows, spec};

const CSV: &str = "id;title;price;url;stock;available_from;size\n\
    1;Chemise;12.90;https://shop.example/1;3;2011-11-14T09:00:00Z;42\n\
    2;Panier;30.00;https://shop.example/2;;;\n";
const JSONL: &str = r#"{"id":1,"title":"Chemise","price":12.9,"url":"https://shop.example/1","stock":3,"available_from":"2011-11-14T09:00:00Z","size":"42"}

{"id":"2","title":"Panier","price":30,"url":"https://shop.example/2","stock":null,"available_from":null,"size":null}
"#;
const TABLE: &str =
    "CREATE TABLE product (id BIGINT, title TEXT, price NUMERIC(10,2), url TEXT, stock INT, available_from TEXT, size TEXT);
    INSERT INTO product VALUES (1, 'Chemise', 12.90, 'https://shop.example/1', 3, '2011-11-14T09:00:00Z', '42'),
                               (2, 'Panier', 30.00, 'https://shop.example/2', NULL, NULL, NULL)";

pub(crate) fn parquet(path: &Path) {
    let instants = TimestampMicrosecondArray::from(vec![Some(1_321_261_200_000_000), None]).with_timezone("UTC");
    let prices = Decimal128Array::from(vec![1290, 3000]).with_precision_and_scale(10, 2).expect("a decimal");
    let text = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef, true),
        ("title", text(vec![Some("Chemise"), Some("Panier")]), true),
        ("price", Arc::new(prices), true),
        ("url", text(vec![Some("https://shop.example/1"), Some("https://shop.example/2")]), true),
        ("stock", Arc::new(Int64Array::from(vec![Some(3), None])), true),
        ("available_from", Arc::new(instants), true),
        ("size", text(vec![Some("42"), None]), true),
    ])
    .expect("a batch");
    let mut writer = ArrowWriter::try_new(fs::File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

async fn fill<C: sqlx::Connection>(mut connection: C)
where
    for<'c> &'c mut C: sqlx::Executor<'c>,
{
    (&mut connection).execute(sqlx::raw_sql(AssertSqlSafe(TABLE))).await.expect("a table");
    connection.close().await.expect("closed");
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
}

#[test]
fn every_format_gives_the_same_rows() {
    let folder = folder("a.csv", CSV);
    let at = |name: &str| folder.path().join(name);
    let mut gzip = flate2::write::GzEncoder::new(fs::File::create(at("b.csv.gz")).expect("a file"), flate2::Compression::fast());
    gzip.write_all(CSV.as_bytes()).and_then(|()| gzip.finish().map(drop)).expect("compressed");
    fs::write(at("c.jsonl.zst"), zstd::encode_all(JSONL.as_bytes(), 1).expect("compressed")).expect("a file");
    parquet(&at("d.parquet"));
    let database = sqlx::sqlite::SqliteConnectOptions::new().filename(at("e.db")).create_if_missing(true);
    block_on(async { fill(database.connect().await.expect("a connection")).await });

    let (expected, report) = rows::<Products>("products", r#"files = "a.csv""#, folder.path(), None).expect("readable");
    assert_eq!(expected.len(), 2);
    assert!(
        expected[0].contains("attributes: [(\"size\", \"42\")]") && expected[0].contains("minor: 1290, currency: EUR"),
        "{}",
        expected[0]
    );
    assert_eq!(report.attributes.into_iter().collect::<Vec<_>>(), ["size"]);
    for file in ["b.csv.gz", "c.jsonl.zst", "d.parquet"] {
        assert_eq!(rows::<Products>("products", &format!("files = \"{file}\""), folder.path(), None).expect(file).0, expected, "{file}");
    }
    let query = r#"sql = "SELECT * FROM product""#;
    assert_eq!(rows::<Products>("products", query, folder.path(), Some("sqlite://e.db")).expect("a query").0, expected, "SQLite");
}

#[test]
fn postgresql_gives_the_same_rows_and_is_never_written_to() {
    let server = Postgres::start();
    let url = server.url("shop");
    block_on(async { fill(sqlx::PgConnection::connect(&url).await.expect("a connection")).await });
    let folder = folder("a.csv", CSV);
    let expected = rows::<Products>("products", r#"files = "a.csv""#, folder.path(), None).expect("readable").0;
    let query = r#"sql = "SELECT * FROM product""#;
    assert_eq!(rows::<Products>("products", query, folder.path(), Some(&url)).expect("a query").0, expected);
    let query = r#"sql = "DELETE FROM product RETURNING *""#;
    let error = rows::<Products>("products", query, folder.path(), Some(&url)).expect_err("read only");
    assert!(error.to_string().contains("read-only transaction"), "{error}");
}

#[test]
fn a_database_that_cannot_be_reached_is_unavailable_and_keeps_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let query = r#"sql = "SELECT 1""#;
    for url in ["postgres://me:hunter2@127.0.0.1:1/shop", "sqlite://absent.db"] {
        let error = rows::<Products>("products", query, folder.path(), Some(url)).expect_err("nobody there");
        assert_eq!(error.kind(), relance::error::Kind::Unavailable, "{error}");
        assert!(!format!("{error} {:?}", error.details()).contains("hunter2"));
    }
}

#[test]
fn rows_of_the_future_do_not_exist_yet() {
    let events = "at,kind,visitor_id\n2011-11-30T10:00:00Z,view,v1\n2011-12-02T10:00:00Z,view,v1\n2011-12-01T10:00:00Z,wishlist,v2\n2011-11-01,wishlist,v2\n";
    let folder = folder("events.csv", events);
    let (rows, report) = rows::<Events>("events", r#"files = "*.csv""#, folder.path(), None).expect("readable");
    assert_eq!((rows.len(), report.n_rows, report.n_hidden), (2, 4, 2));
    assert_eq!(report.next_hidden_at.map(|at| at.to_string()).as_deref(), Some("2011-12-01T10:00:00Z"));
    assert_eq!(report.unknown_values["kind"]["wishlist"], 2);
    assert_eq!(report.files[0].digest().expect("readable").len(), 64);
}

#[test]
fn names_marks_and_encodings_are_mapped() {
    let csv =
        b"\xef\xbb\xbfn\tcl\tdate\tart\tqte\tpu\tvu\nA1\tC1\t14/11/2011\tP1\t-2\t12,90\tx\nA2\t\t2011-11-14 10:00\tP\xc3\xa9\t1\t0\tx\n";
    let toml = "files = \"o.txt\"\ndecimal = \",\"\ncolumns = { order_id = \"n\", contact_id = \"cl\", at = \"date\", product_id = \"art\", quantity = \"qte\", unit_price = \"pu\" }";
    let dir = folder("o.txt", csv);
    let (utf8, report) = rows::<Orders>("orders", toml, dir.path(), None).expect("readable");
    assert!(utf8[0].contains("quantity: 2, unit_price: Money { minor: 1290, currency: EUR }, status: Returned"), "{}", utf8[0]);
    assert!(utf8[1].contains("contact_id: None") && utf8[1].contains("Pé"), "{}", utf8[1]);
    assert_eq!(report.unused_columns.into_iter().collect::<Vec<_>>(), ["vu"]);
    let latin: Vec<u8> =
        String::from_utf8(csv[3..].to_vec()).expect("text").chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect();
    let dir = folder("o.txt", latin);
    assert_eq!(rows::<Orders>("orders", &format!("encoding = \"iso-8859-1\"\n{toml}"), dir.path(), None).expect("readable").0, utf8);
}

#[test]
fn a_source_older_than_its_limit_is_stale() {
    let folder = folder("a.csv", CSV);
    let toml = "files = \"a.csv\"\nmax_age = \"6h\"";
    let (_, report) = rows::<Products>("products", toml, folder.path(), None).expect("readable");
    let written = report.files.iter().filter_map(|file| file.modified).max().expect("a file has a time");
    let after = |hours| relance::source::stale("products", &report.files, &spec(toml), written.plus(relance::clock::Span::hours(hours)));
    assert!(after(5).is_none());
    assert_eq!(after(31).expect("stale").to_string(), "source `products` is 31 h old; the limit is 6 h");
}
