//! DiffPool graph classification as an embeddable library.
#![doc = ""]
#![doc = include_str!("../README.md")]

/// The name that the naive oracle has for the crate, whose file unit tests and integration tests share.
#[cfg(test)]
extern crate self as diffpool;

pub mod checkpoint;
pub mod config;
pub mod control;
pub mod data;
pub mod error;
pub mod ffi;
pub mod foreign;
pub mod graph;
pub mod layers;
mod memory;
pub mod model;
pub mod ops;
pub mod train;
mod words;

pub use error::{Error, ErrorKind, Result};
