//! What a pass over a batch comes to.

use crate::config::LossParts;

/// The losses of a batch, not weighted. The class loss is a mean over targets, the others are over graphs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BatchLoss {
    /// Loss of the task.
    pub class_loss: f64,
    /// Losses of the assignment.
    pub pooling: LossParts,
    /// Those whose weights differ from level to level, as they are in the pass, weighted and together.
    pub by_level: f64,
    /// Targets that the logits have right.
    pub correct: usize,
    /// Targets that could be right: those present, but for a regression, where there is no right.
    pub judged: usize,
    /// Graphs.
    pub graphs: usize,
    /// What the class loss was divided by: weights of classes, or number of targets present.
    pub class_weight: f64,
}
