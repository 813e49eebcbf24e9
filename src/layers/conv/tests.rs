//! Every convolution on sparse and on dense levels, of one relation and of three: against an oracle of nested loops,
//! and its gradients against central differences.

#[path = "../../../tests/common/naive_convs.rs"]
mod naive_convs;
#[path = "../../../tests/common/naive_matrix.rs"]
mod naive_matrix;

use naive_convs::NaiveConv;
use naive_matrix::Matrix;
use ndarray::{Array2, s};

use super::*;
use crate::config::Activation;
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use crate::layers::adjacency_gradient::AdjacencyGradient;
use crate::layers::edge_columns::EdgeColumns;
use crate::ops::gemm::After;
use crate::ops::runtime::buffer::Buffer;
use crate::ops::runtime::matrix::Mat;
use crate::ops::testing::{check_gradient, random_matrix, random_values, weighted_sum};

const NODES: [usize; 3] = [5, 1, 4];
/// Nodes of a graph of a dense level, and how many graphs there are.
const K: usize = 3;
const GRAPHS: usize = 2;

fn config() -> Config {
    Config {
        activation: Activation::Tanh,
        root_weight: true,
        gin_epsilon: 0.0,
        gin_learn_epsilon: false,
        gat_heads: 1,
        s2v_iterations: 3,
        ..Config::default()
    }
}

/// Every convolution, and those that read keys of their own with other values.
fn cases() -> Vec<(Conv, Config)> {
    let others = [
        (Conv::Sage, Config { root_weight: false, ..config() }),
        (Conv::SageMax, Config { root_weight: false, ..config() }),
        (Conv::GraphConv, Config { root_weight: false, ..config() }),
        (Conv::Gin, Config { gin_epsilon: 0.4, activation: Activation::Silu, ..config() }),
        (Conv::Gin, Config { gin_epsilon: -0.2, gin_learn_epsilon: true, ..config() }),
        (Conv::Gine, Config { gin_epsilon: 0.4, activation: Activation::Silu, ..config() }),
        (Conv::Gine, Config { gin_epsilon: -0.2, gin_learn_epsilon: true, ..config() }),
        (Conv::Gat, Config { gat_heads: 2, ..config() }),
        (Conv::Structure2vec, Config { s2v_iterations: 1, ..config() }),
        (Conv::Structure2vec, Config { s2v_iterations: 4, activation: Activation::Silu, ..config() }),
    ];
    let of = |&kind| others.iter().filter(move |(other, _)| *other == kind).cloned();
    Conv::ALL.iter().flat_map(|kind| [(*kind, config())].into_iter().chain(of(kind))).collect()
}

/// Whether the level is dense, its relations, and the channels of its edges.
const LEVELS: [(bool, usize, usize); 6] =
    [(false, 1, 0), (false, 3, 0), (true, 1, 0), (true, 3, 0), (false, 1, 2), (true, 1, 2)];

/// One convolution on one level.
struct Setting {
    kind: Conv,
    config: Config,
    shape: ConvShape,
    conv: AnyConv<f64>,
    weights: Vec<f64>,
    dense: bool,
}

/// All convolutions, narrowing and widening, hidden and last.
fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    for (kind, config) in cases() {
        for (dense, relations, channels) in LEVELS {
            if if channels > 0 { !kind.reads_edges() } else { kind == Conv::Gine } {
                continue;
            }
            for (f_in, f_out, last) in [(5, 4, false), (3, 6, true), (4, 4, false)] {
                let (shape, config) = (ConvShape { f_in, f_out, relations, channels, last }, config.clone());
                let conv = build::<f64>(kind, shape, &config).unwrap();
                let len = conv.weights().iter().map(|(_, shape, _)| shape.iter().product::<usize>()).sum();
                all.push(Setting { kind, config, shape, conv, weights: random_values(len, 5), dense });
            }
        }
    }
    all
}

impl Setting {
    fn place(&self) -> String {
        let Self { kind, config, shape, dense, .. } = self;
        let Config { activation, root_weight, gin_epsilon, gin_learn_epsilon, gat_heads, s2v_iterations, .. } = config;
        let keys = (activation, root_weight, gin_epsilon, gin_learn_epsilon, gat_heads, s2v_iterations);
        format!("{}, dense {dense}, {shape:?}, {keys:?}", kind.name())
    }

    fn nodes(&self) -> usize {
        if self.dense { GRAPHS * K } else { NODES.iter().sum() }
    }

    fn x(&self) -> Array2<f64> {
        random_matrix(self.nodes(), self.shape.f_in, 6)
    }

    /// The level: its adjacencies and channels, those of a dense level from `values`.
    fn graph(&self, values: &[f64]) -> Vec<Adjacency<f64>> {
        let (ConvShape { relations, channels, .. }, kinds) = (self.shape, [self.conv.propagation()]);
        let mut graph = vec![Adjacency::new(&kinds, channels); relations];
        for (relation, adjacency) in graph.iter_mut().enumerate() {
            if self.dense {
                let len = GRAPHS * K * K;
                adjacency.set_dense(GRAPHS, K).unwrap();
                adjacency.dense_mut().copy_from_slice(&values[relation * len..(relation + 1) * len]);
                let of_graphs = values[relations * len..].chunks_exact(K * K * channels.max(1));
                of_graphs.enumerate().for_each(|(g, own)| adjacency.channels.graph_mut(g, K).copy_from_slice(own));
                adjacency.normalize();
            } else {
                let mut dataset = sparse(relation);
                dataset.set_edge_attributes(attributes(dataset.total_entries() * channels), channels).unwrap();
                let graphs = (0..dataset.len()).map(|g| dataset.graph(g));
                adjacency.set_sparse(graphs.clone(), None).unwrap();
                adjacency.set_channels(graphs, EdgeColumns::of_attributes(channels)).unwrap();
            }
        }
        graph
    }

    /// Entries of the dense adjacencies, of both signs, and of their channels.
    fn values(&self) -> Vec<f64> {
        let ConvShape { relations, channels, .. } = self.shape;
        let len = if self.dense { (relations + channels) * GRAPHS * K * K } else { 0 };
        random_values(len, 7).iter().map(|v| v + 0.35f64.copysign(v + 0.4)).collect()
    }

    fn run(&self, weights: &[f64], graph: &[Adjacency<f64>], x: Mat<'_, f64>) -> (Array2<f64>, ConvMemory<f64>) {
        let size = self.conv.memory(graph, true);
        let mut memory =
            ConvMemory { saved: Buffer::new(), values: vec![f64::NAN; size.values], choices: vec![7; size.choices] };
        memory.saved.reshape(self.nodes(), size.saved_columns).unwrap();
        memory.saved.fill(f64::NAN);
        let mut out = Array2::from_elem((self.nodes(), self.shape.f_out), f64::NAN);
        // The input is some of the columns of a wider matrix, as in a stack.
        let mut wide = Array2::from_elem((self.nodes(), self.shape.f_in + 3), f64::NAN);
        wide.slice_mut(s![.., 2..self.shape.f_in + 2]).assign(&x);
        let x = wide.slice(s![.., 2..self.shape.f_in + 2]);
        let mut scratch = self.scratch(graph);
        match &self.conv {
            AnyConv::Other(conv) => {
                let (memory, scratch, out) = (&mut memory, &mut scratch, out.view_mut());
                conv.forward(Forward { weights, graph, x, memory, scratch, out });
            }
            AnyConv::Linear(conv) => {
                let mut forward = |relu: bool, out: &mut Array2<f64>| {
                    let (memory, scratch, out) = (&mut memory, &mut scratch, out.view_mut());
                    conv.forward(Forward { weights, graph, x, memory, scratch, out }, After { relu, scale: None });
                };
                let mut rectified = out.clone();
                forward(true, &mut rectified);
                forward(false, &mut out);
                let equal = |(&r, &v): (&f64, &f64)| if v.is_nan() { r.is_nan() } else { r == v.max(0.0) };
                assert!(rectified.iter().zip(&out).all(equal), "{}", self.place());
            }
        }
        (out, memory)
    }

    fn scratch(&self, graph: &[Adjacency<f64>]) -> ConvScratch<f64> {
        let size = self.conv.memory(graph, true);
        let mut scratch = ConvScratch { nodes: Buffer::new(), values: vec![f64::NAN; size.scratch_values] };
        scratch.nodes.reshape(self.nodes(), size.scratch_columns).unwrap();
        scratch.nodes.fill(f64::NAN);
        scratch
    }

    /// Gradients of weights, input and dense adjacencies.
    fn back(&self, graph: &[Adjacency<f64>], by: Mat<'_, f64>, with_dx: bool) -> [Vec<f64>; 3] {
        let x = self.x();
        let (_, memory) = self.run(&self.weights, graph, x.view());
        let mut scratch = self.scratch(graph);
        let mut dgraph = vec![AdjacencyGradient::default(); graph.len()];
        for (d, of) in dgraph.iter_mut().zip(graph) {
            d.reserve(of).unwrap();
            d.reset(of);
        }
        // Gradients are added to.
        let mut dweights = vec![1.0; self.weights.len()];
        let mut wide = Array2::from_elem((self.nodes(), self.shape.f_in + 1), 1.0);
        let dx = wide.slice_mut(s![.., 1..]);
        let pass = Backward {
            weights: &self.weights,
            dweights: &mut dweights,
            graph,
            dgraph: &mut dgraph,
            x: x.view(),
            memory: &memory,
            scratch: &mut scratch,
            dout: by,
            dx: with_dx.then_some(dx),
        };
        match &self.conv {
            AnyConv::Other(conv) => conv.backward(pass),
            AnyConv::Linear(conv) => {
                conv.backward(pass);
                let of = Factors { x: x.view(), memory: &memory, scratch: &scratch, dout: by };
                deferred(conv, of, &mut dweights);
            }
        }
        let mut da = Vec::new();
        for (d, of) in dgraph.iter_mut().zip(graph) {
            if of.is_dense() {
                d.denormalize(of);
            }
            da.extend_from_slice(d.da());
        }
        da.extend_from_slice(dgraph[0].channels());
        let less = |values: Vec<f64>| values.into_iter().map(|v| v - 1.0).collect();
        [less(dweights), less(wide.slice(s![.., 1..]).iter().copied().collect()), da]
    }

    /// Tensors by name.
    fn tensor(&self, name: &str) -> Option<Matrix> {
        let mut rest = self.weights.as_slice();
        for (own, shape, _) in self.conv.weights() {
            let (values, after) = rest.split_at(shape.iter().product());
            if own == name {
                return Some(values.chunks(shape[shape.len() - 1]).map(<[f64]>::to_vec).collect());
            }
            rest = after;
        }
        None
    }
}

/// The gradients of a linear convolution that are left to the caller.
fn deferred(conv: &LinearConv, of: Factors<'_, f64>, dweights: &mut [f64]) {
    let size = conv.f_in * conv.f_out;
    for index in 0..conv.matrices() {
        let (a, b) = conv.factors(index, of);
        let product = a.t().dot(&b);
        dweights[index * size..].iter_mut().zip(&product).for_each(|(d, p)| *d += p);
    }
    let bias = &mut dweights[conv.matrices() * size + conv.channels * conv.f_out..];
    assert_eq!(bias.len(), conv.f_out);
    bias.iter_mut().zip(of.dout.columns()).for_each(|(d, column)| *d += column.sum());
}

/// Attributes of edges, some of them 0, as those of a label are.
fn attributes(len: usize) -> Vec<f32> {
    random_values(len, 77).iter().enumerate().map(|(at, &v)| if at % 5 == 2 { 0.0 } else { v as f32 }).collect()
}

/// Directed graphs with weights of both signs, self-loops, a node alone, and a relation whose edges all weigh 1.
fn sparse(relation: usize) -> Dataset {
    let pairs: [&[(i32, i32)]; 3] = [
        &[(0, 1), (1, 0), (0, 3), (3, 3), (2, 0), (1, 2)],
        if relation == 0 { &[] } else { &[(0, 0)] },
        &[(0, 1), (3, 1), (1, 2), (2, 3), (1, 3)],
    ];
    let mut dataset = Dataset::new("", GraphRules { directed: true, ..GraphRules::default() });
    for (g, (&nodes, pairs)) in NODES.iter().zip(pairs).enumerate() {
        let turned = |&(i, j): &(i32, i32)| ((i + relation as i32) % nodes as i32, j);
        let (sources, targets): (Vec<i32>, Vec<i32>) = pairs.iter().map(turned).unzip();
        let weights: Vec<f32> =
            random_values(pairs.len(), (10 * relation + g) as u64).iter().map(|&v| 2.0 * v as f32 + 0.1).collect();
        let edge_weight = (relation != 1).then_some(weights.as_slice());
        let edges = EdgeInput::List { from: &sources, to: &targets };
        let input = GraphInput { edge_weight, ..GraphInput::new(nodes, edges) };
        dataset.add(&mut GraphBuilder::new(), &input, 0).unwrap();
    }
    dataset
}

/// The adjacency of all nodes as a whole matrix.
fn whole(adjacency: &Adjacency<f64>) -> Matrix {
    let n = adjacency.nodes();
    let mut a = vec![vec![0.0; n]; n];
    if adjacency.is_dense() {
        for (at, &v) in adjacency.dense().iter().enumerate() {
            a[at / K][at / (K * K) * K + at % K] = v;
        }
        return a;
    }
    let csr = adjacency.sparse();
    for (i, row) in a.iter_mut().enumerate() {
        for e in csr.indptr[i] as usize..csr.indptr[i + 1] as usize {
            row[csr.indices[e] as usize] = csr.values.map_or(1.0, |v| v[e]);
        }
    }
    a
}

/// The channels of all nodes, each as a whole matrix.
fn whole_channels(adjacency: &Adjacency<f64>) -> Vec<Matrix> {
    let (n, values) = (adjacency.nodes(), adjacency.channels.values());
    let mut all = vec![vec![vec![0.0; n]; n]; values.width];
    for i in 0..n {
        let row = adjacency.neighbours().row(i);
        for e in 0..row.len {
            all.iter_mut().enumerate().for_each(|(c, own)| own[i][row.at(e).0] = values.at((row.begin, row.len), e, c));
        }
    }
    all
}

#[test]
fn every_convolution_is_what_it_is_defined_to_be() {
    for setting in settings() {
        let graph = setting.graph(&setting.values());
        let x = setting.x();
        let (out, _) = setting.run(&setting.weights, &graph, x.view());
        let rows: Matrix = x.rows().into_iter().map(|row| row.to_vec()).collect();
        let Setting { kind, config, shape, .. } = &setting;
        let channels = whole_channels(&graph[0]);
        let tensor = |name: &str| setting.tensor(name);
        let oracle = NaiveConv { kind: *kind, tensor: &tensor, config, last: shape.last, channels: &channels };
        let expected = oracle.output(&graph.iter().map(whole).collect::<Vec<_>>(), &rows);
        let worst = out.iter().zip(expected.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-12 && out.iter().all(|v| v.is_finite()), "{}: {worst:e}", setting.place());
    }
}

#[test]
fn every_convolution_has_the_right_gradient() {
    for setting in settings() {
        println!("{}", setting.place());
        let (x, values) = (setting.x(), setting.values());
        let by = random_matrix(setting.nodes(), setting.shape.f_out, 8);
        let loss = |weights: &[f64], x: Mat<'_, f64>, values: &[f64]| {
            weighted_sum(&setting.run(weights, &setting.graph(values), x).0, by.as_slice().unwrap())
        };
        let [dweights, dx, da] = setting.back(&setting.graph(&values), by.view(), true);
        check_gradient(&setting.weights, &dweights, |weights| loss(weights, x.view(), &values));
        let xs = x.as_slice().unwrap();
        check_gradient(xs, &dx, |x| {
            loss(&setting.weights, Mat::from_shape((setting.nodes(), setting.shape.f_in), x).unwrap(), &values)
        });
        assert_eq!(da.len(), values.len());
        if setting.dense {
            check_gradient(&values, &da, |values| loss(&setting.weights, x.view(), values));
        }
        let without = setting.back(&setting.graph(&values), by.view(), false);
        assert_eq!(without[0], dweights, "{}", setting.place());
    }
}

#[test]
fn tensors_are_named_by_relation() {
    let shape = |relations, channels, last| ConvShape { f_in: 3, f_out: 4, relations, channels, last };
    let names = |kind: Conv, config: &Config, relations, channels| {
        let conv = build::<f32>(kind, shape(relations, channels, false), config).unwrap();
        conv.weights().into_iter().map(|(name, shape, _)| format!("{name}{shape:?}")).collect::<Vec<_>>().join(" ")
    };
    let mut text = String::new();
    for (kind, config) in cases() {
        if kind != Conv::Gine {
            text += &format!("{}: {}\n", kind.name(), names(kind, &config, 1, 0));
            text += &format!("    {}\n", names(kind, &config, 2, 0));
        }
        if kind.reads_edges() {
            text += &format!("{} with edges: {}\n", kind.name(), names(kind, &config, 1, 2));
        }
    }
    insta::assert_snapshot!("tensors", text);
    let heads = Config { gat_heads: 3, ..config() };
    let error = build::<f32>(Conv::Gat, shape(2, 0, false), &heads).err().unwrap();
    assert_eq!(error.message(), "3 heads cannot share 4 columns equally");
    assert!(build::<f32>(Conv::Gat, shape(2, 0, true), &heads).is_ok());
}

/// Where a neighbour is not a number, so is the output, whatever the convolution.
#[test]
fn what_is_not_a_number_shows() {
    for setting in settings() {
        let graph = setting.graph(&setting.values());
        let mut x = setting.x();
        x.row_mut(1).fill(f64::NAN);
        let (out, _) = setting.run(&setting.weights, &graph, x.view());
        let seen = setting.config.s2v_iterations > 1 && whole(&graph[0])[0][1] > 0.0;
        assert!(!seen || out.row(0).iter().any(|v| v.is_nan()), "{}", setting.place());
    }
}
