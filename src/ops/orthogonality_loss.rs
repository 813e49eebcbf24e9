//! Orthogonality loss of MinCut pooling and of the DMoN of PyTorch Geometric: 0 where the clusters are of one size and
//! no node is in two.
//!
//! ```text
//! forward   loss = |M|_F,   M = G / |G|_F - I / sqrt(k),   G = S^T S
//! backward  dG = (M - (M . G) G / |G|_F^2) / (|M|_F |G|_F),   0 where M is
//! ```

use super::assignment_moments::{MomentGradient, Moments};

/// The entries of `M`, and `|G|_F`.
fn difference<'a>(moments: &Moments<'a>) -> (impl Iterator<Item = f64> + Clone + use<'a>, f64) {
    let (k, gram) = (moments.clusters(), moments.gram);
    let norm = gram.iter().map(|g| g * g).sum::<f64>().sqrt();
    // Only an assignment of zeros has none.
    let by = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    let diagonal = 1.0 / (k as f64).sqrt();
    let entry = move |(at, g): (usize, &f64)| g * by - if at % (k + 1) == 0 { diagonal } else { 0.0 };
    (gram.iter().enumerate().map(entry), norm)
}

/// The loss of one graph.
pub fn forward(moments: &Moments<'_>) -> f64 {
    difference(moments).0.map(|m| m * m).sum::<f64>().sqrt()
}

/// Adds `c` times the gradient.
pub fn backward(c: f64, moments: &Moments<'_>, by: &mut MomentGradient<'_>) {
    let (entries, norm) = difference(moments);
    let loss = forward(moments);
    if loss > 0.0 && norm > 0.0 {
        let along: f64 = entries.clone().zip(moments.gram).map(|(m, g)| m * g).sum::<f64>() / (norm * norm);
        let c = c / (loss * norm);
        let out = by.gram.iter_mut().zip(entries.zip(moments.gram));
        out.for_each(|(d, (m, g))| *d += c * (m - along * g));
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::assignment_moments::{Scalars, testing::check};
    use super::*;

    #[test]
    fn the_definition_and_its_gradient() {
        let norm = |a: &Array2<f64>| a.iter().map(|v| v * v).sum::<f64>().sqrt();
        check((forward, backward), |_, s| {
            let (gram, identity) = (s.t().dot(s), Array2::eye(s.ncols()));
            norm(&(&gram / norm(&gram) - &identity / norm(&identity)))
        });
    }

    #[test]
    fn equal_clusters_have_none_and_a_gradient_of_numbers() {
        let gram = [3.0, 0.0, 0.0, 3.0];
        let moments = Moments { scalars: Scalars::default(), gram: &gram, sizes: &[3.0; 2], volumes: &[0.0; 2] };
        let mut memory = [0.0; 8];
        backward(1.0, &moments, &mut MomentGradient::zeros(2, &mut memory));
        assert!(forward(&moments) < 1e-15 && memory.iter().all(|d| d.is_finite()));
    }
}
