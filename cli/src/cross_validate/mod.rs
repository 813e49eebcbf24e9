//! `diffpool cross-validate`: judges a model by a published protocol.

mod folds;
mod grid;
mod plan;
mod progress;
mod table;
mod work;

use std::path::{Path, PathBuf};

use clap::Args;

use self::plan::Plan;
use crate::failure::{Failure, Result};
use crate::input::DataArguments;
use crate::interrupt;
use crate::output;
use crate::runs::ledger::Ledger;
use crate::runs::outcome::Outcome;
use crate::runs::record::{Protocol, Record};
use crate::settings::ConfigArguments;

/// Judge a model by ten folds, under a published protocol
///
/// Every finished run is one line of the file --output. Started again after it was stopped, the command does the runs
/// that are missing there, and ends with the same table as if it had never been stopped. Several processes may share
/// the work and the file, each with folds of its own.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    config: ConfigArguments,
    /// How the model is judged
    #[arg(long, value_enum)]
    protocol: Protocol,
    /// File of finished runs, one line of JSON each; it is added to
    #[arg(long, short, value_name = "FILE", default_value = "runs.jsonl")]
    output: PathBuf,
    /// Published folds, as JSON. By default splits/NAME.json beside the data set or in a folder of DIFFPOOL_DATA; where
    /// there is none, folds are drawn from the seed, with the same share of every class
    #[arg(long, value_name = "FILE")]
    splits: Option<PathBuf>,
    /// Configurations to choose from: `small`, which is built in, or a JSON file with an array of objects of keys
    #[arg(long, value_name = "GRID")]
    grid: Option<PathBuf>,
    /// Only these folds, counted from 0, such as 0,1,5-9
    #[arg(long, value_name = "LIST")]
    folds: Option<String>,
    /// Runs of the chosen configuration on every fold under `fair`, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeats: u16,
    /// Runs at the same time, of one thread each; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// What the model is called in tables; by default the name of its preset
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let config = arguments.config.config()?;
    if arguments.config.print_config {
        return output::line(config.to_json());
    }
    let plan = Plan::new(arguments, &config)?;
    interrupt::watch();
    let mut ledger = Ledger::open(&arguments.output)?;
    for &stage in plan.stages() {
        let tasks = plan.tasks(stage, &ledger.read()?);
        work::perform(&plan, stage, &tasks, &mut ledger, arguments.jobs)?;
        if interrupt::stopped() {
            return Err(Failure::Interrupted(kept(&arguments.output)));
        }
    }
    let records = ledger.read()?;
    let mine: Vec<&Record> = records.iter().filter(|record| plan.is_mine(record)).collect();
    let Some(outcome) = Outcome::of(&mine) else { return Err(Failure::data("there are no runs")) };
    if arguments.json {
        return output::json(&outcome);
    }
    table::print(&plan, &outcome)
}

fn kept(path: &Path) -> String {
    format!("finished runs are in {}; the same command goes on from there", path.display())
}
