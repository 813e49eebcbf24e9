//! Graphs: a borrowed view, the builder that checks and normalises input, and the packed data set, which is in memory
//! or in the bytes of a file.

mod builder;
mod classes;
mod column;
mod dataset;
mod graclus;
mod packed;
mod stream;
mod targets;
mod verify;
mod view;

pub use builder::{EdgeInput, GraphBuilder, GraphInput, GraphRules};
pub(crate) use classes::unknown_class;
pub use column::{Element, ElementKind, Store};
pub use dataset::{Dataset, EdgeData, EdgeDataRef, MAX_CLASSES};
pub use graclus::{GraclusScratch, NO_CLUSTER, graclus};
pub use packed::{COLUMN_NAMES, Description, PackedColumn, StoredColumns};
pub use stream::{ClassMap, GraphStream};
pub use targets::{MAX_TARGETS, MIN_VOCABULARY};
pub use view::GraphRef;
