//! Enums whose variants have a word each: in a configuration, in JSON and in messages.

/// Declares an enum of words. Every variant is followed by its word.
///
/// It gives the enum `ALL`, `WORDS` (word and doc comment of every variant, for lists that people read), `name`, and
/// the word as its form in serde.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[doc = $about:literal])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[doc = $about])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word of every variant with a sentence about it, in the same order.
            pub const WORDS: &'static [$crate::words::Word] =
                &[$($crate::words::Word { name: $word, about: concat!($($about),*) }),*];

            /// The word that a configuration has for the variant.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

pub(crate) use words;

/// A word that a key of the configuration chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What it stands for: the doc comment, with a space before every line of it.
    pub about: &'static str,
}
