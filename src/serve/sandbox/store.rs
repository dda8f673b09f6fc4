//! The mails that were caught: a Maildir (<https://cr.yp.to/proto/maildir.html>) any mail reader can open, and an index of it in memory.
//!
//! A mail is written to `tmp` and renamed into `new` before its sender is told that it was taken: a killed program loses none that it
//! acknowledged. It is not forced to the disk, which a rehearsal need not survive a power cut for. Nor is it read before somebody looks
//! for it: what lists show of a mail is found out then, and kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use tokio::sync::broadcast;

use super::mail::{Summary, summary};
use super::session::Envelope;
use crate::clock::Timestamp;
use crate::error::{Result, io_error};
use crate::ledger::system_now;
use crate::private::{create_new, make_folder};
use crate::profile::canonical_address;

/// The first header of a kept mail; its value is the length of what was added before the mail itself.
const TRACE: &[u8] = b"X-Relance-Sandbox: ";
/// Digits of that length.
const TRACE_DIGITS: usize = 6;
/// News kept for a reader that is slow to take them.
const NEWS_MAX: usize = 256;

/// What the inbox is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    Arrived(String),
    Deleted(String),
    /// All were deleted.
    Emptied,
}

/// A kept mail, as lists show it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: String,
    /// MAIL FROM and RCPT TO.
    pub(super) envelope_from: String,
    pub(super) envelope_to: Vec<String>,
    pub(super) received_at: Timestamp,
    /// Bytes of the mail itself.
    pub(super) bytes: usize,
    summary: OnceLock<Summary>,
    path: PathBuf,
}

#[derive(Debug, Default)]
struct Index {
    /// By id, which is in the order of arrival.
    kept: BTreeMap<String, Arc<Kept>>,
    last_micros: i64,
}

/// The mails, shared by all connections.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    keep: Option<usize>,
    index: RwLock<Index>,
    pub(super) news: broadcast::Sender<News>,
}

impl Store {
    /// Opens a Maildir, making it when missing, and reads what is there.
    pub(super) fn open(folder: &Path, keep: Option<usize>) -> Result<Self> {
        let mut found = Vec::new();
        for part in ["tmp", "new", "cur"] {
            let part_folder = folder.join(part);
            make_folder(&part_folder)?;
            for entry in fs::read_dir(&part_folder).map_err(|error| io_error("read", &part_folder, error))? {
                let path = entry.map_err(|error| io_error("read", &part_folder, error))?.path();
                if part != "tmp" && path.is_file() {
                    found.push(path);
                }
            }
        }
        // A mail that somebody takes away meanwhile is not there any more, and that is all.
        let kept: BTreeMap<String, Arc<Kept>> = found
            .into_par_iter()
            .filter_map(|path| {
                let kept = read_back(path)?;
                Some((kept.id.clone(), Arc::new(kept)))
            })
            .collect();
        let last_micros = kept.values().map(|kept| kept.received_at.0).max().unwrap_or(0);
        let store = Self {
            folder: folder.to_owned(),
            keep,
            index: RwLock::new(Index { kept, last_micros }),
            news: broadcast::Sender::new(NEWS_MAX),
        };
        store.make_room();
        Ok(store)
    }

    /// Keeps a mail and returns its id.
    pub(super) fn put(&self, envelope: &Envelope, client: SocketAddr, mail: &[u8]) -> Result<String> {
        let received_at = {
            let mut index = self.write();
            index.last_micros = system_now().0.max(index.last_micros + 1);
            Timestamp(index.last_micros)
        };
        // Two programs may share the folder.
        let id = format!("{:016}-{}", received_at.0, std::process::id());
        let mut bytes = trace(envelope, client, &id, received_at);
        bytes.extend_from_slice(mail);
        let (temporary, path) = (self.folder.join("tmp").join(&id), self.folder.join("new").join(&id));
        let write = || -> std::io::Result<()> {
            std::io::Write::write_all(&mut create_new(&temporary)?, &bytes)?;
            fs::rename(&temporary, &path)
        };
        let written = write();
        if let Err(error) = written {
            _ = fs::remove_file(&temporary);
            return Err(io_error("write", &path, error));
        }
        let kept = Kept {
            id: id.clone(),
            envelope_from: envelope.from.clone(),
            envelope_to: envelope.to.clone(),
            received_at,
            bytes: mail.len(),
            summary: OnceLock::new(),
            path,
        };
        self.write().kept.insert(id.clone(), Arc::new(kept));
        self.make_room();
        _ = self.news.send(News::Arrived(id.clone()));
        Ok(id)
    }

    /// Returns how many mails are kept.
    pub(super) fn len(&self) -> usize {
        self.read().kept.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Kept>> {
        self.read().kept.get(id).cloned()
    }

    /// Returns the mails that a search finds, oldest first, that arrived after one, `limit` at most.
    pub(super) fn after(&self, id: &str, query: &str, limit: usize) -> Vec<Arc<Kept>> {
        let later = (Bound::Excluded(id), Bound::Unbounded);
        let later: Vec<Arc<Kept>> = self.read().kept.range::<str, _>(later).map(|(_, kept)| Arc::clone(kept)).collect();
        first_of(later.into_iter(), query, limit)
    }

    /// As [`Self::after`], newest first, that arrived before one.
    pub(super) fn before(&self, id: Option<&str>, query: &str, limit: usize) -> Vec<Arc<Kept>> {
        let earlier = (Bound::Unbounded, id.map_or(Bound::Unbounded, Bound::Excluded));
        let earlier: Vec<Arc<Kept>> = self.read().kept.range::<str, _>(earlier).rev().map(|(_, kept)| Arc::clone(kept)).collect();
        first_of(earlier.into_iter(), query, limit)
    }

    /// Returns how many mails a search finds.
    pub(super) fn count(&self, query: &str) -> usize {
        let words = words(query);
        let all: Vec<Arc<Kept>> = {
            let index = self.read();
            if words.is_empty() {
                return index.kept.len();
            }
            index.kept.values().cloned().collect()
        };
        all.par_iter().filter(|kept| kept.has_all(&words)).count()
    }

    /// Deletes a mail; says whether it was there.
    pub(super) fn delete(&self, id: &str) -> Result<bool> {
        let Some(kept) = self.get(id) else { return Ok(false) };
        Self::remove_file(&kept)?;
        let was_there = self.write().kept.remove(id).is_some();
        if was_there {
            _ = self.news.send(News::Deleted(id.to_owned()));
        }
        Ok(was_there)
    }

    /// Deletes all mails that are kept now; returns how many.
    pub(super) fn empty(&self) -> Result<usize> {
        let all: Vec<Arc<Kept>> = self.read().kept.values().cloned().collect();
        for kept in &all {
            Self::remove_file(kept)?;
            self.write().kept.remove(&kept.id);
        }
        _ = self.news.send(News::Emptied);
        Ok(all.len())
    }

    /// Deletes the oldest mails beyond the cap.
    fn make_room(&self) {
        let Some(keep) = self.keep else { return };
        loop {
            let oldest = {
                let mut index = self.write();
                if index.kept.len() <= keep {
                    return;
                }
                index.kept.pop_first()
            };
            if let Some((id, kept)) = oldest {
                _ = Self::remove_file(&kept);
                _ = self.news.send(News::Deleted(id));
            }
        }
    }

    fn remove_file(kept: &Kept) -> Result<()> {
        let Some(path) = kept.file() else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error("delete", &path, error)),
            _ => Ok(()),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Returns what lists show of it, which is read from its file the first time; nothing when somebody took the file away.
    pub(super) fn summary(&self) -> &Summary {
        self.summary.get_or_init(|| self.raw().map(|mail| summary(&mail)).unwrap_or_default())
    }

    /// Returns the bytes of the mail as they came; `None` when somebody took the file away.
    pub(super) fn raw(&self) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.file()?).ok()?;
        bytes.drain(..trace_length(&bytes));
        Some(bytes)
    }

    /// Finds its file, wherever a mail reader has moved it.
    fn file(&self) -> Option<PathBuf> {
        if self.path.exists() {
            return Some(self.path.clone());
        }
        let is_it = |path: &PathBuf| id_of(path).is_some_and(|id| id == self.id);
        let read = self.path.parent()?.with_file_name("cur");
        fs::read_dir(read).ok()?.filter_map(|entry| Some(entry.ok()?.path())).find(is_it)
    }

    fn has_all(&self, words: &[String]) -> bool {
        words.iter().all(|word| {
            self.envelope_to.iter().any(|to| to.to_lowercase().contains(word.as_str()))
                || self.envelope_from.to_lowercase().contains(word.as_str())
                || self.summary().words.contains(word.as_str())
        })
    }
}

/// Returns the first mails that have all words of a query.
fn first_of(mails: impl Iterator<Item = Arc<Kept>>, query: &str, limit: usize) -> Vec<Arc<Kept>> {
    let words = words(query);
    mails.filter(|kept| kept.has_all(&words)).take(limit).collect()
}

/// Deletes the caught mails of people, told by their canonical addresses; returns how many there were. A sandbox that runs meanwhile
/// answers that they are gone.
///
/// # Errors
///
/// `Io` when the folder cannot be read or a file not deleted; that there is no folder is none.
pub fn forget(folder: &Path, is_theirs: impl Fn(&str) -> bool) -> Result<usize> {
    let mut n = 0;
    for part in ["new", "cur"] {
        let part = folder.join("mails").join(part);
        let entries = match fs::read_dir(&part) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(|error| io_error("read", &part, error))?,
        };
        for entry in entries {
            let path = entry.map_err(|error| io_error("read", &part, error))?.path();
            let Some(kept) = read_back(path.clone()) else { continue };
            let bare = |one: &str| one.rsplit_once('<').map_or(one, |(_, address)| address).trim_end_matches('>').to_owned();
            let named = kept.envelope_to.iter().chain(&kept.summary().to);
            if named.map(|one| canonical_address(&bare(one))).any(|address| is_theirs(&address)) {
                fs::remove_file(&path).map_err(|error| io_error("delete", &path, error))?;
                n += 1;
            }
        }
    }
    Ok(n)
}

fn words(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_lowercase).collect()
}

/// The headers of the last hop (RFC 5321 section 4.4), and how long they are.
fn trace(envelope: &Envelope, client: SocketAddr, id: &str, at: Timestamp) -> Vec<u8> {
    let mut lines = format!("Return-Path: <{}>\r\n", envelope.from);
    for to in &envelope.to {
        _ = write!(lines, "Delivered-To: {to}\r\n");
    }
    let (hello, with, at) = (&envelope.hello, envelope.with, at.utc().to_rfc2822());
    _ = write!(lines, "Received: from {hello} ([{}])\r\n\tby relance-sandbox with {with} id {id};\r\n\t{at}\r\n", client.ip());
    let length = TRACE.len() + TRACE_DIGITS + 2 + lines.len();
    let mut bytes = TRACE.to_vec();
    bytes.extend_from_slice(format!("{length:0TRACE_DIGITS$}\r\n{lines}").as_bytes());
    bytes
}

/// Returns the length of what [`trace`] added; 0 for a mail that something else put here.
fn trace_length(bytes: &[u8]) -> usize {
    let digits = bytes.strip_prefix(TRACE).and_then(|rest| rest.get(..TRACE_DIGITS));
    let length = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(0);
    if length <= bytes.len() { length } else { 0 }
}

/// The unique part of a Maildir name, when it can be an id: letters, digits, `.`, `-` and `_`.
fn id_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let unique = name.split(':').next().unwrap_or(name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (!unique.is_empty() && !unique.starts_with('.') && unique.bytes().all(is_plain)).then(|| unique.to_owned())
}

fn read_back(path: PathBuf) -> Option<Kept> {
    let id = id_of(&path)?;
    let bytes = fs::read(&path).ok()?;
    let skipped = trace_length(&bytes);
    let (head, mail) = bytes.split_at(skipped);
    let head = String::from_utf8_lossy(head);
    let said = |name: &'static str| head.lines().filter_map(move |line| line.strip_prefix(name));
    let written_at = || fs::metadata(&path).and_then(|data| data.modified()).ok().map(chrono::DateTime::<chrono::Utc>::from);
    let micros = id.split('-').next().and_then(|micros| micros.parse().ok()).filter(|_| skipped > 0);
    Some(Kept {
        envelope_from: said("Return-Path: ").next().unwrap_or_default().trim_matches(['<', '>']).to_owned(),
        envelope_to: said("Delivered-To: ").map(str::to_owned).collect(),
        received_at: Timestamp(micros.or_else(|| written_at().map(|at| at.timestamp_micros())).unwrap_or(0)),
        bytes: mail.len(),
        summary: summary(mail).into(),
        id,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 40_000))
    }

    fn envelope(to: &[&str]) -> Envelope {
        let to = to.iter().map(|&to| to.to_owned()).collect();
        Envelope { from: "shop@shop.example".to_owned(), to, hello: "shop.example".to_owned(), with: "ESMTP" }
    }

    fn mail(subject: &str, text: &str) -> Vec<u8> {
        format!("From: Shop <shop@shop.example>\r\nTo: ana@post.example\r\nSubject: {subject}\r\n\r\n{text}\r\n").into_bytes()
    }

    #[test]
    fn a_mail_is_given_back_as_it_came_also_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), None).expect("it opens");
        let bytes = mail("Été", "bonjour");
        let id = store.put(&envelope(&["ana@post.example", "bob@post.example"]), client(), &bytes).expect("kept");
        // A mail reader marks it as seen, and something else leaves a mail of its own.
        fs::rename(folder.path().join("new").join(&id), folder.path().join("cur").join(format!("{id}:2,S"))).expect("moved");
        fs::write(folder.path().join("new/other.M1P2"), mail("other", "x")).expect("a file");
        for store in [&store, &Store::open(folder.path(), None).expect("it opens again")] {
            let kept = store.get(&id).expect("it is there");
            assert_eq!(kept.envelope_to, ["ana@post.example", "bob@post.example"]);
            assert_eq!((kept.envelope_from.as_str(), kept.bytes), ("shop@shop.example", bytes.len()));
            assert_eq!(kept.raw().as_deref(), Some(bytes.as_slice()));
        }
        let again = Store::open(folder.path(), None).expect("it opens again");
        assert_eq!(again.len(), 2);
        assert!(again.delete(&id).expect("deleted") && !again.delete(&id).expect("nothing"));
        assert_eq!(again.empty().expect("emptied"), 1);
        assert_eq!(fs::read_dir(folder.path().join("new")).expect("a folder").count(), 0);
    }

    #[test]
    fn a_mail_is_read_when_somebody_looks_at_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), None).expect("it opens");
        let keep = |subject| {
            let id = store.put(&envelope(&["ana@post.example"]), client(), &mail(subject, "x")).expect("kept");
            store.get(&id).expect("it is there")
        };
        let (seen, unseen) = (keep("seen"), keep("unseen"));
        assert_eq!((store.count(""), store.count("ana@post")), (2, 2));
        assert!(seen.summary.get().is_none() && unseen.summary.get().is_none(), "the envelope tells that much");
        assert_eq!(seen.summary().subject, "seen");
        for file in [&seen.path, &unseen.path] {
            fs::remove_file(file).expect("it was there");
        }
        assert_eq!((seen.summary().subject.as_str(), unseen.summary().subject.as_str()), ("seen", ""), "what was read is kept");
    }

    #[test]
    fn the_oldest_make_room_and_a_search_finds_all_its_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), Some(3)).expect("it opens");
        let ids: Vec<String> = (0..5)
            .map(|n| {
                store.put(&envelope(&[&format!("p{n}@post.example")]), client(), &mail(&format!("Sale {n}"), "Élégant")).expect("kept")
            })
            .collect();
        assert_eq!(store.len(), 3);
        let names = |found: Vec<Arc<Kept>>| found.iter().map(|kept| kept.id.clone()).collect::<Vec<_>>();
        assert_eq!(names(store.after("", "", 9)), ids[2..]);
        assert_eq!(names(store.after(&ids[2], "élégant sale", 9)), ids[3..]);
        assert_eq!(names(store.before(Some(&ids[4]), "", 1)), ids[3..4]);
        assert_eq!(names(store.before(None, "P4@post", 9)), ids[4..]);
        assert_eq!((store.count("sale nothing"), store.count("SALE")), (0, 3));
        assert_eq!(fs::read_dir(folder.path().join("new")).expect("a folder").count(), 3);
    }
}
