//! `diffpool convert`.
#![allow(missing_docs)]
