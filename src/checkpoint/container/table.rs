//! The tensors of a file: their types, sizes and places.

use serde::{Serialize, Serializer};

use super::header::Header;
use super::quote::quoted;
use crate::error::{Result, bail};
use crate::memory::reserve_exact;

/// Types of numbers of the format, with the bits that one has.
const DTYPES: [(&str, usize); 22] = [
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
    pub fn new(header: Header) -> Result<(Self, Header)> {
        let Header { metadata, tensors } = header;
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
            let bits = shape.iter().try_fold(dtype.bits(), |bits, &size| bits.checked_mul(size));
            if bits != (end - first).checked_mul(8) {
                let (name, dtype) = (quoted(name), dtype.name());
                let shape = super::quote::shorten(&format!("{shape:?}"));
                bail!(InvalidFile, "tensor {name} has {} bytes, which are not those of {shape} {dtype}", end - first);
            }
            begin = *end;
        }
        Ok((Self(table), Header { metadata, ..Header::default() }))
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        r#"{"__metadata__":{"k\u00e9y":"va\"lue\n"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#,
        r#""b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"c":{"dtype":"BF16","shape":[],"data_offsets":[11,13]}}"#
    );

    fn read(text: &[u8]) -> Result<(Table, Header)> {
        Header::parse(text).and_then(Table::new)
    }

    /// Whatever is read here, the library of the format reads alike.
    #[track_caller]
    fn assert_alike(text: &[u8]) -> bool {
        let Ok((table, header)) = read(text) else { return false };
        let file = [&(text.len() as u64).to_le_bytes(), text, &[0; 16]].concat();
        let (_, other) = safetensors::SafeTensors::read_metadata(&file).unwrap();
        let metadata = other.metadata().clone().unwrap_or_default();
        assert_eq!(header.metadata, metadata.into_iter().collect());
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
