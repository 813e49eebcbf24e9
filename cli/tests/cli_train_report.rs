//! `diffpool train --report`: the page of every task says what happened, whatever names hold; a page that cannot be
//! written costs nothing.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use common::graphs::{Columns, PLAIN, random_dataset, with_sequences, with_targets};
use diffpool::checkpoint::{dataset_file, model_file};
use diffpool::graph::Dataset;
use diffpool::train::evaluate;
use program::{Ran, program, refusal, run, small, succeed};
use roxmltree::{Document, Node};

const MODEL: &str = "--set clusters=[3] --set embed_hidden=8 --set embed_output=8 --set assign_hidden=8 \
                     --set head_hidden=[8] --set batch_size=4";

fn train(folder: &Path, more: &str) -> String {
    let (data, folder) = (small().display().to_string(), folder.display());
    let more = more.replace("FOLDER", &folder.to_string());
    format!("train --data {data} --output {folder}/model --report {folder}/run.html {MODEL} {more}")
}

/// The body of a page, which is checked to hold no script, to load nothing, and to be well-formed: whatever is not
/// escaped would break it.
fn page(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">") && text.ends_with("</body></html>"));
    assert!(text.contains("default-src 'none'") && !text.contains("<script") && !text.contains(" src="));
    let body = &text[text.find("<body>").unwrap()..text.len() - "</html>".len()];
    let document = Document::parse(body).unwrap_or_else(|e| panic!("{e}: {body}"));
    for attribute in document.descendants().flat_map(|node| node.attributes()) {
        let drawn = ["d", "cx", "cy", "x", "y", "width", "height", "style", "viewBox"].contains(&attribute.name());
        let none = attribute.value().contains("NaN") || attribute.value().contains("inf");
        assert!(!drawn || !none, "numbers that are none stay out of pictures: {}", attribute.value());
    }
    body.to_string()
}

/// The element of an id.
fn part<'a>(document: &'a Document<'_>, id: &str) -> Node<'a, 'a> {
    let mut all = document.descendants();
    all.find(|node| node.attribute("id") == Some(id)).unwrap_or_else(|| panic!("there is no {id}"))
}

/// The text of an element with blanks between its parts.
fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect::<Vec<_>>().join(" ")
}

fn count(node: Node<'_, '_>, tag: &str) -> usize {
    node.descendants().filter(|node| node.has_tag_name(tag)).count()
}

/// A data set of a task in a file.
fn graphs(folder: &Path, task: &str, columns: Columns) -> Dataset {
    let sizes: Vec<usize> = (0..40).map(|i| 2 + 7 * i % 19).collect();
    let mut dataset = with_targets(random_dataset(&sizes, PLAIN, 3), columns, 4);
    match task {
        "sequence" => dataset = with_sequences(dataset, 5),
        _ => dataset.set_class_names(["first", "second", "third"].map(str::to_string).to_vec()).unwrap(),
    }
    dataset_file::save(&dataset, &folder.join("graphs")).unwrap();
    dataset
}

#[test]
fn every_task_has_a_page() {
    for (task, columns, calibrated, panels, words) in [
        ("multiclass", Columns::Numbers(1), true, 0, ["Confusion", "second"]),
        ("binary", Columns::Labels(1), true, 0, ["Confusion", "recall"]),
        ("multilabel", Columns::Labels(3), true, 0, ["Labels", "have it"]),
        ("regression", Columns::Numbers(2), false, 2, ["target 1", "mean of predictions"]),
        ("sequence", Columns::Numbers(1), false, 0, ["By place in the sequence", "sequence f1"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let dataset = graphs(folder.path(), task, columns);
        let place = folder.path().display();
        let data = format!("train --data {place}/graphs --set task={task} --output {place}/model");
        succeed(&format!("{data} --report {place}/run.html {MODEL} --set epochs=3 --test 0.25 --validation 0.25"));
        let body = page(&folder.path().join("run.html"));
        let document = Document::parse(&body).unwrap();
        let results = text(part(&document, "results"));
        assert!(results.starts_with("Results on ") && results.contains(" test graphs"), "{task}: {results}");
        words.iter().for_each(|word| assert!(results.contains(word), "{task}, {word}: {results}"));
        assert_eq!(count(part(&document, "results"), "svg"), panels, "{task}");
        assert_eq!(body.contains("id=\"calibration\""), calibrated, "{task}");
        if calibrated {
            assert_eq!(count(part(&document, "calibration"), "svg"), 2, "{task}");
        }
        // Three at either end, each by its clusters and pooled.
        let cards = part(&document, "graphs");
        assert_eq!((count(cards, "article"), count(cards, "svg")), (6, 12), "{task}");
        // Loss, metric, loss of the task, of the assignment, step size, gradient norm and clusters; the legend's.
        let config = model_file::load(&folder.path().join("model")).unwrap().config().clone();
        let losses = diffpool::config::PoolLoss::ALL.iter().filter(|loss| loss.is_computed(&config)).count();
        assert_eq!(count(part(&document, "curves"), "figure"), 6 + losses, "{task}");
        assert!(text(part(&document, "data")).contains(&format!("{} in all", dataset.total_nodes())), "{task}");
    }
}

#[test]
fn the_numbers_are_those_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = graphs(folder.path(), "multiclass", Columns::Numbers(1));
    let place = folder.path().display();
    let test: Vec<usize> = (20..40).collect();
    let list = |from: usize, to: usize| (from..to).map(|at| at.to_string()).collect::<Vec<_>>().join(" ");
    for (name, from, to) in [("a", 0, 12), ("b", 12, 20), ("c", 20, 40)] {
        fs::write(folder.path().join(name), list(from, to)).unwrap();
    }
    let parts =
        format!("--train-graphs {place}/a --validation-graphs {place}/b --test-graphs {place}/c --set epochs=3");
    let files = format!("--output {place}/model --report {place}/run.html");
    succeed(&format!("train --data {place}/graphs {files} {parts} {MODEL}"));
    let model = model_file::load(&folder.path().join("model")).unwrap();
    let evaluation = evaluate(&model, &dataset, &test, 1).unwrap();
    let body = page(&folder.path().join("run.html"));
    let document = Document::parse(&body).unwrap();
    let results = part(&document, "results");
    let table = results.descendants().find(|node| node.attribute("class") == Some("confusion")).unwrap();
    let cells = table.descendants().filter(|node| node.has_tag_name("td") && node.attribute("style").is_some());
    let found: Vec<u64> = cells.map(|cell| cell.text().unwrap().parse().unwrap()).collect();
    assert_eq!(found, evaluation.confusion);
    let error = format!("{:.4}", evaluation.calibration_error.unwrap());
    for number in [format!("{:.4}", evaluation.loss), format!("{:.4}", evaluation.accuracy), error.clone()] {
        assert!(text(results).contains(&number), "{number}: {}", text(results));
    }
    assert!(text(part(&document, "calibration")).contains(&format!("ECE {error}")));
    // The worst graph is the one of the largest loss, and nothing of a run that trains on them is judged.
    let losses = test.iter().map(|&at| evaluate(&model, &dataset, &[at], 1).unwrap().class_loss);
    let worst = losses.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0 + 20;
    let cards = text(part(&document, "graphs"));
    assert!(cards.split_once("Worst").unwrap().1.trim_start().starts_with(&format!("Graph {worst} ")), "{cards}");
    let configuration = text(part(&document, "configuration"));
    let (differ, others) = configuration.split_once("All others").unwrap();
    assert!(differ.contains("embed_hidden") && differ.contains("batch_size") && !others.contains("batch_size"));
    assert!(others.contains("learning_rate") && !differ.contains("learning_rate"), "{differ}");
}

#[test]
fn the_page_changes_nothing_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(&train(folder.path(), "--set epochs=2 --test 0.25 --json"));
    let end: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(end["report"], folder.path().join("run.html").display().to_string());
    let with = fs::read(folder.path().join("model")).unwrap();
    let without = train(folder.path(), "--set epochs=2 --test 0.25");
    let report = format!("--report {}/run.html", folder.path().display());
    let ran = succeed(&without.replace(&report, ""));
    assert!(!ran.stdout.contains("report ") && fs::read(folder.path().join("model")).unwrap() == with);
    let ran = succeed(&without);
    assert!(ran.stdout.ends_with(&format!("report      {}/run.html\n", folder.path().display())), "{}", ran.stdout);
}

#[test]
fn names_of_all_kinds_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = r#"</style><script>alert(1)</script><b title='\"&amp;'>\u202e\u0007"#;
    let mut lines = format!(
        "{{\"dataset\": {{\"name\": \"{hostile}\", \"class_names\": [\"{hostile}\", \"two\"], \"names\": {{\"x\": \
         [\"{hostile}\"]}}}}}}\n"
    );
    for graph in 0..16 {
        let class = if graph % 2 == 0 { hostile } else { "two" };
        lines += &format!("{{\"edges\": [[0, 1], [1, 2]], \"x\": [[{graph}], [1], [0]], \"class\": \"{class}\"}}\n");
    }
    fs::write(folder.path().join("graphs.jsonl"), lines).unwrap();
    let place = folder.path().display();
    let files = format!("--output {place}/<b>&'\" --report {place}/<i>&'\".html");
    succeed(&format!("train --data {place}/graphs.jsonl {files} {MODEL} --set epochs=2 --validation 0.5"));
    let path = folder.path().join("<i>&'\".html");
    let body = page(&path);
    let document = Document::parse(&body).unwrap();
    let shown = "</style><script>alert(1)</script><b title='\"&amp;'>\u{202e}\u{fffd}";
    assert_eq!(text(document.descendants().find(|node| node.has_tag_name("h1")).unwrap()), shown);
    assert!(text(part(&document, "results")).contains(shown) && text(part(&document, "graphs")).contains(shown));
    assert!(text(part(&document, "run")).contains("/<b>&'\""));
    assert!(fs::read_to_string(&path).unwrap().matches("</style>").count() == 1);
    // Names of labels and numbers, too.
    let targets = format!("{{\"dataset\": {{\"names\": {{\"targets\": [\"{hostile}\", \"b\"]}}}}}}\n");
    for task in ["multilabel", "regression"] {
        let line = |graph: usize| format!("{{\"edges\": [[0, 1]], \"nodes\": 2, \"targets\": [{}, 1]}}\n", graph % 2);
        let lines: String = [targets.clone()].into_iter().chain((0..16).map(line)).collect();
        fs::write(folder.path().join("targets.jsonl"), lines).unwrap();
        let data = format!("train --data {place}/targets.jsonl --set task={task} --set early_stopping=loss");
        succeed(&format!("{data} {files} {MODEL} --set epochs=1 --validation 0.5"));
        let body = page(&path);
        assert!(text(part(&Document::parse(&body).unwrap(), "results")).contains("<script>"), "{task}");
    }
}

#[test]
fn without_validation_the_training_graphs_are_judged_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    succeed(&train(folder.path(), "--set epochs=1 --validation 0"));
    let body = page(&folder.path().join("run.html"));
    let document = Document::parse(&body).unwrap();
    let results = text(part(&document, "results"));
    assert!(results.starts_with("Results on 12 training graphs There are neither test nor"), "{results}");
    assert!(text(part(&document, "calibration")).contains("no validation graphs to fit it to"));
    assert!(!text(part(&document, "curves")).contains("validation"));
    // A model without levels has neither clusters nor losses of them.
    succeed(&train(folder.path(), "--set epochs=2 --set clusters=[] --set diagnostics=false"));
    let body = page(&folder.path().join("run.html"));
    let document = Document::parse(&body).unwrap();
    assert_eq!(count(part(&document, "curves"), "figure"), 5);
    assert!(text(part(&document, "graphs")).contains("The nodes by importance"));
    succeed(&train(folder.path(), "--set epochs=2 --set diagnostics=false"));
    assert!(page(&folder.path().join("run.html")).contains("not looked at: the key diagnostics is false"));
}

/// All nodes of a cycle are alike, so that certainty has them all in one cluster.
#[test]
fn a_level_that_collapses_is_marked_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = String::new();
    for nodes in 4..20 {
        let edges: Vec<[usize; 2]> = (0..nodes).map(|node| [node, (node + 1) % nodes]).collect();
        lines += &format!("{{\"nodes\": {nodes}, \"edges\": {edges:?}, \"class\": {}}}\n", nodes % 2);
    }
    fs::write(folder.path().join("cycles.jsonl"), lines).unwrap();
    let place = folder.path().display();
    let files = format!("--data {place}/cycles.jsonl --output {place}/model --report {place}/run.html");
    let weights = "--set entropy_weight=20 --set link_weight=0 --set modularity_weight=0 --set collapse_weight=0";
    succeed(&format!("train {files} {MODEL} {weights} --set features=degree --set learning_rate=0.1 --set epochs=20"));
    let body = page(&folder.path().join("run.html"));
    let document = Document::parse(&body).unwrap();
    assert!(text(part(&document, "warnings")).contains("level 0 uses 1."), "{body}");
    // In the legend and in the plot.
    let marks = document.descendants().filter(|node| node.attribute("class") == Some("warned"));
    assert!(marks.count() >= 2 && text(part(&document, "curves")).contains("begins to use fewer than two clusters"));
}

#[test]
fn a_resumed_run_has_all_its_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let state = "--validation 0.25 --checkpoint FOLDER/state";
    succeed(&train(folder.path(), &format!("{state} --set epochs=2")));
    succeed(&train(folder.path(), &format!("{state} --resume FOLDER/state --set epochs=5")));
    let body = page(&folder.path().join("run.html"));
    let document = Document::parse(&body).unwrap();
    assert!(text(part(&document, "warnings")).contains("The run was resumed after epoch 2:"));
    let rows = part(&document, "curves").descendants().filter(|node| node.has_tag_name("tr")).count();
    assert_eq!(rows, 1 + 5);
}

#[test]
fn a_run_that_diverges_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "--validation 0 --set batch_size=100 --set learning_rate=1e15 --set clip_norm=0 --set epochs=5";
    let ran = run(&train(folder.path(), settings));
    assert_eq!(ran.code, Some(7), "{}", ran.stderr);
    let body = page(&folder.path().join("run.html"));
    assert!(body.contains("Failed after 1 of 5 epochs: epoch 2, batch 1: the loss is "), "{body}");
    assert!(body.contains("id=\"results\""));
}

#[test]
fn what_cannot_be_written_is_found_out_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for report in ["missing/run.html", "model", "state", ""] {
        let command = train(folder.path(), "--checkpoint FOLDER/state --set epochs=2");
        all += &refusal(&command.replace("run.html", report), folder.path());
    }
    insta::assert_snapshot!("refused_reports", all);
    assert!(!folder.path().join("model").exists());
}

/// Starts a run of more epochs than anybody would wait for, and goes on once it has finished one.
#[cfg(unix)]
fn started(arguments: &str) -> (std::process::Child, BufReader<std::process::ChildStderr>) {
    let mut child = program(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut lines, mut line) = (BufReader::new(child.stderr.take().unwrap()), String::new());
    while !line.starts_with("epoch 2/") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before its first epoch");
    }
    (child, lines)
}

#[cfg(unix)]
fn ended(mut child: std::process::Child, mut lines: BufReader<std::process::ChildStderr>) -> Ran {
    let (mut stderr, mut stdout) = (String::new(), String::new());
    lines.read_to_string(&mut stderr).unwrap();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    Ran { code: child.wait().unwrap().code(), stdout, stderr }
}

#[cfg(unix)]
fn interrupt(child: &std::process::Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_run_that_was_stopped_has_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let (child, lines) = started(&train(folder.path(), "--set epochs=900000 --test 0.25 --validation 0.25"));
    interrupt(&child);
    let ran = ended(child, lines);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    let body = page(&folder.path().join("run.html"));
    let document = Document::parse(&body).unwrap();
    assert!(body.contains("Stopped by the user or a signal after "), "{body}");
    let results = text(part(&document, "results"));
    assert!(results.starts_with("Results on 3 validation graphs The run ended early"), "{results}");
    assert!(text(part(&document, "calibration")).contains("Not computed: "));
}

/// The folder of the page goes away while the run is on its way: the model stays, and the end tells.
#[cfg(unix)]
#[test]
fn a_page_that_cannot_be_written_at_the_end_costs_no_model() {
    let folder = tempfile::tempdir().unwrap();
    for (more, code, beginning) in [
        ("--set epochs=900000", 130, "diffpool: stopped: "),
        ("--set epochs=900000 --seconds 2", 5, "diffpool: error: --report "),
    ] {
        let place = folder.path().join("pages");
        fs::create_dir(&place).unwrap();
        let _ = fs::remove_file(folder.path().join("model"));
        let (child, lines) = started(&train(folder.path(), more).replace("run.html", "pages/run.html"));
        fs::remove_dir(&place).unwrap();
        if code == 130 {
            interrupt(&child);
        }
        let ran = ended(child, lines);
        let last = ran.stderr.lines().last().unwrap();
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        assert!(last.starts_with(beginning) && last.contains("; the report was not written; "), "{last}");
        assert!(last.contains("No such file or directory"), "{last}");
        assert!(ran.stdout.contains("model       ") && !ran.stdout.contains("report "), "{}", ran.stdout);
        model_file::load(&folder.path().join("model")).unwrap();
    }
}
