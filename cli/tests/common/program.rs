//! Runs the program in tests.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program with these arguments, apart by blanks, no data sets to be found by name, and a date.
pub fn program(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.args(arguments.split_ascii_whitespace());
    command.env_remove("DIFFPOOL_DATA");
    command.env("SOURCE_DATE_EPOCH", "951782400");
    command
}

/// What a run of the program gave.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Runs the program to its end.
pub fn run(arguments: &str) -> Ran {
    Ran::of(program(arguments).output().unwrap())
}

/// Runs it, and expects success.
pub fn succeed(arguments: &str) -> Ran {
    let ran = run(arguments);
    assert_eq!(ran.code, Some(0), "{arguments}: {}", ran.stderr);
    ran
}

/// What a command that fails says, with its exit code, and with `folder` left out.
pub fn refusal(arguments: &str, folder: &Path) -> String {
    let ran = run(arguments);
    let last = ran.stderr.lines().rfind(|line| line.contains("error:")).unwrap_or("(nothing)");
    let hidden = |text: &str| {
        text.replace(&*folder.to_string_lossy(), "FOLDER").replace(&*fixtures().to_string_lossy(), "FIXTURES")
    };
    hidden(&format!("{arguments}\n  {}: {last}\n", ran.code.unwrap_or(-1)))
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

/// A small data set that is part of the project.
pub fn small() -> PathBuf {
    fixtures().join("converted/SMALL")
}

/// The text with every number that has a point as `N`, for those differ between machines.
pub fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = rest[at..].split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap();
        let number = number.trim_end_matches('.');
        out += &rest[..at];
        out += if number.contains('.') { "N" } else { number };
        rest = &rest[at + number.len()..];
    }
    out + rest
}
