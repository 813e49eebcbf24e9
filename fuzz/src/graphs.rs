//! Graphs as a host gives them: arrays of the right lengths with any values.

use std::sync::{Arc, LazyLock, Mutex};

use diffpool::config::Config;
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{Model, Session};

/// Takes numbers from bytes; after the last there are zeros.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// Mostly a number below `end`, at times any.
    fn index(&mut self, end: usize) -> i32 {
        match self.byte() {
            255 => i32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
            byte => (usize::from(byte) % end.max(1)) as i32,
        }
    }

    /// Mostly a small number, at times any bits.
    fn number(&mut self) -> f32 {
        match self.byte() {
            255 => f32::from_bits(u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])),
            byte => f32::from(byte) / 16.0 - 4.0,
        }
    }
}

const RULES: GraphRules = GraphRules { features: 2, ..GraphRules::plain(false) };

static SESSION: LazyLock<Mutex<Session>> = LazyLock::new(|| {
    let mut config = Config::preset("default").unwrap();
    for (key, value) in [("embed_hidden", "4"), ("embed_output", "4"), ("assign_hidden", "4"), ("clusters", "[3]")] {
        config.set_json(key, value).unwrap();
    }
    let mut dataset = Dataset::new("fuzz", RULES);
    let mut builder = GraphBuilder::new();
    for y in [0, 1] {
        let input = GraphInput {
            x: Some(&[0.0, 1.0, 1.0, 0.0]),
            ..GraphInput::new(2, EdgeInput::List { from: &[0], to: &[1] })
        };
        dataset.add(&mut builder, &input, y).unwrap();
    }
    let model = Model::new(&config.check().unwrap(), &dataset, &[0, 1]).unwrap();
    Mutex::new(Session::new(Arc::new(model)).unwrap())
});

pub fn graph(bytes: &[u8]) {
    let mut source = Source(bytes);
    let (nodes, edges, kind) = (usize::from(source.byte() % 32), usize::from(source.byte() % 64), source.byte());
    let from: Vec<i32> = (0..edges).map(|_| source.index(nodes)).collect();
    let to: Vec<i32> = (0..edges).map(|_| source.index(nodes)).collect();
    let indptr: Vec<i64> = (0..=nodes).map(|i| if kind & 4 == 0 { (i * edges / nodes.max(1)) as i64 } else { source.index(edges + 1).into() }).collect();
    let weights: Vec<f32> = (0..edges).map(|_| source.number()).collect();
    let x: Vec<f32> = (0..2 * nodes).map(|_| source.number()).collect();
    let list = EdgeInput::List { from: &from, to: &to };
    let input = GraphInput {
        x: Some(&x),
        edge_weight: (kind & 1 == 1).then_some(&weights[..]),
        ..GraphInput::new(nodes, if kind & 2 == 0 { list } else { EdgeInput::Csr { indptr: &indptr, indices: &to } })
    };
    let directed = GraphRules { directed: kind & 8 != 0, ..RULES };
    let _ = Dataset::new("fuzz", directed).add(&mut GraphBuilder::new(), &input, 0);
    let mut session = SESSION.lock().unwrap();
    if session.predict(&input).is_ok() {
        assert!(session.logits().unwrap().iter().all(|logit| !logit.is_nan()), "a graph was predicted as NaN");
    }
}
