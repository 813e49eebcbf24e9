//! What both kinds of file say of a model: the strings that describe it, and its tensors.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use super::container::{Format, Reader, TensorSpec, Writer, quoted};
use crate::config::{CheckedConfig, Config, MAX_CONFIG, Task};
use crate::error::{Error, ErrorKind, Result, bail};
use crate::layers::norm::RunningStatistics;
use crate::model::{FeatureSchema, Metadata, Model, Network, Outputs, Seen, expected};

/// Keys of the metadata that describes a model.
pub(super) const CONFIG: &str = "config";
pub(super) const FEATURES: &str = "features";
pub(super) const CLASSES: &str = "classes";
pub(super) const TARGETS: &str = "targets";
pub(super) const SEEN: &str = "seen";
/// Beginning of the keys under which the metadata of a model is kept apart from that of the format.
const METADATA: &str = "metadata.";

/// Everything about a model but its numbers.
pub(super) struct Description {
    pub config: CheckedConfig,
    schema: FeatureSchema,
    outputs: Outputs,
    seen: Seen,
    pub metadata: Metadata,
}

impl Description {
    /// Writes the description of a model.
    pub fn write(model: &Model<f32>, writer: &mut Writer<'_>) -> Result<()> {
        let config = model.config().to_json();
        if config.len() > MAX_CONFIG {
            bail!(Unsupported, "the configuration has {} bytes as JSON, more than {MAX_CONFIG}", config.len());
        }
        writer.text(CONFIG, config);
        writer.json(FEATURES, model.schema())?;
        if model.config().task != Task::Multiclass {
            writer.json(TARGETS, &model.targets())?;
        }
        if *model.seen() != Seen::default() {
            writer.json(SEEN, model.seen())?;
        }
        model.metadata().iter().for_each(|(key, value)| writer.prefixed(METADATA, key, value));
        writer.json(CLASSES, &model.class_names())
    }

    /// Reads and checks a description.
    pub fn read<R: Read>(reader: &Reader<R>) -> Result<Self> {
        let text = reader.text(CONFIG)?;
        if text.len() > MAX_CONFIG {
            bail!(InvalidFile, "metadata \"config\" has {} bytes, more than {MAX_CONFIG}", text.len());
        }
        let mut config = Config::from_json(text).map_err(|e| damaged(e).in_context("metadata \"config\""))?;
        let schema: FeatureSchema = reader.json(FEATURES)?;
        // Where a file names a preset and not this key, the features know better than a preset that has changed.
        if !text.contains("\"out_of_vocabulary\"") {
            config.out_of_vocabulary = schema.out_of_vocabulary();
        }
        // Files of classifiers leave it out.
        let targets = if reader.has(TARGETS) { reader.json(TARGETS)? } else { 1 };
        let outputs = Outputs { task: config.task, targets, class_names: reader.json(CLASSES)? };
        if config.features != schema.features() {
            bail!(
                InvalidFile,
                "metadata \"config\" has the features {}, but metadata \"features\" makes {:?}",
                quoted(&config.features),
                schema.features()
            );
        }
        let config = config.check().map_err(damaged)?;
        let seen = if reader.has(SEEN) { reader.json(SEEN)? } else { Seen::default() };
        let mut metadata = Metadata::default();
        for (key, value) in reader.beginning_with(METADATA) {
            metadata.put(key, value).map_err(damaged)?;
        }
        Ok(Self { config, schema, outputs, seen, metadata })
    }

    /// What the model described expects of a graph.
    pub fn expected(&self) -> serde_json::Value {
        expected(&self.config, &self.schema, &self.outputs, &self.seen)
    }

    /// The network described, without numbers.
    pub fn network(&self) -> Result<Network<f32>> {
        Model::network_of(&self.config, &self.schema, &self.outputs).map_err(damaged)
    }

    /// The model described, with all numbers still to be read.
    pub fn blank(self) -> Result<Model<f32>> {
        let Self { config, schema, outputs, seen, metadata } = self;
        let mut model = Model::blank(config, schema, outputs).map_err(damaged)?;
        model.set_seen(seen)?;
        *model.metadata_mut() = metadata;
        Ok(model)
    }
}

/// The tensors of a network, with `prefix` before each name.
pub(super) fn specs(network: &Network<f32>, prefix: &str) -> Vec<TensorSpec> {
    let spec = |tensor: crate::model::TensorInfo| TensorSpec {
        name: format!("{prefix}{}", tensor.name),
        shape: tensor.shape,
        variance: !tensor.trained && tensor.name.ends_with(".running_var"),
    };
    network.tensors().into_iter().map(spec).collect()
}

/// The values of the tensors, in the order of [`specs`].
pub(super) fn values<'a>(
    network: &Network<f32>,
    parameters: &'a [f32],
    running: &'a RunningStatistics<f32>,
) -> Vec<&'a [f32]> {
    let parameters = network.layout().specs().iter().map(|spec| spec.slot.of(parameters));
    let norms = network.norms().iter();
    parameters.chain(norms.flat_map(|norm| [&running.mean[norm.range()], &running.variance[norm.range()]])).collect()
}

/// The values of the tensors, to be written. Tensors follow each other in the array of parameters, and norms in those
/// of their statistics.
pub(super) fn values_mut<'a>(
    network: &Network<f32>,
    parameters: &'a mut [f32],
    running: &'a mut RunningStatistics<f32>,
) -> Vec<&'a mut [f32]> {
    let mut all = Vec::new();
    let mut rest = parameters;
    for spec in network.layout().specs() {
        all.push(rest.split_off_mut(..spec.slot.range().len()).unwrap_or_default());
    }
    let (mut mean, mut variance) = (&mut running.mean[..], &mut running.variance[..]);
    for norm in network.norms() {
        all.push(mean.split_off_mut(..norm.channels).unwrap_or_default());
        all.push(variance.split_off_mut(..norm.channels).unwrap_or_default());
    }
    all
}

/// Opens a file and reads its header, then the rest by `read`. Every error names the file.
pub(super) fn load<T>(
    path: &Path,
    format: &Format,
    read: impl FnOnce(Reader<BufReader<File>>) -> Result<T>,
) -> Result<T> {
    let file = open_file(path)?;
    let len = file.metadata().map_err(|e| Error::io(path, &e))?.len();
    let reader = Reader::open(BufReader::new(file), len, format);
    reader.and_then(read).map_err(|e| in_file(e, path))
}

/// Opens a regular file.
pub(super) fn open_file(path: &Path) -> Result<File> {
    let failed = |e| Error::io(path, &e);
    // Looked at before it is opened, because opening a pipe would wait for its other end.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        bail!(Io, "{}: not a regular file", path.display());
    }
    File::open(path).map_err(failed)
}

/// An error about the content of a file, with the name of the file; running out of memory stays what it is.
pub(super) fn in_file(e: Error, path: &Path) -> Error {
    match e.kind() {
        ErrorKind::OutOfMemory => e,
        _ => e.in_context(path.display()),
    }
}

/// An error about a value from a file; running out of memory stays what it is.
pub(super) fn damaged(e: Error) -> Error {
    match e.kind() {
        ErrorKind::OutOfMemory => e,
        _ => Error::new(ErrorKind::InvalidFile, e.message().to_string()),
    }
}
