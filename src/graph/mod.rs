//! Graphs: a borrowed view, the builder that checks and normalises input, and the packed data set, which is in memory
//! or in the bytes of a file.

mod append;
mod arrays;
mod attach;
mod batch;
mod builder;
mod check;
mod classes;
mod column;
mod columns;
mod dataset;
mod description;
mod graclus;
mod ids;
mod input;
mod limits;
mod loops;
mod names;
mod packed;
mod stream;
mod table;
mod targets;
mod verify;
mod view;

pub use append::ClassMap;
pub use arrays::{GraphArrays, Matrix};
pub use attach::{EdgeData, EdgeDataRef};
pub use batch::BatchParts;
pub use builder::GraphBuilder;
pub(crate) use classes::unknown_class;
pub use column::{Element, ElementKind, PackedColumn, Store};
pub use columns::COLUMN_NAMES;
pub use dataset::Dataset;
pub use description::Description;
pub use graclus::{GraclusScratch, NO_CLUSTER, graclus};
pub use ids::MAX_ID;
pub use input::{EdgeInput, GraphInput, GraphRules};
pub use limits::{MAX_CLASSES, MAX_TARGETS, MIN_VOCABULARY};
pub use loops::LoopFree;
pub use names::{Conflict, MAX_NAME, Names};
pub use packed::StoredColumns;
pub use stream::GraphStream;
pub(crate) use table::check_columns;
pub use view::GraphRef;
