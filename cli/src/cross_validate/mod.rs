//! `diffpool cross-validate`: judges a model by a published protocol.

mod arguments;
mod folds;
mod grid;
mod plan;
mod progress;
mod table;
mod work;

use std::path::Path;

pub use self::arguments::Arguments;
use self::plan::Plan;
use crate::failure::{Failure, Result};
use crate::interrupt;
use crate::output;
use crate::runs::ledger::Ledger;
use crate::runs::outcome::Outcome;
use crate::runs::record::Record;

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
