//! `diffpool explain`: draws what a model makes of a graph, and which of its nodes mattered.

mod colors;
mod document;
mod dot;
mod html;
mod layout;
mod matrix;
mod outputs;
mod pooling;
mod svg;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use diffpool::checkpoint::atomic;
use diffpool::model::Session;

pub use self::document::Document;
pub use self::svg::{Drawing, drawings};
use crate::failure::{Failure, Result};
use crate::for_model;
use crate::input::DataArguments;
use crate::output;

/// Draw what a model makes of a graph, and which of its nodes mattered
///
/// The HTML page needs no network: it shows the graph coloured by cluster at every level, the pooled graphs, the
/// assignment matrices, the class probabilities, and the importance of every node, which is the gradient of the logit
/// times the features.
#[derive(Args, Debug)]
pub struct Arguments {
    /// File of the model
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Which graph of the data set, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    index: usize,
    /// File to write; - is standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// What to write; by default what the name of the file ends in
    #[arg(long, value_enum, value_name = "FORMAT")]
    out_format: Option<Format>,
    /// Class to explain, or number of a logit; by default the predicted one
    #[arg(long, value_name = "CLASS", allow_negative_numbers = true)]
    class: Option<String>,
}

/// Formats of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A page to look around in
    Html,
    /// A picture
    Svg,
    /// All numbers
    Json,
    /// Graphs for Graphviz
    Dot,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let format = match arguments.out_format {
        Some(format) => format,
        None => format_of(&arguments.output)?,
    };
    let model = for_model::load_model(&arguments.model)?;
    let dataset = for_model::load_data(&arguments.data, &model, false)?;
    if arguments.index >= dataset.len() {
        let (index, graphs) = (arguments.index, dataset.len());
        return Err(Failure::usage(format!("--index {index}: the data set has {graphs} graphs, counted from 0")));
    }
    let mut session = Session::new(model)?;
    let document = Document::new(&mut session, &dataset, arguments.index, arguments.class.as_deref())?;
    let text = match format {
        Format::Html => html::page(document)?,
        Format::Svg => svg::picture(&document),
        Format::Json => serde_json::to_string(&document).map_err(|e| Failure::data(e.to_string()))? + "\n",
        Format::Dot => dot::graphs(&document),
    };
    if arguments.output == Path::new("-") {
        return output::text(&text);
    }
    Ok(atomic::write(&arguments.output, |out| out.write_all(text.as_bytes()))?)
}

/// The format that the end of a file's name stands for.
fn format_of(path: &Path) -> Result<Format> {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
    match end.as_deref() {
        Some("html" | "htm") => Ok(Format::Html),
        Some("svg") => Ok(Format::Svg),
        Some("json") => Ok(Format::Json),
        Some("dot" | "gv") => Ok(Format::Dot),
        _ => {
            let path = path.display();
            Err(Failure::usage(format!("--output {path}: say with --out-format what to write: html, svg, json or dot")))
        }
    }
}
