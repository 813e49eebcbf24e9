//! Texts and small parts that all sections of the page are made of. `maud` escapes whatever is put in.

use maud::{Markup, html};

use crate::text::shortened;

/// Letters of a name; the rest is left out.
const LONGEST_NAME: usize = 60;

/// A name of the user's, which may hold anything: on one line, and without a say in the direction of what is around it.
pub fn name(text: &str) -> Markup {
    html! { bdi { (plain(&shortened(text, LONGEST_NAME))) } }
}

/// The text without what a page has no letters for.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A number to four digits behind the point; a long one with a power of ten.
pub fn number(value: f64) -> String {
    match value {
        value if !value.is_finite() => "undefined".to_string(),
        value if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e6) => format!("{value:.3e}"),
        value => format!("{value:.4}"),
    }
}

/// A number that may be undefined.
pub fn optional(value: Option<f64>) -> String {
    number(value.unwrap_or(f64::NAN))
}

/// A share in percent.
pub fn percent(part: usize, whole: usize) -> String {
    match whole {
        0 => "-".to_string(),
        _ => format!("{:.1} %", 100.0 * part as f64 / whole as f64),
    }
}

/// A part of the page with a headline that can be linked to.
pub fn section(id: &str, title: &str, content: Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby=(format!("{id}-title")) {
            h2 id=(format!("{id}-title")) { (title) }
            (content)
        }
    }
}

/// What may be wider than a phone and then scrolls, also by keys.
pub fn wide(label: &str, content: Markup) -> Markup {
    html! { div.wide role="region" tabindex="0" aria-label=(label) { (content) } }
}

/// A table of some columns: the first `texts` are texts, all others numbers.
pub fn table(label: &str, texts: usize, head: &[&str], rows: &[Vec<String>]) -> Markup {
    let side = |column: usize| (column >= texts).then_some("number");
    wide(
        label,
        html! {
            table {
                thead { tr { @for (column, text) in head.iter().enumerate() {
                    th class=[side(column)] scope="col" { (text) }
                } } }
                tbody { @for row in rows { tr { @for (column, text) in row.iter().enumerate() {
                    @if column == 0 { th class=[side(column)] scope="row" { bdi { (plain(text)) } } }
                    @else { td class=[side(column)] { bdi { (plain(text)) } } }
                } } } }
            }
        },
    )
}

/// Facts with their names.
pub fn facts(pairs: &[(String, String)]) -> Markup {
    html! { dl.facts { @for (key, value) in pairs { div { dt { (plain(key)) } dd { bdi { (plain(value)) } } } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        let text = name("<b title='\"&\u{7}\u{202e}").into_string();
        assert_eq!(text, "<bdi>&lt;b title='&quot;&amp;\u{fffd}\u{202e}</bdi>");
    }

    #[test]
    fn numbers_have_a_length() {
        let shown = [0.0, 0.5, -1e-5, 3e7, f64::NAN, f64::INFINITY].map(number);
        assert_eq!(shown, ["0.0000", "0.5000", "-1.000e-5", "3.000e7", "undefined", "undefined"]);
        assert_eq!([percent(1, 3), percent(0, 0)], ["33.3 %", "-"]);
    }
}
