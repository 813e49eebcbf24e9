//! Which nodes belong to which graph.

use crate::data::columns::Rows;
use crate::data::text::TextFile;
use crate::error::{Result, bail};
use crate::memory::try_resize;

/// Which graph every node of the files belongs to.
///
/// Kept as runs of successive nodes of the same graph: one a graph where the file is sorted, so that finding a node
/// costs next to no memory, and never more than one a node.
pub(super) struct Nodes {
    runs: Vec<Run>,
    /// Nodes of every graph.
    pub(super) sizes: Vec<usize>,
    /// Nodes of all graphs.
    pub(super) total: usize,
    /// For every graph its place among those of the files, where some of these have no nodes and are left out.
    kept: Option<Vec<usize>>,
}

struct Run {
    /// The first node of the run.
    first: usize,
    graph: u32,
    /// The place of that node among those of its graph.
    local: u32,
}

/// A node as its graph sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) graph: usize,
    pub(super) local: i32,
}

/// Reads the file that names the graph of every node. Every one of the `graphs` must have a node, unless those without
/// are to be left out by `skip_empty`.
pub(super) fn read_nodes(file: &mut TextFile, graphs: Rows<'_>, skip_empty: bool) -> Result<Nodes> {
    let mut nodes = Nodes { runs: Vec::new(), sizes: Vec::new(), total: 0, kept: None };
    try_resize(&mut nodes.sizes, graphs.count, 0)?;
    let mut last = None;
    nodes.total = file.each_line(|row, line| {
        let id = line.integer()?;
        let Some(graph) = usize::try_from(id).ok().filter(|id| (1..=graphs.count).contains(id)).map(|id| id - 1) else {
            bail!(Parse, "the graph id is {id}, but there are {} {}", graphs.count, graphs.of);
        };
        let size = &mut nodes.sizes[graph];
        if last != Some(graph) {
            last = Some(graph);
            nodes.runs.try_reserve(1)?;
            nodes.runs.push(Run { first: row, graph: graph as u32, local: *size as u32 });
        }
        *size += 1;
        if *size > i32::MAX as usize {
            bail!(Parse, "graph {id} has more than the {} nodes supported", i32::MAX);
        }
        Ok(())
    })?;
    if skip_empty {
        nodes.leave_out_empty()?;
    } else if let Some(empty) = nodes.sizes.iter().position(|&size| size == 0) {
        let (empty, count) = (empty + 1, graphs.count);
        bail!(
            InvalidGraph,
            "graph {empty} of the {count} {} has no node in {}; the option skip_empty leaves such graphs out",
            graphs.of,
            file.name()
        );
    }
    Ok(nodes)
}

impl Nodes {
    /// Counts the graphs anew without those that have no nodes.
    fn leave_out_empty(&mut self) -> Result<()> {
        let mut kept = Vec::new();
        kept.try_reserve_exact(self.sizes.len())?;
        kept.extend((0..self.sizes.len()).filter(|&graph| self.sizes[graph] > 0));
        if kept.len() == self.sizes.len() {
            return Ok(());
        }
        for run in &mut self.runs {
            run.graph = kept.partition_point(|&graph| graph < run.graph as usize) as u32;
        }
        self.sizes.retain(|&size| size > 0);
        self.kept = Some(kept);
        Ok(())
    }

    /// The place of a graph among those of the files.
    pub(super) fn place_in_files(&self, graph: usize) -> usize {
        self.kept.as_ref().map_or(graph, |kept| kept[graph])
    }

    /// Leaves out the rows of graphs without nodes of what has `width` values a graph of the files.
    pub(super) fn kept_rows<T: Copy>(&self, values: Vec<T>, width: usize) -> Vec<T> {
        match &self.kept {
            Some(kept) => kept.iter().flat_map(|&graph| &values[graph * width..(graph + 1) * width]).copied().collect(),
            None => values,
        }
    }

    /// The place of node `node`, which must be below `total`. `hint` is the run to try first, and where it was found.
    pub(super) fn place(&self, node: usize, hint: &mut usize) -> Place {
        let ends = |run: usize| self.runs.get(run + 1).map_or(self.total, |next| next.first);
        if node < self.runs[*hint].first || node >= ends(*hint) {
            *hint = self.runs.partition_point(|run| run.first <= node) - 1;
        }
        let run = &self.runs[*hint];
        Place { graph: run.graph as usize, local: run.local as i32 + (node - run.first) as i32 }
    }

    /// Brings `values`, `width` a node in the order of the files, into the order of the graphs.
    pub(super) fn order<T: Copy + Default>(&self, values: Vec<T>, width: usize) -> Result<Vec<T>> {
        if self.runs.is_sorted_by_key(|run| run.graph) {
            return Ok(values);
        }
        let mut begins = Vec::new();
        begins.try_reserve_exact(self.sizes.len())?;
        let mut begin = 0;
        for size in &self.sizes {
            begins.push(begin);
            begin += size;
        }
        let mut ordered = Vec::new();
        try_resize(&mut ordered, values.len(), T::default())?;
        for (at, run) in self.runs.iter().enumerate() {
            let end = self.runs.get(at + 1).map_or(self.total, |next| next.first);
            let from = &values[run.first * width..end * width];
            let to = (begins[run.graph as usize] + run.local as usize) * width;
            ordered[to..to + from.len()].copy_from_slice(from);
        }
        Ok(ordered)
    }
}
