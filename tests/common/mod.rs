//! What the integration tests share.
#![allow(dead_code, missing_docs)]

pub mod agreement;
pub mod cases;
pub mod graphs;
pub mod models;
pub mod naive;
pub mod naive_convs;
pub mod naive_matrix;

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder `name` of real data, such as a TU data set, or `None` with a note where it is not on this machine.
///
/// It is looked for in the folders that `DIFFPOOL_DATA` lists, then in `shared/data` beside the project.
pub fn data_folder(name: &str) -> Option<PathBuf> {
    let listed = std::env::var_os("DIFFPOOL_DATA").unwrap_or_default();
    // This file is a part of the tests of every package of the workspace: its own place tells where the project is.
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("Cargo.lock").exists());
    let beside = project.expect("the project's folder has a Cargo.lock").join("../shared/data");
    let folders = std::env::split_paths(&listed).filter(|folder| !folder.as_os_str().is_empty()).chain([beside]);
    let found = folders.map(|folder| folder.join(name)).find(|folder| folder.is_dir());
    if found.is_none() {
        // Not `eprintln!`, which the test harness swallows when the test passes.
        let _ = writeln!(std::io::stderr(), "skipped: no folder {name} in DIFFPOOL_DATA or ../shared/data");
    }
    found
}
