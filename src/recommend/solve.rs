//! The inverse of a symmetric positive definite matrix, block by block.
//!
//! Gauss-Jordan elimination with blocks as pivots (Golub and Van Loan, "Matrix Computations", 3.4): all the work is in
//! products of matrices, which the library does at the speed of the machine. No pivoting is needed for a definite matrix.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, Slice};
use rayon::prelude::*;

/// Rows of a pivot.
const BLOCK: usize = 64;
/// Rows that one thread updates at once.
const STRIPE: usize = 256;

/// Inverts in place; `None` when the matrix is not definite, or holds what is no number.
pub(super) fn invert(mut a: Array2<f32>) -> Option<Array2<f32>> {
    let n = a.nrows();
    for from in (0..n).step_by(BLOCK) {
        let to = (from + BLOCK).min(n);
        let span = Slice::from(from..to);
        let band = a.slice_axis(Axis(0), span);
        let pivot = invert_small(band.slice_axis(Axis(1), span))?;
        let mut rows = pivot.dot(&band);
        rows.slice_axis_mut(Axis(1), span).assign(&pivot);
        let stripes: Vec<(usize, ArrayViewMut2<'_, f32>)> = (0..).step_by(STRIPE).zip(a.axis_chunks_iter_mut(Axis(0), STRIPE)).collect();
        stripes.into_par_iter().for_each(|(first, mut stripe)| {
            // What stood in the pivot's columns is replaced, not added to; its own rows are the new ones.
            let mut factor = stripe.slice_axis(Axis(1), span).to_owned();
            stripe.slice_axis_mut(Axis(1), span).fill(0.0);
            for row in from.max(first)..to.min(first + stripe.nrows()) {
                factor.row_mut(row - first).fill(0.0);
                stripe.row_mut(row - first).assign(&rows.row(row - from));
            }
            general_mat_mul(-1.0, &factor, &rows, 1.0, &mut stripe);
        });
    }
    a.iter().all(|value| value.is_finite()).then_some(a)
}

/// Inverts a block with twice the digits.
fn invert_small(block: ArrayView2<'_, f32>) -> Option<Array2<f32>> {
    let n = block.nrows();
    let mut a = block.mapv(f64::from);
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
    #[expect(clippy::cast_possible_truncation, reason = "back to the digits of the whole")]
    Some(a.mapv(|value| value as f32))
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
