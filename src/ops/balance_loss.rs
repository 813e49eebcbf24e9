//! Loss of Just Balance pooling (Bianchi, *Simplifying Clustering with Graph Neural Networks*, NLDL 2023): smallest
//! where the clusters are sure and of one size.
//!
//! ```text
//! forward   loss = -tr(sqrt(S^T S)) / sqrt(n k) = -sum_j sqrt(|S_.j|^2 + e) / sqrt(n k),   e = 1e-8
//! backward  dG_jj = -1 / (2 sqrt(G_jj + e) sqrt(n k)),   G = S^T S
//! ```
//!
//! The root is taken entry by entry, as in the code of the paper and in Torch Geometric Pool, whose `e` it is: its
//! trace is the sum of the lengths of the columns. That of the root of the matrix, the nuclear norm of `S`, is another
//! number unless no node is in two clusters.

use super::assignment_moments::{MomentGradient, Moments};

/// What keeps the root of an empty cluster from 0.
const EPSILON: f64 = 1e-8;

/// The loss of one graph.
pub fn forward(moments: &Moments<'_>) -> f64 {
    -lengths(moments).sum::<f64>() / scale(moments)
}

/// Adds `c` times the gradient.
pub fn backward(c: f64, moments: &Moments<'_>, by: &mut MomentGradient<'_>) {
    let c = 0.5 * c / scale(moments);
    by.gram.iter_mut().step_by(moments.clusters() + 1).zip(lengths(moments)).for_each(|(d, length)| *d -= c / length);
}

/// The length of every column of `S`.
fn lengths<'a>(moments: &Moments<'a>) -> impl Iterator<Item = f64> + use<'a> {
    moments.gram.iter().step_by(moments.clusters() + 1).map(|square| (square + EPSILON).sqrt())
}

fn scale(moments: &Moments<'_>) -> f64 {
    (moments.scalars.nodes * moments.clusters() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::assignment_moments::{Scalars, testing::check};
    use super::*;

    #[test]
    fn the_definition_and_its_gradient() {
        check((forward, backward), |_, s| {
            let root = s.t().dot(s).mapv(|g| (g + 1e-8).sqrt());
            -root.diag().sum() / ((s.nrows() * s.ncols()) as f64).sqrt()
        });
    }

    #[test]
    fn an_empty_cluster_has_a_gradient_of_numbers() {
        let scalars = Scalars { nodes: 3.0, ..Scalars::default() };
        let moments = Moments { scalars, gram: &[3.0, 0.0, 0.0, 0.0], sizes: &[3.0, 0.0], volumes: &[0.0; 2] };
        let mut memory = [0.0; 8];
        backward(1.0, &moments, &mut MomentGradient::zeros(2, &mut memory));
        assert!(memory[3] < 0.0 && memory.iter().all(|d| d.is_finite()));
    }
}
