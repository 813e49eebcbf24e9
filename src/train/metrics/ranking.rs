//! Metrics of scores that should put what is true first.

/// Probability that a true one scores higher than a false one, ties counting half; `None` where either is missing.
pub(super) fn roc_auc(scored: &mut [(f64, bool)]) -> Option<f64> {
    let (positives, negatives) = counts(scored)?;
    scored.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut at) = (0.0, 0);
    while at < scored.len() {
        let (ties, hits) = group(&scored[at..]);
        // Ranks count from 1; equal scores share the mean of theirs.
        ranks += (at as f64 + (ties as f64 + 1.0) / 2.0) * hits as f64;
        at += ties;
    }
    Some((ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// Sum over falling scores of the precision so far times the share of true ones that are new; `None` where either true
/// or false ones are missing. Equal scores come together.
pub(super) fn average_precision(scored: &mut [(f64, bool)]) -> Option<f64> {
    let (positives, _) = counts(scored)?;
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut sum, mut seen, mut at) = (0.0, 0, 0);
    while at < scored.len() {
        let (ties, hits) = group(&scored[at..]);
        at += ties;
        seen += hits;
        sum += seen as f64 / at as f64 * (hits as f64 / positives);
    }
    Some(sum)
}

/// Numbers of true and of false ones, where there are both.
fn counts(scored: &[(f64, bool)]) -> Option<(f64, f64)> {
    let positives = scored.iter().filter(|(_, truth)| *truth).count();
    let negatives = scored.len() - positives;
    (positives > 0 && negatives > 0).then_some((positives as f64, negatives as f64))
}

/// How many at the front have the score of the first, and how many of them are true.
fn group(scored: &[(f64, bool)]) -> (usize, usize) {
    let ties = 1 + scored[1..].iter().take_while(|(score, _)| *score == scored[0].0).count();
    (ties, scored[..ties].iter().filter(|(_, truth)| *truth).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::runtime::random::{Purpose, below, stream};

    fn draw(seed: u64) -> Vec<(f64, bool)> {
        let mut random = stream(seed, Purpose::Init, 0, 0);
        // Few different scores, so that many are equal.
        (0..30).map(|_| (below(&mut random, 9) as f64 / 4.0 - 1.0, below(&mut random, 3) == 0)).collect()
    }

    #[test]
    fn auc_equals_counting_pairs() {
        for seed in 0..20 {
            let mut scored = draw(seed);
            let (mut won, mut pairs) = (0.0, 0.0);
            for (positive, negative) in scored.iter().flat_map(|a| scored.iter().map(move |b| (a, b))) {
                if positive.1 && !negative.1 {
                    pairs += 1.0;
                    won += if positive.0 > negative.0 { 1.0 } else { 0.0 };
                    won += if positive.0 == negative.0 { 0.5 } else { 0.0 };
                }
            }
            assert!((roc_auc(&mut scored).unwrap() - won / pairs).abs() < 1e-14);
        }
    }

    #[test]
    fn average_precision_equals_its_definition() {
        for seed in 0..20 {
            let mut scored = draw(seed);
            let positives = scored.iter().filter(|(_, truth)| *truth).count() as f64;
            // Precision of everything from the score of a true one up, mean over the true ones.
            let precision = |least: f64| {
                let taken: Vec<_> = scored.iter().filter(|(score, _)| *score >= least).collect();
                taken.iter().filter(|(_, truth)| *truth).count() as f64 / taken.len() as f64
            };
            let expected: f64 = scored.iter().filter(|(_, truth)| *truth).map(|(score, _)| precision(*score)).sum();
            assert!((average_precision(&mut scored).unwrap() - expected / positives).abs() < 1e-14);
        }
    }

    /// The examples of scikit-learn's documentation.
    #[test]
    fn values_of_scikit_learn() {
        let scored = || vec![(0.1, false), (0.4, false), (0.35, true), (0.8, true)];
        assert_eq!(roc_auc(&mut scored()), Some(0.75));
        assert!((average_precision(&mut scored()).unwrap() - 5.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn one_kind_alone_has_no_score() {
        for truth in [false, true] {
            assert_eq!(roc_auc(&mut [(0.0, truth), (1.0, truth)]), None);
            assert_eq!(average_precision(&mut [(0.0, truth), (1.0, truth)]), None);
        }
        assert_eq!(roc_auc(&mut []), None);
        // Not a number is a score like any other, and the work ends.
        assert!(roc_auc(&mut [(f64::NAN, true), (f64::NAN, false), (1.0, true)]).is_some());
    }
}
