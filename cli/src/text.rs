//! Texts for people and for markup.

use diffpool::config::LossParts;

/// The losses of the assignments, each after a comma.
pub fn losses(parts: &LossParts) -> String {
    parts.computed().map(|(loss, value)| format!(", {} {value:.4}", loss.title())).collect()
}

/// Text as content or attribute of an element of HTML, SVG or XML.
pub fn in_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\r' | '\t' => out.push(' '),
            // Control characters have no place in XML, whatever they are written as.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Text as Markdown that shows it.
pub fn in_markdown(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '\\' | '#' => out.extend(['\\', letter]),
            '\n' | '\r' => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

/// Text of so many letters at most.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['\u{2026}']).collect(),
        None => text.to_string(),
    }
}

/// A time that people can compare.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 5970.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let text = "</script><b title='\"&\u{2028}\u{7}\n";
        assert_eq!(in_markup(text), "&lt;/script&gt;&lt;b title=&#39;&quot;&amp;\u{2028}\u{fffd} ");
        assert_eq!(in_markdown("a|b*\n[c]"), "a\\|b\\* \\[c\\]");
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!(["abcd", "abcde"].map(|text| shortened(text, 4)), ["abcd", "abc\u{2026}"]);
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        assert_eq!(
            [0.2, 59.4, 99.4, 99.6, 3599.0, 5969.0, 6000.0].map(duration),
            ["0 s", "59 s", "99 s", "2 min", "60 min", "99 min", "1.7 h"]
        );
    }
}
