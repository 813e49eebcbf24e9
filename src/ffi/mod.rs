//! The C ABI: what `include/diffpool.h` declares, one file a section, each export through the one guard.
//!
//! Every exported function that can fail has the same shape. `guard` runs its body; the body first turns raw arguments
//! into checked ones (`Call::read`, `Call::change`, `arguments::*`), then calls the Rust API, and writes its outputs
//! last, so that a failure leaves them untouched. What callers promise about pointers is stated once, in the rules at
//! the top of the header; the `SAFETY` comments of this module lean on it. The few functions that cannot fail read a
//! field, or free something, and are NULL-safe.

// The header's rules on pointers hold for every export; repeating them in each doc comment would only bury the rest.
#![allow(clippy::missing_safety_doc)]
// Doc comments are the header's text, where brackets are C.
#![allow(rustdoc::broken_intra_doc_links)]

mod arguments;
mod floating_point;
mod guard;
mod handle;
pub mod indices;
mod panics;
pub mod reserve;
mod top;

pub mod config;
pub mod control;
pub mod dataset;
pub mod dataset_parts;
pub mod dataset_read;
pub mod dataset_source;
pub mod dataset_text;
pub mod dataset_writer;
pub mod diagnostics;
pub mod epoch;
pub mod error;
pub mod evaluation;
pub mod fine_tuning;
pub mod graph;
pub mod graph_nodes;
pub mod graph_read;
pub mod graph_weights;
pub mod graph_whole;
pub mod history;
pub mod levels;
pub mod log;
pub mod memory;
pub mod metadata;
pub mod model;
pub mod predictor;
pub mod schema;
pub mod session;
pub mod split;
pub mod split_file;
pub mod status;
pub mod targets;
pub mod tensors;
pub mod trainer;
pub mod version;

/// The allocator of the C library. Programs in Rust have their own, or this one, as they like.
#[cfg(feature = "reserve")]
#[global_allocator]
static ALLOCATOR: reserve::Allocator = reserve::Allocator(std::alloc::System);

#[cfg(test)]
mod tests;
