//! Structural features: those that are computed from the edges of a graph before it is stacked.

use ndarray::s;

use super::clustering::clustering_coefficients;
use super::schema::FeatureSchema;
use crate::config::feature_source::FeatureSource;
use crate::error::{Error, Result};
use crate::graph::GraphRef;
use crate::memory::try_resize;
use crate::ops::positional::{laplacian, normalized::Normalized, random_walk};
use crate::ops::runtime::buffer::matrix_mut;

/// Memory that computing structural features takes. It only grows.
#[derive(Debug, Default)]
pub struct Scratch {
    normalized: Normalized,
    random_walk: random_walk::Scratch,
    laplacian: laplacian::Scratch,
}

impl Scratch {
    /// Makes room for graphs of no more nodes and edges than `graph`.
    fn reserve(&mut self, schema: &FeatureSchema, graph: GraphRef<'_>) -> Result<()> {
        for source in schema.sources() {
            match *source {
                FeatureSource::Laplacian(columns) => self.laplacian.reserve(graph.nodes(), columns)?,
                FeatureSource::RandomWalk(_) => self.random_walk.reserve(graph.nodes())?,
                _ => continue,
            }
            self.normalized.reserve(graph.nodes(), graph.entries())?;
        }
        Ok(())
    }
}

/// The structural features of a graph, and the memory that computing them takes. It only grows.
#[derive(Debug, Default)]
pub struct Structural {
    /// The features of the last graph, row-major `[n, structural_columns]`.
    values: Vec<f32>,
    scratch: Scratch,
}

impl Structural {
    /// The features that were last computed, for [`FeatureSchema::write`]; `None` where the schema has none.
    pub fn values(&self, schema: &FeatureSchema) -> Option<&[f32]> {
        (schema.structural_columns() > 0).then_some(self.values.as_slice())
    }

    /// Computes the structural features that `schema` has of `graph`, which has passed its check.
    pub fn compute(&mut self, schema: &FeatureSchema, graph: GraphRef<'_>) -> Result<Option<&[f32]>> {
        // Most schemas have none, and a prediction of a small graph would notice.
        if schema.structural_columns() == 0 {
            return Ok(None);
        }
        self.clear(schema, graph)?;
        write_structural(schema, graph, &mut self.scratch, &mut self.values)?;
        Ok(self.values(schema))
    }

    /// Makes room for the structural features of graphs of no more nodes and edges than `graph`, and returns zeros in
    /// their place.
    pub fn reserve(&mut self, schema: &FeatureSchema, graph: GraphRef<'_>) -> Result<Option<&[f32]>> {
        self.scratch.reserve(schema, graph)?;
        self.clear(schema, graph)?;
        Ok(self.values(schema))
    }

    fn clear(&mut self, schema: &FeatureSchema, graph: GraphRef<'_>) -> Result<()> {
        let count = graph.nodes().checked_mul(schema.structural_columns()).ok_or_else(Error::out_of_memory)?;
        self.values.clear();
        try_resize(&mut self.values, count, 0.0)
    }
}

/// Writes the structural features that `schema` has of `graph` into `out`, row-major `[n, structural_columns]`.
///
/// Looks at the control that the thread works under, and stops with an error where it says so.
pub fn write_structural(
    schema: &FeatureSchema,
    graph: GraphRef<'_>,
    scratch: &mut Scratch,
    out: &mut [f32],
) -> Result<()> {
    let Scratch { normalized, random_walk, laplacian } = scratch;
    let mut all = matrix_mut(out, graph.nodes(), schema.structural_columns());
    let positional =
        |source: &FeatureSource| matches!(source, FeatureSource::Laplacian(_) | FeatureSource::RandomWalk(_));
    if schema.sources().iter().any(positional) {
        normalized.set(graph)?;
    }
    let mut first = 0;
    for source in schema.sources() {
        let columns = first..first + source.structural_columns();
        first = columns.end;
        let mut own = all.slice_mut(s![.., columns]);
        match source {
            FeatureSource::Clustering => clustering_coefficients(graph, own.iter_mut()),
            FeatureSource::Laplacian(_) => laplacian::eigenvectors(normalized, laplacian, &mut own)?,
            FeatureSource::RandomWalk(_) => random_walk::return_probabilities(normalized, random_walk, &mut own)?,
            FeatureSource::Attributes | FeatureSource::Labels | FeatureSource::Categories => {}
            FeatureSource::Constant(_) | FeatureSource::Degree | FeatureSource::OneHotDegree(_) => {}
        }
    }
    Ok(())
}
