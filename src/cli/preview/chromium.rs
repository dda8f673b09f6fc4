//! A Chromium without a window: found, started apart from everything, ended when it takes too long.
//!
//! It reads one page and no network: every name leads nowhere, and so does the proxy through which addresses would go. It gets none of the
//! environment but where programs and fonts are, and a home of its own that is gone afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use relance::error::{Error, Kind, Result, io_error};

/// The variable that says where the browser is.
const VARIABLE: &str = "CHROMIUM";
/// Names under which it is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// What it may see of the environment.
const KEPT: [&str; 5] = ["PATH", "LANG", "LC_ALL", "FONTCONFIG_FILE", "FONTCONFIG_PATH"];
/// How long one look at a page may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes of its own words that an error repeats.
const SAID_MAX: usize = 300;

/// A browser and its folder, removed at the end.
#[derive(Debug)]
pub(crate) struct Chromium {
    program: PathBuf,
    folder: tempfile::TempDir,
    patience: Duration,
}

impl Chromium {
    /// Finds the browser.
    ///
    /// # Errors
    /// `Usage` when there is none, with what to install; `Io` when a folder for it cannot be made.
    pub(crate) fn find() -> Result<Self> {
        let named = std::env::var_os(VARIABLE).filter(|named| !named.is_empty());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = match &named {
            Some(named) => first(&[Path::new(named)], &path),
            None => first(&NAMES.map(Path::new), &path),
        };
        let program = program.ok_or_else(|| match named {
            Some(named) => {
                Error::new(Kind::Usage, format!("{VARIABLE} names `{}`, where there is no program", Path::new(&named).display()))
                    .help("name the file of a Chromium or Chrome, e.g. /usr/bin/chromium")
            }
            None => Error::new(Kind::Usage, "a picture of a mail needs Chromium or Chrome, and none is installed")
                .help(format!("Debian, Ubuntu: `apt-get install chromium`; installed elsewhere: set {VARIABLE} to its file")),
        })?;
        let folder = tempfile::Builder::new()
            .prefix("relance-")
            .tempdir()
            .map_err(|error| io_error("make a folder in", &std::env::temp_dir(), error))?;
        Ok(Self { program, folder, patience: PATIENCE })
    }

    /// Returns a path in the browser's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens a page of the folder and does one thing with it; returns what the browser prints.
    ///
    /// # Errors
    /// `Io` when it cannot be started, fails, or takes longer than a minute: it is ended then.
    pub(crate) fn open(&self, page: &str, size: (u32, u32), is_dark: bool, action: &str) -> Result<String> {
        let (printed, said) = (self.path("printed"), self.path("said"));
        let file = |path: &Path| File::create(path).map_err(|error| io_error("write", path, error));
        let mut command = Command::new(&self.program);
        command.env_clear().envs(KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
        command.env("HOME", self.folder.path()).env("TMPDIR", self.folder.path()).current_dir(self.folder.path());
        command.args(["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--mute-audio"]);
        command.args(["--disable-background-networking", "--disable-sync", "--disable-extensions", "--disable-component-update"]);
        command.args(["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"]);
        command.args(["--force-device-scale-factor=1", "--virtual-time-budget=4000"]);
        if self.is_of_root() {
            // Chromium starts no sandbox for root.
            command.arg("--no-sandbox");
        }
        command.arg(format!("--user-data-dir={}", self.path("profile").display()));
        command.arg(format!("--window-size={},{}", size.0, size.1));
        command.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!is_dark)));
        command.arg(action).arg(format!("file://{}", self.path(page).display()));
        command.stdin(Stdio::null()).stdout(file(&printed)?).stderr(file(&said)?);
        self.wait(&mut command)?;
        fs::read_to_string(&printed).map_err(|error| io_error("read", &printed, error))
    }

    fn wait(&self, command: &mut Command) -> Result<()> {
        let name = self.program.display();
        let unable = |error: std::io::Error| Error::new(Kind::Io, format!("cannot run `{name}`")).caused_by(error);
        let mut child = command.spawn().map_err(unable)?;
        let deadline = Instant::now() + self.patience;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(unable)? {
                break status;
            }
            if Instant::now() >= deadline {
                // Its helpers end when it does.
                _ = child.kill();
                _ = child.wait();
                return Err(Error::new(Kind::Io, format!("`{name}` took longer than {} s and was ended", self.patience.as_secs()))
                    .help("try again, or look at the mail with `--open`"));
            }
            std::thread::sleep(PAUSE);
        };
        if status.success() {
            return Ok(());
        }
        let said = fs::read(self.path("said")).unwrap_or_default();
        let said: String =
            String::from_utf8_lossy(&said).chars().filter(|letter| !letter.is_control() || *letter == '\n').take(SAID_MAX).collect();
        Err(Error::new(Kind::Io, format!("`{name}` failed: {status}")).detail(said.trim()).help("look at the mail with `--open` instead"))
    }

    /// Says whether this program runs as root: whose folder it made says so.
    fn is_of_root(&self) -> bool {
        #[cfg(unix)]
        let is_root = fs::metadata(self.folder.path()).is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0);
        #[cfg(not(unix))]
        let is_root = false;
        is_root
    }
}

/// Returns the first of some names that is a file, by itself when it is a path, else in the folders of PATH.
fn first(names: &[&Path], path: &std::ffi::OsStr) -> Option<PathBuf> {
    let places = |name: &Path| -> Vec<PathBuf> {
        if name.components().count() > 1 {
            vec![name.to_owned()]
        } else {
            std::env::split_paths(path).map(|folder| folder.join(name)).collect()
        }
    };
    names.iter().flat_map(|name| places(name)).find(|file| file.is_file()).and_then(|file| std::path::absolute(file).ok())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A browser that is a script of a shell.
    fn script(lines: &str, patience: Duration) -> Chromium {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("browser");
        // Another process writes it: a program that a thread of this one still holds open could not be started.
        let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 700 \"$2\"";
        let written = Command::new("sh").args(["-c", write, "sh", lines]).arg(&program).status().expect("a shell");
        assert!(written.success());
        Chromium { program, folder, patience }
    }

    #[test]
    fn it_sees_no_secret_and_prints_to_us() {
        let browser = script("env; for word in \"$@\"; do echo \"arg $word\"; done", PATIENCE);
        let printed = browser.open("page.html", (375, 800), true, "--dump-dom").expect("it ends");
        let names: Vec<&str> =
            printed.lines().filter(|line| !line.starts_with("arg ")).filter_map(|line| Some(line.split_once('=')?.0)).collect();
        let of_the_shell = ["HOME", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"];
        assert!(names.iter().all(|name| KEPT.contains(name) || of_the_shell.contains(name)), "{names:?}");
        assert!(printed.contains("arg --window-size=375,800\n") && printed.contains("preferredColorScheme=0\n"), "{printed}");
        assert!(printed.contains("arg --host-resolver-rules=MAP * ~NOTFOUND\n"), "{printed}");
        assert_eq!(printed.contains("arg --no-sandbox\n"), browser.is_of_root());
    }

    #[test]
    fn one_that_hangs_is_ended_and_one_that_fails_says_why() {
        let hangs = script("exec sleep 600", Duration::ZERO).open("page.html", (1, 1), false, "--dump-dom").expect_err("it hangs");
        assert!(hangs.to_string().contains("was ended"), "{hangs}");
        let fails = script("echo no display >&2; exit 3", PATIENCE).open("page.html", (1, 1), false, "--dump-dom").expect_err("it fails");
        assert!(fails.to_string().contains("failed") && fails.details().iter().any(|line| line == "no display"), "{fails:?}");
    }

    #[test]
    fn names_are_looked_for_in_order_and_paths_as_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("chrome");
        fs::write(&file, "").expect("a file");
        assert_eq!(first(&[Path::new("chromium"), Path::new("chrome")], folder.path().as_os_str()), Some(file.clone()));
        assert_eq!(first(&[&file], "".as_ref()), Some(file));
        assert_eq!(first(&[Path::new("/nowhere/chrome"), Path::new("chromium")], folder.path().as_os_str()), None);
    }
}
