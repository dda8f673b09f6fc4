//! A small system of linear equations with a symmetric positive definite matrix, by Cholesky's factorisation
//! (Golub and Van Loan, "Matrix Computations", 4.2).

/// Solves `a x = b` in place of both; `a` is `n` rows of `n`, of which the lower half is read. `None` when it is not definite.
pub(super) fn solve(a: &mut [f64], b: &mut [f64]) -> Option<()> {
    let n = b.len();
    for column in 0..n {
        for row in column..n {
            let inner: f64 = (0..column).map(|at| a[row * n + at] * a[column * n + at]).sum();
            let left = a[row * n + column] - inner;
            if row == column {
                if left.is_nan() || left <= 0.0 {
                    return None;
                }
                a[row * n + column] = left.sqrt();
            } else {
                a[row * n + column] = left / a[column * n + column];
            }
        }
    }
    for row in 0..n {
        let inner: f64 = (0..row).map(|at| a[row * n + at] * b[at]).sum();
        b[row] = (b[row] - inner) / a[row * n + row];
    }
    for row in (0..n).rev() {
        let inner: f64 = (row + 1..n).map(|at| a[at * n + row] * b[at]).sum();
        b[row] = (b[row] - inner) / a[row * n + row];
    }
    b.iter().all(|value| value.is_finite()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn a_solution_put_back_gives_the_right_side() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let wanted = [1.0, -2.0, 0.5];
        let mut right: Vec<f64> = (0..3).map(|row| (0..3).map(|at| matrix[row * 3 + at] * wanted[at]).sum()).collect();
        solve(&mut matrix.to_vec(), &mut right).expect("definite");
        assert!(right.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-12), "{right:?}");
    }

    #[test]
    fn what_is_not_definite_has_no_solution() {
        assert!(solve(&mut [0.0], &mut [1.0]).is_none());
        assert!(solve(&mut [1.0, 2.0, 2.0, 1.0], &mut [1.0, 1.0]).is_none());
        assert!(solve(&mut [f64::NAN], &mut [1.0]).is_none());
    }
}
