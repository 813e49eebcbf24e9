//! What is to be made of JSON lines.

/// What [`load`](crate::data::json_lines::load) and [`read`](crate::data::json_lines::read) should do beyond reading
/// the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonLinesOptions {
    /// Name of the data set where the file does not say it; `None` for the file's own name without its endings.
    pub name: Option<String>,
    /// Whether edges keep their direction where the file does not say it.
    pub directed: bool,
    /// The classes that graphs may have, such as those of a model: every graph must have one of them, and class `c` is
    /// the `c`-th. `None` for those of the file.
    pub class_names: Option<Vec<String>>,
    /// The words that sequences are made of, and how many are to be predicted; without `class_names`, graphs then have
    /// no class besides. `None` for those of the file.
    pub words: Option<JsonLinesWords>,
}

/// What is to be known of sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonLinesWords {
    /// The vocabulary, with the unknown word and the end as its last two.
    pub vocabulary: Vec<String>,
    /// Words of a sequence that are to be predicted.
    pub length: usize,
}
