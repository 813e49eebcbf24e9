//! Data set files that are mapped into memory: the system brings in what is used and drops it again.
//!
//! With the kernels of products this is the only place outside `ffi` with `unsafe`: mapping a file is sound as long as
//! nobody changes it in place, which no program can make sure of; whoever opens a data set file promises it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::dataset_file;
use crate::control::{self, Control};
use crate::error::Result;
use crate::graph::{Dataset, Store};

/// Opens the file of a data set without reading it into memory. Nobody may change the file while the data set lives.
///
/// Returns the data set and what the system can be told of its file, which is `None` where there are no bytes to map.
/// `control` may end the check of the file.
pub fn open(path: &Path, control: Option<&Control>) -> Result<(Dataset, Option<Mapping>)> {
    let mut kept = None;
    control::check(control)?;
    let map = |file: &File| {
        // SAFETY: the caller keeps the rule that nobody changes the file while it is open.
        let map = Arc::new(unsafe { Mmap::map(file)? });
        kept = Some(map.clone());
        Ok(map as Store)
    };
    let data = control::under(control, || dataset_file::open(path, map))??;
    let mapping = kept.map(Mapping);
    mapping.iter().for_each(|mapping| mapping.advise(Order::Random));
    Ok((data, mapping))
}

/// The mapped bytes of a data set file.
#[derive(Clone)]
pub struct Mapping(Arc<Mmap>);

/// In which order graphs of a file are about to be used.
enum Order {
    /// The order of the file.
    OfFile,
    /// Any, as in the epochs of a training run.
    Random,
}

impl Mapping {
    /// Prepares for work that goes through these graphs one after the other, until the result is dropped; does nothing
    /// where they are not in the file's order or too far apart.
    pub fn in_order(&self, graphs: &[usize]) -> Option<InOrder<'_>> {
        let span = graphs.last()?.saturating_sub(*graphs.first()?);
        if !graphs.is_sorted() || span / 4 > graphs.len() {
            return None;
        }
        self.advise(Order::OfFile);
        Some(InOrder(self))
    }

    /// Tells the system what to expect. Where the file is in memory this changes nothing.
    ///
    /// Where memory is scarce the system would else read a hundred kilobytes for every graph of a few, and drop as much
    /// that is still wanted. It is a hint: that it failed does no harm.
    fn advise(&self, order: Order) {
        #[cfg(unix)]
        let _ = self.0.advise(match order {
            Order::OfFile => memmap2::Advice::Normal,
            Order::Random => memmap2::Advice::Random,
        });
        #[cfg(not(unix))]
        let _ = order;
    }
}

/// While it lives, graphs of a file are used in their order.
pub struct InOrder<'a>(&'a Mapping);

impl Drop for InOrder<'_> {
    fn drop(&mut self) {
        self.0.advise(Order::Random);
    }
}
