//! What tells models apart that may predict something else.

use std::ffi::{CStr, CString};

use sha2::{Digest, Sha256};

use super::model::Model;
use crate::config::{Assignment, Config, KEYS, Key, Scope};
use crate::error::{Error, Result};

/// Keys that a trained model lets change although its predictions depend on them.
const ALSO_COUNTED: [&str; 3] = ["hard_assignment", "temperature", "batch_norm_epsilon"];

impl Model<f32> {
    /// The SHA-256 of all that determines predictions, as 64 hexadecimal digits: configuration keys that a prediction
    /// depends on, features, classes, and every number of every tensor.
    ///
    /// Equal models have equal fingerprints, whatever file they are from. Keys of training, metadata and what the
    /// training graphs looked like do not count.
    pub fn fingerprint(&self) -> Result<&str> {
        Ok(self.fingerprint_c()?.to_str().unwrap_or_default())
    }

    /// The [`fingerprint`](Self::fingerprint), as C wants it.
    pub fn fingerprint_c(&self) -> Result<&CStr> {
        self.fingerprint.get(|| self.digest())
    }

    fn digest(&self) -> Result<CString> {
        let mut hash = Hash(Sha256::new());
        hash.text("libdiffpool model 1");
        for key in KEYS.iter().filter(|key| counts(key, self.config())) {
            hash.text(key.name);
            hash.text(&self.config().get(key.name)?.to_string());
        }
        let described = (self.schema(), self.targets(), self.class_names());
        hash.text(&serde_json::to_string(&described).map_err(|e| crate::error::error!(InvalidState, "{e}"))?);
        for tensor in self.tensors() {
            let (shape, values) = self.tensor(&tensor.name)?;
            hash.text(&tensor.name);
            hash.number(shape.len());
            shape.into_iter().for_each(|size| hash.number(size));
            values.iter().for_each(|value| hash.0.update(value.to_le_bytes()));
        }
        let digits: String = hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        CString::new(digits).map_err(|_| Error::out_of_memory())
    }
}

/// Whether predictions depend on a key.
fn counts(key: &Key, config: &Config) -> bool {
    match key.scope {
        Scope::Network | Scope::Settled => true,
        Scope::Training | Scope::Run => {
            ALSO_COUNTED.contains(&key.name) || (key.name == "seed" && config.assignment == Assignment::Random)
        }
    }
}

struct Hash(Sha256);

impl Hash {
    /// Counts a text with its length in front, so that two texts are not the same as one.
    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.update(text);
    }

    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }
}
