//! How the graphs are divided: published folds, or folds drawn from the seed.

use std::path::{Path, PathBuf};

use diffpool::data::splits::{self, ModelSelection, PublishedFold, Split};
use diffpool::graph::Dataset;
use diffpool::train::fingerprint;

use crate::failure::{Failure, Result};
use crate::input::{self, DATA_VARIABLE};
use crate::output;
use crate::published;
use crate::runs::record::Protocol;

/// Folds that are drawn.
const FOLDS: usize = 10;
/// Share of the graphs outside the test part that become the validation part of a drawn fold.
const VALIDATION: f64 = 0.1;

/// How the source begins of folds that are in no file.
pub const DRAWN: &str = "drawn from seed";

/// The division of the graphs in one fold.
#[derive(Debug, Clone, PartialEq)]
pub struct Division {
    /// Which fold, from 0.
    pub fold: usize,
    /// Graphs to train on.
    pub train: Vec<usize>,
    /// Graphs to choose by.
    pub validation: Vec<usize>,
    /// Graphs to judge by; none under `paper`.
    pub test: Vec<usize>,
    /// Checksum of the graphs and of their division.
    pub fingerprint: String,
}

/// All folds, and where they come from.
pub fn divide(
    protocol: Protocol,
    dataset: &Dataset,
    data: &Path,
    splits: Option<&Path>,
    seed: u64,
) -> Result<(Vec<Division>, String)> {
    let (published, source) = match find(dataset, data, splits)? {
        Some(path) => (splits::read_published(&path)?, path.display().to_string()),
        None => (draw(dataset, seed)?, format!("{DRAWN} {seed}")),
    };
    let divide = |(fold, published): (usize, PublishedFold)| {
        let in_context = |e: Failure| e.in_context(format_args!("folds {source}: fold {fold}"));
        division(protocol, dataset, fold, published).map_err(in_context)
    };
    let divisions = published.into_iter().enumerate().map(divide).collect::<Result<Vec<_>>>()?;
    if divisions.is_empty() {
        return Err(Failure::data(format!("folds {source}: there are none")));
    }
    Ok((divisions, source))
}

/// The file of published folds, where there is one.
fn find(dataset: &Dataset, data: &Path, splits: Option<&Path>) -> Result<Option<PathBuf>> {
    if let Some(path) = splits {
        return Ok(Some(input::find(path)?));
    }
    let name = Path::new("splits").join(format!("{}.json", dataset.name()));
    let beside = data.parent().map(|folder| folder.join(&name)).filter(|path| path.exists());
    let found = beside.or_else(|| input::find(&name).ok());
    if found.is_none() {
        output::note(format_args!("no {} beside the data or in {DATA_VARIABLE}: folds are drawn", name.display()));
    }
    Ok(found)
}

/// Folds with the same share of every class.
fn draw(dataset: &Dataset, seed: u64) -> Result<Vec<PublishedFold>> {
    let fold = |fold| {
        let Split { train: rest, test, .. } = splits::k_fold(dataset, FOLDS, fold, seed)?;
        let inner = splits::holdout_of(dataset, &rest, VALIDATION, seed)?;
        let selection = ModelSelection { train: inner.train, validation: inner.test };
        Ok(PublishedFold { test, model_selection: vec![selection] })
    };
    (0..FOLDS).map(fold).collect()
}

fn division(protocol: Protocol, dataset: &Dataset, fold: usize, published: PublishedFold) -> Result<Division> {
    let PublishedFold { test, model_selection } = published;
    let ModelSelection { train, validation } = published::selection(model_selection)?;
    let all = [train.as_slice(), &validation].concat();
    // The command line is right; what the file says is not.
    Split::from_indices(dataset, &all, &test).map_err(|e| Failure::data(e.message()))?;
    // Every graph that is not in the fold trains, and the fold is what the epoch is chosen by.
    let (train, validation, test) = match protocol {
        Protocol::Fair => (train, validation, test),
        Protocol::Paper => (all, test, Vec::new()),
    };
    if validation.is_empty() {
        return Err(Failure::data("it has no validation graphs"));
    }
    let rules = dataset.rules();
    let [inner, outer] = [fingerprint(dataset, &train, &validation, rules), fingerprint(dataset, &test, &[], rules)];
    Ok(Division { fold, train, validation, test, fingerprint: format!("{inner:08x}{outer:08x}") })
}
