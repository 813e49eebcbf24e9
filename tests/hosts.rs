//! Programs that are not kind to the library: other floating-point environments, `fork`, signals, unloading, small
//! stacks. Each is compiled and linked with the shared library, as a host's own program is.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

struct Host {
    folder: TempDir,
    library: PathBuf,
}

impl Host {
    /// The compiled program, or none where there is no compiler.
    fn new(name: &str, more: &[&str]) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().unwrap();
        let library = std::env::current_exe().unwrap().parent().unwrap().join("libdiffpool.so");
        // Programs ask the loader for the library by its SONAME.
        std::fs::copy(&library, folder.path().join("libdiffpool.so.0")).unwrap();
        let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()));
        compiler.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O1"]).arg("-I").arg(root.join("include"));
        compiler.arg(root.join("tests/hosts").join(name)).arg("-o").arg(folder.path().join("host"));
        let library_argument = more.is_empty().then_some(&library);
        compiler.args(library_argument).args(more).args(["-lpthread", "-lm", "-ldl"]);
        match compiler.output() {
            Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => {
                println!("skipped: the compiler cannot be run: {error}");
                return None;
            }
        }
        Some(Self { folder, library })
    }

    /// What it prints.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(self.folder.path().join("host"));
        let output = command.args(arguments).env("LD_LIBRARY_PATH", self.folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let last = text.lines().last().unwrap_or_default();
        assert!(output.status.success(), "{arguments:?}: {}, after {last:?}", output.status);
        text
    }
}

#[test]
fn the_floating_point_environment_of_the_host_changes_no_bit() {
    let Some(host) = Host::new("host.c", &[]) else { return };
    let plain = host.run(&["plain"]);
    assert!(plain.lines().count() >= 80);
    for kind in ["traps", "upward", "flush"] {
        assert_eq!(host.run(&[kind]), plain, "{kind}");
    }
}

#[test]
fn a_forked_child_is_told_what_it_cannot_use() {
    let Some(host) = Host::new("host.c", &[]) else { return };
    let text = host.run(&["fork"]).replace("OK \n", "OK\n").replace("its threads are", "its threads\n  are");
    insta::assert_snapshot!(text, @r"
    session: OK
    fit: INVALID_STATE the trainer: its threads
      are in the process that made it: this one is a copy of that, by fork
    predict: INVALID_STATE the predictor: its threads
      are in the process that made it: this one is a copy of that, by fork
    evaluate: INVALID_STATE the predictor: its threads
      are in the process that made it: this one is a copy of that, by fork
    fit anew: OK
    ");
}

#[test]
fn signals_are_the_hosts() {
    let Some(host) = Host::new("host.c", &[]) else { return };
    assert_eq!(host.run(&["signals"]), "100 signals came\n");
}

#[test]
fn no_thread_is_left() {
    let Some(host) = Host::new("host.c", &[]) else { return };
    assert_eq!(host.run(&["threads"]), "4 threads while a predictor lives, 1 after it\n");
}

#[test]
fn a_small_stack_is_enough() {
    let Some(host) = Host::new("host.c", &[]) else { return };
    host.run(&["stack", "65536"]);
}

#[test]
fn the_library_can_be_unloaded() {
    let Some(host) = Host::new("unload.c", &["-rdynamic"]) else { return };
    let text = host.run(&[host.library.to_str().unwrap(), "100"]);
    println!("{text}");
    assert!(text.starts_with("100 rounds, unloaded 100 times"), "{text}");
}
