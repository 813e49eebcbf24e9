//! Which tensor of theirs becomes which of ours, in a model with these names.
//!
//! Everything is derived from the names that are there, so a model with other widths, with one pooling or with five
//! converts as well. The way back asks the same tables with our names.

use super::names::{Names, fill};
use super::shapes::Dim;
use super::tables::{Columns, OwnStack, Read, Source, Stack, TABLES};

/// One tensor of ours, and the tensors of theirs whose columns it is made of (nearly always one).
pub struct Entry {
    pub ours: String,
    pub theirs: Vec<String>,
    /// That of one of the parts in our layout.
    shape: Vec<Dim>,
    pub transposed: bool,
    pub zero_if_missing: bool,
}

impl Entry {
    /// The shape of our tensor, of all parts side by side.
    pub fn own_shape(&self) -> Vec<Dim> {
        let mut shape = self.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = vec![last.clone(); self.theirs.len()].concat();
        }
        shape
    }

    /// The shape of one of theirs.
    pub fn their_shape(&self) -> Vec<Dim> {
        let mut shape = self.shape.clone();
        if self.transposed {
            shape.reverse();
        }
        shape
    }
}

/// The entries of a source for a model with these names.
pub fn entries(source: &Source, names: &Names) -> Vec<Entry> {
    let own = &TABLES.ours;
    let conv = source.convolution(names).module.as_str();
    let mut walk = Walk { source, names, conv, entries: Vec::new() };
    let (mut width, mut read) = (vec![own.features.clone()], Dim::new());
    for (i, theirs) in source.tables.iter().enumerate() {
        width = vec![own.tables.columns.clone()];
        let rows = vec![fill(&own.tables.rows, 0, i)];
        walk.module("table", &fill(&own.tables.path, 0, i), std::slice::from_ref(theirs), &rows, &width);
    }
    let poolings = names.count(&own.assign.path, &source.poolings, None);
    let stacks = &source.stacks;
    for level in 0..=poolings {
        let first = stacks.first_embed.as_ref().filter(|_| level == 0);
        let last = stacks.last_embed.as_ref().filter(|_| level == poolings);
        let after = walk.stack(&own.embed, first.or(last).unwrap_or(&stacks.embed), level, &width);
        if level < poolings {
            walk.stack(&own.assign, &stacks.assign, level, &width);
        }
        if source.head.levels_read == Read::Last {
            read.clear();
        }
        read.extend_from_slice(&after);
        width = after;
    }
    walk.head(read);
    walk.entries
}

struct Walk<'a> {
    source: &'a Source,
    names: &'a Names,
    /// The module of the convolutions.
    conv: &'a str,
    entries: Vec<Entry>,
}

impl Walk<'_> {
    /// The tensors of a module that reads `before` and gives `after`. Where it has several paths there, their columns
    /// are side by side.
    fn module(&mut self, module: &str, ours: &str, theirs: &[String], before: &Dim, after: &Dim) {
        self.entries.extend(TABLES.modules[module].iter().map(|part| {
            let size = |columns: &Columns| match columns {
                Columns::In => before.clone(),
                Columns::Out => after.clone(),
            };
            Entry {
                ours: format!("{ours}.{}", part.ours),
                theirs: theirs.iter().map(|path| format!("{path}.{}", part.theirs)).collect(),
                shape: part.shape.iter().map(size).collect(),
                transposed: part.transposed,
                zero_if_missing: part.zero_if_missing,
            }
        }));
    }

    /// The tensors of a stack. Gives what comes out of it.
    fn stack(&mut self, own: &OwnStack, stack: &Stack, level: usize, before: &Dim) -> Dim {
        let ours = fill(&own.path, level, 0);
        let own_path = |kind: &str, i| format!("{ours}.{}", fill(kind, level, i));
        let last = vec![fill(&own.output, level, 0)];
        let theirs = self.conv_paths(stack, &ours, level);
        let mut widths = vec![vec![own.hidden.clone()]; theirs.len() - 1];
        widths.push(last.clone());
        for (i, (path, after)) in theirs.iter().zip(&widths).enumerate() {
            let before = if i == 0 { before } else { &widths[i - 1] };
            self.module(self.conv, &own_path(&TABLES.ours.convs, i), std::slice::from_ref(path), before, after);
        }
        for (i, width) in widths.iter().enumerate() {
            let Some(pattern) = &stack.norms else { break };
            let (ours, theirs) = (own_path(&TABLES.ours.norms, i), fill(pattern, level, i));
            if self.there(&ours, &theirs) {
                self.module("batch_norm", &ours, &[theirs], width, width);
            }
        }
        let after = if self.source.layers_read == Read::All { widths.concat() } else { last.clone() };
        let Some(pattern) = &stack.linear else { return after };
        let (ours, theirs) = (own_path(&TABLES.ours.linear, 0), fill(pattern, level, 0));
        if !stack.linear_always && !self.there(&ours, &theirs) {
            return after;
        }
        self.module("linear", &ours, &[theirs], &after, &last);
        last
    }

    /// Whether there are tensors of a module.
    fn there(&self, ours: &str, theirs: &str) -> bool {
        self.names.begin(&format!("{ours}."), &format!("{theirs}."))
    }

    /// Their paths of the convolutions: those that are always there, and as many of the others as there are.
    fn conv_paths(&self, stack: &Stack, ours: &str, level: usize) -> Vec<String> {
        let repeated = |pattern: &String| fill(pattern, level, 0) != fill(pattern, level, 1);
        let fixed = stack.convs.iter().filter(|pattern| !repeated(pattern)).count();
        let own = format!("{ours}.{}", TABLES.ours.convs);
        let mut paths = Vec::new();
        for pattern in &stack.convs {
            let mut count = 1;
            if repeated(pattern) {
                count = self.names.count(&own, pattern, Some(level));
                // Ours count all of them.
                count = count.saturating_sub(if self.names.are_ours() { fixed } else { 0 });
                count = count.max(if fixed == 0 { 1 } else { 0 });
            }
            paths.extend((0..count).map(|i| fill(pattern, level, i)));
        }
        paths
    }

    /// The tensors of the head.
    fn head(&mut self, mut before: Dim) {
        let (own, head) = (&TABLES.ours.head, &self.source.head);
        let output = vec![own.output.clone()];
        let count = self.names.count(&own.path, &head.layers, None).max(1);
        let mut theirs: Vec<String> = (0..count).map(|i| fill(&head.layers, 0, i)).collect();
        if head.side_by_side {
            // One head a position of the sequence there, one linear layer with all of their columns here.
            let count = self.names.heads.unwrap_or(count).max(1);
            let theirs: Vec<String> = (0..count).map(|i| fill(&head.layers, 0, i)).collect();
            return self.module("linear", &fill(&own.path, 0, 0), &theirs, &before, &output);
        }
        if let Some(only) = &head.only_layer {
            let parts = &TABLES.modules["linear"];
            let there = || parts.iter().any(|part| self.names.begin("", &format!("{only}.{}", part.theirs)));
            if if self.names.are_ours() { count == 1 } else { there() } {
                theirs = vec![only.clone()];
            }
        }
        for (i, path) in theirs.iter().enumerate() {
            let after = if i + 1 == theirs.len() { output.clone() } else { vec![fill(&own.hidden, 0, i)] };
            self.module("linear", &fill(&own.path, 0, i), std::slice::from_ref(path), &before, &after);
            before = after;
        }
    }
}
