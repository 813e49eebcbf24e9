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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::container::table::{DTYPES, Table};

    const TEXT: &str = concat!(
        r#"{"__metadata__":{"k\u00e9y":"va\"lue\n"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#,
        r#""b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"#,
        r#""c":{"dtype":"BF16","shape":[],"data_offsets":[11,13]}}"#
    );

    fn read(text: &[u8]) -> Result<(Table, BTreeMap<String, String>)> {
        let Header { metadata, tensors } = Header::parse(text)?;
        Ok((Table::new(tensors)?, metadata))
    }

    /// Whatever is read here, the library of the format reads alike.
    #[track_caller]
    fn assert_alike(text: &[u8]) -> bool {
        let Ok((table, found)) = read(text) else { return false };
        // A digit more makes a file of any length.
        if table.bytes() > 1 << 20 {
            return false;
        }
        let file = [&(text.len() as u64).to_le_bytes(), text, &vec![0; table.bytes()]].concat();
        let (_, other) = safetensors::SafeTensors::read_metadata(&file).unwrap();
        let metadata = other.metadata().clone().unwrap_or_default();
        assert_eq!(found, metadata.into_iter().collect());
        assert_eq!(table.len(), other.offset_keys().len());
        for ((name, info), key) in table.iter().zip(other.offset_keys()) {
            let found = other.info(&key).unwrap();
            assert_eq!((&info.shape, info.data_offsets), (&found.shape, found.data_offsets));
            assert_eq!((name, info.dtype.name()), (key.as_str(), found.dtype.to_string().as_str()));
        }
        true
    }

    #[test]
    fn the_library_of_the_format_is_the_oracle() {
        assert!(assert_alike(TEXT.as_bytes()));
        let bytes = br#"{}[]",:\ 019eaF"#;
        let (mut changed, mut read) = (0, 0);
        for at in 0..TEXT.len() {
            for &byte in bytes {
                let mut text = TEXT.as_bytes().to_vec();
                text[at] = byte;
                read += usize::from(assert_alike(&text));
                text.insert(at, byte);
                read += usize::from(assert_alike(&text));
                text.drain(at..at + 2);
                read += usize::from(assert_alike(&text));
                changed += 3;
            }
        }
        assert!(read > 100 && read < changed, "{read} of {changed}");
        for (name, bits) in DTYPES {
            let bytes = bits;
            let text = format!(r#"{{"a":{{"dtype":"{name}","shape":[8],"data_offsets":[0,{bytes}]}}}}"#);
            assert!(assert_alike(text.as_bytes()), "{name}");
        }
    }

    #[test]
    fn sizes_beyond_all_numbers_are_refused() {
        let text = r#"{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4611686018427387904]}}"#;
        let message = read(text.as_bytes()).unwrap_err().message().to_owned();
        assert!(message.starts_with("tensor \"a\" has 4611686018427387904 bytes, which are not those of"), "{message}");
    }

    #[test]
    fn numbers_of_things_are_bounded() {
        let many = |count: usize, item: &str| (0..count).map(|i| item.replace('#', &i.to_string())).collect::<Vec<_>>();
        let tensors = many((1 << 17) + 1, r##""#":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"##).join(",");
        let metadata = many((1 << 16) + 1, r##""#":"""##).join(",");
        let cases = [
            (format!("{{{tensors}}}"), "it has more than 131072 tensors"),
            (format!("{{\"__metadata__\":{{{metadata}}}}}"), "it has more than 65536 pairs of metadata"),
            (r#"{"a":{"shape":[1,1,1,1,1,1,1,1,1]}}"#.to_owned(), "\"a\": it has more than 8 sizes"),
        ];
        for (text, message) in cases {
            assert_eq!(read(text.as_bytes()).unwrap_err().message(), message);
        }
    }
}
