//! What a key of the configuration is, and how a table of them becomes the struct.

use std::fmt;

use serde_json::Value;

use crate::error::{Result, bail};
use crate::words::{Word, Words};

/// A key of the configuration: one row of [`KEYS`](super::KEYS).
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The name, which is that of the field of [`Config`](super::Config).
    pub name: &'static str,
    /// What values there are.
    pub kind: Kind,
    /// Which of them are allowed.
    pub bounds: Bounds,
    /// What the key shapes, and so when it may change.
    pub scope: Scope,
    /// What the key means, in a sentence or a few.
    pub about: &'static str,
    pub(super) default: fn() -> Value,
}

impl Key {
    /// The value in the preset `default`.
    pub fn default(&self) -> Value {
        (self.default)()
    }
}

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A string that is read further.
    Text,
    /// One of these words.
    Words(&'static [Word]),
    /// True or false.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A list of whole numbers.
    Wholes,
    /// A list of numbers.
    Numbers,
    /// A number, or a list of one number a pooling level.
    PerLevel,
}

impl Kind {
    /// The name in lists of keys: what follows `diffpool_config_set_` in the function that sets such a key. A key of
    /// one value for all pooling levels or a list of one a level is set by that for lists as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Words(_) => "string",
            Self::Flag => "bool",
            Self::Whole => "int",
            Self::Number | Self::PerLevel => "float",
            Self::Wholes => "ints",
            Self::Numbers => "floats",
        }
    }
}

/// What a value must be, for messages: "a whole number from 0 up".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a string"),
            Self::Words([one, two]) => write!(f, "\"{}\" or \"{}\"", one.name, two.name),
            Self::Words(words) => {
                let names: Vec<_> = words.iter().map(|word| format!("\"{}\"", word.name)).collect();
                write!(f, "one of {}", names.join(", "))
            }
            Self::Flag => f.write_str("true or false"),
            Self::Whole => f.write_str("a whole number from 0 up"),
            Self::Number => f.write_str("a number"),
            Self::Wholes => f.write_str("a list of whole numbers from 0 up"),
            Self::Numbers => f.write_str("a list of numbers"),
            Self::PerLevel => f.write_str("a number or a list of numbers"),
        }
    }
}

/// The values that a key allows, of those of its kind; for a list, what each of its numbers must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounds {
    /// All of them, as far as the table says.
    Any,
    /// From the first to the second.
    Whole(usize, usize),
    /// From the first to the second.
    Number(f64, f64),
    /// A share from the first number up and less than 1, or a whole number from 1 to the second.
    ShareOrCount(f64, usize),
}

/// The bounds in words: "from 1 to 64"; nothing where there are none.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Whole(least, most) => write!(f, "from {least} to {most}"),
            Self::Number(least, most) => write!(f, "from {least:?} to {most:?}"),
            Self::ShareOrCount(_, most) => write!(f, "a share between 0 and 1 or a whole number up to {most}"),
        }
    }
}

/// What a key shapes, and so when it may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The network. Weights would not fit another value: a trained model keeps the one that it was made with.
    Network,
    /// The network as well, but the training graphs settle a value that is left open (`auto`, a share, an empty list).
    /// A trained model takes the value that it was made with, or an open one.
    Settled,
    /// How a model is made, trained and evaluated. It may change on a trained model, but not within a training run.
    Training,
    /// How long a run takes, on what, and what it leaves behind. It may also change where a run is resumed.
    Run,
}

impl Scope {
    /// The name in lists of keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Settled => "settled",
            Self::Training => "training",
            Self::Run => "run",
        }
    }

    /// Whether the key says what the network is.
    pub fn shapes_network(self) -> bool {
        matches!(self, Self::Network | Self::Settled)
    }
}

/// What a key can hold.
pub(super) trait KeyValue {
    const KIND: Kind;

    /// Refuses a value outside the bounds. `key` names it in the message.
    fn check(&self, _key: &str, _bounds: Bounds) -> Result<()> {
        Ok(())
    }
}

impl KeyValue for String {
    const KIND: Kind = Kind::Text;
}

impl<T: Words> KeyValue for T {
    const KIND: Kind = Kind::Words(T::WORDS);
}

impl KeyValue for bool {
    const KIND: Kind = Kind::Flag;
}

impl KeyValue for u64 {
    const KIND: Kind = Kind::Whole;
}

impl KeyValue for usize {
    const KIND: Kind = Kind::Whole;

    fn check(&self, key: &str, bounds: Bounds) -> Result<()> {
        match bounds {
            Bounds::Whole(least, most) if !(least..=most).contains(self) => {
                bail!(InvalidConfig, "{key} is {self}, but must be {bounds}")
            }
            _ => Ok(()),
        }
    }
}

impl KeyValue for f64 {
    const KIND: Kind = Kind::Number;

    fn check(&self, key: &str, bounds: Bounds) -> Result<()> {
        let fits = match bounds {
            Bounds::Number(least, most) => (least..=most).contains(self),
            Bounds::ShareOrCount(least, most) => {
                (least..1.0).contains(self) || self.fract() == 0.0 && (1.0..=most as f64).contains(self)
            }
            Bounds::Any | Bounds::Whole(..) => true,
        };
        if !fits {
            bail!(InvalidConfig, "{key} is {self:?}, but must be {bounds}");
        }
        Ok(())
    }
}

impl KeyValue for Vec<usize> {
    const KIND: Kind = Kind::Wholes;

    fn check(&self, key: &str, bounds: Bounds) -> Result<()> {
        self.iter().enumerate().try_for_each(|(at, value)| value.check(&format!("{key}[{at}]"), bounds))
    }
}

impl KeyValue for Vec<f64> {
    const KIND: Kind = Kind::Numbers;

    fn check(&self, key: &str, bounds: Bounds) -> Result<()> {
        self.iter().enumerate().try_for_each(|(at, value)| value.check(&format!("{key}[{at}]"), bounds))
    }
}

/// Makes of a table of keys the struct `Config`, its default, `KEYS` and the check of every key's bounds.
///
/// A row is `name: type = default, scope;` or `name: type = default, scope, bounds;`, below its sentences.
macro_rules! keys {
    ($(#[$doc:meta])* pub struct Config;
    $($(#[doc = $about:literal])* $name:ident: $type:ty = $default:expr, $scope:ident $(, $bounds:expr)?;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Config { $($(#[doc = $about])* pub $name: $type,)* }

        impl Default for Config {
            /// The preset `default`.
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// Every key of the configuration, in the order of the fields.
        pub const KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            kind: <$type as KeyValue>::KIND,
            bounds: [$($bounds,)? Bounds::Any][0],
            scope: Scope::$scope,
            about: concat!($($about),*).trim_ascii(),
            default: || {
                let value: $type = $default;
                serde_json::json!(value)
            },
        }),*];

        impl Config {
            /// Refuses a value that is outside the bounds of its key.
            pub(super) fn check_bounds(&self) -> $crate::error::Result<()> {
                $(self.$name.check(stringify!($name), [$($bounds,)? Bounds::Any][0])?;)*
                Ok(())
            }
        }
    };
}

pub(super) use keys;
