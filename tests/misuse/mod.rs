//! One right call of every exported function that can fail, any argument of which can be made wrong.
//!
//! The module stands in for both sides of the border: integration tests include it with `diffpool::ffi` in scope, and
//! the unit tests of `src/ffi`, which alone can poison a handle, with `crate::ffi`.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::Write;
use std::path::Path;
use std::ptr::{null, null_mut};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::ffi::config::*;
use super::ffi::control::*;
use super::ffi::dataset::*;
use super::ffi::dataset_parts::*;
use super::ffi::dataset_read::*;
use super::ffi::dataset_source::*;
use super::ffi::dataset_text::*;
use super::ffi::dataset_writer::*;
use super::ffi::epoch::*;
use super::ffi::error::*;
use super::ffi::evaluation::*;
use super::ffi::fine_tuning::*;
use super::ffi::graph::*;
use super::ffi::graph_nodes::*;
use super::ffi::graph_read::*;
use super::ffi::graph_weights::*;
use super::ffi::graph_whole::*;
use super::ffi::history::*;
use super::ffi::indices::DIFFPOOL_ALL;
use super::ffi::levels::*;
use super::ffi::log::*;
use super::ffi::metadata::*;
use super::ffi::model::*;
use super::ffi::predictor::*;
use super::ffi::schema::*;
use super::ffi::session::*;
use super::ffi::split::*;
use super::ffi::split_file::*;
use super::ffi::status::*;
use super::ffi::targets::*;
use super::ffi::tensors::*;
use super::ffi::trainer::*;
use super::ffi::version::*;

/// A function and a way to call it: rightly, or with NULL for one of its arguments.
pub struct Case {
    pub name: &'static str,
    pub call: Box<dyn Fn(Option<usize>, *mut *mut DiffpoolError) -> DiffpoolStatus>,
}

/// An argument that may be replaced by NULL.
trait Argument: Sized {
    fn null() -> Self;
}

impl<T> Argument for *const T {
    fn null() -> Self {
        null()
    }
}

impl<T> Argument for *mut T {
    fn null() -> Self {
        null_mut()
    }
}

macro_rules! never_null {
    ($($kind:ty),* $(,)?) => {
        $(impl Argument for $kind {
            fn null() -> Self {
                unreachable!("only pointers are replaced")
            }
        })*
    };
}

never_null!(
    c_int,
    u32,
    f32,
    u64,
    usize,
    isize,
    i64,
    f64,
    DiffpoolEpochCallback,
    DiffpoolBatchCallback,
    DiffpoolLogCallback,
    DiffpoolProgressCallback
);

fn pick<T: Argument>(value: T, at: &mut usize, null_at: Option<usize>) -> T {
    *at += 1;
    if null_at == Some(*at - 1) { T::null() } else { value }
}

macro_rules! case {
    ($function:ident($($argument:expr),* $(,)?)) => {
        Case {
            name: stringify!($function),
            call: Box::new(move |null_at, error| {
                let mut at = 0;
                let _ = (&mut at, null_at);
                // SAFETY: the fixture's handles and arrays are live for the whole test; NULL is what is tested.
                unsafe { $function($(pick($argument, &mut at, null_at),)* about_to_call(error)) }
            }),
        }
    };
}

thread_local! {
    /// Called when all arguments of a call are there, right before it.
    pub static BEFORE_CALL: Cell<fn()> = const { Cell::new(|| {}) };
}

fn about_to_call(error: *mut *mut DiffpoolError) -> *mut *mut DiffpoolError {
    BEFORE_CALL.get()();
    error
}

const UNTOUCHED: u64 = 0xA5A5_A5A5_A5A5_A5A5;
/// Numbers of 64 bits in a place for results, and as many more of 32 bits.
pub const PLACE: usize = 256;

thread_local! {
    /// Every place for results that this thread's cases were given.
    static PLACES: RefCell<Vec<*const u64>> = const { RefCell::new(Vec::new()) };
}

/// A place for results whose being written to shows.
fn place<T>() -> *mut T {
    let place: *mut u64 = Box::leak(Box::new([UNTOUCHED; PLACE])).as_mut_ptr();
    PLACES.with_borrow_mut(|places| places.push(place));
    place.cast()
}

/// Whether all places given out since the last question are as they were.
pub fn places_are_untouched() -> bool {
    let places = PLACES.take();
    // SAFETY: the places are never freed, and no call is writing to them now.
    places.into_iter().all(|place| (0..PLACE).all(|at| unsafe { *place.add(at) } == UNTOUCHED))
}

/// Status and message of a call.
pub fn outcome(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) -> (DiffpoolStatus, String) {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new, and freed last.
    let (told, message) = unsafe {
        let message = CStr::from_ptr(diffpool_error_message(error)).to_str().unwrap().to_owned();
        (diffpool_error_status(error), message)
    };
    assert_eq!(told, status, "{message}");
    // SAFETY: as above.
    unsafe { diffpool_error_free(error) };
    (status, message)
}

/// Does what must succeed.
pub fn expect(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) {
    let (status, message) = outcome(call);
    assert_eq!(status, DiffpoolStatus::Ok, "{message}");
}

/// One handle of each kind, ready for use, and files for them to be read from.
pub struct Fixture {
    pub config: *mut DiffpoolConfig,
    pub dataset: *mut DiffpoolDataset,
    /// Two graphs with an attribute each.
    pub attributed: *mut DiffpoolDataset,
    /// No graphs yet.
    pub empty: *mut DiffpoolDataset,
    pub split: *mut DiffpoolSplit,
    pub model: *mut DiffpoolModel,
    pub trainer: *mut DiffpoolTrainer,
    pub evaluation: *mut DiffpoolEvaluation,
    pub predictor: *mut DiffpoolPredictor,
    pub graph: *mut DiffpoolGraph,
    pub control: *mut DiffpoolControl,
    pub session: *mut DiffpoolSession,
    /// Writers of files, without graphs.
    pub writers: [*mut DiffpoolDatasetWriter; 4],
    pub folder: tempfile::TempDir,
}

/// A ring of three nodes; with only the first two edges, a path.
pub const FROM: [i32; 3] = [0, 1, 2];
pub const TO: [i32; 3] = [1, 2, 0];
pub const INDPTR: [i32; 4] = [0, 1, 2, 3];
/// All graphs of the fixture's data set.
pub const ALL: [usize; 6] = [0, 1, 2, 3, 4, 5];
pub const X: [f32; 6] = [0.5, -1.0, 2.0, 0.25, 1.0, 0.0];

const SMALL: &CStr =
    c"{\"embed_hidden\": 4, \"embed_output\": 4, \"assign_hidden\": 4, \"clusters\": [2], \"epochs\": 1,
    \"batch_size\": 4, \"patience\": 0, \"threads\": 1}";

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut config, mut dataset, mut split) = (null_mut(), null_mut(), null_mut());
        let (mut attributed, mut empty) = (null_mut(), null_mut());
        write_tu(folder.path());
        let two = c_path(&folder.path().join("TWO"));
        let names = [c"-1".as_ptr(), c"1".as_ptr()];
        let (mut model, mut trainer, mut session) = (null_mut(), null_mut(), null_mut());
        let (mut evaluation, mut predictor, mut control) = (null_mut(), null_mut(), null_mut());
        let graph = new_graph();
        // SAFETY: every pointer is to a live local or constant, or is a handle made by the call before.
        unsafe {
            expect(|e| diffpool_config_from_json(SMALL.as_ptr(), &mut config, e));
            expect(|e| diffpool_dataset_new(c"small".as_ptr(), 0, &mut dataset, e));
            for y in [0, 1, 0, 1, 0, 1] {
                expect(|e| diffpool_graph_set_edges(graph, 3, FROM.as_ptr(), TO.as_ptr(), 3 - y, e));
                expect(|e| diffpool_graph_set_class(graph, y, e));
                expect(|e| diffpool_dataset_add(dataset, graph, e));
            }
            expect(|e| diffpool_dataset_load(two, c"tu".as_ptr(), null(), null(), &mut attributed, e));
            expect(|e| diffpool_dataset_set_class_names(attributed, names.as_ptr(), 2, e));
            expect(|e| diffpool_dataset_new(c"empty".as_ptr(), 0, &mut empty, e));
            expect(|e| diffpool_split_new(&mut split, e));
            expect(|e| diffpool_split_set_train(split, ALL.as_ptr(), 5, e));
            expect(|e| diffpool_split_set_validation(split, ALL[5..].as_ptr(), 1, e));
            expect(|e| diffpool_control_new(&mut control, e));
            expect(|e| diffpool_model_new(config, dataset, null(), &mut model, e));
            expect(|e| diffpool_trainer_new(config, dataset, split, null(), &mut trainer, e));
            expect(|e| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), e));
            expect(|e| diffpool_predictor_new(model, 2, &mut predictor, e));
            let all = DIFFPOOL_ALL;
            expect(|e| diffpool_predictor_evaluate(predictor, dataset, null(), all, null(), &mut evaluation, e));
            expect(|e| diffpool_predictor_predict_dataset(predictor, dataset, null(), all, null(), e));
            expect(|e| diffpool_session_new(model, &mut session, e));
            expect(|e| diffpool_session_predict_from(session, dataset, 0, null(), e));
        }
        write_ogb(folder.path());
        let file = c_path(&folder.path().join("small.dataset"));
        // SAFETY: the data set is live, and the path is a string that is never freed.
        expect(|e| unsafe { diffpool_dataset_save(dataset, file, e) });
        let writers = ["a", "b", "c", "d"].map(|name| new_writer(c_path(&folder.path().join(name))));
        Self {
            config,
            dataset,
            attributed,
            empty,
            split,
            model,
            trainer,
            evaluation,
            predictor,
            graph,
            control,
            session,
            writers,
            folder,
        }
    }

    /// A path within the fixture's folder, as C wants it. The memory is not given back.
    pub fn path(&self, name: &str) -> *const c_char {
        c_path(&self.folder.path().join(name))
    }

    /// The same without trainer, predictor and session, so that data set and model can be changed.
    pub fn loose() -> Self {
        let mut fixture = Self::new();
        // SAFETY: all are live, and nothing uses them after.
        unsafe {
            diffpool_trainer_free(std::mem::replace(&mut fixture.trainer, null_mut()));
            diffpool_predictor_free(std::mem::replace(&mut fixture.predictor, null_mut()));
            diffpool_session_free(std::mem::replace(&mut fixture.session, null_mut()));
        }
        fixture
    }

    /// Frees all handles.
    pub fn free(self) {
        // SAFETY: all are live or NULL, and nothing uses them after.
        unsafe {
            diffpool_config_free(self.config);
            diffpool_dataset_free(self.dataset);
            diffpool_dataset_free(self.attributed);
            diffpool_dataset_free(self.empty);
            diffpool_split_free(self.split);
            diffpool_model_free(self.model);
            diffpool_trainer_free(self.trainer);
            diffpool_evaluation_free(self.evaluation);
            diffpool_predictor_free(self.predictor);
            diffpool_graph_free(self.graph);
            diffpool_control_free(self.control);
            diffpool_session_free(self.session);
            self.writers.into_iter().for_each(|writer| diffpool_dataset_writer_free(writer));
        }
    }
}

/// A ring of three nodes with two features each, of class 0.
pub fn new_graph() -> *mut DiffpoolGraph {
    let mut graph = null_mut();
    // SAFETY: every pointer is to a live local or constant.
    unsafe {
        expect(|e| diffpool_graph_new(&mut graph, e));
        expect(|e| diffpool_graph_set_edges(graph, 3, FROM.as_ptr(), TO.as_ptr(), 3, e));
        expect(|e| diffpool_graph_set_x(graph, X.as_ptr(), 3, 2, e));
        expect(|e| diffpool_graph_set_class(graph, 0, e));
    }
    graph
}

/// A writer of graphs like those of the fixture.
pub fn new_writer(path: *const c_char) -> *mut DiffpoolDatasetWriter {
    let mut writer = null_mut();
    // SAFETY: the path is a string that is never freed, and the place a local.
    expect(|e| unsafe { diffpool_dataset_writer_new(path, c"written".as_ptr(), 0, &mut writer, e) });
    writer
}

fn c_path(path: &Path) -> *const c_char {
    CString::new(path.to_str().unwrap()).unwrap().into_raw()
}

/// A data set of two graphs in TU format, in a folder of the name `TWO`.
fn write_tu(folder: &Path) {
    let folder = folder.join("TWO");
    std::fs::create_dir(&folder).unwrap();
    let attributes = ("graph_attributes", "0.5\n-1\n");
    for (name, text) in
        [attributes, ("A", "1, 2\n3, 4\n"), ("graph_indicator", "1\n1\n2\n2\n"), ("graph_labels", "1\n-1\n")]
    {
        std::fs::write(folder.join(format!("TWO_{name}.txt")), text).unwrap();
    }
}

/// Six graphs of two nodes in the raw form of the Open Graph Benchmark, in a folder of the name `ogb`.
fn write_ogb(folder: &Path) {
    let parts = [
        ("raw/num-node-list", "2\n".repeat(6)),
        ("raw/num-edge-list", "1\n".repeat(6)),
        ("raw/edge", "0,1\n".repeat(6)),
        ("raw/graph-label", "0\n1\n".repeat(3)),
        ("split/scaffold/train", "0\n1\n2\n3\n".to_owned()),
        ("split/scaffold/valid", "4\n".to_owned()),
        ("split/scaffold/test", "5\n".to_owned()),
    ];
    for (name, text) in parts {
        let path = folder.join("ogb").join(format!("{name}.csv.gz"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        std::fs::write(path, encoder.finish().unwrap()).unwrap();
    }
}

/// Every function that can fail, called rightly. `loose` is changed by the calls, `f` is not.
pub fn cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let parts = [
        config_cases(f, loose),
        graph_cases(f, loose),
        control_cases(loose),
        // Before the classes are given other names.
        metadata_cases(f, loose),
        dataset_cases(f, loose),
        target_cases(loose),
        writer_cases(f),
        model_cases(f),
        tensor_cases(f.model, loose),
        trainer_cases(f),
        predictor_cases(f),
        evaluation_cases(f),
        level_cases(f.session),
        session_cases(f),
        weight_cases(f, loose),
        vec![epoch_model_case(f)],
        part_cases(f),
    ];
    parts.into_iter().flatten().collect()
}

fn text(text: &'static CStr) -> *const c_char {
    text.as_ptr()
}

fn config_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (config, changed) = (f.config.cast_const(), loose.config);
    vec![
        case!(diffpool_abi_check(DIFFPOOL_VERSION)),
        case!(diffpool_config_new(text(c"default"), place())),
        case!(diffpool_config_from_json(text(c"{}"), place())),
        case!(diffpool_config_clone(config, place())),
        case!(diffpool_config_set_int(changed, text(c"seed"), 3)),
        case!(diffpool_config_set_float(changed, text(c"dropout"), 0.5)),
        case!(diffpool_config_set_bool(changed, text(c"shuffle"), 1)),
        case!(diffpool_config_set_string(changed, text(c"readout"), text(c"max"))),
        case!(diffpool_config_set_ints(changed, text(c"head_hidden"), [8_i64, 8].as_ptr(), 2)),
        case!(diffpool_config_set_floats(changed, text(c"class_weights"), [1.0_f64, 2.0].as_ptr(), 2)),
        case!(diffpool_config_get_json(config, text(c"readout"), place())),
        case!(diffpool_config_to_json(config, place())),
        case!(diffpool_config_set_json(changed, text(c"epochs"), text(c"3"))),
        case!(diffpool_config_merge_json(changed, text(c"{\"epochs\": 3}"))),
        case!(diffpool_config_difference_json(config, text(c"paper"), place())),
        case!(diffpool_config_keys_json(place())),
        case!(diffpool_config_check(config)),
    ]
}

fn graph_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (graph, changed) = (f.graph.cast_const(), loose.graph);
    let (from, to, x) = (FROM.as_ptr(), TO.as_ptr(), X.as_ptr());
    let from64 = FROM.map(i64::from).to_vec().leak().as_ptr();
    let to64 = TO.map(i64::from).to_vec().leak().as_ptr();
    let indptr64 = INDPTR.map(i64::from).to_vec().leak().as_ptr();
    let x64 = X.map(f64::from).to_vec().leak().as_ptr();
    vec![
        case!(diffpool_graph_new(place())),
        case!(diffpool_graph_clear(changed)),
        case!(diffpool_graph_set_edges(changed, 3, from, to, 3)),
        case!(diffpool_graph_set_edges_i64(changed, 3, from64, to64, 3)),
        case!(diffpool_graph_set_csr(changed, INDPTR.as_ptr(), 4, to, 3)),
        case!(diffpool_graph_set_csr_i64(changed, indptr64, 4, to64, 3)),
        case!(diffpool_graph_set_edge_weight(changed, x, 3)),
        case!(diffpool_graph_set_edge_weight_f64(changed, x64, 3)),
        case!(diffpool_graph_set_edge_labels(changed, from64, 3)),
        case!(diffpool_graph_set_edge_attributes(changed, x, 3, 2)),
        case!(diffpool_graph_set_edge_attributes_f64(changed, x64, 3, 2)),
        case!(diffpool_graph_set_x(changed, x, 3, 2)),
        case!(diffpool_graph_set_x_f64(changed, x64, 3, 2)),
        case!(diffpool_graph_set_x_strided(changed, x, 3, 2, 1, 3)),
        case!(diffpool_graph_set_x_strided_f64(changed, x64, 3, 2, 1, 3)),
        case!(diffpool_graph_set_categories(changed, from, 3, 1)),
        case!(diffpool_graph_set_categories_i64(changed, from64, 3, 1)),
        case!(diffpool_graph_set_node_labels(changed, from64, 3)),
        case!(diffpool_graph_set_attributes(changed, x, 2)),
        case!(diffpool_graph_set_class(changed, 1)),
        case!(diffpool_graph_set_targets(changed, x, 2)),
        case!(diffpool_graph_set_words(changed, from64, 2)),
        case!(diffpool_graph_set_weight(changed, 2.0_f32)),
        case!(diffpool_graph_set_id(changed, text(c"a graph"))),
        case!(diffpool_graph_class(graph, place())),
    ]
}

fn control_cases(loose: &Fixture) -> Vec<Case> {
    let changed = loose.control;
    vec![
        case!(diffpool_control_new(place())),
        case!(diffpool_control_set_timeout(changed, 1e6)),
        case!(diffpool_control_set_max_nodes(changed, 100)),
        case!(diffpool_control_set_max_edges(changed, 100)),
        case!(diffpool_control_set_max_bytes(changed, 1 << 20)),
        case!(diffpool_control_set_progress(changed, None, null_mut::<c_void>())),
    ]
}

fn dataset_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (dataset, changed) = (f.dataset.cast_const(), loose.dataset);
    let (split, dealt, graph) = (loose.split, f.graph, f.graph.cast_const());
    let (folder, ogb, file, saved) = (f.path("TWO"), f.path("ogb"), f.path("small.dataset"), f.path("saved"));
    let (control, tu) = (f.control.cast_const(), text(c"tu"));
    let names: *const *const c_char =
        [c"path".as_ptr() as usize, c"ring".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    let (offsets, classes) = ([0_i64, 3].to_vec().leak().as_ptr(), [1_i64].to_vec().leak().as_ptr());
    vec![
        case!(diffpool_dataset_new(text(c"new"), 0, place())),
        case!(diffpool_dataset_load(folder, tu, text(c"{}"), control, place())),
        case!(diffpool_dataset_synthetic(text(c"ba"), 4, 1, place())),
        case!(diffpool_dataset_add(changed, graph)),
        case!(diffpool_dataset_add_batch(changed, graph, offsets, 2, classes)),
        case!(diffpool_dataset_get(dataset, 1, dealt)),
        case!(diffpool_dataset_set_class_names(changed, names, 2)),
        case!(diffpool_dataset_summary_json(dataset, place())),
        case!(diffpool_dataset_save(dataset, saved)),
        case!(diffpool_dataset_open(file, control, place())),
        case!(diffpool_split_new(place())),
        case!(diffpool_split_holdout(dataset, 0.5, 1, place())),
        case!(diffpool_split_k_fold(dataset, 3, 0, 1, place())),
        case!(diffpool_split_load_ogb(dataset, ogb, null(), place())),
        case!(diffpool_split_set_train(split, ALL.as_ptr(), 3)),
        case!(diffpool_split_set_validation(split, ALL.as_ptr(), 3)),
        case!(diffpool_split_set_test(split, ALL.as_ptr(), 3)),
    ]
}

fn target_cases(loose: &Fixture) -> Vec<Case> {
    let (attributed, empty) = (loose.attributed, loose.empty);
    let targets = [0.0_f32, 1.0].to_vec().leak().as_ptr();
    let names: *const *const c_char =
        ["a", "b", "c"].map(|name| CString::new(name).unwrap().into_raw() as usize).to_vec().leak().as_ptr().cast();
    vec![
        case!(diffpool_dataset_set_targets(attributed, targets, 2, 1)),
        case!(diffpool_dataset_use_graph_attributes_as_targets(attributed)),
        case!(diffpool_dataset_set_ids(attributed, names, 2)),
        case!(diffpool_dataset_set_vocabulary(empty, names, 3, 2)),
    ]
}

/// Data sets in parts and as text, and splits in files.
fn part_cases(f: &Fixture) -> Vec<Case> {
    let (dataset, attributed, split) = (f.dataset.cast_const(), f.attributed.cast_const(), f.split.cast_const());
    let into = f.empty;
    let (text_path, split_path) = (f.path("lines.jsonl"), f.path("split.json"));
    // SAFETY: both are live, and the paths are strings that are never freed.
    unsafe {
        expect(|e| diffpool_dataset_save_jsonl(dataset, text_path, e));
        expect(|e| diffpool_split_save(split, split_path, e));
    }
    let line = c"{\"nodes\": 1, \"edges\": []}";
    let folders = std::rc::Rc::new(Cell::new(0));
    let named = f.folder.path().to_path_buf();
    let folder = move || {
        folders.set(folders.get() + 1);
        c_path(&named.join(format!("folder{}", folders.get())))
    };
    let other = folder.clone();
    vec![
        case!(diffpool_dataset_append(into, dataset)),
        case!(diffpool_dataset_subset(dataset, ALL.as_ptr(), 2, place())),
        case!(diffpool_dataset_clear(into)),
        case!(diffpool_dataset_parse_jsonl(line.as_ptr(), line.to_bytes().len(), null(), 0, place())),
        case!(diffpool_dataset_save_jsonl(dataset, text_path)),
        case!(diffpool_dataset_save_tu(attributed, folder())),
        case!(diffpool_dataset_save_ogb(dataset, other(), split)),
        case!(diffpool_split_load(dataset, split_path, 0, place())),
        case!(diffpool_split_save(split, split_path)),
    ]
}

/// A model is to be had of an epoch whose callback runs: the call is made from one.
fn epoch_model_case(f: &Fixture) -> Case {
    type Call = (Option<usize>, *mut *mut DiffpoolError, DiffpoolStatus);
    unsafe extern "C" fn call(ctx: *mut c_void, epoch: *const DiffpoolEpoch) -> c_int {
        // SAFETY: the context is the `Call` below, and NULL is what is tested.
        unsafe {
            let (null_at, error, status) = &mut *ctx.cast::<Call>();
            let mut at = 0;
            let (epoch, out) = (pick(epoch, &mut at, *null_at), pick(place(), &mut at, *null_at));
            *status = diffpool_epoch_model(epoch, out, *error);
        }
        1
    }
    let (config, dataset) = (f.config.cast_const(), f.dataset.cast_const());
    let run = move |null_at, error| {
        let mut trainer = null_mut();
        let mut call_of: Call = (null_at, error, DiffpoolStatus::Panic);
        // SAFETY: the fixture's handles are live, and the trainer is this function's own.
        unsafe {
            expect(|e| diffpool_trainer_new(config, dataset, null(), null(), &mut trainer, e));
            let ctx = (&raw mut call_of).cast();
            expect(|e| diffpool_trainer_fit(trainer, Some(call), None, ctx, null(), null_mut(), e));
            diffpool_trainer_free(trainer);
        }
        call_of.2
    };
    Case { name: "diffpool_epoch_model", call: Box::new(run) }
}

fn weight_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (dataset, changed) = (f.dataset.cast_const(), loose.attributed);
    let weights = [0.5_f32, 2.0].to_vec().leak().as_ptr();
    vec![
        case!(diffpool_dataset_set_graph_weights(changed, weights, 2)),
        case!(diffpool_dataset_copy_graph_weights(dataset, place(), 6, place())),
    ]
}

fn writer_cases(f: &Fixture) -> Vec<Case> {
    let [writer, other, finished, _] = f.writers;
    let (dataset, written, graph) = (f.dataset.cast_const(), f.path("written"), f.graph.cast_const());
    let names: *const *const c_char =
        [c"path".as_ptr() as usize, c"ring".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    let words: *const *const c_char =
        [c"a".as_ptr() as usize, c"?".as_ptr() as usize, c".".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    // A file can be finished once.
    let calls = Cell::new(0);
    vec![
        case!(diffpool_dataset_writer_new(written, text(c"new"), 0, place())),
        case!(diffpool_dataset_writer_add(writer, graph)),
        case!(diffpool_dataset_writer_append(writer, dataset)),
        case!(diffpool_dataset_writer_set_class_names(writer, names, 2)),
        case!(diffpool_dataset_writer_set_vocabulary(other, words, 3, 2)),
        case!(diffpool_dataset_writer_finish(match calls.replace(calls.get() + 1) {
            0 => finished,
            _ => new_writer(written),
        })),
    ]
}

fn model_cases(f: &Fixture) -> Vec<Case> {
    let (config, dataset, model) = (f.config.cast_const(), f.dataset.cast_const(), f.model.cast_const());
    let (path, saved, split) = (f.path("model"), f.path("saved"), f.split.cast_const());
    let (mut bytes, mut length) = (null_mut(), 0);
    // SAFETY: the model is live, and so are the two locals.
    unsafe {
        expect(|e| diffpool_model_save(model, path, e));
        expect(|e| diffpool_model_to_bytes(model, &mut bytes, &mut length, e));
    }
    let (bytes, graph) = (bytes.cast_const(), f.graph.cast_const());
    vec![
        case!(diffpool_model_new(config, dataset, split, place())),
        case!(diffpool_model_load(path, place())),
        case!(diffpool_model_save(model, saved)),
        case!(diffpool_model_from_bytes(bytes, length, place())),
        case!(diffpool_model_to_bytes(model, place(), place())),
        case!(diffpool_model_clone(model, place())),
        case!(diffpool_model_summary_text(model, place())),
        case!(diffpool_model_summary_json(model, place())),
        case!(diffpool_model_config(model, place())),
        case!(diffpool_model_copy_relations(model, place(), 4, place())),
        case!(diffpool_model_check(model, graph)),
    ]
}

fn tensor_cases(model: *const DiffpoolModel, loose: &Fixture) -> Vec<Case> {
    let (changed, mut length) = (loose.model, 0);
    // SAFETY: the model is live, and so is the local; the name lives as long as the model.
    let name = unsafe {
        let name = diffpool_model_tensor_name(model, 0);
        expect(|e| diffpool_model_copy_tensor(model, name, null_mut(), 0, &mut length, e));
        name
    };
    let values = vec![0.0_f32; length].leak().as_ptr();
    vec![
        case!(diffpool_model_copy_tensor_shape(model, name, place(), 2, place())),
        case!(diffpool_model_tensor_trained(model, name, place())),
        case!(diffpool_model_copy_tensor(model, name, place(), PLACE, place())),
        case!(diffpool_model_set_tensor(changed, name, values, length)),
    ]
}

fn metadata_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (model, changed, dataset, path) = (f.model.cast_const(), loose.model, loose.dataset, f.path("model"));
    let names: *const *const c_char = [c"a".as_ptr() as usize, c"b".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    vec![
        case!(diffpool_model_schema_json(model, place())),
        case!(diffpool_model_peek_json(path, place())),
        case!(diffpool_dataset_align_classes(dataset, model)),
        case!(diffpool_dataset_set_feature_names(dataset, names, 2)),
        case!(diffpool_dataset_set_names_json(dataset, text(c"{\"x\": [\"a\", \"b\"]}"))),
        case!(diffpool_model_set_metadata(changed, text(c"author"), text(c"somebody"))),
    ]
}

fn trainer_cases(f: &Fixture) -> Vec<Case> {
    let (config, dataset, model) = (f.config.cast_const(), f.dataset.cast_const(), f.model.cast_const());
    let (trainer, changed) = (f.trainer.cast_const(), f.trainer);
    let (checkpoint, saved) = (f.path("checkpoint"), f.path("saved_checkpoint"));
    let (split, control) = (f.split.cast_const(), f.control.cast_const());
    // SAFETY: the trainer is live.
    expect(|e| unsafe { diffpool_trainer_save_checkpoint(trainer, checkpoint, e) });
    vec![
        case!(diffpool_trainer_new(config, dataset, split, control, place())),
        case!(diffpool_trainer_from_model(model, config, dataset, split, control, place())),
        case!(diffpool_trainer_resume(checkpoint, dataset, split, control, place())),
        case!(diffpool_trainer_continue(checkpoint, config, dataset, split, control, place())),
        case!(diffpool_trainer_set_checkpoint_path(changed, saved)),
        case!(diffpool_trainer_set_epochs(changed, 1)),
        case!(diffpool_trainer_set_log(changed, None, null_mut::<c_void>())),
        case!(diffpool_trainer_fit(changed, None, None, null_mut::<c_void>(), control, place())),
        case!(diffpool_trainer_model(trainer, place())),
        case!(diffpool_trainer_save_checkpoint(trainer, saved)),
        case!(diffpool_trainer_history_json(trainer, place())),
    ]
}

fn predictor_cases(f: &Fixture) -> Vec<Case> {
    let (model, dataset, predictor) = (f.model.cast_const(), f.dataset.cast_const(), f.predictor);
    let (control, graph) = (f.control.cast_const(), f.graph.cast_const());
    let graphs: *const *const DiffpoolGraph = [graph as usize; 6].to_vec().leak().as_ptr().cast();
    let offsets = [0_i64, 3].to_vec().leak().as_ptr();
    let read = predictor.cast_const();
    vec![
        case!(diffpool_predictor_new(model, 1, place())),
        case!(diffpool_predictor_predict(predictor, graphs, 6, control)),
        case!(diffpool_predictor_predict_batch(predictor, graph, offsets, 2, control)),
        case!(diffpool_predictor_predict_dataset(predictor, dataset, ALL.as_ptr(), 6, control)),
        case!(diffpool_predictor_copy_logits(read, place(), 12, place())),
        case!(diffpool_predictor_copy_probabilities(read, place(), 12, place())),
        case!(diffpool_predictor_copy_predictions(read, place(), 6, place())),
        case!(diffpool_predictor_copy_embeddings(read, place(), PLACE, place())),
        case!(diffpool_predictor_copy_top(read, place(), place(), 2)),
        case!(diffpool_predictor_evaluate(predictor, dataset, ALL.as_ptr(), 6, control, place())),
        case!(diffpool_predictor_calibrate(predictor, dataset, ALL.as_ptr(), 6, control, place())),
    ]
}

fn evaluation_cases(f: &Fixture) -> Vec<Case> {
    let evaluation = f.evaluation.cast_const();
    vec![
        case!(diffpool_evaluation_copy_metric_by_target(evaluation, text(c"metric"), place(), 1, place())),
        case!(diffpool_evaluation_copy_confusion(evaluation, place(), 4, place())),
        case!(diffpool_evaluation_copy_predictions(evaluation, place(), 6, place())),
        case!(diffpool_evaluation_copy_logits(evaluation, place(), 12, place())),
        case!(diffpool_evaluation_json(evaluation, place())),
    ]
}

fn session_cases(f: &Fixture) -> Vec<Case> {
    let (dataset, session, changed) = (f.dataset.cast_const(), f.session.cast_const(), f.session);
    let (model, graph, control) = (f.model.cast_const(), f.graph.cast_const(), f.control.cast_const());
    vec![
        case!(diffpool_session_new(model, place())),
        // They leave the session without results; what reads these comes after.
        case!(diffpool_session_shrink(changed)),
        case!(diffpool_session_reserve(changed, 10, 20)),
        case!(diffpool_session_predict(changed, graph, control)),
        case!(diffpool_session_predict_from(changed, dataset, 0, control)),
        case!(diffpool_session_class(session, place())),
        case!(diffpool_session_copy_predictions(session, place(), 1, place())),
        case!(diffpool_session_copy_logits(session, place(), 2, place())),
        case!(diffpool_session_copy_probabilities(session, place(), 2, place())),
        case!(diffpool_session_copy_top(session, place(), place(), 2)),
        case!(diffpool_session_copy_embedding(session, place(), PLACE, place())),
        case!(diffpool_session_copy_node_importance(changed, 1, place(), PLACE, place())),
    ]
}

fn level_cases(session: *mut DiffpoolSession) -> Vec<Case> {
    let session = session.cast_const();
    vec![
        case!(diffpool_session_copy_assignment(session, 0, place(), PLACE, place(), place())),
        case!(diffpool_session_copy_pooled_x(session, 0, place(), PLACE, place(), place())),
        case!(diffpool_session_copy_pooled_adjacency(session, 0, DIFFPOOL_ALL, place(), PLACE, place())),
    ]
}
