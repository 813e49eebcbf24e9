//! Structural features: those that are computed from the edges of a graph before it is stacked.

use super::clustering::clustering_coefficients;
use super::schema::FeatureSchema;
use crate::config::feature_source::FeatureSource;
use crate::error::{Error, Result};
use crate::graph::GraphRef;
use crate::memory::try_resize;

/// The structural features of a graph, and the memory that computing them takes. It only grows.
#[derive(Debug, Default)]
pub struct Structural {
    /// The features of the last graph, row-major `[n, structural_columns]`.
    values: Vec<f32>,
}

impl Structural {
    /// The features that were last computed, for [`FeatureSchema::write`]; `None` where the schema has none.
    pub fn values(&self, schema: &FeatureSchema) -> Option<&[f32]> {
        (schema.structural_columns() > 0).then_some(self.values.as_slice())
    }

    /// Computes the structural features that `schema` has of `graph`, which has passed its check.
    pub fn compute(&mut self, schema: &FeatureSchema, graph: GraphRef<'_>) -> Result<Option<&[f32]>> {
        self.reserve(schema, graph)?;
        write_structural(schema, graph, &mut self.values)?;
        Ok(self.values(schema))
    }

    /// Makes room for the structural features of graphs of no more nodes and edges than `graph`, and returns zeros in
    /// their place.
    pub fn reserve(&mut self, schema: &FeatureSchema, graph: GraphRef<'_>) -> Result<Option<&[f32]>> {
        let count = graph.nodes().checked_mul(schema.structural_columns()).ok_or_else(Error::out_of_memory)?;
        try_resize(&mut self.values, count, 0.0)?;
        Ok(self.values(schema))
    }
}

/// Writes the structural features that `schema` has of `graph` into `out`, row-major `[n, structural_columns]`.
pub fn write_structural(schema: &FeatureSchema, graph: GraphRef<'_>, out: &mut [f32]) -> Result<()> {
    let width = schema.structural_columns();
    debug_assert_eq!(out.len(), graph.nodes() * width);
    let mut first = 0;
    for source in schema.sources() {
        match source {
            FeatureSource::Clustering => clustering_coefficients(graph, out.iter_mut().skip(first).step_by(width)),
            FeatureSource::Attributes | FeatureSource::Labels | FeatureSource::Categories => {}
            FeatureSource::Constant(_) | FeatureSource::Degree | FeatureSource::OneHotDegree(_) => {}
        }
        first += source.structural_columns();
    }
    Ok(())
}
