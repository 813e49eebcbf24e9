//! A column of packed numbers: a vector, or a range of bytes that something else keeps, such as a mapped file.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;

use crate::error::{Result, bail};

/// Bytes that are shared and stay as they are: the same ones at every look.
pub type Store = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// What the bytes of a column stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    /// Counts and classes.
    U32,
    /// Offsets over all graphs.
    U64,
    /// Categories.
    I32,
    /// Labels.
    I64,
    /// Features, weights and targets.
    F32,
}

/// A number that columns are made of.
pub trait Element: Pod {
    /// Its kind.
    const KIND: ElementKind;
}

impl Element for u32 {
    const KIND: ElementKind = ElementKind::U32;
}

impl Element for usize {
    const KIND: ElementKind = ElementKind::U64;
}

impl Element for i32 {
    const KIND: ElementKind = ElementKind::I32;
}

impl Element for i64 {
    const KIND: ElementKind = ElementKind::I64;
}

impl Element for f32 {
    const KIND: ElementKind = ElementKind::F32;
}

/// Numbers one after the other. As a slice it is the same wherever they are; only a vector can grow.
#[derive(Clone)]
pub(super) enum Column<T> {
    /// A vector of its own.
    Owned(Vec<T>),
    /// A range of bytes of a store, of which [`stored`](Self::stored) has checked that they are numbers.
    Stored(Store, Range<usize>),
}

impl<T: Element> Column<T> {
    /// The numbers in a range of bytes of a store.
    pub fn stored(store: &Store, range: Range<usize>) -> Result<Self> {
        let all = (**store).as_ref();
        let Some(bytes) = all.get(range.clone()) else {
            bail!(InvalidFile, "bytes {} to {} are outside the {} there are", range.start, range.end, all.len());
        };
        match bytemuck::try_cast_slice::<u8, T>(bytes) {
            Ok(_) => Ok(Self::Stored(store.clone(), range)),
            Err(e) => bail!(InvalidFile, "bytes {} to {} are not usable as they lie: {e}", range.start, range.end),
        }
    }

    /// Whether the numbers are in a store.
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Stored(..))
    }

    /// The vector, to let it grow.
    pub fn own(&mut self) -> Result<&mut Vec<T>> {
        match self {
            Self::Owned(values) => Ok(values),
            Self::Stored(..) => bail!(InvalidState, "the graphs are in a file, so none can be added"),
        }
    }

    /// Gives back memory reserved beyond what the numbers need.
    pub fn shrink_to_fit(&mut self) {
        if let Self::Owned(values) = self {
            values.shrink_to_fit();
        }
    }
}

impl<T: Element> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Owned(values) => values,
            Self::Stored(store, range) => bytemuck::cast_slice(&(**store).as_ref()[range.clone()]),
        }
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(values: Vec<T>) -> Self {
        Self::Owned(values)
    }
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Aligned(Vec<u64>);

    impl AsRef<[u8]> for Aligned {
        fn as_ref(&self) -> &[u8] {
            bytemuck::cast_slice(&self.0)
        }
    }

    #[test]
    fn a_range_of_bytes_is_a_slice() {
        let store: Store = Arc::new(Aligned(vec![u64::from_le(1), u64::from_le(7 << 32 | 5)]));
        assert_eq!(Column::<u32>::stored(&store, 8..16).unwrap()[..], [5, 7]);
        assert_eq!(Column::<usize>::stored(&store, 0..8).unwrap()[..], [1]);
        assert!(Column::<usize>::stored(&store, 8..8).unwrap().is_empty());
        let cases = [
            (0..17, "bytes 0 to 17 are outside the 16 there are"),
            (usize::MAX - 3..usize::MAX, "are outside"),
            (4..12, "are not usable as they lie"),
            (0..12, "are not usable as they lie"),
        ];
        for (range, message) in cases {
            let error = Column::<i64>::stored(&store, range).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidFile);
            assert!(error.message().contains(message), "{error}");
        }
        let error = Column::<i32>::stored(&store, 0..16).unwrap().own().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidState);
    }
}
