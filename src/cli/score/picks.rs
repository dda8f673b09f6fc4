//! `relance score evaluate`: what the models of picks would have been worth to this shop.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use rayon::prelude::*;
use relance::clock::{DAY_US, Span, Timestamp};
use relance::error::{Error, Kind, Result, io_error};
use relance::id::ProductIx;
use relance::recommend::evaluate::{Advice, Board, Figures, Group, Interval, Judged, Method, Ranker, Split, advise, interval};
use relance::recommend::rerank::default_diversity;
use relance::recommend::{Evidence, Likeness, Part, Track, Weights};
use relance::snapshot::{self, Table};
use serde_json::{Value, json};

use super::{Evaluate, blur};
use crate::cli::app::App;
use crate::cli::out::{Out, bold, count, dim};
use crate::cli::{progress, secrets};

#[expect(clippy::cast_possible_truncation, reason = "a share")]
fn narrow(share: f64) -> f32 {
    share as f32
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Tracked {
    /// What was bought may come back.
    All,
    /// Only what the person never bought.
    New,
}

/// One method: what it cost, and what it is worth on both tracks.
pub(super) struct Row {
    method: Method,
    train_ms: f64,
    pick_us: f64,
    megabytes: f64,
    pub(super) judged: [Judged; 2],
    weights: Option<[Weights; 2]>,
}

pub(super) fn run(app: &App, args: &Evaluate, out: &Out) -> Result<ExitCode> {
    let horizon =
        Span::parse(&args.horizon).filter(|span| span.0 > 0 && span.0 % DAY_US == 0).and_then(|span| i32::try_from(span.0 / DAY_US).ok());
    let Some(horizon) = horizon else {
        return Err(
            Error::new(Kind::Usage, format!("`{}` is not a horizon of whole days", args.horizon)).help("write it as `--horizon 28d`")
        );
    };
    let urls = secrets::source_urls(&app.project)?;
    let bar = progress::Spinner::start(out, "Reading");
    let table =
        snapshot::table(&app.project, app.now, &urls, &mut |read| bar.say(&format!("{} {} rows", read.source, count(read.n_rows))))?;
    bar.end();
    let today = day_of(app.now.at) + 1;
    let cut = args.at.map_or(today - horizon, |date| day_of(Timestamp::start_of_day(date, chrono_tz::UTC)));
    let split = Split::new(&table.evidence, cut, horizon);
    if split.judges.is_empty() {
        return Err(nobody(app, &table, &split));
    }
    if today < cut.saturating_add(horizon) {
        out.warn(format!("the horizon ends after {}: what will be bought until then is not known", date(today - 1)));
    }
    let bar = progress::Spinner::start(out, "Judging");
    let mut rows = Vec::with_capacity(Method::ALL.len());
    let likeness = Likeness::new(&table.catalogue);
    let diversity = [Track::All, Track::New].map(|track| args.diversity.unwrap_or_else(|| default_diversity(track)));
    let veiled = table.veil.as_ref().map(|veil| split.past.clone().blurred(veil));
    let mut learned = None;
    for method in Method::ALL {
        bar.say(method.word());
        // What is re-ranked is what was learned for the row above.
        let (ranker, train_ms) = if let Some((ranker, train_ms)) = learned.take().filter(|_| method == Method::Reranked) {
            (Ranker::reranked(ranker, &likeness, diversity.map(narrow)), train_ms)
        } else {
            // The blend learns as mails do.
            let past = veiled.as_ref().filter(|_| method == Method::Hybrid).unwrap_or(&split.past);
            learn(method, past, split.day, &table)
        };
        let (row, picks) = judge((method, train_ms), &ranker, &split, &table, &likeness);
        rows.push(row);
        learned = Some((ranker, train_ms));
        if let (Method::Hybrid, Some(path)) = (method, &args.export) {
            let track = if args.track == Tracked::All { Track::All } else { Track::New };
            write_picks(path, &split, &table, track, &picks[track as usize])?;
        }
    }
    bar.end();
    let steps = args.blur.then(|| blur::steps(&split, &table, &likeness, out));
    let advice: Vec<Advice> = [Track::All, Track::New].into_iter().filter_map(|track| advise(track, &judged_on(track, &rows))).collect();
    if out.json {
        let mut value = to_json(&split, &rows, (&advice, diversity));
        if let Some(steps) = &steps {
            value["blur"] = steps.to_json();
        }
        out.value(&value);
    } else {
        print(&split, &rows, (&advice, diversity), veiled.is_some(), out);
        let popular = rows.iter().find(|row| row.method == Method::PopularRecent);
        if let Some((steps, popular)) = steps.as_ref().zip(popular) {
            steps.print(&popular.judged, out);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn day_of(at: Timestamp) -> i32 {
    i32::try_from(at.0.div_euclid(DAY_US)).unwrap_or(i32::MAX)
}

fn date(day: i32) -> String {
    Timestamp(i64::from(day) * DAY_US).date(chrono_tz::UTC).to_string()
}

fn nobody(app: &App, table: &Table, split: &Split) -> Error {
    let window = format!("between {} and {}", date(split.day), date(split.day + split.horizon_days - 1));
    let error = Error::new(Kind::Data, format!("nobody can judge: no known person bought a known product {window}"));
    match table.evidence.orders.days() {
        None => error.help("give `[sources.orders]` orders of contacts, with products of the catalogue"),
        Some((_, last)) => {
            let at = date(last.saturating_sub(split.horizon_days - 1));
            error.help(format!("the last order is of {}: {} score evaluate --at {at}", date(last), app.program))
        }
    }
}

/// Learns; returns how long it took, in milliseconds of the clock.
pub(super) fn learn<'a>(method: Method, past: &Evidence, day: i32, table: &Table) -> (Ranker<'a>, f64) {
    let started = Instant::now();
    let ranker = Ranker::train(method, past, day, &table.similar);
    (ranker, started.elapsed().as_secs_f64() * 1e3)
}

/// Picks for everybody on both tracks, and judges.
#[expect(clippy::cast_precision_loss, reason = "figures of a table")]
pub(super) fn judge(
    (method, train_ms): (Method, f64),
    ranker: &Ranker<'_>,
    split: &Split,
    table: &Table,
    likeness: &Likeness<'_>,
) -> (Row, [Vec<Vec<ProductIx>>; 2]) {
    let started = Instant::now();
    let picks = [Track::All, Track::New].map(|track| {
        let pick = |board: &mut Board, who: usize| ranker.picks(&split.past.history(who, split.day), track, &table.similar, board);
        split.judges.par_iter().map_init(Board::default, |board, judge| pick(board, judge.who)).collect::<Vec<_>>()
    });
    let n_threads = rayon::current_num_threads() as f64;
    let pick_us = started.elapsed().as_secs_f64() * 1e6 * n_threads / (2 * split.judges.len()) as f64;
    let judged = [Track::All, Track::New].map(|track| Judged::new(split, track, &picks[track as usize], likeness));
    let weights = ranker.weights(Track::All).zip(ranker.weights(Track::New)).map(|(all, new)| [all, new]);
    (Row { method, train_ms, pick_us, megabytes: ranker.n_bytes() as f64 / 1e6, judged, weights }, picks)
}

fn judged_on(track: Track, rows: &[Row]) -> Vec<(Method, Judged)> {
    rows.iter().map(|row| (row.method, row.judged[track as usize].clone())).collect()
}

/// Writes the picks of people, in order of id; only their owner may read them.
fn write_picks(path: &Path, split: &Split, table: &Table, track: Track, picks: &[Vec<ProductIx>]) -> Result<()> {
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let mut text = String::from("user,rank,item\n");
    for (judge, picks) in split.judges.iter().zip(picks).filter(|(judge, _)| !judge.truth(track).is_empty()) {
        let user = quoted(table.people[judge.who].as_str());
        for (product, rank) in picks.iter().zip(1..) {
            _ = writeln!(text, "{user},{rank},{}", quoted(table.catalogue.product(*product).id.as_str()));
        }
    }
    let file = relance::private::options().write(true).create(true).truncate(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| io_error("write", path, error))
}

fn to_json(split: &Split, rows: &[Row], (advice, diversity): (&[Advice], [f64; 2])) -> Value {
    let figures = |judged: &Judged| {
        let mut value = json!(judged.figures);
        value["interval"] = json!(interval(&judged.gains));
        value
    };
    let weights = |weights: &Weights| {
        Part::ALL.iter().zip(weights).map(|(part, weight)| json!({ "part": part, "weight": weight })).collect::<Vec<_>>()
    };
    let row = |row: &Row| {
        json!({
            "method": row.method, "train_ms": row.train_ms, "pick_us": row.pick_us, "megabytes": row.megabytes,
            "all": figures(&row.judged[0]), "new": figures(&row.judged[1]),
            "weights": row.weights.as_ref().map(|[all, new]| json!({ "all": weights(all), "new": weights(new) })),
        })
    };
    json!({
        "at": date(split.day), "horizon_days": split.horizon_days, "people": split.judges.len(), "dropped": split.dropped,
        "diversity": { "all": diversity[0], "new": diversity[1] },
        "methods": rows.iter().map(row).collect::<Vec<_>>(), "advice": advice,
    })
}

fn print(split: &Split, rows: &[Row], (advice, diversity): (&[Advice], [f64; 2]), is_blurred: bool, out: &Out) {
    out.data(format!(
        "known before {}; judged by {} people who bought something in the {} days from then ({:.1} % of their lines were of products unknown before)",
        date(split.day),
        count(split.judges.len() as u64),
        split.horizon_days,
        split.dropped * 100.0
    ));
    if is_blurred {
        out.data(dim("the blend learns as [privacy.blur] has it, the methods beside it from all"));
    }
    for (track, title) in [(Track::All, "all: what was bought may come back"), (Track::New, "new: only what the person never bought")] {
        out.data(format!("\n{}", bold(title)));
        let heads = ["NDCG@8", "interval of 95 %", "cold", "one order", "dormant", "recall", "hits", "distance", "coverage", "gini"];
        out.data(dim(format!(
            "  {:<19} {:>6}  {:<16} {:>6} {:>9} {:>8} {:>6} {:>6} {:>8} {:>8} {:>5}",
            "method", heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6], heads[7], heads[8], heads[9]
        )));
        for row in rows {
            let judged = &row.judged[track as usize];
            out.data(format!("  {:<19} {}", row.method.word(), cells(&judged.figures, interval(&judged.gains))));
        }
        let people = &rows[0].judged[track as usize].figures;
        let of = |group: &Group| people.slices.get(group).map_or(0, |slice| slice.n as u64);
        let groups = Group::ALL.iter().map(|group| format!("{} {}", count(of(group)), group.word()));
        out.data(dim(format!("  {} people: {}", count(people.users as u64), groups.collect::<Vec<_>>().join(", "))));
    }
    out.data(format!("\n{}", bold("cost")));
    out.data(dim(format!("  {:<19} {:>9} {:>9} {:>7}", "method", "learn ms", "pick us", "MB")));
    for row in rows {
        out.data(format!("  {:<19} {:>9.1} {:>9.1} {:>7.1}", row.method.word(), row.train_ms, row.pick_us, row.megabytes));
    }
    out.data(format!("\n{}", bold("what to do")));
    for advice in advice {
        out.data(format!("  {}", advice.words));
        let over = |what: &str, found: Interval| format!("{:+.3} ({:+.3} to {:+.3}) over {what}", found.mean, found.low, found.high);
        out.data(dim(format!(
            "    the blend: {}, {}",
            over("recent popularity", advice.over_popular),
            over("own repeat", advice.over_own_repeat)
        )));
        if let Some(reranked) = advice.reranked_over_blend {
            out.data(dim(format!(
                "    re-ranked at {}: {} ({:+.1} %), distance {:+.3}",
                diversity[advice.track as usize],
                over("the blend", reranked.gain),
                reranked.share * 100.0,
                reranked.distance
            )));
        }
    }
}

fn cells(figures: &Figures, interval: Interval) -> String {
    let slice = |group| figures.slices.get(&group).map_or_else(|| "-".to_owned(), |slice| format!("{:.3}", slice.ndcg));
    format!(
        "{:>6.4}  {:<16} {:>6} {:>9} {:>8} {:>6.3} {:>6.3} {:>8.3} {:>8.3} {:>5.2}",
        figures.ndcg,
        format!("{:.3} to {:.3}", interval.low, interval.high),
        slice(Group::Cold),
        slice(Group::OneOrder),
        slice(Group::Dormant),
        figures.recall,
        figures.hit_rate,
        figures.list_distance,
        figures.coverage,
        figures.gini
    )
}
