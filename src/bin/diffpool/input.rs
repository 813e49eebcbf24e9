//! Data sets named on the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use diffpool::data::ogb::{self, OgbOptions};
use diffpool::data::tu::{self, TuOptions};
use diffpool::ffi::dataset_file::open_mapped;
use diffpool::graph::Dataset;
use diffpool::model::config::Task;

use crate::failure::{Failure, Result};

/// The variable that lists the folders in which data sets are found by name.
pub const DATA_VARIABLE: &str = "DIFFPOOL_DATA";

/// A data set.
#[derive(Args, Debug)]
pub struct DataArguments {
    /// Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    /// Format of the data set; by default what it looks like
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Edges keep their direction
    #[arg(long)]
    directed: bool,
}

/// Formats of data sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Folder in the format of the TUDataset collection
    Tu,
    /// Raw folder of the Open Graph Benchmark
    Ogb,
    /// Data set file of this library
    File,
}

impl DataArguments {
    /// A data set of whatever format it looks like.
    pub fn of(data: PathBuf, directed: bool) -> Self {
        Self { data, format: None, directed }
    }

    /// Loads the data set.
    pub fn load(&self) -> Result<Arc<Dataset>> {
        let path = find(&self.data)?;
        let format = match self.format {
            Some(format) => format,
            None => guess(&path)?,
        };
        let dataset = match format {
            Format::Tu => tu::load(&path, &TuOptions { directed: self.directed, ..TuOptions::default() })?,
            Format::Ogb => ogb::load(&path, &OgbOptions { directed: self.directed, ..OgbOptions::default() })?,
            Format::File if self.directed => {
                return Err(Failure::usage("--directed: a data set file says itself whether its edges are directed"));
            }
            Format::File => open_mapped(&path)?,
        };
        Ok(Arc::new(dataset))
    }
}

/// The data set with targets, where a task needs some and the graphs have attributes that can be them.
pub fn with_targets(mut dataset: Arc<Dataset>, task: Task) -> Result<Arc<Dataset>> {
    let missing = task.has_columns() && dataset.target_width() == 0 && !dataset.is_empty();
    if missing && !dataset.graph_attributes(0).is_empty() {
        Arc::make_mut(&mut dataset).use_graph_attributes_as_targets()?;
    }
    Ok(dataset)
}

/// The path itself where something is there, else the first thing of that name in the listed folders.
pub fn find(path: &Path) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path.to_path_buf());
    }
    let listed = std::env::var_os(DATA_VARIABLE).unwrap_or_default();
    let folders = std::env::split_paths(&listed).filter(|folder| !folder.as_os_str().is_empty());
    let found = folders.map(|folder| folder.join(path)).find(|path| path.exists());
    found.ok_or_else(|| {
        let path = path.display();
        Failure::Error {
            code: 5,
            message: format!("{path}: not found, neither there nor in a folder of {DATA_VARIABLE}"),
        }
    })
}

/// The format that something has by its looks.
fn guess(path: &Path) -> Result<Format> {
    if path.is_file() {
        return Ok(Format::File);
    }
    Ok(if path.join("raw/num-node-list.csv.gz").exists() { Format::Ogb } else { Format::Tu })
}
