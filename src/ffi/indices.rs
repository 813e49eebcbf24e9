//! Lists of graphs of a data set: an empty list is empty, and all graphs are said as `DIFFPOOL_ALL`.

use std::borrow::Cow;
use std::ops::Deref;

use super::arguments::slice;
use super::dataset::DatasetValue;
use crate::checkpoint::mapped_dataset::InOrder;
use crate::data::splits::Split;
use crate::error::{Result, bail};

/// The length of a list of graphs that, with NULL for the list, stands for all graphs; an empty list is empty. As a
/// relation, all of them together.
pub const DIFFPOOL_ALL: usize = usize::MAX;

/// A list of graphs as a C caller gives it: a pointer and a length, with the name of the argument.
pub(super) type RawList<'a> = (*const usize, usize, &'a str);

/// A list of graphs that a call is about to go through, in the order of the file where they are in one.
pub(super) struct Graphs<'a> {
    list: Cow<'a, [usize]>,
    _in_order: Option<InOrder<'a>>,
}

impl Deref for Graphs<'_> {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.list
    }
}

/// Borrows a list of graphs; NULL and a length of [`DIFFPOOL_ALL`] stand for all.
///
/// # Safety
///
/// As for [`slice`].
pub(super) unsafe fn read_graphs<'a>(dataset: &'a DatasetValue, list: RawList<'_>) -> Result<Graphs<'a>> {
    // SAFETY: the caller's promise is that of `slice`.
    let given = unsafe { index_list(list)? };
    Graphs::new(dataset, given)
}

/// The graphs of a data set to train on, and those to watch.
pub(super) struct Parts<'a> {
    pub(super) train: Graphs<'a>,
    pub(super) validation: &'a [usize],
}

impl<'a> Parts<'a> {
    /// The parts of a split; without one, all graphs are trained on.
    pub(super) fn of(dataset: &'a DatasetValue, split: Option<&'a Split>) -> Result<Self> {
        let (train, validation) = match split {
            None => (None, [].as_slice()),
            Some(split) => (Some(split.train.as_slice()), split.validation.as_slice()),
        };
        Ok(Self { train: Graphs::new(dataset, train)?, validation })
    }
}

impl<'a> Graphs<'a> {
    fn new(dataset: &'a DatasetValue, given: Option<&'a [usize]>) -> Result<Self> {
        let list = match given {
            Some(given) => Cow::Borrowed(given),
            None => Cow::Owned(all(dataset.data.len())?),
        };
        let _in_order = dataset.in_order(&list);
        Ok(Self { list, _in_order })
    }
}

/// Borrows a list of indices; `None` stands for all graphs.
///
/// # Safety
///
/// As for [`slice`].
unsafe fn index_list<'a>((values, length, name): RawList<'_>) -> Result<Option<&'a [usize]>> {
    if length == DIFFPOOL_ALL {
        if !values.is_null() {
            bail!(InvalidArgument, "{name} has the length DIFFPOOL_ALL, but is not NULL");
        }
        return Ok(None);
    }
    // SAFETY: the caller's promise is that of `slice`.
    unsafe { slice(values, length, name) }.map(Some)
}

/// All indices below `len`.
fn all(len: usize) -> Result<Vec<usize>> {
    let mut all = Vec::new();
    all.try_reserve_exact(len)?;
    all.extend(0..len);
    Ok(all)
}
