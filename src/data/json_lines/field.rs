//! Values of a graph's keys, read straight into vectors that are kept from line to line.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};

/// Marks an error as a lack of memory, which has a kind of its own.
pub(super) const OUT_OF_MEMORY: &str = "out of memory";

/// A list of numbers.
#[derive(Debug)]
pub(super) struct List<T> {
    /// Whether the key is there.
    pub given: bool,
    pub values: Vec<T>,
}

/// Rows of as many numbers each.
#[derive(Debug, Default)]
pub(super) struct Table<T> {
    /// Whether the key is there.
    pub given: bool,
    pub rows: usize,
    pub width: usize,
    /// Row-major `[rows, width]`.
    pub values: Vec<T>,
}

/// The pairs of nodes that edges join.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Whether the key is there.
    pub given: bool,
    pub sources: Vec<i32>,
    pub targets: Vec<i32>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { given: false, values: Vec::new() }
    }
}

impl<T> List<T> {
    pub fn clear(&mut self) {
        self.given = false;
        self.values.clear();
    }

    /// The values, where the key is there.
    pub fn get(&self) -> Option<&[T]> {
        self.given.then_some(&self.values)
    }
}

impl<T> Table<T> {
    pub fn clear(&mut self) {
        (self.given, self.rows, self.width) = (false, 0, 0);
        self.values.clear();
    }

    /// The values, where there are any columns.
    pub fn get(&self) -> Option<&[T]> {
        (self.width > 0).then_some(&self.values)
    }
}

impl Pairs {
    pub fn clear(&mut self) {
        self.given = false;
        self.sources.clear();
        self.targets.clear();
    }
}

fn push<T, E: de::Error>(values: &mut Vec<T>, value: T) -> Result<(), E> {
    values.try_reserve(1).map_err(|_| E::custom(OUT_OF_MEMORY))?;
    values.push(value);
    Ok(())
}

/// Reads numbers and appends them.
struct Row<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Row<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(value) = items.next_element()? {
            push(self.0, value)?;
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Row<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for &mut List<T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.given = true;
        Row(&mut self.values).deserialize(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for &mut Table<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of lists of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Row(&mut self.values))?.is_some() {
            let found = self.values.len() - self.rows * self.width;
            if self.rows == 0 {
                self.width = found;
            }
            if found != self.width {
                let (row, width) = (self.rows, self.width);
                return Err(de::Error::custom(format_args!("row {row} has {found} values, but row 0 has {width}")));
            }
            self.rows += 1;
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for &mut Table<T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.given = true;
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Pairs {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of pairs of nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some([source, target]) = items.next_element_seed(Pair)? {
            push(&mut self.sources, source)?;
            push(&mut self.targets, target)?;
        }
        Ok(())
    }
}

/// Reads two nodes.
struct Pair;

impl<'de> Visitor<'de> for Pair {
    type Value = [i32; 2];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pair of nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<[i32; 2], A::Error> {
        let pair = (items.next_element()?, items.next_element()?, items.next_element::<i32>()?);
        match pair {
            (Some(source), Some(target), None) => Ok([source, target]),
            (_, None, _) => Err(de::Error::custom("an edge has fewer than two nodes")),
            _ => Err(de::Error::custom("an edge has more than two nodes")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Pair {
    type Value = [i32; 2];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<[i32; 2], D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Pairs {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.given = true;
        deserializer.deserialize_seq(self)
    }
}
