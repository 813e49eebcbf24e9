//! `diffpool convert`: data sets there and back between formats, and weights that agree with the Python package's.
//!
//! `tests/reference/state_dicts.py` wrote the state dicts with PyTorch, and what the Python package makes of them.
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use diffpool::checkpoint::model_file;
use program::{fixtures, refusal, run, small, succeed};
use safetensors::SafeTensors;

fn states(name: &str) -> PathBuf {
    fixtures().join("states").join(name)
}

/// What the program prints, with `folder` left out.
fn plain(text: &str, folder: &Path) -> String {
    text.replace(&*folder.to_string_lossy(), "FOLDER")
}

/// Three graphs with everything that a folder in TU format can hold.
const LINES: &str = concat!(
    r#"{"dataset": {"name": "ALL", "directed": DIRECTED, "class_names": ["-1", "0", "7"]}}"#,
    "\n",
    r#"{"edges": [[0, 1], [1, 2]], "x": [[0.1, -0.0], [1e-30, 3.4e38], [2, 3]], "class": "7","#,
    r#" "node_labels": [3, -4, 9223372036854775807], "edge_labels": [5, -6], "edge_attributes": [[0.5], [1.5]],"#,
    r#" "graph_attributes": [0.25, 1]}"#,
    "\n",
    r#"{"edges": [], "x": [[1, 2]], "class": "-1", "node_labels": [0], "edge_labels": [], "edge_attributes": [],"#,
    r#" "graph_attributes": [1e-7, 2]}"#,
    "\n",
    r#"{"edges": [[1, 1], [0, 2]], "x": [[1, 2], [3, 4], [5, 6]], "class": "0","#,
    r#" "node_labels": [1, 2, 3], "edge_labels": [1, 2], "edge_attributes": [[7], [8]], "graph_attributes": [-3, 4]}"#,
    "\n",
);

#[test]
fn data_sets_come_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    for directed in [false, true] {
        let first = format!("{place}/first-{directed}.jsonl");
        fs::write(&first, LINES.replace("DIRECTED", &directed.to_string())).unwrap();
        let flag = if directed { "--directed" } else { "" };
        // In a circle through all formats, twice.
        let mut data = first.clone();
        let mut files = Vec::new();
        for round in 0..2 {
            for output in [".safetensors", "/", ".jsonl"] {
                let own = format!("{place}/{directed}-{round}{output}");
                // Only a folder does not say whether it is directed.
                let option = if data.ends_with('/') { flag } else { "" };
                succeed(&format!("convert data --data {data} {option} --output {own}"));
                data = own;
            }
            files
                .push((format!("{place}/{directed}-{round}.safetensors"), format!("{place}/{directed}-{round}.jsonl")));
        }
        let read = |path: &str| fs::read(path).unwrap();
        assert!(read(&files[0].0) == read(&files[1].0), "directed: {directed}");
        assert!(read(&files[0].1) == read(&files[1].1), "directed: {directed}");
    }
}

/// Three graphs with what a folder of the Open Graph Benchmark can hold.
const MOLECULES: &str = concat!(
    r#"{"dataset": {"name": "molecules", "directed": false}}"#,
    "\n",
    r#"{"id": "first, so", "edges": [[0, 1], [1, 2]], "categories": [[6, 0], [7, 1], [6, 2]],"#,
    r#" "edge_attributes": [[0.5, 1], [1.5, 2]], "targets": [0.25, null]}"#,
    "\n",
    r#"{"edges": [], "categories": [[8, 0]], "edge_attributes": [], "targets": [null, null]}"#,
    "\n",
    r#"{"id": "7", "edges": [[1, 0]], "categories": [[6, 0], [6, -1]], "edge_attributes": [[3, 4]],"#,
    r#" "targets": [1, -2]}"#,
    "\n",
);

#[test]
fn a_benchmark_folder_comes_back_with_its_split() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    fs::write(format!("{place}/first.jsonl"), MOLECULES).unwrap();
    fs::write(format!("{place}/folds"), r#"[{"test": [1], "model_selection": [{"train": [2], "validation": [0]}]}]"#)
        .unwrap();
    let convert = |rest: &str| format!("convert data --data {place}/{rest}");
    let ran = succeed(&convert(&format!("first.jsonl --to ogb -o {place}/molecules --splits {place}/folds --fold 0")));
    assert_eq!(
        plain(&ran.stdout, folder.path()),
        "FOLDER/molecules: folder of the Open Graph Benchmark, molecules with 3 graphs of 6 nodes in all\n"
    );
    let split = diffpool::data::ogb::load_split(&folder.path().join("molecules"), Some("own"), 3).unwrap();
    assert_eq!((split.train, split.validation, split.test), (vec![2], vec![0], vec![1]));
    for data in ["first.jsonl", "molecules"] {
        succeed(&convert(&format!("{data} -o {place}/{data}.safetensors")));
    }
    let read = |name: &str| fs::read(format!("{place}/{name}.safetensors")).unwrap();
    assert!(read("first.jsonl") == read("molecules"));
    let refusal = |rest: &str| refusal(&convert(&format!("first.jsonl --to tu -o {place}/tu {rest}")), folder.path());
    let refused = refusal(&format!("--splits {place}/folds --fold 0"));
    assert!(refused.contains("2: diffpool: error: --splits: only a folder of the Open Graph Benchmark"), "{refused}");
    let refused = refusal("");
    assert!(refused.contains("its nodes have categories"), "{refused}");
    assert!(!folder.path().join("tu").exists());
}

#[test]
fn a_published_folder_comes_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let ran = succeed(&format!("convert data --data {} --output {place}/new/", small().display()));
    assert_eq!(
        plain(&ran.stdout, folder.path()),
        "FOLDER/new/: folder in TU format, SMALL with 12 graphs of 219 nodes in all\n"
    );
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path().join("new")).unwrap() {
        let path = entry.unwrap().path();
        let own = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let published = fs::read_to_string(small().join(&name)).unwrap();
        // The order of edges is free.
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
            if name == "SMALL_A.txt" {
                lines.sort();
            }
            lines
        };
        assert_eq!(sorted(&own), sorted(&published), "{name}");
        names.push(name);
    }
    names.sort();
    assert_eq!(names, ["SMALL_A.txt", "SMALL_graph_indicator.txt", "SMALL_graph_labels.txt", "SMALL_node_labels.txt"]);
    // Nothing else is left beside it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let mut all = String::new();
    for (name, lines) in [
        ("weight", r#"{"edges": [[0, 1]], "nodes": 2, "edge_weight": [0.5], "class": 0}"#),
        ("categories", r#"{"edges": [[0, 1]], "categories": [[1], [2]], "class": 0}"#),
        ("class", r#"{"edges": [[0, 1]], "nodes": 2, "class": "cat"}"#),
        ("targets", r#"{"edges": [[0, 1]], "nodes": 2, "targets": [1]}"#),
        ("parallel", r#"{"edges": [[0, 1], [0, 1]], "nodes": 2, "edge_labels": [1, 2], "class": 0}"#),
        ("unused", "{\"dataset\": {\"class_names\": [\"0\", \"1\"]}}\n{\"edges\": [], \"nodes\": 2, \"class\": 1}"),
        ("order", "{\"dataset\": {\"class_names\": [\"1\", \"0\"]}}\n{\"edges\": [], \"nodes\": 2, \"class\": 1}"),
        ("name", "{\"dataset\": {\"name\": \"a/b\"}}\n{\"edges\": [], \"nodes\": 2, \"class\": 1}"),
    ] {
        let path = folder.path().join(format!("{name}.jsonl"));
        fs::write(&path, lines).unwrap();
        all += &refusal(&format!("convert data --data {} --output {place}/tu/", path.display()), folder.path());
    }
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "mine").unwrap();
    let data = small().display().to_string();
    for output in ["full", "missing/folder/", "name", "full/file/"] {
        all += &refusal(&format!("convert data --data {data} --output {place}/{output}"), folder.path());
    }
    all += &refusal(&format!("convert data --data {place}/nothing --output {place}/a.jsonl"), folder.path());
    insta::assert_snapshot!("refused_data", all);
    assert!(!folder.path().join("tu").exists());
    assert_eq!(fs::read_to_string(folder.path().join("full/file")).unwrap(), "mine");
}

/// Sources with their fixtures.
const SOURCES: [&str; 6] = ["pyg", "errica", "errica-sage", "authors", "authors-flat", "ogb-code2"];

/// A data set of two graphs, with three features and classes 0 and 1.
fn three_features(folder: &Path) -> PathBuf {
    let path = folder.join("three.jsonl");
    let line = |class| format!(r#"{{"edges": [[0, 1]], "x": [[1, 2, 3], [4, 5, 6]], "class": {class}}}"#);
    fs::write(&path, format!("{}\n{}\n", line(0), line(1))).unwrap();
    path
}

#[test]
fn weights_become_what_the_python_package_makes_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let (model, state) = (folder.path().join("model"), folder.path().join("state.safetensors"));
    let data = three_features(folder.path());
    let mut told = String::new();
    for name in SOURCES {
        let wanted_path = states(&format!("{name}.model.safetensors"));
        let wanted = model_file::load(&wanted_path).unwrap();
        let source = states(&format!("{name}.pt"));
        // No data set of this project has words, so the vocabulary comes from the other model.
        let from = if name == "ogb-code2" {
            format!("--like {}", wanted_path.display())
        } else {
            format!("--data {}", data.display())
        };
        let ran = succeed(&format!("convert weights {} {} {from}", source.display(), model.display()));
        told += &plain(&ran.stdout, folder.path());
        let made = model_file::load(&model).unwrap();
        assert_eq!((made.config(), made.schema()), (wanted.config(), wanted.schema()), "{name}");
        assert_eq!(made.outputs(), wanted.outputs(), "{name}");
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        for info in wanted.tensors() {
            let (made, wanted) = (made.tensor(&info.name).unwrap(), wanted.tensor(&info.name).unwrap());
            assert_eq!((made.0, bits(made.1)), (wanted.0, bits(wanted.1)), "{name}: {}", info.name);
        }

        // The way back gives what the package gives, and from there the same model again.
        let ran = succeed(&format!("convert weights {} {}", model.display(), state.display()));
        told += &plain(&ran.stdout, folder.path());
        assert_same_tensors(&state, &states(&format!("{name}.state.safetensors")));
        let again = folder.path().join("again");
        succeed(&format!("convert weights {} {} --like {}", state.display(), again.display(), model.display()));
        assert!(fs::read(&again).unwrap() == fs::read(&model).unwrap(), "{name}");
    }
    insta::assert_snapshot!("converted_weights", told);
}

fn assert_same_tensors(found: &Path, wanted: &Path) {
    let (found, wanted) = (fs::read(found).unwrap(), fs::read(wanted).unwrap());
    let [found, wanted] = [&found, &wanted].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
    let sorted = |file: &SafeTensors<'_>| {
        let mut all: Vec<_> = file
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    assert!(sorted(&found) == sorted(&wanted));
}

/// A model that was trained in PyTorch goes back to its original and comes again with the same bits.
#[test]
fn trained_models_go_there_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let (state, again) = (folder.path().join("state.safetensors"), folder.path().join("again"));
    for name in ["pyg", "errica", "authors", "ogb-code2"] {
        let path = fixtures().join(format!("converted/{name}.model.safetensors"));
        succeed(&format!("convert weights {} {}", path.display(), state.display()));
        succeed(&format!("convert weights {} {} --like {}", state.display(), again.display(), path.display()));
        // The library writes all keys of the configuration, the package those that differ.
        let wanted = model_file::to_bytes(&model_file::load(&path).unwrap()).unwrap();
        assert!(fs::read(&again).unwrap() == wanted, "{name}");
    }
}

#[test]
fn a_checkpoint_of_pytorch_has_a_state_dict_within() {
    let folder = tempfile::tempdir().unwrap();
    let like = states("pyg.model.safetensors").display().to_string();
    let convert = |name: &str, output: &Path, more: &str| {
        let (input, output) = (states(name).display().to_string(), output.display());
        succeed(&format!("convert weights {input} {output} --like {like} {more}"));
        fs::read(output.to_string()).unwrap()
    };
    let plain = convert("pyg.pt", &folder.path().join("a"), "");
    assert!(plain == convert("checkpoint.pt", &folder.path().join("b"), "--key model_state_dict"));
}

#[test]
fn bad_weights_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let [pyg, old, checkpoint] = ["pyg.pt", "old.pt", "checkpoint.pt"].map(|name| states(name).display().to_string());
    let model = states("pyg.model.safetensors").display().to_string();
    let state = states("pyg.state.safetensors").display().to_string();
    let data = three_features(folder.path()).display().to_string();
    fs::write(folder.path().join("text"), "this is no file of tensors").unwrap();
    let [other, flat] =
        ["errica.state.safetensors", "authors.model.safetensors"].map(|name| states(name).display().to_string());
    let mut all = String::new();
    for arguments in [
        format!("{pyg} {place}/model"),
        format!("{pyg} {place}/missing/model --data {data}"),
        format!("{pyg} {place}/model --data {} --set features=degree", small().display()),
        format!("{pyg} {place}/model --data {data} --source errica"),
        format!("{pyg} {place}/model --data {data} --set embed_hidden=7"),
        format!("{pyg} {place}/model --data {data} --set clusters=[4]"),
        format!("{pyg} {place}/model --data {data} --key model"),
        format!("{old} {place}/model --data {data}"),
        format!("{checkpoint} {place}/model --data {data}"),
        format!("{place}/text {place}/model --data {data}"),
        format!("{place}/nothing {place}/model --data {data}"),
        format!("{model} {place}/state.pt"),
        format!("{model} {place}/state.safetensors --source authors"),
        format!("{model} {place}/state.safetensors --data {data}"),
        format!("{model} {place}/state.safetensors --like {other}"),
        format!("{flat} {place}/state.safetensors --source ogb-code2"),
        format!("{state} {place}/model --like {state}"),
    ] {
        all += &refusal(&format!("convert weights {arguments}"), folder.path());
    }
    insta::assert_snapshot!("refused_weights", all);
}

/// A shape that contradicts the others is named, with the one that it must have.
#[test]
fn contradicting_shapes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, model) = (folder.path().join("state.safetensors"), folder.path().join("model"));
    let like = states("pyg.model.safetensors").display().to_string();
    let bytes = fs::read(states("pyg.state.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut found = 0;
    for (changed, view) in file.tensors() {
        for axis in 0..view.shape().len() {
            let mut shape = view.shape().to_vec();
            shape[axis] += 1;
            let zeros = vec![0; 4 * shape.iter().product::<usize>()];
            let wrong = safetensors::tensor::TensorView::new(view.dtype(), shape, &zeros).unwrap();
            let all = file
                .tensors()
                .into_iter()
                .map(|(name, view)| (name.clone(), if name == changed { wrong.clone() } else { view }));
            fs::write(&path, safetensors::serialize(all, None).unwrap()).unwrap();
            let ran = run(&format!("convert weights {} {} --like {like}", path.display(), model.display()));
            assert_eq!(ran.code, Some(4), "{changed}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("tensor \"{changed}\"")), "{changed}: {}", ran.stderr);
            found += 1;
        }
    }
    assert!(found > 50, "{found}");
    assert!(!model.exists());
}

/// Files that were changed at random are read or refused, and nothing worse.
#[test]
fn damaged_files_of_pytorch_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (path, model) = (folder.path().join("state.pt"), folder.path().join("model"));
    let like = states("authors-flat.model.safetensors").display().to_string();
    let whole = fs::read(states("authors-flat.pt")).unwrap();
    let mut random = 1_u64;
    for round in 0..150 {
        let mut bytes = whole.clone();
        for _ in 0..=round % 3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 33) as usize % bytes.len();
            match round % 4 {
                0 => bytes.truncate(at.max(1)),
                _ => bytes[at] = (random >> 25) as u8,
            }
        }
        fs::write(&path, &bytes).unwrap();
        let ran = run(&format!("convert weights {} {} --like {like}", path.display(), model.display()));
        assert!(matches!(ran.code, Some(0 | 4)), "round {round}: {:?}, {}", ran.code, ran.stderr);
    }
}
