//! Version: which version of the library a program was compiled for, and which one it runs with.
//!
//! Before 1.0 the library may change from one minor version to the next; from 1.0 on it only grows within a major
//! version. A program that loads the library at run time, or ships apart from it, calls `diffpool_abi_check` first.
//!
//! ```c
//! if (diffpool_version() != DIFFPOOL_VERSION)
//!     printf("runs with version %s of the library\n", diffpool_version_string());
//! check(diffpool_abi_check(DIFFPOOL_VERSION, &error));
//! ```

use std::ffi::c_char;

use super::error::DiffpoolError;
use super::guard::guard;
use super::status::DiffpoolStatus;
use crate::error::bail;
use crate::ops::runtime::cpu::cpu;

/// The version of this header: incompatible changes.
pub const DIFFPOOL_VERSION_MAJOR: u32 = 0;

/// The version of this header: additions, and before 1.0 incompatible changes too.
pub const DIFFPOOL_VERSION_MINOR: u32 = 1;

/// The version of this header: repairs.
pub const DIFFPOOL_VERSION_PATCH: u32 = 0;

/// The version of this header as one number, to be given to `diffpool_abi_check`.
pub const DIFFPOOL_VERSION: u32 =
    DIFFPOOL_VERSION_MAJOR * 10000 + DIFFPOOL_VERSION_MINOR * 100 + DIFFPOOL_VERSION_PATCH;

/// The version of the library that is running, as one number like DIFFPOOL_VERSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_version() -> u32 {
    DIFFPOOL_VERSION
}

/// The version of the library that is running, such as "0.1.0".
///
/// Ownership: the string is borrowed until the program ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The kernels for matrix products that the library uses in this process: "avx512" or "avx2" on x86-64, "neon" on
/// aarch64, or "portable" where the processor has none of them.
///
/// The best one of the processor is found at run time. The environment variable DIFFPOOL_CPU names another one of those
/// that the processor has, for example to run a machine as if it were a lesser one; it is read once, when something is
/// computed or this function is called for the first time. Making a trainer or a session and evaluating a model fail
/// with INVALID_CONFIG where the variable is no such name, and with UNSUPPORTED where the processor lacks what it
/// names; this function then tells the best one. An empty variable is none.
///
/// Results are the same bits with all of them but "portable", whose products are rounded in another way.
///
/// Ownership: the string is borrowed until the program ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_cpu() -> *const c_char {
    cpu().c_name().as_ptr()
}

/// Checks that the library that is running can serve a program compiled with a header of version `header_version`,
/// which is DIFFPOOL_VERSION.
///
/// Fails: UNSUPPORTED_VERSION if it cannot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_abi_check(header_version: u32, error: *mut *mut DiffpoolError) -> DiffpoolStatus {
    guard(error, |_| {
        if serves(DIFFPOOL_VERSION, header_version) {
            return Ok(());
        }
        let (major, minor, patch) = (header_version / 10000, header_version / 100 % 100, header_version % 100);
        bail!(
            UnsupportedVersion,
            "the program was compiled for version {major}.{minor}.{patch}, but the library is {}",
            env!("CARGO_PKG_VERSION")
        )
    })
}

/// Whether a library of one version has everything that a header of the other declares, unchanged.
fn serves(library: u32, header: u32) -> bool {
    let stable = library >= 10000;
    let (library, header) = (library / 100, header / 100);
    if stable { library / 100 == header / 100 && library >= header } else { library == header }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_serves_headers_it_is_compatible_with() {
        let cases = [
            (100, 100, true),
            (100, 107, true),
            (107, 100, true),
            (200, 100, false),
            (100, 200, false),
            (100, 0, false),
            (100, 10100, false),
            (10200, 10200, true),
            (10200, 10100, true),
            (10200, 10203, true),
            (10200, 10300, false),
            (10200, 20200, false),
            (20000, 10900, false),
            (10000, 100, false),
            (100, u32::MAX, false),
        ];
        for (library, header, expected) in cases {
            assert_eq!(serves(library, header), expected, "library {library}, header {header}");
        }
    }
}
