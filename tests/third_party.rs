//! `THIRD-PARTY.txt` and `packaging/sbom.cdx.json`, which go with every package, name each crate in the binaries, and
//! nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    let hint = "scripts/dist/third_party.py writes it";
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}; {hint}"))
}

/// The crates that cargo links into the library and the program, as `name version`.
fn linked() -> BTreeSet<String> {
    let mut crates = BTreeSet::new();
    for target in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(root()).args(["tree", "--locked", "--offline", "--workspace", "--target", target]);
        cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("diffpool")) {
            let words: Vec<_> = line.split(' ').collect();
            crates.insert(format!("{} {}", words[0], words[1].trim_start_matches('v')));
        }
    }
    crates
}

#[test]
fn every_crate_is_named_with_its_licence_and_a_text() {
    let notices = text("THIRD-PARTY.txt");
    let (rows, texts) = notices.split_once("\nTEXTS\n").unwrap();
    let rows = rows.split_once("\nCRATES\n\n").unwrap().1.split_once("\n\n").unwrap().0;
    let listed: BTreeSet<_> = rows.lines().map(|row| row.split_once(": ").unwrap().0.to_owned()).collect();
    let linked = linked();
    assert!(linked.len() > 20, "cargo names only {linked:?}");
    assert_eq!(listed, linked, "THIRD-PARTY.txt is out of date: scripts/dist/third_party.py writes it");

    let owners = texts.lines().filter_map(|line| line.strip_prefix("Of ")?.strip_suffix(':'));
    let owners: BTreeSet<_> = owners.flat_map(|line| line.split(", ")).collect();
    for name in &linked {
        assert!(owners.contains(name.as_str()), "THIRD-PARTY.txt has no text of {name}");
    }
}

#[test]
fn every_crate_is_in_the_bill_of_materials() {
    let bill: Value = serde_json::from_str(&text("packaging/sbom.cdx.json")).unwrap();
    let listed = bill["components"].as_array().unwrap().iter();
    let listed =
        listed.map(|crate_| format!("{} {}", crate_["name"].as_str().unwrap(), crate_["version"].as_str().unwrap()));
    assert_eq!(listed.collect::<BTreeSet<_>>(), linked(), "scripts/dist/third_party.py writes packaging/sbom.cdx.json");
    assert_eq!(bill["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
}
