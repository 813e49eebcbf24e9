//! Tasks other than one class a graph, from C: targets in, a model trained, metrics and predictions out.

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use diffpool::ffi::config::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_read::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::epoch::*;
use diffpool::ffi::error::*;
use diffpool::ffi::evaluation::*;
use diffpool::ffi::graph::*;
use diffpool::ffi::graph_read::*;
use diffpool::ffi::graph_whole::*;
use diffpool::ffi::history::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::memory::*;
use diffpool::ffi::model::*;
use diffpool::ffi::predictor::*;
use diffpool::ffi::session::*;
use diffpool::ffi::split::*;
use diffpool::ffi::status::DiffpoolStatus;
use diffpool::ffi::targets::*;
use diffpool::ffi::trainer::*;

/// Does what must succeed.
fn expect(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new, and its message lives as long as it.
    let message = unsafe { CStr::from_ptr(diffpool_error_message(error)) };
    assert_eq!(status, DiffpoolStatus::Ok, "{message:?}");
}

/// A string that the library made.
fn take(make: impl FnOnce(*mut *mut c_char, *mut *mut DiffpoolError) -> DiffpoolStatus) -> String {
    let mut text = null_mut();
    expect(|e| make(&mut text, e));
    // SAFETY: the string is new, and freed once.
    unsafe {
        let copy = CStr::from_ptr(text).to_str().unwrap().to_owned();
        diffpool_string_free(text);
        copy
    }
}

/// A number that the library tells.
fn number<T: Default>(tell: impl FnOnce(*mut T, *mut *mut DiffpoolError) -> DiffpoolStatus) -> T {
    let mut value = T::default();
    expect(|e| tell(&mut value, e));
    value
}

/// Everything that a task goes through.
struct Run {
    dataset: *mut DiffpoolDataset,
    trainer: *mut DiffpoolTrainer,
    model: *mut DiffpoolModel,
    evaluation: *mut DiffpoolEvaluation,
    session: *mut DiffpoolSession,
}

impl Run {
    /// Trains on 40 made-up graphs whose targets `set` sets, or on those that it makes of them; every fifth is for
    /// validation.
    fn new(settings: &CStr, set: impl FnOnce(&mut *mut DiffpoolDataset)) -> Self {
        let (mut config, mut dataset, mut trainer) = (null_mut(), null_mut(), null_mut());
        let (mut model, mut evaluation, mut session) = (null_mut(), null_mut(), null_mut());
        let (held, train): (Vec<usize>, Vec<usize>) = (0..40).partition(|i| i % 5 == 0);
        // SAFETY: every pointer is to a live local, or is a handle made by the call before.
        unsafe {
            expect(|e| diffpool_config_from_json(settings.as_ptr(), &mut config, e));
            expect(|e| diffpool_dataset_synthetic(c"ba".as_ptr(), 40, 3, &mut dataset, e));
            set(&mut dataset);
            let (mut split, mut predictor) = (null_mut(), null_mut());
            expect(|e| diffpool_split_new(&mut split, e));
            expect(|e| diffpool_split_set_train(split, train.as_ptr(), train.len(), e));
            expect(|e| diffpool_split_set_validation(split, held.as_ptr(), held.len(), e));
            expect(|e| diffpool_trainer_new(config, dataset, split, null(), &mut trainer, e));
            expect(|e| diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), e));
            expect(|e| diffpool_trainer_model(trainer, &mut model, e));
            expect(|e| diffpool_predictor_new(model, 1, &mut predictor, e));
            let all = DIFFPOOL_ALL;
            expect(|e| diffpool_predictor_evaluate(predictor, dataset, null(), all, null(), &mut evaluation, e));
            expect(|e| diffpool_session_new(model, &mut session, e));
            expect(|e| diffpool_session_predict_from(session, dataset, 1, null(), e));
            diffpool_predictor_free(predictor);
            diffpool_split_free(split);
            diffpool_config_free(config);
        }
        Self { dataset, trainer, model, evaluation, session }
    }

    fn metric(&self, name: &CStr) -> f64 {
        // SAFETY: the evaluation is live, and the name a string.
        unsafe { diffpool_evaluation_metric(self.evaluation, name.as_ptr()) }
    }

    /// The metric of the last epoch, of train and of validation graphs.
    fn recorded(&self) -> (f64, f64) {
        // SAFETY: the trainer is live, and the epoch as long as it.
        unsafe {
            let epoch = diffpool_trainer_epoch(self.trainer, diffpool_trainer_epoch_count(self.trainer) - 1);
            let metric = |name: &CStr| diffpool_epoch_metric(epoch, name.as_ptr());
            (metric(c"metric"), metric(c"validation_metric"))
        }
    }

    /// Task, metric, targets, outputs and classes of the model.
    fn shape(&self) -> (String, String, [usize; 3]) {
        let model = self.model;
        // SAFETY: the model is live.
        unsafe {
            let text = |text| CStr::from_ptr(text).to_str().unwrap().to_owned();
            let (task, metric) = (text(diffpool_model_task(model)), text(diffpool_model_metric(model)));
            let sizes = [
                diffpool_model_target_count(model),
                diffpool_model_output_count(model),
                diffpool_model_class_count(model),
            ];
            (task, metric, sizes)
        }
    }

    fn predictions(&self) -> Vec<usize> {
        let mut needed = 0;
        // SAFETY: the session is live, and the array has the length that is told.
        unsafe {
            expect(|e| diffpool_session_copy_predictions(self.session, null_mut(), 0, &mut needed, e));
            let mut out = vec![0; needed];
            expect(|e| diffpool_session_copy_predictions(self.session, out.as_mut_ptr(), needed, null_mut(), e));
            out
        }
    }

    fn free(self) {
        // SAFETY: all are live, and this is their last use.
        unsafe {
            diffpool_session_free(self.session);
            diffpool_evaluation_free(self.evaluation);
            diffpool_model_free(self.model);
            diffpool_trainer_free(self.trainer);
            diffpool_dataset_free(self.dataset);
        }
    }
}

fn set_targets(dataset: *mut DiffpoolDataset, values: &[f32], width: usize) {
    // SAFETY: the data set is live, and the array has its length.
    expect(|e| unsafe { diffpool_dataset_set_targets(dataset, values.as_ptr(), values.len() / width, width, e) });
}

const SMALL: &str = r#""embed_hidden": 8, "embed_output": 8, "assign_hidden": 8, "clusters": [3], "epochs": 3,
    "threads": 1, "embed_layers": 2"#;

fn settings(task: &str) -> std::ffi::CString {
    std::ffi::CString::new(format!("{{{SMALL}, {task}}}")).unwrap()
}

#[test]
fn labels_some_of_which_are_missing() {
    let labels: Vec<f32> = (0..40).flat_map(|i| [(i % 2) as f32, if i % 3 == 0 { f32::NAN } else { 1.0 }]).collect();
    let run = Run::new(&settings(r#""task": "multilabel", "early_stopping": "metric""#), |dataset| {
        set_targets(*dataset, &labels, 2);
        // SAFETY: the data set is live, and so is the graph until it is freed.
        unsafe {
            assert_eq!(diffpool_dataset_target_count(*dataset), 2);
            let (mut graph, mut count) = (null_mut(), 0);
            expect(|e| diffpool_graph_new(&mut graph, e));
            expect(|e| diffpool_dataset_get(*dataset, 3, graph, e));
            let seen = diffpool_graph_targets(graph, &mut count);
            assert!(count == 2 && *seen == 1.0 && (*seen.add(1)).is_nan());
            diffpool_graph_free(graph);
        }
    });
    assert_eq!(run.shape(), ("multilabel".to_string(), "roc_auc".to_string(), [2, 2, 0]));
    let predictions = run.predictions();
    assert!(predictions.len() == 2 && predictions.iter().all(|&label| label < 2));
    let mut by_target = [0.0; 2];
    let place = by_target.as_mut_ptr();
    // SAFETY: the evaluation is live, and the array has two places.
    expect(|e| unsafe {
        diffpool_evaluation_copy_metric_by_target(run.evaluation, c"metric".as_ptr(), place, 2, null_mut(), e)
    });
    assert!(by_target[1].is_nan(), "the second label is 1 wherever it is known");
    assert_eq!((run.metric(c"metric"), run.metric(c"roc_auc")), (by_target[0], by_target[0]));
    assert!(run.metric(c"average_precision") > 0.0 && run.recorded().0 > 0.0 && run.recorded().1 > 0.0);
    // SAFETY: the evaluation is live.
    let json = take(|out, e| unsafe { diffpool_evaluation_json(run.evaluation, out, e) });
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["task"], &json["by_target"]["roc_auc"][1]), (&"multilabel".into(), &serde_json::Value::Null));
    run.free();
}

#[test]
fn a_label() {
    let labels: Vec<f32> = (0..40).map(|i| (i % 2) as f32).collect();
    let run = Run::new(&settings(r#""task": "binary""#), |dataset| set_targets(*dataset, &labels, 1));
    assert_eq!(run.shape(), ("binary".to_string(), "roc_auc".to_string(), [1, 1, 2]));
    // SAFETY: the session is live, and the place is one value.
    let (class, p) = unsafe {
        let class: usize = number(|out, e| diffpool_session_class(run.session, out, e));
        (class, number::<f32>(|out, e| diffpool_session_copy_probabilities(run.session, out, 1, null_mut(), e)))
    };
    assert_eq!((class == 1, vec![class]), (p > 0.5, run.predictions()));
    run.free();
}

#[test]
fn numbers() {
    let numbers: Vec<f32> = (0..40).map(|i| i as f32 / 10.0).collect();
    let keys = r#""task": "regression", "regression_loss": "huber", "metric": "mae", "early_stopping": "metric""#;
    let run = Run::new(&settings(keys), |dataset| set_targets(*dataset, &numbers, 1));
    assert_eq!(run.shape(), ("regression".to_string(), "mae".to_string(), [1, 1, 0]));
    assert!(run.metric(c"mae") <= run.metric(c"rmse") && run.metric(c"metric") == run.metric(c"mae"));
    let (train, validation) = run.recorded();
    assert!(train > 0.0 && validation > 0.0);
    // SAFETY: the session is live, and the places are one value each.
    unsafe {
        number::<f32>(|out, e| diffpool_session_copy_logits(run.session, out, 1, null_mut(), e));
        let mut p = 0.0;
        let status = diffpool_session_copy_probabilities(run.session, &mut p, 1, null_mut(), null_mut());
        assert_eq!(status, DiffpoolStatus::Unsupported);
    }
    run.free();
}

#[test]
fn sequences() {
    let run = Run::new(&settings(r#""task": "sequence""#), |dataset| {
        let names = [c"tree".as_ptr(), c"joined".as_ptr(), c"?".as_ptr(), c".".as_ptr()];
        let (mut graph, mut named) = (null_mut(), null_mut());
        // SAFETY: the data sets and the graph are live, and the arrays have their lengths.
        unsafe {
            expect(|e| diffpool_graph_new(&mut graph, e));
            expect(|e| diffpool_dataset_new(c"named".as_ptr(), 0, &mut named, e));
            expect(|e| diffpool_dataset_set_vocabulary(named, names.as_ptr(), 4, 3, e));
            for index in 0..40 {
                expect(|e| diffpool_dataset_get(*dataset, index, graph, e));
                expect(|e| diffpool_graph_set_words(graph, [index as i64 % 2, 7].as_ptr(), 2, e));
                expect(|e| diffpool_dataset_add(named, graph, e));
            }
            assert_eq!((diffpool_dataset_sequence_length(named), diffpool_dataset_class_count(named)), (3, 4));
            expect(|e| diffpool_dataset_get(named, 3, graph, e));
            let mut count = 0;
            let words = diffpool_graph_words(graph, &mut count);
            assert_eq!(std::slice::from_raw_parts(words, count), [1, 7]);
            diffpool_graph_free(graph);
            diffpool_dataset_free(*dataset);
        }
        *dataset = named;
    });
    assert_eq!(run.shape(), ("sequence".to_string(), "sequence_f1".to_string(), [3, 12, 4]));
    // SAFETY: the model is live.
    assert_eq!(unsafe { CStr::from_ptr(diffpool_model_class_name(run.model, 1)) }, c"joined");
    assert_eq!(run.predictions().len(), 3);
    // One of two words is beyond the vocabulary.
    assert!(run.metric(c"sequence_f1") <= 2.0 / 3.0 && run.metric(c"accuracy") > 0.0);
    let mut needed = 9;
    // SAFETY: the evaluation is live.
    unsafe {
        expect(|e| diffpool_evaluation_copy_logits(run.evaluation, null_mut(), 0, &mut needed, e));
        assert_eq!(needed, 0);
        expect(|e| diffpool_evaluation_copy_predictions(run.evaluation, null_mut(), 0, &mut needed, e));
    }
    assert_eq!(needed, 120);
    run.free();
}
