//! CPU time and peak memory of learning who may want what next, stage by stage, on a shop of any size drawn with a seed.
//!
//! ```console
//! $ cargo bench --bench picks -- --shop FILE [--draw] [--people N] [--products N] [--lines N] [--seed N] [--rounds N] [--json]
//! $ cargo bench --bench picks -- --shop FILE --project DIR
//! ```
//!
//! `benches/picks/run` measures the library `implicit` on the same file (docs/benchmarks.md, "Learning picks").

#[path = "stages/sheet.rs"]
mod sheet;
#[path = "picks/project.rs"]
mod project;
#[path = "picks/shop.rs"]
mod shop;

use std::convert::Infallible;
use std::hint::black_box;
use std::path::PathBuf;

use clap::Parser;
use relance::catalogue::Similar;
use relance::recommend::{Context, Evidence, History, Linear, Pairs, Popular, Recommender, Room, Vectors};
use sheet::Sheet;

/// People who are asked for candidates, at most.
const ASKED: usize = 100_000;

#[derive(Parser)]
struct Args {
    /// The file of the shop.
    #[arg(long)]
    shop: PathBuf,
    /// Draw the shop and write it, and measure nothing.
    #[arg(long)]
    draw: bool,
    /// Write a project with the orders of the shop, and measure nothing: for `benches/slots`, at 2011-12-31T20:00:00Z.
    #[arg(long)]
    project: Option<PathBuf>,
    /// Contacts.
    #[arg(long, default_value_t = 1_000_000)]
    people: u32,
    /// Products.
    #[arg(long, default_value_t = 50_000)]
    products: u32,
    /// Lines of orders, nearly.
    #[arg(long, default_value_t = 10_000_000)]
    lines: u32,
    /// What the drawing starts from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds; every stage runs once in each.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    if args.draw {
        let size = shop::Size { people: args.people, products: args.products, lines: args.lines };
        return Ok(shop::write(&args.shop, size, &shop::draw(size, args.seed))?);
    }
    let shop = shop::read(&args.shop)?;
    if let Some(root) = &args.project {
        return project::write(root, &shop);
    }
    let evidence = Evidence::from(shop);
    let mut sheet = Sheet::default();
    for _ in 0..args.rounds.max(1) {
        measure(&evidence, &mut sheet);
    }
    Ok(sheet.print(args.json)?)
}

fn measure(evidence: &Evidence, sheet: &mut Sheet) {
    let table = &evidence.orders;
    let (today, n, n_lines) = (shop::DAYS.cast_signed(), table.n_products(), table.all().len() as u64);
    let mut stage = |name: &str, work: &mut dyn FnMut()| {
        let done = sheet.measure(name, "lines", || {
            work();
            Ok::<u64, Infallible>(n_lines)
        });
        match done {
            Ok(()) => {}
            Err(never) => match never {},
        }
    };
    stage("popular", &mut || _ = black_box(Popular::train(table, today)));
    stage("vectors", &mut || _ = black_box(Vectors::new(table, today, 1, |taste| taste)));
    let vectors = Vectors::new(table, today, 1, |taste| taste);
    stage("pairs, cosine", &mut || _ = black_box(Pairs::of_cosines(&vectors, n)));
    stage("pairs, BM25", &mut || _ = black_box(Pairs::of_dots(&vectors.clone().bm25(n), n)));
    drop(vectors);
    stage("linear", &mut || _ = black_box(Linear::train(table, today, 1)));
    let (alike, mut model) = (Similar::default(), Recommender::default());
    stage("all, tuned", &mut || model = Recommender::train(evidence, today, &alike, &[]));
    let (mut room, nothing) = (Room::default(), Context::default());
    let step = table.n_people().div_ceil(ASKED).max(1);
    let histories: Vec<History> = (0..table.n_people()).step_by(step).map(|who| evidence.history(who, today)).collect();
    let done = sheet.measure("candidates", "people", || {
        for history in &histories {
            black_box(model.candidates(history, &nothing, &alike, &mut room));
        }
        Ok::<u64, Infallible>(histories.len() as u64)
    });
    match done {
        Ok(()) => {}
        Err(never) => match never {},
    }
}
