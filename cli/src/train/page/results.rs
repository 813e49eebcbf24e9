//! What the model reaches on the graphs that it is judged by: metrics, and what is mistaken for what.

use diffpool::config::Task;
use maud::{Markup, html};

use super::confusion;
use super::judged::Judged;
use super::labels;
use super::scatter;
use super::words::{number, optional, section, table};

/// The section of the results.
pub fn results(judged: &Judged<'_>, note: Option<&str>) -> Markup {
    let (graphs, part) = (judged.indices.len(), judged.part);
    let title = format!("Results on {graphs} {part} {}", if graphs == 1 { "graph" } else { "graphs" });
    section(
        "results",
        &title,
        html! {
            @if let Some(note) = note { p.soft { (note) } }
            div.columns {
                div.panel { h3 { "Losses and metrics" } (numbers(judged)) }
                @match judged.evaluation.task {
                    Task::Multiclass | Task::Binary => (confusion::panel(judged)),
                    Task::Multilabel => (labels::panel(judged)),
                    Task::Regression => (scatter::panels(judged)),
                    Task::Sequence => (positions(judged)),
                }
            }
        },
    )
}

/// Losses and metrics.
fn numbers(judged: &Judged<'_>) -> Markup {
    let evaluation = judged.evaluation;
    let mut rows = vec![
        vec!["loss".to_string(), number(evaluation.loss)],
        vec!["loss of the task".to_string(), number(evaluation.class_loss)],
    ];
    if !judged.model.config().clusters.is_empty() {
        let parts = evaluation.pooling.computed();
        rows.extend(parts.map(|(loss, value)| vec![format!("{} loss", loss.title()), number(value)]));
    }
    // What is of two classes says nothing where there are more.
    let recorded = judged.model.config().recorded_metric();
    let known = evaluation.metrics.iter().filter(|own| own.value.is_some() || own.metric == recorded);
    rows.extend(known.map(|own| vec![own.metric.name().replace('_', " "), optional(own.value)]));
    rows.extend(evaluation.calibration_error.map(|error| vec!["calibration error".to_string(), number(error)]));
    table("Losses and metrics", 1, &["", judged.part], &rows)
}

/// The metrics of every word of a sequence.
fn positions(judged: &Judged<'_>) -> Markup {
    let known = judged.evaluation.metrics.iter().filter(|own| own.by_target.len() > 1);
    let known: Vec<_> = known.collect();
    let mut head = vec!["word".to_string()];
    head.extend(known.iter().map(|own| own.metric.name().replace('_', " ")));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let row = |at: usize| -> Vec<String> {
        let values = known.iter().map(|own| optional(own.by_target.get(at).copied().flatten()));
        [at.to_string()].into_iter().chain(values).collect()
    };
    let rows: Vec<_> = (0..judged.evaluation.targets).map(row).collect();
    html! {
        @if !known.is_empty() {
            div.panel { h3 { "By place in the sequence" } (table("Metrics by place in the sequence", 1, &head, &rows)) }
        }
    }
}
