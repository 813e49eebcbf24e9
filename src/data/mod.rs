//! Data sets from files and from chance, and how to split them.

pub mod splits;
pub mod synthetic;
pub mod tu;
