//! `diffpool cross-validate` as its users see it: stopped and started again, shared by processes, told nonsense.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A grid of two small models.
const GRID: &str = r#"[{"learning_rate": 0.01}, {"learning_rate": 0.002, "embed_hidden": 6}]"#;
/// Runs of the protocol `fair` on three folds: two that compare and two that are judged a fold.
const RUNS: usize = 12;

const SMALL: [&str; 6] =
    ["epochs=6", "embed_hidden=4", "embed_output=4", "assign_hidden=4", "clusters=[3]", "patience=0"];

/// The program in a folder, with the data sets of these tests.
fn program(folder: &Path, data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.current_dir(folder).env("DIFFPOOL_DATA", data).args(arguments);
    command
}

/// A small cross-validation on MUTAG.
fn cross_validate(folder: &Path, data: &Path, more: &[&str]) -> Command {
    std::fs::write(folder.join("grid.json"), GRID).unwrap();
    let mut command = program(folder, data, &["cross-validate", "--data", "MUTAG", "--repeats", "2"]);
    command.args(["--grid", "grid.json"]).args(SMALL.iter().flat_map(|key| ["--set", key])).args(more);
    command
}

const FAIR: [&str; 4] = ["--protocol", "fair", "--folds", "0-2"];

/// The folder with the data sets, or nothing where MUTAG is not there.
fn data() -> Option<std::path::PathBuf> {
    common::data_folder("MUTAG").map(|folder| std::fs::canonicalize(folder).unwrap().parent().unwrap().to_path_buf())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn succeed(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn lines(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("runs.jsonl")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The runs of a folder in a fixed order, without what may differ: times and the command.
fn runs(folder: &Path) -> Vec<Value> {
    let mut runs = lines(folder);
    for run in &mut runs {
        let run = run.as_object_mut().unwrap();
        for key in ["seconds", "cpu_seconds", "command"] {
            assert!(run.remove(key).is_some(), "{key}");
        }
    }
    runs.sort_by_key(|run| ["stage", "fold", "choice", "repeat"].map(|key| run[key].to_string()));
    runs
}

/// Table and runs of a cross-validation that nothing disturbed, by one job.
fn undisturbed(data: &Path) -> &'static (String, Vec<Value>) {
    static DONE: OnceLock<(String, Vec<Value>)> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let table = succeed(cross_validate(folder.path(), data, &[&FAIR[..], &["--jobs", "1"]].concat()));
        let runs = runs(folder.path());
        assert_eq!(runs.len(), RUNS);
        (table, runs)
    })
}

/// Starts a command and waits until so many runs are finished.
fn start_and_await(mut command: Command, folder: &Path, finished: usize) -> Child {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while lines(folder).len() < finished {
        assert!(began.elapsed() < Duration::from_secs(120), "the runs take too long");
        assert!(child.try_wait().unwrap().is_none(), "the program ended before it was stopped");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn killed_and_resumed_ends_as_if_undisturbed() {
    let Some(data) = data() else { return };
    let (table, all) = undisturbed(&data);
    let folder = tempfile::tempdir().unwrap();
    let command = || cross_validate(folder.path(), &data, &[&FAIR[..], &["--jobs", "2"]].concat());
    // Once while configurations are compared, once while the chosen ones are judged.
    for finished in [2, 8] {
        let mut child = start_and_await(command(), folder.path(), finished);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(lines(folder.path()).len() < RUNS);
    }
    assert_eq!(&succeed(command()), table);
    assert_eq!(&runs(folder.path()), all);
    // Nothing is left to do.
    assert_eq!(&succeed(command()), table);
    assert_eq!(lines(folder.path()).len(), RUNS);
}

#[test]
fn stopped_by_a_signal_keeps_finished_runs() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    // So many epochs that the program cannot be done before it hears of the signal.
    let slow = cross_validate(folder.path(), &data, &[&FAIR[..], &["--jobs", "1", "--set", "epochs=60"]].concat());
    let child = start_and_await(slow, folder.path(), 2);
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signal.success());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let stderr = text(&stderr);
    assert_eq!(status.code(), Some(130), "{stderr}");
    let last = stderr.lines().last().unwrap();
    assert_eq!(last, "diffpool: stopped: finished runs are in runs.jsonl; the same command goes on from there");
    let kept = lines(folder.path());
    assert!((2..RUNS).contains(&kept.len()), "{}", kept.len());
    assert!(kept.iter().all(|run| run["curves"]["train_loss"].as_array().unwrap().len() == 60));
}

#[test]
fn processes_share_folds_and_a_file() {
    let Some(data) = data() else { return };
    let (table, all) = undisturbed(&data);
    let folder = tempfile::tempdir().unwrap();
    let of_folds = |folds| cross_validate(folder.path(), &data, &["--protocol", "fair", "--folds", folds]);
    let quiet = |mut command: Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let children = ["0", "1,2"].map(|folds| quiet(of_folds(folds)));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(lines(folder.path()).len(), RUNS);
    assert_eq!(&succeed(of_folds("0-2")), table);
    assert_eq!(&runs(folder.path()), all);
}

#[test]
fn runs_that_two_processes_did_count_once() {
    let Some(data) = data() else { return };
    let (table, _) = undisturbed(&data);
    let folder = tempfile::tempdir().unwrap();
    let command = || cross_validate(folder.path(), &data, &FAIR);
    succeed(command());
    let path = folder.path().join("runs.jsonl");
    let once = std::fs::read_to_string(&path).unwrap();
    let again: String =
        once.lines().filter(|line| line.contains("\"fold\":1,")).map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, once + &again).unwrap();
    assert_eq!(&succeed(command()), table);
}

#[test]
fn test_graphs_choose_nothing() {
    let Some(data) = data() else { return };
    let (_, all) = undisturbed(&data);
    for run in all {
        let graphs: Vec<u64> = run["graphs"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
        assert_eq!(graphs.iter().sum::<u64>(), 188);
        assert!(graphs.iter().all(|&count| count > 0));
        match run["stage"].as_str().unwrap() {
            "selection" => assert_eq!(run["test"], Value::Null),
            "final" => assert!(run["test"]["accuracy"].is_f64()),
            other => panic!("{other}"),
        }
    }
    // The configuration of the final runs is the one that is best on the validation graphs.
    for fold in 0..3 {
        let of = |stage: &str| {
            all.iter().filter(move |run| run["fold"] == fold && run["stage"] == stage).collect::<Vec<_>>()
        };
        let rank = |run: &&&Value| {
            let score = |key: &str| run["validation"][key].as_f64().unwrap();
            (score("accuracy"), -score("loss"))
        };
        let best =
            of("selection").iter().max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap()).unwrap()["choice"].clone();
        assert!(of("final").iter().all(|run| run["choice"] == best));
        let mut seeds: Vec<u64> = of("final").iter().map(|run| run["config"]["seed"].as_u64().unwrap()).collect();
        seeds.sort_unstable();
        assert_eq!(seeds, [1, 2]);
    }
}

#[test]
fn paper_trains_on_all_graphs_outside_the_fold() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--protocol", "paper", "--folds", "0,1", "--set", "patience=1", "--json"];
    let outcome: Value = serde_json::from_str(&succeed(cross_validate(folder.path(), &data, &arguments))).unwrap();
    let runs = lines(folder.path());
    assert_eq!(runs.len(), 4);
    for run in &runs {
        let graphs: Vec<u64> = run["graphs"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
        assert_eq!((graphs[0] + graphs[1], graphs[2]), (188, 0));
        assert_eq!((&run["test"], &run["stage"]), (&Value::Null, &json!("fold")));
        // One epoch is looked for that is best for all folds, so none may end early.
        assert_eq!(run["curves"]["validation_accuracy"].as_array().unwrap().len(), 6);
    }
    let (choice, epoch) = (&outcome["choice"], outcome["epoch"].as_u64().unwrap() as usize);
    let at = |run: &&Value| run["curves"]["validation_accuracy"][epoch - 1].as_f64().unwrap();
    let mean = runs.iter().filter(|run| run["choice"] == *choice).map(|run| at(&run)).sum::<f64>() / 2.0;
    assert!((outcome["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
}

#[test]
fn nonsense_is_named() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("broken.json", "[{"),
        ("empty.json", "[]"),
        ("key.json", r#"[{"learning_rat": 1}]"#),
        ("value.json", r#"[{"learning_rate": 0.1}, {"learning_rate": -1}]"#),
        ("seed.json", r#"[{"seed": 1}]"#),
        ("twins.json", r#"[{"epochs": 2}, {"epochs": 3}, {"epochs": 2}]"#),
        ("out.json", r#"[{"test": [500], "model_selection": [{"train": [0, 1], "validation": [2]}]}]"#),
        ("twice.json", r#"[{"test": [1], "model_selection": [{"train": [0, 1], "validation": [2]}]}]"#),
        ("none.json", r#"[{"test": [1], "model_selection": []}]"#),
        ("no_folds.json", "[]"),
        ("no_run.jsonl", "{\"version\": 1}\n"),
    ];
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let cases: [&[&str]; 22] = [
        &["--grid", "broken.json"],
        &["--grid", "empty.json"],
        &["--grid", "key.json"],
        &["--grid", "value.json"],
        &["--grid", "seed.json"],
        &["--grid", "twins.json"],
        &["--grid", "missing.json"],
        &["--splits", "missing.json"],
        &["--splits", "broken.json"],
        &["--splits", "out.json"],
        &["--splits", "twice.json"],
        &["--splits", "none.json"],
        &["--splits", "no_folds.json"],
        &["--folds", "10"],
        &["--folds", "2-1"],
        &["--folds", ""],
        &["--output", "no_run.jsonl"],
        &["--output", "missing/runs.jsonl"],
        &["--set", "task=regression"],
        &["--set", "epochs"],
        &["--repeats", "0"],
        &["--data", "NOTHING"],
    ];
    let mut report = String::new();
    for case in cases {
        let data_set: &[&str] = if case[0] == "--data" { &[] } else { &["--data", "MUTAG"] };
        let arguments = [&["cross-validate", "--protocol", "fair", "--set", "epochs=1"], data_set, case].concat();
        let output = program(folder.path(), &data, &arguments).output().unwrap();
        let stderr = text(&output.stderr);
        let line = stderr.lines().find(|line| line.contains("error: ")).unwrap_or(&stderr);
        report.push_str(&format!("{}\n  {} {line}\n", case.join(" "), output.status.code().unwrap()));
        assert!(output.stdout.is_empty());
    }
    insta::assert_snapshot!(report);
}
