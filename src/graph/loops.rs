//! A graph without its edges from a node to itself.

use super::view::GraphRef;
use crate::error::Result;
use crate::memory::{reserve, try_extend};

/// The edges of a graph without self-loops, in memory that only grows; nothing is copied of a graph that has none.
#[derive(Debug, Default)]
pub struct LoopFree {
    /// Whether the last graph had self-loops, so that what follows is in use.
    used: bool,
    indptr: Vec<u32>,
    indices: Vec<u32>,
    edge_weight: Vec<f32>,
    edge_labels: Vec<i64>,
    edge_attributes: Vec<f32>,
}

impl LoopFree {
    /// Drops the self-loops of `graph`, for [`of`](Self::of).
    pub fn strip(&mut self, graph: GraphRef<'_>) -> Result<()> {
        self.used = graph.has_self_loops();
        if !self.used {
            return Ok(());
        }
        self.clear(graph)?;
        try_extend(&mut self.indptr, &[0])?;
        for node in 0..graph.nodes() {
            let begin = graph.indptr[node] as usize;
            for (entry, &neighbour) in (begin..).zip(graph.neighbours(node)) {
                if neighbour as usize == node {
                    continue;
                }
                self.indices.push(neighbour);
                self.edge_weight.extend(graph.edge_weight.map(|weights| weights[entry]));
                self.edge_labels.extend(graph.edge_labels.get(entry));
                let columns = graph.edge_attribute_columns;
                self.edge_attributes.extend_from_slice(&graph.edge_attributes[entry * columns..][..columns]);
            }
            self.indptr.push(self.indices.len() as u32);
        }
        Ok(())
    }

    /// The graph that was last given to [`strip`](Self::strip), without self-loops.
    pub fn of<'a>(&'a self, graph: GraphRef<'a>) -> GraphRef<'a> {
        if !self.used {
            return graph;
        }
        // Every field is named, so that a column of edges to come is not forgotten here.
        let GraphRef {
            rules,
            indptr: _,
            indices: _,
            edge_weight,
            edge_labels: _,
            edge_attributes: _,
            edge_attribute_columns,
            x,
            categories,
            node_labels,
        } = graph;
        GraphRef {
            rules,
            indptr: &self.indptr,
            indices: &self.indices,
            edge_weight: edge_weight.map(|_| self.edge_weight.as_slice()),
            edge_labels: &self.edge_labels,
            edge_attributes: &self.edge_attributes,
            edge_attribute_columns,
            x,
            categories,
            node_labels,
        }
    }

    /// Makes room for graphs of no more nodes and edges than `graph`.
    pub fn reserve(&mut self, graph: GraphRef<'_>) -> Result<()> {
        self.used = false;
        self.clear(graph)
    }

    fn clear(&mut self, graph: GraphRef<'_>) -> Result<()> {
        self.indptr.clear();
        self.indices.clear();
        self.edge_weight.clear();
        self.edge_labels.clear();
        self.edge_attributes.clear();
        reserve(&mut self.indptr, graph.nodes() + 1)?;
        reserve(&mut self.indices, graph.entries())?;
        reserve(&mut self.edge_weight, graph.edge_weight.map_or(0, <[f32]>::len))?;
        reserve(&mut self.edge_attributes, graph.edge_attributes.len())?;
        reserve(&mut self.edge_labels, graph.edge_labels.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    #[test]
    fn loops_go_and_all_else_stays() {
        let mut loop_free = LoopFree::default();
        // With loops, without, and with loops again: nothing is left of the graph before.
        for loops in [true, false, true] {
            for directed in [false, true] {
                let (mut from, mut to) = (vec![0, 1, 1, 3], vec![1, 2, 2, 1]);
                let (mut weights, mut labels) = (vec![0.5, 2.0, 3.0, 4.0], vec![7, 8, 9, 7]);
                let rules = GraphRules { edge_labels: true, features: 1, ..GraphRules::plain(directed) };
                let build = |from: &[i32], to: &[i32], weights: &[f32], labels: &[i64]| {
                    let mut builder = GraphBuilder::new();
                    let input = GraphInput {
                        edge_weight: Some(weights),
                        edge_labels: Some(labels),
                        x: Some(&[1.0, 2.0, 3.0, 4.0]),
                        ..GraphInput::new(4, EdgeInput::List { from, to })
                    };
                    builder.build(&input, rules).unwrap();
                    builder
                };
                let wanted = build(&from, &to, &weights, &labels);
                if loops {
                    from.splice(1..1, [1, 3]);
                    to.splice(1..1, [1, 3]);
                    weights.splice(1..1, [9.0, 10.0]);
                    labels.splice(1..1, [5, 8]);
                }
                let given = build(&from, &to, &weights, &labels);
                assert_eq!(given.graph().has_self_loops(), loops);
                loop_free.strip(given.graph()).unwrap();
                assert_eq!(format!("{:?}", loop_free.of(given.graph())), format!("{:?}", wanted.graph()));
            }
        }
    }
}
