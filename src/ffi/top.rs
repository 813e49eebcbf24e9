//! The most probable classes of a graph.

use crate::config::Task;
use crate::error::{Result, bail};
use crate::model::Model;

/// Refuses what a model does not have so many most probable classes for; else returns `k`.
pub(super) fn check(model: &Model<f32>, k: usize) -> Result<usize> {
    let (task, classes) = (model.config().task, model.classes());
    if task != Task::Multiclass {
        bail!(Unsupported, "the model's task is \"{}\", which has no most probable classes", task.name());
    }
    if k == 0 || k > classes {
        bail!(InvalidArgument, "k is {k}, but must be from 1 to {classes}, the number of classes");
    }
    Ok(k)
}

/// The `k` most probable classes of every row of so many `probabilities`, and their probabilities: the most probable
/// first, of equal ones the first. A row of NaN, of a graph that was refused, has no class: [`usize::MAX`].
pub(super) fn of(probabilities: &[f32], classes: usize, k: usize) -> Result<Vec<(usize, f32)>> {
    let (mut top, mut order) = (Vec::new(), Vec::new());
    top.try_reserve_exact(probabilities.len() / classes * k)?;
    order.try_reserve_exact(classes)?;
    for row in probabilities.chunks_exact(classes) {
        order.clear();
        order.extend(0..classes);
        order.sort_by(|&a: &usize, &b| row[b].total_cmp(&row[a]));
        let known = |class: usize| if row[class].is_nan() { usize::MAX } else { class };
        top.extend(order[..k].iter().map(|&class| (known(class), row[class])));
    }
    Ok(top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_ones_comes_first() {
        let nan = f32::NAN;
        let top = of(&[0.25, 0.5, 0.25, nan, nan, nan], 3, 2).unwrap();
        assert_eq!(top[..2], [(1, 0.5), (0, 0.25)]);
        assert!(top[2..].iter().all(|&(class, probability)| class == usize::MAX && probability.is_nan()));
    }
}
