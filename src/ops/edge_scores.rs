//! What attention thinks of an edge by its features, in several heads.
//!
//! ```text
//! forward   t_ijp = sum_c g_pc e_ijc / a_ij where a_ij counts, else 0            g: [heads, c]
//! backward  dg_pc += dt_ijp e_ijc / a_ij
//!           de_ijc += dt_ijp g_pc / a_ij,  da_ij -= dt_ijp t_ijp / a_ij          where the level is dense
//! ```
//!
//! `e` are the channels of [`super::edge_channels`], features times weights, so that their quotient is the mean of the
//! features of the edges in an entry. Weights count as they do in [`super::neighbour_attention`].

use super::edge_channels::EdgeChannels;
use super::neighbour_attention::counts;
use super::neighbours::Neighbours;
use super::runtime::real::Real;
use crate::control;

/// Fills `t [entries, heads]`; nothing where it is empty.
pub fn forward<T: Real>(a: Neighbours<'_, T>, channels: EdgeChannels<'_, T>, g: &[T], t: &mut [T]) {
    if t.is_empty() {
        return;
    }
    let heads = g.len() / channels.width;
    for i in control::watched(0..a.nodes()) {
        let row = a.row(i);
        for e in 0..row.len {
            let (_, weight) = row.at(e);
            let t = &mut t[(row.begin + e) * heads..][..heads];
            t.fill(T::zero());
            if !counts(weight) {
                continue;
            }
            for channel in 0..channels.width {
                let feature = channels.at((row.begin, row.len), e, channel) / weight;
                if feature != T::zero() {
                    t.iter_mut().zip(g.chunks_exact(channels.width)).for_each(|(t, g)| *t += feature * g[channel]);
                }
            }
        }
    }
}

/// Adds to the gradients of `g`, of the entries of a dense adjacency, and of their channels; the last two are empty
/// where the level is sparse.
pub fn backward<T: Real>(
    (a, channels): (Neighbours<'_, T>, EdgeChannels<'_, T>),
    g: &[T],
    t: &[T],
    dt: &[T],
    (dg, da, de): (&mut [T], &mut [T], &mut [T]),
) {
    if t.is_empty() {
        return;
    }
    let (width, heads) = (channels.width, g.len() / channels.width);
    for i in 0..a.nodes() {
        let row = a.row(i);
        let place = (row.begin, row.len);
        for e in 0..row.len {
            let (_, weight) = row.at(e);
            if !counts(weight) {
                continue;
            }
            let own = (row.begin + e) * heads..(row.begin + e + 1) * heads;
            for (p, &dt) in dt[own.clone()].iter().enumerate() {
                for channel in 0..width {
                    dg[p * width + channel] += dt * channels.at(place, e, channel) / weight;
                    if !da.is_empty() {
                        de[channels.place(place, e, channel)] += dt * g[p * width + channel] / weight;
                    }
                }
            }
            if !da.is_empty() {
                let quotient = dt[own.clone()].iter().zip(&t[own]).map(|(&d, &t)| d * t).sum::<T>();
                da[row.begin + e] -= quotient / weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::edge_channels::examples::{WIDTH, channels, of};
    use crate::ops::neighbours::examples::{sparse, weights};
    use crate::ops::testing::{check_gradient, random_values};

    const HEADS: usize = 2;

    fn run(a: Neighbours<'_, f64>, e: &[f64], g: &[f64]) -> Vec<f64> {
        let mut t = vec![f64::NAN; a.entries() * HEADS];
        forward(a, of(a, e), g, &mut t);
        t
    }

    #[test]
    fn values() {
        let weights = weights();
        let (e, g) = (channels(sparse(None), 1), random_values(HEADS * WIDTH, 2));
        for (at, t) in run(sparse(Some(&weights)), &e, &g).chunks_exact(HEADS).enumerate() {
            for (p, t) in t.iter().enumerate() {
                let sum: f64 = (0..WIDTH).map(|c| g[p * WIDTH + c] * e[at * WIDTH + c]).sum();
                let expected = if weights[at] > 0.0 { sum / weights[at] } else { 0.0 };
                assert!((t - expected).abs() < 1e-12 * expected.abs().max(1.0));
            }
        }
    }

    #[test]
    fn gradients() {
        // Quotients by small weights are as steep as no difference can follow.
        let full: Vec<f64> = random_values(18, 9).iter().map(|v| v + 0.3f64.copysign(*v)).collect();
        for a in [sparse(None), Neighbours::Dense(3, &full)] {
            let (e, g) = (channels(a, 1), random_values(HEADS * WIDTH, 2));
            let dt = random_values(a.entries() * HEADS, 3);
            let entries = if matches!(a, Neighbours::Dense(..)) { a.entries() } else { 0 };
            let (mut dg, mut da, mut de) = (vec![0.0; g.len()], vec![0.0; entries], vec![0.0; entries * WIDTH]);
            let t = run(a, &e, &g);
            backward((a, of(a, &e)), &g, &t, &dt, (&mut dg, &mut da, &mut de));
            let loss = |a: Neighbours<'_, f64>, e: &[f64], g: &[f64]| {
                run(a, e, g).iter().zip(&dt).map(|(t, d)| t * d).sum::<f64>()
            };
            check_gradient(&g, &dg, |g| loss(a, &e, g));
            if entries > 0 {
                check_gradient(&full, &da, |full| loss(Neighbours::Dense(3, full), &e, &g));
                check_gradient(&e, &de, |e| loss(a, e, &g));
            }
        }
    }
}
