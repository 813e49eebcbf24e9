//! Sums and maxima of rows in lanes, as loops over vectors: a plain sum would wait for every single addition.

use super::real::Real;

/// Parts that a sum over a row is made of, so that vectors add up all of them at once.
const LANES: usize = 8;

/// The sum of `f` over a row, in lanes.
#[inline(always)]
pub fn sum<T: Real>(row: &[T], f: impl Fn(T) -> T) -> T {
    let mut lanes = [T::zero(); LANES];
    let blocks = row.chunks_exact(LANES);
    lanes.iter_mut().zip(blocks.remainder()).for_each(|(sum, &v)| *sum = f(v));
    blocks.for_each(|block| lanes.iter_mut().zip(block).for_each(|(sum, &v)| *sum += f(v)));
    lanes.into_iter().sum()
}

/// The inner product of two rows of one length, in lanes.
#[inline(always)]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a.remainder().iter().zip(b.remainder());
    lanes.iter_mut().zip(rest).for_each(|(sum, (&x, &y))| *sum = x * y);
    for (a, b) in a.zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (&x, &y))| *sum += x * y);
    }
    lanes.into_iter().sum()
}

/// The largest value of a row, in lanes; what is not a number is passed over.
#[inline(always)]
pub fn largest<T: Real>(row: &[T]) -> T {
    let larger = |m: T, v: T| if v > m { v } else { m };
    let mut lanes = [T::neg_infinity(); LANES];
    let blocks = row.chunks_exact(LANES);
    let rest = blocks.remainder().iter().fold(T::neg_infinity(), |m, &v| larger(m, v));
    blocks.for_each(|block| lanes.iter_mut().zip(block).for_each(|(m, &v)| *m = larger(*m, v)));
    lanes.iter().fold(rest, |m, &v| larger(m, v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::random_values;

    #[test]
    fn rows_of_any_length() {
        for len in [0, 1, 7, 8, 9, 16, 37] {
            let (a, b) = (random_values(len, 1), random_values(len, 2));
            let expected: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            assert!((dot(&a, &b) - expected).abs() < 1e-13);
            assert!((sum(&a, |v| v * v) - a.iter().map(|v| v * v).sum::<f64>()).abs() < 1e-13);
            assert_eq!(largest(&a), a.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
    }
}
