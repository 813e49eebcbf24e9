//! Small folders with one trap each.

use super::*;
use crate::ErrorKind;
use crate::graph::GraphRef;
use crate::ops::runtime::random::{Purpose, below, stream};

/// Two graphs, of three nodes and of two.
const SMALL: [(&str, &str); 3] = [
    ("A", "1, 2\n2, 1\n2, 3\n3, 2\n4, 5\n5, 4\n"),
    ("graph_indicator", "1\n1\n1\n2\n2\n"),
    ("graph_labels", "1\n-1\n"),
];

/// Writes `SMALL` with `changes` (an empty name is no file) and loads it.
fn load_with(changes: &[(&str, &[u8])], options: &TuOptions) -> Result<Dataset> {
    let folder = tempfile::tempdir().unwrap();
    let small = SMALL.iter().map(|&(part, text)| (part, text.as_bytes()));
    for (part, text) in small.chain(changes.iter().copied()) {
        std::fs::write(folder.path().join(format!("T_{part}.txt")), text).unwrap();
    }
    load(folder.path(), options)
}

fn load_text(changes: &[(&str, &str)]) -> Result<Dataset> {
    let changes: Vec<_> = changes.iter().map(|&(part, text)| (part, text.as_bytes())).collect();
    load_with(&changes, &TuOptions::default())
}

/// The rows of a graph's adjacency matrix.
fn rows(graph: GraphRef<'_>) -> Vec<Vec<u32>> {
    (0..graph.nodes()).map(|node| graph.neighbours(node).to_vec()).collect()
}

/// The graphs of `SMALL`, however they are written down.
fn assert_small(data: &Dataset, case: &str) {
    assert_eq!(data.len(), 2, "{case}");
    assert_eq!(rows(data.graph(0)), [vec![1], vec![0, 2], vec![1]], "{case}");
    assert_eq!(rows(data.graph(1)), [vec![1], vec![0]], "{case}");
    assert_eq!((data.y(0), data.y(1)), (1, 0), "{case}");
    assert_eq!(data.class_names(), ["-1", "1"], "{case}");
}

#[test]
fn the_same_graphs_in_every_spelling() {
    let cases: [(&str, &[(&str, &str)]); 17] = [
        ("as is", &[]),
        ("tabs", &[("A", "1\t2\n2\t1\n2\t3\n4\t5\t\n")]),
        ("blanks", &[("A", "1 2\n2  1\n 2 3 \n4 5\n")]),
        ("a byte order mark", &[("A", "\u{feff}1, 2\n2, 3\n4, 5\n"), ("graph_labels", "\u{feff}1\n-1\n")]),
        ("labels with a point", &[("graph_labels", "1.0\n-1.\n")]),
        ("labels with an exponent", &[("graph_labels", "+1e0\n-10e-1\n")]),
        ("comma without blank", &[("A", "1,2\n2,1\n2,3\n3,2\n4,5\n5,4\n")]),
        ("blanks everywhere", &[("A", "  1 ,\t2 \n 2,1\n2,3\n3,2\n4 , 5\n5,4\n"), ("graph_labels", " 1\n -1 \n")]),
        (
            "carriage returns",
            &[
                ("A", "1, 2\r\n2, 1\r\n2, 3\r\n3, 2\r\n4, 5\r\n5, 4\r\n"),
                ("graph_indicator", "1\r\n1\r\n1\r\n2\r\n2\r\n"),
                ("graph_labels", "1\r\n-1\r\n\r\n"),
            ],
        ),
        (
            "no last line feed",
            &[("A", "1, 2\n2, 3\n4, 5"), ("graph_indicator", "1\n1\n1\n2\n2"), ("graph_labels", "1\n-1")],
        ),
        (
            "blank last lines",
            &[
                ("A", "1, 2\n2, 3\n4, 5\n\n \n\n"),
                ("graph_indicator", "1\n1\n1\n2\n2\n\n"),
                ("graph_labels", "1\n-1\n "),
            ],
        ),
        ("one direction", &[("A", "1, 2\n2, 3\n4, 5\n")]),
        ("the other direction", &[("A", "2, 1\n3, 2\n5, 4\n")]),
        ("doubled edges", &[("A", "1, 2\n1, 2\n2, 1\n2, 1\n2, 3\n2, 3\n4, 5\n5, 4\n5, 4\n")]),
        ("unsorted within the graphs", &[("A", "3, 2\n1, 2\n2, 1\n2, 3\n5, 4\n4, 5\n")]),
        ("unsorted over the graphs", &[("A", "4, 5\n3, 2\n1, 2\n5, 4\n2, 1\n2, 3\n")]),
        ("plus signs and zeros", &[("A", "+1, 002\n2, 3\n4, 5\n"), ("graph_labels", "+1\n-01\n")]),
    ];
    for (case, changes) in cases {
        assert_small(&load_text(changes).unwrap(), case);
    }
}

#[test]
fn unsorted_nodes_keep_their_data() {
    let data = load_text(&[
        ("graph_indicator", "2\n1\n1\n2\n1\n"),
        ("A", "1, 4\n2, 3\n3, 5\n"),
        ("node_labels", "10\n20\n30\n40\n50\n"),
        ("node_attributes", "1, 1.5\n2, 2.5\n3, 3.5\n4, 4.5\n5, 5.5\n"),
    ])
    .unwrap();
    assert_small(&data, "unsorted nodes");
    assert_eq!(data.graph(0).node_labels().unwrap(), [20, 30, 50]);
    assert_eq!(data.graph(1).node_labels().unwrap(), [10, 40]);
    assert_eq!(data.graph(0).x(), [2.0, 2.5, 3.0, 3.5, 5.0, 5.5]);
    assert_eq!(data.graph(1).x(), [1.0, 1.5, 4.0, 4.5]);
    assert_eq!((data.rules().features, data.label_values()), (2, vec![10, 20, 30, 40, 50]));
}

#[test]
fn loops_and_isolated_nodes_are_kept() {
    let data = load_text(&[("A", "1, 1\n5, 5\n5, 5\n")]).unwrap();
    assert_eq!(rows(data.graph(0)), [vec![0], vec![], vec![]]);
    assert_eq!(rows(data.graph(1)), [vec![], vec![1]]);
    let data = load_text(&[("A", "")]).unwrap();
    assert_eq!((data.len(), data.total_nodes(), data.total_entries()), (2, 5, 0));
}

#[test]
fn directed_graphs_keep_direction() {
    let options = TuOptions { directed: true, ..TuOptions::default() };
    for text in ["2, 1\n2, 3\n5, 4\n", "5, 4\n2, 3\n2, 1\n"] {
        let data = load_with(&[("A", text.as_bytes())], &options).unwrap();
        assert_eq!(rows(data.graph(0)), [vec![], vec![0, 2], vec![]]);
        assert_eq!(rows(data.graph(1)), [vec![], vec![0]]);
        assert!(data.graph(0).is_directed());
    }
}

#[test]
fn classes_follow_the_sorted_labels() {
    let graphs =
        |labels| load_text(&[("graph_indicator", "1\n2\n3\n4\n"), ("A", ""), ("graph_labels", labels)]).unwrap();
    for (labels, names, y) in [
        ("0\n1\n0\n1\n", vec!["0", "1"], [0, 1, 0, 1]),
        ("10\n-1\n3\n10\n", vec!["-1", "3", "10"], [2, 0, 1, 2]),
        ("7\n7\n7\n7\n", vec!["7"], [0, 0, 0, 0]),
    ] {
        let data = graphs(labels);
        assert_eq!(data.class_names(), names);
        assert_eq!([0, 1, 2, 3].map(|i| data.y(i)), y);
    }
}

#[test]
fn edge_and_graph_data_find_their_entries() {
    // Entries of graph 0 by rows: 0-1, 1-0, 1-2, 2-1; of graph 1: 0-1, 1-0.
    let sorted = ("1, 2\n2, 1\n2, 3\n4, 5\n5, 4\n", "12\n21\n23\n45\n54\n");
    let scattered = ("5, 4\n2, 1\n4, 5\n1, 2\n2, 3\n", "54\n21\n45\n12\n23\n");
    for (edges, labels) in [sorted, scattered] {
        let attributes: String = labels.lines().map(|label| format!("{label}, 0.{label}\n")).collect();
        let data = load_text(&[
            ("A", edges),
            ("edge_labels", labels),
            ("edge_attributes", &attributes),
            ("graph_attributes", "1.5, 2\n-3e-1, 4\n"),
        ])
        .unwrap();
        let extra = data.edge_data();
        assert_eq!(extra.labels, [12, 21, 23, 23, 45, 54]);
        assert_eq!(extra.attribute_width, 2);
        let wanted = [12.0, 0.12, 21.0, 0.21, 23.0, 0.23, 23.0, 0.23, 45.0, 0.45, 54.0, 0.54];
        assert_eq!(extra.attributes, wanted);
        assert_eq!(
            (data.graph_attributes(0), data.graph_attributes(1)),
            ([1.5, 2.0].as_slice(), [-0.3, 4.0].as_slice())
        );
    }
}

#[test]
fn malformed_files_are_named() {
    let long = "9".repeat(60);
    let cases: [(&str, &str, &str); 33] = [
        ("A", "1, 2\n0, 1\n", "T_A.txt, line 2: the node id is 0, but the nodes are 1 to 5"),
        ("A", "1, 2\n1, 6\n", "T_A.txt, line 2: the node id is 6, but the nodes are 1 to 5"),
        ("A", "-1, 2\n", "T_A.txt, line 1: the node id is -1, but the nodes are 1 to 5"),
        ("A", "1, 2\n3, 4\n", "T_A.txt, line 2: the edge joins node 3 of graph 1 and node 4 of graph 2"),
        ("A", "4, 5\n1, 2\n1, 4\n", "T_A.txt, line 3: the edge joins node 1 of graph 1 and node 4 of graph 2"),
        ("A", "1, 2\n2\n", "T_A.txt, line 2: expected a comma, found the end of the line"),
        ("A", "1 2 3\n", "T_A.txt, line 1: expected the end of the line, found \"3\""),
        ("A", "1; 2\n", "T_A.txt, line 1: \"1; 2\" is not a whole number of 64 bits"),
        ("A", "1, 2, 3\n", "T_A.txt, line 1: expected the end of the line, found \", 3\""),
        ("A", "1, 2 x\n", "T_A.txt, line 1: expected the end of the line, found \"x\""),
        ("A", "1,\n", "T_A.txt, line 1: \"\" is not a whole number of 64 bits"),
        ("A", ", 1\n", "T_A.txt, line 1: \"\" is not a whole number of 64 bits"),
        ("A", "1, two\n", "T_A.txt, line 1: \"two\" is not a whole number of 64 bits"),
        ("A", "1, 2.0\n", "T_A.txt, line 1: \"2.0\" is not a whole number of 64 bits"),
        ("A", "1, -\n", "T_A.txt, line 1: \"-\" is not a whole number of 64 bits"),
        ("A", "1, 2\n\n2, 3\n", "T_A.txt, line 2: the line is blank, but more lines follow"),
        (
            "A",
            &long,
            "T_A.txt, line 1: \"9999999999999999999999999999999999999999\"... is not a whole number of 64 bits",
        ),
        ("graph_labels", "", "T_graph_labels.txt has no lines"),
        ("graph_labels", "1\nb\n", "T_graph_labels.txt, line 2: \"b\" is not a whole number of 64 bits"),
        (
            "graph_labels",
            "1\n2\n3\n",
            "graph 3 of the 3 graphs in T_graph_labels.txt has no node in T_graph_indicator.txt; the option skip_empty \
             leaves such graphs out",
        ),
        (
            "graph_indicator",
            "1\n1\n1\n2\n3\n",
            "T_graph_indicator.txt, line 5: the graph id is 3, but there are 2 graphs in T_graph_labels.txt",
        ),
        (
            "graph_indicator",
            "0\n1\n1\n2\n2\n",
            "T_graph_indicator.txt, line 1: the graph id is 0, but there are 2 graphs in T_graph_labels.txt",
        ),
        ("node_labels", "1\n2\n", "T_node_labels.txt has 2 lines, but there are 5 nodes in T_graph_indicator.txt"),
        (
            "node_labels",
            "1\n1\n1\n1\n1\n1\n",
            "T_node_labels.txt, line 6: there are only 5 nodes in T_graph_indicator.txt",
        ),
        ("node_labels", "1, 2\n3\n", "T_node_labels.txt, line 2: the line has 1 labels, but the first line has 2"),
        ("node_attributes", "1\n2\nnan\n", "T_node_attributes.txt, line 3: \"nan\" is not a finite 32-bit number"),
        ("node_attributes", "1, inf\n", "T_node_attributes.txt, line 1: \"inf\" is not a finite 32-bit number"),
        ("node_attributes", "1e99\n", "T_node_attributes.txt, line 1: \"1e99\" is not a finite 32-bit number"),
        ("node_attributes", "1,,2\n", "T_node_attributes.txt, line 1: \"\" is not a finite 32-bit number"),
        (
            "node_attributes",
            "1, 2\n1, 2, 3\n",
            "T_node_attributes.txt, line 2: the line has 3 attributes, but the first line has 2",
        ),
        ("edge_labels", "1\n2\n3\n", "T_edge_labels.txt has 3 lines, but there are 6 edges in T_A.txt"),
        (
            "edge_attributes",
            "1\n2\n3\n4\n5\n6\n7\n",
            "T_edge_attributes.txt, line 7: there are only 6 edges in T_A.txt",
        ),
        ("graph_attributes", "1\n", "T_graph_attributes.txt has 1 lines, but there are 2 graphs in T_graph_labels.txt"),
    ];
    for (part, text, message) in cases {
        assert_eq!(load_text(&[(part, text)]).unwrap_err().message(), message, "T_{part}.txt: {text:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let cases: [(&[u8], &str); 3] = [
        (b"1, \xff\xfe\n", "T_A.txt, line 1: \"\u{fffd}\" is not a whole number of 64 bits"),
        (b"\0\0\0\0", "T_A.txt, line 1: \"\\0\\0\\0\\0\" is not a whole number of 64 bits"),
        (b"1, 2\r2, 3\r", "T_A.txt, line 1: expected the end of the line, found \"\\r2, 3\""),
    ];
    for (bytes, message) in cases {
        let error = load_with(&[("A", bytes)], &TuOptions::default()).unwrap_err();
        assert_eq!(error.message(), message, "{bytes:?}");
    }
}

#[test]
fn damaged_files_never_panic() {
    const BYTES: &[u8] = b"0123456789,, -+.\n\n\r\t\0e\xff";
    let full = SMALL.into_iter().chain([
        ("node_labels", "1\n2\n3\n1\n2\n"),
        ("edge_labels", "1\n1\n2\n2\n3\n3\n"),
        ("node_attributes", "1, 0.5\n2, 1.5\n3, 1e-3\n4, -2\n5, 0\n"),
        ("graph_attributes", "1\n2\n"),
    ]);
    let full: Vec<_> = full.collect();
    let mut loaded = 0;
    for round in 0..600 {
        let mut rng = stream(round, Purpose::Synthetic, 0, 0);
        let mut files: Vec<_> = full.iter().map(|(part, text)| (*part, text.as_bytes().to_vec())).collect();
        for _ in 0..1 + below(&mut rng, 3) {
            let file = below(&mut rng, files.len());
            let bytes = &mut files[file].1;
            let at = below(&mut rng, bytes.len() + 1);
            let byte = BYTES[below(&mut rng, BYTES.len())];
            match below(&mut rng, 4) {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|b| *b = byte),
            }
        }
        let files: Vec<_> = files.iter().map(|(part, bytes)| (*part, bytes.as_slice())).collect();
        loaded += usize::from(load_with(&files, &TuOptions::default()).is_ok());
    }
    // Some damage does no harm, such as another digit; most does.
    assert!((30..300).contains(&loaded), "{loaded}");
}

#[test]
fn lines_may_be_longer_than_the_buffer() {
    const WIDTH: usize = 200_000;
    let row = |value: &str| vec![value; WIDTH].join(",") + "\n";
    let text = ["1.5", "2", "3", "4", "5"].map(row).concat();
    let data = load_text(&[("node_attributes", &text)]).unwrap();
    assert_eq!(data.rules().features, WIDTH);
    assert_eq!((data.graph(0).x()[WIDTH - 1], data.graph(1).x()[2 * WIDTH - 1]), (1.5, 5.0));
    let endless = "1".repeat(17 << 20);
    let error = load_text(&[("node_attributes", &format!("1\n{endless}"))]).unwrap_err();
    assert_eq!(error.message(), "T_node_attributes.txt, line 2: longer than 16777216 bytes");
}

#[test]
fn many_lines_pass_the_border_of_the_buffer() {
    // Lines of 1 to 14 bytes, so that pieces end at every place in a line.
    let graphs = 60_000;
    let numbers = |end: &str| (1..=graphs).map(|i| format!("{i}{end}")).collect::<String>();
    let edges: String = (1..=graphs).map(|i| format!("{i}, {i}\n")).collect();
    let changes = [
        ("graph_labels", numbers("\n")),
        ("graph_indicator", numbers("\r\n")),
        ("A", edges),
        ("node_labels", numbers("\n")),
    ];
    let data = load_text(&changes.each_ref().map(|(part, text)| (*part, text.as_str()))).unwrap();
    assert_eq!((data.len(), data.total_nodes(), data.total_entries()), (graphs, graphs, graphs));
    assert!((0..graphs).all(|i| data.y(i) == i && data.graph(i).node_labels() == Some(&[i as i64 + 1])));
}

#[test]
fn the_folder_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, skip: &str| {
        for (part, text) in SMALL.iter().filter(|(part, _)| *part != skip) {
            std::fs::write(folder.path().join(format!("{name}_{part}.txt")), text).unwrap();
        }
    };
    let place = folder.path().display();
    let named = |name: &str| TuOptions { name: Some(name.to_owned()), ..TuOptions::default() };
    let message = |options: &TuOptions| load(folder.path(), options).unwrap_err().message().to_owned();
    assert_eq!(message(&TuOptions::default()), format!("{place}: there is no file *_A.txt, and a data set needs it"));
    for (part, _) in SMALL {
        write(part, part);
        let file = folder.path().join(format!("{part}_{part}.txt"));
        let wanted = format!("{}: there is no such file, and the data set needs it", file.display());
        assert_eq!(message(&named(part)), wanted);
        SMALL.iter().for_each(|(other, _)| _ = std::fs::remove_file(folder.path().join(format!("{part}_{other}.txt"))));
    }
    write("ONE", "");
    let data = load(folder.path(), &TuOptions::default()).unwrap();
    assert_eq!(data.name(), "ONE");
    assert_small(&data, "found out");
    write("TWO", "");
    let wanted = format!("{place}: there are several data sets (ONE, TWO); one must be named by the option name");
    assert_eq!(message(&TuOptions::default()), wanted);
    assert_eq!(load(folder.path(), &named("TWO")).unwrap().name(), "TWO");
    let own = folder.path().file_name().unwrap().to_str().unwrap();
    write(own, "");
    assert_eq!(load(folder.path(), &TuOptions::default()).unwrap().name(), own);
    let nowhere = load(&folder.path().join("nowhere"), &TuOptions::default()).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::Io);
}

#[test]
fn attributes_stand_in_for_labels() {
    let folder = tempfile::tempdir().unwrap();
    let write = |part: &str, text: &str| std::fs::write(folder.path().join(format!("T_{part}.txt")), text).unwrap();
    SMALL.iter().filter(|(part, _)| *part != "graph_labels").for_each(|(part, text)| write(part, text));
    write("graph_attributes", "0.5, -1\n2, 7\n");
    let mut data = load(folder.path(), &TuOptions::default()).unwrap();
    assert_eq!((data.len(), data.classes(), data.y(1), data.nodes(0)), (2, 1, 0, 3));
    data.use_graph_attributes_as_targets().unwrap();
    assert_eq!((data.target_width(), data.targets(0), data.targets(1)), (2, &[0.5, -1.0][..], &[2.0, 7.0][..]));
    for (text, message) in [
        ("", "T_graph_attributes.txt has no lines"),
        ("1\nx\n", "T_graph_attributes.txt, line 2: \"x\" is not a finite 32-bit number"),
        ("1\n", "T_graph_indicator.txt, line 4: the graph id is 2, but there are 1 graphs in T_graph_attributes.txt"),
    ] {
        write("graph_attributes", text);
        assert_eq!(load(folder.path(), &TuOptions::default()).unwrap_err().message(), message);
    }
}

#[test]
fn a_saved_folder_gives_the_same_data_set() {
    let changes: [(&str, &[u8]); 6] = [
        ("A", b"1, 2\n2, 1\n2, 3\n3, 2\n3, 3\n4, 5\n5, 4\n"),
        ("node_labels", b"9223372036854775807\n-2\n3\n1\n2\n"),
        ("node_attributes", b"1, 0.1\n-0, 1e-40\n3.4028235e38, 1e-3\n4, -2\n5, 0.333333343\n"),
        ("edge_labels", b"1\n1\n2\n2\n7\n-3\n-3\n"),
        ("edge_attributes", b"0.5\n0.5\n2\n2\n7\n3\n3\n"),
        ("graph_attributes", b"0.25, 1\n1e10, -7\n"),
    ];
    for (count, directed) in [(0, false), (6, false), (6, true), (3, false)] {
        let options = TuOptions { directed, ..TuOptions::default() };
        let data = load_with(&changes[..count], &options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        save(&data, &path).unwrap();
        assert_eq!(format!("{:?}", load(&path, &options).unwrap()), format!("{data:?}"), "{count} changes");
        let again = save(&data, &path).unwrap_err();
        assert_eq!(again.message(), format!("{}: it is there already and not empty", path.display()));
        // A folder that is there and empty is as good as none.
        let empty = folder.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        save(&data, &empty).unwrap();
        assert_eq!(load(&empty, &options).unwrap().len(), data.len());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn text_may_be_in_utf_16() {
    let files = SMALL.map(|(part, text)| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        (part, units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
    });
    let files: Vec<_> = files.iter().map(|(part, bytes)| (*part, bytes.as_slice())).collect();
    assert_small(&load_with(&files, &TuOptions::default()).unwrap(), "UTF-16");
}

#[test]
fn several_labels_on_a_line_are_columns() {
    let data = load_text(&[
        ("graph_labels", "0, 1\n1, 0.0\n"),
        ("node_labels", "0, 1\n2, 0\n1 1\n0\t-7\n3, 3\n"),
        ("edge_labels", "1, 2\n1, 2\n3, 4\n3, 4\n5, 6\n5, 6\n"),
        ("edge_attributes", "0.5\n0.5\n1.5\n1.5\n2.5\n2.5\n"),
        ("graph_indicator", "2\n1\n1\n2\n1\n"),
        ("A", "1, 4\n4, 1\n2, 3\n3, 2\n3, 5\n5, 3\n"),
    ])
    .unwrap();
    assert_eq!((data.classes(), data.target_width()), (1, 2));
    assert_eq!((data.targets(0), data.targets(1)), (&[0.0, 1.0][..], &[1.0, 0.0][..]));
    assert_eq!((data.rules().categories, data.rules().node_labels), (2, false));
    assert_eq!(data.graph(0).categories(), [2, 0, 1, 1, 3, 3]);
    assert_eq!(data.graph(1).categories(), [0, 1, 0, -7]);
    let edges = data.edge_data();
    assert_eq!((edges.labels.len(), edges.attribute_width), (0, 3));
    let row = |value: f32, labels: [f32; 2]| [value, labels[0], labels[1]].repeat(2);
    let wanted = [row(1.5, [3.0, 4.0]), row(2.5, [5.0, 6.0]), row(0.5, [1.0, 2.0])];
    assert_eq!(edges.attributes, wanted.concat());
    for (part, text, message) in [
        ("node_labels", "1, 4294967296\n", "T_node_labels.txt, line 1: 4294967296 is not a whole number of 32 bits"),
        ("graph_labels", "a, b\nb, a\n", "T_graph_labels.txt: several words on a line are not supported here, only"),
    ] {
        let text = if part == "node_labels" { text.repeat(5) } else { text.to_string() };
        let error = load_text(&[(part, &text)]).unwrap_err();
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[test]
fn labels_may_be_words() {
    let data = load_text(&[
        ("graph_labels", "toxic\nnot toxic, \n".trim_end_matches([',', ' ', '\n'])),
        ("node_labels", "N\nC\nC\nN\nO\n"),
        ("edge_labels", "single\nsingle\ndouble\ndouble\nsingle\nsingle\n"),
    ]);
    let data = data.unwrap();
    assert_eq!(data.class_names(), ["not toxic", "toxic"]);
    assert_eq!((data.y(0), data.y(1)), (1, 0));
    assert_eq!(data.graph(0).node_labels(), Some(&[1, 0, 0][..]));
    assert_eq!(data.graph(1).node_labels(), Some(&[1, 2][..]));
    let named = |names: &std::collections::BTreeMap<i64, String>| names.values().cloned().collect::<Vec<_>>();
    assert_eq!(named(&data.names().node_labels), ["C", "N", "O"]);
    assert_eq!(data.edge_data().labels, [1, 1, 0, 0, 1, 1]);
    assert_eq!(named(&data.names().edge_labels), ["double", "single"]);
    // Columns of words are categories whose values have names.
    let data = load_text(&[("node_labels", "N, x\nC, y\nC, x\nN, x\nO, z\n")]).unwrap();
    assert_eq!(data.graph(0).categories(), [1, 0, 0, 1, 0, 0]);
    assert_eq!(data.names().category_values, [["C", "N", "O"], ["x", "y", "z"]]);
    // Words among numbers are an error, and numbers among words are words.
    let error = load_text(&[("node_labels", "1\nC\n")]).unwrap_err();
    assert_eq!(error.message(), "T_node_labels.txt, line 2: \"C\" is not a whole number of 64 bits");
    assert_eq!(load_text(&[("graph_labels", "a\n1\n")]).unwrap().class_names(), ["1", "a"]);
    let error = load_text(&[("graph_labels", "a\n,b\n")]).unwrap_err();
    assert_eq!(error.message(), "T_graph_labels.txt, line 2: a label is blank");
}

#[test]
fn graphs_without_nodes_are_left_out_on_request() {
    let changes: [(&str, &[u8]); 5] = [
        ("graph_indicator", b"2\n2\n2\n5\n5\n"),
        ("graph_labels", b"8\n1\n9\n9\n-1\n9\n"),
        ("graph_attributes", b"1\n2\n3\n4\n5\n6\n"),
        ("node_labels", b"1\n2\n3\n4\n5\n"),
        ("A", b"1, 2\n2, 3\n4, 5\n"),
    ];
    let error = load_with(&changes, &TuOptions::default()).unwrap_err();
    let message = "graph 1 of the 6 graphs in T_graph_labels.txt has no node in T_graph_indicator.txt; the option \
                   skip_empty leaves such graphs out";
    assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidGraph, message));
    let skip = TuOptions { skip_empty: true, ..TuOptions::default() };
    let data = load_with(&changes, &skip).unwrap();
    assert_eq!((data.len(), data.y(0), data.y(1)), (2, 1, 0));
    assert_eq!((data.graph_attributes(0), data.graph_attributes(1)), (&[2.0][..], &[5.0][..]));
    assert_eq!(rows(data.graph(0)), [vec![1], vec![0, 2], vec![1]]);
    assert_eq!(data.graph(1).node_labels(), Some(&[4, 5][..]));
    // A message about a graph has its number in the files.
    let mut crossing = changes.to_vec();
    crossing[4].1 = b"1, 4\n";
    let error = load_with(&crossing, &skip).unwrap_err();
    assert_eq!(error.message(), "T_A.txt, line 1: the edge joins node 1 of graph 2 and node 4 of graph 5");
    let folder = tempfile::tempdir().unwrap();
    for (part, bytes) in changes {
        std::fs::write(folder.path().join(format!("T_{part}.txt")), bytes).unwrap();
    }
    assert_eq!(empty_graphs(folder.path(), &skip).unwrap(), [0, 2, 3, 5]);
}

#[test]
fn self_loops_are_left_out_on_request() {
    let drop = TuOptions { drop_self_loops: true, ..TuOptions::default() };
    // Sorted, and in an order that is read another way.
    for lines in [["1, 1", "1, 2", "2, 1", "2, 2", "2, 3", "4, 5"], ["4, 5", "2, 2", "2, 3", "1, 1", "2, 1", "1, 2"]] {
        let labels: String = lines.iter().map(|line| line.replace(", ", "") + "\n").collect();
        let edges = lines.join("\n");
        let changes = [("A", edges.as_bytes()), ("edge_labels", labels.as_bytes())];
        let data = load_with(&changes, &drop).unwrap();
        assert_eq!(rows(data.graph(0)), [vec![1], vec![0, 2], vec![1]]);
        assert_eq!(data.edge_data().labels, [12, 21, 23, 23, 45, 45]);
        assert_eq!(load_with(&changes, &TuOptions::default()).unwrap().total_entries(), 8);
    }
}

#[test]
fn folders_of_others_are_found() {
    let place = tempfile::tempdir().unwrap();
    let write = |folder: &str, name: &str| {
        let folder = place.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (part, text) in SMALL {
            std::fs::write(folder.join(format!("{name}_{part}.txt")), text).unwrap();
            std::fs::write(folder.join(format!("._{name}_{part}.txt")), b"\0\x05\x16\x07").unwrap();
        }
    };
    let read = |path: &str, name: Option<&str>| {
        let options = TuOptions { name: name.map(str::to_owned), ..TuOptions::default() };
        load(&place.path().join(path), &options).map(|data| data.name().to_string())
    };
    for folder in ["A", "B/raw", "C/C", "D/D/raw", "E", "all/F", "all/G/raw"] {
        write(folder, &folder.trim_end_matches("/raw")[folder.trim_end_matches("/raw").len() - 1..]);
    }
    write("E", "X");
    for (path, name, found) in [
        ("A", None, "A"),
        ("B", None, "B"),
        ("B/raw", None, "B"),
        ("C", None, "C"),
        ("D", None, "D"),
        ("E", None, "E"),
        ("E", Some("X"), "X"),
        ("all", Some("F"), "F"),
        ("all", Some("G"), "G"),
    ] {
        assert_eq!(read(path, name).unwrap(), found, "{path}, {name:?}");
    }
    let message = read("all", None).unwrap_err();
    assert!(message.message().ends_with("all: there is no file *_A.txt, and a data set needs it"), "{message}");
    std::fs::write(place.path().join("all/F.zip"), "").unwrap();
    let message = read("all", None).unwrap_err();
    assert!(message.message().ends_with("needs it; F.zip is there and must be unpacked first"), "{message}");
}

#[test]
fn files_that_are_something_else_are_known() {
    for (bytes, message) in [
        (&b"<!DOCTYPE html>\n<html>"[..], "is not a whole number of 64 bits; this is a page of HTML: a download gave"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\n", "64 bits; this is a pointer of Git LFS: the"),
        (b"PK\x03\x04....MUTAG_A.txt", "; this is a zip archive: unpack it"),
        (b"\0\x05\x16\x07\0", "; this is an AppleDouble file, which macOS makes: leave it out"),
    ] {
        let error = load_with(&[("A", bytes)], &TuOptions::default()).unwrap_err();
        assert!(error.message().contains(message), "{error}");
    }
}
