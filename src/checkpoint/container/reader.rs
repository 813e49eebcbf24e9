//! Reading the container as if an enemy had written it.
//!
//! The header comes first and is checked by itself: its length against the file's, its tensors against the bytes that
//! follow, and then, by the caller, against the tensors of the model it describes. Only after that is there any memory
//! for values, and they are read straight into it.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde::de::DeserializeOwned;

use super::checksum::Checksum;
use super::format::{FORMAT_VERSION, Format, MAX_HEADER, MAX_QUOTES, READ_PIECE, TensorSpec};
use super::header::Header;
use super::quote::{quoted, shorten};
use super::table::{Dtype, Table, TensorInfo};
use crate::error::{Error, ErrorKind, Result, bail, error};
use crate::foreign::{BEGINNING, recognise};
use crate::memory::{probe, reserve_exact, try_resize};

/// A file whose header has been read.
pub struct Reader<R> {
    pub(super) source: R,
    pub(super) metadata: BTreeMap<String, String>,
    /// The tensors, in the order in which they lie in the file without gap or overlap.
    pub(super) table: Table,
}

impl<R: Read> Reader<R> {
    /// Reads the header of a file of `len` bytes, and checks that it is of this format.
    pub fn open(source: R, len: u64, format: &Format) -> Result<Self> {
        let reader = Self::read_header(source, len)?;
        reader.check_metadata(format)?;
        Ok(reader)
    }

    /// Reads the header of a file of `len` bytes, of whatever format it is.
    pub fn read_header(source: R, len: u64) -> Result<Self> {
        let (reader, found) = Self::read_table(source, len)?;
        let expected = reader.table.bytes();
        if expected as u64 != found {
            bail!(InvalidFile, "the tensors have {expected} bytes, but {found} follow the header");
        }
        Ok(reader)
    }

    /// Reads the header of a file of `len` bytes of this format, of which the tensors may be missing. Returns how many
    /// bytes follow it.
    pub fn peek(source: R, len: u64, format: &Format) -> Result<(Self, u64)> {
        let (reader, found) = Self::read_table(source, len)?;
        reader.check_metadata(format)?;
        Ok((reader, found))
    }

    /// Number of tensors, and of their bytes.
    pub fn tensors(&self) -> (usize, u64) {
        (self.table.len(), self.table.bytes() as u64)
    }

    fn read_table(mut source: R, len: u64) -> Result<(Self, u64)> {
        let Some(after_length) = len.checked_sub(8) else {
            refuse_foreign(&[], source)?;
            bail!(InvalidFile, "the file has {len} bytes, which is too short for a header");
        };
        let mut length = [0; 8];
        fill(&mut source, &mut length)?;
        let length = u64::from_le_bytes(length);
        if length > after_length || length > MAX_HEADER as u64 {
            refuse_foreign(&length.to_le_bytes(), &mut source)?;
        }
        if length > after_length {
            bail!(InvalidFile, "the header is said to have {length} bytes, but the whole file has {len}");
        }
        if length > MAX_HEADER as u64 {
            bail!(InvalidFile, "the header is said to have {length} bytes, more than {MAX_HEADER}");
        }
        let mut bytes = Vec::new();
        try_resize(&mut bytes, length as usize, 0)?;
        fill(&mut source, &mut bytes)?;
        let (table, header) = Header::parse(&bytes).and_then(Table::new).map_err(malformed)?;
        Ok((Self { source, metadata: header.metadata, table }, after_length - length))
    }

    fn check_metadata(&self, format: &Format) -> Result<()> {
        let name = format.name;
        match self.metadata.get("format") {
            Some(found) if found == name => {}
            Some(found) => bail!(InvalidFile, "the format of the file is {}, but must be {name:?}", quoted(found)),
            None => bail!(InvalidFile, "the file has no metadata \"format\", which must be {name:?}"),
        }
        let version = self.text("format_version")?;
        if version != FORMAT_VERSION {
            let shown = quoted(version);
            bail!(UnsupportedVersion, "the format version is {shown}, but this library reads {FORMAT_VERSION:?}");
        }
        if format.checksum_required {
            self.text("checksum")?;
        }
        Ok(())
    }

    /// Whether there is metadata of this name.
    pub fn has(&self, key: &str) -> bool {
        self.metadata.contains_key(key)
    }

    /// Metadata that must be there.
    pub fn text(&self, key: &str) -> Result<&str> {
        let text = self.metadata.get(key).ok_or_else(|| error!(InvalidFile, "the file has no metadata {key:?}"))?;
        Ok(text)
    }

    /// Metadata whose keys begin with `prefix`, without it.
    pub fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.metadata.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// Metadata that must be there, as JSON.
    pub fn json<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let text = self.text(key)?;
        let quotes = text.bytes().filter(|&byte| byte == b'"').count();
        if quotes > MAX_QUOTES {
            bail!(InvalidFile, "metadata {key:?} has {quotes} quotation marks, more than {MAX_QUOTES}");
        }
        // Short strings take most beside their letters, and each by itself would hardly be refused.
        probe(14 * text.len())?;
        serde_json::from_str(text).map_err(|e| error!(InvalidFile, "metadata {key:?}: {}", shorten(&e.to_string())))
    }

    /// Checks that the file holds these tensors and no other.
    pub fn check_tensors(&self, specs: &[TensorSpec]) -> Result<()> {
        let mut found: Vec<(&str, &TensorInfo)> = Vec::new();
        reserve_exact(&mut found, self.table.len())?;
        found.extend(self.table.iter());
        found.sort_unstable_by_key(|(name, _)| *name);
        for TensorSpec { name, shape, .. } in specs {
            let Ok(at) = found.binary_search_by_key(&name.as_str(), |(name, _)| *name) else {
                bail!(InvalidFile, "the file has no tensor {name:?}");
            };
            let info = found[at].1;
            if info.dtype != Dtype::F32 {
                bail!(InvalidFile, "tensor {name:?} is of type {}, but must be F32", info.dtype.name());
            }
            if info.shape != *shape {
                let found = shorten(&format!("{:?}", info.shape));
                bail!(InvalidFile, "tensor {name:?} has shape {found}, but the configuration makes it {shape:?}");
            }
        }
        // The search ends at the first stranger, so a file of very many tensors does not make it long.
        let known = |name: &str| specs.iter().any(|spec| spec.name == name);
        match self.table.iter().find(|(name, _)| !known(name)) {
            Some((name, _)) => {
                Err(error!(InvalidFile, "the file has the tensor {}, which the model does not have", quoted(name)))
            }
            None => Ok(()),
        }
    }

    /// Reads the values of the tensors, which have passed [`check_tensors`](Self::check_tensors).
    pub fn read(mut self, specs: &[TensorSpec], targets: Vec<&mut [f32]>) -> Result<()> {
        debug_assert_eq!(specs.len(), targets.len());
        let mut checksum = Checksum::new(&self.metadata);
        let mut places: Vec<(&TensorSpec, &mut [f32])> = specs.iter().zip(targets).collect();
        for (name, _) in self.table.iter() {
            let Some((spec, target)) = places.iter_mut().find(|(spec, _)| spec.name == name) else { continue };
            checksum.tensor(name, &spec.shape);
            read_values(&mut self.source, target, &mut checksum).map_err(|e| e.in_context(format_args!("{name:?}")))?;
        }
        // Before the values: where they are damaged, that is the news.
        self.check_checksum(checksum)?;
        match places.into_iter().find_map(|(spec, values)| spec.fault(values)) {
            Some(fault) => Err(error!(InvalidFile, "{fault}")),
            None => Ok(()),
        }
    }

    /// Checks what the file says of its checksum, if it says anything.
    pub(super) fn check_checksum(&self, checksum: Checksum) -> Result<()> {
        let found = checksum.finish();
        match self.metadata.get("checksum").filter(|stated| **stated != found) {
            Some(stated) => {
                Err(error!(InvalidFile, "the file is damaged: its checksum is {found}, but it says {}", quoted(stated)))
            }
            None => Ok(()),
        }
    }
}

/// Reads numbers straight into their place.
fn read_values(source: &mut impl Read, target: &mut [f32], checksum: &mut Checksum) -> Result<()> {
    // Piece by piece, so that the checksum finds the bytes in cache.
    for piece in target.chunks_mut(READ_PIECE) {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(piece);
        fill(source, bytes)?;
        checksum.bytes(bytes);
        piece.iter_mut().for_each(|value| *value = f32::from_bits(u32::from_le(value.to_bits())));
    }
    Ok(())
}

/// Refuses a file that is of a known kind of others. `begun` has been read of it.
fn refuse_foreign(begun: &[u8], source: impl Read) -> Result<()> {
    let mut beginning = begun.to_vec();
    let read = source.take((BEGINNING - begun.len()) as u64).read_to_end(&mut beginning);
    match recognise(&beginning).filter(|_| read.is_ok()) {
        Some(foreign) => Err(error!(InvalidFile, "no file of this library, for {foreign}")),
        None => Ok(()),
    }
}

/// A fault of the header's own.
fn malformed(e: Error) -> Error {
    match e.kind() {
        ErrorKind::InvalidFile => error!(InvalidFile, "the header is malformed: {}", shorten(e.message())),
        _ => e,
    }
}

fn fill(source: &mut impl Read, bytes: &mut [u8]) -> Result<()> {
    source.read_exact(bytes).map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => Error::new(ErrorKind::InvalidFile, "the file ended while it was read"),
        _ => error!(Io, "{e}"),
    })
}
