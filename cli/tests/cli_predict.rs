//! `diffpool predict`: what the program says of graphs is what the library says, bit for bit, in whatever form they
//! come and whatever their number; and what is refused.
#![allow(missing_docs)]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;

use common::graphs::{Columns, Kind, LABELLED_DIRECTED, PLAIN, WEIGHTED, random_dataset, with_sequences, with_targets};
use common::models::{all, disturb, model, small};
use diffpool::checkpoint::{dataset_file, model_file};
use diffpool::config::Task;
use diffpool::data::json_lines;
use diffpool::graph::Dataset;
use diffpool::model::{Model, Session};
use program::{Ran, program, refusal, run, succeed};
use serde_json::{Value, json};

/// A model of a task and 70 graphs for it, enough that threads overtake each other, as files in a folder.
struct Case {
    model: Arc<Model<f32>>,
    dataset: Dataset,
}

fn case(folder: &Path, keys: &Value, columns: Columns, kind: Kind) -> Case {
    let sizes: Vec<usize> = (0..70).map(|i| 2 + 7 * i % 19).collect();
    let mut dataset = with_targets(random_dataset(&sizes, kind, 3), columns, 4);
    if keys["task"] == "sequence" {
        dataset = with_sequences(dataset, 5);
    } else {
        dataset.set_class_names(["b", "a,\"quoted\"", "c"].map(str::to_string).to_vec()).unwrap();
    }
    let mut model: Model<f32> = model(&[&small(), keys], &dataset);
    disturb(&mut model, 7);
    model_file::save(&model, &folder.join("model")).unwrap();
    dataset_file::save(&dataset, &folder.join("graphs")).unwrap();
    let mut lines = Vec::new();
    json_lines::write(&dataset, &mut lines).unwrap();
    fs::write(folder.join("graphs.jsonl"), lines).unwrap();
    Case { model: Arc::new(model), dataset }
}

fn multiclass(folder: &Path) -> Case {
    case(folder, &json!({}), Columns::Numbers(1), PLAIN)
}

/// The command with FOLDER in place of the folder.
fn in_folder(folder: &Path, arguments: &str) -> String {
    arguments.replace("FOLDER", &folder.to_string_lossy())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The bits of the numbers in a list, however deep.
fn bits(value: &Value) -> Vec<u32> {
    match value {
        Value::Array(items) => items.iter().flat_map(bits).collect(),
        // As a reader of 32 bits does it: a detour over 64 bits may round twice.
        _ => vec![value.to_string().parse::<f32>().unwrap().to_bits()],
    }
}

fn own<'a>(values: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    values.into_iter().map(|value| value.to_bits()).collect()
}

/// Checks what was printed of a graph against a session of the library.
fn check(line: &Value, session: &Session, index: usize) {
    let model = session.model();
    assert_eq!(line["graph"], index);
    let names = model.class_names();
    let probabilities = || session.probabilities().unwrap();
    match model.config().task {
        Task::Multiclass => {
            assert_eq!(line["class"], names[session.class().unwrap()]);
            let found: Vec<Value> = names.iter().map(|name| line["probabilities"][name].clone()).collect();
            assert_eq!(bits(&json!(found)), own(probabilities()), "graph {index}");
        }
        Task::Binary => {
            assert_eq!(line["class"], names[session.class().unwrap()]);
            assert_eq!(bits(&line["probabilities"]["1"]), own(probabilities()));
        }
        Task::Multilabel => {
            assert_eq!(line["labels"], json!(session.predictions().unwrap()));
            assert_eq!(bits(&line["probabilities"]), own(probabilities()));
        }
        Task::Regression => assert_eq!(bits(&line["values"]), own(session.logits().unwrap())),
        Task::Sequence => {
            let words = session.predictions().unwrap().iter().take_while(|&&word| word + 1 < names.len());
            assert_eq!(line["words"], json!(words.map(|&word| &names[word]).collect::<Vec<_>>()));
        }
    }
    assert_eq!(bits(&line["logits"]), own(session.logits().unwrap()));
    assert_eq!(bits(&line["embedding"]), own(session.embedding().unwrap()));
    let assigned = (0..session.levels()).flat_map(|level| own(session.assignment(level).unwrap()));
    assert_eq!(bits(&line["assignments"]), assigned.collect::<Vec<_>>());
}

#[test]
fn predictions_are_those_of_the_library() {
    let cases = [
        (json!({}), Columns::Numbers(1), PLAIN),
        (json!({"task": "binary"}), Columns::Labels(1), WEIGHTED),
        (json!({"task": "multilabel"}), Columns::Labels(3), PLAIN),
        (json!({"task": "regression"}), Columns::Numbers(2), WEIGHTED),
        (json!({"task": "sequence"}), Columns::Numbers(1), PLAIN),
        (
            json!({"edge_features": "attributes,labels", "embed_conv": "gine", "assign_conv": "gat"}),
            Columns::Numbers(1),
            Kind { attributed: true, ..LABELLED_DIRECTED },
        ),
    ];
    for (keys, columns, kind) in cases {
        let folder = tempfile::tempdir().unwrap();
        let Case { model, dataset } = case(folder.path(), &keys, columns, kind);
        let mut texts = Vec::new();
        for (data, threads) in [("graphs.jsonl", 1), ("graphs.jsonl", 3), ("graphs", 1), ("graphs", 2)] {
            let command = format!(
                "predict FOLDER/model --data FOLDER/{data} --threads {threads} --logits --embedding --assignments"
            );
            texts.push(succeed(&in_folder(folder.path(), &command)).stdout);
        }
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{keys}");
        let found = lines(&texts[0]);
        assert_eq!(found.len(), dataset.len());
        let mut session = Session::new(model).unwrap();
        for index in all(&dataset) {
            session.predict_graph(dataset.graph(index)).unwrap();
            check(&found[index], &session, index);
        }
    }
}

#[test]
fn a_table_has_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut headers = String::new();
    for (keys, columns) in [
        (json!({}), Columns::Numbers(1)),
        (json!({"task": "binary"}), Columns::Labels(1)),
        (json!({"task": "multilabel"}), Columns::Labels(2)),
        (json!({"task": "regression"}), Columns::Numbers(1)),
        (json!({"task": "sequence"}), Columns::Numbers(1)),
    ] {
        case(folder.path(), &keys, columns, PLAIN);
        let command = "predict FOLDER/model --data FOLDER/graphs.jsonl --graphs 3-60,0 --logits --embedding";
        let json = lines(&succeed(&in_folder(folder.path(), command)).stdout);
        let command = format!("{command} --output FOLDER/out.csv");
        assert_eq!(succeed(&in_folder(folder.path(), &command)).stdout, "");
        let mut reader = csv::Reader::from_path(folder.path().join("out.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        headers += &format!(
            "{}\n",
            header.iter().filter(|name| !name.starts_with("embedding")).collect::<Vec<_>>().join(" | ")
        );
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), json.len()), (59, 59));
        for (row, line) in rows.iter().zip(&json) {
            let numbers = |prefix: &str| -> Vec<u32> {
                let columns = header.iter().zip(row).filter(|(name, _)| name.starts_with(prefix));
                columns.map(|(_, text)| text.parse::<f32>().unwrap().to_bits()).collect()
            };
            assert_eq!(row[0], line["graph"].to_string());
            assert_eq!(numbers("logit"), bits(&line["logits"]));
            assert_eq!(numbers("embedding"), bits(&line["embedding"]));
            if let Some(class) = line["class"].as_str() {
                assert_eq!(&row[1], class);
            }
            if let Some(words) = line["words"].as_array() {
                let words: Vec<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
                assert_eq!(row[1], words.join(" "));
            }
        }
    }
    insta::assert_snapshot!("table_headers", headers);
}

fn piped(folder: &Path, arguments: &str) -> Child {
    let mut command = program(&in_folder(folder, arguments));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn graphs_are_predicted_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    multiclass(folder.path());
    let whole = succeed(&in_folder(folder.path(), "predict FOLDER/model --data FOLDER/graphs.jsonl")).stdout;
    let text = fs::read_to_string(folder.path().join("graphs.jsonl")).unwrap();
    let mut child = piped(folder.path(), "predict FOLDER/model --data - --threads 2");
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut given = text.lines();
    writeln!(input, "{}", given.next().unwrap()).unwrap();
    let mut found = String::new();
    for line in given.take(20) {
        // The next graph is only given once there is an answer to this one.
        writeln!(input, "{line}").unwrap();
        output.read_line(&mut found).unwrap();
    }
    drop(input);
    output.read_to_string(&mut found).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(found.lines().collect::<Vec<_>>(), whole.lines().take(20).collect::<Vec<_>>());
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    multiclass(folder.path());
    let mut child = piped(folder.path(), "predict FOLDER/model --data -");
    let mut input = child.stdin.take().unwrap();
    let text = fs::read_to_string(folder.path().join("graphs.jsonl")).unwrap();
    let graphs: String = text.lines().skip(1).flat_map(|line| [line, "\n"]).collect();
    // Graphs without end, until nobody takes them.
    let feeder = std::thread::spawn(move || while input.write_all(graphs.as_bytes()).is_ok() {});
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    drop(output);
    let ended = Ran::of(child.wait_with_output().unwrap());
    feeder.join().unwrap();
    assert!(first.starts_with("{\"graph\":0,"), "{first}");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_while_it_waits() {
    let folder = tempfile::tempdir().unwrap();
    multiclass(folder.path());
    fs::write(folder.path().join("out"), "old").unwrap();
    let mut child = piped(folder.path(), "predict FOLDER/model --data - --output FOLDER/out");
    let mut input = child.stdin.take().unwrap();
    let text = fs::read_to_string(folder.path().join("graphs.jsonl")).unwrap();
    writeln!(input, "{}", text.lines().nth(1).unwrap()).unwrap();
    // Long enough that it listens.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = Ran::of(child.wait_with_output().unwrap());
    drop(input);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("out is as it was\n"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "old");
}

/// Lines of graphs, some of which no model takes.
const MIXED: &str = r#"
{"id": "good", "nodes": 2, "edges": [[0, 1]], "x": [[1, 2, 3], [4, 5, 6]]}
{"id": "narrow", "nodes": 2, "edges": [[0, 1]], "x": [[1], [2]]}
{"id": 17, "nodes": 2, "edges": [[0, 2]], "x": [[1, 2, 3], [4, 5, 6]]}
{"id": "half", "nodes": 2, "edges": [[0, 1]
{"id": -1, "nodes": 1, "edges": [], "x": [[1e39, 0, 0]]}
{"dataset": {"name": "late"}}
{"nodes": 1, "edges": [], "x": [[3e38, 3e38, 3e38]]}
{"nodes": 1, "edges": [], "x": [[0, 0, 0]], "class": "of no concern", "node_labels": [4]}
"#;

#[test]
fn a_refused_graph_ends_the_run_or_has_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    multiclass(folder.path());
    fs::write(folder.path().join("mixed.jsonl"), MIXED).unwrap();
    let command = in_folder(folder.path(), "predict FOLDER/model --data FOLDER/mixed.jsonl");
    let hidden = |text: &str| text.replace(&*folder.path().to_string_lossy(), "FOLDER");
    let stopped = run(&command);
    assert_eq!((stopped.code, stopped.stdout.lines().count()), (Some(4), 1), "{}", stopped.stderr);
    let mut report = hidden(&stopped.stderr);

    for format in ["jsonl", "csv"] {
        let going = succeed(&format!("{command} --keep-going --out-format {format}"));
        assert_eq!(going.stderr, "5 of 8 graphs were refused\n");
        assert_eq!(going.stdout.lines().count(), if format == "csv" { 9 } else { 8 });
        let refused = going.stdout.lines().filter(|line| line.contains("line "));
        report += &refused.map(|line| format!("{}\n", hidden(line))).collect::<String>();
    }
    insta::assert_snapshot!("refused_graphs", report);
}

#[test]
fn graphs_of_a_data_set_are_called_by_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    multiclass(folder.path());
    let lines = r#"
{"id": "good, or so", "nodes": 1, "edges": [], "x": [[1, 2, 3]]}
{"nodes": 1, "edges": [], "x": [[1, 2, 3]]}
{"id": 17, "nodes": 1, "edges": [], "x": [[4, 5, 6]]}
"#;
    fs::write(folder.path().join("called.jsonl"), lines).unwrap();
    let output = |command: &str| succeed(&in_folder(folder.path(), command)).stdout;
    output("convert data --data FOLDER/called.jsonl --output FOLDER/called.safetensors");
    let objects = output("predict FOLDER/model --data FOLDER/called.safetensors");
    let ids: Vec<serde_json::Value> =
        objects.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, [serde_json::json!("good, or so"), serde_json::Value::Null, serde_json::json!("17")]);
    let table = output("predict FOLDER/model --data FOLDER/called.safetensors --out-format csv --graphs 2,0");
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("graph,id,class,"), "{table}");
    assert!(rows[1].starts_with("2,17,") && rows[2].starts_with("0,\"good, or so\","), "{table}");
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    multiclass(folder.path());
    fs::write(folder.path().join("mixed.jsonl"), MIXED).unwrap();
    let out = folder.path().join("out.jsonl");
    fs::write(&out, "old").unwrap();
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let command = |data: &str| in_folder(folder.path(), &format!("predict FOLDER/model --data FOLDER/{data}"));
    assert_eq!(run(&format!("{} --output {}", command("mixed.jsonl"), out.display())).code, Some(4));
    assert_eq!((fs::read_to_string(&out).unwrap(), names()), ("old".to_string(), before.clone()));
    assert_eq!(succeed(&format!("{} -o {}", command("graphs"), out.display())).stdout, "");
    assert_eq!(fs::read_to_string(&out).unwrap(), succeed(&command("graphs")).stdout);
    assert_eq!(names(), before);
}

#[test]
fn misuse_has_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    multiclass(place);
    let write = |name: &str, text: &str| fs::write(place.join(name), text).unwrap();
    write("directed.jsonl", r#"{"nodes": 1, "edges": [], "x": [[1, 2, 3]], "directed": true}"#);
    write("bare.jsonl", r#"{"nodes": 1, "edges": []}"#);
    write("list.jsonl", "[1, 2]");
    write("cut.jsonl", r#"{"nodes": 1, "edges": [], "x": [[1, 2"#);
    write("infinite.jsonl", r#"{"nodes": 1, "edges": [], "x": [[1, 2, 1e40]]}"#);
    write("empty.jsonl", "");
    write("text", "no model");
    fs::create_dir(place.join("nothing")).unwrap();
    write("lines", "{\"nodes\": 1}\n");
    let mut report = String::new();
    for arguments in [
        "predict",
        "predict FOLDER/model",
        "predict FOLDER/missing --data FOLDER/graphs",
        "predict FOLDER/text --data FOLDER/graphs",
        "predict FOLDER/graphs --data FOLDER/graphs",
        "predict FOLDER/model --data FOLDER/missing.jsonl",
        "predict FOLDER/model --data FOLDER/nothing",
        "predict FOLDER/model --data FOLDER/model",
        "predict FOLDER/model --data FOLDER/text",
        "predict FOLDER/model --data FOLDER/graphs --format jsonl",
        "predict FOLDER/model --data FOLDER/graphs --format xml",
        "predict FOLDER/model --data FOLDER/graphs --directed",
        "predict FOLDER/model --data FOLDER/graphs --out-format csv --assignments",
        "predict FOLDER/model --data FOLDER/graphs --graphs 70",
        "predict FOLDER/model --data FOLDER/graphs --graphs 1,5-3",
        "predict FOLDER/model --data FOLDER/graphs --fold 1",
        "predict FOLDER/model --data FOLDER/graphs --splits FOLDER/text --fold 0",
        "predict FOLDER/model --data FOLDER/graphs --output FOLDER/no/where",
        "predict FOLDER/model --data FOLDER/graphs --output /dev/null",
        "predict FOLDER/model --data FOLDER/graphs --unknown",
        "predict FOLDER/model --data FOLDER/directed.jsonl",
        "predict FOLDER/model --data FOLDER/bare.jsonl",
        "predict FOLDER/model --data FOLDER/bare.jsonl --directed",
        "predict FOLDER/model --data FOLDER/list.jsonl",
        "predict FOLDER/model --data FOLDER/cut.jsonl",
        "predict FOLDER/model --data FOLDER/infinite.jsonl",
        "predict FOLDER/model --data FOLDER/lines",
    ] {
        report += &refusal(&in_folder(place, arguments), place);
    }
    insta::assert_snapshot!("misuse", report);
    assert_eq!(succeed(&in_folder(place, "predict FOLDER/model --data FOLDER/empty.jsonl")).stdout, "");
}
