//! Builds the graphs of a data set from the file of their edges.

use super::nodes::Nodes;
use super::options::OgbOptions;
use crate::data::text::TextFile;
use crate::error::{Result, bail, error};
use crate::graph::{Dataset, EdgeInput, GraphBuilder, GraphInput, GraphRules};

/// The graphs, and what connects their edges to further files.
pub(super) struct Edges {
    pub(super) data: Dataset,
    /// For every entry of all graphs the line of its edge, from 0. Empty where it was not asked for.
    pub(super) lines: Vec<u32>,
    /// For every entry of all graphs 0 if it is in the file, 1 if it joins successive tokens. Empty likewise.
    pub(super) kinds: Vec<i64>,
    /// Lines of the file.
    pub(super) count: usize,
}

/// What all graphs are built with.
pub(super) struct Plan<'a> {
    pub(super) name: &'a str,
    pub(super) options: &'a OgbOptions,
    pub(super) nodes: &'a Nodes,
    /// Lines of edges of every graph, as its file says them.
    pub(super) counts: &'a [i64],
    /// Class of every graph.
    pub(super) y: Vec<usize>,
    /// Whether the line of every entry is wanted.
    pub(super) keep_lines: bool,
}

/// Reads the edges and builds each graph as soon as its edges are read, without node data.
pub(super) fn read_edges(file: &mut TextFile, plan: &Plan<'_>) -> Result<Edges> {
    let listed = check_counts(plan.counts)?;
    let most = file.most_values();
    let mut output = Output::new(plan, listed.min(most))?;
    output.skip_empty()?;
    let count = file.each_line(|row, line| {
        let graph = output.data.len();
        let Some(&nodes) = plan.nodes.sizes.get(graph) else {
            bail!(Parse, "there are only {listed} edges in num-edge-list.csv.gz");
        };
        let source = line.integer()?;
        line.comma()?;
        let target = line.integer()?;
        for node in [source, target] {
            if node < 0 || node as u64 >= nodes as u64 {
                bail!(Parse, "the node is {node}, but graph {graph} has {nodes} nodes, counted from 0");
            }
        }
        output.push(source as i32, target as i32, row)?;
        output.skip_empty()
    })?;
    if count < listed {
        bail!(Parse, "{} has {count} lines, but there are {listed} edges in num-edge-list.csv.gz", file.name());
    }
    Ok(output.finish(count))
}

/// The sum of the counts, each of which must be a count.
fn check_counts(counts: &[i64]) -> Result<usize> {
    let mut sum: usize = 0;
    for (graph, &count) in counts.iter().enumerate() {
        let total = usize::try_from(count).ok().and_then(|count| sum.checked_add(count));
        let total = total.filter(|&total| total <= u32::MAX as usize);
        let bad = || error!(Parse, "num-edge-list.csv.gz, line {}: {count} edges are not possible here", graph + 1);
        sum = total.ok_or_else(bad)?;
    }
    Ok(sum)
}

/// Adds one graph after the other to a data set.
struct Output<'a> {
    plan: &'a Plan<'a>,
    builder: GraphBuilder,
    data: Dataset,
    lines: Vec<u32>,
    kinds: Vec<i64>,
    /// Where the nodes of the graph begin that is being read.
    first_node: usize,
    group: Group,
}

/// The edges of one graph.
#[derive(Default)]
struct Group {
    sources: Vec<i32>,
    targets: Vec<i32>,
    lines: Vec<u32>,
    weights: Vec<f32>,
    tokens: Vec<i32>,
}

impl<'a> Output<'a> {
    fn new(plan: &'a Plan<'a>, edges: usize) -> Result<Self> {
        let rules = GraphRules { directed: plan.options.directed, ..GraphRules::default() };
        let mut data = Dataset::new(plan.name, rules);
        let entries = if plan.options.directed { edges } else { edges.saturating_mul(2) };
        data.reserve(plan.nodes.sizes.len(), plan.nodes.total, entries)?;
        let (lines, kinds, group) = (Vec::new(), Vec::new(), Group::default());
        Ok(Self { plan, builder: GraphBuilder::new(), data, lines, kinds, first_node: 0, group })
    }

    /// Adds an edge to the graph that is being read.
    fn push(&mut self, source: i32, target: i32, row: usize) -> Result<()> {
        let Group { sources, targets, lines, .. } = &mut self.group;
        sources.try_reserve(1)?;
        targets.try_reserve(1)?;
        sources.push(source);
        targets.push(target);
        if self.plan.keep_lines {
            lines.try_reserve(1)?;
            lines.push(row as u32);
        }
        Ok(())
    }

    /// Builds the graphs whose edges are all read.
    fn skip_empty(&mut self) -> Result<()> {
        while let Some(&count) = self.plan.counts.get(self.data.len()) {
            if (self.group.sources.len() as i64) < count {
                break;
            }
            self.flush()?;
        }
        Ok(())
    }

    /// Builds the next graph.
    fn flush(&mut self) -> Result<()> {
        let graph = self.data.len();
        let nodes = self.plan.nodes.sizes[graph];
        let listed = match self.plan.options.next_token_edges {
            true => self.join_tokens(nodes)?,
            false => self.group.sources.len(),
        };
        let Group { sources, targets, weights, lines, .. } = &mut self.group;
        let plain = GraphInput::new(nodes, EdgeInput::List { from: sources, to: targets });
        let input = GraphInput { edge_weight: (!weights.is_empty()).then_some(weights.as_slice()), ..plain };
        self.data.add(&mut self.builder, &input, self.plan.y[graph])?;
        let sources_of_entries = self.builder.entry_source();
        if self.plan.keep_lines {
            self.lines.try_reserve(sources_of_entries.len())?;
            self.lines.extend(sources_of_entries.iter().map(|&edge| lines[edge as usize]));
        }
        if self.plan.options.edge_data && self.plan.options.next_token_edges {
            self.kinds.try_reserve(sources_of_entries.len())?;
            self.kinds.extend(sources_of_entries.iter().map(|&edge| i64::from(edge as usize >= listed)));
        }
        self.first_node += nodes;
        for list in [sources, targets] {
            list.clear();
        }
        lines.clear();
        weights.clear();
        Ok(())
    }

    /// Appends the edges between successive tokens and returns the number of those before. One that is there already
    /// comes to weigh 2 instead.
    fn join_tokens(&mut self, nodes: usize) -> Result<usize> {
        let Group { sources, targets, weights, tokens, .. } = &mut self.group;
        let own = self.first_node..self.first_node + nodes;
        let is_token = &self.plan.nodes.is_token[own.clone()];
        tokens.clear();
        tokens.try_reserve(nodes)?;
        tokens.extend((0..nodes as i32).filter(|&node| is_token[node as usize]));
        if let Some(order) = self.plan.nodes.order.get(own) {
            tokens.sort_by_key(|&node| order[node as usize]);
        }
        if !self.plan.options.directed {
            // Either direction means the same edge, and so does either order of its nodes.
            for (source, target) in sources.iter_mut().zip(targets.iter_mut()) {
                (*source, *target) = ((*source).min(*target), (*source).max(*target));
            }
        }
        sort_edges(sources, targets)?;
        let listed = sources.len();
        weights.try_reserve(listed + tokens.len())?;
        weights.resize(listed, 1.0);
        for pair in tokens.windows(2) {
            let (source, target) = match self.plan.options.directed {
                true => (pair[0], pair[1]),
                false => (pair[0].min(pair[1]), pair[0].max(pair[1])),
            };
            match find_edge(&sources[..listed], &targets[..listed], (source, target)) {
                Some(edge) => weights[edge] = 2.0,
                None => {
                    sources.try_reserve(1)?;
                    targets.try_reserve(1)?;
                    sources.push(source);
                    targets.push(target);
                    weights.push(1.0);
                }
            }
        }
        if weights.iter().all(|&weight| weight == 1.0) {
            weights.clear();
        }
        Ok(listed)
    }

    fn finish(mut self, count: usize) -> Edges {
        self.data.shrink_to_fit();
        self.lines.shrink_to_fit();
        self.kinds.shrink_to_fit();
        Edges { data: self.data, lines: self.lines, kinds: self.kinds, count }
    }
}

/// Sorts edges by source, then target, and leaves one of equal ones.
fn sort_edges(sources: &mut Vec<i32>, targets: &mut Vec<i32>) -> Result<()> {
    let mut pairs: Vec<(i32, i32)> = Vec::new();
    pairs.try_reserve_exact(sources.len())?;
    pairs.extend(sources.iter().copied().zip(targets.iter().copied()));
    pairs.sort_unstable();
    pairs.dedup();
    sources.clear();
    targets.clear();
    sources.extend(pairs.iter().map(|pair| pair.0));
    targets.extend(pairs.iter().map(|pair| pair.1));
    Ok(())
}

/// The place of an edge among sorted ones.
fn find_edge(sources: &[i32], targets: &[i32], edge: (i32, i32)) -> Option<usize> {
    let from = sources.partition_point(|&source| source < edge.0);
    let to = from + sources[from..].partition_point(|&source| source == edge.0);
    targets[from..to].binary_search(&edge.1).ok().map(|at| from + at)
}
