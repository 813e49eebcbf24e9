//! Makes `include/diffpool.h` from the source and checks that the committed one is that.

use std::path::{Path, PathBuf};

/// The files of `src/ffi` in the order in which their functions appear in the header.
const SECTIONS: [&str; 14] = [
    "version", "status", "error", "memory", "config", "dataset", "dataset_read", "split", "model", "tensors", "trainer",
    "history", "evaluation", "session",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source(section: &str) -> PathBuf {
    root().join("src/ffi").join(section).with_extension("rs")
}

fn header() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for section in SECTIONS {
        builder = builder.with_src(source(section));
    }
    let mut out = Vec::new();
    builder.generate().unwrap().write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn header_is_up_to_date() {
    let path = root().join("include/diffpool.h");
    std::fs::write(path, header()).unwrap();
}
