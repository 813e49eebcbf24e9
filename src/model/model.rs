//! A model: a network with its numbers, and what is needed to prepare a graph for it.

use std::sync::Arc;

use serde_json::Value;

use super::features::FeatureSchema;
use super::init;
use super::metadata::Metadata;
use super::network::{Network, TensorInfo};
use super::outputs::Outputs;
use super::remembered::Remembered;
use super::seen::Seen;
use crate::config::{
    Assignment, CheckedConfig, ClusterBase, ClusterRounding, Config, EdgeFeatures, KEYS, Key, Relations, Scope,
    feature_source,
};
use crate::error::{Result, bail, error};
use crate::graph::Dataset;
use crate::layers::norm::RunningStatistics;
use crate::memory::{probe, try_copy, try_resize, written_length};
use crate::ops::runtime::real::Real;

/// A network, its parameters and running statistics, its features and outputs.
///
/// Everything that predicting needs is in it. It does not change while it is shared: training and
/// [`set_tensor`](Self::set_tensor) work on a copy of one's own.
#[derive(Clone)]
pub struct Model<T: 'static> {
    pub(super) config: CheckedConfig,
    pub(super) schema: FeatureSchema,
    pub(super) outputs: Outputs,
    pub(super) network: Arc<Network<T>>,
    pub(super) parameters: Vec<T>,
    pub(super) running: RunningStatistics<T>,
    seen: Seen,
    metadata: Metadata,
    /// See [`fingerprint`](Self::fingerprint). A change of a number forgets it.
    pub(super) fingerprint: Remembered,
}

impl<T: Real> Model<T> {
    /// A copy, for which memory may be refused.
    pub fn try_clone(&self) -> Result<Self> {
        let described = written_length(&(&self.schema, &self.outputs.class_names, &self.seen));
        let metadata: usize = self.metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
        // A name of two letters has five bytes there, and a string and its letters take forty.
        probe(8 * described + metadata)?;
        Ok(Self {
            config: self.config.clone(),
            schema: self.schema.clone(),
            outputs: self.outputs.clone(),
            network: Arc::clone(&self.network),
            parameters: try_copy(&self.parameters)?,
            running: self.running.try_clone()?,
            seen: self.seen.clone(),
            metadata: self.metadata.clone(),
            fingerprint: self.fingerprint.clone(),
        })
    }

    /// An untrained model for a data set: features, classes and shares of clusters are settled by it, attributes are
    /// standardised over the graphs `train`, and parameters are drawn from the configured seed.
    pub fn new(config: &CheckedConfig, dataset: &Dataset, train: &[usize]) -> Result<Self> {
        dataset.check_indices(train)?;
        if train.is_empty() {
            bail!(InvalidArgument, "there are no training graphs");
        }
        let schema = FeatureSchema::fit(config, dataset, train)?;
        let config = config.with(|config| {
            config.features = schema.features();
            config.edge_features = schema.edge_features();
            config.embedding_sizes = schema.embedding().map_or_else(Vec::new, |(embedding, _)| embedding.sizes.clone());
            config.clusters = resolve_clusters(config, dataset, train);
        })?;
        let outputs = Outputs::of(config.task, dataset)?;
        let mut model = Self::blank(config, schema, outputs)?;
        model.seen = Seen::of(dataset, train, model.schema.rules(), model.named_targets());
        init::draw(&model.config, model.network.layout(), &mut model.parameters);
        Ok(model)
    }

    /// A model whose parameters are all zero, to be filled by [`set_tensor`](Self::set_tensor). The configuration is
    /// one that [`config`](Self::config) gave: its clusters are counts.
    pub fn blank(config: CheckedConfig, schema: FeatureSchema, outputs: Outputs) -> Result<Self> {
        let network = Self::network_of(&config, &schema, &outputs)?;
        let mut parameters = Vec::new();
        try_resize(&mut parameters, network.layout().len(), T::zero())?;
        let running = RunningStatistics::new(network.channels())?;
        let (network, seen, metadata) = (Arc::new(network), Seen::default(), Metadata::default());
        let fingerprint = Remembered::default();
        Ok(Self { config, schema, outputs, network, parameters, running, seen, metadata, fingerprint })
    }

    /// The network of the model that [`blank`](Self::blank) would make. It holds no numbers, so a file can be compared
    /// with it before there is room for any.
    pub fn network_of(config: &CheckedConfig, schema: &FeatureSchema, outputs: &Outputs) -> Result<Network<T>> {
        outputs.check(config)?;
        if let Some(share) = config.clusters.iter().find(|&&c| c < 1.0) {
            bail!(InvalidConfig, "clusters has the share {share} where a count is needed");
        }
        if (config.relations == Relations::EdgeLabels) == schema.edge_labels().is_empty() {
            let labels = schema.edge_labels().len();
            let name = config.relations.name();
            bail!(InvalidConfig, "relations is \"{name}\", but the features have {labels} edge labels");
        }
        schema.check_config(config)?;
        Network::new(config, schema, outputs)
    }

    /// The configuration, with features and clusters settled.
    pub fn config(&self) -> &CheckedConfig {
        &self.config
    }

    /// The same model with other settings. Keys of [`Scope::Network`] must be the model's; those of
    /// [`Scope::Settled`] may also be open (`auto`, shares, no sizes of tables), which this model has settled.
    pub fn with_config(self, config: &CheckedConfig) -> Result<Self> {
        for key in KEYS {
            let fits = match key.scope {
                Scope::Network => self.config.get(key.name)? == config.get(key.name)?,
                Scope::Settled => self.settles(key, config)?,
                Scope::Training | Scope::Run => true,
            };
            if !fits {
                let (own, other) = (shown(self.config.get(key.name)?), shown(config.get(key.name)?));
                bail!(InvalidConfig, "{} is {other}, but the model was made with {own}", key.name);
            }
        }
        if self.config.assignment == Assignment::Random && config.seed != self.config.seed {
            let (own, other) = (self.config.seed, config.seed);
            bail!(InvalidConfig, "seed is {other}, but the random assignments of the model are those of seed {own}");
        }
        let config = config.with(|config| {
            config.features.clone_from(&self.config.features);
            config.edge_features = self.config.edge_features;
            config.clusters.clone_from(&self.config.clusters);
            config.embedding_sizes.clone_from(&self.config.embedding_sizes);
        })?;
        let Self { schema, outputs, parameters, running, seen, metadata, .. } = self;
        let mut model = Self { seen, metadata, ..Self::blank(config, schema, outputs)? };
        model.move_numbers(parameters, running)?;
        Ok(model)
    }

    /// Whether the value that another configuration has for `key`, which is settled by data, is this model's or open.
    fn settles(&self, key: &Key, other: &Config) -> Result<bool> {
        Ok(match key.name {
            "features" => feature_source::parse(&other.features)?.describes(self.schema.sources()),
            "edge_features" => [EdgeFeatures::Auto, self.config.edge_features].contains(&other.edge_features),
            "clusters" => {
                let (own, other) = (&self.config.clusters, &other.clusters);
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own == other || *other < 1.0)
            }
            "embedding_sizes" => {
                other.embedding_sizes.is_empty() || other.embedding_sizes == self.config.embedding_sizes
            }
            _ => self.config.get(key.name)? == other.get(key.name)?,
        })
    }

    /// Takes over the numbers of another model of the same network.
    fn move_numbers(&mut self, parameters: Vec<T>, running: RunningStatistics<T>) -> Result<()> {
        let own = [self.parameters.len(), self.running.mean.len(), self.running.variance.len()];
        let given = [parameters.len(), running.mean.len(), running.variance.len()];
        if own != given {
            bail!(
                ShapeMismatch,
                "the network has {} parameters and {} running statistics, but {} and {} are given",
                own[0],
                own[1] + own[2],
                given[0],
                given[1] + given[2]
            );
        }
        (self.parameters, self.running) = (parameters, running);
        Ok(())
    }

    /// Changes how many epochs a training run of this model has. On failure nothing changes.
    pub fn set_epochs(&mut self, epochs: usize) -> Result<()> {
        self.config = self.config.with(|config| config.epochs = epochs)?;
        Ok(())
    }

    /// How node features are made.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// What the logits stand for.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What is written down with the model: texts of its user's, and how it was trained.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What is written down with the model, to be changed. No prediction depends on it.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// What the training graphs looked like.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Number of targets that may have names: where there are classes or words, those have names instead.
    fn named_targets(&self) -> usize {
        if self.class_names().is_empty() { self.targets() } else { 0 }
    }

    /// Takes in what the graphs `train` of another data set look like.
    pub fn widen_seen(&mut self, dataset: &Dataset, train: &[usize]) -> Result<()> {
        dataset.check_indices(train)?;
        self.seen.widen(Seen::of(dataset, train, self.schema.rules(), self.named_targets()));
        Ok(())
    }

    /// Puts back what a file says of the training graphs, which must fit the model.
    pub(crate) fn set_seen(&mut self, seen: Seen) -> Result<()> {
        seen.check(self.schema.rules(), self.named_targets())?;
        self.seen = seen;
        Ok(())
    }

    /// Name of every class that a target is one of.
    pub fn class_names(&self) -> &[String] {
        &self.outputs.class_names
    }

    /// Number of classes that a target is one of; 0 where targets are numbers or labels side by side.
    pub fn classes(&self) -> usize {
        self.outputs.class_names.len()
    }

    /// Number of targets of a graph.
    pub fn targets(&self) -> usize {
        self.outputs.targets
    }

    /// Number of logits of a graph.
    pub fn width(&self) -> usize {
        self.outputs.width()
    }

    /// Refuses a logit that there is not.
    pub fn check_logit(&self, logit: usize) -> Result<()> {
        if logit >= self.width() {
            bail!(NotFound, "logit is {logit}, but the model has {} logits", self.width());
        }
        Ok(())
    }

    /// Number of pooling levels.
    pub fn pooling_levels(&self) -> usize {
        self.config.clusters.len()
    }

    /// Number of trained parameters.
    pub fn parameter_count(&self) -> usize {
        self.parameters.len()
    }

    /// The network.
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// All trained parameters, in the order of the network's table.
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// All trained parameters, to write.
    pub fn parameters_mut(&mut self) -> &mut [T] {
        self.fingerprint.forget();
        &mut self.parameters
    }

    /// Running statistics of all batch norms.
    pub fn running(&self) -> &RunningStatistics<T> {
        &self.running
    }

    /// Parameters to read with running statistics to write: what a training step needs.
    pub fn training_parts(&mut self) -> (&Network<T>, &FeatureSchema, &mut [T], &mut RunningStatistics<T>) {
        self.fingerprint.forget();
        (&self.network, &self.schema, &mut self.parameters, &mut self.running)
    }

    /// Weights of the classes as the loss takes them.
    pub fn class_weights(&self) -> Vec<T> {
        self.config.class_weights.iter().map(|&w| T::of(w)).collect()
    }

    /// All tensors: the parameters in order, then the running statistics of every batch norm.
    pub fn tensors(&self) -> Vec<TensorInfo> {
        self.network.tensors()
    }

    /// Shape and values of a tensor.
    pub fn tensor(&self, name: &str) -> Result<(Vec<usize>, &[T])> {
        if let Some(spec) = self.network.layout().specs().iter().find(|spec| spec.name == name) {
            return Ok((spec.shape.clone(), spec.slot.of(&self.parameters)));
        }
        for norm in self.network.norms() {
            match name.strip_prefix(&norm.name) {
                Some(".running_mean") => return Ok((vec![norm.channels], &self.running.mean[norm.range()])),
                Some(".running_var") => return Ok((vec![norm.channels], &self.running.variance[norm.range()])),
                _ => {}
            }
        }
        Err(error!(NotFound, "the model has no tensor '{name}'"))
    }

    /// Writes a tensor, row by row. A failed call changes nothing.
    pub fn set_tensor(&mut self, name: &str, values: &[T]) -> Result<()> {
        let len = self.tensor(name)?.1.len();
        if values.len() != len {
            bail!(ShapeMismatch, "tensor '{name}' has {len} values, but {} are given", values.len());
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            bail!(InvalidArgument, "tensor '{name}': value {at} is {:?}", values[at]);
        }
        self.fingerprint.forget();
        let negative = values.iter().position(|v| name.ends_with(".running_var") && *v < T::zero());
        if let Some(at) = negative {
            bail!(InvalidArgument, "tensor '{name}': value {at} is {:?}, but a variance is not negative", values[at]);
        }
        if let Some(spec) = self.network.layout().specs().iter().find(|spec| spec.name == name) {
            spec.slot.of_mut(&mut self.parameters).copy_from_slice(values);
        }
        for norm in self.network.norms() {
            match name.strip_prefix(&norm.name) {
                Some(".running_mean") => self.running.mean[norm.range()].copy_from_slice(values),
                Some(".running_var") => self.running.variance[norm.range()].copy_from_slice(values),
                _ => {}
            }
        }
        Ok(())
    }

    /// Replaces all parameters and running statistics by those of a model of the same network.
    pub fn copy_numbers_from(&mut self, parameters: &[T], running: &RunningStatistics<T>) {
        self.fingerprint.forget();
        self.parameters.copy_from_slice(parameters);
        self.running.mean.copy_from_slice(&running.mean);
        self.running.variance.copy_from_slice(&running.variance);
    }

    /// The same model in another precision.
    pub fn cast<U: Real>(&self) -> Result<Model<U>> {
        let blank = Model::<U>::blank(self.config.clone(), self.schema.clone(), self.outputs.clone())?;
        let mut model = Model { seen: self.seen.clone(), metadata: self.metadata.clone(), ..blank };
        let copy = |from: &[T], to: &mut [U]| to.iter_mut().zip(from).for_each(|(o, v)| *o = U::of(v.f64()));
        copy(&self.parameters, &mut model.parameters);
        copy(&self.running.mean, &mut model.running.mean);
        copy(&self.running.variance, &mut model.running.variance);
        Ok(model)
    }
}

/// A value of the configuration for a message.
fn shown(value: Value) -> String {
    match value {
        Value::Array(numbers) => format!("[{}]", numbers.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// Turns shares of clusters into counts.
fn resolve_clusters(config: &Config, dataset: &Dataset, train: &[usize]) -> Vec<f64> {
    let nodes = train.iter().map(|&i| dataset.nodes(i) as f64);
    let mut before = match config.cluster_base {
        ClusterBase::Max => nodes.fold(0.0, f64::max),
        ClusterBase::Mean => nodes.sum::<f64>() / train.len() as f64,
    };
    let mut counts = Vec::with_capacity(config.clusters.len());
    for &clusters in &config.clusters {
        // A hair beside the product: 0.1 * 30 must round to 3 either way.
        before = match config.cluster_rounding {
            _ if clusters >= 1.0 => clusters,
            ClusterRounding::Up => (clusters * before - 1e-9).ceil().max(1.0),
            ClusterRounding::Down => (clusters * before + 1e-9).floor().max(1.0),
        };
        counts.push(before);
    }
    counts
}
