//! Texts out of a file in messages: cut short, since anything may be in a file.

/// A text out of a file for a message, cut short where it is long.
pub(super) fn shorten(text: &str) -> String {
    cut(text, 300)
}

/// A name out of a file for a message: quoted, and cut short where it is long.
pub(in crate::checkpoint) fn quoted(name: &str) -> String {
    format!("{:?}", cut(name, 80))
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_string(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}
