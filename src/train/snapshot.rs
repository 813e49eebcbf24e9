//! The model of an epoch, for a caller to look at while the run waits.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Model, TrainState};
use crate::ops::runtime::real::Real;

/// Memory for one model, used again for every epoch.
pub(super) struct Snapshot<T: 'static>(Option<Arc<Model<T>>>);

impl<T> Default for Snapshot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Real> Snapshot<T> {
    /// The model with the weights of the epoch that has just finished, as they would be kept.
    pub fn of(&mut self, state: &TrainState<T>) -> Result<Arc<Model<T>>> {
        // A caller may have kept the last one.
        let mut shared = match self.0.take() {
            Some(shared) if Arc::strong_count(&shared) == 1 => shared,
            _ => Arc::new(state.model.try_clone()?),
        };
        let (parameters, running) = state.weights();
        Arc::make_mut(&mut shared).copy_numbers_from(parameters, running);
        self.0 = Some(Arc::clone(&shared));
        Ok(shared)
    }
}
