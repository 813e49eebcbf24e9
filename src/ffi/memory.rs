//! Strings and bytes: what the library hands out.
//!
//! Some functions return a new string or a new array of bytes. Such memory does not come from the program's own
//! `malloc`, so it goes back through the functions here and never to `free`.
//!
//! ```c
//! char *json;
//! uint8_t *bytes;
//! size_t length;
//! check(diffpool_model_summary_json(model, &json, &error));
//! check(diffpool_model_to_bytes(model, &bytes, &length, &error));
//! printf("%u bytes of %s\n", (unsigned)length, json);
//! diffpool_string_free(json);
//! diffpool_bytes_free(bytes);
//! ```

use std::ffi::{CString, c_char};

use crate::error::{Error, Result};

/// Frees a string that a function of this library returned. NULL is harmless.
///
/// Ownership: `text` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_string_free(text: *mut c_char) {
    // SAFETY: by the header's rules it is NULL or came from `new_c_string`, which uses `malloc`.
    unsafe { libc::free(text.cast()) };
}

/// Frees an array of bytes that a function of this library returned. NULL is harmless.
///
/// Ownership: `bytes` is gone after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_bytes_free(bytes: *mut u8) {
    // SAFETY: by the header's rules it is NULL or came from `new_bytes`, which uses `malloc`.
    unsafe { libc::free(bytes.cast()) };
}

/// A new NUL-terminated copy of `text` for the caller. A NUL within it, which C could not see past, becomes `?`.
pub(super) fn new_c_string(text: &str) -> Result<*mut c_char> {
    let memory = new_memory(text.len().checked_add(1).ok_or_else(Error::out_of_memory)?)?;
    for (at, byte) in text.bytes().chain([0]).enumerate() {
        let byte = if byte == 0 && at < text.len() { b'?' } else { byte };
        // SAFETY: the memory has one byte more than the text.
        unsafe { memory.add(at).write(byte) };
    }
    Ok(memory.cast())
}

/// A new copy of `bytes` for the caller.
pub(super) fn new_bytes(bytes: &[u8]) -> Result<*mut u8> {
    let memory = new_memory(bytes.len())?;
    // SAFETY: the memory is new and has as many bytes.
    unsafe { memory.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(memory)
}

/// Memory from `malloc`, which unlike a `Vec` can be given back without knowing its length.
fn new_memory(length: usize) -> Result<*mut u8> {
    // SAFETY: any size may be asked for; that of 0 is avoided because it may answer NULL.
    let memory = unsafe { libc::malloc(length.max(1)) }.cast::<u8>();
    if memory.is_null() { Err(Error::out_of_memory()) } else { Ok(memory) }
}

/// Texts as C has them, to be lent out; a NUL within one becomes a question mark.
pub(super) fn c_strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<CString>> {
    let mut strings = Vec::new();
    for text in texts {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(text.len().saturating_add(1))?;
        bytes.extend(text.bytes().map(|byte| if byte == 0 { b'?' } else { byte }));
        strings.try_reserve(1)?;
        strings.push(CString::new(bytes).unwrap_or_default());
    }
    Ok(strings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn strings_end_and_hold_no_inner_nul() {
        for (given, expected) in [("", ""), ("GPT", "GPT"), ("a\0b", "a?b"), ("ü\0", "ü?")] {
            let text = new_c_string(given).unwrap();
            // SAFETY: the string is new, terminated, and freed last.
            unsafe {
                assert_eq!(CStr::from_ptr(text).to_str(), Ok(expected));
                diffpool_string_free(text);
            }
        }
    }

    #[test]
    fn bytes_are_copied() {
        for given in [&b""[..], b"abc\0d"] {
            let bytes = new_bytes(given).unwrap();
            // SAFETY: the array is new, of that length, and freed last.
            unsafe {
                assert_eq!(std::slice::from_raw_parts(bytes, given.len()), given);
                diffpool_bytes_free(bytes);
            }
        }
    }

    #[test]
    fn impossible_sizes_are_errors() {
        assert_eq!(new_memory(usize::MAX / 2).unwrap_err(), Error::out_of_memory());
    }
}
