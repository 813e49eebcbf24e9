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
use super::ffi::dataset::*;
use super::ffi::dataset_file::*;
use super::ffi::dataset_read::*;
use super::ffi::dataset_writer::*;
use super::ffi::diagnostics::*;
use super::ffi::error::*;
use super::ffi::evaluation::*;
use super::ffi::history::*;
use super::ffi::indices::DIFFPOOL_ALL;
use super::ffi::levels::*;
use super::ffi::metadata::*;
use super::ffi::model::*;
use super::ffi::schema::*;
use super::ffi::session::*;
use super::ffi::split::*;
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
    ($($kind:ty),*) => {
        $(impl Argument for $kind {
            fn null() -> Self {
                unreachable!("only pointers are replaced")
            }
        })*
    };
}

never_null!(c_int, u32, f32, u64, usize, i64, f64, DiffpoolEpochCallback, DiffpoolBatchCallback);

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
                unsafe { $function($(pick($argument, &mut at, null_at),)* error) }
            }),
        }
    };
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
    pub split: *mut DiffpoolSplit,
    pub model: *mut DiffpoolModel,
    pub trainer: *mut DiffpoolTrainer,
    pub evaluation: *mut DiffpoolEvaluation,
    pub evaluator: *mut DiffpoolEvaluator,
    pub session: *mut DiffpoolSession,
    /// Writers of files, without graphs.
    pub writers: [*mut DiffpoolDatasetWriter; 4],
    pub folder: tempfile::TempDir,
}

/// A ring of three nodes; with only the first two edges, a path.
pub const SOURCES: [i32; 3] = [0, 1, 2];
pub const TARGETS: [i32; 3] = [1, 2, 0];
pub const INDPTR: [i64; 4] = [0, 1, 2, 3];
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
        let mut attributed = null_mut();
        write_tu(folder.path());
        let two = c_path(&folder.path().join("TWO"));
        let names = [c"a".as_ptr(), c"b".as_ptr(), c"c".as_ptr()];
        let (mut model, mut trainer, mut session) = (null_mut(), null_mut(), null_mut());
        let (mut evaluation, mut evaluator) = (null_mut(), null_mut());
        // SAFETY: every pointer is to a live local or constant, or is a handle made by the call before.
        unsafe {
            expect(|e| diffpool_config_from_json(SMALL.as_ptr(), &mut config, e));
            expect(|e| diffpool_dataset_new(c"small".as_ptr(), 2, 0, 0, &mut dataset, e));
            for y in [0, 1, 0, 1, 0, 1] {
                let edges = if y == 0 { 3 } else { 2 };
                expect(|e| {
                    let (s, t) = (SOURCES.as_ptr(), TARGETS.as_ptr());
                    diffpool_dataset_add_edges(
                        dataset,
                        3,
                        edges,
                        s,
                        t,
                        null(),
                        null(),
                        X.as_ptr(),
                        null(),
                        null(),
                        y,
                        e,
                    )
                });
            }
            expect(|e| diffpool_dataset_load_tu(two, 0, &mut attributed, e));
            expect(|e| diffpool_dataset_set_class_names(attributed, names.as_ptr(), 3, e));
            expect(|e| diffpool_split_holdout(dataset, 0.34, 1, &mut split, e));
            expect(|e| diffpool_model_new(config, dataset, null(), DIFFPOOL_ALL, &mut model, e));
            expect(|e| {
                diffpool_trainer_new(config, dataset, null(), DIFFPOOL_ALL, ALL[5..].as_ptr(), 1, &mut trainer, e)
            });
            expect(|e| diffpool_trainer_fit(trainer, None, None, null_mut(), null_mut(), e));
            expect(|e| diffpool_evaluate(model, dataset, null(), DIFFPOOL_ALL, 1, &mut evaluation, e));
            expect(|e| diffpool_evaluator_new(model, 2, &mut evaluator, e));
            expect(|e| diffpool_session_new(model, &mut session, e));
            expect(|e| diffpool_session_predict_graph(session, dataset, 0, e));
        }
        write_ogb(folder.path());
        let file = c_path(&folder.path().join("small.dataset"));
        // SAFETY: the data set is live, and the path is a string that is never freed.
        expect(|e| unsafe { diffpool_dataset_save(dataset, file, e) });
        let writers = ["a", "b", "c", "d"].map(|name| new_writer(c_path(&folder.path().join(name))));
        Self { config, dataset, attributed, split, model, trainer, evaluation, evaluator, session, writers, folder }
    }

    /// A path within the fixture's folder, as C wants it. The memory is not given back.
    pub fn path(&self, name: &str) -> *const c_char {
        c_path(&self.folder.path().join(name))
    }

    /// The same without trainer, evaluator and session, so that data set and model can be changed.
    pub fn loose() -> Self {
        let mut fixture = Self::new();
        // SAFETY: all are live, and nothing uses them after.
        unsafe {
            diffpool_trainer_free(std::mem::replace(&mut fixture.trainer, null_mut()));
            diffpool_evaluator_free(std::mem::replace(&mut fixture.evaluator, null_mut()));
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
            diffpool_split_free(self.split);
            diffpool_model_free(self.model);
            diffpool_trainer_free(self.trainer);
            diffpool_evaluation_free(self.evaluation);
            diffpool_evaluator_free(self.evaluator);
            diffpool_session_free(self.session);
            self.writers.into_iter().for_each(|writer| diffpool_dataset_writer_free(writer));
        }
    }
}

/// A writer of graphs like those of the fixture.
pub fn new_writer(path: *const c_char) -> *mut DiffpoolDatasetWriter {
    let mut writer = null_mut();
    // SAFETY: the path is a string that is never freed, and the place a local.
    expect(|e| unsafe { diffpool_dataset_writer_new(path, c"written".as_ptr(), 2, 0, 0, &mut writer, e) });
    writer
}

/// The writer with one more graph, where it can take one.
pub fn grown(writer: *mut DiffpoolDatasetWriter) -> *mut DiffpoolDatasetWriter {
    let (s, t, x) = (SOURCES.as_ptr(), TARGETS.as_ptr(), X.as_ptr());
    // SAFETY: the writer is live, and the arrays are constants.
    let _ = unsafe {
        diffpool_dataset_writer_add_edges(writer, 3, 3, s, t, null(), null(), x, null(), null(), 1, null_mut())
    };
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
        // Before the classes are given other names.
        metadata_cases(f, loose),
        dataset_cases(f, loose),
        dataset_read_cases(f.dataset),
        target_cases(f, loose),
        writer_cases(f),
        model_cases(f),
        tensor_cases(f.model, loose),
        trainer_cases(f),
        evaluation_cases(f),
        session_cases(f),
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
        case!(diffpool_config_check(config)),
    ]
}

fn dataset_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (dataset, split, changed) = (f.dataset.cast_const(), f.split.cast_const(), loose.dataset);
    let (folder, ogb, file, saved) = (f.path("TWO"), f.path("ogb"), f.path("small.dataset"), f.path("saved"));
    let (indptr, indices, x) = (INDPTR.as_ptr(), TARGETS.as_ptr(), X.as_ptr());
    let (sources, targets) = (SOURCES.as_ptr(), TARGETS.as_ptr());
    let names: *const *const c_char =
        [c"path".as_ptr() as usize, c"ring".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    vec![
        case!(diffpool_dataset_new(text(c"new"), 2, 1, 0, place())),
        case!(diffpool_dataset_load_tu(folder, 0, place())),
        case!(diffpool_dataset_load_ogb(ogb, null(), 0, 0, 0, place())),
        case!(diffpool_dataset_synthetic(text(c"ba"), 4, 1, place())),
        case!(diffpool_dataset_add_csr(changed, 3, 3, indptr, indices, null(), null(), x, null(), null(), 0)),
        case!(diffpool_dataset_add_edges(changed, 3, 3, sources, targets, null(), null(), x, null(), null(), 0)),
        case!(diffpool_dataset_set_class_names(changed, names, 2)),
        case!(diffpool_dataset_save(dataset, saved)),
        case!(diffpool_dataset_open(file, place())),
        case!(diffpool_split_holdout(dataset, 0.5, 1, place())),
        case!(diffpool_split_k_fold(dataset, 3, 0, 1, place())),
        case!(diffpool_split_load_ogb(dataset, ogb, null(), place())),
        case!(diffpool_split_train(split, place(), place())),
        case!(diffpool_split_validation(split, place(), place())),
        case!(diffpool_split_test(split, place(), place())),
    ]
}

fn dataset_read_cases(dataset: *const DiffpoolDataset) -> Vec<Case> {
    vec![
        case!(diffpool_dataset_length(dataset, place())),
        case!(diffpool_dataset_classes(dataset, place())),
        case!(diffpool_dataset_features(dataset, place())),
        case!(diffpool_dataset_categories(dataset, place())),
        case!(diffpool_dataset_total_nodes(dataset, place())),
        case!(diffpool_dataset_class_name(dataset, 0, place())),
        case!(diffpool_dataset_summary_json(dataset, place())),
        case!(diffpool_dataset_graph_size(dataset, 0, place(), place())),
        case!(diffpool_dataset_class_of(dataset, 0, place())),
        case!(diffpool_dataset_copy_csr(dataset, 0, place(), 4, place(), 6, place(), 6)),
        case!(diffpool_dataset_copy_x(dataset, 0, place(), 6, place())),
        case!(diffpool_dataset_copy_categories(dataset, 0, place(), 6, place())),
        case!(diffpool_dataset_copy_node_labels(dataset, 0, place(), 6, place())),
        case!(diffpool_dataset_copy_edge_labels(dataset, 0, place(), 6, place())),
        case!(diffpool_dataset_copy_edge_attributes(dataset, 0, place(), 6, place())),
        case!(diffpool_dataset_copy_graph_attributes(dataset, 0, place(), 6, place())),
    ]
}

fn target_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (dataset, changed) = (f.dataset.cast_const(), loose.attributed);
    let values = [1.0_f32, f32::NAN].to_vec().leak().as_ptr();
    let (offsets, words) = ([0_usize, 2, 3].to_vec().leak().as_ptr(), [0_i64, 4, 1].to_vec().leak().as_ptr());
    vec![
        case!(diffpool_dataset_set_targets(changed, values, 2, 1)),
        case!(diffpool_dataset_use_graph_attributes_as_targets(changed)),
        case!(diffpool_dataset_set_sequences(changed, offsets, 3, words, 3, 2, 3)),
        case!(diffpool_dataset_target_width(dataset, place())),
        case!(diffpool_dataset_sequence_length(dataset, place())),
        case!(diffpool_dataset_copy_targets(dataset, 0, place(), 1, place())),
        case!(diffpool_dataset_copy_sequence(dataset, 0, place(), 6, place())),
    ]
}

fn writer_cases(f: &Fixture) -> Vec<Case> {
    let [writer, numbers, sequences, finished] = f.writers;
    let (dataset, written) = (f.dataset.cast_const(), f.path("written"));
    let (indptr, indices, x) = (INDPTR.as_ptr(), TARGETS.as_ptr(), X.as_ptr());
    let (sources, targets) = (SOURCES.as_ptr(), TARGETS.as_ptr());
    let (values, offsets) = ([1.0_f32].to_vec().leak().as_ptr(), [0_usize, 2].to_vec().leak().as_ptr());
    let words = [0_i64, 4].to_vec().leak().as_ptr();
    let names: *const *const c_char =
        [c"path".as_ptr() as usize, c"ring".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    // A file can be finished once.
    let calls = Cell::new(0);
    vec![
        case!(diffpool_dataset_writer_new(written, text(c"new"), 2, 1, 0, place())),
        case!(diffpool_dataset_writer_add_csr(writer, 3, 3, indptr, indices, null(), null(), x, null(), null(), 0)),
        case!(diffpool_dataset_writer_add_edges(writer, 3, 3, sources, targets, null(), null(), x, null(), null(), 0)),
        case!(diffpool_dataset_writer_append(writer, dataset)),
        case!(diffpool_dataset_writer_set_class_names(writer, names, 2)),
        case!(diffpool_dataset_writer_length(writer.cast_const(), place())),
        case!(diffpool_dataset_writer_add_targets(grown(numbers), values, 1, 1)),
        case!(diffpool_dataset_writer_add_sequences(grown(sequences), offsets, 2, words, 2, 2, 3)),
        case!(diffpool_dataset_writer_finish(match calls.replace(calls.get() + 1) {
            0 => finished,
            _ => new_writer(written),
        })),
    ]
}

fn model_cases(f: &Fixture) -> Vec<Case> {
    let (config, dataset, model) = (f.config.cast_const(), f.dataset.cast_const(), f.model.cast_const());
    let (path, saved) = (f.path("model"), f.path("saved"));
    let (mut bytes, mut length) = (null_mut(), 0);
    // SAFETY: the model is live, and so are the two locals.
    unsafe {
        expect(|e| diffpool_model_save(model, path, e));
        expect(|e| diffpool_model_to_bytes(model, &mut bytes, &mut length, e));
    }
    let bytes = bytes.cast_const();
    vec![
        case!(diffpool_model_new(config, dataset, ALL.as_ptr(), 4, place())),
        case!(diffpool_model_load(path, place())),
        case!(diffpool_model_save(model, saved)),
        case!(diffpool_model_from_bytes(bytes, length, place())),
        case!(diffpool_model_to_bytes(model, place(), place())),
        case!(diffpool_model_clone(model, place())),
        case!(diffpool_model_summary(model, place())),
        case!(diffpool_model_summary_json(model, place())),
        case!(diffpool_model_config(model, place())),
        case!(diffpool_model_parameter_count(model, place())),
        case!(diffpool_model_classes(model, place())),
        case!(diffpool_model_task(model, place())),
        case!(diffpool_model_targets(model, place())),
        case!(diffpool_model_outputs(model, place())),
        case!(diffpool_model_metric(model, place())),
        case!(diffpool_model_features(model, place())),
        case!(diffpool_model_categories(model, place())),
        case!(diffpool_model_node_labels(model, place())),
        case!(diffpool_model_relations(model, place(), 4, place())),
        case!(diffpool_model_class_name(model, 0, place())),
    ]
}

fn tensor_cases(model: *const DiffpoolModel, loose: &Fixture) -> Vec<Case> {
    let changed = loose.model;
    let (mut name, mut length) = (null_mut(), 0);
    // SAFETY: the model is live, and so are the two locals.
    unsafe {
        expect(|e| diffpool_model_tensor_name(model, 0, &mut name, e));
        expect(|e| diffpool_model_tensor_read(model, name, null_mut(), 0, &mut length, e));
    }
    let (name, values) = (name.cast_const(), vec![0.0_f32; length].leak().as_ptr());
    vec![
        case!(diffpool_model_tensor_count(model, place())),
        case!(diffpool_model_tensor_name(model, 0, place())),
        case!(diffpool_model_tensor_shape(model, name, place(), 2, place())),
        case!(diffpool_model_tensor_trained(model, name, place())),
        case!(diffpool_model_tensor_read(model, name, place(), PLACE, place())),
        case!(diffpool_model_tensor_write(changed, name, values, length)),
    ]
}

fn metadata_cases(f: &Fixture, loose: &Fixture) -> Vec<Case> {
    let (model, changed, dataset, path) = (f.model.cast_const(), loose.model, loose.dataset, f.path("model"));
    let names: *const *const c_char = [c"a".as_ptr() as usize, c"b".as_ptr() as usize].to_vec().leak().as_ptr().cast();
    vec![
        case!(diffpool_model_schema_json(model, place())),
        case!(diffpool_model_peek(path, place())),
        case!(diffpool_dataset_align_classes(dataset, model)),
        case!(diffpool_dataset_set_feature_names(dataset, names, 2)),
        case!(diffpool_model_set_metadata(changed, text(c"author"), text(c"somebody"))),
    ]
}

fn trainer_cases(f: &Fixture) -> Vec<Case> {
    let (config, dataset, model) = (f.config.cast_const(), f.dataset.cast_const(), f.model.cast_const());
    let (trainer, changed) = (f.trainer.cast_const(), f.trainer);
    let (checkpoint, saved) = (f.path("checkpoint"), f.path("saved_checkpoint"));
    // SAFETY: the trainer is live.
    expect(|e| unsafe { diffpool_trainer_save_checkpoint(trainer, checkpoint, e) });
    let (all, last) = (ALL.as_ptr(), ALL[5..].as_ptr());
    vec![
        case!(diffpool_trainer_new(config, dataset, all, 5, last, 1, place())),
        case!(diffpool_trainer_from_model(model, config, dataset, all, 5, last, 1, place())),
        case!(diffpool_trainer_resume(checkpoint, dataset, all, 5, last, 1, place())),
        case!(diffpool_trainer_set_checkpoint_path(changed, saved)),
        case!(diffpool_trainer_set_epochs(changed, 1)),
        case!(diffpool_trainer_fit(changed, None, None, null_mut::<c_void>(), place())),
        case!(diffpool_trainer_cancel(trainer)),
        case!(diffpool_trainer_model(trainer, place())),
        case!(diffpool_trainer_save_checkpoint(trainer, saved)),
        case!(diffpool_trainer_history_length(trainer, place())),
        case!(diffpool_trainer_best_epoch(trainer, place())),
        case!(diffpool_trainer_history_get(trainer, 0, place())),
        case!(diffpool_trainer_history_json(trainer, place())),
    ]
}

fn evaluation_cases(f: &Fixture) -> Vec<Case> {
    let (model, dataset, evaluation) = (f.model.cast_const(), f.dataset.cast_const(), f.evaluation.cast_const());
    let evaluator = f.evaluator;
    vec![
        case!(diffpool_evaluate(model, dataset, ALL.as_ptr(), 6, 1, place())),
        case!(diffpool_evaluator_new(model, 1, place())),
        case!(diffpool_evaluator_evaluate(evaluator, dataset, ALL.as_ptr(), 6, place())),
        case!(diffpool_evaluation_loss(evaluation, place())),
        case!(diffpool_evaluation_accuracy(evaluation, place())),
        case!(diffpool_evaluation_macro_f1(evaluation, place())),
        case!(diffpool_evaluation_roc_auc(evaluation, place())),
        case!(diffpool_evaluation_metric(evaluation, text(c"micro_f1"), place())),
        case!(diffpool_evaluation_metric_by_target(evaluation, text(c"auto"), place(), 1, place())),
        case!(diffpool_evaluation_confusion(evaluation, place(), 4, place())),
        case!(diffpool_evaluation_predictions(evaluation, place(), 6, place())),
        case!(diffpool_evaluation_logits(evaluation, place(), 12, place())),
        case!(diffpool_evaluation_json(evaluation, place())),
        case!(diffpool_evaluation_levels(evaluation, place())),
        case!(diffpool_evaluation_diagnostic(evaluation, 0, DIFFPOOL_DIAGNOSTIC_MODULARITY, place())),
    ]
}

fn session_cases(f: &Fixture) -> Vec<Case> {
    let (dataset, session, changed) = (f.dataset.cast_const(), f.session.cast_const(), f.session);
    let (indptr, indices, x) = (INDPTR.as_ptr(), TARGETS.as_ptr(), X.as_ptr());
    let (sources, targets, model) = (SOURCES.as_ptr(), TARGETS.as_ptr(), f.model.cast_const());
    vec![
        case!(diffpool_session_new(model, place())),
        case!(diffpool_session_predict_csr(changed, 3, 3, indptr, indices, null(), null(), x, null(), null())),
        case!(diffpool_session_predict_edges(changed, 3, 3, sources, targets, null(), null(), x, null(), null())),
        case!(diffpool_session_predict_graph(changed, dataset, 0)),
        case!(diffpool_session_class(session, place())),
        case!(diffpool_session_predictions(session, place(), 1, place())),
        case!(diffpool_session_logits(session, place(), 2, place())),
        case!(diffpool_session_probabilities(session, place(), 2, place())),
        case!(diffpool_session_embedding(session, place(), PLACE, place())),
        case!(diffpool_session_node_importance(changed, 1, place(), PLACE, place())),
        case!(diffpool_session_levels(session, place())),
        case!(diffpool_session_assignment(session, 0, place(), PLACE, place(), place())),
        case!(diffpool_session_pooled_x(session, 0, place(), PLACE, place(), place())),
        case!(diffpool_session_pooled_adjacency(session, 0, place(), PLACE, place(), place())),
        case!(diffpool_session_pooled_relation(session, 0, 0, place(), PLACE, place(), place())),
        case!(diffpool_session_relations(session, place())),
        case!(diffpool_session_diagnostic(session, 0, DIFFPOOL_DIAGNOSTIC_ENTROPY, place())),
    ]
}
