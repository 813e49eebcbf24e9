//! Data sets that are opened from a file: every kind of data comes back, and training with it gives the same bits.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::graphs::{
    CATEGORICAL, Columns, DIRECTED, LABELLED, LABELLED_DIRECTED, PLAIN, SIGNED, WEIGHTED, cycles_and_cliques,
    unusual_dataset, with_sequences, with_targets,
};
use common::models::{bits, small, trainer};
use diffpool::checkpoint::dataset_file;
use diffpool::data::synthetic::{SyntheticKind, generate};
use diffpool::data::tu;
use diffpool::graph::{Dataset, Store};
use diffpool::train::Callbacks;
use serde_json::json;

fn open(path: &Path) -> Dataset {
    // SAFETY: nobody changes the files of these tests while they are open.
    dataset_file::open(path, |file| Ok(Arc::new(unsafe { memmap2::Mmap::map(file)? }) as Store)).unwrap()
}

/// The same data set, from a file that is gone already.
fn stored(data: &Dataset) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graphs");
    dataset_file::save(data, &path).unwrap();
    open(&path)
}

/// Everything in a data set: what it says of itself, and name, kind and bytes of every column.
fn content(data: &Dataset) -> String {
    let columns = data.columns().into_iter().map(|column| (column.name, column.kind, column.bytes));
    format!("{:?} {:?}", data.description(), columns.collect::<Vec<_>>())
}

#[test]
fn every_kind_of_data_comes_back() {
    let kinds = [PLAIN, WEIGHTED, SIGNED, DIRECTED, CATEGORICAL, LABELLED, LABELLED_DIRECTED];
    let mut sets: Vec<Dataset> = kinds.into_iter().map(|kind| unusual_dataset(kind, 3)).collect();
    sets.push(with_targets(unusual_dataset(PLAIN, 4), Columns::Numbers(3), 1));
    sets.push(with_sequences(with_targets(unusual_dataset(WEIGHTED, 5), Columns::Labels(1), 2), 3));
    sets.extend(SyntheticKind::ALL.map(|kind| generate(kind, 12, 1).unwrap()));
    for data in sets {
        assert_eq!(content(&stored(&data)), content(&data));
    }
}

#[test]
fn real_data_comes_back() {
    for name in ["MUTAG", "ENZYMES", "PROTEINS", "AIDS"] {
        let Some(folder) = common::data_folder(name) else { continue };
        let data = tu::load(&folder, &tu::TuOptions::default()).unwrap();
        assert_eq!(content(&stored(&data)), content(&data), "{name}");
    }
}

#[test]
fn training_from_a_file_gives_the_same_bits() {
    let keys = [
        (cycles_and_cliques(40, 1), json!({})),
        (unusual_dataset(SIGNED, 2), json!({"dropout": 0.2})),
        (unusual_dataset(LABELLED, 2), json!({"relations": "edge_labels"})),
        (with_targets(unusual_dataset(DIRECTED, 2), Columns::Numbers(2), 1), json!({"task": "regression"})),
        (with_sequences(unusual_dataset(WEIGHTED, 2), 1), json!({"task": "sequence"})),
    ];
    for (data, keys) in keys {
        let fitted = |data: Dataset| {
            let mut trainer = trainer(&[&small(), &json!({"threads": 2, "epochs": 3}), &keys], &Arc::new(data));
            trainer.fit(&mut Callbacks::default()).unwrap();
            bits(trainer.state())
        };
        assert_eq!(fitted(stored(&data)), fitted(data), "{keys}");
    }
}

#[test]
fn saving_over_an_open_file_leaves_what_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graphs");
    let (first, second) = (cycles_and_cliques(9, 1), unusual_dataset(PLAIN, 1));
    dataset_file::save(&first, &path).unwrap();
    let mut opened = open(&path);
    dataset_file::save(&second, &path).unwrap();
    assert_eq!(content(&opened), content(&first));
    assert_eq!(content(&open(&path)), content(&second));
    // Also by itself, with other targets.
    opened.set_targets(vec![0.5; 9], 1).unwrap();
    dataset_file::save(&opened, &path).unwrap();
    assert_eq!(content(&open(&path)), content(&opened));
}
