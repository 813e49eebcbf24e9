//! Lists of graphs of a data set, where NULL stands for a default.

use std::borrow::Cow;

use super::arguments::slice;
use crate::error::Result;
use crate::graph::Dataset;
use crate::memory::try_resize;

/// Borrows a list of indices; NULL and a length of 0 are `None`.
///
/// # Safety
///
/// As for [`slice`].
pub(super) unsafe fn index_list<'a>(values: *const usize, length: usize, name: &str) -> Result<Option<&'a [usize]>> {
    if values.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the caller's promise is that of `slice`.
    unsafe { slice(values, length, name) }.map(Some)
}

/// The given graphs, or where none are given all that are not in `others`.
pub(super) fn given_or_rest<'a>(
    data: &Dataset,
    given: Option<&'a [usize]>,
    others: &[usize],
) -> Result<Cow<'a, [usize]>> {
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
