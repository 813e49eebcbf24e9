//! What the tiles of the kernel need of the vectors of an instruction set.

/// A kind of vector: what the tiles need of it. All functions need the instruction set that the implementor
/// names.
pub(super) trait Vector: Copy {
    /// The value in a lane.
    type Value: Copy + PartialEq;
    /// Values a vector.
    const LANES: usize;
    /// Zero.
    const ZERO: Self::Value;
    /// One.
    const ONE: Self::Value;
    /// All lanes set to one value.
    unsafe fn splat(value: Self::Value) -> Self;
    /// Reads consecutive values.
    unsafe fn load(from: *const Self::Value) -> Self;
    /// Writes consecutive values.
    unsafe fn store(self, to: *mut Self::Value);
    /// `self * by + plus`, rounded once.
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;
    /// `self * by`.
    unsafe fn multiply(self, by: Self) -> Self;
    /// `self + by`.
    unsafe fn add(self, by: Self) -> Self;
    /// 0 for lanes below 0; what is not a number stays.
    unsafe fn rectify(self) -> Self;
    /// Copies the transpose of `from`, `LANES x depth` in rows of `stride` values, to rows of `width` values, as far as
    /// whole blocks go; returns how many of the `depth` rows it wrote.
    #[inline(always)]
    unsafe fn transpose(
        _from: *const Self::Value,
        _stride: usize,
        _depth: usize,
        _to: *mut Self::Value,
        _width: usize,
    ) -> usize {
        0
    }
}
