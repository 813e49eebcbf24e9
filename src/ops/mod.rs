//! Operations on arrays: free functions, one file each, with their derivatives.

pub mod kinds;
