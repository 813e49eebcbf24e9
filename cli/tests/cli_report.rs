//! `diffpool report`: the page and the pictures follow from the runs alone, and say what the runs lack.

use std::path::Path;
use std::process::{Command, Output};

use diffpool::config::Config;
use serde_json::{Value, json};

/// What a synthetic run is.
#[derive(Clone, Copy)]
struct Run {
    data: &'static str,
    name: &'static str,
    protocol: &'static str,
    stage: &'static str,
    fold: usize,
    choice: usize,
    repeat: usize,
    /// Accuracy in percent, of the test graphs or of the validation graphs at the best epoch.
    accuracy: f64,
    epochs: usize,
    diverged: bool,
}

const RUN: Run = Run {
    data: "ENZYMES",
    name: "DiffPool",
    protocol: "fair",
    stage: "final",
    fold: 0,
    choice: 0,
    repeat: 0,
    accuracy: 60.0,
    epochs: 5,
    diverged: false,
};

impl Run {
    fn json(&self) -> Value {
        let Self { data, name, protocol, stage, fold, choice, repeat, accuracy, epochs, diverged } = *self;
        let rate = [0.003, 0.001][choice];
        let is_final = stage == "final";
        let config = Config {
            learning_rate: rate,
            embed_hidden: 32,
            epochs: 5,
            threads: 1,
            seed: if is_final { 1 + repeat as u64 } else { 0 },
            ..Config::default()
        };
        let curve = |from: f64, to: f64| -> Vec<f64> {
            let share = |epoch: usize| if epochs > 1 { epoch as f64 / (epochs - 1) as f64 } else { 1.0 };
            (0..epochs).map(|epoch| ((from + share(epoch) * (to - from)) * 1e4).round() / 1e4).collect()
        };
        let scores = json!({"loss": 1.0, "accuracy": accuracy / 100.0});
        json!({
            "version": "0.1.0", "name": name, "data": data, "fingerprint": format!("{data}{fold}"),
            "protocol": protocol, "stage": stage, "fold": fold, "choice": choice,
            "changes": {"learning_rate": rate}, "repeat": repeat, "config": config, "parameters": 1000 + name.len(),
            "graphs": [480, 60, if protocol == "fair" { 60 } else { 0 }], "best_epoch": epochs,
            "ended": match (diverged, epochs) {
                (true, _) => "epoch 3, batch 1: the loss is NaN and the gradient norm inf",
                (false, 5) => "finished",
                (false, _) => "patience",
            },
            "validation": if epochs > 0 { scores.clone() } else { Value::Null },
            "test": if is_final && epochs > 0 { scores } else { Value::Null },
            "curves": {
                "train_loss": curve(2.0, 0.5), "train_accuracy": curve(0.2, 0.9),
                "validation_loss": curve(2.0, 1.0), "validation_accuracy": curve(0.2, accuracy / 100.0),
            },
            "seconds": 2.5, "cpu_seconds": 2.0,
            "command": format!(
                "diffpool cross-validate --data {data} --protocol {protocol} --name '{name}' --folds {fold}"
            ),
        })
    }
}

/// The runs of a model under `fair`, with one accuracy a fold.
fn fair(data: &'static str, name: &'static str, accuracies: &[f64]) -> Vec<Value> {
    let mut runs = Vec::new();
    for (fold, &accuracy) in accuracies.iter().enumerate() {
        let run = Run { data, name, fold, accuracy, ..RUN };
        // Every third fold chooses the other configuration.
        let chosen = usize::from(fold % 3 == 2);
        for choice in 0..2 {
            let accuracy = if choice == chosen { 65.0 } else { 62.0 };
            runs.push(Run { stage: "selection", choice, accuracy, ..run }.json());
        }
        let repeat = |repeat| Run { choice: chosen, repeat, epochs: 5 - repeat, ..run }.json();
        runs.extend((0..3).map(repeat));
    }
    runs
}

/// The runs of a model under `paper`, of one configuration.
fn paper(data: &'static str, name: &'static str, accuracies: &[f64]) -> Vec<Value> {
    let run = |(fold, &accuracy)| Run { data, name, fold, accuracy, protocol: "paper", stage: "fold", ..RUN }.json();
    accuracies.iter().enumerate().map(run).collect()
}

const TEN: [f64; 10] = [60.0, 55.0, 65.0, 70.0, 50.0, 60.0, 62.0, 58.0, 61.0, 59.0];

fn shifted(by: [f64; 10]) -> Vec<f64> {
    TEN.iter().zip(by).map(|(accuracy, by)| accuracy + by).collect()
}

fn lines(runs: &[Value]) -> String {
    runs.iter().map(|run| format!("{run}\n")).collect()
}

/// Names of files and what is in them.
type Files<'a> = &'a [(&'a str, &'a str)];

/// Runs the program in a folder that holds these files.
fn report(folder: &Path, files: Files, arguments: &[&str]) -> Output {
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).filter(|name| name.ends_with("jsonl")).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.current_dir(folder).arg("report").args(names).args(arguments).output().unwrap()
}

fn page(files: Files, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = report(folder.path(), files, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Exit code and message of a refusal.
fn refusal(files: Files, arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = report(folder.path(), files, arguments);
    assert!(output.stdout.is_empty());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap().trim_end().to_string())
}

#[test]
fn models_stand_beside_each_other_and_the_published_numbers() {
    let ours = [fair("ENZYMES", "DiffPool", &TEN), paper("ENZYMES", "DiffPool", &TEN)].concat();
    let worse = [-5.0, -4.0, -6.0, -5.0, -4.5, -5.5, -5.0, -3.0, -5.0, -7.0];
    let noise = [1.0, -2.0, 0.0, 2.0, -1.0, 1.5, -1.0, 0.5, 0.0, -0.5];
    let flat = fair("ENZYMES", "GraphSAGE (flat)", &shifted(worse));
    let random = fair("ENZYMES", "A random_one", &shifted(noise));
    let files = [
        ("ours.jsonl", lines(&ours)),
        ("flat.jsonl", lines(&flat)),
        ("random.jsonl", lines(&random)),
        ("preface.md", "Words before.\n".to_string()),
        ("notes.md", "## Analysis\n\nWords within.\n".to_string()),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    insta::assert_snapshot!(page(&files, &["--preface", "preface.md", "--notes", "notes.md"]));
}

#[test]
fn the_page_does_not_depend_on_the_order_of_lines() {
    let mut runs = [fair("ENZYMES", "DiffPool", &TEN), fair("ENZYMES", "Other", &TEN)].concat();
    let sorted = page(&[("runs.jsonl", &lines(&runs))], &[]);
    runs.reverse();
    assert_eq!(page(&[("runs.jsonl", &lines(&runs))], &[]), sorted);
    // A run that two processes did counts once, though its times differ.
    let mut again = runs[7].clone();
    again["seconds"] = json!(9.0);
    assert_eq!(page(&[("runs.jsonl", &lines(&[runs, vec![again]].concat()))], &[]), sorted);
}

#[test]
fn what_lacks_never_passes_for_complete() {
    let seven = fair("DD", "DiffPool", &[90.0; 7]);
    let mut killed = fair("PROTEINS", "DiffPool", &[90.0; 10]);
    killed.pop();
    let mut uncompared = fair("COLLAB", "DiffPool", &[90.0; 10]);
    uncompared.remove(1);
    let mut one_each = fair("IMDB-BINARY", "DiffPool", &[90.0; 10]);
    one_each.retain(|run| run["repeat"] == 0);
    // Compared, but not judged.
    let mut begun = fair("MUTAG", "DiffPool", &[90.0; 2]);
    begun.retain(|run| run["stage"] == "selection");
    let folds = paper("DD", "DiffPool", &[90.0; 4]);
    let runs = [seven, killed, uncompared, one_each, begun, folds].concat();
    let page = page(&[("runs.jsonl", &lines(&runs))], &[]);
    let tables = page.split("## DD").next().unwrap();
    let table = tables.split("## Beside the published numbers").nth(1).unwrap();
    insta::assert_snapshot!(table.split("Published numbers").next().unwrap());
    assert!(page.contains("No fold has an outcome yet."));
}

#[test]
fn clusters_in_use_are_told_and_collapsed_levels_counted() {
    let mut runs = fair("ENZYMES", "DiffPool", &TEN);
    let levels = |first: f64, second: f64| json!([{"given": 9, "effective": first}, {"given": 3, "effective": second}]);
    runs.iter_mut().for_each(|run| run["clusters"] = levels(4.0, 2.5));
    runs[0]["clusters"] = levels(9.0, 1.25);
    runs[1]["clusters"] = json!([{"given": 2, "effective": 1.5}]);
    let page = page(&[("runs.jsonl", &lines(&runs))], &[]);
    let told: Vec<&str> = page.lines().filter(|line| line.starts_with("Effective clusters")).collect();
    // 50 runs: 48 with 4 and 2.5, one with 9 and 1.25.
    let expected = "Effective clusters, mean of the runs: 1.5 of 2 (runs: 1); 4.1 of 9 and 2.5 of 3 (runs: 49). **A \
                    level has collapsed in 1 of 50**.";
    assert_eq!(told, [expected]);
}

#[test]
fn runs_that_diverged_are_counted() {
    let mut runs = fair("ENZYMES", "DiffPool", &TEN);
    let diverged = Run { fold: 4, stage: "selection", choice: 1, epochs: 2, accuracy: 20.0, diverged: true, ..RUN };
    let at_once = Run { epochs: 0, fold: 6, ..diverged };
    for run in [diverged, at_once] {
        let place = |other: &Value| ["stage", "fold", "choice"].map(|key| other[key].clone());
        let json = run.json();
        let found = runs.iter().position(|other| place(other) == place(&json)).unwrap();
        runs[found] = json;
    }
    let mut folds = paper("DD", "DiffPool", &TEN);
    folds[3] = Run { data: "DD", protocol: "paper", fold: 3, stage: "fold", choice: 0, ..diverged }.json();
    let page = page(&[("runs.jsonl", &lines(&[runs, folds].concat()))], &[]);
    let lines: Vec<&str> = page.lines().filter(|line| line.contains("diverged")).collect();
    insta::assert_snapshot!(lines.join("\n"));
    // Only epochs that all folds have can be the common one.
    assert!(page.contains("judged at epoch 2 of configuration 0"), "{page}");
}

#[test]
fn files_without_runs_and_broken_lines() {
    let whole = lines(&fair("ENZYMES", "DiffPool", &TEN));
    let broken = format!("{whole}{}", &whole[..1000]);
    let complete = page(&[("runs.jsonl", &whole)], &[]);
    assert_eq!(page(&[("runs.jsonl", &broken)], &[]), complete);
    let with_empty = page(&[("empty.jsonl", ""), ("runs.jsonl", &whole)], &[]);
    assert_eq!(with_empty.replace("`empty.jsonl`, ", ""), complete);
    let cases: [(Files, i32, &str); 4] = [
        (&[("empty.jsonl", "")], 4, "empty.jsonl: there are no runs"),
        (&[("runs.jsonl", "hello\n")], 4, "runs.jsonl:1: no run: expected value at line 1 column 1"),
        (&[("runs.jsonl", "\n[]\n")], 4, "runs.jsonl:2: no run: "),
        (&[("runs.jsonl", &format!("{{\"epoch\": 1}}\n{whole}"))], 4, "runs.jsonl:1: no run: unknown field `epoch`"),
    ];
    for (files, code, message) in cases {
        let (found, text) = refusal(files, &[]);
        assert!(found == code && text.starts_with(&format!("diffpool: error: {message}")), "{found} {text}");
    }
    let (code, text) = refusal(&[("runs.jsonl", &whole)], &["--notes", "missing.md"]);
    assert_eq!((code, text.contains("missing.md: ")), (5, true), "{text}");
    assert_eq!(refusal(&[("runs.jsonl", &whole)], &["missing.jsonl"]).0, 5);
    assert_eq!(refusal(&[], &[]).0, 2);
    assert_eq!(refusal(&[("runs.jsonl", &whole)], &["--check"]).0, 2);
}

#[test]
fn runs_that_do_not_belong_together_are_refused() {
    let runs = fair("ENZYMES", "DiffPool", &TEN);
    let whole = lines(&runs);
    type Change = fn(&mut Value);
    let changes: [Change; 7] = [
        |run| run["version"] = json!("0.2.0"),
        |run| run["config"]["embed_hidden"] = json!(64),
        |run| run["config"]["seed"] = json!(8),
        |run| {
            run["config"]["learning_rate"] = json!(0.5);
            run["changes"]["learning_rate"] = json!(0.5);
        },
        |run| run["changes"] = json!({}),
        |run| run["fingerprint"] = json!("others"),
        |run| run["test"]["accuracy"] = json!(0.5),
    ];
    let mut messages = String::new();
    for change in changes {
        let mut other = Run { repeat: 2, fold: 1, epochs: 3, accuracy: 55.0, ..RUN }.json();
        change(&mut other);
        let (code, message) = refusal(&[("a.jsonl", &whole), ("b.jsonl", &lines(&[other.clone()]))], &[]);
        assert_eq!(code, 4, "{message}");
        messages.push_str(&message);
        messages.push('\n');
        // Under a name of its own it is welcome.
        other["name"] = json!("other");
        page(&[("a.jsonl", &whole), ("b.jsonl", &lines(&[other]))], &[]);
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn models_on_other_folds_are_not_compared() {
    let mut other = fair("ENZYMES", "Other", &TEN);
    for run in &mut other {
        run["fingerprint"] = json!(format!("{} drawn", run["fold"]));
    }
    let page = page(&[("runs.jsonl", &lines(&[fair("ENZYMES", "DiffPool", &TEN), other].concat()))], &[]);
    assert!(page.contains("| Other | 60.00 ± 5.10 | - | - | - | other folds |"), "{page}");
}

#[test]
fn check_finds_what_is_out_of_date() {
    let folder = tempfile::tempdir().unwrap();
    let runs = lines(&fair("ENZYMES", "DiffPool", &TEN));
    let more = lines(&fair("DD", "DiffPool", &TEN));
    let arguments = ["--output", "docs/results.md", "--plots", "docs/plots"];
    let check = [&arguments[..], &["--check"]].concat();
    let ended = |runs: &str, arguments: &[&str]| {
        let Output { status, stderr, .. } = report(folder.path(), &[("runs.jsonl", runs)], arguments);
        (status.code().unwrap(), String::from_utf8(stderr).unwrap())
    };
    let stale = |runs: &str, message: &str| {
        let (code, text) = ended(runs, &check);
        assert!(code == 9 && text.contains(message), "{code} {text}");
    };
    stale(&runs, "docs/plots/enzymes-fair.svg: the file is not there");
    assert!(!folder.path().join("docs").exists());
    assert_eq!(ended(&runs, &arguments), (0, String::new()));
    assert_eq!(ended(&runs, &check), (0, String::new()));
    let text = std::fs::read_to_string(folder.path().join("docs/results.md")).unwrap();
    assert!(text.contains("](plots/enzymes-fair.svg)") && text.contains("The runs are in `../runs.jsonl`."));
    stale(&more, "docs/plots/dd-fair.svg: the file is not there");
    stale(&runs.replace("\"parameters\":1008", "\"parameters\":1009"), "docs/results.md:");
    stale(&runs.replace("0.9]", "0.8]"), "docs/plots/enzymes-fair.svg:");
    std::fs::write(folder.path().join("docs/results.md"), text + "\n").unwrap();
    stale(&runs, "nothing");
}

#[test]
fn pictures_are_small_whole_and_the_same_each_time() {
    let runs = fair("ENZYMES", "DiffPool", &TEN).into_iter().enumerate().map(|(number, mut run)| {
        let epochs = 1500 + 40 * number;
        let curve = |scale: f64| -> Vec<f64> {
            let noise = |epoch: usize| ((epoch * 7919 + number * 104_729) % 1000) as f64 / 1000.0;
            (0..epochs).map(|epoch| scale * noise(epoch)).collect()
        };
        for (key, scale) in
            [("train_loss", 1e3), ("validation_loss", 1e9), ("train_accuracy", 1.0), ("validation_accuracy", 1.0)]
        {
            run["curves"][key] = json!(curve(scale));
        }
        run["name"] = json!("a <b> & \"c\"");
        run
    });
    let runs = lines(&runs.collect::<Vec<_>>());
    let draw = || {
        let folder = tempfile::tempdir().unwrap();
        let output = report(folder.path(), &[("runs.jsonl", &runs)], &["--plots", "."]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(folder.path().join("enzymes-fair.svg")).unwrap()
    };
    let svg = draw();
    assert!(svg.len() < 60_000, "{} bytes", svg.len());
    assert_eq!(draw(), svg);
    assert_whole(&svg);
    assert!(svg.contains("<title id=\"title\">a &lt;b&gt; &amp; &quot;c&quot; on ENZYMES, fair</title>"));
    assert!(svg.contains("runs that go on") && !svg.contains("NaN") && !svg.contains("inf"));
    let short = tempfile::tempdir().unwrap();
    let one = Run { epochs: 1, ..RUN }.json();
    assert!(report(short.path(), &[("runs.jsonl", &lines(&[one]))], &["--plots", "."]).status.success());
    assert_whole(&std::fs::read_to_string(short.path().join("enzymes-fair.svg")).unwrap());
}

/// Every element that is opened is closed, in order, and nothing is written outside them.
fn assert_whole(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for (number, part) in svg.split('<').enumerate().skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("tag {number} is not closed: {part}"));
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name)),
            (false, true) => {}
            (false, false) => open.push(name),
        }
    }
    assert!(open.is_empty() && svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{open:?}");
    assert!(svg.contains("<title ") && svg.contains("<desc ") && svg.contains("prefers-color-scheme:dark"));
}

#[test]
fn json_for_machines() {
    let runs = [fair("ENZYMES", "DiffPool", &TEN), fair("DD", "DiffPool", &[90.0; 7])].concat();
    let text = page(&[("runs.jsonl", &lines(&runs))], &["--json"]);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["complete"], &rows[0]["published"]), (&json!(true), &json!(0.595)));
    assert_eq!((&rows[1]["complete"], &rows[1]["lacking"]), (&json!(false), &json!(["7 of 10 folds"])));
}

/// The page that the project shows is what its runs give.
#[test]
fn the_committed_page_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = root.join("docs/results");
    if !root.join("docs/results.md").exists() {
        return;
    }
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            name.ends_with(".jsonl").then(|| format!("docs/results/{name}"))
        })
        .collect();
    names.sort();
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.current_dir(root).arg("report").args(&names).args([
        "--output",
        "docs/results.md",
        "--plots",
        "docs/results",
    ]);
    for (option, file) in [("--preface", "docs/results/preface.md"), ("--notes", "docs/results/notes.md")] {
        if root.join(file).exists() {
            command.args([option, file]);
        }
    }
    let output = command.arg("--check").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
