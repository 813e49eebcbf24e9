//! After every epoch: the validation graphs, and the weights that were best on them.

use super::clusters::Clusters;
use super::evaluation::Mean;
use super::progress::{is_better, watched};
use super::trainer::Run;
use super::training_numbers::copy_running;
use crate::config::{Annealing, Config};
use crate::error::{Result, bail};
use crate::memory::try_copy;
use crate::model::engine::Pass;
use crate::model::{Best, ClusterDiagnostics, EpochRecord, ValidationRecord};
use crate::ops::runtime::executor::Executor;
use crate::ops::runtime::real::Real;

impl<T: Real> Run<T> {
    /// Judges the validation graphs, where there are any.
    pub(super) fn validate(
        &mut self,
        config: &Config,
        executor: &Executor,
        clusters: &mut Vec<ClusterDiagnostics>,
    ) -> Result<Option<ValidationRecord>> {
        let Self { state, dataset, graphs, engine, recorder, class_weights, validation, .. } = self;
        if validation.is_empty() {
            return Ok(None);
        }
        let model = &state.model;
        let (network, schema, (parameters, running)) = (model.network(), model.schema(), state.weights());
        let annealing = Annealing::done(config);
        let pass = Pass { network, schema, parameters, class_weights, executor, control: None, share: None, annealing };
        engine.set_running(network, running, parameters);
        recorder.clear();
        let (mut mean, mut sums) = (Mean::default(), Clusters::new(model));
        for batch in validation.chunks(config.batch_size) {
            mean.add(engine.evaluate(pass, batch.len(), |i| graphs.item(dataset, batch[i]), true)?);
            sums.add(engine);
            recorder.add(network, engine.chunks())?;
        }
        *clusters = sums.means()?;
        let loss = mean.loss(model);
        if !loss.is_finite() {
            bail!(Diverged, "epoch {}: the loss of the validation graphs is {loss}", state.epoch + 1);
        }
        let accuracy = mean.accuracy();
        let metric = recorder.value(accuracy, graphs.truth(dataset), validation)?;
        Ok(Some(ValidationRecord { loss, accuracy, metric }))
    }

    /// Keeps the weights where they are better than those kept before.
    pub(super) fn keep_best(&mut self, config: &Config, record: &EpochRecord) -> Result<()> {
        // Where the quantity is not defined, nothing can be said to be better.
        let Some(metric) = watched(config, record).filter(|metric| !metric.is_nan()) else { return Ok(()) };
        if self.state.best.as_ref().is_some_and(|best| !is_better(config, metric, best.metric, 0.0)) {
            return Ok(());
        }
        let epoch = record.epoch;
        let (kept, (parameters, running)) = (self.state.best.take(), self.state.weights());
        self.state.best = Some(match kept {
            Some(mut best) => {
                best.parameters.copy_from_slice(parameters);
                copy_running(running, &mut best.running);
                Best { epoch, metric, ..best }
            }
            None => Best { epoch, metric, parameters: try_copy(parameters)?, running: running.try_clone()? },
        });
        Ok(())
    }
}
