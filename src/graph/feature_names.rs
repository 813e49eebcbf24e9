//! Names of the columns of `x`.

use super::dataset::Dataset;
use crate::error::{Result, bail, shortened};

/// Longest name of a feature, in bytes.
pub const MAX_FEATURE_NAME: usize = 255;

impl Dataset {
    /// Name of every feature of a node; empty where none were set.
    pub fn feature_names(&self) -> &[String] {
        &self.description.feature_names
    }

    /// Names the features of a node: a name a column of `x`, each another one, of 1 to [`MAX_FEATURE_NAME`] bytes. No
    /// name at all takes them away. On failure nothing changes.
    pub fn set_feature_names(&mut self, names: Vec<String>) -> Result<()> {
        check(&names, self.description.features)?;
        self.description.feature_names = names;
        Ok(())
    }
}

/// Checks the names of so many features.
pub(super) fn check(names: &[String], features: usize) -> Result<()> {
    if !names.is_empty() && names.len() != features {
        bail!(ShapeMismatch, "{} feature names are given, but a node has {features} features", names.len());
    }
    if let Some(at) = names.iter().position(|name| !(1..=MAX_FEATURE_NAME).contains(&name.len())) {
        let length = names[at].len();
        bail!(InvalidArgument, "the name of feature {at} has {length} bytes, but must have 1 to {MAX_FEATURE_NAME}");
    }
    let mut sorted: Vec<(&String, usize)> = names.iter().zip(0..).collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let name = shortened(pair[0].0, MAX_FEATURE_NAME);
        bail!(InvalidArgument, "features {} and {} have the same name {name:?}", pair[0].1, pair[1].1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::GraphRules;

    #[test]
    fn names_are_as_many_as_features_and_differ() {
        let mut data = Dataset::new("t", GraphRules { features: 2, ..GraphRules::default() });
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        data.set_feature_names(names(&["mass", "charge"])).unwrap();
        let cases = [
            (names(&["mass"]), "1 feature names are given, but a node has 2 features"),
            (names(&["mass", ""]), "the name of feature 1 has 0 bytes, but must have 1 to 255"),
            (names(&["a", "a"]), "features 0 and 1 have the same name \"a\""),
        ];
        for (names, message) in cases {
            assert_eq!(data.set_feature_names(names).unwrap_err().message(), message);
        }
        assert_eq!(data.feature_names(), ["mass", "charge"]);
        assert_eq!(data.subset(&[]).unwrap().feature_names(), ["mass", "charge"]);
        data.set_feature_names(Vec::new()).unwrap();
        assert!(data.feature_names().is_empty());
    }
}
