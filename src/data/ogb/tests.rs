//! Tests of the reader, on small folders in the layout of the published ones.

use std::fs::{File, create_dir_all};
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::error::ErrorKind;
use crate::graph::{GraphRules, Names};
use crate::ops::runtime::random::{Purpose, below, stream};

/// Files by their names without `.csv.gz`, and their texts.
type Texts<'a> = Vec<(&'a str, &'a str)>;

/// Three molecules: a triangle, a single atom, and two atoms; the second has no label.
fn molecules() -> Texts<'static> {
    vec![
        ("raw/num-node-list", "3\n1\n2\n"),
        ("raw/num-edge-list", "3\n0\n1\n"),
        ("raw/edge", "0,1\n1,2\n2,0\n0,1\n"),
        ("raw/node-feat", "5,0\n6,4\n5,1\n7,2\n5,0\n8,3\n"),
        ("raw/edge-feat", "0,0,1\n1,0,0\n0,0,1\n3,0,0\n"),
        ("raw/graph-label", "1\n\"\"\n0\n"),
        ("split/scaffold/train", "2\n0\n"),
        ("split/scaffold/valid", "1\n"),
        ("split/scaffold/test", ""),
        ("mapping/mol", "HIV_active,smiles,mol_id\n1,C,a\n,\"[C,]\",\n0,CC,c\n"),
    ]
}

/// Three syntax trees. In the first, nodes 1, 2 and 4 are tokens, of which 1 and 2 are joined in the tree already.
fn trees() -> Texts<'static> {
    vec![
        ("raw/num-node-list", "5\n2\n1\n"),
        ("raw/num-edge-list", "4\n1\n0\n"),
        ("raw/edge", "0,1\n1,2\n0,3\n3,4\n0,1\n"),
        ("raw/node-feat", "0,2\n1,0\n2,1\n1,2\n2,0\n0,2\n2,1\n0,2\n"),
        ("raw/node_is_attributed", "0\n1\n1\n0\n1\n0\n1\n0\n"),
        ("raw/node_dfs_order", "0\n1\n2\n3\n4\n0\n1\n0\n"),
        ("raw/node_depth", "0\n1\n2\n1\n2\n0\n1\n0\n"),
        ("raw/graph-label", "get name\nset name of thing\nname\n"),
        ("split/project/train", "1\n0\n"),
        ("split/project/valid", "2\n"),
        ("split/project/test", ""),
        ("mapping/typeidx2type", "type idx,type\n0,Module\n1,Name\n2,Str\n"),
        ("mapping/attridx2attr", "attr idx,attr\n0,\"a, \"\"b\"\"\nc\"\n1,x\n2,__NONE__\n"),
    ]
}

fn zip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(format!("{name}.csv.gz"));
    create_dir_all(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().write_all(bytes).unwrap();
}

fn folder(texts: &Texts) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    texts.iter().for_each(|(name, text)| write(folder.path(), name, &zip(text.as_bytes())));
    folder
}

/// The texts with some of them changed, added, or, where the text is `-`, left out.
fn changed<'a>(mut texts: Texts<'a>, changes: &[(&'a str, &'a str)]) -> Texts<'a> {
    for &(name, text) in changes {
        texts.retain(|(known, _)| *known != name);
        if text != "-" {
            texts.push((name, text));
        }
    }
    texts
}

fn read(texts: &Texts, options: &OgbOptions) -> Result<Dataset> {
    load(folder(texts).path(), options)
}

fn numbers() -> OgbOptions {
    OgbOptions { edge_data: true, ..OgbOptions::default() }
}

fn words(vocabulary: usize, length: usize) -> OgbOptions {
    OgbOptions { words: Some(OgbWords { vocabulary, length }), next_token_edges: true, ..OgbOptions::default() }
}

#[test]
fn molecules_have_categories_and_targets() {
    let data = read(&molecules(), &numbers()).unwrap();
    assert_eq!((data.len(), data.rules().categories, data.rules().features), (3, 2, 0));
    assert_eq!(data.graph(0).categories(), [5, 0, 6, 4, 5, 1]);
    assert_eq!(data.graph(2).categories(), [5, 0, 8, 3]);
    assert_eq!(data.graph(0).indices(), [1, 2, 0, 2, 0, 1]);
    assert_eq!((data.graph(1).nodes(), data.graph(1).entries(), data.graph(1).edge_weight()), (1, 0, None));
    assert_eq!((data.targets(0), data.targets(2)), (&[1.0][..], &[0.0][..]));
    assert!(data.targets(1)[0].is_nan());
    assert_eq!([0, 1, 2].map(|graph| data.id(graph)), [Some("a"), None, Some("c")]);
    assert_eq!(data.names(), &Names { targets: vec!["HIV_active".to_string()], ..Names::default() });
    // A label is missing, so there are no classes.
    assert_eq!([0, 1, 2].map(|graph| data.y(graph)), [0, 0, 0]);
    let edges = data.edge_data();
    assert_eq!((edges.attribute_width, edges.labels.len()), (3, 0));
    // Entries (0, 1), (0, 2) of the triangle come from its first and its last line.
    assert_eq!(edges.attributes[..6], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let plain = read(&molecules(), &OgbOptions::default()).unwrap();
    assert!(plain.edge_data().attributes.is_empty());
}

#[test]
fn edges_stored_both_ways_give_the_same_graphs() {
    let twice = changed(
        molecules(),
        &[
            ("raw/num-edge-list", "6\n0\n2\n"),
            ("raw/edge", "0,1\n1,0\n1,2\n2,1\n2,0\n0,2\n0,1\n1,0\n"),
            ("raw/edge-feat", "0,0,1\n0,0,1\n1,0,0\n1,0,0\n0,0,1\n0,0,1\n3,0,0\n3,0,0\n"),
        ],
    );
    let (once, twice) = (read(&molecules(), &numbers()).unwrap(), read(&twice, &numbers()).unwrap());
    for graph in 0..3 {
        assert_eq!(once.graph(graph).indices(), twice.graph(graph).indices());
        assert_eq!(once.graph(graph).indptr(), twice.graph(graph).indptr());
    }
    assert_eq!(once.edge_data(), twice.edge_data());
    let directed = OgbOptions { directed: true, ..OgbOptions::default() };
    assert_eq!(read(&molecules(), &directed).unwrap().graph(0).indices(), [1, 2, 0]);
}

#[test]
fn numbers_may_be_classes_features_and_labels_of_edges() {
    let changes = [
        ("raw/graph-label", "1\n0\n1"),
        ("raw/node-feat", "5,0\n6,0.5\n5,1\n7,2\n5,0\n8,-3e-1\n"),
        ("raw/edge-feat", "4\n3\n4\n-1\n"),
        ("raw/node_depth", "3\n1\n4\n1\n5\n9\n"),
    ];
    let data = read(&changed(molecules(), &changes), &numbers()).unwrap();
    assert_eq!([0, 1, 2].map(|graph| data.y(graph)), [1, 0, 1]);
    assert_eq!(data.graph(2).x(), [5.0, 0.0, 8.0, -0.3]);
    assert_eq!((data.graph(0).categories(), data.rules().categories), (&[3, 1, 4][..], 1));
    assert_eq!(data.edge_data().labels, [4, 4, 4, 3, 4, 3, -1, -1]);
    // Several columns, with blanks of every kind; and no features of nodes at all.
    let changes = [("raw/graph-label", "0.0,,1.0\nnan,NaN,\"\"\n,,\n"), ("raw/node-feat", "-"), ("raw/edge-feat", "-")];
    let data = read(&changed(molecules(), &changes), &numbers()).unwrap();
    assert_eq!((data.target_width(), data.targets(0)[0], data.targets(0)[2]), (3, 0.0, 1.0));
    assert!(data.targets(0)[1].is_nan() && data.targets(1).iter().chain(data.targets(2)).all(|v| v.is_nan()));
    assert_eq!(data.rules(), GraphRules::default());
    // A blank line is a missing label also at the end, and more of them may follow.
    let data = read(&changed(molecules(), &[("raw/graph-label", "1\n\n\n\n \n")]), &numbers()).unwrap();
    assert!(data.targets(1)[0].is_nan() && data.targets(2)[0].is_nan());
    // Labels with gaps are no classes.
    let data = read(&changed(molecules(), &[("raw/graph-label", "0\n2\n2\n")]), &numbers()).unwrap();
    assert_eq!(([0, 1, 2].map(|graph| data.y(graph)), data.targets(2)), ([0, 0, 0], &[2.0][..]));
}

#[test]
fn trees_have_tokens_and_words() {
    let data = read(&trees(), &OgbOptions { edge_data: true, ..words(2, 3) }).unwrap();
    assert_eq!(data.graph(0).categories(), [0, 2, 0, 1, 0, 1, 2, 1, 2, 1, 2, 1, 2, 0, 2]);
    let values = [&["Module", "Name", "Str"][..], &["a, \"b\"\nc", "x", "__NONE__"], &[]];
    assert_eq!(data.names().category_values, values);
    // Rows: 0: 1, 3; 1: 0, 2; 2: 1, 4; 3: 0, 4; 4: 2, 3. Tokens 1, 2, 4 are joined in turn.
    assert_eq!(data.graph(0).indptr(), [0, 2, 4, 6, 8, 10]);
    assert_eq!(data.graph(0).indices(), [1, 3, 0, 2, 1, 4, 0, 4, 2, 3]);
    assert_eq!(data.graph(0).edge_weight().unwrap(), [1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(data.edge_data().labels[..10], [0, 0, 0, 0, 0, 1, 0, 0, 1, 0]);
    assert_eq!((data.graph(1).entries(), data.graph(2).entries()), (2, 0));
    // Of the training graphs' words, "name" comes twice, and "set" is the first of those that come once.
    assert_eq!(data.class_names(), ["name", "set", "__UNK__", "__EOS__"]);
    assert_eq!((data.sequence_length(), data.vocabulary()), (3, 4));
    assert_eq!(data.sequence_heads(0), [2, 0, 3]);
    assert_eq!(data.sequence_heads(1), [1, 0, 2]);
    assert_eq!(data.sequence_heads(2), [0, 3, 3]);
    // Words beyond the vocabulary stay apart.
    assert_eq!((data.sequence(0), data.sequence(1)), (&[4, 0][..], &[1, 0, 5, 6][..]));
    let plain = OgbOptions { next_token_edges: false, ..words(5000, 5) };
    let data = read(&trees(), &plain).unwrap();
    assert_eq!((data.graph(0).entries(), data.graph(0).edge_weight()), (8, None));
    assert_eq!(data.class_names().len(), 5 + 2);
}

#[test]
fn tokens_follow_the_walk_and_the_direction() {
    // The walk goes 4, 2, 1; the tree is stored from children to parents, and one of its edges both ways.
    let changes = [
        ("raw/node_dfs_order", "0\n4\n3\n1\n2\n0\n1\n0\n"),
        ("raw/edge", "1,0\n2,1\n1,2\n3,0\n4,3\n1,0\n"),
        ("raw/num-edge-list", "5\n1\n0\n"),
    ];
    let texts = changed(trees(), &changes);
    let data = read(&texts, &words(2, 3)).unwrap();
    assert_eq!(data.graph(0).indices(), [1, 3, 0, 2, 1, 4, 0, 4, 2, 3]);
    assert_eq!(data.graph(0).edge_weight().unwrap()[2..5], [1.0, 2.0, 2.0]);
    let data = read(&texts, &OgbOptions { directed: true, ..words(2, 3) }).unwrap();
    assert_eq!(data.graph(0).indptr(), [0, 0, 2, 3, 4, 6]);
    assert_eq!(data.graph(0).indices(), [0, 2, 1, 0, 2, 3]);
    assert_eq!(data.graph(0).edge_weight().unwrap(), [1.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
}

#[test]
fn splits_are_read() {
    let place = folder(&molecules());
    let split = load_split(place.path(), None, 3).unwrap();
    assert_eq!((split.train, split.validation, split.test), (vec![2, 0], vec![1], vec![]));
    write(place.path(), "split/random/train", &zip(b"0\n1\n"));
    write(place.path(), "split/random/valid", &zip(b"1\n"));
    write(place.path(), "split/random/test", &zip(b"3\n"));
    let message = |name, graphs| load_split(place.path(), name, graphs).unwrap_err().message().to_owned();
    let several = format!(
        "{}: there are several splits (random, scaffold); one must be named",
        place.path().join("split").display()
    );
    assert_eq!(message(None, 3), several);
    assert_eq!(message(Some("random"), 4), "valid.csv.gz, line 1: graph 1 is in the split twice");
    assert_eq!(message(Some("scaffold"), 2), "train.csv.gz, line 1: the graph is 2, but the data set has 2 graphs");
    assert!(
        message(Some("other"), 3)
            .ends_with("split/other/train.csv.gz: there is no such file, and the data set needs it")
    );
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(load_split(empty.path(), None, 3).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn bad_files_are_named() {
    let molecules_with = |changes: &[(&'static str, &'static str)]| (changed(molecules(), changes), numbers());
    let trees_with = |changes: &[(&'static str, &'static str)]| (changed(trees(), changes), words(2, 3));
    let cases = [
        molecules_with(&[("raw/num-node-list", "3\n0\n2\n")]),
        molecules_with(&[("raw/num-node-list", "3\n-1\n2\n")]),
        molecules_with(&[("raw/num-node-list", "3\n2147483648\n2\n")]),
        molecules_with(&[("raw/num-node-list", "3.5\n")]),
        molecules_with(&[("raw/num-node-list", "")]),
        molecules_with(&[("raw/num-node-list", "3\n1\n")]),
        molecules_with(&[("raw/num-node-list", "3\n1\n3\n")]),
        molecules_with(&[("raw/num-edge-list", "3\n0\n")]),
        molecules_with(&[("raw/num-edge-list", "3\n0\n1\n0\n")]),
        molecules_with(&[("raw/num-edge-list", "3\n-1\n2\n")]),
        molecules_with(&[("raw/num-edge-list", "3\n9223372036854775807\n9223372036854775807\n")]),
        molecules_with(&[("raw/num-edge-list", "3\n0\n2\n")]),
        molecules_with(&[("raw/num-edge-list", "3\n0\n0\n")]),
        molecules_with(&[("raw/num-edge-list", "2\n0\n2\n")]),
        molecules_with(&[("raw/edge", "0,1\n1,3\n2,0\n0,1\n")]),
        molecules_with(&[("raw/edge", "0,1\n1\n2,0\n0,1\n")]),
        molecules_with(&[("raw/edge", "0,1\n1,2,3\n2,0\n0,1\n")]),
        molecules_with(&[("raw/edge", "0,1\n1,-2\n2,0\n0,1\n")]),
        molecules_with(&[("raw/edge", "source,target\n0,1\n")]),
        molecules_with(&[("raw/node-feat", "5,0\n6\n5,1\n7,2\n5,0\n8,3\n")]),
        molecules_with(&[("raw/node-feat", "5,0\n6,x\n5,1\n7,2\n5,0\n8,3\n")]),
        molecules_with(&[("raw/node-feat", "5,0\n6,inf\n5,1\n7,2\n5,0\n8,3\n")]),
        molecules_with(&[("raw/node-feat", "5\n6\n5\n7\n5\n")]),
        molecules_with(&[("raw/node-feat", "5\n6\n5\n7\n5\n8\n9\n")]),
        molecules_with(&[("raw/edge-feat", "5\n6\n5\n")]),
        molecules_with(&[("raw/edge-feat", "5\n6\n5\n7\n8\n")]),
        molecules_with(&[("raw/graph-label", "1\n0\n")]),
        molecules_with(&[("raw/graph-label", "1\n0\n1\n0\n")]),
        molecules_with(&[("raw/graph-label", "1\n0,1\n1\n")]),
        molecules_with(&[("raw/graph-label", "1\ninf\n1\n")]),
        molecules_with(&[("raw/graph-label", "get name\nx\ny\n")]),
        trees_with(&[("raw/node_depth", "0\n1\n2\n1\n2\n0\n4294967296\n0\n")]),
        trees_with(&[("raw/node_depth", "0\n1\n2\n")]),
        trees_with(&[("raw/node_is_attributed", "-")]),
        trees_with(&[("raw/node_is_attributed", "0\n1\n2\n0\n1\n0\n1\n0\n")]),
        trees_with(&[("raw/node_is_attributed", "0\n1\n1\n")]),
        trees_with(&[("raw/node_dfs_order", "0\n1\n1\n")]),
        trees_with(&[("mapping/typeidx2type", "type idx,type\n0,Module\n1,Name\n")]),
        trees_with(&[("mapping/attridx2attr", "attr idx,attr\n0,\"a\n1,x\n")]),
        trees_with(&[("raw/graph-label", "\n\nname\n")]),
        molecules_with(&[("mapping/mol", "HIV_active,smiles,mol_id\n1,C,a\n")]),
        molecules_with(&[("mapping/mol", "mol_id\na\nb\nc\nd\n")]),
        molecules_with(&[("mapping/mol", "mol_id\n\"a\nb\nc\n")]),
        molecules_with(&[("mapping/labelidx2label", "label idx,label\n0,no\n1,yes\n")]),
        molecules_with(&[("mapping/labelidx2label", "label idx,label\n0,no\n2,yes\n")]),
        molecules_with(&[("mapping/labelidx2taxonomygroup", "label idx,label\n0\n")]),
        trees_with(&[("split/project/train", "7\n")]),
        (trees(), words(0, 3)),
        (trees(), words(65_535, 3)),
        (trees(), words(2, 0)),
    ];
    let mut messages = String::new();
    for (texts, options) in cases {
        let place = folder(&texts);
        let error = load(place.path(), &options).unwrap_err();
        let message = error.message().replace(&place.path().display().to_string(), "FOLDER");
        messages += &format!("{:?}: {message}\n", error.kind());
    }
    insta::assert_snapshot!("bad_files", messages);
}

#[test]
fn damaged_archives_are_named() {
    let place = folder(&molecules());
    let good = zip(b"0,1\n1,2\n2,0\n0,1\n");
    let message = |bytes: &[u8]| {
        write(place.path(), "raw/edge", bytes);
        load(place.path(), &numbers()).unwrap_err()
    };
    for bytes in [&good[..good.len() - 3], &good[..12], b"0,1\n1,2\n2,0\n0,1\n", b""] {
        let error = message(bytes);
        assert_eq!(error.kind(), ErrorKind::Parse, "{error}");
        assert!(error.message().starts_with("edge.csv.gz, after line "), "{error}");
    }
    let text = message(&zip(b"0,1\n1,\xff2\n2,0\n0,1\n"));
    assert!(text.message().starts_with("edge.csv.gz, line 2: "), "{text}");
    // Two archives one after the other are one text.
    write(place.path(), "raw/edge", &[zip(b"0,1\n1,2\n"), zip(b"2,0\n0,1\n")].concat());
    assert_eq!(load(place.path(), &numbers()).unwrap().graph(0).entries(), 6);
    let mut texts = molecules();
    texts.retain(|(name, _)| *name != "raw/edge");
    let missing = read(&texts, &numbers()).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
}

/// Archives that unpack to a thousand times their size are read no further than the number of graphs and nodes goes.
#[test]
fn what_unpacks_to_too_much_is_refused() {
    let bomb = zip("1\n".repeat(1 << 20).as_bytes());
    let endless = zip("1".repeat((16 << 20) + 100).as_bytes());
    for name in ["raw/num-edge-list", "raw/edge", "raw/node-feat", "raw/graph-label", "raw/edge-feat", "raw/node_depth"]
    {
        for (bytes, long) in [(&bomb, false), (&endless, true)] {
            let place = folder(&molecules());
            write(place.path(), name, bytes);
            let error = load(place.path(), &numbers()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parse, "{name}: {error}");
            assert!(!long || error.message().ends_with("longer than 16777216 bytes"), "{name}: {error}");
        }
    }
    let place = folder(&trees());
    // A quote that is never closed makes one text of all lines.
    for bytes in [endless, zip(format!("a,b\n0,\"{}", "x\n".repeat(9 << 20)).as_bytes())] {
        write(place.path(), "mapping/attridx2attr", &bytes);
        let error = load(place.path(), &words(2, 3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse, "{error}");
        assert!(error.message().ends_with("longer than 16777216 bytes"), "{error}");
    }
    // Nodes that only their count speaks of.
    let many = "2147483647\n".repeat(3);
    let error = read(&changed(molecules(), &[("raw/num-node-list", &many)]), &numbers()).unwrap_err();
    assert_eq!(error.message(), "node-feat.csv.gz has 6 lines, but there are 6442450941 nodes by num-node-list.csv.gz");
}

#[test]
fn damaged_files_never_panic() {
    const BYTES: &[u8] = b"0123456789,, -+.\n\n\r\t\"\0e\xff";
    let mut loaded = 0;
    for round in 0..400 {
        let mut rng = stream(round, Purpose::Synthetic, 0, 1);
        let (texts, options) = if round % 2 == 0 { (molecules(), numbers()) } else { (trees(), words(2, 3)) };
        let mut texts: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
        for _ in 0..1 + below(&mut rng, 3) {
            let file = below(&mut rng, texts.len());
            let bytes = &mut texts[file].1;
            let at = below(&mut rng, bytes.len() + 1);
            let byte = BYTES[below(&mut rng, BYTES.len())];
            match below(&mut rng, 4) {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|b| *b = byte),
            }
        }
        let place = tempfile::tempdir().unwrap();
        texts.iter().for_each(|(name, bytes)| write(place.path(), name, &zip(bytes)));
        loaded += usize::from(load(place.path(), &options).is_ok());
    }
    assert!((40..300).contains(&loaded), "{loaded}");
}
