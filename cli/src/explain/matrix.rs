//! Matrices in a document: numbers in JSON, or packed for the page.

use ndarray::ArrayView2;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A matrix by rows.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    values: Vec<f32>,
    packed: bool,
}

impl Matrix {
    /// A copy of another.
    pub fn of(view: ArrayView2<'_, f32>) -> Self {
        Self { rows: view.nrows(), columns: view.ncols(), values: view.iter().copied().collect(), packed: false }
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One value.
    pub fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns + column]
    }

    /// Makes it be written as text of two bytes a value, which are shares from 0 to 1.
    pub fn pack(&mut self) {
        self.packed = true;
    }
}

/// Rows of numbers, or the object of a packed matrix.
impl Serialize for Matrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.packed {
            return serializer.collect_seq((0..self.rows).map(|row| self.row(row)));
        }
        let share = |value: &f32| (f64::from(value.clamp(0.0, 1.0)) * 65535.0).round() as u16;
        let bytes: Vec<u8> = self.values.iter().flat_map(|value| share(value).to_le_bytes()).collect();
        let mut object = serializer.serialize_struct("Matrix", 3)?;
        object.serialize_field("rows", &self.rows)?;
        object.serialize_field("columns", &self.columns)?;
        object.serialize_field("base64", &base64(&bytes))?;
        object.end()
    }
}

/// The text of some bytes, six bits a letter (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for letter in 0..4 {
            match letter <= group.len() {
                true => text.push(char::from(LETTERS[(bits >> (18 - 6 * letter)) as usize & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn bytes_become_text() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in cases {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_matrix_is_rows_of_numbers_or_packed() {
        let mut matrix = Matrix::of(arr2(&[[0.0, 1.0], [0.5, 0.1], [1.0, 0.0]]).view());
        assert_eq!(serde_json::to_string(&matrix).unwrap(), "[[0.0,1.0],[0.5,0.1],[1.0,0.0]]");
        assert_eq!((matrix.row(1), matrix.at(2, 0)), (&[0.5, 0.1][..], 1.0));
        matrix.pack();
        let packed = r#"{"rows":3,"columns":2,"base64":"AAD//wCAmhn//wAA"}"#;
        assert_eq!(serde_json::to_string(&matrix).unwrap(), packed);
    }
}
