//! The container of all kinds of file: safetensors with metadata of ours.

mod columns;
mod header;
mod reader;
mod writer;

use std::collections::BTreeMap;

use crate::error::shortened;

pub(super) use columns::{ColumnSpec, check_machine, place};
pub(super) use header::Header;
pub(super) use reader::Reader;
pub(super) use writer::{Packed, Writer};

/// Longest header, as in the safetensors libraries: what is longer could not be opened by them.
const MAX_HEADER: usize = 100_000_000;
/// The only version there is.
const FORMAT_VERSION: &str = "1";
/// Values that are converted at a time.
const PIECE: usize = 1 << 14;

/// A kind of file.
#[derive(Debug)]
pub(super) struct Format {
    /// What the metadata `format` says.
    pub name: &'static str,
    /// The keys of metadata that it may have besides those that every file has.
    pub keys: &'static [&'static str],
    /// Whether a file without a checksum is refused.
    pub checksum_required: bool,
}

/// A tensor that a file must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorSpec {
    /// Name in the file.
    pub name: String,
    /// Sizes.
    pub shape: Vec<usize>,
    /// Whether its values are variances, which are not negative.
    pub variance: bool,
}

impl TensorSpec {
    /// Number of values.
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// What is wrong with the values, if anything.
    fn fault(&self, values: &[f32]) -> Option<String> {
        let name = &self.name;
        if values.len() != self.len() {
            return Some(format!("tensor {name:?} has {} values, but its shape is {:?}", values.len(), self.shape));
        }
        // A loop without a way out takes many values at a time, and a search only one.
        let any = values.iter().fold(false, |any, v| any | !v.is_finite());
        if any && let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Some(format!("tensor {name:?}: value {at} is {}", values[at]));
        }
        let at = values.iter().position(|v| self.variance && *v < 0.0)?;
        Some(format!("tensor {name:?}: value {at} is {}, but a variance is not negative", values[at]))
    }
}

/// The checksum of a file; `checkpoint` says what it goes over.
struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// That of the metadata.
    fn new(metadata: &BTreeMap<String, String>) -> Self {
        let mut checksum = Self(crc32fast::Hasher::new());
        for (key, value) in metadata.iter().filter(|(key, _)| *key != "checksum") {
            checksum.string(key);
            checksum.string(value);
        }
        checksum
    }

    /// What comes before the bytes of a tensor.
    fn tensor(&mut self, name: &str, shape: &[usize]) {
        self.string(name);
        self.number(shape.len());
        shape.iter().for_each(|&size| self.number(size));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// As [`bytes`](Self::bytes) of what has this checksum.
    fn checked(&mut self, checksum: &crc32fast::Hasher) {
        self.0.combine(checksum);
    }

    fn string(&mut self, text: &str) {
        self.number(text.len());
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: usize) {
        self.bytes(&(number as u64).to_le_bytes());
    }

    fn finish(self) -> String {
        format!("{:08x}", self.0.finalize())
    }
}

/// A text out of a file for a message, cut short where it is long.
pub(super) fn shorten(text: &str) -> String {
    shortened(text, 300)
}

/// A name out of a file for a message: quoted, and cut short where it is long.
pub(super) fn quoted(name: &str) -> String {
    format!("{:?}", shortened(name, 80))
}
