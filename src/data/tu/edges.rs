//! Builds the graphs of a data set from the file of its edges.

use super::nodes::{Nodes, Place};
use crate::data::text::{Line, TextFile};
use crate::error::{Result, bail, error};
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};
use crate::memory::{try_extend, try_resize};

/// The graphs, and what connects their edges to further files.
pub(super) struct Edges {
    pub(super) data: Dataset,
    /// For every entry of all graphs the line of its edge, from 0. Empty where it was not asked for.
    pub(super) lines: Vec<u32>,
    /// Lines of the file.
    pub(super) count: usize,
}

/// What all graphs are built with.
pub(super) struct Plan<'a> {
    pub(super) name: &'a str,
    pub(super) directed: bool,
    /// Whether edges from a node to itself are left out.
    pub(super) drop_self_loops: bool,
    pub(super) nodes: &'a Nodes,
    /// Class of every graph.
    pub(super) y: &'a [usize],
    /// Whether the line of every entry is wanted.
    pub(super) keep_lines: bool,
}

/// Reads the edges and builds the graphs, without node data.
///
/// Nearly every file lists graph after graph. Then each graph is built as soon as its edges are read, and nothing but
/// the graphs stays in memory. Any other file is read twice more, into one array of all its edges.
pub(super) fn read_edges(file: &mut TextFile, plan: &Plan<'_>) -> Result<Edges> {
    match read_grouped(file, plan)? {
        Some(edges) => Ok(edges),
        None => read_scattered(file, plan),
    }
}

/// Adds one graph after the other to a data set.
struct Output<'a> {
    plan: &'a Plan<'a>,
    builder: GraphBuilder,
    data: Dataset,
    lines: Vec<u32>,
}

impl<'a> Output<'a> {
    fn new(plan: &'a Plan<'a>) -> Result<Self> {
        let rules = GraphRules { directed: plan.directed, ..GraphRules::default() };
        let mut data = Dataset::new(plan.name, rules);
        data.reserve(plan.y.len(), plan.nodes.total, 0)?;
        Ok(Self { plan, builder: GraphBuilder::new(), data, lines: Vec::new() })
    }

    /// Adds the next graph; `lines` are those of the edges.
    fn add(&mut self, edges: EdgeInput<'_>, lines: &[u32]) -> Result<()> {
        let graph = self.data.len();
        let nodes = self.plan.nodes.sizes[graph];
        let input = GraphInput::new(nodes, edges);
        self.data.add(&mut self.builder, &input, self.plan.y[graph])?;
        if self.plan.keep_lines {
            let sources = self.builder.entry_source();
            self.lines.try_reserve(sources.len())?;
            self.lines.extend(sources.iter().map(|&edge| lines[edge as usize]));
        }
        Ok(())
    }

    fn finish(mut self, count: usize) -> Edges {
        self.data.shrink_to_fit();
        self.lines.shrink_to_fit();
        Edges { data: self.data, lines: self.lines, count }
    }
}

/// The edges of the graph being read.
#[derive(Default)]
struct Group {
    sources: Vec<i32>,
    targets: Vec<i32>,
    lines: Vec<u32>,
}

impl Group {
    fn flush(&mut self, output: &mut Output<'_>) -> Result<()> {
        output.add(EdgeInput::List { from: &self.sources, to: &self.targets }, &self.lines)?;
        self.sources.clear();
        self.targets.clear();
        self.lines.clear();
        Ok(())
    }
}

/// Builds the graphs in one pass, or gives `None` at the first edge of a graph that is already built.
fn read_grouped(file: &mut TextFile, plan: &Plan<'_>) -> Result<Option<Edges>> {
    let mut output = Output::new(plan)?;
    let mut group = Group::default();
    let mut hint = 0;
    let mut grouped = true;
    let count = file.each_line(|row, line| {
        let (source, target) = read_edge(line, plan.nodes, &mut hint)?;
        grouped &= source.graph >= output.data.len();
        if !grouped {
            // The rest is only checked; it is read again.
            return Ok(());
        }
        while output.data.len() < source.graph {
            group.flush(&mut output)?;
        }
        if plan.drop_self_loops && source == target {
            return Ok(());
        }
        group.sources.try_reserve(1)?;
        group.targets.try_reserve(1)?;
        group.sources.push(source.local);
        group.targets.push(target.local);
        if plan.keep_lines {
            group.lines.try_reserve(1)?;
            group.lines.push(line_number(row)?);
        }
        Ok(())
    })?;
    while grouped && output.data.len() < plan.y.len() {
        group.flush(&mut output)?;
    }
    Ok(grouped.then(|| output.finish(count)))
}

/// Builds the graphs from a file in any order: counts the edges of every node, then puts each into its place.
fn read_scattered(file: &mut TextFile, plan: &Plan<'_>) -> Result<Edges> {
    let mut begins = Vec::new();
    begins.try_reserve_exact(plan.y.len())?;
    let mut begin = 0;
    for size in &plan.nodes.sizes {
        begins.push(begin);
        begin += size;
    }
    let slot = |place: Place| begins[place.graph] + place.local as usize;
    // As in a counting sort: while the edges are placed, the cursor of node `i` is at `i + 1`.
    let mut starts: Vec<i64> = Vec::new();
    try_resize(&mut starts, plan.nodes.total + 2, 0)?;
    let mut hint = 0;
    let count = file.each_line(|row, line| {
        line_number(row)?;
        let (source, target) = read_edge(line, plan.nodes, &mut hint)?;
        starts[slot(source) + 2] += i64::from(!(plan.drop_self_loops && source == target));
        Ok(())
    })?;
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let kept = starts[plan.nodes.total + 1] as usize;
    let (mut columns, mut lines) = (Vec::new(), Vec::new());
    try_resize(&mut columns, kept, 0)?;
    try_resize(&mut lines, if plan.keep_lines { kept } else { 0 }, 0)?;
    let again = file.each_line(|row, line| {
        let (source, target) = read_edge(line, plan.nodes, &mut hint)?;
        if plan.drop_self_loops && source == target {
            return Ok(());
        }
        let cursor = &mut starts[slot(source) + 1];
        let changed = || error!(Io, "the file changed while it was read");
        *columns.get_mut(*cursor as usize).ok_or_else(changed)? = target.local;
        if plan.keep_lines {
            *lines.get_mut(*cursor as usize).ok_or_else(changed)? = row as u32;
        }
        *cursor += 1;
        Ok(())
    })?;
    starts.pop();
    if again != count || !starts.is_sorted() || starts[plan.nodes.total] != kept as i64 {
        bail!(Io, "{}: the file changed while it was read", file.name());
    }
    let mut output = Output::new(plan)?;
    let mut indptr = Vec::new();
    for (graph, &begin) in begins.iter().enumerate() {
        let rows = &starts[begin..=begin + plan.nodes.sizes[graph]];
        let entries = rows[0] as usize..rows[rows.len() - 1] as usize;
        indptr.clear();
        try_extend(&mut indptr, rows)?;
        indptr.iter_mut().for_each(|at| *at -= rows[0]);
        let edges = EdgeInput::Csr { indptr: &indptr, indices: &columns[entries.clone()] };
        output.add(edges, lines.get(entries).unwrap_or(&[]))?;
    }
    Ok(output.finish(count))
}

/// Reads one line: two node ids from 1, of the same graph.
#[inline]
fn read_edge(line: &mut Line<'_>, nodes: &Nodes, hint: &mut usize) -> Result<(Place, Place)> {
    let source = line.integer()?;
    line.comma()?;
    let target = line.integer()?;
    let mut place = |id: i64| {
        if id < 1 || id as u64 > nodes.total as u64 {
            bail!(Parse, "the node id is {id}, but the nodes are 1 to {}", nodes.total);
        }
        Ok(nodes.place(id as usize - 1, hint))
    };
    let (from, to) = (place(source)?, place(target)?);
    if from.graph != to.graph {
        let [here, there] = [from, to].map(|place| nodes.place_in_files(place.graph) + 1);
        bail!(Parse, "the edge joins node {source} of graph {here} and node {target} of graph {there}");
    }
    Ok((from, to))
}

/// The line, from 0, as it is stored.
fn line_number(row: usize) -> Result<u32> {
    u32::try_from(row).map_err(|_| error!(Unsupported, "more than {} edges are not supported", u32::MAX))
}
