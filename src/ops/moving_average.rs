//! Exponential moving average of numbers that change.
//!
//! ```text
//! average <- average + (1 - decay) (value - average)
//! ```
//!
//! The form is that of PyTorch's `lerp`, with which its `get_ema_multi_avg_fn` works.

use super::runtime::executor::Executor;
use super::runtime::kernel::wide;
use super::runtime::real::Real;

/// Values worked on at a time by one thread.
const BLOCK: usize = 16 * 1024;

/// Moves an average towards values; both have the same length.
pub fn update<T: Real>(decay: f64, values: &[T], average: &mut [T], executor: &Executor) {
    let by = T::of(1.0 - decay);
    executor.for_each_block(average, BLOCK, |begin, block| {
        let values = &values[begin..begin + block.len()];
        wide(|| block.iter_mut().zip(values).for_each(|(a, &v)| *a += by * (v - *a)));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::random_values;

    #[test]
    fn an_average_is_a_weighted_sum() {
        let steps: Vec<Vec<f64>> = (0..5).map(|step| random_values(3, step)).collect();
        let mut average = steps[0].clone();
        steps[1..].iter().for_each(|values| update(0.8, values, &mut average, &Executor::new(1).unwrap()));
        for (i, found) in average.iter().enumerate() {
            let weight = |step: usize| if step == 0 { 0.8_f64.powi(4) } else { 0.2 * 0.8_f64.powi(4 - step as i32) };
            let expected: f64 = (0..5).map(|step| weight(step) * steps[step][i]).sum();
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let start: Vec<f32> = random_values(40_000, 1).into_iter().map(|v| v as f32).collect();
        let values: Vec<f32> = random_values(40_000, 2).into_iter().map(|v| v as f32).collect();
        let run = |threads| {
            let mut average = start.clone();
            update(0.99, &values, &mut average, &Executor::new(threads).unwrap());
            average.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert!(run(1) == run(3));
    }
}
