//! A data set in memory against the same one opened from its file: how long opening takes and in how much memory, and
//! how fast training is, in alternating runs on a warm cache. Prints a table in Markdown.
//!
//! `cargo bench --bench dataset_file`; `DATASET_FOLDER` names a folder in TU format, without it there are
//! `DATASET_TREES` syntax trees. `DATASET_GRAPHS` is how many graphs an epoch visits, spread over all, and
//! `DATASET_ROUNDS` how many epochs there are of each.
#![allow(missing_docs)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use diffpool::checkpoint::dataset_file;
use diffpool::data::synthetic::{SyntheticKind, generate};
use diffpool::data::tu;
use diffpool::graph::{Dataset, Store};
use diffpool::model::Config;
use diffpool::train::{Callbacks, Trainer};
use serde_json::json;

/// Names the file to a child process that opens it and trains for an epoch.
const CHILD: &str = "DATASET_OPEN";

/// A whole number from the environment.
fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is \"{text}\"")))
}

fn open(path: &Path) -> Dataset {
    // SAFETY: the file is this program's own, and nobody else changes it.
    dataset_file::open(path, |file| Ok(Arc::new(unsafe { memmap2::Mmap::map(file)? }) as Store)).unwrap()
}

/// A line of what Linux says of this process, such as "VmHWM"; in MB.
fn memory(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next());
    value.and_then(|kilobytes| kilobytes.parse::<f64>().ok()).map_or(f64::NAN, |kilobytes| kilobytes * 1.024e-3)
}

fn made() -> Dataset {
    match std::env::var_os("DATASET_FOLDER") {
        Some(folder) => tu::load(Path::new(&folder), &tu::TuOptions::default()).unwrap(),
        None => generate(SyntheticKind::SyntaxTrees, number("DATASET_TREES", 20_000), 1).unwrap(),
    }
}

/// A trainer on one thread, for some of the graphs.
fn trainer(dataset: Dataset) -> Trainer<f32> {
    let mut config = Config::preset("default").unwrap();
    config.set("clusters", json!([32, 8])).unwrap();
    if dataset.sequence_length() > 0 {
        config.set("task", json!("sequence")).unwrap();
    }
    config.set("epochs", json!(1_000_000)).unwrap();
    config.set("patience", json!(0)).unwrap();
    config.set("threads", json!(1)).unwrap();
    let visited = number("DATASET_GRAPHS", 2000).min(dataset.len());
    let train: Vec<usize> = (0..visited).map(|index| index * dataset.len() / visited).collect();
    Trainer::new(&config, Arc::new(dataset), &train, &[]).unwrap()
}

/// Seconds that an epoch takes.
fn epoch(trainer: &mut Trainer<f32>) -> f64 {
    let begin = Instant::now();
    // A callback that stops makes every call of `fit` one epoch.
    let mut stop = |_: &_| false;
    trainer.fit(&mut Callbacks { on_epoch: Some(&mut stop), ..Callbacks::default() }).unwrap();
    begin.elapsed().as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    if let Some(path) = std::env::var_os(CHILD) {
        let begin = Instant::now();
        let data = open(Path::new(&path));
        println!("| opening it: seconds | {:.3} |", begin.elapsed().as_secs_f64());
        println!("| opening it: peak resident memory, MB | {:.1} |", memory("VmHWM"));
        println!("| of which not pages of the file, MB | {:.1} |", memory("RssAnon"));
        let mut trainer = trainer(data);
        epoch(&mut trainer);
        println!("| training from it: memory that is not pages of the file, MB | {:.1} |", memory("RssAnon"));
        return;
    }
    let begin = Instant::now();
    let data = made();
    println!("{}: {} graphs, {} nodes\n\n| | |\n|---|--:|", data.name(), data.len(), data.total_nodes());
    println!("| making it: seconds | {:.1} |", begin.elapsed().as_secs_f64());
    println!("| in memory after that, MB | {:.1} |", memory("VmRSS"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graphs");
    let begin = Instant::now();
    dataset_file::save(&data, &path).unwrap();
    println!("| saving it: seconds | {:.3} |", begin.elapsed().as_secs_f64());
    println!("| file, MB | {:.1} |", std::fs::metadata(&path).unwrap().len() as f64 / 1e6);
    let child = Command::new(std::env::current_exe().unwrap()).env(CHILD, &path).output().unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    print!("{}", String::from_utf8_lossy(&child.stdout));
    let (mut memory, mut file) = (trainer(data), trainer(open(&path)));
    // The first epochs make room, and warm the caches.
    epoch(&mut memory);
    epoch(&mut file);
    let mut round = |number: usize| {
        // Each goes first in every other round.
        let before = (number % 2 == 1).then(|| epoch(&mut file));
        let memory = epoch(&mut memory);
        (memory, before.unwrap_or_else(|| epoch(&mut file)))
    };
    let rounds: Vec<(f64, f64)> = (0..number("DATASET_ROUNDS", 8)).map(&mut round).collect();
    println!("| epoch in memory: seconds, median | {:.3} |", median(rounds.iter().map(|round| round.0)));
    println!("| epoch from the file: seconds, median | {:.3} |", median(rounds.iter().map(|round| round.1)));
    let ratio = median(rounds.iter().map(|(memory, file)| memory / file));
    println!("| speed from the file / in memory, median of {} rounds | {ratio:.3} |", rounds.len());
}
