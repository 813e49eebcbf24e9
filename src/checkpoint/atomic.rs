//! Replaces a file as a whole: either all of the new content is there afterwards, or the old file is untouched.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result, bail, error};

/// Writes what `content` writes into a sibling of the file, syncs it, renames it to `path` and syncs the folder.
///
/// The file has the permissions of the one that it replaces, or those that any new file gets. A symbolic link is
/// followed. Where something other than a file is in place, such as a device, nothing is written.
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let failed = |e: io::Error| Error::io(path, &e);
    let Place { old, target, folder } = place(path)?;
    // Opened before anything is written: a folder that cannot be synced is found out while nothing has happened.
    let folder_handle = open_folder(&folder).map_err(|e| Error::io(&folder, &e))?;
    let mut file = sibling(&folder).map_err(failed)?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    let mut buffered = BufWriter::with_capacity(1 << 16, file.as_file_mut());
    content(&mut buffered).and_then(|()| buffered.flush()).map_err(failed)?;
    drop(buffered);
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|e| failed(e.error))?;
    match folder_handle.map(|handle| handle.sync_all()) {
        // File systems that have no way to sync a folder say that the argument is invalid.
        Some(Err(e)) if e.kind() != io::ErrorKind::InvalidInput => {
            Err(error!(Io, "{}: written, but its folder could not be synced: {e}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Checks that [`write()`] could begin to write this file, without doing so. Work that takes long is not begun where
/// its result would be lost.
pub fn check_writable(path: &Path) -> Result<()> {
    Scratch::beside(path).map(drop)
}

/// Where a file will be.
struct Place {
    /// What is known of the file that is there, if there is one.
    old: Option<fs::Metadata>,
    /// The file, with links followed.
    target: PathBuf,
    folder: PathBuf,
}

/// Finds out where a file will be. Something other than a file in its place is an error.
fn place(path: &Path) -> Result<Place> {
    if path.file_name().is_none() {
        bail!(InvalidArgument, "{path:?} is not the name of a file");
    }
    let old = existing(path)?;
    let target = match old {
        Some(_) => fs::canonicalize(path).map_err(|e| Error::io(path, &e))?,
        None => path.to_path_buf(),
    };
    let folder = folder_of(&target);
    Ok(Place { old, target, folder })
}

/// Files without a name in the folder where a file will be written: they are gone once they are closed, or the process
/// ends, however it does.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Checks that [`write`] could begin to write this file.
    pub fn beside(path: &Path) -> Result<Self> {
        let folder = place(path)?.folder;
        open_folder(&folder).map_err(|e| Error::io(&folder, &e))?;
        let scratch = Self(folder);
        scratch.file().map_err(|e| Error::io(path, &e))?;
        Ok(scratch)
    }

    /// A new file.
    pub fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.0)
    }
}

/// What is known of the file in place, if there is one.
fn existing(path: &Path) -> Result<Option<fs::Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => bail!(Io, "{}: it is there already and not a regular file", path.display()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io(path, &e)),
    }
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn sibling(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".diffpool-").suffix(".tmp");
    // Without this the file would be readable by its owner alone; the process's mask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A handle to sync the folder with; `None` where the system has none.
fn open_folder(folder: &Path) -> io::Result<Option<File>> {
    if cfg!(unix) { File::open(folder).map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_made_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for content in ["first", "second, longer", ""] {
            write(&path, |out| out.write_all(content.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(names(folder.path()), ["a"]);
        }
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, |out| out.write_all(b"old")).unwrap();
        let error = write(&path, |out| {
            out.write_all(&[1; 1 << 18])?;
            Err(io::Error::other("the disk is full"))
        })
        .unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        assert!(error.message().ends_with("a: the disk is full"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn targets_that_are_no_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("kept"), "kept").unwrap();
        let paths = [inner.clone(), folder.path().join("missing").join("a"), inner.join("kept").join("a")];
        let mut messages = String::new();
        for path in paths {
            let error = write(&path, |_| panic!("nothing must be written")).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Io);
            messages += &format!("{error}\n").replace(&*folder.path().to_string_lossy(), "FOLDER");
        }
        for path in ["", "/", "..", "/dev/null"] {
            messages += &format!("{}\n", write(Path::new(path), |_| panic!("nothing must be written")).unwrap_err());
        }
        insta::assert_snapshot!("refused_targets", messages);
        assert_eq!(names(folder.path()), ["inner"]);
        assert_eq!(names(&inner), ["kept"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_file_or_of_the_one_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (plain, path) = (folder.path().join("plain"), folder.path().join("a"));
        fs::write(&plain, "").unwrap();
        write(&path, |_| Ok(())).unwrap();
        assert_eq!(mode(&path), mode(&plain));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&path, |_| Ok(())).unwrap();
        assert_eq!(mode(&path), 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        write(&path, |out| out.write_all(b"old")).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        write(&link, |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }
}
