//! What tells the graphs and the split of a run from others.

use crate::graph::Dataset;

/// A checksum of the graphs named, and of which of the two parts names them.
pub fn fingerprint(dataset: &Dataset, train: &[usize], validation: &[usize]) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    for part in [train, validation] {
        hash.update(&(part.len() as u64).to_le_bytes());
        for &index in part {
            let graph = dataset.graph(index);
            hash.update(&(index as u64).to_le_bytes());
            hash.update(&(dataset.y(index) as u64).to_le_bytes());
            if dataset.target_width() > 0 {
                dataset.targets(index).iter().for_each(|v| hash.update(&v.to_le_bytes()));
            }
            if dataset.sequence_length() > 0 {
                let words = [dataset.sequence_heads(index), dataset.sequence(index)];
                words.into_iter().flatten().for_each(|v| hash.update(&v.to_le_bytes()));
            }
            graph.indptr().iter().chain(graph.indices()).for_each(|v| hash.update(&v.to_le_bytes()));
            graph.edge_weight().unwrap_or(&[]).iter().chain(graph.x()).for_each(|v| hash.update(&v.to_le_bytes()));
            graph.categories().iter().for_each(|v| hash.update(&v.to_le_bytes()));
            graph.edge_labels().unwrap_or(&[]).iter().for_each(|v| hash.update(&v.to_le_bytes()));
            graph.node_labels().unwrap_or(&[]).iter().for_each(|v| hash.update(&v.to_le_bytes()));
        }
    }
    hash.finalize()
}
