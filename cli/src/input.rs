//! Data sets named on the command line.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use diffpool::checkpoint::mapped_dataset;
use diffpool::config::{Config, EdgeFeatures, Relations, Task};
use diffpool::data::encoding::utf8;
use diffpool::data::json_lines::{self, JsonLinesOptions, Lines};
use diffpool::data::ogb::{self, OgbOptions, OgbWords};
use diffpool::data::synthetic::{SyntheticKind, generate};
use diffpool::data::tu::{self, TuOptions};
use diffpool::graph::Dataset;
use diffpool::{Error, ErrorKind};

use crate::failure::{Failure, Result};
use crate::output;

/// The variable that lists the folders in which data sets are found by name.
pub const DATA_VARIABLE: &str = "DIFFPOOL_DATA";

/// Numbers of graphs that a note lists.
const SHOWN: usize = 10;

/// A data set.
#[derive(Args, Debug)]
pub struct DataArguments {
    /// Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from
    /// standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    #[command(flatten)]
    pub reading: ReadingArguments,
}

/// How a data set is read.
#[derive(Args, Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadingArguments {
    /// Format of the data set; by default what it looks like
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Edges keep their direction
    #[arg(long)]
    pub directed: bool,
    /// Which data set of a folder in TU format that holds several: what the names of its files begin with
    #[arg(long, value_name = "NAME")]
    data_name: Option<String>,
    /// Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops
    /// makes a model do so with all graphs
    #[arg(long)]
    drop_self_loops: bool,
    /// Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise
    #[arg(long)]
    pub skip_empty: bool,
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
    /// Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out
    Synthetic,
}

impl Format {
    /// The format that something has by its looks.
    fn guess(path: &Path) -> Self {
        if Self::Synthetic.looks_like(path) {
            return Self::Synthetic;
        }
        let all = Self::value_variants().iter().copied();
        all.into_iter().find(|format| format.looks_like(path)).unwrap_or(Self::File)
    }

    /// Whether what is there looks like the format; each thing looks like one.
    fn looks_like(self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_ogb = || path.join("raw/num-node-list.csv.gz").exists();
        // What is neither a file nor a folder is a pipe.
        let named = || {
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            name.ends_with(".jsonl") || name.ends_with(".ndjson")
        };
        let is_text = || named() || !path.is_file() || json_lines::looks_like(path);
        match self {
            Self::Tu => path.is_dir() && !of_ogb(),
            Self::Ogb => path.is_dir() && of_ogb(),
            Self::JsonLines => !path.is_dir() && is_text(),
            Self::File => !path.is_dir() && !is_text(),
            Self::Synthetic => drawn(path).is_some(),
        }
    }

    /// Loads a data set. Edges get a direction by `directed` where the data do not say themselves whether they have.
    fn load(self, path: &Path, reading: &ReadingArguments, directed: bool, expected: Expected) -> Result<Dataset> {
        Ok(match self {
            Self::Tu => load_tu(path, reading, directed)?,
            Self::Ogb => ogb::load(path, &OgbOptions { directed, ..expected.ogb })?,
            Self::JsonLines => {
                let options = JsonLinesOptions { directed, ..expected.json };
                match is_standard(path) {
                    true => json_lines::read(Lines::new(standard_input(), "standard input"), &options)?,
                    false => json_lines::load(path, &options)?,
                }
            }
            Self::File => mapped_dataset::open(path, None)?.0,
            Self::Synthetic => draw(&path.to_string_lossy())?,
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

impl Expected {
    /// What models of a configuration are trained on.
    pub fn of(config: &Config) -> Self {
        let ogb = OgbOptions {
            words: (config.task == Task::Sequence).then(OgbWords::default),
            edge_data: config.relations == Relations::EdgeLabels || config.edge_features != EdgeFeatures::None,
            ..OgbOptions::default()
        };
        Self { ogb, ..Self::default() }
    }
}

impl DataArguments {
    /// A data set that is named in another way.
    pub fn at(path: &Path, reading: &ReadingArguments) -> Self {
        Self { data: path.to_path_buf(), reading: reading.clone() }
    }

    /// Loads the data set.
    pub fn load(&self) -> Result<Arc<Dataset>> {
        self.load_as(Expected::default())
    }

    /// Loads the data set, in the light of what is known.
    pub fn load_as(&self, expected: Expected) -> Result<Arc<Dataset>> {
        let (path, format) = self.locate()?;
        self.reading.check(format)?;
        let directed = self.reading.directed || expected.directed;
        let dataset = format.load(&path, &self.reading, directed, expected)?;
        if self.reading.directed && !dataset.rules().directed {
            return Err(Failure::usage("--directed: the file says itself that its edges are not directed"));
        }
        Ok(Arc::new(dataset))
    }

    /// Where the data set is, and its format.
    pub fn locate(&self) -> Result<(PathBuf, Format)> {
        let is_drawn = drawn(&self.data).is_some() || self.reading.format == Some(Format::Synthetic);
        let is_path = !is_standard(&self.data) && !is_drawn;
        let path = if is_path { find(&self.data)? } else { self.data.clone() };
        let format = self.reading.format.unwrap_or_else(|| Format::guess(&path));
        Ok((path, format))
    }

    /// The folder and the name of the split that comes with a data set of the Open Graph Benchmark, if it has one.
    /// `name` says which.
    pub fn own_split(&self, name: Option<&str>) -> Result<Option<(PathBuf, String)>> {
        let (folder, format) = self.locate()?;
        if name.is_none() && (format != Format::Ogb || !folder.join("split").is_dir()) {
            return Ok(None);
        }
        let name = ogb::split_name(&folder, name).map_err(|e| match e.kind() {
            ErrorKind::InvalidArgument => Failure::from(e).with("--ogb-split says which"),
            _ => e.into(),
        })?;
        Ok(Some((folder, name)))
    }

    /// Refuses lists of graphs in a file, which count those that are left out.
    pub fn check_counted(&self, option: &str) -> Result<()> {
        match self.reading.skip_empty {
            true => Err(Failure::usage(format!("{option}: the file may count graphs that --skip-empty leaves out"))),
            false => Ok(()),
        }
    }
}

impl ReadingArguments {
    /// Refuses options that are not for the format.
    fn check(&self, format: Format) -> Result<()> {
        let only = [
            ("--data-name", self.data_name.is_some(), "hold several data sets"),
            ("--drop-self-loops", self.drop_self_loops, "are read without; --set self_loops=drop is for all graphs"),
            ("--skip-empty", self.skip_empty, "may have graphs without nodes"),
        ];
        match only.into_iter().find(|(_, given, _)| *given && format != Format::Tu) {
            Some((name, _, what)) => Err(Failure::usage(format!("{name}: only folders in TU format {what}"))),
            None => Ok(()),
        }
    }

    /// Refuses options of a data set that is not named.
    pub fn check_unused(&self) -> Result<()> {
        match *self == Self::default() {
            true => Ok(()),
            false => Err(Failure::usage("there is no --data that the options of reading could be for")),
        }
    }
}

/// What follows `synthetic:`, where that is how a data set is named.
fn drawn(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix("synthetic:")
}

/// Draws a data set that is named as KIND[:GRAPHS[:SEED]], with `synthetic:` before it or without.
fn draw(name: &str) -> Result<Dataset> {
    let mut parts = name.strip_prefix("synthetic:").unwrap_or(name).split(':');
    let kind = SyntheticKind::from_name(parts.next().unwrap_or_default())?;
    let mut number = |what: &str, default: u64| match parts.next() {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            Failure::usage(format!("--data {name}: {what} is {text:?}, but must be a whole number from 0"))
        }),
    };
    let (graphs, seed) = (number("the number of graphs", 200)?, number("the seed", 0)?);
    if let Some(more) = parts.next() {
        return Err(Failure::usage(format!("--data {name}: nothing can follow the seed, but {more:?} does")));
    }
    Ok(generate(kind, usize::try_from(graphs).unwrap_or(usize::MAX), seed)?)
}

/// Loads a folder in TU format, and tells which graphs are left out.
fn load_tu(path: &Path, reading: &ReadingArguments, directed: bool) -> Result<Dataset> {
    let ReadingArguments { drop_self_loops, skip_empty, .. } = *reading;
    let options = TuOptions { name: reading.data_name.clone(), directed, drop_self_loops, skip_empty };
    let dataset = tu::load(path, &options).map_err(|e| match e.kind() {
        // The library speaks of its options.
        ErrorKind::InvalidGraph | ErrorKind::InvalidArgument => {
            let message = e.message().replace("option skip_empty", "option --skip-empty");
            Failure::from(Error::new(e.kind(), message.replace("option name", "option --data-name")))
        }
        _ => e.into(),
    })?;
    let empty = if skip_empty { tu::empty_graphs(path, &options)? } else { Vec::new() };
    if !empty.is_empty() {
        let shown: Vec<String> = empty.iter().take(SHOWN).map(usize::to_string).collect();
        let dots = if empty.len() > SHOWN { ", ..." } else { "" };
        output::note(format_args!(
            "{} of {} graphs have no nodes and are left out (numbers {}{dots} of the files, from 0); the others are \
             counted without them",
            empty.len(),
            empty.len() + dataset.len(),
            shown.join(", ")
        ));
    }
    Ok(dataset)
}

/// Standard input as text in UTF-8, whatever its encoding.
pub fn standard_input() -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(1 << 16, utf8(std::io::stdin())))
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

/// The path itself where something is there, else the first thing of that name in the listed folders. A name may have
/// hyphens for underscores, and the other way round: `ogbg-molhiv` is in a folder `ogbg_molhiv`.
pub fn find(path: &Path) -> Result<PathBuf> {
    let spelt = |from: &str, to: &str| {
        let name = path.file_name()?.to_str()?;
        Some(path.with_file_name(name.replace(from, to)))
    };
    let spellings = [Some(path.to_path_buf()), spelt("-", "_"), spelt("_", "-")];
    let spellings: Vec<PathBuf> = spellings.into_iter().flatten().collect();
    if let Some(path) = spellings.iter().find(|path| path.exists()) {
        return Ok(path.clone());
    }
    let listed = std::env::var_os(DATA_VARIABLE).unwrap_or_default();
    let folders = std::env::split_paths(&listed).filter(|folder| !folder.as_os_str().is_empty());
    let mut places = folders.flat_map(|folder| spellings.iter().map(move |path| folder.join(path)));
    places.find(|path| path.exists()).ok_or_else(|| {
        let path = path.display();
        Failure::Error {
            code: 5,
            message: format!("{path}: not found, neither there nor in a folder of {DATA_VARIABLE}"),
        }
    })
}
