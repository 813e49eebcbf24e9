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
    /// Cliques joined as a path, a ring or a star: `cliques`.
    Cliques = 4,
    /// Three, four or five equal blocks, known by their edges alone: `blocks`.
    Blocks = 5,
    /// The same, and every node has noisy features of its block: `blocks_x`.
    BlocksWithFeatures = 6,
    /// Two and four communities in groups against three and three: `groups`.
    Groups = 7,
    /// A ring of chains of which two are marked, near one another or far: `distance`.
    Distance = 8,
    /// A ring of strips of two sorts, in runs of two and two against one and three: `runs`.
    Runs = 9,
}

impl SyntheticKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::BarabasiAlbert,
        Self::HierarchicalCommunities,
        Self::SyntaxTrees,
        Self::Cliques,
        Self::Blocks,
        Self::BlocksWithFeatures,
        Self::Groups,
        Self::Distance,
        Self::Runs,
    ];

    /// The name that the kind is known by outside the library.
    pub fn name(self) -> &'static str {
        match self {
            Self::BarabasiAlbert => "ba",
            Self::HierarchicalCommunities => "hierarchy",
            Self::SyntaxTrees => "syntax_trees",
            Self::Cliques => "cliques",
            Self::Blocks => "blocks",
            Self::BlocksWithFeatures => "blocks_x",
            Self::Groups => "groups",
            Self::Distance => "distance",
            Self::Runs => "runs",
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
            Self::Cliques => &["path", "ring", "star"],
            Self::Blocks | Self::BlocksWithFeatures => &["3 blocks", "4 blocks", "5 blocks"],
            Self::Groups => &["2+4 communities", "3+3 communities"],
            Self::Distance => &["near", "far"],
            Self::Runs => &["two and two", "one and three"],
        }
    }
}
