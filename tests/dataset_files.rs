//! Data sets that are opened from a file: every kind of data comes back, and training with it gives the same bits.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::graphs::{
    CATEGORICAL, Columns, DIRECTED, LABELLED, LABELLED_DIRECTED, PLAIN, SIGNED, WEIGHTED, cycles_and_cliques,
    unusual_dataset, with_sequences, with_targets,
};
use common::models::{bits, small, trainer};
use diffpool::ErrorKind;
use diffpool::checkpoint::dataset_file;
use diffpool::checkpoint::dataset_writer::DatasetWriter;
use diffpool::data::synthetic::{
    SYNTAX_TREE_LENGTH, SYNTAX_TREE_RULES, SYNTAX_TREE_VOCABULARY, SyntheticKind, each_syntax_tree, generate,
};
use diffpool::data::tu;
use diffpool::graph::{Dataset, EdgeInput, GraphInput, GraphRules, Store};
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

/// Whether the files hold the same bytes, without printing them where they do not.
fn same(written: &Path, data: &Dataset) -> bool {
    let saved = written.with_extension("saved");
    dataset_file::save(data, &saved).unwrap();
    std::fs::read(written).unwrap() == std::fs::read(saved).unwrap()
}

#[test]
fn what_is_appended_is_what_would_be_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graphs");
    let kinds = [PLAIN, WEIGHTED, SIGNED, DIRECTED, CATEGORICAL, LABELLED, LABELLED_DIRECTED];
    let mut sets: Vec<Dataset> = kinds.into_iter().map(|kind| unusual_dataset(kind, 3)).collect();
    sets.push(with_sequences(with_targets(unusual_dataset(WEIGHTED, 5), Columns::Labels(1), 2), 3));
    for name in ["MUTAG", "AIDS"] {
        sets.extend(common::data_folder(name).map(|folder| tu::load(&folder, &tu::TuOptions::default()).unwrap()));
    }
    for data in sets {
        for data in [stored(&data), data] {
            let mut writer = DatasetWriter::new(&path, data.name(), data.rules()).unwrap();
            writer.append(&data).unwrap();
            writer.finish().unwrap();
            assert!(same(&path, &data), "{}", data.name());
        }
    }
}

#[test]
fn trees_are_written_as_they_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trees");
    let mut writer = DatasetWriter::new(&path, "syntax_trees", SYNTAX_TREE_RULES).unwrap();
    // More than are gathered in memory.
    each_syntax_tree(2000, 5, |tree, name| {
        writer.add(tree, 0)?;
        writer.add_sequences(&[0, name.len()], name, SYNTAX_TREE_LENGTH, SYNTAX_TREE_VOCABULARY)
    })
    .unwrap();
    writer.finish().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > 6_000_000);
    assert!(same(&path, &generate(SyntheticKind::SyntaxTrees, 2000, 5).unwrap()));
}

/// Says to a child process in which folder it is to run out of room.
#[cfg(unix)]
const SMALL_DISK: &str = "DIFFPOOL_TEST_SMALL_DISK";

#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_leaves_nothing_behind() {
    if let Some(folder) = std::env::var_os(SMALL_DISK) {
        return fill_the_disk(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let name = "a_full_disk_is_an_error_and_leaves_nothing_behind";
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", name]).env(SMALL_DISK, folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Writes files that become too large, in a process that may have none of more than a megabyte.
#[cfg(unix)]
fn fill_the_disk(folder: &Path) {
    let limit = libc::rlimit { rlim_cur: 1 << 20, rlim_max: 1 << 20 };
    // SAFETY: the limit is a live local, and a signal that is ignored runs no code.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
    const NODES: usize = 1000;
    let (x, categories) = (vec![0.5; 8 * NODES], vec![3; 8 * NODES]);
    let edges = EdgeInput::List { from: &[], to: &[] };
    let input = GraphInput { x: Some(&x), categories: Some(&categories), ..GraphInput::new(NODES, edges) };
    let rules = GraphRules { features: 8, categories: 8, ..GraphRules::default() };
    let path = folder.join("graphs");
    std::fs::write(&path, "old").unwrap();
    let check = |mut writer: DatasetWriter, error: diffpool::Error| {
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().starts_with(path.to_str().unwrap()), "{error}");
        let lost = "an earlier attempt to write failed, and the graphs are lost";
        assert!(writer.add(&input, 0).unwrap_err().message().ends_with(lost));
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidState);
        drop(writer);
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    };
    // While graphs are added: a column becomes too large.
    let mut writer = DatasetWriter::new(&path, "many", rules).unwrap();
    let error = (0..500).find_map(|_| writer.add(&input, 0).err()).unwrap();
    check(writer, error);
    // At the end: every column has room, but all of them together have not.
    let mut writer = DatasetWriter::new(&path, "few", rules).unwrap();
    (0..30).for_each(|_| writer.add(&input, 0).unwrap());
    let error = writer.finish().unwrap_err();
    check(writer, error);
    // A file that is not too large can be written.
    let mut writer = DatasetWriter::new(&path, "two", rules).unwrap();
    (0..2).for_each(|_| writer.add(&input, 0).unwrap());
    writer.finish().unwrap();
    assert_eq!(open(&path).len(), 2);
}
