//! `diffpool convert data`: a data set in another format.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use diffpool::checkpoint::{atomic, dataset_file};
use diffpool::data::ogb::{OgbOptions, OgbWords};
use diffpool::data::splits::{ModelSelection, PublishedFold, Split};
use diffpool::data::{json_lines, ogb, tu};
use diffpool::graph::Dataset;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::input::{self, DataArguments, Expected};
use crate::interrupt;
use crate::output;
use crate::published;

/// Write a data set in another format
///
/// What the other format has no place for is an error, so that reading the result gives the same data set.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    /// File or folder to write. A folder must not be there yet, or be empty
    #[arg(long, short, value_name = "PATH")]
    output: PathBuf,
    /// Format to write; by default what the name of the output says: `*.jsonl`, `*.jsonl.gz` (compressed),
    /// `*.safetensors`, or a folder where it ends in a slash
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Option<To>,
    /// The labels of the Open Graph Benchmark folder are words, of which so many, the most frequent, are told apart and
    /// five are to be predicted
    #[arg(long, value_name = "N")]
    words: Option<usize>,
    /// Published folds, as JSON, of which --fold is the split of the Open Graph Benchmark folder that is written
    #[arg(long, value_name = "FILE", requires = "fold")]
    splits: Option<PathBuf>,
    /// Which fold, from 0
    #[arg(long, value_name = "N", requires = "splits")]
    fold: Option<usize>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

/// Formats that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// Data set file of this library
    File,
    /// One graph a line, each a JSON object
    #[value(name = "jsonl")]
    JsonLines,
    /// Folder in the format of the TUDataset collection
    Tu,
    /// Raw folder of the Open Graph Benchmark
    Ogb,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.output;
    let to = arguments.to.map_or_else(|| guess(path), Ok)?;
    let words = arguments.words.map(|vocabulary| OgbWords { vocabulary, ..OgbWords::default() });
    let ogb = OgbOptions { words, edge_data: true, ..OgbOptions::default() };
    let dataset = arguments.data.load_as(Expected { ogb, ..Expected::default() })?;
    let split = arguments.split()?;
    if split.is_some() && to != To::Ogb {
        return Err(Failure::usage("--splits: only a folder of the Open Graph Benchmark has a place for a split"));
    }
    let what = match to {
        To::File => {
            dataset_file::save(&dataset, path)?;
            "data set file"
        }
        To::JsonLines => {
            save_json_lines(&dataset, path)?;
            "JSON lines"
        }
        To::Tu => {
            // Unlike a file that is not finished, half a folder would be left.
            interrupt::watch();
            tu::save(&dataset, path)?;
            "folder in TU format"
        }
        To::Ogb => {
            interrupt::watch();
            ogb::save(&dataset, path, split.as_ref())?;
            "folder of the Open Graph Benchmark"
        }
    };
    let (name, graphs, nodes, entries) =
        (dataset.name(), dataset.len(), dataset.total_nodes(), dataset.total_entries());
    if arguments.json {
        return output::json(&json!({
            "name": name, "graphs": graphs, "nodes": nodes, "entries": entries, "format": what, "output": path,
        }));
    }
    output::line(format_args!("{}: {what}, {name} with {graphs} graphs of {nodes} nodes in all", path.display()))
}

impl Arguments {
    /// The split to write beside the graphs.
    fn split(&self) -> Result<Option<Split>> {
        let Some(path) = &self.splits else { return Ok(None) };
        self.data.check_counted("--splits")?;
        let (path, fold) = (input::find(path)?, self.fold.unwrap_or_default());
        let PublishedFold { test, model_selection } = published::fold(&path, fold)?;
        let in_context = |e: Failure| e.in_context(format_args!("{}: fold {fold}", path.display()));
        let ModelSelection { train, validation } = published::selection(model_selection).map_err(in_context)?;
        Ok(Some(Split { train, validation, test }))
    }
}

/// The format that the name of the output says.
fn guess(path: &Path) -> Result<To> {
    let name = path.to_string_lossy();
    match () {
        () if name.ends_with('/') || path.is_dir() => Ok(To::Tu),
        () if name.ends_with(".jsonl") || name.ends_with(".jsonl.gz") => Ok(To::JsonLines),
        () if name.ends_with(".safetensors") => Ok(To::File),
        () => Err(Failure::usage(format!(
            "--output {name}: the name does not say which format is wanted; --to file, jsonl, tu or ogb does"
        ))),
    }
}

fn save_json_lines(dataset: &Dataset, path: &Path) -> Result<()> {
    // What is wrong with the data set, rather than with the file.
    let mut refused = None;
    let written = atomic::write(path, |out| {
        json_lines::write_file(dataset, path, out).map_err(|e| {
            let shown = io::Error::other(e.message().to_string());
            refused = Some(e);
            shown
        })
    });
    match refused {
        Some(e) => Err(Failure::from(e).in_context(path.display())),
        None => Ok(written?),
    }
}
