//! `docs/json.md` has every key of what the library writes as JSON, and no other.
#![allow(missing_docs)]

mod json_keys;

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};

use diffpool::config::{Config, KEYS};
use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::dataset_text::*;
use diffpool::ffi::error::*;
use diffpool::ffi::evaluation::*;
use diffpool::ffi::history::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::memory::diffpool_string_free;
use diffpool::ffi::model::*;
use diffpool::ffi::predictor::*;
use diffpool::ffi::schema::*;
use diffpool::ffi::split::*;
use diffpool::ffi::status::DiffpoolStatus;
use diffpool::ffi::targets::*;
use diffpool::ffi::trainer::*;
use json_keys::{Written, add_keys, compare, documented, page};
use serde_json::Value;

/// Functions whose objects have the keys of the configuration, which have a page of their own.
const OF_CONFIGURATION: [&str; 3] =
    ["diffpool_config_to_json", "diffpool_config_get_json", "diffpool_config_difference_json"];
/// Functions that read JSON.
const READERS: [&str; 4] = [
    "diffpool_config_from_json",
    "diffpool_config_set_json",
    "diffpool_config_merge_json",
    "diffpool_dataset_set_names_json",
];

fn read(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A call that must succeed.
fn check(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new.
    let message = unsafe { CStr::from_ptr(diffpool_error_message(error)) };
    assert_eq!(status, DiffpoolStatus::Ok, "{message:?}");
}

fn get<T>(call: impl FnOnce(*mut *mut T, *mut *mut DiffpoolError) -> DiffpoolStatus) -> *mut T {
    let mut value = null_mut();
    check(|error| call(&mut value, error));
    value
}

macro_rules! write_with {
    ($written:expr, $function:ident($($argument:expr),*)) => {{
        let text = get(|out: *mut *mut c_char, error| $function($($argument,)* out, error));
        $written.push((stringify!($function), serde_json::from_str(CStr::from_ptr(text).to_str().unwrap()).unwrap()));
        diffpool_string_free(text);
    }};
}

/// A data set, the configuration of a model, graphs to watch, and targets to set of each graph.
struct Case {
    kind: &'static CStr,
    keys: &'static CStr,
    validation: &'static [usize],
    targets: usize,
}

/// Trains a small model and writes all that there is of it.
fn add_written(written: &mut Written, case: &Case) {
    let Case { kind, keys, validation, targets } = *case;
    let values: Vec<f32> = (0..30 * targets).map(|i| (i % 2) as f32).collect();
    // SAFETY: every pointer is to a live local or constant.
    unsafe {
        let config = get(|out, e| diffpool_config_from_json(keys.as_ptr(), out, e));
        let dataset = get(|out, e| diffpool_dataset_synthetic(kind.as_ptr(), 30, 1, out, e));
        if targets > 0 {
            check(|e| diffpool_dataset_set_targets(dataset, values.as_ptr(), 30, targets, e));
        }
        let split = get(|out, e| diffpool_split_new(out, e));
        let train: Vec<usize> = (0..30).filter(|graph| !validation.contains(graph)).collect();
        check(|e| diffpool_split_set_train(split, train.as_ptr(), train.len(), e));
        check(|e| diffpool_split_set_validation(split, validation.as_ptr(), validation.len(), e));
        let trainer = get(|out, e| diffpool_trainer_new(config, dataset, split, null(), out, e));
        check(|e| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), e));
        let model = get(|out, e| diffpool_trainer_model(trainer, out, e));
        let predictor = get(|out, e| diffpool_predictor_new(model, 1, out, e));
        let all = DIFFPOOL_ALL;
        let evaluation = get(|out, e| diffpool_predictor_evaluate(predictor, dataset, null(), all, null(), out, e));
        write_with!(written, diffpool_dataset_summary_json(dataset));
        write_with!(written, diffpool_model_summary_json(model));
        write_with!(written, diffpool_model_schema_json(model));
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = CString::new(file.path().to_str().unwrap()).unwrap();
        check(|e| diffpool_model_save(model, path.as_ptr(), e));
        write_with!(written, diffpool_model_peek_json(path.as_ptr()));
        // Both are described where they are written by themselves.
        let (_, peeked) = written.last_mut().unwrap();
        (peeked["schema"], peeked["config"]) = (Value::Null, Value::Null);
        write_with!(written, diffpool_trainer_history_json(trainer));
        write_with!(written, diffpool_evaluation_json(evaluation));
        write_with!(written, diffpool_config_keys_json());
        diffpool_evaluation_free(evaluation);
        diffpool_predictor_free(predictor);
        diffpool_split_free(split);
        diffpool_model_free(model);
        diffpool_trainer_free(trainer);
        diffpool_dataset_free(dataset);
        diffpool_config_free(config);
    }
}

/// What is written of a data set and a model whose labels have names.
fn add_named(written: &mut Written) {
    let lines = concat!(
        "{\"dataset\": {\"names\": {\"node_labels\": {\"6\": \"C\", \"7\": \"N\"}}}}\n",
        "{\"edges\": [[0, 1]], \"node_labels\": [6, 7], \"class\": 0}\n",
        "{\"edges\": [[0, 1]], \"node_labels\": [6, 6], \"class\": 1}\n",
    );
    let keys = c"{\"clusters\": [2], \"features\": \"labels\"}";
    // SAFETY: handles are live and freed once, strings are constants.
    unsafe {
        let dataset = get(|out, e| diffpool_dataset_parse_jsonl(lines.as_ptr().cast(), lines.len(), null(), 0, out, e));
        let config = get(|out, e| diffpool_config_from_json(keys.as_ptr(), out, e));
        let model = get(|out, e| diffpool_model_new(config, dataset, null(), out, e));
        write_with!(written, diffpool_dataset_summary_json(dataset));
        write_with!(written, diffpool_model_schema_json(model));
        let (_, schema) = written.last().unwrap();
        assert_eq!(schema["names"]["node_labels"], serde_json::json!({"6": "C", "7": "N"}));
        assert_eq!(schema["columns"], serde_json::json!(["label 6 (C)", "label 7 (N)"]));
        diffpool_model_free(model);
        diffpool_dataset_free(dataset);
        diffpool_config_free(config);
    }
}

fn all_written() -> Written {
    let cases = [
        Case {
            kind: c"ba",
            keys: c"{\"epochs\": 1, \"clusters\": [3], \"embed_hidden\": 8, \"threads\": 1}",
            validation: &[24, 25, 26],
            targets: 0,
        },
        Case {
            kind: c"ba",
            keys: c"{\"epochs\": 1, \"clusters\": [3], \"task\": \"multilabel\", \"threads\": 1, \
                \"cut_weight\": 1, \"orthogonality_weight\": 1, \"modularity_weight\": 1, \"collapse_weight\": 1, \
                \"balance_weight\": [1]}",
            validation: &[],
            targets: 2,
        },
        Case {
            kind: c"ba",
            keys: c"{\"epochs\": 1, \"clusters\": [], \"task\": \"regression\", \"threads\": 1}",
            validation: &[],
            targets: 1,
        },
        Case {
            kind: c"syntax_trees",
            keys: c"{\"epochs\": 1, \"clusters\": [3], \"task\": \"sequence\", \"features\": \"categories\"}",
            validation: &[],
            targets: 0,
        },
    ];
    let mut written = Vec::new();
    cases.iter().for_each(|case| add_written(&mut written, case));
    add_named(&mut written);
    written
}

#[test]
fn the_page_has_every_key_that_is_written_and_no_other() {
    compare(&all_written(), "diffpool_");
}

/// A new function must be added to what is written above, or be one of those that write no keys of their own.
#[test]
fn every_function_that_writes_json_is_compared() {
    let written: BTreeSet<&str> = all_written().into_iter().map(|(name, _)| name).collect();
    let symbols = read("tests/symbols.txt");
    for name in symbols.lines().filter(|name| name.ends_with("_json") && !READERS.contains(name)) {
        let known = written.contains(name) || OF_CONFIGURATION.contains(&name);
        assert!(known, "{name} is not compared with docs/json.md");
        assert!(page().contains(&format!("`{name}`")), "docs/json.md does not speak of {name}");
    }
}

#[test]
fn a_configuration_has_the_keys_of_its_page() {
    let page = read("docs/configuration.md");
    let documented: BTreeSet<&str> = page.lines().filter_map(|l| l.strip_prefix("### `")?.strip_suffix('`')).collect();
    let config: Value = serde_json::from_str(&Config::default().to_json()).unwrap();
    assert_eq!(config.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>(), documented);
    assert_eq!(KEYS.len(), documented.len());
}

#[test]
fn the_comparison_sees_what_it_looks_for() {
    let of_f = "\n## `f`\n\n| key |\n|---|\n| `a`, `[].b` | int | `no key` |\n| `c.*` | int | |\n";
    let known = documented(&format!("{of_f}\n## `g`\n\nWith all keys of `f`.\n\n| `d` | int | |\n"));
    assert_eq!(known["f"], ["a", "[].b", "c.*"].map(str::to_string).into());
    assert_eq!(known["g"], ["a", "b", "c.*", "d"].map(str::to_string).into());
    let mut found = BTreeSet::new();
    let value = serde_json::json!({"a": [{"d": 1}], "c": {"x": {"y": null}}});
    add_keys(&value, "", &known["f"], &mut found);
    assert_eq!(found, ["a", "a[].d", "c", "c.*", "c.*.y"].map(str::to_string).into());
}
