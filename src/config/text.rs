//! Text of others in messages.

use crate::error::shortened;

/// A caller's text for a message, cut short where it is long.
pub(crate) fn shorten(text: &str) -> String {
    shortened(text, 80)
}
