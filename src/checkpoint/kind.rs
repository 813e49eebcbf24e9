//! Which kind of file something is, by what its header says.

use std::io::BufReader;
use std::path::Path;

use super::container::{Reader, quoted};
use super::description::{in_file, open_file};
use crate::error::{Error, Result, bail};

/// Kinds of file that this library writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A model by itself.
    Model,
    /// The state of a training run.
    Training,
    /// A data set.
    Dataset,
}

impl FileKind {
    const ALL: [Self; 3] = [Self::Model, Self::Training, Self::Dataset];

    /// What the file says its format is.
    pub fn format(self) -> &'static str {
        match self {
            Self::Model => "libdiffpool",
            Self::Training => "libdiffpool-training",
            Self::Dataset => "libdiffpool-dataset",
        }
    }
}

/// Tells the kind of a file. Nothing but its header is read and checked.
pub fn file_kind(path: &Path) -> Result<FileKind> {
    let file = open_file(path)?;
    let len = file.metadata().map_err(|e| Error::io(path, &e))?.len();
    let reader = Reader::read_header(BufReader::new(file), len).map_err(|e| in_file(e, path))?;
    let format = reader.text("format").map_err(|e| in_file(e, path))?;
    match FileKind::ALL.into_iter().find(|kind| kind.format() == format) {
        Some(kind) => Ok(kind),
        None => {
            bail!(InvalidFile, "{}: the format of the file is {}, which is not known", path.display(), quoted(format))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_say_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let write = |metadata: &str| {
            let header = format!("{{\"__metadata__\":{metadata}}}");
            let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
            std::fs::write(&path, bytes).unwrap();
        };
        for kind in FileKind::ALL {
            write(&format!("{{\"format\":\"{}\"}}", kind.format()));
            assert_eq!(file_kind(&path).unwrap(), kind);
        }
        let cases = [
            ("{\"format\":\"pt\"}", "the format of the file is \"pt\", which is not known"),
            ("{}", "the file has no metadata \"format\""),
        ];
        for (metadata, message) in cases {
            write(metadata);
            let error = file_kind(&path).unwrap_err();
            assert!(error.message().ends_with(message), "{error}");
        }
        std::fs::write(&path, "{}").unwrap();
        assert!(file_kind(&path).unwrap_err().message().contains("too short for a header"));
    }
}
