//! `relance dkim`: the keys that mails are signed with.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use relance::error::{Error, Kind, Result, io_error};
use relance::message::dkim::{Algorithm, RSA_BITS_MIN, Record, SigningKey};
use relance::private::{create_new, make_folder_of};
use relance::project;
use relance::project::domain;
use rsa::pkcs8::der::zeroize::Zeroizing;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding, SecretDocument};
use rsa::rand_core::{OsRng, RngCore as _};
use serde_json::{Value, json};

use super::args::Globals;
use super::mailer::signing_domain;
use super::out::{Out, bold};

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410 section 7).
const ED25519_HEADER: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a private key, and print the DNS record of its public half.
    Keygen(Keygen),
}

#[derive(Debug, clap::Args)]
struct Keygen {
    /// Kind of key; `both` makes two, `SELECTOR-rsa` and `SELECTOR-ed25519`.
    #[arg(long, value_enum, default_value_t = Which::Rsa, value_name = "ALGORITHM")]
    algorithm: Which,
    /// Name of the key in DNS: a new one for every new key, e.g. `s2026`.
    #[arg(long, value_name = "SELECTOR")]
    selector: String,
    /// Folder for the key; nothing in it is overwritten.
    #[arg(long, value_name = "DIR", default_value = "dkim")]
    out: PathBuf,
    /// Domain that signs; the project's when absent.
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// RSA of 2048 bits: every receiver understands it.
    Rsa,
    /// Ed25519: smaller and quicker; only beside an RSA key.
    Ed25519,
    /// One of each.
    Both,
}

/// A key that was made.
struct Made {
    key: SigningKey,
    selector: String,
    path: PathBuf,
    record: Record,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let Command::Keygen(args) = &args.command;
    let domain = match &args.domain {
        Some(written) => domain::ascii(written).ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{written}` is not a domain")).help("write two labels or more: `--domain shop.example`")
        })?,
        None => project::load(&globals.project, globals.env.as_deref()).map(|(project, _)| signing_domain(&project))?,
    };
    let wanted: &[(Algorithm, &str)] = match args.algorithm {
        Which::Rsa => &[(Algorithm::Rsa, "")],
        Which::Ed25519 => &[(Algorithm::Ed25519, "")],
        Which::Both => &[(Algorithm::Rsa, "-rsa"), (Algorithm::Ed25519, "-ed25519")],
    };
    let named: Vec<(Algorithm, String, PathBuf)> = wanted
        .iter()
        .map(|(algorithm, end)| {
            let selector = format!("{}{end}", args.selector);
            let path = args.out.join(format!("{selector}.pem"));
            (*algorithm, selector, path)
        })
        .collect();
    for (_, selector, path) in &named {
        if !domain::is_selector(selector) {
            return Err(
                Error::new(Kind::Usage, format!("`{selector}` is not a selector")).help("use letters, digits and `-`: `--selector s2026`")
            );
        }
        // Looked at before the time is spent, and again when the file is made.
        if path.exists() {
            return Err(exists(path));
        }
    }
    let mut made = Vec::new();
    for (algorithm, selector, path) in named {
        let pem = generate(algorithm)?;
        let key =
            SigningKey::from_pem(&pem).map_err(|error| Error::new(Kind::Io, format!("the key that was made cannot be used: {error}")))?;
        write_private(&path, pem.as_bytes())?;
        let record = Record::of(&key, &selector, &domain);
        made.push(Made { key, selector, path, record });
    }
    if out.json {
        out.value(&json!({ "domain": domain, "keys": made.iter().map(value).collect::<Vec<_>>() }));
    } else {
        print(&made, &globals.project, out);
    }
    Ok(ExitCode::SUCCESS)
}

fn value(made: &Made) -> Value {
    json!({
        "algorithm": made.key.algorithm().record_name(), "bits": made.key.bits(), "selector": made.selector, "file": made.path,
        "record": made.record,
    })
}

fn print(made: &[Made], project: &Path, out: &Out) {
    for key in made {
        out.did(
            "Wrote",
            format!("{} ({}, {} bits), readable by its owner only", key.path.display(), key.key.algorithm().record_name(), key.key.bits()),
        );
    }
    out.data(bold("publish"));
    for key in made {
        out.data(key.record.zone_line());
    }
    let records = if made.len() == 1 { "the record is" } else { "the records are" };
    out.data(format!("\n{}", bold(format!("then write in relance.toml, once {records} visible"))));
    for key in made {
        out.data(format!("[[dkim.keys]]\nselector = \"{}\"\nkey = {{ file = {:?} }}", key.selector, from_project(&key.path, project)));
    }
    out.say("Keep the key out of version control; who has it can sign in your name.");
}

/// Returns a path as relance.toml names it: from the project folder when it is inside, else from the root.
fn from_project(path: &Path, project: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let inside = project.canonicalize().ok().and_then(|project| whole.strip_prefix(project).ok().map(Path::to_owned));
    inside.unwrap_or(whole).display().to_string()
}

/// Makes a private key in PEM (PKCS #8, RFC 5958).
fn generate(algorithm: Algorithm) -> Result<Zeroizing<String>> {
    let failed = |what: &dyn std::fmt::Display| Error::new(Kind::Io, format!("the key cannot be made: {what}"));
    match algorithm {
        Algorithm::Rsa => {
            let key = rsa::RsaPrivateKey::new(&mut OsRng, RSA_BITS_MIN).map_err(|error| failed(&error))?;
            key.to_pkcs8_pem(LineEnding::LF).map_err(|error| failed(&error))
        }
        Algorithm::Ed25519 => {
            let mut der = Zeroizing::new([0; 48]);
            der[..16].copy_from_slice(&ED25519_HEADER);
            OsRng.try_fill_bytes(&mut der[16..]).map_err(|error| failed(&error))?;
            let document = SecretDocument::try_from(der.as_slice()).map_err(|error| failed(&error))?;
            document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|error| failed(&error))
        }
    }
}

/// Writes a file that its owner alone may read, durably, and never over another.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    make_folder_of(path)?;
    let mut file = match create_new(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(exists(path)),
        opened => opened.map_err(|error| io_error("write", path, error))?,
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a key is worse than none: it would stand in the way of the next attempt.
        _ = std::fs::remove_file(path);
        io_error("write", path, error)
    })
}

fn exists(path: &Path) -> Error {
    Error::new(Kind::Usage, format!("`{}` exists", path.display()))
        .help("take a new `--selector`: mails already sent are verified with the old key")
}
