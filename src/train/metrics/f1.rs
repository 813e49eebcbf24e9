//! Accuracy and F1 scores from true and predicted classes.

use crate::error::Result;
use crate::memory::try_resize;

/// How labels of 0 and 1, or classes, were predicted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    right: usize,
    all: usize,
    /// Predicted 1 and truly 1.
    hits: usize,
    /// Truly 1.
    truth: usize,
    /// Predicted 1.
    predicted: usize,
}

impl Counts {
    /// Share of the predictions that are right.
    pub fn accuracy(self) -> Option<f64> {
        (self.all > 0).then(|| self.right as f64 / self.all as f64)
    }

    /// Harmonic mean of precision and recall of 1; `None` where it is neither predicted nor true.
    pub fn f1(self) -> Option<f64> {
        let sum = self.truth + self.predicted;
        (sum > 0).then(|| 2.0 * self.hits as f64 / sum as f64)
    }
}

impl FromIterator<(usize, usize)> for Counts {
    fn from_iter<I: IntoIterator<Item = (usize, usize)>>(labels: I) -> Self {
        labels.into_iter().fold(Self::default(), |mut counts, (truth, predicted)| {
            counts.all += 1;
            counts.right += usize::from(truth == predicted);
            counts.hits += usize::from(truth == 1 && predicted == 1);
            counts.truth += usize::from(truth == 1);
            counts.predicted += usize::from(predicted == 1);
            counts
        })
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |a, b| Self {
            right: a.right + b.right,
            all: a.all + b.all,
            hits: a.hits + b.hits,
            truth: a.truth + b.truth,
            predicted: a.predicted + b.predicted,
        })
    }
}

/// Mean over classes of the harmonic mean of precision and recall, over classes that occur as truth or prediction.
pub(super) fn macro_f1(classes: usize, labels: impl Iterator<Item = (usize, usize)>) -> Result<Option<f64>> {
    // Hits, and times that the class is true or predicted.
    let mut counts = Vec::new();
    try_resize(&mut counts, classes, (0_u64, 0_u64))?;
    for (truth, predicted) in labels {
        counts[truth].0 += u64::from(truth == predicted);
        counts[truth].1 += 1;
        counts[predicted].1 += 1;
    }
    let (mut sum, mut seen) = (0.0, 0_u32);
    for (hits, times) in counts.into_iter().filter(|&(_, times)| times > 0) {
        sum += 2.0 * hits as f64 / times as f64;
        seen += 1;
    }
    Ok((seen > 0).then(|| sum / f64::from(seen)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let labels = [(0, 0), (0, 1), (1, 1), (1, 1), (1, 0)];
        // Class 0: 2 / 4, class 1: 4 / 6; class 2 does not occur.
        let found = macro_f1(3, labels.into_iter()).unwrap().unwrap();
        assert!((found - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
        let counts: Counts = labels.into_iter().collect();
        assert_eq!(counts.accuracy(), Some(0.6));
        assert_eq!(counts.f1(), Some(4.0 / 6.0));
        let both: Counts = [counts, [(0, 0)].into_iter().collect()].into_iter().sum();
        assert_eq!((both.accuracy(), both.f1()), (Some(4.0 / 6.0), Some(4.0 / 6.0)));
    }

    #[test]
    fn nothing_has_no_score() {
        assert_eq!(macro_f1(2, std::iter::empty()).unwrap(), None);
        let none: Counts = [].into_iter().collect();
        assert_eq!((none.accuracy(), none.f1()), (None, None));
        let negative: Counts = [(0, 0)].into_iter().collect();
        assert_eq!((negative.accuracy(), negative.f1()), (Some(1.0), None));
    }
}
