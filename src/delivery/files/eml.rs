//! A folder of `.eml` files, named after the send key and the Message-ID, so that a mail written twice is one file.

use std::path::{Path, PathBuf};

use super::super::render::Job;
use super::private::{make_folder, name_part, sync_folder, write_then_rename};
use crate::error::Result;
use crate::id::stable_hash;

pub(in crate::delivery) struct Eml {
    folder: PathBuf,
}

impl Eml {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        make_folder(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    pub(super) fn write(&mut self, jobs: &[Job]) -> Result<Vec<String>> {
        let mut names = Vec::with_capacity(jobs.len());
        for job in jobs {
            let name = file_name(job);
            write_then_rename(&self.folder.join(format!(".{name}.part")), &self.folder.join(&name), &job.message.bytes)?;
            names.push(name);
        }
        sync_folder(&self.folder)?;
        Ok(names)
    }
}

fn file_name(job: &Job) -> String {
    let key = stable_hash(&[&job.campaign, &job.edition, &job.recipient, &job.message.message_id]);
    format!("{}-{}-{}-{key:016x}.eml", name_part(&job.campaign), name_part(&job.edition), name_part(&job.recipient))
}
