//! The whole forward pass a second time: dense matrices as nested vectors, plain loops, one graph after the other.
//!
//! Written from the formulas of the documentation, and too simple to be wrong. It shares no code with the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;

use diffpool::config::{Activation, Assignment, FinalAdjacency, FinalLayer, JumpingKnowledge, LossParts, PoolLoss};
use diffpool::config::{Config, Conv};
use diffpool::config::{NormPosition, Normalization, PaddedRows, Padding, PooledAdjacency, Readout, ReadoutLevels};
use diffpool::graph::{Dataset, GraphRef};
use diffpool::model::Model;
use diffpool::ops::runtime::random::{Purpose, stream, uniform};

use super::graphs::{channels_of, dense, dense_of};
use super::naive_convs::NaiveConv;
use super::naive_losses::{Losses, columns};
pub use super::naive_matrix::Matrix;
use super::naive_matrix::{activation, plus_row, product};

/// A level of one graph.
#[derive(Debug, Clone)]
pub struct Pooled {
    pub s: Matrix,
    pub x: Matrix,
    pub a: Matrix,
    /// Of every relation.
    pub relations: Vec<Matrix>,
}

/// What the pass computes.
#[derive(Debug, Default)]
pub struct Passed {
    /// One row a graph.
    pub logits: Matrix,
    /// One row a graph: what enters the head.
    pub embedding: Matrix,
    /// Of every graph, every pooling.
    pub pooled: Vec<Vec<Pooled>>,
    pub class_loss: f64,
    pub pooling: LossParts,
    /// Mean and unbiased variance over the batch of every batch norm, by name. Of a training pass only.
    pub statistics: BTreeMap<String, (Vec<f64>, Vec<f64>)>,
}

/// Runs the graphs `indices` through `model`, whose features must be attributes alone and not standardised. Dropout
/// is left out.
pub fn pass(model: &Model<f64>, dataset: &Dataset, indices: &[usize], training: bool) -> Passed {
    let (statistics, used, edges) = (BTreeMap::new(), Vec::new(), model.schema().edge_columns());
    let channels =
        indices.iter().map(|&i| channels_of(dataset.graph(i), edges.attributes, &edges.labels.values)).collect();
    let mut naive = Naive { model, config: model.config(), training, statistics, used, channels };
    let mut a: Vec<Matrix> = indices.iter().map(|&i| dense(dataset.graph(i))).collect();
    let labels = model.schema().edge_labels();
    let mut relations: Vec<Vec<Matrix>> = match labels {
        [] => a.iter().map(|a| vec![a.clone()]).collect(),
        _ => indices.iter().map(|&i| labels.iter().map(|&l| dense_of(dataset.graph(i), Some(l))).collect()).collect(),
    };
    let mut x: Vec<Matrix> = indices
        .iter()
        .map(|&i| dataset.graph(i).x().chunks(3).map(|row| row.iter().map(|&v| f64::from(v)).collect()).collect())
        .collect();
    let mut out = Passed { pooled: vec![Vec::new(); indices.len()], ..Passed::default() };
    out.embedding = vec![Vec::new(); indices.len()];
    let config = model.config();
    let depth = config.clusters.len();
    for level in 0..=depth {
        let layers = if depth > 0 && level == depth { config.final_layers } else { config.embed_layers };
        let path = format!("levels.{level}.embed");
        let z = naive.stack(&path, config.embed_conv, layers, config.embed_final, &relations, &x);
        if level == depth || config.readout_levels == ReadoutLevels::All {
            naive.read_out(level, false, &z, &mut out.embedding);
        }
        if level == depth {
            break;
        }
        let assignments = naive.assignments(level, &a, &relations, &x);
        let mut losses = Losses::default();
        for graph in 0..indices.len() {
            let mut s = assignments[graph].clone();
            if config.hard_assignment && !training {
                s.iter_mut().for_each(|row| harden(row));
            }
            // Stored entries: those of the sparse matrix at the first level, all of them after it.
            let entries = if level == 0 { stored(dataset.graph(indices[graph])) } else { a[graph].len().pow(2) };
            let padded = if level == 0 { padded(config, &a, a[graph].len()) } else { a[graph].len() };
            losses.add(config, level, (entries, padded), &a[graph], &s);
            let transposed = columns(&s);
            x[graph] = product(&transposed, &z[graph]);
            for a in std::iter::once(&mut a[graph]).chain(&mut relations[graph]) {
                *a = product(&product(&transposed, a), &s);
            }
            let channels = naive.channels[graph].iter_mut();
            channels.for_each(|channel| *channel = product(&product(&transposed, channel), &s));
            if config.pooled_adjacency == PooledAdjacency::Normalized {
                relations[graph].iter_mut().for_each(normalize_pooled);
                let sum = |i: usize, j: usize| relations[graph].iter().map(|r| r[i][j]).sum();
                let k = transposed.len();
                a[graph] = (0..k).map(|i| (0..k).map(|j| sum(i, j)).collect()).collect();
            }
            let pooled = Pooled { s, x: x[graph].clone(), a: a[graph].clone(), relations: relations[graph].clone() };
            out.pooled[graph].push(pooled);
            if config.final_adjacency == FinalAdjacency::Full && level + 1 == depth {
                relations[graph].iter_mut().flatten().flatten().for_each(|v| *v = 1.0);
            }
        }
        if config.readout_levels == ReadoutLevels::Pooled {
            naive.read_out(level, true, &x, &mut out.embedding);
        }
        let losses = losses.of_batch(config);
        PoolLoss::ALL.iter().for_each(|&loss| out.pooling[loss] += losses[loss]);
    }
    out.logits = naive.head(&out.embedding);
    out.class_loss = class_loss(config, &out.logits, indices.iter().map(|&i| dataset.y(i)));
    out.statistics = naive.statistics;
    out
}

/// Without edges from a cluster to itself, and divided by the roots of the degrees.
fn normalize_pooled(a: &mut Matrix) {
    (0..a.len()).for_each(|i| a[i][i] = 0.0);
    let degrees: Vec<f64> = a.iter().map(|row| row.iter().sum()).collect();
    for (row, of_row) in a.iter_mut().zip(&degrees) {
        for (v, of_column) in row.iter_mut().zip(&degrees) {
            *v = if *of_row > 0.0 && *of_column > 0.0 { *v / of_row.sqrt() / of_column.sqrt() } else { 0.0 };
        }
    }
}

/// Pairs of nodes with an edge, or with several.
fn stored(graph: GraphRef<'_>) -> usize {
    let pairs = (0..graph.nodes()).flat_map(|i| graph.neighbours(i).iter().map(move |&j| (i, j)));
    pairs.collect::<BTreeSet<_>>().len()
}

struct Naive<'a> {
    model: &'a Model<f64>,
    config: &'a Config,
    training: bool,
    statistics: BTreeMap<String, (Vec<f64>, Vec<f64>)>,
    /// Of every graph, how many nodes the clusters hold that have any.
    used: Vec<Vec<usize>>,
    /// Of every graph at the level at hand, a matrix a channel of its edges.
    channels: Vec<Vec<Matrix>>,
}

impl Naive<'_> {
    fn vector(&self, name: &str) -> Vec<f64> {
        self.model.tensor(name).unwrap().1.to_vec()
    }

    fn matrix(&self, name: &str) -> Matrix {
        let (shape, values) = self.model.tensor(name).unwrap();
        values.chunks(shape[1]).map(<[f64]>::to_vec).collect()
    }

    /// The tensor of this name; one of one dimension is a row.
    fn optional(&self, name: &str) -> Option<Matrix> {
        let (shape, values) = self.model.tensor(name).ok()?;
        Some(values.chunks(shape[shape.len() - 1]).map(<[f64]>::to_vec).collect())
    }

    /// Assignment matrices of all graphs at a level, before they are made hard.
    fn assignments(&mut self, level: usize, a: &[Matrix], relations: &[Vec<Matrix>], x: &[Matrix]) -> Vec<Matrix> {
        let config = self.config;
        let clusters = config.clusters[level] as usize;
        let soft = |logits: &Matrix| logits.iter().map(|row| softmax(row, config.temperature)).collect();
        match config.assignment {
            Assignment::Learned => {
                let (path, last) = (format!("levels.{level}.assign"), config.assign_final);
                self.stack(&path, config.assign_conv, config.assign_layers, last, relations, x)
                    .iter()
                    .map(soft)
                    .collect()
            }
            Assignment::Random => {
                let row = |node| drawn(config.seed, level as u64, node as u64, clusters);
                a.iter().map(|a| soft(&(0..a.len()).map(row).collect())).collect()
            }
            Assignment::Graclus => {
                if level == 0 {
                    self.used = a.iter().map(|a| vec![1; a.len()]).collect();
                }
                a.iter().zip(&mut self.used).map(|(a, used)| graclus(a, used, clusters)).collect()
            }
        }
    }

    /// Outputs of a GNN stack for all graphs, which meet in the batch norms.
    /// A stack over the graphs of a level, padded where that is asked for, less the rows that were added.
    fn stack(
        &mut self,
        path: &str,
        conv: Conv,
        layers: usize,
        last: FinalLayer,
        a: &[Vec<Matrix>],
        x: &[Matrix],
    ) -> Vec<Matrix> {
        if self.config.padded_rows == PaddedRows::Zeros || !path.starts_with("levels.0.") {
            return self.stack_of_all(path, conv, layers, last, a, x);
        }
        let sizes: Vec<usize> = x.iter().map(Vec::len).collect();
        let nodes: Vec<usize> = sizes.iter().map(|&n| padded(self.config, x, n)).collect();
        let grow = |m: &Matrix, n: usize, columns: usize| {
            let mut m = m.clone();
            m.resize(n, Vec::new());
            m.iter_mut().for_each(|row| row.resize(columns, 0.0));
            m
        };
        let relations = |(a, &n): (&Vec<Matrix>, &usize)| a.iter().map(|a| grow(a, n, n)).collect();
        let a: Vec<Vec<Matrix>> = a.iter().zip(&nodes).map(relations).collect();
        let x: Vec<Matrix> = x.iter().zip(&nodes).map(|(x, &n)| grow(x, n, x[0].len())).collect();
        let mut out = self.stack_of_all(path, conv, layers, last, &a, &x);
        out.iter_mut().zip(sizes).for_each(|(rows, n)| rows.truncate(n));
        out
    }

    fn stack_of_all(
        &mut self,
        path: &str,
        conv: Conv,
        layers: usize,
        last: FinalLayer,
        a: &[Vec<Matrix>],
        x: &[Matrix],
    ) -> Vec<Matrix> {
        let config = self.config;
        let mut outputs: Vec<Vec<Matrix>> = Vec::new();
        let virtual_node = self.optional(&format!("{path}.virtual_node.start"));
        let mut v: Matrix = virtual_node.iter().flat_map(|start| vec![start[0].clone(); x.len()]).collect();
        for layer in 0..layers {
            let input = outputs.last().map_or(x, Vec::as_slice);
            let input = self.joined(path, layer, layers, input, &mut v);
            let tensor = |name: &str| self.optional(&format!("{path}.convs.{layer}.{name}"));
            let last = layer + 1 == layers;
            let convolved = a.iter().zip(&input).zip(&self.channels).map(|((a, x), channels)| {
                NaiveConv { kind: conv, tensor: &tensor, config, last, channels }.output(a, x)
            });
            let mut h: Vec<Matrix> = convolved.collect();
            let every = |h: &mut [Matrix], f: &dyn Fn(&mut Vec<f64>)| h.iter_mut().flatten().for_each(f);
            if config.l2_normalize {
                every(&mut h, &|row| {
                    let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
                    row.iter_mut().for_each(|v| *v /= norm);
                });
            }
            if layer + 1 < layers || config.activate_last {
                let activate = |row: &mut Vec<f64>| row.iter_mut().for_each(|v| *v = activation(config.activation, *v));
                if config.norm_position == NormPosition::Post {
                    every(&mut h, &activate);
                }
                match config.normalization {
                    Normalization::Batch => self.batch_norm(&format!("{path}.norms.{layer}"), &mut h),
                    Normalization::Layer => self.layer_norm(&format!("{path}.norms.{layer}"), &mut h),
                    Normalization::None => {}
                }
                if config.norm_position == NormPosition::Pre {
                    every(&mut h, &activate);
                }
            }
            outputs.push(h);
        }
        let graphs = 0..a.len();
        let joined: Vec<Matrix> = match config.jumping_knowledge {
            JumpingKnowledge::Last => outputs.pop().unwrap(),
            JumpingKnowledge::Max => {
                let largest =
                    |g: usize, i: usize, j: usize| outputs.iter().map(|h| h[g][i][j]).fold(f64::MIN, f64::max);
                let row = |g: usize, i: usize| (0..outputs[0][g][i].len()).map(|j| largest(g, i, j)).collect();
                graphs.map(|g| (0..x[g].len()).map(|i| row(g, i)).collect()).collect()
            }
            JumpingKnowledge::Concat => graphs
                .map(|g| (0..x[g].len()).map(|i| outputs.iter().flat_map(|h| h[g][i].clone()).collect()).collect())
                .collect(),
        };
        if last == FinalLayer::None {
            return joined;
        }
        let (w, b) = (self.matrix(&format!("{path}.linear.weight")), self.vector(&format!("{path}.linear.bias")));
        let mut out: Vec<Matrix> = joined.iter().map(|x| plus_row(product(x, &w), &b)).collect();
        if last == FinalLayer::LinearActivation {
            out.iter_mut().flatten().flatten().for_each(|v| *v = activation(config.activation, *v));
        }
        out
    }

    /// The input of a layer with the virtual nodes added, which take their next state.
    fn joined(&self, path: &str, layer: usize, layers: usize, x: &[Matrix], states: &mut [Vec<f64>]) -> Vec<Matrix> {
        let mut input = x.to_vec();
        for (x, v) in input.iter_mut().zip(states) {
            *x = plus_row(x.clone(), v);
            let sums = columns(x).iter().zip(&*v).map(|(column, v)| column.iter().sum::<f64>() + v).collect();
            if layer + 1 < layers {
                *v = self.updated(&format!("{path}.virtual_node.updates.{layer}"), sums);
            }
        }
        input
    }

    /// The next state of a virtual node.
    fn updated(&self, path: &str, mut state: Vec<f64>) -> Vec<f64> {
        for block in 0..2 {
            let path = format!("{path}.{block}");
            let (w, b) = (self.matrix(&format!("{path}.weight")), self.vector(&format!("{path}.bias")));
            let row = plus_row(product(&vec![state], &w), &b).remove(0);
            let (gamma, beta) =
                (self.vector(&format!("{path}.norm.weight")), self.vector(&format!("{path}.norm.bias")));
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / row.len() as f64;
            let scale = (variance + self.config.batch_norm_epsilon).sqrt();
            let normed = row.iter().enumerate().map(|(j, v)| gamma[j] * (v - mean) / scale + beta[j]);
            state = normed.map(|v| activation(self.config.activation, v)).collect();
        }
        state
    }

    /// Scale and shift of a norm of `width` columns.
    fn affine(&self, path: &str, width: usize) -> (Vec<f64>, Vec<f64>) {
        match self.config.norm_affine {
            true => (self.vector(&format!("{path}.weight")), self.vector(&format!("{path}.bias"))),
            false => (vec![1.0; width], vec![0.0; width]),
        }
    }

    fn layer_norm(&self, path: &str, h: &mut [Matrix]) {
        for row in h.iter_mut().flatten() {
            let (gamma, beta) = self.affine(path, row.len());
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / row.len() as f64;
            for (j, v) in row.iter_mut().enumerate() {
                *v = gamma[j] * (*v - mean) / (variance + self.config.batch_norm_epsilon).sqrt() + beta[j];
            }
        }
    }

    fn batch_norm(&mut self, path: &str, h: &mut [Matrix]) {
        let mut stacked: Matrix = h.iter().flatten().cloned().collect();
        let width = stacked[0].len();
        if path.starts_with("levels.0.") {
            let missing = |x: &Matrix| padded(self.config, h, x.len()) - x.len();
            let rows = h.iter().map(missing).sum();
            stacked.extend(vec![vec![0.0; width]; rows]);
        }
        let (gamma, beta) = self.affine(path, width);
        let mut mean = self.vector(&format!("{path}.running_mean"));
        let mut variance = self.vector(&format!("{path}.running_var"));
        if self.training {
            let n = stacked.len() as f64;
            let mut unbiased = Vec::new();
            for (j, column) in columns(&stacked).iter().enumerate() {
                mean[j] = column.iter().sum::<f64>() / n;
                let squares = column.iter().map(|v| (v - mean[j]).powi(2)).sum::<f64>();
                variance[j] = squares / n;
                unbiased.push(squares / (n - 1.0));
            }
            self.statistics.insert(path.to_string(), (mean.clone(), unbiased));
        }
        for row in h.iter_mut().flatten() {
            for (j, v) in row.iter_mut().enumerate() {
                *v = gamma[j] * (*v - mean[j]) / (variance[j] + self.config.batch_norm_epsilon).sqrt() + beta[j];
            }
        }
    }

    /// Appends the readout of every graph's rows to its part of the embedding.
    fn read_out(&self, level: usize, pooled: bool, rows: &[Matrix], embedding: &mut Matrix) {
        let path = format!("levels.{level}.readout");
        let padded = match Padding::parse(&self.config.padding).unwrap() {
            Padding::Nodes(nodes) if level == 0 && !pooled => nodes,
            _ => 0,
        };
        for (out, z) in embedding.iter_mut().zip(rows) {
            let zeros = if z.len() < padded { 0.0 } else { f64::NEG_INFINITY };
            match self.config.readout {
                Readout::Max => out.extend(columns(z).iter().map(|column| largest(column).max(zeros))),
                Readout::Sum => out.extend(sums(z)),
                Readout::Mean => out.extend(sums(z).iter().map(|sum| sum / z.len() as f64)),
                Readout::Attention => {
                    let scores = plus_row(
                        product(z, &self.matrix(&format!("{path}.gate.weight"))),
                        &self.vector(&format!("{path}.gate.bias")),
                    );
                    out.extend(weighted(z, &scores.concat()));
                }
                Readout::Set2set => out.extend(self.set2set(&path, z)),
                Readout::SortPool => {
                    let mut sorted = z.clone();
                    let reversed = |row: &Vec<f64>| row.iter().rev().copied().collect::<Vec<_>>();
                    sorted.sort_by(|a, b| reversed(b).partial_cmp(&reversed(a)).unwrap());
                    sorted.resize(self.config.sort_pool_nodes, vec![0.0; z[0].len()]);
                    out.extend(sorted.concat());
                }
            }
        }
    }

    fn set2set(&self, path: &str, z: &Matrix) -> Vec<f64> {
        let d = z[0].len();
        let sigmoid = |x: f64| activation(Activation::Sigmoid, x);
        let (mut q, mut r, mut c) = (vec![0.0; d], vec![0.0; d], vec![0.0; d]);
        for _ in 0..self.config.set2set_steps {
            let input = product(&vec![[q.clone(), r].concat()], &self.matrix(&format!("{path}.lstm.weight_ih")));
            let hidden = product(&vec![q], &self.matrix(&format!("{path}.lstm.weight_hh")));
            let biases = ["bias_ih", "bias_hh"].map(|name| self.vector(&format!("{path}.lstm.{name}")));
            let gate = |j: usize| input[0][j] + hidden[0][j] + biases[0][j] + biases[1][j];
            c = (0..d)
                .map(|j| sigmoid(gate(d + j)) * c[j] + sigmoid(gate(j)) * activation(Activation::Tanh, gate(2 * d + j)))
                .collect();
            q = (0..d).map(|j| sigmoid(gate(3 * d + j)) * activation(Activation::Tanh, c[j])).collect();
            let scores: Vec<f64> = z.iter().map(|row| row.iter().zip(&q).map(|(z, q)| z * q).sum()).collect();
            r = weighted(z, &scores);
        }
        [q, r].concat()
    }

    fn head(&self, embedding: &Matrix) -> Matrix {
        let hidden = self.config.head_hidden.len();
        let mut x = embedding.clone();
        for layer in 0..=hidden {
            let (w, b) = (self.matrix(&format!("head.{layer}.weight")), self.vector(&format!("head.{layer}.bias")));
            x = plus_row(product(&x, &w), &b);
            if layer < hidden {
                x.iter_mut().flatten().for_each(|v| *v = activation(self.config.activation, *v));
            }
        }
        x
    }
}

fn plus(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
}

/// Normal numbers of one node, by Box and Muller.
fn drawn(seed: u64, level: u64, node: u64, clusters: usize) -> Vec<f64> {
    let mut random = stream(seed, Purpose::Assignment, level, node);
    let normal = |_| {
        let (u, v) = (uniform(&mut random), uniform(&mut random));
        (-2.0 * (1.0 - u).ln()).sqrt() * (2.0 * PI * v).cos()
    };
    (0..clusters).map(normal).collect()
}

fn harden(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::MIN, f64::max);
    let first = row.iter().position(|&v| v == largest).unwrap();
    row.iter_mut().enumerate().for_each(|(j, v)| *v = if j == first { 1.0 } else { 0.0 });
}

/// One-hot clusters of the first `used.len()` rows of `a`, which hold that many nodes each; `used` becomes what the
/// clusters hold. Everything is recomputed from the matrix in every round.
fn graclus(a: &Matrix, used: &mut Vec<usize>, clusters: usize) -> Matrix {
    // Lists of rows.
    let mut groups: Vec<Vec<usize>> = (0..used.len()).map(|i| vec![i]).collect();
    let both = |i: usize, j: usize| a[i][j].abs() + a[j][i].abs();
    while groups.len() > clusters {
        let between =
            |x: &[usize], y: &[usize]| x.iter().flat_map(|&i| y.iter().map(move |&j| both(i, j))).sum::<f64>();
        let every: Vec<usize> = groups.iter().flatten().copied().collect();
        let volume: Vec<f64> = groups.iter().map(|g| between(g, &every)).collect();
        let mut pairs = Vec::new();
        for x in 0..groups.len() {
            for y in x + 1..groups.len() {
                let w = between(&groups[x], &groups[y]);
                if w > 0.0 {
                    pairs.push((w * (1.0 / volume[x] + 1.0 / volume[y]), x, y));
                }
            }
        }
        // Stable, so that equal scores keep the order of their numbers.
        pairs.sort_by(|p, q| q.0.total_cmp(&p.0));
        let most = groups.len() - clusters;
        let mut merges: Vec<(usize, usize)> = Vec::new();
        let free = |merges: &[(usize, usize)], x| merges.iter().all(|&(a, b)| a != x && b != x);
        for &(_, x, y) in &pairs {
            if merges.len() < most && free(&merges, x) && free(&merges, y) {
                merges.push((x, y));
            }
        }
        let near = |x: usize| pairs.iter().find(|p| p.1 == x || p.2 == x).map(|p| p.1 + p.2 - x);
        let joined = (0..groups.len()).filter(|&x| near(x).is_some()).count();
        if 8 * merges.len() < joined {
            let left: Vec<usize> = (0..groups.len()).filter(|&x| near(x).is_some() && free(&merges, x)).collect();
            for &x in &left {
                let mate = left.iter().find(|&&y| y < x && near(y) == near(x) && free(&merges, y));
                if let (Some(&y), true) = (mate, merges.len() < most) {
                    merges.push((y, x));
                }
            }
        }
        if pairs.is_empty() {
            let nodes = |g: &[usize]| g.iter().map(|&i| used[i]).sum::<usize>();
            let mut order: Vec<usize> = (0..groups.len()).collect();
            order.sort_by_key(|&x| nodes(&groups[x]));
            merges.push((order[0].min(order[1]), order[0].max(order[1])));
        }
        for (x, y) in merges {
            let moved = std::mem::take(&mut groups[y]);
            groups[x].extend(moved);
        }
        groups.retain(|g| !g.is_empty());
    }
    *used = groups.iter().map(|g| g.iter().map(|&i| used[i]).sum()).collect();
    let mut s = vec![vec![0.0; clusters]; a.len()];
    for (cluster, group) in groups.iter().enumerate() {
        group.iter().for_each(|&i| s[i][cluster] = 1.0);
    }
    s
}

pub fn softmax(row: &[f64], temperature: f64) -> Vec<f64> {
    // A common offset changes nothing, and keeps large values finite.
    let largest = largest(row);
    let powers: Vec<f64> = row.iter().map(|v| ((v - largest) / temperature).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The sum of every column.
fn sums(a: &Matrix) -> Vec<f64> {
    columns(a).iter().map(|column| column.iter().sum()).collect()
}

/// The sum of the rows, each times its share in the softmax of the scores.
fn weighted(rows: &Matrix, scores: &[f64]) -> Vec<f64> {
    product(&vec![softmax(scores, 1.0)], rows).concat()
}

/// What a graph of `nodes` nodes counts as among the graphs `all`.
fn padded(config: &Config, all: &[Matrix], nodes: usize) -> usize {
    match Padding::parse(&config.padding).unwrap() {
        Padding::None => nodes,
        Padding::Batch => all.iter().map(Vec::len).max().unwrap(),
        Padding::Nodes(padded) => padded.max(nodes),
    }
}

fn class_loss(config: &Config, logits: &Matrix, y: impl Iterator<Item = usize>) -> f64 {
    let (mut loss, mut weights) = (0.0, 0.0);
    for (row, y) in logits.iter().zip(y) {
        let weight = config.class_weights.get(y).copied().unwrap_or(1.0);
        let largest = largest(row);
        let log_sum = row.iter().map(|z| (z - largest).exp()).sum::<f64>().ln();
        loss += weight * (log_sum + largest - row[y]);
        weights += weight;
    }
    loss / weights
}
