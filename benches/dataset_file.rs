//! Data sets in files: how long writing and opening take and in how much memory, how fast training is from a file
//! beside the same graphs in memory, in alternating runs on a warm cache, and what becomes of it where memory is
//! smaller than the file. Prints tables in Markdown, with `--json` one JSON object of the same.
//!
//! `cargo bench --bench dataset_file`. The sets are generated syntax trees of the shape of ogbg-code2, and
//! REDDIT-MULTI-12K where it is found: a folder in TU format; see `tests/common`.
//!
//! | variable | |
//! |---|---|
//! | `DATASET_TREES` | number of trees, 450,000 |
//! | `DATASET_FOLDER` | another folder in TU format |
//! | `DATASET_GRAPHS` | graphs that an epoch visits, spread over all: 2000 |
//! | `DATASET_ROUNDS` | epochs of each: 8 |
//! | `DATASET_BATCHES` | batches trained with the preset ogb-code2 on all trees: 100 |
//! | `DATASET_CGROUP` | folder of a control group with a memory limit, in which they are trained once more |
//!
//! As root, `mkdir /sys/fs/cgroup/small && echo 1G > /sys/fs/cgroup/small/memory.max` makes such a group, on older
//! systems below `/sys/fs/cgroup/memory` with `memory.limit_in_bytes`.
#![allow(missing_docs)]

mod shared;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use diffpool::checkpoint::dataset_file;
use diffpool::checkpoint::dataset_writer::DatasetWriter;
use diffpool::config::Config;
use diffpool::data::synthetic::{
    SYNTAX_TREE_LENGTH, SYNTAX_TREE_RULES, SYNTAX_TREE_VOCABULARY, SyntheticKind, each_syntax_tree, generate,
};
use diffpool::data::tu;
use diffpool::graph::{Dataset, Store};
use diffpool::train::{Callbacks, Trainer};
use memmap2::{Advice, Mmap};
use serde_json::{Value, json};
use shared::{common, median, memory, setting, system};

/// Says to a child process what it is to do, with [`FILE`].
const TASK: &str = "DATASET_TASK";
const FILE: &str = "DATASET_FILE";
const SEED: u64 = 1;

fn open(path: &Path) -> Dataset {
    open_and_map(path).0
}

/// The data set and its file, of which is said what diffpool_dataset_open says.
fn open_and_map(path: &Path) -> (Dataset, Arc<Mmap>) {
    let mut kept = None;
    let opened = dataset_file::open(path, |file| {
        // SAFETY: the file is this program's own, and nobody else changes it.
        let map = Arc::new(unsafe { Mmap::map(file)? });
        kept = Some(map.clone());
        Ok(map as Store)
    });
    let (data, map) = (opened.unwrap(), kept.unwrap());
    map.advise(Advice::Random).unwrap();
    (data, map)
}

/// Bytes that this process had to read from disks; 0 where the system does not say.
fn read_bytes() -> f64 {
    system("/proc/self/io", "read_bytes").max(0.0)
}

fn seconds(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

/// What a child process with this task says.
fn child(task: &str, path: &Path, cgroup: Option<&Path>) -> Value {
    let program = std::env::current_exe().unwrap();
    let mut command = match cgroup {
        None => Command::new(program),
        Some(group) => {
            // The shell moves itself into the group and becomes the program: all of its memory is counted there.
            let mut shell = Command::new("sh");
            shell.args(["-c", "echo $$ > \"$0\" && exec \"$1\""]).arg(group.join("cgroup.procs")).arg(program);
            shell
        }
    };
    let output = command.env(TASK, task).env(FILE, path).output().unwrap();
    assert!(output.status.success(), "{task}: {} {}", output.status, String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Does what a parent process asks for, and says how it went.
fn serve(task: &str, path: &Path) -> Value {
    match task {
        "write" => {
            let time = seconds(|| write_trees(path));
            json!({"seconds": time, "memory": memory("VmHWM")})
        }
        "open" => {
            let mut data = None;
            let time = seconds(|| data = Some(open(path)));
            json!({"seconds": time, "memory": memory("RssAnon"), "nodes": data.map(|data| data.total_nodes())})
        }
        _ => train_trees(path),
    }
}

/// Writes trees into a file, of which one at a time is in memory.
fn write_trees(path: &Path) {
    let mut writer = DatasetWriter::new(path, SyntheticKind::SyntaxTrees.name(), SYNTAX_TREE_RULES).unwrap();
    let each = each_syntax_tree(setting("DATASET_TREES", 450_000), SEED, |tree, name| {
        writer.add(tree, 0)?;
        writer.add_sequences(&[0, name.len()], name, SYNTAX_TREE_LENGTH, SYNTAX_TREE_VOCABULARY)
    });
    each.and_then(|()| writer.finish()).unwrap();
}

/// Makes the system forget what it keeps of the file in memory: only what a process brings in itself is counted as its
/// own.
fn forget(path: &Path) {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::open(path).unwrap();
    file.sync_all().unwrap();
    // SAFETY: the file is open.
    let result = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    assert_eq!(result, 0);
}

/// Trains the preset on batches drawn from all trees of the file.
fn train_trees(path: &Path) -> Value {
    let mut opened = None;
    let opening = seconds(|| opened = Some(open_and_map(path)));
    let (data, map) = opened.unwrap();
    let mut config = Config::preset("ogb-code2").unwrap();
    config.set("patience", json!(0)).unwrap();
    config.set("threads", json!(1)).unwrap();
    // As many chunks as threads: each has memory of its own.
    config.set("chunks", json!(1)).unwrap();
    let (data, read) = (Arc::new(data), read_bytes());
    let train: Vec<usize> = (0..data.len()).collect();
    // As diffpool_trainer_new does with graphs in the order of the file.
    map.advise(Advice::Normal).unwrap();
    let mut made = None;
    let making = seconds(|| made = Some(Trainer::<f32>::new(&config.check().unwrap(), data, &train, &[]).unwrap()));
    let mut trainer = made.unwrap();
    map.advise(Advice::Random).unwrap();
    let (batches, read_before) = (setting("DATASET_BATCHES", 100), read_bytes());
    let mut stop = |record: &diffpool::train::BatchRecord| record.batch < batches;
    let training = seconds(|| {
        trainer.fit(&mut Callbacks { on_batch: Some(&mut stop), ..Callbacks::default() }).unwrap();
    });
    json!({
        "opening": opening, "making": making, "batch": training / batches as f64, "read": read * 1e-6,
        "read_making": (read_before - read) * 1e-6,
        "read_batch": (read_bytes() - read_before) * 1e-6 / batches as f64,
        "memory": memory("RssAnon"),
    })
}

/// A small model on one thread for some of the graphs: the less there is to compute, the more the file would show.
fn trainer(dataset: &Arc<Dataset>) -> Trainer<f32> {
    let mut config = Config::preset("default").unwrap();
    config.set("clusters", json!([32, 8])).unwrap();
    if dataset.sequence_length() > 0 {
        config.set("task", json!("sequence")).unwrap();
    }
    config.set("epochs", json!(1_000_000)).unwrap();
    config.set("patience", json!(0)).unwrap();
    config.set("threads", json!(1)).unwrap();
    let visited = setting("DATASET_GRAPHS", 2000).min(dataset.len());
    let train: Vec<usize> = (0..visited).map(|index| index * dataset.len() / visited).collect();
    Trainer::new(&config.check().unwrap(), dataset.clone(), &train, &[]).unwrap()
}

/// Seconds that an epoch takes.
fn epoch(trainer: &mut Trainer<f32>) -> f64 {
    seconds(|| shared::epoch(trainer))
}

/// Seconds to look at every number of as many graphs as there are, in an order without order.
fn look(data: &Dataset) -> f64 {
    let mut at = 1_usize;
    seconds(|| {
        for _ in 0..data.len() {
            at = at.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let graph = data.graph((at >> 33) % data.len());
            let edges = graph.indptr().iter().chain(graph.indices()).fold(0_u32, |sum, v| sum.wrapping_add(*v));
            let rest = graph.categories().iter().fold(0_i32, |sum, v| sum.wrapping_add(*v));
            black_box((edges, rest, graph.x().iter().sum::<f32>()));
        }
    })
}

/// Medians of memory and file, and of their ratio, in rounds in which each goes first in every other.
fn compare(mut memory: impl FnMut() -> f64, mut file: impl FnMut() -> f64) -> [f64; 3] {
    // The first ones make room, and warm the caches.
    memory();
    file();
    let round = |number: usize| {
        let before = (number % 2 == 1).then(&mut file);
        let memory = memory();
        (memory, before.unwrap_or_else(&mut file))
    };
    let rounds: Vec<(f64, f64)> = (0..setting("DATASET_ROUNDS", 8)).map(round).collect();
    let of = |value: fn(&(f64, f64)) -> f64| median(&rounds.iter().map(value).collect::<Vec<f64>>());
    [of(|round| round.0), of(|round| round.1), of(|round| round.0 / round.1)]
}

struct Section {
    title: &'static str,
    text: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Section {
    fn json(&self) -> Value {
        json!({"title": self.title, "text": self.text, "columns": self.columns, "rows": self.rows})
    }

    fn print(&self) {
        println!("### {}\n\n{}\n\n| {} |", self.title, self.text, self.columns.join(" | "));
        println!("|---|{}", "--:|".repeat(self.columns.len() - 1));
        self.rows.iter().for_each(|row| println!("| {} |", row.join(" | ")));
        println!();
    }
}

fn reddit() -> Option<PathBuf> {
    let own = std::env::var_os("DATASET_FOLDER").map(PathBuf::from);
    own.or_else(|| common::data_folder("REDDIT-MULTI-12K"))
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

/// Writing and opening, and both ways of training.
fn files(folder: &Path) -> [Section; 2] {
    let (mut files, mut speeds) = (Vec::new(), Vec::new());
    let mut add = |name: String, data: Dataset, path: &Path, writing: f64, memory: f64| {
        let opening = child("open", path, None);
        let size = std::fs::metadata(path).unwrap().len() as f64 / 1e6;
        let (graphs, nodes) = (data.len().to_string(), data.total_nodes().to_string());
        let (one, of) = (|value: f64| format!("{value:.1}"), |key: &str| opening[key].as_f64().unwrap_or(f64::NAN));
        files.push(vec![
            name.clone(),
            graphs,
            nodes,
            one(size),
            one(writing),
            one(memory),
            three(of("seconds")),
            one(of("memory")),
        ]);
        let (memory, file) = (Arc::new(data), Arc::new(open(path)));
        let looks = compare(|| look(&memory), || look(&file));
        let (mut memory, mut file) = (trainer(&memory), trainer(&file));
        let epochs = compare(|| epoch(&mut memory), || epoch(&mut file));
        speeds.push([vec![name], epochs.map(three).to_vec(), looks.map(three).to_vec()].concat());
    };
    if let Some(place) = reddit() {
        let path = folder.join("reddit");
        let data = tu::load(&place, &tu::TuOptions::default()).unwrap();
        let time = seconds(|| dataset_file::save(&data, &path).unwrap());
        let name = data.name().to_owned();
        add(name, data, &path, time, memory("VmHWM"));
    }
    let path = folder.join("trees");
    let writing = child("write", &path, None);
    let (time, most) =
        (writing["seconds"].as_f64().unwrap_or(f64::NAN), writing["memory"].as_f64().unwrap_or(f64::NAN));
    let data = generate(SyntheticKind::SyntaxTrees, setting("DATASET_TREES", 450_000), SEED).unwrap();
    add("generated syntax trees".to_owned(), data, &path, time, most);
    let written = "The syntax trees are drawn one by one and written as they come (`diffpool_dataset_writer_*`), so \
                   the time includes drawing them; other sets are loaded and saved. Memory is the largest there was; \
                   that of opening, which checks every number, is without the pages of the file, which the system \
                   takes back where memory is scarce.";
    let trained = format!(
        "One thread, a small model (default preset, clusters 32 and 8) on {} graphs spread over the whole set, and the \
         edges, features and categories of as many graphs as there are, in random order. Medians of {} alternating \
         rounds on a warm cache; the speed from the file is relative to that from memory, the median of the rounds.",
        setting("DATASET_GRAPHS", 2000),
        setting("DATASET_ROUNDS", 8)
    );
    let columns = ["data set", "graphs", "nodes", "file, MB", "writing, s", "memory, MB", "opening, s", "memory, MB"];
    let compared = [
        "data set",
        "epoch from memory, s",
        "from the file, s",
        "relative speed",
        "random graphs from memory, s",
        "from the file, s",
        "relative speed",
    ];
    [
        Section { title: "Data sets in files", text: written.into(), columns: columns.to_vec(), rows: files },
        Section { title: "From a file and from memory", text: trained, columns: compared.to_vec(), rows: speeds },
    ]
}

/// The memory limit of a control group in MB.
fn limit(group: &Path) -> f64 {
    let read = |name: &str| std::fs::read_to_string(group.join(name)).ok()?.trim().parse::<f64>().ok();
    read("memory.max").or_else(|| read("memory.limit_in_bytes")).map_or(f64::NAN, |bytes| bytes * 1e-6)
}

/// Training on all trees, without and with a limit on memory.
fn scarce(folder: &Path) -> Section {
    let path = folder.join("trees");
    let size = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
    let mut rows = Vec::new();
    let group = std::env::var_os("DATASET_CGROUP").map(PathBuf::from);
    for group in [None, group.as_deref()].into_iter().take(1 + usize::from(group.is_some())) {
        forget(&path);
        let said = child("train", &path, group);
        let of = |key: &str, digits: usize| format!("{:.digits$}", said[key].as_f64().unwrap_or(f64::NAN));
        rows.push(vec![
            group.map_or("none".to_owned(), |group| format!("{:.0} MB", limit(group))),
            format!("{size:.0}"),
            of("memory", 0),
            of("opening", 1),
            of("read", 0),
            of("making", 1),
            of("read_making", 0),
            of("batch", 3),
            of("read_batch", 2),
        ]);
    }
    let text = format!(
        "The preset ogb-code2 in one chunk on one thread, with all trees of the file in the training set: {} batches \
         of it, in the random order of an epoch. The limit is on everything that the process uses, pages of the file \
         included. Memory is what is not pages of the file. What was read came from the disk: in the beginning nothing \
         of the file is in memory.",
        setting("DATASET_BATCHES", 100)
    );
    let columns = vec![
        "limit on memory",
        "file, MB",
        "memory, MB",
        "opening, s",
        "MB read",
        "making a trainer, s",
        "MB read",
        "a batch, s",
        "MB read",
    ];
    Section { title: "With less memory than the file", text, columns, rows }
}

fn main() {
    if let (Ok(task), Some(path)) = (std::env::var(TASK), std::env::var_os(FILE)) {
        return println!("{}", serve(&task, Path::new(&path)));
    }
    // Beside the build, because a folder for temporary files may be in memory.
    let place = std::env::current_exe().unwrap();
    let folder = tempfile::tempdir_in(place.parent().unwrap()).unwrap();
    let [files, speeds] = files(folder.path());
    let sections = [files, speeds, scarce(folder.path())];
    if std::env::args().any(|argument| argument == "--json") {
        println!("{}", json!({"sections": sections.each_ref().map(Section::json)}));
    } else {
        sections.iter().for_each(Section::print);
    }
}
