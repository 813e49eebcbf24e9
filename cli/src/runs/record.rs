//! What is kept of one training run: one line of JSON.

use clap::ValueEnum;
use diffpool::config::Config;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a model is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Errica et al., ICLR 2020: in each of ten folds the configuration is chosen on a validation part, then trained
    /// anew several times; the test part is looked at once a run
    Fair,
    /// The code of Ying et al., NeurIPS 2018: ten folds without a test part, and the epoch that is best for the mean of
    /// the folds. An optimistic number
    Paper,
}

impl Protocol {
    /// The name of the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Paper => "paper",
        }
    }
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// `fair`: compares a configuration of the grid with the others, without the test graphs.
    Selection,
    /// `fair`: the chosen configuration, judged by the test graphs.
    Final,
    /// `paper`: one fold.
    Fold,
}

impl Stage {
    /// What is added to the seed of the configuration for a run. Final runs start from other weights than the one by
    /// which the configuration was chosen.
    pub fn seed(self, repeat: usize) -> u64 {
        if self == Self::Final { 1 + repeat as u64 } else { 0 }
    }
}

/// One finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of the library.
    pub version: String,
    /// What the model is called in tables.
    pub name: String,
    /// Name of the data set.
    pub data: String,
    /// Checksum of its graphs and of their division in this run.
    pub fingerprint: String,
    /// How the model is judged.
    pub protocol: Protocol,
    /// What the run is for.
    pub stage: Stage,
    /// Fold, from 0.
    pub fold: usize,
    /// Which configuration of the grid, from 0.
    pub choice: usize,
    /// The keys that make it differ from the others.
    pub changes: Map<String, Value>,
    /// Which of several runs that differ in their seed alone, from 0.
    pub repeat: usize,
    /// The whole configuration, with the seed of the run.
    pub config: Config,
    /// Parameters of the model.
    pub parameters: usize,
    /// Training, validation and test graphs.
    pub graphs: [usize; 3],
    /// Epoch whose weights were kept, from 1.
    pub best_epoch: usize,
    /// Why training ended: `finished`, `patience`, or the message of the error of a run that diverged.
    pub ended: String,
    /// Loss and accuracy of the validation graphs with the weights kept; absent where the run diverged at once.
    pub validation: Option<Scores>,
    /// Loss and accuracy of the test graphs; absent where the protocol does not look at them.
    pub test: Option<Scores>,
    /// Clusters of every pooling level in the epoch whose weights were kept; empty where none is kept, and in runs of
    /// before they were noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<Clusters>,
    /// All epochs.
    pub curves: Curves,
    /// Wall-clock time of training and testing.
    pub seconds: f64,
    /// Processor time of the same.
    pub cpu_seconds: f64,
    /// The command that the run belongs to.
    pub command: String,
}

impl Record {
    /// Which run of its model it is.
    pub fn place(&self) -> (Stage, usize, usize, usize) {
        (self.stage, self.fold, self.choice, self.repeat)
    }

    /// The seed that the command was given.
    pub fn base_seed(&self) -> u64 {
        self.config.seed.wrapping_sub(self.stage.seed(self.repeat))
    }
}

/// What a model reaches on some graphs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// Weighted sum of the losses.
    pub loss: f64,
    /// Share of the graphs whose class is predicted.
    pub accuracy: f64,
}

/// What a pooling level makes of its clusters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clusters {
    /// How many it has.
    pub given: usize,
    /// How many clusters of equal size the training graphs are spread out like.
    pub effective: f64,
}

/// One number an epoch, rounded to four decimals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curves {
    /// Loss while training.
    pub train_loss: Vec<f64>,
    /// Accuracy while training.
    pub train_accuracy: Vec<f64>,
    /// Loss of the validation graphs after the epoch.
    pub validation_loss: Vec<f64>,
    /// Accuracy of the validation graphs after the epoch.
    pub validation_accuracy: Vec<f64>,
}
