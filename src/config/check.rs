//! The rules that a configuration must keep.

use std::ops::Deref;

use super::feature_source::{self, FeatureSource};
use super::keys::Config;
use super::kinds::{
    Assignment, Conv, EarlyStopping, EdgeFeatures, FinalAdjacency, FinalLayer, JumpingKnowledge, LearningRateSchedule,
    PaddedRows, PooledAdjacency, Relations,
};
use super::limits::{ABOVE_ZERO, MAX_LAYERS};
use super::padding::Padding;
use super::per_level::PerLevel;
use super::pool_loss::PoolLoss;
use super::task::{Metric, Task};
use super::text::shorten;
use crate::error::{Result, bail};

/// A configuration that keeps every rule which does not depend on the data: what models are made from.
///
/// Only [`Config::check`] makes one, and it cannot be written to.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedConfig(Config);

impl Deref for CheckedConfig {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.0
    }
}

impl CheckedConfig {
    /// The same with some values changed, checked again.
    pub fn with(&self, change: impl FnOnce(&mut Config)) -> Result<Self> {
        let mut config = self.0.clone();
        change(&mut config);
        config.check()
    }
}

impl Config {
    /// Checks every value and every combination of values that does not depend on the data.
    pub fn check(&self) -> Result<CheckedConfig> {
        self.check_values()?;
        self.check_combinations()?;
        Ok(CheckedConfig(self.clone()))
    }

    /// The metric that the history records.
    pub fn recorded_metric(&self) -> Metric {
        self.metric.of_task(self.task).unwrap_or(self.task.metrics()[0])
    }

    /// Checks each value by itself.
    pub(super) fn check_values(&self) -> Result<()> {
        Self::preset(&self.preset)?;
        feature_source::parse(&self.features)?;
        Padding::parse(&self.padding)?;
        self.check_bounds()?;
        if self.clusters.len() > MAX_LAYERS {
            bail!(InvalidConfig, "clusters has {} levels, more than {MAX_LAYERS}", self.clusters.len());
        }
        if self.head_hidden.len() > MAX_LAYERS {
            bail!(InvalidConfig, "head_hidden has {} layers, more than {MAX_LAYERS}", self.head_hidden.len());
        }
        if !self.class_weights.is_empty() && self.class_weights.iter().all(|&weight| weight < ABOVE_ZERO) {
            bail!(InvalidConfig, "class_weights are all 0, but one must be from {ABOVE_ZERO:?} up");
        }
        Ok(())
    }

    fn check_combinations(&self) -> Result<()> {
        self.check_pooling()?;
        if self.padded_rows == PaddedRows::Nodes && self.dropout > 0.0 {
            bail!(
                InvalidConfig,
                "padded_rows is \"nodes\" and dropout is {:?}, but rows that are all alike cannot drop out one by one: \
                 choose padded_rows \"zeros\" or dropout 0",
                self.dropout
            );
        }
        if self.padded_rows == PaddedRows::Nodes && self.virtual_node {
            bail!(
                InvalidConfig,
                "padded_rows is \"nodes\" and virtual_node is true, but rows that stand for those of all graphs are \
                 joined to none of their virtual nodes: choose padded_rows \"zeros\""
            );
        }
        if self.assign_final == FinalLayer::None && self.jumping_knowledge == JumpingKnowledge::Concat {
            bail!(
                InvalidConfig,
                "assign_final is \"none\" and jumping_knowledge is \"concat\", but concatenated layers cannot have one \
                 column a cluster: choose assign_final \"linear\" or jumping_knowledge \"last\""
            );
        }
        self.check_task()?;
        self.check_schedule()?;
        let (hidden, output) = (self.embed_hidden, self.embed_output);
        let largest = self.jumping_knowledge == JumpingKnowledge::Max;
        if largest && self.embed_final == FinalLayer::None && hidden != output {
            bail!(
                InvalidConfig,
                "embed_output is {output} and embed_hidden {hidden}, but with jumping_knowledge \"max\" and \
                 embed_final \"none\" they must be equal"
            );
        }
        if largest && self.assign_final == FinalLayer::None {
            bail!(
                InvalidConfig,
                "assign_final is \"none\" and jumping_knowledge is \"max\", but the largest outputs have assign_hidden \
                 columns and not one a cluster: choose assign_final \"linear\" or jumping_knowledge \"last\""
            );
        }
        self.check_heads()?;
        self.check_edge_features()?;
        self.check_features()
    }

    /// Checks what only makes sense with poolings, or with some of them.
    fn check_pooling(&self) -> Result<()> {
        let (flat, full) = (self.clusters.is_empty(), self.final_adjacency == FinalAdjacency::Full);
        if self.assignment != Assignment::Learned && flat {
            let name = self.assignment.name();
            bail!(InvalidConfig, "assignment is \"{name}\", but clusters is empty, so that nothing is assigned");
        }
        if self.hard_assignment && flat {
            bail!(InvalidConfig, "hard_assignment is true, but clusters is empty, so that nothing is assigned");
        }
        if self.hard_assignment && self.assignment == Assignment::Graclus {
            bail!(InvalidConfig, "hard_assignment is true, but with assignment \"graclus\" every assignment is hard");
        }
        if full && flat {
            bail!(
                InvalidConfig,
                "final_adjacency is \"full\", but clusters is empty, so that the only level is the first"
            );
        }
        self.check_weights()?;
        if full && self.relations != Relations::None {
            bail!(
                InvalidConfig,
                "final_adjacency is \"full\", which has no relations, but relations is \"edge_labels\""
            );
        }
        Ok(())
    }

    /// A list of weights has one a pooling level.
    fn check_weights(&self) -> Result<()> {
        let levels = self.clusters.len();
        for &loss in PoolLoss::ALL {
            if let PerLevel::Each(weights) = loss.weight(self)
                && weights.len() != levels
            {
                let (key, listed) = (loss.weight_key(), weights.len());
                bail!(
                    InvalidConfig,
                    "{key} is a list of {listed}, but clusters has {levels}: give one weight a level, or a number"
                );
            }
        }
        Ok(())
    }

    fn check_features(&self) -> Result<()> {
        let sources = feature_source::parse(&self.features)?;
        if self.standardize_attributes && !sources.may_contain(FeatureSource::Attributes) {
            bail!(
                InvalidConfig,
                "standardize_attributes is true, but features is \"{}\", without attributes",
                shorten(&self.features)
            );
        }
        if !self.embedding_sizes.is_empty() && !sources.may_contain(FeatureSource::Categories) {
            bail!(
                InvalidConfig,
                "embedding_sizes is {:?}, but features is \"{}\", without categories",
                self.embedding_sizes,
                shorten(&self.features)
            );
        }
        Ok(())
    }

    fn check_task(&self) -> Result<()> {
        let task = self.task.name();
        self.metric.of_task(self.task)?;
        if self.early_stopping == EarlyStopping::Accuracy && self.task == Task::Regression {
            bail!(InvalidConfig, "early_stopping is \"accuracy\", which the task \"regression\" does not have");
        }
        let weighs = matches!(self.task, Task::Multiclass | Task::Binary | Task::Multilabel);
        if !weighs && !self.class_weights.is_empty() {
            let weights = self.class_weights.len();
            bail!(InvalidConfig, "class_weights has {weights} values, but the task \"{task}\" takes none");
        }
        if self.task == Task::Regression && self.label_smoothing > 0.0 {
            let smoothing = self.label_smoothing;
            bail!(InvalidConfig, "label_smoothing is {smoothing:?}, but the task \"{task}\" has no labels");
        }
        Ok(())
    }

    fn check_schedule(&self) -> Result<()> {
        let (cooling, assignment) = (self.temperature_epochs, self.assignment.name());
        if cooling > 0 && self.assignment != Assignment::Learned {
            bail!(
                InvalidConfig,
                "temperature_epochs is {cooling}, but assignment is \"{assignment}\", which training does not change"
            );
        }
        if cooling > 0 && cooling >= self.epochs {
            let epochs = self.epochs;
            bail!(InvalidConfig, "temperature_epochs is {cooling}, but must be less than epochs, which is {epochs}");
        }
        let (warmup, epochs) = (self.warmup_epochs, self.epochs);
        if warmup >= epochs {
            bail!(InvalidConfig, "warmup_epochs is {warmup}, but must be less than epochs, which is {epochs}");
        }
        let (least, most) = (self.plateau_min_rate, self.learning_rate);
        if self.learning_rate_schedule == LearningRateSchedule::Plateau && least > most {
            bail!(InvalidConfig, "plateau_min_rate is {least:?}, but learning_rate is less: {most:?}");
        }
        Ok(())
    }

    /// Features of edges go with convolutions that read them, and with what is pooled together with them.
    fn check_edge_features(&self) -> Result<()> {
        let assigns = !self.clusters.is_empty() && self.assignment == Assignment::Learned;
        let stacks = [("embed_conv", self.embed_conv, true), ("assign_conv", self.assign_conv, assigns)];
        let features = self.edge_features.name();
        for (key, conv, _) in stacks.into_iter().filter(|(.., used)| *used) {
            let name = conv.name();
            if self.edge_features == EdgeFeatures::None {
                if conv == Conv::Gine {
                    bail!(
                        InvalidConfig,
                        "{key} is \"gine\", which is for edges with features, but edge_features is \"none\""
                    );
                }
            } else if !conv.reads_edges() {
                bail!(
                    InvalidConfig,
                    "edge_features is \"{features}\", but {key} is \"{name}\", which reads no features of edges: \
                     choose \"sage\", \"graph_conv\", \"gine\" or \"gat\""
                );
            }
        }
        let others = [
            ("relations", self.relations.name(), self.relations != Relations::None),
            ("final_adjacency", self.final_adjacency.name(), self.final_adjacency == FinalAdjacency::Full),
            ("pooled_adjacency", self.pooled_adjacency.name(), self.pooled_adjacency == PooledAdjacency::Normalized),
        ];
        match others.iter().find(|(.., set)| *set && self.edge_features != EdgeFeatures::None) {
            Some((key, value, _)) => {
                bail!(InvalidConfig, "edge_features is \"{features}\", which cannot go with {key} \"{value}\"")
            }
            None => Ok(()),
        }
    }

    /// Hidden convolutions share their columns among the heads of attention.
    fn check_heads(&self) -> Result<()> {
        let last = if self.clusters.is_empty() { 1 } else { self.final_layers };
        let stacks = [
            ("embed_conv", self.embed_conv, "embed_hidden", self.embed_hidden, self.embed_layers.max(last)),
            ("assign_conv", self.assign_conv, "assign_hidden", self.assign_hidden, self.assign_layers),
        ];
        for (key, conv, width_key, width, layers) in stacks {
            let used = key == "embed_conv" || !self.clusters.is_empty();
            if used && conv == Conv::Gat && layers > 1 && width % self.gat_heads != 0 {
                bail!(
                    InvalidConfig,
                    "{key} is \"gat\" and {width_key} {width}, but {} heads (gat_heads) cannot share {width} columns \
                     equally",
                    self.gat_heads
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Config);

    #[test]
    fn presets_pass() {
        for name in crate::config::PRESETS {
            Config::preset(name).unwrap().check().unwrap();
        }
    }

    #[test]
    fn fields_written_directly_are_checked() {
        let cases: [Change; 30] = [
            |c| c.assign_final = FinalLayer::None,
            |c| {
                c.standardize_attributes = true;
                c.features = "degree,labels".to_string();
            },
            |c| c.preset = "own".to_string(),
            |c| c.dropout = 1.0,
            |c| c.head_dropout = -0.1,
            |c| c.clusters = vec![0.0],
            |c| c.clusters = vec![0.5, 3.5],
            |c| c.clusters = vec![f64::NAN],
            |c| c.clusters = vec![f64::INFINITY],
            |c| c.batch_size = 0,
            |c| c.embed_layers = 0,
            |c| c.final_layers = 65,
            |c| c.class_weights = vec![1.0, -1.0],
            |c| c.class_weights = vec![f64::NAN],
            |c| c.temperature = f64::NAN,
            |c| c.learning_rate = f64::INFINITY,
            |c| c.features = "one_hot_degree:".to_string(),
            |c| c.threads = usize::MAX,
            |c| c.embedding_width = 0,
            |c| c.embedding_sizes = vec![3, 0],
            |c| {
                c.embedding_sizes = vec![3];
                c.features = "attributes".to_string();
            },
            |c| c.huber_delta = -1.0,
            |c| c.metric = super::super::Metric::Rmse,
            |c| {
                c.task = Task::Regression;
                c.early_stopping = EarlyStopping::Accuracy;
            },
            |c| {
                c.task = Task::Sequence;
                c.class_weights = vec![1.0, 2.0];
            },
            |c| c.gin_epsilon = f64::NAN,
            |c| c.gat_heads = 0,
            |c| c.s2v_iterations = 65,
            |c| {
                c.embed_conv = Conv::Gat;
                c.gat_heads = 5;
            },
            |c| {
                c.assign_conv = Conv::Gat;
                c.gat_heads = 4;
                c.assign_hidden = 30;
            },
        ];
        insta::assert_snapshot!("misuse_of_fields", messages(&cases));
    }

    #[test]
    fn fields_of_training_are_checked() {
        let cases: [Change; 14] = [
            |c| c.temperature_epochs = c.epochs,
            |c| {
                c.temperature_epochs = 3;
                c.assignment = Assignment::Random;
            },
            |c| c.link_weight = PerLevel::Each(vec![1.0]),
            |c| c.entropy_weight = PerLevel::Each(vec![0.1, -1.0]),
            |c| c.step_epochs = 0,
            |c| c.step_factor = 1.5,
            |c| c.cosine_min = f64::NAN,
            |c| c.plateau_factor = 1.0,
            |c| c.min_delta = -1.0,
            |c| c.ema_decay = 1.0,
            |c| c.accumulate_batches = 0,
            |c| c.warmup_epochs = c.epochs,
            |c| {
                c.learning_rate_schedule = LearningRateSchedule::Plateau;
                c.plateau_min_rate = 0.1;
            },
            |c| {
                c.task = Task::Regression;
                c.label_smoothing = 0.1;
            },
        ];
        insta::assert_snapshot!("misuse_of_training", messages(&cases));
    }

    /// What the check says of every change.
    fn messages(cases: &[Change]) -> String {
        let message = |change: &Change| {
            let mut config = Config::default();
            change(&mut config);
            format!("{}\n", config.check().unwrap_err())
        };
        cases.iter().map(message).collect()
    }

    #[test]
    fn unusual_but_possible() {
        let cases: [Change; 6] = [
            |c| c.clusters = Vec::new(),
            |c| c.clusters = vec![1.0],
            |c| c.head_hidden = Vec::new(),
            |c| {
                c.assign_final = FinalLayer::None;
                c.jumping_knowledge = JumpingKnowledge::Last;
            },
            |c| c.standardize_attributes = true,
            // No hidden convolution that heads would have to share, and no assignment.
            |c| {
                (c.embed_conv, c.assign_conv) = (Conv::Gat, Conv::Gat);
                (c.clusters, c.embed_layers, c.gat_heads) = (Vec::new(), 1, 3);
            },
        ];
        for change in cases {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap();
        }
    }
}
