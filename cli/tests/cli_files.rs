//! Files as people have them: read for what they are, or told what they are and what to do.
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use program::{fixtures, refusal, run, small, succeed};

/// Writes files into a folder, which is made.
fn folder_of(folder: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
}

/// Two graphs in TU format.
const TWO: [(&str, &str); 3] = [
    ("T_A.txt", "1, 2\n2, 1\n3, 4\n4, 3\n"),
    ("T_graph_indicator.txt", "1\n1\n2\n2\n"),
    ("T_graph_labels.txt", "0\n1\n"),
];

const LINES: &str = "{\"edges\": [[0, 1]], \"nodes\": 2, \"class\": 0}\n{\"edges\": [], \"nodes\": 1, \"class\": 1}\n";

/// What `inspect` says of the number of graphs.
fn graphs(arguments: &str) -> String {
    let ran = succeed(&format!("inspect {arguments} --json"));
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    format!("{}: {}", value["name"].as_str().unwrap(), value["graphs"])
}

#[test]
fn json_lines_are_known_by_what_is_in_them() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    let write = |name: &str, bytes: &[u8]| fs::write(place.path().join(name), bytes).unwrap();
    let utf16: Vec<u8> = format!("\u{feff}{LINES}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    write("plain.jsonl", LINES.as_bytes());
    write("plain.ndjson", LINES.as_bytes());
    write("plain.json", LINES.as_bytes());
    write("any", LINES.as_bytes());
    write("mark", format!("\u{feff}{LINES}").as_bytes());
    write("utf16", &utf16);
    succeed(&format!("convert data --data {at}/any --output {at}/packed.jsonl.gz"));
    let packed = fs::read(place.path().join("packed.jsonl.gz")).unwrap();
    assert_eq!(packed[..2], [0x1f, 0x8b]);
    write("packed.ndjson.gz", &packed);
    write("packed.json.gz", &packed);
    write("packed.jsonl", &packed);
    for (name, own) in [
        ("plain.jsonl", "plain"),
        ("plain.ndjson", "plain"),
        ("plain.json", "plain"),
        ("any", "any"),
        ("mark", "mark"),
        ("utf16", "utf16"),
        ("packed.jsonl.gz", "any"),
        ("packed.ndjson.gz", "any"),
        ("packed.json.gz", "any"),
        ("packed.jsonl", "any"),
    ] {
        assert_eq!(graphs(&format!("{at}/{name}")), format!("{own}: 2"), "{name}");
    }
}

#[test]
fn files_of_others_are_told_apart() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    let mut all = String::new();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("set.zip", b"PK\x03\x04\x14\0\0\0MUTAG/MUTAG_A.txt"),
        ("net.pt", b"PK\x03\x04\0\0\0\0archive/data.pkl"),
        ("arrays.npz", b"PK\x03\x04\0\0\0\0x.npy"),
        ("set.tgz", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("set.pkl", b"\x80\x04\x95\x10\0\0\0\0\0\0\0"),
        ("page.html", b"<!DOCTYPE html><html><body>404</body></html>"),
        ("set.graphml", b"<?xml version=\"1.0\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"/>"),
        ("set.gexf", b"<gexf version=\"1.3\"></gexf>"),
        ("edges.csv", b"source,target\n1,2\n"),
        ("edges.txt", b"1 2\n2 3\n"),
        ("molecules.sdf", b"a\n  RDKit\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n$$$$\n"),
        ("molecules.csv", b"smiles,label\nCCO,1\n"),
        ("list.json", b"[{\"edges\": [], \"nodes\": 1}]"),
        ("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"),
        ("notes", b"some notes"),
    ] {
        fs::write(place.path().join(name), bytes).unwrap();
        all += &refusal(&format!("inspect {at}/{name}"), place.path());
    }
    // The same of models, and of text that is meant to be JSON lines.
    all += &refusal(&format!("predict {at}/page.html --data {}", small().display()), place.path());
    fs::rename(place.path().join("page.html"), place.path().join("page.jsonl")).unwrap();
    all += &refusal(&format!("inspect {at}/page.jsonl"), place.path());
    insta::assert_snapshot!(all);
}

#[test]
fn numbers_that_json_does_not_have_are_named() {
    let place = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for line in [
        r#"{"edges": [], "nodes": 1, "targets": [NaN]}"#,
        r#"{"edges": [], "nodes": 1, "targets": [1, -Infinity]}"#,
        r#"{"edges": [], "x": [[0.5], [NaN]]}"#,
        r#"{"edge_index": [], "num_nodes": 1}"#,
        r#"{"edges": [], "nodes": 1, "y": 1}"#,
        r#"[{"edges": [], "nodes": 1}]"#,
        "{\n",
    ] {
        let path = place.path().join("graphs.jsonl");
        fs::write(&path, line).unwrap();
        all += &format!("{line}\n{}", refusal(&format!("inspect {}", path.display()), place.path()));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn graphs_without_nodes_are_left_out_on_request_and_counted() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    folder_of(&place.path().join("T"), &TWO);
    fs::write(place.path().join("T/T_graph_labels.txt"), "0\n1\n1\n").unwrap();
    fs::write(place.path().join("T/T_graph_indicator.txt"), "1\n1\n3\n3\n").unwrap();
    let told = "1 of 3 graphs have no nodes and are left out (numbers 1 of the files, from 0)";
    let ran = succeed(&format!("inspect {at}/T"));
    assert!(ran.stderr.starts_with(told) && ran.stdout.contains("2 graphs"), "{}", ran.stderr);
    let refused = refusal(&format!("convert data --data {at}/T -o {at}/t.jsonl"), place.path());
    assert!(refused.ends_with("no node in T_graph_indicator.txt; the option --skip-empty leaves such graphs out\n"));
    let ran = succeed(&format!("convert data --data {at}/T --skip-empty -o {at}/t.jsonl"));
    assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
    let refused = refusal(&format!("inspect {at}/t.jsonl --skip-empty"), place.path());
    assert!(refused.contains("2: diffpool: error: --skip-empty: only folders in TU format may have"), "{refused}");
    // Published folds count all graphs.
    fs::write(place.path().join("folds"), r#"[{"test": [0], "model_selection": [{"train": [1], "validation": []}]}]"#)
        .unwrap();
    let train = format!("train --data {at}/T --skip-empty -o {at}/m --splits {at}/folds --fold 0");
    assert!(refusal(&train, place.path()).contains("2: diffpool: error: --splits: the file may count graphs"));
}

#[test]
fn a_set_of_several_is_named_and_loops_are_left_out() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    for name in ["ONE", "TWO"] {
        let files = TWO.map(|(file, text)| (file.replace('T', name), text));
        let files: Vec<_> = files.iter().map(|(file, text)| (file.as_str(), *text)).collect();
        folder_of(&place.path().join("all"), &files);
    }
    fs::write(place.path().join("all/TWO_A.txt"), "1, 1\n1, 2\n3, 4\n").unwrap();
    let refused = refusal(&format!("inspect {at}/all"), place.path());
    assert!(refused.contains("(ONE, TWO); one must be named by the option --data-name"), "{refused}");
    assert_eq!(graphs(&format!("{at}/all --data-name TWO")), "TWO: 2");
    let loops = |more: &str| {
        let ran = succeed(&format!("inspect {at}/all --data-name TWO --json {more}"));
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()["self_loops"].clone()
    };
    assert_eq!((loops(""), loops("--drop-self-loops")), (1.into(), 0.into()));
    let bench = "bench --graphs 1 --runs 1 --set epochs=1 --directed";
    assert!(refusal(bench, place.path()).contains("there is no --data that the options of reading could be for"));
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    let data = small().display().to_string();
    let little =
        |text: &str| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let folds = r#"[{"test": [0, 1], "model_selection": [{"train": [2, 3, 4, 5, 6, 7], "validation": [8, 9]}]}]"#;
    for (name, text) in [
        ("config.json", "{\"epochs\": 1}"),
        ("config.toml", "epochs = 1\n"),
        ("grid", "[{\"epochs\": 1}]"),
        ("folds", folds),
        ("numbers", "0 1 2\n3 4\n"),
    ] {
        fs::write(place.path().join(name), format!("\u{feff}{text}")).unwrap();
        fs::write(place.path().join(format!("16{name}")), little(text)).unwrap();
    }
    for mark in ["", "16"] {
        let train = format!("train --data {data} -o {at}/m --quiet --set epochs=1");
        succeed(&format!("{train} --config {at}/{mark}config.json"));
        succeed(&format!("{train} --config {at}/{mark}config.toml"));
        succeed(&format!("{train} --splits {at}/{mark}folds --fold 0"));
        succeed(&format!("{train} --train-graphs {at}/{mark}numbers"));
        let runs = format!("{at}/{mark}runs.jsonl");
        succeed(&format!("cross-validate --data {data} --protocol paper --folds 0 --grid {at}/{mark}grid -o {runs}"));
    }
}

#[test]
fn converted_models_read_what_pytorch_geometric_reads() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    let state = fixtures().join("states/pyg.pt");
    let set = |name: &str, edges: &str, labels: &str| {
        let folder = place.path().join(name);
        let (nodes, graphs) = ("1\n1\n1\n2\n2\n2\n", "0\n1\n");
        let files = [("A", edges), ("node_labels", labels), ("graph_indicator", nodes), ("graph_labels", graphs)];
        fs::create_dir_all(&folder).unwrap();
        files.iter().for_each(|(part, text)| fs::write(folder.join(format!("T_{part}.txt")), text).unwrap());
        folder.display().to_string()
    };
    let edges = "1, 2\n2, 1\n2, 3\n3, 2\n4, 5\n5, 4\n5, 6\n6, 5\n";
    let plain = set("plain", edges, "0\n1\n2\n0\n2\n1\n");
    let loops = set("loops", &format!("1, 1\n{edges}"), "0\n1\n2\n0\n2\n1\n");
    let logits = |model: &str, data: &str| succeed(&format!("predict {at}/{model} --data {data} --logits")).stdout;
    let ran = succeed(&format!("convert weights {} {at}/drop --data {loops}", state.display()));
    assert!(ran.stderr.contains("1 graphs have self-loops, which the model drops"), "{}", ran.stderr);
    succeed(&format!("convert weights {} {at}/keep --data {plain} --set self_loops=keep", state.display()));
    assert_eq!(logits("drop", &plain), logits("drop", &loops));
    assert_eq!(logits("drop", &plain), logits("keep", &plain));
    assert_ne!(logits("drop", &loops), logits("keep", &loops));
    assert!(succeed(&format!("inspect {at}/drop")).stdout.contains("edges     without self-loops"));
    // Labels 5 and 7 make a column for 6 as well, which the network of three features has.
    let gaps = set("gaps", edges, "5\n7\n7\n5\n7\n7\n");
    let ran = succeed(&format!("convert weights {} {at}/gaps.model --data {gaps}", state.display()));
    let told = "the network reads 3 features of a node: labels, with a column for every label from 5 to 7";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let inspected = succeed(&format!("inspect {at}/gaps.model --features")).stdout;
    assert!(["label 5", "label 6", "label 7"].iter().all(|name| inspected.contains(name)), "{inspected}");
    // The same graph under other numbers: PyG subtracts the smallest.
    let shifted = set("shifted", edges, "0\n2\n2\n0\n2\n2\n");
    assert_eq!(logits("gaps.model", &gaps), logits("drop", &shifted));
    // Attributes are left out unless they are asked for.
    fs::write(place.path().join("plain/T_node_attributes.txt"), "1, 2\n".repeat(6)).unwrap();
    let ran = succeed(&format!("convert weights {} {at}/labels.model --data {plain}", state.display()));
    assert!(ran.stderr.contains("the network reads 3 features of a node: labels\n"), "{}", ran.stderr);
    let other = set("other", edges, "0\n9\n9\n0\n9\n9\n");
    let refused = refusal(&format!("convert weights {} {at}/x --data {other}", state.display()), place.path());
    let told = "the network reads 3 features of a node, but data set \"T\" makes 2 (labels), 10 (labels, with a column \
                for every label from 0 to 9)";
    assert!(refused.contains(told), "{refused}");
}

#[test]
fn weights_come_with_prefixes_and_in_16_bits() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    for source in ["pyg", "errica", "authors", "ogb-code2"] {
        let states = fixtures().join("states");
        let bytes = fs::read(states.join(format!("{source}.state.safetensors"))).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let like = states.join(format!("{source}.model.safetensors")).display().to_string();
        let convert = |name: &str| {
            succeed(&format!("convert weights {at}/{name} {at}/model --like {like}"));
            diffpool::checkpoint::model_file::load(&place.path().join("model")).unwrap()
        };
        let write = |name: &str, tensors: Vec<(String, safetensors::tensor::TensorView<'_>)>| {
            fs::write(place.path().join(name), safetensors::serialize(tensors, None).unwrap()).unwrap();
        };
        write("plain", file.tensors());
        let plain = convert("plain");
        for prefix in ["module.", "_orig_mod.", "module._orig_mod.", "net.", "model.net.module."] {
            let renamed = file.tensors().into_iter().map(|(name, view)| (format!("{prefix}{name}"), view)).collect();
            write("renamed", renamed);
            assert_eq!(convert("renamed").parameters(), plain.parameters(), "{source}, {prefix}");
        }
        // Every number in its upper 16 bits, and the same as f32.
        let cut = |bytes: &[u8]| -> Vec<u8> { bytes.chunks_exact(4).flat_map(|four| [four[2], four[3]]).collect() };
        let short: Vec<_> = file.tensors().into_iter().map(|(name, view)| (name, cut(view.data()), view)).collect();
        let floats = |view: &safetensors::tensor::TensorView<'_>| view.dtype() == safetensors::Dtype::F32;
        let of = |dtype, data, view: &safetensors::tensor::TensorView<'_>| {
            safetensors::tensor::TensorView::new(dtype, view.shape().to_vec(), data).unwrap()
        };
        let wide: Vec<Vec<u8>> = short
            .iter()
            .map(|(_, data, _)| data.chunks_exact(2).flat_map(|two| [0, 0, two[0], two[1]]).collect())
            .collect();
        let brain = short.iter().map(|(name, data, view)| {
            (name.clone(), if floats(view) { of(safetensors::Dtype::BF16, data, view) } else { view.clone() })
        });
        write("brain", brain.collect());
        let exact = short.iter().zip(&wide).map(|((name, _, view), data)| {
            (name.clone(), if floats(view) { of(safetensors::Dtype::F32, data, view) } else { view.clone() })
        });
        write("exact", exact.collect());
        assert_eq!(convert("brain").parameters(), convert("exact").parameters(), "{source}");
    }
    let double = run(&format!("convert weights {} {at}/x", fixtures().join("states/none.pt").display()));
    assert_eq!(double.code, Some(5));
}

#[test]
fn data_sets_can_be_drawn() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    assert_eq!(graphs("synthetic:cliques"), "cliques: 200");
    succeed(&format!("convert data --data synthetic:blocks_x:30:7 --output {at}/drawn.jsonl"));
    succeed(&format!("convert data --data synthetic:blocks_x:30:8 --output {at}/other.jsonl"));
    succeed(&format!("convert data --format synthetic --data blocks_x:30:7 --output {at}/again.jsonl"));
    let of = |name: &str| fs::read(place.path().join(name)).unwrap();
    assert!(of("drawn.jsonl") == of("again.jsonl") && of("drawn.jsonl") != of("other.jsonl"));
    for (name, message) in [
        ("cubes", "there is no synthetic data set \"cubes\"; there are ba, "),
        ("cliques:many", "the number of graphs is \"many\", but must be a whole number from 0"),
        ("cliques:9:-1", "the seed is \"-1\", but must be a whole number from 0"),
        ("cliques:9:1:5", "nothing can follow the seed, but \"5\" does"),
    ] {
        let told = run(&format!("convert data --data synthetic:{name} --output {at}/none.jsonl"));
        assert!(told.code != Some(0) && told.stderr.contains(message), "{name}: {}", told.stderr);
    }
}
