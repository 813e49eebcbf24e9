//! What a model is to predict, and how well it does.

use super::text::shorten;
use crate::error::{Result, bail, error};
use crate::words::words;

words! {
    /// What a model predicts of a graph.
    pub enum Task {
        /// One of several classes.
        Multiclass = "multiclass",
        /// Yes or no: one target of 0 or 1, by one logit.
        Binary = "binary",
        /// Several targets of 0 or 1, by a logit each.
        Multilabel = "multilabel",
        /// One or several numbers.
        Regression = "regression",
        /// The first words of a sequence, each by a logit a word of the vocabulary.
        Sequence = "sequence",
    }
}

impl Task {
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

words! {
    /// A measure of predictions. [`crate::train`] says how each is computed.
    pub enum Metric {
        /// The first of the task's.
        Auto = "auto",
        /// Share of the predictions that are right.
        Accuracy = "accuracy",
        /// Mean of the F1 scores of classes or labels.
        MacroF1 = "macro_f1",
        /// F1 score of all classes or labels together.
        MicroF1 = "micro_f1",
        /// Area under the ROC curve.
        RocAuc = "roc_auc",
        /// Mean precision over the positive graphs, by falling score.
        AveragePrecision = "average_precision",
        /// Root of the mean squared error.
        Rmse = "rmse",
        /// Mean absolute error.
        Mae = "mae",
        /// F1 score of the sets of words, mean over graphs.
        SequenceF1 = "sequence_f1",
    }
}

impl Metric {
    /// The metric of this name.
    pub fn from_name(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|metric| metric.name() == name);
        found.ok_or_else(|| error!(NotFound, "there is no metric \"{}\"", shorten(name)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_found_by_name() {
        for &metric in Metric::ALL {
            assert_eq!(Metric::from_name(metric.name()).unwrap(), metric);
        }
        for &task in Task::ALL {
            assert_eq!(Metric::Auto.of_task(task).unwrap(), task.metrics()[0]);
        }
        assert_eq!(Metric::from_name("auc").unwrap_err().message(), "there is no metric \"auc\"");
    }
}
