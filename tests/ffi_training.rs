//! Training and prediction as a C program does them: callbacks, cancelling, sharing of handles, the same bits again.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{null, null_mut};

use diffpool::ffi::config::*;
use diffpool::ffi::control::*;
use diffpool::ffi::dataset::*;
use diffpool::ffi::dataset_source::*;
use diffpool::ffi::epoch::*;
use diffpool::ffi::error::*;
use diffpool::ffi::evaluation::*;
use diffpool::ffi::graph::*;
use diffpool::ffi::graph_read::*;
use diffpool::ffi::history::*;
use diffpool::ffi::indices::DIFFPOOL_ALL;
use diffpool::ffi::log::*;
use diffpool::ffi::memory::diffpool_string_free;
use diffpool::ffi::model::*;
use diffpool::ffi::predictor::*;
use diffpool::ffi::session::*;
use diffpool::ffi::split::*;
use diffpool::ffi::status::DiffpoolStatus;
use diffpool::ffi::tensors::*;
use diffpool::ffi::trainer::*;

/// Calls a function, which must succeed, with a place for an error.
fn check(call: impl FnOnce(*mut *mut DiffpoolError) -> DiffpoolStatus) {
    let mut error = null_mut();
    let status = call(&mut error);
    // SAFETY: the error is NULL or new.
    let message = unsafe { CStr::from_ptr(diffpool_error_message(error)) };
    assert_eq!(status, DiffpoolStatus::Ok, "{message:?}");
}

/// What a function wrote to the place it was given.
fn get<T>(default: T, call: impl FnOnce(*mut T, *mut *mut DiffpoolError) -> DiffpoolStatus) -> T {
    let mut value = default;
    check(|error| call(&mut value, error));
    value
}

fn path(folder: &Path, name: &str) -> CString {
    CString::new(folder.join(name).to_str().unwrap()).unwrap()
}

/// A made-up data set, and a configuration small enough for a test.
struct Setup {
    dataset: *mut DiffpoolDataset,
    config: *mut DiffpoolConfig,
    split: *mut DiffpoolSplit,
}

const TRAIN: [usize; 24] = {
    let mut train = [0; 24];
    let mut at = 0;
    while at < 24 {
        train[at] = at;
        at += 1;
    }
    train
};
const VALIDATION: [usize; 6] = [24, 25, 26, 27, 28, 29];

impl Setup {
    fn new(epochs: i64) -> Self {
        let json =
            c"{\"embed_hidden\": 8, \"embed_output\": 8, \"assign_hidden\": 8, \"clusters\": [4], \"batch_size\": 4,
            \"patience\": 0, \"threads\": 2}";
        // SAFETY: every pointer is to a live local or constant.
        unsafe {
            let dataset = get(null_mut(), |out, e| diffpool_dataset_synthetic(c"ba".as_ptr(), 30, 1, out, e));
            let config = get(null_mut(), |out, e| diffpool_config_from_json(json.as_ptr(), out, e));
            check(|e| diffpool_config_set_int(config, c"epochs".as_ptr(), epochs, e));
            let split = get(null_mut(), |out, e| diffpool_split_new(out, e));
            check(|e| diffpool_split_set_train(split, TRAIN.as_ptr(), 24, e));
            check(|e| diffpool_split_set_validation(split, VALIDATION.as_ptr(), 6, e));
            Self { dataset, config, split }
        }
    }

    fn trainer(&self) -> *mut DiffpoolTrainer {
        // SAFETY: the handles are live.
        get(null_mut(), |out, e| unsafe { diffpool_trainer_new(self.config, self.dataset, self.split, null(), out, e) })
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        // SAFETY: the handles are live, and nothing uses them after.
        unsafe {
            diffpool_dataset_free(self.dataset);
            diffpool_config_free(self.config);
            diffpool_split_free(self.split);
        }
    }
}

/// Trains and returns why that stopped.
fn fit(
    trainer: *mut DiffpoolTrainer,
    on_epoch: DiffpoolEpochCallback,
    on_batch: DiffpoolBatchCallback,
    ctx: *mut c_void,
) -> DiffpoolStopReason {
    // SAFETY: the trainer is live.
    get(DiffpoolStopReason::Finished, |reason, e| unsafe {
        diffpool_trainer_fit(trainer, on_epoch, on_batch, ctx, null(), reason, e)
    })
}

fn history_length(trainer: *mut DiffpoolTrainer) -> usize {
    // SAFETY: the trainer is live.
    unsafe { diffpool_trainer_epoch_count(trainer) }
}

/// The history without the seconds, which differ.
fn history(trainer: *mut DiffpoolTrainer) -> Vec<serde_json::Value> {
    // SAFETY: the trainer is live, and the string is new and freed last.
    let text = unsafe {
        let json: *mut c_char = get(null_mut(), |json, e| diffpool_trainer_history_json(trainer, json, e));
        let text = CStr::from_ptr(json).to_str().unwrap().to_owned();
        diffpool_string_free(json);
        text
    };
    let mut epochs: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    for epoch in &mut epochs {
        assert!(epoch.as_object_mut().unwrap().remove("seconds").is_some());
    }
    epochs
}

/// The logits of the first graphs of the data set, in bits.
fn logits(model: *const DiffpoolModel, dataset: *const DiffpoolDataset) -> Vec<u32> {
    // SAFETY: the handles are live, the array has the room that it is said to have.
    unsafe {
        let session = get(null_mut(), |out, e| diffpool_session_new(model, out, e));
        let mut all = Vec::new();
        for index in 0..10 {
            check(|e| diffpool_session_predict_from(session, dataset, index, null(), e));
            let mut logits = [0.0_f32; 2];
            let length = get(0, |length, e| diffpool_session_copy_logits(session, logits.as_mut_ptr(), 2, length, e));
            assert_eq!(length, 2);
            all.extend(logits.map(f32::to_bits));
        }
        diffpool_session_free(session);
        all
    }
}

fn trained_logits(trainer: *const DiffpoolTrainer, dataset: *const DiffpoolDataset) -> Vec<u32> {
    // SAFETY: the handles are live.
    unsafe {
        let model = get(null_mut(), |out, e| diffpool_trainer_model(trainer, out, e));
        let logits = logits(model, dataset);
        diffpool_model_free(model);
        logits
    }
}

#[derive(Default)]
struct Seen {
    trainer: Option<*mut DiffpoolTrainer>,
    epochs: Vec<usize>,
    batches: usize,
    refused: Vec<DiffpoolStatus>,
}

/// Notes the epoch, tries to use the trainer meanwhile, and stops after the third.
unsafe extern "C" fn note_epoch(ctx: *mut c_void, epoch: *const DiffpoolEpoch) -> c_int {
    // SAFETY: the context is the `Seen` that the test gave, and the epoch is live.
    unsafe {
        let seen = &mut *ctx.cast::<Seen>();
        seen.epochs.push(diffpool_epoch_number(epoch));
        for name in [c"loss", c"accuracy", c"validation_loss"] {
            assert!(diffpool_epoch_metric(epoch, name.as_ptr()).is_finite());
        }
        assert!(diffpool_epoch_metric(epoch, c"lost".as_ptr()).is_nan());
        let trainer = seen.trainer.unwrap();
        assert_eq!((diffpool_trainer_epoch_count(trainer), diffpool_trainer_epoch(trainer, 0)), (0, null()));
        seen.refused.push(diffpool_trainer_set_epochs(trainer, 9, null_mut()));
        seen.refused.push(diffpool_trainer_fit(trainer, None, None, null_mut(), null(), null_mut(), null_mut()));
        c_int::from(seen.epochs.len() == 3)
    }
}

unsafe extern "C" fn count_batch(ctx: *mut c_void, epoch: usize, batch: usize, batches: usize, loss: f64) -> c_int {
    // SAFETY: the context is the `Seen` that the test gave.
    let seen = unsafe { &mut *ctx.cast::<Seen>() };
    assert!(epoch >= 1 && (1..=batches).contains(&batch) && batches == 6 && loss.is_finite());
    seen.batches += 1;
    0
}

#[test]
fn callbacks_see_epochs_and_may_stop() {
    let setup = Setup::new(5);
    let trainer = setup.trainer();
    let mut seen = Seen { trainer: Some(trainer), ..Seen::default() };
    let reason = fit(trainer, Some(note_epoch), Some(count_batch), (&raw mut seen).cast());
    assert_eq!(reason, DiffpoolStopReason::Callback);
    assert_eq!((seen.epochs.as_slice(), seen.batches), ([1, 2, 3].as_slice(), 18));
    assert_eq!(seen.refused, [DiffpoolStatus::InvalidState; 6]);
    assert_eq!(history_length(trainer), 3);
    assert_eq!(fit(trainer, None, None, null_mut()), DiffpoolStopReason::Finished);
    let straight = setup.trainer();
    assert_eq!(fit(straight, None, None, null_mut()), DiffpoolStopReason::Finished);
    assert_eq!(history(trainer), history(straight));
    assert_eq!(trained_logits(trainer, setup.dataset), trained_logits(straight, setup.dataset));
    // SAFETY: the trainers are live, and nothing uses them after.
    unsafe {
        assert_eq!(diffpool_epoch_number(diffpool_trainer_epoch(trainer, 4)), 5);
        assert!(diffpool_trainer_epoch(trainer, 5).is_null());
        diffpool_trainer_free(trainer);
        diffpool_trainer_free(straight);
    }
}

/// Notes what is told, with its level.
unsafe extern "C" fn note_message(ctx: *mut c_void, level: DiffpoolLogLevel, message: *const c_char) {
    // SAFETY: the context is the list that the test gave, and the message is a string.
    unsafe {
        let message = CStr::from_ptr(message).to_str().unwrap().to_owned();
        (*ctx.cast::<Vec<(DiffpoolLogLevel, String)>>()).push((level, message));
    }
}

#[test]
fn a_log_is_told_what_a_person_should_know() {
    let setup = Setup::new(2);
    let mut messages: Vec<(DiffpoolLogLevel, String)> = Vec::new();
    // SAFETY: the handles are live, the strings constants.
    unsafe {
        check(|e| diffpool_config_set_string(setup.config, c"metric".as_ptr(), c"roc_auc".as_ptr(), e));
        let graph = get(null_mut(), |out, e| diffpool_graph_new(out, e));
        let class = |index: &usize| {
            check(|e| diffpool_dataset_get(setup.dataset, *index, graph, e));
            get(9, |class, e| diffpool_graph_class(graph, class, e))
        };
        let one_class: Vec<usize> = VALIDATION.into_iter().filter(|index| class(index) == 0).collect();
        let split = get(null_mut(), |out, e| diffpool_split_new(out, e));
        check(|e| diffpool_split_set_train(split, TRAIN.as_ptr(), 24, e));
        check(|e| diffpool_split_set_validation(split, one_class.as_ptr(), one_class.len(), e));
        let trainer =
            get(null_mut(), |out, e| diffpool_trainer_new(setup.config, setup.dataset, split, null(), out, e));
        diffpool_split_free(split);
        diffpool_graph_free(graph);
        check(|e| diffpool_trainer_set_log(trainer, Some(note_message), (&raw mut messages).cast(), e));
        fit(trainer, None, None, null_mut());
        diffpool_trainer_free(trainer);
        let whole = setup.trainer();
        check(|e| diffpool_trainer_set_log(whole, Some(note_message), (&raw mut messages).cast(), e));
        fit(whole, None, None, null_mut());
        diffpool_trainer_free(whole);
    }
    let message = "the validation graphs do not define the metric \"roc_auc\", so nothing can go by it";
    assert_eq!(messages, [(DiffpoolLogLevel::Warning, message.to_owned())]);
}

/// Models of epochs, and the data that the callback judges them by.
struct Models {
    dataset: *const DiffpoolDataset,
    losses: Vec<f64>,
    models: Vec<*mut DiffpoolModel>,
}

/// Keeps the model of every epoch, and stops by a loss of its own making once that has risen.
unsafe extern "C" fn keep_model(ctx: *mut c_void, epoch: *const DiffpoolEpoch) -> c_int {
    // SAFETY: the context is the `Models` that the test gave, and the epoch is live.
    unsafe {
        let seen = &mut *ctx.cast::<Models>();
        let model = get(null_mut(), |out, e| diffpool_epoch_model(epoch, out, e));
        let (indices, length) = (VALIDATION.as_ptr(), VALIDATION.len());
        let predictor = get(null_mut(), |out, e| diffpool_predictor_new(model, 1, out, e));
        let found = get(null_mut(), |out, e| {
            diffpool_predictor_evaluate(predictor, seen.dataset, indices, length, null(), out, e)
        });
        seen.losses.push(diffpool_evaluation_metric(found, c"loss".as_ptr()));
        diffpool_evaluation_free(found);
        diffpool_predictor_free(predictor);
        seen.models.push(model);
        c_int::from(seen.losses.len() == 4)
    }
}

/// The model of an epoch is what validation has seen, also where weights are averaged, and stays as it is.
#[test]
fn a_callback_gets_the_model_of_its_epoch() {
    let setup = Setup::new(6);
    // SAFETY: the handles are live, the strings constants; what the callback kept is freed once.
    unsafe {
        check(|e| diffpool_config_set_float(setup.config, c"ema_decay".as_ptr(), 0.9, e));
        let (trainer, whole) = (setup.trainer(), setup.trainer());
        let mut seen = Models { dataset: setup.dataset, losses: Vec::new(), models: Vec::new() };
        let reason = fit(trainer, Some(keep_model), None, (&raw mut seen).cast());
        assert_eq!((reason, seen.losses.len()), (DiffpoolStopReason::Callback, 4));
        for (index, &loss) in seen.losses.iter().enumerate() {
            let of = diffpool_epoch_metric(diffpool_trainer_epoch(trainer, index), c"validation_loss".as_ptr());
            assert!((loss - of).abs() < 1e-6, "epoch {}", index + 1);
        }
        let best = diffpool_trainer_best_epoch(trainer);
        let kept: Vec<_> = seen.models.iter().map(|&model| logits(model, setup.dataset)).collect();
        assert_eq!(kept[best - 1], trained_logits(trainer, setup.dataset));
        assert!(kept.windows(2).all(|pair| pair[0] != pair[1]));
        // A model can be changed: nobody else uses it.
        let name = diffpool_model_tensor_name(seen.models[0], 0);
        let length = get(0, |out, e| diffpool_model_copy_tensor(seen.models[0], name, null_mut(), 0, out, e));
        let zeros = vec![0.0_f32; length];
        check(|e| diffpool_model_set_tensor(seen.models[0], name, zeros.as_ptr(), length, e));
        // Who looks on changes nothing.
        fit(trainer, None, None, null_mut());
        fit(whole, None, None, null_mut());
        assert_eq!(history(trainer), history(whole));
        seen.models.into_iter().for_each(|model| diffpool_model_free(model));
        diffpool_trainer_free(trainer);
        diffpool_trainer_free(whole);
    }
}

/// Notes the step size of every epoch.
unsafe extern "C" fn note_rate(ctx: *mut c_void, epoch: *const DiffpoolEpoch) -> c_int {
    // SAFETY: the context is the list that the test gave, and the epoch is live.
    unsafe { (*ctx.cast::<Vec<f64>>()).push(diffpool_epoch_metric(epoch, c"learning_rate".as_ptr())) };
    0
}

#[test]
fn a_schedule_is_set_by_key_and_seen_in_every_epoch() {
    let setup = Setup::new(5);
    let fresh = setup.trainer();
    // SAFETY: the handles are live, the strings constants.
    unsafe {
        let config = setup.config;
        let (schedule, step) = (c"learning_rate_schedule".as_ptr(), c"step".as_ptr());
        check(|e| diffpool_config_set_string(config, schedule, step, e));
        for (key, value) in [(c"step_epochs", 1), (c"warmup_epochs", 1), (c"accumulate_batches", 3)] {
            check(|e| diffpool_config_set_int(config, key.as_ptr(), value, e));
        }
        for (key, value) in [(c"label_smoothing", 0.1), (c"min_delta", 1e-3), (c"ema_decay", 0.9)] {
            check(|e| diffpool_config_set_float(config, key.as_ptr(), value, e));
        }
        let trainer = setup.trainer();
        assert_eq!(diffpool_trainer_best_epoch(trainer), 0);
        let mut rates: Vec<f64> = Vec::new();
        assert_eq!(fit(trainer, Some(note_rate), None, (&raw mut rates).cast()), DiffpoolStopReason::Finished);
        assert_eq!(rates, [1e-3, 2e-3, 1e-3, 5e-4, 2.5e-4]);
        let of = |index, name: &CStr| diffpool_epoch_metric(diffpool_trainer_epoch(trainer, index), name.as_ptr());
        let losses: Vec<f64> = (0..5).map(|index| of(index, c"validation_loss")).collect();
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(losses[diffpool_trainer_best_epoch(trainer) - 1], least);
        assert_eq!(of(4, c"learning_rate"), 2.5e-4);
        fit(fresh, None, None, null_mut());
        assert_ne!(trained_logits(trainer, setup.dataset), trained_logits(fresh, setup.dataset));
        diffpool_trainer_free(trainer);
        diffpool_trainer_free(fresh);
    }
}

/// A handle that another thread may use: the header says that this one may be.
struct Shared<T>(*const T);
// SAFETY: the tests call nothing but functions for which the handle is const.
unsafe impl<T> Send for Shared<T> {}

impl<T> Shared<T> {
    fn get(self) -> *const T {
        self.0
    }
}

/// Trains under a control, and returns the status.
fn fit_under(
    trainer: *mut DiffpoolTrainer,
    control: *mut DiffpoolControl,
    on_epoch: DiffpoolEpochCallback,
) -> DiffpoolStatus {
    // SAFETY: both are live, and the callback's context is the control.
    unsafe { diffpool_trainer_fit(trainer, on_epoch, None, control.cast(), control, null_mut(), null_mut()) }
}

#[test]
fn another_thread_may_cancel() {
    let setup = Setup::new(1_000_000);
    let trainer = setup.trainer();
    // SAFETY: the place is a local.
    let control = get(null_mut(), |out, e| unsafe { diffpool_control_new(out, e) });
    let shared = (Shared(trainer.cast_const()), Shared(control.cast_const()));
    let canceller = std::thread::spawn(move || {
        let (trainer, control) = (shared.0.get(), shared.1.get());
        // SAFETY: both live until this thread has ended.
        unsafe {
            let mut json = null_mut();
            while diffpool_trainer_history_json(trainer, &mut json, null_mut()) == DiffpoolStatus::Ok {
                diffpool_string_free(json);
                std::thread::yield_now();
            }
            diffpool_control_cancel(control);
        }
    });
    assert_eq!(fit_under(trainer, control, None), DiffpoolStatus::Cancelled);
    canceller.join().unwrap();
    let before = history_length(trainer);
    // A cancellation is never lost: it holds until it is taken back.
    assert_eq!(fit_under(trainer, control, None), DiffpoolStatus::Cancelled);
    assert_eq!(history_length(trainer), before);
    // SAFETY: nothing uses them after.
    unsafe {
        diffpool_trainer_free(trainer);
        diffpool_control_free(control);
    }
}

/// Cancels the control that the context points to.
unsafe extern "C" fn cancel(ctx: *mut c_void, _: *const DiffpoolEpoch) -> c_int {
    // SAFETY: the context is a live control, for which the function is const.
    unsafe { diffpool_control_cancel(ctx.cast_const().cast()) };
    0
}

#[test]
fn a_cancellation_that_comes_late_stops_the_next_call() {
    let setup = Setup::new(1);
    let trainer = setup.trainer();
    // SAFETY: handles are live, and freed last.
    unsafe {
        let control = get(null_mut(), |out, e| diffpool_control_new(out, e));
        assert_eq!(fit_under(trainer, control, Some(cancel)), DiffpoolStatus::Ok);
        check(|e| diffpool_trainer_set_epochs(trainer, 3, e));
        assert_eq!(fit_under(trainer, control, None), DiffpoolStatus::Cancelled);
        assert_eq!(history_length(trainer), 1);
        diffpool_control_reset(control);
        check(|e| diffpool_control_set_timeout(control, 0.0, e));
        assert_eq!(fit_under(trainer, control, None), DiffpoolStatus::Timeout);
        check(|e| diffpool_control_set_timeout(control, f64::INFINITY, e));
        assert_eq!(fit_under(trainer, control, None), DiffpoolStatus::Ok);
        assert_eq!(history_length(trainer), 3);
        diffpool_trainer_free(trainer);
        diffpool_control_free(control);
    }
}

#[test]
fn a_resumed_run_is_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = path(folder.path(), "checkpoint");
    let setup = Setup::new(4);
    let whole = setup.trainer();
    fit(whole, None, None, null_mut());
    // SAFETY: handles and strings are live, the arrays constants.
    let resumed = unsafe {
        check(|e| diffpool_config_set_int(setup.config, c"checkpoint_every".as_ptr(), 2, e));
        let first = setup.trainer();
        let status = diffpool_trainer_fit(first, None, None, null_mut(), null(), null_mut(), null_mut());
        assert_eq!(status, DiffpoolStatus::InvalidState, "there is no path to write checkpoints to");
        check(|e| diffpool_trainer_set_checkpoint_path(first, checkpoint.as_ptr(), e));
        let mut seen = Seen { trainer: Some(first), ..Seen::default() };
        fit(first, Some(note_epoch), None, (&raw mut seen).cast());
        assert_eq!(history_length(first), 3);
        diffpool_trainer_free(first);
        get(null_mut(), |out, e| {
            diffpool_trainer_resume(checkpoint.as_ptr(), setup.dataset, setup.split, null(), out, e)
        })
    };
    assert_eq!(history_length(resumed), 2);
    // SAFETY: handles and string are live.
    check(|e| unsafe { diffpool_trainer_set_checkpoint_path(resumed, checkpoint.as_ptr(), e) });
    fit(resumed, None, None, null_mut());
    assert_eq!(history(resumed), history(whole));
    assert_eq!(trained_logits(resumed, setup.dataset), trained_logits(whole, setup.dataset));
    // SAFETY: nothing uses the trainers after.
    unsafe {
        diffpool_trainer_free(resumed);
        diffpool_trainer_free(whole);
    }
}

#[test]
fn a_model_predicts_the_same_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "model.safetensors");
    let setup = Setup::new(2);
    let trainer = setup.trainer();
    fit(trainer, None, None, null_mut());
    // SAFETY: handles and strings are live.
    unsafe {
        let model = get(null_mut(), |out, e| diffpool_trainer_model(trainer, out, e));
        diffpool_trainer_free(trainer);
        let expected = logits(model, setup.dataset);
        check(|e| diffpool_model_save(model, file.as_ptr(), e));
        let loaded = get(null_mut(), |out, e| diffpool_model_load(file.as_ptr(), out, e));
        assert_eq!(logits(loaded, setup.dataset), expected);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (model, dataset) = (Shared(model.cast_const()), Shared(setup.dataset.cast_const()));
                std::thread::spawn(move || logits(model.get(), dataset.get()))
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
        diffpool_model_free(loaded);
        diffpool_model_free(model);
    }
}

/// The logits that an evaluation gave, and its loss, to the last bit.
unsafe fn numbers(evaluation: *mut DiffpoolEvaluation) -> (Vec<u32>, u64) {
    let mut values = [0.0_f32; 256];
    // SAFETY: the evaluation is live until it is freed here.
    unsafe {
        let loss = diffpool_evaluation_metric(evaluation, c"loss".as_ptr());
        let length = get(0, |out, e| diffpool_evaluation_copy_logits(evaluation, values.as_mut_ptr(), 256, out, e));
        diffpool_evaluation_free(evaluation);
        (values[..length].iter().map(|v| v.to_bits()).collect(), loss.to_bits())
    }
}

#[test]
fn a_predictor_gives_what_others_give() {
    let setup = Setup::new(1);
    // SAFETY: handles and arrays are live.
    unsafe {
        let model = get(null_mut(), |out, e| diffpool_model_new(setup.config, setup.dataset, null(), out, e));
        let [warm, other] =
            [2, 1].map(|threads| get(null_mut(), |out, e| diffpool_predictor_new(model, threads, out, e)));
        let some = [3_usize, 1, 7];
        for (indices, length) in [(null(), DIFFPOOL_ALL), (some.as_ptr(), 3), (null(), DIFFPOOL_ALL)] {
            let of = |predictor| {
                numbers(get(null_mut(), |out, e| {
                    diffpool_predictor_evaluate(predictor, setup.dataset, indices, length, null(), out, e)
                }))
            };
            assert_eq!(of(warm), of(other));
            // A failure leaves it as it was.
            let (mut out, wrong) = (null_mut(), [999_usize]);
            let status =
                diffpool_predictor_evaluate(warm, setup.dataset, wrong.as_ptr(), 1, null(), &mut out, null_mut());
            assert!(status == DiffpoolStatus::NotFound && out.is_null());
        }
        // The same bits as those of a session, graph by graph.
        check(|e| diffpool_predictor_predict_dataset(warm, setup.dataset, null(), DIFFPOOL_ALL, null(), e));
        let mut all = [0.0_f32; 60];
        check(|e| diffpool_predictor_copy_logits(warm, all.as_mut_ptr(), 60, null_mut(), e));
        assert_eq!(all[..20].iter().map(|v| v.to_bits()).collect::<Vec<_>>(), logits(model, setup.dataset));
        diffpool_model_free(model);
        check(|e| diffpool_predictor_predict_dataset(warm, setup.dataset, some.as_ptr(), 3, null(), e));
        assert_eq!(diffpool_predictor_graph_count(warm), 3);
        diffpool_predictor_free(warm);
        diffpool_predictor_free(other);
    }
}

#[test]
fn handles_keep_alive_what_they_need() {
    let setup = Setup::new(1);
    // SAFETY: a handle is used until it is freed, and what it was made from is not used after that is freed.
    unsafe {
        let dataset = get(null_mut(), |out, e| diffpool_dataset_synthetic(c"ba".as_ptr(), 30, 1, out, e));
        let trainer = get(null_mut(), |out, e| diffpool_trainer_new(setup.config, dataset, null(), null(), out, e));
        diffpool_dataset_free(dataset);
        assert_eq!(fit(trainer, None, None, null_mut()), DiffpoolStopReason::Finished);
        let model = get(null_mut(), |out, e| diffpool_trainer_model(trainer, out, e));
        diffpool_trainer_free(trainer);
        let session = get(null_mut(), |out, e| diffpool_session_new(model, out, e));
        diffpool_model_free(model);
        check(|e| diffpool_session_predict_from(session, setup.dataset, 0, null(), e));
        diffpool_session_free(session);
    }
}
