//! Work is kept: a run of training goes on whatever becomes of terminals, readers and folders, and its model is written.
#![cfg(unix)]
#![allow(missing_docs)]

#[path = "common/program.rs"]
mod program;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use program::{Ran, program, small};

/// A run of training that takes for ever, to the file `m` of the folder.
fn endless(folder: &Path, more: &str) -> String {
    let (data, output) = (small().display().to_string(), folder.join("m").display().to_string());
    let settings = "--set epochs=1000000 --set patience=0 --set threads=1 --set embed_hidden=4 --set assign_hidden=4";
    format!("train --data {data} --output {output} --preset default {settings} {more}")
}

/// Starts it and waits for its first epoch.
fn start(mut command: Command) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    wait_for(&mut stderr, "epoch 1/");
    (child, stderr)
}

fn wait_for(stderr: &mut impl BufRead, text: &str) -> String {
    let (mut all, mut line) = (String::new(), String::new());
    while !line.contains(text) {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before {text:?}:\n{all}");
        all += &line;
    }
    line
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

/// Ends the run by a signal.
fn stop(mut child: Child, mut stderr: BufReader<std::process::ChildStderr>) -> Ran {
    signal(&child, "TERM");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    Ran { code: child.wait().unwrap().code(), stdout: String::new(), stderr: rest }
}

#[test]
fn signals_that_were_ignored_at_the_start_stay_so() {
    let folder = tempfile::tempdir().unwrap();
    // What nohup and a shell's & do.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP INT; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_diffpool")]);
    shell.args(endless(folder.path(), "").split_ascii_whitespace());
    let (child, mut stderr) = start(shell);
    signal(&child, "HUP");
    signal(&child, "INT");
    for _ in 0..20 {
        wait_for(&mut stderr, "epoch ");
    }
    assert_eq!(stop(child, stderr).code, Some(130));
    assert!(folder.path().join("m").exists());
}

#[test]
fn a_reader_that_leaves_does_not_end_training() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("m").display().to_string();
    let arguments = format!("train --data {} --output {output} --set epochs=40 --json", small().display());
    let mut child = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: nobody reads standard output any more; training goes on"), "{}", ran.stderr);
    let kept = program::succeed(&format!("inspect {output} --json")).stdout;
    let model: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(model["metadata"]["diffpool.epochs"], "40", "{kept}");
}

#[test]
fn a_checkpoint_that_cannot_be_written_does_not_cost_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let more = format!("--checkpoint {} --checkpoint-every 1", inner.join("c").display());
    let (child, mut stderr) = start(program(&endless(folder.path(), &more)));
    std::fs::remove_dir_all(&inner).unwrap();
    let line = wait_for(&mut stderr, "no checkpoint of epoch");
    assert!(
        line.starts_with("warning: ") && line.contains("No such file") && line.contains("training goes on"),
        "{line}"
    );
    wait_for(&mut stderr, "epoch ");
    let ran = stop(child, stderr);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(folder.path().join("m").exists());
}

#[test]
fn a_model_that_cannot_be_written_where_it_should_is_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, temporary) = (folder.path().join("inner"), folder.path().join("temporary"));
    for path in [&inner, &temporary] {
        std::fs::create_dir(path).unwrap();
    }
    let mut command = program(&endless(&inner, ""));
    command.env("TMPDIR", &temporary);
    let (child, stderr) = start(command);
    std::fs::remove_dir_all(&inner).unwrap();
    let ran = stop(child, stderr);
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    let kept = std::fs::read_dir(&temporary).unwrap().next().unwrap().unwrap().path();
    assert!(ran.stderr.contains(&format!("the model is in {}", kept.display())), "{}", ran.stderr);
    program::succeed(&format!("inspect {}", kept.display()));
}
