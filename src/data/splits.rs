//! Which graphs to train on and which to test on.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::encoding::read_text;
use crate::error::{Result, bail, error};
use crate::graph::Dataset;
use crate::memory::try_resize;
use crate::ops::runtime::random::{Purpose, shuffle, stream};

/// Sets of graphs without one in common; ascending where [`holdout`] or [`k_fold`] made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// The graphs to train on.
    pub train: Vec<usize>,
    /// The graphs to watch while training; empty where the split has no such part.
    pub validation: Vec<usize>,
    /// The graphs to test on.
    pub test: Vec<usize>,
}

impl Split {
    /// Checks index lists that were made elsewhere. Their order is kept; graphs may be left out.
    pub fn from_indices(dataset: &Dataset, train: &[usize], test: &[usize]) -> Result<Self> {
        const UNSEEN: u32 = u32::MAX;
        let mut seen: Vec<(&str, u32)> = Vec::new();
        try_resize(&mut seen, dataset.len(), ("", UNSEEN))?;
        for (name, indices) in [("train", train), ("test", test)] {
            if indices.is_empty() {
                bail!(InvalidArgument, "{name} has no graphs");
            }
            dataset.check_indices(indices).map_err(|e| e.in_context(name))?;
            for (at, &index) in indices.iter().enumerate() {
                let (other, first) = seen[index];
                if first != UNSEEN {
                    bail!(InvalidArgument, "graph {index} is given twice: as {other}[{first}] and {name}[{at}]");
                }
                seen[index] = (name, at as u32);
            }
        }
        Ok(Self { train: train.to_vec(), validation: Vec::new(), test: test.to_vec() })
    }

    /// Checks that there are graphs to train on, that every index names a graph, and that none is there twice.
    pub fn check(&self, dataset: &Dataset) -> Result<()> {
        if self.train.is_empty() {
            bail!(InvalidArgument, "train has no graphs");
        }
        let mut seen = Vec::new();
        try_resize(&mut seen, dataset.len(), false)?;
        for (name, part) in [("train", &self.train), ("validation", &self.validation), ("test", &self.test)] {
            dataset.check_indices(part).map_err(|e| e.in_context(name))?;
            for (at, &index) in part.iter().enumerate() {
                if std::mem::replace(&mut seen[index], true) {
                    bail!(InvalidArgument, "{name}[{at}] is graph {index}, which is in the split already");
                }
            }
        }
        Ok(())
    }

    /// The split as a file of one fold, which [`read_published`] reads.
    pub fn to_json(&self) -> String {
        let Self { train, validation, test } = self;
        json!([{"test": test, "model_selection": [{"train": train, "validation": validation}]}]).to_string()
    }

    /// The split whose test side are the marked graphs.
    fn from_marks(is_test: &[bool]) -> Self {
        let (test, train) = (0..is_test.len()).partition(|&graph| is_test[graph]);
        Self { train, validation: Vec::new(), test }
    }
}

/// Puts the given fraction of the graphs, rounded, on the test side.
///
/// Every class gives its share of the test side, rounded down or up so that the total is right: up where rounding down
/// would lose most, of equals the lower class first. Which graphs of a class are chosen depends on `seed` alone.
pub fn holdout(dataset: &Dataset, fraction: f64, seed: u64) -> Result<Split> {
    holdout_places((0..dataset.len()).map(|graph| dataset.y(graph)), fraction, seed)
}

/// Puts the given fraction of some graphs of a data set on the test side, as [`holdout`] does of all. They keep their
/// order on both sides.
pub fn holdout_of(dataset: &Dataset, graphs: &[usize], fraction: f64, seed: u64) -> Result<Split> {
    dataset.check_indices(graphs)?;
    let places = holdout_places(graphs.iter().map(|&graph| dataset.y(graph)), fraction, seed)?;
    let of_graphs = |places: Vec<usize>| places.into_iter().map(|place| graphs[place]).collect();
    Ok(Split { train: of_graphs(places.train), validation: Vec::new(), test: of_graphs(places.test) })
}

/// Puts places of a list of classes on the test side.
fn holdout_places(y: impl ExactSizeIterator<Item = usize>, fraction: f64, seed: u64) -> Result<Split> {
    if !(fraction > 0.0 && fraction < 1.0) {
        bail!(InvalidArgument, "the fraction is {fraction}, but it must be between 0 and 1");
    }
    let graphs = y.len();
    let wanted = (fraction * graphs as f64).round() as usize;
    if wanted == 0 || wanted == graphs {
        let side = if wanted == 0 { "test" } else { "train" };
        bail!(InvalidArgument, "the fraction {fraction} of {graphs} graphs leaves none for the {side} side");
    }
    let classes = shuffled_classes(y, seed)?;
    let share = |class: usize| classes[class].len() as u64 * wanted as u64;
    let mut counts: Vec<usize> = (0..classes.len()).map(|class| (share(class) / graphs as u64) as usize).collect();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&class| std::cmp::Reverse(share(class) % graphs as u64));
    let missing = wanted - counts.iter().sum::<usize>();
    for &class in order.iter().take(missing) {
        counts[class] += 1;
    }
    let mut is_test = Vec::new();
    try_resize(&mut is_test, graphs, false)?;
    for (class, &count) in classes.iter().zip(&counts) {
        class.iter().take(count).for_each(|&graph| is_test[graph] = true);
    }
    Ok(Split::from_marks(&is_test))
}

/// Fold number `fold` of `folds`: its graphs are the test side.
///
/// Over all folds every graph is in exactly one test side. The sizes of any two folds differ by at most one, and so do
/// the numbers of graphs they have of any class. The folds depend on `seed` and `folds` alone.
pub fn k_fold(dataset: &Dataset, folds: usize, fold: usize, seed: u64) -> Result<Split> {
    let graphs = dataset.len();
    if folds < 2 {
        bail!(InvalidArgument, "there are {folds} folds, but at least 2 are needed");
    }
    if folds > graphs {
        bail!(InvalidArgument, "there are {folds} folds, but only {graphs} graphs");
    }
    if fold >= folds {
        bail!(InvalidArgument, "the fold is {fold}, but {folds} folds are counted from 0 to {}", folds - 1);
    }
    let mut is_test = Vec::new();
    try_resize(&mut is_test, graphs, false)?;
    // Dealt out like cards, one class after the other: the next class goes on where the last one stopped.
    let y = (0..graphs).map(|graph| dataset.y(graph));
    for (dealt, &graph) in shuffled_classes(y, seed)?.iter().flatten().enumerate() {
        is_test[graph] = dealt % folds == fold;
    }
    Ok(Split::from_marks(&is_test))
}

/// The places of every class that occurs in a list of classes, in random order.
fn shuffled_classes(y: impl Iterator<Item = usize>, seed: u64) -> Result<Vec<Vec<usize>>> {
    // By class, but not indexed by it: a data set may use few of very many classes.
    let mut classes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, class) in y.enumerate() {
        let places = classes.entry(class).or_default();
        places.try_reserve(1)?;
        places.push(place);
    }
    for (&class, places) in &mut classes {
        shuffle(&mut stream(seed, Purpose::Split, class as u64, 0), places);
    }
    Ok(classes.into_values().collect())
}

/// One outer fold of the published splits of Errica et al., *A Fair Comparison of Graph Neural Networks for Graph
/// Classification*, ICLR 2020.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedFold {
    /// The graphs that the fold is judged by.
    pub test: Vec<usize>,
    /// Divisions of the other graphs, for choosing a model and for stopping early.
    pub model_selection: Vec<ModelSelection>,
}

/// How the graphs outside a fold's test side are divided.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSelection {
    /// The graphs to train on.
    pub train: Vec<usize>,
    /// The graphs to watch.
    pub validation: Vec<usize>,
}

/// Reads a file of published splits: a JSON array of folds, with graphs counted from 0.
///
/// The indices are checked when they are used, by [`Split::from_indices`], because only the data set can tell.
pub fn read_published(path: &Path) -> Result<Vec<PublishedFold>> {
    serde_json::from_str(&read_text(path)?).map_err(|e| error!(Parse, "{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

    /// A data set of single nodes with the given classes.
    fn of_classes(y: impl IntoIterator<Item = usize>) -> Dataset {
        let mut data = Dataset::new("t", GraphRules::default());
        let mut builder = GraphBuilder::new();
        let edges = EdgeInput::List { from: &[], to: &[] };
        let node = GraphInput::new(1, edges);
        y.into_iter().for_each(|y| data.add(&mut builder, &node, y).unwrap());
        data
    }

    /// Classes 0, 1, 2 with 23, 11 and 7 graphs, mixed.
    fn uneven() -> Dataset {
        of_classes((0..41).map(|i| match i * 7 % 41 {
            ..23 => 0,
            23..34 => 1,
            _ => 2,
        }))
    }

    fn count(data: &Dataset, indices: &[usize], class: usize) -> usize {
        indices.iter().filter(|&&graph| data.y(graph) == class).count()
    }

    fn all(split: &Split) -> Vec<usize> {
        let mut all = [split.train.as_slice(), &split.test].concat();
        all.sort_unstable();
        all
    }

    #[test]
    fn every_graph_is_tested_once() {
        let data = uneven();
        let of_class = |class| (0..data.len()).filter(|&graph| data.y(graph) == class).count();
        assert_eq!([of_class(0), of_class(1), of_class(2)], [23, 11, 7]);
        for folds in [2, 3, 10, 41] {
            let mut tested = Vec::new();
            for fold in 0..folds {
                let split = k_fold(&data, folds, fold, 5).unwrap();
                assert_eq!(all(&split), (0..41).collect::<Vec<_>>());
                assert!((41 / folds..=41usize.div_ceil(folds)).contains(&split.test.len()));
                for class in 0..3 {
                    let even = of_class(class) / folds..=of_class(class).div_ceil(folds);
                    assert!(even.contains(&count(&data, &split.test, class)), "class {class}, fold {fold} of {folds}");
                }
                tested.extend(split.test);
            }
            tested.sort_unstable();
            assert_eq!(tested, (0..41).collect::<Vec<_>>());
        }
    }

    #[test]
    fn holdout_keeps_proportions() {
        let data = uneven();
        // 8.2 graphs in 23 : 11 : 7 are 4.6, 2.2 and 1.4, rounded to 8 altogether.
        let cases = [(0.2, [5, 2, 1]), (0.5, [12, 6, 3]), (0.98, [22, 11, 7]), (0.02, [1, 0, 0])];
        for (fraction, wanted) in cases {
            let split = holdout(&data, fraction, 1).unwrap();
            assert_eq!(all(&split), (0..41).collect::<Vec<_>>());
            assert_eq!([0, 1, 2].map(|class| count(&data, &split.test, class)), wanted, "fraction {fraction}");
        }
    }

    #[test]
    fn some_graphs_are_held_out_as_if_there_were_no_others() {
        let data = uneven();
        let graphs: Vec<usize> = (0..41).rev().filter(|graph| graph % 3 != 0).collect();
        let alone = of_classes(graphs.iter().map(|&graph| data.y(graph)));
        let (split, places) = (holdout_of(&data, &graphs, 0.3, 4).unwrap(), holdout(&alone, 0.3, 4).unwrap());
        let named = |places: &[usize]| places.iter().map(|&place| graphs[place]).collect::<Vec<_>>();
        assert_eq!((split.train, split.test), (named(&places.train), named(&places.test)));
        let error = holdout_of(&data, &[0, 41], 0.5, 4).unwrap_err();
        assert!(error.message().contains("41"), "{error}");
    }

    #[test]
    fn a_split_goes_to_a_file_and_back() {
        let data = uneven();
        let mut split = holdout(&data, 0.3, 4).unwrap();
        split.validation = split.train.split_off(20);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), split.to_json()).unwrap();
        let folds = read_published(file.path()).unwrap();
        assert_eq!((folds.len(), &folds[0].test), (1, &split.test));
        let selection = ModelSelection { train: split.train.clone(), validation: split.validation.clone() };
        assert_eq!(folds[0].model_selection, [selection]);
        split.check(&data).unwrap();
        split.validation.push(split.test[0]);
        let (at, graph) = (split.validation.len(), split.test[0]);
        let message = format!("test[0] is graph {graph}, which is in the split already");
        assert_eq!(split.check(&data).unwrap_err().message(), message, "{at}");
        split.train.clear();
        assert_eq!(split.check(&data).unwrap_err().message(), "train has no graphs");
        let far = Split { train: vec![41], validation: Vec::new(), test: Vec::new() };
        assert_eq!(far.check(&data).unwrap_err().message(), "train: index 0 is 41, but the data set has 41 graphs");
    }

    #[test]
    fn the_seed_decides() {
        let data = uneven();
        assert_eq!(holdout(&data, 0.3, 1).unwrap(), holdout(&data, 0.3, 1).unwrap());
        assert_ne!(holdout(&data, 0.3, 1).unwrap(), holdout(&data, 0.3, 2).unwrap());
        assert_ne!(k_fold(&data, 4, 0, 1).unwrap(), k_fold(&data, 4, 0, 2).unwrap());
        // What a seed gives is written down, so that it never changes unnoticed.
        assert_eq!(k_fold(&data, 8, 2, 7).unwrap().test, [5, 6, 9, 10, 32]);
    }

    #[test]
    fn refusals() {
        let data = of_classes([0, 1, 0, 1]);
        let from = |train: &[usize], test: &[usize]| Split::from_indices(&data, train, test);
        let cases = [
            (holdout(&data, 0.0, 0), "the fraction is 0, but it must be between 0 and 1"),
            (holdout(&data, 1.0, 0), "the fraction is 1, but it must be between 0 and 1"),
            (holdout(&data, f64::NAN, 0), "the fraction is NaN, but it must be between 0 and 1"),
            (holdout(&data, 0.1, 0), "the fraction 0.1 of 4 graphs leaves none for the test side"),
            (holdout(&data, 0.9, 0), "the fraction 0.9 of 4 graphs leaves none for the train side"),
            (holdout(&of_classes([]), 0.5, 0), "the fraction 0.5 of 0 graphs leaves none for the test side"),
            (k_fold(&data, 1, 0, 0), "there are 1 folds, but at least 2 are needed"),
            (k_fold(&data, 5, 0, 0), "there are 5 folds, but only 4 graphs"),
            (k_fold(&data, 3, 3, 0), "the fold is 3, but 3 folds are counted from 0 to 2"),
            (from(&[0, 1], &[]), "test has no graphs"),
            (from(&[0, 4], &[1]), "train: index 1 is 4, but the data set has 4 graphs"),
            (from(&[0, 1, 0], &[2]), "graph 0 is given twice: as train[0] and train[2]"),
            (from(&[3, 1], &[2, 3]), "graph 3 is given twice: as train[0] and test[1]"),
        ];
        for (result, message) in cases {
            assert_eq!(result.unwrap_err().message(), message);
        }
        let far = of_classes([0, crate::graph::MAX_CLASSES - 1]);
        assert_eq!(holdout(&far, 0.5, 0).unwrap(), Split { train: vec![1], validation: vec![], test: vec![0] });
        assert_eq!(from(&[2, 0], &[3]).unwrap(), Split { train: vec![2, 0], validation: vec![], test: vec![3] });
    }

    #[test]
    fn published_files_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("splits.json");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_published(&path)
        };
        let folds = read(r#"[{"test": [1], "model_selection": [{"train": [0], "validation": [2]}]}]"#).unwrap();
        let selection = ModelSelection { train: vec![0], validation: vec![2] };
        assert_eq!(folds, [PublishedFold { test: vec![1], model_selection: vec![selection] }]);
        for (text, message) in [
            (r#"[{"test": [-1], "model_selection": []}]"#, "invalid value: integer `-1`, expected usize"),
            (r#"[{"test": [1]}]"#, "missing field `model_selection`"),
            ("[", "EOF while parsing a list"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message().contains("splits.json") && error.message().contains(message), "{error}");
        }
        assert_eq!(read_published(&folder.path().join("none.json")).unwrap_err().kind(), crate::ErrorKind::Io);
    }
}
