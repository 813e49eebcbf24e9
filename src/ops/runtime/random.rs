//! Random numbers that depend on nothing but their key: seed, purpose and two counters.
//!
//! Every use of chance in the library opens a stream of its own, so that what one part draws, and on which thread,
//! changes nothing elsewhere, and a resumed run needs no generator state. The numbers are part of what a seed means:
//! they are the same on every platform, and changing this file changes what every seed gives.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What a stream of random numbers is for. The numbers are part of the key and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u64)]
#[non_exhaustive]
pub enum Purpose {
    /// Initial weights.
    Init = 1,
    /// The order of the graphs in an epoch.
    Shuffle = 2,
    /// Dropout masks.
    Dropout = 3,
    /// Hold-out and k-fold splits.
    Split = 4,
    /// Built-in synthetic data.
    Synthetic = 5,
    /// Random assignments of nodes to clusters.
    Assignment = 6,
    /// Categories that take the reserved row of their table.
    Reserved = 7,
    /// Vectors that an iteration begins with.
    Subspace = 8,
    /// Signs of eigenvectors in training.
    Signs = 9,
}

/// The stream of numbers for `purpose` under `seed`; `a` and `b` tell its uses apart (an epoch, a graph, a layer).
///
/// Distinct keys give independent streams: the four numbers are the whole 256-bit ChaCha key, nothing is hashed away.
pub fn stream(seed: u64, purpose: Purpose, a: u64, b: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (bytes, word) in key.chunks_exact_mut(8).zip([seed, purpose as u64, a, b]) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// The next number. A function of its own, because the generator is large and would be copied into every place that
/// draws.
#[inline(never)]
fn next(rng: &mut ChaCha8Rng) -> u64 {
    rng.next_u64()
}

/// A uniform whole number in `0..n`, without bias; `n` must be at least 1.
pub fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    debug_assert!(n > 0, "below(0) has no answer");
    let n = n as u64;
    // Lemire's method: the high half of a product is uniform once the few low halves that would favour some results
    // are drawn again.
    let mut product = u128::from(next(rng)) * u128::from(n);
    if (product as u64) < n {
        let threshold = n.wrapping_neg() % n;
        while (product as u64) < threshold {
            product = u128::from(next(rng)) * u128::from(n);
        }
    }
    (product >> 64) as usize
}

/// A uniform number in `[0, 1)`, a multiple of 2^-53.
pub fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (next(rng) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// A standard normal number (Box and Muller), of two uniform ones.
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    // 1 - u is never 0. The functions of libm are the same on every platform, those of the system are not.
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - uniform(rng)));
    radius * libm::cos(2.0 * std::f64::consts::PI * uniform(rng))
}

/// Puts `items` into uniformly random order (Fisher-Yates).
pub fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a seed means must never change silently, so the first numbers are written down.
    #[test]
    fn streams_are_fixed() {
        let mut rng = stream(7, Purpose::Init, 1, 2);
        let first: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        assert_eq!(first, [1652221403967387684, 17744188758207455045, 5813639378972174225]);
        let mut items: Vec<usize> = (0..10).collect();
        shuffle(&mut stream(7, Purpose::Shuffle, 0, 0), &mut items);
        assert_eq!(items, [8, 2, 3, 4, 6, 1, 0, 7, 5, 9]);
    }

    #[test]
    fn every_part_of_the_key_matters() {
        let keys = [
            (0, Purpose::Init, 0, 0),
            (1, Purpose::Init, 0, 0),
            (0, Purpose::Shuffle, 0, 0),
            (0, Purpose::Init, 1, 0),
            (0, Purpose::Init, 0, 1),
        ];
        let mut seen: Vec<u64> = keys.map(|(seed, purpose, a, b)| stream(seed, purpose, a, b).next_u64()).to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), keys.len());
    }

    #[test]
    fn numbers_are_uniform() {
        let mut rng = stream(3, Purpose::Synthetic, 0, 0);
        const DRAWS: usize = 70_000;
        let mut counts = [0usize; 7];
        let mut sum = 0.0;
        for _ in 0..DRAWS {
            counts[below(&mut rng, 7)] += 1;
            let u = uniform(&mut rng);
            assert!((0.0..1.0).contains(&u));
            sum += u;
        }
        // Six standard deviations: about 93 a bin each, and 0.29 / sqrt(DRAWS) for the mean.
        assert!(counts.iter().all(|&c| c.abs_diff(DRAWS / 7) < 560), "{counts:?}");
        assert!((sum / DRAWS as f64 - 0.5).abs() < 0.0066);
        assert_eq!(below(&mut rng, 1), 0);
    }

    #[test]
    fn normal_numbers_have_their_moments() {
        let mut rng = stream(4, Purpose::Init, 0, 0);
        const DRAWS: usize = 40_000;
        let mut moments = [0.0; 4];
        for _ in 0..DRAWS {
            let value = normal(&mut rng);
            moments.iter_mut().zip(1..).for_each(|(sum, power)| *sum += value.powi(power) / DRAWS as f64);
        }
        // Five standard deviations of each mean.
        for ((moment, expected), variance) in moments.into_iter().zip([0.0, 1.0, 0.0, 3.0]).zip([1.0, 2.0, 15.0, 96.0])
        {
            assert!((moment - expected).abs() < 5.0 * f64::sqrt(variance / DRAWS as f64), "{moments:?}");
        }
    }

    #[test]
    fn shuffled_orders_are_equally_likely() {
        let mut rng = stream(5, Purpose::Shuffle, 0, 0);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..60_000 {
            let mut items = [0, 1, 2];
            shuffle(&mut rng, &mut items);
            *counts.entry(items).or_insert(0usize) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|&c| c.abs_diff(10_000) < 550), "{counts:?}");
    }
}
