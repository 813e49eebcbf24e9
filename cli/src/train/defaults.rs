//! What a data set says of how to train on it, where the command line says nothing.

use diffpool::config::{CheckedConfig, EarlyStopping, OutOfVocabulary, Task};
use diffpool::data::ogb;
use diffpool::graph::Dataset;

use super::arguments::Arguments;
use crate::failure::Result;
use crate::input::Format;
use crate::output;

/// The configuration with the task and the metric that the Open Graph Benchmark has for a folder of its own, unless the
/// configuration says a task.
pub fn of_benchmark(arguments: &Arguments, config: CheckedConfig) -> Result<CheckedConfig> {
    let (path, format) = arguments.data.locate()?;
    let named = arguments.config.named()?;
    let is_named = |name: &str| named.iter().any(|(key, _)| key == name);
    if format != Format::Ogb || config.task != Task::Multiclass || is_named("task") {
        return Ok(config);
    }
    let (task, metric) = ogb::task(&path)?;
    if task == Task::Multiclass {
        return Ok(config);
    }
    let config = config.with(|config| {
        config.task = task;
        if !is_named("metric") {
            config.metric = metric;
        }
        if !is_named("early_stopping") {
            config.early_stopping = EarlyStopping::Metric;
        }
    })?;
    if !arguments.quiet && !arguments.json {
        let (task, metric) = (config.task.name(), config.recorded_metric().name());
        output::note(format_args!("task {task}, judged by {metric}, as the labels of the folder are"));
    }
    Ok(config)
}

/// The configuration with a reserved row for categories that no training graph has, unless it says what becomes of them
/// or how large the tables are.
pub fn of_categories(arguments: &Arguments, config: CheckedConfig, dataset: &Dataset) -> Result<CheckedConfig> {
    let is_named = arguments.config.named()?.iter().any(|(key, _)| key == "out_of_vocabulary");
    let mut sources = config.features.split(',').map(str::trim);
    let reads = dataset.rules().categories > 0 && sources.any(|source| source == "auto" || source == "categories");
    let open = config.out_of_vocabulary == OutOfVocabulary::Refuse && config.embedding_sizes.is_empty();
    if is_named || !reads || !open {
        return Ok(config);
    }
    Ok(config.with(|config| config.out_of_vocabulary = OutOfVocabulary::Reserve)?)
}
