//! Which runs a protocol is made of.

use std::sync::Arc;

use diffpool::config::{CheckedConfig, Config, Task as ModelTask};
use diffpool::graph::Dataset;

use super::arguments::Arguments;
use super::folds::{self, Division};
use super::grid::{self, Choice};
use crate::failure::{Failure, Result};
use crate::input::Expected;
use crate::number_list;
use crate::runs::outcome::chosen;
use crate::runs::record::{Protocol, Record, Stage};

/// A protocol on one data set.
pub struct Plan {
    /// The graphs.
    pub dataset: Arc<Dataset>,
    /// How the model is judged.
    pub protocol: Protocol,
    /// What the model is called.
    pub name: String,
    /// Where the folds come from.
    pub source: String,
    /// Number of folds, whether they are wanted or not.
    pub all_folds: usize,
    /// The configurations to choose from.
    pub choices: Vec<Choice>,
    /// The command, for the record.
    pub command: String,
    divisions: Vec<Division>,
    repeats: usize,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// What the run is for.
    pub stage: Stage,
    /// The graphs.
    pub division: &'a Division,
    /// Which configuration, from 0.
    pub choice: usize,
    /// Which of several runs, from 0.
    pub repeat: usize,
    /// The configuration of the run.
    pub config: Config,
}

impl Plan {
    /// The plan that the command line asks for.
    pub fn new(arguments: &Arguments, config: &CheckedConfig) -> Result<Self> {
        let choices = grid::choices(config, arguments.grid.as_deref())?;
        if let Some(choice) = choices.iter().find(|choice| choice.config.task != ModelTask::Multiclass) {
            let task = choice.config.task.name();
            let message = format!("the protocols compare accuracies over classes, but the task is \"{task}\"");
            return Err(Failure::Error { code: 8, message });
        }
        let mut expected = choices.iter().map(|choice| Expected::of(&choice.config));
        let dataset = arguments.data.load_as(expected.find(|expected| expected.ogb.edge_data).unwrap_or_default())?;
        let (path, _) = arguments.data.locate()?;
        let splits = arguments.splits.as_deref();
        let (mut divisions, source) = folds::divide(arguments.protocol, &dataset, &path, splits, config.seed)?;
        if !source.starts_with(folds::DRAWN) {
            arguments.data.check_counted(&format!("folds {source}"))?;
        }
        let all_folds = divisions.len();
        if let Some(list) = &arguments.folds {
            let wanted = number_list::parse("--folds", list, "fold", all_folds)?;
            divisions.retain(|division| wanted.contains(&division.fold));
        }
        Ok(Self {
            dataset,
            protocol: arguments.protocol,
            name: arguments.name.clone().unwrap_or_else(|| config.preset.clone()),
            source,
            all_folds,
            choices,
            command: command_line(),
            divisions,
            repeats: arguments.repeats.into(),
        })
    }

    /// The stages, in their order.
    pub fn stages(&self) -> &'static [Stage] {
        match self.protocol {
            // One configuration needs no choice.
            Protocol::Fair if self.choices.len() == 1 => &[Stage::Final],
            Protocol::Fair => &[Stage::Selection, Stage::Final],
            Protocol::Paper => &[Stage::Fold],
        }
    }

    /// The runs of a stage that are not among `records`.
    pub fn tasks(&self, stage: Stage, records: &[Record]) -> Vec<Task<'_>> {
        let mut tasks = Vec::new();
        for division in &self.divisions {
            let (choices, repeats) = match stage {
                Stage::Selection | Stage::Fold => ((0..self.choices.len()).collect(), 1),
                Stage::Final => (self.choice_of(division, records).into_iter().collect::<Vec<_>>(), self.repeats),
            };
            for (choice, repeat) in choices.into_iter().flat_map(|choice| (0..repeats).map(move |i| (choice, i))) {
                tasks.push(self.task(stage, division, choice, repeat));
            }
        }
        tasks.retain(|task| !records.iter().any(|record| self.is_of(record, task)));
        tasks
    }

    /// Whether a record is a run of this plan.
    pub fn is_mine(&self, record: &Record) -> bool {
        let division = self.divisions.iter().find(|division| division.fold == record.fold);
        division.is_some_and(|division| {
            self.stages().contains(&record.stage)
                && record.choice < self.choices.len()
                && (record.stage != Stage::Final || record.repeat < self.repeats)
                && self.is_of(record, &self.task(record.stage, division, record.choice, record.repeat))
        })
    }

    /// The configuration chosen for a fold, where all have been compared.
    fn choice_of(&self, division: &Division, records: &[Record]) -> Option<usize> {
        if self.choices.len() == 1 {
            return Some(0);
        }
        let compared: Vec<&Record> = records
            .iter()
            .filter(|r| r.stage == Stage::Selection && r.fold == division.fold && self.is_mine(r))
            .collect();
        (compared.len() >= self.choices.len()).then(|| chosen(compared)).flatten().map(|record| record.choice)
    }

    fn task<'a>(&self, stage: Stage, division: &'a Division, choice: usize, repeat: usize) -> Task<'a> {
        let config = &self.choices[choice].config;
        let config = grid::for_run(config, stage.seed(repeat), self.protocol == Protocol::Fair);
        Task { stage, division, choice, repeat, config }
    }

    /// Whether a record is of this run: same library, graphs, division, configuration and use.
    fn is_of(&self, record: &Record, task: &Task<'_>) -> bool {
        record.place() == (task.stage, task.division.fold, task.choice, task.repeat)
            && record.version == env!("CARGO_PKG_VERSION")
            && (&record.name, record.protocol) == (&self.name, self.protocol)
            && record.fingerprint == task.division.fingerprint
            && record.config == task.config
    }
}

/// The command as it was given, with the program's name in place of its path.
fn command_line() -> String {
    let quoted = |word: String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
        if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    let words = std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned()));
    std::iter::once("diffpool".to_string()).chain(words).collect::<Vec<_>>().join(" ")
}
