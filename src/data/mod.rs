//! Data sets from files and from chance, and how to split them.

pub mod tu;
