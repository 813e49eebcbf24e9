//! Exponential and logarithm of f32 in a form that loops compile to vectors, and sums and maxima of rows in lanes.
//!
//! They are made of single additions, multiplications and divisions, which are rounded alike on every machine and with
//! vectors of any width; the functions of the C library are not. Errors stay below two units in the last place.

use super::real::Real;

/// `ln 2`, the leading bits alone, so that products with small whole numbers are exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
/// The rest of `ln 2`.
const LN2_LOW: f32 = (std::f64::consts::LN_2 - 355.0 / 512.0) as f32;
/// Adding it rounds to a whole number, which is then in the low bits.
const ROUND: f32 = 12_582_912.0;

/// `e^x`.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Beyond these the result is 0 or infinite. What is not a number stays.
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // |r| <= ln 2 / 2, where the series to the seventh power is exact.
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let series = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * series))));
    // 2^n in two factors, since it may be smaller than the smallest normal number.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) << 23) as u32);
    series * power(n >> 1) * power(n - (n >> 1))
}

/// `ln x` of a normal positive number.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // x = m 2^e with m between the roots of 1/2 and 2.
    let bits = x.to_bits() as i32;
    let e = bits.wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32) >> 23;
    let f = f32::from_bits(bits.wrapping_sub(e << 23) as u32) - 1.0;
    // ln (1 + f) = 2 artanh s = 2 s + 2/3 s^3 + ...,  and 2 s = f - f^2 / 2 + s f^2 / 2 without its rounding error.
    let s = f / (2.0 + f);
    let z = s * s;
    let series = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0))));
    let half = 0.5 * f * f;
    let e = e as f32;
    e * LN2_HIGH + (f - (half - (s * (half + series) + e * LN2_LOW)))
}

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

    /// Distance from `exact` in units in the last place of it.
    fn error(found: f32, exact: f64) -> f64 {
        let nearest = exact as f32;
        let unit = f64::from(nearest.next_up()) - f64::from(nearest);
        (f64::from(found) - exact).abs() / unit
    }

    #[test]
    fn exponential_and_logarithm_are_near() {
        let mut worst = [0.0_f64; 2];
        for step in 0..2_000_000 {
            let x = -104.0 + 192.7 * step as f32 / 2e6;
            worst[0] = worst[0].max(error(exp(x), f64::from(x).exp()));
            // All exponents, and many numbers near 1.
            let bits = 0x0080_0000 + step * 1063;
            for x in [f32::from_bits(bits), 0.5 + step as f32 / 2e6, 1.0 - step as f32 / 2e12] {
                worst[1] = worst[1].max(error(ln(x), f64::from(x).ln()));
            }
        }
        assert!(worst.iter().all(|&worst| worst < 2.0), "{worst:?}");
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!((exp(0.0), exp(f32::NEG_INFINITY), exp(-1e30), exp(1e30)), (1.0, 0.0, 0.0, f32::INFINITY));
        assert!(exp(f32::NAN).is_nan());
        assert_eq!((ln(1.0), ln(f32::MIN_POSITIVE)), (0.0, f32::MIN_POSITIVE.ln()));
    }

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
