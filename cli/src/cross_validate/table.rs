//! The outcome as a table.

use super::plan::Plan;
use crate::failure::Result;
use crate::output;
use crate::runs::outcome::Outcome;
use crate::runs::record::Protocol;

/// Prints the outcome. Of the runs' times only standard error is told, so that the table is the same each time.
pub fn print(plan: &Plan, outcome: &Outcome) -> Result<()> {
    let graphs = plan.dataset.len();
    let (folds, all) = (outcome.folds.len(), plan.all_folds);
    output::line(format_args!(
        "{} on {}, protocol {}: {} runs, {graphs} graphs, {folds} of {all} folds ({})",
        outcome.name,
        outcome.data,
        outcome.protocol.name(),
        outcome.runs,
        plan.source
    ))?;
    for (number, choice) in plan.choices.iter().enumerate().filter(|(_, choice)| !choice.changes.is_empty()) {
        let changes = serde_json::Value::Object(choice.changes.clone());
        output::line(format_args!("configuration {number}: {changes}"))?;
    }
    match outcome.protocol {
        Protocol::Fair => {
            output::line("\nfold  configuration  validation  test  runs")?;
            for fold in &outcome.folds {
                output::line(format_args!(
                    "{:4}  {:13}  {:10.2}  {:4.2}  {:4}",
                    fold.fold,
                    fold.choice,
                    100.0 * fold.validation,
                    100.0 * fold.accuracy(),
                    fold.repeats
                ))?;
            }
        }
        Protocol::Paper => {
            output::line("\nfold  validation")?;
            for fold in &outcome.folds {
                output::line(format_args!("{:4}  {:10.2}", fold.fold, 100.0 * fold.validation))?;
            }
        }
    }
    if let (Some(mean), Some(deviation)) = (outcome.mean, outcome.deviation) {
        output::line(format_args!("\nmean {:.2} %, deviation {:.2} %", 100.0 * mean, 100.0 * deviation))?;
    }
    if let (Some(choice), Some(epoch)) = (outcome.choice, outcome.epoch) {
        output::line(format_args!("at epoch {epoch} of configuration {choice}, chosen by these graphs: optimistic"))?;
    }
    output::note(format_args!("{:.0} s of processor time", outcome.cpu_seconds));
    Ok(())
}
