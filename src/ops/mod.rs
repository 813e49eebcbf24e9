//! The arithmetic of the library: free functions over array views that own nothing.

pub mod random;
