//! The arguments of `diffpool cross-validate`.

use std::path::PathBuf;

use clap::Args;

use crate::input::DataArguments;
use crate::runs::record::Protocol;
use crate::settings::ConfigArguments;

/// Judge a model by ten folds, under a published protocol
///
/// Every finished run is one line of the file --output. Started again after it was stopped, the command does the runs
/// that are missing there, and ends with the same table as if it had never been stopped. Several processes may share
/// the work and the file, each with folds of its own.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// How the model is judged
    #[arg(long, value_enum)]
    pub protocol: Protocol,
    /// File of finished runs, one line of JSON each; it is added to
    #[arg(long, short, value_name = "FILE", default_value = "runs.jsonl")]
    pub output: PathBuf,
    /// Published folds, as JSON. By default splits/NAME.json beside the data set or in a folder of DIFFPOOL_DATA; where
    /// there is none, folds are drawn from the seed, with the same share of every class
    #[arg(long, value_name = "FILE")]
    pub splits: Option<PathBuf>,
    /// Configurations to choose from: `small`, which is built in, or a JSON file with an array of objects of keys
    #[arg(long, value_name = "GRID")]
    pub grid: Option<PathBuf>,
    /// Only these folds, counted from 0, such as 0,1,5-9
    #[arg(long, value_name = "LIST")]
    pub folds: Option<String>,
    /// Runs of the chosen configuration on every fold under `fair`, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub repeats: u16,
    /// Runs at the same time, of one thread each; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub jobs: usize,
    /// What the model is called in tables; by default the name of its preset
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}
