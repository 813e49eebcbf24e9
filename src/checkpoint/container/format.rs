//! What reading and writing have in common: kinds of file, and the tensors that one must hold.

/// Longest header: room for a million words of a vocabulary, and little enough to be read on trust. (The libraries of
/// the format read up to 100 MB.)
pub(super) const MAX_HEADER: usize = 1 << 25;
/// Most quotation marks in metadata of JSON: two for each of a million names of features, and as many for the rest.
pub(super) const MAX_QUOTES: usize = 1 << 22;
/// The only version there is.
pub(super) const FORMAT_VERSION: &str = "1";
/// Values that are read at a time.
pub(super) const READ_PIECE: usize = 1 << 14;
/// Values that are written at a time, by way of the stack.
pub(super) const WRITE_PIECE: usize = 1 << 11;

/// A kind of file.
#[derive(Debug)]
pub struct Format {
    /// What the metadata `format` says.
    pub name: &'static str,
    /// The keys of metadata that are written besides those that every file has; a reader does not mind others.
    pub keys: &'static [&'static str],
    /// Whether a file without a checksum is refused.
    pub checksum_required: bool,
}

/// A tensor that a file must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Name in the file.
    pub name: String,
    /// Sizes.
    pub shape: Vec<usize>,
    /// Whether its values are variances, which are not negative.
    pub variance: bool,
}

impl TensorSpec {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// What is wrong with the values, if anything.
    pub fn fault(&self, values: &[f32]) -> Option<String> {
        let name = &self.name;
        if values.len() != self.len() {
            return Some(format!("tensor {name:?} has {} values, but its shape is {:?}", values.len(), self.shape));
        }
        // A loop without a way out takes many values at a time, and a search only one.
        let any = values.iter().fold(false, |any, v| any | !v.is_finite());
        if any && let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Some(format!("tensor {name:?}: value {at} is {}", values[at]));
        }
        let at = values.iter().position(|v| self.variance && *v < 0.0)?;
        Some(format!("tensor {name:?}: value {at} is {}, but a variance is not negative", values[at]))
    }
}
