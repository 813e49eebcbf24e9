//! DiffPool graph classification as an embeddable library.

pub mod error;
pub mod graph;
pub mod layers;
pub mod model;
pub mod ops;

pub use error::{Error, ErrorKind, Result};
