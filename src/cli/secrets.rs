//! Secrets from where the project says they are; never printed, never an argument.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use relance::error::{Error, Kind, Result, io_error};
use relance::message::token::{Key, Keyring};
use relance::private;
use relance::project::Project;
use relance::project::config::Secret;
use relance::snapshot::BLUR_KEY;
use secrecy::SecretString;

/// Reads a secret.
pub(crate) fn read(secret: &Secret, root: &Path) -> Result<SecretString> {
    let text = match secret {
        Secret::Env(name) => std::env::var(name).map_err(|_| {
            Error::new(Kind::Project, format!("the environment variable `{name}` is not set"))
                .help(format!("set `{name}`, or name another place in relance.toml"))
        })?,
        Secret::File(path) => read_file(&root.join(path))?,
        Secret::Credential(name) => {
            let folder = std::env::var("CREDENTIALS_DIRECTORY").map_err(|_| {
                Error::new(Kind::Project, format!("the credential `{name}` is not given: CREDENTIALS_DIRECTORY is not set"))
                    .help(format!("run under systemd with `LoadCredential={name}:/path`"))
            })?;
            read_file(&Path::new(&folder).join(name))?
        }
        Secret::Url(url) => url.clone(),
    };
    Ok(SecretString::from(text))
}

/// Resolves what reading the sources needs: the database URL of every one that is a query, and the key of the blur where there is one.
pub(crate) fn source_urls(project: &Project) -> Result<BTreeMap<String, String>> {
    use secrecy::ExposeSecret as _;
    let queries = project.config.sources.each().into_iter().filter_map(|(name, spec)| Some((name, spec.database.as_ref()?)));
    let urls = queries.map(|(name, secret)| Ok((name.to_owned(), within(read(secret, &project.root)?.expose_secret(), &project.root))));
    let mut found: BTreeMap<String, String> = urls.collect::<Result<_>>()?;
    found.extend(of_blur(project)?);
    Ok(found)
}

/// Resolves what a snapshot is read by: the key of the blur, where there is one.
pub(crate) fn of_blur(project: &Project) -> Result<BTreeMap<String, String>> {
    let key = project.settings.blur.map(|_| blur_key(project)).transpose()?;
    Ok(key.map(|key| (BLUR_KEY.to_owned(), format!("{key:032x}"))).into_iter().collect())
}

/// Returns the key of pseudonyms and noise of a project, whether it blurs anything or not.
pub(crate) fn blur_key(project: &Project) -> Result<u128> {
    Ok(keys(project)?.first().of_blur())
}

/// Starts a relative SQLite path at the project folder.
pub(crate) fn within(url: &str, root: &Path) -> String {
    match url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
        Some(path) if !path.starts_with('/') && !path.starts_with(':') => format!("sqlite://{}", root.join(path).display()),
        _ => url.to_owned(),
    }
}

/// Name of a lone key; tokens carry the name, so that a later key gets another.
const KEY_ID: &str = "k1";

/// Reads the keys of tokens and Message-IDs, the one in use first; makes one in `.relance/key` the first time.
pub(crate) fn keys(project: &Project) -> Result<Keyring> {
    let secrets = &project.config.secrets;
    let mut keys = Vec::new();
    if secrets.keys.is_empty() {
        let secret = match &secrets.key {
            Some(secret) => read(secret, &project.root)?,
            None => own_key(&project.root.join(".relance"))?,
        };
        keys.push(token_key(KEY_ID, &secret)?);
    }
    for key in &secrets.keys {
        keys.push(token_key(key.id.get_ref(), &read(&key.key, &project.root)?)?);
    }
    Keyring::new(keys).ok_or_else(|| Error::new(Kind::Project, "two keys of [secrets] have the same id").help("give each its own `id`"))
}

fn token_key(id: &str, secret: &SecretString) -> Result<Key> {
    use secrecy::ExposeSecret as _;
    const KEY_MIN: usize = 32;
    let bytes = secret.expose_secret().as_bytes();
    if bytes.len() < KEY_MIN {
        return Err(Error::new(Kind::Project, format!("the key `{id}` of [secrets] is shorter than {KEY_MIN} characters"))
            .help("make one: `openssl rand -hex 32`"));
    }
    Key::new(id, bytes.to_vec()).ok_or_else(|| {
        Error::new(Kind::Project, format!("the key `{id}` of [secrets] cannot be used")).help("make one: `openssl rand -hex 32`")
    })
}

fn own_key(folder: &Path) -> Result<SecretString> {
    let path = folder.join("key");
    if path.exists() {
        return read_file(&path).map(SecretString::from);
    }
    private::make_folder(folder)?;
    let mut random = [0_u8; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| std::io::Read::read_exact(&mut source, &mut random))
        .map_err(|error| io_error("read", Path::new("/dev/urandom"), error))?;
    let hex = relance::id::hex(&random);
    // A key cut short by a full disk would stop every later command: it takes its name once it is whole.
    let temporary = folder.join(format!("key.{}.part", std::process::id()));
    let written = write_private(&temporary, hex.as_bytes()).and_then(|()| std::fs::hard_link(&temporary, &path));
    _ = std::fs::remove_file(&temporary);
    match written {
        Ok(()) => Ok(SecretString::from(hex)),
        // Another run made it in the meantime.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read_file(&path).map(SecretString::from),
        Err(error) => Err(io_error("write", &path, error)),
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = private::options().write(true).create(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read_file(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|error| io_error("read", path, error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
