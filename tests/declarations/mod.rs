//! What more than one test reads from the committed header.
#![allow(dead_code)]

use std::path::Path;

/// One function as the header declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// The comment above it, as it stands there.
    pub comment: String,
    /// What it returns, such as `diffpool_status` or `const char *`.
    pub returns: String,
    /// Its name.
    pub name: String,
    /// Type and name of every parameter, such as `("size_t *", "length")`.
    pub parameters: Vec<(String, String)>,
}

/// The folder of the crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The committed header.
pub fn committed_header() -> String {
    std::fs::read_to_string(root().join("include/diffpool.h")).unwrap()
}

/// Every function of a header, in order. Callback types are none.
pub fn declarations(header: &str) -> Vec<Declaration> {
    let body = &header[header.find("#ifndef DIFFPOOL_H").unwrap()..];
    let mut comment = String::new();
    let mut found = Vec::new();
    for piece in body.split("\n\n") {
        if let Some(end) = piece.rfind("*/") {
            piece[..end].clone_into(&mut comment);
        }
        let code = piece.rsplit("*/").next().unwrap().trim();
        if let Some(declaration) = declaration(code, &comment) {
            found.push(declaration);
        }
    }
    found
}

fn declaration(code: &str, comment: &str) -> Option<Declaration> {
    let words = code.strip_suffix(");")?.split_whitespace();
    let code =
        words.filter(|word| !["DIFFPOOL_API", "DIFFPOOL_NODISCARD"].contains(word)).collect::<Vec<_>>().join(" ");
    let (head, parameters) = code.split_once('(')?;
    let (returns, name) = split_name(head);
    let is_function = name.starts_with("diffpool_") && !code.starts_with("typedef");
    let parameters = parameters.split(", ").filter(|&parameter| parameter != "void").map(split_name).collect();
    is_function.then(|| Declaration { comment: comment.to_owned(), returns, name, parameters })
}

/// Splits `size_t *length` into `size_t *` and `length`.
fn split_name(text: &str) -> (String, String) {
    let at = text.rfind([' ', '*']).map_or(0, |at| at + 1);
    (text[..at].trim().to_owned(), text[at..].to_owned())
}
