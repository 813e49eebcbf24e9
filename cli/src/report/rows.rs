//! The runs of several files, sorted into what is one row of the page; runs that do not belong together are refused.

use std::collections::BTreeSet;
use std::path::PathBuf;

use diffpool::config::Config;
use serde_json::{Map, Value};

use super::published;
use crate::failure::{Failure, Result};
use crate::runs::ledger;
use crate::runs::outcome::{Fold, Outcome, distinct, numbers};
use crate::runs::record::{Protocol, Record, Stage};

/// What the model is called that others are compared with.
pub const REFERENCE: &str = "DiffPool";
/// Folds of both protocols.
const FOLDS: usize = 10;
/// Final runs of every fold under `fair`.
pub const REPEATS: usize = 3;

/// All runs of one model on one data set under one protocol.
pub struct Row {
    /// The runs, in an order that does not depend on the files'.
    pub records: Vec<Record>,
    /// What they say together.
    pub outcome: Outcome,
    /// What lacks for the protocol, in words; empty where nothing does.
    pub lacking: Vec<String>,
}

/// The models on one data set under one protocol, the one that others are compared with first.
pub struct Group {
    /// Name of the data set.
    pub data: String,
    /// How the models are judged.
    pub protocol: Protocol,
    /// At least one.
    pub rows: Vec<Row>,
}

impl Row {
    /// The accuracy, with what it lacks to be one.
    pub fn accuracy(&self) -> String {
        let number = match (self.outcome.mean, self.outcome.deviation) {
            (Some(mean), Some(deviation)) => format!("{:.2} ± {:.2}", 100.0 * mean, 100.0 * deviation),
            _ => "-".to_string(),
        };
        match self.lacking.is_empty() {
            true => number,
            false => format!("{number} (incomplete: {})", self.lacking.join(", ")),
        }
    }

    /// The fewest final runs of a fold, where they are fewer than the protocol has.
    pub fn too_few_repeats(&self) -> Option<usize> {
        let fewest = self.outcome.folds.iter().map(|fold| fold.repeats).min()?;
        (self.outcome.protocol == Protocol::Fair && fewest < REPEATS).then_some(fewest)
    }
}

impl Group {
    /// The model that stands beside the published number.
    pub fn head(&self) -> &Row {
        &self.rows[0]
    }

    /// The model that the others are compared with, where there are others.
    pub fn reference(&self) -> Option<&Row> {
        self.rows.first().filter(|row| row.outcome.name == REFERENCE && self.rows.len() > 1)
    }
}

/// Reads files of runs and sorts the runs into groups.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Group>> {
    let mut found: Vec<(Record, usize)> = Vec::new();
    for (file, path) in paths.iter().enumerate() {
        found.extend(ledger::read(path)?.into_iter().map(|record| (record, file)));
    }
    if found.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::data(format!("{}: there are no runs", names.join(", "))));
    }
    let place = |(record, _): &(Record, usize)| {
        let name = record.name.clone();
        let group = (published::rank(&record.data), record.data.clone(), record.protocol);
        (group, name != REFERENCE, name, record.stage, record.fold, record.choice, record.repeat)
    };
    found.sort_by_cached_key(place);
    let mut groups: Vec<Group> = Vec::new();
    let same_row = |(a, _): &(Record, usize), (b, _): &(Record, usize)| {
        (&a.data, a.protocol, &a.name) == (&b.data, b.protocol, &b.name)
    };
    for runs in found.chunk_by(same_row) {
        let first = &runs[0].0;
        let in_context = |e: Failure| {
            let Record { data, protocol, name, .. } = first;
            e.in_context(format_args!("{data}, protocol {}, model \"{name}\"", protocol.name()))
        };
        let row = row(runs, paths).map_err(in_context)?;
        match groups.last_mut() {
            Some(group) if (&group.data, group.protocol) == (&first.data, first.protocol) => group.rows.push(row),
            _ => groups.push(Group { data: first.data.clone(), protocol: first.protocol, rows: vec![row] }),
        }
    }
    Ok(groups)
}

fn row(runs: &[(Record, usize)], paths: &[PathBuf]) -> Result<Row> {
    belong_together(runs, paths)?;
    let all: Vec<&Record> = runs.iter().map(|(record, _)| record).collect();
    let records: Vec<Record> = distinct(&all).into_iter().cloned().collect();
    let all: Vec<&Record> = records.iter().collect();
    let outcome = Outcome::of(&all).ok_or_else(|| Failure::data("there are no runs"))?;
    let lacking = lacking(&all, &outcome);
    Ok(Row { records, outcome, lacking })
}

/// Refuses runs of several libraries, configurations, grids or divisions of the graphs: no table could say what they
/// are together.
fn belong_together(runs: &[(Record, usize)], paths: &[PathBuf]) -> Result<()> {
    let chosen_by_grid: BTreeSet<&String> = runs.iter().flat_map(|(record, _)| record.changes.keys()).collect();
    let base = |record: &Record| {
        let mut keys = keys(&record.config);
        keys.retain(|key, _| !chosen_by_grid.contains(key));
        keys.insert("seed".to_string(), record.base_seed().into());
        keys
    };
    let refused = |what: String, [a, b]: [&(Record, usize); 2]| {
        let [a, b] = [a, b].map(|(run, file)| {
            let Record { fold, choice, repeat, .. } = run;
            format!("{} (fold {fold}, configuration {choice}, run {repeat})", paths[*file].display())
        });
        Err(Failure::data(format!(
            "{what}: {a}, {b}; runs that differ so need names of their own, or a page of their own"
        )))
    };
    let first = &runs[0];
    let first_base = base(&first.0);
    let by_grid: Vec<_> = runs.iter().map(|(record, _)| (&record.changes, changed(record))).collect();
    for (place, run) in runs.iter().enumerate() {
        let (record, a) = (&run.0, &first.0);
        if record.version != a.version {
            return refused(format!("runs of the libraries {} and {}", a.version, record.version), [first, run]);
        }
        let base = base(record);
        if let Some((key, value)) = base.iter().find(|(key, value)| first_base.get(*key) != Some(value)) {
            let other = first_base.get(key).unwrap_or(&Value::Null);
            return refused(format!("runs whose {key} is {other} and {value}"), [first, run]);
        }
        for (earlier, before) in runs[..place].iter().enumerate() {
            let b = &before.0;
            if b.choice == record.choice && by_grid[earlier] != by_grid[place] {
                return refused(format!("runs of several grids: configuration {}", b.choice), [before, run]);
            }
            if b.fold == record.fold && b.fingerprint != record.fingerprint {
                return refused(format!("runs on other graphs or other folds: fold {}", b.fold), [before, run]);
            }
            if b.place() == record.place() && (&b.curves, b.test) != (&record.curves, record.test) {
                return refused("the same run with two results".to_string(), [before, run]);
            }
        }
    }
    Ok(())
}

/// The values of the keys that the grid chooses.
fn changed(record: &Record) -> Vec<Option<Value>> {
    let keys = keys(&record.config);
    record.changes.keys().map(|key| keys.get(key).cloned()).collect()
}

/// A configuration by key.
pub fn keys(config: &Config) -> Map<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What lacks for the outcome to be that of the protocol.
fn lacking(records: &[&Record], outcome: &Outcome) -> Vec<String> {
    let mut lacking = Vec::new();
    let folds = numbers(records, |record| record.fold);
    let all_folds = folds.last().map_or(FOLDS, |last| FOLDS.max(last + 1));
    if outcome.folds.len() < all_folds {
        lacking.push(format!("{} of {all_folds} folds", outcome.folds.len()));
    }
    let compared = records.iter().filter(|record| record.stage != Stage::Final).count();
    let expected = folds.len() * numbers(records, |record| record.choice).len();
    if (1..expected).contains(&compared) {
        lacking.push(format!("{compared} of {expected} runs that compare configurations"));
    }
    let repeats = |fold: &Fold| fold.repeats;
    let (fewest, most) = (outcome.folds.iter().map(repeats).min(), outcome.folds.iter().map(repeats).max());
    if let (Some(fewest), Some(most)) = (fewest, most)
        && fewest < most
    {
        lacking.push(format!("between {fewest} and {most} final runs a fold"));
    }
    lacking
}
