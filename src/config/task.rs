//! What a model is to predict, and how well it does.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::error::{Result, bail, error};

/// What a model predicts of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of several classes.
    Multiclass,
    /// Yes or no: one target of 0 or 1, by one logit.
    Binary,
    /// Several targets of 0 or 1, by a logit each.
    Multilabel,
    /// One or several numbers.
    Regression,
    /// The first words of a sequence, each by a logit a word of the vocabulary.
    Sequence,
}

impl Task {
    /// The name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Multiclass => "multiclass",
            Self::Binary => "binary",
            Self::Multilabel => "multilabel",
            Self::Regression => "regression",
            Self::Sequence => "sequence",
        }
    }

    /// What the task is measured by; the first is what `auto` stands for.
    pub fn metrics(self) -> &'static [Metric] {
        use Metric::{Accuracy, AveragePrecision, MacroF1, Mae, MicroF1, Rmse, RocAuc, SequenceF1};
        match self {
            Self::Multiclass => &[Accuracy, MacroF1, MicroF1, RocAuc, AveragePrecision],
            Self::Binary | Self::Multilabel => &[RocAuc, AveragePrecision, Accuracy, MacroF1, MicroF1],
            Self::Regression => &[Rmse, Mae],
            Self::Sequence => &[SequenceF1, Accuracy],
        }
    }

    /// Whether targets are numbers that the data set holds in columns.
    pub fn has_columns(self) -> bool {
        matches!(self, Self::Binary | Self::Multilabel | Self::Regression)
    }
}

/// A measure of predictions. [`crate::train`] says how each is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The first of the task's.
    Auto,
    /// Share of the predictions that are right.
    Accuracy,
    /// Mean of the F1 scores of classes or labels.
    #[serde(rename = "macro_f1")]
    MacroF1,
    /// F1 score of all classes or labels together.
    #[serde(rename = "micro_f1")]
    MicroF1,
    /// Area under the ROC curve.
    RocAuc,
    /// Mean precision over the positive graphs, by falling score.
    AveragePrecision,
    /// Root of the mean squared error.
    Rmse,
    /// Mean absolute error.
    Mae,
    /// F1 score of the sets of words, mean over graphs.
    #[serde(rename = "sequence_f1")]
    SequenceF1,
}

impl Metric {
    const ALL: [Self; 9] = [
        Self::Auto,
        Self::Accuracy,
        Self::MacroF1,
        Self::MicroF1,
        Self::RocAuc,
        Self::AveragePrecision,
        Self::Rmse,
        Self::Mae,
        Self::SequenceF1,
    ];

    /// The name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro_f1",
            Self::MicroF1 => "micro_f1",
            Self::RocAuc => "roc_auc",
            Self::AveragePrecision => "average_precision",
            Self::Rmse => "rmse",
            Self::Mae => "mae",
            Self::SequenceF1 => "sequence_f1",
        }
    }

    /// The metric of this name.
    pub fn from_name(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|metric| metric.name() == name);
        found.ok_or_else(|| error!(NotFound, "there is no metric \"{}\"", super::shorten(name)))
    }

    /// Whether a larger value is better.
    pub fn rises(self) -> bool {
        !matches!(self, Self::Rmse | Self::Mae)
    }

    /// The metric itself, or the one that `auto` stands for; an error where the task is not measured by it.
    pub fn of_task(self, task: Task) -> Result<Self> {
        let known = task.metrics();
        if self == Self::Auto {
            return Ok(known[0]);
        }
        if !known.contains(&self) {
            let names: Vec<_> = known.iter().map(|metric| format!("\"{}\"", metric.name())).collect();
            bail!(
                InvalidConfig,
                "metric is \"{}\", but the task \"{}\" is measured by {}",
                self.name(),
                task.name(),
                names.join(", ")
            );
        }
        Ok(self)
    }
}

impl Config {
    /// The metric that the history records.
    pub fn recorded_metric(&self) -> Metric {
        self.metric.of_task(self.task).unwrap_or(self.task.metrics()[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration() {
        for metric in Metric::ALL {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
            assert_eq!(Metric::from_name(metric.name()).unwrap(), metric);
        }
        for task in [Task::Multiclass, Task::Binary, Task::Multilabel, Task::Regression, Task::Sequence] {
            assert_eq!(serde_json::to_value(task).unwrap(), task.name());
            assert_eq!(Metric::Auto.of_task(task).unwrap(), task.metrics()[0]);
        }
        assert_eq!(Metric::from_name("auc").unwrap_err().message(), "there is no metric \"auc\"");
    }
}
