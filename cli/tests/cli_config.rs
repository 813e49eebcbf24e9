//! The configuration of the program: a preset, then a file, then single keys, and what is refused.

#[path = "common/program.rs"]
mod program;

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program within `folder`.
fn diffpool(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diffpool"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

/// What `--print-config` prints for these arguments.
fn config(folder: &Path, arguments: &[&str]) -> Output {
    let command = ["cross-validate", "--protocol", "paper", "--data", "none", "--print-config"];
    diffpool(folder, &[command.as_slice(), arguments].concat())
}

#[test]
fn later_sources_win() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "c.toml",
        "preset = \"paper\"\nbatch_size = 7\nclusters = [5, 2]\nseed = 3\nlearning_rate_schedule = \"cosine\"",
    );
    write("c.json", r#"{"preset": "paper", "batch_size": 7, "clusters": [5, 2], "seed": 3}"#);
    let cases: &[(&[&str], &str, &str, u64, u64)] = &[
        (&[], "default", "[0.25,0.25]", 20, 0),
        (&["--preset", "errica"], "errica", "[0.25,0.25]", 8, 0),
        (&["--config", "c.toml"], "paper", "[5.0,2.0]", 7, 3),
        (&["--config", "c.json"], "paper", "[5.0,2.0]", 7, 3),
        (&["--config", "c.json", "--preset", "errica"], "errica", "[5.0,2.0]", 7, 3),
        (&["--config", "c.toml", "--set", "batch_size=9", "--set", "clusters=[]"], "paper", "[]", 9, 3),
        (&["--set", "batch_size=9", "--set", "batch_size=10"], "default", "[0.25,0.25]", 10, 0),
        (&["--set", "embed_conv=gin", "--set", "seed=18446744073709551615"], "default", "[0.25,0.25]", 20, u64::MAX),
    ];
    for (arguments, preset, clusters, batch_size, seed) in cases {
        let output = config(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["preset"], *preset, "{arguments:?}");
        assert_eq!(found["clusters"].to_string(), *clusters, "{arguments:?}");
        assert_eq!((&found["batch_size"], &found["seed"]), (&(*batch_size).into(), &(*seed).into()), "{arguments:?}");
    }
    let found: serde_json::Value =
        serde_json::from_slice(&config(folder.path(), &["--config", "c.toml"]).stdout).unwrap();
    assert_eq!(found["learning_rate_schedule"], "cosine");
}

#[test]
fn what_is_printed_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let printed = config(folder.path(), &["--preset", "authors", "--set", "epochs=12"]).stdout;
    std::fs::write(folder.path().join("c.json"), &printed).unwrap();
    assert_eq!(config(folder.path(), &["--config", "c.json"]).stdout, printed);
}

#[test]
fn refusals_are_one_line_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("list.json", "[1]");
    write("broken.json", "{");
    write("broken.toml", "seed = 1\nepochs = ");
    write("unknown.toml", "embed_convolution = \"gin\"");
    write("preset.json", r#"{"preset": 3}"#);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--set", "epochs"], 2, "--set epochs: there is no \"=\" between key and value"),
        (&["--set", "epoch=3"], 3, "\"epoch\""),
        (&["--set", "epochs=many"], 3, "epochs is \"many\""),
        (&["--set", "dropout=1.5"], 3, "dropout is 1.5"),
        (&["--set", "assign_final=none"], 3, "jumping_knowledge"),
        (&["--set", "preset=paper"], 3, "preset is \"default\" and cannot be changed"),
        (&["--config", "missing.json"], 5, "missing.json: "),
        (&["--config", "list.json"], 3, "list.json: the file must hold one object of keys"),
        (&["--config", "broken.json"], 3, "broken.json: "),
        (&["--config", "broken.toml"], 3, "broken.toml: line 2: "),
        (&["--config", "unknown.toml"], 3, "unknown.toml: "),
        (&["--config", "preset.json"], 3, "preset is 3, but must be a string"),
    ];
    for (arguments, code, message) in cases {
        let output = config(folder.path(), arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {errors}");
        assert!(errors.starts_with("diffpool: error: ") && errors.contains(message), "{arguments:?}: {errors}");
        assert_eq!(errors.trim_end().lines().count(), 1, "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_lists_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let help = diffpool(folder.path(), &["--help"]);
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).unwrap();
    for line in ["  0  all is done", "  3  the configuration is refused", "130  stopped by Ctrl-C"] {
        assert!(text.contains(line), "{text}");
    }
    let wrong = diffpool(folder.path(), &["cross-validate", "--protocol", "unfair", "--data", "x"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_wrong_command_line_is_one_line_that_names_what_is_wrong() {
    let cases = [
        ("train", "the following required arguments were not provided: --data <PATH> --output <FILE>"),
        ("trian", "'trian'"),
        ("train --preset nothing", "invalid value 'nothing' for '--preset <NAME>'"),
        ("train --data a --output b --seconds -1 --print-nothing", "'--print-nothing'"),
        ("predict m --data a --threads 18446744073709551615", "18446744073709551615"),
        ("evaluate m --data a --threads 1025", "1025 is not in 0..=1024"),
        ("predict m --data a --json --out-format csv", "--json: --out-format csv is another format"),
    ];
    for (arguments, named) in cases {
        let ran = program::run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("diffpool: error: ") && ran.stderr.contains(named), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn what_a_path_holds_does_not_break_the_line() {
    let ran = program::program("inspect").arg("no\nsuch\x1b[31m").output().unwrap();
    let ran = program::Ran::of(ran);
    assert_eq!(ran.code, Some(5));
    assert!(ran.stderr.starts_with(r"diffpool: error: no\nsuch\u{1b}[31m: "), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1);
}
