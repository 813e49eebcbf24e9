//! Calibration: whether probabilities mean what they say, and a temperature that makes them.
//!
//! ```text
//! ECE = sum over bins b of (graphs in b / graphs) |accuracy of b - mean confidence of b|
//! ```
//!
//! with 15 bins of equal width of the probability of what is predicted. Temperature scaling divides all logits by one
//! number, fitted to the likelihood of graphs that were not trained on; what is predicted stays. Both are from Guo et
//! al., "On Calibration of Modern Neural Networks", ICML 2017. As the last layer is linear, its weights and biases take
//! the number up, and a calibrated model is a model like any other.

use std::ops::Deref;

use super::predictor::Predictor;
use super::truth::AlignedClasses;
use crate::control::Control;
use crate::error::{Result, bail};
use crate::graph::Dataset;
use crate::model::{Decoding, Model, Outputs, Target};

/// Bins of the probability of what is predicted.
pub const BINS: usize = 15;

/// Temperatures that are looked at, as logarithms.
const RANGE: [f64; 2] = [-4.0, 4.0];

/// Steps of the search, each of which takes off a third of what is left.
const STEPS: usize = 60;

/// The logits of one target, and what is true of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Judged<'a> {
    /// A logit a class, and the class.
    Class(&'a [f32], usize),
    /// The logit of label 1, and whether it is.
    Label(f32, bool),
}

impl Judged<'_> {
    /// The negative logarithm of the likelihood of the truth, with logits times `by`.
    fn loss(self, by: f64) -> f64 {
        match self {
            Self::Class(logits, class) => log_sum_exp(logits, by) - by * f64::from(logits[class]),
            Self::Label(logit, one) => {
                let z = by * f64::from(logit) * if one { -1.0 } else { 1.0 };
                z.max(0.0) + (-z.abs()).exp().ln_1p()
            }
        }
    }

    /// The probability of what is predicted, and whether it is right.
    fn confidence(self) -> (f64, bool) {
        match self {
            Self::Class(logits, class) => {
                let best = (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best });
                ((f64::from(logits[best]) - log_sum_exp(logits, 1.0)).exp(), best == class)
            }
            Self::Label(logit, one) => (1.0 / (1.0 + (-f64::from(logit).abs()).exp()), (logit > 0.0) == one),
        }
    }
}

fn log_sum_exp(logits: &[f32], by: f64) -> f64 {
    let scaled = || logits.iter().map(|&z| by * f64::from(z));
    let largest = scaled().fold(f64::NEG_INFINITY, f64::max);
    largest + scaled().map(|z| (z - largest).exp()).sum::<f64>().ln()
}

/// The targets of a graph that are present, with their logits. Numbers and words are none.
pub(super) fn judged<'a>(outputs: &Outputs, logits: &'a [f32], target: Target<'a>) -> Vec<Judged<'a>> {
    match (outputs.decoding(), target) {
        (Decoding::Classes(_), Target::Classes(&[class])) => vec![Judged::Class(logits, class as usize)],
        (Decoding::Label, Target::Values(values)) => {
            let present = logits.iter().zip(values).filter(|(_, y)| !y.is_nan());
            present.map(|(&logit, &y)| Judged::Label(logit, y > 0.5)).collect()
        }
        _ => Vec::new(),
    }
}

/// Targets whose predictions have about the same probability, see [`Evaluation`](super::Evaluation).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CalibrationBin {
    /// Number of targets.
    pub targets: usize,
    /// Sum of the probabilities of what is predicted.
    pub confidence: f64,
    /// How many predictions are right.
    pub right: usize,
}

/// The bins of equal width of the probability of what is predicted, from 0 to 1; `None` without targets.
pub(super) fn bins(all: &[Judged<'_>]) -> Option<[CalibrationBin; BINS]> {
    let mut bins = [CalibrationBin::default(); BINS];
    for judged in all {
        let (confidence, right) = judged.confidence();
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.targets += 1;
        bin.confidence += confidence;
        bin.right += usize::from(right);
    }
    (!all.is_empty()).then_some(bins)
}

/// The expected calibration error.
pub(super) fn expected_error(bins: &[CalibrationBin]) -> f64 {
    let targets: usize = bins.iter().map(|bin| bin.targets).sum();
    let error: f64 = bins.iter().map(|bin| (bin.right as f64 - bin.confidence).abs()).sum();
    error / targets as f64
}

/// The temperature for which the truth is likeliest. The loss is convex in its inverse, so there is one valley.
fn best_temperature(all: &[Judged<'_>]) -> f64 {
    let loss = |log: f64| all.iter().map(|judged| judged.loss((-log).exp())).sum::<f64>();
    let [mut low, mut high] = RANGE;
    for _ in 0..STEPS {
        let third = (high - low) / 3.0;
        if loss(low + third) <= loss(high - third) { high -= third } else { low += third }
    }
    (0.5 * (low + high)).exp()
}

impl<M: Deref<Target = Model<f32>>> Predictor<M, f32> {
    /// A model with the same predictions whose probabilities fit the graphs `indices`, which should not be among those
    /// trained on, and the temperature that its logits were divided by.
    pub fn calibrate(
        &mut self,
        dataset: &Dataset,
        indices: &[usize],
        control: Option<&Control>,
    ) -> Result<(Model<f32>, f64)> {
        let evaluation = self.evaluate(dataset, indices, control)?;
        let (model, width): (&Model<f32>, _) = (&self.model, self.model.width());
        let truth = AlignedClasses::new(model.outputs(), dataset, indices)?;
        let targets = indices.iter().map(|&index| truth.truth(dataset).target(evaluation.task, index));
        let rows = evaluation.logits.chunks_exact(width).zip(targets);
        let all: Vec<_> = rows.flat_map(|(logits, target)| judged(model.outputs(), logits, target)).collect();
        if all.is_empty() {
            let task = evaluation.task.name();
            bail!(Unsupported, "the task \"{task}\" has no probabilities of classes or labels to be calibrated");
        }
        let temperature = best_temperature(&all);
        let mut calibrated = model.try_clone()?;
        let last = model.config().head_hidden.len();
        for part in ["weight", "bias"] {
            let name = format!("head.{last}.{part}");
            let scaled: Vec<f32> =
                model.tensor(&name)?.1.iter().map(|&v| (f64::from(v) / temperature) as f32).collect();
            calibrated.set_tensor(&name, &scaled)?;
        }
        calibrated.metadata_mut().put("diffpool.calibration_temperature", &temperature.to_string())?;
        Ok((calibrated, temperature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_gap_between_confidence_and_accuracy() {
        // Four labels at a probability of 0.75, of which two are right.
        let logit = 3.0_f32.ln();
        let all: Vec<_> = [true, true, false, false].map(|one| Judged::Label(logit, one)).to_vec();
        let found = bins(&all).unwrap();
        assert!((expected_error(&found) - 0.25).abs() < 1e-6);
        let filled: Vec<_> = found.iter().enumerate().filter(|(_, bin)| bin.targets > 0).collect();
        assert!(matches!(filled[..], [(11, CalibrationBin { targets: 4, right: 2, .. })]), "{filled:?}");
        assert_eq!(bins(&[]), None);
    }

    #[test]
    fn the_temperature_makes_confidence_equal_accuracy() {
        // Three of four are right: the probability should be 0.75, its logit ln 3, whatever the logits are.
        for logit in [0.5_f32, 2.0, 9.0] {
            let labels: Vec<_> = [true, true, true, false].map(|one| Judged::Label(logit, one)).to_vec();
            let expected = f64::from(logit) / 3.0_f64.ln();
            assert!((best_temperature(&labels) / expected - 1.0).abs() < 1e-4, "{logit}");
            let rows = [0.0, logit];
            let classes: Vec<_> = [1, 1, 1, 0].map(|class| Judged::Class(&rows, class)).to_vec();
            assert!((best_temperature(&classes) / expected - 1.0).abs() < 1e-4, "{logit}");
        }
    }
}
