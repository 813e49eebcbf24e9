//! A model, and data sets as it needs them: with its classes, its words and its directions of edges.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use diffpool::checkpoint::model_file;
use diffpool::data::json_lines::JsonLinesWords;
use diffpool::data::ogb::{self, OgbOptions, OgbWords};
use diffpool::data::splits::{PublishedFold, Split};
use diffpool::graph::Dataset;
use diffpool::model::Model;

use crate::failure::{Failure, Result};
use crate::input::{self, DataArguments, Expected};
use crate::number_list;
use crate::output;
use crate::published;
use crate::settings::{MOST_THREADS, threads};

/// A model, and graphs to run it on.
#[derive(Args, Debug)]
pub struct ModelArguments {
    /// File of the model
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub graphs: GraphArguments,
    /// Threads; 0 is one a core. The numbers do not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=MOST_THREADS))]
    threads: u16,
}

impl ModelArguments {
    /// Number of threads to run the model with.
    pub fn threads(&self) -> usize {
        threads(self.threads)
    }
}

/// Loads a model.
pub fn load_model(path: &Path) -> Result<Arc<Model<f32>>> {
    Ok(Arc::new(model_file::load(path)?))
}

/// Loads a data set to predict or, with `judged`, to compare with what is known of it: its classes are then those of
/// the model, by name.
pub fn load_data(data: &DataArguments, model: &Model<f32>, judged: bool) -> Result<Arc<Dataset>> {
    let (classes, vocabulary) = (model.outputs().graph_classes(), model.outputs().vocabulary());
    let rules = model.schema().rules();
    let mut expected = Expected { directed: rules.directed, ..Expected::default() };
    expected.ogb.edge_data = rules.edge_labels || rules.edge_attributes > 0;
    if let Some(vocabulary) = vocabulary {
        let length = model.targets();
        let words = OgbWords { vocabulary: vocabulary.len().saturating_sub(2), length };
        expected.ogb = OgbOptions { words: Some(words), ..expected.ogb };
        expected.json.words = judged.then(|| JsonLinesWords { vocabulary: vocabulary.to_vec(), length });
    }
    if !judged {
        return data.load_as(expected);
    }
    expected.json.class_names = classes.map(<[String]>::to_vec);
    let mut dataset = data.load_as(expected)?;
    if let Some(classes) = classes.filter(|classes| dataset.class_names() != **classes) {
        Arc::make_mut(&mut dataset).use_class_names(classes)?;
    }
    if vocabulary.is_some_and(|words| dataset.sequence_length() > 0 && dataset.class_names() != words) {
        return Err(Failure::data("the vocabulary of the data set is not the model's"));
    }
    input::with_targets(dataset, model.config().task)
}

/// Which graphs of a data set; all of them without any.
#[derive(Args, Debug)]
pub struct GraphArguments {
    /// Only these graphs, counted from 0, such as 0,1,5-9
    #[arg(long, value_name = "LIST")]
    graphs: Option<String>,
    /// Published folds, as JSON, of which --fold is one: only the graphs of --part
    #[arg(long, value_name = "FILE", requires = "fold", conflicts_with = "graphs")]
    splits: Option<PathBuf>,
    /// Which fold, from 0
    #[arg(long, value_name = "N", requires = "splits")]
    fold: Option<usize>,
    /// Which part of the fold, or of the split that comes with a folder of the Open Graph Benchmark: by default those
    /// to judge by
    #[arg(long, value_enum, conflicts_with = "graphs")]
    part: Option<FoldPart>,
    /// Which split of a folder of the Open Graph Benchmark; by default the only one there
    #[arg(long, value_name = "NAME", conflicts_with_all = ["graphs", "splits"])]
    ogb_split: Option<String>,
}

/// FoldParts of a fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FoldPart {
    /// Graphs to train on
    Train,
    /// Graphs to choose by
    Validation,
    /// Graphs to judge by
    Test,
    /// All graphs
    All,
}

impl GraphArguments {
    /// Whether all graphs are meant.
    pub fn is_all(&self) -> bool {
        self.graphs.is_none() && self.splits.is_none() && self.part.is_none() && self.ogb_split.is_none()
    }

    /// The numbers of the graphs of a data set, which was found by `data`.
    pub fn indices(&self, dataset: &Dataset, data: &DataArguments) -> Result<Vec<usize>> {
        if self.splits.is_some() {
            data.check_counted("--splits")?;
        }
        let count = dataset.len();
        let indices = match (&self.graphs, &self.splits) {
            (Some(list), _) => number_list::parse("--graphs", list, "graph", count)?,
            (_, Some(path)) => self.of_published(count, &input::find(path)?)?,
            _ => self.of_own_split(count, data)?,
        };
        dataset.check_indices(&indices)?;
        Ok(indices)
    }

    /// The graphs of a published fold.
    fn of_published(&self, count: usize, path: &Path) -> Result<Vec<usize>> {
        let fold = self.fold.unwrap_or_default();
        let PublishedFold { test, model_selection } = published::fold(path, fold)?;
        let selection = || {
            let in_context = |e: Failure| e.in_context(format_args!("{}: fold {fold}", path.display()));
            published::selection(model_selection).map_err(in_context)
        };
        Ok(match self.part.unwrap_or(FoldPart::Test) {
            FoldPart::Train => selection()?.train,
            FoldPart::Validation => selection()?.validation,
            FoldPart::Test => test,
            FoldPart::All => (0..count).collect(),
        })
    }

    /// The graphs of the split that comes with the data set; all of them where none does.
    fn of_own_split(&self, count: usize, data: &DataArguments) -> Result<Vec<usize>> {
        let (part, all) = (self.part.unwrap_or(FoldPart::Test), (0..count).collect());
        if part == FoldPart::All {
            return Ok(all);
        }
        let Some((folder, name)) = data.own_split(self.ogb_split.as_deref())? else {
            return match self.part {
                Some(_) => Err(Failure::usage("--part: the data set has no split of its own; --splits names a file")),
                None => Ok(all),
            };
        };
        let Split { train, validation, test } = ogb::load_split(&folder, Some(&name), count)?;
        let (word, graphs) = match part {
            FoldPart::Train => ("train", train),
            FoldPart::Validation => ("validation", validation),
            FoldPart::Test | FoldPart::All => ("test", test),
        };
        let chosen = graphs.len();
        output::note(format_args!("{chosen} graphs: the {word} part of split \"{name}\" (--part all is all {count})"));
        Ok(graphs)
    }
}
