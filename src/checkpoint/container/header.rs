//! The header of a safetensors file, in a form that has one order when written and refuses doubled keys when read.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::quote::quoted;
use super::scan::Scanner;
use super::table::{Dtype, TensorInfo};
use crate::error::{Error, ErrorKind, Result, bail, error};
use crate::memory::reserve;

const METADATA: &str = "__metadata__";
/// Most tensors of a file: more than the largest configuration has, and few enough for a table of them.
const MAX_TENSORS: usize = 1 << 17;
/// Most pairs of metadata.
const MAX_METADATA: usize = 1 << 16;
/// Most dimensions of a tensor.
const MAX_RANK: usize = 8;

/// Metadata and tensors, by name.
#[derive(Debug, Default)]
pub struct Header {
    pub metadata: BTreeMap<String, String>,
    pub tensors: BTreeMap<String, TensorInfo>,
}

impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.tensors.len() + 1))?;
        map.serialize_entry(METADATA, &self.metadata)?;
        self.tensors.iter().try_for_each(|(name, info)| map.serialize_entry(name, info))?;
        map.end()
    }
}

impl Header {
    /// Reads a header. Numbers of tensors and of metadata are bounded before they are kept.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let (mut header, mut has_metadata) = (Self::default(), false);
        let mut scanner = Scanner::new(text);
        scanner.object(|scanner, key| {
            if key == METADATA {
                if std::mem::replace(&mut has_metadata, true) {
                    bail!(InvalidFile, "{METADATA} is there twice");
                }
                let all = &mut header.metadata;
                return scanner
                    .object(|scanner, key| insert(all, key, MAX_METADATA, "pairs of metadata", || scanner.string()));
            }
            insert(&mut header.tensors, key, MAX_TENSORS, "tensors", || tensor(scanner))
        })?;
        scanner.end()?;
        Ok(header)
    }

    /// Refuses to write more than [`parse`](Self::parse) would read.
    pub fn check_counts(&self) -> Result<()> {
        for (count, most, name) in
            [(self.tensors.len(), MAX_TENSORS, "tensors"), (self.metadata.len(), MAX_METADATA, "pairs of metadata")]
        {
            if count > most {
                bail!(Unsupported, "the file would have {count} {name}, more than {most}");
            }
        }
        Ok(())
    }
}

/// Reads the value of `key`, which must be new.
fn insert<V>(
    all: &mut BTreeMap<String, V>,
    key: String,
    most: usize,
    name: &str,
    value: impl FnOnce() -> Result<V>,
) -> Result<()> {
    if all.len() == most {
        bail!(InvalidFile, "it has more than {most} {name}");
    }
    match all.entry(key) {
        Entry::Occupied(place) => bail!(InvalidFile, "{} is there twice", quoted(place.key())),
        Entry::Vacant(place) => {
            let value = value().map_err(|e| within(e, place.key()))?;
            place.insert(value);
            Ok(())
        }
    }
}

fn within(e: Error, name: &str) -> Error {
    if e.kind() == ErrorKind::OutOfMemory { e } else { e.in_context(quoted(name)) }
}

/// Reads what the header says of a tensor.
fn tensor(scanner: &mut Scanner<'_>) -> Result<TensorInfo> {
    let (mut dtype, mut shape, mut data_offsets) = (None, None, None);
    scanner.object(|scanner, key| {
        let is_new = match key.as_str() {
            "dtype" => dtype.replace(Dtype::named(&scanner.string()?)?).is_none(),
            "shape" => shape.replace(numbers(scanner, MAX_RANK)?).is_none(),
            "data_offsets" => data_offsets.replace(numbers(scanner, 2)?).is_none(),
            _ => bail!(InvalidFile, "{} is nothing that a tensor has", quoted(&key)),
        };
        if is_new { Ok(()) } else { Err(error!(InvalidFile, "{} is there twice", quoted(&key))) }
    })?;
    let missing = |name: &str| error!(InvalidFile, "{name} is missing");
    let offsets = data_offsets.ok_or_else(|| missing("data_offsets"))?;
    let &[first, end] = &offsets[..] else {
        bail!(InvalidFile, "data_offsets has {} numbers and not 2", offsets.len());
    };
    let (dtype, shape) = (dtype.ok_or_else(|| missing("dtype"))?, shape.ok_or_else(|| missing("shape"))?);
    Ok(TensorInfo { dtype, shape, data_offsets: (first, end) })
}

/// Reads a list of up to `most` numbers.
fn numbers(scanner: &mut Scanner<'_>, most: usize) -> Result<Vec<usize>> {
    let mut numbers = Vec::new();
    scanner.list(|scanner| {
        if numbers.len() == most {
            bail!(InvalidFile, "it has more than {most} sizes");
        }
        reserve(&mut numbers, 1)?;
        numbers.push(scanner.number()?);
        Ok(())
    })?;
    Ok(numbers)
}
