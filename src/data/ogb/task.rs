//! What the benchmark asks of a data set: its task and metric.

use std::path::Path;

use super::files::Files;
use super::labels::number;
use super::mapping;
use crate::config::{Metric, Task};
use crate::error::Result;

/// Data sets whose labels are so rare that the benchmark judges them by the average precision: their targets begin so.
const RARE: [&str; 2] = ["PCBA-", "MUV-"];

/// The task that the labels in `folder` are for, and the metric that the benchmark judges it by.
///
/// Words make sequences; several columns of 0 and 1 are labels, one of them two classes; classes with names in
/// `mapping/`, and whole numbers from 0 without gaps, are one of several classes; all else are numbers.
pub fn task(folder: &Path) -> Result<(Task, Metric)> {
    let files = Files { folder };
    let (mut width, mut words, mut labels, mut whole) = (0, false, true, true);
    let mut occurs: Vec<bool> = Vec::new();
    files.required("raw/graph-label.csv.gz")?.each_text(|_, text| {
        let fields = text.split(',');
        width = width.max(fields.clone().count());
        for field in fields {
            let Ok(value) = number(field) else {
                words = true;
                continue;
            };
            labels &= value.is_nan() || value == 0.0 || value == 1.0;
            whole &= value.fract() == 0.0 && (0.0..MOST_CLASSES as f32).contains(&value);
            if whole && occurs.len() <= value as usize {
                occurs.try_reserve(value as usize + 1 - occurs.len())?;
                occurs.resize(value as usize + 1, false);
            }
            if whole {
                occurs[value as usize] = true;
            }
        }
        Ok(())
    })?;
    let classes = whole && width == 1 && occurs.iter().all(|&occurs| occurs);
    Ok(match () {
        () if words => (Task::Sequence, Metric::SequenceF1),
        () if width == 1 && !mapping::class_names(&files)?.is_empty() => (Task::Multiclass, Metric::Accuracy),
        () if labels => {
            let targets = mapping::target_names(&files)?;
            let rare = targets.first().is_some_and(|name| RARE.iter().any(|begin| name.starts_with(begin)));
            let task = if width == 1 { Task::Binary } else { Task::Multilabel };
            (task, if rare { Metric::AveragePrecision } else { Metric::RocAuc })
        }
        () if classes => (Task::Multiclass, Metric::Accuracy),
        () => (Task::Regression, Metric::Rmse),
    })
}

/// Classes that are told apart; more are taken for numbers.
const MOST_CLASSES: usize = 1 << 12;
