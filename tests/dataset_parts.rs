//! Data sets put together, cut and emptied: what comes out is what the graphs had, and a refusal changes nothing.

mod common;

use common::graphs::{Columns, LABELLED, PLAIN, WEIGHTED, random_dataset, with_sequences, with_targets};
use diffpool::data::tu;
use diffpool::graph::Dataset;

const SIZES: [usize; 5] = [5, 9, 3, 7, 6];

fn columns(data: &Dataset) -> Vec<(&'static str, Vec<u8>)> {
    data.columns().iter().map(|column| (column.name, column.bytes.to_vec())).collect()
}

/// Data sets with every kind of column.
fn all_kinds() -> Vec<Dataset> {
    let plain = random_dataset(&SIZES, PLAIN, 1);
    let mut weighted = with_targets(random_dataset(&SIZES, WEIGHTED, 2), Columns::Numbers(2), 1);
    weighted.set_graph_weights(vec![1.0, 0.5, 2.0, 0.0, 1.0]).unwrap();
    weighted.set_graph_attributes(vec![1.0, 2.0, 3.0, 4.0, 5.0], 1).unwrap();
    let entries = weighted.total_entries();
    weighted.set_edge_attributes((0..entries).map(|at| at as f32).collect(), 1).unwrap();
    vec![plain.clone(), weighted, random_dataset(&SIZES, LABELLED, 3), with_sequences(plain, 1)]
}

#[test]
fn parts_put_together_are_the_whole() {
    for whole in all_kinds() {
        let mut joined = whole.subset(&[0, 1]).unwrap();
        joined.append(&whole.subset(&[2, 3, 4]).unwrap()).unwrap();
        assert_eq!(columns(&joined), columns(&whole));
        assert_eq!(joined.description().target_width, whole.description().target_width);
        // Emptied, it takes the same graphs again.
        joined.clear();
        assert!(joined.is_empty() && joined.rules() == whole.rules());
        joined.append(&whole).unwrap();
        assert_eq!(columns(&joined), columns(&whole));
    }
}

#[test]
fn weights_are_1_where_only_others_have_them() {
    let (plain, mut weighted) = (random_dataset(&SIZES, PLAIN, 1), random_dataset(&SIZES, PLAIN, 1));
    weighted.set_graph_weights(vec![2.0; 5]).unwrap();
    let mut joined = plain.clone();
    joined.append(&weighted).unwrap();
    joined.append(&plain).unwrap();
    let weights: Vec<f32> = (0..15).map(|graph| joined.graph_weight(graph)).collect();
    assert_eq!(weights, [[1.0; 5], [2.0; 5], [1.0; 5]].concat());
}

#[test]
fn classes_are_matched_by_name() {
    let names = |names: [&str; 3]| names.map(str::to_string).to_vec();
    let (mut a, mut b) = (random_dataset(&SIZES, PLAIN, 1), random_dataset(&SIZES, PLAIN, 2));
    a.set_class_names(names(["x", "y", "z"])).unwrap();
    b.set_class_names(names(["z", "x", "y"])).unwrap();
    a.append(&b).unwrap();
    assert_eq!((5..10).map(|graph| a.y(graph)).collect::<Vec<_>>(), [2, 0, 1, 2, 0]);
}

#[test]
fn what_differs_is_refused_and_nothing_changes() {
    let plain = random_dataset(&SIZES, PLAIN, 1);
    let names = |names: [&str; 3]| names.map(str::to_string).to_vec();
    let (mut named, mut other) = (plain.clone(), plain.clone());
    named.set_class_names(names(["x", "y", "z"])).unwrap();
    other.set_class_names(names(["x", "y", "w"])).unwrap();
    let numbers = with_targets(plain.clone(), Columns::Numbers(2), 1);
    let cases = [
        (
            plain.clone(),
            random_dataset(&SIZES, LABELLED, 1),
            "there are 1 labels of an edge given, but the data set has 0",
        ),
        (plain.clone(), numbers, "there are 2 targets given, but the data set has 0"),
        (named, other, "graph 2 of the data set has the class \"w\", which is not among the names"),
    ];
    for (mut into, from, message) in cases {
        let before = columns(&into);
        assert_eq!(into.append(&from).unwrap_err().message(), message);
        assert_eq!(columns(&into), before);
    }
}

#[test]
fn a_folder_has_no_place_for_weights_of_graphs() {
    let mut data = random_dataset(&SIZES, PLAIN, 1);
    data.set_graph_weights(vec![1.0, 1.0, 0.5, 1.0, 1.0]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = tu::save(&data, &folder.path().join("new")).unwrap_err();
    assert!(error.message().ends_with("graph 2 has the weight 0.5 in the loss"), "{error}");
}
