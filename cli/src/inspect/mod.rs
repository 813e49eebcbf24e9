//! `diffpool inspect`: what a model, a checkpoint or a data set holds.

mod dataset;
mod model;
mod shown;
mod training;

use std::path::PathBuf;

use clap::Args;
use diffpool::checkpoint::{FileKind, file_kind, model_file, training_file};

pub use self::dataset::facts;
use self::shown::Shown;
use crate::failure::Result;
use crate::input::{DataArguments, Format, ReadingArguments};
use crate::output;

/// What a model, a checkpoint or a data set holds
#[derive(Args, Debug)]
pub struct Arguments {
    /// File of a model, of a training run or of a data set; folder of a data set, or its name within the folders that
    /// the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    reading: ReadingArguments,
    #[command(flatten)]
    shown: Shown,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut data = DataArguments::at(&arguments.path, &arguments.reading);
    let (path, format) = data.locate()?;
    // Whoever looks at a data set wants to see it, and is told what would keep it from being used.
    data.reading.skip_empty |= format == Format::Tu;
    let kind = match (format, arguments.reading.format) {
        (Format::File, None) => file_kind(&path)?,
        _ => FileKind::Dataset,
    };
    match kind {
        FileKind::Model => {
            let model = model_file::load(&path)?;
            match arguments.json {
                true => output::line(model::as_json(&model, arguments.shown.tensors)),
                false => output::text(&model::as_text(&model, arguments.shown)),
            }
        }
        FileKind::Training => {
            let state = training_file::load(&path)?;
            match arguments.json {
                true => output::line(training::as_json(&state, arguments.shown.tensors)),
                false => output::text(&training::as_text(&state, arguments.shown)),
            }
        }
        FileKind::Dataset => {
            let statistics = dataset::statistics(&data)?;
            match arguments.json {
                true => output::line(dataset::as_json(&statistics)),
                false => output::text(&dataset::as_text(&statistics)),
            }
        }
    }
}
