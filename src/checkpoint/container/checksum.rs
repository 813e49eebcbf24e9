//! The checksum of a file.

use std::collections::BTreeMap;

/// The checksum of a file; `checkpoint` says what it goes over.
pub(super) struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// Begins with the metadata.
    pub fn new(metadata: &BTreeMap<String, String>) -> Self {
        let mut checksum = Self(crc32fast::Hasher::new());
        for (key, value) in metadata.iter().filter(|(key, _)| *key != "checksum") {
            checksum.string(key);
            checksum.string(value);
        }
        checksum
    }

    /// Goes on over what comes before the bytes of a tensor.
    pub fn tensor(&mut self, name: &str, shape: &[usize]) {
        self.string(name);
        self.number(shape.len());
        shape.iter().for_each(|&size| self.number(size));
    }

    /// Goes on over bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Goes on over bytes that have this checksum by themselves, see [`bytes`](Self::bytes).
    pub fn checked(&mut self, checksum: &crc32fast::Hasher) {
        self.0.combine(checksum);
    }

    fn string(&mut self, text: &str) {
        self.number(text.len());
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: usize) {
        self.bytes(&(number as u64).to_le_bytes());
    }

    /// The checksum as eight hexadecimal digits.
    pub fn finish(self) -> String {
        format!("{:08x}", self.0.finalize())
    }
}
