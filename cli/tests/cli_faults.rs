//! Every n-th operation on a file fails, is cut short, or is the last before the process is killed: afterwards what the
//! program writes is the old file or the new one, whole, and nothing is beside it that the next run leaves there.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{program, small, succeed};

/// What becomes of a call: errors by their numbers, half a write, the end of the process.
const FAULTS: [(&str, &str); 6] =
    [("5", "EIO"), ("28", "ENOSPC"), ("122", "EDQUOT"), ("4", "EINTR"), ("short", "short write"), ("kill", "SIGKILL")];

struct Sweep {
    folder: tempfile::TempDir,
    library: PathBuf,
    runs: usize,
    succeeded: usize,
}

impl Sweep {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("faults.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/faults.c");
        let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()));
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall"]).arg(source).arg("-o").arg(&library).arg("-ldl");
        match compiler.output() {
            Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => {
                println!("skipped: the compiler cannot be run: {error}");
                return None;
            }
        }
        Some(Self { folder, library, runs: 0, succeeded: 0 })
    }

    /// Runs a command that writes the file `name` of the folder `out`, once with each fault at each call.
    fn sweep(&mut self, name: &str, command: &str) {
        let (out, reached) = (self.folder.path().join("out"), self.folder.path().join("reached"));
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out).unwrap();
        let file = out.join(name);
        succeed(command);
        let new = fs::read(&file).unwrap();
        let old = b"what was there before".to_vec();
        for (fault, fault_name) in FAULTS {
            for at in 1.. {
                fs::write(&file, &old).unwrap();
                let _ = fs::remove_file(&reached);
                let mut run = program(command);
                run.env("LD_PRELOAD", &self.library).env("FAULT", fault).env("FAULT_AT", at.to_string());
                let output = run.env("FAULT_REACHED", &reached).output().unwrap();
                let what = format!("{command}: {fault_name} at call {at}");
                if !reached.exists() {
                    assert!(at > 2, "{what}: nothing was reached");
                    assert!(output.status.success(), "{what}");
                    break;
                }
                self.runs += 1;
                let found = fs::read(&file).unwrap();
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                match output.status.code() {
                    Some(0) => {
                        self.succeeded += 1;
                        assert!(found == new, "{what}: success, but the file is not the new one");
                    }
                    // A signal, or an error, after which the file may already be in place.
                    code => {
                        assert!(code != Some(101) && code != Some(134), "{what}: {code:?}\n{text}");
                        assert!(found == old || found == new, "{what}: neither the old file nor the new one");
                        assert!(code.is_none() || text.contains("error:"), "{what}: {text}");
                    }
                }
                let mut left = self.others(&out, name);
                left.retain(|other| !other.ends_with("checkpoint"));
                let temporary = format!(".{name}.diffpool-0.tmp");
                let known = |other: &&String| **other == temporary || **other == ".checkpoint.diffpool-0.tmp";
                assert!(left.len() <= 1 && left.iter().all(|other| known(&other)), "{what}: {left:?} is left");
                assert!(left.is_empty() || fault == "kill", "{what}: {left:?} is left after an error");
            }
        }
        // The next run that is let alone leaves nothing.
        succeed(command);
        let mut left = self.others(&out, name);
        left.retain(|other| !other.ends_with("checkpoint"));
        assert!(left.is_empty() && fs::read(&file).unwrap() == new, "{left:?}");
    }

    fn others(&self, out: &Path, name: &str) -> Vec<String> {
        let names = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|other| other != name).collect()
    }
}

#[test]
fn every_failing_operation_leaves_a_whole_file() {
    let Some(mut sweep) = Sweep::new() else { return };
    let (out, data) = (sweep.folder.path().join("out"), small().display().to_string());
    let at = |name: &str| out.join(name).display().to_string();
    let tiny = "--set embed_hidden=2 --set embed_output=2 --set assign_hidden=2 --set head_hidden=[2] \
                --set clusters=[2] --set epochs=2 --set patience=0 --set threads=1 --quiet";
    let model = sweep.folder.path().join("model").display().to_string();
    succeed(&format!("train --data {data} --output {model} {tiny}"));
    sweep.sweep("m", &format!("train --data {data} --output {} {tiny}", at("m")));
    let checkpoint = format!("--checkpoint {} --checkpoint-every 1", at("checkpoint"));
    sweep.sweep("m", &format!("train --data {data} --output {} {checkpoint} {tiny}", at("m")));
    sweep.sweep("d", &format!("convert data --data {data} --to file --output {}", at("d")));
    sweep.sweep("l.jsonl", &format!("convert data --data {data} --output {}", at("l.jsonl")));
    sweep.sweep("p", &format!("predict {model} --data {data} --output {}", at("p")));
    sweep.sweep("e.html", &format!("explain {model} --data {data} --index 1 --output {}", at("e.html")));
    println!("{} runs with a fault, of which {} succeeded all the same", sweep.runs, sweep.succeeded);
    assert!(sweep.runs > 100);
}
