//! Text files of numbers, plain or compressed by gzip, read line by line through a small buffer.

use std::fs::File;
use std::io::{BufReader, ErrorKind as IoKind, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::encoding::utf8;
use crate::control;
use crate::error::{Error, ErrorKind, Result, bail, cut, error};
use crate::foreign::{BEGINNING, Foreign, recognise};
use crate::memory::try_resize;

/// How much of a file is in memory at once.
const BUFFER: usize = 1 << 18;

/// A line longer than this is taken for damage, not for data.
pub(super) const LONGEST_LINE: usize = 1 << 24;

/// Bytes that one byte of a gzip stream stands for at most.
const MOST_GZIP_EXPANDS: usize = 1032;

/// Whole numbers up to here are exact in 64 bits of floating point.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// What a file compressed by gzip begins with.
pub(super) const GZIP: &[u8] = b"\x1f\x8b";

/// Longest piece of a malformed line that is quoted in an error.
const QUOTED: usize = 40;

/// An open text file.
pub(super) struct TextFile {
    file: File,
    path: PathBuf,
    name: String,
    bytes: u64,
    gzip: bool,
}

impl TextFile {
    /// Opens the file, or gives `None` where there is none. One whose name ends in `.gz` is taken for compressed.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        let failed = |e: &std::io::Error| Error::io(path, e);
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == IoKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(&e)),
        };
        let bytes = file.metadata().map_err(|e| failed(&e))?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let gzip = path.extension().is_some_and(|extension| extension == "gz");
        Ok(Some(Self { file, path: path.to_owned(), name, bytes, gzip }))
    }

    /// The file's name without its folder, as errors show it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The most values the file can hold: each takes a byte and something that ends it.
    ///
    /// Sizes worked out from other files are capped by this before memory is reserved.
    pub(super) fn most_values(&self) -> usize {
        let values = usize::try_from(self.bytes / 2 + 1).unwrap_or(usize::MAX);
        values.saturating_mul(if self.gzip { MOST_GZIP_EXPANDS } else { 1 })
    }

    /// Calls `f(row, line)` for every line from the first, with rows counted from 0, and returns their number.
    ///
    /// `f` reads the values; the line must end where it stops reading. Blank lines may only come last, and are not
    /// counted.
    pub(super) fn each_line(&mut self, mut f: impl FnMut(usize, &mut Line<'_>) -> Result<()>) -> Result<usize> {
        let mut reader = self.reader()?;
        let mut buffer = Buffer::new()?;
        let (mut rows, mut blank) = (0, 0);
        while let Some(bytes) = buffer.next(&mut *reader).map_err(|problem| self.located(problem, rows + blank))? {
            let mut line = Line { bytes, at: 0 };
            while line.at < bytes.len() {
                line.skip_blanks();
                if line.is_at_end() {
                    line.skip_end();
                    blank += 1;
                    continue;
                }
                if blank > 0 {
                    bail!(Parse, "{}, line {}: the line is blank, but more lines follow", self.name, rows + 1);
                }
                f(rows, &mut line).and_then(|()| line.finish()).map_err(|e| self.in_line(e, rows))?;
                rows += 1;
            }
        }
        Ok(rows)
    }

    /// An error about a line, with its number; of a file that is no such text at all, what it is.
    fn in_line(&self, e: Error, row: usize) -> Error {
        let e = e.in_context(format_args!("{}, line {}", self.name, row + 1));
        if row > 0 || e.kind() != ErrorKind::Parse {
            return e;
        }
        match self.foreign().filter(|foreign| !foreign.is_plain_text()) {
            Some(foreign) => Error::new(e.kind(), format!("{}; {foreign}", e.message())),
            None => e,
        }
    }

    /// The first bytes of the file as it is.
    fn beginning(&self) -> Option<Vec<u8>> {
        let mut beginning = Vec::new();
        (&self.file).rewind().ok()?;
        (&self.file).take(BEGINNING as u64).read_to_end(&mut beginning).ok()?;
        Some(beginning)
    }

    /// The kind of others that the file is of, by how it begins.
    fn foreign(&self) -> Option<Foreign> {
        let mut beginning = self.beginning()?;
        if self.gzip && beginning.starts_with(GZIP) {
            beginning.clear();
            self.reader().ok()?.take(BEGINNING as u64).read_to_end(&mut beginning).ok()?;
        }
        recognise(&beginning)
    }

    /// Calls `f(row, text)` for every line from the first, blank or not, without its end, and returns their number.
    pub(super) fn each_text(&mut self, mut f: impl FnMut(usize, &str) -> Result<()>) -> Result<usize> {
        let mut reader = self.reader()?;
        let mut buffer = Buffer::new()?;
        let mut rows = 0;
        while let Some(bytes) = buffer.next(&mut *reader).map_err(|problem| self.located(problem, rows))? {
            for line in bytes.split_inclusive(|&b| b == b'\n') {
                let text = std::str::from_utf8(line).map_err(|_| error!(Parse, "the line is not text in UTF-8"));
                let text = text.map(|text| text.strip_suffix('\n').unwrap_or(text));
                text.map(|text| text.strip_suffix('\r').unwrap_or(text))
                    .and_then(|text| f(rows, text))
                    .map_err(|e| e.in_context(format_args!("{}, line {}", self.name, rows + 1)))?;
                rows += 1;
            }
        }
        Ok(rows)
    }

    /// The text of the file from its beginning, unpacked.
    pub(super) fn reader(&self) -> Result<Box<dyn Read + '_>> {
        (&self.file).rewind().map_err(|e| Error::io(&self.path, &e))?;
        Ok(match self.gzip {
            true => Box::new(utf8(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, &self.file)))),
            false => Box::new(utf8(&self.file)),
        })
    }

    /// What a failure to read means, after that many whole lines.
    pub(super) fn read_error(&self, e: &std::io::Error, lines_before: usize) -> Error {
        let damaged = matches!(e.kind(), IoKind::InvalidInput | IoKind::InvalidData | IoKind::UnexpectedEof);
        match self.gzip && damaged {
            true => {
                let what =
                    self.beginning().filter(|bytes| !bytes.starts_with(GZIP)).and_then(|bytes| recognise(&bytes));
                let what = what.map_or_else(String::new, |foreign| format!("; {foreign}"));
                error!(Parse, "{}, after line {lines_before}: the compressed data is damaged: {e}{what}", self.name)
            }
            false => Error::io(&self.path, e),
        }
    }

    fn located(&self, problem: BufferProblem, lines_before: usize) -> Error {
        match problem {
            BufferProblem::Read(e) => self.read_error(&e, lines_before),
            BufferProblem::Ours(e) => e,
            // The buffer holds whole lines, so the next one is the one that does not fit.
            BufferProblem::LongLine => {
                error!(Parse, "{}, line {}: longer than {LONGEST_LINE} bytes", self.name, lines_before + 1)
            }
        }
    }
}

enum BufferProblem {
    Read(std::io::Error),
    /// Out of memory, or told to stop.
    Ours(Error),
    LongLine,
}

/// Hands out pieces of whole lines, and keeps the begun line at the end of each for the next.
struct Buffer {
    bytes: Vec<u8>,
    /// The piece handed out last ends here, the bytes read so far at `filled`.
    given: usize,
    filled: usize,
    ended: bool,
}

impl Buffer {
    fn new() -> Result<Self> {
        let mut bytes = Vec::new();
        try_resize(&mut bytes, BUFFER, 0)?;
        Ok(Self { bytes, given: 0, filled: 0, ended: false })
    }

    /// The next whole lines, each with its line feed, or `None` at the end of the file.
    fn next(&mut self, file: &mut dyn Read) -> std::result::Result<Option<&[u8]>, BufferProblem> {
        self.bytes.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.given = 0;
        while self.given == 0 && !self.ended {
            if self.filled == self.bytes.len() {
                if self.filled >= LONGEST_LINE {
                    return Err(BufferProblem::LongLine);
                }
                try_resize(&mut self.bytes, 2 * self.filled, 0).map_err(BufferProblem::Ours)?;
            }
            let before = self.filled;
            match file.read(&mut self.bytes[before..]) {
                Ok(0) => self.end(),
                Ok(count) => {
                    control::proceed(count).map_err(BufferProblem::Ours)?;
                    self.filled += count;
                    let feed = self.bytes[before..self.filled].iter().rposition(|&b| b == b'\n');
                    self.given = feed.map_or(0, |at| before + at + 1);
                }
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => return Err(BufferProblem::Read(e)),
            }
        }
        Ok((self.given > 0).then_some(&self.bytes[..self.given]))
    }

    /// Hands out what is left, closing a last line that has no line feed. There is room, or nothing would be read.
    fn end(&mut self) {
        self.ended = true;
        if self.filled > 0 {
            self.bytes[self.filled] = b'\n';
            self.filled += 1;
        }
        self.given = self.filled;
    }
}

/// A place in the lines of a [`Buffer`], from which values are read one after the other.
pub(super) struct Line<'a> {
    /// Whole lines: there is always a line feed at or after `at`.
    bytes: &'a [u8],
    at: usize,
}

impl<'l> Line<'l> {
    /// Reads a whole number.
    #[inline]
    pub(super) fn integer(&mut self) -> Result<i64> {
        self.skip_blanks();
        let begin = self.at;
        let negative = self.bytes[begin] == b'-';
        let digits = begin + usize::from(negative);
        let mut at = digits;
        let mut value: i64 = 0;
        while let digit @ 0..=9 = self.bytes[at].wrapping_sub(b'0') {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            at += 1;
        }
        // Eighteen digits cannot overflow; more are left to the standard library.
        if !matches!(at - digits, 1..=18) || !matches!(self.bytes[at], b',' | b' ' | b'\t' | b'\r' | b'\n') {
            return self.integer_slowly(begin);
        }
        self.at = at;
        Ok(if negative { -value } else { value })
    }

    #[cold]
    fn integer_slowly(&mut self, begin: usize) -> Result<i64> {
        let field = self.field(begin);
        field.parse().map_err(|_| error!(Parse, "{} is not a whole number of 64 bits", quoted(self.piece(begin))))
    }

    /// Reads a whole number, also where it is written as `0.0`.
    pub(super) fn label(&mut self) -> Result<i64> {
        self.skip_blanks();
        let begin = self.at;
        let whole = self.integer();
        if whole.is_ok() {
            return whole;
        }
        match self.field(begin).parse::<f64>() {
            Ok(value) if value.fract() == 0.0 && value.abs() <= LARGEST_EXACT => Ok(value as i64),
            _ => whole,
        }
    }

    /// Whether the line begins with a number, or with nothing.
    pub(super) fn begins_with_number(&mut self) -> bool {
        self.skip_blanks();
        let begin = self.at;
        let field = self.field(begin);
        let is_number = field.is_empty() || field.parse::<f64>().is_ok();
        self.at = begin;
        is_number
    }

    /// Reads a word: all up to the next comma, tab or end of the line, without blanks around it.
    pub(super) fn word(&mut self) -> Result<&str> {
        self.skip_blanks();
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|b| matches!(b, b',' | b'\t' | b'\r' | b'\n')).unwrap_or(rest.len());
        self.at += length;
        let word = std::str::from_utf8(rest[..length].trim_ascii());
        match word.map_err(|_| error!(Parse, "the line is not text in UTF-8"))? {
            "" => Err(error!(Parse, "a label is blank")),
            word => Ok(word),
        }
    }

    /// Reads a finite decimal number.
    pub(super) fn real(&mut self) -> Result<f32> {
        self.skip_blanks();
        let begin = self.at;
        let field = self.field(begin);
        parse_real(field).ok_or_else(|| error!(Parse, "{} is not a finite 32-bit number", quoted(self.piece(begin))))
    }

    /// Reads a whole number of 32 bits, or gives the finite number that is there instead.
    pub(super) fn integer_or_real(&mut self) -> Result<std::result::Result<i32, f32>> {
        self.skip_blanks();
        let begin = self.at;
        let field = self.field(begin);
        match field.parse::<i32>() {
            Ok(whole) => Ok(Ok(whole)),
            Err(_) => match parse_real(field) {
                Some(value) => Ok(Err(value)),
                None => Err(error!(Parse, "{} is not a finite 32-bit number", quoted(self.piece(begin)))),
            },
        }
    }

    /// Steps over the comma or blanks before the next value; an error where there is none.
    #[inline]
    pub(super) fn comma(&mut self) -> Result<()> {
        if self.next_value() {
            return Ok(());
        }
        Err(self.unexpected("a comma"))
    }

    /// Steps over what separates two values, a comma or blanks, if another value comes.
    #[inline]
    pub(super) fn next_value(&mut self) -> bool {
        let before = self.at;
        self.skip_blanks();
        let comma = self.bytes[self.at] == b',';
        self.at += usize::from(comma);
        comma || (self.at > before && !self.is_at_end())
    }

    /// Steps over the end of the line; an error where something else comes.
    #[inline]
    fn finish(&mut self) -> Result<()> {
        self.skip_blanks();
        if !self.is_at_end() {
            return Err(self.unexpected("the end of the line"));
        }
        self.skip_end();
        Ok(())
    }

    #[cold]
    fn unexpected(&self, wanted: &str) -> Error {
        if self.is_at_end() {
            return error!(Parse, "expected {wanted}, found the end of the line");
        }
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let found = String::from_utf8_lossy(rest[..length].trim_ascii_end());
        error!(Parse, "expected {wanted}, found {}", quoted(&found))
    }

    /// The text from `begin` to the next comma, blank or end of the line, where the line goes on.
    fn field(&mut self, begin: usize) -> &'l str {
        let rest = &self.bytes[begin..];
        let ends = |b: &u8| matches!(b, b',' | b' ' | b'\t' | b'\r' | b'\n');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.at = begin + length;
        as_text(&rest[..length])
    }

    /// The text from `begin` to the next comma or the end of the line, as errors quote it.
    fn piece(&self, begin: usize) -> &'l str {
        let rest = &self.bytes[begin..];
        let length = rest.iter().position(|b| matches!(b, b',' | b'\r' | b'\n')).unwrap_or(rest.len());
        as_text(rest[..length].trim_ascii())
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while matches!(self.bytes[self.at], b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Whether only the end of the line is left, with or without a carriage return.
    #[inline]
    fn is_at_end(&self) -> bool {
        match self.bytes[self.at] {
            b'\n' => true,
            b'\r' => self.bytes[self.at + 1] == b'\n',
            _ => false,
        }
    }

    #[inline]
    fn skip_end(&mut self) {
        self.at += if self.bytes[self.at] == b'\r' { 2 } else { 1 };
    }
}

/// Numbers are ASCII; what is not even UTF-8 gives a text that is no number.
fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("\u{fffd}")
}

fn parse_real(text: &str) -> Option<f32> {
    text.parse::<f32>().ok().filter(|value| value.is_finite())
}

/// `text` in quotes, cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    let (beginning, dots) = cut(text, QUOTED);
    format!("{beginning:?}{dots}")
}
