//! The file of a training run between two epochs: with it a run goes on bit for bit as if it had never stopped.
//!
//! The tensors of the model are under `model.`, their moving averages, with an `ema_decay` above 0, are under `ema.`,
//! the moments of the optimiser are `optimizer.first_moment` and `optimizer.second_moment` (all parameters in a row, in
//! the order of the model's list), and the best weights so far, where there are any, are under `best.`. Besides what
//! describes the model, the metadata has as JSON `epoch` (finished ones), `step` (of the optimiser), `best` (its epoch
//! and metric), `history` (an object an epoch; numbers that are not finite are the strings `nan`, `inf` and `-inf`) and
//! `data_fingerprint`. The checksum must be there.

use std::io::Read;
use std::path::Path;

use super::atomic;
use super::container::{Format, Packed, Reader, TensorSpec, Writer};
use super::description::{self, CLASSES, CONFIG, Description, FEATURES, SEEN, TARGETS};
use super::history::{Number, StoredBest, StoredEpoch};
use crate::error::{Error, Result, bail, error};
use crate::layers::norm::RunningStatistics;
use crate::memory::try_resize;
use crate::model::{Average, Best, EpochRecord, Network, TrainState};

const FORMAT: Format = Format {
    name: "libdiffpool-training",
    keys: &[CONFIG, FEATURES, CLASSES, TARGETS, SEEN, EPOCH, STEP, BEST, HISTORY, DATA_FINGERPRINT],
    checksum_required: true,
};

const EPOCH: &str = "epoch";
const STEP: &str = "step";
const BEST: &str = "best";
const HISTORY: &str = "history";
const DATA_FINGERPRINT: &str = "data_fingerprint";

/// Largest number of steps: up to it the optimiser's powers are of a number that is exact.
const MAX_STEP: u64 = 1 << 53;

/// Writes the state of a run into a file, which is replaced as a whole or not at all.
///
/// A weight or moment that is not finite is an error, since [`load`] would refuse it.
pub fn save(state: &TrainState<f32>, path: &Path) -> Result<()> {
    let packed = pack(state).map_err(|e| e.in_context(path.display()))?;
    atomic::write(path, |out| packed.write_to(out))
}

/// Reads the state of a run from a file. The error names the file and the value that is wrong.
pub fn load(path: &Path) -> Result<TrainState<f32>> {
    description::load(path, &FORMAT, read)
}

fn pack(state: &TrainState<f32>) -> Result<Packed<'_>> {
    if let Some(fault) = fault(state) {
        bail!(InvalidArgument, "{fault}");
    }
    let mut writer = Writer::new(&FORMAT);
    let model = &state.model;
    Description::write(model, &mut writer)?;
    writer.json(EPOCH, &state.epoch)?;
    writer.json(STEP, &state.step)?;
    writer.json(DATA_FINGERPRINT, &state.data_fingerprint)?;
    writer.json(HISTORY, &state.history.iter().map(StoredEpoch::from).collect::<Vec<_>>())?;
    let network = model.network();
    let mut values = description::values(network, model.parameters(), model.running());
    values.extend([&state.first_moment[..], &state.second_moment[..]]);
    if let Some(Average { parameters, running }) = &state.average {
        values.extend(description::values(network, parameters, running));
    }
    if let Some(Best { epoch, metric, parameters, running }) = &state.best {
        writer.json(BEST, &StoredBest { epoch: *epoch, metric: Number(*metric) })?;
        values.extend(description::values(network, parameters, running));
    }
    writer.tensors(specs(network, state.average.is_some(), state.best.is_some()), values)?;
    writer.pack()
}

fn read<R: Read>(reader: Reader<R>) -> Result<TrainState<f32>> {
    let description = Description::read(&reader)?;
    let stored_best: Option<StoredBest> = reader.has(BEST).then(|| reader.json(BEST)).transpose()?;
    let averaged = description.config.ema_decay > 0.0;
    let specs = specs(&description.network()?, averaged, stored_best.is_some());
    reader.check_tensors(&specs)?;
    let history: Vec<StoredEpoch> = reader.json(HISTORY)?;
    let mut state = TrainState {
        model: description.blank()?,
        epoch: reader.json(EPOCH)?,
        step: reader.json(STEP)?,
        first_moment: Vec::new(),
        second_moment: Vec::new(),
        average: None,
        best: None,
        history: history.into_iter().map(EpochRecord::from).collect(),
        data_fingerprint: reader.json(DATA_FINGERPRINT)?,
    };
    let count = state.model.parameter_count();
    try_resize(&mut state.first_moment, count, 0.0)?;
    try_resize(&mut state.second_moment, count, 0.0)?;
    let channels = state.model.network().channels();
    let blank = || {
        let mut parameters = Vec::new();
        try_resize(&mut parameters, count, 0.0)?;
        Ok::<_, Error>((parameters, RunningStatistics::new(channels)?))
    };
    if averaged {
        let (parameters, running) = blank()?;
        state.average = Some(Average { parameters, running });
    }
    if let Some(StoredBest { epoch, metric: Number(metric) }) = stored_best {
        let (parameters, running) = blank()?;
        state.best = Some(Best { epoch, metric, parameters, running });
    }
    let (network, _, parameters, running) = state.model.training_parts();
    let mut targets = description::values_mut(network, parameters, running);
    targets.extend([&mut state.first_moment[..], &mut state.second_moment[..]]);
    if let Some(average) = &mut state.average {
        targets.extend(description::values_mut(network, &mut average.parameters, &mut average.running));
    }
    if let Some(best) = &mut state.best {
        targets.extend(description::values_mut(network, &mut best.parameters, &mut best.running));
    }
    reader.read(&specs, targets)?;
    match fault(&state) {
        Some(fault) => Err(error!(InvalidFile, "{fault}")),
        None => Ok(state),
    }
}

/// All tensors of the file.
fn specs(network: &Network<f32>, averaged: bool, best: bool) -> Vec<TensorSpec> {
    let mut all = description::specs(network, "model.");
    for (name, variance) in [("optimizer.first_moment", false), ("optimizer.second_moment", true)] {
        all.push(TensorSpec { name: name.to_string(), shape: vec![network.layout().len()], variance });
    }
    if averaged {
        all.extend(description::specs(network, "ema."));
    }
    if best {
        all.extend(description::specs(network, "best."));
    }
    all
}

/// What in a state cannot be, if anything.
fn fault(state: &TrainState<f32>) -> Option<String> {
    if state.step > MAX_STEP {
        return Some(format!("step is {}, more than {MAX_STEP}", state.step));
    }
    let (epoch, records) = (state.epoch, state.history.len());
    if records != epoch {
        return Some(format!("the history has {records} epochs, but {epoch} are finished"));
    }
    if let Some(at) = state.history.iter().enumerate().position(|(i, record)| record.epoch != i + 1) {
        return Some(format!("history[{at}] is of epoch {}, but must be of {}", state.history[at].epoch, at + 1));
    }
    let (parameters, channels) = (state.model.parameter_count(), state.model.network().channels());
    let fits = |numbers: &[f32], running: &RunningStatistics<f32>| {
        [numbers.len(), running.mean.len(), running.variance.len()] == [parameters, channels, channels]
    };
    let decay = state.model.config().ema_decay;
    if state.average.is_some() != (decay > 0.0) {
        let are = if state.average.is_some() { "are" } else { "are no" };
        return Some(format!("ema_decay is {decay:?}, but there {are} averaged weights"));
    }
    if state.average.as_ref().is_some_and(|average| !fits(&average.parameters, &average.running)) {
        return Some("the averaged weights are of another network than the model's".to_string());
    }
    let best = state.best.as_ref()?;
    if best.epoch > epoch {
        return Some(format!("the best weights are of epoch {}, but {epoch} are finished", best.epoch));
    }
    (!fits(&best.parameters, &best.running))
        .then(|| "the best weights are of another network than the model's".to_string())
}

#[cfg(test)]
mod tests;
