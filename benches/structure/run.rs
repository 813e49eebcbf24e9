//! One training and what came of it.

use std::sync::Arc;
use std::time::Instant;

use diffpool::config::Config;
use diffpool::data::synthetic::{Planted, SyntheticKind, generate_planted};
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};
use diffpool::train::{Callbacks, Trainer, evaluate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::shared::common::agreement::{adjusted_rand_index, normalized_mutual_information};

/// Graphs to train on, to choose the epoch by, and to test on.
const GRAPHS: [usize; 3] = [300, 100, 200];
/// What all have in common, unless a model says otherwise: eight clusters, a width that a set can be learnt with in
/// seconds, and as many epochs.
const COMMON: &str = r#"{"clusters": [8], "embed_hidden": 32, "embed_output": 32, "assign_hidden": 32, "epochs": 60}"#;

/// A set, with the communities of its graphs.
pub struct Data {
    kind: SyntheticKind,
    dataset: Arc<Dataset>,
    communities: Vec<Vec<u32>>,
    parts: [Vec<usize>; 3],
}

impl Data {
    /// The graphs of a set; its seed is always the same.
    pub fn new(kind: SyntheticKind) -> Self {
        let Planted { dataset, communities } = generate_planted(kind, GRAPHS.iter().sum(), 1).unwrap();
        let (mut begin, mut parts) = (0, [const { Vec::new() }; 3]);
        for (part, count) in parts.iter_mut().zip(GRAPHS) {
            *part = (begin..begin + count).collect();
            begin += count;
        }
        Self { kind, dataset: Arc::new(dataset), communities, parts }
    }
}

/// A line of the runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    pub set: String,
    pub model: String,
    pub seed: u64,
    /// Accuracies in percent.
    pub train: f64,
    pub validation: f64,
    pub test: f64,
    /// Of the hard assignment of the first level to the planted communities, means over the test graphs; none of a flat
    /// network.
    pub ari: Option<f64>,
    pub nmi: Option<f64>,
    /// Clusters that some node is most in, mean over the test graphs, a pooling level each.
    pub in_use: Vec<f64>,
    pub parameters: usize,
    pub epochs: usize,
    /// Seconds by the clock on one thread, evaluation included; more on a machine that has other work.
    pub seconds: f64,
}

impl Run {
    pub fn key(&self) -> (String, String, u64) {
        (self.set.clone(), self.model.clone(), self.seed)
    }

    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap()
    }

    pub fn from_line(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }
}

/// Trains a network of these keys, and looks at what it does with the test graphs.
pub fn run(data: &Data, name: &str, keys: &Value, seed: u64) -> Run {
    let keys = keys.as_object().unwrap();
    let mut config = Config::preset(keys.get("preset").and_then(Value::as_str).unwrap_or("default")).unwrap();
    let common: serde_json::Map<String, Value> = serde_json::from_str(COMMON).unwrap();
    for (key, value) in common.iter().chain(keys.iter().filter(|(key, _)| *key != "preset")) {
        config.set(key, value.clone()).unwrap();
    }
    for (key, value) in [("seed", json!(seed)), ("threads", json!(1)), ("patience", json!(0))] {
        config.set(key, value).unwrap();
    }
    let begin = Instant::now();
    let [train, validation, test] = &data.parts;
    let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), data.dataset.clone(), train, validation).unwrap();
    trainer.fit(&mut Callbacks::default()).unwrap();
    let model = Arc::new(trainer.model().unwrap());
    let of = |graphs: &[usize]| evaluate(&*model, &data.dataset, graphs, 1).unwrap();
    let evaluation = of(test);
    let (ari, nmi) = agreement(&model, data).unzip();
    Run {
        set: data.kind.name().to_owned(),
        model: name.to_owned(),
        seed,
        train: percent(of(train).accuracy),
        validation: percent(of(validation).accuracy),
        test: percent(evaluation.accuracy),
        ari: ari.map(rounded),
        nmi: nmi.map(rounded),
        in_use: evaluation.clusters.iter().map(|level| rounded(level.clusters_in_use)).collect(),
        parameters: model.parameter_count(),
        epochs: config.epochs,
        seconds: (begin.elapsed().as_secs_f64() * 10.0).round() / 10.0,
    }
}

/// Mean adjusted Rand index and mutual information of the first level over the test graphs.
fn agreement(model: &Arc<Model<f32>>, data: &Data) -> Option<(f64, f64)> {
    if model.config().clusters.is_empty() {
        return None;
    }
    let mut session = Session::new(model.clone()).unwrap();
    let (mut sums, test) = ([0.0; 2], &data.parts[2]);
    for &graph in test {
        session.predict_graph(data.dataset.graph(graph)).unwrap();
        let s = session.assignment(0).unwrap();
        let largest = |row: ndarray::ArrayView1<'_, f32>| {
            (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best }) as u32
        };
        let clusters: Vec<u32> = s.rows().into_iter().map(largest).collect();
        sums[0] += adjusted_rand_index(&clusters, &data.communities[graph]);
        sums[1] += normalized_mutual_information(&clusters, &data.communities[graph]);
    }
    let [ari, nmi] = sums.map(|sum| sum / test.len() as f64);
    Some((ari, nmi))
}

fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
