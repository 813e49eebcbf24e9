//! Metadata of a model: texts of its user's by key, and what training writes down about itself.

use std::ffi::{CStr, CString};

use crate::error::{Result, bail, shortened};

/// Beginning of the keys that the library writes itself, such as `diffpool.date`.
pub const OWN_KEYS: &str = "diffpool.";
/// Longest key, in bytes.
pub const MAX_KEY: usize = 255;
/// Longest value, in bytes.
pub const MAX_VALUE: usize = 1 << 20;
/// Largest number of keys.
pub const MAX_KEYS: usize = 1024;
/// Largest length of all keys and values together, in bytes.
pub const MAX_BYTES: usize = 1 << 22;

/// Largest number of keys that are the library's, which are counted by themselves: there is always room for them.
const MAX_OWN_KEYS: usize = 64;
/// Longest value of a key that is the library's.
const MAX_OWN_VALUE: usize = 1024;

/// Texts by key, in the order of the keys' bytes. They say nothing to the library: no prediction depends on them.
///
/// A key has from 1 to [`MAX_KEY`] bytes of UTF-8 and a value at most [`MAX_VALUE`], neither with a NUL in it; there
/// are at most [`MAX_KEYS`] keys, and [`MAX_BYTES`] bytes in all. Keys that begin with [`OWN_KEYS`] are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Sorted by key. Ends in NUL, so that the C interface can lend what is here.
    entries: Vec<(CString, CString)>,
}

impl Metadata {
    /// Gives `key` a value, or takes it away where that is `None`. Keys that begin with [`OWN_KEYS`] can only be taken
    /// away. A failed call changes nothing.
    pub fn set(&mut self, key: &str, value: Option<&str>) -> Result<()> {
        let Some(value) = value else {
            self.remove(key);
            return Ok(());
        };
        if key.starts_with(OWN_KEYS) {
            let key = shortened(key, MAX_KEY);
            bail!(InvalidArgument, "metadata {key:?}: keys that begin with {OWN_KEYS:?} are written by the library");
        }
        self.put(key, value)
    }

    /// Gives `key`, whoever's it is, a value.
    pub(crate) fn put(&mut self, key: &str, value: &str) -> Result<()> {
        let shown = shortened(key, MAX_KEY);
        if key.is_empty() || key.len() > MAX_KEY {
            bail!(InvalidArgument, "metadata {shown:?}: a key of {} bytes, but it must have 1 to {MAX_KEY}", key.len());
        }
        let own = key.starts_with(OWN_KEYS);
        let (most_keys, longest) = if own { (MAX_OWN_KEYS, MAX_OWN_VALUE) } else { (MAX_KEYS, MAX_VALUE) };
        if value.len() > longest {
            bail!(InvalidArgument, "metadata {shown:?}: the value has {} bytes, more than {longest}", value.len());
        }
        let place = self.place(key);
        let before = place.map_or(0, |at| key.len() + self.entries[at].1.as_bytes().len());
        let (keys, bytes) = self.size(own);
        let bytes = bytes - before + key.len() + value.len();
        if bytes > MAX_BYTES {
            bail!(InvalidArgument, "metadata {shown:?}: there would be {bytes} bytes in all, more than {MAX_BYTES}");
        }
        if place.is_err() && keys >= most_keys {
            bail!(InvalidArgument, "metadata {shown:?}: there are {keys} keys already, as many as there may be");
        }
        let (Ok(key), Ok(value)) = (CString::new(key), CString::new(value)) else {
            bail!(InvalidArgument, "metadata {shown:?}: there is a NUL in the key or in the value");
        };
        match place {
            Ok(at) => self.entries[at].1 = value,
            Err(at) => {
                self.entries.try_reserve(1)?;
                self.entries.insert(at, (key, value));
            }
        }
        Ok(())
    }

    /// Takes a key away; says whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.place(key).map(|at| self.entries.remove(at)).is_ok()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.get_c(key).map(text)
    }

    /// The value of a key, as C wants it.
    pub fn get_c(&self, key: &str) -> Option<&CStr> {
        self.place(key).ok().map(|at| self.entries[at].1.as_c_str())
    }

    /// Key number `at`, as C wants it.
    pub fn key_c(&self, at: usize) -> Option<&CStr> {
        self.entries.get(at).map(|(key, _)| key.as_c_str())
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (text(key), text(value)))
    }

    /// Number of keys that are the library's or are not, and of the bytes of these and their values.
    fn size(&self, own: bool) -> (usize, usize) {
        let counted = self.iter().filter(|(key, _)| key.starts_with(OWN_KEYS) == own);
        counted.fold((0, 0), |(keys, bytes), (key, value)| (keys + 1, bytes + key.len() + value.len()))
    }

    /// Where a key is, or where it would be.
    fn place(&self, key: &str) -> std::result::Result<usize, usize> {
        self.entries.binary_search_by(|(other, _)| other.as_bytes().cmp(key.as_bytes()))
    }
}

/// What is in a string that was made of UTF-8.
fn text(of: &CStr) -> &str {
    of.to_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_set_replaced_taken_away_and_sorted() {
        let mut metadata = Metadata::default();
        for (key, value) in [("licence", "MIT"), ("author", "a"), ("ü", ""), ("author", "b")] {
            metadata.set(key, Some(value)).unwrap();
        }
        let all: Vec<_> = metadata.iter().collect();
        assert_eq!(all, [("author", "b"), ("licence", "MIT"), ("ü", "")]);
        assert_eq!((metadata.get("author"), metadata.get("auth"), metadata.key_c(2)), (Some("b"), None, Some(c"ü")));
        metadata.set("author", None).unwrap();
        metadata.set("author", None).unwrap();
        assert_eq!((metadata.len(), metadata.get("author"), metadata.key_c(2)), (2, None, None));
    }

    #[test]
    fn misuse_is_named_and_changes_nothing() {
        let mut metadata = Metadata::default();
        metadata.set("a", Some("1")).unwrap();
        let (long, large) = ("k".repeat(256), "v".repeat(MAX_VALUE + 1));
        let cases = [
            ("", "x", "metadata \"\": a key of 0 bytes, but it must have 1 to 255"),
            (long.as_str(), "x", ": a key of 256 bytes, but it must have 1 to 255"),
            ("a", large.as_str(), "metadata \"a\": the value has 1048577 bytes, more than 1048576"),
            ("a", "\0", "metadata \"a\": there is a NUL in the key or in the value"),
            ("b\0", "x", "metadata \"b\\0\": there is a NUL in the key or in the value"),
            (
                "diffpool.date",
                "x",
                "metadata \"diffpool.date\": keys that begin with \"diffpool.\" are written by the library",
            ),
        ];
        for (key, value, message) in cases {
            let error = metadata.set(key, Some(value)).unwrap_err();
            assert!(error.message().ends_with(message), "{error}");
        }
        assert_eq!(metadata.iter().collect::<Vec<_>>(), [("a", "1")]);
    }

    #[test]
    fn there_is_an_end_to_keys_and_bytes() {
        let mut metadata = Metadata::default();
        for key in 0..MAX_KEYS {
            metadata.set(&key.to_string(), Some("")).unwrap();
        }
        let error = metadata.set("one more", Some("")).unwrap_err();
        assert!(error.message().ends_with("there are 1024 keys already, as many as there may be"), "{error}");
        metadata.set("7", Some("may be replaced")).unwrap();
        metadata.put("diffpool.date", "has room of its own").unwrap();
        let mut metadata = Metadata::default();
        let value = "v".repeat(MAX_VALUE);
        for key in ["a", "b", "c"] {
            metadata.set(key, Some(&value)).unwrap();
        }
        let error = metadata.set("d", Some(&value)).unwrap_err();
        assert!(error.message().ends_with("4194308 bytes in all, more than 4194304"), "{error}");
        metadata.set("c", Some(&value)).unwrap();
        metadata.set("d", Some(&value[4..])).unwrap();
    }
}
