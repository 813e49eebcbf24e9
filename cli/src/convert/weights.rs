//! `diffpool convert weights`: from a state dict of PyTorch to a model, and back; from a model to ONNX.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use diffpool::checkpoint::atomic::{self, check_writable};
use diffpool::checkpoint::model_file;
use diffpool::config::{CheckedConfig, Config, SelfLoops};
use diffpool::graph::Dataset;
use diffpool::model::{FeatureSchema, Model, Outputs};

use super::onnx;
use super::torch::tensor::{Array, State};
use super::torch::{self, Converted, Source, state};
use crate::failure::{Failure, Result};
use crate::input::{self, DataArguments, Format, ReadingArguments};
use crate::output;
use crate::settings::ConfigArguments;

/// Make a model of the weights of a PyTorch model, or a state dict or an ONNX file of a model
///
/// The input is a model of this library, or the state dict of one of four PyTorch models: a safetensors file with the
/// network's own names, or a file of torch.save, of which nothing is executed. A model becomes a state dict, a state
/// dict a model, there and back with the same bits. docs/python-weights.md says which tensor becomes which.
///
/// What a model needs besides its weights comes from --like, or from --data. The configuration is that of --preset, of
/// --like or of the source's preset, with the sizes that the tensors have, then --config and --set.
///
/// With `--to onnx`, or an output `*.onnx`, a model becomes an ONNX file with the network of evaluation, for runtimes
/// without this library. docs/onnx.md has its inputs and outputs, and what cannot be written.
#[derive(Args, Debug)]
pub struct Arguments {
    /// State dict (*.safetensors, *.pt, *.pth) or model
    input: PathBuf,
    /// File to write
    output: PathBuf,
    /// What a model becomes; by default what the name of the output says: `*.onnx`, else a state dict
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Option<To>,
    /// The ONNX file takes batches of padded graphs with a mask, in place of one graph
    #[arg(long)]
    batched: bool,
    /// Which PyTorch model it is; by default what the names of the tensors, or the model's preset, say
    #[arg(long, value_parser = Source::parser())]
    source: Option<&'static Source>,
    /// Entry of the mapping in a file of torch.save that is the state dict
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Model that has the same features and classes; on the way back, a state dict of the model that is to be filled,
    /// whose names and shapes are compared
    #[arg(long, value_name = "FILE")]
    like: Option<PathBuf>,
    /// Data set that has the features and classes
    #[arg(long, value_name = "PATH", conflicts_with = "like")]
    data: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    #[command(flatten)]
    config: ConfigArguments,
}

/// What a model can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// State dict of a PyTorch model
    Torch,
    /// ONNX file, of opset 17
    Onnx,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.data.is_none() {
        arguments.reading.check_unused()?;
    }
    check_writable(&arguments.output)?;
    if arguments.batched && arguments.to() != To::Onnx {
        return Err(Failure::usage(
            "--batched: only an ONNX file is for one graph or for batches; --to onnx writes one",
        ));
    }
    let bytes = read(&arguments.input)?;
    match (is_model(&bytes), arguments.to()) {
        (true, To::Torch) => to_torch(arguments),
        (true, To::Onnx) => to_onnx(arguments),
        (false, to) if to == To::Onnx || arguments.to.is_some() => {
            let input = arguments.input.display();
            // What is no state dict either is told what it is.
            state::read(&arguments.input, &bytes, arguments.key.as_deref())?;
            Err(Failure::usage(format!(
                "{input}: a state dict, but only a model becomes a state dict or an ONNX file; without --to, and \
                 written to a file that is not called *.onnx, it becomes a model"
            )))
        }
        (false, _) => from_torch(arguments, &bytes),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Failure::io(path, &e))
}

/// Whether the content is that of a file of this library.
fn is_model(bytes: &[u8]) -> bool {
    let read = safetensors::SafeTensors::read_metadata(bytes).ok();
    let format = read.and_then(|(_, header)| header.metadata().as_ref().and_then(|data| data.get("format").cloned()));
    format.is_some_and(|format| format.starts_with("libdiffpool"))
}

fn from_torch(arguments: &Arguments, bytes: &[u8]) -> Result<()> {
    let path = &arguments.input;
    let in_file = |e: Failure| e.in_context(path.display());
    let state = state::read(path, bytes, arguments.key.as_deref())?;
    let unknown = "the names of its tensors are of none of the PyTorch models that are known; --source names one";
    let source = arguments.source.or_else(|| Source::guess(&state)).ok_or_else(|| in_file(Failure::data(unknown)))?;
    let converted = torch::from_torch(source, &state).map_err(in_file)?;
    let like = arguments.like.as_deref().map(model_file::load).transpose()?;
    let config = config(arguments, source, &converted, like.as_ref())?;
    if arguments.config.print_config {
        return output::line(config.to_json());
    }
    let model = match (&like, arguments.data()) {
        (Some(like), _) => blank(&config, like.schema().clone(), like.outputs().clone())?,
        (None, Some(data)) => {
            let dataset = data.load()?;
            let dataset = input::with_targets(dataset, config.task)?;
            let named = arguments.config.named()?.iter().any(|(key, _)| key == "features");
            let schema = features(&config, named, &dataset, converted.features)?;
            tell_loops(&config, &dataset);
            let outputs = Outputs::of(config.task, &dataset)?;
            blank(&config, schema, outputs)?
        }
        (None, None) => {
            return Err(Failure::usage("what features and classes the model has must be said by --like or --data"));
        }
    };
    let model = filled(model, converted.tensors).map_err(in_file)?;
    model_file::save(&model, &arguments.output)?;
    let (output, parameters, source) = (arguments.output.display(), model.parameter_count(), &source.name);
    output::line(format_args!("{output}: model with the weights of source {source}, {parameters} parameters"))
}

impl Arguments {
    /// What a model becomes.
    fn to(&self) -> To {
        let by_name = self.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"));
        self.to.unwrap_or(if by_name { To::Onnx } else { To::Torch })
    }

    /// The data set that has features and classes, where one is named.
    fn data(&self) -> Option<DataArguments> {
        self.data.as_deref().map(|path| DataArguments::at(path, &self.reading))
    }
}

/// The configuration of the model.
fn config(
    arguments: &Arguments,
    source: &Source,
    converted: &Converted,
    like: Option<&Model<f32>>,
) -> Result<CheckedConfig> {
    arguments.config.config_from(|preset| {
        let mut config = match (preset, like) {
            (Some(name), _) => Config::preset(name)?,
            (None, Some(like)) => Config::clone(like.config()),
            (None, None) => Config::preset(&source.name)?,
        };
        // Networks do not say it, but most were trained on what the reader of PyTorch Geometric gives of such a folder.
        if let Some(data) = arguments.data()
            && data.locate()?.1 == Format::Tu
        {
            config.self_loops = SelfLoops::Drop;
        }
        // Most of them are the same, and sizes of tables that are not used must not be set.
        for (key, value) in &converted.keys {
            config.set(key, value.clone())?;
        }
        Ok(config)
    })
}

/// The features of the model: those that the configuration says, or others that the data set has where the network
/// reads as many. PyTorch Geometric has a column for every number between the smallest and the largest label, and
/// leaves attributes out unless it is told otherwise.
fn features(config: &CheckedConfig, named: bool, dataset: &Dataset, wanted: Option<usize>) -> Result<FeatureSchema> {
    let all: Vec<usize> = (0..dataset.len()).collect();
    let fit = |config: &CheckedConfig| FeatureSchema::fit(config, dataset, &all);
    let own = fit(config)?;
    let Some(wanted) = wanted else { return Ok(own) };
    let mut candidates = vec![own];
    let rules = dataset.rules();
    if !named && rules.node_labels && rules.features > 0 {
        for features in ["labels", "attributes"] {
            candidates.push(fit(&config.with(|config| config.features = features.to_string())?)?);
        }
    }
    let (mut others, mut told) = (Vec::new(), Vec::new());
    for schema in candidates {
        let labels = schema.node_labels();
        let gaps = match labels {
            [first, .., last] if last.abs_diff(*first) >= labels.len() as u64 => {
                let how = format!("{}, with a column for every label from {first} to {last}", schema.features());
                Some((schema.with_label_gaps()?, how))
            }
            _ => None,
        };
        let how = schema.features();
        others.extend([Some((schema, how)), gaps].into_iter().flatten());
    }
    for (number, (schema, how)) in others.into_iter().enumerate() {
        if schema.width() == wanted {
            if number > 0 {
                output::note(format_args!("the network reads {wanted} features of a node: {how}"));
            }
            return Ok(schema);
        }
        told.push(format!("{} ({how})", schema.width()));
    }
    let (name, told) = (dataset.name(), told.join(", "));
    Err(Failure::data(format!("the network reads {wanted} features of a node, but data set {name:?} makes {told}")))
}

/// Says that the self-loops of the data set are not edges to the model.
fn tell_loops(config: &CheckedConfig, dataset: &Dataset) {
    let with_loops = (0..dataset.len()).filter(|&graph| dataset.graph(graph).has_self_loops()).count();
    if with_loops > 0 && config.self_loops == SelfLoops::Drop {
        output::note(format_args!(
            "{with_loops} graphs have self-loops, which the model drops as the reader of PyTorch Geometric does; --set \
             self_loops=keep is for a network that was trained with them"
        ));
    }
}

/// A model without numbers.
fn blank(config: &CheckedConfig, schema: FeatureSchema, outputs: Outputs) -> Result<Model<f32>> {
    let config = config.with(|config| {
        config.features = schema.features();
        config.embedding_sizes = schema.embedding().map_or_else(Vec::new, |(embedding, _)| embedding.sizes.clone());
    })?;
    let outputs = Outputs { task: config.task, ..outputs };
    Ok(Model::blank(config, schema, outputs)?)
}

/// The model with the numbers of the tensors.
fn filled(mut model: Model<f32>, mut tensors: BTreeMap<String, Array>) -> Result<Model<f32>> {
    for wanted in model.tensors() {
        let name = &wanted.name;
        let Some(Array { shape, values }) = tensors.remove(name) else {
            return Err(Failure::data(format!(
                "the configuration has a tensor {name:?}, which the weights do not give"
            )));
        };
        if shape != wanted.shape {
            let wanted = wanted.shape;
            let what = "which features, classes and configuration make";
            return Err(Failure::data(format!("tensor {name:?} has shape {shape:?}, but not {wanted:?}, {what}")));
        }
        model.set_tensor(name, &values)?;
    }
    match tensors.keys().next() {
        Some(name) => {
            Err(Failure::data(format!("the weights have a tensor {name:?}, which the configuration has not")))
        }
        None => Ok(model),
    }
}

fn to_onnx(arguments: &Arguments) -> Result<()> {
    let extra = [
        ("--source", arguments.source.is_some()),
        ("--key", arguments.key.is_some()),
        ("--like", arguments.like.is_some()),
        ("--data", arguments.data.is_some()),
        ("--preset, --config and --set", arguments.config.is_whole() || !arguments.config.named()?.is_empty()),
        ("--print-config", arguments.config.print_config),
    ];
    if let Some((name, _)) = extra.into_iter().find(|(_, given)| *given) {
        return Err(Failure::usage(format!("{name}: an ONNX file has the features, classes and keys of the model")));
    }
    let model = model_file::load(&arguments.input)?;
    let bytes = onnx::to_bytes(&model, arguments.batched).map_err(|e| e.in_context(arguments.input.display()))?;
    atomic::write(&arguments.output, |out| out.write_all(&bytes))?;
    let (output, parameters) = (arguments.output.display(), model.parameter_count());
    let form = if arguments.batched { "batches of graphs with a mask" } else { "one graph a run" };
    output::line(format_args!("{output}: ONNX file for {form}, {parameters} parameters"))
}

fn to_torch(arguments: &Arguments) -> Result<()> {
    let model = model_file::load(&arguments.input)?;
    let extra = [("--data", arguments.data.is_some()), ("--key", arguments.key.is_some())];
    if let Some((name, _)) = extra.into_iter().find(|(_, given)| *given) {
        return Err(Failure::usage(format!("{name}: the input is a model, which becomes a state dict")));
    }
    if arguments.output.extension().is_some_and(|extension| extension == "pt" || extension == "pth") {
        let name = arguments.output.display();
        return Err(Failure::usage(format!(
            "{name}: only safetensors files are written; in Python, torch.save(safetensors.torch.load_file(FILE), \
             '{name}') makes it of one"
        )));
    }
    let preset = &model.config().preset;
    let source = arguments.source.or_else(|| Source::named(preset)).ok_or_else(|| {
        Failure::usage(format!("the model is of preset \"{preset}\"; --source says which PyTorch model it becomes"))
    })?;
    let mut tensors = BTreeMap::new();
    for info in model.tensors() {
        let (shape, values) = model.tensor(&info.name)?;
        tensors.insert(info.name, Array { shape, values: values.to_vec() });
    }
    let like: Option<State> = match &arguments.like {
        Some(path) => Some(state::read(path, &read(path)?, None)?),
        None => None,
    };
    let state = torch::to_torch(source, &tensors, like.as_ref(), model.targets())
        .map_err(|e| e.in_context(arguments.input.display()))?;
    let bytes = state::to_bytes(&state)?;
    atomic::write(&arguments.output, |out| out.write_all(&bytes))?;
    let (output, count, source) = (arguments.output.display(), state.len(), &source.name);
    output::line(format_args!("{output}: state dict of source {source}, {count} tensors"))
}
