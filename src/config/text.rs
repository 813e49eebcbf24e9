//! Text of others in messages.

/// A caller's text for a message, cut short where it is long.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        None => text.to_string(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}
