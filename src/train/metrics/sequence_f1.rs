//! The F1 score of sequences, as OGB's evaluator has it for `ogbg-code2`.
//!
//! Order and repetition do not count: of a graph, the set of words predicted before the first end is compared with the
//! set of all words of its sequence, also of those beyond the ones that a model predicts. Words beyond the vocabulary
//! are words of the sequence, which no prediction can meet; the unknown word, if predicted, is a word too many.

use crate::error::Result;
use crate::memory::try_extend;

/// Mean over graphs of the harmonic mean of precision and recall; `None` without graphs. A graph is given by the words
/// of its sequence and the predicted ones, of which the last of the vocabulary is the end.
pub(super) fn mean<'a>(graphs: impl Iterator<Item = (&'a [u32], &'a [u32])>, vocabulary: u32) -> Result<Option<f64>> {
    let (mut truth, mut found) = (Vec::new(), Vec::new());
    let (mut sum, mut count) = (0.0, 0_usize);
    for (words, predicted) in graphs {
        let until_end = predicted.split(|&word| word == vocabulary - 1).next().unwrap_or(&[]);
        collect(&mut truth, words)?;
        collect(&mut found, until_end)?;
        sum += f1(&truth, &found, vocabulary - 2);
        count += 1;
    }
    Ok((count > 0).then(|| sum / count as f64))
}

/// Makes a list the sorted set of words.
fn collect(set: &mut Vec<u32>, words: &[u32]) -> Result<()> {
    set.clear();
    try_extend(set, words)?;
    set.sort_unstable();
    set.dedup();
    Ok(())
}

/// The score of one graph, from sorted sets; words from `unknown` on never match.
fn f1(truth: &[u32], found: &[u32], unknown: u32) -> f64 {
    let hits = found.iter().filter(|&&word| word < unknown && truth.binary_search(&word).is_ok()).count() as f64;
    let share = |of: usize| if of > 0 { hits / of as f64 } else { 0.0 };
    let (precision, recall) = (share(found.len()), share(truth.len()));
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let score = |truth: &[u32], found: &[u32]| {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            collect(&mut a, truth).unwrap();
            collect(&mut b, found).unwrap();
            f1(&a, &b, 8)
        };
        assert_eq!(score(&[3, 1], &[1, 3, 1]), 1.0);
        // One of two found is right, of three: precision 1/2, recall 1/3.
        assert!((score(&[1, 2, 3], &[3, 5]) - 0.4).abs() < 1e-15);
        assert_eq!(score(&[1], &[]), 0.0);
        assert_eq!(score(&[], &[1]), 0.0);
        assert_eq!(score(&[], &[]), 0.0);
        // The unknown word matches nothing, not even itself, and counts on either side.
        assert_eq!(score(&[8], &[8]), 0.0);
        assert!((score(&[1, 20], &[1, 8]) - 0.5).abs() < 1e-15);
    }
}
