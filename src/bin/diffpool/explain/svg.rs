//! The picture.
use super::document::Document;
/// The picture of a document.
pub fn picture(document: &Document) -> String {
    document.title()
}
