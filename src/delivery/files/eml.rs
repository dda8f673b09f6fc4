//! A folder of `.eml` files, named after the send key and the Message-ID, so that a mail written twice is one file.

use std::path::{Path, PathBuf};

use super::super::render::Job;
use crate::error::Result;
use crate::id::stable_hash;
use crate::private::{make_folder, sync_folder, write_then_rename};

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

/// Returns a text reduced to letters, digits, `-` and `_`, cut short: safe as a part of a file name.
fn name_part(text: &str) -> String {
    const PART_CHARS_MAX: usize = 40;
    text.chars().take(PART_CHARS_MAX).map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::name_part;

    #[test]
    fn no_data_leaves_the_folder() {
        for (text, name) in [("2011-W46", "2011-W46"), ("../../etc/passwd", "______etc_passwd"), ("a\0b\n", "a_b_"), ("é.", "__"), ("", "")]
        {
            assert_eq!(name_part(text), name);
        }
        assert_eq!(name_part(&"x".repeat(300)).len(), 40);
    }
}
