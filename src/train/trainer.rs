//! Training: epochs over mini-batches, validation, early stopping, checkpoints.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::callbacks::{BatchRecord, Callbacks, StopReason};
use super::clusters::Clusters;
use super::evaluation::{Mean, total_loss};
use super::fingerprint::fingerprint;
use super::graph_lists::check_split;
use super::metrics::{Recorder, check_watched};
use super::notices::{Notice, Notices};
use super::optimizer::{self, Arrays};
use super::prepared::PreparedGraphs;
use super::progress::Progress;
use super::provenance::{self, Clock};
use super::snapshot::Snapshot;
use super::training_numbers::{TrainingNumbers, check_state, copy_running, is_finite};
use crate::config::{Annealing, CheckedConfig, Config, LearningRateSchedule};
use crate::control::{self, Control};
use crate::error::{Error, Result, bail};
use crate::graph::Dataset;
use crate::memory::{try_copy, try_extend, try_resize};
use crate::model::engine::{Engine, Pass, Share};
use crate::model::{Average, EpochRecord, Model, TrainState};
use crate::ops::moving_average;
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::random::{Purpose, shuffle, stream};
use crate::ops::runtime::real::Real;

/// Trains one model on graphs of one data set.
///
/// A run is a function of data, configuration and seed alone: threads, callbacks and interruptions change no bit of it.
pub struct Trainer<T: 'static> {
    run: Run<T>,
    executor: Executor,
    notices: Notices,
    /// When the last `fit` ended, in seconds since 1970.
    ended: Option<u64>,
}

/// Everything of a trainer but its threads.
pub(super) struct Run<T: 'static> {
    pub(super) state: TrainState<T>,
    pub(super) dataset: Arc<Dataset>,
    train: Vec<usize>,
    pub(super) validation: Vec<usize>,
    pub(super) graphs: PreparedGraphs,
    pub(super) engine: Engine<T>,
    pub(super) recorder: Recorder,
    pub(super) class_weights: Vec<T>,
    gradient: Vec<T>,
    order: Vec<usize>,
    progress: Progress,
    /// The numbers at the end of the last finished epoch, to fall back to.
    finished: TrainingNumbers<T>,
    /// The model of the last epoch, where the caller wants to see it.
    snapshot: Option<Snapshot<T>>,
    told_of_single_row: bool,
}

/// A batch and the step of the optimiser that it is of, as ranges of the epoch's order.
struct StepBatch {
    graphs: Range<usize>,
    /// The graphs of all batches that make up one step of the optimiser.
    step: Range<usize>,
    /// Whether it is the last of them.
    last: bool,
}

/// What the run asks of the thread that called `fit`.
enum Event<T: 'static> {
    Epoch(EpochRecord, Option<Arc<Model<T>>>),
    Batch(BatchRecord),
    Checkpoint(Box<TrainState<T>>),
    Notice(Notice),
}

/// Sends an event to the caller; `false` asks to stop.
type Tell<'a, T> = &'a mut dyn FnMut(Event<T>) -> Result<bool>;

impl<T: Real> Trainer<T> {
    /// A trainer of a new model. `validation` may be empty where nothing goes by it: patience or a plateau.
    pub fn new(config: &CheckedConfig, dataset: Arc<Dataset>, train: &[usize], validation: &[usize]) -> Result<Self> {
        Self::begin(Model::new(config, &dataset, train)?, dataset, train, validation)
    }

    /// A trainer that starts from the weights of `model`, with the training settings of its configuration.
    pub fn from_model(
        mut model: Model<T>,
        dataset: Arc<Dataset>,
        train: &[usize],
        validation: &[usize],
    ) -> Result<Self> {
        model.widen_seen(&dataset, train)?;
        Self::begin(model, dataset, train, validation)
    }

    fn begin(model: Model<T>, dataset: Arc<Dataset>, train: &[usize], validation: &[usize]) -> Result<Self> {
        dataset.check_indices(train)?;
        dataset.check_indices(validation)?;
        let (mut first_moment, mut second_moment) = (Vec::new(), Vec::new());
        try_resize(&mut first_moment, model.parameter_count(), T::zero())?;
        try_resize(&mut second_moment, model.parameter_count(), T::zero())?;
        let averaged = model.config().ema_decay > 0.0;
        let average = averaged.then(|| Average::of(model.parameters(), model.running())).transpose()?;
        let data_fingerprint = fingerprint(&dataset, train, validation, model.schema().rules());
        let state = TrainState {
            model,
            epoch: 0,
            step: 0,
            first_moment,
            second_moment,
            average,
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
        if state.data_fingerprint != fingerprint(&dataset, train, validation, state.model.schema().rules()) {
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
        if config.learning_rate_schedule == LearningRateSchedule::Plateau && validation.is_empty() {
            bail!(InvalidConfig, "learning_rate_schedule is \"plateau\", but there are no validation graphs");
        }
        let executor = Executor::new(config.threads)?;
        let mut used = try_copy(train)?;
        try_extend(&mut used, validation)?;
        let graphs = PreparedGraphs::new(&state.model, &dataset, &used, &executor)?;
        check_watched(&state.model, graphs.truth(&dataset), validation)?;
        let engine = Engine::new(state.model.network(), config.chunks, config.batch_norm_epsilon)?;
        let recorder = Recorder::new(&state.model, train.len().max(validation.len()))?;
        let mut gradient = Vec::new();
        try_resize(&mut gradient, state.model.parameter_count(), T::zero())?;
        let run = Run {
            class_weights: state.model.class_weights(),
            progress: Progress::of(config, &state.history),
            finished: TrainingNumbers::of(&state)?,
            state,
            dataset,
            train: try_copy(train)?,
            validation: try_copy(validation)?,
            graphs,
            engine,
            recorder,
            gradient,
            order: try_copy(train)?,
            snapshot: None,
            told_of_single_row: false,
        };
        let notices = Notices::new(&run.state.model);
        Ok(Self { run, executor, notices, ended: None })
    }

    /// Trains until all epochs are done, patience is out, or somebody asks to stop. Called again, it goes on.
    ///
    /// When it stops within an epoch, by a callback, a cancellation or an error, the run is as after the last finished
    /// epoch.
    pub fn fit(&mut self, callbacks: &mut Callbacks<'_, T>) -> Result<StopReason> {
        self.executor.check_process().map_err(|e| e.in_context("the trainer"))?;
        let clock = Clock::of_environment()?;
        let Self { run, executor, notices, ended } = self;
        let config = run.state.model.config();
        if config.checkpoint_every > 0 && callbacks.on_checkpoint.is_none() {
            let every = config.checkpoint_every;
            bail!(InvalidState, "checkpoint_every is {every}, but there is no file to write checkpoints to");
        }
        if let Some(tell) = &mut callbacks.on_notice {
            notices.of_data(&run.state.model, &run.dataset, &run.train)?.iter().for_each(tell);
        }
        let control = callbacks.control;
        let wants_batches = callbacks.on_batch.is_some();
        run.snapshot = callbacks.on_model.is_some().then(Snapshot::default);
        let serve = |event: Event<T>| match event {
            Event::Epoch(record, model) => {
                if let Some(tell) = &mut callbacks.on_notice {
                    notices.of_epoch(&record).iter().for_each(tell);
                }
                let goes_on = callbacks.on_epoch.as_mut().is_none_or(|f| f(&record));
                let models = callbacks.on_model.as_mut().zip(model);
                Ok(models.is_none_or(|(f, model)| f(&record, &model)) && goes_on)
            }
            Event::Notice(notice) => {
                callbacks.on_notice.as_mut().into_iter().for_each(|tell| tell(&notice));
                Ok(true)
            }
            Event::Batch(record) => Ok(callbacks.on_batch.as_mut().is_none_or(|f| f(&record))),
            Event::Checkpoint(state) => callbacks.on_checkpoint.as_mut().map_or(Ok(()), |f| f(&state)).map(|()| true),
        };
        let result = executor.run(serve, |tell| {
            let result = run.epochs(executor, control, wants_batches, tell);
            run.finished.restore(&mut run.state);
            result
        });
        *ended = Some(clock.seconds());
        result
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
    /// with those after the last epoch; averaged ones where it averages them. How it was trained is in its metadata.
    pub fn model(&self) -> Result<Model<T>> {
        let state = &self.run.state;
        let mut model = state.model.try_clone()?;
        let (parameters, running) = match (model.config().restore_best, &state.best) {
            (true, Some(best)) => (best.parameters.as_slice(), &best.running),
            _ => state.weights(),
        };
        model.copy_numbers_from(parameters, running);
        if state.epoch > 0 {
            let graphs = [self.run.train.len(), self.run.validation.len()];
            provenance::write(model.metadata_mut(), state, graphs, self.ended);
        }
        Ok(model)
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
        control: Option<&Control>,
        wants_batches: bool,
        tell: Tell<'_, T>,
    ) -> Result<StopReason> {
        let config = self.state.model.config().clone();
        while self.state.epoch < config.epochs {
            if self.progress.out_of_patience(&config) {
                return Ok(StopReason::Patience);
            }
            let begin = Instant::now();
            let epoch = self.state.epoch + 1;
            let mut record = match self.epoch(&config, executor, control, wants_batches, tell)? {
                Ok(record) => record,
                Err(reason) => return Ok(reason),
            };
            record.validation = self.validate(&config, executor, &mut record.validation_clusters)?;
            record.seconds = begin.elapsed().as_secs_f64();
            self.keep_best(&config, &record)?;
            self.progress.observe(&config, &record);
            self.state.epoch = epoch;
            self.state.history.push(record.clone());
            self.finished.take(&self.state);
            if config.checkpoint_every > 0 && epoch.is_multiple_of(config.checkpoint_every) {
                tell(Event::Checkpoint(Box::new(self.state.try_clone()?)))?;
            }
            let model = self.snapshot.as_mut().map(|snapshot| snapshot.of(&self.state)).transpose()?;
            if !tell(Event::Epoch(record, model))? {
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
        control: Option<&Control>,
        wants_batches: bool,
        tell: Tell<'_, T>,
    ) -> Result<std::result::Result<EpochRecord, StopReason>> {
        let epoch = self.state.epoch + 1;
        self.order.copy_from_slice(&self.train);
        if config.shuffle {
            shuffle(&mut stream(config.seed, Purpose::Shuffle, epoch as u64, 0), &mut self.order);
        }
        let rate = self.progress.learning_rate(config, self.state.epoch);
        let (graphs, batches) = (self.order.len(), self.order.len().div_ceil(config.batch_size));
        self.recorder.clear();
        let (mut mean, mut clusters) = (Mean::default(), Clusters::new(&self.state.model));
        let mut largest_norm: f64 = 0.0;
        for batch in 0..batches {
            control::check(control)?;
            let place = |e: Error| e.in_context(format_args!("epoch {epoch}, batch {}", batch + 1));
            let first = batch / config.accumulate_batches * config.accumulate_batches;
            let step = first..(first + config.accumulate_batches).min(batches);
            let of = |batches: Range<usize>| {
                batches.start * config.batch_size..(batches.end * config.batch_size).min(graphs)
            };
            let batch_of_step =
                StepBatch { graphs: of(batch..batch + 1), step: of(step.clone()), last: batch + 1 == step.end };
            let (loss, norm) = self.batch(config, rate, executor, &batch_of_step, &mut mean).map_err(place)?;
            largest_norm = largest_norm.max(norm);
            if let Some(level) = self.engine.single_row(self.state.model.network()).filter(|_| !self.told_of_single_row)
            {
                self.told_of_single_row = true;
                tell(Event::Notice(Notice::SingleRow { level }))?;
            }
            clusters.add(&self.engine);
            if wants_batches && !tell(Event::Batch(BatchRecord { epoch, batch: batch + 1, batches, loss }))? {
                return Ok(Err(StopReason::Callback));
            }
        }
        let state = &self.state;
        if ![state.model.parameters(), &state.first_moment, &state.second_moment].into_iter().all(is_finite) {
            bail!(Diverged, "epoch {epoch}, batch {batches}: a parameter is not finite after it");
        }
        let (parts, annealing) = (mean.parts(), Annealing::after(config, self.state.epoch));
        Ok(Ok(EpochRecord {
            epoch,
            loss: total_loss(&self.state.model, &annealing, &parts),
            class_loss: parts.class_loss,
            pooling: parts.pooling,
            accuracy: mean.accuracy(),
            metric: self.recorder.value(mean.accuracy(), self.graphs.truth(&self.dataset), &self.order)?,
            validation: None,
            clusters: clusters.means()?,
            validation_clusters: Vec::new(),
            learning_rate: rate,
            gradient_norm: largest_norm,
            seconds: 0.0,
        }))
    }

    /// Forward and backward pass of one batch, and the step of the optimiser after the last one that it is made of.
    /// Returns the loss of the batch and the norm of the gradient, which is 0 where there is no step.
    fn batch(
        &mut self,
        config: &Config,
        rate: f64,
        executor: &Executor,
        of_step: &StepBatch,
        mean: &mut Mean,
    ) -> Result<(f64, f64)> {
        let Self { state, dataset, graphs, engine, recorder, class_weights, gradient, order, .. } = self;
        if of_step.graphs.start == of_step.step.start {
            gradient.fill(T::zero());
        }
        let share = (of_step.graphs != of_step.step).then(|| Share {
            class_weight: graphs.target_weight(dataset, &order[of_step.step.clone()], class_weights),
            graphs: of_step.graphs.len() as f64 / of_step.step.len() as f64,
        });
        let (network, schema, parameters, running) = state.model.training_parts();
        let annealing = Annealing::after(config, state.epoch);
        let pass = Pass { network, schema, parameters, class_weights, executor, control: None, share, annealing };
        let batch = &order[of_step.graphs.clone()];
        let item = |i: usize| graphs.item(dataset, batch[i]);
        let key = (config.seed, state.step);
        let parts = engine.train(pass, running, config.batch_norm_momentum, key, batch.len(), item, gradient)?;
        let loss = total_loss(&state.model, &annealing, &parts);
        let norm = if of_step.last || !loss.is_finite() { optimizer::global_norm(gradient) } else { 0.0 };
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
        if of_step.last {
            self.step(config, rate, norm, executor);
        }
        Ok((loss, norm))
    }

    /// One step of the optimiser with the gradient at hand.
    fn step(&mut self, config: &Config, rate: f64, norm: f64, executor: &Executor) {
        let Self { state, gradient, .. } = self;
        state.step += 1;
        let arrays = Arrays {
            parameters: state.model.parameters_mut(),
            gradient,
            first_moment: &mut state.first_moment,
            second_moment: &mut state.second_moment,
        };
        optimizer::step(config, (state.step, rate), norm, arrays, executor);
        let Some(average) = &mut state.average else { return };
        let (parameters, running) = (state.model.parameters(), state.model.running());
        if state.step == 1 {
            // The weights before training are not worth remembering.
            average.parameters.copy_from_slice(parameters);
            return copy_running(running, &mut average.running);
        }
        let update = |values: &[T], average: &mut [T]| {
            moving_average::update(config.ema_decay, values, average, executor);
        };
        update(parameters, &mut average.parameters);
        update(&running.mean, &mut average.running.mean);
        update(&running.variance, &mut average.running.variance);
    }
}
