//! Planted communities: what agrees with them, and that a clustering of the edges finds them.

mod common;

use std::sync::Arc;

use common::agreement::{adjusted_rand_index, normalized_mutual_information};
use diffpool::config::Config;
use diffpool::data::synthetic::{Planted, SyntheticKind, generate_planted};
use diffpool::model::{Model, Session};
use serde_json::json;

#[test]
fn agreement_by_hand() {
    let planted = [0, 0, 0, 1, 1, 1];
    let renamed = [7, 7, 7, 2, 2, 2];
    assert_eq!([adjusted_rand_index(&planted, &renamed), normalized_mutual_information(&planted, &renamed)], [1.0; 2]);
    // One part says nothing.
    assert_eq!([adjusted_rand_index(&planted, &[4; 6]), normalized_mutual_information(&planted, &[4; 6])], [0.0; 2]);
    // Pairs in both 2, in the first 6, in the second 3, of 15: (2 - 6 3 / 15) / (4.5 - 6 3 / 15).
    let pairs = [0, 0, 1, 1, 2, 2];
    assert!((adjusted_rand_index(&planted, &pairs) - 0.8 / 3.3).abs() < 1e-12);
    // Entropies ln 2, ln 3, and of four parts of 2, 1, 1 and 2 nodes.
    let joint = -(2.0 / 3.0 * (1.0_f64 / 3.0).ln() + 1.0 / 3.0 * (1.0_f64 / 6.0).ln());
    let expected = 2.0 * (6.0_f64.ln() - joint) / 6.0_f64.ln();
    assert!((normalized_mutual_information(&planted, &pairs) - expected).abs() < 1e-12);
    assert_eq!([adjusted_rand_index(&[0; 3], &[1; 3]), normalized_mutual_information(&[0; 3], &[1; 3])], [1.0; 2]);
}

#[test]
fn graclus_finds_cliques() {
    let Planted { dataset, communities } = generate_planted(SyntheticKind::Cliques, 30, 1).unwrap();
    let mut config = Config::default();
    config.set("clusters", json!([8])).unwrap();
    config.set("assignment", json!("graclus")).unwrap();
    let all: Vec<usize> = (0..dataset.len()).collect();
    let model = Arc::new(Model::<f32>::new(&config.check().unwrap(), &dataset, &all).unwrap());
    let mut session = Session::new(model).unwrap();
    let mut sum = 0.0;
    for (graph, communities) in communities.iter().enumerate() {
        session.predict_graph(dataset.graph(graph)).unwrap();
        let s = session.assignment(0).unwrap();
        let clusters: Vec<u32> =
            s.rows().into_iter().map(|row| row.iter().position(|&v| v == 1.0).unwrap() as u32).collect();
        sum += adjusted_rand_index(&clusters, communities);
    }
    assert!(sum / 30.0 > 0.6, "{}", sum / 30.0);
}
