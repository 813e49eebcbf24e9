//! The kinds of graphs made from chance.

use crate::error::{Result, bail};

/// The built-in data sets. The numbers are part of the key of their random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u64)]
#[non_exhaustive]
pub enum SyntheticKind {
    /// One Barabasi-Albert graph against two joined ones: `ba`.
    BarabasiAlbert = 1,
    /// Communities within two groups against two plain communities: `hierarchy`.
    HierarchicalCommunities = 2,
    /// Syntax trees whose functions are to be named, as in ogbg-code2: `syntax_trees`.
    SyntaxTrees = 3,
}

impl SyntheticKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::BarabasiAlbert, Self::HierarchicalCommunities, Self::SyntaxTrees];

    /// The name that the kind is known by outside the library.
    pub fn name(self) -> &'static str {
        match self {
            Self::BarabasiAlbert => "ba",
            Self::HierarchicalCommunities => "hierarchy",
            Self::SyntaxTrees => "syntax_trees",
        }
    }

    /// The kind with the given name.
    pub fn from_name(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|kind| kind.name() == name) {
            Some(kind) => Ok(kind),
            None => {
                let known = Self::ALL.map(Self::name).join(", ");
                bail!(NotFound, "there is no synthetic data set {name:?}; there are {known}")
            }
        }
    }

    /// Names of the classes.
    pub(super) fn class_names(self) -> &'static [&'static str] {
        match self {
            Self::BarabasiAlbert => &["one community", "two communities"],
            Self::HierarchicalCommunities => &["2+4 communities", "3+3 communities", "two communities"],
            // They have words instead.
            Self::SyntaxTrees => &[],
        }
    }
}
