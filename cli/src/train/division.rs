//! Which graphs are trained on, watched and judged by.

use std::path::{Path, PathBuf};

use clap::Args;
use diffpool::data::encoding::read_text;
use diffpool::data::ogb;
use diffpool::data::splits::{self, ModelSelection, PublishedFold, Split};
use diffpool::graph::Dataset;

use crate::failure::{Failure, Result};
use crate::input::{self, DataArguments};
use crate::published;

/// Share of the graphs to validate on where nothing else is said.
const VALIDATION: f64 = 0.1;

/// How the graphs are to be divided.
#[derive(Args, Debug)]
pub struct DivisionArguments {
    /// Share of the graphs that are held out to validate on, of every class the same; 0 is none. A tenth, where nothing
    /// else divides the graphs
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    validation: Option<f64>,
    /// Share of the graphs that are held out to test on at the end, of every class the same
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    test: Option<f64>,
    /// Published folds, as JSON, of which --fold is one
    #[arg(long, value_name = "FILE", requires = "fold", conflicts_with_all = ["validation", "test", "train_graphs"])]
    splits: Option<PathBuf>,
    /// Which fold, from 0
    #[arg(long, value_name = "N", requires = "splits")]
    fold: Option<usize>,
    /// File with the numbers, from 0, of the graphs to train on
    #[arg(long, value_name = "FILE", conflicts_with_all = ["validation", "test"])]
    train_graphs: Option<PathBuf>,
    /// The same of the graphs to validate on
    #[arg(long, value_name = "FILE", requires = "train_graphs")]
    validation_graphs: Option<PathBuf>,
    /// The same of the graphs to test on
    #[arg(long, value_name = "FILE", requires = "train_graphs")]
    test_graphs: Option<PathBuf>,
    /// Which split of a folder of the Open Graph Benchmark, such as scaffold. The only one there is taken where no
    /// other option divides the graphs
    #[arg(long, value_name = "NAME", conflicts_with_all = ["validation", "test", "splits", "train_graphs"])]
    ogb_split: Option<String>,
}

/// A division of the graphs.
pub struct Division {
    /// Graphs to train on.
    pub train: Vec<usize>,
    /// Graphs to choose the epoch by.
    pub validation: Vec<usize>,
    /// Graphs to judge the result by.
    pub test: Vec<usize>,
    /// How it was made, in words.
    pub made: String,
}

impl DivisionArguments {
    /// Divides the graphs of a data set, which was found by `data`.
    pub fn divide(&self, dataset: &Dataset, data: &DataArguments, seed: u64) -> Result<Division> {
        let lists = [("--splits", self.splits.is_some()), ("--train-graphs", self.train_graphs.is_some())];
        if let Some((name, _)) = lists.into_iter().find(|(_, given)| *given) {
            data.check_counted(name)?;
        }
        let division = match (&self.splits, &self.train_graphs, &self.ogb_split) {
            (Some(path), ..) => published_fold(&input::find(path)?, self.fold.unwrap_or_default())?,
            (_, Some(path), _) => self.listed(path)?,
            (.., name) => match self.own_split(data, name.as_deref())? {
                Some((folder, name)) => {
                    let Split { train, validation, test } = ogb::load_split(&folder, Some(&name), dataset.len())?;
                    Division { train, validation, test, made: format!("split \"{name}\" of the data set") }
                }
                None => self.hold_out(dataset, seed)?,
            },
        };
        check(dataset, &division)?;
        Ok(division)
    }

    fn listed(&self, train: &Path) -> Result<Division> {
        let read = |path: &Option<PathBuf>| path.as_deref().map_or_else(|| Ok(Vec::new()), numbers);
        let (validation, test) = (read(&self.validation_graphs)?, read(&self.test_graphs)?);
        Ok(Division { train: numbers(train)?, validation, test, made: "listed in files".to_string() })
    }

    /// The folder and the name of the split that comes with the data set, unless something else is asked for.
    fn own_split(&self, data: &DataArguments, name: Option<&str>) -> Result<Option<(PathBuf, String)>> {
        match name {
            None if self.validation.is_some() || self.test.is_some() => Ok(None),
            _ => data.own_split(name),
        }
    }

    fn hold_out(&self, dataset: &Dataset, seed: u64) -> Result<Division> {
        let shares = [("--test", self.test.unwrap_or(0.0)), ("--validation", self.validation.unwrap_or(VALIDATION))];
        for (name, share) in shares {
            if !(0.0..1.0).contains(&share) {
                return Err(Failure::usage(format!("{name} {share}: the share must be from 0 to below 1")));
            }
        }
        let mut parts = [Vec::new(), Vec::new()];
        let mut rest: Vec<usize> = (0..dataset.len()).collect();
        let mut left = 1.0;
        for ((name, share), part) in shares.into_iter().zip(&mut parts) {
            if share == 0.0 {
                continue;
            }
            let (all, wanted) = (dataset.len(), (share / left * rest.len() as f64).round() as usize);
            if wanted == 0 || wanted >= rest.len() {
                let what = if wanted == 0 { "that is none" } else { "none are left to train on" };
                return Err(Failure::usage(format!("{name} {share}: of {all} graphs, {what}")));
            }
            let split = splits::holdout_of(dataset, &rest, share / left, seed)?;
            (*part, rest) = (split.test, split.train);
            left -= share;
        }
        let [test, validation] = parts;
        let made = match validation.is_empty() && test.is_empty() {
            true => "nothing is held out".to_string(),
            false => format!("held out by chance from seed {seed}, of every class the same share"),
        };
        Ok(Division { train: rest, validation, test, made })
    }
}

/// One of the published folds in a file.
fn published_fold(path: &Path, fold: usize) -> Result<Division> {
    let PublishedFold { test, model_selection } = published::fold(path, fold)?;
    let place = path.display();
    let in_context = |e: Failure| e.in_context(format_args!("{place}: fold {fold}"));
    let ModelSelection { train, validation } = published::selection(model_selection).map_err(in_context)?;
    Ok(Division { train, validation, test, made: format!("fold {fold} of {place}") })
}

/// The numbers in a file, apart by blanks or lines.
fn numbers(path: &Path) -> Result<Vec<usize>> {
    let text = read_text(path)?;
    let mut all = Vec::new();
    for (line, words) in (1..).zip(text.lines()) {
        for word in words.split_ascii_whitespace() {
            let wrong = |_| Failure::data(format!("{}, line {line}: {word:?} is no number of a graph", path.display()));
            all.push(word.parse().map_err(wrong)?);
        }
    }
    if all.is_empty() {
        return Err(Failure::data(format!("{}: there are no numbers of graphs", path.display())));
    }
    Ok(all)
}

/// Checks that the parts are of the data set and have no graph in common.
fn check(dataset: &Dataset, division: &Division) -> Result<()> {
    let mut seen = vec![""; dataset.len()];
    let parts = [("train", &division.train), ("validation", &division.validation), ("test", &division.test)];
    for (name, graphs) in parts {
        for &graph in graphs {
            match seen.get_mut(graph) {
                Some(other) if other.is_empty() => *other = name,
                Some(other) if *other == name => {
                    return Err(Failure::usage(format!("graph {graph} is in the {name} part twice")));
                }
                Some(other) => {
                    return Err(Failure::usage(format!("graph {graph} is in the {other} part and in the {name} part")));
                }
                None => {
                    let count = dataset.len();
                    let what = format!("the {name} part has graph {graph}, but there are {count} graphs");
                    return Err(Failure::usage(what));
                }
            }
        }
    }
    Ok(())
}
