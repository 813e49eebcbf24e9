//! The adjacency of one level for a chunk of graphs: sparse, block-diagonal at the first level, dense per graph after.

use std::ops::Range;

use super::channels::Channels;
use super::edge_columns::EdgeColumns;
use super::edges_of::EdgesOf;
use crate::control;
use crate::error::{Error, Result, bail};
use crate::graph::GraphRef;
use crate::memory::{reserve, try_grow, try_resize};
use crate::ops::gemm::gemm;
use crate::ops::neighbours::Neighbours;
use crate::ops::normalize_adjacency::{self as normalize, Propagation};
use crate::ops::runtime::buffer::matrix;
use crate::ops::runtime::matrix::{Mat, MatMut};
use crate::ops::runtime::real::Real;
use crate::ops::spmm::{self, Csr};

use ndarray::s;

/// Entries between two questions whether to go on are a multiple of this.
const BLOCK: usize = 256;

/// A normalised form of the adjacency: scales at the first level, matrices after it.
#[derive(Debug, Clone)]
pub(super) struct Normalized<T> {
    pub kind: Propagation,
    pub scale: Vec<T>,
    pub matrices: Vec<T>,
}

/// `A` of every graph of a chunk, with the normalised forms that the level's convolutions ask for.
#[derive(Debug, Clone)]
pub struct Adjacency<T> {
    offsets: Vec<usize>,
    /// Nodes of every graph where the level is dense, else 0.
    k: usize,
    indptr: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<T>,
    weighted: bool,
    directed: bool,
    transposed_indptr: Vec<u32>,
    transposed_indices: Vec<u32>,
    transposed_values: Vec<T>,
    a: Vec<T>,
    normalized: Vec<Normalized<T>>,
    /// What the edges have for features; none on most levels.
    pub channels: Channels<T>,
}

impl<T: Real> Adjacency<T> {
    /// An empty adjacency, for convolutions that propagate in the given ways and edges that have so many channels.
    pub fn new(kinds: &[Propagation], channels: usize) -> Self {
        let mut normalized: Vec<Normalized<T>> = Vec::new();
        for &kind in kinds.iter().filter(|&&kind| kind != Propagation::Raw) {
            if normalized.iter().all(|n| n.kind != kind) {
                normalized.push(Normalized { kind, scale: Vec::new(), matrices: Vec::new() });
            }
        }
        Self {
            offsets: Vec::new(),
            k: 0,
            indptr: Vec::new(),
            indices: Vec::new(),
            values: Vec::new(),
            weighted: false,
            directed: false,
            transposed_indptr: Vec::new(),
            transposed_indices: Vec::new(),
            transposed_values: Vec::new(),
            a: Vec::new(),
            normalized,
            channels: Channels::new(channels),
        }
    }

    /// Stacks graphs: the first level. Of all edges, or of those of `relation` alone; edges that join the
    /// same nodes under several labels are one entry, the sum of their weights.
    pub fn set_sparse<'a>(
        &mut self,
        graphs: impl Iterator<Item = GraphRef<'a>> + Clone,
        relation: Option<EdgesOf<'_>>,
    ) -> Result<()> {
        let (mut nodes, mut entries, mut count) = (0usize, 0usize, 0usize);
        self.weighted = false;
        self.directed = false;
        for graph in graphs.clone() {
            nodes += graph.nodes();
            entries += graph.entries();
            count += 1;
            self.weighted |= graph.edge_weight().is_some() || joins_parallel(relation, graph);
            self.directed |= graph.is_directed();
        }
        if nodes > i32::MAX as usize || entries > u32::MAX as usize {
            bail!(InvalidArgument, "a chunk of {count} graphs has {nodes} nodes and {entries} edges: use more chunks");
        }
        self.k = 0;
        self.reserve_sparse(nodes, entries, count)?;
        for graph in graphs {
            self.push(graph, relation);
        }
        // What follows needs all entries.
        control::go_on()?;
        if self.directed {
            self.transpose();
        }
        let a = csr(&self.indptr, &self.indices, &self.values, self.weighted);
        for form in &mut self.normalized {
            normalize::sparse_scales(form.kind, a, &mut form.scale[..nodes]);
        }
        control::go_on()
    }

    /// Takes the features of the edges of the graphs that were stacked.
    pub fn set_channels<'a>(
        &mut self,
        graphs: impl Iterator<Item = GraphRef<'a>>,
        columns: EdgeColumns<'_>,
    ) -> Result<()> {
        self.channels.set_sparse(graphs, columns, (self.nodes(), self.indices.len()))?;
        let a = csr(&self.indptr, &self.indices, &self.values, self.weighted);
        self.channels.complete(Neighbours::Sparse(a));
        control::go_on()
    }

    fn reserve_sparse(&mut self, nodes: usize, entries: usize, count: usize) -> Result<()> {
        let clear = |vec: &mut Vec<u32>, len: usize| {
            vec.clear();
            reserve(vec, len)
        };
        clear(&mut self.indptr, nodes + 1)?;
        clear(&mut self.indices, entries)?;
        self.values.clear();
        self.offsets.clear();
        reserve(&mut self.offsets, count + 1)?;
        if self.weighted {
            reserve(&mut self.values, entries)?;
        }
        if self.directed {
            clear(&mut self.transposed_indptr, nodes + 2)?;
            clear(&mut self.transposed_indices, entries)?;
            try_resize(&mut self.transposed_indptr, nodes + 2, 0)?;
            try_resize(&mut self.transposed_indices, entries, 0)?;
            if self.weighted {
                try_grow(&mut self.transposed_values, entries, T::zero())?;
            }
        }
        for form in &mut self.normalized {
            try_grow(&mut form.scale, nodes, T::zero())?;
        }
        self.indptr.push(0);
        self.offsets.push(0);
        Ok(())
    }

    fn push(&mut self, graph: GraphRef<'_>, relation: Option<EdgesOf<'_>>) {
        if let Some(labels) = graph.edge_labels().filter(|_| relation.is_some() || graph.has_parallel_edges()) {
            return self.push_labelled(graph, labels, relation);
        }
        let node = self.offsets[self.offsets.len() - 1];
        let entry = self.indices.len() as u32;
        self.indptr.extend(graph.indptr()[1..].iter().map(|&e| e + entry));
        for block in control::watched(graph.indices().chunks(BLOCK)) {
            self.indices.extend(block.iter().map(|&j| j + node as u32));
        }
        if self.weighted {
            match graph.edge_weight() {
                Some(weights) => {
                    for block in control::watched(weights.chunks(BLOCK)) {
                        self.values.extend(block.iter().map(|&w| T::of_f32(w)));
                    }
                }
                None => self.values.extend(std::iter::repeat_n(T::one(), graph.entries())),
            }
        }
        self.offsets.push(node + graph.nodes());
    }

    fn push_labelled(&mut self, graph: GraphRef<'_>, labels: &[i64], relation: Option<EdgesOf<'_>>) {
        let node = self.offsets[self.offsets.len() - 1];
        for rows in control::watched(graph.indptr().windows(2)) {
            let row = self.indices.len();
            for e in rows[0] as usize..rows[1] as usize {
                if relation.is_some_and(|relation| !relation.takes(labels[e])) {
                    continue;
                }
                let column = graph.indices()[e] + node as u32;
                let weight = T::of_f32(graph.edge_weight().map_or(1.0, |weights| weights[e]));
                let parallel = self.indices[row..].last() == Some(&column);
                match self.values.last_mut() {
                    Some(last) if parallel => *last += weight,
                    _ => {
                        self.indices.push(column);
                        if self.weighted {
                            self.values.push(weight);
                        }
                    }
                }
            }
            self.indptr.push(self.indices.len() as u32);
        }
        self.offsets.push(node + graph.nodes());
    }

    /// Counting sort by column. `transposed_indptr` has one spare place in front while the rows are filled.
    fn transpose(&mut self) {
        let nodes = self.indptr.len() - 1;
        for block in control::watched(self.indices.chunks(BLOCK)) {
            block.iter().for_each(|&j| self.transposed_indptr[j as usize + 2] += 1);
        }
        // Too small counts would lead out of the arrays.
        if control::stopped() {
            return;
        }
        for i in 0..nodes {
            self.transposed_indptr[i + 2] += self.transposed_indptr[i + 1];
        }
        for i in control::watched(0..nodes) {
            for e in self.indptr[i] as usize..self.indptr[i + 1] as usize {
                let at = &mut self.transposed_indptr[self.indices[e] as usize + 1];
                self.transposed_indices[*at as usize] = i as u32;
                if self.weighted {
                    self.transposed_values[*at as usize] = self.values[e];
                }
                *at += 1;
            }
        }
    }

    /// Makes room for `graphs` dense matrices of `k` nodes: a pooled level, to be filled through
    /// [`dense_mut`](Self::dense_mut) and completed by [`normalize`](Self::normalize).
    pub fn set_dense(&mut self, graphs: usize, k: usize) -> Result<()> {
        let len = k.checked_mul(k).and_then(|kk| kk.checked_mul(graphs)).ok_or_else(Error::out_of_memory)?;
        self.k = k;
        self.offsets.clear();
        reserve(&mut self.offsets, graphs + 1)?;
        self.offsets.extend((0..=graphs).map(|g| g * k));
        try_grow(&mut self.a, len, T::zero())?;
        self.channels.set_dense(graphs, k)?;
        for form in &mut self.normalized {
            try_grow(&mut form.matrices, len, T::zero())?;
            try_grow(&mut form.scale, graphs * k, T::zero())?;
        }
        Ok(())
    }

    /// The normalised forms of the dense matrices.
    pub fn normalize(&mut self) {
        let (len, nodes) = (self.dense_len(), self.nodes());
        for form in &mut self.normalized {
            let (matrices, scale) = (&mut form.matrices[..len], &mut form.scale[..nodes]);
            normalize::forward(form.kind, self.k, &self.a[..len], matrices, scale);
        }
        self.channels.complete(Neighbours::Dense(self.k, &self.a[..len]));
    }

    /// Where each graph's nodes begin, `[b + 1]`.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// Nodes of all graphs.
    pub fn nodes(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Number of graphs.
    pub fn graphs(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether `A` may differ from its transpose.
    pub fn is_directed(&self) -> bool {
        self.directed
    }

    /// Says that the graphs that were pooled into this level were directed.
    pub fn set_directed(&mut self, directed: bool) {
        self.directed = directed;
    }

    /// Whether the level is dense.
    pub fn is_dense(&self) -> bool {
        self.k > 0
    }

    /// Nodes of every graph of a dense level.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Nodes of the largest graph.
    pub fn largest(&self) -> usize {
        self.offsets.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0)
    }

    /// Values of the dense matrices together.
    pub(super) fn dense_len(&self) -> usize {
        self.graphs() * self.k * self.k
    }

    /// The dense matrices, `[b, k, k]`.
    pub fn dense(&self) -> &[T] {
        &self.a[..self.dense_len()]
    }

    /// The dense matrices, to write.
    pub fn dense_mut(&mut self) -> &mut [T] {
        let len = self.dense_len();
        &mut self.a[..len]
    }

    /// Makes every entry of the dense matrices 1, and normalises them.
    pub fn fill_dense(&mut self) {
        self.dense_mut().fill(T::one());
        self.normalize();
    }

    /// Makes the dense matrices the sum of those of `parts`.
    pub fn sum_dense(&mut self, parts: &[Self]) {
        let out = self.dense_mut();
        out.fill(T::zero());
        for part in parts {
            out.iter_mut().zip(part.dense()).for_each(|(o, &a)| *o += a);
        }
    }

    /// The sparse matrix, block-diagonal.
    pub fn sparse(&self) -> Csr<'_, T> {
        csr(&self.indptr, &self.indices, &self.values, self.weighted)
    }

    /// The transpose of the sparse matrix.
    fn transposed(&self) -> Csr<'_, T> {
        match self.directed {
            true => csr(&self.transposed_indptr, &self.transposed_indices, &self.transposed_values, self.weighted),
            false => self.sparse(),
        }
    }

    /// The rows, however they are stored.
    pub fn neighbours(&self) -> Neighbours<'_, T> {
        if self.is_dense() { Neighbours::Dense(self.k, self.dense()) } else { Neighbours::Sparse(self.sparse()) }
    }

    /// Stored entries of graph `graph`: those of the sparse matrix, or all of a dense one.
    pub fn entries(&self, graph: usize) -> usize {
        if self.is_dense() {
            return self.k * self.k;
        }
        (self.indptr[self.offsets[graph + 1]] - self.indptr[self.offsets[graph]]) as usize
    }

    /// `out (+)= Â x` in the normalised form `kind`.
    pub fn propagate(&self, kind: Propagation, x: Mat<'_, T>, accumulate: bool, out: &mut MatMut<'_, T>) {
        if self.is_dense() {
            return self.each_dense(self.matrices(kind), false, x, accumulate, out);
        }
        spmm::forward(self.sparse(), normalize::scaling(kind, self.scale(kind)), x, accumulate, out);
    }

    /// `dx (+)= Â^T dout`.
    pub fn propagate_back(&self, kind: Propagation, dout: Mat<'_, T>, accumulate: bool, dx: &mut MatMut<'_, T>) {
        if self.is_dense() {
            return self.each_dense(self.matrices(kind), true, dout, accumulate, dx);
        }
        spmm::forward(self.transposed(), normalize::scaling(kind, self.scale(kind)).transposed(), dout, accumulate, dx);
    }

    /// Writes some rows of `A S`, or of `A^T S`; they belong to graph `graph`.
    pub fn product_rows(
        &self,
        transposed: bool,
        (graph, rows): (usize, Range<usize>),
        s: Mat<'_, T>,
        out: &mut MatMut<'_, T>,
    ) {
        if !self.is_dense() {
            let a = if transposed { self.transposed() } else { self.sparse() };
            let by = normalize::scaling(Propagation::Raw, &[]);
            return spmm::forward_rows(a, by, rows, s, false, out);
        }
        let (first, a) = (graph * self.k, self.dense_of(Propagation::Raw, graph));
        let a = if transposed { a.reversed_axes() } else { a };
        let a = a.slice_move(s![rows.start - first..rows.end - first, ..]);
        gemm(T::one(), a, s.slice(s![first..first + self.k, ..]), T::zero(), out);
    }

    fn each_dense(&self, matrices: &[T], transpose: bool, x: Mat<'_, T>, accumulate: bool, out: &mut MatMut<'_, T>) {
        let beta = if accumulate { T::one() } else { T::zero() };
        for (graph, a) in matrices.chunks_exact(self.k * self.k).enumerate() {
            let rows = s![graph * self.k..(graph + 1) * self.k, ..];
            let a = matrix(a, self.k, self.k);
            let a = if transpose { a.reversed_axes() } else { a };
            gemm(T::one(), a, x.slice(rows), beta, &mut out.slice_mut(rows));
        }
    }

    /// The normalised form `kind` of a graph of a dense level, `[k, k]`.
    pub fn dense_of(&self, kind: Propagation, graph: usize) -> Mat<'_, T> {
        let square = self.k * self.k;
        matrix(&self.matrices(kind)[graph * square..(graph + 1) * square], self.k, self.k)
    }

    /// The normalised forms, in the order in which convolutions first asked for them.
    pub(super) fn forms(&self) -> &[Normalized<T>] {
        &self.normalized
    }

    fn form(&self, kind: Propagation) -> Option<&Normalized<T>> {
        self.normalized.iter().find(|form| form.kind == kind)
    }

    fn matrices(&self, kind: Propagation) -> &[T] {
        self.form(kind).map_or(self.dense(), |form| &form.matrices[..self.dense_len()])
    }

    fn scale(&self, kind: Propagation) -> &[T] {
        self.form(kind).map_or(&[], |form| &form.scale)
    }
}

/// Whether several edges between two nodes of a graph may become one entry.
fn joins_parallel(relation: Option<EdgesOf<'_>>, graph: GraphRef<'_>) -> bool {
    // A relation has one edge between two nodes, unless it takes labels besides its own.
    let of_several = |relation: EdgesOf<'_>| relation.others && !graph.edge_labels().is_some_and(|l| relation.knows(l));
    relation.is_none_or(of_several) && graph.has_parallel_edges()
}

fn csr<'a, T>(indptr: &'a [u32], indices: &'a [u32], values: &'a [T], weighted: bool) -> Csr<'a, T> {
    Csr { indptr, indices, values: weighted.then_some(values) }
}
