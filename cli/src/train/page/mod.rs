//! The page about a run: one file of HTML with everything in it, which needs neither a network nor a script.

mod calibration;
mod chart;
mod confusion;
mod curves;
mod facts;
mod graphs;
mod judged;
mod labels;
mod results;
mod scatter;
mod square;
mod words;

use std::path::Path;

use diffpool::checkpoint::atomic;
use diffpool::data::statistics::Statistics;
use diffpool::graph::Dataset;
use diffpool::model::{Model, TrainState};
use diffpool::train::{Evaluation, Notice, Predictor, evaluate};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::calibration::Calibrated;
use self::judged::Judged;
use self::words::{name, number, optional, plain, section};
use super::division::Division;
use crate::failure::Result;
use crate::text::duration;

const STYLE: &str = include_str!("page.css");
/// What a browser may do with the page: nothing but show it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A run that has ended, as the page tells it.
pub struct Run<'a> {
    pub state: &'a TrainState<f32>,
    pub model: &'a Model<f32>,
    pub dataset: &'a Dataset,
    pub division: &'a Division,
    /// The test graphs, where they were judged.
    pub test: Option<&'a Evaluation>,
    /// What training told on the way.
    pub notices: &'a [Notice],
    /// Epochs that were finished before the run was resumed.
    pub before: usize,
    /// Whether it ended early, so that nothing is computed that can wait.
    pub early: bool,
    /// How it ended, in a sentence.
    pub ended: String,
    /// Wall-clock time of the command in seconds, and the number of its threads.
    pub seconds: f64,
    pub threads: usize,
    /// Names of the data set and the model, as they were given.
    pub data: String,
    pub output: String,
}

/// Writes the page in one step.
pub fn write(path: &Path, run: &Run<'_>) -> Result<()> {
    let text = page(run)?.into_string();
    Ok(atomic::write(path, |out| out.write_all(text.as_bytes()))?)
}

fn page(run: &Run<'_>) -> Result<Markup> {
    let title = format!("{}: a DiffPool run", plain(run.dataset.name()));
    let (part, indices) = run.part();
    let own = match run.test {
        Some(_) => None,
        None => Some(evaluate(run.model, run.dataset, indices, run.threads)),
    };
    // A model that diverged can be beyond all numbers; that is then told in place of them.
    let evaluation = match (&own, run.test) {
        (Some(Err(e)), _) => Err(e.message()),
        (Some(Ok(own)), _) | (None, Some(own)) => Ok(own),
        (None, None) => Err("there are no graphs"),
    };
    let judged = evaluation.map(|evaluation| {
        let (model, dataset) = (run.model, run.dataset);
        Judged { part, model, dataset, indices, evaluation }
    });
    let sections = html! {
        (warnings(run))
        (curves::curves(run.state))
        (judgement(run, &judged)?)
        (facts::configuration(run.model.config()))
        (facts::data(&Statistics::of(run.dataset)?, &run.parts()))
        (facts::run(&run.facts()))
    };
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(run, judged.as_ref().ok()))
                main { (sections) }
                footer { p.soft { "Written by diffpool " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    })
}

/// Name, end and most important numbers.
fn head(run: &Run<'_>, judged: Option<&Judged<'_>>) -> Markup {
    let config = run.model.config();
    let metric = config.recorded_metric();
    let title = metric.name().replace('_', " ");
    let mut tiles = Vec::new();
    if let Some(judged) = judged.filter(|judged| judged.part != "validation") {
        let value = judged.evaluation.metric(metric).ok().and_then(|own| own.value);
        tiles.push((format!("{} {title}", judged.part), optional(value)));
    }
    if let Some(validation) = run.state.kept_validation() {
        tiles.push((format!("validation {title}"), number(validation.metric)));
        tiles.push(("validation loss".to_string(), number(validation.loss)));
    }
    tiles.push(("epochs".to_string(), format!("{} of {}", run.state.epoch, config.epochs)));
    tiles.push(("model of epoch".to_string(), run.state.kept_epoch().to_string()));
    tiles.push(("parameters".to_string(), run.model.parameter_count().to_string()));
    tiles.push(("time".to_string(), duration(run.seconds)));
    let calibrated = judged.is_some_and(|judged| judged.evaluation.calibration.is_some());
    let has_graphs = judged.is_some_and(|judged| (0..judged.indices.len()).any(|at| judged.error(at).is_some()));
    let links = [
        (true, "warnings", "Warnings"),
        (true, "curves", "Curves"),
        (true, "results", "Results"),
        (calibrated, "calibration", "Calibration"),
        (has_graphs, "graphs", "Best and worst graphs"),
        (true, "configuration", "Configuration"),
        (true, "data", "Data"),
        (true, "run", "Run"),
    ];
    let links = links.into_iter().filter(|(there, ..)| *there);
    html! {
        header {
            h1 { (name(run.dataset.name())) }
            p.soft { "task " (config.task.name()) ", preset " (name(&config.preset)) }
            p.ended.early[run.early] { (plain(&run.ended)) }
            dl.tiles { @for (key, value) in tiles { div { dt { (key) } dd { (value) } } } }
            nav aria-label="Sections" { @for (_, id, title) in links { a href=(format!("#{id}")) { (title) } } }
        }
    }
}

fn warnings(run: &Run<'_>) -> Markup {
    let content = html! {
        @if run.before > 0 {
            p.soft { "The run was resumed after epoch " (run.before) ": this is what was told since then." }
        }
        @if run.notices.is_empty() { p { "None." } } @else {
            ul.notices { @for notice in run.notices {
                li { b { (notice.severity().name()) } ": " bdi { (plain(&notice.to_string())) } "." }
            } }
        }
    };
    section("warnings", "Warnings", content)
}

/// Results, calibration and graphs, or why there are none.
fn judgement(run: &Run<'_>, judged: &std::result::Result<Judged<'_>, &str>) -> Result<Markup> {
    let judged = match judged {
        Ok(judged) => judged,
        Err(why) => {
            let why = html! { p { "The model cannot be judged: " (plain(why)) "." } };
            return Ok(section("results", "Results", why));
        }
    };
    let calibrated = match judged.evaluation.calibration {
        Some(_) => run.calibrated(judged),
        None => Err(String::new()),
    };
    Ok(html! {
        (results::results(judged, run.note()))
        (calibration::calibration(judged.evaluation, judged.part, &calibrated))
        (graphs::graphs(judged)?)
    })
}

impl Run<'_> {
    /// The graphs that the page judges by.
    fn part(&self) -> (&'static str, &[usize]) {
        let Division { train, validation, test, .. } = self.division;
        match (self.test.is_some(), validation.is_empty()) {
            (true, _) => ("test", test),
            (false, false) => ("validation", validation),
            (false, true) => ("training", train),
        }
    }

    /// What is to be said of these graphs.
    fn note(&self) -> Option<&'static str> {
        let stopped = self.early && !self.division.test.is_empty();
        match self.part().0 {
            "test" => None,
            "validation" if stopped => Some("The run ended early, so the test graphs were not judged."),
            "validation" => Some("There are no test graphs. Where these chose the epoch, their numbers are too good."),
            _ if stopped => {
                Some("The run ended early, so the test graphs were not judged. The model was trained on these.")
            }
            _ => Some("There are neither test nor validation graphs. The model was trained on these."),
        }
    }

    /// A calibrated model on the graphs that the page judges by, or why there is none.
    fn calibrated(&self, judged: &Judged<'_>) -> std::result::Result<Calibrated, String> {
        let validation = &self.division.validation;
        if self.early {
            return Err("the run ended early".to_string());
        }
        if validation.is_empty() {
            return Err("there are no validation graphs to fit it to".to_string());
        }
        let calibrate = || {
            let (model, temperature) =
                Predictor::new(self.model, self.threads)?.calibrate(self.dataset, validation, None)?;
            let evaluation = evaluate(&model, self.dataset, judged.indices, self.threads)?;
            Ok(Calibrated { temperature, evaluation })
        };
        calibrate().map_err(|e: diffpool::Error| e.message().to_string())
    }

    /// How the graphs are divided.
    fn parts(&self) -> Vec<(String, String)> {
        let Division { train, validation, test, made } = self.division;
        let count = |graphs: &[usize]| graphs.len().to_string();
        let parts = [
            ("divided", made.clone()),
            ("to train on", count(train)),
            ("to validate on", count(validation)),
            ("to test on", count(test)),
        ];
        parts.map(|(key, text)| (key.to_string(), text)).to_vec()
    }

    /// Times, versions and places.
    fn facts(&self) -> Vec<(String, String)> {
        let epochs: f64 = self.state.history.iter().map(|record| record.seconds).sum();
        let mean = epochs / self.state.history.len().max(1) as f64;
        let date = self.model.metadata().get("diffpool.date").unwrap_or("unknown").to_string();
        let pairs = [
            ("ended", date),
            ("time of the command", format!("{:.1} s", self.seconds)),
            ("time of all epochs", format!("{epochs:.1} s, {mean:.3} s each")),
            ("threads", self.threads.to_string()),
            ("version", format!("diffpool {}", env!("CARGO_PKG_VERSION"))),
            ("data", self.data.clone()),
            ("model", self.output.clone()),
            ("fingerprint of the model", self.model.fingerprint().unwrap_or_default().to_string()),
            ("fingerprint of the data", format!("{:08x}", self.state.data_fingerprint)),
        ];
        pairs.map(|(key, text)| (key.to_string(), text)).to_vec()
    }
}
