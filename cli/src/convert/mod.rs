//! `diffpool convert`: data sets from one format into another, weights from PyTorch and back, and models to ONNX.

mod data;
mod onnx;
mod torch;
mod weights;

use clap::{Args, Subcommand};

use crate::failure::Result;

/// Convert data sets between formats, weights from and to PyTorch, and models to ONNX
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    Data(data::Arguments),
    Weights(weights::Arguments),
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::Data(arguments) => data::run(arguments),
        What::Weights(arguments) => weights::run(arguments),
    }
}
