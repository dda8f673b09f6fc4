//! Makes the data of the example `saas`.
//!
//! ```text
//! cargo run --example saas                            # the committed files
//! cargo run --example saas -- --seed 7 --out /tmp/saas # other people
//! ```

mod generator;

use std::path::PathBuf;

use clap::Parser;

/// Make the data of the example `saas`
#[derive(Parser)]
struct Arguments {
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = "examples/saas/data")]
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
