//! The node features of a model: chosen by name, fitted to the training graphs, stored with the model.

mod clustering;
mod edges;
mod embedding;
mod fields;
mod schema;
mod structural;
#[cfg(test)]
mod tests;
mod training;

pub use embedding::Embedding;
pub use schema::FeatureSchema;
pub use structural::{Scratch as StructuralScratch, Structural, write_structural};
