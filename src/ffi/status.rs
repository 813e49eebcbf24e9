//! Statuses: what every fallible function returns.
//!
//! ```c
//! diffpool_status status = diffpool_model_check(model, graph, NULL);
//! if (status != DIFFPOOL_STATUS_OK)
//!     fprintf(stderr, "the model does not take the graph: %s\n", diffpool_status_name(status));
//! ```

use std::ffi::{CStr, c_char};

use crate::error::{ErrorKind, with_error_kinds};

/// What became of a call. The numbers are fixed: none is ever used again for something else.
///
/// Any function that takes pointers may return NULL_POINTER, any that takes a handle POISONED, and any at all
/// OUT_OF_MEMORY and PANIC; the functions below name only what else can go wrong. New kinds may be added, so treat an
/// unknown number as a failure.
///
/// It is a number of 32 bits, so that it has the same size in every program. Its values follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct DiffpoolStatus(i32);

macro_rules! define_statuses {
    ($($kind:ident = $number:literal, $name:literal, $meaning:literal;)+) => {
        #[allow(non_upper_case_globals)]
        impl DiffpoolStatus {
            /// The call did what it says.
            pub const Ok: Self = Self(0);
            $(#[doc = $meaning] pub const $kind: Self = Self($number);)+
        }

        /// The names of all numbers from 0 on.
        const NAMES: &[&CStr] = &[c"OK", $(c_name(concat!($name, "\0")),)+];
    };
}

with_error_kinds!(define_statuses);

/// A text that ends in a NUL, as C has it.
const fn c_name(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(name) => name,
        Err(_) => panic!("the name of a status ends in its only NUL"),
    }
}

/// The name of a status, such as "INVALID_ARGUMENT"; "UNKNOWN" for a number that is none.
///
/// Ownership: the string is borrowed until the program ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_status_name(status: DiffpoolStatus) -> *const c_char {
    let name = usize::try_from(status.0).ok().and_then(|number| NAMES.get(number));
    name.map_or(c"UNKNOWN", |name| *name).as_ptr()
}

impl From<ErrorKind> for DiffpoolStatus {
    fn from(kind: ErrorKind) -> Self {
        Self(kind as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_from_one_without_gaps_and_have_names() {
        for (number, &kind) in (1..).zip(ErrorKind::ALL) {
            assert_eq!(kind as i32, number, "{kind:?}");
            assert_eq!(DiffpoolStatus::from(kind), DiffpoolStatus(number));
            let camel: String =
                kind.name().split('_').map(|word| word[..1].to_owned() + &word[1..].to_lowercase()).collect();
            assert_eq!(camel, format!("{kind:?}"));
            // SAFETY: any number may be asked for.
            let name = unsafe { CStr::from_ptr(diffpool_status_name(DiffpoolStatus(number))) };
            assert_eq!(name.to_str(), Ok(kind.name()));
        }
        assert_eq!(NAMES.len(), ErrorKind::ALL.len() + 1);
        for status in [-1, NAMES.len() as i32, i32::MAX] {
            // SAFETY: as above.
            assert_eq!(unsafe { CStr::from_ptr(diffpool_status_name(DiffpoolStatus(status))) }, c"UNKNOWN");
        }
    }
}
