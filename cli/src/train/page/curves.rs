//! The curves of a run: losses by part, metric, step size, clusters in use, and all of it as a table.

use diffpool::config::{CheckedConfig, PoolLoss};
use diffpool::model::{ClusterDiagnostics, EpochRecord, TrainState, ValidationRecord};
use diffpool::train::is_collapsed;
use maud::{Markup, html};

use super::chart::{Chart, Line};
use super::words::{number, section, table};

/// Rows of the table of epochs; of more epochs it has some, spread over all.
const ROWS: usize = 200;

/// A number of an epoch.
type Of<'a> = &'a dyn Fn(&EpochRecord) -> f64;

/// A cell of an epoch.
type Column = Box<dyn Fn(&EpochRecord) -> String>;

/// The curves of a run.
struct Curves<'a> {
    history: &'a [EpochRecord],
    best: usize,
}

/// The section of the curves.
pub fn curves(state: &TrainState<f32>) -> Markup {
    let config = state.model.config();
    let curves = Curves { history: &state.history, best: state.kept_epoch() };
    section(
        "curves",
        "Curves",
        html! {
            (legend(&curves, (0..config.clusters.len()).any(|level| !curves.collapses(config, level).is_empty())))
            div.charts {
                (curves.of_training(config))
                (curves.of_losses(config))
                (curves.of_steps())
                @for level in 0..config.clusters.len() { (curves.clusters(config, level)) }
            }
            (curves.table(config))
        },
    )
}

/// What the lines are; with what a triangle is, where there are any.
fn legend(curves: &Curves<'_>, warned: bool) -> Markup {
    let swatch = |class: &str| {
        html! {
            svg.swatch viewBox="0 0 30 12" aria-hidden="true" { path class=(format!("line {class}")) d="M1 6H29" {} }
        }
    };
    html! {
        ul.legend {
            li { (swatch("t")) "training graphs, while they were trained on" }
            @if curves.history.iter().any(|record| record.validation.is_some()) {
                li { (swatch("v")) "validation graphs, after the epoch" }
            }
            li {
                svg.swatch viewBox="0 0 30 12" aria-hidden="true" { path.best d="M15 0V12" {} }
                "epoch " (curves.best) ", whose weights the model has"
            }
            @if warned {
                li {
                    svg.swatch viewBox="0 0 30 12" aria-hidden="true" { path.warned d="M15 1l6 10h-12z" {} }
                    "a level begins to use fewer than two clusters"
                }
            }
        }
    }
}

impl Curves<'_> {
    fn of_training(&self, config: &CheckedConfig) -> Markup {
        let metric = config.recorded_metric().name().replace('_', " ");
        html! {
            (self.chart("Loss", None, &|record| record.loss, Some(&|own| own.loss)))
            (self.chart(&format!("Metric: {metric}"), None, &|record| record.metric, Some(&|own| own.metric)))
            (self.chart("Loss of the task", None, &|record| record.class_loss, None))
        }
    }

    /// The losses of the assignment, one by one: they are on scales of their own.
    fn of_losses(&self, config: &CheckedConfig) -> Markup {
        let weight = |loss: PoolLoss| match config.get(loss.weight_key()) {
            Ok(weight) => format!("{} {weight}", loss.weight_key()),
            Err(_) => String::new(),
        };
        html! {
            @for &loss in PoolLoss::ALL.iter().filter(|loss| is_shown(**loss, config)) {
                (self.chart(
                    &format!("Assignment: {} loss", loss.title()),
                    Some(&weight(loss)),
                    &|record| record.pooling[loss],
                    None,
                ))
            }
        }
    }

    fn of_steps(&self) -> Markup {
        html! {
            (self.chart("Step size", None, &|record| record.learning_rate, None))
            (self.chart("Gradient norm", Some("largest of the epoch, before clipping"), &|r| r.gradient_norm, None))
        }
    }

    /// The epochs in which a level begins to use fewer than two clusters.
    fn collapses(&self, config: &CheckedConfig, level: usize) -> Vec<usize> {
        let count = config.clusters.get(level).map_or(0, |&count| count as usize);
        let collapsed = |record: &EpochRecord| {
            record.clusters.get(level).is_some_and(|own| is_collapsed(count, own.effective_clusters))
        };
        let begins = |at: &usize| collapsed(&self.history[*at]) && (*at == 0 || !collapsed(&self.history[at - 1]));
        (0..self.history.len()).filter(begins).map(|at| self.history[at].epoch).collect()
    }

    /// The clusters in use of a level.
    fn clusters(&self, config: &CheckedConfig, level: usize) -> Markup {
        let count = config.clusters.get(level).map_or(0, |&count| count as usize);
        let in_use = |own: &[ClusterDiagnostics]| own.get(level).map_or(f64::NAN, |own| own.clusters_in_use);
        let lines = vec![
            self.line("t", &|record| in_use(&record.clusters)),
            self.line("v", &|record| in_use(&record.validation_clusters)),
        ];
        let now = self.history.iter().find(|record| record.epoch == self.best).and_then(|own| own.clusters.get(level));
        let facts = now.map(|now| {
            format!("of {count}; at epoch {}, {:.2} effective in training", self.best, now.effective_clusters)
        });
        let unknown = "not looked at: the key diagnostics is false".to_string();
        self.figure(
            &format!("Clusters in use, level {level}"),
            &facts.unwrap_or(unknown),
            lines,
            self.collapses(config, level),
        )
    }

    /// A plot of one number of training, and of one of validation where it has one.
    fn chart(
        &self,
        title: &str,
        facts: Option<&str>,
        of: Of<'_>,
        validation: Option<&dyn Fn(&ValidationRecord) -> f64>,
    ) -> Markup {
        let mut lines = vec![self.line("t", of)];
        let of_validation = |record: &EpochRecord| match (validation, &record.validation) {
            (Some(of), Some(own)) => of(own),
            _ => f64::NAN,
        };
        if validation.is_some() {
            lines.push(self.line("v", &of_validation));
        }
        let mut shown: Vec<String> = facts.map(str::to_string).into_iter().collect();
        if let Some(record) = self.history.iter().find(|record| record.epoch == self.best) {
            shown.push(format!("at epoch {}: training {}", self.best, number(of(record))));
            if validation.is_some() && record.validation.is_some() {
                shown.push(format!("validation {}", number(of_validation(record))));
            }
        }
        self.figure(title, &shown.join(", "), lines, Vec::new())
    }

    fn line(&self, class: &'static str, of: Of<'_>) -> Line {
        Line { class, values: self.history.iter().map(of).collect() }
    }

    fn figure(&self, title: &str, facts: &str, lines: Vec<Line>, warned: Vec<usize>) -> Markup {
        let label = format!("{title} by epoch; {facts}");
        let chart = Chart { label: &label, lines, best: Some(self.best), warned };
        html! {
            figure.panel {
                figcaption { h3 { (title) } p.soft { (facts) } }
                @if chart.is_empty() { p.empty { "There are no numbers to draw." } } @else { (chart.picture()) }
            }
        }
    }

    /// The numbers of the epochs.
    fn table(&self, config: &CheckedConfig) -> Markup {
        let columns = self.columns(config);
        let head: Vec<&str> = columns.iter().map(|(title, _)| title.as_str()).collect();
        let (step, last) = (self.history.len().div_ceil(ROWS).max(1), self.history.len());
        let shown =
            |record: &&EpochRecord| record.epoch.is_multiple_of(step) || [1, last, self.best].contains(&record.epoch);
        let row = |record: &EpochRecord| columns.iter().map(|(_, of)| of(record)).collect();
        let rows: Vec<Vec<String>> = self.history.iter().filter(shown).map(row).collect();
        let title = match rows.len() == last {
            true => "The numbers of all epochs".to_string(),
            false => format!("The numbers of {} of {last} epochs", rows.len()),
        };
        html! { details { summary { (title) } (table(&title, 0, &head, &rows)) } }
    }

    /// The columns of the table.
    fn columns(&self, config: &CheckedConfig) -> Vec<(String, Column)> {
        let (metric, best) = (config.recorded_metric().name().replace('_', " "), self.best);
        let kept = move |record: &EpochRecord| {
            format!("{}{}", record.epoch, if record.epoch == best { " (kept)" } else { "" })
        };
        let mut columns: Vec<(String, Column)> = vec![
            ("epoch".to_string(), Box::new(kept)),
            ("loss".to_string(), Box::new(|record| number(record.loss))),
            ("loss of the task".to_string(), Box::new(|record| number(record.class_loss))),
        ];
        for &loss in PoolLoss::ALL.iter().filter(|loss| is_shown(**loss, config)) {
            columns.push((format!("{} loss", loss.title()), Box::new(move |record| number(record.pooling[loss]))));
        }
        columns.push((metric.clone(), Box::new(|record| number(record.metric))));
        if self.history.iter().any(|record| record.validation.is_some()) {
            let of = |record: &EpochRecord, of: fn(&ValidationRecord) -> f64| {
                record.validation.as_ref().map_or_else(|| "-".to_string(), |own| number(of(own)))
            };
            columns.push(("validation loss".to_string(), Box::new(move |record| of(record, |own| own.loss))));
            columns.push((format!("validation {metric}"), Box::new(move |record| of(record, |own| own.metric))));
        }
        columns.push(("step size".to_string(), Box::new(|record| number(record.learning_rate))));
        columns.push(("gradient norm".to_string(), Box::new(|record| number(record.gradient_norm))));
        columns.push(("seconds".to_string(), Box::new(|record| format!("{:.2}", record.seconds))));
        columns
    }
}

/// Whether a loss of the assignment is part of the run.
fn is_shown(loss: PoolLoss, config: &CheckedConfig) -> bool {
    !config.clusters.is_empty() && loss.is_computed(config)
}
