//! The key `self_loops`: a model that drops self-loops sees every graph as if it had none, whatever brings it.
#![allow(missing_docs)]

mod common;

use std::sync::Arc;

use common::graphs::{DIRECTED, Kind, LABELLED, PLAIN, WEIGHTED, random_dataset, unusual_dataset};
use common::models::{all, bits, config, small, split};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput};
use diffpool::model::Session;
use diffpool::train::{Callbacks, Graphs, Predictor, Trainer, evaluate};
use serde_json::{Value, json};

/// The edges of a graph as lists, with loops or without.
#[derive(Default)]
struct Lists {
    from: Vec<i32>,
    to: Vec<i32>,
    weights: Vec<f32>,
    labels: Vec<i64>,
}

impl Lists {
    fn of(dataset: &Dataset, index: usize, loops: bool) -> Self {
        let (graph, mut lists) = (dataset.graph(index), Self::default());
        let rows = (0..graph.nodes()).flat_map(|row| graph.neighbours(row).iter().map(move |&column| (row, column)));
        for (entry, (row, column)) in rows.enumerate().filter(|(_, (row, column))| loops || *row != *column as usize) {
            lists.from.push(row as i32);
            lists.to.push(column as i32);
            lists.weights.extend(graph.edge_weight().map(|weights| weights[entry]));
            lists.labels.extend(graph.edge_labels().map(|labels| labels[entry]));
        }
        lists
    }

    fn input<'a>(&'a self, dataset: &'a Dataset, index: usize) -> GraphInput<'a> {
        let graph = dataset.graph(index);
        GraphInput {
            edge_weight: graph.edge_weight().map(|_| self.weights.as_slice()),
            edge_labels: graph.edge_labels().map(|_| self.labels.as_slice()),
            x: Some(graph.x()),
            ..GraphInput::new(graph.nodes(), EdgeInput::List { from: &self.from, to: &self.to })
        }
    }
}

/// The same graphs without their self-loops.
fn without_loops(dataset: &Dataset) -> Dataset {
    let mut out = Dataset::new(dataset.name(), dataset.rules());
    for index in all(dataset) {
        let lists = Lists::of(dataset, index, false);
        out.add(&mut GraphBuilder::new(), &lists.input(dataset, index), dataset.y(index)).unwrap();
    }
    out
}

fn graphs(kind: Kind) -> Dataset {
    let mut graphs = random_dataset(&[6, 9, 4, 12, 7, 8], kind, 3);
    graphs.append(&unusual_dataset(kind, 4)).unwrap();
    assert!(all(&graphs).iter().any(|&index| graphs.graph(index).has_self_loops()));
    graphs
}

fn cases() -> Vec<(Kind, Value)> {
    vec![
        (PLAIN, json!({"features": "attributes,degree,clustering,laplacian:3,random_walk:4"})),
        (PLAIN, json!({"assignment": "graclus", "features": "attributes,one_hot_degree:4"})),
        (WEIGHTED, json!({"embed_conv": "gcn"})),
        (DIRECTED, json!({"embed_conv": "gat"})),
        (LABELLED, json!({"relations": "edge_labels", "out_of_vocabulary": "reserve"})),
    ]
}

fn trained(keys: &Value, dataset: &Arc<Dataset>) -> Trainer<f32> {
    let config = config(&[&small(), keys]).check().unwrap();
    let (train, validation) = split(dataset);
    let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &train, &validation).unwrap();
    trainer.fit(&mut Callbacks::default()).unwrap();
    trainer
}

#[test]
fn every_pass_gives_what_it_gives_without_them() {
    for (kind, keys) in cases() {
        let (given, bare) = (Arc::new(graphs(kind)), Arc::new(without_loops(&graphs(kind))));
        let drop = |rule: &str| {
            let mut keys = keys.clone();
            keys["self_loops"] = json!(rule);
            keys
        };
        let (ours, theirs) = (trained(&drop("drop"), &given), trained(&drop("drop"), &bare));
        assert!(bits(ours.state()) == bits(theirs.state()), "training, {keys}");
        assert!(bits(ours.state()) == bits(trained(&drop("keep"), &bare).state()), "training that keeps, {keys}");
        assert!(bits(ours.state()) != bits(trained(&drop("keep"), &given).state()), "no effect, {keys}");
        let model = Arc::new(ours.model().unwrap());
        let losses = [&given, &bare].map(|data| evaluate(&model, data, &all(data), 2).unwrap());
        assert_eq!(losses[0].loss.to_bits(), losses[1].loss.to_bits(), "evaluation, {keys}");
        let mut session = Session::new(model.clone()).unwrap();
        let mut wanted = Vec::new();
        for index in all(&given) {
            let mut logits = |predict: &dyn Fn(&mut Session)| {
                predict(&mut session);
                session.logits().unwrap().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            };
            let lists = Lists::of(&given, index, true);
            let without = logits(&|session| session.predict_graph(bare.graph(index)).unwrap());
            assert_eq!(logits(&|session| session.predict_graph(given.graph(index)).unwrap()), without, "{keys}");
            assert_eq!(logits(&|session| session.predict(&lists.input(&given, index)).unwrap()), without, "{keys}");
            wanted.extend(without);
        }
        let mut predictor = Predictor::new(&*model, 2).unwrap();
        let lists: Vec<Lists> = all(&given).into_iter().map(|index| Lists::of(&given, index, true)).collect();
        let input = |index: usize| Ok(lists[index].input(&given, index));
        let ways = [Graphs::Of(&given, &all(&given)), Graphs::Inputs { count: given.len(), input: &input }];
        for way in ways {
            let found = predictor.predict(way, None).unwrap();
            let found: Vec<u32> = found.logits.iter().map(|v| v.to_bits()).collect();
            assert_eq!(found, wanted, "{keys}");
        }
    }
}

#[test]
fn a_relation_of_loops_alone_is_none() {
    let rules = graphs(LABELLED).rules();
    let mut data = Dataset::new("loops", diffpool::graph::GraphRules { features: 0, ..rules });
    let edges = EdgeInput::List { from: &[0, 1], to: &[1, 1] };
    for class in [0, 1] {
        let input = GraphInput { edge_labels: Some(&[7, 8]), ..GraphInput::new(3, edges) };
        data.add(&mut GraphBuilder::new(), &input, class).unwrap();
    }
    let relations = |rule: &str| {
        let keys = json!({"relations": "edge_labels", "self_loops": rule});
        let model = common::models::model::<f32>(&[&small(), &keys], &data);
        model.schema().edge_labels().to_vec()
    };
    assert_eq!((relations("keep"), relations("drop")), (vec![7, 8], vec![7]));
}

#[test]
fn a_summary_tells_of_it() {
    let data = graphs(PLAIN);
    let summary = |keys: &Value| common::models::model::<f32>(&[&small(), keys], &data).summary();
    let line = "\n  edges     without self-loops\n";
    assert!(summary(&json!({"self_loops": "drop"})).contains(line));
    assert!(!summary(&json!({})).contains(line));
}
