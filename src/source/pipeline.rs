//! From a source's description to its rows: one producer cuts batches, workers type them, everything in flight is bounded.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use chrono_tz::Tz;

use super::cell::Fields;
use super::columns::Contract;
use super::report::{Place, Rejection, SourceReport, Tally, too_many_rejected};
use super::rows::{Part, Reading, Record, Rules, Why};
use super::{columnar, csv, feed, files, jsonl, slots, sql};
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::money::Currency;
use crate::project::config::{Format, SourceSpec};

/// What a read needs beside the source's own description.
#[derive(Debug, Clone, Copy)]
pub struct ReadSettings<'a> {
    /// The project folder, from which paths start.
    pub root: &'a Path,
    /// Zone of instants without an offset, unless the source has its own.
    pub zone: Tz,
    /// Currency of amounts without one.
    pub currency: Currency,
    /// The URL behind `database`, already resolved.
    pub database_url: Option<&'a str>,
    /// Rows dated after it do not exist yet.
    pub now: Timestamp,
    /// Worker threads; 0 means one per core.
    pub threads: usize,
}

/// What every worker shares.
pub(super) struct Context {
    pub(super) contract: Contract,
    pub(super) rules: Rules,
    pub(super) now: Timestamp,
    pub(super) keeps_extras: bool,
    pub(super) encoding: Option<&'static encoding_rs::Encoding>,
}

/// A file's name and its rank in the order of the report.
#[derive(Debug, Clone)]
pub(super) struct FileName {
    pub(super) number: usize,
    pub(super) name: Arc<str>,
}

/// One piece of work for a worker.
pub(super) enum Work {
    Csv(csv::Batch),
    Jsonl(jsonl::Batch),
    Parquet(columnar::Group),
    Feed(feed::Batch),
    Sql(slots::Batch),
}

/// Reads every row of a source; `each` gets the good ones from several threads, in no promised order.
///
/// The errors are those of the project (`Project`), the data (`Data`: no file, damaged file, missing column, more
/// refused rows than `max_bad_rows`) and the machine (`Io`, `Unavailable`). `each` may have been called before an error.
pub fn read<R: Record>(
    name: &str,
    spec: &SourceSpec,
    settings: &ReadSettings<'_>,
    each: &(dyn for<'a> Fn(R::Row<'a>) + Sync),
) -> Result<SourceReport> {
    read_with::<R, ()>(name, spec, settings, &|| (), &|(), row| each(row)).map(|(report, _)| report)
}

/// As [`read`], with a state of its own for each worker, so that a fold needs no lock; returns every worker's state.
pub fn read_with<R: Record, S: Send>(
    name: &str,
    spec: &SourceSpec,
    settings: &ReadSettings<'_>,
    start: &(dyn Fn() -> S + Sync),
    each: &(dyn for<'a> Fn(&mut S, R::Row<'a>) + Sync),
) -> Result<(SourceReport, Vec<S>)> {
    let context = context::<R>(name, spec, settings)?;
    let n_threads = if settings.threads == 0 { std::thread::available_parallelism().map_or(1, NonZero::get) } else { settings.threads };
    let mut report = SourceReport::default();
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let stopped = AtomicBool::new(false);
    let (sender, receiver) = sync_channel::<Work>(n_threads * 2);
    let receiver = Arc::new(Mutex::new(receiver));

    let (produced, workers) = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..n_threads)
            .map(|_| {
                let receiver = Arc::clone(&receiver);
                let (context, failure, stopped) = (&context, &failure, &stopped);
                scope.spawn(move || {
                    let mut sink = Sink::<R, S> { context, state: start(), tally: Tally::default(), each };
                    while let Some(work) = next(&receiver) {
                        if stopped.load(Ordering::Relaxed) {
                            continue;
                        }
                        if let Err(error) = run(work, &mut sink) {
                            stopped.store(true, Ordering::Relaxed);
                            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                        }
                    }
                    (sink.state, sink.tally)
                })
            })
            .collect();
        // Only workers hold the receiver now: if `each` panics in all of them, the channel closes and the producer ends.
        drop(receiver);
        let mut send = |work| !stopped.load(Ordering::Relaxed) && sender.send(work).is_ok();
        let produced = produce(&context, spec, settings, &mut report, &mut send);
        drop(sender);
        let workers: Vec<_> =
            handles.into_iter().map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect();
        (produced, workers)
    });
    produced?;
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }

    let mut tally = Tally::default();
    let mut states = Vec::with_capacity(workers.len());
    for (state, part) in workers {
        states.push(state);
        tally.merge(part);
    }
    finish(&context, spec, tally, &mut report)?;
    Ok((report, states))
}

fn next(receiver: &Mutex<Receiver<Work>>) -> Option<Work> {
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn context<R: Record>(name: &str, spec: &SourceSpec, settings: &ReadSettings<'_>) -> Result<Context> {
    let zone = match &spec.timezone {
        None => settings.zone,
        Some(zone) => zone.get_ref().parse().map_err(|_| {
            Error::new(Kind::Project, format!("source `{name}`: `{}` is not a time zone", zone.get_ref()))
                .help("use an IANA name, e.g. `Europe/Paris`")
        })?,
    };
    let encoding = match &spec.encoding {
        None => None,
        Some(label) => Some(encoding_rs::Encoding::for_label(label.get_ref().as_bytes()).ok_or_else(|| {
            Error::new(Kind::Project, format!("source `{name}`: `{}` is not an encoding", label.get_ref()))
                .help("use a WHATWG label, e.g. `windows-1252`, `iso-8859-15`, `utf-16le`")
        })?),
    };
    Ok(Context {
        contract: Contract::new(name, R::COLUMNS, R::ONE_OF, R::KEEPS_EXTRAS, spec)?,
        rules: Rules { zone, currency: settings.currency, decimal: spec.decimal },
        now: settings.now,
        keeps_extras: R::KEEPS_EXTRAS,
        encoding: encoding.filter(|encoding| *encoding != encoding_rs::UTF_8),
    })
}

fn produce(
    context: &Context,
    spec: &SourceSpec,
    settings: &ReadSettings<'_>,
    report: &mut SourceReport,
    send: &mut dyn FnMut(Work) -> bool,
) -> Result<()> {
    let source = context.contract.source.as_str();
    let pattern = match (&spec.files, &spec.sql) {
        (Some(pattern), None) => pattern.get_ref(),
        (None, Some(query)) => {
            let url = settings.database_url.ok_or_else(|| {
                Error::new(Kind::Project, format!("source `{source}` has `sql` but no `database`"))
                    .help(format!("add `database = {{ env = \"SHOP_DATABASE_URL\" }}` to [sources.{source}]"))
            })?;
            return sql::read(context, query.get_ref(), url, settings.root, report, send);
        }
        _ => {
            return Err(Error::new(Kind::Project, format!("source `{source}` needs either `files` or `sql`"))
                .help(format!("add `files = \"data/{source}.csv\"` to [sources.{source}]")));
        }
    };
    report.files = files::list(source, pattern, settings.root)?;
    for (number, input) in report.files.iter().enumerate() {
        let file = FileName { number, name: input.name.as_str().into() };
        let (format, compression) = files::format(source, &input.name, spec)?;
        let columns = match format {
            Format::Csv => csv::read(context, &file, &input.path, compression, spec.delimiter, send)?,
            Format::Jsonl => jsonl::read(context, &file, &input.path, compression, send).map(|()| Vec::new())?,
            Format::Parquet => columnar::read(context, &file, &input.path, send)?,
            Format::Rss => feed::read(context, &file, &input.path, compression, send)?,
        };
        report.columns_seen.extend(columns);
    }
    Ok(())
}

fn run<R: Record, S>(work: Work, sink: &mut Sink<'_, R, S>) -> Result<()> {
    match work {
        Work::Csv(batch) => batch.run(sink),
        Work::Jsonl(batch) => batch.run(sink),
        Work::Sql(batch) => batch.run(sink),
        Work::Feed(batch) => batch.run(sink),
        Work::Parquet(group) => return group.run(sink),
    }
    Ok(())
}

/// Completes the report and decides whether the refused rows can be tolerated.
fn finish(context: &Context, spec: &SourceSpec, mut tally: Tally, report: &mut SourceReport) -> Result<()> {
    let contract = &context.contract;
    let headless: std::collections::BTreeSet<String> = std::mem::take(&mut tally.columns).into_values().flatten().collect();
    if !headless.is_empty() {
        // JSON objects may leave out what they do not know: only the files together must have every column.
        let pattern = spec.files.as_ref().map_or("", |files| files.get_ref());
        contract.check(pattern, headless.iter().map(String::as_str))?;
        report.columns_seen.extend(headless);
    }
    for theirs in report.columns_seen.iter().filter(|theirs| contract.position(theirs).is_none()) {
        let kept = if context.keeps_extras { &mut report.attributes } else { &mut report.unused_columns };
        kept.insert(contract.extra_name(theirs).to_owned());
    }
    tally.fill(report);
    if report.n_rejected > spec.max_bad_rows {
        return Err(too_many_rejected(&contract.source, report, context.rules.decimal));
    }
    Ok(())
}

/// Where a worker puts what it reads.
pub(super) struct Sink<'s, R: Record, S> {
    pub(super) context: &'s Context,
    state: S,
    pub(super) tally: Tally,
    each: &'s (dyn for<'a> Fn(&mut S, R::Row<'a>) + Sync),
}

impl<R: Record, S> Sink<'_, R, S> {
    /// Types one row and hands it over, hides it or refuses it.
    pub(super) fn row<F: Fields>(&mut self, fields: &F, file: &FileName, place: Place) {
        self.tally.n_rows += 1;
        let mut reading = Reading { fields, rules: &self.context.rules, unknown: &mut self.tally.unknown };
        match R::read(&mut reading) {
            Ok(row) => match R::dated(&row).filter(|at| *at > self.context.now) {
                None => (self.each)(&mut self.state, row),
                Some(at) => {
                    self.tally.n_hidden += 1;
                    self.tally.next_hidden_at = Some(self.tally.next_hidden_at.map_or(at, |first| first.min(at)));
                }
            },
            Err(refusal) => {
                let (column, cell) = match refusal.part {
                    Part::Row => ("", None),
                    Part::Column(position) => (self.context.contract.theirs(position), Some(fields.cell(position))),
                    Part::Extra(index) => fields.extras().nth(index).map_or(("", None), |(name, cell)| (name, Some(cell))),
                };
                let value = cell.and_then(super::cell::Cell::display).unwrap_or_default();
                self.note(file, place, column, &value, refusal.why);
            }
        }
    }

    /// Refuses a row that could not even be cut into columns.
    pub(super) fn refuse(&mut self, file: &FileName, place: Place, column: &str, value: &str, why: Why) {
        self.tally.n_rows += 1;
        self.note(file, place, column, value, why);
    }

    fn note(&mut self, file: &FileName, place: Place, column: &str, value: &str, why: Why) {
        self.tally.reject(Rejection {
            file: file.name.to_string(),
            place,
            column: column.to_owned(),
            value: Rejection::shown(value),
            why: why.to_string(),
            reason: why,
            file_number: file.number,
        });
    }
}
