//! How far two ways of dividing the same nodes agree.

use std::collections::BTreeMap;

/// How many nodes two divisions share, and how many each part has.
struct Shared {
    both: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    nodes: f64,
}

fn shared(first: &[u32], second: &[u32]) -> Shared {
    assert_eq!(first.len(), second.len());
    let counts = |parts: &[(u32, u32)]| {
        let mut counts = BTreeMap::new();
        parts.iter().for_each(|&part| *counts.entry(part).or_insert(0.0) += 1.0);
        counts.into_values().collect::<Vec<f64>>()
    };
    let one = |parts: &[u32]| counts(&parts.iter().map(|&part| (part, 0)).collect::<Vec<_>>());
    let both: Vec<(u32, u32)> = first.iter().copied().zip(second.iter().copied()).collect();
    Shared { both: counts(&both), first: one(first), second: one(second), nodes: first.len() as f64 }
}

/// The adjusted Rand index (Hubert and Arabie, 1985): the share of pairs that both divisions treat alike, shifted and
/// scaled so that 1 is the same division and 0 what chance gives; 1 where neither divides anything.
pub fn adjusted_rand_index(first: &[u32], second: &[u32]) -> f64 {
    let Shared { both, first, second, nodes } = shared(first, second);
    let pairs = |counts: &[f64]| counts.iter().map(|n| n * (n - 1.0) / 2.0).sum::<f64>();
    let (index, first, second) = (pairs(&both), pairs(&first), pairs(&second));
    let expected = first * second / (nodes * (nodes - 1.0) / 2.0);
    let largest = (first + second) / 2.0;
    if largest == expected { 1.0 } else { (index - expected) / (largest - expected) }
}

/// The mutual information of two divisions over the mean of their entropies: from 0 to 1; 1 where neither divides
/// anything.
pub fn normalized_mutual_information(first: &[u32], second: &[u32]) -> f64 {
    let Shared { both, first, second, nodes } = shared(first, second);
    let entropy = |counts: &[f64]| -counts.iter().map(|n| n / nodes * (n / nodes).ln()).sum::<f64>();
    let (joint, first, second) = (entropy(&both), entropy(&first), entropy(&second));
    let mean = (first + second) / 2.0;
    if mean == 0.0 { 1.0 } else { (first + second - joint) / mean }
}
