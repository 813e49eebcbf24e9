//! The operations that an epoch spends its time in, forward and backward, on the shapes of a batch of ENZYMES: 20
//! graphs of 33 nodes, widths of 64, 32 clusters.
#![allow(missing_docs)]

mod shared;

use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use diffpool::ops::batch_norm::{self, Coefficients, Moments};
use diffpool::ops::link_loss;
use diffpool::ops::runtime::random::{Purpose, stream, uniform};
use diffpool::ops::spmm::{self, Csr, Scaling};
use diffpool::ops::{coarsen, gemm::gemm, softmax};
use ndarray::{Array2, Axis, s};

const GRAPHS: usize = 20;
const NODES: usize = 33;
const ROWS: usize = GRAPHS * NODES;
const WIDTH: usize = 64;
const CLUSTERS: usize = 32;

fn random(rows: usize, columns: usize) -> Array2<f32> {
    let mut random = stream(1, Purpose::Synthetic, rows as u64, columns as u64);
    Array2::from_shape_fn((rows, columns), |_| uniform(&mut random) as f32 - 0.5)
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    group
}

/// `a b`, `a^T b` as for the gradient of weights, and `a b^T` as for that of inputs. Elements are floating-point
/// operations.
fn products(criterion: &mut Criterion) {
    let mut group = group(criterion, "gemm");
    for (m, k, n) in [(ROWS, WIDTH, WIDTH), (ROWS, 21, WIDTH), (ROWS, 192, CLUSTERS), (NODES, 32, 32), (33, 256, 32)] {
        group.throughput(Throughput::Elements(2 * (m * k * n) as u64));
        let (a, b, mut c) = (random(m, k), random(k, n), random(m, n));
        group.bench_function(format!("{m}x{k}x{n}"), |bench| {
            bench.iter(|| gemm(1.0, a.view(), b.view(), 0.0, &mut c.view_mut()));
        });
        let mut weights = random(k, n);
        group.bench_function(format!("{m}x{k}x{n}/a_transposed"), |bench| {
            bench.iter(|| gemm(1.0, a.t(), c.view(), 0.0, &mut weights.view_mut()));
        });
        let mut input = random(m, k);
        group.bench_function(format!("{m}x{k}x{n}/b_transposed"), |bench| {
            bench.iter(|| gemm(1.0, c.view(), b.t(), 0.0, &mut input.view_mut()));
        });
    }
    group.finish();
}

/// The adjacency of the whole chunk.
fn adjacency() -> (Vec<u32>, Vec<u32>) {
    let data = shared::random_graphs(GRAPHS, NODES, 1.9, 1, 6);
    let (mut indptr, mut indices) = (vec![0], Vec::new());
    for graph in 0..GRAPHS {
        for node in 0..NODES {
            let first = (graph * NODES) as u32;
            indices.extend(data.graph(graph).neighbours(node).iter().map(|&other| first + other));
            indptr.push(indices.len() as u32);
        }
    }
    (indptr, indices)
}

fn rows(criterion: &mut Criterion) {
    let mut group = group(criterion, "rows");
    let (x, dy, mut y) = (random(ROWS, WIDTH), random(ROWS, WIDTH), random(ROWS, WIDTH));
    let (indptr, indices) = adjacency();
    let a = Csr { indptr: &indptr, indices: &indices, values: None };
    let scale = vec![0.3; ROWS];
    for width in [WIDTH, CLUSTERS] {
        let (x, mut y) = (random(ROWS, width), random(ROWS, width));
        let by = Scaling { row: Some(&scale), column: None, self_loop: false };
        group.bench_function(format!("spmm/{width}"), |b| {
            b.iter(|| spmm::forward(a, by, x.view(), false, &mut y.view_mut()));
        });
    }
    let mut moments = Moments::new(WIDTH).unwrap();
    group.bench_function("batch_norm/moments", |b| b.iter(|| moments.set(x.view())));
    let (ones, mean) = (vec![1.1; WIDTH], vec![0.1; WIDTH]);
    group.bench_function("batch_norm/forward", |b| {
        b.iter(|| batch_norm::forward(x.view(), &ones, &mean, &mut y.view_mut()));
    });
    let (mut sum, mut centred) = (vec![0.0; WIDTH], vec![0.0; WIDTH]);
    group.bench_function("batch_norm/backward_sums", |b| {
        b.iter(|| batch_norm::backward_sums(x.view(), &mean, dy.view(), &mut sum, &mut centred));
    });
    let by = Coefficients { mean: &mean, by_dy: &ones, by_x: &mean, constant: &mean };
    group.bench_function("batch_norm/backward", |b| {
        b.iter(|| batch_norm::backward(x.view(), by, dy.view(), &mut y.view_mut()));
    });
    let (mut s, mut ds) = (random(ROWS, CLUSTERS), random(ROWS, CLUSTERS));
    group.bench_function("softmax/forward", |b| b.iter(|| softmax::forward(1.0, &mut s.view_mut())));
    group.bench_function("softmax/backward", |b| b.iter(|| softmax::backward(1.0, s.view(), &mut ds.view_mut())));
    group.finish();
}

fn pooling(criterion: &mut Criterion) {
    let mut group = group(criterion, "pooling");
    let offsets: Vec<usize> = (0..=GRAPHS).map(|graph| graph * NODES).collect();
    let mut s = random(ROWS, CLUSTERS);
    softmax::forward(1.0, &mut s.view_mut());
    let (z, mut x) = (random(ROWS, WIDTH), random(GRAPHS * CLUSTERS, WIDTH));
    let (a_s, mut ds, mut dz) = (random(ROWS, CLUSTERS), random(ROWS, CLUSTERS), random(ROWS, WIDTH));
    let mut pooled = vec![0.0; GRAPHS * CLUSTERS * CLUSTERS];
    let nodes = |graph: usize| s![graph * NODES..(graph + 1) * NODES, ..];
    group.bench_function("coarsen/features", |b| {
        b.iter(|| coarsen::forward(&offsets, s.view(), z.view(), &mut x.view_mut()));
    });
    group.bench_function("coarsen/adjacency", |b| {
        b.iter(|| {
            for (graph, pooled) in pooled.chunks_exact_mut(CLUSTERS * CLUSTERS).enumerate() {
                coarsen::forward_adjacency(s.slice(nodes(graph)), a_s.slice(nodes(graph)), false, pooled);
            }
        });
    });
    group.bench_function("coarsen/backward_features", |b| {
        b.iter(|| coarsen::backward(&offsets, s.view(), x.view(), false, &mut dz.view_mut()));
    });
    group.bench_function("coarsen/backward_assignment", |b| {
        b.iter(|| {
            for (graph, dx) in x.axis_chunks_iter(Axis(0), CLUSTERS).enumerate() {
                coarsen::backward_s(z.slice(nodes(graph)), dx, &mut ds.slice_mut(nodes(graph)));
            }
        });
    });
    group.finish();
}

/// The link loss of one graph.
fn losses(criterion: &mut Criterion) {
    let mut group = group(criterion, "link_loss");
    let (indptr, indices) = adjacency();
    let a = Csr { indptr: &indptr, indices: &indices, values: None };
    let (mut s, mut ds) = (random(NODES, CLUSTERS), random(NODES, CLUSTERS));
    softmax::forward(1.0, &mut s.view_mut());
    let mut scratch = link_loss::Scratch::default();
    scratch.reserve(NODES, CLUSTERS, false).unwrap();
    let mut gram = vec![0.0; CLUSTERS * CLUSTERS];
    group.bench_function("forward", |b| {
        b.iter(|| link_loss::forward_sparse(a, 0, s.view(), &mut gram, &mut scratch));
    });
    // The other product of the gradient, with `A S`, is that of pooling too.
    let mut by_s = Array2::zeros((CLUSTERS, CLUSTERS));
    group.bench_function("backward", |b| {
        b.iter(|| {
            link_loss::backward(1e-6, &gram, by_s.as_slice_mut().unwrap());
            gemm(1.0, s.view(), by_s.view(), 1.0, &mut ds.view_mut());
        });
    });
    group.finish();
}

criterion_group!(benches, products, rows, pooling, losses);
criterion_main!(benches);
