//! The graphs that the page judges the model by, and how far it is off for each of them.

use diffpool::graph::Dataset;
use diffpool::model::{Decoding, Model, Target};
use diffpool::train::Evaluation;

/// An evaluation of a part of the graphs.
pub struct Judged<'a> {
    /// Which part: `test`, `validation` or `training`.
    pub part: &'static str,
    pub model: &'a Model<f32>,
    pub dataset: &'a Dataset,
    /// Numbers of the graphs, in the order of the evaluation.
    pub indices: &'a [usize],
    pub evaluation: &'a Evaluation,
}

impl Judged<'_> {
    /// The targets of the graph at a place of the evaluation.
    pub fn target(&self, at: usize) -> Target<'_> {
        Target::of(self.evaluation.task, self.dataset, self.indices[at])
    }

    /// The logits of the graph at a place; none of sequences.
    pub fn logits(&self, at: usize) -> &[f32] {
        let width = self.model.width();
        self.evaluation.logits.get(at * width..(at + 1) * width).unwrap_or(&[])
    }

    /// The predicted classes, labels or words of the graph at a place; none of numbers.
    pub fn predictions(&self, at: usize) -> &[usize] {
        let targets = self.evaluation.targets;
        self.evaluation.predictions.get(at * targets..(at + 1) * targets).unwrap_or(&[])
    }

    /// How far the predictions of the graph at a place are off: the mean over its targets of the cross-entropy, of the
    /// distance, or of how many words are wrong. `None` without targets.
    pub fn error(&self, at: usize) -> Option<f64> {
        let logits = self.logits(at);
        let errors: Vec<f64> = match (self.model.outputs().decoding(), self.target(at)) {
            (Decoding::Classes(_), Target::Classes(&[class])) if !logits.is_empty() => {
                vec![cross_entropy(logits, class as usize)]
            }
            (Decoding::Classes(_), Target::Classes(words)) => {
                let wrong = |(&found, &word): (&usize, &u32)| f64::from(u8::from(found != word as usize));
                self.predictions(at).iter().zip(words).map(wrong).collect()
            }
            (Decoding::Label, Target::Values(values)) => present(logits, values).map(label_entropy).collect(),
            (Decoding::Number, Target::Values(values)) => present(logits, values).map(|(z, y)| (z - y).abs()).collect(),
            _ => Vec::new(),
        };
        (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64)
    }

    /// What the numbers of [`error`](Self::error) are.
    pub fn error_name(&self) -> &'static str {
        match (self.model.outputs().decoding(), self.evaluation.logits.is_empty()) {
            (Decoding::Number, _) => "mean distance from the target",
            (Decoding::Classes(_), true) => "share of words that are wrong",
            _ => "cross-entropy",
        }
    }
}

/// Logits and targets, without those that are missing.
fn present<'a>(logits: &'a [f32], values: &'a [f32]) -> impl Iterator<Item = (f64, f64)> + 'a {
    logits.iter().zip(values).filter(|(_, y)| !y.is_nan()).map(|(&z, &y)| (f64::from(z), f64::from(y)))
}

fn cross_entropy(logits: &[f32], class: usize) -> f64 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, &z| largest.max(z));
    let sum: f64 = logits.iter().map(|&z| f64::from(z - largest).exp()).sum();
    sum.ln() - f64::from(logits[class] - largest)
}

fn label_entropy((logit, y): (f64, f64)) -> f64 {
    let z = if y > 0.5 { -logit } else { logit };
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_likelihood() {
        assert!((cross_entropy(&[1.0, 1.0, 1.0], 2) - 3.0_f64.ln()).abs() < 1e-12);
        assert!((cross_entropy(&[0.0, 200.0], 0) - 200.0).abs() < 1e-9);
        assert!((label_entropy((0.0, 1.0)) - 2.0_f64.ln()).abs() < 1e-12);
        assert!((label_entropy((-50.0, 1.0)) - 50.0).abs() < 1e-9 && label_entropy((50.0, 1.0)) < 1e-20);
        let all: Vec<_> = present(&[1.0, 2.0], &[f32::NAN, 5.0]).collect();
        assert_eq!(all, [(2.0, 5.0)]);
    }
}
