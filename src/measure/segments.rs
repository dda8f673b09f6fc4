//! The best variant of all people beside the best of each segment.

use super::real;

/// What one variant did in one segment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cell {
    /// People assigned.
    pub n: u64,
    /// What they brought together: money in minor units, or how many of them converted.
    pub sum: f64,
}

impl Cell {
    /// Returns what a person brings; not a number without people.
    pub fn mean(&self) -> f64 {
        self.sum / real(self.n)
    }
}

/// The gain of choosing per segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Winners {
    /// The variant that is best of all, by its position.
    pub global: usize,
    /// What it brings per person, segments weighed by their size.
    pub global_rate: f64,
    /// The best variant of each segment.
    pub by_segment: Vec<usize>,
    /// What a person brings when each segment gets its own.
    pub by_segment_rate: f64,
}

/// Compares variants over segments, `cells[segment][variant]`; `None` without people in every cell.
///
/// The figures are those observed: the best of several is flattered by chance (Lee and Shen, KDD 2018), so a winner is to be tested.
pub fn winners(cells: &[Vec<Cell>]) -> Option<Winners> {
    let n_variants = cells.first()?.len();
    if n_variants == 0 || cells.iter().any(|row| row.len() != n_variants || row.iter().any(|cell| cell.n == 0)) {
        return None;
    }
    let size = |row: &[Cell]| real(row.iter().map(|cell| cell.n).sum());
    let everybody: f64 = cells.iter().map(|row| size(row)).sum();
    let of_all = |variant: usize| cells.iter().map(|row| size(row) / everybody * row[variant].mean()).sum::<f64>();
    // The first of equals wins.
    let best = |rates: Vec<f64>| rates.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at);
    let global = best((0..n_variants).map(of_all).collect());
    let by_segment: Vec<usize> = cells.iter().map(|row| best(row.iter().map(Cell::mean).collect())).collect();
    let by_segment_rate = cells.iter().zip(&by_segment).map(|(row, at)| size(row) / everybody * row[*at].mean()).sum();
    Some(Winners { global, global_rate: of_all(global), by_segment, by_segment_rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_winner_for_all_gives_three_percent_and_one_per_segment_four() {
        let cell = |percent: u32| Cell { n: 1_000, sum: f64::from(10 * percent) };
        // Segments are rows: the second variant has 2, 4 and 3 %; the best of the rows are 3, 4 and 5 %.
        let cells = [vec![cell(3), cell(2)], vec![cell(1), cell(4)], vec![cell(2), cell(3)]];
        let cells: Vec<Vec<Cell>> = cells
            .into_iter()
            .zip([1, 1, 5])
            .map(|(mut row, third)| {
                row.push(cell(third));
                row
            })
            .collect();
        let found = winners(&cells).expect("people everywhere");
        assert_eq!((found.global, found.by_segment), (1, vec![0, 1, 2]));
        assert!((found.global_rate - 0.03).abs() < 1e-12 && (found.by_segment_rate - 0.04).abs() < 1e-12);
    }

    #[test]
    fn an_empty_cell_has_no_winner() {
        assert_eq!(winners(&[vec![Cell { n: 0, sum: 0.0 }, Cell { n: 1, sum: 0.0 }]]), None);
    }
}
