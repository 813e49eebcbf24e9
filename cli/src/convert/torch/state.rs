//! State dicts in files: of safetensors, or of `torch.save`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::pickle;
use super::tensor::{Array, State, Tensor, brain, half, widened};
use crate::failure::{Failure, Result};

/// What every file of `torch.save` begins with since PyTorch 1.6: it is a zip archive.
pub const ZIP: &[u8] = b"PK\x03\x04";

/// Reads a state dict. `key` names the entry of a larger mapping that is the state dict.
pub fn read(path: &Path, bytes: &[u8], key: Option<&str>) -> Result<State> {
    let in_file = |e: Failure| e.in_context(path.display());
    if bytes.starts_with(ZIP) {
        return pickle::read(bytes, key).map_err(|e| in_file(Failure::data(e)));
    }
    if path.extension().is_some_and(|extension| extension == "pt" || extension == "pth") {
        let name = path.display();
        let what = format!(
            "not a file that torch.save of PyTorch 1.6 or later writes; python -c \"import torch; from \
             safetensors.torch import save_file; save_file(torch.load('{name}', 'cpu'), '{name}.safetensors')\" makes \
             one that can be read"
        );
        return Err(in_file(Failure::data(what)));
    }
    let file =
        SafeTensors::deserialize(bytes).map_err(|e| in_file(Failure::data(format!("no safetensors file: {e}"))))?;
    let mut state = State::new();
    for (name, view) in file.tensors() {
        let (shape, data) = (view.shape().to_vec(), view.data());
        let tensor = match view.dtype() {
            Dtype::F32 => Tensor::F32(Array { shape, values: widened(data, f32::from_le_bytes) }),
            Dtype::F16 => Tensor::F32(Array { shape, values: widened(data, half) }),
            Dtype::BF16 => Tensor::F32(Array { shape, values: widened(data, brain) }),
            other => Tensor::Other { shape, kind: format!("{other:?}"), bytes: data.to_vec() },
        };
        state.insert(name, tensor);
    }
    Ok(state)
}

/// The content of a safetensors file that `safetensors.torch.load_file` reads.
pub fn to_bytes(state: &State) -> Result<Vec<u8>> {
    let wrong = |e: safetensors::SafeTensorError| Failure::Error { code: 1, message: e.to_string() };
    let mut data: BTreeMap<&str, (Dtype, Cow<'_, [u8]>)> = BTreeMap::new();
    for (name, tensor) in state {
        let content = match tensor {
            Tensor::F32(array) => {
                let bytes: Vec<u8> = array.values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (Dtype::F32, bytes.into())
            }
            Tensor::Other { bytes, .. } => (Dtype::I64, bytes.as_slice().into()),
        };
        data.insert(name, content);
    }
    let mut views = Vec::new();
    for (name, (dtype, bytes)) in &data {
        let shape = state[*name].shape().to_vec();
        views.push((*name, TensorView::new(*dtype, shape, bytes).map_err(wrong)?));
    }
    let metadata = [("format".to_string(), "pt".to_string())].into();
    safetensors::serialize(views, Some(metadata)).map_err(wrong)
}
