//! An mbox file (RFC 4155, with `>From ` quoting), append only.
//!
//! An mbox cannot tell a whole last mail from a torn one, so its sound length is kept beside it in `NAME.length`, written after
//! each group is durable; what lies beyond is cut off at opening. A mail already there, by its Message-ID, is not written again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::super::render::Job;
use crate::error::{Result, io_error};
use crate::private::{make_folder, options, write_then_rename};

pub(in crate::delivery) struct Mbox {
    path: PathBuf,
    file: File,
    length: u64,
    seen: HashSet<String>,
}

impl Mbox {
    pub(super) fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        let failed = |error| io_error("open", path, error);
        let file = options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let on_disk = file.metadata().map_err(failed)?.len();
        let sound = std::fs::read_to_string(beside(path, "length")).ok().and_then(|text| text.trim().parse().ok());
        let length = sound.map_or(on_disk, |sound: u64| sound.min(on_disk));
        file.set_len(length).map_err(failed)?;

        let mut seen = HashSet::new();
        let (mut reader, mut line, mut is_header) = (BufReader::new(&file), Vec::new(), false);
        while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            if line.starts_with(b"From ") {
                is_header = true;
            } else if line == b"\n" || line == b"\r\n" {
                is_header = false;
            } else if is_header && let Some(id) = message_id(&line) {
                seen.insert(id);
            }
            line.clear();
        }
        (&file).seek(SeekFrom::End(0)).map_err(failed)?;
        let mbox = Self { path: path.to_owned(), file, length, seen };
        mbox.keep_length()?;
        Ok(mbox)
    }

    pub(super) fn write(&mut self, jobs: &[Job]) -> Result<Vec<String>> {
        let mut bytes = Vec::new();
        for job in jobs {
            if self.seen.insert(job.message.message_id.clone()) {
                append(&mut bytes, job);
            }
        }
        let done = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = done {
            // Opening would cut off the torn tail; a reader that comes before needs it gone now.
            _ = self.file.set_len(self.length);
            return Err(io_error("write", &self.path, error));
        }
        self.length += bytes.len() as u64;
        self.keep_length()?;
        Ok(jobs.iter().map(|_| "written".to_owned()).collect())
    }

    fn keep_length(&self) -> Result<()> {
        write_then_rename(&beside(&self.path, "length.part"), &beside(&self.path, "length"), self.length.to_string().as_bytes())
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Returns the id of a `Message-ID: <id>` line.
fn message_id(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?;
    let (name, value) = text.split_once(':')?;
    name.eq_ignore_ascii_case("message-id").then(|| value.trim().trim_matches(['<', '>']).to_owned())
}

/// Writes a separator line with a fixed date, the mail with its `From ` lines quoted and LF line ends, and an empty line.
fn append(bytes: &mut Vec<u8>, job: &Job) {
    let sender: String = job.message.envelope.from.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let sender = if sender.is_empty() { "MAILER-DAEMON" } else { &sender };
    bytes.extend_from_slice(format!("From {sender} Thu Jan  1 00:00:00 1970\n").as_bytes());
    for line in job.message.bytes.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().position(|&byte| byte != b'>').is_some_and(|at| line[at..].starts_with(b"From ")) {
            bytes.push(b'>');
        }
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
}
