//! Lines that are read and written, and lines that are refused.

use super::*;
use crate::data::synthetic::{SyntheticKind, generate};
use crate::error::ErrorKind;
use crate::graph::{EdgeData, EdgeInput, GraphBuilder, GraphInput, GraphRules};

fn options() -> JsonLinesOptions {
    JsonLinesOptions { name: Some("t".to_string()), ..JsonLinesOptions::default() }
}

fn read_with(text: &str, options: &JsonLinesOptions) -> Result<Dataset> {
    read(Lines::new(text.as_bytes(), "text"), options)
}

fn read_text(text: &str) -> Result<Dataset> {
    read_with(text, &options())
}

fn text_of(data: &Dataset) -> String {
    let mut out = Vec::new();
    write(data, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Checks that two data sets are the same, bit for bit; classes without names are as good as `0`, `1`, ...
fn assert_same(a: &Dataset, b: &Dataset) {
    let described =
        |data: &Dataset| crate::graph::Description { class_names: Vec::new(), ..data.description().clone() };
    assert_eq!(described(a), described(b));
    assert_eq!(a.class_names(), b.class_names());
    let columns = |data: &Dataset| data.columns().iter().map(|c| (c.name, c.bytes.to_vec())).collect::<Vec<_>>();
    assert_eq!(columns(a), columns(b));
}

fn there_and_back(data: &Dataset) -> String {
    let text = text_of(data);
    let again = read_text(&text).unwrap();
    assert_same(data, &again);
    assert_eq!(text_of(&again), text);
    text
}

#[test]
fn a_graph_is_what_its_line_says() {
    let data = read_text(
        "{\"id\": \"first\", \"nodes\": 3, \"edges\": [[0, 1], [1, 2]], \"x\": [[0.5], [1], [-0.0]], \"class\": \"b\",\
         \"edge_weight\": [2, 0.25], \"node_labels\": [4, -4, 4], \"categories\": [[1, 2], [3, 4], [5, 6]]}\n\
         \r\n\
         {\"edges\": [], \"x\": [[1e-3]], \"class\": \"a\", \"edge_weight\": [], \"node_labels\": [7],\
         \"categories\": [[0, -1]]}",
    )
    .unwrap();
    let graph = data.graph(0);
    assert_eq!((data.len(), graph.nodes(), graph.indptr()), (2, 3, &[0, 1, 3, 4][..]));
    assert_eq!((graph.indices(), graph.edge_weight().unwrap()), (&[1, 0, 2, 1][..], &[2.0, 2.0, 0.25, 0.25][..]));
    assert_eq!((graph.x(), graph.node_labels().unwrap()), (&[0.5, 1.0, 0.0][..], &[4, -4, 4][..]));
    assert!(graph.x()[2].is_sign_negative());
    assert_eq!((graph.categories(), data.graph(1).categories()), (&[1, 2, 3, 4, 5, 6][..], &[0, -1][..]));
    assert_eq!((data.y(0), data.y(1), data.class_names()), (1, 0, names(&["a", "b"])));
    assert_eq!(data.graph(1).x(), [0.001]);
    assert_eq!((data.id(0), data.id(1)), (Some("first"), None));
    let numbered = read_text("{\"id\": -17, \"nodes\": 1, \"edges\": []}").unwrap();
    assert_eq!(numbered.id(0), Some("-17"));
    there_and_back(&numbered);
    there_and_back(&data);
}

#[test]
fn classes_are_sorted_as_what_they_are() {
    let of = |classes: &[&str]| {
        let line = |class: &&str| format!("{{\"nodes\": 1, \"edges\": [], \"class\": {class}}}\n");
        let data = read_text(&classes.iter().map(line).collect::<String>()).unwrap();
        (data.class_names(), (0..data.len()).map(|i| data.y(i)).collect::<Vec<_>>())
    };
    assert_eq!(of(&["10", "-1", "9", "10"]), (names(&["-1", "9", "10"]), vec![2, 0, 1, 2]));
    assert_eq!(of(&["\"10\"", "9"]), (names(&["9", "10"]), vec![1, 0]));
    assert_eq!(of(&["\"b\"", "9", "10"]), (names(&["10", "9", "b"]), vec![2, 1, 0]));
    let about = "{\"dataset\": {\"class_names\": [\"z\", \"a\", \"q\"]}}\n";
    let data = read_text(&format!("{about}{{\"nodes\": 1, \"edges\": [], \"class\": \"a\"}}")).unwrap();
    assert_eq!((data.y(0), data.classes()), (1, 3));
    there_and_back(&data);
}

#[test]
fn known_classes_number_those_of_the_file() {
    let known = JsonLinesOptions { class_names: Some(names(&["yes", "no"])), ..options() };
    let about = "{\"dataset\": {\"class_names\": [\"no\", \"yes\"]}}\n";
    for about in [about, ""] {
        let text = format!("{about}{{\"nodes\": 1, \"edges\": [], \"class\": \"no\"}}");
        let data = read_with(&text, &known).unwrap();
        assert_eq!((data.y(0), data.class_names()), (1, names(&["yes", "no"])));
    }
    for (class, message) in [
        (", \"class\": \"maybe\"", "text, line 1: its class is \"maybe\", which is not one of the 2: yes, no"),
        ("", "text, line 1: the graph has no class"),
    ] {
        let text = format!("{{\"nodes\": 1, \"edges\": []{class}}}");
        assert_eq!(read_with(&text, &known).unwrap_err().message(), message);
    }
}

#[test]
fn all_that_a_data_set_has_goes_there_and_back() {
    for kind in SyntheticKind::ALL {
        let data = generate(kind, 12, 3).unwrap();
        there_and_back(&data);
    }
    let mut data = Dataset::new("all, \"quoted\"", GraphRules { directed: true, ..GraphRules::default() });
    let mut builder = GraphBuilder::new();
    let edges = EdgeInput::List { from: &[0, 1, 2], to: &[1, 0, 2] };
    data.add(&mut builder, &GraphInput::new(3, edges), 2).unwrap();
    data.add(&mut builder, &GraphInput::new(1, EdgeInput::List { from: &[], to: &[] }), 0).unwrap();
    there_and_back(&data);
    data.set_edge_data(EdgeData {
        labels: vec![3, -1, i64::MIN],
        attributes: vec![0.1, 1e-45, f32::MAX, -0.0, 16_777_216.0, 0.3],
        attribute_width: 2,
    })
    .unwrap();
    data.set_graph_attributes(vec![1.5, 2.0], 1).unwrap();
    data.set_targets(vec![f32::NAN, 1.0, 0.1, -1e30], 2).unwrap();
    data.set_graph_weights(vec![0.5, 1.0]).unwrap();
    insta::assert_snapshot!("json_of_all", there_and_back(&data));
}

#[test]
fn edges_that_differ_by_direction_are_listed_both_ways() {
    let mut data = Dataset::new("t", GraphRules::default());
    let edges = EdgeInput::List { from: &[0], to: &[1] };
    data.add(&mut GraphBuilder::new(), &GraphInput::new(2, edges), 0).unwrap();
    let mut other = data.clone();
    data.set_edge_attributes(vec![1.0, 2.0], 1).unwrap();
    assert!(there_and_back(&data).contains("\"edges\":[[0,1],[1,0]]"));
    other.set_edge_data(EdgeData { labels: vec![1, 2], ..EdgeData::default() }).unwrap();
    let error = write(&other, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.message(), "graph 0 as JSON: edge 0-1 has label 1 one way and not the other");
}

#[test]
fn a_weight_that_is_not_said_is_1() {
    let graph = |more: &str| format!("{{\"nodes\": 1, \"edges\": []{more}}}\n");
    let (plain, weighted) = (graph(""), graph(", \"weight\": 0.25"));
    let data = read_text(&format!("{plain}{weighted}{plain}")).unwrap();
    assert_eq!([0, 1, 2].map(|graph| data.graph_weight(graph)), [1.0, 0.25, 1.0]);
    assert!(!read_text(&plain).unwrap().has_graph_weights());
    let error = read_text(&graph(", \"weight\": -1")).unwrap_err();
    assert_eq!(error.message(), "text: the weight of graph 0 is -1, but must be from 0 to 1e30");
}

#[test]
fn parallel_edges_stay_apart() {
    let text = "{\"nodes\": 2, \"edges\": [[0, 1], [0, 1], [0, 1]], \"edge_labels\": [5, 3, 5],\
                \"edge_attributes\": [[1], [2], [3]]}\n{\"nodes\": 1, \"edges\": []}";
    let data = read_text(text).unwrap();
    assert_eq!(data.graph(0).edge_labels().unwrap(), [3, 5, 3, 5]);
    assert_eq!(data.edge_data().attributes, [2.0, 1.0, 2.0, 1.0]);
    there_and_back(&data);
}

#[test]
fn words_are_numbered_by_the_vocabulary() {
    let about = "{\"dataset\": {\"sequence_length\": 2, \"class_names\": [\"get\", \"set\", \"?\", \".\"]}}\n";
    let graph = |words: &str| format!("{{\"nodes\": 1, \"edges\": [], \"sequence\": [{words}]}}\n");
    let text = format!("{about}{}{}", graph("\"set\", 0, \"get\""), graph("7, \"foo\", \"foo\", \"bar\""));
    let data = read_text(&text).unwrap();
    assert_eq!((data.sequence(0), data.sequence_heads(0)), (&[1, 4, 0][..], &[1, 2][..]));
    assert_eq!(data.sequence(1), [11, u32::MAX - 1, u32::MAX - 1, u32::MAX - 2]);
    there_and_back(&data);

    let words = JsonLinesWords { vocabulary: names(&["set", "?", "."]), length: 1 };
    let data = read_with(&text, &JsonLinesOptions { words: Some(words), ..options() }).unwrap();
    assert_eq!((data.sequence(0), data.sequence_length()), (&[0, 3, u32::MAX - 1][..], 1));
    let error = read_text(&graph("1")).unwrap_err();
    assert!(error.message().starts_with("text, line 1: the graph has a sequence, but there is no first line"));
    let short = "{\"dataset\": {\"sequence_length\": 0, \"class_names\": [\"a\", \"?\", \".\"]}}\n";
    let error = read_text(&format!("{short}{}", graph("1"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert_eq!(error.message(), "text: 0 words are to be predicted, but must be from 1 to 65536");
}

#[test]
fn names_come_with_the_first_line() {
    let text = concat!(
        r#"{"dataset":{"directed":false,"name":"t","names":{"x":["mass"],"categories":["element","ring"],"#,
        r#""category_values":[[],["no","yes"]],"node_labels":{"-4":"b","4":"a, \"c\""},"edge_labels":{"7":"single"},"#,
        r#""edge_attributes":["length"],"graph_attributes":["year","place"],"targets":["toxic"]}}}"#,
        "\n",
        r#"{"nodes":2,"edges":[[0,1]],"edge_labels":[7],"edge_attributes":[[0.5]],"x":[[1],[2]],"#,
        r#""categories":[[6,0],[7,1]],"node_labels":[4,-4],"targets":[3],"graph_attributes":[1,2]}"#,
        "\n"
    );
    let data = read_text(text).unwrap();
    let names = data.names();
    assert_eq!(
        (&names.x[..], &names.category_values[1][..]),
        (&["mass".to_string()][..], &["no", "yes"].map(String::from)[..])
    );
    assert_eq!((names.node_labels[&4].as_str(), names.edge_labels[&7].as_str()), ("a, \"c\"", "single"));
    assert_eq!(names.parts().count(), 8);
    let again: serde_json::Value = serde_json::from_str(there_and_back(&data).lines().next().unwrap()).unwrap();
    assert_eq!(again, serde_json::from_str::<serde_json::Value>(text.lines().next().unwrap()).unwrap());
    // Without edges nothing says how many attributes one would have.
    let text = "{\"dataset\": {\"names\": {\"edge_attributes\": [\"a\"]}}}\n{\"nodes\": 1, \"edges\": []}";
    assert!(read_text(text).unwrap().names().is_empty());
}

#[test]
fn names_that_do_not_fit_are_refused() {
    let cases = [
        ("{\"y\": []}", "text, line 1: column 26: dataset: unknown field `y`, expected one of `x`, `categories`"),
        (
            "{\"node_labels\": {\"C\": \"6\"}}",
            "text, line 1: column 40: dataset: invalid value: expected key to be a num",
        ),
        ("{\"x\": [\"a\"]}", "text: names: 1 feature names are given, but a node has 0 features"),
        ("{\"node_labels\": {\"6\": \"C\"}}", "text: names: node label names are given, but nodes have no labels"),
    ];
    for (names, message) in cases {
        let text = format!("{{\"dataset\": {{\"names\": {names}}}}}\n{{\"nodes\": 1, \"edges\": []}}");
        let error = read_text(&text).unwrap_err();
        assert!(error.kind() == ErrorKind::Parse && error.message().starts_with(message), "{error}");
    }
}

#[test]
fn bad_lines_are_named() {
    let good = "{\"nodes\": 2, \"edges\": [[0, 1]], \"x\": [[1], [2]], \"class\": \"a\"}";
    let cases = [
        "",
        "{",
        "[]",
        "{} {}",
        "{\"nodes\": 1}",
        "{\"edges\": []}",
        "{\"nodes\": 0, \"edges\": []}",
        "{\"nodes\": -1, \"edges\": []}",
        "{\"nodes\": 1.5, \"edges\": []}",
        "{\"nodes\": 1048577, \"edges\": []}",
        "{\"nodes\": 99999999999999999999, \"edges\": []}",
        "{\"nodes\": 1, \"nodes\": 1, \"edges\": []}",
        "{\"nodes\": 1, \"edges\": [], \"feat\": [[1]]}",
        "{\"nodes\": 2, \"edges\": [[0, 2]]}",
        "{\"nodes\": 2, \"edges\": [[0, 1, 1]]}",
        "{\"nodes\": 2, \"edges\": [[0]]}",
        "{\"nodes\": 2, \"edges\": [[0, -1]]}",
        "{\"nodes\": 2, \"edges\": [[0, 4294967296]]}",
        "{\"nodes\": 2, \"edges\": null}",
        "{\"nodes\": 3, \"edges\": [], \"x\": [[1], [2]]}",
        "{\"edges\": [], \"x\": [[1], [2]], \"node_labels\": [1]}",
        "{\"edges\": [], \"x\": [[1], [2, 3]]}",
        "{\"edges\": [], \"x\": [1, 2]}",
        "{\"edges\": [], \"x\": [[NaN]]}",
        "{\"edges\": [], \"x\": [[1e39]]}",
        "{\"edges\": [], \"x\": [[null]]}",
        "{\"edges\": [], \"node_labels\": [1.5]}",
        "{\"edges\": [], \"categories\": [[3000000000]]}",
        "{\"nodes\": 2, \"edges\": [[0, 1]], \"edge_weight\": []}",
        "{\"nodes\": 2, \"edges\": [[0, 1], [1, 0]], \"edge_weight\": [1, 2]}",
        "{\"nodes\": 2, \"edges\": [[0, 1]], \"edge_labels\": [1, 2]}",
        "{\"nodes\": 1, \"edges\": [], \"class\": 1.5}",
        "{\"nodes\": 1, \"edges\": [], \"class\": true}",
        "{\"nodes\": 1, \"edges\": [], \"sequence\": [-1]}",
        "{\"nodes\": 1, \"edges\": [], \"id\": []}",
        "{\"nodes\": 1, \"edges\": [], \"id\": \"\"}",
        "{\"nodes\": 1, \"edges\": [], \"id\": \"a\\u0000b\"}",
        "{\"nodes\": 1, \"edges\": [], \"dataset\": {}}",
        "{\"dataset\": {\"classes\": []}}",
        "{\"dataset\": {}}\n{\"dataset\": {}}",
        "{\"dataset\": {\"class_names\": [\"a\", \"a\"]}}",
        "{\"dataset\": {\"sequence_length\": 2}}",
        "{\"dataset\": {}}",
    ];
    let mut messages: String =
        cases.iter().map(|text| format!("{text}\n    {}\n", read_text(text).unwrap_err())).collect();
    let seconds = [
        "{\"nodes\": 1, \"edges\": [], \"class\": \"a\"}",
        "{\"edges\": [], \"x\": [[1, 2]], \"class\": \"a\"}",
        "{\"edges\": [], \"x\": [[1]]}",
        "{\"edges\": [], \"x\": [[1]], \"class\": \"a\", \"node_labels\": [1]}",
        "{\"edges\": [], \"x\": [[1]], \"class\": \"a\", \"directed\": true}",
        "{\"edges\": [], \"x\": [[1]], \"class\": \"a\", \"targets\": [1]}",
        "{\"edges\": [], \"x\": [[1]], \"class\": \"a\", \"sequence\": []}",
        "{\"edges\": [[0, 0]], \"x\": [[1]], \"class\": \"a\", \"edge_labels\": [1]}",
        "{\"edges\": [[0, 0]], \"x\": [[1]], \"class\": \"a\", \"edge_attributes\": [[1]]}",
        "{\"dataset\": {}}",
    ];
    for second in seconds {
        let error = read_text(&format!("{good}\n{second}")).unwrap_err();
        messages += &format!("{second}\n    {error}\n");
    }
    insta::assert_snapshot!("bad_lines", messages);
}

#[test]
fn a_compressed_file_is_read_and_named_by_its_own_name() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SET.jsonl.gz");
    let mut file = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    file.write_all(b"{\"nodes\": 1, \"edges\": []}\n").unwrap();
    file.finish().unwrap();
    assert_eq!(load(&path, &JsonLinesOptions::default()).unwrap().name(), "SET");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let error = load(&path, &JsonLinesOptions::default()).unwrap_err();
    assert!(error.message().contains("SET.jsonl.gz, line 1: "), "{error}");
}
