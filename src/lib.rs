//! DiffPool graph classification as an embeddable library.

pub mod data;
pub mod error;
pub mod graph;
pub mod ops;

pub use error::{Error, ErrorKind, Result};
