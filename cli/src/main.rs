//! The program `diffpool`: the library from the command line.

mod bench;
mod convert;
mod cross_validate;
mod evaluate;
mod explain;
mod failure;
mod for_model;
mod ignored;
mod input;
mod inspect;
mod interrupt;
mod number_list;
mod output;
#[cfg(test)]
mod pages;
mod predict;
mod published;
mod report;
mod runs;
mod scale;
mod settings;
mod table;
mod text;
mod train;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use failure::{EXIT_CODES, Failure, Result, one_line};

/// Trains, judges and runs DiffPool graph classifiers.
#[derive(Parser)]
#[command(name = "diffpool", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Arguments),
    Convert(convert::Arguments),
    CrossValidate(cross_validate::Arguments),
    Evaluate(evaluate::Arguments),
    Explain(explain::Arguments),
    Inspect(inspect::Arguments),
    Predict(predict::Arguments),
    Report(report::Arguments),
    Train(train::Arguments),
}

/// The arguments. Help is printed here and ends the program.
fn arguments() -> Result<Arguments> {
    Arguments::try_parse().map_err(|e| match e.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            e.exit()
        }
        _ => Failure::parsing(&e),
    })
}

fn main() -> ExitCode {
    interrupt::listen();
    let result = arguments().and_then(|arguments| match arguments.command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::CrossValidate(arguments) => cross_validate::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Predict(arguments) => predict::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
    });
    result.map_or_else(told, |()| ExitCode::SUCCESS)
}

/// Prints what went wrong, and gives the code to end with.
fn told(failure: Failure) -> ExitCode {
    match failure {
        Failure::Error { code, message } => {
            output::note(format_args!("diffpool: error: {}", one_line(&message)));
            ExitCode::from(code)
        }
        Failure::Interrupted(message) => {
            output::note(format_args!("diffpool: stopped: {}", one_line(&message)));
            ExitCode::from(130)
        }
        Failure::OutputClosed => ExitCode::SUCCESS,
    }
}
