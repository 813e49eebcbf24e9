//! The page: one file with everything in it, which needs no network.

use super::document::Document;
use crate::failure::{Failure, Result};
use crate::text::in_markup;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// Checksum of the script, so that a browser runs this one and no other. The test of the page in a browser tells a new
/// one.
const HASH: &str = "sha256-PiKIDjzEO+SAL3cm8NBXkSWp66vjekIWcrNJhwrFoRw=";

/// The page of a document.
pub fn page(mut document: Document) -> Result<String> {
    for level in &mut document.levels {
        level.assignment.pack();
        level.adjacency = None;
    }
    let title = in_markup(&document.title());
    let data = serde_json::to_string(&document).map_err(|e| Failure::data(e.to_string()))?;
    Ok(fill(&[("hash", HASH), ("title", &title), ("style", STYLE), ("data", &inert(&data)), ("script", SCRIPT)]))
}

/// The page with every `{{name}}` replaced. What is put in is not looked at again.
fn fill(values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out + rest
}

/// JSON that cannot end the element it stands in. All these letters only ever occur within its strings.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", letter as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_the_script() {
        let text = "</script><b title='\"&\u{2028}\u{7}";
        let json = serde_json::to_string(text).unwrap();
        let safe = inert(&json);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let page =
            fill(&[("title", "{{data}}"), ("data", "{{script}}"), ("script", "run"), ("style", ""), ("hash", "")]);
        assert!(page.contains("<title>{{data}}</title>") && page.contains(">{{script}}</script>"));
    }
}
