//! The file of a model: what predicting needs, and nothing else.

use std::io::Read;
use std::path::Path;

use super::atomic;
use super::container::{Format, Packed, Reader, Writer};
use super::description::{self, CLASSES, CONFIG, Description, FEATURES, SEEN, TARGETS};
use crate::error::Result;
use crate::model::Model;

pub(super) const FORMAT: Format =
    Format { name: "libdiffpool", keys: &[CONFIG, FEATURES, CLASSES, TARGETS, SEEN], checksum_required: false };

/// Writes a model into a file, which is replaced as a whole or not at all.
///
/// A weight that is not finite is an error, since [`load`] would refuse it.
pub fn save(model: &Model<f32>, path: &Path) -> Result<()> {
    let packed = pack(model).map_err(|e| e.in_context(path.display()))?;
    atomic::write(path, |out| packed.write_to(out))
}

/// Reads a model from a file. The error names the file and the value that is wrong.
pub fn load(path: &Path) -> Result<Model<f32>> {
    description::load(path, &FORMAT, read)
}

/// The content of the file that [`save`] writes. The same model gives the same bytes.
pub fn to_bytes(model: &Model<f32>) -> Result<Vec<u8>> {
    let packed = pack(model)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(packed.len())?;
    packed.write_to(&mut bytes).map_err(|e| crate::error::error!(Io, "{e}"))?;
    Ok(bytes)
}

/// Reads a model from the content of a file.
pub fn from_bytes(bytes: &[u8]) -> Result<Model<f32>> {
    read(Reader::open(bytes, bytes.len() as u64, &FORMAT)?)
}

fn pack(model: &Model<f32>) -> Result<Packed<'_>> {
    let mut writer = Writer::new(&FORMAT);
    Description::write(model, &mut writer)?;
    let network = model.network();
    let values = description::values(network, model.parameters(), model.running());
    writer.tensors(description::specs(network, ""), values)?;
    writer.pack()
}

fn read<R: Read>(reader: Reader<R>) -> Result<Model<f32>> {
    let description = Description::read(&reader)?;
    let specs = description::specs(&description.network()?, "");
    reader.check_tensors(&specs)?;
    let mut model = description.blank()?;
    let (network, _, parameters, running) = model.training_parts();
    reader.read(&specs, description::values_mut(network, parameters, running))?;
    Ok(model)
}

#[cfg(test)]
mod tests;
