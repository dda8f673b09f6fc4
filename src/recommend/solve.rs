//! The inverse of a symmetric positive definite matrix, block by block, on its lower triangle alone.
//!
//! The sweep operator (Goodnight, "A Tutorial on the SWEEP Operator", The American Statistician 1979) with blocks as
//! pivots: the matrix stays symmetric at each step, so half of it is enough, and all the work is in products of matrices,
//! which the library does at the speed of the machine. No pivoting is needed for a definite matrix.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, Slice};
use rayon::prelude::*;

/// Rows of a pivot.
const BLOCK: usize = 64;
/// Rows that one thread updates at once.
const STRIPE: usize = 128;

/// Inverts in place, reading the lower triangle; `None` when the matrix is not definite, or holds what is no number.
pub(super) fn invert(mut a: Array2<f32>) -> Option<Array2<f32>> {
    let n = a.nrows();
    for from in (0..n).step_by(BLOCK) {
        let to = (from + BLOCK).min(n);
        let pivot = invert_small(part(&a, from..to, from..to))?;
        // The pivot's columns over all rows; above the pivot they are its rows. Its own rows take no part.
        let mut columns = Array2::<f32>::zeros((n, to - from));
        part_mut(&mut columns, 0..from, 0..to - from).assign(&part(&a, from..to, 0..from).t());
        part_mut(&mut columns, to..n, 0..to - from).assign(&part(&a, to..n, from..to));
        let swept = narrowed(&columns.mapv(f64::from).dot(&pivot));
        let stripes: Vec<(usize, ArrayViewMut2<'_, f32>)> = (0..).step_by(STRIPE).zip(a.axis_chunks_iter_mut(Axis(0), STRIPE)).collect();
        stripes.into_par_iter().for_each(|(first, mut stripe)| {
            let end = first + stripe.nrows();
            let mut lower = stripe.slice_axis_mut(Axis(1), Slice::from(..end));
            general_mat_mul(-1.0, &part(&swept, first..end, 0..to - from), &part(&columns, 0..end, 0..to - from).t(), 1.0, &mut lower);
        });
        part_mut(&mut a, from..to, 0..from).assign(&part(&swept, 0..from, 0..to - from).t());
        part_mut(&mut a, to..n, from..to).assign(&part(&swept, to..n, 0..to - from));
        part_mut(&mut a, from..to, from..to).assign(&narrowed(&-pivot));
    }
    // What has been swept all over is the inverse with the opposite sign.
    for row in 0..n {
        for column in 0..=row {
            let value = -a[[row, column]];
            a[[row, column]] = value;
            a[[column, row]] = value;
        }
    }
    a.iter().all(|value| value.is_finite()).then_some(a)
}

fn part(a: &Array2<f32>, rows: Range<usize>, columns: Range<usize>) -> ArrayView2<'_, f32> {
    let mut part = a.view();
    part.slice_axis_inplace(Axis(0), Slice::from(rows));
    part.slice_axis_inplace(Axis(1), Slice::from(columns));
    part
}

fn part_mut(a: &mut Array2<f32>, rows: Range<usize>, columns: Range<usize>) -> ArrayViewMut2<'_, f32> {
    let mut part = a.view_mut();
    part.slice_axis_inplace(Axis(0), Slice::from(rows));
    part.slice_axis_inplace(Axis(1), Slice::from(columns));
    part
}

/// Inverts a block, reading its lower triangle, with twice the digits: what is lost in a pivot is lost in all that follows.
fn invert_small(block: ArrayView2<'_, f32>) -> Option<Array2<f64>> {
    let n = block.nrows();
    let mut a = Array2::from_shape_fn((n, n), |(row, column)| f64::from(block[[row.max(column), row.min(column)]]));
    for k in 0..n {
        let pivot = a[[k, k]];
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        a[[k, k]] = 1.0;
        a.row_mut(k).mapv_inplace(|value| value / pivot);
        let row = a.row(k).to_owned();
        for i in (0..n).filter(|i| *i != k) {
            let factor = std::mem::take(&mut a[[i, k]]);
            a.row_mut(i).scaled_add(-factor, &row);
        }
    }
    Some(a)
}

#[expect(clippy::cast_possible_truncation, reason = "back to the digits of the whole")]
fn narrowed(a: &Array2<f64>) -> Array2<f32> {
    a.mapv(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small invented numbers")]
    fn a_matrix_times_its_inverse_is_the_identity() {
        for n in [1, 3, 64, 65, 300] {
            let x = Array2::from_shape_fn((n + 7, n), |(row, column)| ((row * 31 + column * 17) % 13) as f32 / 13.0);
            let a = x.t().dot(&x) + Array2::<f32>::eye(n) * 5.0;
            let product = invert(a.clone()).expect("definite").dot(&a);
            let off = (product - Array2::<f32>::eye(n)).iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            assert!(off < 1e-3, "{n}: {off}");
        }
    }

    #[test]
    fn what_is_not_definite_has_no_inverse() {
        assert!(invert(Array2::zeros((3, 3))).is_none());
        assert!(invert(Array2::from_elem((3, 3), f32::NAN)).is_none());
    }
}
