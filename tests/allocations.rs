//! A warm prediction and a warm training step ask for no memory.
//!
//! Where the engine multiplies matrices in its own kernel that is all there is to say, and every thread counts. Where it
//! leaves them to `matrixmultiply`, each product makes a packing buffer there and frees it at once. It is told from
//! everything else by its alignment, that of a vector register: 32 for AVX and NEON. That crate's other kernels ask for
//! no more than 16, like everybody else; there this test can only see that one thread gives all memory back. In both
//! cases a thread counts from its first product on, and the test says which case it met.
#![allow(missing_docs)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst};

use common::graphs::{DIRECTED, Kind, PLAIN, WEIGHTED, cycles_and_cliques, random_dataset};
use common::models::{all, config, model, small, split};
use diffpool::graph::{Dataset, EdgeInput, GraphInput};
use diffpool::model::Session;
use diffpool::ops::gemm::gemm;
use diffpool::train::{BatchRecord, Callbacks, Trainer};
use ndarray::Array2;
use serde_json::{Value, json};

/// Counts what the system's allocator is asked for.
struct Counting;

/// How products get memory on this processor.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Products {
    /// They need none.
    Free,
    /// By packing buffers that can be told from other memory.
    Packing,
    /// By packing buffers that look like other memory.
    Unknown,
}

/// Whether every thread counts.
static ALL_COUNT: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread has multiplied matrices.
    static WORKS: Cell<bool> = const { Cell::new(false) };
}

/// Requests with any other alignment.
static USUAL: AtomicUsize = AtomicUsize::new(0);
/// Requests with the alignment of a packing buffer.
static PACKING: AtomicUsize = AtomicUsize::new(0);
/// Bytes in use.
static LIVE: AtomicIsize = AtomicIsize::new(0);

fn count(layout: Layout, bytes: isize, asked: bool) {
    // Queues of threads ask for 128.
    let packing = matches!(layout.align(), 32 | 64);
    if packing {
        WORKS.set(true);
    }
    if ALL_COUNT.load(SeqCst) || WORKS.get() {
        LIVE.fetch_add(bytes, SeqCst);
        if asked {
            let counter = if packing { &PACKING } else { &USUAL };
            counter.fetch_add(1, SeqCst);
        }
    }
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

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Seen {
    usual: usize,
    packing: usize,
    live: isize,
}

impl Seen {
    fn now() -> Self {
        Self { usual: USUAL.load(SeqCst), packing: PACKING.load(SeqCst), live: LIVE.load(SeqCst) }
    }

    /// What has happened since `before`.
    fn since(self, before: Self) -> Self {
        Self { usual: self.usual - before.usual, packing: self.packing - before.packing, live: self.live - before.live }
    }
}

/// What a product asks for with the kernel that this processor gets.
fn products() -> Products {
    let (a, b, mut c) = (Array2::<f32>::ones((9, 9)), Array2::<f32>::ones((9, 9)), Array2::<f32>::ones((9, 9)));
    let before = Seen::now();
    gemm(1.0, a.view(), b.view(), 0.0, &mut c.view_mut());
    let seen = Seen::now().since(before);
    assert_eq!(seen.live, 0, "a product frees what it asks for");
    match (seen.usual, seen.packing) {
        (0, 0) => Products::Free,
        (0, 1) => Products::Packing,
        (1, 0) => Products::Unknown,
        _ => panic!("a product makes at most one buffer, but {seen:?}"),
    }
}

struct Case {
    name: &'static str,
    kind: Kind,
    keys: Value,
}

fn cases() -> Vec<Case> {
    let case = |name, kind, keys| Case { name, kind, keys };
    vec![
        case("sage", PLAIN, json!({"features": "attributes,degree,clustering,one_hot_degree:3,constant:2"})),
        case("sage, directed", DIRECTED, json!({"readout": "mean"})),
        case("gcn", WEIGHTED, json!({"embed_conv": "gcn", "assign_conv": "gcn_mean", "readout": "sum"})),
        case("gelu, l2", WEIGHTED, json!({"activation": "gelu", "l2_normalize": true, "embed_final": "linear"})),
        case("flat", PLAIN, json!({"clusters": []})),
        case("no batch norm", PLAIN, json!({"normalization": "none", "jumping_knowledge": "last"})),
    ]
}

/// Fails unless nothing but packing buffers was asked for and all of them have been given back.
#[track_caller]
fn check(seen: Seen, products: Products, place: &str) {
    assert_eq!(seen.live, 0, "{place}: memory was kept: {seen:?}");
    if products != Products::Unknown {
        assert_eq!(seen.usual, 0, "{place}: memory was asked for: {seen:?}");
    }
    assert_eq!(seen.packing > 0, products == Products::Packing, "{place}: {seen:?}");
}

fn graphs(kind: Kind) -> Dataset {
    // The largest is neither first nor last.
    random_dataset(&[5, 12, 31, 3, 1, 26, 14, 8, 9, 30, 2, 17, 6, 25, 11, 13], kind, 5)
}

/// The arrays of a graph as a caller would have them.
struct Arrays {
    indptr: Vec<i64>,
    indices: Vec<i32>,
}

fn sessions(products: Products) {
    for Case { name, kind, keys } in cases() {
        let dataset = graphs(kind);
        let mut session = Session::new(Arc::new(model(&[&small(), &keys], &dataset))).unwrap();
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
                let (nodes, edge_weight, x) = (graph.nodes(), graph.edge_weight(), Some(graph.x()));
                session.predict(&GraphInput { nodes, edges, edge_weight, x, node_labels: None }).unwrap();
                assert!(session.logits().unwrap()[0].is_finite());
            }
        };
        pass();
        let before = Seen::now();
        pass();
        check(Seen::now().since(before), products, &format!("a session of {name}"));
    }
}

const EPOCHS: usize = 5;

fn training(products: Products) {
    let threads: &[usize] = if products != Products::Unknown { &[1, 2] } else { &[1] };
    for &threads in threads {
        for Case { name, kind, keys } in cases() {
            let dataset = Arc::new(graphs(kind));
            train(&format!("{name}, {threads} threads"), &dataset, &keys, threads, products);
        }
        // Arrays of more than one block, which are summed and moved in parallel.
        let large = json!({"embed_hidden": 90, "embed_output": 90, "assign_hidden": 90});
        let dataset = Arc::new(cycles_and_cliques(16, 3));
        train(&format!("large, {threads} threads"), &dataset, &large, threads, products);
    }
}

fn train(name: &str, dataset: &Arc<Dataset>, keys: &Value, threads: usize, products: Products) {
    // In the same order every time, so that an epoch has seen every batch; shuffled ones grow for a few epochs.
    let run = json!({"threads": threads, "shuffle": false, "epochs": EPOCHS, "batch_size": 3, "dropout": 0.2,
        "head_dropout": 0.1, "class_weights": [], "weight_decay": 0.01});
    let (train, validation) = split(dataset);
    let batches = train.len().div_ceil(3);
    let config = config(&[&small(), &run, keys]);
    let mut trainer = Trainer::<f32>::new(&config, dataset.clone(), &train, &validation).unwrap();
    let mut seen = vec![Seen::default(); EPOCHS * batches];
    let mut at = 0;
    let mut on_batch = |_: &BatchRecord| {
        seen[at] = Seen::now();
        at += 1;
        true
    };
    trainer.fit(&mut Callbacks { on_batch: Some(&mut on_batch), ..Callbacks::default() }).unwrap();
    assert_eq!(at, seen.len());
    // The first epoch warms up, and its validation.
    for (epoch, seen) in seen.chunks_exact(batches).enumerate().skip(1) {
        for (batch, pair) in seen.windows(2).enumerate() {
            check(pair[1].since(pair[0]), products, &format!("{name}, epoch {epoch}, step {}", batch + 1));
        }
    }
    // From the last step of an epoch to the first of the next: validation, the record, and the list of records growing.
    for (epoch, pair) in seen.chunks_exact(batches).collect::<Vec<_>>().windows(2).enumerate().skip(1) {
        let between = pair[1][0].since(pair[0][batches - 1]);
        if products != Products::Unknown {
            assert!(between.usual <= 1, "{name}: {between:?} after epoch {}", epoch + 1);
        }
    }
    // Its threads would end some time later and give back what they hold.
    std::mem::forget(trainer);
}

#[test]
fn warm_work_asks_for_no_memory() {
    WORKS.set(true);
    let products = products();
    let _ = writeln!(std::io::stderr(), "note: memory of matrix products on this processor: {products:?}");
    ALL_COUNT.store(products == Products::Free, SeqCst);
    sessions(products);
    training(products);
}
