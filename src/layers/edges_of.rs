//! Which edges a relation has.

/// The edges of a relation.
#[derive(Debug, Clone, Copy)]
pub struct EdgesOf<'a> {
    /// The label of the relation.
    pub label: i64,
    /// The labels of all relations, sorted.
    pub known: &'a [i64],
    /// Whether it takes the edges of labels that no relation has.
    pub others: bool,
}

impl EdgesOf<'_> {
    /// Edges of this label and no others.
    pub fn only(label: i64) -> Self {
        Self { label, known: &[], others: false }
    }

    /// Whether an edge of this label is one of them.
    pub fn takes(self, label: i64) -> bool {
        label == self.label || (self.others && self.known.binary_search(&label).is_err())
    }

    /// Whether every label is that of a relation.
    pub fn knows(self, labels: &[i64]) -> bool {
        labels.iter().all(|label| self.known.binary_search(label).is_ok())
    }
}
