//! By what graphs are called: a text a graph, where it has one.

use std::ffi::CStr;

use super::arrays::GraphArrays;
use super::columns::Columns;
use super::dataset::Dataset;
use super::limits::check_offsets;
use crate::error::{Result, bail, error};
use crate::memory::try_extend;

/// Longest id of a graph, in bytes.
pub const MAX_ID: usize = 4096;

/// Checks that a graph can have this id.
pub(super) fn check_id(id: &str) -> Result<()> {
    if !(1..=MAX_ID).contains(&id.len()) {
        bail!(InvalidArgument, "the id has {} bytes, but must have 1 to {MAX_ID}", id.len());
    }
    match id.find('\0') {
        Some(at) => Err(error!(InvalidArgument, "byte {at} of the id is 0, which no text has")),
        None => Ok(()),
    }
}

impl Columns {
    /// Gives the last graph an id that has been checked, in place of any that it has.
    pub fn set_last_id(&mut self, id: &str) -> Result<()> {
        self.begin_ids()?;
        let last = self.len() - 1;
        let begin = self.id_offsets[last];
        let bytes = self.id_bytes.own()?;
        bytes.truncate(begin);
        try_extend(bytes, id.as_bytes())?;
        let end = bytes.len();
        self.id_offsets.own()?[last + 1] = end;
        Ok(())
    }
}

impl Dataset {
    /// By what graph `index` is called, where it has an id. Nothing sees to it that ids differ.
    pub fn id(&self, index: usize) -> Option<&str> {
        let bytes = &self.columns.id_bytes[self.columns.id_of(index)];
        std::str::from_utf8(bytes).ok().filter(|id| !id.is_empty())
    }

    /// Whether any graph has an id.
    pub fn has_ids(&self) -> bool {
        !self.columns.id_bytes.is_empty()
    }

    /// Gives every graph an id of 1 to [`MAX_ID`] bytes, or none, in place of those that there are. On failure nothing
    /// changes.
    pub fn set_ids<'a>(&mut self, ids: impl ExactSizeIterator<Item = Option<&'a str>>) -> Result<()> {
        if ids.len() != self.len() {
            bail!(ShapeMismatch, "{} ids do not fit {} graphs", ids.len(), self.len());
        }
        let (mut offsets, mut bytes) = (Vec::new(), Vec::new());
        offsets.try_reserve_exact(self.len() + 1)?;
        offsets.push(0);
        for (graph, id) in ids.enumerate() {
            if let Some(id) = id {
                check_id(id).map_err(|e| e.in_context(format_args!("graph {graph}")))?;
                try_extend(&mut bytes, id.as_bytes())?;
            }
            offsets.push(bytes.len());
        }
        self.columns.id_offsets = if bytes.is_empty() { Vec::new() } else { offsets }.into();
        self.columns.id_bytes = bytes.into();
        Ok(())
    }

    /// Gives the graph that was added last an id. There must be one.
    pub(crate) fn set_last_id(&mut self, id: &str) -> Result<()> {
        check_id(id)?;
        self.columns.set_last_id(id)
    }

    /// Checks ids that come from a file.
    pub(super) fn check_ids(&self) -> Result<()> {
        let (offsets, bytes) = (&self.columns.id_offsets, &self.columns.id_bytes);
        if offsets.is_empty() {
            return match bytes.is_empty() {
                true => Ok(()),
                false => Err(error!(InvalidFile, "there are ids, but not where each begins")),
            };
        }
        check_offsets(("id_offsets", "bytes of ids"), offsets, bytes.len(), self.len())?;
        for graph in 0..self.len() {
            let own = &bytes[self.columns.id_of(graph)];
            if own.is_empty() {
                continue;
            }
            let Ok(id) = std::str::from_utf8(own) else { bail!(InvalidFile, "graph {graph}: its id is not UTF-8") };
            check_id(id).map_err(|e| e.in_context(format_args!("graph {graph}")))?;
        }
        Ok(())
    }
}

impl GraphArrays {
    /// Takes by what the graph is called, a text of 1 to [`MAX_ID`] bytes.
    pub fn set_id(&mut self, id: &str) -> Result<()> {
        check_id(id)?;
        self.id.clear();
        try_extend(&mut self.id, id.as_bytes())?;
        // Kept with its end, to be lent as a text of C.
        try_extend(&mut self.id, &[0])
    }

    /// By what the graph is called, where it has an id.
    pub fn id(&self) -> Option<&str> {
        self.id_as_c().and_then(|id| id.to_str().ok())
    }

    /// By what the graph is called, with a 0 at its end.
    pub fn id_as_c(&self) -> Option<&CStr> {
        CStr::from_bytes_with_nul(&self.id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::graph::{GraphBuilder, GraphRules};

    /// A graph of one node that is called so.
    fn called(id: Option<&str>) -> GraphArrays {
        let mut graph = GraphArrays::new();
        graph.set_edges(1, 0, |_| 0, |_| 0).unwrap();
        id.map_or(Ok(()), |id| graph.set_id(id)).unwrap();
        graph
    }

    fn ids(data: &Dataset) -> Vec<Option<&str>> {
        (0..data.len()).map(|graph| data.id(graph)).collect()
    }

    #[test]
    fn ids_follow_their_graphs() {
        let (mut data, mut builder) = (Dataset::new("t", GraphRules::default()), GraphBuilder::new());
        data.add_arrays(&mut builder, &called(None)).unwrap();
        assert!(!data.has_ids() && data.columns().iter().all(|column| !column.name.starts_with("id")));
        for id in [Some("a"), None, Some("größer")] {
            data.add_arrays(&mut builder, &called(id)).unwrap();
        }
        assert_eq!(ids(&data), [None, Some("a"), None, Some("größer")]);
        assert_eq!(ids(&data.subset(&[3, 0, 1]).unwrap()), [Some("größer"), None, Some("a")]);
        let mut none = data.subset(&[0, 2]).unwrap();
        assert!(!none.has_ids());
        none.append(&data).unwrap();
        assert_eq!(ids(&none)[2..], ids(&data)[..]);
        let mut graph = called(Some("other"));
        graph.copy_from(&data, 3, false).unwrap();
        assert_eq!((graph.id(), graph.id_as_c()), (Some("größer"), Some(c"größer")));
        graph.copy_from(&data, 0, false).unwrap();
        assert_eq!(graph.id(), None);
        // A failure half way leaves the ids that there were.
        let before = data.len();
        let mut batch = GraphArrays::new();
        batch.set_edges(3, 0, |_| 0, |_| 0).unwrap();
        assert!(data.add_batch(&mut builder, &batch, &[0, 1, 3], Some(&[0, -1])).is_err());
        assert_eq!((data.len(), data.id(3)), (before, Some("größer")));
        data.clear();
        assert!(!data.has_ids());
    }

    #[test]
    fn ids_are_set_and_checked() {
        let mut data = Dataset::new("t", GraphRules::default());
        let mut builder = GraphBuilder::new();
        (0..2).for_each(|_| data.add_arrays(&mut builder, &called(None)).unwrap());
        data.set_ids([None, Some("b")].into_iter()).unwrap();
        let long = "x".repeat(MAX_ID + 1);
        let cases = [
            (vec![Some("a")], ErrorKind::ShapeMismatch, "1 ids do not fit 2 graphs"),
            (vec![None, Some("")], ErrorKind::InvalidArgument, "graph 1: the id has 0 bytes, but must have 1 to 4096"),
            (
                vec![Some(&*long), None],
                ErrorKind::InvalidArgument,
                "graph 0: the id has 4097 bytes, but must have 1 to 4096",
            ),
            (vec![Some("a\0b"), None], ErrorKind::InvalidArgument, "graph 0: byte 1 of the id is 0, which no text has"),
        ];
        for (given, kind, message) in cases {
            let error = data.set_ids(given.into_iter()).unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, message));
        }
        assert_eq!(ids(&data), [None, Some("b")]);
        data.set_ids([None, None].into_iter()).unwrap();
        assert!(data.columns().iter().all(|column| !column.name.starts_with("id")));
        let mut batch = called(Some("both"));
        let error = data.add_batch(&mut builder, &batch, &[0, 1], None).unwrap_err();
        assert_eq!(error.message(), "the batch has the id \"both\", but an id is that of one graph");
        batch.clear();
        assert_eq!(batch.id(), None);
    }
}
