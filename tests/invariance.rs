//! What must not matter: the numbers of nodes, the other graphs of a batch and their order, and the number of threads.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{
    ATTRIBUTED, CATEGORICAL, DIRECTED, Kind, LABELLED, LABELLED_DIRECTED, PLAIN, WEIGHTED, cycles_and_cliques,
    permutation, random_dataset, renumbered, unusual_dataset,
};
use common::models::{all, bits, disturb, evaluate_batch, fit, model, small, train_batch, trainer};
use diffpool::config::PoolLoss;
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};
use diffpool::ops::runtime::real::Real;
use diffpool::train::evaluate;
use serde_json::{Value, json};

struct Case {
    name: &'static str,
    kind: Kind,
    keys: Value,
}

fn cases() -> Vec<Case> {
    let case = |name, kind, keys| Case { name, kind, keys };
    vec![
        case("sage", PLAIN, json!({})),
        case("sage, directed", DIRECTED, json!({})),
        case("gcn", WEIGHTED, json!({"embed_conv": "gcn", "assign_conv": "gcn"})),
        case("gcn_raw and gcn_mean", DIRECTED, json!({"embed_conv": "gcn_raw", "assign_conv": "gcn_mean"})),
        case("gin and sage_max", WEIGHTED, json!({"embed_conv": "gin", "assign_conv": "sage_max"})),
        case("gat", WEIGHTED, json!({"embed_conv": "gat", "assign_conv": "gat", "gat_heads": 5})),
        case(
            "structure2vec and graph_conv",
            DIRECTED,
            json!({"embed_conv": "structure2vec", "assign_conv": "graph_conv"}),
        ),
        case("flat", WEIGHTED, json!({"clusters": []})),
        case("mean", PLAIN, json!({"readout": "mean", "activation": "gelu", "l2_normalize": true})),
        case("sum", PLAIN, json!({"readout": "sum", "normalization": "none"})),
        case("relations", LABELLED, json!({"relations": "edge_labels"})),
        case("relations, directed", LABELLED_DIRECTED, json!({"relations": "edge_labels", "embed_conv": "gcn"})),
        case("parallel edges", LABELLED, json!({})),
        case("full", PLAIN, json!({"final_adjacency": "full"})),
        case("virtual node", PLAIN, json!({"virtual_node": true, "embed_layers": 3})),
        case("edges", ATTRIBUTED, json!({"edge_features": "attributes", "embed_conv": "gine"})),
        case("edges by attention", LABELLED, json!({"edge_features": "labels", "embed_conv": "gat", "gat_heads": 5})),
        case("attention", WEIGHTED, json!({"readout": "attention", "embed_output": 11})),
        case("set2set", PLAIN, json!({"readout": "set2set", "readout_levels": "pooled"})),
        case("set2set, flat", PLAIN, json!({"readout": "set2set", "clusters": [], "embed_output": 9})),
        case("sort_pool", DIRECTED, json!({"readout": "sort_pool", "sort_pool_nodes": 4})),
        case("sort_pool, flat", PLAIN, json!({"readout": "sort_pool", "clusters": []})),
        case("categories", CATEGORICAL, json!({"features": "categories,attributes", "embedding_width": 6})),
        case("side by side", CATEGORICAL, json!({"embedding_combine": "concat", "embedding_width": 3})),
        // Wider than the kernels of the matrix product, and with more clusters than nodes.
        case("wide", PLAIN, json!({"clusters": [37, 9], "embed_hidden": 33, "embed_output": 20, "head_hidden": [40]})),
    ]
}

/// With those that look at the numbers of the nodes, or may do so where two clusters of a node are equal.
fn every_case() -> Vec<Case> {
    let case = |name, kind, keys| Case { name, kind, keys };
    let mut cases = cases();
    cases.extend([
        case("random", PLAIN, json!({"assignment": "random", "hard_assignment": true})),
        case("graclus", WEIGHTED, json!({"assignment": "graclus", "clusters": [6, 2]})),
        case("without self-loops", WEIGHTED, json!({"self_loops": "drop"})),
        case("hard", DIRECTED, json!({"hard_assignment": true})),
        case("positional", LABELLED, json!({"features": "laplacian:3,attributes,random_walk:4,clustering"})),
    ]);
    cases
}

fn disturbed<T: Real>(keys: &Value, dataset: &Dataset) -> Model<T> {
    let mut model = model(&[&small(), keys], dataset);
    disturb(&mut model, 1);
    model
}

/// The largest difference of two lists, relative to the largest value.
fn difference<T: Real>(a: &[T], b: &[T]) -> f64 {
    assert_eq!(a.len(), b.len());
    let scale = a.iter().fold(1e-30, |m: f64, v| m.max(v.f64().abs()));
    let each = a.iter().zip(b).map(|(a, b)| (a.f64() - b.f64()).abs() / scale);
    each.fold(0.0, |m: f64, d| if d.is_nan() { f64::INFINITY } else { m.max(d) })
}

#[test]
fn the_numbers_of_nodes_in_f64() {
    for Case { name, kind, keys } in cases() {
        let dataset = unusual_dataset(kind, 3);
        let other = renumbered(&dataset, 50);
        let model: Model<f64> = disturbed(&keys, &dataset);
        let here = evaluate_batch(&model, &dataset, &all(&dataset), 2);
        let there = evaluate_batch(&model, &other, &all(&dataset), 2);
        let logits = difference(&here.logits.concat(), &there.logits.concat());
        let here = train_batch(&model, &dataset, &all(&dataset), 2, 1);
        let there = train_batch(&model, &other, &all(&dataset), 2, 1);
        let gradient = difference(&here.gradient, &there.gradient);
        println!("{name:<22} logits {logits:.0e}, gradient {gradient:.0e}");
        assert!(logits <= 1e-12, "{name}: logits differ by {logits:e}");
        assert!(gradient <= 1e-10, "{name}: gradients differ by {gradient:e}");
    }
}

#[test]
fn the_numbers_of_nodes_in_a_session() {
    for Case { name, kind, keys } in cases() {
        let dataset = unusual_dataset(kind, 3);
        let seed = 50;
        let other = renumbered(&dataset, seed);
        let model: Arc<Model<f32>> = Arc::new(disturbed(&keys, &dataset));
        let (mut here, mut there) = (Session::new(model.clone()).unwrap(), Session::new(model).unwrap());
        let mut worst: f64 = 0.0;
        for index in all(&dataset) {
            here.predict_graph(dataset.graph(index)).unwrap();
            there.predict_graph(other.graph(index)).unwrap();
            worst = worst.max(difference(here.logits().unwrap(), there.logits().unwrap()));
            if here.levels() == 0 {
                continue;
            }
            let (s, moved) = (here.assignment(0).unwrap(), there.assignment(0).unwrap());
            for (node, &at) in permutation(dataset.nodes(index), seed + index as u64).iter().enumerate() {
                worst = worst.max(difference(&s.row(node).to_vec(), &moved.row(at).to_vec()));
            }
            for level in 0..here.levels() {
                let flat = |session: &Session| {
                    let (x, a) = (session.pooled_x(level).unwrap(), session.pooled_adjacency(level).unwrap());
                    (x.iter().copied().collect::<Vec<_>>(), a.iter().copied().collect::<Vec<_>>())
                };
                let ((x, a), (moved_x, moved_a)) = (flat(&here), flat(&there));
                worst = worst.max(difference(&x, &moved_x)).max(difference(&a, &moved_a));
            }
        }
        println!("{name:<22} {worst:.0e}");
        assert!(worst <= 1e-4, "{name}: sessions differ by {worst:e}");
    }
}

/// In evaluation a graph's numbers are the same bits whatever is in the batch with it, in whatever order and chunks.
#[test]
fn the_other_graphs_of_a_batch() {
    fn check<T: Real>(Case { name, kind, keys }: Case) {
        let dataset = unusual_dataset(kind, 3);
        let model: Model<T> = disturbed(&keys, &dataset);
        let alone: Vec<Vec<T>> =
            all(&dataset).iter().flat_map(|&i| evaluate_batch(&model, &dataset, &[i], 1).logits).collect();
        let mut losses = Vec::new();
        for (order, chunks) in [(all(&dataset), 1), (all(&dataset), 4), (permutation(dataset.len(), 9), 3)] {
            let batch = evaluate_batch(&model, &dataset, &order, chunks);
            for (&index, row) in order.iter().zip(&batch.logits) {
                assert_eq!(row, &alone[index], "{name}: graph {index} of {order:?} in {chunks} chunks");
            }
            losses.push((
                batch.loss.class_loss,
                batch.loss.pooling[PoolLoss::Link],
                batch.loss.pooling[PoolLoss::Entropy],
            ));
        }
        for (class, link, entropy) in &losses {
            let same = |a: f64, b: f64| (a - b).abs() <= 1e-13 * a.abs();
            assert!(same(*class, losses[0].0) && same(*link, losses[0].1) && same(*entropy, losses[0].2), "{name}");
        }
    }
    every_case().into_iter().for_each(check::<f64>);
    every_case().into_iter().for_each(check::<f32>);
}

/// Training couples the graphs of a batch by its batch norms; without them a batch's gradient is the mean of theirs.
#[test]
fn gradients_one_by_one() {
    for Case { name, kind, keys } in every_case() {
        let dataset = unusual_dataset(kind, 3);
        let plain = json!({"normalization": "none", "dropout": 0.3, "head_dropout": 0.2});
        let mut model: Model<f64> = model(&[&small(), &keys, &plain], &dataset);
        disturb(&mut model, 1);
        let batch = train_batch(&model, &dataset, &all(&dataset), 3, 1);
        let mut mean = vec![0.0; batch.gradient.len()];
        for index in all(&dataset) {
            let one = train_batch(&model, &dataset, &[index], 1, 1);
            assert_eq!(one.logits[0], batch.logits[index], "{name}: graph {index}");
            mean.iter_mut().zip(one.gradient).for_each(|(m, g)| *m += g / dataset.len() as f64);
        }
        let error = difference(&mean, &batch.gradient);
        println!("{name:<22} {error:.0e}");
        assert!(error <= 1e-12, "{name}: gradients differ by {error:e}");
    }
}

#[test]
fn threads_of_a_pass() {
    let sizes: Vec<usize> = (0..23).map(|i| 3 + 5 * i % 31).collect();
    for Case { name, kind, keys } in every_case() {
        let dataset = random_dataset(&sizes, kind, 8);
        let model: Model<f32> = disturbed(&keys, &dataset);
        for chunks in [1, 4, 7, 40] {
            let expected = train_batch(&model, &dataset, &all(&dataset), chunks, 1);
            for threads in [2, 4] {
                let found = train_batch(&model, &dataset, &all(&dataset), chunks, threads);
                let place = format!("{name}, {chunks} chunks, {threads} threads");
                assert_eq!(found.logits, expected.logits, "{place}");
                assert_eq!(found.gradient, expected.gradient, "{place}");
                assert_eq!(found.running, expected.running, "{place}");
                assert_eq!(found.loss, expected.loss, "{place}");
            }
        }
    }
}

/// How a batch is cut into chunks decides in which order sums are added, and nothing else.
#[test]
fn chunks_change_only_the_rounding() {
    for Case { name, kind, keys } in every_case() {
        let dataset = random_dataset(&[6, 9, 1, 5, 7, 12, 4, 8], kind, 8);
        let model: Model<f64> = disturbed(&keys, &dataset);
        let expected = train_batch(&model, &dataset, &all(&dataset), 1, 1).gradient;
        for chunks in [2, 3, 8, 100] {
            let error = difference(&train_batch(&model, &dataset, &all(&dataset), chunks, 1).gradient, &expected);
            assert!(error <= 1e-10, "{name}: {chunks} chunks differ by {error:e}");
        }
    }
}

#[test]
fn threads_of_a_run() {
    let dataset = Arc::new(cycles_and_cliques(40, 1));
    let features = "degree,clustering,random_walk:5,laplacian:4";
    let keys = json!({"dropout": 0.2, "head_dropout": 0.3, "features": features, "weight_decay": 0.01});
    // More values than a thread takes at a time when gradients are summed and parameters are moved.
    let large = json!({"embed_hidden": 90, "embed_output": 90, "assign_hidden": 90, "epochs": 2});
    let scheduled = json!({"learning_rate_schedule": "plateau", "plateau_patience": 0, "warmup_epochs": 1,
        "label_smoothing": 0.1, "accumulate_batches": 3, "ema_decay": 0.8});
    for keys in [vec![&keys], vec![&keys, &large], vec![&keys, &scheduled], vec![&keys, &scheduled, &large]] {
        let run = |threads: usize| {
            let (base, threads) = (small(), json!({"threads": threads}));
            let objects = [vec![&base], keys.clone(), vec![&threads]].concat();
            let mut trainer = trainer(&objects, &dataset);
            fit(&mut trainer);
            (bits(trainer.state()), trainer.model().unwrap().parameter_count())
        };
        let (expected, parameters) = run(1);
        println!("{parameters} parameters");
        for threads in [2, 4, 0] {
            assert!(run(threads).0 == expected, "{threads} threads gave another run than 1");
        }
    }
}

#[test]
fn threads_of_an_evaluation() {
    let sizes: Vec<usize> = (0..75).map(|i| 3 + 5 * i % 31).collect();
    for Case { name, kind, keys } in every_case() {
        let dataset = random_dataset(&sizes, kind, 8);
        let weights = json!({"class_weights": [0.3, 1.7, 1.1]});
        let mut model: Model<f32> = model(&[&small(), &keys, &weights], &dataset);
        disturb(&mut model, 1);
        let expected = evaluate(&model, &dataset, &all(&dataset), 1).unwrap();
        for threads in [2, 3, 4, 0] {
            let found = evaluate(&model, &dataset, &all(&dataset), threads).unwrap();
            assert_eq!(found.logits, expected.logits, "{name}: {threads} threads");
            assert_eq!(found, expected, "{name}: {threads} threads");
        }
    }
}

/// A session, an evaluation of the data set in order and one in another order give a graph the same bits.
#[test]
fn sessions_and_evaluations() {
    for Case { name, kind, keys } in every_case() {
        let dataset = unusual_dataset(kind, 6);
        let model: Model<f32> = disturbed(&keys, &dataset);
        let order = permutation(dataset.len(), 4);
        let in_order = evaluate(&model, &dataset, &all(&dataset), 1).unwrap();
        let shuffled = evaluate(&model, &dataset, &order, 2).unwrap();
        let mut session = Session::new(Arc::new(model)).unwrap();
        for (at, &index) in order.iter().enumerate() {
            session.predict_graph(dataset.graph(index)).unwrap();
            let row = |all: &[f32], at: usize| all[at * 3..(at + 1) * 3].to_vec();
            assert_eq!(session.logits().unwrap(), row(&in_order.logits, index), "{name}: graph {index}");
            assert_eq!(session.logits().unwrap(), row(&shuffled.logits, at), "{name}: graph {index}");
            assert_eq!(session.class().unwrap(), in_order.predictions[index], "{name}: graph {index}");
        }
    }
}
