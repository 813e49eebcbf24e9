//! The model of an epoch, for a caller to look at while the run waits.

use std::sync::Arc;

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
    pub fn of(&mut self, state: &TrainState<T>) -> Arc<Model<T>> {
        let shared = self.0.get_or_insert_with(|| Arc::new(state.model.clone()));
        let (parameters, running) = state.weights();
        Arc::make_mut(shared).copy_numbers_from(parameters, running);
        shared.clone()
    }
}
