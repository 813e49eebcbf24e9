//! `exp`, `ln` and their relatives, the same on every platform.
//!
//! The functions of the system's C library differ in their last bits from one system to the next, and from one
//! processor to the next on the same system. These are made of additions, multiplications and divisions alone, each
//! rounded once, so they give the same bits everywhere. `exp` and `ln` of f32 have no branches: a loop over them is
//! compiled to vectors. They go through f64 and are off by at most 0.51 units in the last place.
//!
//! ```text
//! exp   x = n ln 2 + r, |r| <= ln(2) / 2:       2^n sum_{i <= 8} r^i / i!
//! ln    x = 2^n m, sqrt(1/2) <= m < sqrt(2):    n ln 2 + 2 sum_{i <= 5} t^(2 i + 1) / (2 i + 1), t = (m - 1) / (m + 1)
//! ```

use std::f64::consts::{LN_2, LOG2_E};

/// The types that the functions are for.
pub trait Elementary: Copy {
    /// The function [`exp`] of the value.
    fn exp_of(self) -> Self;
    /// The function [`ln`] of the value.
    fn ln_of(self) -> Self;
    /// The function [`ln_1p`] of the value.
    fn ln_1p_of(self) -> Self;
    /// The function [`exp_m1`] of the value.
    fn exp_m1_of(self) -> Self;
    /// The function [`tanh`] of the value.
    fn tanh_of(self) -> Self;
}

/// `e^x`.
#[inline(always)]
pub fn exp<T: Elementary>(x: T) -> T {
    x.exp_of()
}

/// The natural logarithm.
#[inline(always)]
pub fn ln<T: Elementary>(x: T) -> T {
    x.ln_of()
}

/// `ln(1 + x)`, exact near 0.
#[inline(always)]
pub fn ln_1p<T: Elementary>(x: T) -> T {
    x.ln_1p_of()
}

/// `e^x - 1`, exact near 0.
#[inline(always)]
pub fn exp_m1<T: Elementary>(x: T) -> T {
    x.exp_m1_of()
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh<T: Elementary>(x: T) -> T {
    x.tanh_of()
}

/// `x^y`.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

impl Elementary for f64 {
    #[inline(always)]
    fn exp_of(self) -> Self {
        libm::exp(self)
    }
    #[inline(always)]
    fn ln_of(self) -> Self {
        libm::log(self)
    }
    #[inline(always)]
    fn ln_1p_of(self) -> Self {
        libm::log1p(self)
    }
    #[inline(always)]
    fn exp_m1_of(self) -> Self {
        libm::expm1(self)
    }
    #[inline(always)]
    fn tanh_of(self) -> Self {
        libm::tanh(self)
    }
}

impl Elementary for f32 {
    #[inline(always)]
    fn exp_of(self) -> Self {
        // Beyond these the result is 0 or infinite in f32. What is not a number stays what it is.
        let x = f64::from(self);
        let x = if x > 100.0 { 100.0 } else { x };
        let x = if x < -110.0 { -110.0 } else { x };
        // Adding 1.5 * 2^52 leaves the nearest whole number in the low bits.
        const SHIFT: f64 = 6_755_399_441_055_744.0;
        let shifted = x * LOG2_E + SHIFT;
        let r = x - (shifted - SHIFT) * LN_2;
        let mut y = 1.0 / 40320.0;
        for factorial in [5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
            y = y * r + 1.0 / factorial;
        }
        // The whole number is added to the exponent.
        f64::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 52)) as f32
    }

    #[inline(always)]
    fn ln_of(self) -> Self {
        const ONE: u64 = 0x3ff0_0000_0000_0000;
        const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
        const TWO_52: f64 = 4_503_599_627_370_496.0;
        let x = f64::from(self);
        let bits = x.to_bits();
        let exponent = bits.wrapping_add(ONE - SQRT_HALF) >> 52;
        let m = f64::from_bits(bits.wrapping_sub(exponent << 52).wrapping_add(ONE));
        // The whole number is put into the low bits of 2^52.
        let n = f64::from_bits(exponent | TWO_52.to_bits()) - (TWO_52 + 1023.0);
        let t = (m - 1.0) / (m + 1.0);
        let square = t * t;
        let mut sum = 1.0 / 11.0;
        for odd in [9.0, 7.0, 5.0, 3.0, 1.0] {
            sum = sum * square + 1.0 / odd;
        }
        let y = n * LN_2 + 2.0 * t * sum;
        let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
        // Infinity, and what is not a number, are their own logarithms; a negative number has none.
        let y = if x < f64::INFINITY { y } else { x };
        (if x < 0.0 { f64::NAN } else { y }) as f32
    }

    #[inline(always)]
    fn ln_1p_of(self) -> Self {
        libm::log1pf(self)
    }
    #[inline(always)]
    fn exp_m1_of(self) -> Self {
        libm::expm1f(self)
    }
    #[inline(always)]
    fn tanh_of(self) -> Self {
        libm::tanhf(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The difference in units of the last place of `expected`, for results that are neither 0 nor infinite.
    fn units(found: f32, expected: f64) -> f64 {
        let (_, exponent) = libm::frexp(expected);
        (f64::from(found) - expected).abs() / libm::scalbn(1.0, (exponent - 24).max(-149))
    }

    /// Every 997th f32 of all that there are.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..=u32::MAX).step_by(997).map(f32::from_bits)
    }

    #[test]
    fn exp_and_ln_are_rounded_almost_as_well_as_can_be() {
        let mut worst = [0f64; 2];
        for x in numbers() {
            let wide = f64::from(x);
            let (e, l) = (libm::exp(wide), libm::log(wide));
            match exp(x) {
                y if y == 0.0 => assert!(e < 7.01e-46, "exp({x}) = {y}"),
                y if y.is_infinite() => assert!(e > 3.4028235e38, "exp({x}) = {y}"),
                y if y.is_nan() => assert!(x.is_nan(), "exp({x}) = {y}"),
                y => worst[0] = worst[0].max(units(y, e)),
            }
            match ln(x) {
                y if y.is_nan() => assert!(x.is_nan() || x < 0.0, "ln({x}) = {y}"),
                y if y.is_infinite() => assert!(x == 0.0 && y < 0.0 || x == y, "ln({x}) = {y}"),
                y => worst[1] = worst[1].max(if l == 0.0 { f64::from(y) } else { units(y, l) }),
            }
        }
        assert!(worst.iter().all(|&worst| worst <= 0.51), "{worst:?}");
        assert_eq!((exp(0f32), exp(-0f32), ln(1f32)), (1.0, 1.0, 0.0));
    }

    /// A hash of the results at every 997th f32: if one changes anywhere, so does what seeds and models give.
    #[test]
    fn every_platform_gives_the_bits_written_down() {
        type Function = fn(f32) -> f64;
        let digest = |of: Function| {
            // The bits of what is not a number are not defined.
            let bits = numbers().map(of).map(|y| if y.is_nan() { 0 } else { y.to_bits() });
            bits.fold(0xcbf2_9ce4_8422_2325, |hash: u64, bits| {
                (hash.rotate_left(31) ^ bits).wrapping_mul(0x100_0000_01b3)
            })
        };
        let functions: [(&str, Function, u64); 9] = [
            ("exp", |x| exp(x).into(), 0x232e_3edd_aac8_dfed),
            ("ln", |x| ln(x).into(), 0xec42_bff1_b711_8d13),
            ("ln_1p", |x| ln_1p(x).into(), 0xd3fb_8a49_eac2_2837),
            ("exp_m1", |x| exp_m1(x).into(), 0x2aca_03ba_e9f0_a1eb),
            ("tanh", |x| tanh(x).into(), 0x60d5_34ae_a7eb_ea91),
            ("exp of f64", |x| exp(f64::from(x)), 0xb5e3_0957_2dc8_ab54),
            ("ln of f64", |x| ln(f64::from(x)), 0x0dd1_1dff_9da2_1f69),
            ("tanh of f64", |x| tanh(f64::from(x)), 0xc718_9888_198b_56cd),
            ("pow", |x| pow(0.999, x.into()), 0x6a41_9bb2_8197_099a),
        ];
        let found = functions.map(|(name, of, _)| (name, format!("{:#018x}", digest(of))));
        assert_eq!(found, functions.map(|(name, _, expected)| (name, format!("{expected:#018x}"))));
    }
}
