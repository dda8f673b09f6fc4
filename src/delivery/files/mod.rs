//! Mails as files: the same states as over a network, and writing the same mail twice leaves one.

mod eml;
mod jsonl;
mod maildir;
mod mbox;

use std::path::Path;

use super::render::Job;
use crate::error::Result;

/// Kinds of file destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// A folder with one `.eml` file a mail.
    Eml,
    /// A Maildir.
    Maildir,
    /// One mbox file.
    Mbox,
    /// One file with a JSON object a line.
    Jsonl,
}

/// An open destination.
pub(super) enum FileWriter {
    Eml(eml::Eml),
    Maildir(maildir::Maildir),
    Mbox(mbox::Mbox),
    Jsonl(jsonl::Jsonl),
}

impl FileWriter {
    /// Opens the destination, repairing what a crash left half-written.
    pub(super) fn open(format: FileFormat, path: &Path) -> Result<Self> {
        Ok(match format {
            FileFormat::Eml => Self::Eml(eml::Eml::open(path)?),
            FileFormat::Maildir => Self::Maildir(maildir::Maildir::open(path)?),
            FileFormat::Mbox => Self::Mbox(mbox::Mbox::open(path)?),
            FileFormat::Jsonl => Self::Jsonl(jsonl::Jsonl::open(path)?),
        })
    }

    /// Writes a group of mails durably; returns, for each, where it is.
    pub(super) fn write(&mut self, jobs: &[Job]) -> Result<Vec<String>> {
        match self {
            Self::Eml(eml) => eml.write(jobs),
            Self::Maildir(maildir) => maildir.write(jobs),
            Self::Mbox(mbox) => mbox.write(jobs),
            Self::Jsonl(jsonl) => jsonl.write(jobs),
        }
    }
}
