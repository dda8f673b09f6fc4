//! CPU time and peak memory of stages, round after round, and the table made of them (Linux: read from `/proc/self`).

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A stage is repeated until it has taken this long, so that its time stands well above the clock's hundredths of a second.
const LONG_ENOUGH: Duration = Duration::from_millis(400);
/// Microseconds of one unit of `/proc/self/stat`: 100 a second on every Linux.
const TICK_US: f64 = 10_000.0;

/// What one stage took in one round.
#[derive(Debug, Clone, Copy)]
struct Cost {
    cpu_us: f64,
    wall_us: f64,
    peak_bytes: u64,
}

#[derive(Debug)]
struct Stage {
    name: String,
    unit: &'static str,
    amount: u64,
    costs: Vec<Cost>,
}

/// The stages measured so far, in order.
#[derive(Debug, Default)]
pub(crate) struct Sheet(Vec<Stage>);

impl Sheet {
    /// Repeats a piece of work until it has taken long enough or has nothing left, and notes the cost of one time.
    ///
    /// It returns how many units it did, the same number each time, and 0 when there is nothing left.
    pub(crate) fn measure<E>(&mut self, name: &str, unit: &'static str, mut work: impl FnMut() -> Result<u64, E>) -> Result<(), E> {
        forget_peak();
        let (started, cpu_us, mut n_done, mut amount) = (Instant::now(), cpu_us(), 0.0, 0);
        while n_done == 0.0 || started.elapsed() < LONG_ENOUGH {
            let n_units = work()?;
            if n_units == 0 {
                break;
            }
            amount = n_units;
            n_done += 1.0;
        }
        if n_done == 0.0 {
            return Ok(());
        }
        let wall_us = started.elapsed().as_secs_f64() * 1e6;
        let cost = Cost { cpu_us: (self::cpu_us() - cpu_us) / n_done, wall_us: wall_us / n_done, peak_bytes: peak_bytes() };
        let found = self.0.iter().position(|stage| stage.name == name);
        let at = found.unwrap_or_else(|| {
            self.0.push(Stage { name: name.to_owned(), unit, amount, costs: Vec::new() });
            self.0.len() - 1
        });
        self.0[at].amount = amount;
        self.0[at].costs.push(cost);
        Ok(())
    }

    /// Returns every stage: median over the rounds, and the distance between the slowest and the fastest by the median.
    fn json(&self) -> Value {
        self.0
            .iter()
            .map(|stage| {
                let n = amount(stage);
                json!({
                    "stage": stage.name,
                    "unit": stage.unit,
                    "amount": stage.amount,
                    "cpu_us": rounded(median(stage, |cost| cost.cpu_us)),
                    "wall_us": rounded(median(stage, |cost| cost.wall_us)),
                    "cpu_us_per_unit": rounded(median(stage, |cost| cost.cpu_us) / n),
                    "spread": rounded(spread(stage)),
                    "peak_bytes": stage.costs.iter().map(|cost| cost.peak_bytes).max(),
                    "rounds_cpu_us_per_unit": stage.costs.iter().map(|cost| rounded(cost.cpu_us / n)).collect::<Vec<_>>(),
                })
            })
            .collect()
    }

    /// Prints the table, or every round as JSON.
    pub(crate) fn print(&self, as_json: bool) -> io::Result<()> {
        let shown = if as_json { serde_json::to_string_pretty(&self.json())? + "\n" } else { self.table() };
        io::stdout().write_all(shown.as_bytes())
    }

    /// Draws the table as Markdown.
    fn table(&self) -> String {
        let mut out = String::from(
            "| stage | amount | CPU | CPU a unit | a second of CPU | wall | spread | peak memory |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for stage in &self.0 {
            let (cpu_us, n) = (median(stage, |cost| cost.cpu_us), amount(stage));
            let peak = stage.costs.iter().map(|cost| cost.peak_bytes).max().unwrap_or_default();
            // Writing to a text cannot fail.
            _ = writeln!(
                out,
                "| {} | {} {} | {:.0} ms | {:.2} µs | {:.0} | {:.0} ms | {:.0}% | {} MB |",
                stage.name,
                stage.amount,
                stage.unit,
                cpu_us / 1e3,
                cpu_us / n,
                n * 1e6 / cpu_us.max(1.0),
                median(stage, |cost| cost.wall_us) / 1e3,
                spread(stage) * 100.0,
                peak / 1_000_000,
            );
        }
        out
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn amount(stage: &Stage) -> f64 {
    stage.amount as f64
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn sorted(stage: &Stage, of: impl Fn(&Cost) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = stage.costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(stage: &Stage, of: impl Fn(&Cost) -> f64) -> f64 {
    let values = sorted(stage, of);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

fn spread(stage: &Stage) -> f64 {
    let values = sorted(stage, |cost| cost.cpu_us);
    (values[values.len() - 1] - values[0]) / median(stage, |cost| cost.cpu_us).max(1.0)
}

/// Returns the user and system time of the process, all threads, those that ended too.
fn cpu_us() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name, in parentheses; user and system time are the 14th and 15th.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() * TICK_US
}

/// Makes the peak of resident memory begin again at what is resident now, where the kernel lets a process do so.
fn forget_peak() {
    _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Returns the largest resident memory since [`forget_peak`].
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or_default() * 1024
}
