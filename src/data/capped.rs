//! A reader that gives up on lines longer than any line of data.

use std::io::{ErrorKind, Read};

use super::text::LONGEST_LINE;

/// Passes bytes on until there are more in a row than any line of data has, which would fill the memory. Whoever reads
/// says where a row begins, since texts in quotes may hold line feeds.
pub(super) struct Capped<R> {
    inner: R,
    passed: usize,
}

impl<R: Read> Capped<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, passed: 0 }
    }

    /// Begins a new row.
    pub(super) fn begin(&mut self) {
        self.passed = 0;
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.passed += count;
        if self.passed > LONGEST_LINE {
            return Err(std::io::Error::new(
                ErrorKind::InvalidData,
                format!("a line is longer than {LONGEST_LINE} bytes"),
            ));
        }
        Ok(count)
    }
}
