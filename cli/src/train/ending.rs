//! What is kept and told when training has ended, however it did.

use std::path::Path;

use diffpool::checkpoint::{model_file, training_file};
use diffpool::graph::Dataset;
use diffpool::model::Model;
use diffpool::train::{Evaluation, Notice, Trainer, evaluate};
use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::division::Division;
use super::page::{self, Run};
use crate::failure::{Failure, Result};
use crate::output;
use crate::text::duration;

/// Why training ended.
pub enum Ended {
    /// All epochs are done.
    Finished,
    /// The validation graphs saw no improvement for too long.
    Patience,
    /// The time that was given is over.
    Time,
    /// The user asked to stop.
    Stopped,
    /// Training could not go on.
    Failed(Failure),
}

impl Ended {
    fn name(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Patience => "patience",
            Self::Time => "time",
            Self::Stopped => "stopped",
            Self::Failed(_) => "failed",
        }
    }
}

/// A run that has ended.
pub struct Outcome<'a> {
    pub arguments: &'a Arguments,
    pub trainer: &'a Trainer<f32>,
    pub dataset: &'a Dataset,
    pub division: &'a Division,
    pub ended: Ended,
    /// What training told on the way.
    pub notices: Vec<Notice>,
    /// Epochs that were finished before this command.
    pub before: usize,
    pub seconds: f64,
}

/// Writes the model; where that is not possible, to the folder for temporary files, so that it is not lost.
fn save(model: &Model<f32>, path: &Path) -> Result<()> {
    let Err(e) = model_file::save(model, path) else { return Ok(()) };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let other = std::env::temp_dir().join(format!("{name}-{}.safetensors", std::process::id()));
    let kept = match model_file::save(model, &other) {
        Ok(()) => format!("the model is in {}", other.display()),
        Err(other) => format!("nor could it be written elsewhere: {other}"),
    };
    Err(Failure::from(e).with(kept))
}

impl Outcome<'_> {
    /// Writes the files, judges the model by the test graphs, and says how it went.
    pub fn keep(self) -> Result<()> {
        let state = self.trainer.state();
        let early = matches!(self.ended, Ended::Stopped | Ended::Failed(_));
        if early && state.epoch == 0 {
            let nothing = "no epoch was finished, so nothing was written";
            return match self.ended {
                Ended::Failed(failure) => Err(failure),
                _ => Err(Failure::Interrupted(nothing.to_string())),
            };
        }
        let model = self.trainer.model()?;
        save(&model, &self.arguments.output)?;
        let checkpoint = self.arguments.checkpoint().map_or(Ok(()), |path| training_file::save(state, path));
        // Who asks to stop does not want to wait.
        let judged = !early && !self.division.test.is_empty();
        let threads = model.config().threads;
        let test = judged.then(|| evaluate(&model, self.dataset, &self.division.test, threads)).transpose()?;
        let written = self.report(&model, test.as_ref());
        let told = self.tell(&model, test.as_ref(), written.is_ok());
        let ended = match &self.ended {
            Ended::Stopped => Some(Failure::Interrupted(self.kept())),
            Ended::Failed(failure) => Some(self.failed(failure)),
            Ended::Finished | Ended::Patience | Ended::Time => None,
        };
        let unsaved = checkpoint.map_err(|e| self.failed(&e.into())).err();
        let all = ended.into_iter().chain(unsaved).chain(written.err());
        all.reduce(|first, next| first.with(next.message())).map_or(told, Err)
    }

    /// Writes the page about the run, where one is asked for.
    fn report(&self, model: &Model<f32>, test: Option<&Evaluation>) -> Result<()> {
        let Some(path) = &self.arguments.report else { return Ok(()) };
        let run = Run {
            state: self.trainer.state(),
            model,
            dataset: self.dataset,
            division: self.division,
            test,
            notices: &self.notices,
            before: self.before,
            early: matches!(self.ended, Ended::Stopped | Ended::Failed(_)),
            ended: self.sentence(),
            seconds: self.seconds,
            threads: self.trainer.threads(),
            data: self.arguments.data.data.display().to_string(),
            output: self.arguments.output.display().to_string(),
        };
        let (epoch, output) = (self.trainer.state().kept_epoch(), self.arguments.output.display());
        page::write(path, &run).map_err(|failure| {
            let more = format!("the report was not written; the model of epoch {epoch} is in {output}");
            failure.in_context(format_args!("--report {}", path.display())).with(more)
        })
    }

    /// How the run ended, for people.
    fn sentence(&self) -> String {
        let state = self.trainer.state();
        let (finished, epochs) = (state.epoch, state.model.config().epochs);
        match &self.ended {
            Ended::Finished => format!("Finished: all {epochs} epochs are done."),
            Ended::Patience => {
                let patience = state.model.config().patience;
                format!("Finished after {finished} of {epochs} epochs: nothing improved for {patience} epochs.")
            }
            Ended::Time => format!("Finished after {finished} of {epochs} epochs: the time is over."),
            Ended::Stopped => format!("Stopped by the user or a signal after {finished} of {epochs} epochs."),
            Ended::Failed(failure) => {
                format!("Failed after {finished} of {epochs} epochs: {}.", failure.message())
            }
        }
    }

    fn kept(&self) -> String {
        let (state, path) = (self.trainer.state(), self.arguments.output.display());
        let epoch = state.kept_epoch();
        let (finished, epochs) = (state.epoch, state.model.config().epochs);
        let resume = match self.arguments.checkpoint() {
            Some(path) => format!("--resume {} goes on from there", path.display()),
            None => "without --checkpoint there is nothing to go on from".to_string(),
        };
        format!("{finished} of {epochs} epochs are finished; the model of epoch {epoch} is in {path}; {resume}")
    }

    fn failed(&self, failure: &Failure) -> Failure {
        let Failure::Error { code, message } = failure else { return Failure::OutputClosed };
        let (epoch, path) = (self.trainer.state().kept_epoch(), self.arguments.output.display());
        Failure::Error { code: *code, message: format!("{message}; the model of epoch {epoch} is in {path}") }
    }

    /// Says how it went; `reported` is whether the page that is asked for is there.
    fn tell(&self, model: &Model<f32>, test: Option<&Evaluation>, reported: bool) -> Result<()> {
        let report = self.arguments.report.as_deref().filter(|_| reported);
        if self.arguments.json {
            return self.tell_programs(model, test, report);
        }
        self.tell_people(model, test)?;
        report.map_or(Ok(()), |path| output::line(format_args!("report      {}", path.display())))
    }

    fn tell_programs(&self, model: &Model<f32>, test: Option<&Evaluation>, report: Option<&Path>) -> Result<()> {
        let (state, division) = (self.trainer.state(), self.division);
        let metrics = |found: &Evaluation| -> Map<String, Value> {
            found.metrics.iter().map(|value| (value.metric.name().to_string(), json!(value.value))).collect()
        };
        output::json(&json!({
            "event": "end",
            "ended": self.ended.name(),
            "epochs": state.epoch,
            "best_epoch": state.kept_epoch(),
            "graphs": {
                "train": division.train.len(),
                "validation": division.validation.len(),
                "test": division.test.len(),
                "division": division.made,
            },
            "parameters": model.parameter_count(),
            "validation": state.kept_validation(),
            "test": test.map(|test| json!({
                "loss": test.loss,
                "accuracy": test.accuracy,
                "metrics": metrics(test),
            })),
            "model": self.arguments.output,
            "checkpoint": self.arguments.checkpoint(),
            "report": report,
            "seconds": self.seconds,
        }))
    }

    fn tell_people(&self, model: &Model<f32>, test: Option<&Evaluation>) -> Result<()> {
        let state = self.trainer.state();
        let epoch = state.kept_epoch();
        let why = match self.ended {
            Ended::Patience => ", for nothing improved any more",
            Ended::Time => ", for the time is over",
            Ended::Finished | Ended::Stopped | Ended::Failed(_) => "",
        };
        let (finished, epochs) = (state.epoch, model.config().epochs);
        output::line(format_args!("training    {finished} of {epochs} epochs in {}{why}", duration(self.seconds)))?;
        let (path, parameters) = (self.arguments.output.display(), model.parameter_count());
        output::line(format_args!("model       {path}, {parameters} parameters, of epoch {epoch}"))?;
        let metric = model.config().recorded_metric().name();
        if let Some(validation) = state.kept_validation() {
            output::line(format_args!("validation  loss {:.4}, {metric} {:.4}", validation.loss, validation.metric))?;
        }
        let Some(test) = test else { return Ok(()) };
        let shown = |value: Option<f64>| value.map_or_else(|| "undefined".to_string(), |value| format!("{value:.4}"));
        let metrics = test.metrics.iter().map(|value| format!("{} {}", value.metric.name(), shown(value.value)));
        let metrics: Vec<String> = metrics.collect();
        output::line(format_args!("test        loss {:.4}, {}", test.loss, metrics.join(", ")))
    }
}
