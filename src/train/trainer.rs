//! Training: epochs over mini-batches, validation, early stopping, checkpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::clusters::Clusters;
use super::evaluate::{Mean, total_loss};
use super::fingerprint::fingerprint;
use super::metrics::Recorder;
use super::optimizer::{self, Arrays};
use super::source::Source;
use crate::error::{Error, Result, bail};
use crate::graph::{Dataset, try_resize};
use crate::layers::norm::RunningStatistics;
use crate::model::config::{Config, EarlyStopping};
use crate::model::engine::{Engine, Pass};
use crate::model::{Best, ClusterDiagnostics, EpochRecord, Model, TrainState, ValidationRecord};
use crate::ops::executor::Executor;
use crate::ops::random::{Purpose, shuffle, stream};
use crate::ops::real::Real;

/// Trains one model on graphs of one data set.
///
/// A run is a function of data, configuration and seed alone: threads, callbacks and interruptions change no bit of it.
pub struct Trainer<T: 'static> {
    run: Run<T>,
    executor: Executor,
}

/// Everything of a trainer but its threads.
struct Run<T: 'static> {
    state: TrainState<T>,
    dataset: Arc<Dataset>,
    train: Vec<usize>,
    validation: Vec<usize>,
    source: Source,
    engine: Engine<T>,
    recorder: Recorder,
    class_weights: Vec<T>,
    gradient: Vec<T>,
    order: Vec<usize>,
    /// The numbers at the end of the last finished epoch, to fall back to.
    finished: Numbers<T>,
}

/// The numbers that an epoch changes.
struct Numbers<T> {
    parameters: Vec<T>,
    running: RunningStatistics<T>,
    first_moment: Vec<T>,
    second_moment: Vec<T>,
    step: u64,
}

/// Why [`Trainer::fit`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum StopReason {
    /// All epochs are done.
    Finished = 0,
    /// The validation graphs saw no improvement for as many epochs as the patience allows.
    Patience = 1,
    /// A callback asked to stop.
    Callback = 2,
    /// The run was cancelled from outside.
    Cancelled = 3,
}

/// One batch, as its callback sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchRecord {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Number of the batch, from 1.
    pub batch: usize,
    /// Batches an epoch.
    pub batches: usize,
    /// Weighted sum of the batch's losses.
    pub loss: f64,
}

/// Called when an epoch is done; `false` stops.
pub type OnEpoch<'a> = &'a mut dyn FnMut(&EpochRecord) -> bool;
/// Called when a batch is done; `false` stops.
pub type OnBatch<'a> = &'a mut dyn FnMut(&BatchRecord) -> bool;
/// Called with the state to write after every `checkpoint_every` epochs.
pub type OnCheckpoint<'a, T> = &'a mut dyn FnMut(&TrainState<T>) -> Result<()>;

/// What a run tells its caller. All of it happens on the thread that called [`Trainer::fit`].
pub struct Callbacks<'a, T: 'static> {
    /// After every epoch.
    pub on_epoch: Option<OnEpoch<'a>>,
    /// After every batch.
    pub on_batch: Option<OnBatch<'a>>,
    /// Every `checkpoint_every` epochs.
    pub on_checkpoint: Option<OnCheckpoint<'a, T>>,
    /// Set from any thread to stop after the present batch.
    pub cancel: Option<&'a AtomicBool>,
}

impl<T> Default for Callbacks<'_, T> {
    fn default() -> Self {
        Self { on_epoch: None, on_batch: None, on_checkpoint: None, cancel: None }
    }
}

/// What the run asks of the thread that called `fit`.
enum Event<T: 'static> {
    Epoch(EpochRecord),
    Batch(BatchRecord),
    Checkpoint(Box<TrainState<T>>),
}

/// Sends an event to the caller; `false` asks to stop.
type Tell<'a, T> = &'a mut dyn FnMut(Event<T>) -> Result<bool>;

impl<T: Real> Trainer<T> {
    /// A trainer of a new model. `validation` may be empty where `patience` is 0.
    pub fn new(config: &Config, dataset: Arc<Dataset>, train: &[usize], validation: &[usize]) -> Result<Self> {
        let model = Model::new(config, &dataset, train)?;
        Self::from_model(model, dataset, train, validation)
    }

    /// A trainer that starts from the weights of `model`, with the training settings of its configuration.
    pub fn from_model(model: Model<T>, dataset: Arc<Dataset>, train: &[usize], validation: &[usize]) -> Result<Self> {
        dataset.check_indices(train)?;
        dataset.check_indices(validation)?;
        let (mut first_moment, mut second_moment) = (Vec::new(), Vec::new());
        try_resize(&mut first_moment, model.parameter_count(), T::zero())?;
        try_resize(&mut second_moment, model.parameter_count(), T::zero())?;
        let data_fingerprint = fingerprint(&dataset, train, validation);
        let state = TrainState {
            model,
            epoch: 0,
            step: 0,
            first_moment,
            second_moment,
            best: None,
            history: Vec::new(),
            data_fingerprint,
        };
        check_split(&dataset, train, validation)?;
        check_state(&state)?;
        Self::start(state, dataset, train, validation)
    }

    /// A trainer that goes on where `state` was taken, on the same graphs.
    pub fn resume(state: TrainState<T>, dataset: Arc<Dataset>, train: &[usize], validation: &[usize]) -> Result<Self> {
        dataset.check_indices(train)?;
        dataset.check_indices(validation)?;
        check_split(&dataset, train, validation)?;
        check_state(&state)?;
        if state.data_fingerprint != fingerprint(&dataset, train, validation) {
            bail!(InvalidArgument, "the graphs or their split are not those that the training run began with");
        }
        Self::start(state, dataset, train, validation)
    }

    /// A trainer of a state, of graphs and of a split that have been checked and fit together.
    fn start(state: TrainState<T>, dataset: Arc<Dataset>, train: &[usize], validation: &[usize]) -> Result<Self> {
        let config = state.model.config();
        if config.patience > 0 && validation.is_empty() {
            bail!(InvalidConfig, "patience is {}, but there are no validation graphs", config.patience);
        }
        let executor = Executor::new(config.threads)?;
        let used: Vec<usize> = train.iter().chain(validation).copied().collect();
        let source = Source::new(&state.model, &dataset, &used, &executor)?;
        let engine = Engine::new(state.model.network(), config.chunks, config.batch_norm_epsilon)?;
        let recorder = Recorder::new(&state.model, train.len().max(validation.len()))?;
        let mut gradient = Vec::new();
        try_resize(&mut gradient, state.model.parameter_count(), T::zero())?;
        let run = Run {
            class_weights: state.model.class_weights(),
            finished: Numbers::of(&state),
            state,
            dataset,
            train: train.to_vec(),
            validation: validation.to_vec(),
            source,
            engine,
            recorder,
            gradient,
            order: train.to_vec(),
        };
        Ok(Self { run, executor })
    }

    /// Trains until all epochs are done, patience is out, or somebody asks to stop. Called again, it goes on.
    ///
    /// When it stops within an epoch, by a callback, a cancellation or an error, the run is as after the last finished
    /// epoch.
    pub fn fit(&mut self, callbacks: &mut Callbacks<'_, T>) -> Result<StopReason> {
        let Self { run, executor } = self;
        let config = run.state.model.config();
        if config.checkpoint_every > 0 && callbacks.on_checkpoint.is_none() {
            let every = config.checkpoint_every;
            bail!(InvalidState, "checkpoint_every is {every}, but there is no file to write checkpoints to");
        }
        let cancel = callbacks.cancel;
        let wants_batches = callbacks.on_batch.is_some();
        let serve = |event: Event<T>| match event {
            Event::Epoch(record) => Ok(callbacks.on_epoch.as_mut().is_none_or(|f| f(&record))),
            Event::Batch(record) => Ok(callbacks.on_batch.as_mut().is_none_or(|f| f(&record))),
            Event::Checkpoint(state) => callbacks.on_checkpoint.as_mut().map_or(Ok(()), |f| f(&state)).map(|()| true),
        };
        executor.run(serve, |tell| {
            let result = run.epochs(executor, cancel, wants_batches, tell);
            run.finished.restore(&mut run.state);
            result
        })
    }

    /// Changes how many epochs the run has in all, so that a finished or resumed one can go on for longer.
    pub fn set_epochs(&mut self, epochs: usize) -> Result<()> {
        let state = &mut self.run.state;
        if epochs < state.epoch {
            bail!(InvalidArgument, "epochs is {epochs}, but {} are finished already", state.epoch);
        }
        state.model.set_epochs(epochs)
    }

    /// The model: with the weights that were best on the validation graphs where the configuration restores them, else
    /// with those after the last epoch.
    pub fn model(&self) -> Model<T> {
        let state = &self.run.state;
        let mut model = state.model.clone();
        if let (true, Some(best)) = (model.config().restore_best, &state.best) {
            model.copy_numbers_from(&best.parameters, &best.running);
        }
        model
    }

    /// The state of the run after the last finished epoch.
    pub fn state(&self) -> &TrainState<T> {
        &self.run.state
    }

    /// One record an epoch finished.
    pub fn history(&self) -> &[EpochRecord] {
        &self.run.state.history
    }

    /// Number of threads that work.
    pub fn threads(&self) -> usize {
        self.executor.threads()
    }
}

impl<T: Real> Run<T> {
    fn epochs(
        &mut self,
        executor: &Executor,
        cancel: Option<&AtomicBool>,
        wants_batches: bool,
        tell: Tell<'_, T>,
    ) -> Result<StopReason> {
        let config = self.state.model.config().clone();
        while self.state.epoch < config.epochs {
            if self.out_of_patience(&config) {
                return Ok(StopReason::Patience);
            }
            let begin = Instant::now();
            let epoch = self.state.epoch + 1;
            let mut record = match self.epoch(&config, executor, cancel, wants_batches, tell)? {
                Ok(record) => record,
                Err(reason) => return Ok(reason),
            };
            record.validation = self.validate(&config, executor, &mut record.validation_clusters)?;
            record.seconds = begin.elapsed().as_secs_f64();
            self.keep_best(&config, &record);
            self.state.epoch = epoch;
            self.state.history.push(record.clone());
            self.finished.take(&self.state);
            if config.checkpoint_every > 0 && epoch.is_multiple_of(config.checkpoint_every) {
                tell(Event::Checkpoint(Box::new(self.state.clone())))?;
            }
            if !tell(Event::Epoch(record))? {
                return Ok(StopReason::Callback);
            }
        }
        Ok(StopReason::Finished)
    }

    /// One epoch over the training graphs; the inner error is a reason to stop within it.
    fn epoch(
        &mut self,
        config: &Config,
        executor: &Executor,
        cancel: Option<&AtomicBool>,
        wants_batches: bool,
        tell: Tell<'_, T>,
    ) -> Result<std::result::Result<EpochRecord, StopReason>> {
        let epoch = self.state.epoch + 1;
        self.order.copy_from_slice(&self.train);
        if config.shuffle {
            shuffle(&mut stream(config.seed, Purpose::Shuffle, epoch as u64, 0), &mut self.order);
        }
        let batches = self.order.len().div_ceil(config.batch_size);
        self.recorder.clear();
        let (mut mean, mut clusters) = (Mean::default(), Clusters::new(&self.state.model));
        let mut largest_norm: f64 = 0.0;
        for batch in 0..batches {
            if cancel.is_some_and(|c| c.load(Ordering::Relaxed)) {
                return Ok(Err(StopReason::Cancelled));
            }
            let graphs = batch * config.batch_size..((batch + 1) * config.batch_size).min(self.order.len());
            let place = |e: Error| e.in_context(format_args!("epoch {epoch}, batch {}", batch + 1));
            let (loss, norm) = self.step(config, executor, graphs, &mut mean).map_err(place)?;
            largest_norm = largest_norm.max(norm);
            clusters.add(&self.engine);
            if wants_batches && !tell(Event::Batch(BatchRecord { epoch, batch: batch + 1, batches, loss }))? {
                return Ok(Err(StopReason::Callback));
            }
        }
        let state = &self.state;
        if ![state.model.parameters(), &state.first_moment, &state.second_moment].into_iter().all(is_finite) {
            bail!(Diverged, "epoch {epoch}, batch {batches}: a parameter is not finite after it");
        }
        let parts = mean.parts();
        Ok(Ok(EpochRecord {
            epoch,
            loss: total_loss(&self.state.model, parts),
            class_loss: parts.class_loss,
            link_loss: parts.link_loss,
            entropy_loss: parts.entropy_loss,
            accuracy: mean.accuracy(),
            metric: self.recorder.value(mean.accuracy(), &self.dataset, &self.order)?,
            validation: None,
            clusters: clusters.means()?,
            validation_clusters: Vec::new(),
            learning_rate: config.learning_rate,
            gradient_norm: largest_norm,
            seconds: 0.0,
        }))
    }

    /// One optimiser step on graphs of the epoch's order. Returns loss and gradient norm.
    fn step(
        &mut self,
        config: &Config,
        executor: &Executor,
        graphs: std::ops::Range<usize>,
        mean: &mut Mean,
    ) -> Result<(f64, f64)> {
        let Self { state, dataset, source, engine, recorder, class_weights, gradient, order, .. } = self;
        let (network, schema, parameters, running) = state.model.training_parts();
        let pass = Pass { network, schema, parameters, class_weights, executor };
        let batch = &order[graphs];
        let item = |i: usize| source.item(dataset, batch[i]);
        let key = (config.seed, state.step);
        let parts = engine.train(pass, running, config.batch_norm_momentum, key, batch.len(), item, gradient)?;
        let loss = total_loss(&state.model, parts);
        let norm = optimizer::global_norm(gradient);
        // The optimiser squares the gradient.
        if !loss.is_finite() || !T::of(norm * norm).is_finite() {
            bail!(Diverged, "the loss is {loss} and the gradient norm {norm}");
        }
        // A batch norm makes large values small, so that the loss does not tell.
        if !is_finite(&state.model.running().mean) || !is_finite(&state.model.running().variance) {
            bail!(Diverged, "the mean or the variance of a batch norm is not finite");
        }
        mean.add(parts);
        recorder.add(state.model.network(), engine.chunks())?;
        state.step += 1;
        let arrays = Arrays {
            parameters: state.model.parameters_mut(),
            gradient,
            first_moment: &mut state.first_moment,
            second_moment: &mut state.second_moment,
        };
        optimizer::step(config, state.step, norm, arrays, executor);
        Ok((loss, norm))
    }

    fn validate(
        &mut self,
        config: &Config,
        executor: &Executor,
        clusters: &mut Vec<ClusterDiagnostics>,
    ) -> Result<Option<ValidationRecord>> {
        let Self { state, dataset, source, engine, recorder, class_weights, validation, .. } = self;
        if validation.is_empty() {
            return Ok(None);
        }
        let model = &state.model;
        let (network, schema, parameters) = (model.network(), model.schema(), model.parameters());
        let pass = Pass { network, schema, parameters, class_weights, executor };
        engine.set_running(network, model.running(), parameters);
        recorder.clear();
        let (mut mean, mut sums) = (Mean::default(), Clusters::new(model));
        for batch in validation.chunks(config.batch_size) {
            mean.add(engine.evaluate(pass, batch.len(), |i| source.item(dataset, batch[i]), true)?);
            sums.add(engine);
            recorder.add(network, engine.chunks())?;
        }
        *clusters = sums.means()?;
        let loss = mean.loss(model);
        if !loss.is_finite() {
            bail!(Diverged, "epoch {}: the loss of the validation graphs is {loss}", state.epoch + 1);
        }
        let accuracy = mean.accuracy();
        let metric = recorder.value(accuracy, dataset, validation)?;
        Ok(Some(ValidationRecord { loss, accuracy, metric }))
    }

    fn keep_best(&mut self, config: &Config, record: &EpochRecord) {
        let Some(validation) = record.validation else { return };
        let (metric, rises) = match config.early_stopping {
            EarlyStopping::Loss => (validation.loss, false),
            EarlyStopping::Accuracy => (validation.accuracy, true),
            EarlyStopping::Metric => (validation.metric, config.recorded_metric().rises()),
        };
        // Where it is not defined, nothing can be said to be better.
        if metric.is_nan() {
            return;
        }
        let better = |new: f64, old: f64| if rises { new > old } else { new < old };
        let model = &self.state.model;
        match &mut self.state.best {
            Some(best) if !better(metric, best.metric) => {}
            Some(best) => {
                (best.epoch, best.metric) = (record.epoch, metric);
                best.parameters.copy_from_slice(model.parameters());
                best.running.mean.copy_from_slice(&model.running().mean);
                best.running.variance.copy_from_slice(&model.running().variance);
            }
            none => {
                let (parameters, running) = (model.parameters().to_vec(), model.running().clone());
                *none = Some(Best { epoch: record.epoch, metric, parameters, running });
            }
        }
    }

    fn out_of_patience(&self, config: &Config) -> bool {
        let best = self.state.best.as_ref().map_or(0, |best| best.epoch);
        config.patience > 0 && self.state.epoch - best >= config.patience
    }
}

impl<T: Real> Numbers<T> {
    fn of(state: &TrainState<T>) -> Self {
        Self {
            parameters: state.model.parameters().to_vec(),
            running: state.model.running().clone(),
            first_moment: state.first_moment.clone(),
            second_moment: state.second_moment.clone(),
            step: state.step,
        }
    }

    fn take(&mut self, state: &TrainState<T>) {
        self.parameters.copy_from_slice(state.model.parameters());
        self.running.mean.copy_from_slice(&state.model.running().mean);
        self.running.variance.copy_from_slice(&state.model.running().variance);
        self.first_moment.copy_from_slice(&state.first_moment);
        self.second_moment.copy_from_slice(&state.second_moment);
        self.step = state.step;
    }

    fn restore(&self, state: &mut TrainState<T>) {
        state.model.copy_numbers_from(&self.parameters, &self.running);
        state.first_moment.copy_from_slice(&self.first_moment);
        state.second_moment.copy_from_slice(&self.second_moment);
        state.step = self.step;
    }
}

fn is_finite<T: Real>(values: &[T]) -> bool {
    values.iter().all(|v| v.is_finite())
}

/// Checks that the parts of a state fit each other.
fn check_state<T: Real>(state: &TrainState<T>) -> Result<()> {
    let (parameters, channels) = (state.model.parameter_count(), state.model.network().channels());
    let fits = |len: usize, wanted: usize, name: &str| match len == wanted {
        true => Ok(()),
        false => bail!(ShapeMismatch, "{name} of the training state has {len} values, but must have {wanted}"),
    };
    fits(state.first_moment.len(), parameters, "first_moment")?;
    fits(state.second_moment.len(), parameters, "second_moment")?;
    fits(state.history.len(), state.epoch, "history")?;
    let Some(best) = &state.best else { return Ok(()) };
    fits(best.parameters.len(), parameters, "best.parameters")?;
    fits(best.running.mean.len(), channels, "best.running.mean")?;
    fits(best.running.variance.len(), channels, "best.running.variance")
}

fn check_split(dataset: &Dataset, train: &[usize], validation: &[usize]) -> Result<()> {
    if train.is_empty() {
        bail!(InvalidArgument, "there are no training graphs");
    }
    let mut seen = vec![false; dataset.len()];
    for &index in train.iter().chain(validation) {
        if std::mem::replace(&mut seen[index], true) {
            bail!(InvalidArgument, "graph {index} is named twice among training and validation graphs");
        }
    }
    Ok(())
}
