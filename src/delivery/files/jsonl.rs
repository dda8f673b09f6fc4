//! One JSON object a line; a line that a crash cut short is removed at opening, a mail already there is not written again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::render::Job;
use crate::error::{Error, Kind, Result, io_error};
use crate::private::{make_folder, options};

pub(in crate::delivery) struct Jsonl {
    path: PathBuf,
    file: File,
    length: u64,
    seen: HashSet<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    campaign: &'a str,
    edition: &'a str,
    recipient: &'a str,
    from: &'a str,
    to: &'a str,
    message_id: &'a str,
    raw: &'a str,
}

#[derive(Deserialize)]
struct Written {
    message_id: String,
}

impl Jsonl {
    pub(super) fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        let failed = |error| io_error("open", path, error);
        let file = options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let mut reader = BufReader::new(&file);
        let (mut seen, mut good_bytes, mut line) = (HashSet::new(), 0, Vec::new());
        loop {
            line.clear();
            let n_bytes = reader.read_until(b'\n', &mut line).map_err(failed)?;
            if n_bytes == 0 || !line.ends_with(b"\n") {
                break;
            }
            let written: Written = serde_json::from_slice(&line).map_err(|error| {
                Error::new(Kind::Io, format!("`{}` holds a line that is not a mail of relance", path.display())).caused_by(error)
            })?;
            seen.insert(written.message_id);
            good_bytes += n_bytes as u64;
        }
        file.set_len(good_bytes).map_err(failed)?;
        (&file).seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, length: good_bytes, seen })
    }

    pub(super) fn write(&mut self, jobs: &[Job]) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for job in jobs {
            let message = &job.message;
            if !self.seen.insert(message.message_id.clone()) {
                continue;
            }
            let line = Line {
                campaign: &job.campaign,
                edition: &job.edition,
                recipient: &job.recipient,
                from: &message.envelope.from,
                to: &message.envelope.to,
                message_id: &message.message_id,
                raw: &String::from_utf8_lossy(&message.bytes),
            };
            serde_json::to_writer(&mut lines, &line)
                .map_err(|error| Error::new(Kind::Io, "a mail cannot be written as JSON").caused_by(error))?;
            lines.push(b'\n');
        }
        let done = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        if let Err(error) = done {
            // Opening would cut off the torn tail; a reader that comes before needs it gone now.
            _ = self.file.set_len(self.length);
            return Err(io_error("write", &self.path, error));
        }
        self.length += lines.len() as u64;
        Ok(jobs.iter().map(|_| "written".to_owned()).collect())
    }
}
