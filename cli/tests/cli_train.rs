//! `diffpool train`: what it says, what it writes, and that a run that was stopped goes on as if it had not been.
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use diffpool::checkpoint::{model_file, training_file};
use program::{Ran, program, refusal, run, small, succeed, without_numbers};
use serde_json::Value;

/// A small model, and settings under which every epoch does something.
const MODEL: &str = "--set clusters=[3] --set embed_hidden=8 --set embed_output=8 --set assign_hidden=8 \
                     --set head_hidden=[8] --set batch_size=4 --set dropout=0.1 --set ema_decay=0.9";

fn train(folder: &Path, output: &str, more: &str) -> String {
    let (data, folder) = (small().display().to_string(), folder.display());
    format!("train --data {data} --validation 0.25 --output {folder}/{output} {MODEL} {more}")
}

/// The text without the folder, with times that differ from run to run.
fn plain(text: &str, folder: &Path) -> String {
    without_numbers(&text.replace(&*folder.to_string_lossy(), "FOLDER"))
}

#[test]
fn a_model_is_trained_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(&train(folder.path(), "model", "--test 0.25 --set epochs=3"));
    assert!(!ran.stderr.contains('\x1b') && !ran.stdout.contains('\x1b'));
    insta::assert_snapshot!("progress", plain(&ran.stderr, folder.path()));
    insta::assert_snapshot!("result", plain(&ran.stdout, folder.path()));
    let model = model_file::load(&folder.path().join("model")).unwrap();
    assert_eq!((model.config().epochs, model.config().clusters.as_slice()), (3, &[3.0][..]));
    // Nothing but the file that was asked for.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_same_training_on_the_same_date_gives_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let read = |output: &str, date: Option<&str>| {
        let mut command = program(&train(folder.path(), output, "--set epochs=2"));
        command.env_remove("SOURCE_DATE_EPOCH").envs(date.map(|date| ("SOURCE_DATE_EPOCH", date)));
        let ran = Ran::of(command.output().unwrap());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        fs::read(folder.path().join(output)).unwrap()
    };
    let first = read("first", Some("951782400"));
    assert!(first == read("second", Some("951782400")));
    let date = |output: &str| {
        let model = model_file::load(&folder.path().join(output)).unwrap();
        model.metadata().get("diffpool.date").unwrap().to_string()
    };
    assert_eq!(date("first"), "2000-02-29T00:00:00Z");
    assert!(first != read("now", None) && *date("now") > *"2024");
    let mut command = program(&train(folder.path(), "bad", "--set epochs=2"));
    let ran = Ran::of(command.env("SOURCE_DATE_EPOCH", "today").output().unwrap());
    let message = "SOURCE_DATE_EPOCH is \"today\", but must be seconds since 1970, up to 253402300799";
    assert!(ran.code != Some(0) && ran.stderr.contains(message), "{}", ran.stderr);
}

#[test]
fn programs_read_objects() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(&train(folder.path(), "model", "--test 0.25 --set epochs=2 --json"));
    assert_eq!(ran.stderr, "");
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [first, second, end] = lines.as_slice() else { panic!("{}", ran.stdout) };
    for (number, epoch) in [(1, first), (2, second)] {
        assert_eq!((&epoch["event"], &epoch["epoch"], &epoch["epochs"]), (&"epoch".into(), &number.into(), &2.into()));
        for key in ["loss", "class_loss", "link_loss", "entropy_loss", "accuracy", "metric", "learning_rate", "seconds"]
        {
            assert!(epoch[key].is_number(), "{key}");
        }
        assert!(epoch["validation"]["metric"].is_number());
    }
    assert_eq!((&end["event"], &end["ended"], &end["epochs"]), (&"end".into(), &"finished".into(), &2.into()));
    let graphs = &end["graphs"];
    assert_eq!([&graphs["train"], &graphs["validation"], &graphs["test"]], [&Value::from(6), &3.into(), &3.into()]);
    assert!(end["test"]["metrics"]["accuracy"].is_number());
    let quiet = succeed(&train(folder.path(), "model", "--set epochs=1 --quiet"));
    assert_eq!(quiet.stderr, "");
}

/// Starts a run of more epochs than anybody would wait for, and gives its standard error after the line that begins so.
fn start(arguments: &str, until: &str) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = program(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(until) {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it said {until:?}");
    }
    (child, lines)
}

/// Sends a signal, and waits for the end.
fn end(mut child: Child, mut stderr: BufReader<std::process::ChildStderr>, signal: &str) -> Ran {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    Ran { code: child.wait().unwrap().code(), stdout, stderr: rest }
}

#[cfg(unix)]
#[test]
fn a_run_that_was_stopped_goes_on_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for signal in ["-INT", "-TERM", "-KILL"] {
        let state = path("state");
        let arguments = |output: &str, more: &str| {
            train(folder.path(), output, &format!("--checkpoint {} --checkpoint-every 4 {more}", state.display()))
        };
        let _ = (fs::remove_file(&state), fs::remove_file(path("model")));
        let (child, stderr) = start(&arguments("model", "--set epochs=900000"), "epoch 6/");
        let ran = end(child, stderr, signal);
        let finished = training_file::load(&state).unwrap().epoch;
        if signal == "-KILL" {
            assert!(ran.code.is_none() && !path("model").exists() && finished.is_multiple_of(4), "{finished}");
        } else {
            assert_eq!(ran.code, Some(130));
            let last = ran.stderr.lines().last().unwrap();
            let wanted = format!("diffpool: stopped: {finished} of 900000 epochs are finished; the model of epoch ");
            assert!(last.starts_with(&wanted), "{last}");
            assert!(ran.stdout.contains("model") && ran.stdout.contains("validation"), "{}", ran.stdout);
            model_file::load(&path("model")).unwrap();
        }
        let epochs = format!("--set epochs={}", finished + 3);
        succeed(&arguments("resumed", &format!("{epochs} --resume {}", state.display())));
        // A run that has ended ends at once, with the same.
        succeed(&arguments("again", &format!("--resume {}", state.display())));
        succeed(&arguments("whole", &epochs));
        let whole = fs::read(path("whole")).unwrap();
        assert!(fs::read(path("resumed")).unwrap() == whole, "{signal}");
        assert!(fs::read(path("again")).unwrap() == whole, "{signal}");
    }
}

/// Without validation and with one batch an epoch, the first one is finished before anything is beyond all numbers.
#[test]
fn a_run_that_diverges_keeps_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let (data, place) = (small().display().to_string(), folder.path().display());
    let settings = "--set batch_size=100 --set learning_rate=1e15 --set clip_norm=0 --set epochs=5";
    let ran = run(&format!("train --data {data} --output {place}/model --validation 0 {MODEL} {settings}"));
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.starts_with("diffpool: error: epoch 2, batch 1: the loss is "), "{last}");
    assert!(last.ends_with(&format!("; the model of epoch 1 is in {place}/model")), "{last}");
    model_file::load(&folder.path().join("model")).unwrap();
}

#[cfg(unix)]
#[test]
fn a_stop_before_the_first_epoch_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model"), "old").unwrap();
    let large = "--set batch_size=1 --set embed_hidden=600 --set embed_output=600 --set assign_hidden=600";
    let (child, stderr) = start(
        &train(folder.path(), "model", &format!("{large} --checkpoint {}/state", folder.path().display())),
        "SMALL",
    );
    let ran = end(child, stderr, "-INT");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""));
    assert_eq!(ran.stderr, "diffpool: stopped: no epoch was finished, so nothing was written\n");
    assert_eq!(fs::read_to_string(folder.path().join("model")).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_limit_of_time_ends_after_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(&train(folder.path(), "model", "--set epochs=900000 --seconds 0.000001"));
    assert!(ran.stdout.starts_with("training    1 of 900000 epochs in 0 s, for the time is over\n"), "{}", ran.stdout);
}

#[test]
fn another_run_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").display().to_string();
    let whole = MODEL;
    succeed(&train(folder.path(), "model", &format!("--preset pyg --set epochs=2 --checkpoint {state} {whole}")));
    let place = folder.path().display();
    let data = small().display().to_string();
    let resume = format!("--output {place}/model --resume {state}");
    let mut all = String::new();
    for arguments in [
        format!("--data {data} --validation 0.25 {resume} --set learning_rate=1"),
        format!("--data {data} --validation 0.25 {resume} --preset errica"),
        format!("--data {data} --validation 0.25 {resume} --set clusters=[0.5]"),
        format!("--data {data} --validation 0.25 {resume} --set features=degree"),
        format!("--data {data} --validation 0.25 {resume} --set epochs=1"),
        format!("--data {data} --validation 0.5 {resume}"),
        format!("--data {data} --validation 0.25 --directed {resume}"),
        format!("--data {data} --output {place}/model --resume {place}/model2"),
        format!("--data {data} --output {place}/other --resume {place}/model"),
    ] {
        all += &refusal(&format!("train {arguments}"), folder.path());
    }
    insta::assert_snapshot!("refused_resumptions", all);
    // What is not named is as in the run; the preset may be named again.
    for more in ["", "--preset pyg --set threads=1", MODEL, "--set epochs=4 --quiet"] {
        let more = if more == "--preset pyg --set threads=1" { format!("{more} {MODEL}") } else { more.to_string() };
        succeed(&format!("train --data {data} --validation 0.25 {resume} {more}"));
    }
    assert_eq!(training_file::load(Path::new(&state)).unwrap().epoch, 4);
}

#[test]
fn bad_arguments_are_refused_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        format!("{place}/{name}")
    };
    let (train_graphs, test_graphs) = (file("train", "0 1 2\n3 4 5"), file("test", "5 6"));
    let (words, beyond) = (file("words", "0\n1 two"), file("beyond", "0 1 12"));
    let folds = file("folds.json", r#"[{"test": [0], "model_selection": []}]"#);
    let output = format!("--output {place}/model");
    let mut all = String::new();
    for (data, more) in [
        ("SMALL", String::new()),
        ("nowhere", output.clone()),
        ("SMALL", format!("--output {place}")),
        ("SMALL", format!("--output {place}/missing/model")),
        ("SMALL", format!("{output} --checkpoint {place}/missing/state")),
        ("SMALL", format!("{output} --checkpoint {place}/model")),
        ("SMALL", format!("{output} --checkpoint-every 3")),
        ("SMALL", format!("{output} --set checkpoint_every=3")),
        ("SMALL", format!("{output} --seconds 0")),
        ("SMALL", format!("{output} --validation 1")),
        ("SMALL", format!("{output} --validation 0.01")),
        ("SMALL", format!("{output} --validation 0 --set patience=3")),
        ("SMALL", format!("{output} --test 0.5 --validation 0.5")),
        ("SMALL", format!("{output} --splits {folds} --fold 1")),
        ("SMALL", format!("{output} --splits {folds} --fold 0")),
        ("SMALL", format!("{output} --train-graphs {train_graphs} --test-graphs {test_graphs}")),
        ("SMALL", format!("{output} --train-graphs {words}")),
        ("SMALL", format!("{output} --train-graphs {beyond}")),
        ("SMALL", format!("{output} --set epochs=many")),
        ("SMALL", format!("{output} --set task=regression")),
        ("SMALL", format!("{output} --set learning_rate=1e30 --set clip_norm=0 --set epochs=40")),
    ] {
        let data = if data == "SMALL" { small().display().to_string() } else { data.to_string() };
        all += &refusal(&format!("train --data {data} {more}"), folder.path());
    }
    insta::assert_snapshot!("refused_arguments", all);
    assert!(!folder.path().join("model").exists());
}

#[test]
fn graphs_are_divided_by_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let folds =
        file("folds.json", r#"[{"test": [0, 7], "model_selection": [{"train": [1, 2, 8, 9], "validation": [3]}]}]"#);
    let lists = [file("a", "1 2 8 9"), file("b", "3\n"), file("c", "0\n7\n")];
    let [a, b, c] = &lists;
    let models = [
        ("folds", format!("--splits {folds} --fold 0")),
        ("lists", format!("--train-graphs {a} --validation-graphs {b} --test-graphs {c}")),
    ];
    let mut results = Vec::new();
    for (output, division) in models {
        let (data, place) = (small().display().to_string(), folder.path().display());
        let ran = succeed(&format!("train --data {data} --output {place}/{output} {MODEL} --set epochs=2 {division}"));
        assert!(ran.stderr.contains("12 graphs: 4 to train on, 1 to validate on, 2 to test on"), "{}", ran.stderr);
        results.push(fs::read(folder.path().join(output)).unwrap());
    }
    assert!(results[0] == results[1]);
}

#[test]
fn the_configuration_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(&train(folder.path(), "model", "--print-config --set epochs=7"));
    let config: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&config["epochs"], &config["clusters"][0]), (&7.into(), &3.0.into()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// On a terminal there is a bar, and it is gone at the end.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_a_bar() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = train(folder.path(), "model", "--set epochs=3");
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_diffpool"));
    let terminal =
        Command::new("script").args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null()).output();
    let Ok(output) = terminal else {
        println!("skipped: there is no program `script` to make a terminal with");
        return;
    };
    let ran = Ran::of(output);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(ran.stdout.contains("\x1b[") && ran.stdout.contains("3/3 epochs"), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("s left") && !ran.stdout.contains("epoch 3/3:"), "{:?}", ran.stdout);
    let end = ran.stdout.rsplit('\x1b').next().unwrap();
    assert!(end.contains("training    3 of 3 epochs"), "{end:?}");
    // Where nobody looks, there are no escape codes.
    assert!(!run(&arguments).stderr.contains('\x1b'));
}

/// The data set has a label that one graph has alone. Whichever part that is in, training goes on.
#[test]
fn labels_of_kept_graphs_alone_are_zeros_unless_the_configuration_says_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rare.jsonl");
    let line = |label: i64| {
        format!("{{\"edges\": [[0, 1], [1, 2]], \"node_labels\": [0, 1, {label}], \"class\": {}}}\n", label % 2)
    };
    fs::write(&path, (0..12).map(|i| line(if i == 11 { 7 } else { i % 2 })).collect::<String>()).unwrap();
    let splits = folder.path().join("splits.json");
    let fold = r#"[{"test": [11], "model_selection": [{"train": [0,1,2,3,4,5,6,7], "validation": [8,9,10]}]}]"#;
    fs::write(&splits, fold).unwrap();
    let (data, output) = (path.display(), folder.path().join("m"));
    let command = |more: &str| {
        format!(
            "train --data {data} --splits {} --fold 0 --output {} {MODEL} --set epochs=1 {more}",
            splits.display(),
            output.display()
        )
    };
    let told = succeed(&command("")).stderr;
    assert!(
        told.contains("label 7 of graph 11 is in no training graph: labels that are not known are zeros"),
        "{told}"
    );
    assert_eq!(model_file::load(&output).unwrap().config().out_of_vocabulary.name(), "ignore");
    let refused = run(&command("--set out_of_vocabulary=refuse"));
    assert!(refused.code == Some(4) && refused.stderr.contains("has label 7"), "{}", refused.stderr);
}
