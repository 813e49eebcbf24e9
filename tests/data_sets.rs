//! The real data sets load with the statistics that are published for them, and the published splits fit them.

mod common;

use diffpool::data::json_lines::{self, JsonLinesOptions, Lines};
use diffpool::data::splits::{Split, k_fold, read_published};
use diffpool::data::tu::{TuOptions, load};
use diffpool::graph::Dataset;

/// What is known about a data set.
#[derive(Debug, PartialEq)]
struct Facts {
    graphs: usize,
    classes: Vec<String>,
    /// Means rounded to two digits, as they are published.
    nodes: String,
    edges: String,
    largest: usize,
    loops: usize,
    isolated: usize,
    features: usize,
    node_labels: usize,
    edge_labels: usize,
}

fn facts(data: &Dataset) -> Facts {
    let graphs = || (0..data.len()).map(|i| data.graph(i));
    let rows = || graphs().flat_map(|graph| (0..graph.nodes()).map(move |node| (node as u32, graph.neighbours(node))));
    let loops = rows().filter(|(node, row)| row.contains(node)).count();
    let mean = |sum: usize| format!("{:.2}", sum as f64 / data.len() as f64);
    let mut edge_labels = data.edge_data().labels.to_vec();
    edge_labels.sort_unstable();
    edge_labels.dedup();
    Facts {
        graphs: data.len(),
        classes: data.class_names(),
        nodes: mean(data.total_nodes()),
        edges: mean((data.total_entries() + loops) / 2),
        largest: graphs().map(|graph| graph.nodes()).max().unwrap_or(0),
        loops,
        isolated: rows().filter(|(_, row)| row.is_empty()).count(),
        features: data.rules().features,
        node_labels: data.label_values().len(),
        edge_labels: edge_labels.len(),
    }
}

fn load_set(name: &str) -> Option<Dataset> {
    let folder = common::data_folder(name)?;
    Some(load(&folder, &TuOptions::default()).unwrap())
}

/// Checks set `name` against its row in the table of SOURCES.md and what was counted in the files.
fn check(name: &str, classes: std::ops::RangeInclusive<i32>, step: usize, wanted: Facts) {
    let Some(data) = load_set(name) else { return };
    let classes = classes.step_by(step).map(|label| label.to_string()).collect();
    assert_eq!(facts(&data), Facts { classes, ..wanted }, "{name}");
    assert_eq!(data.name(), name);
}

/// The facts with which most sets begin.
fn sized(graphs: usize, nodes: &str, edges: &str, largest: usize) -> Facts {
    Facts {
        graphs,
        classes: Vec::new(),
        nodes: nodes.to_owned(),
        edges: edges.to_owned(),
        largest,
        loops: 0,
        isolated: 0,
        features: 0,
        node_labels: 0,
        edge_labels: 0,
    }
}

#[test]
fn mutag() {
    let wanted = Facts { node_labels: 7, edge_labels: 4, ..sized(188, "17.93", "19.79", 28) };
    check("MUTAG", -1..=1, 2, wanted);
}

#[test]
fn enzymes() {
    let wanted = Facts { features: 18, node_labels: 3, isolated: 106, ..sized(600, "32.63", "62.14", 126) };
    check("ENZYMES", 1..=6, 1, wanted);
}

#[test]
fn proteins() {
    let wanted = Facts { features: 1, node_labels: 3, isolated: 5, ..sized(1113, "39.06", "72.82", 620) };
    check("PROTEINS", 1..=2, 1, wanted);
}

#[test]
fn imdb_binary() {
    check("IMDB-BINARY", 0..=1, 1, sized(1000, "19.77", "96.53", 136));
}

#[test]
fn dd() {
    check("DD", 1..=2, 1, Facts { node_labels: 82, ..sized(1178, "284.32", "715.66", 5748) });
}

#[test]
fn collab() {
    check("COLLAB", 1..=3, 1, Facts { loops: 2837, ..sized(5000, "74.49", "2457.78", 492) });
}

#[test]
fn reddit_multi_12k() {
    let wanted = Facts { isolated: 89, ..sized(11_929, "391.41", "456.89", 3782) };
    check("REDDIT-MULTI-12K", 1..=11, 1, wanted);
}

#[test]
fn attributes_come_out_as_written() {
    let Some(data) = load_set("ENZYMES") else { return };
    assert_eq!(data.graph(0).x()[..6], [11.0, 15.887014, 37.78, -0.51, 1.701, 93.9]);
    assert_eq!(data.graph(0).neighbours(0), [1, 2, 3]);
    assert_eq!(data.y(0), 5);
}

#[test]
fn published_splits_fit_their_sets() {
    let Some(splits) = common::data_folder("splits") else { return };
    for name in ["ENZYMES", "PROTEINS", "IMDB-BINARY", "DD", "COLLAB"] {
        let Some(data) = load_set(name) else { continue };
        let folds = read_published(&splits.join(format!("{name}.json"))).unwrap();
        assert_eq!(folds.len(), 10);
        let mut tested: Vec<usize> = Vec::new();
        for fold in &folds {
            for selection in &fold.model_selection {
                let others = [selection.train.as_slice(), &selection.validation].concat();
                let split = Split::from_indices(&data, &others, &fold.test).unwrap();
                Split::from_indices(&data, &selection.train, &selection.validation).unwrap();
                assert_eq!(split.train.len() + split.test.len(), data.len(), "{name}");
            }
            tested.extend(&fold.test);
        }
        tested.sort_unstable();
        assert!(tested.into_iter().eq(0..data.len()), "{name}");
    }
}

#[test]
fn folds_of_a_real_set_are_balanced() {
    let Some(data) = load_set("ENZYMES") else { return };
    for fold in 0..10 {
        let split = k_fold(&data, 10, fold, 1).unwrap();
        for class in 0..6 {
            assert_eq!(split.test.iter().filter(|&&graph| data.y(graph) == class).count(), 10);
        }
    }
}

#[test]
fn they_are_the_same_as_json_lines() {
    for name in ["MUTAG", "ENZYMES", "IMDB-BINARY"] {
        let Some(data) = load_set(name) else { continue };
        let mut text = Vec::new();
        json_lines::write(&data, &mut text).unwrap();
        let again = json_lines::read(Lines::new(&text[..], name), &JsonLinesOptions::default()).unwrap();
        assert_eq!(again.description(), data.description());
        for (a, b) in again.columns().iter().zip(data.columns()) {
            assert!((a.name, a.bytes) == (b.name, b.bytes), "{name}: {}", a.name);
        }
        assert_eq!(again.columns().len(), data.columns().len());
    }
}
