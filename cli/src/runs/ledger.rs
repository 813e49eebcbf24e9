//! A file of finished runs, one line each, that any number of processes may add to and be killed while they do.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::record::Record;
use crate::failure::{Failure, Result};

/// A file of runs, open to be added to.
pub struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Opens the file, which is made where it is not there.
    pub fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        Ok(Self { path: path.to_path_buf(), file: file.map_err(|e| Failure::io(path, &e))? })
    }

    /// All runs in the file. What a process that was killed left of a line is no run.
    pub fn read(&mut self) -> Result<Vec<Record>> {
        let text = self.locked(|file| {
            let mut text = Vec::new();
            file.seek(SeekFrom::Start(0))?;
            file.read_to_end(&mut text)?;
            Ok(text)
        })?;
        // A line may break off within a letter.
        parse(&self.path, &String::from_utf8_lossy(&text))
    }

    /// Adds a run, so that it is on the disk when this returns.
    pub fn add(&mut self, record: &Record) -> Result<()> {
        let mut line = serde_json::to_string(record).map_err(|e| Failure::data(e.to_string()))?;
        line.push('\n');
        self.locked(|file| {
            if ends_within_a_line(file)? {
                line.insert(0, '\n');
            }
            file.write_all(line.as_bytes())?;
            file.sync_data()
        })
    }

    /// Keeps other processes from the file for as long as `work` takes.
    fn locked<R>(&mut self, work: impl FnOnce(&mut File) -> std::io::Result<R>) -> Result<R> {
        let failed = |e| Failure::io(&self.path, &e);
        self.file.lock().map_err(failed)?;
        let result = work(&mut self.file);
        self.file.unlock().map_err(failed)?;
        result.map_err(failed)
    }
}

/// Whether the last line was not finished.
fn ends_within_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The runs in a file that is not added to.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let text = std::fs::read(path).map_err(|e| Failure::io(path, &e))?;
    parse(path, &String::from_utf8_lossy(&text))
}

/// The runs in the content of a file. A line that breaks off is what a killed process leaves; any other line that is no
/// run is an error.
fn parse(path: &Path, text: &str) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(record) => records.push(record),
            Err(e) if e.is_eof() => {}
            Err(e) => return Err(Failure::data(format!("{}:{number}: no run: {e}", path.display()))),
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::outcome::tests::record;

    #[test]
    fn a_line_that_breaks_off_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.jsonl");
        let [first, second] = [record(0, 0.5), record(1, 0.25)];
        Ledger::open(&path).unwrap().add(&first).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for length in (1..whole.len() - 1).step_by(7) {
            std::fs::write(&path, format!("{whole}{}", &whole[..length])).unwrap();
            let mut ledger = Ledger::open(&path).unwrap();
            assert_eq!(ledger.read().unwrap(), std::slice::from_ref(&first));
            if length % 100 == 1 {
                ledger.add(&second).unwrap();
                assert_eq!(ledger.read().unwrap(), [first.clone(), second.clone()]);
            }
        }
    }

    #[test]
    fn a_line_may_break_off_within_a_letter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.jsonl");
        std::fs::write(&path, b"{\"version\": \"0\", \"name\": \"caf\xc3").unwrap();
        assert_eq!(read(&path).unwrap(), []);
        let mut ledger = Ledger::open(&path).unwrap();
        ledger.add(&record(0, 0.5)).unwrap();
        assert_eq!(ledger.read().unwrap(), [record(0, 0.5)]);
    }

    #[test]
    fn a_line_that_is_no_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.jsonl");
        std::fs::write(&path, "{\"version\": \"0\"}\n").unwrap();
        let Failure::Error { code: 4, message } = read(&path).unwrap_err() else { panic!() };
        assert!(message.contains("runs.jsonl:1: no run: missing field `name`"), "{message}");
    }
}
