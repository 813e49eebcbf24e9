//! What the logits of a model stand for.

use crate::config::{Config, Metric, Task};
use crate::error::{Result, bail};
use crate::graph::{Dataset, MAX_CLASSES, MAX_TARGETS, MIN_VOCABULARY};
use crate::ops::runtime::real::Real;

/// How many targets a graph has, and which classes a target is one of.
///
/// | task | targets | classes | logits |
/// |---|---|---|---|
/// | `multiclass` | 1 | those of the data set | one a class |
/// | `binary` | 1 | `0` and `1` | one: of class 1 against class 0 |
/// | `multilabel` | columns of targets | none | one a target |
/// | `regression` | columns of targets | none | one a target: the number itself |
/// | `sequence` | words to predict | the vocabulary | one a word of the vocabulary, for every target in turn |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    /// Number of targets of a graph.
    pub targets: usize,
    /// Names of the classes of a target.
    pub class_names: Vec<String>,
}

impl Outputs {
    /// Those of a model for a data set.
    pub fn of(task: Task, dataset: &Dataset) -> Result<Self> {
        let missing = |what: &str| {
            bail!(InvalidConfig, "task is \"{}\", but the data set has no {what}", task.name());
        };
        let columns = dataset.target_width();
        if task.has_columns() && columns == 0 {
            return missing("targets");
        }
        Ok(match task {
            Task::Multiclass => Self { targets: 1, class_names: dataset.class_names() },
            Task::Binary => Self { targets: columns, class_names: vec!["0".to_string(), "1".to_string()] },
            Task::Multilabel | Task::Regression => Self { targets: columns, class_names: Vec::new() },
            Task::Sequence if dataset.sequence_length() == 0 => return missing("sequences"),
            Task::Sequence => Self { targets: dataset.sequence_length(), class_names: dataset.class_names() },
        })
    }

    /// Checks that a configuration can lead to them.
    pub fn check(&self, config: &Config) -> Result<()> {
        let (targets, classes, name) = (self.targets, self.class_names.len(), config.task.name());
        let fits = match config.task {
            Task::Multiclass => {
                if classes < 2 {
                    bail!(InvalidConfig, "a classifier needs at least 2 classes, but there are {classes}");
                }
                targets == 1
            }
            Task::Binary => {
                if targets != 1 {
                    bail!(InvalidConfig, "task is \"binary\", which has 1 target, but there are {targets}");
                }
                classes == 2
            }
            Task::Multilabel | Task::Regression => (1..=MAX_TARGETS).contains(&targets) && classes == 0,
            Task::Sequence => (1..=MAX_TARGETS).contains(&targets) && (MIN_VOCABULARY..=MAX_CLASSES).contains(&classes),
        };
        if !fits {
            bail!(InvalidConfig, "task is \"{name}\", which cannot have {targets} targets and {classes} classes");
        }
        let metric = config.recorded_metric();
        let of_two = matches!(metric, Metric::RocAuc | Metric::AveragePrecision);
        if of_two && config.task == Task::Multiclass && classes != 2 {
            let metric = metric.name();
            bail!(InvalidConfig, "metric is \"{metric}\", which is of two classes, but there are {classes}");
        }
        if !config.class_weights.is_empty() && config.class_weights.len() != classes {
            let weights = config.class_weights.len();
            bail!(InvalidConfig, "class_weights has {weights} values, but there are {classes} classes");
        }
        Ok(())
    }

    /// Number of logits of a graph.
    pub fn width(&self, task: Task) -> usize {
        match task {
            Task::Multiclass => self.class_names.len(),
            Task::Binary | Task::Multilabel | Task::Regression => self.targets,
            Task::Sequence => self.targets.saturating_mul(self.class_names.len()),
        }
    }
}

/// Index of the largest value, the first of equal ones.
pub(super) fn largest<'a, T: Real>(values: impl Iterator<Item = &'a T>) -> usize {
    let mut best = (0, T::neg_infinity());
    for (i, &value) in values.enumerate() {
        if value > best.1 {
            best = (i, value);
        }
    }
    best.0
}
