//! The names of tensors, as the tables ask for them.

use std::collections::BTreeSet;

/// The names of a model's tensors: theirs of a state dict, or ours.
///
/// The tables ask for both sides of each thing, and the side that these names are of answers.
pub struct Names {
    names: BTreeSet<String>,
    /// For names of ours, how many heads stand side by side there, which ours do not tell.
    pub heads: Option<usize>,
}

impl Names {
    pub fn theirs<'a>(names: impl Iterator<Item = &'a String>) -> Self {
        Self { names: names.cloned().collect(), heads: None }
    }

    pub fn ours<'a>(names: impl Iterator<Item = &'a String>, heads: usize) -> Self {
        Self { names: names.cloned().collect(), heads: Some(heads) }
    }

    pub fn are_ours(&self) -> bool {
        self.heads.is_some()
    }

    /// Whether a name begins so.
    pub fn begin(&self, ours: &str, theirs: &str) -> bool {
        let prefix = if self.are_ours() { ours } else { theirs };
        self.names.range(prefix.to_string()..).next().is_some_and(|name| name.starts_with(prefix))
    }

    /// How many paths that the pattern makes with 0, 1, ... there are, without a gap: levels, or parts of one.
    pub fn count(&self, ours: &str, theirs: &str, level: Option<usize>) -> usize {
        let path = |pattern: &str, number| fill(pattern, level.unwrap_or(number), number) + ".";
        (0..).take_while(|&number| self.begin(&path(ours, number), &path(theirs, number))).count()
    }
}

/// The path that a pattern makes for the level and the number of the part.
pub fn fill(pattern: &str, level: usize, i: usize) -> String {
    let numbers = [
        ("{level}", level),
        ("{level+1}", level + 1),
        ("{level-1}", level.saturating_sub(1)),
        ("{i}", i),
        ("{i+1}", i + 1),
        ("{2i}", 2 * i),
    ];
    numbers.into_iter().fold(pattern.to_string(), |path, (name, number)| path.replace(name, &number.to_string()))
}
