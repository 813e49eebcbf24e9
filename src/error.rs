//! The one error type of the library.

use std::borrow::Cow;
use std::fmt;

/// Hands every kind of error to a macro: its name, its number, its name in C, and what it means.
///
/// The one list of them: [`ErrorKind`], `diffpool_status` and the header's text are made from it. The numbers are those
/// of `diffpool_status`: written out, and never reused for another meaning.
macro_rules! with_error_kinds {
    ($take:ident) => {
        $take! {
            InvalidArgument = 1, "INVALID_ARGUMENT", "An argument is outside what the function accepts.";
            NullPointer = 2, "NULL_POINTER", "A pointer that must not be NULL is NULL.";
            InvalidGraph = 3, "INVALID_GRAPH",
                "A graph breaks a rule: empty, an index out of range, a value that is not finite.";
            InvalidConfig = 4, "INVALID_CONFIG",
                "A configuration key is unknown, its value is out of range, or two keys contradict each other.";
            ShapeMismatch = 5, "SHAPE_MISMATCH", "Two sizes that must agree do not.";
            Io = 6, "IO", "Reading or writing a file failed.";
            Parse = 7, "PARSE", "A text file has a malformed line.";
            InvalidFile = 8, "INVALID_FILE",
                "The file of a model, checkpoint or data set is damaged or is not one.";
            UnsupportedVersion = 9, "UNSUPPORTED_VERSION",
                "The file or the program is of a version that this library does not serve.";
            OutOfMemory = 10, "OUT_OF_MEMORY", "Memory could not be had.";
            InvalidState = 11, "INVALID_STATE", "The call is not allowed in the handle's present state.";
            Poisoned = 12, "POISONED", "An earlier call on this handle panicked; it can only be freed.";
            Panic = 13, "PANIC",
                "The library has a bug, which was caught. The handle that the call was changing is poisoned.";
            Cancelled = 14, "CANCELLED", "The caller asked to stop.";
            BufferTooSmall = 15, "BUFFER_TOO_SMALL",
                "The caller's array is too small; the needed length was reported.";
            NotFound = 16, "NOT_FOUND", "Nothing has this name or index.";
            Diverged = 17, "DIVERGED", "Training produced a loss or a weight that is not finite.";
            Unsupported = 18, "UNSUPPORTED", "The request is understood but not supported.";
            Timeout = 19, "TIMEOUT", "The time that the caller gave the call is over.";
            Limit = 20, "LIMIT", "The input is larger than the caller allows.";
        }
    };
}

pub(crate) use with_error_kinds;

macro_rules! define_error_kind {
    ($($kind:ident = $number:literal, $name:literal, $meaning:literal;)+) => {
        /// What kind of thing went wrong; the numbers are those of `diffpool_status` in the C header.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(#[doc = $meaning] $kind = $number,)+
        }

        impl ErrorKind {
            /// Every kind, in the order of the numbers.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The name in the C header, such as `INVALID_ARGUMENT`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// What the kind means, as a sentence.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$kind => $meaning,)+
                }
            }
        }
    };
}

with_error_kinds!(define_error_kind);

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
        let kind = match source.kind() {
            std::io::ErrorKind::OutOfMemory => ErrorKind::OutOfMemory,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("{}: {source}", path.display()))
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
