//! The file beside its place in which new content waits to be whole.
//!
//! Of `model.safetensors` it is `.model.safetensors.diffpool-0.tmp`, of a name of more than 230 bytes
//! `..diffpool-0.tmp`. Whoever writes it holds a lock on it, so that one
//! which a killed process left behind is known as such, and removed by the next who writes the same file. Only where
//! several write the same file at once are there more, `-1` and so on.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// How many may write the same file at once.
const MOST: usize = 1000;

/// A temporary file, removed when it is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    /// Makes the temporary file of `target`.
    pub fn beside(target: &Path) -> io::Result<Self> {
        for number in 0..MOST {
            let path = target.with_file_name(name(target, number));
            remove_left_behind(&path);
            if let Some(file) = create(&path)? {
                return Ok(Self { file, path, kept: false });
            }
        }
        let last = target.with_file_name(name(target, MOST - 1));
        Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{MOST} temporary files up to {last:?} are there")))
    }

    /// The file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts it in the place of `target`.
    pub fn rename(&mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.kept = true;
        Ok(())
    }

    /// Leaves it where it is.
    pub fn keep(mut self) -> PathBuf {
        self.kept = true;
        std::mem::take(&mut self.path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody could be told, and the next who writes the file tries again.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn name(target: &Path, number: usize) -> OsString {
    let mut name = OsString::from(".");
    // Names of files have at most 255 bytes.
    name.push(target.file_name().filter(|name| name.len() <= 230).unwrap_or_default());
    name.push(format!(".diffpool-{number}.tmp"));
    name
}

/// A new file that this process has a lock on; none where the name is taken.
fn create(path: &Path) -> io::Result<Option<File>> {
    let file = match options().create_new(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(e) => return Err(e),
    };
    // Another who looked in between may have taken it for one that was left behind. Where the file system has no locks
    // nobody does.
    let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || !is_at(&file, path);
    Ok((!taken).then_some(file))
}

/// Removes a file whose writer has ended.
fn remove_left_behind(path: &Path) {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    if is_file && let Ok(file) = options().open(path) {
        let _ = (file.try_lock().is_ok() && is_at(&file, path)).then(|| fs::remove_file(path));
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // Not a link, nor something that waits for a reader, should anybody have put one there.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

/// Whether this is the file of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |file: fs::Metadata, named: fs::Metadata| (file.dev(), file.ino()) == (named.dev(), named.ino());
    file.metadata().and_then(|file| Ok(same(file, fs::symlink_metadata(path)?))).unwrap_or(false)
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_was_left_behind_is_removed_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let names = || {
            let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let left = Temporary::beside(&target).unwrap().keep();
        assert_eq!(names(), [".a.diffpool-0.tmp"]);
        fs::write(&left, "unfinished").unwrap();
        let first = Temporary::beside(&target).unwrap();
        assert_eq!((names(), fs::read(&left).unwrap()), (vec![OsString::from(".a.diffpool-0.tmp")], vec![]));
        let second = Temporary::beside(&target).unwrap();
        assert_eq!(names(), [".a.diffpool-0.tmp", ".a.diffpool-1.tmp"]);
        drop((first, second));
        assert!(names().is_empty());
    }

    #[test]
    fn many_threads_write_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        std::thread::scope(|scope| {
            for thread in 0..8_u8 {
                let target = &target;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let mut temporary = Temporary::beside(target).unwrap();
                        io::Write::write_all(temporary.file(), &[thread; 64]).unwrap();
                        temporary.rename(target).unwrap();
                    }
                });
            }
        });
        let content = fs::read(&target).unwrap();
        assert_eq!(content, [content[0]; 64]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, other) = (folder.path().join("a"), folder.path().join("other"));
        fs::write(&other, "kept").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join(".a.diffpool-0.tmp")).unwrap();
        fs::create_dir(folder.path().join(".a.diffpool-1.tmp")).unwrap();
        let temporary = Temporary::beside(&target).unwrap();
        assert!(temporary.path.ends_with(".a.diffpool-2.tmp"));
        assert_eq!(fs::read_to_string(&other).unwrap(), "kept");
    }
}
