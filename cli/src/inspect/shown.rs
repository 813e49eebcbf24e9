//! What is shown of a model or a training run beside its summary.

use clap::Args;

/// What is shown beside the summary.
#[derive(Args, Debug, Clone, Copy)]
pub struct Shown {
    /// Print range, mean and deviation of every tensor of a model
    #[arg(long)]
    pub tensors: bool,
    /// Print the name of every feature column of a model
    #[arg(long)]
    pub features: bool,
    /// Print the configuration of a model
    #[arg(long)]
    pub config: bool,
    /// Print every epoch of a training run
    #[arg(long)]
    pub history: bool,
}
