//! `diffpool predict`: what a model says of graphs.

mod in_order;
mod render;
mod work;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use diffpool::checkpoint::atomic;
use diffpool::data::json_lines::{self, Lines};
use diffpool::graph::Dataset;
use diffpool::model::Model;

use self::in_order::in_order;
use self::render::{Extras, OutFormat, Renderer};
use self::work::{Done, Task, Worker};
use crate::failure::{Failure, Result};
use crate::for_model::{self, ModelArguments};
use crate::input::{self, Format};
use crate::output;

/// Predict graphs
///
/// Every graph is one line of JSON or one row of a table: its number from 0, its `id` where it has one, and what the
/// model predicts. Lines come in the order of the graphs. JSON lines are predicted as they come, so that graphs may be
/// piped in without end.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    on: ModelArguments,
    /// File to write, replaced when all is done; by default, and where it is -, standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format of the output; by default a table where the file is called *.csv, else JSON lines
    #[arg(long, value_enum, value_name = "FORMAT")]
    out_format: Option<OutFormat>,
    /// Add the vector that represents the graph: what the last layers of the model read
    #[arg(long)]
    embedding: bool,
    /// Add the assignment matrix of every pooling level, a row a node
    #[arg(long)]
    assignments: bool,
    /// Add the logits
    #[arg(long)]
    logits: bool,
    /// Go on after a graph that is refused: its line says why, in place of a prediction
    #[arg(long)]
    keep_going: bool,
    /// The output is JSON lines anyway; for likeness with other commands
    #[arg(long, hide = true)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.json && arguments.out_format == Some(OutFormat::Csv) {
        return Err(Failure::usage("--json: --out-format csv is another format"));
    }
    let model = for_model::load_model(&arguments.on.model)?;
    let (path, format) = arguments.on.data.locate()?;
    for (name, read) in [("MODEL", &arguments.on.model), ("--data", &path)] {
        if let Some(output) = arguments.output.as_deref().filter(|output| !input::is_standard(output))
            && input::same_file(output, read)
        {
            return Err(Failure::usage(format!("--output {}: that is also {name}", output.display())));
        }
    }
    let lines = format == Format::JsonLines && arguments.on.graphs.is_all();
    let extras = |ids| Extras {
        embedding: arguments.embedding,
        assignments: arguments.assignments,
        logits: arguments.logits,
        refused: arguments.keep_going,
        ids,
    };
    if lines {
        let renderer = Renderer::new(&model, arguments.out_format(), extras(true))?;
        let directed = arguments.on.data.reading.directed || model.schema().rules().directed;
        let lines = match input::is_standard(&path) {
            true => Lines::new(input::standard_input(), "standard input"),
            false => json_lines::open(&path)?,
        };
        let name = lines.name().to_string();
        return arguments.write(&model, &renderer, None, &name, work::of_lines(lines, directed));
    }
    let dataset = for_model::load_data(&arguments.on.data, &model, false)?;
    let indices = arguments.on.graphs.indices(&dataset, &arguments.on.data)?;
    let renderer = Renderer::new(&model, arguments.out_format(), extras(dataset.has_ids()))?;
    arguments.write(&model, &renderer, Some(&dataset), "", work::of_graphs(indices))
}

impl Arguments {
    fn out_format(&self) -> OutFormat {
        let named = self.output.as_deref().and_then(Path::extension).is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        self.out_format.unwrap_or(if named && !self.json { OutFormat::Csv } else { OutFormat::JsonLines })
    }

    /// Does all tasks and writes what becomes of them.
    fn write(
        &self,
        model: &Arc<Model<f32>>,
        renderer: &Renderer,
        dataset: Option<&Arc<Dataset>>,
        name: &str,
        tasks: impl Iterator<Item = Task> + Send + 'static,
    ) -> Result<()> {
        let workers = (0..self.on.threads())
            .map(|_| {
                let mut worker = Worker::new(model, renderer, dataset, name, self.keep_going)?;
                Ok(move |task| worker.work(task))
            })
            .collect::<Result<Vec<_>>>()?;
        let Some(path) = self.output.as_deref().filter(|path| !input::is_standard(path)) else {
            return predict(tasks, workers, renderer, &mut io::stdout().lock(), output::failed);
        };
        // A file is replaced once all is predicted, so that the reason why it is not must get past the writer.
        let mut outcome = Ok(());
        let written = atomic::write(path, |file| {
            outcome = predict(tasks, workers, renderer, file, |e| Failure::io(path, e));
            outcome.as_ref().map_err(|_| io::Error::other("the predictions failed")).copied()
        });
        match outcome {
            Err(Failure::Interrupted(_)) => Err(Failure::Interrupted(format!("{} is as it was", path.display()))),
            Err(failure) => Err(failure),
            Ok(()) => Ok(written?),
        }
    }
}

/// Does all tasks and writes what becomes of them, each as soon as it is its turn.
fn predict<W: FnMut(Task) -> Done + Send + 'static>(
    tasks: impl Iterator<Item = Task> + Send + 'static,
    workers: Vec<W>,
    renderer: &Renderer,
    out: &mut dyn Write,
    failed: impl Fn(&io::Error) -> Failure,
) -> Result<()> {
    let mut write = |text: &str| out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| failed(&e));
    write(&renderer.header()?)?;
    let (mut predicted, mut refused) = (0, 0);
    in_order(tasks, workers, |done: Done| {
        write(&done.text)?;
        predicted += done.predicted;
        refused += done.refused;
        done.failure.map_or(Ok(()), Err)
    })?;
    if refused > 0 {
        output::note(format_args!("{refused} of {} graphs were refused", predicted + refused));
    }
    Ok(())
}
