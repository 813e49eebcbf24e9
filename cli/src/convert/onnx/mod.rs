//! A model as an ONNX file: the network of evaluation with its weights, for one graph or for a padded batch.

mod arithmetic;
mod conv;
mod describe;
mod features;
mod gat;
mod graph;
mod inputs;
mod level;
mod network;
pub mod proto;
mod readout;
mod stack;

use diffpool::config::Assignment;
use diffpool::model::Model;
use prost::Message;

use crate::failure::{Failure, Result};
use graph::Graph;

/// Most bytes of a message of Protocol Buffers.
const MOST_BYTES: usize = i32::MAX as usize;

/// The content of an ONNX file with the network of a model: for one graph of any number of nodes, or for batches of
/// them with a mask.
pub fn to_bytes(model: &Model<f32>, batched: bool) -> Result<Vec<u8>> {
    // Constants that are not weights are few.
    check_size(size_of_val(model.parameters()) + (1 << 20), MOST_BYTES)?;
    let message = to_message(model, batched)?;
    check_size(message.encoded_len(), MOST_BYTES)?;
    Ok(message.encode_to_vec())
}

/// Refuses what does not fit into a file.
fn check_size(bytes: usize, most: usize) -> Result<()> {
    if bytes > most {
        return Err(unsupported(format!(
            "the model would be an ONNX file of {bytes} bytes, but such a file has at most {most}"
        )));
    }
    Ok(())
}

fn to_message(model: &Model<f32>, batched: bool) -> Result<proto::Model> {
    check(model)?;
    let mut graph = Graph::new(model, batched);
    network::write(&mut graph)?;
    if let Some(name) = graph.left() {
        // A file without it would give other numbers.
        let message = format!("tensor {name:?} of the model has no place in the ONNX file");
        return Err(Failure::Error { code: 1, message });
    }
    Ok(describe::described(model, graph.finish("diffpool"), batched))
}

/// Refuses what operations of ONNX cannot compute. All else that a configuration can ask for is exported.
fn check(model: &Model<f32>) -> Result<()> {
    match model.config().assignment {
        Assignment::Learned => Ok(()),
        Assignment::Random => Err(unsupported(
            "assignment is \"random\", numbers that belong to the seed and the number of a node, which no operation of \
             ONNX draws",
        )),
        Assignment::Graclus => Err(unsupported(
            "assignment is \"graclus\", a clustering of every graph by its edges, which no operation of ONNX computes",
        )),
    }
}

fn unsupported(message: impl Into<String>) -> Failure {
    Failure::Error { code: 8, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_with_both_numbers() {
        assert!(check_size(7, 7).is_ok());
        let Err(Failure::Error { code, message }) = check_size(8, 7) else { panic!("it fits") };
        assert_eq!(code, 8);
        assert_eq!(message, "the model would be an ONNX file of 8 bytes, but such a file has at most 7");
    }
}
