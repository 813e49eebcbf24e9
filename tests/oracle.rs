//! The engine against a naive dense oracle: logits, losses, statistics and pooled graphs of every kind of model.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::cases::{Case, cases_of_edges, cases_of_every_convolution, cases_of_virtual_nodes};
use common::graphs::{DIRECTED, LABELLED, LABELLED_DIRECTED, PLAIN, SIGNED, WEIGHTED, unusual_dataset};
use common::models::{all, disturb, evaluate_batch, model, small, train_batch};
use common::naive::{self, Matrix};
use diffpool::config::PoolLoss;
use diffpool::graph::Dataset;
use diffpool::model::{BatchLoss, Model, Session};
use serde_json::{Value, json};

fn cases() -> Vec<Case> {
    let mut cases = cases_of_networks();
    cases.extend(cases_of_every_convolution());
    cases.extend(cases_of_edges());
    cases.extend(cases_of_virtual_nodes());
    cases.extend(cases_of_convolutions());
    cases.extend(cases_of_norms_and_losses());
    cases.extend(cases_of_relations_and_assignments());
    cases.extend(cases_of_readouts());
    cases
}

fn cases_of_readouts() -> Vec<Case> {
    let case = |name: &str, kind, keys| Case { name: name.to_string(), kind, keys };
    vec![
        case("mean of the pooled", DIRECTED, json!({"readout": "mean", "readout_levels": "pooled"})),
        case("max of the pooled", WEIGHTED, json!({"readout": "max", "readout_levels": "pooled"})),
        case("flat, pooled", PLAIN, json!({"clusters": [], "readout_levels": "pooled"})),
        case("attention", WEIGHTED, json!({"readout": "attention"})),
        case("attention, flat", PLAIN, json!({"readout": "attention", "clusters": []})),
        case("attention of the pooled", PLAIN, json!({"readout": "attention", "readout_levels": "pooled"})),
        case("attention of the last", PLAIN, json!({"readout": "attention", "readout_levels": "last"})),
        case("set2set", PLAIN, json!({"readout": "set2set"})),
        case("set2set, flat", DIRECTED, json!({"readout": "set2set", "clusters": [], "set2set_steps": 5})),
        case("set2set of the pooled", PLAIN, json!({"readout": "set2set", "readout_levels": "pooled"})),
        case("set2set, one step", PLAIN, json!({"readout": "set2set", "readout_levels": "last", "set2set_steps": 1})),
        case("sort_pool", PLAIN, json!({"readout": "sort_pool", "sort_pool_nodes": 3})),
        case("sort_pool, flat", WEIGHTED, json!({"readout": "sort_pool", "clusters": []})),
        case("sort_pool of the pooled", PLAIN, json!({"readout": "sort_pool", "readout_levels": "pooled"})),
        case("sort_pool, one row", PLAIN, json!({"readout": "sort_pool", "sort_pool_nodes": 1, "clusters": [9]})),
        // Half of the graphs have fewer nodes.
        case("max with padded nodes", WEIGHTED, json!({"padding": "8", "activation": "elu"})),
        case("max with padded nodes, flat", PLAIN, json!({"padding": "8", "activation": "elu", "clusters": []})),
        case("max of the pooled, padded", PLAIN, json!({"padding": "8", "readout_levels": "pooled"})),
    ]
}

fn cases_of_networks() -> Vec<Case> {
    let case = |name: &str, kind, keys| Case { name: name.to_string(), kind, keys };
    let convs = |embed: &str, assign: &str| json!({"embed_conv": embed, "assign_conv": assign});
    let wide = json!({"clusters": [9, 5, 2], "embed_hidden": 12, "assign_hidden": 8, "embed_output": 7,
        "embed_layers": 3, "assign_layers": 3, "final_layers": 1});
    vec![
        case("sage", PLAIN, json!({})),
        case("sage, weighted", WEIGHTED, json!({})),
        case("sage, directed", DIRECTED, json!({})),
        case("sage, signed weights", SIGNED, json!({})),
        case("sage, narrowing", DIRECTED, json!({"embed_hidden": 2, "assign_hidden": 2, "embed_output": 1})),
        case("gcn", PLAIN, convs("gcn", "gcn")),
        case("gcn, weighted", WEIGHTED, convs("gcn", "gcn")),
        case("gcn, directed", DIRECTED, convs("gcn", "gcn")),
        case("gcn, signed weights", SIGNED, convs("gcn", "gcn")),
        case("gcn, narrowing", WEIGHTED, json!({"embed_conv": "gcn", "assign_conv": "gcn", "embed_hidden": 2})),
        case("gcn_mean", DIRECTED, convs("gcn_mean", "gcn_mean")),
        case("gcn_raw", DIRECTED, convs("gcn_raw", "gcn_raw")),
        case("gcn_raw and gcn_mean", WEIGHTED, convs("gcn_raw", "gcn_mean")),
        case("sage and gcn", WEIGHTED, convs("sage", "gcn")),
        case("flat", WEIGHTED, json!({"clusters": []})),
        case("flat, mean", DIRECTED, json!({"clusters": [], "readout": "mean"})),
        case("one level", PLAIN, json!({"clusters": [3]})),
        case("one cluster", PLAIN, json!({"clusters": [1]})),
        case("more clusters than nodes", PLAIN, json!({"clusters": [20, 30]})),
        case("three levels, wide", DIRECTED, wide),
        case("mean", PLAIN, json!({"readout": "mean"})),
        case("sum", WEIGHTED, json!({"readout": "sum"})),
        case("mean of the last level", PLAIN, json!({"readout": "mean", "readout_levels": "last"})),
        case("max of the last level", PLAIN, json!({"readout": "max", "readout_levels": "last"})),
        case("leaky_relu", PLAIN, json!({"activation": "leaky_relu"})),
        case("elu", PLAIN, json!({"activation": "elu"})),
        case("gelu", PLAIN, json!({"activation": "gelu"})),
        case("silu", PLAIN, json!({"activation": "silu"})),
        case("tanh", PLAIN, json!({"activation": "tanh"})),
        case("sigmoid", PLAIN, json!({"activation": "sigmoid"})),
        case("identity", PLAIN, json!({"activation": "identity"})),
        case("no batch norm", WEIGHTED, json!({"normalization": "none"})),
        case("large epsilon", PLAIN, json!({"batch_norm_epsilon": 0.5})),
        case("last layer plain", PLAIN, json!({"activate_last": false})),
        case("l2 rows", PLAIN, json!({"l2_normalize": true})),
        case("l2 rows, gelu", DIRECTED, json!({"l2_normalize": true, "activation": "gelu"})),
        case("linear embeddings", PLAIN, json!({"embed_final": "linear"})),
        case("activated embeddings", PLAIN, json!({"embed_final": "linear_activation", "activation": "silu"})),
        case("activated assignments", PLAIN, json!({"assign_final": "linear_activation"})),
        case("last of stack", PLAIN, json!({"jumping_knowledge": "last"})),
        case("last, no final layer", PLAIN, json!({"jumping_knowledge": "last", "assign_final": "none"})),
        case("last, linear", PLAIN, json!({"jumping_knowledge": "last", "embed_final": "linear"})),
        case("cold", PLAIN, json!({"temperature": 0.05})),
        case("hot", PLAIN, json!({"temperature": 20.0})),
        case("link not divided", WEIGHTED, json!({"link_normalizer": "none"})),
        case("link by pairs of nodes", WEIGHTED, json!({"link_normalizer": "nodes_squared"})),
        case("link by nodes", DIRECTED, json!({"link_normalizer": "nodes"})),
        case("link by edges", PLAIN, json!({"link_normalizer": "edges"})),
        case("link by edges, directed", DIRECTED, json!({"link_normalizer": "edges", "clusters": [3]})),
        case("class weights", PLAIN, json!({"class_weights": [1.0, 2.5, 0.0]})),
        case("linear head", PLAIN, json!({"head_hidden": []})),
        case("deep head", PLAIN, json!({"head_hidden": [7, 3, 5]})),
        case("uneven stacks", PLAIN, json!({"embed_layers": 1, "assign_layers": 3, "final_layers": 2})),
    ]
}

fn cases_of_convolutions() -> Vec<Case> {
    let case = |name: &str, kind, keys| Case { name: name.to_string(), kind, keys };
    vec![
        case("sage without root", WEIGHTED, json!({"root_weight": false})),
        case("gcn_self", DIRECTED, json!({"embed_conv": "gcn_self", "assign_conv": "gcn_self"})),
        case("gcn_self, signed", SIGNED, json!({"embed_conv": "gcn_self", "assign_conv": "gcn"})),
        case("graph_conv", PLAIN, json!({"embed_conv": "graph_conv", "assign_conv": "graph_conv"})),
        case("graph_conv to embed", DIRECTED, json!({"embed_conv": "graph_conv", "root_weight": false})),
        case("graph_conv to assign", SIGNED, json!({"assign_conv": "graph_conv", "embed_hidden": 2})),
        case("sage_max", PLAIN, json!({"embed_conv": "sage_max", "assign_conv": "sage_max"})),
        case("sage_max to embed", DIRECTED, json!({"embed_conv": "sage_max", "root_weight": false})),
        case("sage_max to assign", SIGNED, json!({"assign_conv": "sage_max", "assign_hidden": 2})),
        case("gin", PLAIN, json!({"embed_conv": "gin", "assign_conv": "gin", "gin_epsilon": 0.3})),
        case("gin to embed", SIGNED, json!({"embed_conv": "gin", "gin_learn_epsilon": true, "activation": "silu"})),
        case("gin to assign", DIRECTED, json!({"assign_conv": "gin", "assign_hidden": 2, "activation": "tanh"})),
        case("gat", PLAIN, json!({"embed_conv": "gat", "assign_conv": "gat"})),
        case("gat to embed", SIGNED, json!({"embed_conv": "gat", "gat_heads": 3, "embed_hidden": 6})),
        case("gat to assign", DIRECTED, json!({"assign_conv": "gat", "gat_heads": 2, "assign_hidden": 4})),
        case("gat, flat", WEIGHTED, json!({"embed_conv": "gat", "gat_heads": 5, "clusters": []})),
        case("structure2vec", PLAIN, json!({"embed_conv": "structure2vec", "assign_conv": "structure2vec"})),
        case("structure2vec to embed", WEIGHTED, json!({"embed_conv": "structure2vec", "activation": "gelu"})),
        case("structure2vec to assign", SIGNED, json!({"assign_conv": "structure2vec", "s2v_iterations": 2})),
        case("one iteration", DIRECTED, json!({"embed_conv": "structure2vec", "s2v_iterations": 1})),
    ]
}

/// Keys with which every loss is computed.
fn of_moments() -> Value {
    PoolLoss::ALL.iter().map(|loss| (loss.weight_key().to_string(), json!(0.5))).collect()
}

fn with(mut keys: Value, key: &str, value: &str) -> Value {
    keys[key] = value.into();
    keys
}

fn cases_of_norms_and_losses() -> Vec<Case> {
    let case = |name: &str, kind, keys| Case { name: name.to_string(), kind, keys };
    vec![
        case("layer norm", PLAIN, json!({"normalization": "layer"})),
        case(
            "layer norm before tanh",
            PLAIN,
            json!({"normalization": "layer", "norm_position": "pre", "activation": "tanh"}),
        ),
        case("batch norm first", WEIGHTED, json!({"norm_position": "pre"})),
        case(
            "batch norm first, gelu, l2",
            PLAIN,
            json!({"norm_position": "pre", "activation": "gelu", "l2_normalize": true}),
        ),
        case("norms not learned", PLAIN, json!({"norm_affine": false})),
        case("layer norm not learned", PLAIN, json!({"normalization": "layer", "norm_affine": false})),
        case("largest of stack", PLAIN, json!({"jumping_knowledge": "max", "embed_output": 5})),
        case("largest, linear", PLAIN, json!({"jumping_knowledge": "max", "embed_final": "linear"})),
        case("padded", PLAIN, json!({"padding": "11", "readout": "mean"})),
        case(
            "padded with nodes",
            DIRECTED,
            json!({"padding": "11", "padded_rows": "nodes", "dropout": 0.0, "norm_position": "pre"}),
        ),
        case(
            "padded with nodes to the batch",
            PLAIN,
            json!({"padding": "batch", "padded_rows": "nodes", "dropout": 0.0}),
        ),
        case("padded to the batch", PLAIN, json!({"padding": "batch"})),
        case("losses of the batch", WEIGHTED, json!({"loss_scope": "batch"})),
        case("losses of the batch, edges", PLAIN, json!({"loss_scope": "batch", "link_normalizer": "edges"})),
        case("losses of the batch, pairs", PLAIN, json!({"loss_scope": "batch", "link_normalizer": "nodes_squared"})),
        case("losses of the batch, nodes", PLAIN, json!({"loss_scope": "batch", "link_normalizer": "nodes"})),
        case("losses of the padded batch", PLAIN, json!({"loss_scope": "batch", "padding": "batch"})),
        case("relative link loss", WEIGHTED, json!({"link_normalizer": "adjacency"})),
        case(
            "relative link loss of the batch",
            DIRECTED,
            json!({"link_normalizer": "adjacency", "loss_scope": "batch"}),
        ),
        case("losses of moments", PLAIN, of_moments()),
        case("losses of moments, weighted", WEIGHTED, of_moments()),
        case("losses of moments, directed", DIRECTED, of_moments()),
        case("losses of moments, signed", SIGNED, of_moments()),
        case("losses of moments, relations", LABELLED_DIRECTED, with(of_moments(), "relations", "edge_labels")),
        case("losses of moments, parallel edges", LABELLED, of_moments()),
        case("losses of moments, graclus", WEIGHTED, with(of_moments(), "assignment", "graclus")),
        case("losses of moments, cross-entropy", PLAIN, with(of_moments(), "link_loss", "cross_entropy")),
        case("losses of moments of the batch", PLAIN, with(of_moments(), "loss_scope", "batch")),
        case("link by cross-entropy", PLAIN, json!({"link_loss": "cross_entropy"})),
        case("cross-entropy, weighted", WEIGHTED, json!({"link_loss": "cross_entropy"})),
        case("cross-entropy, directed", DIRECTED, json!({"link_loss": "cross_entropy", "loss_scope": "batch"})),
        case("cross-entropy, three hops", PLAIN, json!({"link_loss": "cross_entropy", "adj_hop": 3, "clusters": [9]})),
    ]
}

fn cases_of_relations_and_assignments() -> Vec<Case> {
    let case = |name: &str, kind, keys| Case { name: name.to_string(), kind, keys };
    let relations = |conv: &str| json!({"relations": "edge_labels", "embed_conv": conv, "assign_conv": conv});
    vec![
        case("relations", LABELLED, relations("sage")),
        case("relations, directed", LABELLED_DIRECTED, relations("sage")),
        case("relations, gcn", LABELLED_DIRECTED, relations("gcn")),
        case("relations, gcn_raw", LABELLED, relations("gcn_raw")),
        case(
            "relations, wide",
            LABELLED,
            json!({"relations": "edge_labels", "clusters": [9, 5, 2], "embed_hidden": 2}),
        ),
        case("relations, flat", LABELLED, json!({"relations": "edge_labels", "clusters": []})),
        case("relations, edges", LABELLED_DIRECTED, json!({"relations": "edge_labels", "link_normalizer": "edges"})),
        case("relations, graclus", LABELLED, json!({"relations": "edge_labels", "assignment": "graclus"})),
        case("parallel edges", LABELLED, json!({})),
        case("parallel edges, directed", LABELLED_DIRECTED, json!({"link_normalizer": "edges"})),
        case("random", PLAIN, json!({"assignment": "random"})),
        case("random, cold", DIRECTED, json!({"assignment": "random", "temperature": 0.3, "clusters": [6, 3, 2]})),
        case("graclus", PLAIN, json!({"assignment": "graclus"})),
        case("graclus, weighted", WEIGHTED, json!({"assignment": "graclus", "clusters": [6, 4, 1]})),
        case("graclus, directed", DIRECTED, json!({"assignment": "graclus", "clusters": [5]})),
        case("graclus, many clusters", PLAIN, json!({"assignment": "graclus", "clusters": [20, 8]})),
        case("hard", PLAIN, json!({"hard_assignment": true})),
        case("hard, random", WEIGHTED, json!({"hard_assignment": true, "assignment": "random"})),
        case("normalized", WEIGHTED, json!({"pooled_adjacency": "normalized", "clusters": [6, 4, 2]})),
        case("normalized, directed gcn", DIRECTED, json!({"pooled_adjacency": "normalized", "embed_conv": "gcn"})),
        case("normalized, signed", SIGNED, json!({"pooled_adjacency": "normalized", "clusters": [6, 4, 2]})),
        case("normalized, relations", LABELLED_DIRECTED, with(relations("sage"), "pooled_adjacency", "normalized")),
        case("normalized, losses", PLAIN, with(of_moments(), "pooled_adjacency", "normalized")),
        case("full, normalized", PLAIN, json!({"final_adjacency": "full", "pooled_adjacency": "normalized"})),
        case("full", PLAIN, json!({"final_adjacency": "full"})),
        case("full, gcn", DIRECTED, json!({"final_adjacency": "full", "embed_conv": "gcn", "clusters": [3]})),
        case("full, graclus", WEIGHTED, json!({"final_adjacency": "full", "assignment": "graclus"})),
    ]
}

/// The largest difference, relative to the largest expected value.
fn difference<'a>(found: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = &'a f64>) -> f64 {
    let expected: Vec<f64> = expected.into_iter().copied().collect();
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "another number of values");
    let scale = expected.iter().fold(1e-30, |m: f64, v| m.max(v.abs()));
    let worst = found.iter().zip(&expected).map(|(f, e)| (f - e).abs() / scale);
    worst.fold(0.0, |m: f64, d| if d.is_nan() { f64::INFINITY } else { m.max(d) })
}

fn losses(found: BatchLoss, expected: &naive::Passed) -> f64 {
    let pooling = found.pooling.computed().map(|(loss, value)| (value, expected.pooling[loss]));
    let parts: Vec<_> = [(found.class_loss, expected.class_loss)].into_iter().chain(pooling).collect();
    // Several are 0 of one cluster, and what rounding leaves of them says nothing.
    let of_part = |(found, expected): &(f64, f64)| (found - expected).abs() / expected.abs().max(1e-3);
    parts.iter().map(of_part).fold(0.0, |most, part| if part.is_nan() { f64::INFINITY } else { most.max(part) })
}

fn hits(logits: &Matrix, dataset: &Dataset) -> usize {
    let largest = |row: &Vec<f64>| (0..row.len()).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
    logits.iter().enumerate().filter(|(i, row)| largest(row) == dataset.y(*i)).count()
}

#[test]
fn evaluation_in_f64() {
    let mut worst: f64 = 0.0;
    for Case { name, kind, keys } in cases() {
        let dataset = unusual_dataset(kind, 3);
        // Dropout must play no part in evaluation.
        let dropout = json!({"dropout": 0.4, "head_dropout": 0.3});
        let mut model: Model<f64> = model(&[&small(), &dropout, &keys], &dataset);
        disturb(&mut model, 1);
        let expected = naive::pass(&model, &dataset, &all(&dataset), false);
        let found = evaluate_batch(&model, &dataset, &all(&dataset), 3);
        let logits = difference(found.logits.into_iter().flatten(), expected.logits.iter().flatten());
        let losses = losses(found.loss, &expected);
        println!("{name:<28} logits {logits:.0e}, losses {losses:.0e}");
        assert!(logits <= 1e-10 && losses <= 1e-10, "{name}: logits differ by {logits:e}, losses by {losses:e}");
        assert_eq!(found.loss.correct, hits(&expected.logits, &dataset), "{name}");
        worst = worst.max(logits).max(losses);
    }
    println!("largest difference in evaluation {worst:.1e}");
}

#[test]
fn training_in_f64() {
    let mut worst: f64 = 0.0;
    for Case { name, kind, keys } in cases() {
        let dataset = unusual_dataset(kind, 4);
        let mut model: Model<f64> = model(&[&small(), &keys], &dataset);
        disturb(&mut model, 2);
        let expected = naive::pass(&model, &dataset, &all(&dataset), true);
        let found = train_batch(&model, &dataset, &all(&dataset), 3, 1);
        let logits = difference(found.logits.into_iter().flatten(), expected.logits.iter().flatten());
        let losses = losses(found.loss, &expected);
        let mut after = model.clone();
        let parameters = model.parameters().to_vec();
        after.copy_numbers_from(&parameters, &found.running);
        let statistics = statistics(&model, &after, &expected);
        println!("{name:<28} logits {logits:.0e}, losses {losses:.0e}, running statistics {statistics:.0e}");
        let all = logits.max(losses).max(statistics);
        assert!(all <= 1e-10, "{name}: logits {logits:e}, losses {losses:e}, running statistics {statistics:e}");
        worst = worst.max(all);
    }
    println!("largest difference in training {worst:.1e}");
}

/// How far the running statistics after a pass are from `(1 - momentum) before + momentum batch`.
fn statistics(before: &Model<f64>, after: &Model<f64>, expected: &naive::Passed) -> f64 {
    let momentum = before.config().batch_norm_momentum;
    let mut worst: f64 = 0.0;
    for (name, (mean, variance)) in &expected.statistics {
        for (kind, batch) in [("running_mean", mean), ("running_var", variance)] {
            let name = format!("{name}.{kind}");
            let old = before.tensor(&name).unwrap().1;
            let moved: Vec<f64> = old.iter().zip(batch).map(|(o, b)| (1.0 - momentum) * o + momentum * b).collect();
            worst = worst.max(difference(after.tensor(&name).unwrap().1.iter().copied(), &moved));
        }
    }
    let running = after.tensors().iter().filter(|tensor| !tensor.trained).count();
    assert_eq!(running, 2 * expected.statistics.len(), "another number of batch norms");
    worst
}

#[test]
fn sessions_in_f32() {
    let mut worst: f64 = 0.0;
    for Case { name, kind, keys } in cases() {
        let dataset = unusual_dataset(kind, 5);
        let mut model: Model<f32> = model(&[&small(), &keys], &dataset);
        disturb(&mut model, 3);
        let expected = naive::pass(&model.cast().unwrap(), &dataset, &all(&dataset), false);
        let mut session = Session::new(Arc::new(model)).unwrap();
        let mut error: f64 = 0.0;
        for index in all(&dataset) {
            session.predict_graph(dataset.graph(index)).unwrap();
            error = error.max(session_difference(&session, &expected, index));
        }
        println!("{name:<28} {error:.0e}");
        assert!(error <= 1e-4, "{name}: a session differs by {error:e}");
        worst = worst.max(error);
    }
    println!("largest difference of a session {worst:.1e}");
}

fn session_difference(session: &Session, expected: &naive::Passed, index: usize) -> f64 {
    let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
    let logits = &expected.logits[index];
    let probabilities = naive::softmax(logits, 1.0);
    let mut worst = difference(wide(session.logits().unwrap()), logits)
        .max(difference(wide(session.probabilities().unwrap()), &probabilities))
        .max(difference(wide(session.embedding().unwrap()), &expected.embedding[index]));
    assert_eq!(session.levels(), expected.pooled[index].len());
    for (level, pooled) in expected.pooled[index].iter().enumerate() {
        let pairs = [
            (session.assignment(level).unwrap(), &pooled.s),
            (session.pooled_x(level).unwrap(), &pooled.x),
            (session.pooled_adjacency(level).unwrap(), &pooled.a),
        ];
        assert_eq!(session.relations(), pooled.relations.len());
        let relation = |(r, a)| (session.pooled_relation(level, r).unwrap(), a);
        for (found, expected) in pairs.into_iter().chain(pooled.relations.iter().enumerate().map(relation)) {
            assert_eq!(found.dim(), (expected.len(), expected[0].len()));
            worst = worst.max(difference(found.iter().map(|&v| f64::from(v)), expected.iter().flatten()));
        }
    }
    worst
}
