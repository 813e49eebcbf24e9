//! The state of a training run: what a checkpoint holds, so that a resumed run goes on bit for bit.

use serde::{Deserialize, Serialize};

use super::model::Model;
use crate::config::LossParts;
use crate::error::{Error, Result};
use crate::layers::norm::RunningStatistics;
use crate::memory::{probe, try_copy};
use crate::ops::diagnostics::ClusterDiagnostics;
use crate::ops::runtime::real::Real;

/// Losses and accuracies of one epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Weighted sum of the parts.
    pub loss: f64,
    /// Loss of the task, mean over the targets of the epoch's graphs.
    pub class_loss: f64,
    /// Losses of the assignment.
    #[serde(flatten)]
    pub pooling: LossParts,
    /// Share of the targets of training graphs that were right while they were trained on; NaN for a regression.
    pub accuracy: f64,
    /// The recorded metric of the training graphs while they were trained on; NaN where it is not defined.
    pub metric: f64,
    /// The validation graphs after the epoch, where there are any.
    pub validation: Option<ValidationRecord>,
    /// The clusters of every pooling level while the graphs were trained on; empty where they are not looked at.
    pub clusters: Vec<ClusterDiagnostics>,
    /// The clusters of every pooling level over the validation graphs after the epoch.
    pub validation_clusters: Vec<ClusterDiagnostics>,
    /// Step size of the epoch.
    pub learning_rate: f64,
    /// Largest gradient norm of the epoch, before clipping.
    pub gradient_norm: f64,
    /// Wall-clock time; the only value that differs between two runs of the same seed.
    pub seconds: f64,
}

impl EpochRecord {
    /// A number by its name; `None` where there is none.
    pub fn number(&self, name: &str) -> Option<f64> {
        let validation = |number: fn(&ValidationRecord) -> f64| self.validation.as_ref().map(number);
        match name {
            "loss" => Some(self.loss),
            "class_loss" => Some(self.class_loss),
            "accuracy" => Some(self.accuracy),
            "metric" => Some(self.metric),
            "validation_loss" => validation(|own| own.loss),
            "validation_accuracy" => validation(|own| own.accuracy),
            "validation_metric" => validation(|own| own.metric),
            "gradient_norm" => Some(self.gradient_norm),
            "learning_rate" => Some(self.learning_rate),
            "seconds" => Some(self.seconds),
            name => self.pooling.named(name),
        }
    }
}

/// The validation graphs after an epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationRecord {
    /// Weighted sum of the losses, without label smoothing.
    pub loss: f64,
    /// Share of the targets that are right; NaN for a regression.
    pub accuracy: f64,
    /// The recorded metric; NaN where it is not defined.
    pub metric: f64,
}

/// The best weights so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Best<T> {
    /// Epoch after which they were the weights.
    pub epoch: usize,
    /// What early stopping watches, at that epoch.
    pub metric: f64,
    /// The parameters.
    pub parameters: Vec<T>,
    /// The running statistics.
    pub running: RunningStatistics<T>,
}

/// Moving averages of the weights and of the running statistics, over the steps of the optimiser.
#[derive(Debug, Clone, PartialEq)]
pub struct Average<T> {
    /// Averages of the parameters.
    pub parameters: Vec<T>,
    /// Averages of the running statistics.
    pub running: RunningStatistics<T>,
}

impl<T: Real> Average<T> {
    /// Averages that begin with these numbers, for which memory may be refused.
    pub fn of(parameters: &[T], running: &RunningStatistics<T>) -> Result<Self> {
        Ok(Self { parameters: try_copy(parameters)?, running: running.try_clone()? })
    }
}

/// Everything that a training run is, between two epochs.
#[derive(Clone)]
pub struct TrainState<T: 'static> {
    /// The model with its present weights, not averaged; its configuration is that of the run.
    pub model: Model<T>,
    /// Epochs finished.
    pub epoch: usize,
    /// Optimiser steps taken.
    pub step: u64,
    /// First moments of the optimiser.
    pub first_moment: Vec<T>,
    /// Second moments of the optimiser.
    pub second_moment: Vec<T>,
    /// Averages of the weights, where the configuration asks for them.
    pub average: Option<Average<T>>,
    /// The best weights so far, where validation graphs decide.
    pub best: Option<Best<T>>,
    /// One record an epoch finished.
    pub history: Vec<EpochRecord>,
    /// Tells the data and split of the run from others.
    pub data_fingerprint: u32,
}

impl<T: Real> TrainState<T> {
    /// A copy, for which memory may be refused.
    pub fn try_clone(&self) -> Result<Self> {
        let average = self.average.as_ref().map(|average| Average::of(&average.parameters, &average.running));
        let best = self.best.as_ref().map(|best| {
            let (parameters, running) = (try_copy(&best.parameters)?, best.running.try_clone()?);
            Ok::<_, Error>(Best { parameters, running, ..*best })
        });
        let of_record = |record: &EpochRecord| {
            let clusters = record.clusters.len() + record.validation_clusters.len();
            size_of::<EpochRecord>() + clusters * size_of::<ClusterDiagnostics>()
        };
        probe(self.history.iter().map(of_record).sum())?;
        Ok(Self {
            model: self.model.try_clone()?,
            epoch: self.epoch,
            step: self.step,
            first_moment: try_copy(&self.first_moment)?,
            second_moment: try_copy(&self.second_moment)?,
            average: average.transpose()?,
            best: best.transpose()?,
            history: self.history.clone(),
            data_fingerprint: self.data_fingerprint,
        })
    }

    /// The epoch whose weights the run gives: the best one where the configuration restores it, else the last.
    pub fn kept_epoch(&self) -> usize {
        let best = self.best.as_ref().filter(|_| self.model.config().restore_best);
        best.map_or(self.epoch, |best| best.epoch)
    }

    /// The validation graphs after the epoch whose weights the run gives, where there are any.
    pub fn kept_validation(&self) -> Option<ValidationRecord> {
        self.kept_record()?.validation
    }

    /// The epoch whose weights the run gives, as the history has it.
    pub fn kept_record(&self) -> Option<&EpochRecord> {
        self.history.get(self.kept_epoch().checked_sub(1)?)
    }

    /// The weights that count outside training: the averages where there are any, else the present ones.
    pub fn weights(&self) -> (&[T], &RunningStatistics<T>) {
        match &self.average {
            Some(average) => (&average.parameters, &average.running),
            None => (self.model.parameters(), self.model.running()),
        }
    }
}
