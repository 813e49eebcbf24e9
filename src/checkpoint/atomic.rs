//! Replaces a file as a whole: either all of the new content is there afterwards, or the old file is untouched.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use super::temporary::Temporary;
use crate::error::{Error, Result, bail, error};

/// Writes what `content` writes into a temporary file beside the file, syncs it, renames it to `path` and syncs the
/// folder, where the file system can.
///
/// The file has the permissions, owner and group of the one that it replaces, as far as the process may give them, or
/// those that any new file gets. A symbolic link is followed; another hard link keeps the old content. Where a rename
/// cannot replace the file, as of one that is itself mounted, its bytes are overwritten once all of the new ones are on
/// the disk; should that fail, they stay in the temporary file and the error says where. Where something other than a
/// file is in place, such as a device, nothing is written.
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let failed = |e: io::Error| Error::io(path, &e);
    let Place { old, target, folder } = place(path)?;
    let mut temporary = Temporary::beside(&target).map_err(failed)?;
    if let Some(old) = &old {
        make_alike(temporary.file(), old).map_err(failed)?;
    }
    let mut buffered = BufWriter::new(temporary.file());
    content(&mut buffered).and_then(|()| buffered.flush()).map_err(failed)?;
    drop(buffered);
    temporary.file().sync_all().map_err(failed)?;
    match temporary.rename(&target) {
        // The file is whole. File systems that cannot sync a folder say so in many ways.
        Ok(()) => drop(sync_folder(&folder)),
        Err(e) if old.is_none() => return Err(failed(e)),
        Err(e) => overwrite(path, &target, temporary, &e)?,
    }
    Ok(())
}

/// Gives a new file what the old one has, as far as this process may.
fn make_alike(file: &File, old: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let new = file.metadata()?;
        if new.gid() != old.gid() {
            let _ = fchown(file, None, Some(old.gid()));
        }
        if new.uid() != old.uid() {
            let _ = fchown(file, Some(old.uid()), None);
        }
    }
    file.set_permissions(old.permissions())
}

/// Puts the bytes of a file that could not be renamed into the one that is there.
fn overwrite(path: &Path, target: &Path, mut temporary: Temporary, renaming: &io::Error) -> Result<()> {
    let copy = |from: &mut File| -> io::Result<()> {
        from.rewind()?;
        let mut to = File::options().write(true).open(target)?;
        let length = io::copy(from, &mut to)?;
        to.set_len(length)?;
        to.sync_all()
    };
    copy(temporary.file()).map_err(|e| {
        let kept = temporary.keep();
        let (path, kept) = (path.display(), kept.display());
        error!(
            Io,
            "{path}: it can be neither replaced ({renaming}) nor overwritten ({e}); the new content is in {kept}"
        )
    })
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Checks that [`write()`] could write this file, without doing so. Work that takes long is not begun where its result
/// would be lost.
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
    fs::metadata(&folder).map_err(|e| Error::io(&folder, &e))?;
    Ok(Place { old, target, folder })
}

/// Files without a name in the folder where a file will be written: they are gone once they are closed, or the process
/// ends, however it does.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Checks that [`write`] could write this file.
    pub fn beside(path: &Path) -> Result<Self> {
        let Place { old, target, folder } = place(path)?;
        if let Some(old) = &old {
            check_replaceable(&target, &folder, old).map_err(|e| Error::io(path, &e))?;
        }
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

/// Checks that a file can be replaced or, where it cannot, be overwritten.
fn check_replaceable(target: &Path, folder: &Path, old: &fs::Metadata) -> io::Result<()> {
    match File::options().write(true).open(target).map(drop) {
        // To write a file that is mounted by itself, or may not be changed by anybody, is refused by other errors.
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied && e.raw_os_error() != Some(EPERM) => {
            if may_rename(folder, old)? { Ok(()) } else { Err(e) }
        }
        result => result,
    }
}

#[cfg(unix)]
const EPERM: i32 = libc::EPERM;
#[cfg(not(unix))]
const EPERM: i32 = -1;

/// Whether another file may take the name of this one. In a sticky folder, such as `/tmp`, only its owner may do that
/// with a file, and the folder's.
#[cfg(unix)]
fn may_rename(folder: &Path, old: &fs::Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let folder_found = fs::metadata(folder)?;
    // Whose a new file is tells who this process is to the file system.
    let me = tempfile::tempfile_in(folder)?.metadata()?.uid();
    let sticky = folder_found.mode() & 0o1000 != 0;
    Ok(!sticky || me == 0 || me == old.uid() || me == folder_found.uid())
}

#[cfg(not(unix))]
fn may_rename(_: &Path, _: &fs::Metadata) -> io::Result<bool> {
    Ok(false)
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

    /// Only root can make a file of somebody else, so that the owner is compared where it can be.
    #[cfg(unix)]
    #[test]
    fn owner_and_group_are_kept() {
        use std::os::unix::fs::{MetadataExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        if chown(&path, Some(12345), Some(23456)).is_err() {
            println!("skipped: only root can give files to others");
            return;
        }
        write(&path, |out| out.write_all(b"new")).unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid(), fs::read_to_string(&path).unwrap().as_str()), (12345, 23456, "new"));
    }

    #[test]
    fn what_cannot_be_renamed_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old, and longer than the new one").unwrap();
        let temporary = |content: &[u8]| {
            let mut temporary = Temporary::beside(&path).unwrap();
            temporary.file().write_all(content).unwrap();
            temporary
        };
        let busy = io::Error::other("it is mounted");
        overwrite(&path, &path, temporary(b"new"), &busy).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["a"]);
        // Neither is possible: nothing is lost.
        let gone = folder.path().join("gone");
        let error = overwrite(&path, &gone, temporary(b"newest"), &busy).unwrap_err();
        let (message, kept) = (error.message(), folder.path().join(".a.diffpool-0.tmp"));
        assert!(
            message.contains("it can be neither replaced (it is mounted) nor overwritten (No such file"),
            "{error}"
        );
        assert!(message.ends_with(&format!("the new content is in {}", kept.display())), "{error}");
        assert_eq!(fs::read_to_string(kept).unwrap(), "newest");
    }

    #[test]
    fn long_names_have_temporary_files_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a".repeat(255));
        write(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
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
