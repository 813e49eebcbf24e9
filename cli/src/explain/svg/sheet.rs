//! A picture as text: elements of SVG, one after the other.

use std::fmt::{Display, Write};

use crate::text::in_markup;

/// A text that elements are added to.
#[derive(Debug, Default)]
pub struct Sheet(pub String);

impl Sheet {
    /// Adds an element without content; `attributes` are as they stand in it.
    pub fn shape(&mut self, tag: &str, attributes: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "<{tag} {attributes}/>");
    }

    /// Adds a text.
    pub fn text(&mut self, (x, y): (f64, f64), class: &str, attributes: impl Display, text: &str) {
        let text = in_markup(text);
        let _ = writeln!(self.0, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\" {attributes}>{text}</text>");
    }

    /// Adds a group.
    pub fn group(&mut self, attributes: impl Display, content: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.0, "<g {attributes}>");
        content(self);
        self.0.push_str("</g>\n");
    }
}
