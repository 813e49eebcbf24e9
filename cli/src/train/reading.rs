//! Says what of a data set a model reads, and what it does not.

use diffpool::config::{EdgeFeatures, FeatureSource};
use diffpool::graph::Dataset;
use diffpool::model::Model;

use super::arguments::Arguments;
use crate::failure::Result;
use crate::input::Format;
use crate::output;

/// Prints one line.
pub fn tell(arguments: &Arguments, dataset: &Dataset, model: &Model<f32>) -> Result<()> {
    if arguments.quiet || arguments.json {
        return Ok(());
    }
    let mut read = vec![format!("features {}", model.schema().features())];
    let edges = model.schema().edge_features();
    if edges != EdgeFeatures::None {
        read.push(format!("{} of edges", edges.name().replace(',', " and ")));
    }
    if !model.schema().edge_labels().is_empty() {
        read.push(format!("{} relations", model.schema().relations()));
    }
    if (0..dataset.len()).any(|graph| dataset.graph(graph).edge_weight().is_some()) {
        read.push("weights of edges".to_string());
    }
    let unread = unread(arguments, dataset, model)?;
    let unread =
        if unread.is_empty() { "all that the graphs have".to_string() } else { format!("not {}", unread.join(", ")) };
    output::note(format_args!("the model reads {}; {unread}", read.join(", ")));
    Ok(())
}

/// What the graphs have and the model does not read.
fn unread(arguments: &Arguments, dataset: &Dataset, model: &Model<f32>) -> Result<Vec<String>> {
    let (schema, rules, edges) = (model.schema(), dataset.rules(), dataset.edge_data());
    let lacks = |source| !schema.sources().contains(&source);
    let mut unread = Vec::new();
    if rules.features > 0 && lacks(FeatureSource::Attributes) {
        unread.push(format!("{} attributes of a node", rules.features));
    }
    if rules.node_labels && lacks(FeatureSource::Labels) {
        unread.push("labels of nodes".to_string());
    }
    if rules.categories > 0 && lacks(FeatureSource::Categories) {
        unread.push(format!("{} categories of a node", rules.categories));
    }
    if !edges.labels.is_empty() && schema.edge_labels().is_empty() && !schema.edge_features().labels() {
        unread.push("labels of edges (relations=edge_labels or edge_features=labels reads them)".to_string());
    }
    if edges.attribute_width > 0 && !schema.edge_features().attributes() {
        unread.push(format!("{} attributes of an edge (edge_features=attributes reads them)", edges.attribute_width));
    }
    let (path, format) = arguments.data.locate()?;
    // They are not even loaded, where no model reads them.
    let left = edges.labels.is_empty() && edges.attribute_width == 0;
    if format == Format::Ogb && left && path.join("raw/edge-feat.csv.gz").exists() {
        unread.push("features of edges (edge_features=auto reads them)".to_string());
    }
    if !dataset.is_empty() && !dataset.graph_attributes(0).is_empty() && dataset.target_width() == 0 {
        unread.push("attributes of graphs".to_string());
    }
    Ok(unread)
}
