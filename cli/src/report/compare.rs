//! One model against another, fold by fold: the same graphs, so that what is hard for both does not count.

use super::rows::Row;
use crate::runs::outcome::Fold;
use crate::runs::record::Record;

/// Differences in percent points, over the folds that both models have.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    /// Mean of the differences.
    pub mean: f64,
    /// Standard error of the mean; absent for a single fold.
    pub error: Option<f64>,
    /// Folds in which the model is better than, as good as, and worse than the other.
    pub folds: [usize; 3],
}

/// A model against another; nothing where no fold has the same graphs in both.
pub fn paired(row: &Row, other: &Row) -> Option<Paired> {
    let graphs = |row: &Row, fold: &Fold| {
        row.records.iter().find(|record: &&Record| record.fold == fold.fold).map(|record| record.fingerprint.clone())
    };
    let mut differences = Vec::new();
    for fold in &row.outcome.folds {
        let twin = other.outcome.folds.iter().find(|twin| twin.fold == fold.fold);
        let Some(twin) = twin.filter(|twin| graphs(other, twin) == graphs(row, fold)) else { continue };
        differences.push(100.0 * (fold.accuracy() - twin.accuracy()));
    }
    of(&differences)
}

fn of(differences: &[f64]) -> Option<Paired> {
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    let error = (differences.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt());
    let number = |wanted: fn(f64) -> bool| differences.iter().filter(|&&difference| wanted(difference)).count();
    let folds = [number(|d| d > 1e-9), number(|d| d.abs() <= 1e-9), number(|d| d < -1e-9)];
    (!differences.is_empty()).then_some(Paired { mean, error, folds })
}

impl Paired {
    /// What the difference may be called.
    pub fn reading(&self) -> &'static str {
        let count: usize = self.folds.iter().sum();
        match self.error {
            None => "too few folds",
            Some(_) if count < 3 => "too few folds",
            Some(error) if self.mean.abs() <= 2.0 * error + 1e-9 => "noise",
            Some(_) if self.mean > 0.0 => "better",
            Some(_) => "worse",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_noise_until_two_standard_errors() {
        let cases: [(&[f64], &str, [usize; 3]); 6] = [
            (&[1.0], "too few folds", [1, 0, 0]),
            (&[1.0, 1.0], "too few folds", [2, 0, 0]),
            (&[1.0, 2.0, 3.0], "better", [3, 0, 0]),
            (&[-1.0, 2.0, 3.0], "noise", [2, 0, 1]),
            (&[-1.0, -1.0, -1.0], "worse", [0, 0, 3]),
            (&[0.0, 0.0, 0.0], "noise", [0, 3, 0]),
        ];
        for (differences, reading, folds) in cases {
            let paired = of(differences).unwrap();
            assert_eq!((paired.reading(), paired.folds), (reading, folds), "{differences:?}");
        }
        assert_eq!(of(&[]), None);
        // Deviation of the sample 1, over the square root of 3.
        assert!((of(&[1.0, 2.0, 3.0]).unwrap().error.unwrap() - 1.0 / 3f64.sqrt()).abs() < 1e-12);
    }
}
