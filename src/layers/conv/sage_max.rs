//! GraphSAGE with the largest neighbour (after Hamilton et al., 2017): `out = sum_r m_r W_rel,r + x W_root + b`.
//!
//! ```text
//! forward    m_r,ic = max over the j with a_ij != 0 of a_ij x_jc, 0 where there is none      saved m and its choices
//! backward   dm_r = dout W_rel,r^T, dW_rel,r += m_r^T dout, then through the choices to x and A
//! ```
//!
//! The maximum is of the neighbours as they are, as in PyTorch Geometric; the layer that the paper's pooling aggregator
//! puts before it is left out. On pooled levels, where almost every `a_ij` is above 0, it weighs them.

use ndarray::s;

use super::convolution::{Backward, Convolution, Forward, MemorySize, Weight, of_relations};
use super::root::Root;
use crate::layers::adjacency::Adjacency;
use crate::layers::params::Init;
use crate::ops::gemm::gemm;
use crate::ops::neighbour_max;
use crate::ops::normalize_adjacency::Propagation;
use crate::ops::runtime::buffer::{matrix, matrix_mut};
use crate::ops::runtime::real::Real;

/// The convolution; its weights are `weight_rel` of every relation and those of [`Root`].
pub(super) struct SageMax {
    pub root: Root,
    pub relations: usize,
}

impl<T: Real> Convolution<T> for SageMax {
    fn propagation(&self) -> Propagation {
        Propagation::Raw
    }

    fn weights(&self) -> Vec<Weight> {
        let Root { f_in, f_out, .. } = self.root;
        let init = Init::Weight { fan_in: f_in, fan_out: f_out };
        of_relations("weight_rel", self.relations, [f_in, f_out], init).chain(self.root.weights()).collect()
    }

    fn memory(&self, graph: &[Adjacency<T>]) -> MemorySize {
        let saved_columns = graph.len() * self.root.f_in;
        let choices = graph[0].nodes().saturating_mul(saved_columns);
        MemorySize { saved_columns, choices, scratch_columns: self.root.f_in, ..MemorySize::default() }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { weights, graph, x, memory, mut out, .. } = pass;
        let Root { f_in, f_out, .. } = self.root;
        let (rel, own) = weights.split_at(weights.len() - self.root.len());
        self.root.forward(own, x, &mut out);
        // At least one, so that chunks of no graphs can be cut as well.
        let choices = memory.choices.chunks_exact_mut((x.nrows() * f_in).max(1));
        let mut saved = memory.saved.view_mut();
        for (relation, ((adjacency, w), choice)) in
            graph.iter().zip(rel.chunks_exact(f_in * f_out)).zip(choices).enumerate()
        {
            let mut m = saved.slice_mut(s![.., relation * f_in..(relation + 1) * f_in]);
            neighbour_max::forward(adjacency.neighbours(), x, choice, &mut m);
            gemm(T::one(), m.view(), matrix(w, f_in, f_out), T::one(), &mut out);
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { weights, dweights, graph, dgraph, x, memory, scratch, dout, mut dx } = pass;
        let Root { f_in, f_out, .. } = self.root;
        let (rel, own) = weights.split_at(weights.len() - self.root.len());
        let (drel, down) = dweights.split_at_mut(rel.len());
        self.root.backward(own, down, x, dout, dx.as_mut());
        let blocks = rel.chunks_exact(f_in * f_out).zip(drel.chunks_exact_mut(f_in * f_out));
        let choices = memory.choices.chunks_exact((x.nrows() * f_in).max(1));
        for (relation, (((adjacency, da), (w, dw)), choice)) in
            graph.iter().zip(dgraph).zip(blocks).zip(choices).enumerate()
        {
            let m = memory.saved.columns_view(relation * f_in..(relation + 1) * f_in);
            gemm(T::one(), m.reversed_axes(), dout, T::one(), &mut matrix_mut(dw, f_in, f_out));
            let Some(dx) = &mut dx else { continue };
            let mut dm = scratch.nodes.view_mut();
            gemm(T::one(), dout, matrix(w, f_in, f_out).reversed_axes(), T::zero(), &mut dm);
            neighbour_max::backward(adjacency.neighbours(), x, choice, dm.view(), Some(dx), da.da_mut());
        }
    }
}
