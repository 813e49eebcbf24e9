//! Data sets named on the command line.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use diffpool::checkpoint::mapped_dataset;
use diffpool::config::Task;
use diffpool::data::json_lines::{self, JsonLinesOptions, Lines};
use diffpool::data::ogb::{self, OgbOptions};
use diffpool::data::tu::{self, TuOptions};
use diffpool::graph::Dataset;

use crate::failure::{Failure, Result};

/// The variable that lists the folders in which data sets are found by name.
pub const DATA_VARIABLE: &str = "DIFFPOOL_DATA";

/// A data set.
#[derive(Args, Debug)]
pub struct DataArguments {
    /// Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from
    /// standard input
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
    /// One graph a line, each a JSON object
    #[value(name = "jsonl")]
    JsonLines,
    /// Data set file of this library
    File,
}

impl Format {
    /// The format that something has by its looks.
    fn guess(path: &Path) -> Self {
        let all = Self::value_variants().iter().copied();
        all.into_iter().find(|format| format.looks_like(path)).unwrap_or(Self::File)
    }

    /// Whether what is there looks like the format; each thing looks like one.
    fn looks_like(self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_ogb = || path.join("raw/num-node-list.csv.gz").exists();
        // What is neither a file nor a folder is a pipe.
        let is_text =
            || name.ends_with(".jsonl") || name.ends_with(".jsonl.gz") || !path.is_file() || begins_as_json(path);
        match self {
            Self::Tu => path.is_dir() && !of_ogb(),
            Self::Ogb => path.is_dir() && of_ogb(),
            Self::JsonLines => !path.is_dir() && is_text(),
            Self::File => !path.is_dir() && !is_text(),
        }
    }

    /// Loads a data set. Edges get a direction by `directed` where the data do not say themselves whether they have.
    fn load(self, path: &Path, directed: bool, expected: Expected) -> Result<Dataset> {
        Ok(match self {
            Self::Tu => tu::load(path, &TuOptions { directed, ..TuOptions::default() })?,
            Self::Ogb => ogb::load(path, &OgbOptions { directed, ..expected.ogb })?,
            Self::JsonLines => {
                let options = JsonLinesOptions { directed, ..expected.json };
                match is_standard(path) {
                    true => json_lines::read(Lines::new(std::io::stdin().lock(), "standard input"), &options)?,
                    false => json_lines::load(path, &options)?,
                }
            }
            Self::File => mapped_dataset::open(path, None)?.0,
        })
    }
}

/// What is to be known beforehand of a data set: what it does not say itself.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Edges keep their direction.
    pub directed: bool,
    /// How words become numbers, where labels are words.
    pub ogb: OgbOptions,
    /// The classes or words, where those of a model count.
    pub json: JsonLinesOptions,
}

impl DataArguments {
    /// A data set that is named in another way.
    pub fn at(path: &Path, format: Option<Format>, directed: bool) -> Self {
        Self { data: path.to_path_buf(), format, directed }
    }

    /// Loads the data set.
    pub fn load(&self) -> Result<Arc<Dataset>> {
        self.load_as(Expected::default())
    }

    /// Loads the data set, in the light of what is known.
    pub fn load_as(&self, expected: Expected) -> Result<Arc<Dataset>> {
        let (path, format) = self.locate()?;
        let directed = self.directed || expected.directed;
        let dataset = format.load(&path, directed, expected)?;
        if self.directed && !dataset.rules().directed {
            return Err(Failure::usage("--directed: the file says itself that its edges are not directed"));
        }
        Ok(Arc::new(dataset))
    }

    /// Where the data set is, and its format.
    pub fn locate(&self) -> Result<(PathBuf, Format)> {
        let path = if is_standard(&self.data) { self.data.clone() } else { find(&self.data)? };
        let format = self.format.unwrap_or_else(|| Format::guess(&path));
        Ok((path, format))
    }

    /// Whether edges are to keep their direction.
    pub fn directed(&self) -> bool {
        self.directed
    }
}

/// Whether two paths are of the same file, be it there or not.
pub fn same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        path.canonicalize().unwrap_or_else(|_| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
            folder.join(path.file_name().unwrap_or_default())
        })
    };
    real(one) == real(other)
}

/// Whether standard input or standard output is meant.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
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

/// Whether a file begins with an object of JSON. One of this library begins with a number of eight bytes, of which the
/// last are 0.
fn begins_as_json(path: &Path) -> bool {
    let mut first = [0; 8];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first.trim_ascii_start().starts_with(b"{") && !first.contains(&0)
}
