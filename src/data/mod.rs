//! Data sets from files and from chance, and how to split them.

mod capped;
mod columns;
pub mod encoding;
pub mod json_lines;
pub mod load;
pub mod ogb;
mod output;
pub mod splits;
pub mod statistics;
pub mod synthetic;
mod text;
pub mod tu;
