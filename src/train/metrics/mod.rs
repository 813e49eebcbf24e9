//! Metrics of predictions, by task. Targets that are missing are left out of all of them.
//!
//! | metric | of a task with classes | of labels side by side | of numbers | of sequences |
//! |---|---|---|---|---|
//! | `accuracy` | share of graphs that are right | share of labels | | share of words, with ends |
//! | `macro_f1` | mean over classes | mean over labels, of being 1 | | |
//! | `micro_f1` | the accuracy | of all labels together | | |
//! | `roc_auc`, `average_precision` | of class 1 of two | mean over labels | | |
//! | `rmse`, `mae` | | | mean over targets | |
//! | `sequence_f1` | | | | mean over graphs |
//!
//! A class, label or target for which a metric is not defined is left out of the mean: a class that occurs neither as
//! truth nor as prediction, a label that is not both 0 and 1 on some graph, a target of which none is present. These
//! are the rules of OGB's evaluator.

mod errors;
mod f1;
mod ranking;
mod sequence_f1;

use self::f1::Counts;
use super::truth::Truth;
use crate::config::{EarlyStopping, LearningRateSchedule, Metric, Task};
use crate::error::{Error, Result, error};
use crate::memory::try_resize;
use crate::model::{Chunk, Decoding, Model, Network, Target};
use crate::ops::runtime::real::Real;

/// What a model said of graphs, one after the other.
#[derive(Debug)]
pub(super) struct Outcomes {
    task: Task,
    targets: usize,
    classes: usize,
    /// `[graphs, targets]`: the predicted class or word. Empty for tasks of numbers or labels.
    predicted: Vec<u32>,
    /// `[graphs, targets]`: the logit of a number or label; the lead of class 1 where there are two classes.
    scores: Vec<f64>,
}

impl Outcomes {
    /// The outcomes of no graph yet.
    pub fn new<T: Real>(model: &Model<T>) -> Self {
        let (task, targets, classes) = (model.config().task, model.targets(), model.classes());
        Self { task, targets, classes, predicted: Vec::new(), scores: Vec::new() }
    }

    /// The same class and the same score for every target of so many graphs.
    fn constant<T: Real>(model: &Model<T>, graphs: usize, class: u32, score: f64) -> Result<Self> {
        let mut outcomes = Self::new(model);
        let values = graphs.checked_mul(outcomes.targets).ok_or_else(Error::out_of_memory)?;
        let class = class.min(outcomes.classes.saturating_sub(1) as u32);
        let (predicted, scores) = (outcomes.has_predicted(), outcomes.has_scores());
        try_resize(&mut outcomes.predicted, if predicted { values } else { 0 }, class)?;
        try_resize(&mut outcomes.scores, if scores { values } else { 0 }, score)?;
        Ok(outcomes)
    }

    /// Makes room for so many graphs.
    pub fn reserve(&mut self, graphs: usize) -> Result<()> {
        let values = graphs.checked_mul(self.targets).ok_or_else(Error::out_of_memory)?;
        let (predicted, scores) = (self.has_predicted(), self.has_scores());
        self.predicted.try_reserve(if predicted { values.saturating_sub(self.predicted.len()) } else { 0 })?;
        self.scores.try_reserve(if scores { values.saturating_sub(self.scores.len()) } else { 0 })?;
        Ok(())
    }

    /// Forgets all graphs.
    pub fn clear(&mut self) {
        self.predicted.clear();
        self.scores.clear();
    }

    fn decoding(&self) -> Decoding {
        Decoding::of(self.task, self.classes)
    }

    /// Whether targets are one of several classes or words.
    fn has_predicted(&self) -> bool {
        matches!(self.decoding(), Decoding::Classes(_))
    }

    fn has_scores(&self) -> bool {
        !self.has_predicted() || (self.task == Task::Multiclass && self.classes == 2)
    }

    /// Takes what the chunks of a batch hold, in their order.
    pub fn add<T: Real>(&mut self, network: &Network<T>, chunks: &[Chunk<T>]) -> Result<()> {
        let decoding = self.decoding();
        for chunk in chunks {
            let logits = chunk.logits(network);
            let logits = logits.as_slice().expect("logits are contiguous");
            let by_target = logits.chunks_exact(decoding.width());
            if self.has_predicted() {
                self.predicted.try_reserve(by_target.len())?;
                self.predicted
                    .extend(by_target.clone().filter_map(|z| decoding.prediction(z)).map(|class| class as u32));
            }
            if self.has_scores() {
                self.scores.try_reserve(by_target.len())?;
                self.scores
                    .extend(by_target.map(|z| if let [no, yes] = z { yes.f64() - no.f64() } else { z[0].f64() }));
            }
        }
        Ok(())
    }

    /// The predicted class, word or label of every target, `[graphs, targets]`; none of numbers.
    pub fn predictions(&self) -> Result<Vec<usize>> {
        let mut out = Vec::new();
        if self.has_predicted() {
            out.try_reserve_exact(self.predicted.len())?;
            out.extend(self.predicted.iter().map(|&class| class as usize));
        } else if self.decoding() == Decoding::Label {
            out.try_reserve_exact(self.scores.len())?;
            out.extend(self.scores.iter().filter_map(|&z| self.decoding().prediction(&[z])));
        }
        Ok(out)
    }
}

/// What was predicted of graphs, beside their true targets.
#[derive(Clone, Copy)]
pub(super) struct PredictedTargets<'a> {
    pub outcomes: &'a Outcomes,
    pub truth: Truth<'a>,
    pub indices: &'a [usize],
}

impl PredictedTargets<'_> {
    /// A metric over all targets; `None` where it is not defined for these graphs.
    pub fn value(self, metric: Metric) -> Result<Option<f64>> {
        let Outcomes { task, targets, .. } = *self.outcomes;
        Ok(match metric {
            Metric::Auto => None,
            Metric::Accuracy => (0..targets).map(|target| self.counts(target)).sum::<Counts>().accuracy(),
            Metric::MicroF1 if task == Task::Multilabel => {
                (0..targets).map(|target| self.counts(target)).sum::<Counts>().f1()
            }
            Metric::MicroF1 => self.counts(0).accuracy(),
            Metric::MacroF1 if task != Task::Multilabel => f1::macro_f1(self.classes(), self.labels(0))?,
            Metric::SequenceF1 => {
                let truth = self.indices.iter().map(|&index| self.truth.dataset.sequence(index));
                sequence_f1::mean(truth.zip(self.outcomes.predicted.chunks_exact(targets)), self.classes() as u32)?
            }
            Metric::MacroF1 | Metric::RocAuc | Metric::AveragePrecision | Metric::Rmse | Metric::Mae => {
                self.mean(metric)?
            }
        })
    }

    /// A metric of every target by itself.
    pub fn by_target(self, metric: Metric) -> Result<Vec<Option<f64>>> {
        let mut out = Vec::new();
        try_resize(&mut out, self.outcomes.targets, None)?;
        for (target, value) in out.iter_mut().enumerate() {
            *value = self.of_target(metric, target)?;
        }
        Ok(out)
    }

    /// Mean over the targets for which the metric is defined.
    fn mean(self, metric: Metric) -> Result<Option<f64>> {
        let (mut sum, mut count) = (0.0, 0_usize);
        for target in 0..self.outcomes.targets {
            if let Some(value) = self.of_target(metric, target)? {
                sum += value;
                count += 1;
            }
        }
        Ok((count > 0).then(|| sum / count as f64))
    }

    fn of_target(self, metric: Metric, target: usize) -> Result<Option<f64>> {
        let labels = self.outcomes.task == Task::Multilabel;
        Ok(match metric {
            Metric::Accuracy => self.counts(target).accuracy(),
            Metric::MacroF1 | Metric::MicroF1 if labels => self.counts(target).f1(),
            Metric::RocAuc => ranking::roc_auc(&mut self.ranks(target)?),
            Metric::AveragePrecision => ranking::average_precision(&mut self.ranks(target)?),
            Metric::Rmse => errors::rmse(self.numbers(target)),
            Metric::Mae => errors::mae(self.numbers(target)),
            Metric::MacroF1 | Metric::MicroF1 => self.value(metric)?,
            Metric::SequenceF1 | Metric::Auto => None,
        })
    }

    /// Rows are true classes, columns predicted ones; empty unless a graph is of one of several classes.
    pub fn confusion(self) -> Result<Vec<u64>> {
        let mut counts = Vec::new();
        if matches!(self.outcomes.task, Task::Multiclass | Task::Binary) {
            let classes = self.classes();
            try_resize(&mut counts, classes.saturating_mul(classes), 0)?;
            self.labels(0).for_each(|(truth, predicted)| counts[truth * classes + predicted] += 1);
        }
        Ok(counts)
    }

    fn classes(self) -> usize {
        self.outcomes.classes
    }

    /// True and predicted class, word or label of a target, of every graph that has one.
    fn labels(self, target: usize) -> impl Iterator<Item = (usize, usize)> {
        let Outcomes { task, targets, predicted, scores, .. } = self.outcomes;
        let decoding = self.outcomes.decoding();
        self.indices.iter().enumerate().filter_map(move |(at, &index)| {
            let place = at * targets + target;
            match self.truth.target(*task, index) {
                Target::Classes(classes) => Some((classes[target] as usize, predicted[place] as usize)),
                Target::Values(values) if values[target].is_nan() => None,
                Target::Values(values) => {
                    Some((usize::from(values[target] > 0.5), decoding.prediction(&[scores[place]])?))
                }
                Target::None => None,
            }
        })
    }

    fn counts(self, target: usize) -> Counts {
        self.labels(target).collect()
    }

    /// Prediction and truth of a number, of every graph that has one.
    fn numbers(self, target: usize) -> impl Iterator<Item = (f64, f64)> + Clone {
        let Outcomes { targets, scores, .. } = self.outcomes;
        self.indices.iter().enumerate().filter_map(move |(at, &index)| {
            let truth = self.truth.dataset.targets(index)[target];
            (!truth.is_nan()).then(|| (scores[at * targets + target], f64::from(truth)))
        })
    }

    /// Score and truth of a label or of class 1, of every graph that has one; none where there are not two classes.
    fn ranks(self, target: usize) -> Result<Vec<(f64, bool)>> {
        let mut out = Vec::new();
        if self.outcomes.has_scores() {
            out.try_reserve_exact(self.indices.len())?;
            if self.outcomes.task == Task::Multiclass {
                let truth = self.indices.iter().map(|&index| self.truth.class(index) == 1);
                out.extend(self.outcomes.scores.iter().copied().zip(truth));
            } else {
                out.extend(self.numbers(target).map(|(score, truth)| (score, truth > 0.5)));
            }
        }
        Ok(out)
    }
}

/// Refuses a run that goes by a metric which the validation graphs do not define, whatever is predicted of them.
pub(super) fn check_watched<T: Real>(model: &Model<T>, truth: Truth<'_>, validation: &[usize]) -> Result<()> {
    let config = model.config();
    let metric = match config.early_stopping {
        EarlyStopping::Loss => return Ok(()),
        EarlyStopping::Accuracy => Metric::Accuracy,
        EarlyStopping::Metric => config.recorded_metric(),
    };
    let plateau = config.learning_rate_schedule == LearningRateSchedule::Plateau;
    if validation.is_empty() || !(config.patience > 0 || plateau) {
        return Ok(());
    }
    for (class, score) in [(0, -1.0), (1, 1.0)] {
        let outcomes = Outcomes::constant(model, validation.len(), class, score)?;
        if (PredictedTargets { outcomes: &outcomes, truth, indices: validation }).value(metric)?.is_some() {
            return Ok(());
        }
    }
    let (rule, metric) = (config.early_stopping.name(), metric.name());
    Err(error!(
        InvalidConfig,
        "early_stopping is \"{rule}\", but the validation graphs do not define the metric \"{metric}\": it needs \
         graphs of both classes, or targets that are there"
    ))
}

/// The metric that a history records, of graphs that are run batch by batch.
pub(super) struct Recorder {
    metric: Metric,
    outcomes: Outcomes,
}

impl Recorder {
    /// A recorder with room for so many graphs.
    pub fn new<T: Real>(model: &Model<T>, graphs: usize) -> Result<Self> {
        let mut recorder = Self { metric: model.config().recorded_metric(), outcomes: Outcomes::new(model) };
        if recorder.metric != Metric::Accuracy {
            recorder.outcomes.reserve(graphs)?;
        }
        Ok(recorder)
    }

    /// Forgets all graphs.
    pub fn clear(&mut self) {
        self.outcomes.clear();
    }

    /// Takes a batch. The accuracy is counted by the network itself.
    pub fn add<T: Real>(&mut self, network: &Network<T>, chunks: &[Chunk<T>]) -> Result<()> {
        if self.metric == Metric::Accuracy {
            return Ok(());
        }
        self.outcomes.add(network, chunks)
    }

    /// The metric of the graphs, which are `indices`; NaN where it is not defined.
    pub fn value(&self, accuracy: f64, truth: Truth<'_>, indices: &[usize]) -> Result<f64> {
        if self.metric == Metric::Accuracy {
            return Ok(accuracy);
        }
        let predicted = PredictedTargets { outcomes: &self.outcomes, truth, indices };
        Ok(predicted.value(self.metric)?.unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests;
