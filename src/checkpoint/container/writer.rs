//! Writing the container: the same content gives the same bytes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{self, Write};

use serde::Serialize;

use super::checksum::Checksum;
use super::format::{FORMAT_VERSION, Format, MAX_HEADER, TensorSpec, WRITE_PIECE};
use super::header::Header;
use super::table::{Dtype, TensorInfo};
use crate::error::{Error, Result, bail, error};
use crate::memory::{Bytes, try_extend, try_resize};

/// Gathers what goes into a file.
pub struct Writer<'a> {
    format: &'static Format,
    pub(super) metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, (Vec<usize>, &'a [f32])>,
}

/// A file ready to be written.
pub struct Packed<'a> {
    /// Length of the header, and the header.
    head: Vec<u8>,
    /// In the order in which they lie in the file.
    tensors: Vec<&'a [f32]>,
}

impl<'a> Writer<'a> {
    /// An empty file of a kind.
    pub fn new(format: &'static Format) -> Self {
        let entry = |key: &str, value: &str| (key.to_string(), value.to_string());
        let metadata = BTreeMap::from([entry("format", format.name), entry("format_version", FORMAT_VERSION)]);
        Self { format, metadata, tensors: BTreeMap::new() }
    }

    /// Adds metadata.
    pub fn text(&mut self, key: &str, value: String) {
        debug_assert!(self.format.keys.contains(&key), "{key}");
        self.metadata.insert(key.to_string(), value);
    }

    /// Adds metadata of the user's, whose key begins with `prefix`.
    pub fn prefixed(&mut self, prefix: &str, key: &str, value: &str) {
        self.metadata.insert(format!("{prefix}{key}"), value.to_string());
    }

    /// Adds metadata as JSON.
    pub fn json(&mut self, key: &str, value: &impl Serialize) -> Result<()> {
        self.text(key, json_text(value).map_err(|e| e.in_context(key))?);
        Ok(())
    }

    /// Adds tensors, whose values must be such as a reader accepts.
    pub fn tensors(&mut self, specs: Vec<TensorSpec>, values: Vec<&'a [f32]>) -> Result<()> {
        debug_assert_eq!(specs.len(), values.len());
        for (spec, values) in specs.into_iter().zip(values) {
            if let Some(fault) = spec.fault(values) {
                bail!(InvalidArgument, "{fault}");
            }
            self.tensors.insert(spec.name, (spec.shape, values));
        }
        Ok(())
    }

    /// Makes the header.
    pub fn pack(self) -> Result<Packed<'a>> {
        let mut header = Header { metadata: self.metadata, tensors: BTreeMap::new() };
        let mut checksum = Checksum::new(&header.metadata);
        let mut offset = 0;
        let mut tensors = Vec::new();
        tensors.try_reserve_exact(self.tensors.len())?;
        for (name, (shape, values)) in self.tensors {
            checksum.tensor(&name, &shape);
            let Ok(()) = pieces(values, |bytes| {
                checksum.bytes(bytes);
                Ok::<(), Infallible>(())
            });
            let data_offsets = (offset, offset + size_of_val(values));
            offset = data_offsets.1;
            header.tensors.insert(name, TensorInfo { dtype: Dtype::F32, shape, data_offsets });
            tensors.push(values);
        }
        header.metadata.insert("checksum".to_string(), checksum.finish());
        Ok(Packed { head: head(&header)?, tensors })
    }
}

impl Packed<'_> {
    /// Length of the file.
    pub fn len(&self) -> usize {
        self.head.len() + self.tensors.iter().map(|values| size_of_val(*values)).sum::<usize>()
    }

    /// Writes the file.
    pub fn write_to(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(&self.head)?;
        self.tensors.iter().try_for_each(|values| pieces(values, |bytes| out.write_all(bytes)))
    }
}

/// The header with its length in front, padded so that the tensors begin at a multiple of 8 bytes.
pub fn head(header: &Header) -> Result<Vec<u8>> {
    header.check_counts()?;
    let mut head = Bytes::default();
    try_extend(&mut head.0, &[0; 8])?;
    serde_json::to_writer(&mut head, header).map_err(|e| of_json(&e).in_context("the header"))?;
    let Bytes(mut head) = head;
    let padded = (head.len() - 8).next_multiple_of(8);
    if padded > MAX_HEADER {
        bail!(Unsupported, "the header of the file would have {padded} bytes, more than {MAX_HEADER}");
    }
    head[..8].copy_from_slice(&(padded as u64).to_le_bytes());
    try_resize(&mut head, 8 + padded, b' ')?;
    Ok(head)
}

/// A value as JSON.
fn json_text(value: &impl Serialize) -> Result<String> {
    let mut text = Bytes::default();
    serde_json::to_writer(&mut text, value).map_err(|e| of_json(&e))?;
    String::from_utf8(text.0).map_err(|e| error!(InvalidArgument, "{e}"))
}

fn of_json(e: &serde_json::Error) -> Error {
    match e.io_error_kind() {
        Some(io::ErrorKind::OutOfMemory) => Error::out_of_memory(),
        _ => error!(InvalidArgument, "{e}"),
    }
}

/// Hands out the values as little-endian bytes, a few thousand at a time.
fn pieces<E>(values: &[f32], mut take: impl FnMut(&[u8]) -> std::result::Result<(), E>) -> std::result::Result<(), E> {
    let mut bytes = [0; 4 * WRITE_PIECE];
    for piece in values.chunks(WRITE_PIECE) {
        let bytes = &mut bytes[..size_of_val(piece)];
        for (bytes, value) in bytes.chunks_exact_mut(4).zip(piece) {
            bytes.copy_from_slice(&value.to_le_bytes());
        }
        take(bytes)?;
    }
    Ok(())
}
