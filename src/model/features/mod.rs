//! The node features of a model: chosen by name, fitted to the training graphs, stored with the model.

mod clustering;
mod embedding;
mod fields;
mod schema;
#[cfg(test)]
mod tests;

pub use clustering::clustering_coefficients;
pub use embedding::Embedding;
pub use schema::FeatureSchema;
