//! Writes the file of a data set graph by graph, for data sets larger than memory.
//!
//! The file is the one that [`dataset_file::save`](super::dataset_file::save) would write of the same graphs, byte for
//! byte. There every column lies in one piece, and where it begins depends on the length of those before it. So each is
//! spooled to a file of its own without a name, in the folder of the target; when all graphs are there the columns are
//! put together. For that moment the disk must have room for the graphs and once more the largest column.
//!
//! In memory are a few megabytes of graphs, and the largest graph.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use super::atomic::{self, Scratch};
use super::container::{ColumnSpec, Writer, check_machine, place};
use super::dataset_file::{DATASET, FORMAT};
use crate::error::{Error, Result, bail};
use crate::graph::{
    COLUMN_NAMES, Dataset, GraphArrays, GraphBuilder, GraphInput, GraphRules, GraphStream, PackedColumn,
};

const PIECE: usize = 1 << 22;

/// A file of a data set that is being written. Nothing can be seen of it before [`finish`](Self::finish), and nothing
/// is left behind without it.
#[derive(Debug)]
pub struct DatasetWriter {
    path: PathBuf,
    graphs: GraphStream,
    builder: GraphBuilder,
    stage: Stage,
    /// Bytes of graphs that are gathered before they are written.
    piece: usize,
}

/// How far a file is.
#[derive(Debug)]
enum Stage {
    /// Graphs can be added to these columns.
    Open(Spools),
    /// The file is in place.
    Finished,
    /// A write failed, so that columns may have gaps.
    Failed,
}

/// The columns so far, in the order in which they came up.
#[derive(Debug)]
struct Spools {
    scratch: Scratch,
    columns: Vec<Spool>,
}

/// One column so far.
#[derive(Debug)]
struct Spool {
    spec: ColumnSpec,
    file: io::BufWriter<File>,
}

impl DatasetWriter {
    /// Begins to write a data set whose graphs follow `rules`. A file that is there stays as it is until the new one is
    /// finished.
    pub fn new(path: &Path, name: impl Into<String>, rules: GraphRules) -> Result<Self> {
        check_machine()?;
        let spools = Spools { scratch: Scratch::beside(path)?, columns: Vec::new() };
        let graphs = GraphStream::new(name, rules);
        // Also where the process goes to another folder meanwhile.
        let path = std::path::absolute(path).map_err(|e| Error::io(path, &e))?;
        Ok(Self { path, graphs, builder: GraphBuilder::new(), stage: Stage::Open(spools), piece: PIECE })
    }

    /// Number of graphs so far.
    pub fn len(&self) -> usize {
        self.graphs.len()
    }

    /// Whether there are no graphs so far.
    pub fn is_empty(&self) -> bool {
        self.graphs.is_empty()
    }

    /// What all graphs have in common.
    pub fn rules(&self) -> GraphRules {
        self.graphs.rules()
    }

    /// Checks a graph and appends it with its class `y`, as [`Dataset::add`] does.
    ///
    /// Where the graph is refused everything is as it was. Where the file cannot be written it never will be: all that
    /// can be done then is to begin again. This holds for all functions that add something.
    pub fn add(&mut self, input: &GraphInput<'_>, y: usize) -> Result<()> {
        self.check_open()?;
        self.graphs.add(&mut self.builder, input, y)?;
        self.spool_large()
    }

    /// Checks a graph and appends it with all that belongs to it, as [`Dataset::add_arrays`] does.
    pub fn add_arrays(&mut self, graph: &GraphArrays) -> Result<()> {
        self.check_open()?;
        self.graphs.add_arrays(&mut self.builder, graph)?;
        self.spool_large()
    }

    /// Says how many words of a sequence are to be predicted, and how many there are, before graphs are added.
    pub fn set_vocabulary(&mut self, length: usize, vocabulary: usize) -> Result<()> {
        self.check_open()?;
        self.graphs.set_vocabulary(length, vocabulary)
    }

    /// Gives `width` targets to each of the graphs that were added since the last call, as [`Dataset::set_targets`]
    /// does for all.
    pub fn add_targets(&mut self, values: &[f32], width: usize) -> Result<()> {
        self.check_open()?;
        self.graphs.add_targets(values, width)?;
        self.spool_large()
    }

    /// Gives a sequence of words to each of the graphs that were added since the last call, as
    /// [`Dataset::set_sequences`] does for all.
    pub fn add_sequences(&mut self, offsets: &[usize], words: &[u32], length: usize, vocabulary: usize) -> Result<()> {
        self.check_open()?;
        self.graphs.add_sequences(offsets, words, length, vocabulary)?;
        self.spool_large()
    }

    /// Appends all graphs of a data set with everything that belongs to them. The classes are found by their names
    /// where both sides name them; the first graphs bring their names with them.
    pub fn append(&mut self, dataset: &Dataset) -> Result<()> {
        self.check_open()?;
        let map = self.graphs.begin_append(dataset)?;
        for index in 0..dataset.len() {
            let appended = self.graphs.append(dataset, index, &map);
            appended.and_then(|()| self.spool_large()).inspect_err(|_| self.stage = Stage::Failed)?;
        }
        Ok(())
    }

    /// Names the classes, as [`Dataset::set_class_names`] does. Graphs that are added later have one of these classes.
    pub fn set_class_names(&mut self, names: Vec<String>) -> Result<()> {
        self.check_open()?;
        self.graphs.set_class_names(names)
    }

    /// Puts the file in place, in one step. Where graphs lack targets that others have, this can be mended; where the
    /// file cannot be written, nothing is left of it.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        let mut writer = Writer::new(&FORMAT);
        writer.json(DATASET, &self.graphs.description()?)?;
        self.spool()?;
        let Stage::Open(Spools { columns, .. }) = std::mem::replace(&mut self.stage, Stage::Failed) else {
            bail!(InvalidState, "the file is not open");
        };
        join(&self.path, writer, columns)?;
        self.stage = Stage::Finished;
        Ok(())
    }

    fn check_open(&self) -> Result<()> {
        let path = self.path.display();
        match &self.stage {
            Stage::Open(_) => Ok(()),
            Stage::Finished => bail!(InvalidState, "{path}: the file is finished"),
            Stage::Failed => bail!(InvalidState, "{path}: an earlier attempt to write failed, and the graphs are lost"),
        }
    }

    /// Moves graphs from memory to the disk where they have become many.
    fn spool_large(&mut self) -> Result<()> {
        if self.graphs.pending() < self.piece { Ok(()) } else { self.spool() }
    }

    fn spool(&mut self) -> Result<()> {
        let Stage::Open(spools) = &mut self.stage else { return Ok(()) };
        let path = &self.path;
        let result = self.graphs.take(&mut |piece| spools.write(piece).map_err(|e| Error::io(path, &e)));
        result.inspect_err(|_| self.stage = Stage::Failed)
    }
}

impl Spools {
    /// Appends to a column.
    fn write(&mut self, piece: PackedColumn<'_>) -> io::Result<()> {
        let at = match self.columns.iter().position(|spool| spool.spec.name == piece.name) {
            Some(at) => at,
            None => {
                let spec =
                    ColumnSpec { name: piece.name, kind: piece.kind, len: 0, checksum: crc32fast::Hasher::new() };
                let file = io::BufWriter::with_capacity(1 << 16, self.scratch.file()?);
                self.columns.push(Spool { spec, file });
                self.columns.len() - 1
            }
        };
        let Spool { spec, file } = &mut self.columns[at];
        file.write_all(piece.bytes)?;
        spec.checksum.update(piece.bytes);
        spec.len += piece.bytes.len();
        Ok(())
    }
}

/// Writes the file of these columns.
fn join(path: &Path, writer: Writer<'_>, mut columns: Vec<Spool>) -> Result<()> {
    columns
        .sort_by_key(|spool| (place(spool.spec.kind), COLUMN_NAMES.iter().position(|name| *name == spool.spec.name)));
    let head = writer.columns_head(columns.iter().map(|spool| &spool.spec))?;
    atomic::write(path, |out| {
        out.write_all(&head)?;
        for Spool { spec, file } in columns {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.rewind()?;
            let copied = io::copy(&mut file, out)?;
            if copied != spec.len as u64 {
                return Err(io::Error::other(format!(
                    "{} has {copied} bytes, but {} were written",
                    spec.name, spec.len
                )));
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests;
