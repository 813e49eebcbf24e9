//! Numbers: predictions against targets.

use diffpool::model::Target;
use maud::{Markup, html};

use super::chart::{round, widened};
use super::judged::Judged;
use super::square::Square;
use super::words::{number, optional, plain, table};
use crate::scale::rounded;

/// Targets that are drawn; more of them are in the table alone.
const PICTURES: usize = 6;
/// Points of a picture.
const POINTS: usize = 1000;

/// The panels of all targets.
pub fn panels(judged: &Judged<'_>) -> Markup {
    let targets = judged.evaluation.targets;
    let names = &judged.dataset.description().names.targets;
    let name = |target: usize| names.get(target).map_or_else(|| format!("target {target}"), |name| plain(name));
    let known: Vec<_> = judged.evaluation.metrics.iter().filter(|own| own.by_target.len() > 1).collect();
    let mut head = vec![
        "target".to_string(),
        "graphs".to_string(),
        "mean of targets".to_string(),
        "mean of predictions".to_string(),
    ];
    head.extend(known.iter().map(|own| own.metric.name().to_string()));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let row = |target: usize| -> Vec<String> {
        let all = pairs(judged, target);
        let mean = |of: fn(&(f64, f64)) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        let first = [name(target), all.len().to_string(), number(mean(|pair| pair.0)), number(mean(|pair| pair.1))];
        let metrics = known.iter().map(|own| optional(own.by_target.get(target).copied().flatten()));
        first.into_iter().chain(metrics).collect()
    };
    let rows: Vec<Vec<String>> = (0..targets).map(row).collect();
    html! {
        @for target in 0..targets.min(PICTURES) { (picture(&name(target), &pairs(judged, target))) }
        div.panel.grows {
            h3 { "Targets" }
            @if targets > PICTURES { p.soft { "The first " (PICTURES) " of " (targets) " targets are drawn." } }
            (table("Targets", 1, &head, &rows))
        }
    }
}

/// Target and prediction of every graph whose target is known.
fn pairs(judged: &Judged<'_>, target: usize) -> Vec<(f64, f64)> {
    let pair = |at: usize| match (judged.target(at), judged.logits(at).get(target)) {
        (Target::Values(values), Some(&found)) => {
            values.get(target).filter(|y| !y.is_nan()).map(|&y| (f64::from(y), f64::from(found)))
        }
        _ => None,
    };
    (0..judged.indices.len()).filter_map(pair).collect()
}

fn picture(name: &str, all: &[(f64, f64)]) -> Markup {
    let shown: Vec<(f64, f64)> = all.iter().copied().step_by(all.len() / POINTS + 1).collect();
    let ends = shown.iter().flat_map(|pair| [pair.0, pair.1]);
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let few = if shown.len() < all.len() { format!("{} of ", shown.len()) } else { String::new() };
    let line = format!("{few}{} graphs; on the dotted line a prediction is right", all.len());
    html! {
        figure.panel {
            figcaption { h3 { (super::words::name(name)) ": prediction against target" } p.soft { (line) } }
            @if shown.is_empty() {
                p.empty { "No graph has this target." }
            } @else {
                @let (from, to, _) = rounded(widened((low, high)));
                @let square = Square::new((from, to));
                @let points = html! {
                    @for (target, found) in &shown {
                        circle.point cx=(round(square.x.place(*target))) cy=(round(square.y.place(*found))) r="2.6" {}
                    }
                };
                @let label = format!("Predictions of {name} against its targets, {line}");
                (square.picture(&label, ["target", "prediction"], points))
            }
        }
    }
}
