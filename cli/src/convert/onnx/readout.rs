//! Readouts: the rows of a level as one.

use diffpool::config::{Config, Padding, Readout};

use super::arithmetic::LOWEST;
use super::graph::{Graph, Value, body, int, ints, subgraph};
use super::level::Mask;
use super::proto::element;
use crate::failure::Result;

/// What is read out.
pub struct Rows<'a> {
    /// What the names of the readout's tensors begin with.
    pub path: String,
    /// `[n, columns]`.
    pub z: &'a Value,
    /// What tells rows from padding.
    pub mask: Option<&'a Mask>,
    /// Whether they are the nodes of graphs of different sizes.
    pub are_nodes: bool,
}

/// The readout of the configuration, `[columns]`.
pub fn read_out(graph: &mut Graph<'_>, rows: &Rows<'_>) -> Result<Value> {
    graph.enter(rows.path.clone());
    match graph.model().config().readout {
        Readout::Max => largest(graph, rows),
        Readout::Mean => {
            let (sum, count) = (sum(graph, rows), count(graph, rows));
            Ok(graph.div(&sum, &count))
        }
        Readout::Sum => Ok(sum(graph, rows)),
        Readout::Attention => {
            let gate = |name: &str| format!("{}.gate.{name}", rows.path);
            let scores = graph.linear(rows.z, &gate("weight"), &gate("bias"))?;
            Ok(attended(graph, rows, &scores))
        }
        Readout::Set2set => set2set(graph, rows),
        Readout::SortPool => Ok(sort_pool(graph, rows)),
    }
}

fn sum(graph: &mut Graph<'_>, rows: &Rows<'_>) -> Value {
    let z = match rows.mask {
        Some(mask) => graph.or_number(&mask.rows, rows.z, 0.0),
        None => rows.z.clone(),
    };
    graph.sum(&z, -2, false)
}

/// The number of rows, `[1]`.
fn count(graph: &mut Graph<'_>, rows: &Rows<'_>) -> Value {
    match rows.mask {
        Some(mask) => {
            let rows = graph.indicator(&mask.rows);
            graph.sum(&rows, -2, false)
        }
        None => {
            let count = graph.lengths(rows.z, -2, Some(-1));
            graph.cast(&count, element::FLOAT)
        }
    }
}

/// The largest values, which are those of a row of zeros, too, where another implementation is imitated that pads
/// graphs to a number of nodes.
fn largest(graph: &mut Graph<'_>, rows: &Rows<'_>) -> Result<Value> {
    let z = match rows.mask {
        Some(mask) => graph.or_number(&mask.rows, rows.z, LOWEST),
        None => rows.z.clone(),
    };
    let largest = graph.largest(&z, -2, false);
    match Padding::parse(&graph.model().config().padding)? {
        Padding::Nodes(nodes) if rows.are_nodes => {
            let (count, zero, nodes) = (count(graph, rows), graph.number(0.0), graph.number(nodes as f32));
            let fewer = graph.op("Less", &[&count, &nodes]);
            let with_zeros = graph.larger(&largest, &zero);
            Ok(graph.either(&fewer, &with_zeros, &largest))
        }
        _ => Ok(largest),
    }
}

/// The mean of the rows, weighted by the softmax of `scores [n, 1]`.
fn attended(graph: &mut Graph<'_>, rows: &Rows<'_>, scores: &Value) -> Value {
    let scores = match rows.mask {
        Some(mask) => graph.or_number(&mask.rows, scores, LOWEST),
        None => scores.clone(),
    };
    let shares = graph.softmax(&scores, -2);
    let weighted = graph.mul(&shares, rows.z);
    graph.sum(&weighted, -2, false)
}

fn set2set(graph: &mut Graph<'_>, rows: &Rows<'_>) -> Result<Value> {
    let Config { set2set_steps, .. } = **graph.model().config();
    let sum = graph.sum(rows.z, -2, false);
    let shape = graph.lengths(&sum, 0, None);
    let zero = graph.number(0.0);
    let zeros = graph.op("Expand", &[&zero, &shape]);
    let lstm = |name: &str| format!("{}.lstm.{name}", rows.path);
    let (mut q, mut r, mut cell) = (zeros.clone(), zeros.clone(), zeros);
    for _ in 0..set2set_steps {
        let input = graph.concat(&[q.clone(), r.clone()]);
        let gates = graph.linear(&input, &lstm("weight_ih"), &lstm("bias_ih"))?;
        let of_state = graph.linear(&q, &lstm("weight_hh"), &lstm("bias_hh"))?;
        let gates = graph.add(&gates, &of_state);
        let parts = graph.several("Split", &[&gates], vec![int("axis", -1)], 4);
        let [input, forget, output] = [0, 1, 3].map(|part: usize| graph.op("Sigmoid", &[&parts[part]]));
        let candidate = graph.op("Tanh", &[&parts[2]]);
        let (kept, new) = (graph.mul(&forget, &cell), graph.mul(&input, &candidate));
        cell = graph.add(&kept, &new);
        let bounded = graph.op("Tanh", &[&cell]);
        q = graph.mul(&output, &bounded);
        let query = graph.unsqueeze(&q, -1);
        let scores = graph.matmul(rows.z, &query);
        r = attended(graph, rows, &scores);
    }
    Ok(graph.concat(&[q, r]))
}

/// The rows by falling last column, those that are equal there by the column before, and so on: sorted by one column
/// after the other from the first on, where `TopK` leaves equal ones in their order.
fn sort_pool(graph: &mut Graph<'_>, rows: &Rows<'_>) -> Value {
    let Config { sort_pool_nodes: kept, .. } = **graph.model().config();
    let z = rows.z;
    let first = graph.pick(z, -1, 0);
    let (numbers, shape) = (graph.count_up(&first), graph.lengths(&first, 0, None));
    let start = graph.op("Expand", &[&numbers, &shape]);
    let attributes = vec![
        subgraph("body", sorting_body()),
        int("num_scan_inputs", 1),
        ints("scan_input_axes", &[i64::from(graph.batched) + 1]),
    ];
    let mut order = graph.op_with("Scan", &[&start, z], attributes);
    if let Some(mask) = rows.mask {
        // Padding behind all nodes.
        let is_node = graph.indicator(&mask.nodes);
        let sorted = graph.op_with("GatherElements", &[&is_node, &order], vec![int("axis", -1)]);
        let count = graph.lengths(&order, -1, None);
        let places = graph.several("TopK", &[&sorted, &count], vec![int("axis", -1)], 2).remove(1);
        order = graph.op_with("GatherElements", &[&order, &places], vec![int("axis", -1)]);
    }
    let z = match rows.mask {
        Some(mask) => graph.or_number(&mask.rows, z, 0.0),
        None => z.clone(),
    };
    let (order, shape) = (graph.unsqueeze(&order, -1), graph.lengths(&z, 0, None));
    let order = graph.op("Expand", &[&order, &shape]);
    let sorted = graph.op_with("GatherElements", &[&z, &order], vec![int("axis", -2)]);
    let lead = usize::from(graph.batched);
    let mut pads = vec![0; 2 * (lead + 2)];
    pads[lead + 2 + lead] = kept as i64;
    let pads = graph.list(&pads);
    let filled = graph.op("Pad", &[&sorted, &pads]);
    let filled = graph.slice(&filled, -2, 0..kept);
    graph.reshaped(&filled, &[-1])
}

/// Sorts the nodes, whose `order` is known by the columns before, by one more column.
fn sorting_body() -> super::proto::Graph {
    let last = || vec![int("axis", -1)];
    body(
        "sort_by_column",
        &[("order", element::INT64), ("column", element::FLOAT)],
        &[
            ("GatherElements", &["column", "order"], "sorted", last()),
            ("Shape", &["column"], "count", vec![int("start", -1)]),
            ("TopK", &["sorted", "count"], "values places", last()),
            ("GatherElements", &["order", "places"], "new_order", last()),
        ],
        ("new_order", element::INT64),
    )
}
