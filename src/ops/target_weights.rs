//! How much single targets count in a loss: weights of classes, and weights of the rows that targets are of.

use super::runtime::real::Real;

/// Weights of targets. Where there are none, everything weighs 1.
#[derive(Debug, Clone, Copy)]
pub struct TargetWeights<'a, T> {
    /// Of classes: one a class. Of labels: those of 0 and of 1, for all labels alike or for each label in turn.
    pub classes: &'a [T],
    /// Of every target by itself, such as that of the graph which it is of.
    pub rows: &'a [f32],
}

impl<T: Real> TargetWeights<'_, T> {
    /// No weights.
    pub const NONE: Self = Self { classes: &[], rows: &[] };

    /// The weight of a class.
    pub fn of_class(&self, class: u32) -> T {
        self.classes.get(class as usize).copied().unwrap_or(T::one())
    }

    /// The weights of 0 and of 1 for target `at`, counted over all graphs.
    pub fn of_label(&self, at: usize) -> [T; 2] {
        match self.classes.len() {
            0 => [T::one(); 2],
            weights => [self.classes[2 * at % weights], self.classes[(2 * at + 1) % weights]],
        }
    }

    /// The weight of target `at` by itself.
    pub fn of_row(&self, at: usize) -> f64 {
        self.rows.get(at).map_or(1.0, |&weight| f64::from(weight))
    }
}
