//! What a model expects of a graph and says of it, for programs.

use serde_json::{Value, json};

use super::features::FeatureSchema;
use super::model::Model;
use super::outputs::Outputs;
use super::seen::{Range, Seen};
use crate::config::Config;
use crate::graph::Names;
use crate::ops::runtime::real::Real;

/// What the model of these parts expects of a graph and says of it.
///
/// | key | value |
/// |---|---|
/// | `task` | what is predicted, a word of the configuration key of this name |
/// | `classes` | names of the classes that a target is one of, or words of the vocabulary; else empty |
/// | `targets` | number of targets of a graph |
/// | `outputs` | number of logits of a graph |
/// | `directed` | whether edges keep their direction |
/// | `features.width` | how many features every node brings |
/// | `features.names` | their names; empty where they have none |
/// | `features.min`, `.max`, `.mean` | of each over the nodes of the training graphs; empty where nothing is known |
/// | `columns` | names of the columns that the network sees |
/// | `node_labels` | labels that a node may have; empty where they are not read |
/// | `relations` | edge labels that are a relation each; empty where edges are of one kind |
/// | `edge_features` | `width` and `names` of the attributes that an edge brings; their `categories`; its `labels` |
/// | `categories` | `width`, how many categories every node brings; `rows` of the table of each |
/// | `names` | names of labels, relations, categories and targets, see [`Names`]; those of features are above |
/// | `out_of_vocabulary` | what becomes of other labels, relations and categories, a word of this configuration key |
/// | `nodes` | `min`, `max` and `mean` number of nodes of a training graph; null where nothing is known |
/// | `levels` | number of pooling levels |
/// | `clusters` | number of clusters of every level |
pub fn expected(config: &Config, schema: &FeatureSchema, outputs: &Outputs, seen: &Seen) -> Value {
    let rules = schema.rules();
    let of_features = |number: fn(&Range) -> f64| -> Vec<f64> { seen.features.iter().map(number).collect() };
    let clusters: Vec<usize> = config.clusters.iter().map(|&clusters| clusters as usize).collect();
    json!({
        "task": config.task,
        "classes": outputs.class_names,
        "targets": outputs.targets,
        "outputs": outputs.width(),
        "directed": rules.directed,
        "features": {
            "width": rules.features,
            "names": seen.names.x,
            "min": of_features(|range| range.min),
            "max": of_features(|range| range.max),
            "mean": of_features(|range| range.mean),
        },
        "columns": column_names(schema, seen),
        "node_labels": schema.node_labels(),
        "relations": schema.edge_labels(),
        "edge_features": {
            "width": rules.edge_attributes,
            "names": seen.names.edge_attributes,
            "categories": schema.edge_columns().categories.iter().map(|table| &table.values).collect::<Vec<_>>(),
            "labels": schema.edge_columns().labels.values,
        },
        "categories": {
            "width": rules.categories,
            "rows": schema.embedding().map_or(&[][..], |(embedding, _)| &embedding.sizes),
        },
        "names": Names { x: Vec::new(), edge_attributes: Vec::new(), ..seen.names.clone() },
        "out_of_vocabulary": config.out_of_vocabulary,
        "nodes": seen.graph_nodes,
        "levels": config.clusters.len(),
        "clusters": clusters,
    })
}

/// A name for every column that the network sees.
fn column_names(schema: &FeatureSchema, seen: &Seen) -> Vec<String> {
    schema.column_names(&seen.names)
}

impl<T: Real> Model<T> {
    /// What the model expects of a graph and says of it, see [`expected`].
    pub fn expected(&self) -> Value {
        expected(self.config(), self.schema(), self.outputs(), self.seen())
    }

    /// A name for every column that the network sees, in order: of attributes their names, where they have any.
    pub fn column_names(&self) -> Vec<String> {
        column_names(self.schema(), self.seen())
    }
}
