//! The container of all kinds of file: safetensors with metadata of ours.

mod checksum;
mod columns;
mod format;
pub(super) mod header;
mod quote;
mod reader;
mod scan;
pub(super) mod table;
mod writer;

pub(super) use columns::{ColumnSpec, check_machine, place};
pub(super) use format::{Format, TensorSpec};
pub(super) use quote::quoted;
pub(super) use reader::Reader;
pub(super) use writer::{Packed, Writer};
