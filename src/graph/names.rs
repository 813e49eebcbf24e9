//! Names of what graphs have: of columns, labels and categories.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::input::GraphRules;
use crate::error::{Result, bail, shortened};

/// Longest name, in bytes.
pub const MAX_NAME: usize = 255;

/// Names of what the graphs of a data set have. A part without names is empty. As JSON, every part is a key of its
/// name, left out where it is empty; the keys are those of a graph as a JSON line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    /// Columns of `x`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub x: Vec<String>,
    /// Columns of `categories`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// What the categories stand for: of every column the names of the categories 0, 1, ..., as far as they have any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_values: Vec<Vec<String>>,
    /// Labels of nodes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_labels: BTreeMap<i64, String>,
    /// Labels of edges.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub edge_labels: BTreeMap<i64, String>,
    /// Columns of `edge_attributes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edge_attributes: Vec<String>,
    /// Columns of `graph_attributes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub graph_attributes: Vec<String>,
    /// Targets of a graph.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
}

/// Something that has two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// What it is, in words.
    pub what: String,
    /// Its name here.
    pub here: &'a str,
    /// Its name in the other names.
    pub there: &'a str,
}

/// What the columns of a part are called: one of them, all of them, and what has them.
type Words = (&'static str, &'static str, &'static str);

impl Names {
    /// Whether nothing has a name.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The parts that have names, by their keys.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> {
        let parts = [
            ("x", self.x.is_empty()),
            ("categories", self.categories.is_empty()),
            ("category_values", self.category_values.is_empty()),
            ("node_labels", self.node_labels.is_empty()),
            ("edge_labels", self.edge_labels.is_empty()),
            ("edge_attributes", self.edge_attributes.is_empty()),
            ("graph_attributes", self.graph_attributes.is_empty()),
            ("targets", self.targets.is_empty()),
        ];
        parts.into_iter().filter(|(_, empty)| !empty).map(|(key, _)| key)
    }

    /// The names of columns, each with what the columns are called.
    fn lists(&self) -> [(Words, &[String]); 5] {
        [
            (("feature", "features", "a node"), &self.x),
            (("category", "categories", "a node"), &self.categories),
            (("edge attribute", "edge attributes", "an edge"), &self.edge_attributes),
            (("graph attribute", "graph attributes", "a graph"), &self.graph_attributes),
            (("target", "targets", "a graph"), &self.targets),
        ]
    }

    /// The names of labels, each with what one of them is called.
    fn maps(&self) -> [(&'static str, &BTreeMap<i64, String>); 2] {
        [("node label", &self.node_labels), ("edge label", &self.edge_labels)]
    }

    /// Checks that the names are those of graphs that follow `rules`, with so many attributes of an edge and of a
    /// graph, and so many targets: of columns all or none, each another one.
    pub fn check(&self, rules: GraphRules, attributes: (usize, usize), targets: usize) -> Result<()> {
        let GraphRules { features, categories, node_labels, edge_labels, .. } = rules;
        let widths = [features, categories, attributes.0, attributes.1, targets];
        for ((words, names), width) in self.lists().into_iter().zip(widths) {
            check_columns(words, names, width)?;
        }
        if !self.category_values.is_empty() && self.category_values.len() != categories {
            let given = self.category_values.len();
            bail!(
                ShapeMismatch,
                "category_values are given of {given} columns, but a node has {categories} categories"
            );
        }
        // Several categories may stand for the same, or for nothing.
        for (column, values) in self.category_values.iter().enumerate() {
            if let Some(value) = values.iter().position(|name| name.len() > MAX_NAME) {
                let length = values[value].len();
                bail!(
                    InvalidArgument,
                    "the name of value {value} of category {column} has {length} bytes, but may have {MAX_NAME}"
                );
            }
        }
        for ((one, names), given) in self.maps().into_iter().zip([node_labels, edge_labels]) {
            if !given && !names.is_empty() {
                let what = one.replace(" label", "s");
                bail!(ShapeMismatch, "{one} names are given, but {what} have no labels");
            }
            for (label, name) in names {
                check_length(&format!("{one} {label}"), name)?;
            }
        }
        Ok(())
    }

    /// The first thing that has another name in `other`, if there is one. What has no name on one side has none that
    /// differs.
    pub fn conflict<'a>(&'a self, other: &'a Self) -> Option<Conflict<'a>> {
        let differ = |ours: &'a [String], theirs: &'a [String]| {
            let at = ours.iter().zip(theirs).position(|(own, name)| own != name)?;
            Some((at, &*ours[at], &*theirs[at]))
        };
        for (((one, ..), ours), (_, theirs)) in self.lists().into_iter().zip(other.lists()) {
            if let Some((at, here, there)) = differ(ours, theirs) {
                return Some(Conflict { what: format!("{one} {at}"), here, there });
            }
        }
        for (column, (ours, theirs)) in self.category_values.iter().zip(&other.category_values).enumerate() {
            if let Some((at, here, there)) = differ(ours, theirs) {
                return Some(Conflict { what: format!("value {at} of category {column}"), here, there });
            }
        }
        for ((one, ours), (_, theirs)) in self.maps().into_iter().zip(other.maps()) {
            for (label, here) in ours {
                if let Some(there) = theirs.get(label).filter(|there| *there != here) {
                    return Some(Conflict { what: format!("{one} {label}"), here, there });
                }
            }
        }
        None
    }

    /// Takes over the names of what has none here.
    pub fn complete(&mut self, other: Self) {
        let Self { x, categories, category_values, node_labels, edge_labels, edge_attributes, .. } = other;
        let lists = [
            (&mut self.x, x),
            (&mut self.categories, categories),
            (&mut self.edge_attributes, edge_attributes),
            (&mut self.graph_attributes, other.graph_attributes),
            (&mut self.targets, other.targets),
        ];
        lists.into_iter().filter(|(own, _)| own.is_empty()).for_each(|(own, theirs)| *own = theirs);
        if self.category_values.is_empty() {
            self.category_values = category_values;
        } else {
            let columns = self.category_values.iter_mut().zip(category_values);
            columns.filter(|(own, theirs)| own.len() < theirs.len()).for_each(|(own, theirs)| *own = theirs);
        }
        for (own, theirs) in [(&mut self.node_labels, node_labels), (&mut self.edge_labels, edge_labels)] {
            for (label, name) in theirs {
                own.entry(label).or_insert(name);
            }
        }
    }
}

/// Checks the names of so many columns.
fn check_columns((one, many, of): Words, names: &[String], width: usize) -> Result<()> {
    if !names.is_empty() && names.len() != width {
        bail!(ShapeMismatch, "{} {one} names are given, but {of} has {width} {many}", names.len());
    }
    for (at, name) in names.iter().enumerate() {
        check_length(&format!("{one} {at}"), name)?;
    }
    let mut sorted: Vec<(&String, usize)> = names.iter().zip(0..).collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let name = shortened(pair[0].0, MAX_NAME);
        bail!(InvalidArgument, "{many} {} and {} have the same name {name:?}", pair[0].1, pair[1].1);
    }
    Ok(())
}

fn check_length(what: &str, name: &str) -> Result<()> {
    let length = name.len();
    if (1..=MAX_NAME).contains(&length) {
        return Ok(());
    }
    bail!(InvalidArgument, "the name of {what} has {length} bytes, but must have 1 to {MAX_NAME}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Dataset;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn labels(names: &[(i64, &str)]) -> BTreeMap<i64, String> {
        names.iter().map(|&(label, name)| (label, name.to_string())).collect()
    }

    fn data(edge_labels: bool) -> Dataset {
        let rules = GraphRules { features: 2, categories: 1, node_labels: true, edge_labels, ..GraphRules::default() };
        Dataset::new("t", rules)
    }

    #[test]
    fn names_fit_what_they_are_of() {
        let mut data = data(false);
        let names = Names {
            x: list(&["mass", "charge"]),
            category_values: vec![list(&["", "ring", "ring"])],
            node_labels: labels(&[(-3, "C"), (7, "N")]),
            ..Names::default()
        };
        data.set_names(names.clone()).unwrap();
        let long = "a".repeat(256);
        let cases = [
            (Names { x: list(&["mass"]), ..Names::default() }, "1 feature names are given, but a node has 2 features"),
            (
                Names { x: list(&["mass", ""]), ..Names::default() },
                "the name of feature 1 has 0 bytes, but must have 1 to 255",
            ),
            (Names { x: list(&["a", "a"]), ..Names::default() }, "features 0 and 1 have the same name \"a\""),
            (
                Names { targets: list(&["a"]), ..Names::default() },
                "1 target names are given, but a graph has 0 targets",
            ),
            (
                Names { edge_attributes: list(&["a", "b"]), ..Names::default() },
                "2 edge attribute names are given, but an edge has 0 edge attributes",
            ),
            (
                Names { category_values: vec![Vec::new(), Vec::new()], ..Names::default() },
                "category_values are given of 2 columns, but a node has 1 categories",
            ),
            (
                Names { category_values: vec![list(&["a", &long])], ..Names::default() },
                "the name of value 1 of category 0 has 256 bytes, but may have 255",
            ),
            (
                Names { edge_labels: labels(&[(1, "a")]), ..Names::default() },
                "edge label names are given, but edges have no labels",
            ),
            (
                Names { node_labels: labels(&[(1, "")]), ..Names::default() },
                "the name of node label 1 has 0 bytes, but must have 1 to 255",
            ),
        ];
        for (names, message) in cases {
            assert_eq!(data.set_names(names).unwrap_err().message(), message);
        }
        assert_eq!((data.names(), data.subset(&[]).unwrap().names()), (&names, &names));
        data.set_feature_names(Vec::new()).unwrap();
        assert_eq!(*data.names(), Names { x: Vec::new(), ..names });
        data.clear();
        assert!(data.names().is_empty());
    }

    #[test]
    fn names_are_compared_and_completed() {
        let ours = Names {
            x: list(&["mass", "charge"]),
            category_values: vec![list(&["ring"])],
            node_labels: labels(&[(6, "C")]),
            ..Names::default()
        };
        let conflict = |other: Names| ours.conflict(&other).map(|found| format!("{found:?}"));
        let cases = [
            (Names { x: list(&["mass", "size"]), ..Names::default() }, "feature 1", "charge", "size"),
            (
                Names { category_values: vec![list(&["chain", "x"])], ..Names::default() },
                "value 0 of category 0",
                "ring",
                "chain",
            ),
            (Names { node_labels: labels(&[(5, "B"), (6, "N")]), ..Names::default() }, "node label 6", "C", "N"),
        ];
        for (other, what, here, there) in cases {
            let expected = format!("{:?}", Conflict { what: what.to_string(), here, there });
            assert_eq!(conflict(other), Some(expected));
        }
        let other = Names {
            targets: list(&["toxic"]),
            category_values: vec![list(&["ring", "chain"])],
            node_labels: labels(&[(5, "B")]),
            ..Names::default()
        };
        assert_eq!(conflict(other.clone()), None);
        let mut all = ours.clone();
        all.complete(other);
        let expected = Names {
            targets: list(&["toxic"]),
            category_values: vec![list(&["ring", "chain"])],
            node_labels: labels(&[(5, "B"), (6, "C")]),
            ..ours
        };
        assert_eq!(all, expected);
        let text = serde_json::to_string(&all).unwrap();
        let expected = concat!(
            r#"{"x":["mass","charge"],"category_values":[["ring","chain"]],"#,
            r#""node_labels":{"5":"B","6":"C"},"targets":["toxic"]}"#
        );
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Names>(&text).unwrap(), all);
    }
}
