//! Metrics of a classification, from classes and logits.

/// Rows are true classes, columns predicted ones, `[c, c]`.
pub(super) fn confusion(classes: usize, truth: &[usize], predicted: &[usize]) -> Vec<u64> {
    let mut counts = vec![0; classes * classes];
    truth.iter().zip(predicted).for_each(|(&t, &p)| counts[t * classes + p] += 1);
    counts
}

/// Mean over classes of the harmonic mean of precision and recall, over classes that occur as truth or prediction.
pub(super) fn macro_f1(classes: usize, confusion: &[u64]) -> f64 {
    let (mut sum, mut seen) = (0.0, 0);
    for class in 0..classes {
        let hits = confusion[class * classes + class];
        let truth: u64 = confusion[class * classes..(class + 1) * classes].iter().sum();
        let predicted: u64 = (0..classes).map(|row| confusion[row * classes + class]).sum();
        if truth + predicted > 0 {
            sum += 2.0 * hits as f64 / (truth + predicted) as f64;
            seen += 1;
        }
    }
    if seen == 0 { 0.0 } else { sum / f64::from(seen) }
}

/// Probability that a graph of class 1 scores higher than one of class 0, ties counting half; `None` where a class has
/// no graph.
pub(super) fn roc_auc(truth: &[usize], scores: &[f64]) -> Option<f64> {
    let mut order: Vec<usize> = (0..truth.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let positives = truth.iter().filter(|&&t| t == 1).count();
    let negatives = truth.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut ranks, mut at) = (0.0, 0);
    while at < order.len() {
        let ties = order[at..].iter().take_while(|&&i| scores[i] == scores[order[at]]).count();
        // Ranks count from 1; equal scores share the mean of theirs.
        let rank = at as f64 + (ties as f64 + 1.0) / 2.0;
        ranks += rank * order[at..at + ties].iter().filter(|&&i| truth[i] == 1).count() as f64;
        at += ties;
    }
    let p = positives as f64;
    Some((ranks - p * (p + 1.0) / 2.0) / (p * negatives as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let counts = confusion(3, &[0, 0, 1, 1, 1], &[0, 1, 1, 1, 0]);
        assert_eq!(counts, [1, 1, 0, 1, 2, 0, 0, 0, 0]);
        // Class 0: 2 / 4, class 1: 4 / 6; class 2 does not occur.
        assert!((macro_f1(3, &counts) - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn auc_equals_counting_pairs() {
        let truth = [0, 1, 1, 0, 1, 0];
        let scores = [0.1, 0.4, 0.35, 0.4, 0.8, 0.35];
        let mut pairs = 0.0;
        for (i, j) in (0..6).flat_map(|i| (0..6).map(move |j| (i, j))).filter(|&(i, j)| truth[i] == 1 && truth[j] == 0)
        {
            pairs += if scores[i] > scores[j] {
                1.0
            } else if scores[i] == scores[j] {
                0.5
            } else {
                0.0
            };
        }
        assert!((roc_auc(&truth, &scores).unwrap() - pairs / 9.0).abs() < 1e-15);
        assert_eq!(roc_auc(&[1, 1], &[0.0, 1.0]), None);
    }
}
