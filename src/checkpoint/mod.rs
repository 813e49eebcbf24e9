//! Files: a model by itself, the state of a training run, and a data set.
//!
//! All are [safetensors](https://github.com/huggingface/safetensors) files that any program can open which reads that
//! format. All tensors of the first two are F32, little-endian, row-major; everything else is a string in
//! `__metadata__`, of which a data set's file has `dataset` in place of those that describe a model:
//!
//! | key | value |
//! |---|---|
//! | `format` | `libdiffpool` for a model, `libdiffpool-training` for a run, `libdiffpool-dataset` for a data set |
//! | `format_version` | `1` |
//! | `config` | the configuration, a JSON object; keys that it lacks are those of its preset |
//! | `features` | how node features are made, a JSON object |
//! | `classes` | the names of the classes or of the words of a vocabulary, a JSON array of strings |
//! | `targets` | the number of targets of a graph; may be left out of a classifier's file, where it is 1 |
//! | `seen` | names, ranges and sizes of what the training graphs had, a JSON object; may be left out |
//! | `metadata.` and a key | the [metadata](crate::model::Metadata) of this key |
//! | `checksum` | eight hexadecimal digits: CRC-32 of all other metadata and of every tensor, see below |
//!
//! Other keys are ignored: what changes predictions comes with another `format_version`.
//!
//! A model's tensors have the names and shapes that [`Model::tensors`](crate::model::Model::tensors) lists; a weight is
//! `[inputs, outputs]`, which is the transpose of what a linear layer of PyTorch holds. What a run adds is
//! described in [`training_file`], and the columns of a data set in [`dataset_file`].
//!
//! The checksum goes over every other pair of metadata, sorted by key: key and value, each with its length in bytes in
//! front; then over every tensor in the order in which they lie in the file: name with its length in front, number of
//! sizes, the sizes, the bytes of the values. All lengths and sizes are unsigned 64-bit little-endian numbers. A model
//! file without a checksum is accepted, so that weights trained elsewhere can be written by their names; take it out
//! of the metadata when tensors are changed and saved again.
//!
//! Writing is deterministic and atomic, see [`atomic`]: until a file `NAME` is whole it is `.NAME.diffpool-0.tmp` beside
//! it, which a process that is killed leaves there until the same file is written again. Reading believes nothing: memory is only asked for once the header, the
//! configuration and the length of the file agree on how much is needed.

pub mod atomic;
mod container;
pub mod dataset_file;
pub mod dataset_writer;
mod description;
mod history;
mod kind;
pub mod mapped_dataset;
pub mod model_file;
pub mod peek;
mod temporary;
#[cfg(test)]
mod testing;
pub mod training_file;

pub use kind::{FileKind, file_kind};
