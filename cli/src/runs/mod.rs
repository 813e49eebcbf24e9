//! Finished training runs: what is kept of each, the files they are kept in, and what they say together.

pub mod ledger;
pub mod outcome;
pub mod record;
