//! The arguments of `diffpool train`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::division::DivisionArguments;
use crate::input::DataArguments;
use crate::settings::ConfigArguments;

/// Train a model
///
/// On a terminal a bar shows the epochs; otherwise every epoch is a line on standard error, or with --json an object on
/// standard output. Ctrl-C stops after the present batch and keeps the best model so far. With --checkpoint the run can
/// then go on by the same command with --resume, and ends with the same bits as if it had never been stopped.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub config: ConfigArguments,
    #[command(flatten)]
    pub division: DivisionArguments,
    /// File to write the model to, when training has ended
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// File to write the state of the run to, on the way and at the end; by default that of --resume
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Epochs between two checkpoints; by default the key checkpoint_every, or 10
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub checkpoint_every: Option<u32>,
    /// Checkpoint to go on from: of the same data, division and configuration, but for epochs, threads and
    /// checkpoint_every. Keys that are not named are those of the checkpoint
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// File to write a page about the run to, as HTML: curves, results, calibration, the best and the worst graphs
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Stop after the epoch in which so many seconds have passed
    #[arg(long, value_name = "LIMIT", allow_negative_numbers = true)]
    pub seconds: Option<f64>,
    /// Print an object an epoch and one at the end, as JSON
    #[arg(long)]
    pub json: bool,
    /// Print nothing on the way
    #[arg(long)]
    pub quiet: bool,
}

impl Arguments {
    /// Where the state of the run goes.
    pub fn checkpoint(&self) -> Option<&Path> {
        self.checkpoint.as_deref().or(self.resume.as_deref())
    }
}
