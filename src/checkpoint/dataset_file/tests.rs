//! Tests of the data set file.

use std::sync::Arc;

use super::*;
use crate::checkpoint::container::header::Header;
use crate::checkpoint::testing::{altered, altered_and_sealed, header_text, rewritten, with_header};
use crate::error::ErrorKind;
use crate::graph::{EdgeData, EdgeInput, GraphBuilder, GraphInput, GraphRules};

/// Bytes that begin at a multiple of 8.
struct Aligned(Vec<u64>, usize);

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.0)[..self.1]
    }
}

fn from_bytes(bytes: &[u8]) -> Result<Dataset> {
    let mut words = vec![0_u64; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
    from_store(Arc::new(Aligned(words, bytes.len())))
}

fn to_bytes(dataset: &Dataset) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    save(dataset, &folder.path().join("a")).unwrap();
    std::fs::read(folder.path().join("a")).unwrap()
}

fn assert_equal(read: &Dataset, wanted: &Dataset) {
    assert_eq!(read.description(), wanted.description());
    let columns = |data: &Dataset| -> Vec<_> {
        data.columns().iter().map(|column| (column.name, column.kind, column.bytes.to_vec())).collect()
    };
    assert_eq!(columns(read), columns(wanted));
}

/// Three graphs with everything that a data set can have but words, of parallel edges under several labels.
fn everything() -> Dataset {
    let rules =
        GraphRules { features: 2, categories: 1, node_labels: true, edge_labels: true, ..GraphRules::plain(false) };
    let mut data = Dataset::new("everything \u{1f642}", rules);
    let mut builder = GraphBuilder::new();
    for y in 0..3 {
        let nodes = 3;
        let edges = EdgeInput::List { from: &[0, 0, 1, 2], to: &[1, 1, 2, 2] };
        let input = GraphInput {
            edge_weight: Some(&[0.5, -1.0, 2.0, 3.0]),
            x: Some(&[0.0, -0.0, 1.5, 2.0, f32::MIN_POSITIVE, -7.0]),
            categories: Some(&[-1, 0, i32::MAX]),
            node_labels: Some(&[i64::MIN, 0, 9]),
            edge_labels: Some(&[5, -5, 0, 1]),
            ..GraphInput::new(nodes, edges)
        };
        data.add(&mut builder, &input, y).unwrap();
    }
    data.set_graph_attributes(vec![1.0, 2.0, f32::NAN, 4.0, 5.0, 6.0], 2).unwrap();
    data.set_targets(vec![0.0, f32::NAN, 2.0], 1).unwrap();
    data.set_class_names(["a", "", "c"].map(String::from).to_vec()).unwrap();
    data.set_ids([Some("first"), None, Some("größer")].into_iter()).unwrap();
    data
}

/// Two directed graphs of attributed edges, without names of classes, with words.
fn words() -> Dataset {
    let mut data = Dataset::new("", GraphRules { directed: true, ..GraphRules::default() });
    let mut builder = GraphBuilder::new();
    for nodes in [2, 1] {
        let edges = EdgeInput::List { from: &[0], to: &[nodes as i32 - 1] };
        data.add(&mut builder, &GraphInput::new(nodes, edges), 1).unwrap();
    }
    let attributes = vec![0.5, 1.5, 2.5, 3.5];
    data.set_edge_data(EdgeData { labels: Vec::new(), attributes, attribute_width: 2 }).unwrap();
    data.set_sequences(&[0, 4, 4], &[0, 2, 17, 1], 3, 4).unwrap();
    data
}

#[test]
fn data_sets_come_back_as_they_were() {
    let empty = Dataset::new("empty", GraphRules { features: 3, ..GraphRules::default() });
    for data in [everything(), words(), empty, everything().subset(&[2, 0]).unwrap()] {
        let bytes = to_bytes(&data);
        let read = from_bytes(&bytes).unwrap();
        assert_equal(&read, &data);
        // What is open can be saved, copied and cut.
        assert_eq!(to_bytes(&read), bytes);
        assert_equal(&read.clone(), &data);
        let all: Vec<usize> = (0..data.len()).collect();
        assert_equal(&read.subset(&all).unwrap(), &data.subset(&all).unwrap());
    }
}

#[test]
fn graphs_cannot_be_added_but_targets_and_names_can() {
    let (mut read, mut data) = (from_bytes(&to_bytes(&words())).unwrap(), words());
    let error = read.add_graph(data.graph(0), 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert_eq!(error.message(), "graph 2: the data set was opened from a file, so no graph can be added");
    assert_eq!(read.reserve(1, 1, 1).unwrap_err().kind(), ErrorKind::InvalidState);
    for data in [&mut read, &mut data] {
        data.shrink_to_fit();
        data.set_targets(vec![1.0, 2.0], 1).unwrap();
        data.set_sequences(&[0, 1, 2], &[1, 0], 1, 3).unwrap();
        data.set_class_names(["a", "b", "c"].map(String::from).to_vec()).unwrap();
        data.set_node_data(vec![0.5; 3], 1, Some(vec![4, 5, 6])).unwrap();
    }
    assert_equal(&read, &data);
    assert_eq!(to_bytes(&read), to_bytes(&data));
}

#[test]
fn the_header_is_as_recorded() {
    let bytes = to_bytes(&everything());
    insta::assert_snapshot!("header", header_text(&bytes).replace("},\"", "},\n\""));
}

#[test]
fn the_library_of_the_format_reads_what_we_write() {
    let data = everything();
    let bytes = to_bytes(&data);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.len(), data.columns().len());
    for column in data.columns() {
        assert_eq!(tensors.tensor(column.name).unwrap().data(), column.bytes, "{}", column.name);
    }
}

#[test]
fn a_failure_leaves_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    save(&words(), &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = save(&words(), &path.join("b")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    save(&everything(), &path).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_equal(&from_bytes(&before).unwrap(), &words());
    assert_equal(&from_bytes(&std::fs::read(&path).unwrap()).unwrap(), &everything());
}

#[test]
fn every_truncation_is_an_error() {
    for bytes in [to_bytes(&everything()), to_bytes(&words())] {
        for len in 0..bytes.len() {
            assert_eq!(from_bytes(&bytes[..len]).unwrap_err().kind(), ErrorKind::InvalidFile, "{len}");
        }
        assert!(from_bytes(&[&bytes[..], &[0; 8]].concat()).is_err());
    }
}

#[test]
fn every_flipped_byte_is_found_out() {
    for data in [everything(), words()] {
        let original = to_bytes(&data);
        let mut bytes = original.clone();
        for at in 0..bytes.len() {
            for flip in [1 << (at % 8), 0xff] {
                bytes[at] ^= flip;
                assert!(from_bytes(&bytes).map_or(true, |read| to_bytes(&read) == original), "{at} {flip}");
                bytes[at] ^= flip;
            }
        }
    }
}

/// The file with the header filled up to so many bytes more than a multiple of 8.
fn filled(bytes: &[u8], more: usize) -> Vec<u8> {
    rewritten(bytes, |text| {
        let text = text.trim_end();
        text.to_owned() + &" ".repeat((8 + more - text.len() % 8) % 8)
    })
}

/// The file with its header and columns changed, a right checksum, and columns that lie where they should.
fn sealed(bytes: &[u8], change: impl FnOnce(&mut Header, &mut Vec<u8>)) -> Vec<u8> {
    filled(&altered_and_sealed(bytes, change), 0)
}

/// Uses everything that a data set gives out.
fn walk(data: &Dataset) {
    for index in 0..data.len() {
        let graph = data.graph(index);
        let rows = (0..graph.nodes()).flat_map(|node| graph.neighbours(node)).map(|&column| column as usize);
        assert!(rows.clone().count() == graph.entries() && rows.max().unwrap_or(0) < graph.nodes());
        let _ = (data.id(index), data.y(index), data.targets(index), data.sequence(index), data.sequence_heads(index));
        let _ = (data.graph_attributes(index), data.edge_data().labels.get(data.entry_range(index)));
    }
    let _ = (data.classes(), data.class_names(), data.label_values(), data.edge_label_values());
}

/// Even where the checksum is right, no content leads astray: it is refused, or it is a data set by all rules.
#[test]
fn sealed_nonsense_is_harmless() {
    for data in [everything(), words()] {
        let bytes = to_bytes(&data);
        let length = bytes.len() - 8 - header_text(&bytes).len();
        let mut refused = 0;
        for at in 0..length {
            for flip in [1, 0x80, 0xff] {
                let changed = sealed(&bytes, |_, values| values[at] ^= flip);
                match from_bytes(&changed) {
                    Ok(read) => walk(&read),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::InvalidFile, "{error}");
                        refused += 1;
                    }
                }
            }
        }
        assert!(refused > length, "{refused} of {length}");
    }
}

/// A file whose column `name` has another value at `at`.
fn with_value(bytes: &[u8], name: &str, at: usize, value: &[u8]) -> Vec<u8> {
    sealed(bytes, |header, data| {
        let begin = header.tensors[name].data_offsets.0 + at * value.len();
        data[begin..begin + value.len()].copy_from_slice(value);
    })
}

/// A file without column `name`.
fn without(bytes: &[u8], name: &str) -> Vec<u8> {
    sealed(bytes, |header: &mut Header, data| {
        let (begin, end) = header.tensors.remove(name).unwrap().data_offsets;
        data.drain(begin..end);
        for info in header.tensors.values_mut().filter(|info| info.data_offsets.0 >= end) {
            info.data_offsets = (info.data_offsets.0 - (end - begin), info.data_offsets.1 - (end - begin));
        }
    })
}

/// A file that says something else of itself.
fn described(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    sealed(bytes, |header, _| {
        let text = header.metadata.get_mut("dataset").unwrap();
        assert!(text.contains(from), "{text}");
        *text = text.replacen(from, to, 1);
    })
}

#[test]
fn what_is_wrong_is_named() {
    let (all, words) = (to_bytes(&everything()), to_bytes(&words()));
    let set = |name: &str, at: usize, value: &[u8]| with_value(&all, name, at, value);
    let wide = |value: u64| value.to_le_bytes();
    let narrow = |value: u32| value.to_le_bytes();
    let huge = "\"features\":18446744073709551615";
    let mut cases = vec![
        set("node_offsets", 0, &wide(1)),
        set("node_offsets", 1, &wide(7)),
        set("node_offsets", 1, &wide(0)),
        set("node_offsets", 3, &wide(u64::MAX)),
        set("node_offsets", 3, &wide(8)),
        set("entry_offsets", 1, &wide(8)),
        set("indptr", 0, &narrow(1)),
        set("indptr", 1, &narrow(9)),
        set("indptr", 3, &narrow(u32::MAX)),
        set("indices", 0, &narrow(3)),
        set("indices", 0, &narrow(2)),
        set("indices", 6, &narrow(1)),
        set("edge_labels", 0, &wide(5)),
        set("edge_weight", 0, &f32::INFINITY.to_le_bytes()),
        set("edge_weight", 0, &9_f32.to_le_bytes()),
        set("x", 1, &f32::NAN.to_le_bytes()),
        set("y", 2, &narrow(3)),
        set("y", 2, &narrow(1 << 16)),
        set("targets", 2, &f32::INFINITY.to_le_bytes()),
        set("id_offsets", 0, &wide(1)),
        set("id_offsets", 1, &wide(6)),
        set("id_offsets", 1, &wide(u64::MAX)),
        set("id_bytes", 0, &[0]),
        set("id_bytes", 0, &[0xff]),
        with_value(&words, "word_offsets", 2, &wide(5)),
        with_value(&words, "words", 0, &narrow(3)),
        with_value(&words, "first_words", 0, &narrow(1)),
        described(&all, "\"features\":2", "\"features\":1"),
        described(&all, "\"features\":2", huge),
        described(&all, "\"features\":2", "\"features\":-1"),
        described(&all, "\"features\":2", "\"features\":2,\"features\":2"),
        described(&all, "\"features\":2", "\"feature\":2"),
        described(&all, "\"target_width\":1", "\"target_width\":70000"),
        described(&all, "\"vocabulary\":0", "\"vocabulary\":5"),
        described(&all, "[\"a\",\"\",\"c\"]", "[\"a\"]"),
        described(&words, "\"vocabulary\":4", "\"vocabulary\":1"),
        described(&words, "\"sequence_length\":3", "\"sequence_length\":0"),
        described(&words, "\"edge_attribute_width\":2", "\"edge_attribute_width\":3"),
        without(&all, "node_offsets"),
        without(&all, "indices"),
        without(&all, "y"),
        without(&all, "id_offsets"),
        without(&all, "id_bytes"),
        rewritten(&all, |text| {
            text.replacen("\"node_labels\":{\"dtype\":\"I64\"", "\"node_labels\":{\"dtype\":\"U64\"", 1)
        }),
        rewritten(&all, |text| text.replacen("\"y\":", "\"why\":", 1)),
        rewritten(&all, |text| text.replacen("libdiffpool-dataset", "libdiffpool", 1)),
        altered(&all, |_, _| ()),
        with_header("{\"__metadata__\":{\"format\":\"libdiffpool-dataset\"}}", &[]),
    ];
    // The header is not a multiple of 8 bytes long, so that numbers lie at odd bytes.
    cases.extend([1, 4].map(|more| filled(&all, more)));
    let mut messages = String::new();
    for bytes in cases {
        let error = from_bytes(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFile, "{error}");
        messages += &format!("{error}\n");
    }
    insta::assert_snapshot!("faults", messages);
    let later = rewritten(&all, |text| text.replacen("\"format_version\":\"1\"", "\"format_version\":\"2\"", 1));
    assert_eq!(from_bytes(&later).unwrap_err().kind(), ErrorKind::UnsupportedVersion);
}
