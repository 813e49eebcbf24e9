//! State dicts: tensors by their names in the model of PyTorch, in a file of safetensors or in one of `torch.save`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::pickle;
use crate::failure::{Failure, Result};

/// The tensors of a model by name.
pub type State = BTreeMap<String, Tensor>;

/// What every file of `torch.save` begins with since PyTorch 1.6: it is a zip archive.
pub const ZIP: &[u8] = b"PK\x03\x04";

/// A tensor as it is in a file.
#[derive(Clone)]
pub enum Tensor {
    F32(Array),
    /// Of another type: its shape, the name of the type, and its bytes, which nothing looks into.
    Other {
        shape: Vec<usize>,
        kind: String,
        bytes: Vec<u8>,
    },
}

/// Numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Tensor {
    /// A counter of batches, at 0.
    pub fn counter() -> Self {
        Self::Other { shape: Vec::new(), kind: "I64".to_string(), bytes: vec![0; 8] }
    }

    pub fn shape(&self) -> &[usize] {
        match self {
            Self::F32(array) => &array.shape,
            Self::Other { shape, .. } => shape,
        }
    }

    /// The numbers. Rounding would be silent, so another type is refused.
    pub fn array(&self, name: &str) -> Result<&Array> {
        match self {
            Self::F32(array) => Ok(array),
            Self::Other { kind, .. } => {
                Err(Failure::data(format!("tensor {name:?} is of type {kind}, but must be F32")))
            }
        }
    }
}

impl Array {
    pub fn zeros(shape: Vec<usize>) -> Self {
        let len = shape.iter().product();
        Self { shape, values: vec![0.0; len] }
    }

    fn columns(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// A matrix turned round; anything else as it is.
    pub fn transposed(&self) -> Self {
        let [rows, columns] = self.shape[..] else { return self.clone() };
        let column = |column: usize| self.values.iter().skip(column).step_by(columns).take(rows);
        Self { shape: vec![columns, rows], values: (0..columns).flat_map(column).copied().collect() }
    }

    /// The columns of all parts, which have the same other sizes.
    pub fn side_by_side(parts: &[Self]) -> Self {
        let mut shape = parts[0].shape.clone();
        let rows = shape.iter().rev().skip(1).product();
        if let Some(last) = shape.last_mut() {
            *last = parts.iter().map(Self::columns).sum();
        }
        let row =
            |row: usize| parts.iter().flat_map(move |part| &part.values[row * part.columns()..][..part.columns()]);
        Self { shape, values: (0..rows).flat_map(row).copied().collect() }
    }

    /// The other way: `count` parts of the same columns, which must be a multiple of it.
    pub fn split(&self, count: usize) -> Vec<Self> {
        let columns = self.columns();
        let width = columns / count;
        let part = |part: usize| {
            let rows = self.values.chunks_exact(columns.max(1));
            let values = rows.flat_map(|row| &row[part * width..][..width]).copied().collect();
            let mut shape = self.shape.clone();
            if let Some(last) = shape.last_mut() {
                *last = width;
            }
            Self { shape, values }
        };
        (0..count).map(part).collect()
    }
}

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
            Dtype::F32 => {
                let values = data.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
                Tensor::F32(Array { shape, values })
            }
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
