//! The files of a folder.

use std::path::{Path, PathBuf};

use crate::data::text::TextFile;
use crate::error::{Result, error};

/// The files of one data set.
pub(super) struct Files<'a> {
    pub(super) folder: &'a Path,
}

impl Files<'_> {
    fn path(&self, part: &str) -> PathBuf {
        self.folder.join(part)
    }

    /// Opens a file where there is one.
    pub(super) fn optional(&self, part: &str) -> Result<Option<TextFile>> {
        TextFile::open(&self.path(part))
    }

    /// Opens a file that must be there.
    pub(super) fn required(&self, part: &str) -> Result<TextFile> {
        let missing = || error!(Io, "{}: there is no such file, and the data set needs it", self.path(part).display());
        self.optional(part)?.ok_or_else(missing)
    }
}
