//! Tables of Markdown.

/// A table of Markdown.
pub struct Table {
    text: String,
}

impl Table {
    /// A table without rows yet. The first `left` columns are text, the others numbers.
    pub fn new(header: &[&str], left: usize) -> Self {
        let lines = (0..header.len()).map(|column| if column < left { "---|" } else { "---:|" });
        Self { text: format!("| {} |\n|{}", header.join(" | "), lines.collect::<String>()) }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: Vec<String>) {
        self.text.push_str(&format!("\n| {} |", cells.join(" | ")));
    }

    /// The table as Markdown.
    pub fn text(self) -> String {
        self.text
    }
}
