//! Modularity loss of DMoN (Tsitsulin, Palowitch, Perozzi and Müller, *Graph Clustering with Graph Neural Networks*,
//! JMLR 2023): minus the modularity of the assignment.
//!
//! ```text
//! forward   loss = -tr(S^T B S) / 2m,   B = A - d d^T / 2m,   2m = sum_ij a_ij
//!                = -tr(S^T A S) / 2m + |S^T d|^2 / (2m)^2,    0 where 2m is not above 0: without edges
//! ```

use super::assignment_moments::{MomentGradient, Moments};

/// The loss of one graph.
pub fn forward(moments: &Moments<'_>) -> f64 {
    let scalars = moments.scalars;
    if scalars.total > 0.0 { (expected(moments) - scalars.inside) / scalars.total } else { 0.0 }
}

/// Adds `c` times the gradient.
pub fn backward(c: f64, moments: &Moments<'_>, by: &mut MomentGradient<'_>) {
    let scalars = moments.scalars;
    if scalars.total > 0.0 {
        let c = c / scalars.total;
        by.inside -= c;
        by.volumes.iter_mut().zip(moments.volumes).for_each(|(d, v)| *d += 2.0 * c * v / scalars.total);
        by.total += c * (scalars.inside - 2.0 * expected(moments)) / scalars.total;
    }
}

/// What of the edges would be inside if they were drawn by the degrees alone.
fn expected(moments: &Moments<'_>) -> f64 {
    moments.volumes.iter().map(|v| v * v).sum::<f64>() / moments.scalars.total
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::super::assignment_moments::testing::{check, without_edges};
    use super::*;

    #[test]
    fn the_definition_and_its_gradient() {
        check((forward, backward), |a, s| {
            let (d, total) = (a.sum_axis(Axis(1)).insert_axis(Axis(1)), a.sum());
            let b = a - &d.dot(&d.t()) / total;
            -s.t().dot(&b).dot(s).diag().sum() / total
        });
        assert_eq!(without_edges((forward, backward)), (0.0, true));
    }
}
