//! Lists of graphs of a data set: an empty list is empty, and all graphs are said as `DIFFPOOL_ALL`.

use std::borrow::Cow;
use std::ops::Deref;

use super::arguments::slice;
use super::dataset::DatasetValue;
use crate::checkpoint::mapped_dataset::InOrder;
use crate::error::{Result, bail};
use crate::graph::Dataset;
use crate::memory::try_resize;

/// The length that, with NULL, stands for all graphs; the header defines it by the same name.
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
    Graphs::new(dataset, given, &[])
}

/// Borrows the graphs to train on, where NULL and [`DIFFPOOL_ALL`] stand for all that are not in `validation`, and the
/// graphs to watch, which have to be listed.
///
/// # Safety
///
/// As for [`slice`].
pub(super) unsafe fn read_training<'a>(
    dataset: &'a DatasetValue,
    train: RawList<'_>,
    validation: RawList<'_>,
) -> Result<(Graphs<'a>, &'a [usize])> {
    // SAFETY: the caller's promise is that of `slice`.
    let (train, validation) = unsafe { (index_list(train)?, index_list(validation)?) };
    let Some(validation) = validation else {
        bail!(InvalidArgument, "validation is DIFFPOOL_ALL, but the graphs to watch must be listed");
    };
    Ok((Graphs::new(dataset, train, validation)?, validation))
}

impl<'a> Graphs<'a> {
    fn new(dataset: &'a DatasetValue, given: Option<&'a [usize]>, others: &[usize]) -> Result<Self> {
        let list = given_or_rest(&dataset.data, given, others)?;
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

/// The given graphs, or where none are given all that are not in `others`.
fn given_or_rest<'a>(data: &Dataset, given: Option<&'a [usize]>, others: &[usize]) -> Result<Cow<'a, [usize]>> {
    if let Some(given) = given {
        return Ok(Cow::Borrowed(given));
    }
    data.check_indices(others)?;
    let mut taken = Vec::new();
    try_resize(&mut taken, data.len(), false)?;
    others.iter().for_each(|&index| taken[index] = true);
    let mut rest = Vec::new();
    rest.try_reserve_exact(data.len())?;
    rest.extend((0..data.len()).filter(|&index| !taken[index]));
    Ok(Cow::Owned(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    #[test]
    fn the_rest_is_what_the_others_leave() {
        let mut data = Dataset::new("four", GraphRules::default());
        let edges = EdgeInput::List { sources: &[], targets: &[] };
        let input = GraphInput::new(1, edges);
        for _ in 0..4 {
            data.add(&mut GraphBuilder::new(), &input, 0).unwrap();
        }
        assert_eq!(*given_or_rest(&data, None, &[]).unwrap(), [0, 1, 2, 3]);
        assert_eq!(*given_or_rest(&data, None, &[2, 0, 2]).unwrap(), [1, 3]);
        assert_eq!(*given_or_rest(&data, Some(&[3]), &[2]).unwrap(), [3]);
        assert_eq!(*given_or_rest(&data, Some(&[]), &[2]).unwrap(), [0_usize; 0]);
        let error = given_or_rest(&data, None, &[1, 4]).unwrap_err();
        assert_eq!(error.message(), "index 1 is 4, but the data set has 4 graphs");
    }
}
