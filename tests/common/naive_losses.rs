//! The losses of an assignment by their definitions, with dense matrices of n x n.

use diffpool::config::{Config, LinkLoss, LinkNormalizer, LossParts, LossScope, PoolLoss};

use super::naive_matrix::{Matrix, product};

/// Of every graph of a level: losses over what they are divided by, and both apart.
#[derive(Default)]
pub struct Losses {
    links: Vec<(f64, f64)>,
    entropies: Vec<(f64, f64)>,
    nodes: Vec<f64>,
    others: Vec<[f64; PoolLoss::COUNT]>,
}

pub fn columns(a: &Matrix) -> Matrix {
    (0..a[0].len()).map(|j| a.iter().map(|row| row[j]).collect()).collect()
}

fn norm(a: &Matrix) -> f64 {
    a.iter().flatten().map(|v| v * v).sum::<f64>().sqrt()
}

fn trace(a: &Matrix) -> f64 {
    a.iter().enumerate().map(|(i, row)| row[i]).sum()
}

fn square(n: usize, entry: impl Fn(usize, usize) -> f64) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

/// `tr(S^T A S)`.
fn inside(a: &Matrix, s: &Matrix) -> f64 {
    trace(&product(&product(&columns(s), a), s))
}

/// A loss of one graph that has nothing to do with the scope.
fn other(loss: PoolLoss, a: &Matrix, s: &Matrix) -> f64 {
    let (n, k) = (s.len(), s[0].len());
    let degrees: Vec<f64> = a.iter().map(|row| row.iter().sum()).collect();
    let total: f64 = degrees.iter().sum();
    let gram = product(&columns(s), s);
    let root_k = (k as f64).sqrt();
    match loss {
        PoolLoss::Link | PoolLoss::Entropy => 0.0,
        PoolLoss::Cut => {
            let spread = inside(&square(n, |i, j| if i == j { degrees[i] } else { 0.0 }), s);
            if spread > 0.0 { -inside(a, s) / spread } else { 0.0 }
        }
        PoolLoss::Orthogonality => {
            norm(&square(k, |i, j| gram[i][j] / norm(&gram) - if i == j { 1.0 / root_k } else { 0.0 }))
        }
        PoolLoss::Modularity if total > 0.0 => {
            -inside(&square(n, |i, j| a[i][j] - degrees[i] * degrees[j] / total), s) / total
        }
        PoolLoss::Modularity => 0.0,
        PoolLoss::Collapse => {
            let sizes: Vec<f64> = columns(s).iter().map(|column| column.iter().sum()).collect();
            root_k / n as f64 * norm(&vec![sizes]) - 1.0
        }
        PoolLoss::Balance => -(0..k).map(|j| (gram[j][j] + 1e-8).sqrt()).sum::<f64>() / ((n * k) as f64).sqrt(),
    }
}

impl Losses {
    /// Adds a graph. `entries` are those that are stored of it, `padded` the nodes that it counts as.
    pub fn add(&mut self, config: &Config, level: usize, (entries, padded): (usize, usize), a: &Matrix, s: &Matrix) {
        let batch = config.loss_scope == LossScope::Batch;
        let real = a.len() as f64;
        let n = if batch { padded as f64 } else { real };
        let explained = product(s, &columns(s));
        let link = match config.link_loss {
            LinkLoss::Frobenius => {
                let square = |(a, e): (&f64, &f64)| (a - e).powi(2);
                let q: f64 = a.iter().flatten().zip(explained.iter().flatten()).map(square).sum();
                let by = match config.link_normalizer {
                    LinkNormalizer::None => 1.0,
                    LinkNormalizer::Nodes => n,
                    LinkNormalizer::NodesSquared => n * n,
                    LinkNormalizer::Edges => entries.max(1) as f64,
                    LinkNormalizer::Adjacency if batch => norm(a).powi(2),
                    LinkNormalizer::Adjacency if norm(a) > 0.0 => norm(a),
                    LinkNormalizer::Adjacency => 1.0,
                };
                (if batch { q } else { q.sqrt() }, by)
            }
            LinkLoss::CrossEntropy if level > 0 => (0.0, 1.0),
            LinkLoss::CrossEntropy => {
                let (mut power, mut p) = (explained.clone(), explained.clone());
                for _ in 1..config.adj_hop {
                    power = product(&power, &explained);
                    p.iter_mut().zip(&power).for_each(|(p, q)| p.iter_mut().zip(q).for_each(|(p, q)| *p += q));
                }
                let of_pair = |(a, p): (&f64, &f64)| {
                    let (a, p) = (a.clamp(0.0, 1.0), p.min(1.0));
                    -a * (p + 1e-7).ln() - (1.0 - a) * (1.0 - p + 1e-7).ln()
                };
                (a.iter().flatten().zip(p.iter().flatten()).map(of_pair).sum(), real * real)
            }
        };
        self.links.push(link);
        let terms = s.iter().flatten().map(|&p| if p > 0.0 { -p * p.ln() } else { 0.0 });
        self.entropies.push((terms.sum::<f64>(), real));
        self.nodes.push(n);
        let mut others = [0.0; PoolLoss::COUNT];
        PoolLoss::ALL.iter().for_each(|&loss| others[loss as usize] = other(loss, a, s));
        self.others.push(others);
    }

    /// The losses of the batch.
    pub fn of_batch(&self, config: &Config) -> LossParts {
        let mut parts = LossParts::ZERO;
        for &loss in PoolLoss::ALL {
            let of_graphs = self.others.iter().map(|others| others[loss as usize]);
            parts[loss] = of_graphs.sum::<f64>() / self.others.len() as f64;
        }
        let mean = |parts: &[(f64, f64)]| parts.iter().map(|(sum, by)| sum / by).sum::<f64>() / parts.len() as f64;
        (parts[PoolLoss::Link], parts[PoolLoss::Entropy]) = if config.loss_scope == LossScope::Graph {
            (mean(&self.links), mean(&self.entropies))
        } else {
            let (sum, by): (f64, f64) = self.links.iter().fold((0.0, 0.0), |(s, b), (sum, by)| (s + sum, b + by));
            let link = if config.link_loss == LinkLoss::Frobenius { sum.sqrt() } else { sum };
            let squares =
                config.link_loss == LinkLoss::Frobenius && config.link_normalizer == LinkNormalizer::Adjacency;
            let by = if squares { by.sqrt() } else { by };
            let entropy = self.entropies.iter().map(|(sum, _)| sum).sum::<f64>();
            (link / by, entropy / self.nodes.iter().sum::<f64>())
        };
        parts
    }
}
