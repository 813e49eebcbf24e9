//! The lines of a text, one after the other, none longer than can be meant.

use std::io::{BufRead, ErrorKind as IoKind};

use crate::control;
use crate::error::{Error, ErrorKind, Result, bail, error};

/// A line longer than this is taken for damage, not for data.
const LONGEST_LINE: usize = 1 << 30;

/// What some programs begin a text with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line of a text.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Number of the line, from 1.
    pub number: usize,
    /// The bytes of the line, with its end where it has one.
    pub bytes: &'a [u8],
}

/// Reads lines through one buffer that grows with the longest.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    name: String,
    line: Vec<u8>,
    number: usize,
    more: bool,
}

impl<R: BufRead> Lines<R> {
    /// The lines of a text; errors call it `name`.
    pub fn new(reader: R, name: impl Into<String>) -> Self {
        Self { reader, name: name.into(), line: Vec::new(), number: 0, more: false }
    }

    /// The text itself, from the next line on.
    pub fn into_reader(self) -> R {
        self.reader
    }

    /// What errors call the text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether some of what follows the last line has been read already, so that the next one need not be waited for,
    /// or but for its rest.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// The next line that is not blank; `None` at the end. An error names the line.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Line<'_>>> {
        loop {
            self.number += 1;
            if let Err(e) = self.read_line() {
                return Err(self.in_line(e, self.number));
            }
            if self.line.is_empty() {
                return Ok(None);
            }
            let marked = if self.number == 1 { self.line.strip_prefix(BYTE_ORDER_MARK) } else { None };
            let begin = marked.map_or(0, |_| BYTE_ORDER_MARK.len());
            if !self.line[begin..].trim_ascii().is_empty() {
                return Ok(Some(Line { number: self.number, bytes: &self.line[begin..] }));
            }
        }
    }

    /// An error about a line, with the name of the text and the number; one that is not about the line stays what it
    /// is.
    pub fn in_line(&self, e: Error, number: usize) -> Error {
        in_line(e, &self.name, number)
    }

    /// Reads up to the next line feed, or to the end.
    fn read_line(&mut self) -> Result<()> {
        self.line.clear();
        loop {
            let bytes = match self.reader.fill_buf() {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == IoKind::Interrupted => continue,
                Err(e) => return Err(error!(Io, "{e}")),
            };
            let end = bytes.iter().position(|&b| b == b'\n');
            let count = end.map_or(bytes.len(), |at| at + 1);
            self.more = count < bytes.len();
            if self.line.len() + count > LONGEST_LINE {
                bail!(Parse, "the line is longer than {LONGEST_LINE} bytes");
            }
            self.line.try_reserve(count)?;
            self.line.extend_from_slice(&bytes[..count]);
            self.reader.consume(count);
            control::proceed(count)?;
            if end.is_some() || count == 0 {
                return Ok(());
            }
        }
    }
}

/// An error about a line of a text; one that is not about the line stays what it is.
fn in_line(e: Error, name: &str, number: usize) -> Error {
    match e.kind() {
        ErrorKind::OutOfMemory | ErrorKind::Cancelled | ErrorKind::Limit => e,
        _ => e.in_context(format_args!("{name}, line {number}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use super::*;

    fn all(mut lines: Lines<impl BufRead>) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, String::from_utf8_lossy(line.bytes).into_owned()));
        }
        found
    }

    #[test]
    fn lines_keep_their_numbers_through_any_buffer() {
        let text = "\u{feff}first\r\n\n \t\nfourth\nlast without an end";
        let wanted = [(1, "first\r\n"), (4, "fourth\n"), (5, "last without an end")];
        for capacity in [1, 2, 7, 100] {
            let found = all(Lines::new(BufReader::with_capacity(capacity, text.as_bytes()), "text"));
            let found: Vec<_> = found.iter().map(|(number, line)| (*number, line.as_str())).collect();
            assert_eq!(found, wanted, "{capacity}");
        }
        assert!(all(Lines::new(&b"\xef\xbb\xbf"[..], "text")).is_empty());
    }

    #[test]
    fn a_failure_names_the_line() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the cable is out"))
            }
        }
        let mut lines = Lines::new(BufReader::new(b"none\none\n".chain(Broken)), "text");
        lines.next().unwrap();
        assert!(lines.has_more());
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"one\n");
        assert!(!lines.has_more());
        let error = lines.next().unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Io, "text, line 3: the cable is out"));
    }
}
