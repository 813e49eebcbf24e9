//! Positional features through a model: stored, rebuilt by every way to a prediction, with random signs in training.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::graphs::{PLAIN, WEIGHTED, cycles_and_cliques, random_dataset};
use common::models::{all, disturb, evaluate_batch, model, small, split, train_batch};
use diffpool::checkpoint::model_file;
use diffpool::control::Control;
use diffpool::error::ErrorKind;
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{Explainer, Model, Session};
use diffpool::train::{Graphs, Predictor, Trainer, evaluate};
use serde_json::{Value, json};

/// Graphs of one node among others, one above the size for which eigenvectors are found by a dense solver.
fn graphs() -> Dataset {
    random_dataset(&[1, 12, 40, 1, 300, 7, 2, 90], WEIGHTED, 4)
}

fn keys() -> Value {
    json!({"features": "random_walk:6,laplacian:5,attributes"})
}

fn of_model(dataset: &Dataset) -> Model<f32> {
    let mut model = model(&[&small(), &keys()], dataset);
    disturb(&mut model, 2);
    model
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The logits of every graph as a session predicts them.
fn of_session(model: &Arc<Model<f32>>, dataset: &Dataset) -> Vec<Vec<u32>> {
    let mut session = Session::new(model.clone()).unwrap();
    let mut logits = |index| {
        session.predict_graph(dataset.graph(index)).unwrap();
        bits(session.logits().unwrap())
    };
    all(dataset).into_iter().map(&mut logits).collect()
}

#[test]
fn every_way_to_a_prediction_gives_the_same_bits() {
    let dataset = graphs();
    let model = Arc::new(of_model(&dataset));
    assert_eq!(model.config().features, "random_walk:6,laplacian:5,attributes");
    let expected = of_session(&model, &dataset);
    let loaded = Arc::new(model_file::from_bytes(&model_file::to_bytes(&model).unwrap()).unwrap());
    assert_eq!(of_session(&loaded, &dataset), expected, "from a file");
    let width = model.width();
    for threads in [1, 3] {
        let mut predictor = Predictor::new(&*model, threads).unwrap();
        let indices = all(&dataset);
        let found = predictor.predict(Graphs::Of(&dataset, &indices), None).unwrap();
        assert!(found.failures.iter().all(Option::is_none));
        let found: Vec<Vec<u32>> = found.logits.chunks_exact(width).map(bits).collect();
        assert_eq!(found, expected, "{threads} threads");
        let evaluation = evaluate(&model, &dataset, &indices, threads).unwrap();
        let found: Vec<Vec<u32>> = evaluation.logits.chunks_exact(width).map(bits).collect();
        assert_eq!(found, expected, "an evaluation, {threads} threads");
    }
    // As arrays of a caller, and explained.
    let (mut session, mut explainer) = (Session::new(model.clone()).unwrap(), Explainer::new(model.clone()).unwrap());
    for index in all(&dataset) {
        let graph = dataset.graph(index);
        let indptr: Vec<i64> = graph.indptr().iter().map(|&entry| i64::from(entry)).collect();
        let indices: Vec<i32> = graph.indices().iter().map(|&node| node as i32).collect();
        let edges = EdgeInput::Csr { indptr: &indptr, indices: &indices };
        let input = GraphInput {
            x: Some(graph.x()),
            edge_weight: graph.edge_weight(),
            ..GraphInput::new(graph.nodes(), edges)
        };
        session.predict(&input).unwrap();
        assert_eq!(bits(session.logits().unwrap()), expected[index]);
        explainer.explain(graph, 1).unwrap();
        assert_eq!(bits(session.explain(1).unwrap().importance()), bits(explainer.importance()));
        let contributions = explainer.contributions();
        assert_eq!(contributions.ncols(), 6 + 5 + dataset.rules().features);
        // The features of one node say nothing, so they add nothing; those of a larger graph do.
        let laplacian = contributions.slice(ndarray::s![.., 6..11]);
        assert_eq!(laplacian.iter().all(|&value| value == 0.0), graph.nodes() == 1);
    }
}

/// Nothing of a graph but its edges counts.
#[test]
fn weights_play_no_part() {
    let edges = EdgeInput::List { from: &[0, 1, 2, 0, 3], to: &[1, 2, 3, 2, 3] };
    let mut dataset = Dataset::new("weighted", GraphRules::default());
    let mut builder = GraphBuilder::new();
    let plain = GraphInput::new(4, edges);
    (0..2).for_each(|y| dataset.add(&mut builder, &plain, y).unwrap());
    let model = model::<f64>(&[&small(), &json!({"features": "laplacian:3,random_walk:3"})], &dataset);
    let features = |input: &GraphInput<'_>| {
        let mut builder = GraphBuilder::new();
        let graph = builder.build(input, diffpool::model::input_rules(model.schema().rules(), input)).unwrap();
        let mut structural = diffpool::model::features::Structural::default();
        structural.compute(model.schema(), graph).unwrap().unwrap().to_vec()
    };
    let weighted = GraphInput { edge_weight: Some(&[0.5, 2.0, 3.0, 4.0, 5.0]), ..plain };
    assert_eq!(features(&plain), features(&weighted));
}

/// The signs of eigenvectors are drawn in training alone, and by the seed and the step.
#[test]
fn signs_are_random_in_training_alone() {
    let dataset = random_dataset(&[12, 20, 9], PLAIN, 6);
    let passes = |features: &str| {
        let keys = json!({"features": features, "normalization": "none", "dropout": 0.0, "head_dropout": 0.0});
        let mut model = model::<f64>(&[&small(), &keys], &dataset);
        disturb(&mut model, 3);
        let evaluated = evaluate_batch(&model, &dataset, &all(&dataset), 2).logits;
        let trained = train_batch(&model, &dataset, &all(&dataset), 2, 1).logits;
        assert_eq!(evaluated, evaluate_batch(&model, &dataset, &all(&dataset), 1).logits);
        assert_eq!(trained, train_batch(&model, &dataset, &all(&dataset), 3, 2).logits);
        (evaluated, trained)
    };
    let (evaluated, trained) = passes("laplacian:6");
    evaluated.iter().zip(&trained).for_each(|(evaluated, trained)| assert_ne!(evaluated, trained));
    let (evaluated, trained) = passes("random_walk:6");
    assert_eq!(evaluated, trained);
}

/// Roles alone do not tell a long ring from two short ones; the eigenvectors, of which two rings have one more of
/// eigenvalue 0, and the returns do.
#[test]
fn a_model_learns_from_them() {
    let mut dataset = Dataset::new("rings", GraphRules::default());
    let mut builder = GraphBuilder::new();
    for size in [8, 10, 12, 8, 10, 12, 8, 10, 12] {
        let whole: Vec<(i32, i32)> = (0..size).map(|i| (i, (i + 1) % size)).collect();
        let half = size / 2;
        let halves = (0..size).map(|i| (i, i / half * half + (i % half + 1) % half)).collect();
        for (y, edges) in [whole, halves].into_iter().enumerate() {
            let (from, to): (Vec<i32>, Vec<i32>) = edges.into_iter().unzip();
            let input = GraphInput::new(size as usize, EdgeInput::List { from: &from, to: &to });
            dataset.add(&mut builder, &input, y).unwrap();
        }
    }
    let dataset = Arc::new(dataset);
    let accuracy = |features: &str| {
        let keys =
            json!({"features": features, "clusters": [], "epochs": 100, "learning_rate": 0.01, "readout": "max"});
        let config = common::models::config(&[&small(), &keys]).check().unwrap();
        let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &all(&dataset), &[]).unwrap();
        common::models::fit(&mut trainer);
        evaluate(&trainer.model().unwrap(), &dataset, &all(&dataset), 1).unwrap().accuracy
    };
    assert_eq!(accuracy("degree,clustering"), 0.5);
    let found = [accuracy("laplacian:2"), accuracy("random_walk:6")];
    assert!(found.iter().all(|&share| share >= 0.95), "{found:?}");
}

/// A path so long that its eigenvectors take seconds.
fn long_path() -> Dataset {
    let nodes = 60_000;
    let (from, to): (Vec<i32>, Vec<i32>) = (1..nodes).map(|node| (node - 1, node)).unzip();
    let mut dataset = Dataset::new("path", GraphRules::default());
    let input = GraphInput::new(nodes as usize, EdgeInput::List { from: &from, to: &to });
    dataset.add(&mut GraphBuilder::new(), &input, 0).unwrap();
    dataset.add(&mut GraphBuilder::new(), &input, 1).unwrap();
    dataset
}

#[test]
fn a_deadline_is_kept_within_the_iterations() {
    let dataset = Arc::new(long_path());
    for features in ["laplacian:16", "random_walk:64"] {
        let model = Arc::new(model::<f32>(&[&small(), &json!({"features": features})], &dataset));
        let control = || {
            let mut control = Control::new();
            control.set_timeout(Some(Duration::from_millis(60))).unwrap();
            control
        };
        let mut session = Session::new(model.clone()).unwrap();
        let begin = Instant::now();
        let error = session.predict_graph_under(Some(&control()), dataset.graph(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{features}");
        let threads = [1, 2];
        for threads in threads {
            let mut predictor = Predictor::new(&*model, threads).unwrap();
            let error = predictor.evaluate(&dataset, &[0, 1], Some(&control())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{features}, {threads} threads");
            let error = predictor.predict(Graphs::Of(&dataset, &[0, 1]), Some(&control())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{features}, {threads} threads");
        }
        let taken = begin.elapsed();
        assert!(taken < Duration::from_secs(4), "{features}: {taken:?}");
    }
}

/// What a graph may take is bounded: it is refused by name, by itself.
#[test]
fn a_graph_that_takes_too_long_is_refused() {
    let leaves = 100_000;
    let mut dataset = Dataset::new("star", GraphRules::default());
    let mut builder = GraphBuilder::new();
    let from = vec![0; leaves];
    let to: Vec<i32> = (1..=leaves as i32).collect();
    for nodes in [3, leaves + 1] {
        let edges = EdgeInput::List { from: &from[..nodes - 1], to: &to[..nodes - 1] };
        dataset.add(&mut builder, &GraphInput::new(nodes, edges), usize::from(nodes > 3)).unwrap();
    }
    let dataset = Arc::new(dataset);
    let keys = json!({"features": "random_walk:4"});
    let message = "random_walk:4 takes more than 8589934592 multiplications for a graph of 100001 nodes and 200000 \
                   neighbours";
    let model = Arc::new(model::<f32>(&[&small(), &keys], &dataset));
    let mut session = Session::new(model.clone()).unwrap();
    session.predict_graph(dataset.graph(0)).unwrap();
    let error = session.predict_graph(dataset.graph(1)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unsupported, message));
    assert!(session.logits().is_err());
    let mut predictor = Predictor::new(&*model, 1).unwrap();
    let found = predictor.predict(Graphs::Of(&dataset, &[1, 0]), None).unwrap();
    assert_eq!(found.failures[0].as_ref().unwrap().message(), message);
    assert!(found.failures[1].is_none());
    let config = common::models::config(&[&small(), &keys]).check().unwrap();
    let error = Trainer::<f32>::new(&config, dataset.clone(), &[0, 1], &[]).err().unwrap();
    assert_eq!(error.message(), format!("graph 1: {message}"));
}

/// A run that was interrupted draws the signs that it would have drawn.
#[test]
fn a_resumed_run_draws_the_same_signs() {
    let dataset = Arc::new(cycles_and_cliques(24, 2));
    let (train, validation) = split(&dataset);
    let keys = json!({"features": "laplacian:4", "epochs": 4});
    let run = |stop: usize| {
        let config = common::models::config(&[&small(), &keys]).check().unwrap();
        let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &train, &validation).unwrap();
        let mut on_epoch = |record: &diffpool::model::EpochRecord| record.epoch < stop;
        let mut callbacks =
            diffpool::train::Callbacks { on_epoch: Some(&mut on_epoch), ..diffpool::train::Callbacks::default() };
        trainer.fit(&mut callbacks).unwrap();
        let mut resumed =
            Trainer::<f32>::resume(trainer.state().clone(), dataset.clone(), &train, &validation).unwrap();
        common::models::fit(&mut resumed);
        resumed.model().parameters().to_vec()
    };
    assert_eq!(bits(&run(1)), bits(&run(3)));
}
