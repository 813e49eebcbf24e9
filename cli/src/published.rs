//! Published folds of a data set, of which an option names one.

use std::path::Path;

use diffpool::data::splits::{self, ModelSelection, PublishedFold};

use crate::failure::{Failure, Result};

/// The fold of published splits that `--fold` names.
pub fn fold(path: &Path, fold: usize) -> Result<PublishedFold> {
    let folds = splits::read_published(path)?;
    let count = folds.len();
    folds
        .into_iter()
        .nth(fold)
        .ok_or_else(|| Failure::usage(format!("--fold {fold}: {} has {count} folds, counted from 0", path.display())))
}

/// The division of the graphs outside the test part of a fold: those to train on and those to choose by.
pub fn selection(model_selection: Vec<ModelSelection>) -> Result<ModelSelection> {
    let first = model_selection.into_iter().next();
    first.ok_or_else(|| Failure::data("it has no division into training and validation graphs"))
}
