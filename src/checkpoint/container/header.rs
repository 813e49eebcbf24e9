//! The header of a safetensors file, in a form that has one order when written and refuses doubled keys when read.
//!
//! The library's own reader keeps the last of two equal keys, and its writer puts metadata in random order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use safetensors::tensor::TensorInfo;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::quote::quoted;

const METADATA: &str = "__metadata__";

/// Metadata and tensors, by name.
#[derive(Debug, Default)]
pub struct Header {
    pub metadata: BTreeMap<String, String>,
    pub tensors: BTreeMap<String, TensorInfo>,
}

impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.tensors.len() + 1))?;
        map.serialize_entry(METADATA, &self.metadata)?;
        self.tensors.iter().try_for_each(|(name, info)| map.serialize_entry(name, info))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut metadata = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != METADATA {
                insert::<A, TensorInfo>(&mut header.tensors, key, &mut map)?;
            } else if metadata.replace(map.next_value::<Unique>()?).is_some() {
                return Err(A::Error::custom(format!("{METADATA} is there twice")));
            }
        }
        header.metadata = metadata.unwrap_or_default().0;
        Ok(header)
    }
}

/// An object of strings without doubled keys.
#[derive(Default)]
struct Unique(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut all = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            insert::<A, String>(&mut all, key, &mut map)?;
        }
        Ok(Unique(all))
    }
}

/// Reads the value of `key`, which must be new.
fn insert<'de, A: MapAccess<'de>, V: DeserializeOwned>(
    all: &mut BTreeMap<String, V>,
    key: String,
    map: &mut A,
) -> Result<(), A::Error> {
    let shown = quoted(&key);
    match all.entry(key) {
        Entry::Occupied(_) => Err(A::Error::custom(format!("{shown} is there twice"))),
        Entry::Vacant(place) => {
            let value = map.next_value().map_err(|e| A::Error::custom(format!("{shown}: {e}")))?;
            place.insert(value);
            Ok(())
        }
    }
}
