//! The inputs of the network, and the first level that is made of them: edges without padding and, where the model
//! drops them, without self-loops.

use diffpool::config::{FeatureSource, SelfLoops};

use super::graph::{Graph, Value};
use super::level::{Level, Mask};
use super::proto::{Size, element};

/// The inputs that tell about nodes.
pub struct Inputs {
    /// `[n, columns]`; none where no feature is given as a number.
    pub x: Option<Value>,
    /// `[n]`.
    pub labels: Option<Value>,
    /// `[n, categories]`.
    pub categories: Option<Value>,
}

/// Whether the columns of a source are given as numbers, rather than looked up or made of the edges.
pub fn is_given(source: FeatureSource) -> bool {
    match source {
        FeatureSource::Attributes | FeatureSource::Laplacian(_) => true,
        FeatureSource::Labels | FeatureSource::Categories | FeatureSource::Constant(_) => false,
        FeatureSource::Degree | FeatureSource::OneHotDegree(_) => false,
        FeatureSource::Clustering | FeatureSource::RandomWalk(_) => false,
    }
}

/// Columns of a source that are given as numbers.
pub fn given_columns(graph: &Graph<'_>, source: FeatureSource) -> usize {
    match source {
        FeatureSource::Attributes => graph.model().schema().rules().features,
        FeatureSource::Laplacian(columns) => columns,
        _ => 0,
    }
}

/// Declares the inputs, and makes the first level of them.
pub fn declare(graph: &mut Graph<'_>) -> (Inputs, Level) {
    let schema = graph.model().schema();
    let (nodes, rules) = (graph.nodes_axis(), schema.rules());
    let number = |length: usize| Size::Number(length as i64);
    let columns: usize = schema.sources().iter().map(|&source| given_columns(graph, source)).sum();
    let meaning = "features of the nodes; the metadata diffpool.x names the columns";
    let x = (columns > 0).then(|| graph.input("x", element::FLOAT, &[nodes.clone(), number(columns)], meaning));
    let meaning = "label of every node, one of the metadata diffpool.node_labels";
    let one = std::slice::from_ref(&nodes);
    let labels = rules.node_labels.then(|| graph.input("node_labels", element::INT64, one, meaning));
    let meaning = "categories of every node, each the row of a table";
    let axes = [nodes.clone(), number(rules.categories)];
    let categories = (rules.categories > 0).then(|| graph.input("categories", element::INT64, &axes, meaning));

    let relations = schema.edge_labels().len();
    let square = [nodes.clone(), nodes.clone()];
    let meaning = "weights of the edges, 1 where there are none: row i lists what node i reads from, 0 is no edge";
    let given = match relations {
        0 => graph.input("adjacency", element::FLOAT, &square, meaning),
        _ => {
            let axes = [number(relations), nodes.clone(), nodes.clone()];
            let meaning = format!("{meaning}; a matrix for every edge label of the metadata diffpool.relations");
            graph.input("adjacency", element::FLOAT, &axes, &meaning)
        }
    };
    let width = schema.edge_columns().width();
    let meaning = "features of every edge, the mean by weight where several are one; the metadata \
                   diffpool.edge_features names the columns";
    let axes = [nodes.clone(), nodes.clone(), number(width)];
    let features = (width > 0).then(|| graph.input("edge_features", element::FLOAT, &axes, meaning));
    let mask = graph.batched.then(|| {
        let nodes = graph.input("mask", element::BOOL, &[nodes], "true for nodes, false for padding");
        let rows = graph.unsqueeze(&nodes, -1);
        Mask { nodes, rows }
    });

    graph.enter("edges");
    let given = match relations {
        0 => vec![given],
        _ => (0..relations).map(|relation| graph.pick(&given, -3, relation as i64)).collect(),
    };
    let pairs = possible_pairs(graph, mask.as_ref(), &given[0]);
    let kept = |graph: &mut Graph<'_>, adjacency: Value| match &pairs {
        Some(pairs) => graph.or_number(pairs, &adjacency, 0.0),
        None => adjacency,
    };
    let adjacency: Vec<Value> = given.into_iter().map(|adjacency| kept(graph, adjacency)).collect();
    let channels = features.map(|features| weighted(graph, &adjacency[0], &features));
    (Inputs { x, labels, categories }, Level::new(adjacency, channels, mask, true))
}

/// Which pairs of nodes may be joined, where not all may.
fn possible_pairs(graph: &mut Graph<'_>, mask: Option<&Mask>, adjacency: &Value) -> Option<Value> {
    let of_nodes = mask.map(|mask| {
        let columns = graph.unsqueeze(&mask.nodes, -2);
        graph.op("And", &[&mask.rows, &columns])
    });
    if graph.model().config().self_loops == SelfLoops::Keep {
        return of_nodes;
    }
    let loops = graph.is_diagonal(adjacency);
    let others = graph.op("Not", &[&loops]);
    Some(match of_nodes {
        Some(pairs) => graph.op("And", &[&pairs, &others]),
        None => others,
    })
}

/// The features of the edges times their weights, 0 where there is no edge.
fn weighted(graph: &mut Graph<'_>, adjacency: &Value, features: &Value) -> Value {
    let joined = graph.is_not_zero(adjacency);
    let (joined, weights) = (graph.unsqueeze(&joined, -1), graph.unsqueeze(adjacency, -1));
    let channels = graph.mul(&weights, features);
    graph.or_number(&joined, &channels, 0.0)
}
