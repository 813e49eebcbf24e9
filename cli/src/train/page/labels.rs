//! Several labels side by side: a row each.

use diffpool::model::Target;
use maud::{Markup, html};

use super::judged::Judged;
use super::words::{optional, percent, table};

/// How the predictions of a label turned out.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Graphs whose label is known.
    known: usize,
    /// Graphs that have it.
    ones: usize,
    /// Graphs that are predicted to have it.
    found: usize,
    /// Graphs that have it and are predicted to.
    both: usize,
    right: usize,
}

/// The panel of the labels.
pub fn panel(judged: &Judged<'_>) -> Markup {
    let known: Vec<_> = judged.evaluation.metrics.iter().filter(|own| !own.by_target.is_empty()).collect();
    let known = &known[..known.len().min(2)];
    let mut head =
        ["label", "known", "have it", "predicted", "right", "recall", "precision"].map(String::from).to_vec();
    head.extend(known.iter().map(|own| own.metric.name().replace('_', " ")));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let names = &judged.dataset.description().names.targets;
    let row = |(label, own): (usize, Counts)| -> Vec<String> {
        let Counts { known: all, ones, found, both, right } = own;
        let name = names.get(label).cloned().unwrap_or_else(|| label.to_string());
        let shares = [percent(right, all), percent(both, ones), percent(both, found)];
        let metrics = known.iter().map(|own| optional(own.by_target.get(label).copied().flatten()));
        [name].into_iter().chain([all, ones, found].map(|n| n.to_string())).chain(shares).chain(metrics).collect()
    };
    let rows: Vec<Vec<String>> = counts(judged).into_iter().enumerate().map(row).collect();
    html! {
        div.panel.grows {
            h3 { "Labels" }
            p.soft { "Graphs whose label is known, that have it, that are predicted to have it; shares of these." }
            (table("Labels", 1, &head, &rows))
        }
    }
}

fn counts(judged: &Judged<'_>) -> Vec<Counts> {
    let mut all = vec![Counts::default(); judged.evaluation.targets];
    for at in 0..judged.indices.len() {
        let Target::Values(values) = judged.target(at) else { continue };
        let pairs = all.iter_mut().zip(values).zip(judged.predictions(at));
        for ((own, &y), &found) in pairs.filter(|((_, y), _)| !y.is_nan()) {
            let (one, found) = (y > 0.5, found == 1);
            own.known += 1;
            own.ones += usize::from(one);
            own.found += usize::from(found);
            own.both += usize::from(one && found);
            own.right += usize::from(one == found);
        }
    }
    all
}
