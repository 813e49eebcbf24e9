//! What other readers make of the same folders: every row of the table in `docs/data.md`.
//!
//! `tests/reference/readers.py` wrote what PyTorch Geometric reads, and the logits of a network on it.
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diffpool::data::tu::{self, TuOptions};
use diffpool::graph::Dataset;
use program::{fixtures, refusal, succeed};
use serde::Deserialize;
use serde_json::Value;

/// A folder, and the graphs of PyTorch Geometric.
#[derive(Deserialize)]
struct Case {
    files: BTreeMap<String, String>,
    graphs: Vec<Read>,
}

#[derive(Deserialize)]
struct Read {
    nodes: usize,
    edges: Vec<[usize; 2]>,
    x: Vec<Vec<f32>>,
    y: f32,
    logits: Option<Vec<f64>>,
}

fn cases() -> BTreeMap<String, Case> {
    serde_json::from_str(&fs::read_to_string(fixtures().join("readers.json")).unwrap()).unwrap()
}

/// Rows that have no case, for there is nothing to compare: PyTorch Geometric refuses the folder, or mixes it up.
const OWN: [&str; 3] =
    ["labels written as 0.0", "nodes that are not sorted by graph", "neither labels nor attributes of nodes"];

fn write(folder: &Path, files: &BTreeMap<String, String>) {
    fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(part, text)| fs::write(folder.join(format!("T_{part}.txt")), text).unwrap());
}

/// The entries of every row.
fn edges(data: &Dataset, index: usize) -> Vec<[usize; 2]> {
    let graph = data.graph(index);
    let row = |node: usize| graph.neighbours(node).iter().map(move |&other| [node, other as usize]);
    (0..graph.nodes()).flat_map(row).collect()
}

/// The labels of every node as columns, from the smallest of the data set to the largest.
fn one_hot(data: &Dataset, index: usize) -> Vec<Vec<f32>> {
    let labels = |graph: usize| -> Vec<Vec<i64>> {
        let graph = data.graph(graph);
        match graph.node_labels() {
            Some(labels) => labels.iter().map(|&label| vec![label]).collect(),
            None => {
                graph.categories().chunks(2).map(|row| row.iter().map(|&label| i64::from(label)).collect()).collect()
            }
        }
    };
    let all: Vec<Vec<i64>> = (0..data.len()).flat_map(labels).collect();
    let range = |column: usize| {
        let column = all.iter().map(move |row| row[column]);
        column.clone().min().unwrap()..=column.max().unwrap()
    };
    let columns = |row: Vec<i64>| {
        let column = |(column, label)| range(column).map(move |other| f32::from(u8::from(other == label)));
        row.into_iter().enumerate().flat_map(column).collect()
    };
    labels(index).into_iter().map(columns).collect()
}

#[test]
fn every_row_of_the_page_is_a_test() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/data.md")).unwrap();
    let rows = page.lines().skip_while(|line| !line.starts_with("|---|---|---|---|---|")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let mut named: Vec<String> = rows.map(|row| row.split('|').nth(1).unwrap().trim().to_string()).collect();
    let mut tested: Vec<String> = cases().into_keys().chain(OWN.map(String::from)).collect();
    named.sort();
    tested.sort();
    assert_eq!(named, tested);
}

/// With the options that say so, the graphs are those of PyTorch Geometric, and so are the logits.
#[test]
fn graphs_and_logits_are_those_of_pytorch_geometric() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    let mut worst: f64 = 0.0;
    for (name, Case { files, graphs }) in cases() {
        let folder = place.path().join(name.replace([' ', ','], "-"));
        write(&folder, &files);
        let skip_empty = name == "a graph without nodes";
        let options = TuOptions { directed: true, drop_self_loops: true, skip_empty, ..TuOptions::default() };
        let data = tu::load(&folder, &options).unwrap();
        let graphs: Vec<Read> = graphs.into_iter().filter(|graph| graph.nodes > 0 || !skip_empty).collect();
        assert_eq!(data.len(), graphs.len(), "{name}");
        for (index, graph) in graphs.iter().enumerate() {
            assert_eq!((data.nodes(index), edges(&data, index)), (graph.nodes, graph.edges.clone()), "{name}");
            assert_eq!(one_hot(&data, index), graph.x, "{name}");
            match data.graph_attributes(index) {
                [] => assert_eq!(data.y(index) as f32, graph.y, "{name}"),
                attributes => assert_eq!(attributes, [graph.y], "{name}"),
            }
        }
        if graphs.iter().any(|graph| graph.logits.is_none()) {
            continue;
        }
        let (skip, data) = (if skip_empty { "--skip-empty" } else { "" }, folder.display());
        let state = fixtures().join("states/pyg.pt");
        succeed(&format!("convert weights {} {at}/model --data {data} --directed {skip}", state.display()));
        let ran = succeed(&format!("predict {at}/model --data {data} --logits {skip}"));
        for (line, graph) in ran.stdout.lines().zip(&graphs) {
            let line: Value = serde_json::from_str(line).unwrap();
            let logits = line["logits"].as_array().unwrap().iter().map(|logit| logit.as_f64().unwrap());
            for (logit, wanted) in logits.zip(graph.logits.as_ref().unwrap()) {
                worst = worst.max((logit - wanted).abs() / wanted.abs().max(1.0));
            }
        }
    }
    println!("largest difference of a logit {worst:.1e}");
    assert!(worst < 1e-5, "a logit differs by {worst:e}");
}

/// Without options, the graphs are as the last column of the page has them.
#[test]
fn what_is_read_here_by_default() {
    let place = tempfile::tempdir().unwrap();
    let cases = cases();
    let folder = |name: &str| {
        let folder = place.path().join(name.replace([' ', ','], "-"));
        write(&folder, &cases[name].files);
        folder
    };
    let load = |name: &str| tu::load(&folder(name), &TuOptions::default()).unwrap();
    let path = vec![[0, 1], [1, 0], [1, 2], [2, 1]];
    let loops = load("an edge from a node to itself");
    assert_eq!((edges(&loops, 0).len(), loops.graph(0).has_self_loops()), (5, true));
    assert_eq!(edges(&load("an edge listed twice"), 0), path);
    assert_eq!(edges(&load("an edge listed one way only"), 0).len(), 6);
    assert_eq!(load("node labels with gaps").label_values(), [5, 7]);
    let both = load("labels and attributes of nodes");
    assert_eq!((both.rules().features, both.rules().node_labels), (2, true));
    let isolated = load("nodes without edges, the last of the file among them");
    assert_eq!((isolated.nodes(0), isolated.nodes(1), edges(&isolated, 1).len()), (3, 3, 2));
    assert_eq!(load("a graph of a single node").nodes(0), 1);
    let several = load("several labels of a node on a line");
    assert_eq!((several.rules().categories, several.graph(0).categories()), (2, &[0, 4, 1, 4, 2, 6][..]));
    let signs = load("classes -1 and 1");
    assert_eq!((signs.y(0), signs.class_names()), (1, vec!["-1".to_string(), "1".to_string()]));
    let attributes = load("attributes of graphs beside their labels");
    assert_eq!((attributes.y(1), attributes.graph_attributes(1)), (1, &[1.5][..]));
    let empty = folder("a graph without nodes");
    assert!(tu::load(&empty, &TuOptions::default()).unwrap_err().message().contains("graph 2 of the 3 graphs"));
    let refused = refusal(&format!("train --data {} -o {}/m", empty.display(), place.path().display()), place.path());
    assert!(refused.contains("the option --skip-empty leaves such graphs out"), "{refused}");
}

#[test]
fn what_others_refuse_or_mix_up() {
    let place = tempfile::tempdir().unwrap();
    let cases = cases();
    let plain = &cases["an edge listed twice"].files;
    let load = |name: &str, changes: &[(&str, &str)], without: &[&str]| {
        let folder = place.path().join(name.replace([' ', '.'], "-"));
        let mut files = plain.clone();
        files.extend(changes.iter().map(|(part, text)| (part.to_string(), text.to_string())));
        files.retain(|part, _| !without.contains(&part.as_str()));
        write(&folder, &files);
        tu::load(&folder, &TuOptions::default()).unwrap()
    };
    let wanted = load("as it is", &[], &[]);
    let points = [("node_labels", "0.0\n1.0\n2.0\n0.0\n2.0\n1.0\n"), ("graph_labels", "0.0\n1.0\n")];
    assert_eq!(format!("{:?}", load(OWN[0], &points, &[])), format!("{wanted:?}"));
    // The same nodes, the graphs in turn: 1, 4, 2, 5, 3, 6.
    let mixed = [
        ("graph_indicator", "1\n2\n1\n2\n1\n2\n"),
        ("node_labels", "0\n0\n1\n2\n2\n1\n"),
        ("A", "1, 3\n3, 1\n3, 5\n5, 3\n2, 4\n4, 2\n4, 6\n6, 4\n"),
    ];
    assert_eq!(format!("{:?}", load(OWN[1], &mixed, &[])), format!("{wanted:?}"));
    let bare = load(OWN[2], &[], &["node_labels"]);
    assert_eq!((bare.rules().features, bare.rules().node_labels), (0, false));
    let folder = place.path().join(OWN[2].replace(' ', "-"));
    let model = place.path().join("model");
    let train = format!("train --data {} -o {} --set epochs=1 --validation 0", folder.display(), model.display());
    succeed(&train);
    assert!(succeed(&format!("inspect {}", model.display())).stdout.contains("features  1 columns: degree"));
}
