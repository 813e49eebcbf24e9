//! What is to be made of a folder of the Open Graph Benchmark.

use crate::error::{Result, bail};
use crate::graph::{MAX_CLASSES, MAX_TARGETS};

/// What [`load`](crate::data::ogb::load) should do beyond reading the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OgbOptions {
    /// Folder of the split whose training graphs a vocabulary is counted over; `None` for the only one there.
    pub split: Option<String>,
    /// Where labels are words: how they become numbers. Labels are numbers otherwise.
    pub words: Option<OgbWords>,
    /// Whether edges keep their direction. Otherwise an edge may be listed in either direction or in both.
    pub directed: bool,
    /// Whether successive tokens of a syntax tree are joined, as the benchmark's own models of syntax trees do. An edge
    /// of the tree that joins two such tokens weighs 2.
    pub next_token_edges: bool,
    /// Whether the features of edges are kept as their labels, where they are one whole number, or as their attributes;
    /// with `next_token_edges`, label 0 of the edges of the tree and 1 of the others. They take memory and no model
    /// reads attributes.
    pub edge_data: bool,
}

/// How labels of words become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OgbWords {
    /// The most frequent words of the training graphs that are told apart; fewer where there are no more.
    pub vocabulary: usize,
    /// Words of a label that are to be predicted.
    pub length: usize,
}

impl Default for OgbWords {
    /// 5000 words, of which 5 are predicted: what the benchmark's own models do.
    fn default() -> Self {
        Self { vocabulary: 5000, length: 5 }
    }
}

impl OgbWords {
    /// Checks that there can be such a vocabulary and such sequences.
    pub(super) fn check(self) -> Result<()> {
        let Self { vocabulary, length } = self;
        let most = MAX_CLASSES - 2;
        if !(1..=most).contains(&vocabulary) {
            bail!(InvalidArgument, "vocabulary is {vocabulary}, but must be from 1 to {most}");
        }
        if !(1..=MAX_TARGETS).contains(&length) {
            bail!(InvalidArgument, "length is {length}, but must be from 1 to {MAX_TARGETS}");
        }
        Ok(())
    }
}
