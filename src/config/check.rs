//! The rules that a configuration must keep.

use super::feature_source::{self, FeatureSource};
use super::{
    Assignment, Config, Conv, EarlyStopping, FinalAdjacency, FinalLayer, JumpingKnowledge, LearningRateSchedule,
    MAX_SIZE, PaddedRows, Padding, Relations, Task, shorten,
};
use crate::error::{Result, bail};
use crate::ops::runtime::executor::MAX_THREADS;

/// Largest number of convolutions of a stack, of poolings, of steps of a readout, of hidden layers of the head, of
/// heads of attention, and of iterations within a convolution.
const MAX_LAYERS: usize = 64;
/// Largest number of chunks, each of which has its own working memory.
const MAX_CHUNKS: usize = 1024;

/// Largest number of epochs.
const MAX_EPOCHS: usize = i32::MAX as usize;

/// Smallest number that counts as positive, and largest number.
const ABOVE_ZERO: f64 = 1e-30;
const LARGEST: f64 = 1e30;
/// Largest share that must be less than 1.
const BELOW_ONE: f64 = 0.999_999;

impl Config {
    /// Checks every value and every combination of values that does not depend on the data.
    pub fn check(&self) -> Result<()> {
        self.check_values()?;
        self.check_combinations()
    }

    /// Checks each value by itself.
    pub(super) fn check_values(&self) -> Result<()> {
        Self::preset(&self.preset)?;
        feature_source::parse(&self.features)?;
        Padding::parse(&self.padding)?;
        self.check_sizes()?;
        self.check_rates()?;
        self.check_clusters()
    }

    fn check_sizes(&self) -> Result<()> {
        let whole = |key: &str, value: usize, least: usize, most: usize| {
            if value < least || value > most {
                bail!(InvalidConfig, "{key} is {value}, but must be from {least} to {most}");
            }
            Ok(())
        };
        whole("embedding_width", self.embedding_width, 1, MAX_SIZE)?;
        for (at, &rows) in self.embedding_sizes.iter().enumerate() {
            whole(&format!("embedding_sizes[{at}]"), rows, 1, MAX_SIZE)?;
        }
        whole("embed_layers", self.embed_layers, 1, MAX_LAYERS)?;
        whole("assign_layers", self.assign_layers, 1, MAX_LAYERS)?;
        whole("final_layers", self.final_layers, 1, MAX_LAYERS)?;
        whole("embed_hidden", self.embed_hidden, 1, MAX_SIZE)?;
        whole("embed_output", self.embed_output, 1, MAX_SIZE)?;
        whole("assign_hidden", self.assign_hidden, 1, MAX_SIZE)?;
        whole("set2set_steps", self.set2set_steps, 1, MAX_LAYERS)?;
        whole("sort_pool_nodes", self.sort_pool_nodes, 1, MAX_SIZE)?;
        whole("gat_heads", self.gat_heads, 1, MAX_LAYERS)?;
        whole("s2v_iterations", self.s2v_iterations, 1, MAX_LAYERS)?;
        whole("adj_hop", self.adj_hop, 1, MAX_LAYERS)?;
        whole("batch_size", self.batch_size, 1, MAX_SIZE)?;
        whole("accumulate_batches", self.accumulate_batches, 1, MAX_SIZE)?;
        whole("epochs", self.epochs, 1, MAX_EPOCHS)?;
        whole("warmup_epochs", self.warmup_epochs, 0, MAX_EPOCHS)?;
        whole("step_epochs", self.step_epochs, 1, MAX_EPOCHS)?;
        whole("plateau_patience", self.plateau_patience, 0, MAX_EPOCHS)?;
        whole("chunks", self.chunks, 1, MAX_CHUNKS)?;
        whole("patience", self.patience, 0, MAX_EPOCHS)?;
        whole("threads", self.threads, 0, MAX_THREADS)?;
        whole("checkpoint_every", self.checkpoint_every, 0, MAX_EPOCHS)?;
        if self.head_hidden.len() > MAX_LAYERS {
            bail!(InvalidConfig, "head_hidden has {} layers, more than {MAX_LAYERS}", self.head_hidden.len());
        }
        for (at, &columns) in self.head_hidden.iter().enumerate() {
            whole(&format!("head_hidden[{at}]"), columns, 1, MAX_SIZE)?;
        }
        Ok(())
    }

    /// The limits leave every number far from 0, 1 and infinity when it is rounded to the model's 32 bits.
    fn check_rates(&self) -> Result<()> {
        let rate = |key: &str, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                bail!(InvalidConfig, "{key} is {value:?}, but must be from {least:?} to {most:?}");
            }
            Ok(())
        };
        rate("gin_epsilon", self.gin_epsilon, -LARGEST, LARGEST)?;
        rate("dropout", self.dropout, 0.0, BELOW_ONE)?;
        rate("head_dropout", self.head_dropout, 0.0, BELOW_ONE)?;
        rate("beta1", self.beta1, 0.0, BELOW_ONE)?;
        rate("beta2", self.beta2, 0.0, BELOW_ONE)?;
        rate("temperature", self.temperature, ABOVE_ZERO, LARGEST)?;
        rate("batch_norm_epsilon", self.batch_norm_epsilon, ABOVE_ZERO, LARGEST)?;
        rate("batch_norm_momentum", self.batch_norm_momentum, ABOVE_ZERO, 1.0)?;
        rate("learning_rate", self.learning_rate, ABOVE_ZERO, LARGEST)?;
        rate("step_factor", self.step_factor, ABOVE_ZERO, 1.0)?;
        rate("cosine_min", self.cosine_min, 0.0, 1.0)?;
        rate("plateau_factor", self.plateau_factor, ABOVE_ZERO, BELOW_ONE)?;
        rate("plateau_min_rate", self.plateau_min_rate, 0.0, LARGEST)?;
        rate("label_smoothing", self.label_smoothing, 0.0, BELOW_ONE)?;
        rate("min_delta", self.min_delta, 0.0, LARGEST)?;
        rate("ema_decay", self.ema_decay, 0.0, BELOW_ONE)?;
        rate("epsilon", self.epsilon, ABOVE_ZERO, LARGEST)?;
        rate("huber_delta", self.huber_delta, ABOVE_ZERO, LARGEST)?;
        rate("link_weight", self.link_weight, 0.0, LARGEST)?;
        rate("entropy_weight", self.entropy_weight, 0.0, LARGEST)?;
        rate("weight_decay", self.weight_decay, 0.0, LARGEST)?;
        rate("clip_norm", self.clip_norm, 0.0, LARGEST)?;
        for (at, &weight) in self.class_weights.iter().enumerate() {
            rate(&format!("class_weights[{at}]"), weight, 0.0, LARGEST)?;
        }
        if !self.class_weights.is_empty() && self.class_weights.iter().all(|&weight| weight < ABOVE_ZERO) {
            bail!(InvalidConfig, "class_weights are all 0, but one must be from {ABOVE_ZERO:?} up");
        }
        Ok(())
    }

    fn check_clusters(&self) -> Result<()> {
        if self.clusters.len() > MAX_LAYERS {
            bail!(InvalidConfig, "clusters has {} levels, more than {MAX_LAYERS}", self.clusters.len());
        }
        for (at, &clusters) in self.clusters.iter().enumerate() {
            let share = (ABOVE_ZERO..1.0).contains(&clusters);
            let count = clusters.fract() == 0.0 && (1.0..=MAX_SIZE as f64).contains(&clusters);
            if !share && !count {
                bail!(
                    InvalidConfig,
                    "clusters[{at}] is {clusters:?}, but must be a share between 0 and 1 or a whole number up to \
                     {MAX_SIZE}"
                );
            }
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
        if full && self.relations != Relations::None {
            bail!(
                InvalidConfig,
                "final_adjacency is \"full\", which has no relations, but relations is \"edge_labels\""
            );
        }
        Ok(())
    }

    fn check_features(&self) -> Result<()> {
        let sources = feature_source::parse(&self.features)?;
        let named = |source| sources.as_ref().is_none_or(|sources| sources.contains(source));
        if self.standardize_attributes && !named(&FeatureSource::Attributes) {
            bail!(
                InvalidConfig,
                "standardize_attributes is true, but features is \"{}\", without attributes",
                shorten(&self.features)
            );
        }
        if !self.embedding_sizes.is_empty() && !named(&FeatureSource::Categories) {
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
        if self.task != Task::Multiclass && !self.class_weights.is_empty() {
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
                c.task = Task::Multilabel;
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
        let cases: [Change; 10] = [
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
