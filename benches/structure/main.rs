//! Whether a pooling finds planted communities, and whether it pays: agreement of the first level's clusters with the
//! communities that the graphs were drawn from, clusters in use, and accuracy, of every loss and preset against flat
//! networks, random assignments and Graclus, all trained alike.
//!
//! `cargo bench --bench structure` runs what `docs/structure/runs.jsonl` lacks and writes the tables of
//! `docs/structure.md` again. `STRUCTURE_SETS` and `STRUCTURE_MODELS` pick those whose names contain one of the words
//! in them, separated by commas, and `STRUCTURE_SEEDS` is 5; `STRUCTURE_TRY` adds networks, as an object of keys by
//! name; `STRUCTURE_RUNS=path` keeps the runs elsewhere and prints the tables. A run is a function of its line's set,
//! model and seed.
#![allow(missing_docs)]

mod models;
mod page;
mod run;
#[path = "../shared/mod.rs"]
mod shared;

use std::collections::HashSet;
use std::fs::{OpenOptions, read_to_string};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use diffpool::data::synthetic::SyntheticKind;
use run::{Data, Run};

/// The sets, in the order of the page.
const SETS: [SyntheticKind; 7] = [
    SyntheticKind::Cliques,
    SyntheticKind::Blocks,
    SyntheticKind::BlocksWithFeatures,
    SyntheticKind::HierarchicalCommunities,
    SyntheticKind::Groups,
    SyntheticKind::Distance,
    SyntheticKind::Runs,
];

fn picked(variable: &str, name: &str) -> bool {
    std::env::var(variable).map_or(true, |words| words.split(',').any(|word| name.contains(word)))
}

fn main() {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs");
    let own = std::env::var_os("STRUCTURE_RUNS").map(PathBuf::from);
    let path = own.clone().unwrap_or_else(|| docs.join("structure/runs.jsonl"));
    let mut runs: Vec<Run> = read_to_string(&path).unwrap_or_default().lines().map(Run::from_line).collect();
    let done: HashSet<_> = runs.iter().map(Run::key).collect();
    let seeds = shared::setting("STRUCTURE_SEEDS", 5) as u64;
    let mut todo = Vec::new();
    for set in SETS.iter().filter(|set| picked("STRUCTURE_SETS", set.name())) {
        for (name, keys) in models::models().into_iter().filter(|(name, _)| picked("STRUCTURE_MODELS", name)) {
            let missing = (1..=seeds).filter(|&seed| !done.contains(&(set.name().to_owned(), name.clone(), seed)));
            todo.extend(missing.map(|seed| (*set, name.clone(), keys.clone(), seed)));
        }
    }
    let (next, file) = (AtomicUsize::new(0), Mutex::new(OpenOptions::new().create(true).append(true).open(&path)));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let data = SETS.map(|set| (set, std::sync::OnceLock::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((set, name, keys, seed)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (_, data) = data.iter().find(|(of, _)| of == set).expect("all sets are there");
                    let run = run::run(data.get_or_init(|| Data::new(*set)), name, keys, *seed);
                    let line = run.line();
                    println!("{line}");
                    let mut file = file.lock().unwrap();
                    writeln!(file.as_mut().expect("the file of the runs opens"), "{line}").unwrap();
                }
            });
        }
    });
    runs = read_to_string(&path).unwrap_or_default().lines().map(Run::from_line).collect();
    let sets = SETS.map(SyntheticKind::name);
    match own {
        Some(_) => println!("{}", page::tables(&runs, &sets)),
        None => page::write(&docs.join("structure.md"), &page::tables(&runs, &sets)),
    }
}
