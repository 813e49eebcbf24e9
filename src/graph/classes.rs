//! The classes of the graphs of a data set, and giving graphs other classes, or classes other names and numbers.

use std::collections::HashMap;

use super::dataset::Dataset;
use super::limits::{MAX_CLASSES, check_class_names};
use crate::error::{Result, bail};
use crate::memory::try_resize;

/// Longest list of names, in characters, that an error quotes.
const QUOTED: usize = 200;

impl Dataset {
    /// Class of graph `index`.
    pub fn y(&self, index: usize) -> usize {
        self.columns.y[index] as usize
    }

    /// Class of graph `index`, as a list of one.
    pub fn class(&self, index: usize) -> &[u32] {
        std::slice::from_ref(&self.columns.y[index])
    }

    /// Number of classes: that of the names where they are set, else that of the words of sequences, else one more than
    /// the largest class.
    pub fn classes(&self) -> usize {
        match (self.description.class_names.len(), self.vocabulary()) {
            (0, 0) => self.columns.y.iter().max().map_or(0, |&y| y as usize + 1),
            (0, words) => words,
            (named, _) => named,
        }
    }

    /// Name of every class; `0`, `1`, ... where none were set.
    pub fn class_names(&self) -> Vec<String> {
        match self.description.class_names.len() {
            0 => (0..self.classes()).map(|c| c.to_string()).collect(),
            _ => self.description.class_names.clone(),
        }
    }

    /// Names the classes, or the words of sequences. There must be at least as many names as classes in use, and
    /// exactly as many as there are words.
    pub fn set_class_names(&mut self, names: Vec<String>) -> Result<()> {
        let used = self.columns.y.iter().max().map_or(0, |&y| y as usize + 1);
        check_class_names(names.len(), used, self.vocabulary())?;
        self.description.class_names = names;
        Ok(())
    }

    /// Gives graph `i` the class `y[i]`, and the classes these names, in place of what they had. Without names the
    /// classes are `0`, `1`, ...
    pub fn set_classes(&mut self, y: Vec<u32>, names: Vec<String>) -> Result<()> {
        if y.len() != self.len() {
            bail!(ShapeMismatch, "{} classes do not fit {} graphs", y.len(), self.len());
        }
        if let Some(graph) = y.iter().position(|&y| y as usize >= MAX_CLASSES) {
            bail!(InvalidArgument, "graph {graph}: its class is {}, but must be below {MAX_CLASSES}", y[graph]);
        }
        let used = y.iter().max().map_or(0, |&y| y as usize + 1);
        let vocabulary = self.vocabulary();
        if !names.is_empty() {
            check_class_names(names.len(), used, vocabulary)?;
        } else if vocabulary > 0 && used > vocabulary {
            bail!(InvalidArgument, "the graphs use {used} classes, but the vocabulary has {vocabulary} words");
        }
        self.columns.y = y.into();
        self.description.class_names = names;
        Ok(())
    }

    /// The place of every class among `names`; `None` of one that is not there.
    pub fn class_numbers(&self, names: &[String]) -> Result<Vec<Option<u32>>> {
        let own = self.class_names();
        let mut numbers = Vec::new();
        try_resize(&mut numbers, own.len(), None)?;
        let known: HashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
        numbers.iter_mut().zip(&own).for_each(|(number, name)| *number = known.get(name.as_str()).copied());
        Ok(numbers)
    }

    /// Numbers the classes as `names` has them, such as those of a model: every class that a graph has must be among
    /// them. On failure nothing changes.
    pub fn use_class_names(&mut self, names: &[String]) -> Result<()> {
        let (own, numbers) = (self.class_names(), self.class_numbers(names)?);
        let mut y = Vec::new();
        y.try_reserve_exact(self.len())?;
        for graph in 0..self.len() {
            let Some(number) = numbers[self.y(graph)] else {
                return Err(unknown_class(&own[self.y(graph)], names).in_context(format_args!("graph {graph}")));
            };
            y.push(number);
        }
        let mut all = Vec::new();
        all.try_reserve_exact(names.len())?;
        all.extend_from_slice(names);
        self.set_classes(y, all)
    }
}

/// The error that a class is not among those known.
pub(crate) fn unknown_class(class: &str, names: &[String]) -> crate::Error {
    let class: String = class.chars().take(QUOTED).collect();
    let listed = names.join(", ");
    let short = match listed.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}, ...", &listed[..at]),
        None => listed,
    };
    crate::error::error!(InvalidGraph, "its class is {class:?}, which is not one of the {}: {short}", names.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    fn dataset(classes: &[usize]) -> Dataset {
        let mut data = Dataset::new("t", GraphRules::default());
        let input = GraphInput::new(1, EdgeInput::List { from: &[], to: &[] });
        classes.iter().for_each(|&y| data.add(&mut GraphBuilder::new(), &input, y).unwrap());
        data
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn classes_are_numbered_by_name() {
        let mut data = dataset(&[1, 0, 1]);
        data.set_class_names(names(&["a", "b", "unused"])).unwrap();
        data.use_class_names(&names(&["b", "c", "a"])).unwrap();
        assert_eq!((data.y(0), data.y(1), data.y(2), data.classes()), (0, 2, 0, 3));
        let error = data.use_class_names(&names(&["b", "c"])).unwrap_err();
        assert_eq!(error.message(), "graph 1: its class is \"a\", which is not one of the 2: b, c");
        assert_eq!((data.y(1), data.class_names()), (2, names(&["b", "c", "a"])));

        let mut unnamed = dataset(&[1, 0]);
        unnamed.use_class_names(&names(&["1", "0"])).unwrap();
        assert_eq!((unnamed.y(0), unnamed.y(1)), (0, 1));
    }

    #[test]
    fn misuse_changes_nothing() {
        let mut data = dataset(&[1, 0]);
        let cases = [
            (vec![0], names(&[]), "1 classes do not fit 2 graphs"),
            (vec![0, 65_536], names(&[]), "graph 1: its class is 65536, but must be below 65536"),
            (vec![0, 2], names(&["a", "b"]), "2 class names are given, but the graphs use 3 classes"),
        ];
        for (y, names, message) in cases {
            assert_eq!(data.set_classes(y, names).unwrap_err().message(), message);
        }
        assert_eq!((data.y(0), data.y(1), data.class_names()), (1, 0, names(&["0", "1"])));
        data.set_classes(vec![2, 0], Vec::new()).unwrap();
        assert_eq!(data.classes(), 3);
    }
}
