//! Columns of any type in the container, which are used where they lie: nothing of them is copied.
//!
//! Only for machines whose numbers in memory are those of a file, see [`check_machine`].

use std::cmp::Reverse;
use std::io::{self, Write};
use std::ops::Range;

use super::checksum::Checksum;
use super::header::Header;
use super::quote::quoted;
use super::reader::Reader;
use super::table::{Dtype, TensorInfo};
use super::writer::{Writer, head};
use crate::control;
use crate::error::{Result, bail};
use crate::graph::{ElementKind, PackedColumn};

/// Columns ready to be written.
pub struct PackedColumns<'a> {
    /// Length of the header, and the header.
    head: Vec<u8>,
    /// In the order in which they lie in the file.
    columns: Vec<PackedColumn<'a>>,
}

/// What the header says of a column.
#[derive(Debug)]
pub struct ColumnSpec {
    pub name: &'static str,
    pub kind: ElementKind,
    /// Length in bytes.
    pub len: usize,
    /// The checksum of the bytes alone.
    pub checksum: crc32fast::Hasher,
}

/// A column found in a file.
pub struct FoundColumn {
    pub name: String,
    pub kind: ElementKind,
    /// Where the bytes are, counted from the beginning of the file.
    pub range: Range<usize>,
}

/// Refuses machines whose numbers have other bytes than a file has.
pub fn check_machine() -> Result<()> {
    if cfg!(all(target_endian = "little", target_pointer_width = "64")) {
        return Ok(());
    }
    bail!(Unsupported, "data set files need a machine of 64 bits whose numbers begin with their lowest byte")
}

impl<'a> Writer<'a> {
    /// Makes the header of a file of columns.
    pub fn pack_columns(self, mut columns: Vec<PackedColumn<'a>>) -> Result<PackedColumns<'a>> {
        columns.sort_by_key(|column| place(column.kind));
        let spec = |column: &PackedColumn<'_>| {
            let mut checksum = crc32fast::Hasher::new();
            checksum.update(column.bytes);
            ColumnSpec { name: column.name, kind: column.kind, len: column.bytes.len(), checksum }
        };
        let specs: Vec<ColumnSpec> = columns.iter().map(spec).collect();
        let head = self.columns_head(specs.iter())?;
        Ok(PackedColumns { head, columns })
    }

    /// The header, with its length in front, of a file of these columns, which are in the order of their
    /// [`place`]s.
    pub fn columns_head<'b>(self, columns: impl Iterator<Item = &'b ColumnSpec>) -> Result<Vec<u8>> {
        let mut checksum = Checksum::new(&self.metadata);
        let mut header = Header { metadata: self.metadata, ..Header::default() };
        let mut offset = 0;
        for column in columns {
            let shape = vec![column.len / column.kind.width()];
            checksum.tensor(column.name, &shape);
            checksum.checked(&column.checksum);
            let data_offsets = (offset, offset + column.len);
            offset = data_offsets.1;
            let info = TensorInfo { dtype: dtype(column.kind), shape, data_offsets };
            header.tensors.insert(column.name.to_string(), info);
        }
        header.metadata.insert("checksum".to_string(), checksum.finish());
        head(&header)
    }
}

impl PackedColumns<'_> {
    /// Writes the file.
    pub fn write_to(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(&self.head)?;
        self.columns.iter().try_for_each(|column| out.write_all(column.bytes))
    }
}

impl Reader<&[u8]> {
    /// Finds the columns of a file of `len` bytes, of which the header has been read, and checks the checksum.
    pub fn columns(self, len: usize) -> Result<Vec<FoundColumn>> {
        let begin = len - self.source.len();
        let mut checksum = Checksum::new(&self.metadata);
        let mut found = Vec::new();
        for (name, info) in self.table.iter() {
            let Some(kind) = kind(info.dtype) else {
                bail!(InvalidFile, "column {} is of type {}, which no column is", quoted(name), info.dtype.name());
            };
            let (first, end) = info.data_offsets;
            let Some(bytes) = self.source.get(first..end) else {
                bail!(InvalidFile, "column {} is outside the file", quoted(name));
            };
            checksum.tensor(name, &info.shape);
            for piece in bytes.chunks(1 << 20) {
                control::proceed(piece.len())?;
                checksum.bytes(piece);
            }
            found.push(FoundColumn { name: name.to_string(), kind, range: begin + first..begin + end });
        }
        self.check_checksum(checksum)?;
        Ok(found)
    }
}

/// Columns lie in a file in ascending order of this, those of one place in the order of [`COLUMN_NAMES`]: wide numbers
/// come first, so that all lie at multiples of their width.
///
/// [`COLUMN_NAMES`]: crate::graph::COLUMN_NAMES
pub fn place(kind: ElementKind) -> Reverse<usize> {
    Reverse(kind.width())
}

fn dtype(kind: ElementKind) -> Dtype {
    match kind {
        ElementKind::U32 => Dtype::U32,
        ElementKind::U64 => Dtype::U64,
        ElementKind::I32 => Dtype::I32,
        ElementKind::I64 => Dtype::I64,
        ElementKind::F32 => Dtype::F32,
        ElementKind::U8 => Dtype::U8,
    }
}

fn kind(dtype: Dtype) -> Option<ElementKind> {
    use ElementKind::{F32, I32, I64, U8, U32, U64};
    [U32, U64, I32, I64, F32, U8].into_iter().find(|&kind| self::dtype(kind) == dtype)
}
