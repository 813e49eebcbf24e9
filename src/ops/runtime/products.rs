//! What a matrix kernel computes: `c = f(alpha (a_1 b_1 + a_2 b_2 + ...) + beta c + bias) scale + shift`.

use super::matrix::Mat;

/// Products that can be added up in one pass.
pub const MAX_TERMS: usize = 4;

/// Up to that many products `a b`, the present ones first.
pub type Products<'a, T> = [Option<(Mat<'a, T>, Mat<'a, T>)>; MAX_TERMS];

/// What is done with a sum of products.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a, T> {
    /// What the sum is multiplied with.
    pub alpha: T,
    /// What `c` is multiplied with before it is added; where it is 0, `c` is not read.
    pub beta: T,
    /// The bias that is added to every row, of as many values as `c` has columns.
    pub bias: Option<&'a [T]>,
    /// Whether negative results become 0.
    pub relu: bool,
    /// What every column is multiplied with after that, and what is added then, of as many values as `c` has columns.
    pub scale: Option<(&'a [T], &'a [T])>,
}
