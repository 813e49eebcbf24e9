//! What a person must know of a run and numbers do not say by themselves: data that a model cannot learn from, a metric
//! that validation cannot define, clusters that have collapsed.

use std::fmt;

use crate::config::{Metric, Task};
use crate::error::Result;
use crate::graph::Dataset;
use crate::memory::try_resize;
use crate::model::{EpochRecord, Model};
use crate::ops::runtime::real::Real;
use crate::words::words;

/// Effective clusters below which a level of two clusters has collapsed: more than 98 of 100 nodes are in one.
const COLLAPSED_OF_TWO: f64 = 1.1;
/// Effective clusters below which a level of more clusters has collapsed.
const COLLAPSED: f64 = 2.0;
/// Epochs in a row before clusters count as collapsed, for they may be so for a while at the beginning.
const PATIENCE: usize = 3;
/// Size of features, by their root mean square, from which on layers are hard to train.
const LARGE: f64 = 10.0;
/// Columns and classes that a message names.
const NAMED: usize = 8;

words! {
    /// How much a notice matters.
    pub enum Severity {
        /// Nothing needs to be done.
        Info = "info",
        /// What is trained is probably not what was meant.
        Warning = "warning",
    }
}

/// Something to be told. As text it is a sentence without a full stop.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Columns of `x` that are the same number at every node of the training graphs, and so say nothing.
    ConstantFeatures(Vec<usize>),
    /// Columns of `x` that are large and not standardised.
    LargeFeatures(Vec<usize>),
    /// Classes without any training graph, by name; of labels, the label and the value that it never has.
    MissingClasses(Vec<String>),
    /// The validation graphs do not define the metric, as where all are of one class.
    UndefinedMetric(Metric),
    /// A batch norm saw a single row, as where a batch of one graph is pooled to one cluster.
    SingleRow {
        /// The level of the batch norm, from 0.
        level: usize,
    },
    /// A pooling level uses fewer than two clusters, by how the nodes are spread over them.
    CollapsedClusters {
        /// The level, from 0.
        level: usize,
        /// Clusters that there are.
        clusters: usize,
        /// Effective clusters of the epoch.
        effective: f64,
        /// The epoch.
        epoch: usize,
    },
}

impl Notice {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::ConstantFeatures(_) => Severity::Info,
            Self::LargeFeatures(_)
            | Self::MissingClasses(_)
            | Self::UndefinedMetric(_)
            | Self::SingleRow { .. }
            | Self::CollapsedClusters { .. } => Severity::Warning,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConstantFeatures(columns) => {
                write!(f, "features that are the same at every node of the training graphs: {}", listed(columns))
            }
            Self::LargeFeatures(columns) => write!(
                f,
                "features whose root mean square is above {LARGE}, and which are not standardised: {}; set \
                 standardize_attributes",
                listed(columns)
            ),
            Self::MissingClasses(names) => write!(f, "classes without training graphs: {}", listed(names)),
            Self::UndefinedMetric(metric) => {
                let metric = metric.name();
                write!(f, "the validation graphs do not define the metric \"{metric}\", so nothing can go by it")
            }
            Self::SingleRow { level } => write!(
                f,
                "a batch norm of level {level} saw a single row, which it makes 0 in training: its running statistics \
                 were left alone; larger batches, more clusters or normalization \"layer\" have more to go by"
            ),
            Self::CollapsedClusters { level, clusters, effective, epoch } => write!(
                f,
                "epoch {epoch}: level {level} uses {effective:.2} of its {clusters} clusters, by how nodes are spread"
            ),
        }
    }
}

/// The first of these, and how many more there are.
fn listed(items: &[impl fmt::Display]) -> String {
    let mut text: Vec<String> = items.iter().take(NAMED).map(ToString::to_string).collect();
    if items.len() > NAMED {
        text.push(format!("and {} more", items.len() - NAMED));
    }
    text.join(", ")
}

/// Whether a level uses so few clusters that it is as good as none: fewer than 2 effective ones of three or more,
/// fewer than 1.1 of two.
pub fn is_collapsed(clusters: usize, effective: f64) -> bool {
    match clusters {
        0 | 1 => false,
        2 => effective < COLLAPSED_OF_TWO,
        _ => effective < COLLAPSED,
    }
}

/// What has been told of a run: everything is told once.
#[derive(Debug)]
pub(super) struct Notices {
    metric: Metric,
    /// Clusters of every level, and for how many epochs in a row they have been collapsed.
    levels: Vec<(usize, usize)>,
    told_of_data: bool,
    told_of_metric: bool,
}

impl Notices {
    /// Nothing has been told yet of a run with this model.
    pub fn new<T: Real>(model: &Model<T>) -> Self {
        let config = model.config();
        let levels = config.clusters.iter().map(|&clusters| (clusters as usize, 0)).collect();
        Self { metric: config.recorded_metric(), levels, told_of_data: false, told_of_metric: false }
    }

    /// What there is to tell of the data, at the first call.
    pub fn of_data<T: Real>(&mut self, model: &Model<T>, dataset: &Dataset, train: &[usize]) -> Result<Vec<Notice>> {
        let mut notices = Vec::new();
        if std::mem::replace(&mut self.told_of_data, true) {
            return Ok(notices);
        }
        let (constant, large) = features(model, dataset, train)?;
        let missing = missing_classes(model, dataset, train)?;
        notices.extend((!constant.is_empty()).then_some(Notice::ConstantFeatures(constant)));
        notices.extend((!large.is_empty()).then_some(Notice::LargeFeatures(large)));
        notices.extend((!missing.is_empty()).then_some(Notice::MissingClasses(missing)));
        Ok(notices)
    }

    /// What there is to tell of an epoch.
    pub fn of_epoch(&mut self, record: &EpochRecord) -> Vec<Notice> {
        let mut notices = Vec::new();
        if !self.told_of_metric && record.validation.is_some_and(|validation| validation.metric.is_nan()) {
            self.told_of_metric = true;
            notices.push(Notice::UndefinedMetric(self.metric));
        }
        for (level, ((clusters, epochs), now)) in self.levels.iter_mut().zip(&record.clusters).enumerate() {
            let (effective, epoch) = (now.effective_clusters, record.epoch);
            let collapsed = is_collapsed(*clusters, effective);
            // Once told, it stays told.
            *epochs = if collapsed || *epochs >= PATIENCE { *epochs + 1 } else { 0 };
            if *epochs == PATIENCE {
                notices.push(Notice::CollapsedClusters { level, clusters: *clusters, effective, epoch });
            }
        }
        notices
    }
}

/// The columns of `x`, as far as the model reads it, that are constant, and those that are large and taken as they are.
fn features<T: Real>(model: &Model<T>, dataset: &Dataset, train: &[usize]) -> Result<(Vec<usize>, Vec<usize>)> {
    let width = model.schema().rules().features;
    let mut columns = Vec::new();
    try_resize(&mut columns, width, (f32::INFINITY, f32::NEG_INFINITY, 0.0_f64))?;
    let mut nodes = 0;
    for &index in train.iter().filter(|_| width > 0) {
        nodes += dataset.nodes(index);
        for row in dataset.graph(index).x().chunks_exact(width) {
            for ((least, most, squares), &value) in columns.iter_mut().zip(row) {
                (*least, *most) = (least.min(value), most.max(value));
                *squares += f64::from(value) * f64::from(value);
            }
        }
    }
    let standardised = model.config().standardize_attributes;
    let is_large = |squares: f64| !standardised && squares > LARGE * LARGE * nodes as f64;
    let named = |wanted: &dyn Fn(&(f32, f32, f64)) -> bool| {
        columns.iter().enumerate().filter(|(_, column)| wanted(column)).map(|(at, _)| at).collect()
    };
    Ok((named(&|&(least, most, _)| nodes > 1 && least == most), named(&|&(_, _, squares)| is_large(squares))))
}

/// The classes that no training graph has, and of labels the values that they never have.
fn missing_classes<T: Real>(model: &Model<T>, dataset: &Dataset, train: &[usize]) -> Result<Vec<String>> {
    let task = model.config().task;
    let width = match task {
        Task::Multiclass => model.classes(),
        Task::Binary | Task::Multilabel => 2 * model.targets(),
        Task::Regression | Task::Sequence => return Ok(Vec::new()),
    };
    let mut seen = Vec::new();
    try_resize(&mut seen, width, false)?;
    for &index in train {
        if task == Task::Multiclass {
            seen[dataset.y(index)] = true;
            continue;
        }
        let present = dataset.targets(index).iter().enumerate().filter(|(_, y)| !y.is_nan());
        present.for_each(|(target, &y)| seen[2 * target + usize::from(y > 0.5)] = true);
    }
    let names = model.class_names();
    let name = |at: usize| match task {
        Task::Multilabel => format!("{} of label {}", at % 2, at / 2),
        _ => names[at].clone(),
    };
    Ok((0..width).filter(|&at| !seen[at]).map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClusterDiagnostics;

    fn epoch(epoch: usize, effective: [f64; 2]) -> EpochRecord {
        let clusters = effective
            .map(|effective| ClusterDiagnostics { effective_clusters: effective, ..ClusterDiagnostics::default() });
        EpochRecord {
            epoch,
            loss: 0.0,
            class_loss: 0.0,
            pooling: crate::config::LossParts::ZERO,
            accuracy: 0.0,
            metric: 0.0,
            validation: None,
            clusters: clusters.to_vec(),
            validation_clusters: Vec::new(),
            learning_rate: 0.0,
            gradient_norm: 0.0,
            seconds: 0.0,
        }
    }

    #[test]
    fn clusters_that_stay_collapsed_are_told_once() {
        let mut notices = Notices {
            metric: Metric::Accuracy,
            levels: vec![(5, 0), (2, 0)],
            told_of_data: true,
            told_of_metric: false,
        };
        let effective = [1.0, 1.9, 2.0, 1.9, 1.01, 1.4, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0];
        let told: Vec<Notice> =
            effective.iter().zip(1..).flat_map(|(&value, at)| notices.of_epoch(&epoch(at, [value, 1.2]))).collect();
        assert_eq!(told, [Notice::CollapsedClusters { level: 0, clusters: 5, effective: 1.4, epoch: 6 }]);
        assert_eq!(told[0].to_string(), "epoch 6: level 0 uses 1.40 of its 5 clusters, by how nodes are spread");
        let pairs: Vec<Notice> = (13..20).flat_map(|at| notices.of_epoch(&epoch(at, [4.0, 1.05]))).collect();
        assert_eq!(pairs, [Notice::CollapsedClusters { level: 1, clusters: 2, effective: 1.05, epoch: 15 }]);
    }

    #[test]
    fn long_lists_are_cut_short() {
        let notice = Notice::ConstantFeatures((0..20).collect());
        assert!(notice.to_string().ends_with(": 0, 1, 2, 3, 4, 5, 6, 7, and 12 more"), "{notice}");
    }
}
