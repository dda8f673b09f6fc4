//! Pages in a real browser: scripts of `tests/browser/` run by node with Playwright, axe and the Chromium that is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

const CHROMIUMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Runs `tests/browser/NAME.mjs URL` and asserts every check that it prints, of which there are at least `n_min`.
#[track_caller]
pub(crate) fn browse(name: &str, url: &str, n_min: usize) {
    let script = folder().join(format!("{name}.mjs"));
    let mut node = Command::new("node");
    node.arg(&script).arg(url).env("BROWSER_MODULES", modules()).env("CHROMIUM", chromium());
    let output = node.output().expect("install node: apt-get install nodejs npm");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let checks: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no check: {line}"))).collect();
    let failed: Vec<String> = checks
        .iter()
        .filter(|check| check["ok"] != true)
        .map(|check| format!("{}: {}", check["name"].as_str().unwrap_or("?"), check["detail"].as_str().unwrap_or_default()))
        .collect();
    assert!(failed.is_empty(), "{name}: {} of {} checks failed:\n{}\n{stderr}", failed.len(), checks.len(), failed.join("\n"));
    assert!(output.status.success() && checks.len() >= n_min, "{name}: {} checks of {n_min}: {stderr}", checks.len());
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// The modules of `package-lock.json`, installed once into `target/browser` (`scripts/test` does it before the tests).
fn modules() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    let install = || {
        let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser");
        fs::create_dir_all(&to).expect("a folder");
        // Test programs run side by side: one installs, the others wait.
        let lock = fs::File::create(to.join("lock")).expect("a file");
        lock.lock().expect("a lock");
        let wanted = fs::read(folder().join("package-lock.json")).expect("the list of modules");
        if fs::read(to.join("installed.json")).is_ok_and(|installed| installed == wanted) {
            return to;
        }
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder().join(file), to.join(file)).expect("a copy");
        }
        let npm = Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&to).output();
        let npm = npm.expect("install npm: apt-get install nodejs npm");
        assert!(npm.status.success(), "npm ci: {}", String::from_utf8_lossy(&npm.stderr));
        fs::write(to.join("installed.json"), wanted).expect("a file");
        to
    };
    DONE.get_or_init(install).clone()
}

/// The browser's path, which Playwright wants whole.
fn chromium() -> PathBuf {
    let named = std::env::var("CHROMIUM").ok();
    let wanted = named.as_deref().map_or(CHROMIUMS.to_vec(), |named| vec![named]);
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let found = wanted.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file());
    found.expect("install chromium (apt-get install chromium), or say where it is by CHROMIUM")
}
