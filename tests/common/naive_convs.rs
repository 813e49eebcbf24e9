//! The convolutions of the naive oracle, from their definitions; graphs may have several relations. The unit tests of
//! `layers::conv` use the same file.

use diffpool::config::{Activation, Config, Conv};

use super::naive_matrix::{Matrix, activation, plus_row, product};

/// One convolution: its kind, its tensors by name, and whether it is the last of its stack.
pub struct NaiveConv<'a> {
    pub kind: Conv,
    pub tensor: &'a dyn Fn(&str) -> Option<Matrix>,
    pub config: &'a Config,
    pub last: bool,
    /// The channels of the edges: what each has for a feature, times its weight, a matrix a channel.
    pub channels: &'a [Matrix],
}

impl NaiveConv<'_> {
    fn of(&self, name: &str, relation: usize) -> Matrix {
        let name = if relation == 0 { name.to_string() } else { format!("{name}.{relation}") };
        (self.tensor)(&name).unwrap_or_else(|| panic!("no tensor {name} in a convolution {}", self.kind.name()))
    }

    fn bias(&self) -> Vec<f64> {
        self.of("bias", 0)[0].clone()
    }

    /// The output for the adjacency of every relation.
    pub fn output(&self, relations: &[Matrix], x: &Matrix) -> Matrix {
        let (seen, weight): (fn(&Matrix, &Matrix) -> Matrix, _) = match self.kind {
            Conv::Gin => return self.gin(relations, x),
            Conv::Gine => return self.gine(&relations[0], x),
            Conv::Gat => return self.gat(relations, x),
            Conv::Structure2vec => return self.structure2vec(relations, x),
            Conv::Sage => (|a, x| product(&row_mean(a), x), "weight_rel"),
            Conv::GraphConv => (product, "weight_rel"),
            Conv::SageMax => (largest, "weight_rel"),
            Conv::Gcn => (|a, x| product(&symmetric(a), x), "weight"),
            Conv::GcnSelf => (|a, x| product(&self_loops(a), x), "weight"),
            Conv::GcnMean => (|a, x| product(&row_mean(a), x), "weight"),
            Conv::GcnRaw => (product, "weight"),
        };
        let mut out = self.root(x);
        for (r, a) in relations.iter().enumerate() {
            add(&mut out, 1.0, &product(&seen(a, x), &self.of(weight, r)));
        }
        if !self.channels.is_empty() {
            let divisor = |i: usize| match self.kind {
                Conv::Sage => relations[0][i].iter().sum::<f64>().max(1.0),
                _ => 1.0,
            };
            let of_row = |i: usize| self.channels.iter().map(|c| c[i].iter().sum::<f64>() / divisor(i)).collect();
            let said: Matrix = (0..x.len()).map(of_row).collect();
            add(&mut out, 1.0, &product(&said, &self.of("weight_edge", 0)));
        }
        out
    }

    fn gine(&self, a: &Matrix, x: &Matrix) -> Matrix {
        let epsilon = match self.config.gin_learn_epsilon {
            true => self.of("epsilon", 0)[0][0],
            false => self.config.gin_epsilon,
        };
        let (w, b) = (self.of("weight_edge", 0), &self.of("bias_edge", 0)[0]);
        let mut z = x.clone();
        for (i, row) in z.iter_mut().enumerate() {
            for (t, v) in row.iter_mut().enumerate() {
                let message = |j: usize| {
                    let said: f64 = self.channels.iter().zip(&w).map(|(c, w)| c[i][j] * w[t]).sum();
                    (a[i][j] * (x[j][t] + b[t]) + said).max(0.0)
                };
                *v = (1.0 + epsilon) * x[i][t] + (0..x.len()).map(message).sum::<f64>();
            }
        }
        let mut h = plus_row(product(&z, &self.of("weight", 0)), &self.bias());
        activate(self.config.activation, &mut h);
        plus_row(product(&h, &self.of("weight_out", 0)), &self.of("bias_out", 0)[0])
    }

    /// What a head adds to the scores for the features of the edges.
    fn edge_scores(&self, a: &Matrix, p: usize) -> Matrix {
        let by = if self.channels.is_empty() { Vec::new() } else { self.of("attention_edge", 0)[p].clone() };
        let score = |i: usize, j: usize| {
            let said: f64 = self.channels.iter().zip(&by).map(|(c, by)| c[i][j] * by).sum();
            if a[i][j] > 0.0 { said / a[i][j] } else { 0.0 }
        };
        (0..a.len()).map(|i| (0..a.len()).map(|j| score(i, j)).collect()).collect()
    }

    /// The bias, and the node itself where it has a weight.
    fn root(&self, x: &Matrix) -> Matrix {
        let has_root = match self.kind {
            Conv::Sage | Conv::GraphConv | Conv::SageMax => self.config.root_weight,
            kind => kind == Conv::Structure2vec,
        };
        let mut out = vec![self.bias(); x.len()];
        if has_root {
            add(&mut out, 1.0, &product(x, &self.of("weight_root", 0)));
        }
        out
    }

    fn gin(&self, relations: &[Matrix], x: &Matrix) -> Matrix {
        let epsilon = match self.config.gin_learn_epsilon {
            true => self.of("epsilon", 0)[0][0],
            false => self.config.gin_epsilon,
        };
        let own = self.of(if relations.len() > 1 { "weight_root" } else { "weight" }, 0);
        let mut h = vec![self.bias(); x.len()];
        add(&mut h, 1.0 + epsilon, &product(x, &own));
        for (r, a) in relations.iter().enumerate() {
            add(&mut h, 1.0, &product(&product(a, x), &self.of("weight", r)));
        }
        activate(self.config.activation, &mut h);
        plus_row(product(&h, &self.of("weight_out", 0)), &self.of("bias_out", 0)[0])
    }

    fn gat(&self, relations: &[Matrix], x: &Matrix) -> Matrix {
        let heads = self.config.gat_heads;
        let mut out = vec![self.bias(); x.len()];
        for (r, a) in relations.iter().enumerate() {
            let h = product(x, &self.of("weight", r));
            let (to, from) = (self.of("attention_dst", r), self.of("attention_src", r));
            let width = h[0].len() / heads;
            for p in 0..heads {
                let own: Matrix = h.iter().map(|row| row[p * width..(p + 1) * width].to_vec()).collect();
                let seen = product(&attention(a, &own, [&to[p], &from[p]], &self.edge_scores(a, p)), &own);
                for (out, seen) in out.iter_mut().zip(&seen) {
                    for (c, v) in seen.iter().enumerate() {
                        match self.last {
                            true => out[c] += v / heads as f64,
                            false => out[p * width + c] += v,
                        }
                    }
                }
            }
        }
        out
    }

    fn structure2vec(&self, relations: &[Matrix], x: &Matrix) -> Matrix {
        let own = self.root(x);
        let mut mu = vec![vec![0.0; own[0].len()]; x.len()];
        for t in 0..self.config.s2v_iterations {
            let mut next = own.clone();
            for (r, a) in relations.iter().enumerate().filter(|_| t > 0) {
                add(&mut next, 1.0, &product(&product(a, &mu), &self.of("weight_rel", r)));
            }
            activate(self.config.activation, &mut next);
            mu = next;
        }
        mu
    }
}

fn add(to: &mut Matrix, scale: f64, from: &Matrix) {
    to.iter_mut().flatten().zip(from.iter().flatten()).for_each(|(t, f)| *t += scale * f);
}

fn activate(kind: Activation, h: &mut Matrix) {
    h.iter_mut().flatten().for_each(|v| *v = activation(kind, *v));
}

fn self_loops(a: &Matrix) -> Matrix {
    let mut out = a.clone();
    out.iter_mut().enumerate().for_each(|(i, row)| row[i] += 1.0);
    out
}

fn row_mean(a: &Matrix) -> Matrix {
    let scaled = |row: &Vec<f64>| {
        let sum = row.iter().sum::<f64>().max(1.0);
        row.iter().map(|v| v / sum).collect()
    };
    a.iter().map(scaled).collect()
}

fn symmetric(a: &Matrix) -> Matrix {
    let mut out = self_loops(a);
    let scale = |sum: f64| if sum > 0.0 { 1.0 / sum.sqrt() } else { 0.0 };
    let r: Vec<f64> = out.iter().map(|row| scale(row.iter().sum())).collect();
    for (i, row) in out.iter_mut().enumerate() {
        row.iter_mut().enumerate().for_each(|(j, v)| *v *= r[i] * r[j]);
    }
    out
}

/// The largest weighted neighbour, column by column.
fn largest(a: &Matrix, x: &Matrix) -> Matrix {
    let of = |row: &Vec<f64>, c: usize| {
        let products = (0..x.len()).filter(|&j| row[j] != 0.0).map(|j| row[j] * x[j][c]);
        products.reduce(f64::max).unwrap_or(0.0)
    };
    a.iter().map(|row| (0..x[0].len()).map(|c| of(row, c)).collect()).collect()
}

/// The attention of every node to every node: along its edges, and to itself.
fn attention(a: &Matrix, h: &Matrix, [to, from]: [&[f64]; 2], edges: &Matrix) -> Matrix {
    let inner = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let mut out = vec![vec![0.0; a.len()]; a.len()];
    for (i, row) in out.iter_mut().enumerate() {
        let looked = |e: f64| e.max(0.2 * e).exp();
        for (j, v) in row.iter_mut().enumerate() {
            let e = inner(to, &h[i]) + inner(from, &h[j]);
            *v = a[i][j].max(0.0) * looked(e + edges[i][j]) + if i == j { looked(e) } else { 0.0 };
        }
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|v| *v /= sum);
    }
    out
}
