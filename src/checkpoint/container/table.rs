//! The tensors of a file: their types, sizes and places.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::quote::{quoted, shorten};
use crate::error::{Result, bail};
use crate::memory::reserve_exact;

/// Types of numbers of the format, with the bits that one has.
pub(super) const DTYPES: [(&str, usize); 22] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// A type of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dtype(&'static str);

impl Dtype {
    pub const F32: Self = Self("F32");
    pub const U32: Self = Self("U32");
    pub const U64: Self = Self("U64");
    pub const I32: Self = Self("I32");
    pub const I64: Self = Self("I64");
    pub const U8: Self = Self("U8");

    /// The type of this name.
    pub fn named(name: &str) -> Result<Self> {
        match DTYPES.iter().find(|(known, _)| *known == name) {
            Some((known, _)) => Ok(Self(known)),
            None => bail!(InvalidFile, "dtype is {}, which is no type of the format", quoted(name)),
        }
    }

    /// The name in the header.
    pub fn name(self) -> &'static str {
        self.0
    }

    fn bits(self) -> usize {
        DTYPES.iter().find(|(known, _)| *known == self.0).map_or(0, |(_, bits)| *bits)
    }
}

impl Serialize for Dtype {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// What the header says of a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TensorInfo {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// First byte and the one after the last, counted from the end of the header.
    pub data_offsets: (usize, usize),
}

/// The tensors in the order in which they lie in the file, without gap or overlap.
#[derive(Debug)]
pub struct Table(Vec<(String, TensorInfo)>);

impl Table {
    /// Checks that the tensors of a header follow each other, and that each is as long as its type and sizes say.
    pub fn new(tensors: BTreeMap<String, TensorInfo>) -> Result<Self> {
        let mut table = Vec::new();
        reserve_exact(&mut table, tensors.len())?;
        table.extend(tensors);
        table.sort_unstable_by(|(a, left), (b, right)| (left.data_offsets, a).cmp(&(right.data_offsets, b)));
        let mut begin = 0;
        for (name, TensorInfo { dtype, shape, data_offsets: (first, end) }) in &table {
            if *first != begin || end < first {
                bail!(
                    InvalidFile,
                    "tensor {} lies at [{first}, {end}], but the one before ends at {begin}",
                    quoted(name)
                );
            }
            // Numbers that are too large for a size are not equal to one another.
            let bits = shape.iter().try_fold(dtype.bits(), |bits, &size| bits.checked_mul(size));
            if bits.is_none() || bits != (end - first).checked_mul(8) {
                let (name, dtype) = (quoted(name), dtype.name());
                let shape = shorten(&format!("{shape:?}"));
                bail!(InvalidFile, "tensor {name} has {} bytes, which are not those of {shape} {dtype}", end - first);
            }
            begin = *end;
        }
        Ok(Self(table))
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes of all tensors.
    pub fn bytes(&self) -> usize {
        self.0.last().map_or(0, |(_, info)| info.data_offsets.1)
    }

    /// The tensors with their names, in the order in which they lie in the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TensorInfo)> {
        self.0.iter().map(|(name, info)| (name.as_str(), info))
    }
}
