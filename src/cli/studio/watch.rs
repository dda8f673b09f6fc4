//! Seeing that a file of the project changed.
//!
//! The files are few and small, so they are looked at ten times a second: that works on every file system and with every editor,
//! also those that replace a file instead of writing it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Studio;

const EVERY: Duration = Duration::from_millis(100);
const FOLDERS: [&str; 5] = ["campaigns", "templates", "blocks", "locales", "tests"];

/// What the files were at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Print {
    /// `relance.toml` and its layers: sources may be others.
    config: u64,
    /// Everything else that mails are made of.
    words: u64,
}

impl Print {
    fn of(root: &Path) -> Self {
        let (mut config, mut words) = (DefaultHasher::new(), DefaultHasher::new());
        for (path, stamp) in files(root) {
            let is_config = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("relance."));
            (path, stamp).hash(if is_config { &mut config } else { &mut words });
        }
        for folder in FOLDERS {
            files_below(&root.join(folder), &mut words);
        }
        Self { config: config.finish(), words: words.finish() }
    }
}

type Stamp = (u64, Option<std::time::SystemTime>);

/// Lists the TOML files of a folder, in order.
fn files(folder: &Path) -> Vec<(std::path::PathBuf, Stamp)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let toml = entries.filter(|entry| entry.path().extension().is_some_and(|kind| kind == "toml"));
    let mut found: Vec<_> = toml.filter_map(|entry| Some((entry.path(), stamp(&entry.metadata().ok()?)))).collect();
    found.sort();
    found
}

fn files_below(folder: &Path, hasher: &mut DefaultHasher) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        match entry.metadata() {
            Ok(about) if about.is_dir() => files_below(&entry.path(), hasher),
            Ok(about) => (entry.path(), stamp(&about)).hash(hasher),
            Err(_) => {}
        }
    }
}

fn stamp(about: &std::fs::Metadata) -> Stamp {
    (about.len(), about.modified().ok())
}

/// Opens the project again whenever its files change, until the end.
pub(super) async fn watch(studio: Arc<Studio>, root: std::path::PathBuf, end: CancellationToken) {
    let mut before = Print::of(&root);
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = Print::of(&root);
        if now == before {
            continue;
        }
        let anew = now.config != before.config;
        before = now;
        let studio = studio.clone();
        _ = tokio::task::spawn_blocking(move || studio.bench.reopen(anew)).await;
    }
}
