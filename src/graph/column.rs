//! A column of packed numbers: a vector, or a range of bytes that something else keeps, such as a mapped file.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;

use crate::error::{Result, bail};
use crate::memory::try_extend;

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
    /// Features, weights, attributes and targets.
    F32,
    /// Bytes of texts.
    U8,
}

impl ElementKind {
    /// Bytes of a number of this kind.
    pub fn width(self) -> usize {
        match self {
            Self::U64 | Self::I64 => 8,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U8 => 1,
        }
    }
}

/// A number that columns are made of.
pub trait Element: Pod {
    /// The kind of these numbers.
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

impl Element for u8 {
    const KIND: ElementKind = ElementKind::U8;
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
}

/// A column of whatever numbers, for what is done to all columns alike.
pub(super) trait AnyColumn {
    /// What the bytes stand for.
    fn kind(&self) -> ElementKind;

    /// Number of values.
    fn len(&self) -> usize;

    /// All values, in the order of bytes of this machine.
    fn bytes(&self) -> &[u8];

    /// Whether there are no values.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for so many values more.
    fn reserve(&mut self, values: usize) -> Result<()>;

    /// Appends values of the same kind, given as their bytes.
    fn extend(&mut self, bytes: &[u8]) -> Result<()>;

    /// Drops all values but so many.
    fn truncate(&mut self, len: usize) -> Result<()>;

    /// Gives back memory reserved beyond what the values need.
    fn shrink_to_fit(&mut self);

    /// Takes the values in a range of bytes of a store in place of its own.
    fn load(&mut self, store: &Store, kind: ElementKind, range: Range<usize>) -> Result<()>;
}

impl<T: Element> AnyColumn for Column<T> {
    fn kind(&self) -> ElementKind {
        T::KIND
    }

    fn len(&self) -> usize {
        (**self).len()
    }

    fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }

    fn reserve(&mut self, values: usize) -> Result<()> {
        Ok(self.own()?.try_reserve(values)?)
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<()> {
        try_extend(self.own()?, bytemuck::cast_slice(bytes))
    }

    fn truncate(&mut self, len: usize) -> Result<()> {
        self.own()?.truncate(len);
        Ok(())
    }

    fn shrink_to_fit(&mut self) {
        if let Self::Owned(values) = self {
            values.shrink_to_fit();
        }
    }

    fn load(&mut self, store: &Store, kind: ElementKind, range: Range<usize>) -> Result<()> {
        if kind != T::KIND {
            bail!(InvalidFile, "it is of the type {kind:?}");
        }
        *self = Self::stored(store, range)?;
        Ok(())
    }
}

/// One column, or some of its rows, as they lie in memory.
#[derive(Debug, Clone, Copy)]
pub struct PackedColumn<'a> {
    /// Name of the column, one of [`COLUMN_NAMES`](crate::graph::COLUMN_NAMES).
    pub name: &'static str,
    /// What the bytes stand for.
    pub kind: ElementKind,
    /// The numbers, in the order of bytes of this machine.
    pub bytes: &'a [u8],
}

impl<'a> PackedColumn<'a> {
    /// Values of the column of this name.
    pub(super) fn of<T: Element>(name: &'static str, values: &'a [T]) -> Self {
        Self { name, kind: T::KIND, bytes: bytemuck::cast_slice(values) }
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
