//! The table of the losses of an assignment. A new loss is a row here: everything that lists them is made from it.

use std::ffi::CStr;

use super::keys::Config;
use super::per_level::PerLevel;

/// Makes of a table of losses the enum, its names and the keys that are its own.
///
/// A row is `Variant: c"name in records", "title", key of the weight, key of the rise;` below its sentence.
macro_rules! pool_losses {
    ($($(#[doc = $about:literal])* $variant:ident: $name:literal, $title:literal, $weight:ident, $rise:ident;)*) => {
        /// A loss of the assignment of nodes to clusters; docs/model.md has the formulas.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum PoolLoss { $($(#[doc = $about])* $variant,)* }

        impl PoolLoss {
            /// Every loss, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name in records and JSON, for C.
            pub fn c_name(self) -> &'static CStr {
                match self { $(Self::$variant => $name,)* }
            }

            /// The name in a line for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The key of its weight.
            pub fn weight_key(self) -> &'static str {
                match self { $(Self::$variant => stringify!($weight),)* }
            }

            /// What it weighs at every level, in the end.
            pub fn weight(self, config: &Config) -> &PerLevel {
                match self { $(Self::$variant => &config.$weight,)* }
            }

            /// The epochs over which its weight rises from 0.
            pub fn rise_epochs(self, config: &Config) -> usize {
                match self { $(Self::$variant => config.$rise,)* }
            }
        }
    };
}

pool_losses! {
    /// How far the clusters are from explaining the edges.
    Link: c"link_loss", "link", link_weight, link_rise_epochs;
    /// How unsure the nodes are of their clusters.
    Entropy: c"entropy_loss", "entropy", entropy_weight, entropy_rise_epochs;
    /// How many of the edges leave their cluster (MinCut).
    Cut: c"cut_loss", "cut", cut_weight, cut_rise_epochs;
    /// How far the clusters are from being apart and of one size (MinCut).
    Orthogonality: c"orthogonality_loss", "orthogonality", orthogonality_weight, orthogonality_rise_epochs;
    /// How far the edges inside clusters are from being more than by chance (DMoN).
    Modularity: c"modularity_loss", "modularity", modularity_weight, modularity_rise_epochs;
    /// How far the nodes are from being spread evenly over the clusters (DMoN).
    Collapse: c"collapse_loss", "collapse", collapse_weight, collapse_rise_epochs;
    /// How far the clusters are from being sure and of one size (Just Balance).
    Balance: c"balance_loss", "balance", balance_weight, balance_rise_epochs;
}

impl PoolLoss {
    /// The name in records and JSON.
    pub fn name(self) -> &'static str {
        self.c_name().to_str().unwrap_or_default()
    }

    /// Whether it is computed where its weight is 0 as well.
    pub fn is_always_computed(self) -> bool {
        matches!(self, Self::Link | Self::Entropy)
    }

    /// Whether it is computed.
    pub fn is_computed(self, config: &Config) -> bool {
        self.is_always_computed() || !self.weight(config).is_zero()
    }
}
