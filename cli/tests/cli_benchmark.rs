//! Folders of the Open Graph Benchmark with the first command: their split, task and metric, and categories that no
//! training graph has.
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use program::{refusal, succeed};
use serde_json::Value;

fn pack(folder: &Path, name: &str, text: &str) {
    let path = folder.join(format!("{name}.csv.gz"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut out = GzEncoder::new(fs::File::create(path).unwrap(), Compression::default());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap();
}

/// Twenty molecules of three atoms; the last four, which no training graph is among, have an atom of their own.
fn molecules(folder: &Path, label: impl Fn(usize) -> String, header: &str) {
    let rows = |row: &dyn Fn(usize) -> String| (0..20).map(row).collect::<String>();
    pack(folder, "raw/num-node-list", &rows(&|_| "3\n".to_string()));
    pack(folder, "raw/num-edge-list", &rows(&|_| "2\n".to_string()));
    pack(folder, "raw/edge", &rows(&|_| "0,1\n1,2\n".to_string()));
    let atom = |number: usize| format!("{number},0,2,5,3,0,2,0,0\n");
    pack(folder, "raw/node-feat", &rows(&|i| atom(5) + &atom(6 + i % 2) + &atom(if i < 16 { 7 } else { 34 })));
    pack(folder, "raw/edge-feat", &rows(&|_| "0,0,0\n1,0,1\n".to_string()));
    pack(folder, "raw/graph-label", &rows(&|i| label(i) + "\n"));
    pack(
        folder,
        "mapping/mol",
        &(format!("{header},smiles,mol_id\n") + &rows(&|i| label(i) + &format!(",CCO,m{i}\n"))),
    );
    let list = |graphs: std::ops::Range<usize>| graphs.map(|graph| format!("{graph}\n")).collect::<String>();
    for (part, graphs) in [("train", 0..14), ("valid", 14..17), ("test", 17..20)] {
        pack(folder, &format!("split/scaffold/{part}"), &list(graphs));
    }
}

#[test]
fn features_of_edges_are_read_where_a_model_wants_them() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    molecules(&place.path().join("bonds"), |i| (i / 2 % 2).to_string(), "HIV_active");
    let ran = succeed(&format!("train --data {at}/bonds -o {at}/model --preset molecules --set epochs=6"));
    let told = "the model reads features categories, categories of edges; all that the graphs have\n";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let ran = succeed(&format!("predict {at}/model --data {at}/bonds --part all"));
    assert_eq!(ran.stdout.lines().count(), 20);
    let ran =
        succeed(&format!("train --data {at}/bonds -o {at}/numbers --set edge_features=attributes --set epochs=1"));
    assert!(ran.stderr.contains("attributes of edges; all that the graphs have\n"), "{}", ran.stderr);
    succeed(&format!("evaluate {at}/numbers --data {at}/bonds"));
}

#[test]
fn the_first_command_is_enough() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    molecules(&place.path().join("ogbg_molhiv"), |i| (i / 2 % 2).to_string(), "HIV_active");
    // The name is that of the benchmark, with a hyphen.
    let ran = succeed(&format!("train --data {at}/ogbg-molhiv -o {at}/model --set epochs=2"));
    let told = &ran.stderr;
    assert!(told.contains("task binary, judged by roc_auc, as the labels of the folder are\n"), "{told}");
    let split = "14 to train on, 3 to validate on, 3 to test on (split \"scaffold\" of the data set)";
    assert!(told.contains(split), "{told}");
    assert!(
        told.contains("the model reads features categories; not features of edges (edge_features=auto reads them)\n"),
        "{told}"
    );
    let inspected: Value = serde_json::from_str(&succeed(&format!("inspect {at}/model --json")).stdout).unwrap();
    let config = &inspected["config"];
    let keys = ["task", "metric", "early_stopping", "out_of_vocabulary"].map(|key| config[key].as_str().unwrap());
    assert_eq!(keys, ["binary", "roc_auc", "metric", "reserve"]);
    let ran = succeed(&format!("evaluate {at}/model --data {at}/ogbg_molhiv --json"));
    assert!(
        ran.stderr.contains("3 graphs: the test part of split \"scaffold\" (--part all is all 20)"),
        "{}",
        ran.stderr
    );
    let graphs = |part: &str| {
        let ran = succeed(&format!("evaluate {at}/model --data {at}/ogbg_molhiv --json {part}"));
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["graphs"].clone()
    };
    let parts = ["", "--part train", "--part validation", "--part all", "--ogb-split scaffold", "--graphs 0-4"];
    assert_eq!(parts.map(graphs), [3, 14, 3, 20, 3, 5]);
    let lines = |part: &str| succeed(&format!("predict {at}/model --data {at}/ogbg_molhiv {part}")).stdout;
    assert!(lines("").starts_with("{\"graph\":17,\"id\":\"m17\"") && lines("").lines().count() == 3, "{}", lines(""));
    assert_eq!(lines("--part all").lines().count(), 20);
    // Whoever says otherwise gets it.
    let ran = succeed(&format!(
        "train --data {at}/ogbg_molhiv -o {at}/other --set epochs=1 --set task=multiclass --test 0.2"
    ));
    assert!(ran.stderr.contains("held out by chance") && !ran.stderr.contains("judged by"), "{}", ran.stderr);
    let train = format!("train --data {at}/ogbg_molhiv -o {at}/x --set out_of_vocabulary=refuse");
    assert!(refusal(&train, place.path()).contains("is 34, but the table of the model has"));
    pack(&place.path().join("ogbg_molhiv"), "split/random/train", "0\n");
    let refused = refusal(&format!("train --data {at}/ogbg_molhiv -o {at}/x"), place.path());
    assert!(
        refused.contains("several splits (random, scaffold); one must be named; --ogb-split says which"),
        "{refused}"
    );
    succeed(&format!("train --data {at}/ogbg_molhiv -o {at}/x --set epochs=1 --quiet --ogb-split scaffold"));
    let lines = "{\"edges\": [], \"categories\": [[5, 0, 2, 5, 3, 0, 2, 0, 0]]}\n";
    fs::write(place.path().join("g.jsonl"), lines).unwrap();
    let refused = refusal(&format!("predict {at}/model --data {at}/g.jsonl --part test"), place.path());
    assert!(refused.contains("2: diffpool: error: --part: the data set has no split of its own"), "{refused}");
}

#[test]
fn task_and_metric_are_those_of_the_labels() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    type Label = fn(usize) -> String;
    let cases: [(&str, Label, &str, &str); 4] = [
        (
            "tox21",
            |i| format!("{},{}", i % 2, if i % 5 == 3 { "nan".to_string() } else { (i / 3 % 2).to_string() }),
            "a,b",
            "multilabel, judged by roc_auc",
        ),
        ("pcba", |i| format!("{},{}", i % 2, i / 3 % 2), "PCBA-1,PCBA-2", "multilabel, judged by average_precision"),
        ("esol", |i| format!("{}.5", i), "solubility", "regression, judged by rmse"),
        ("one", |i| (i % 2).to_string(), "MUV-466", "binary, judged by average_precision"),
    ];
    for (name, label, header, told) in cases {
        molecules(&place.path().join(name), label, header);
        let ran = succeed(&format!("train --data {at}/{name} -o {at}/m --set epochs=1"));
        assert!(ran.stderr.contains(&format!("task {told}, as the labels")), "{name}: {}", ran.stderr);
    }
    // Whole numbers without gaps, and classes with names, are one of several classes.
    molecules(&place.path().join("classes"), |i| (i % 3).to_string(), "kind");
    molecules(&place.path().join("named"), |i| (i % 2).to_string(), "kind");
    pack(&place.path().join("named"), "mapping/labelidx2label", "label idx,label\n0,no\n1,yes\n");
    for name in ["classes", "named"] {
        let ran = succeed(&format!("train --data {at}/{name} -o {at}/m --set epochs=1"));
        assert!(!ran.stderr.contains("judged by") && ran.stderr.contains("accuracy"), "{name}: {}", ran.stderr);
    }
}

#[test]
fn atoms_and_bonds_have_the_names_of_the_benchmark() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    molecules(&place.path().join("hiv"), |i| (i % 2).to_string(), "HIV_active");
    let ran = succeed(&format!("inspect {at}/hiv"));
    assert!(ran.stdout.contains("edge attributes   3\n"), "{}", ran.stdout);
    let names = |path: &str| {
        let value: Value = serde_json::from_str(&succeed(&format!("inspect {at}/{path} --json")).stdout).unwrap();
        value["names"].clone()
    };
    let found = names("hiv");
    assert_eq!(found["categories"][0], "atomic_num");
    assert_eq!(found["category_values"][0][5], "6");
    assert_eq!(found["category_values"][3][5], "0", "the formal charges begin with -5");
    assert_eq!(found["category_values"][6][2], "SP3");
    let sizes: Vec<usize> =
        found["category_values"].as_array().unwrap().iter().map(|values| values.as_array().unwrap().len()).collect();
    assert_eq!(sizes, [119, 5, 12, 12, 10, 6, 6, 2, 2]);
    assert_eq!(found["edge_attributes"], serde_json::json!(["bond_type", "bond_stereo", "is_conjugated"]));
    // They are there again in a folder that this program writes.
    succeed(&format!("convert data --data {at}/hiv --to ogb -o {at}/again"));
    assert_eq!(names("again"), found);
    assert!(!place.path().join("again/mapping/typeidx2type.csv.gz").exists());
    // Other columns have none.
    pack(&place.path().join("hiv"), "raw/node-feat", &"200,0,2,5,3,0,2,0,0\n".repeat(60));
    assert_eq!(names("hiv")["categories"], Value::Null);
}

#[test]
fn categories_that_training_has_not_seen_take_a_row() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path().display();
    let line = |i: usize, category: usize| {
        format!("{{\"nodes\":2,\"edges\":[[0,1]],\"categories\":[[{category}],[1]],\"class\":{}}}\n", i % 2)
    };
    let lines: String = (0..20).map(|i| line(i, i % 3)).chain([line(20, 3)]).collect();
    fs::write(place.path().join("g.jsonl"), lines).unwrap();
    fs::write(place.path().join("train"), (0..16).map(|i| format!("{i} ")).collect::<String>()).unwrap();
    fs::write(place.path().join("rest"), (16..21).map(|i| format!("{i} ")).collect::<String>()).unwrap();
    let train = format!("train --data {at}/g.jsonl --train-graphs {at}/train --validation-graphs {at}/rest -o {at}/m");
    let ran = succeed(&format!("{train} --set epochs=1"));
    assert!(ran.stderr.contains("the model reads features categories; all that the graphs have\n"), "{}", ran.stderr);
    let refused = refusal(&format!("{train} --set epochs=1 --set out_of_vocabulary=refuse"), place.path());
    assert!(refused.contains("categories[0, 0] is 3, but the table of the model has 3 rows"), "{refused}");
    // Sizes that are said, and a run that is gone on with, stay as they are.
    succeed(&format!("{train} --set epochs=1 --set embedding_sizes=[4] --checkpoint {at}/c"));
    succeed(&format!("{train} --set epochs=2 --resume {at}/c --quiet"));
    let inspected = succeed(&format!("inspect {at}/m --json")).stdout;
    assert!(inspected.contains("\"out_of_vocabulary\":\"refuse\""));
}

#[test]
fn keys_under_other_names_are_told_apart() {
    let place = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for key in
        ["lr=0.1", "clusters=8", "head_hidden=50", "hidden_dim=64", "embd_hidden=3", "nothing_like_it=1", "epochs=x"]
    {
        all += &refusal(&format!("train --data x -o y --set {key}"), place.path());
    }
    insta::assert_snapshot!(all);
    let help = succeed("train --help").stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        help.contains("--print-config prints every key with its value, and docs/configuration.md says what they mean")
    );
}
