//! `diffpool bench`: how fast this machine predicts and trains.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant};

use clap::Args;
use diffpool::config::CheckedConfig;
use diffpool::data::statistics::Statistics;
use diffpool::data::synthetic::{SyntheticKind, generate};
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};
use diffpool::ops::runtime::cpu;
use diffpool::train::{Callbacks, Trainer};
use serde::Serialize;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::for_model;
use crate::input::{self, DataArguments, ReadingArguments};
use crate::interrupt;
use crate::output;
use crate::settings::{ConfigArguments, MOST_THREADS, threads};
use crate::table::Table;

/// A measurement goes over the graphs again and again until it has taken as long as this.
const LEAST: Duration = Duration::from_millis(200);

/// How fast this machine predicts and trains
///
/// Without MODEL, a model of the configuration is trained and then predicts; with it, it only predicts. Graphs are
/// those of --data, or generated. Everything is done once to warm up, and then as often as --runs says.
#[derive(Args, Debug)]
pub struct Arguments {
    /// File of a model
    #[arg(value_name = "MODEL", conflicts_with_all = ["preset", "config", "keys", "print_config"])]
    model: Option<PathBuf>,
    /// Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    /// Number of generated graphs
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with = "data")]
    graphs: u32,
    #[command(flatten)]
    config: ConfigArguments,
    /// Measurements of each kind
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// Threads where many are used; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=MOST_THREADS))]
    threads: u16,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

/// What was measured of one kind of work.
#[derive(Serialize)]
struct Measured {
    what: &'static str,
    threads: usize,
    unit: &'static str,
    median: f64,
    best: f64,
    runs: Vec<f64>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.data.is_none() {
        arguments.reading.check_unused()?;
    }
    let config = arguments.config.config()?;
    if arguments.config.print_config {
        return output::line(config.to_json());
    }
    cpu::check()?;
    interrupt::watch();
    let threads = threads(arguments.threads);
    let mut counts = vec![1, threads];
    counts.dedup();
    let mut measured = Vec::new();
    let (model, dataset) = match &arguments.model {
        Some(path) => {
            let model = for_model::load_model(path)?;
            let dataset = match arguments.data() {
                Some(data) => for_model::load_data(&data, &model, false)?,
                None => arguments.generated()?,
            };
            (model, dataset)
        }
        None => {
            let dataset = arguments.data().map_or_else(|| arguments.generated(), |data| data.load())?;
            let dataset = input::with_targets(dataset, config.task)?;
            let mut model = None;
            for &threads in &counts {
                let (of_training, trained) = train(&config, &dataset, threads, arguments.runs)?;
                measured.push(of_training);
                model = Some(trained);
            }
            let Some(model) = model else { return Err(Failure::usage("--threads: there are none")) };
            (Arc::new(model), dataset)
        }
    };
    for &threads in &counts {
        measured.push(predict(&model, &dataset, threads, arguments.runs)?);
    }
    arguments.print(&model, &dataset, &measured)
}

impl Arguments {
    fn data(&self) -> Option<DataArguments> {
        self.data.as_deref().map(|path| DataArguments::at(path, &self.reading))
    }

    fn generated(&self) -> Result<Arc<Dataset>> {
        Ok(Arc::new(generate(SyntheticKind::BarabasiAlbert, self.graphs as usize, 0)?))
    }

    fn print(&self, model: &Model<f32>, dataset: &Dataset, measured: &[Measured]) -> Result<()> {
        let Statistics { name, graphs, nodes, edges, .. } = Statistics::of(dataset)?;
        let (kernels, version, parameters) = (cpu::cpu().name(), env!("CARGO_PKG_VERSION"), model.parameter_count());
        let preset = &model.config().preset;
        if self.json {
            return output::line(json!({
                "version": version, "kernels": kernels, "preset": preset, "parameters": parameters, "data": name,
                "graphs": graphs, "mean_nodes": nodes.mean, "mean_edges": edges.mean, "measured": measured,
            }));
        }
        let mut table = Table::new();
        table.row(["", "median", "best", ""]);
        for Measured { what, threads, unit, median, best, .. } in measured {
            let threads = if *threads == 1 { "1 thread".to_string() } else { format!("{threads} threads") };
            table.row([format!("{what}, {threads}"), format!("{median:.1}"), format!("{best:.1}"), unit.to_string()]);
        }
        output::text(&format!(
            "diffpool {version}, kernels of {kernels}\n{graphs} graphs of {name}, {:.1} nodes and {:.1} edges on \
             average; preset {preset}, {parameters} parameters\n\n{table}",
            nodes.mean, edges.mean
        ))
    }
}

/// Milliseconds an epoch of training on all graphs, and the model.
fn train(config: &CheckedConfig, dataset: &Arc<Dataset>, threads: usize, runs: u16) -> Result<(Measured, Model<f32>)> {
    // The first epoch warms up.
    let epochs = usize::from(runs) + 1;
    let config =
        config.with(|config| (config.epochs, config.threads, config.checkpoint_every) = (epochs, threads, 0))?;
    let all: Vec<usize> = (0..dataset.len()).collect();
    let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &all, &[])?;
    let result = trainer.fit(&mut Callbacks { control: Some(interrupt::control()), ..Callbacks::default() });
    check_stopped()?;
    result?;
    let seconds = trainer.history().iter().skip(1).map(|record| 1000.0 * record.seconds).collect();
    Ok((Measured::new("train", threads, "ms an epoch", seconds, f64::min), trainer.model()?))
}

/// Graphs a second that sessions predict, one a thread.
fn predict(model: &Arc<Model<f32>>, dataset: &Dataset, threads: usize, runs: u16) -> Result<Measured> {
    let mut sessions = (0..threads).map(|_| Session::new(model.clone())).collect::<diffpool::Result<Vec<_>>>()?;
    // Every session sees every graph once, so that none asks for memory later.
    for session in &mut sessions {
        (0..dataset.len()).try_for_each(|graph| session.predict_graph(dataset.graph(graph)))?;
    }
    let mut rates = Vec::new();
    for _ in 0..runs {
        let (begin, mut graphs) = (Instant::now(), 0);
        while begin.elapsed() < LEAST {
            predict_all(&mut sessions, dataset)?;
            graphs += dataset.len();
        }
        rates.push(graphs as f64 / begin.elapsed().as_secs_f64());
        check_stopped()?;
    }
    Ok(Measured::new("predict", threads, "graphs a second", rates, f64::max))
}

/// Predicts every graph once.
fn predict_all(sessions: &mut [Session], dataset: &Dataset) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = |session: &mut Session| -> diffpool::Result<()> {
        loop {
            let graph = next.fetch_add(1, Ordering::Relaxed);
            if graph >= dataset.len() {
                return Ok(());
            }
            session.predict_graph(dataset.graph(graph))?;
        }
    };
    if let [session] = sessions {
        return Ok(work(session)?);
    }
    let panicked = |_| Err(Failure::Error { code: 1, message: "a thread has panicked".to_string() });
    std::thread::scope(|scope| {
        let start = |session| Builder::new().spawn_scoped(scope, move || work(session));
        let threads: Vec<_> = sessions.iter_mut().map(start).collect();
        let results = threads.into_iter().map(|thread| {
            let thread = thread.map_err(|e| Failure::thread(&e))?;
            thread.join().map_or_else(panicked, |result| Ok(result?))
        });
        results.collect::<Vec<Result<()>>>().into_iter().collect()
    })
}

fn check_stopped() -> Result<()> {
    match interrupt::stopped() {
        true => Err(Failure::Interrupted("not everything was measured".to_string())),
        false => Ok(()),
    }
}

impl Measured {
    fn new(
        what: &'static str,
        threads: usize,
        unit: &'static str,
        runs: Vec<f64>,
        better: fn(f64, f64) -> f64,
    ) -> Self {
        let mut sorted = runs.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
            _ => sorted[middle],
        };
        let best = runs.iter().copied().reduce(better).unwrap_or_default();
        Self { what, threads, unit, median, best, runs }
    }
}
