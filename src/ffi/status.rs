//! What every fallible function returns.

use std::ffi::{c_char, c_int};

use crate::error::ErrorKind;

/// What became of a call. The numbers are fixed: none is ever used again for something else.
///
/// Any function that takes pointers may return NULL_POINTER, any that takes a handle POISONED, and any at all
/// OUT_OF_MEMORY and PANIC; the functions below name only what else can go wrong. New kinds may be added, so treat an
/// unknown number as a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum DiffpoolStatus {
    /// The call did what it says.
    Ok = 0,
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
    /// The file or the program is of a version that this library does not serve.
    UnsupportedVersion = 9,
    /// Memory could not be had.
    OutOfMemory = 10,
    /// The call is not allowed in the handle's present state.
    InvalidState = 11,
    /// An earlier call on this handle panicked; it can only be freed.
    Poisoned = 12,
    /// The library has a bug, which was caught. The handle that the call was changing is poisoned.
    Panic = 13,
    /// The caller asked to stop.
    Cancelled = 14,
    /// The caller's array is too small; the needed length was reported.
    BufferTooSmall = 15,
    /// Nothing has this name or index.
    NotFound = 16,
    /// Training produced a loss or a weight that is not finite.
    Diverged = 17,
    /// The request is understood but not supported.
    Unsupported = 18,
}

/// The name of a status, such as "INVALID_ARGUMENT"; "UNKNOWN" for a number that is none.
///
/// Ownership: the string is borrowed until the program ends.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_status_name(status: c_int) -> *const c_char {
    let known = ALL.iter().find(|(known, _)| *known as c_int == status);
    known.map_or(c"UNKNOWN", |(_, name)| *name).as_ptr()
}

const ALL: [(DiffpoolStatus, &std::ffi::CStr); 19] = [
    (DiffpoolStatus::Ok, c"OK"),
    (DiffpoolStatus::InvalidArgument, c"INVALID_ARGUMENT"),
    (DiffpoolStatus::NullPointer, c"NULL_POINTER"),
    (DiffpoolStatus::InvalidGraph, c"INVALID_GRAPH"),
    (DiffpoolStatus::InvalidConfig, c"INVALID_CONFIG"),
    (DiffpoolStatus::ShapeMismatch, c"SHAPE_MISMATCH"),
    (DiffpoolStatus::Io, c"IO"),
    (DiffpoolStatus::Parse, c"PARSE"),
    (DiffpoolStatus::InvalidFile, c"INVALID_FILE"),
    (DiffpoolStatus::UnsupportedVersion, c"UNSUPPORTED_VERSION"),
    (DiffpoolStatus::OutOfMemory, c"OUT_OF_MEMORY"),
    (DiffpoolStatus::InvalidState, c"INVALID_STATE"),
    (DiffpoolStatus::Poisoned, c"POISONED"),
    (DiffpoolStatus::Panic, c"PANIC"),
    (DiffpoolStatus::Cancelled, c"CANCELLED"),
    (DiffpoolStatus::BufferTooSmall, c"BUFFER_TOO_SMALL"),
    (DiffpoolStatus::NotFound, c"NOT_FOUND"),
    (DiffpoolStatus::Diverged, c"DIVERGED"),
    (DiffpoolStatus::Unsupported, c"UNSUPPORTED"),
];

impl From<ErrorKind> for DiffpoolStatus {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidArgument => Self::InvalidArgument,
            ErrorKind::NullPointer => Self::NullPointer,
            ErrorKind::InvalidGraph => Self::InvalidGraph,
            ErrorKind::InvalidConfig => Self::InvalidConfig,
            ErrorKind::ShapeMismatch => Self::ShapeMismatch,
            ErrorKind::Io => Self::Io,
            ErrorKind::Parse => Self::Parse,
            ErrorKind::InvalidFile => Self::InvalidFile,
            ErrorKind::UnsupportedVersion => Self::UnsupportedVersion,
            ErrorKind::OutOfMemory => Self::OutOfMemory,
            ErrorKind::InvalidState => Self::InvalidState,
            ErrorKind::Poisoned => Self::Poisoned,
            ErrorKind::Panic => Self::Panic,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::BufferTooSmall => Self::BufferTooSmall,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Diverged => Self::Diverged,
            ErrorKind::Unsupported => Self::Unsupported,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    /// Every kind; the match has to be extended with it, and then so has the test.
    const KINDS: [ErrorKind; 18] = {
        use ErrorKind::*;
        [
            InvalidArgument,
            NullPointer,
            InvalidGraph,
            InvalidConfig,
            ShapeMismatch,
            Io,
            Parse,
            InvalidFile,
            UnsupportedVersion,
            OutOfMemory,
            InvalidState,
            Poisoned,
            Panic,
            Cancelled,
            BufferTooSmall,
            NotFound,
            Diverged,
            Unsupported,
        ]
    };

    #[test]
    fn numbers_are_those_of_the_error_kinds() {
        for (at, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(kind as i32, at as i32 + 1, "{kind:?}");
            assert_eq!(DiffpoolStatus::from(kind) as i32, kind as i32, "{kind:?}");
            assert_eq!(format!("{kind:?}"), format!("{:?}", DiffpoolStatus::from(kind)));
        }
        assert_eq!(ALL.len(), KINDS.len() + 1);
    }

    #[test]
    fn every_number_has_a_name() {
        for (number, (status, name)) in ALL.into_iter().enumerate() {
            assert_eq!(status as usize, number);
            let camel: String =
                name.to_str().unwrap().split('_').map(|w| w[..1].to_owned() + &w[1..].to_lowercase()).collect();
            assert_eq!(camel, format!("{status:?}"));
        }
        for status in [-1, 19, c_int::MAX] {
            // SAFETY: any number may be asked for.
            assert_eq!(unsafe { CStr::from_ptr(diffpool_status_name(status)) }, c"UNKNOWN");
        }
    }
}
