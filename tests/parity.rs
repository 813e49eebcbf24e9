//! The presets named after other people's code give the numbers of that code.
//!
//! `tests/reference/generate.py` wrote the fixtures with PyTorch from the original formulas, in f64; its README says
//! what a file contains. `UPDATE_PARITY=1 cargo test --test parity` writes `docs/parity.md` again.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::models::{Passed, all, evaluate_batch, total, train_batch};
use diffpool::config::{Config, PoolLoss};
use diffpool::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use diffpool::model::{BatchLoss, Model};
use diffpool::ops::runtime::real::Real;
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

/// Pieces of the batch: the numbers must not depend on it.
const CHUNKS: usize = 2;
/// A tensor whose gradient is less than this share of the model's largest is 0 but for rounding in f64, and is measured
/// against the largest.
const NOTHING: f64 = 1e-12;

/// A fixture: its configuration, and every tensor as f64.
struct Fixture {
    name: String,
    config: Config,
    graphs: usize,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

impl Fixture {
    fn load(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().clone().unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.iter().map(|(name, view)| {
            let values = match view.dtype() {
                Dtype::F64 => numbers(view.data(), f64::from_le_bytes),
                Dtype::F32 => numbers(view.data(), |b| f64::from(f32::from_le_bytes(b))),
                Dtype::I32 => numbers(view.data(), |b| f64::from(i32::from_le_bytes(b))),
                Dtype::I64 => numbers(view.data(), |b| i64::from_le_bytes(b) as f64),
                other => panic!("{name} is of type {other}"),
            };
            (name.to_string(), (view.shape().to_vec(), values))
        });
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let config = Config::from_json(&metadata["config"]).unwrap_or_else(|e| panic!("{name}: {e}"));
        Self { config, graphs: metadata["graphs"].parse().unwrap(), tensors: tensors.collect(), name }
    }

    fn get(&self, name: &str) -> &[f64] {
        self.find(name).unwrap_or_else(|| panic!("{} has no {name}", self.name))
    }

    fn find(&self, name: &str) -> Option<&[f64]> {
        self.tensors.get(name).map(|(_, values)| values.as_slice())
    }

    /// The tensors whose names begin so, by the rest of the name.
    fn group<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [f64])> {
        self.tensors.iter().filter_map(move |(name, (_, v))| Some((name.strip_prefix(prefix)?, v.as_slice())))
    }

    fn classes(&self) -> usize {
        *self.tensors["logits.eval"].0.last().unwrap()
    }

    /// Whether a row of words is to be predicted, not a class.
    fn is_sequence(&self) -> bool {
        self.tensors["y"].0.len() == 2
    }

    fn dataset(&self) -> Dataset {
        let width = |kind: &str| self.tensors.get(&format!("graphs.0.{kind}")).map_or(0, |(shape, _)| shape[1]);
        let (features, categories) = (width("x"), width("categories"));
        let (channels, edge_labels) = (width("edge_attributes"), self.find("graphs.0.edge_labels").is_some());
        let rules = GraphRules { features, categories, edge_labels, ..GraphRules::default() };
        let (mut dataset, mut builder, mut attributes) =
            (Dataset::new("fixture", rules), GraphBuilder::new(), Vec::new());
        for index in 0..self.graphs {
            let part = |kind: &str| self.get(&format!("graphs.{index}.{kind}"));
            let ends: Vec<i32> = part("edges").iter().map(|&v| v as i32).collect();
            let (sources, targets) = ends.split_at(ends.len() / 2);
            let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
            let weights = single(part("weights"));
            let x = self.find(&format!("graphs.{index}.x")).map(single);
            let named = self.find(&format!("graphs.{index}.categories"));
            let named: Option<Vec<i32>> = named.map(|values| values.iter().map(|&v| v as i32).collect());
            let rows = |values: usize, columns: usize| values.checked_div(columns).unwrap_or(0);
            let nodes =
                rows(x.as_ref().map_or(0, Vec::len), features) + rows(named.as_ref().map_or(0, Vec::len), categories);
            let whole = |values: &[f64]| values.iter().map(|&v| v as i64).collect::<Vec<_>>();
            let labels = self.find(&format!("graphs.{index}.edge_labels")).map(whole);
            let input = GraphInput {
                edge_weight: Some(&weights),
                x: x.as_deref(),
                categories: named.as_deref(),
                edge_labels: labels.as_deref(),
                ..GraphInput::new(nodes, EdgeInput::List { from: sources, to: targets })
            };
            let y = if self.is_sequence() { 0 } else { self.get("y")[index] as usize };
            dataset.add(&mut builder, &input, y).unwrap();
            if let Some(values) = self.find(&format!("graphs.{index}.edge_attributes")).map(single) {
                let of_edge = |&edge: &u32| values[edge as usize * channels..][..channels].to_vec();
                attributes.extend(builder.entry_source().iter().flat_map(of_edge));
            }
        }
        if channels > 0 {
            dataset.set_edge_attributes(attributes, channels).unwrap();
        }
        if self.is_sequence() {
            let (length, words) = (self.tensors["y"].0[1], self.get("y").iter().map(|&v| v as u32));
            let offsets: Vec<usize> = (0..=self.graphs).map(|graph| graph * length).collect();
            dataset.set_sequences(&offsets, &words.collect::<Vec<_>>(), length, self.classes()).unwrap();
        }
        dataset.set_class_names((0..self.classes()).map(|class| class.to_string()).collect()).unwrap();
        dataset
    }

    fn model(&self, dataset: &Dataset) -> Model<f64> {
        let mut model = Model::new(&self.config.check().unwrap(), dataset, &all(dataset)).unwrap();
        let names: Vec<String> = model.tensors().into_iter().map(|tensor| tensor.name).collect();
        assert_eq!(names.len(), self.group("weights.").count(), "{}: another number of tensors", self.name);
        for name in names {
            let (shape, values) = &self.tensors[&format!("weights.{name}")];
            assert_eq!(*shape, model.tensor(&name).unwrap().0, "{}: {name}", self.name);
            model.set_tensor(&name, values).unwrap();
        }
        model
    }
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
}

/// The largest difference, relative to the largest expected value or to `least`.
fn difference(found: &[f64], expected: &[f64], least: f64) -> f64 {
    assert_eq!(found.len(), expected.len(), "another number of values");
    let scale = expected.iter().fold(least, |m: f64, v| m.max(v.abs()));
    let worst = found.iter().zip(expected).map(|(f, e)| (f - e).abs() / scale);
    worst.fold(0.0, |m: f64, d| if d.is_nan() { f64::INFINITY } else { m.max(d) })
}

fn wide<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|v| v.f64()).collect()
}

/// The largest relative errors of a case in one precision.
#[derive(Debug, Clone, Copy)]
struct Errors {
    eval_logits: f64,
    eval_losses: f64,
    train_logits: f64,
    train_losses: f64,
    gradients: f64,
    running: f64,
}

impl Errors {
    fn of<T: Real>(fixture: &Fixture, model: &Model<T>, dataset: &Dataset) -> Self {
        let eval = evaluate_batch(model, dataset, &all(dataset), CHUNKS);
        let train = train_batch(model, dataset, &all(dataset), CHUNKS, 1);
        let losses = |mode: &str, passed: &Passed<T>| losses(fixture, mode, total(model, passed.loss), passed.loss);
        let logits = |mode: &str, passed: &Passed<T>| {
            difference(&wide(&passed.logits.concat()), fixture.get(&format!("logits.{mode}")), 1e-30)
        };
        Self {
            eval_logits: logits("eval", &eval),
            eval_losses: losses("eval", &eval),
            train_logits: logits("train", &train),
            train_losses: losses("train", &train),
            gradients: gradients(fixture, model, &train.gradient),
            running: running(fixture, model, &train),
        }
    }

    fn rows(&self) -> [f64; 6] {
        let Self { eval_logits, eval_losses, train_logits, train_losses, gradients, running } = *self;
        [eval_logits, eval_losses, train_logits, train_losses, gradients, running]
    }
}

/// Those losses that the original defines.
fn losses(fixture: &Fixture, mode: &str, total: f64, found: BatchLoss) -> f64 {
    let pooling = PoolLoss::ALL.iter().map(|&loss| (loss.title(), found.pooling[loss]));
    let parts = [("class", found.class_loss), ("total", total)].into_iter().chain(pooling);
    let error = |(part, found): (&str, f64)| {
        let expected = fixture.find(&format!("losses.{mode}.{part}"))?;
        Some(difference(&[found], expected, 1e-30))
    };
    parts.filter_map(error).fold(0.0, f64::max)
}

fn gradients<T: Real>(fixture: &Fixture, model: &Model<T>, gradient: &[T]) -> f64 {
    let largest = fixture.group("gradients.").flat_map(|(_, v)| v).fold(0.0, |m: f64, v| m.max(v.abs()));
    let specs = model.network().layout().specs();
    assert_eq!(specs.len(), fixture.group("gradients.").count(), "{}: another number of gradients", fixture.name);
    let error = |spec: &diffpool::layers::params::ParamSpec| {
        let expected = fixture.get(&format!("gradients.{}", spec.name));
        let own = expected.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let least = if own < NOTHING * largest { largest } else { 1e-30 };
        difference(&wide(spec.slot.of(gradient)), expected, least)
    };
    specs.iter().map(error).fold(0.0, f64::max)
}

/// The running statistics after the pass.
fn running<T: Real>(fixture: &Fixture, model: &Model<T>, passed: &Passed<T>) -> f64 {
    let mut after = model.clone();
    after.copy_numbers_from(model.parameters(), &passed.running);
    let kept = after.tensors().iter().filter(|tensor| !tensor.trained).count();
    assert_eq!(kept, fixture.group("running.").count(), "{}: another number of statistics", fixture.name);
    let error = |(name, expected): (&str, &[f64])| difference(&wide(after.tensor(name).unwrap().1), expected, 1e-30);
    fixture.group("running.").map(error).fold(0.0, f64::max)
}

const BOUNDS_F64: [f64; 6] = [1e-10, 1e-10, 1e-10, 1e-10, 1e-8, 1e-10];
const BOUNDS_F32: [f64; 6] = [1e-5, 1e-5, 1e-5, 1e-5, 1e-4, 1e-5];
const COLUMNS: [&str; 6] =
    ["logits", "losses", "logits, training", "losses, training", "gradients", "running statistics"];

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parity");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Fixture::load(path)).collect()
}

#[test]
fn presets_give_the_numbers_of_the_originals() {
    let (mut table, mut failures) = (BTreeMap::new(), String::new());
    for fixture in fixtures() {
        let dataset = fixture.dataset();
        let model = fixture.model(&dataset);
        let doubles = Errors::of(&fixture, &model, &dataset).rows();
        let singles = Errors::of(&fixture, &model.cast::<f32>().unwrap(), &dataset).rows();
        for (kind, errors, bounds) in [("f64", doubles, BOUNDS_F64), ("f32", singles, BOUNDS_F32)] {
            for ((error, bound), column) in errors.iter().zip(bounds).zip(COLUMNS) {
                if *error > bound {
                    failures += &format!("{} {kind}: {column} differ by {error:.1e}\n", fixture.name);
                }
            }
            let shown: Vec<String> = errors.iter().map(|error| format!("{error:.0e}")).collect();
            println!("{:<22} {kind}  {}", fixture.name, shown.join("  "));
        }
        table.insert(fixture.name.clone(), (doubles, singles));
    }
    assert_eq!(failures, "");
    check_document(&table);
}

/// The authors' batch norm makes a graph's logits depend on the others of its batch. Ours goes graph by graph, and that
/// is the only difference. Our logits are those of the original given one graph at a time, whatever the batch, and
/// those of its padded batch with the norm taken graph by graph. They differ from those of its padded batch as it is.
#[test]
fn only_the_norm_over_the_batch_tells_the_authors_code_apart() {
    let mut compared = 0;
    for fixture in fixtures() {
        let Some(batched) = fixture.find("batched.logits") else { continue };
        let (name, original) = (&fixture.name, fixture.get("logits.eval"));
        let dataset = fixture.dataset();
        let model = fixture.model(&dataset);
        let logits = |indices: &[usize]| evaluate_batch(&model, &dataset, indices, CHUNKS).logits;
        let whole = logits(&all(&dataset)).concat();
        let bound = BOUNDS_F64[0];
        assert!(difference(&whole, original, 1e-30) <= bound, "{name}");
        assert!(difference(&whole, fixture.get("batched.per_graph"), 1e-30) <= bound, "{name}");
        for (graph, expected) in original.chunks_exact(fixture.classes()).enumerate() {
            assert!(difference(&logits(&[graph])[0], expected, 1e-30) <= bound, "{name}, graph {graph} alone");
            let other = (graph + 1) % fixture.graphs;
            assert!(difference(&logits(&[other, graph])[1], expected, 1e-30) <= bound, "{name}, {graph} with {other}");
        }
        let (apart, stated) = (difference(&whole, batched, 1e-30), difference(original, batched, 1e-30));
        println!("{name}: batched, the original's logits differ from ours by {apart:.1e}");
        assert!(stated > 1e-3 && (apart - stated).abs() <= bound, "{name}: {apart:e}, but {stated:e} in the fixture");
        compared += 1;
    }
    assert_eq!(compared, 3);
}

/// A path of `nodes` nodes, with categories that change along it.
fn add_path(dataset: &mut Dataset, nodes: usize) {
    let sources: Vec<i32> = (1..nodes as i32).collect();
    let targets: Vec<i32> = sources.iter().map(|node| node - 1).collect();
    let categories: Vec<i32> = (0..nodes as i32).flat_map(|node| [node % 5, node * node % 9, node % 7]).collect();
    let edges = EdgeInput::List { from: &sources, to: &targets };
    let input = GraphInput { categories: Some(&categories), ..GraphInput::new(nodes, edges) };
    dataset.add(&mut GraphBuilder::new(), &input, 0).unwrap();
}

/// The entry for ogbg-code2 cuts graphs off at the nodes that it pads to. The preset does not, which is the difference
/// that is left: a larger graph keeps its nodes and counts as itself in the batch norms.
#[test]
fn a_graph_larger_than_the_padding_of_ogb_code2_counts_as_itself() {
    let mut dataset = Dataset::new("paths", GraphRules { categories: 3, ..GraphRules::default() });
    let (large, cut, small) = (0, 1, 2);
    [20, 16, 9].into_iter().for_each(|nodes| add_path(&mut dataset, nodes));
    dataset.set_sequences(&[0, 2, 4, 6], &[0, 1, 2, 0, 1, 1], 2, 4).unwrap();
    dataset.set_class_names((0..4).map(|word| word.to_string()).collect()).unwrap();
    let passes = |padding: &str, indices: &[usize]| {
        let mut config = Config::preset("ogb-code2").unwrap();
        for key in ["embedding_width", "embed_hidden", "embed_output", "assign_hidden"] {
            config.set(key, 6.into()).unwrap();
        }
        config.set("embedding_sizes", vec![5, 9, 4].into()).unwrap();
        config.set("clusters", vec![4].into()).unwrap();
        config.set("padding", padding.into()).unwrap();
        let model = Model::<f64>::new(&config.check().unwrap(), &dataset, &all(&dataset)).unwrap();
        let train = train_batch(&model, &dataset, indices, CHUNKS, 1);
        let eval = evaluate_batch(&model, &dataset, indices, CHUNKS);
        [eval.logits.concat(), train.logits.concat(), train.running.mean, train.running.variance, train.gradient]
    };
    let near = |one: &[Vec<f64>; 5], other: &[Vec<f64>; 5]| {
        let worst = one.iter().zip(other).map(|(one, other)| difference(one, other, 1e-30)).fold(0.0, f64::max);
        worst < 1e-9
    };
    // No row is missing, so that nothing is padded.
    assert!(near(&passes("16", &[large]), &passes("20", &[large])));
    assert!(near(&passes("16", &[large]), &passes("none", &[large])));
    assert!(near(&passes("16", &[large, cut]), &passes("none", &[large, cut])));
    // Beside it a smaller graph is padded to 16, not to what the larger one has.
    assert!(!near(&passes("16", &[large, small]), &passes("none", &[large, small])));
    assert!(!near(&passes("16", &[large, small]), &passes("20", &[large, small])));
    // Without its nodes from 16 on it has other logits, in evaluation and in training.
    let (whole, part) = (passes("16", &[large]), passes("16", &[cut]));
    assert!(difference(&whole[0], &part[0], 1e-30) > 1e-3);
    assert!(difference(&whole[1], &part[1], 1e-30) > 1e-3);
}

type Table = BTreeMap<String, ([f64; 6], [f64; 6])>;

/// The document lists the cases; its digits are those of the machine that wrote it.
fn check_document(table: &Table) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/parity.md");
    if std::env::var_os("UPDATE_PARITY").is_some() {
        fs::write(&path, document(table)).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let cases = |text: &str| {
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| row.split('|').take(3).collect::<Vec<_>>().join("|")).collect::<Vec<_>>()
    };
    assert_eq!(cases(&written), cases(&document(table)), "write docs/parity.md again: UPDATE_PARITY=1");
}

fn document(table: &Table) -> String {
    let mut text = include_str!("fixtures/parity.md").to_string();
    for (precision, pick) in [("f64", 0), ("f32", 1)] {
        text += &format!("\n## {precision}\n\n| preset | case | {} |\n|---|---|", COLUMNS.join(" | "));
        text += &("---|".repeat(COLUMNS.len()) + "\n");
        for (name, rows) in table {
            let errors = if pick == 0 { rows.0 } else { rows.1 };
            let shown: Vec<String> =
                errors.iter().map(|&e| if e == 0.0 { "0".into() } else { format!("{e:.0e}") }).collect();
            let (preset, case) = split(name);
            text += &format!("| `{preset}` | {case} | {} |\n", shown.join(" | "));
        }
    }
    text
}

/// The preset and the rest of a fixture's name.
fn split(name: &str) -> (&str, String) {
    let presets = ["pyg", "errica", "authors", "ogb-code2", "mincut", "dmon", "just_balance", "edges"];
    let preset = presets.into_iter().find(|preset| name.starts_with(preset)).unwrap();
    (preset, name[preset.len() + 1..].replace('-', " "))
}
