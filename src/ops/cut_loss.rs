//! Cut loss of MinCut pooling (Bianchi, Grattarola and Alippi, *Spectral Clustering with Graph Neural Networks for
//! Graph Pooling*, ICML 2020), as the `dense_mincut_pool` of PyTorch Geometric has it.
//!
//! ```text
//! forward   loss = -tr(S^T A S) / tr(S^T D S),     0 where the divisor is not above 0: without edges
//! ```

use super::assignment_moments::{MomentGradient, Moments};

/// The loss of one graph.
pub fn forward(moments: &Moments<'_>) -> f64 {
    let scalars = moments.scalars;
    if scalars.spread > 0.0 { -scalars.inside / scalars.spread } else { 0.0 }
}

/// Adds `c` times the gradient.
pub fn backward(c: f64, moments: &Moments<'_>, by: &mut MomentGradient<'_>) {
    let scalars = moments.scalars;
    if scalars.spread > 0.0 {
        by.inside -= c / scalars.spread;
        by.spread += c * scalars.inside / (scalars.spread * scalars.spread);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::super::assignment_moments::testing::{check, without_edges};
    use super::*;

    #[test]
    fn the_definition_and_its_gradient() {
        check((forward, backward), |a, s| {
            let d = Array2::from_diag(&a.sum_axis(Axis(1)));
            -s.t().dot(a).dot(s).diag().sum() / s.t().dot(&d).dot(s).diag().sum()
        });
        assert_eq!(without_edges((forward, backward)), (0.0, true));
    }
}
