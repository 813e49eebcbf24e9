//! What a model looks like, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use super::features::Embedding;
use super::model::Model;
use super::outputs::PredictionKind;
use crate::config::{Conv, SelfLoops};
use crate::layers::pool::Assigner;
use crate::ops::runtime::real::Real;

fn convolutions(layers: usize, conv: Conv) -> String {
    let name = conv.name();
    match layers {
        1 => format!("1 {name} convolution"),
        _ => format!("{layers} {name} convolutions"),
    }
}

/// Where an assignment comes from, in words.
fn assigner<T: Real>(assigner: &Assigner<T>, conv: Conv) -> String {
    match assigner {
        Assigner::Learned(stack) => convolutions(stack.layers(), conv),
        Assigner::Random { .. } => "at random".to_string(),
        Assigner::Graclus => "by graclus".to_string(),
    }
}

impl<T: Real> Model<T> {
    /// A table of the levels and tensors, for people.
    pub fn summary(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            let _ = writeln!(out, "{text}");
        };
        let schema = self.schema();
        let (kind, parameters) = (self.outputs().model_name(), self.parameter_count());
        line(format!("DiffPool {kind}, {parameters} parameters"));
        line(format!("  features  {} columns: {}", schema.width(), schema.features()));
        if let Some((Embedding { sizes, width, combine, .. }, _)) = schema.embedding() {
            let (combine, rows) = (combine.name(), join(sizes, ", "));
            line(format!("  tables    {width} columns ({combine}), rows {rows}"));
        }
        if self.config().self_loops == SelfLoops::Drop {
            line("  edges     without self-loops".to_string());
        }
        if !schema.edge_labels().is_empty() {
            let labels: Vec<String> = schema.edge_labels().iter().map(i64::to_string).collect();
            line(format!("  relations {}: edge labels {}", labels.len(), labels.join(", ")));
        }
        if schema.edge_columns().width() > 0 {
            line(format!("  edges     {} columns: {}", schema.edge_columns().width(), schema.edge_features().name()));
        }
        self.describe_outputs(&mut line);
        for (index, level) in self.network.levels.iter().enumerate() {
            let pool = match &level.pool {
                Some(pool) => format!(
                    "pool to {} clusters ({})",
                    pool.clusters,
                    assigner(&pool.assigner, self.config().assign_conv)
                ),
                None => "no pooling".to_string(),
            };
            let readout = match &level.readout {
                Some(readout) => {
                    let of = if readout.is_of_pooled() { " of its clusters" } else { "" };
                    format!("{} readout{of}", self.config().readout.name())
                }
                None => "no readout".to_string(),
            };
            let (input, output) = (level.input, level.embed.output_columns());
            let convolutions = convolutions(level.embed.layers(), self.config().embed_conv);
            line(format!("  level {index}   embed {input} -> {output} ({convolutions}), {pool}, {readout}"));
        }
        line(String::new());
        for tensor in self.tensors() {
            let kind = if tensor.trained { "" } else { "  (running)" };
            line(format!("  {:<44} {:>12}{kind}", tensor.name, join(&tensor.shape, " x ")));
        }
        out
    }

    fn describe_outputs(&self, line: &mut impl FnMut(String)) {
        let (outputs, targets, classes) = (self.outputs(), self.targets(), self.classes());
        if outputs.graph_classes().is_none() {
            line(format!("  task      {}", outputs.task.name()));
        }
        match outputs.kind() {
            PredictionKind::Class if outputs.graph_classes().is_none() => {}
            PredictionKind::Class => line(format!("  classes   {classes}: {}", self.class_names().join(", "))),
            PredictionKind::Labels | PredictionKind::Numbers => line(format!("  targets   {targets}")),
            PredictionKind::Words => line(format!("  targets   {targets} words of a vocabulary of {classes}")),
        }
    }

    /// The levels and tensors as a JSON object, for programs.
    pub fn summary_json(&self) -> String {
        let levels: Vec<Value> = self
            .network
            .levels
            .iter()
            .map(|level| {
                json!({
                    "input": level.input,
                    "embedding": level.embed.output_columns(),
                    "convolutions": level.embed.layers(),
                    "convolution": self.config().embed_conv,
                    "assignment": level.pool.as_ref().map(|_| self.config().assignment),
                    "assign_convolution": level.assign().map(|_| self.config().assign_conv),
                    "clusters": level.pool.as_ref().map(|pool| pool.clusters),
                    "readout": level.readout.as_ref().map(|_| self.config().readout),
                })
            })
            .collect();
        let tensors: Vec<Value> = self
            .tensors()
            .into_iter()
            .map(|t| json!({ "name": t.name, "shape": t.shape, "trained": t.trained }))
            .collect();
        let mut summary = json!({
            "parameters": self.parameter_count(),
            "features": self.schema().features(),
            "feature_columns": self.column_names(),
            "relations": self.schema().edge_labels(),
            "edge_features": self.schema().edge_features(),
            "edge_columns": self.schema().edge_columns().width(),
            "task": self.config().task,
            "targets": self.targets(),
            "outputs": self.width(),
            "classes": self.class_names(),
            "levels": levels,
            "tensors": tensors,
        });
        if let Some((embedding, _)) = self.schema().embedding() {
            summary["embedding"] = json!(embedding);
        }
        format!("{summary:#}")
    }
}

fn join(sizes: &[usize], by: &str) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(by)
}
