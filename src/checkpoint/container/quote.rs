//! Texts out of a file in messages: cut short, since anything may be in a file.

use crate::error::shortened;

/// A text out of a file for a message, cut short where it is long.
pub(super) fn shorten(text: &str) -> String {
    shortened(text, 300)
}

/// A name out of a file for a message: quoted, and cut short where it is long.
pub fn quoted(name: &str) -> String {
    format!("{:?}", shortened(name, 80))
}
