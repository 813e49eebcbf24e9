//! Errors of predicted numbers.

/// Root of the mean squared error; `None` without numbers.
pub(super) fn rmse(numbers: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    mean(numbers.map(|(predicted, truth)| (predicted - truth) * (predicted - truth))).map(f64::sqrt)
}

/// Mean absolute error; `None` without numbers.
pub(super) fn mae(numbers: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    mean(numbers.map(|(predicted, truth)| (predicted - truth).abs()))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let numbers = [(1.0, 4.0), (2.0, -2.0), (0.5, 0.5)];
        assert_eq!(rmse(numbers.into_iter()), Some((25.0_f64 / 3.0).sqrt()));
        assert_eq!(mae(numbers.into_iter()), Some(7.0 / 3.0));
        assert_eq!((rmse(std::iter::empty()), mae(std::iter::empty())), (None, None));
    }
}
