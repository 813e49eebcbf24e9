//! Graph attention (Velickovic et al., 2018): `out_i = b + sum_r sum_j alpha_r,ij h_r,j`, `h_r = x W_r`.
//!
//! `alpha` of every relation is a softmax over the neighbours and the node itself, by attention vectors of the relation
//! and weighed by the edges; see [`crate::ops::neighbour_attention`] for the formulas, and for what weights count.
//! Hidden convolutions put the outputs of `heads` heads of `f_out / heads` columns side by side; the last convolution
//! of a stack has heads of `f_out` columns and takes their mean.
//!
//! Where edges have features `f_ij`, they add `f_ij . g_p` to the score of head `p`, `g_p` its `attention_edge`; the
//! node itself has no edge.
//!
//! ```text
//! backward   dh_r through attention, dW_r += x^T dh_r, dx += dh_r W_r^T, db += sum of the rows of dout
//! ```

use super::convolution::{Backward, Convolution, Forward, MemorySize, Weight, of_relations, split, split_mut};
use crate::layers::adjacency::Adjacency;
use crate::layers::params::Init;
use crate::ops::edge_scores;
use crate::ops::gemm::gemm;
use crate::ops::linear;
use crate::ops::neighbour_attention::{self as attention, Heads, ScoreGradients, Scores};
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::real::Real;

/// The convolution; its weights are `weight`, then `attention_dst` (of the node that looks), then `attention_src` (of
/// those looked at) of every relation, `attention_edge` (of their edges) where edges have features, and `bias`.
pub(super) struct Gat {
    pub f_in: usize,
    pub f_out: usize,
    pub heads: Heads,
    pub relations: usize,
    /// Channels of an edge, for graphs of one relation.
    pub channels: usize,
}

impl Gat {
    /// Lengths of the tensors of all relations, and of the bias.
    fn lengths(&self) -> [usize; 5] {
        let columns = self.relations * self.heads.columns();
        [self.f_in * columns, columns, columns, self.heads.count * self.channels, self.f_out]
    }

    /// Lengths of what is saved for one relation.
    fn saved<T: Real>(&self, adjacency: &Adjacency<T>) -> [usize; 4] {
        let n = adjacency.nodes();
        let q = attention::saved_len(adjacency.neighbours(), self.heads);
        [n.saturating_mul(self.heads.columns()), n.saturating_mul(2 * self.heads.count), q, self.edge_scores(adjacency)]
    }

    /// Number of scores of all edges.
    fn edge_scores<T: Real>(&self, adjacency: &Adjacency<T>) -> usize {
        if self.channels > 0 { adjacency.neighbours().entries().saturating_mul(self.heads.count) } else { 0 }
    }
}

impl<T: Real> Convolution<T> for Gat {
    fn propagation(&self) -> Propagation {
        Propagation::Raw
    }

    fn weights(&self) -> Vec<Weight> {
        let Heads { count, width, .. } = self.heads;
        let weight = Init::Weight { fan_in: self.f_in, fan_out: self.heads.columns() };
        let vector = Init::Weight { fan_in: width, fan_out: 1 };
        let edge = Init::Weight { fan_in: self.channels, fan_out: 1 };
        let edge = (self.channels > 0).then(|| ("attention_edge".to_string(), vec![count, self.channels], edge));
        let bias = ("bias".to_string(), vec![self.f_out], Init::Bias { fan_in: self.f_in });
        of_relations("weight", self.relations, [self.f_in, self.heads.columns()], weight)
            .chain(of_relations("attention_dst", self.relations, [count, width], vector))
            .chain(of_relations("attention_src", self.relations, [count, width], vector))
            .chain(edge)
            .chain([bias])
            .collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        let saved = graph.iter().flat_map(|adjacency| self.saved(adjacency));
        let [h, scores, _, edges] = self.saved(&graph[0]);
        let longest_row = graph.iter().map(Adjacency::largest).max().unwrap_or(0) + 1;
        MemorySize {
            values: saved.fold(0, usize::saturating_add),
            scratch_values: h.saturating_add(scores).saturating_add(edges).saturating_add(longest_row),
            ..MemorySize::default()
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out, .. } = pass;
        let [w, a, b, edge, bias] = split(weights, self.lengths());
        let (n, columns) = (x.nrows(), self.heads.columns());
        linear::set_rows(bias, &mut out);
        let tensors = w.chunks_exact(self.f_in * columns).zip(a.chunks_exact(columns)).zip(b.chunks_exact(columns));
        let mut rest = memory.values.as_mut_slice();
        for (adjacency, ((w, a), b)) in graph.iter().zip(tensors) {
            let lengths = self.saved(adjacency);
            let (own, after) = std::mem::take(&mut rest).split_at_mut(lengths.iter().sum());
            rest = after;
            let [h, scores, q, edge_scores] = split_mut(own, lengths);
            gemm(T::one(), x, matrix(w, self.f_in, columns), T::zero(), &mut matrix_mut(h, n, columns));
            attention::scores(self.heads, h, a, b, scores);
            let (graph, channels) = (adjacency.neighbours(), adjacency.channels.values());
            edge_scores::forward(graph, channels, edge, edge_scores);
            let scores = Scores { nodes: scores, edges: edge_scores };
            attention::forward(self.heads, graph, h, scores, q, &mut out);
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let (n, columns, heads) = (x.nrows(), self.heads.columns(), self.heads);
        let [w, a, b, edge, _] = split(weights, self.lengths());
        let [dw, da, db, dedge, dbias] = split_mut(dweights, self.lengths());
        linear::add_row_sums(dout, dbias);
        let (dh, rest) = scratch.values.split_at_mut(n * columns);
        let (dscores, rest) = rest.split_at_mut(2 * n * heads.count);
        let (dedges, row) = rest.split_at_mut(self.edge_scores(&graph[0]));
        let mut begin = 0;
        for (r, (adjacency, dadjacency)) in graph.iter().zip(dgraph).enumerate() {
            let lengths = self.saved(adjacency);
            let [h, scores, q, edges] = split(&memory.values[begin..], lengths);
            begin += lengths.iter().sum::<usize>();
            dh.fill(T::zero());
            dscores.fill(T::zero());
            let (graph, channels) = (adjacency.neighbours(), adjacency.channels.values());
            let scores = Scores { nodes: scores, edges };
            let pass = attention::Backward { heads, graph, h, scores, saved: q, dout };
            let (dweights, dchannels) = dadjacency.parts_mut();
            let dscores_of = ScoreGradients { nodes: &mut *dscores, edges: &mut *dedges };
            attention::backward(pass, dh, dscores_of, dweights, row);
            edge_scores::backward((graph, channels), edge, edges, dedges, (&mut *dedge, dweights, dchannels));
            let (vector, block) = (r * columns..(r + 1) * columns, self.f_in * columns);
            let vectors = [&a[vector.clone()], &b[vector.clone()]];
            let dvectors = [&mut da[vector.clone()], &mut db[vector]];
            attention::scores_backward(heads, h, vectors, dscores, dh, dvectors);
            let dh = matrix(dh, n, columns);
            let mut dw = matrix_mut(&mut dw[r * block..(r + 1) * block], self.f_in, columns);
            gemm(T::one(), x.reversed_axes(), dh, T::one(), &mut dw);
            if let Some(dx) = &mut dx {
                linear::backward_input(matrix(&w[r * block..(r + 1) * block], self.f_in, columns), dh, dx);
            }
        }
    }
}
