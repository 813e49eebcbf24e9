//! Collapse regularisation of DMoN (Tsitsulin et al., 2023): 0 where all clusters have the same share of the nodes, and
//! sqrt(k) - 1 where one has them all.
//!
//! ```text
//! forward   loss = sqrt(k) / n |sum_i s_i| - 1
//! ```

use super::assignment_moments::{MomentGradient, Moments};

/// The loss of one graph.
pub fn forward(moments: &Moments<'_>) -> f64 {
    (moments.clusters() as f64).sqrt() / moments.scalars.nodes * norm(moments) - 1.0
}

/// Adds `c` times the gradient.
pub fn backward(c: f64, moments: &Moments<'_>, by: &mut MomentGradient<'_>) {
    let norm = norm(moments);
    // Only an assignment of zeros has none.
    if norm > 0.0 {
        let c = c * (moments.clusters() as f64).sqrt() / (moments.scalars.nodes * norm);
        by.sizes.iter_mut().zip(moments.sizes).for_each(|(d, size)| *d += c * size);
    }
}

fn norm(moments: &Moments<'_>) -> f64 {
    moments.sizes.iter().map(|size| size * size).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::super::assignment_moments::testing::check;
    use super::*;

    #[test]
    fn the_definition_and_its_gradient() {
        check((forward, backward), |_, s| {
            let (n, k) = (s.nrows() as f64, s.ncols() as f64);
            k.sqrt() / n * s.sum_axis(Axis(0)).mapv(|size| size * size).sum().sqrt() - 1.0
        });
    }
}
