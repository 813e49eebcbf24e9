//! The one error type of the library.

use std::borrow::Cow;
use std::fmt;

/// What kind of thing went wrong.
///
/// The numbers are those of `diffpool_status` in the C header: written out, and never reused for another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is outside what the function accepts.
    InvalidArgument = 1,
    /// A pointer that must not be NULL is NULL.
    NullPointer = 2,
    /// A graph breaks a rule: empty, an index out of range, a value that is not finite.
    InvalidGraph = 3,
    /// A configuration key is unknown, its value is out of range, or two keys contradict each other.
    InvalidConfig = 4,
    /// Two sizes that must agree do not.
    ShapeMismatch = 5,
    /// Reading or writing a file failed.
    Io = 6,
    /// A text file has a malformed line.
    Parse = 7,
    /// The file of a model, checkpoint or data set is damaged or is not one.
    InvalidFile = 8,
    /// The file or the caller is of a version that this library does not read.
    UnsupportedVersion = 9,
    /// Memory for a size given by the caller or by a file could not be had.
    OutOfMemory = 10,
    /// The call is not allowed in the handle's present state.
    InvalidState = 11,
    /// An earlier call on this handle panicked; it can only be freed.
    Poisoned = 12,
    /// The library has a bug: a panic was caught at its border.
    Panic = 13,
    /// The caller asked to stop.
    Cancelled = 14,
    /// The caller's buffer is too small; the needed length was reported.
    BufferTooSmall = 15,
    /// Nothing has this name or index.
    NotFound = 16,
    /// Training produced a loss or a weight that is not finite.
    Diverged = 17,
    /// The request is understood but not supported.
    Unsupported = 18,
}

/// An error: its kind, and a message that names the offending values.
///
/// Messages are lower case and have no final dot, so that they can be embedded in other messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` with the given message.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message, without the kind.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same error with `context` and a colon in front of its message.
    pub fn in_context(self, context: impl fmt::Display) -> Self {
        Self { kind: self.kind, message: format!("{context}: {}", self.message).into() }
    }

    /// Running out of memory; made without allocating.
    pub fn out_of_memory() -> Self {
        Self { kind: ErrorKind::OutOfMemory, message: Cow::Borrowed("out of memory") }
    }

    /// A failed file operation on `path`.
    pub fn io(path: &std::path::Path, source: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{}: {source}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<std::collections::TryReserveError> for Error {
    fn from(_: std::collections::TryReserveError) -> Self {
        Self::out_of_memory()
    }
}

/// Builds an [`Error`] of the named kind with a formatted message.
macro_rules! error {
    ($kind:ident, $($message:tt)+) => {
        $crate::error::Error::new($crate::error::ErrorKind::$kind, format!($($message)+))
    };
}

/// Returns early with an [`Error`] of the named kind and a formatted message.
macro_rules! bail {
    ($kind:ident, $($message:tt)+) => {
        return Err($crate::error::error!($kind, $($message)+))
    };
}

pub(crate) use {bail, error};

/// The first letters of a text of others for a message, and dots where there are more.
pub(crate) fn cut(text: &str, longest: usize) -> (&str, &'static str) {
    text.char_indices().nth(longest).map_or((text, ""), |(at, _)| (&text[..at], "..."))
}

/// A text of others for a message, with dots in place of what follows so many letters.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    let (beginning, dots) = cut(text, longest);
    format!("{beginning}{dots}")
}
