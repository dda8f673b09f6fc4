//! The pieces of a path: mails of a Maildir, an mbox, a folder or a file, lines of a log. Nothing is read whole that could be endless.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use relance::error::{Error, Kind, Result, io_error};
use relance::feedback::{LINE_BYTES_MAX, MAIL_BYTES_MAX, Mbox};

/// One mail or line.
pub(super) struct Piece {
    /// Where it stands, for people: `bounces.mbox:120`.
    pub(super) place: String,
    pub(super) what: What,
}

pub(super) enum What {
    Mail(Vec<u8>),
    Line(String),
    TooLong,
}

/// Reads all pieces of a path, in an order that is always the same.
pub(super) fn read_path(path: &Path, on: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Kind::Usage, format!("there is no `{}`", path.display()))
            .help("name a Maildir, an mbox, a mail or a log of webhooks"),
        _ => io_error("read", path, error),
    })?;
    if !metadata.is_dir() {
        return read_file(path, on);
    }
    let is_maildir = path.join("cur").is_dir() || path.join("new").is_dir();
    let folders = if is_maildir { vec![path.join("cur"), path.join("new")] } else { vec![path.to_owned()] };
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for file in files_of(folder)? {
            if is_maildir { read_mail(&file, on)? } else { read_file(&file, on)? }
        }
    }
    Ok(())
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| io_error("list", folder, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| io_error("list", folder, error))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Tells a log from an mbox from a mail by what the file begins with.
fn read_file(path: &Path, on: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
    let file = File::open(path).map_err(|error| io_error("read", path, error))?;
    let mut input = BufReader::new(file);
    let start = input.fill_buf().map_err(|error| io_error("read", path, error))?;
    let is_log_by_name = path.extension().is_some_and(|end| matches!(end.to_string_lossy().as_ref(), "jsonl" | "ndjson" | "json"));
    if is_log_by_name || start.trim_ascii_start().starts_with(b"{") {
        return read_lines(path, input, on);
    }
    if start.starts_with(b"From ") {
        for found in Mbox::new(input) {
            let (line, mail) = found.map_err(|error| io_error("read", path, error))?;
            on(Piece { place: format!("{}:{line}", path.display()), what: mail.map_or(What::TooLong, What::Mail) })?;
        }
        return Ok(());
    }
    drop(input);
    read_mail(path, on)
}

fn read_mail(path: &Path, on: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| io_error("read", path, error))?;
    file.take(MAIL_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|error| io_error("read", path, error))?;
    let what = if bytes.len() > MAIL_BYTES_MAX { What::TooLong } else { What::Mail(bytes) };
    on(Piece { place: path.display().to_string(), what })
}

fn read_lines(path: &Path, mut input: BufReader<File>, on: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
    let mut n = 0_u64;
    loop {
        n += 1;
        let mut line = Vec::new();
        let n_bytes =
            (&mut input).take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line).map_err(|error| io_error("read", path, error))?;
        if n_bytes == 0 {
            return Ok(());
        }
        let place = format!("{}:{n}", path.display());
        if line.len() > LINE_BYTES_MAX {
            skip_line(path, &mut input)?;
            on(Piece { place, what: What::TooLong })?;
        } else if !line.trim_ascii().is_empty() {
            on(Piece { place, what: What::Line(String::from_utf8_lossy(line.trim_ascii()).into_owned()) })?;
        }
    }
}

fn skip_line(path: &Path, input: &mut BufReader<File>) -> Result<()> {
    loop {
        let held = input.fill_buf().map_err(|error| io_error("read", path, error))?;
        if held.is_empty() {
            return Ok(());
        }
        if let Some(at) = held.iter().position(|&byte| byte == b'\n') {
            input.consume(at + 1);
            return Ok(());
        }
        let n_bytes = held.len();
        input.consume(n_bytes);
    }
}
