//! A Maildir (<https://cr.yp.to/proto/maildir.html>) whose unique names come from the Message-ID: a mail written twice is one file,
//! even after a mail reader moved it to `cur`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::render::Job;
use crate::error::{Result, io_error};
use crate::id::stable_hash;
use crate::private::{make_folder, sync_folder, write_then_rename};

pub(in crate::delivery) struct Maildir {
    folder: PathBuf,
    seen: HashSet<String>,
}

impl Maildir {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        for part in ["tmp", "new", "cur"] {
            make_folder(&folder.join(part))?;
        }
        let cur = folder.join("cur");
        let mut seen = HashSet::new();
        for entry in std::fs::read_dir(&cur).map_err(|error| io_error("read", &cur, error))? {
            let name = entry.map_err(|error| io_error("read", &cur, error))?.file_name();
            let name = name.to_string_lossy();
            seen.insert(name.split(':').next().unwrap_or(&name).to_owned());
        }
        Ok(Self { folder: folder.to_owned(), seen })
    }

    pub(super) fn write(&mut self, jobs: &[Job]) -> Result<Vec<String>> {
        let mut names = Vec::with_capacity(jobs.len());
        for job in jobs {
            let name = unique_name(job);
            if !self.seen.contains(&name) {
                write_then_rename(&self.folder.join("tmp").join(&name), &self.folder.join("new").join(&name), &job.message.bytes)?;
            }
            names.push(name);
        }
        sync_folder(&self.folder.join("new"))?;
        Ok(names)
    }
}

fn unique_name(job: &Job) -> String {
    let key = stable_hash(&[&job.campaign, &job.edition, &job.recipient, &job.message.message_id]);
    let second = stable_hash(&[&job.message.message_id]);
    format!("M{key:016x}{second:016x}.relance")
}
