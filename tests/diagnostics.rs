//! Diagnostics of the clusters as sessions, evaluations and training tell them.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::graphs::{DIRECTED, PLAIN, SIGNED, WEIGHTED, cycles_and_cliques, dense, unusual_dataset};
use common::models::{all, disturb, fit, model, small, split, trainer};
use common::naive::{self, Matrix};
use diffpool::graph::Dataset;
use diffpool::model::{ClusterDiagnostics, Model, Session};
use diffpool::train::evaluate;
use serde_json::json;

fn list(of: &ClusterDiagnostics) -> [f64; 6] {
    [of.clusters_in_use, of.effective_clusters, of.entropy, of.relative_entropy, of.edges_inside, of.modularity]
}

/// By the formulas of the header, over pairs of nodes. The last two are `None` where there are no edges.
fn naive(a: &Matrix, s: &Matrix) -> ([f64; 4], Option<[f64; 2]>) {
    let (n, k) = (s.len(), s[0].len());
    let entropy = |p: &[f64]| -p.iter().map(|&p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum::<f64>();
    let first = |row: &Vec<f64>| (0..k).rev().max_by(|&i, &j| row[i].total_cmp(&row[j])).unwrap();
    let in_use: BTreeSet<usize> = s.iter().map(first).collect();
    let mean: Vec<f64> = (0..k).map(|j| s.iter().map(|row| row[j]).sum::<f64>() / n as f64).collect();
    let each = s.iter().map(|row| entropy(row)).sum::<f64>() / n as f64;
    let relative = if k > 1 { each / (k as f64).ln() } else { 0.0 };
    let m: f64 = a.iter().flatten().sum();
    let out: Vec<f64> = a.iter().map(|row| row.iter().sum()).collect();
    let into: Vec<f64> = (0..n).map(|j| a.iter().map(|row| row[j]).sum()).collect();
    let (mut inside, mut by_chance) = (0.0, 0.0);
    for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
        let together: f64 = s[i].iter().zip(&s[j]).map(|(p, q)| p * q).sum();
        inside += a[i][j] * together / m;
        by_chance += out[i] * into[j] * together / m / m;
    }
    ([in_use.len() as f64, entropy(&mean).exp(), each, relative], (m > 0.0).then_some([inside, inside - by_chance]))
}

fn close(found: f64, expected: f64, within: f64) -> bool {
    (found - expected).abs() <= within * expected.abs().max(1.0)
}

fn disturbed(keys: &serde_json::Value, dataset: &Dataset) -> Model<f32> {
    let mut model = model(&[&small(), keys], dataset);
    disturb(&mut model, 4);
    model
}

#[test]
fn sessions_and_evaluations_follow_the_formulas() {
    for (kind, keys) in [
        (PLAIN, json!({})),
        (WEIGHTED, json!({"temperature": 0.2})),
        (DIRECTED, json!({"embed_conv": "gcn", "clusters": [6, 3]})),
        (SIGNED, json!({"clusters": [1, 3]})),
    ] {
        let dataset = unusual_dataset(kind, 3);
        let model = disturbed(&keys, &dataset);
        let expected = naive::pass(&model.cast().unwrap(), &dataset, &all(&dataset), false);
        let evaluation = evaluate(&model, &dataset, &all(&dataset), 2).unwrap();
        assert_eq!(evaluation.clusters.len(), 2);
        let mut session = Session::new(Arc::new(model)).unwrap();
        for level in 0..2 {
            let (mut sums, mut with_edges) = ([0.0; 6], 0.0);
            for index in all(&dataset) {
                session.predict_graph(dataset.graph(index)).unwrap();
                let found = list(&session.diagnostics(level).unwrap());
                let pooled = &expected.pooled[index];
                let a = if level == 0 { dense(dataset.graph(index)) } else { pooled[level - 1].a.clone() };
                let (of_nodes, of_edges) = naive(&a, &pooled[level].s);
                with_edges += f64::from(u8::from(of_edges.is_some()));
                let numbers = [of_nodes.as_slice(), &of_edges.unwrap_or([0.0; 2])].concat();
                for (at, (found, expected)) in found.iter().zip(&numbers).enumerate() {
                    assert!(close(*found, *expected, 1e-4), "graph {index}, number {at}: {found} and {expected}");
                    sums[at] += expected;
                }
            }
            for (at, (found, sum)) in list(&evaluation.clusters[level]).iter().zip(sums).enumerate() {
                let expected = sum / if at < 4 { dataset.len() as f64 } else { with_edges };
                assert!(close(*found, expected, 1e-4), "number {at} of level {level}: {found} and {expected}");
            }
        }
        assert!(session.diagnostics(2).is_err());
    }
}

#[test]
fn a_run_keeps_them() {
    let dataset = Arc::new(cycles_and_cliques(40, 2));
    let mut run = trainer(&[&small()], &dataset);
    fit(&mut run);
    for record in run.history() {
        assert_eq!((record.clusters.len(), record.validation_clusters.len()), (2, 2));
        for (level, k) in [(0, 4.0), (1, 2.0)] {
            for clusters in [record.clusters[level], record.validation_clusters[level]] {
                let [in_use, effective, entropy, relative, inside, modularity] = list(&clusters);
                assert!((1.0..=k).contains(&in_use) && (1.0..=k).contains(&effective));
                assert!(entropy > 0.0 && close(relative, entropy / k.ln(), 1e-12) && relative <= 1.0);
                assert!((0.0..=1.0).contains(&inside) && (-0.5..=1.0).contains(&modularity) && modularity < inside);
            }
        }
    }
    // The last record is of the last weights.
    let mut last = trainer(&[&small(), &json!({"restore_best": false})], &dataset);
    fit(&mut last);
    let found = evaluate(&last.model().unwrap(), &dataset, &split(&dataset).1, 1).unwrap().clusters;
    let told = &last.history().last().unwrap().validation_clusters;
    for (found, told) in found.iter().zip(told) {
        assert!(list(found).iter().zip(list(told)).all(|(a, b)| close(*a, b, 1e-5)), "{found:?} {told:?}");
    }
}

#[test]
fn they_can_be_left_out() {
    let dataset = Arc::new(cycles_and_cliques(16, 2));
    for keys in [json!({"diagnostics": false}), json!({"clusters": []})] {
        let mut run = trainer(&[&small(), &keys], &dataset);
        fit(&mut run);
        assert!(run.history().iter().all(|record| record.clusters.is_empty() && record.validation_clusters.is_empty()));
        assert!(evaluate(&run.model().unwrap(), &dataset, &all(&dataset), 1).unwrap().clusters.is_empty());
    }
    // A session computes them when it is asked.
    let mut session = Session::new(Arc::new(disturbed(&json!({"diagnostics": false}), &dataset))).unwrap();
    session.predict_graph(dataset.graph(0)).unwrap();
    assert!(session.diagnostics(0).unwrap().entropy > 0.0);
}

#[test]
fn collapsed_clusters_show() {
    let dataset = cycles_and_cliques(16, 2);
    for (bias, clusters_in_use, effective, relative_entropy) in
        [([0.0, 50.0, 0.0, 0.0], 1.0, 1.0, 0.0), ([0.0; 4], 1.0, 4.0, 1.0)]
    {
        let mut model: Model<f32> = model(&[&small()], &dataset);
        let weights = vec![0.0; model.tensor("levels.0.assign.linear.weight").unwrap().1.len()];
        model.set_tensor("levels.0.assign.linear.weight", &weights).unwrap();
        model.set_tensor("levels.0.assign.linear.bias", &bias).unwrap();
        let clusters = evaluate(&model, &dataset, &all(&dataset), 1).unwrap().clusters[0];
        let [in_use, found_effective, _, relative, inside, modularity] = list(&clusters);
        assert_eq!(in_use, clusters_in_use);
        assert!(close(found_effective, effective, 1e-5) && close(relative, relative_entropy, 1e-5), "{clusters:?}");
        assert!(close(inside, 1.0 / effective, 1e-5) && modularity.abs() < 1e-5, "{clusters:?}");
    }
}
