//! What the page says of one model on one data set.

use std::collections::BTreeMap;

use diffpool::config::Config;
use diffpool::train::is_collapsed;
use serde_json::{Map, Value};

use super::command::commands;
use super::markdown::Table;
use super::rows::{self, Row};
use crate::runs::outcome::{Outcome, numbers};
use crate::runs::record::{Protocol, Record, Stage};
use crate::text::{duration, in_markdown, in_markup};

/// The whole section.
pub fn text(row: &Row) -> String {
    let Row { records, outcome, .. } = row;
    let first = &records[0];
    let mut parts = vec![format!("#### {}", in_markdown(&outcome.name))];
    let mut line = format!("{}. {} runs of library {}", row.accuracy(), outcome.runs, first.version);
    if let (Some(choice), Some(epoch)) = (outcome.choice, outcome.epoch) {
        line.push_str(&format!(", judged at epoch {epoch} of configuration {choice}"));
    }
    let seconds: f64 = records.iter().map(|record| record.seconds).sum();
    let (processor, wall) = (duration(outcome.cpu_seconds), duration(seconds));
    line.push_str(&format!("; {} parameters; processor time {processor}, wall time {wall}. ", parameters(row)));
    line.push_str(&ends(records));
    parts.push(line);
    parts.extend(clusters(records));
    parts.push(format!("```sh\n{}\n```", commands(records).join("\n")));
    parts.push(format!("<details><summary>Configuration, choices and folds of {}</summary>", in_markup(&outcome.name)));
    parts.push(preset(records));
    parts.push(grid(row));
    parts.push(folds(row));
    parts.push("</details>".to_string());
    parts.join("\n\n")
}

/// The number of parameters; of several configurations the smallest and the largest.
pub fn parameters(row: &Row) -> String {
    range(row.records.iter().map(|record| record.parameters))
}

fn range(values: impl Iterator<Item = usize> + Clone) -> String {
    let (least, most) = (values.clone().min().unwrap_or(0), values.max().unwrap_or(0));
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

/// How the runs ended.
fn ends(records: &[Record]) -> String {
    let epochs = range(records.iter().map(|record| record.curves.train_loss.len()));
    let count = |of: &str| records.iter().filter(|record| record.ended == of).count();
    let (finished, patience) = (count("finished"), count("patience"));
    let mut text = format!("Epochs a run: {epochs}; {finished} had all, {patience} ended early by patience");
    let diverged: Vec<&Record> =
        records.iter().filter(|record| !matches!(record.ended.as_str(), "finished" | "patience")).collect();
    if let Some(first) = diverged.first() {
        let (fold, choice, repeat) = (first.fold, first.choice, first.repeat);
        let which = format!("fold {fold}, configuration {choice}, run {repeat}");
        let message = in_markdown(&first.ended);
        text.push_str(&format!(", **{} diverged**, such as {which} ({message})", diverged.len()));
    }
    text + "."
}

/// How many of their clusters the runs use, where they say so: a mean for each list of clusters.
fn clusters(records: &[Record]) -> Option<String> {
    let mut lists: BTreeMap<Vec<usize>, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| !record.clusters.is_empty()) {
        lists.entry(record.clusters.iter().map(|level| level.given).collect()).or_default().push(record);
    }
    let of_list = |(given, records): (&Vec<usize>, &Vec<&Record>)| {
        let mean = |level: usize| {
            records.iter().map(|record| record.clusters[level].effective).sum::<f64>() / records.len() as f64
        };
        let levels = given.iter().enumerate().map(|(level, given)| format!("{:.1} of {given}", mean(level)));
        format!("{} (runs: {})", levels.collect::<Vec<_>>().join(" and "), records.len())
    };
    let means: Vec<String> = lists.iter().map(of_list).collect();
    let has_collapsed =
        |record: &&Record| record.clusters.iter().any(|level| is_collapsed(level.given, level.effective));
    let collapsed = records.iter().filter(has_collapsed).count();
    let warning = match collapsed {
        0 => String::new(),
        _ => format!(" **A level has collapsed in {collapsed} of {}**.", records.len()),
    };
    (!means.is_empty()).then(|| format!("Effective clusters, mean of the runs: {}.{warning}", means.join("; ")))
}

/// Keys that differ from the preset, other than those of the grid.
fn preset(records: &[Record]) -> String {
    let first = &records[0];
    let preset = &first.config.preset;
    let base = Config::preset(preset).map(|config| rows::keys(&config)).unwrap_or_default();
    let mut differing = rows::keys(&first.config);
    differing.insert("seed".to_string(), first.base_seed().into());
    differing.retain(|key, value| {
        let chosen = records.iter().any(|record| record.changes.contains_key(key));
        // What the command decides for every run.
        let given = matches!(key.as_str(), "threads" | "checkpoint_every" | "diagnostics");
        !chosen && !given && base.get(key) != Some(value)
    });
    if differing.is_empty() {
        return format!("The preset `{preset}`, with no key changed.");
    }
    format!("Keys that differ from the preset `{preset}`: {}.", shown(&differing))
}

fn shown(keys: &Map<String, Value>) -> String {
    // As it would be given to `--set`.
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    keys.iter().map(|(key, value)| format!("`{key}={}`", text(value))).collect::<Vec<_>>().join(", ")
}

/// The configurations of the grid: how often each was chosen, and what the choice was by.
fn grid(row: &Row) -> String {
    let Row { records, outcome, .. } = row;
    let all: Vec<&Record> = records.iter().collect();
    let choices = numbers(&all, |record| record.choice);
    if choices.len() == 1 {
        return "There was one configuration, so nothing was chosen.".to_string();
    }
    let paper = outcome.protocol == Protocol::Paper;
    let last = if paper { "best epoch" } else { "chosen in folds" };
    let mut table = Table::new(&["configuration", "keys", "validation accuracy", last], 2);
    for choice in choices {
        let of_choice: Vec<&Record> =
            all.iter().copied().filter(|run| run.choice == choice && run.stage != Stage::Final).collect();
        let changes = all.iter().find(|run| run.choice == choice).map(|run| shown(&run.changes)).unwrap_or_default();
        let (validation, last) = if paper {
            let alone = Outcome::of(&of_choice);
            let epoch = alone.as_ref().and_then(|alone| alone.epoch).map_or("-".to_string(), |epoch| epoch.to_string());
            let chosen = if outcome.choice == Some(choice) { format!("{epoch}, chosen") } else { epoch };
            (alone.and_then(|alone| alone.mean), chosen)
        } else {
            let chosen = outcome.folds.iter().filter(|fold| fold.choice == choice).count();
            let found: Vec<f64> = of_choice.iter().filter_map(|run| run.validation).map(|v| v.accuracy).collect();
            let mean = (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64);
            (mean, chosen.to_string())
        };
        let validation = validation.map_or_else(|| "-".to_string(), |mean| format!("{:.2}", 100.0 * mean));
        table.push(vec![choice.to_string(), changes, validation, last]);
    }
    table.text()
}

/// The folds, one in a column.
fn folds(row: &Row) -> String {
    let folds = &row.outcome.folds;
    if folds.is_empty() {
        return "No fold has an outcome yet.".to_string();
    }
    let numbers: Vec<String> = folds.iter().map(|fold| fold.fold.to_string()).collect();
    let mut header = vec!["fold"];
    header.extend(numbers.iter().map(String::as_str));
    let mut table = Table::new(&header, 1);
    let mut line = |name: &str, of: &dyn Fn(&crate::runs::outcome::Fold) -> String| {
        let mut cells = vec![name.to_string()];
        cells.extend(folds.iter().map(of));
        table.push(cells);
    };
    line("validation", &|fold| format!("{:.2}", 100.0 * fold.validation));
    if row.outcome.protocol == Protocol::Fair {
        line("test", &|fold| format!("{:.2}", 100.0 * fold.accuracy()));
        line("configuration", &|fold| fold.choice.to_string());
        line("final runs", &|fold| fold.repeats.to_string());
    }
    table.text()
}
