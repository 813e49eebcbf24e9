//! A look at the header of a model file, and at nothing else.

use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::{Value, json};

use super::container::Reader;
use super::description::{Description, in_file, open_file};
use super::model_file::FORMAT;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::Metadata;

/// What the header of a model file says.
#[derive(Debug)]
pub struct Peek {
    /// What the model expects of a graph, see [`expected`](crate::model::expected).
    pub schema: Value,
    /// The configuration.
    pub config: Config,
    /// What is written down with the model.
    pub metadata: Metadata,
    /// Number of tensors.
    pub tensors: usize,
    /// Bytes that the tensors are said to have.
    pub tensor_bytes: u64,
    /// Whether as many bytes follow the header.
    pub complete: bool,
}

impl Peek {
    /// The same as a JSON object of these keys; `metadata` is an object of strings.
    pub fn to_json(&self) -> Value {
        let metadata: serde_json::Map<_, _> =
            self.metadata.iter().map(|(key, value)| (key.to_string(), json!(value))).collect();
        json!({
            "schema": self.schema,
            "config": serde_json::from_str::<Value>(&self.config.to_json()).unwrap_or_default(),
            "metadata": metadata,
            "tensors": self.tensors,
            "tensor_bytes": self.tensor_bytes,
            "complete": self.complete,
        })
    }
}

/// Reads the header of a model file. No weight is read, and the checksum, which goes over them, is not checked: what
/// the header says may be damaged, or be made up. A file that was cut off after its header is fine.
pub fn peek(path: &Path) -> Result<Peek> {
    let file = open_file(path)?;
    let len = file.metadata().map_err(|e| Error::io(path, &e))?.len();
    read(BufReader::new(file), len).map_err(|e| in_file(e, path))
}

fn read(source: impl Read, len: u64) -> Result<Peek> {
    let (reader, found) = Reader::peek(source, len, &FORMAT)?;
    let (tensors, tensor_bytes) = reader.tensors();
    let description = Description::read(&reader)?;
    let schema = description.expected();
    let (config, metadata) = (Config::clone(&description.config), description.metadata);
    Ok(Peek { schema, config, metadata, tensors, tensor_bytes, complete: found == tensor_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::model_file::to_bytes;
    use crate::checkpoint::testing::{altered, header_text, model, rewritten};
    use crate::error::ErrorKind;

    fn look(bytes: &[u8]) -> Result<Peek> {
        read(bytes, bytes.len() as u64)
    }

    #[test]
    fn the_header_alone_is_read() {
        let mut model = model();
        model.metadata_mut().set("author", Some("somebody")).unwrap();
        let bytes = to_bytes(&model).unwrap();
        let end = 8 + header_text(&bytes).len();
        for cut in [end, end + 1, bytes.len()] {
            let mut source = &bytes[..cut];
            let peek = read(&mut source, cut as u64).unwrap();
            assert_eq!(source.len(), cut - end, "something behind the header was read");
            assert_eq!((&peek.schema, &peek.config), (&model.expected(), &**model.config()));
            assert_eq!((&peek.metadata, peek.tensors), (model.metadata(), model.tensors().len()));
            assert_eq!((peek.tensor_bytes, peek.complete), ((bytes.len() - end) as u64, cut == bytes.len()));
            assert_eq!(peek.to_json()["metadata"]["author"], json!("somebody"));
        }
    }

    #[test]
    fn huge_sizes_ask_for_no_memory_and_damage_is_named() {
        let bytes = to_bytes(&model()).unwrap();
        let wide = altered(&bytes, |header, _| {
            let (_, last) = header.tensors.iter_mut().max_by_key(|(_, info)| info.data_offsets).unwrap();
            last.shape = vec![1 << 40];
            last.data_offsets.1 = last.data_offsets.0 + (1 << 42);
        });
        let peek = look(&wide).unwrap();
        assert!(peek.tensor_bytes > 1 << 42 && !peek.complete);
        let huge = rewritten(&bytes, |text| text.replace("\\\"embed_hidden\\\": 2", "\\\"embed_hidden\\\": 65536"));
        assert_eq!(look(&huge).unwrap().config.embed_hidden, 65_536);
        let end = 8 + header_text(&bytes).len();
        let mut long = bytes.clone();
        long[..8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
        let other = altered(&bytes, |header, _| drop(header.metadata.insert("format".to_string(), "pt".to_string())));
        let later = altered(&bytes, |header, _| {
            header.metadata.insert("format_version".to_string(), "2".to_string());
        });
        let cases = [
            (&bytes[..end - 1], ErrorKind::InvalidFile, "the header is said to have"),
            (&long, ErrorKind::InvalidFile, "the header is said to have 1152921504606846976 bytes, but the whole file"),
            (&other, ErrorKind::InvalidFile, "the format of the file is \"pt\""),
            (&later, ErrorKind::UnsupportedVersion, "the format version is \"2\""),
        ];
        for (bytes, kind, message) in cases {
            let error = look(bytes).unwrap_err();
            assert!(error.kind() == kind && error.message().starts_with(message), "{error}");
        }
    }
}
