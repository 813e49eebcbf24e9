//! The names of tensors, as the tables ask for them.

use std::collections::BTreeSet;
use std::fmt::Display;

/// Names of tensors.
#[derive(Default)]
pub struct Names(BTreeSet<String>);

impl<S: Into<String>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl Names {
    /// Whether a name begins so.
    pub fn begin(&self, prefix: impl Display) -> bool {
        let prefix = prefix.to_string();
        self.0.range(prefix.clone()..).next().is_some_and(|name| name.starts_with(&prefix))
    }

    /// How many of the beginnings that `name` gives for 0, 1, ... there are, without a gap.
    pub fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|&number| self.begin(name(number))).count()
    }

    pub fn insert(&mut self, name: String) {
        self.0.insert(name);
    }
}
