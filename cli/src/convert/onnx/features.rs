//! The features of the nodes, made of the inputs as the schema of the model says.

use diffpool::config::{Combine, FeatureSource, OutOfVocabulary};
use serde::Deserialize;

use super::graph::{Graph, Value, int};
use super::inputs::{Inputs, given_columns};
use super::level::{Level, Mask};
use super::proto::element;
use crate::failure::{Failure, Result};

/// What of the schema only its JSON tells, see `encoding` in docs/json.md.
#[derive(Deserialize)]
struct Encoding {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    #[serde(default)]
    label_shares: Vec<f64>,
}

/// All columns side by side, `[n, width]`; rows of padding are 0.
pub fn features(graph: &mut Graph<'_>, inputs: &Inputs, level: &Level) -> Result<Value> {
    graph.enter("features");
    let schema = graph.model().schema();
    let internal = |e: serde_json::Error| Failure::Error { code: 1, message: e.to_string() };
    let encoding = serde_json::to_value(schema).and_then(serde_json::from_value::<Encoding>).map_err(internal)?;
    let mut blocks = Vec::new();
    let mut first = 0;
    for &source in schema.sources() {
        let columns = first..first + given_columns(graph, source);
        first = columns.end;
        let given = inputs.x.as_ref().filter(|_| !columns.is_empty()).map(|x| graph.slice(x, -1, columns));
        let mask = level.mask.as_ref();
        blocks.push(match (source, given) {
            (FeatureSource::Attributes, Some(given)) => standardized(graph, &encoding, given),
            (_, Some(given)) => given,
            (FeatureSource::Labels, None) => one_hot(graph, inputs, mask, &encoding)?,
            (FeatureSource::Categories, None) => looked_up(graph, inputs, mask)?,
            (FeatureSource::Constant(width), None) => constant(graph, level, width),
            (FeatureSource::Degree, None) => degree(graph, level),
            (FeatureSource::OneHotDegree(cap), None) => one_hot_degree(graph, level, cap),
            (FeatureSource::Clustering, None) => clustering(graph, level),
            (FeatureSource::RandomWalk(steps), None) => random_walk(graph, level, steps),
            (FeatureSource::Attributes | FeatureSource::Laplacian(_), None) => {
                return Err(Failure::Error { code: 1, message: format!("{source} has no columns") });
            }
        });
    }
    let x = graph.concat(&blocks);
    Ok(match &level.mask {
        Some(mask) => graph.or_number(&mask.rows, &x, 0.0),
        None => x,
    })
}

/// 1 where an edge joins two nodes, whatever its weight and relation, else 0.
fn joined(graph: &mut Graph<'_>, level: &Level) -> Value {
    let mut joined = graph.is_not_zero(&level.adjacency[0]);
    for relation in &level.adjacency[1..] {
        let more = graph.is_not_zero(relation);
        joined = graph.op("Or", &[&joined, &more]);
    }
    graph.indicator(&joined)
}

/// Attributes with mean 0 and deviation 1, where the model has them so: in f64, as the library does.
fn standardized(graph: &mut Graph<'_>, encoding: &Encoding, given: Value) -> Value {
    if encoding.mean.is_empty() {
        return given;
    }
    let (mean, deviation) =
        (graph.doubles("features.mean", &encoding.mean), graph.doubles("features.deviation", &encoding.deviation));
    let wide = graph.cast(&given, element::DOUBLE);
    let centred = graph.sub(&wide, &mean);
    let scaled = graph.div(&centred, &deviation);
    graph.cast(&scaled, element::FLOAT)
}

/// A column for every label.
fn one_hot(graph: &mut Graph<'_>, inputs: &Inputs, mask: Option<&Mask>, encoding: &Encoding) -> Result<Value> {
    let labels = inputs.labels.as_ref().ok_or_else(missing)?;
    let known = graph.list(graph.model().schema().node_labels());
    let labels = graph.unsqueeze(labels, -1);
    let same = graph.op("Equal", &[&labels, &known]);
    let columns = graph.indicator(&same);
    let rule = graph.model().schema().out_of_vocabulary();
    if rule == OutOfVocabulary::Ignore {
        return Ok(columns);
    }
    let any = graph.largest(&columns, -1, true);
    let any = graph.is_not_zero(&any);
    if rule == OutOfVocabulary::Reserve {
        let shares: Vec<f32> = encoding.label_shares.iter().map(|&share| share as f32).collect();
        let shares = graph.floats("features.label_shares", &[shares.len()], &shares);
        return Ok(graph.either(&any, &columns, &shares));
    }
    // A look beyond the end of a table of one row, which runtimes refuse.
    let (inside, outside) = (graph.whole(0), graph.whole(1));
    let row = graph.either(&any, &inside, &outside);
    let row = inside_of_padding(graph, mask.map(|mask| &mask.rows), row);
    let table = graph.floats("features.unknown_label", &[1], &[1.0]);
    let one = graph.op_with("Gather", &[&table, &row], vec![int("axis", 0)]);
    Ok(graph.mul(&columns, &one))
}

/// The rows of the tables of categories.
fn looked_up(graph: &mut Graph<'_>, inputs: &Inputs, mask: Option<&Mask>) -> Result<Value> {
    let categories = inputs.categories.as_ref().ok_or_else(missing)?;
    let (embedding, _) = graph.model().schema().embedding().ok_or_else(missing)?;
    let mut rows: Vec<Value> = Vec::new();
    for (column, &size) in embedding.sizes.iter().enumerate() {
        let value = graph.pick(categories, -1, column as i64);
        let [zero, end] = [0, size as i64].map(|number| graph.whole(number));
        let (above, below) = (graph.op("GreaterOrEqual", &[&value, &zero]), graph.op("Less", &[&value, &end]));
        let known = graph.op("And", &[&above, &below]);
        let other = match embedding.out_of_vocabulary {
            OutOfVocabulary::Refuse => end,
            OutOfVocabulary::Ignore => zero,
            OutOfVocabulary::Reserve => graph.whole(size as i64 - 1),
        };
        let row = graph.either(&known, &value, &other);
        let row = inside_of_padding(graph, mask.map(|mask| &mask.nodes), row);
        let table = graph.weight(&format!("encoder.tables.{column}.weight"))?;
        let mut found = graph.op_with("Gather", &[&table, &row], vec![int("axis", 0)]);
        if embedding.out_of_vocabulary == OutOfVocabulary::Ignore {
            let known = graph.unsqueeze(&known, -1);
            found = graph.or_number(&known, &found, 0.0);
        }
        rows.push(found);
    }
    Ok(match embedding.combine {
        Combine::Concat => graph.concat(&rows),
        Combine::Sum => graph.total(&rows),
    })
}

/// Row 0 of a table for padding, whatever stands there.
fn inside_of_padding(graph: &mut Graph<'_>, is_node: Option<&Value>, row: Value) -> Value {
    match is_node {
        Some(is_node) => {
            let zero = graph.whole(0);
            graph.either(is_node, &row, &zero)
        }
        None => row,
    }
}

fn missing() -> Failure {
    Failure::Error { code: 1, message: "the features of the model have no source".to_string() }
}

fn constant(graph: &mut Graph<'_>, level: &Level, width: usize) -> Value {
    let ones = graph.floats("features.constant", &[width], &vec![1.0; width]);
    // A column of nodes, for there may be no other input that tells how many there are.
    let column = graph.sum(&level.adjacency[0], -1, true);
    let rows = graph.lengths(&column, 0, Some(-1));
    let columns = graph.list(&[width as i64]);
    let shape = graph.op_with("Concat", &[&rows, &columns], vec![int("axis", 0)]);
    graph.op("Expand", &[&ones, &shape])
}

/// Neighbours of every node, under every relation, `[n, 1]`.
fn degree(graph: &mut Graph<'_>, level: &Level) -> Value {
    let mut parts = Vec::new();
    for adjacency in &level.adjacency {
        let joined = graph.is_not_zero(adjacency);
        let joined = graph.indicator(&joined);
        parts.push(graph.sum(&joined, -1, true));
    }
    graph.total(&parts)
}

/// A column for every degree, the last also for larger ones.
fn one_hot_degree(graph: &mut Graph<'_>, level: &Level, cap: usize) -> Value {
    let (degree, most) = (degree(graph, level), graph.number(cap as f32));
    let degree = graph.op("Min", &[&degree, &most]);
    let degrees: Vec<f32> = (0..=cap).map(|degree| degree as f32).collect();
    let degrees = graph.floats("features.degrees", &[degrees.len()], &degrees);
    let same = graph.op("Equal", &[&degree, &degrees]);
    graph.indicator(&same)
}

/// Joined pairs among the neighbours of a node in all such pairs.
fn clustering(graph: &mut Graph<'_>, level: &Level) -> Value {
    let joined = joined(graph, level);
    let loops = graph.is_diagonal(&joined);
    let zero = graph.number(0.0);
    let others = graph.either(&loops, &zero, &joined);
    let shared = graph.matmul(&others, &others);
    let shared = graph.mul(&shared, &others);
    let joined_pairs = graph.sum(&shared, -1, true);
    let degree = graph.sum(&others, -1, true);
    let less = graph.plus(&degree, -1.0);
    let pairs = graph.mul(&degree, &less);
    let some = graph.op("Greater", &[&pairs, &zero]);
    let pairs = graph.or_number(&some, &pairs, 1.0);
    graph.div(&joined_pairs, &pairs)
}

/// The diagonals of the powers of `D^-1 A`, in f64.
fn random_walk(graph: &mut Graph<'_>, level: &Level, steps: usize) -> Value {
    let joined = joined(graph, level);
    let degree = graph.sum(&joined, -1, true);
    let one = graph.number(1.0);
    let degree = graph.larger(&degree, &one);
    let (joined, degree) = (graph.cast(&joined, element::DOUBLE), graph.cast(&degree, element::DOUBLE));
    let step = graph.div(&joined, &degree);
    let own = graph.is_diagonal(&step);
    let own = graph.cast(&own, element::DOUBLE);
    let mut power = step.clone();
    let mut columns = Vec::new();
    for number in 0..steps {
        if number > 0 {
            power = graph.matmul(&power, &step);
        }
        let diagonal = graph.mul(&power, &own);
        let diagonal = graph.sum(&diagonal, -1, true);
        columns.push(graph.cast(&diagonal, element::FLOAT));
    }
    graph.concat(&columns)
}
