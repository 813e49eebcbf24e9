//! What a model looks like, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use super::model::Model;
use crate::layers::pool::Assigner;
use crate::layers::readout::ReadoutLayer;
use crate::ops::real::Real;

/// Where an assignment comes from, in words.
fn assigner<T: Real>(assigner: &Assigner<T>) -> String {
    match assigner {
        Assigner::Learned(stack) => format!("{} convolutions", stack.layers()),
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
        line(format!("DiffPool classifier, {} parameters", self.parameter_count()));
        line(format!("  features  {} columns: {}", schema.width(), schema.features()));
        line(format!("  classes   {}: {}", self.classes(), self.class_names().join(", ")));
        if !schema.edge_labels().is_empty() {
            let labels: Vec<String> = schema.edge_labels().iter().map(i64::to_string).collect();
            line(format!("  relations {}: edge labels {}", labels.len(), labels.join(", ")));
        }
        for (index, level) in self.network.levels.iter().enumerate() {
            let pool = match &level.pool {
                Some(pool) => format!("pool to {} clusters ({})", pool.clusters, assigner(&pool.assigner)),
                None => "no pooling".to_string(),
            };
            let readout = match &level.readout {
                Some(readout) => {
                    let kind = json!(readout.kind());
                    let of = if readout.is_of_pooled() { " of its clusters" } else { "" };
                    format!("{} readout{of}", kind.as_str().unwrap_or_default())
                }
                None => "no readout".to_string(),
            };
            let (input, output) = (level.input, level.embed.output_columns());
            let layers = level.embed.layers();
            line(format!("  level {index}   embed {input} -> {output} ({layers} convolutions), {pool}, {readout}"));
        }
        line(String::new());
        for tensor in self.tensors() {
            let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
            let kind = if tensor.trained { "" } else { "  (running)" };
            line(format!("  {:<44} {:>12}{kind}", tensor.name, shape.join(" x ")));
        }
        out
    }

    /// The same as a JSON object.
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
                    "clusters": level.pool.as_ref().map(|pool| pool.clusters),
                    "readout": level.readout.as_ref().map(ReadoutLayer::kind),
                })
            })
            .collect();
        let tensors: Vec<Value> = self
            .tensors()
            .into_iter()
            .map(|t| json!({ "name": t.name, "shape": t.shape, "trained": t.trained }))
            .collect();
        let summary = json!({
            "parameters": self.parameter_count(),
            "features": self.schema().features(),
            "feature_columns": self.schema().column_names(),
            "relations": self.schema().edge_labels(),
            "classes": self.class_names(),
            "levels": levels,
            "tensors": tensors,
        });
        format!("{summary:#}")
    }
}
