//! Makes the data of the example shop, or a shop of any size for measuring.
//!
//! ```text
//! cargo run --release --example boutique -- --from EVENTS.csv.gz --catalogue CATALOGUE.csv.gz   # the committed files, from the source
//! cargo run --release --example boutique -- --from examples/boutique/data/orders.parquet        # what is invented, made again
//! cargo run --release --example boutique -- --contacts 1000000 --events 10000000 --out /tmp/big # a shop for measuring
//! ```
//! `ATTRIBUTION.md` says what is real and what is invented.

mod generator;

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Parser, ValueEnum};
use generator::{Result, SEED, base, browsing, cards, people, products, scale, tables};

/// Make the data of the example shop
#[derive(Parser)]
#[command(group(ArgGroup::new("job").required(true).args(["from", "contacts"])))]
struct Arguments {
    /// Real order lines: the cleaned UCI Online Retail CSV, or the `orders.parquet` made from it (then `products.csv` is beside it)
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Real catalogue (CSV); needed with a CSV of order lines
    #[arg(long, value_name = "FILE", requires = "from")]
    catalogue: Option<PathBuf>,
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = "examples/boutique/data")]
    out: PathBuf,
    /// Number that all chance is drawn from
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Make a shop for measuring with this many contacts
    #[arg(long, value_name = "N", requires = "out")]
    contacts: Option<u64>,
    /// Events of a shop for measuring; ten a contact unless said
    #[arg(long, value_name = "N", requires = "contacts")]
    events: Option<u64>,
    /// Orders of a shop for measuring; one for twenty events unless said
    #[arg(long, value_name = "N", requires = "contacts")]
    orders: Option<u64>,
    /// Products of a shop for measuring
    #[arg(long, value_name = "N", default_value_t = 5_000, requires = "contacts")]
    products: u64,
    /// Format of contacts, identities and products of a shop for measuring; events and orders are Parquet
    #[arg(long, value_enum, default_value_t = Format::Csv, requires = "contacts")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Parquet,
}

/// Makes the committed files; from a Parquet base only what is invented is written.
fn shop(from: &Path, catalogue: Option<&Path>, out: &Path, seed: u64) -> Result<()> {
    std::fs::create_dir_all(out)?;
    let parquet = from.extension().is_some_and(|extension| extension == "parquet");
    let (base, catalogue) = if parquet {
        (tables::read_orders(from)?, from.with_file_name("products.csv"))
    } else {
        let catalogue = catalogue.ok_or("a CSV of order lines needs `--catalogue FILE`")?;
        let base = base::read_events(from)?;
        tables::write_orders(&base, &out.join("orders.parquet"))?;
        products::write(&base::read_catalogue(catalogue)?, &base, seed, &out.join("products.csv"))?;
        (base, out.join("products.csv"))
    };
    let people = people::people(&base, seed);
    people::write(&people, seed, &out.join("contacts.csv"))?;
    browsing::write_identities(&people, seed, &out.join("identities.csv"))?;
    cards::write(&people, seed, &out.join("payment_methods.jsonl"))?;
    let products = products::read(&catalogue)?;
    let events = browsing::events(&base, &people, &products, seed);
    browsing::write_events(&events, &out.join("events"))?;
    eprintln!(
        "{} order lines, {} products, {} contacts, {} events in {}",
        base.lines.len(),
        products.len(),
        people.len(),
        events.len(),
        out.display()
    );
    Ok(())
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let Arguments { out, seed, .. } = &arguments;
    match (&arguments.from, arguments.contacts) {
        (Some(from), _) => shop(from, arguments.catalogue.as_deref(), out, *seed),
        (None, contacts) => {
            let contacts = contacts.unwrap_or(1);
            let events = arguments.events.unwrap_or(contacts * 10);
            let size = scale::Size { contacts, events, orders: arguments.orders.unwrap_or(events / 20), products: arguments.products };
            scale::write(size, arguments.format == Format::Parquet, *seed, out)
        }
    }
}
