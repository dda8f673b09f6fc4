//! Seeing that a file of the project changed.
//!
//! The files are few and small, so they are looked at ten times a second: that works on every file system and with every editor,
//! also those that replace a file instead of writing it. Data may be many files and long to write: it is looked at once a second, and
//! read again when two looks see the same.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Studio;

const EVERY: Duration = Duration::from_millis(100);
/// Looks at the project between two looks at its data.
const DATA_EVERY: u32 = 10;
const FOLDERS: [&str; 6] = ["campaigns", "templates", "blocks", "locales", "tests", "checks"];
/// What scores have learned; it is laid over people when they are read.
const MODELS: &str = ".relance/scores";

/// What has changed, and so what must be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// Texts, templates, campaigns: people are still who they were.
    Words,
    /// What people are read by, or what the ledger knows: they are read again, as at the same instant.
    Settings,
    /// The files of the sources: there may be rows that are younger than the studio.
    Data,
}

/// What the files of a project were at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    /// `relance.toml` and its layers, offers, models of scores: sources may be others.
    settings: u64,
    /// Everything else that mails are made of.
    words: u64,
}

impl Print {
    /// Looks at the files of a project.
    pub(super) fn of(root: &Path) -> Self {
        let (mut settings, mut words) = (DefaultHasher::new(), DefaultHasher::new());
        for (path, stamp) in files(root) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_setting = name.starts_with("relance.") || name == "offers.toml";
            (&path, stamp).hash(if is_setting { &mut settings } else { &mut words });
        }
        for folder in FOLDERS {
            files_below(&root.join(folder), &mut words);
        }
        files_below(&root.join(MODELS), &mut settings);
        Self { settings: settings.finish(), words: words.finish() }
    }

    /// Says what has changed since another look; nothing most of the time.
    fn since(&self, before: &Self) -> Option<Changed> {
        if self.settings != before.settings {
            return Some(Changed::Settings);
        }
        (self.words != before.words).then_some(Changed::Words)
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

/// Returns what tells one state of a file from another.
pub(super) fn stamp(about: &std::fs::Metadata) -> Stamp {
    (about.len(), about.modified().ok())
}

/// What was seen so far.
#[derive(Debug)]
struct Eye {
    files: Print,
    /// Data that is not what was read, at the look before.
    unsettled: Option<u64>,
    /// Data that was asked for: a project that cannot be opened reads nothing, and is opened again when it is mended.
    tried: Option<u64>,
}

impl Eye {
    /// Takes a look at the project.
    fn files(&mut self, now: Print) -> Option<Changed> {
        let changed = now.since(&self.files);
        self.files = now;
        changed
    }

    /// Takes a look at the data, `None` when it is what was read; says whether to read it, once for each state that stays.
    fn data(&mut self, other: Option<u64>) -> bool {
        let is_settled = other.is_some() && other == self.unsettled;
        self.unsettled = other;
        if other.is_none() {
            self.tried = None;
        }
        let is_due = is_settled && other != self.tried;
        if is_due {
            self.tried = other;
        }
        is_due
    }
}

/// Opens the project again whenever its files are no longer what they were at the look `before`, until the end.
pub(super) async fn watch(studio: Arc<Studio>, root: std::path::PathBuf, before: Print, end: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut eye = Eye { files: before, unsettled: None, tried: None };
    let mut n_looks = 0_u32;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let mut changed = eye.files(Print::of(&root));
        n_looks = n_looks.wrapping_add(1);
        if n_looks.is_multiple_of(DATA_EVERY) {
            let looking = studio.clone();
            let other = tokio::task::spawn_blocking(move || looking.bench.other_data()).await.unwrap_or_default();
            if eye.data(other) {
                changed = Some(Changed::Data);
            }
        }
        if let Some(changed) = changed {
            let studio = studio.clone();
            _ = tokio::task::spawn_blocking(move || studio.bench.reopen(changed)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_read_once_it_is_written_and_once_for_each_state() {
        let none = Print { settings: 0, words: 0 };
        let mut eye = Eye { files: none, unsettled: None, tried: None };
        let mut read = |looks: &[Option<u64>]| looks.iter().map(|look| eye.data(*look)).collect::<Vec<_>>();
        assert_eq!(
            read(&[None, Some(1), Some(2), Some(2)]),
            [false, false, false, true],
            "it is being written until two looks see the same"
        );
        assert_eq!(read(&[Some(2), Some(2)]), [false, false], "what could not be read is not read again and again");
        assert_eq!(read(&[Some(3), Some(3)]), [false, true], "another state may be good");
        assert_eq!(read(&[None, Some(3), Some(3)]), [false, false, true], "after a good one, the same may come back");
    }

    #[test]
    fn settings_count_more_than_words() {
        let mut eye = Eye { files: Print { settings: 0, words: 0 }, unsettled: None, tried: None };
        assert_eq!(eye.files(Print { settings: 0, words: 1 }), Some(Changed::Words));
        assert_eq!(eye.files(Print { settings: 1, words: 2 }), Some(Changed::Settings));
        assert_eq!(eye.files(Print { settings: 1, words: 2 }), None);
    }
}
