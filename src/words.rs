//! Enums whose variants have a word each: in a configuration, in JSON and in messages.

/// Declares an enum of words. Every variant is followed by its word.
///
/// The enum gets `ALL`, `name`, and the word as its form in JSON; the doc comments are also for lists of words.
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

            /// The word that a configuration has for the variant.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl $crate::words::Words for $name {
            const WORDS: &'static [$crate::words::Word] =
                &[$($crate::words::Word { name: $word, about: concat!($($about),*).trim_ascii() }),*];
        }
    };
}

pub(crate) use words;

/// An enum of words, for lists that people read.
pub(crate) trait Words {
    /// The word of every variant, in the order of declaration.
    const WORDS: &'static [Word];
}

/// A word that a key of the configuration chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What the word stands for.
    pub about: &'static str,
}
