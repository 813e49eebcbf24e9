//! Tests of the writer of data set files.

use super::*;
use crate::checkpoint::dataset_file;
use crate::error::ErrorKind;
use crate::graph::{EdgeData, EdgeInput};

/// Every kind of graph, with some of its graphs.
struct Case {
    rules: GraphRules,
    /// Every so many graphs have weights; 0 for none.
    weighted: usize,
    /// Targets a graph.
    targets: usize,
    words: bool,
    named: bool,
}

const CASES: [Case; 5] = [
    Case { rules: GraphRules::plain(false), weighted: 0, targets: 0, words: false, named: false },
    Case {
        rules: GraphRules {
            features: 2,
            categories: 1,
            node_labels: true,
            edge_labels: true,
            ..GraphRules::plain(false)
        },
        weighted: 1,
        targets: 2,
        words: true,
        named: true,
    },
    Case {
        rules: GraphRules { features: 1, ..GraphRules::plain(true) },
        weighted: 7,
        targets: 0,
        words: true,
        named: false,
    },
    Case {
        rules: GraphRules { categories: 2, ..GraphRules::plain(false) },
        weighted: 3,
        targets: 1,
        words: false,
        named: false,
    },
    Case {
        rules: GraphRules { node_labels: true, edge_labels: true, ..GraphRules::plain(true) },
        weighted: 0,
        targets: 0,
        words: false,
        named: true,
    },
];

const LENGTH: usize = 2;
const VOCABULARY: usize = 9;

/// One graph as arrays.
struct Arrays {
    nodes: usize,
    edges: Vec<(i32, i32)>,
    weighted: bool,
    y: usize,
    targets: Vec<f32>,
    words: Vec<u32>,
}

impl Case {
    fn draw(&self, graphs: usize) -> Vec<Arrays> {
        let mut state = 7_u64;
        let mut draw = |n: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % n
        };
        let mut graph = |index: usize| {
            let nodes = 1 + draw(6);
            // The first graphs have no edges, also where they have weights.
            let count = if index < 2 { 0 } else { draw(9) };
            let mut edges: Vec<_> = (0..count).map(|_| (draw(nodes) as i32, draw(nodes) as i32)).collect();
            edges.iter_mut().for_each(|edge| *edge = (edge.0.min(edge.1), edge.0.max(edge.1)));
            let weighted = self.weighted > 0 && index % self.weighted == self.weighted - 1;
            let targets = (0..self.targets).map(|_| draw(3) as f32).collect();
            let words = (0..draw(4)).map(|_| draw(12) as u32).collect();
            Arrays { nodes, edges, weighted, y: draw(3), targets, words }
        };
        (0..graphs).map(&mut graph).collect()
    }

    /// Hands the graph over in the form in which both sides take it.
    fn give<R>(&self, graph: &Arrays, take: impl FnOnce(&GraphInput<'_>) -> R) -> R {
        let (sources, targets): (Vec<i32>, Vec<i32>) = graph.edges.iter().copied().unzip();
        let edges = EdgeInput::List { from: &sources, to: &targets };
        let weights: Vec<f32> = (0..sources.len()).map(|edge| edge as f32 - 1.5).collect();
        let x: Vec<f32> = (0..graph.nodes * self.rules.features).map(|at| at as f32).collect();
        let categories: Vec<i32> = (0..graph.nodes * self.rules.categories).map(|at| at as i32).collect();
        let labels: Vec<i64> = (0..graph.nodes.max(sources.len())).map(|at| at as i64 % 3).collect();
        take(&GraphInput {
            edge_weight: graph.weighted.then_some(&weights),
            x: Some(&x),
            categories: Some(&categories),
            node_labels: self.rules.node_labels.then_some(&labels[..graph.nodes]),
            edge_labels: self.rules.edge_labels.then_some(&labels[..sources.len()]),
            ..GraphInput::new(graph.nodes, edges)
        })
    }

    /// The data set in memory.
    fn dataset(&self, graphs: &[Arrays]) -> Dataset {
        let mut data = Dataset::new("case", self.rules);
        let mut builder = GraphBuilder::new();
        for graph in graphs {
            self.give(graph, |input| data.add(&mut builder, input, graph.y)).unwrap();
        }
        if self.targets > 0 {
            data.set_targets(graphs.iter().flat_map(|graph| graph.targets.clone()).collect(), self.targets).unwrap();
        }
        if self.words {
            let (offsets, words) = sequences(graphs);
            data.set_sequences(&offsets, &words, LENGTH, VOCABULARY).unwrap();
        }
        if self.named {
            data.set_class_names(self.names()).unwrap();
        }
        data
    }

    fn names(&self) -> Vec<String> {
        (0..if self.words { VOCABULARY } else { 3 }).map(|y| format!("class {y}")).collect()
    }

    fn writer(&self, path: &Path, piece: usize) -> DatasetWriter {
        let writer = DatasetWriter::new(path, "case", self.rules).unwrap();
        DatasetWriter { piece, ..writer }
    }

    /// Writes graphs one by one, with targets after every third.
    fn write(&self, writer: &mut DatasetWriter, graphs: &[Arrays]) {
        for some in graphs.chunks(3) {
            for graph in some {
                self.give(graph, |input| writer.add(input, graph.y)).unwrap();
            }
            if self.targets > 0 {
                let targets: Vec<f32> = some.iter().flat_map(|graph| graph.targets.clone()).collect();
                writer.add_targets(&targets, self.targets).unwrap();
            }
            if self.words {
                let (offsets, words) = sequences(some);
                writer.add_sequences(&offsets, &words, LENGTH, VOCABULARY).unwrap();
            }
        }
    }
}

fn sequences(graphs: &[Arrays]) -> (Vec<usize>, Vec<u32>) {
    let words: Vec<u32> = graphs.iter().flat_map(|graph| graph.words.clone()).collect();
    let ends = graphs.iter().scan(0, |end, graph| {
        *end += graph.words.len();
        Some(*end)
    });
    ([0].into_iter().chain(ends).collect(), words)
}

/// The bytes of the file that a data set is saved to.
fn saved(data: &Dataset) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    dataset_file::save(data, &path).unwrap();
    std::fs::read(path).unwrap()
}

/// Whether two files are the same, without printing them where they are not.
fn assert_same(path: &Path, wanted: &[u8], what: &str) {
    let found = std::fs::read(path).unwrap();
    let at = found.iter().zip(wanted).position(|(a, b)| a != b);
    assert!(found == wanted, "{what}: {} and {} bytes differ at {at:?}", found.len(), wanted.len());
}

#[test]
fn the_bytes_are_those_of_a_saved_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for (number, case) in CASES.iter().enumerate() {
        for graphs in [0, 1, 2, 3, 40] {
            let graphs = case.draw(graphs);
            let wanted = saved(&case.dataset(&graphs));
            for piece in [0, 300, PIECE] {
                let mut writer = case.writer(&path, piece);
                case.write(&mut writer, &graphs);
                if graphs.is_empty() && case.targets > 0 {
                    writer.add_targets(&[], case.targets).unwrap();
                }
                if graphs.is_empty() && case.words {
                    writer.add_sequences(&[0], &[], LENGTH, VOCABULARY).unwrap();
                }
                if case.named {
                    writer.set_class_names(case.names()).unwrap();
                }
                assert_eq!(writer.len(), graphs.len());
                writer.finish().unwrap();
                assert_same(&path, &wanted, &format!("case {number}, {} graphs, {piece}", graphs.len()));
            }
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A data set with attributes of edges and of graphs.
fn attributed(graphs: &[Arrays]) -> Dataset {
    let case = Case { rules: GraphRules { edge_labels: false, ..CASES[1].rules }, ..CASES[1] };
    let mut data = case.dataset(graphs);
    let attributes = (0..2 * data.total_entries()).map(|at| at as f32).collect();
    data.set_edge_data(EdgeData { labels: Vec::new(), attributes, attribute_width: 2 }).unwrap();
    data.set_graph_attributes((0..3 * graphs.len()).map(|at| at as f32).collect(), 3).unwrap();
    data
}

#[test]
fn data_sets_in_parts_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut wholes: Vec<Dataset> = CASES.iter().map(|case| case.dataset(&case.draw(30))).collect();
    wholes.push(attributed(&CASES[1].draw(30)));
    let mut called = CASES[3].dataset(&CASES[3].draw(30));
    // The first part has no ids, the last has some.
    let ids: Vec<_> = (0..30).map(|graph| (graph > 12 && graph % 3 > 0).then(|| format!("graph {graph}"))).collect();
    called.set_ids(ids.iter().map(Option::as_deref)).unwrap();
    wholes.push(called);
    for (number, whole) in wholes.iter().enumerate() {
        let all: Vec<usize> = (0..30).collect();
        // A subset names its classes, as all parts do then.
        let wanted = saved(&whole.subset(&all).unwrap());
        for piece in [0, 300, PIECE] {
            let writer = DatasetWriter::new(&path, "case", whole.rules()).unwrap();
            let mut writer = DatasetWriter { piece, ..writer };
            for part in [&all[..0], &all[..11], &[], &all[11..]] {
                writer.append(&whole.subset(part).unwrap()).unwrap();
            }
            writer.finish().unwrap();
            assert_same(&path, &wanted, &format!("set {number}, {piece}"));
        }
    }
}

#[test]
fn graphs_can_stand_beside_those_of_data_sets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for case in &CASES {
        let graphs = case.draw(20);
        let mut writer = case.writer(&path, 200);
        if case.named {
            writer.set_class_names(case.names()).unwrap();
        }
        case.write(&mut writer, &graphs[..9]);
        writer.append(&Case { named: false, ..*case }.dataset(&graphs[9..15])).unwrap();
        case.write(&mut writer, &graphs[15..]);
        writer.finish().unwrap();
        assert_same(&path, &saved(&case.dataset(&graphs)), "mixed");
    }
}

#[test]
fn classes_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let part = |names: &[&str], classes: &[usize]| {
        let graphs: Vec<Arrays> = CASES[0].draw(classes.len());
        let mut data = CASES[0].dataset(&[]);
        for (graph, &y) in graphs.iter().zip(classes) {
            CASES[0].give(graph, |input| data.add(&mut GraphBuilder::new(), input, y)).unwrap();
        }
        data.set_class_names(names.iter().map(|&name| name.to_owned()).collect()).unwrap();
        data
    };
    let mut writer = CASES[0].writer(&path, PIECE);
    writer.set_class_names(["-1", "1", "2"].map(str::to_owned).to_vec()).unwrap();
    writer.append(&part(&["1", "2"], &[0, 1, 1])).unwrap();
    writer.append(&part(&["2", "-1", "7"], &[0, 1])).unwrap();
    let error = writer.append(&part(&["2", "-1", "7"], &[0, 2])).unwrap_err();
    assert_eq!(error.message(), "graph 1 of the data set has the class \"7\", which is not among the names");
    writer.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let y: Vec<u8> = tensors.tensor("y").unwrap().data().chunks_exact(4).map(|y| y[0]).collect();
    assert_eq!(y, [1, 2, 2, 2, 0]);
}

/// Every refusal, and that the file is what it would be without it.
#[test]
fn misuse_is_named_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let case = &CASES[1];
    let graphs = case.draw(12);
    let (data, names) = (case.dataset(&graphs), |count: usize| vec![String::from("a"); count]);
    let mut writer = case.writer(&path, 100);
    case.write(&mut writer, &graphs[..6]);
    let mut errors = Vec::new();
    let mut refused = |result: Result<()>| errors.push(result.unwrap_err().to_string());
    refused(case.give(&graphs[6], |input| writer.add(&GraphInput { nodes: 0, ..*input }, 0)));
    refused(case.give(&graphs[6], |input| writer.add(&GraphInput { node_labels: None, ..*input }, 0)));
    refused(case.give(&graphs[6], |input| writer.add(input, VOCABULARY)));
    refused(case.give(&graphs[6], |input| writer.add(input, crate::graph::MAX_CLASSES)));
    refused(writer.add_targets(&[1.0, 2.0], 2));
    refused(writer.add_targets(&[], 3));
    refused(writer.add_targets(&[], 0));
    refused(writer.add_sequences(&[0, 1], &[1], LENGTH, VOCABULARY));
    refused(writer.add_sequences(&[0], &[], LENGTH + 1, VOCABULARY));
    refused(writer.add_sequences(&[0], &[], LENGTH, 2));
    refused(writer.set_class_names(names(4)));
    refused(writer.set_class_names(names(0)));
    for other in &CASES {
        if other.rules != case.rules {
            refused(writer.append(&other.dataset(&other.draw(2))));
        }
    }
    refused(writer.append(&Case { targets: 1, named: false, ..*case }.dataset(&case.draw(0))));
    refused(writer.append(&Case { words: false, named: false, ..*case }.dataset(&graphs)));
    refused(writer.append(&data));
    case.give(&graphs[6], |input| writer.add(input, graphs[6].y)).unwrap();
    refused(writer.finish());
    refused(writer.append(&Case { named: false, ..*case }.dataset(&graphs)));
    refused(writer.add_targets(&[1.0, f32::INFINITY], 2));
    writer.add_targets(&graphs[6].targets, 2).unwrap();
    refused(writer.finish());
    let (offsets, words) = sequences(&graphs[6..7]);
    writer.add_sequences(&offsets, &words, LENGTH, VOCABULARY).unwrap();
    case.write(&mut writer, &graphs[7..]);
    writer.set_class_names(case.names()).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    writer.finish().unwrap();
    refused(writer.finish());
    refused(writer.append(&data));
    assert_same(&path, &saved(&data), "after all that");

    let mut attributes = case.writer(&path, PIECE);
    let set = attributed(&graphs);
    attributes.graphs = GraphStream::new("case", set.rules());
    attributes.append(&set).unwrap();
    let without = Case { rules: set.rules(), ..*case };
    refused(without.give(&graphs[0], |input| attributes.add(input, 0)));
    refused(attributes.append(&without.dataset(&graphs)));
    let mut few = CASES[4].writer(&path, PIECE);
    few.set_class_names(names(1)).unwrap();
    refused(few.append(&Case { named: false, ..CASES[4] }.dataset(&CASES[4].draw(12))));
    let text = errors.join("\n").replace(&*folder.path().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!("refused", text);
}

#[test]
fn nothing_is_seen_before_the_end_or_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let listed = || std::fs::read_dir(folder.path()).unwrap().count();
    let case = &CASES[3];
    let graphs = case.draw(10);
    dataset_file::save(&CASES[0].dataset(&[]), &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let mut writer = case.writer(&path, 0);
    case.write(&mut writer, &graphs);
    assert_eq!(listed(), 1);
    assert_same(&path, &before, "while it is written");
    drop(writer);
    assert_eq!(listed(), 1);
    assert_same(&path, &before, "given up");

    let gone = folder.path().join("b");
    let mut writer = case.writer(&gone, 0);
    case.write(&mut writer, &graphs);
    // Something that is no file gets into the way.
    std::fs::create_dir(&gone).unwrap();
    assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Io);
    let error = writer.finish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert!(error.message().ends_with("b: an earlier attempt to write failed, and the graphs are lost"), "{error}");
    assert_eq!(listed(), 2);
    for path in [folder.path(), &folder.path().join("no").join("a"), Path::new(""), Path::new("/dev/null")] {
        assert!(DatasetWriter::new(path, "", GraphRules::default()).is_err(), "{path:?}");
    }
}

#[test]
fn memory_holds_a_piece_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let case = &CASES[1];
    let graphs = case.draw(200);
    let mut writer = case.writer(&folder.path().join("a"), 1000);
    for graph in &graphs {
        case.give(graph, |input| writer.add(input, graph.y)).unwrap();
        assert!(writer.graphs.pending() < 1000);
    }
    // Also of a whole data set, and of words that come all at once at the end.
    let data = case.dataset(&graphs);
    let mut writer = case.writer(&folder.path().join("a"), 1000);
    writer.append(&data).unwrap();
    assert!(writer.graphs.pending() < 1000);
}
