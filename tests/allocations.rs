//! A warm prediction and a warm training step ask for no memory.
//!
//! With one exception. Where the library has no kernel of its own for the processor, every product of two matrices
//! makes a packing buffer inside `matrixmultiply` and frees it at once. It is told from other memory by its alignment,
//! that of a vector register: 32 or 64 bytes. The plainest kernels of that crate ask for no more than other memory
//! does; with those this test can only see that all memory is given back, and says so.
//!
//! One test alone in its binary, since all threads are watched.
#![allow(missing_docs)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use common::graphs::{
    CATEGORICAL, Columns, DIRECTED, Kind, LABELLED, PLAIN, WEIGHTED, cycles_and_cliques, random_dataset,
    with_sequences, with_targets,
};
use common::models::{all, config, model, small, split};
use diffpool::graph::{Dataset, EdgeInput, GraphInput};
use diffpool::model::{EpochRecord, Model, Session};
use diffpool::ops::gemm::gemm;
use diffpool::train::{BatchRecord, Callbacks, Trainer};
use ndarray::Array2;
use serde_json::{Value, json};

/// Counts what the system's allocator is asked for.
struct Counting;

/// What has been asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Seen {
    /// Requests with the alignment of a packing buffer.
    packing: usize,
    /// All others.
    usual: usize,
    /// Bytes taken less bytes given back.
    live: isize,
}

thread_local! {
    static OF_THREAD: Cell<Seen> = const { Cell::new(Seen { packing: 0, usual: 0, live: 0 }) };
}
static PACKING: AtomicUsize = AtomicUsize::new(0);
static USUAL: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicIsize = AtomicIsize::new(0);

fn count(layout: Layout, bytes: isize, asked: bool) {
    let mut own = OF_THREAD.get();
    own.live += bytes;
    LIVE.fetch_add(bytes, SeqCst);
    if asked && matches!(layout.align(), 32 | 64) {
        own.packing += 1;
        PACKING.fetch_add(1, SeqCst);
    } else if asked {
        own.usual += 1;
        USUAL.fetch_add(1, SeqCst);
    }
    OF_THREAD.set(own);
}

// SAFETY: every call is handed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout, layout.size() as isize, true);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout, -(layout.size() as isize), false);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout, size as isize - layout.size() as isize, true);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

impl Seen {
    /// By this thread where it works alone, else by all.
    fn now(threads: usize) -> Self {
        match threads {
            1 => OF_THREAD.get(),
            _ => Self { packing: PACKING.load(SeqCst), usual: USUAL.load(SeqCst), live: LIVE.load(SeqCst) },
        }
    }

    /// What has happened since `before`.
    fn since(self, before: Self) -> Self {
        Self { packing: self.packing - before.packing, usual: self.usual - before.usual, live: self.live - before.live }
    }
}

/// Whether products of matrices ask for nothing that could be taken for other memory.
fn products_are_known() -> bool {
    let (a, b, mut c) = (Array2::<f32>::ones((9, 9)), Array2::<f32>::ones((9, 9)), Array2::<f32>::ones((9, 9)));
    let before = Seen::now(1);
    gemm(1.0, a.view(), b.view(), 0.0, &mut c.view_mut());
    let seen = Seen::now(1).since(before);
    assert!(seen.usual + seen.packing <= 1 && seen.live == 0, "a product makes at most one buffer and frees it");
    seen.usual == 0
}

struct Case {
    name: &'static str,
    kind: Kind,
    keys: Value,
}

fn cases() -> Vec<Case> {
    let case = |name, kind, keys| Case { name, kind, keys };
    vec![
        case("multilabel", PLAIN, json!({"task": "multilabel", "metric": "accuracy"})),
        case("regression", PLAIN, json!({"task": "regression"})),
        case("sequence", PLAIN, json!({"task": "sequence", "metric": "accuracy"})),
        case("sage", PLAIN, json!({"features": "attributes,degree,clustering,one_hot_degree:3,constant:2"})),
        case("positional", LABELLED, json!({"features": "attributes,random_walk:5,laplacian:4"})),
        case("sage, directed", DIRECTED, json!({"readout": "mean"})),
        case("gcn", WEIGHTED, json!({"embed_conv": "gcn", "assign_conv": "gcn_mean", "readout": "sum"})),
        case("graph_conv, sage_max", DIRECTED, json!({"embed_conv": "graph_conv", "assign_conv": "sage_max"})),
        case("sage_max, gcn_self", WEIGHTED, json!({"embed_conv": "sage_max", "assign_conv": "gcn_self"})),
        case("gin, gat", PLAIN, json!({"embed_conv": "gin", "assign_conv": "gat", "gin_learn_epsilon": true})),
        case(
            "gat, structure2vec",
            WEIGHTED,
            json!({"embed_conv": "gat", "gat_heads": 5, "assign_conv": "structure2vec", "activation": "silu"}),
        ),
        case("gelu, l2", WEIGHTED, json!({"activation": "gelu", "l2_normalize": true, "embed_final": "linear"})),
        case("flat", PLAIN, json!({"clusters": []})),
        case("relations", LABELLED, json!({"relations": "edge_labels", "features": "attributes,clustering"})),
        case("without self-loops", PLAIN, json!({"self_loops": "drop"})),
        case("random", PLAIN, json!({"assignment": "random", "hard_assignment": true})),
        case("graclus", WEIGHTED, json!({"assignment": "graclus", "final_adjacency": "full"})),
        case("attention", PLAIN, json!({"readout": "attention"})),
        case("set2set", PLAIN, json!({"readout": "set2set", "readout_levels": "pooled"})),
        case("sort_pool", PLAIN, json!({"readout": "sort_pool", "clusters": []})),
        case(
            "cross-entropy, padded with nodes",
            LABELLED,
            json!({"link_loss": "cross_entropy", "adj_hop": 3, "padding": "batch", "padded_rows": "nodes",
                "dropout": 0.0, "relations": "edge_labels", "embed_conv": "gat", "assign_conv": "sage_max"}),
        ),
        case(
            "losses of the batch, layer norm, max",
            DIRECTED,
            json!({"loss_scope": "batch", "padding": "40", "normalization": "layer", "jumping_knowledge": "max",
                "embed_output": 5, "final_adjacency": "full", "embed_conv": "gcn"}),
        ),
        case("categories", CATEGORICAL, json!({"out_of_vocabulary": "reserve"})),
        case("cross-entropy", WEIGHTED, json!({"link_loss": "cross_entropy", "adj_hop": 2})),
        case("padded with nodes", PLAIN, json!({"padding": "20", "padded_rows": "nodes", "dropout": 0.0})),
        case(
            "layer norm, max of stack",
            PLAIN,
            json!({"normalization": "layer", "jumping_knowledge": "max", "embed_output": 5}),
        ),
        case(
            "scheduled",
            WEIGHTED,
            json!({"learning_rate_schedule": "plateau", "plateau_patience": 0, "warmup_epochs": 2, "ema_decay": 0.9,
                "label_smoothing": 0.1, "accumulate_batches": 2}),
        ),
        case(
            "averaged labels",
            PLAIN,
            json!({"task": "multilabel", "metric": "accuracy", "ema_decay": 0.9, "label_smoothing": 0.1,
                "accumulate_batches": 3, "learning_rate_schedule": "cosine"}),
        ),
        case("no batch norm", PLAIN, json!({"normalization": "none", "jumping_knowledge": "last"})),
    ]
}

/// Fails unless nothing but packing buffers was asked for and all of them have been given back.
#[track_caller]
fn check(seen: Seen, products_are_known: bool, place: &str) {
    assert_eq!(seen.live, 0, "{place}: memory was kept: {seen:?}");
    assert!(seen.usual == 0 || !products_are_known, "{place}: memory was asked for: {seen:?}");
}

fn graphs(kind: Kind) -> Dataset {
    // The largest is neither first nor last.
    let dataset = random_dataset(&[5, 12, 31, 3, 1, 26, 14, 8, 9, 30, 2, 17, 6, 25, 11, 13], kind, 5);
    with_sequences(with_targets(dataset, Columns::Labels(3), 2), 2)
}

/// The arrays of a graph as a caller would have them.
struct Arrays {
    indptr: Vec<i64>,
    indices: Vec<i32>,
}

fn sessions(products_are_known: bool) {
    for Case { name, kind, keys } in cases() {
        let dataset = graphs(kind);
        let model = Arc::new(model(&[&small(), &keys], &dataset));
        let mut session = Session::new(model.clone()).unwrap();
        let arrays: Vec<Arrays> = all(&dataset)
            .into_iter()
            .map(|i| Arrays {
                indptr: dataset.graph(i).indptr().iter().map(|&v| i64::from(v)).collect(),
                indices: dataset.graph(i).indices().iter().map(|&v| v as i32).collect(),
            })
            .collect();
        let mut pass = || {
            for (index, arrays) in arrays.iter().enumerate() {
                let graph = dataset.graph(index);
                session.predict_graph(graph).unwrap();
                let edges = EdgeInput::Csr { indptr: &arrays.indptr, indices: &arrays.indices };
                let (edge_weight, x, categories) = (graph.edge_weight(), Some(graph.x()), Some(graph.categories()));
                let edge_labels = graph.edge_labels();
                let plain = GraphInput::new(graph.nodes(), edges);
                session.predict(&GraphInput { edge_weight, edge_labels, x, categories, ..plain }).unwrap();
                assert!(session.logits().unwrap()[0].is_finite());
                assert!(session.explain(0).unwrap().importance()[0].is_finite());
            }
        };
        pass();
        let before = Seen::now(1);
        pass();
        check(Seen::now(1).since(before), products_are_known, &format!("a session of {name}"));
        reserved(&model, &dataset, products_are_known, name);
    }
}

/// A session holds as many bytes as it says, but for the few kilobytes that its own structures take.
fn held() {
    let positional = json!({"features": "laplacian:2,random_walk:6"});
    for keys in [json!({}), json!({"embed_conv": "gat", "readout": "sum"}), json!({"clusters": []}), positional] {
        let dataset = random_dataset(&[10_000, 40], WEIGHTED, 3);
        let model = Arc::new(model(&[&small(), &keys], &dataset));
        let empty = Seen::now(1);
        let mut session = Session::new(model).unwrap();
        session.predict_graph(dataset.graph(0)).unwrap();
        let (said, live) = (session.memory() as f64, Seen::now(1).since(empty).live as f64);
        assert!((said - live).abs() <= 0.02 * live + 32768.0, "{keys}: {said} bytes are said, but {live} are held");
        assert!(live > 1e6, "{live} bytes are too few to tell");
        session.shrink().unwrap();
        let left = Seen::now(1).since(empty).live;
        assert!(left < 65536 && session.memory() < 65536, "{left} bytes are held after all was given back");
    }
}

/// A session that made room for the largest graph asks for nothing when it comes.
fn reserved(model: &Arc<Model<f32>>, dataset: &Dataset, products_are_known: bool, name: &str) {
    let mut session = Session::new(model.clone()).unwrap();
    let graphs = || (0..dataset.len()).map(|index| dataset.graph(index));
    let nodes = graphs().map(|graph| graph.nodes()).max().unwrap();
    session.reserve(nodes, graphs().map(|graph| graph.entries()).max().unwrap()).unwrap();
    let before = Seen::now(1);
    graphs().for_each(|graph| session.predict_graph(graph).unwrap());
    check(Seen::now(1).since(before), products_are_known, &format!("a session of {name} that made room"));
}

fn training(products_are_known: bool) {
    for threads in [1, 2] {
        for Case { name, kind, keys } in cases() {
            let dataset = Arc::new(graphs(kind));
            train(&format!("{name}, {threads} threads"), &dataset, &keys, threads, products_are_known);
        }
        // Arrays of more than one block, which are summed and moved in parallel.
        let large = json!({"embed_hidden": 90, "embed_output": 90, "assign_hidden": 90});
        let dataset = Arc::new(cycles_and_cliques(16, 3));
        train(&format!("large, {threads} threads"), &dataset, &large, threads, products_are_known);
    }
}

const EPOCHS: usize = 8;
/// Epochs that are not looked at: in the first, buffers grow; then threads have time to start, which takes memory.
const WARM_UP: usize = 3;

fn train(name: &str, dataset: &Arc<Dataset>, keys: &Value, threads: usize, products_are_known: bool) {
    // In the same order every time, so that an epoch has seen every batch; shuffled ones grow for a few epochs.
    let run = json!({"threads": threads, "shuffle": false, "epochs": EPOCHS, "batch_size": 3, "dropout": 0.2,
        "head_dropout": 0.1, "weight_decay": 0.01});
    let (train, validation) = split(dataset);
    let batches = train.len().div_ceil(3);
    let config = config(&[&small(), &run, keys]);
    let mut trainer = Trainer::<f32>::new(&config.check().unwrap(), dataset.clone(), &train, &validation).unwrap();
    let mut seen = vec![Seen::default(); EPOCHS * batches];
    let mut at = 0;
    let mut on_batch = |_: &BatchRecord| {
        seen[at] = Seen::now(threads);
        at += 1;
        true
    };
    let mut on_epoch = |record: &EpochRecord| {
        if record.epoch < WARM_UP && threads > 1 {
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    };
    let mut callbacks =
        Callbacks { on_batch: Some(&mut on_batch), on_epoch: Some(&mut on_epoch), ..Callbacks::default() };
    trainer.fit(&mut callbacks).unwrap();
    assert_eq!(at, seen.len());
    let epochs: Vec<&[Seen]> = seen.chunks_exact(batches).skip(WARM_UP).collect();
    for (epoch, seen) in epochs.iter().enumerate() {
        for (batch, pair) in seen.windows(2).enumerate() {
            let place = format!("{name}, epoch {}, step {}", epoch + WARM_UP + 1, batch + 2);
            check(pair[1].since(pair[0]), products_are_known, &place);
        }
    }
    // From the last step of an epoch to the first of the next: validation, and the list of records may grow. A record
    // and the one that the callback gets have two lists of diagnostics each, for which sums are kept.
    for pair in epochs.windows(2) {
        let between = pair[1][0].since(pair[0][batches - 1]);
        assert!(between.usual <= 7 || !products_are_known, "{name}: {between:?} between two epochs");
    }
    // Its threads would end some time later, and give back then what they hold.
    std::mem::forget(trainer);
}

#[test]
fn warm_work_asks_for_no_memory() {
    let products_are_known = products_are_known();
    if !products_are_known {
        let _ = writeln!(
            std::io::stderr(),
            "note: the packing buffers of this processor's products look like other memory"
        );
    }
    sessions(products_are_known);
    held();
    training(products_are_known);
}
