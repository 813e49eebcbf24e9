//! A data set: its graphs in numbers.

use std::fmt::Write;

use diffpool::config::Task;
use diffpool::data::ogb::{self, OgbOptions, OgbWords};
use diffpool::data::statistics::{Spread, Statistics};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::input::{DataArguments, Expected, Format};

/// Classes and labels that are printed; more are left to --json.
const LISTED: usize = 20;

/// The statistics of a data set.
pub fn statistics(data: &DataArguments) -> Result<Statistics> {
    let (path, format) = data.locate()?;
    let mut ogb = OgbOptions { edge_data: true, ..OgbOptions::default() };
    if format == Format::Ogb && ogb::task(&path)?.0 == Task::Sequence {
        ogb.words = Some(OgbWords::default());
    }
    Ok(Statistics::of(&*data.load_as(Expected { ogb, ..Expected::default() })?)?)
}

/// The data set for programs.
pub fn as_json(statistics: &Statistics) -> Value {
    let mut out = json!(statistics);
    out["kind"] = json!("dataset");
    out
}

/// The data set for people.
pub fn as_text(statistics: &Statistics) -> String {
    let mut out = format!("Data set {}, {} graphs\n", statistics.name, statistics.graphs);
    for (key, text) in facts(statistics) {
        let _ = writeln!(out, "  {key:<17} {text}");
    }
    out
}

/// The data set for people, fact by fact.
pub fn facts(statistics: &Statistics) -> Vec<(&'static str, String)> {
    let Statistics { graphs, nodes, edges, degree, .. } = statistics;
    let mut facts = Vec::new();
    let mut line = |key: &'static str, text: String| facts.push((key, text));
    let spread = |spread: &Spread| {
        let Spread { min, mean, max, total } = spread;
        format!("{mean:.2} a graph, from {min} to {max}, {total} in all")
    };
    line("nodes", spread(nodes));
    let kinds = [(statistics.directed, "directed"), (statistics.weighted, "with weights")];
    let kinds: String = kinds.iter().filter(|kind| kind.0).map(|kind| format!(", {}", kind.1)).collect();
    line("edges", format!("{}{kinds}", spread(edges)));
    line("neighbours", format!("{:.2} a node, from {} to {}", degree.mean, degree.min, degree.max));
    line("isolated nodes", statistics.isolated_nodes.to_string());
    line("self-loops", statistics.self_loops.to_string());
    let counts = [
        ("features", statistics.features),
        ("categories", statistics.categories),
        ("edge attributes", statistics.edge_attributes),
        ("graph attributes", statistics.graph_attributes),
    ];
    counts.iter().filter(|(_, count)| *count > 0).for_each(|(key, count)| line(key, count.to_string()));
    for (key, labels) in [("node labels", &statistics.node_labels), ("edge labels", &statistics.edge_labels)] {
        if !labels.is_empty() {
            line(key, format!("{}: {}", labels.len(), listed(labels.iter().map(i64::to_string))));
        }
    }
    let named: Vec<&str> = statistics.names.parts().collect();
    if !named.is_empty() {
        line("names of", named.join(", "));
    }
    if statistics.targets > 0 {
        line("targets", format!("{}, {} missing in all", statistics.targets, statistics.missing_targets));
    }
    if statistics.sequence_length > 0 {
        let Statistics { sequence_length, vocabulary, .. } = statistics;
        line("sequences", format!("{sequence_length} words to predict, of a vocabulary of {vocabulary}"));
    }
    if !statistics.classes.is_empty() {
        let each = statistics.classes.iter().map(|class| {
            let share = 100.0 * class.graphs as f64 / (*graphs).max(1) as f64;
            format!("{} ({}, {share:.1} %)", class.name, class.graphs)
        });
        line("classes", format!("{}: {}", statistics.classes.len(), listed(each)));
    }
    facts
}

/// The first of some things.
fn listed(things: impl ExactSizeIterator<Item = String>) -> String {
    let count = things.len();
    let mut shown: Vec<String> = things.take(LISTED).collect();
    if count > LISTED {
        shown.push("...".to_string());
    }
    shown.join(", ")
}
