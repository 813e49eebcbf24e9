//! The file of a data set, which is used where it lies: a data set larger than memory can be trained with.
//!
//! Its columns are those of [`Dataset::columns`], each a tensor of one dimension under its name, of type U64, I64, U32,
//! I32, F32 or U8; a column without values is left out. The metadata `dataset` is the [`Description`] as a JSON object.
//! The checksum is required.
//!
//! Opening reads the file once from its beginning to its end, in time linear in its size and in memory for the largest
//! graph: the checksum, and then every offset, index and value, so that no content can lead a later call astray.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use super::container::{Format, Reader, Writer, check_machine};
use super::{atomic, description};
use crate::error::{Error, Result};
use crate::graph::{Dataset, Description, Store, StoredColumns};

pub(super) const DATASET: &str = "dataset";

pub(super) const FORMAT: Format = Format { name: "libdiffpool-dataset", keys: &[DATASET], checksum_required: true };

/// Writes a data set into a file, which is replaced as a whole or not at all. The same data set gives the same bytes.
///
/// It may itself be open from that file: what is open stays what it is, and the next to open it sees the new one.
pub fn save(dataset: &Dataset, path: &Path) -> Result<()> {
    check_machine()?;
    let mut writer = Writer::new(&FORMAT);
    writer.json(DATASET, dataset.description())?;
    let packed = writer.pack_columns(dataset.columns()).map_err(|e| e.in_context(path.display()))?;
    atomic::write(path, |out| packed.write_to(out))
}

/// Opens a file whose bytes `map` makes accessible. The error names the file and the value that is wrong.
///
/// The bytes must stay as they are while the data set or a copy of it lives, which whoever maps a file must see to.
pub fn open(path: &Path, map: impl FnOnce(&File) -> io::Result<Store>) -> Result<Dataset> {
    let file = description::open_file(path)?;
    let store = map(&file).map_err(|e| Error::io(path, &e))?;
    from_store(store).map_err(|e| description::in_file(e, path))
}

/// The data set in the content of a file, which must begin at a multiple of 8 bytes.
pub fn from_store(store: Store) -> Result<Dataset> {
    check_machine()?;
    let bytes = (*store).as_ref();
    let reader = Reader::open(bytes, bytes.len() as u64, &FORMAT)?;
    let description: Description = reader.json(DATASET)?;
    let found = reader.columns(bytes.len())?;
    let mut places = BTreeMap::new();
    for column in found {
        places.insert(column.name, (column.kind, column.range));
    }
    let columns = StoredColumns { store: store.clone(), places };
    Dataset::from_columns(description, columns).map_err(description::damaged)
}

#[cfg(test)]
mod tests;
