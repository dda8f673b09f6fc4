//! Makes the data of the example `media`.
//!
//! ```text
//! cargo run --example media                            # the committed files
//! cargo run --example media -- --seed 7 --out /tmp/media # other readers
//! ```

mod generator;

use std::path::PathBuf;

use clap::Parser;

/// Make the data of the example `media`
#[derive(Parser)]
struct Arguments {
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = "examples/media/data")]
    out: PathBuf,
    /// Number that all chance is drawn from
    #[arg(long, default_value_t = generator::SEED)]
    seed: u64,
}

fn main() -> generator::Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out)?;
    generator::write(arguments.seed, &arguments.out)
}
