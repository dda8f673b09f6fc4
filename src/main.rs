//! The program: flags in, words out. The work is in the library.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
