//! The true targets of graphs as a model counts them: its classes are those of the data set by name, whatever number
//! either gives them.

use crate::config::Task;
use crate::error::Result;
use crate::graph::{Dataset, unknown_class};
use crate::memory::try_resize;
use crate::model::{Outputs, Target};

/// The number that a model has for the class of every graph of a data set.
#[derive(Debug)]
pub(super) struct AlignedClasses {
    /// The number of every class of the data set, where the model has another one for any.
    numbers: Option<Vec<u32>>,
}

impl AlignedClasses {
    /// Finds the class of each of the graphs `indices` among those of the model.
    pub fn new(outputs: &Outputs, dataset: &Dataset, indices: &[usize]) -> Result<Self> {
        let Some(names) = outputs.graph_classes() else { return Ok(Self { numbers: None }) };
        let own = dataset.class_names();
        if own.len() <= names.len() && own.iter().zip(names).all(|(own, name)| own == name) {
            return Ok(Self { numbers: None });
        }
        let found = dataset.class_numbers(names)?;
        if let Some(&graph) = indices.iter().find(|&&graph| found[dataset.y(graph)].is_none()) {
            let class = &own[dataset.y(graph)];
            return Err(unknown_class(class, names).in_context(format_args!("graph {graph}")));
        }
        let mut numbers = Vec::new();
        try_resize(&mut numbers, found.len(), 0)?;
        numbers.iter_mut().zip(found).for_each(|(number, found)| *number = found.unwrap_or(0));
        Ok(Self { numbers: Some(numbers) })
    }

    /// The targets of the graphs of the data set.
    pub fn truth<'a>(&'a self, dataset: &'a Dataset) -> Truth<'a> {
        Truth { dataset, numbers: self.numbers.as_deref() }
    }
}

/// The true targets of the graphs of a data set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth<'a> {
    pub dataset: &'a Dataset,
    numbers: Option<&'a [u32]>,
}

impl<'a> Truth<'a> {
    /// The targets as the data set has them.
    #[cfg(test)]
    pub fn of(dataset: &'a Dataset) -> Self {
        Self { dataset, numbers: None }
    }

    /// What a task predicts of graph `index`.
    pub fn target(self, task: Task, index: usize) -> Target<'a> {
        match (self.numbers, task) {
            (Some(numbers), Task::Multiclass) => Target::Classes(std::slice::from_ref(&numbers[self.dataset.y(index)])),
            _ => Target::of(task, self.dataset, index),
        }
    }

    /// The class of graph `index`.
    pub fn class(self, index: usize) -> usize {
        let y = self.dataset.y(index);
        self.numbers.map_or(y, |numbers| numbers[y] as usize)
    }
}
