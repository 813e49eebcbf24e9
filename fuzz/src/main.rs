//! Bytes that somebody else may have made, for every reader of the library. `FUZZ_TARGET` names one; see scripts/fuzz.sh.
//!
//! An error is fine, and so is success; a panic, an abort, memory or time without end are not. What was read must be
//! usable, and what is written of it must be read again as the same bytes.
#![no_main]

mod files;
mod graphs;
mod text;
mod weights;

// The reader of state dicts is the program's own, and in no library.
#[allow(dead_code)]
#[path = "../../cli/src/failure.rs"]
mod failure;
#[allow(dead_code)]
#[path = "../../cli/src/convert/torch/mod.rs"]
mod torch;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// A target: what it is called, and what it does with bytes.
const TARGETS: [(&str, fn(&[u8])); 10] = [
    ("model", files::model),
    ("checkpoint", files::checkpoint),
    ("dataset", files::dataset),
    ("config", text::config),
    ("jsonl", text::json_lines),
    ("split", text::split),
    ("tu", text::tu),
    ("ogb", text::ogb),
    ("torch", weights::torch),
    ("graph", graphs::graph),
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|(own, _)| *own == name) {
        Some((_, target)) => *target,
        None => panic!("FUZZ_TARGET is {name:?}, but must be one of {:?}", TARGETS.map(|(name, _)| name)),
    }
});

fuzz_target!(|data: &[u8]| TARGET(data));
