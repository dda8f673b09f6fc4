//! Bad input: refused in its place or an error that names the file; never a panic, never a silent loss.

use std::fs;
use std::io::Write as _;

use relance::error::Kind;
use relance::source::{Contacts, Orders, PaymentMethods, Products};

use super::{folder, rows};

const HEADER: &str = "id,title,price,url,stock\n1,Chemise,12.90,https://shop.example/1,3\n";

#[test]
fn every_bad_row_is_located_and_the_good_one_is_read() {
    let long = format!("2,{},1,u,1\n", "x".repeat(10 << 20));
    let cases: [(&[u8], &str); 12] = [
        (b"2,a,n/a,u,1\n", "p.csv:3  price  \"n/a\"  not a number"),
        (b"2,a,-1,u,1\n", "p.csv:3  price  \"-1\"  negative"),
        (b"2,a,,u,1\n", "p.csv:3  price  \"\"  missing"),
        (b"2,a,1,u,1.5\n", "p.csv:3  stock  \"1.5\"  not a whole number"),
        (b"2,a,1,u\n", "p.csv:3  4 fields where the header has 5"),
        (b"2,a,1,u,1,9\n", "p.csv:3  6 fields where the header has 5"),
        (b"\n\n2\0,a,1,u,1\n", "p.csv:5  id  \"2\\u{0}\"  contains a control character"),
        (b"2,a\0,1,u,1\n", "p.csv:3  title  \"a\\u{0}\"  contains a control character"),
        (b"\"2\n\",\"a\nb\",1,u,x\n", "p.csv:3  stock  \"x\"  not a whole number"),
        (b"2,caf\xe9,1,u,1\n", "p.csv:3  title  \"caf\u{fffd}\"  not valid text in the declared encoding"),
        (b"2,\xc3,\xa9,u,1\n", "p.csv:3  title  \"\u{fffd}\"  not valid text in the declared encoding"),
        (long.as_bytes(), "longer than 1 MiB"),
    ];
    for (row, expected) in cases {
        let folder = folder("p.csv", [HEADER.as_bytes(), row, b"9,Last,1,https://shop.example/9,1\n"].concat());
        let (good, report) = rows::<Products>("products", "files = \"p.csv\"\nmax_bad_rows = 1", folder.path(), None).expect(expected);
        assert_eq!((good.len(), report.n_rows, report.n_rejected), (2, 3, 1), "{expected}");
        let shown = report.rejections[0].to_string();
        assert!(shown.ends_with(expected), "{shown} is not {expected}");
        let error = rows::<Products>("products", "files = \"p.csv\"", folder.path(), None).expect_err("not tolerated");
        assert_eq!(error.kind(), Kind::Data);
        assert_eq!(error.details(), [shown]);
    }
}

#[test]
fn json_lines_that_are_not_objects_are_located() {
    let good = r#"{"id":"1","title":"a","price":1,"url":"u","tags":["x","y"],"shape":{"w":2}}"#;
    for bad in ["[1]", "{\"id\":", "12", "{} {}", "\"x\"", &"[".repeat(100_000)] {
        let folder = folder("p.jsonl", format!("{good}\n\n{bad}\n"));
        let (rows, report) = rows::<Products>("products", "files = \"p.jsonl\"\nmax_bad_rows = 1", folder.path(), None).expect(bad);
        assert!(rows[0].contains(r#"tags: ["x", "y"]"#) && rows[0].contains(r#"("shape", "{\"w\":2}")"#), "{}", rows[0]);
        assert!(report.rejections[0].to_string().starts_with("p.jsonl:3  line") && report.n_rejected == 1, "{bad}");
    }
}

#[test]
fn impossible_values_are_refused() {
    let cases = [
        ("id,email,birthday\n1,a@shop.example,2011-02-30\n", "birthday  \"2011-02-30\"  not a date"),
        ("id,email,lat\n1,a@shop.example,91\n", "lat  \"91\"  out of range"),
        ("id,email,consent_newsletter\n1,a@shop.example,perhaps\n", "consent_newsletter  \"perhaps\"  not yes or no"),
        ("id,email\n1,\"a@shop.example\nBcc: x\"\n", "email  \"a@shop.example\\nBcc: x\"  contains a control character"),
        ("id,email\n,a@shop.example\n", "id  \"\"  missing"),
    ];
    for (csv, expected) in cases {
        let folder = folder("c.csv", csv);
        let error = rows::<Contacts>("contacts", "files = \"c.csv\"", folder.path(), None).expect_err(expected);
        assert_eq!(error.details(), [format!("c.csv:2  {expected}")]);
    }
    let orders = "order_id,contact_id,at,product_id,quantity,unit_price,status\nA,C,2011-11-14,P,0,1,\nA,C,2011-11-14,P,1,1,lost\n";
    let dir = folder("o.csv", orders);
    let error = rows::<Orders>("orders", "files = \"o.csv\"", dir.path(), None).expect_err("bad");
    assert_eq!(error.details(), ["o.csv:2  quantity  \"0\"  below 1", "o.csv:3  status  \"lost\"  not placed, cancelled or returned"]);
}

#[test]
fn consents_and_cards_are_read() {
    let csv = "id,email,gender,consent_newsletter,consent_newsletter_at,consent_newsletter_basis,consent_sms,size\n1,a@shop.example,Femme,oui,2011-01-01T00:00:00Z,opt_in,,42\n";
    let dir = folder("c.csv", csv);
    let (contacts, _) = rows::<Contacts>("contacts", "files = \"c.csv\"", dir.path(), None).expect("readable");
    let consent = r#"consents: [Consent { purpose: "newsletter", given: true, at: Some(Timestamp(1293840000000000)), basis: Some("opt_in"), source: None }]"#;
    assert!(
        contacts[0].contains(consent) && contacts[0].contains(r#"gender: Some("f")"#) && contacts[0].contains(r#"[("size", "42")]"#),
        "{}",
        contacts[0]
    );
    let dir = folder("m.csv", "contact_id,method_id,expires_on,status\n1,m,02/24,\n");
    let (cards, _) = rows::<PaymentMethods>("payment_methods", "files = \"m.csv\"", dir.path(), None).expect("readable");
    assert!(cards[0].contains("expires_on: 2024-02-29") && cards[0].contains("active: true"), "{}", cards[0]);
}

#[test]
fn damaged_files_are_named() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(HEADER.repeat(500).as_bytes()).expect("memory");
    let gzip = gzip.finish().expect("memory");
    let zst = zstd::encode_all(HEADER.repeat(500).as_bytes(), 1).expect("memory");
    let cases: [(&str, &[u8]); 7] = [
        ("cut.csv.gz", &gzip[..gzip.len() / 2]),
        ("not.csv.gz", HEADER.as_bytes()),
        ("cut.csv.zst", &zst[..zst.len() - 4]),
        ("not.jsonl.zst", b"{}"),
        ("not.parquet", HEADER.as_bytes()),
        ("short.parquet", b"PAR1\0\0\0\0PAR1"),
        ("empty.csv", b""),
    ];
    for (name, bytes) in cases {
        let folder = folder(name, bytes);
        let error = rows::<Products>("products", &format!("files = \"{name}\""), folder.path(), None).expect_err(name);
        assert_eq!(error.kind(), Kind::Data, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn missing_columns_and_files_say_what_to_type() {
    let dir = folder("p.csv", "id,titel,price,url\n");
    let error = rows::<Products>("products", "files = \"p.csv\"", dir.path(), None).expect_err("no title");
    assert_eq!(error.to_string(), "source `products`: `p.csv` has no column `title`");
    assert_eq!(error.details(), ["columns found: `id`, `price`, `titel`, `url`"]);
    assert!(error.help_text().is_some_and(|help| help.contains("did you mean `titel`? write `columns = { title = \"titel\" }`")));
    let error = rows::<Products>("products", "files = \"p.csv\"\ncolumns = { title = \"titel\", brand = \"marque\" }", dir.path(), None)
        .expect_err("no marque");
    assert_eq!(error.to_string(), "source `products`: `p.csv` has no column `marque`");
    let error = rows::<Products>("products", "files = \"data/*.csv\"", dir.path(), None).expect_err("no file");
    assert_eq!(error.to_string(), "source `products`: no file matches `data/*.csv`");
    fs::write(dir.path().join("p.csv"), "id,id,title,price,url\n").expect("a file");
    let error = rows::<Products>("products", "files = \"p.csv\"", dir.path(), None).expect_err("twice");
    assert_eq!(error.to_string(), "source `products`: `p.csv` has two columns named `id`");
}

#[test]
fn decimal_commas_are_guessed_in_the_help() {
    let dir = folder("p.csv", "id;title;price;url\n1;a;12,90;u\n2;b;8,00;u\n3;c;1.00;u\n");
    let error = rows::<Products>("products", "files = \"p.csv\"", dir.path(), None).expect_err("commas");
    assert_eq!(error.to_string(), "2 rows of `products` have an unreadable `price`");
    assert_eq!(
        error.help_text(),
        Some("set `decimal = \",\"` in [sources.products], or `max_bad_rows = 2` in [sources.products] to go on without them")
    );
}

#[test]
fn parquet_with_any_byte_spoilt_is_read_or_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("p.parquet");
    crate::same::parquet(&path);
    let whole = fs::read(&path).expect("a file");
    let spoil = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("a file");
        if let Err(error) = rows::<Products>("products", "files = \"p.parquet\"", dir.path(), None) {
            assert!(error.to_string().contains("p.parquet") || error.to_string().contains("of `products`"), "{error}");
        }
    };
    for position in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[position] ^= 0xff;
        spoil(&bytes);
        spoil(&whole[..position]);
    }
}
