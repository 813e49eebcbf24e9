//! What the features of molecules stand for: those that the benchmark computes by RDKit are the same in all its sets.

use super::files::Files;
use super::mapping::{MOLECULES, Molecules};
use crate::error::Result;
use crate::graph::{Dataset, Names};

/// The columns of an atom, with what 0, 1, ... stand for. `ogb/utils/features.py` of the benchmark has them.
const ATOM: [(&str, Values); 9] = [
    ("atomic_num", Values::Range(1, 118)),
    ("chirality", Values::Words(&["CHI_UNSPECIFIED", "CHI_TETRAHEDRAL_CW", "CHI_TETRAHEDRAL_CCW", "CHI_OTHER", MISC])),
    ("degree", Values::Range(0, 10)),
    ("formal_charge", Values::Range(-5, 5)),
    ("num_h", Values::Range(0, 8)),
    ("num_rad_e", Values::Range(0, 4)),
    ("hybridization", Values::Words(&["SP", "SP2", "SP3", "SP3D", "SP3D2", MISC])),
    ("is_aromatic", Values::Words(&["False", "True"])),
    ("is_in_ring", Values::Words(&["False", "True"])),
];

/// The columns of a bond.
const BOND: [&str; 3] = ["bond_type", "bond_stereo", "is_conjugated"];

/// What stands for all that is not in a list.
const MISC: &str = "misc";

/// What the numbers of a column stand for.
enum Values {
    /// The numbers from the first to the last, then all others.
    Range(i32, i32),
    /// These.
    Words(&'static [&'static str]),
}

impl Values {
    fn names(&self) -> Vec<String> {
        match *self {
            Self::Range(first, last) => {
                (first..=last).map(|number| number.to_string()).chain([MISC.to_string()]).collect()
            }
            Self::Words(words) => words.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The names of what atoms and bonds have, where the data set is one of molecules: with `mapping/mol.csv.gz`, and as
/// many columns as the benchmark gives an atom, none of them beyond its values.
pub(super) fn names(dataset: &Dataset) -> Option<Names> {
    let rules = dataset.rules();
    if rules.categories != ATOM.len() {
        return None;
    }
    let values: Vec<Vec<String>> = ATOM.iter().map(|(_, values)| values.names()).collect();
    let known =
        |(column, value): (usize, &i32)| usize::try_from(*value).is_ok_and(|value| value < values[column].len());
    let all = (0..dataset.len()).flat_map(|index| dataset.graph(index).categories().chunks_exact(ATOM.len()));
    if !all.into_iter().all(|row| row.iter().enumerate().all(known)) {
        return None;
    }
    let bonds = dataset.edge_data().attribute_width == BOND.len() && dataset.total_entries() > 0;
    let strings = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Some(Names {
        categories: ATOM.iter().map(|(name, _)| name.to_string()).collect(),
        category_values: values,
        edge_attributes: if bonds { strings(&BOND) } else { Vec::new() },
        ..Names::default()
    })
}

/// Whether there is a file that says which molecule each graph is.
pub(super) fn are_there(files: &Files<'_>, molecules: &Molecules) -> Result<bool> {
    Ok(!molecules.ids.is_empty() || files.optional(MOLECULES)?.is_some())
}
