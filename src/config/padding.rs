//! The setting `padding`.

use super::limits::MAX_SIZE;
use super::text::shorten;
use crate::error::{Result, bail};

/// Nodes that graphs count as at the first level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// The nodes that they have.
    None,
    /// The nodes of the largest graph of the batch.
    Batch,
    /// This many; larger graphs count as themselves.
    Nodes(usize),
}

impl Padding {
    /// Reads `none`, `batch` or a number.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "none" => return Ok(Self::None),
            "batch" => return Ok(Self::Batch),
            _ => {}
        }
        match text.parse() {
            Ok(nodes) if (1..=MAX_SIZE).contains(&nodes) && text.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self::Nodes(nodes))
            }
            _ => bail!(
                InvalidConfig,
                "padding is \"{}\", but must be \"none\", \"batch\" or a number of nodes from 1 to {MAX_SIZE}",
                shorten(text)
            ),
        }
    }
}
