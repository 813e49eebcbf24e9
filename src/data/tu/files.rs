//! The files of a folder, and which folder they are in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::data::columns::{Attributes, Rows, read_attributes};
use crate::data::text::TextFile;
use crate::error::{Error, Result, bail, error};

/// The files of one data set.
pub(super) struct Files {
    folder: PathBuf,
    pub(super) name: String,
}

impl Files {
    /// Finds the data set in a folder, or one folder further, where PyTorch Geometric (`NAME/raw`) and archives
    /// (`NAME/NAME`) have it.
    pub(super) fn find(folder: &Path, wanted: Option<&str>) -> Result<Self> {
        let mut places = vec![folder.to_path_buf(), folder.join("raw")];
        for name in wanted.map(OsStr::new).into_iter().chain(folder.file_name()) {
            places.extend([folder.join(name), folder.join(name).join("raw")]);
        }
        let failed = |e: std::io::Error| Error::io(folder, &e);
        std::fs::read_dir(folder).map_err(failed)?;
        for place in places {
            let Some(name) = set_name(&place, wanted)? else { continue };
            return Ok(Self { folder: place, name });
        }
        match wanted {
            Some(name) => Ok(Self { folder: folder.to_path_buf(), name: name.to_string() }),
            None => bail!(
                Io,
                "{}: there is no file *_A.txt, and a data set needs it{}",
                folder.display(),
                archive(folder).unwrap_or_default()
            ),
        }
    }

    /// The name of a file, without its folder.
    pub(super) fn file_name(&self, part: &str) -> String {
        format!("{}_{part}.txt", self.name)
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.join(self.file_name(part))
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

    /// The attributes in a file; none, of width 0, where there is no file.
    pub(super) fn attributes(&self, part: &str, rows: Rows<'_>) -> Result<Attributes> {
        match self.optional(part)? {
            Some(mut file) => read_attributes(&mut file, rows),
            None => Ok(Attributes::default()),
        }
    }
}

/// The names of the files in a folder; none where there is no such folder.
fn file_names(folder: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

/// The beginning of the file names in a folder, if it holds a data set.
fn set_name(folder: &Path, wanted: Option<&str>) -> Result<Option<String>> {
    // Archives made by macOS have a `._NAME_A.txt` beside every file, which is no data.
    let begin = |file: String| file.strip_suffix("_A.txt").filter(|name| !name.starts_with("._")).map(str::to_owned);
    let mut found: Vec<String> = file_names(folder).filter_map(begin).collect();
    found.sort_unstable();
    let own = folder.file_name().and_then(|name| name.to_str());
    let wanted = wanted.or(own.filter(|own| found.iter().any(|name| name == own)));
    match (wanted, found.len()) {
        (Some(wanted), _) => Ok(found.into_iter().find(|name| name == wanted)),
        (None, 0 | 1) => Ok(found.pop()),
        (None, _) => Err(error!(
            InvalidArgument,
            "{}: there are several data sets ({}); one must be named by the option name",
            folder.display(),
            found.join(", ")
        )),
    }
}

/// What is said of an archive that a folder holds in place of a data set.
fn archive(folder: &Path) -> Option<String> {
    let packed =
        |file: &String| [".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z"].iter().any(|end| file.ends_with(end));
    let mut archives: Vec<String> = file_names(folder).filter(packed).collect();
    archives.sort_unstable();
    archives.first().map(|first| format!("; {first} is there and must be unpacked first"))
}
