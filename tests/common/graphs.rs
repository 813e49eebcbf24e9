//! Small graphs for tests.

use diffpool::graph::{Dataset, EdgeData, EdgeInput, GraphBuilder, GraphInput, GraphRef, GraphRules};
use diffpool::ops::runtime::random::{Purpose, below, shuffle, stream, uniform};

/// What kind of graphs to make.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub directed: bool,
    pub weighted: bool,
    /// Whether weights may be negative.
    pub signed: bool,
    /// Whether edges have one of three labels, some pairs of nodes several.
    pub labelled: bool,
    /// Whether nodes have two categories, the first of 5 values and the second of 300.
    pub categories: bool,
    /// Whether edges have two attributes, some of them 0, of which those of the two entries of an edge differ.
    pub attributed: bool,
}

pub const PLAIN: Kind =
    Kind { directed: false, weighted: false, signed: false, labelled: false, categories: false, attributed: false };
pub const WEIGHTED: Kind = Kind { weighted: true, ..PLAIN };
pub const SIGNED: Kind = Kind { signed: true, ..WEIGHTED };
pub const DIRECTED: Kind = Kind { directed: true, ..WEIGHTED };
pub const CATEGORICAL: Kind = Kind { categories: true, ..PLAIN };
pub const ATTRIBUTED: Kind = Kind { attributed: true, ..WEIGHTED };
pub const LABELLED: Kind = Kind { labelled: true, ..PLAIN };
pub const LABELLED_DIRECTED: Kind = Kind { labelled: true, ..DIRECTED };

/// The edges of a graph to be made.
#[derive(Default, Clone)]
struct Edges {
    pairs: Vec<(i32, i32)>,
    weights: Option<Vec<f32>>,
    labels: Option<Vec<i64>>,
}

/// Adds an undirected or directed graph.
fn add(dataset: &mut Dataset, nodes: usize, edges: &Edges, x: Option<&[f32]>, y: usize) {
    let (sources, targets): (Vec<i32>, Vec<i32>) = edges.pairs.iter().copied().unzip();
    let list = EdgeInput::List { from: &sources, to: &targets };
    let (edge_weight, edge_labels) = (edges.weights.as_deref(), edges.labels.as_deref());
    // Made from the features, so that they need no draws of their own and move with the nodes.
    let category = |row: &[f32]| [(5.0 * row[0].abs()) as i32, (300.0 * row[1].abs()) as i32];
    let categories: Option<Vec<i32>> =
        (dataset.rules().categories > 0).then(|| x.unwrap_or(&[]).chunks_exact(3).flat_map(category).collect());
    let (categories, plain) = (categories.as_deref(), GraphInput::new(nodes, list));
    let input = GraphInput { edge_weight, edge_labels, x, categories, ..plain };
    dataset.add(&mut GraphBuilder::new(), &input, y).unwrap();
}

/// Random values: a feature in (-1, 1) each, and weights that stay away from 0.
struct Draw {
    random: rand_chacha::ChaCha8Rng,
    kind: Kind,
}

impl Draw {
    fn new(seed: u64, graph: usize, kind: Kind) -> Self {
        Self { random: stream(seed, Purpose::Synthetic, graph as u64, 99), kind }
    }

    fn features(&mut self, nodes: usize) -> Vec<f32> {
        (0..3 * nodes).map(|_| (2.0 * uniform(&mut self.random) - 1.0) as f32).collect()
    }

    /// Weights and labels for the pairs; with labels, every third pair a second time under another one.
    fn edges(&mut self, mut pairs: Vec<(i32, i32)>) -> Edges {
        let mut labels = None;
        if self.kind.labelled {
            // Not 0, 1, 2, so that a label is not taken for the number of its relation.
            let mut own: Vec<i64> = pairs.iter().map(|_| [-3, 4, 9][below(&mut self.random, 3)]).collect();
            let again: Vec<usize> = (0..pairs.len()).step_by(3).collect();
            pairs.extend(again.iter().map(|&at| pairs[at]).collect::<Vec<_>>());
            own.extend(again.iter().map(|&at| if own[at] == 4 { -3 } else { 4 }).collect::<Vec<_>>());
            labels = Some(own);
        }
        let weights = self.weights(&pairs);
        Edges { pairs, weights, labels }
    }

    fn weights(&mut self, pairs: &[(i32, i32)]) -> Option<Vec<f32>> {
        let mut weight = || {
            let size = (0.2 + 2.0 * uniform(&mut self.random)) as f32;
            if self.kind.signed && below(&mut self.random, 3) == 0 { -size } else { size }
        };
        let weights = pairs.iter().map(|_| weight()).collect();
        self.kind.weighted.then_some(weights)
    }

    /// About two edges a node, self-loops among them.
    fn pairs(&mut self, nodes: usize) -> Vec<(i32, i32)> {
        let mut node = || below(&mut self.random, nodes) as i32;
        let mut pairs: Vec<(i32, i32)> = (0..2 * nodes).map(|_| (node(), node())).collect();
        if !self.kind.directed {
            pairs.iter_mut().for_each(|(a, b)| (*a, *b) = ((*a).min(*b), (*a).max(*b)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

fn with_features(name: &str, kind: Kind) -> Dataset {
    let Kind { directed, labelled: edge_labels, .. } = kind;
    let categories = if kind.categories { 2 } else { 0 };
    let rules = GraphRules { features: 3, categories, directed, edge_labels, ..GraphRules::default() };
    Dataset::new(name, rules)
}

/// Gives edges their attributes, after all graphs are there.
fn attach(dataset: &mut Dataset, kind: Kind, seed: u64) {
    if !kind.attributed {
        return;
    }
    let mut random = stream(seed, Purpose::Synthetic, 0, 95);
    let mut value = || if below(&mut random, 4) == 0 { 0.0 } else { (2.0 * uniform(&mut random) - 1.0) as f32 };
    let values = (0..2 * dataset.total_entries()).map(|_| value()).collect();
    dataset.set_edge_attributes(values, 2).unwrap();
}

/// `sizes.len()` random graphs with 3 features, about 2 edges a node, and classes 0, 1, 2 in turn.
pub fn random_dataset(sizes: &[usize], kind: Kind, seed: u64) -> Dataset {
    let mut dataset = with_features("random", kind);
    for (index, &nodes) in sizes.iter().enumerate() {
        let mut draw = Draw::new(seed, index, kind);
        let pairs = draw.pairs(nodes);
        let (edges, x) = (draw.edges(pairs), draw.features(nodes));
        add(&mut dataset, nodes, &edges, Some(&x), index % 3);
    }
    attach(&mut dataset, kind, seed);
    dataset
}

/// Random graphs among graphs that are easy to get wrong: a lone node, a lone node with a self-loop, nodes without
/// edges, a star, and a complete graph with all self-loops. Classes 0, 1, 2 in turn.
pub fn unusual_dataset(kind: Kind, seed: u64) -> Dataset {
    let complete = (0..5).flat_map(|i| (0..5).map(move |j| (i, j))).filter(|(i, j)| kind.directed || i <= j).collect();
    let shapes: [(usize, Vec<(i32, i32)>); 5] = [
        (1, vec![]),
        (1, vec![(0, 0)]),
        (4, vec![]),
        (7, (1..6).map(|leaf| (0, leaf)).collect()), // and node 6 alone
        (5, complete),
    ];
    let mut dataset = with_features("unusual", kind);
    for index in 0..2 * shapes.len() {
        let mut draw = Draw::new(seed, index, kind);
        let (nodes, pairs) = match index % 2 {
            0 => shapes[index / 2].clone(),
            _ => (3 + index, draw.pairs(3 + index)),
        };
        let (edges, x) = (draw.edges(pairs), draw.features(nodes));
        add(&mut dataset, nodes, &edges, Some(&x), index % 3);
    }
    attach(&mut dataset, kind, seed);
    dataset
}

/// The random targets of one of the tasks with columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Columns {
    /// 0, 1 or missing.
    Labels(usize),
    /// Numbers in (-2, 2), or missing.
    Numbers(usize),
}

/// The same graphs with random targets, about every fourth of them missing.
pub fn with_targets(mut dataset: Dataset, columns: Columns, seed: u64) -> Dataset {
    let mut random = stream(seed, Purpose::Synthetic, 0, 96);
    let width = match columns {
        Columns::Labels(width) | Columns::Numbers(width) => width,
    };
    let mut value = || match (below(&mut random, 4), columns) {
        (0, _) => f32::NAN,
        (_, Columns::Labels(_)) => below(&mut random, 2) as f32,
        (_, Columns::Numbers(_)) => (4.0 * uniform(&mut random) - 2.0) as f32,
    };
    let values = (0..dataset.len() * width).map(|_| value()).collect();
    dataset.set_targets(values, width).unwrap();
    dataset
}

/// The same graphs with random sequences of up to 4 words, of which 3 are to be predicted, of a vocabulary of 6; some
/// words are beyond it.
pub fn with_sequences(mut dataset: Dataset, seed: u64) -> Dataset {
    let mut random = stream(seed, Purpose::Synthetic, 0, 95);
    let (mut offsets, mut words) = (vec![0], Vec::new());
    for _ in 0..dataset.len() {
        words.extend((0..below(&mut random, 5)).map(|_| [0, 1, 2, 3, 4, 9][below(&mut random, 6)]));
        offsets.push(words.len());
    }
    dataset.set_sequences(&offsets, &words, 3, 6).unwrap();
    dataset
}

/// Cycles (class 0) and cliques with a tail (class 1) of 5 to 14 nodes in turn, without node features: easy to tell
/// apart by anything that looks at degrees.
pub fn cycles_and_cliques(graphs: usize, seed: u64) -> Dataset {
    let mut dataset = Dataset::new("cycles and cliques", GraphRules::default());
    for index in 0..graphs {
        let mut random = stream(seed, Purpose::Synthetic, index as u64, 98);
        let nodes = 5 + below(&mut random, 10) as i32;
        let clique = 3 + below(&mut random, nodes as usize - 4) as i32;
        let pairs: Vec<(i32, i32)> = match index % 2 {
            0 => (0..nodes).map(|i| (i, (i + 1) % nodes)).collect(),
            _ => {
                let tail = (clique..nodes).map(|i| (i - 1, i));
                (0..clique).flat_map(|i| (0..i).map(move |j| (i, j))).chain(tail).collect()
            }
        };
        add(&mut dataset, nodes as usize, &Edges { pairs, ..Edges::default() }, None, index % 2);
    }
    dataset
}

/// A random order of `0..n`.
pub fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(&mut stream(seed, Purpose::Synthetic, 0, 97), &mut order);
    order
}

/// The same graphs with other node numbers: node `i` of graph `g` becomes node `permutation(nodes, seed + g)[i]`.
pub fn renumbered(dataset: &Dataset, seed: u64) -> Dataset {
    let mut out = Dataset::new("renumbered", dataset.rules());
    for index in 0..dataset.len() {
        let graph = dataset.graph(index);
        let to = permutation(graph.nodes(), seed + index as u64);
        let mut x = vec![0.0; graph.x().len()];
        let width = graph.features();
        for (node, &at) in to.iter().enumerate() {
            x[at * width..(at + 1) * width].copy_from_slice(&graph.x()[node * width..(node + 1) * width]);
        }
        let mut pairs = Vec::new();
        for (node, &at) in to.iter().enumerate() {
            pairs.extend(graph.neighbours(node).iter().map(|&j| (at as i32, to[j as usize] as i32)));
        }
        let (weights, labels) = (graph.edge_weight().map(<[f32]>::to_vec), graph.edge_labels().map(<[i64]>::to_vec));
        add(&mut out, graph.nodes(), &Edges { pairs, weights, labels }, Some(&x), dataset.y(index));
    }
    move_attributes(dataset, &mut out, seed);
    out
}

/// Gives the entries of renumbered graphs the attributes that they had.
fn move_attributes(from: &Dataset, to: &mut Dataset, seed: u64) {
    let width = from.edge_attribute_columns();
    let mut values = Vec::new();
    for index in (0..from.len()).filter(|_| width > 0) {
        let (old, new) = (from.graph(index), to.graph(index));
        let numbers = permutation(old.nodes(), seed + index as u64);
        let entries = |graph: GraphRef<'_>| -> Vec<(usize, usize, i64)> {
            let of_row = |i: usize| (graph.indptr()[i] as usize..graph.indptr()[i + 1] as usize).map(move |e| (i, e));
            let all = (0..graph.nodes()).flat_map(of_row);
            all.map(|(i, e)| (i, graph.indices()[e] as usize, graph.edge_labels().map_or(0, |l| l[e]))).collect()
        };
        let moved: Vec<_> = entries(old).into_iter().map(|(i, j, l)| (numbers[i], numbers[j], l)).collect();
        for entry in entries(new) {
            let at = moved.iter().position(|other| *other == entry).unwrap();
            values.extend_from_slice(&old.edge_attributes()[at * width..(at + 1) * width]);
        }
    }
    if width > 0 {
        to.set_edge_attributes(values, width).unwrap();
    }
}

/// The same graphs, every edge with the label 7.
pub fn with_one_label(dataset: &Dataset) -> Dataset {
    let mut out = dataset.clone();
    let labels = vec![7; dataset.total_entries()];
    out.set_edge_data(EdgeData { labels, ..EdgeData::default() }).unwrap();
    out
}

/// The dense adjacency matrix of a graph.
pub fn dense(graph: GraphRef<'_>) -> Vec<Vec<f64>> {
    dense_of(graph, None)
}

/// The dense adjacency matrix of a graph, of all edges or of those of one label.
pub fn dense_of(graph: GraphRef<'_>, label: Option<i64>) -> Vec<Vec<f64>> {
    let n = graph.nodes();
    let mut a = vec![vec![0.0; n]; n];
    for (i, row) in a.iter_mut().enumerate() {
        for e in graph.indptr()[i] as usize..graph.indptr()[i + 1] as usize {
            if label.is_none_or(|label| graph.edge_labels().unwrap()[e] == label) {
                row[graph.indices()[e] as usize] += graph.edge_weight().map_or(1.0, |w| f64::from(w[e]));
            }
        }
    }
    a
}

/// The channels of the edges of a graph, a dense matrix each: attributes, then labels, times the weights.
pub fn channels_of(graph: GraphRef<'_>, attributes: usize, labels: &[i64]) -> Vec<Vec<Vec<f64>>> {
    let (n, width) = (graph.nodes(), attributes + labels.len());
    let mut all = vec![vec![vec![0.0; n]; n]; width];
    for (node, row) in graph.indptr().windows(2).enumerate() {
        for e in row[0] as usize..row[1] as usize {
            let (j, weight) = (graph.indices()[e] as usize, graph.edge_weight().map_or(1.0, |w| f64::from(w[e])));
            let own = graph.edge_attributes().iter().skip(e * attributes).take(attributes);
            let has = |label: &i64| f64::from(u8::from(graph.edge_labels().unwrap()[e] == *label));
            let features = own.map(|&v| f64::from(v)).chain(labels.iter().map(has));
            all.iter_mut().zip(features).for_each(|(channel, value)| channel[node][j] += weight * value);
        }
    }
    all
}
