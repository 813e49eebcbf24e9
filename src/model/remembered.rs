//! A text that is made when somebody first asks for it, and then lent.

use std::ffi::{CStr, CString};
use std::sync::OnceLock;

use crate::error::Result;

/// A text, once somebody has asked for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Remembered(OnceLock<CString>);

impl Remembered {
    /// The text, made by `make` where nobody has asked before.
    pub fn get(&self, make: impl FnOnce() -> Result<CString>) -> Result<&CStr> {
        if let Some(known) = self.0.get() {
            return Ok(known);
        }
        let made = make()?;
        Ok(self.0.get_or_init(|| made))
    }

    /// Forgets the text.
    pub fn forget(&mut self) {
        self.0.take();
    }
}
