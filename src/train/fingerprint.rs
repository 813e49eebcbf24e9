//! What tells the graphs and the split of a run from others.

use crate::graph::{COLUMN_NAMES, Dataset, GraphRules, PackedColumn};

/// Columns in the order in which they count. Those that are in neither list count after them.
const ORDER: [&str; 10] = [
    "targets",
    "first_words",
    "words",
    "indptr",
    "indices",
    "edge_weight",
    "x",
    "categories",
    "edge_labels",
    "node_labels",
];

/// The class counts before all columns, and no model reads attributes of graphs, nor ids.
const LEFT_OUT: [&str; 3] = ["y", "graph_attributes", "id_bytes"];

/// A checksum of the graphs named, and of which of the two parts names them. The attributes of their edges count where
/// they are among what is `read`.
pub fn fingerprint(dataset: &Dataset, train: &[usize], validation: &[usize], read: GraphRules) -> u32 {
    let counts = |name: &str| !LEFT_OUT.contains(&name) && (read.edge_attributes > 0 || name != "edge_attributes");
    let mut order: Vec<usize> = (0..COLUMN_NAMES.len()).filter(|&at| counts(COLUMN_NAMES[at])).collect();
    order.sort_by_key(|&at| ORDER.iter().position(|name| *name == COLUMN_NAMES[at]).unwrap_or(ORDER.len()));
    let mut hash = crc32fast::Hasher::new();
    let mut columns = Vec::new();
    for part in [train, validation] {
        hash.update(&(part.len() as u64).to_le_bytes());
        for &index in part {
            hash.update(&(index as u64).to_le_bytes());
            hash.update(&(dataset.y(index) as u64).to_le_bytes());
            columns.clear();
            columns.extend(dataset.columns_of(index));
            order.iter().for_each(|&at| count(&mut hash, columns[at]));
        }
    }
    hash.finalize()
}

/// Counts numbers by their little-endian bytes, so that a run can go on on another machine.
fn count(hash: &mut crc32fast::Hasher, column: PackedColumn<'_>) {
    if cfg!(target_endian = "little") {
        return hash.update(column.bytes);
    }
    for number in column.bytes.chunks(column.kind.width()) {
        number.iter().rev().for_each(|&byte| hash.update(&[byte]));
    }
}
