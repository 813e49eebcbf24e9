//! What a data set says of how to train on it, where the command line says nothing.

use std::collections::BTreeSet;

use diffpool::config::{CheckedConfig, EarlyStopping, OutOfVocabulary, Task};
use diffpool::data::ogb;
use diffpool::graph::Dataset;

use super::arguments::Arguments;
use super::division::Division;
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

/// The configuration with zeros for node labels that no training graph has, where a graph to validate or to test on has
/// one, unless it says what becomes of them. What is rare, such as an atom of a kind, is in few graphs.
pub fn of_labels(
    arguments: &Arguments,
    config: CheckedConfig,
    dataset: &Dataset,
    division: &Division,
) -> Result<CheckedConfig> {
    let is_named = arguments.config.named()?.iter().any(|(key, _)| key == "out_of_vocabulary");
    let mut sources = config.features.split(',').map(str::trim);
    let reads = dataset.rules().node_labels && sources.any(|source| source == "auto" || source == "labels");
    if is_named || !reads || config.out_of_vocabulary != OutOfVocabulary::Refuse {
        return Ok(config);
    }
    let labels = |graph: usize| dataset.graph(graph).node_labels().unwrap_or(&[]).iter().copied();
    let known: BTreeSet<i64> = division.train.iter().flat_map(|&graph| labels(graph)).collect();
    let others = division.validation.iter().chain(&division.test);
    let unknown = others.flat_map(|&graph| labels(graph).map(move |label| (graph, label)));
    let Some((graph, label)) = unknown.into_iter().find(|(_, label)| !known.contains(label)) else { return Ok(config) };
    if !arguments.quiet && !arguments.json {
        output::note(format_args!(
            "label {label} of graph {graph} is in no training graph: labels that are not known are zeros \
             (out_of_vocabulary=ignore)"
        ));
    }
    Ok(config.with(|config| config.out_of_vocabulary = OutOfVocabulary::Ignore)?)
}
