//! What the logits of a model stand for.

use crate::config::{Config, Metric, Task};
use crate::error::{Result, bail, shortened};
use crate::graph::{Dataset, MAX_CLASSES, MAX_TARGETS, MIN_VOCABULARY};
use crate::ops::binary_cross_entropy::sigmoid;
use crate::ops::runtime::buffer::matrix_mut;
use crate::ops::runtime::real::Real;
use crate::ops::softmax;

/// Longest word of a vocabulary that an error quotes, in letters.
const LONGEST_WORD: usize = 80;

/// How the logits of one target are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoding {
    /// A target is one of so many classes or words, with a logit each: the largest is predicted, and their softmax are
    /// probabilities.
    Classes(usize),
    /// A target is 0 or 1, by one logit: 1 is predicted where it is positive, with its sigmoid as probability.
    Label,
    /// A target is a number, which the logit itself predicts.
    Number,
}

impl Decoding {
    /// The decoding of a task whose targets are one of `classes` classes, where they are of classes at all.
    pub fn of(task: Task, classes: usize) -> Self {
        match task {
            Task::Multiclass | Task::Sequence => Self::Classes(classes),
            Task::Binary | Task::Multilabel => Self::Label,
            Task::Regression => Self::Number,
        }
    }

    /// Number of logits of a target.
    pub fn width(self) -> usize {
        match self {
            Self::Classes(classes) => classes,
            Self::Label | Self::Number => 1,
        }
    }

    /// The class, word or label that the logits of a target predict; `None` of a number.
    pub fn prediction<T: Real>(self, logits: &[T]) -> Option<usize> {
        match self {
            Self::Classes(_) => Some(largest(logits)),
            Self::Label => Some(usize::from(logits[0] > T::zero())),
            Self::Number => None,
        }
    }

    /// How many targets are predicted right, and how many there are that could be. `logits` are those of all targets
    /// one after the other; `classes` are the true ones where targets are of classes, else `values`, NaN where missing.
    pub(super) fn hits<T: Real>(self, logits: &[T], classes: &[u32], values: &[f32]) -> (usize, usize) {
        let predictions = logits.chunks_exact(self.width()).map(|z| self.prediction(z));
        match self {
            Self::Classes(_) => {
                let right = predictions.zip(classes).filter(|&(found, &y)| found == Some(y as usize));
                (right.count(), classes.len())
            }
            Self::Label => {
                let present = predictions.zip(values).filter(|(_, y)| !y.is_nan());
                present.fold((0, 0), |(right, all), (found, &y)| {
                    (right + usize::from(found == Some(usize::from(y > 0.5))), all + 1)
                })
            }
            Self::Number => (0, 0),
        }
    }
}

/// Index of the largest value, the first of equal ones. A value that is not a number never is the largest.
fn largest<T: Real>(values: &[T]) -> usize {
    let mut best = (0, T::neg_infinity());
    for (i, &value) in values.iter().enumerate() {
        if value > best.1 {
            best = (i, value);
        }
    }
    best.0
}

/// What the predictions of a graph are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PredictionKind {
    /// The class of the graph.
    Class,
    /// Labels side by side, each 0 or 1.
    Labels,
    /// Numbers side by side.
    Numbers,
    /// The first words of a sequence.
    Words,
}

/// What is predicted of a graph: how many targets it has, and which classes a target is one of.
///
/// | task | targets | classes | logits |
/// |---|---|---|---|
/// | `multiclass` | 1 | those of the data set | one a class |
/// | `binary` | 1 | `0` and `1` | one: of class 1 against class 0 |
/// | `multilabel` | columns of targets | none | one a target |
/// | `regression` | columns of targets | none | one a target: the number itself |
/// | `sequence` | words to predict | the vocabulary | one a word of the vocabulary, for every target in turn |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    /// What is predicted.
    pub task: Task,
    /// Number of targets of a graph.
    pub targets: usize,
    /// Names of the classes of a target.
    pub class_names: Vec<String>,
}

impl Outputs {
    /// The outputs of a model for a data set.
    pub fn of(task: Task, dataset: &Dataset) -> Result<Self> {
        let targets = targets_in(task, dataset);
        if targets == 0 {
            let what = if task.has_columns() { "targets" } else { "sequences" };
            bail!(InvalidConfig, "task is \"{}\", but the data set has no {what}", task.name());
        }
        let class_names = match task {
            Task::Multiclass | Task::Sequence => dataset.class_names(),
            Task::Binary => vec!["0".to_string(), "1".to_string()],
            Task::Multilabel | Task::Regression => Vec::new(),
        };
        Ok(Self { task, targets, class_names })
    }

    /// Checks that a configuration can lead to these outputs.
    pub fn check(&self, config: &Config) -> Result<()> {
        let (targets, classes, name) = (self.targets, self.class_names.len(), config.task.name());
        if config.task != self.task {
            bail!(InvalidConfig, "task is \"{name}\", but the outputs are those of \"{}\"", self.task.name());
        }
        let fits = match config.task {
            Task::Multiclass => {
                if classes < 2 {
                    bail!(InvalidConfig, "a classifier needs at least 2 classes, but there are {classes}");
                }
                targets == 1
            }
            Task::Binary => {
                if targets != 1 {
                    bail!(InvalidConfig, "task is \"binary\", which has 1 target, but there are {targets}");
                }
                classes == 2
            }
            Task::Multilabel | Task::Regression => (1..=MAX_TARGETS).contains(&targets) && classes == 0,
            Task::Sequence => (1..=MAX_TARGETS).contains(&targets) && (MIN_VOCABULARY..=MAX_CLASSES).contains(&classes),
        };
        if !fits {
            bail!(InvalidConfig, "task is \"{name}\", which cannot have {targets} targets and {classes} classes");
        }
        let metric = config.recorded_metric();
        let of_two = matches!(metric, Metric::RocAuc | Metric::AveragePrecision);
        if of_two && config.task == Task::Multiclass && classes != 2 {
            let metric = metric.name();
            bail!(InvalidConfig, "metric is \"{metric}\", which is of two classes, but there are {classes}");
        }
        self.check_class_weights(config)
    }

    fn check_class_weights(&self, config: &Config) -> Result<()> {
        let (weights, classes, targets) = (config.class_weights.len(), self.class_names.len(), self.targets);
        if config.task == Task::Multilabel && ![0, 2, 2 * targets].contains(&weights) {
            bail!(
                InvalidConfig,
                "class_weights has {weights} values, but {targets} labels take 2, those of 0 and of 1, or 2 each"
            );
        }
        if config.task != Task::Multilabel && weights > 0 && weights != classes {
            bail!(InvalidConfig, "class_weights has {weights} values, but there are {classes} classes");
        }
        Ok(())
    }

    /// Number of logits of a graph.
    pub fn width(&self) -> usize {
        self.targets.saturating_mul(self.decoding().width())
    }

    /// How the logits of every target are read.
    pub fn decoding(&self) -> Decoding {
        Decoding::of(self.task, self.class_names.len())
    }

    /// What the predictions of a graph are together.
    pub fn kind(&self) -> PredictionKind {
        match self.task {
            Task::Multiclass | Task::Binary => PredictionKind::Class,
            Task::Multilabel => PredictionKind::Labels,
            Task::Regression => PredictionKind::Numbers,
            Task::Sequence => PredictionKind::Words,
        }
    }

    /// The model in a word or two, for people.
    pub(super) fn model_name(&self) -> &'static str {
        match self.kind() {
            PredictionKind::Class | PredictionKind::Labels => "classifier",
            PredictionKind::Numbers => "regression",
            PredictionKind::Words => "model of sequences",
        }
    }

    /// Writes the prediction of every target and a probability for every logit of one graph. Numbers have neither, and
    /// leave both as they are.
    pub fn decode<T: Real>(&self, logits: &[T], predictions: &mut [usize], probabilities: &mut [T]) {
        let decoding = self.decoding();
        for (prediction, z) in predictions.iter_mut().zip(logits.chunks_exact(decoding.width())) {
            *prediction = decoding.prediction(z).unwrap_or(*prediction);
        }
        match decoding {
            Decoding::Classes(classes) => {
                probabilities.copy_from_slice(logits);
                softmax::forward(T::one(), &mut matrix_mut(probabilities, self.targets, classes));
            }
            Decoding::Label => probabilities.iter_mut().zip(logits).for_each(|(p, &z)| *p = sigmoid(z)),
            Decoding::Number => {}
        }
    }

    /// The target that a logit is of, and the class, word or label that it speaks for: label 1 where a target has a
    /// single logit.
    pub fn meaning_of(&self, logit: usize) -> (usize, usize) {
        match self.decoding() {
            Decoding::Classes(classes) => (logit / classes, logit % classes),
            Decoding::Label | Decoding::Number => (logit, 1),
        }
    }

    /// The name of a logit, for people: its class, label, target, or its place and its word.
    pub fn logit_name(&self, logit: usize) -> String {
        let (target, class) = self.meaning_of(logit);
        match self.kind() {
            PredictionKind::Class => self.class_names[class].clone(),
            PredictionKind::Labels => format!("label {target}"),
            PredictionKind::Numbers => format!("target {target}"),
            PredictionKind::Words => format!("{target}: {}", self.class_names[class]),
        }
    }

    /// Predicted words up to the end, which is the last of the vocabulary.
    pub fn until_end<'a>(&self, predictions: &'a [usize]) -> &'a [usize] {
        let end = self.class_names.len().wrapping_sub(1);
        predictions.split(|&word| word == end).next().unwrap_or(&[])
    }

    /// Names of the classes, where the data set itself gives every graph one of them.
    pub fn graph_classes(&self) -> Option<&[String]> {
        (self.task == Task::Multiclass).then_some(self.class_names.as_slice())
    }

    /// Words of the vocabulary, where sequences are predicted.
    pub fn vocabulary(&self) -> Option<&[String]> {
        (self.task == Task::Sequence).then_some(self.class_names.as_slice())
    }

    /// The class that the data set gives a graph, where it gives one that the model knows.
    pub fn class_in(&self, dataset: &Dataset, index: usize) -> Option<String> {
        match self.task {
            Task::Multiclass => {
                // Graphs that came without classes are all of one without a name.
                let has_classes = dataset.classes() > 1 || !dataset.description().class_names.is_empty();
                let given = dataset.class_names().get(dataset.y(index)).cloned().filter(|_| has_classes);
                given.filter(|class| self.class_names.contains(class))
            }
            Task::Binary => dataset.targets(index).first().filter(|v| !v.is_nan()).map(ToString::to_string),
            Task::Multilabel | Task::Regression | Task::Sequence => None,
        }
    }

    /// Number of targets that the graphs of a data set have for the task.
    pub fn targets_in(&self, dataset: &Dataset) -> usize {
        targets_in(self.task, dataset)
    }

    /// Checks that the graphs of a data set have as many targets as the model, of the same vocabulary.
    pub fn check_dataset(&self, dataset: &Dataset) -> Result<()> {
        let (found, targets) = (self.targets_in(dataset), self.targets);
        if found != targets {
            let what = if self.task.has_columns() { "targets" } else { "words to predict" };
            bail!(ShapeMismatch, "the graphs have {found} {what}, but the model has {targets}");
        }
        if self.vocabulary().is_some_and(|words| words.len() != dataset.vocabulary()) {
            let (words, classes) = (dataset.vocabulary(), self.class_names.len());
            bail!(ShapeMismatch, "the vocabulary has {words} words, but that of the model has {classes}");
        }
        Ok(())
    }

    /// Checks that the words of a data set are those of the model, in the same order, where either has any.
    pub fn check_words(&self, dataset: &Dataset) -> Result<()> {
        let Some(words) = self.vocabulary() else { return Ok(()) };
        let own = dataset.class_names();
        match own.iter().zip(words).position(|(own, word)| own != word) {
            Some(at) => {
                let (own, word) = (shortened(&own[at], LONGEST_WORD), shortened(&words[at], LONGEST_WORD));
                bail!(InvalidGraph, "word {at} of the vocabulary is {own:?}, but that of the model is {word:?}")
            }
            None => Ok(()),
        }
    }

    /// Checks that the targets of a graph are of the kind that the task needs.
    pub fn check_graph(&self, dataset: &Dataset, index: usize) -> Result<()> {
        if self.decoding() == Decoding::Label {
            let targets = dataset.targets(index);
            if let Some(at) = targets.iter().position(|y| !y.is_nan() && *y != 0.0 && *y != 1.0) {
                let (value, name) = (targets[at], self.task.name());
                bail!(InvalidArgument, "graph {index}: target {at} is {value}, but \"{name}\" needs 0, 1 or NaN");
            }
        }
        Ok(())
    }
}

/// Number of targets that the graphs of a data set have for a task.
fn targets_in(task: Task, dataset: &Dataset) -> usize {
    match task {
        Task::Multiclass => 1,
        Task::Binary | Task::Multilabel | Task::Regression => dataset.target_width(),
        Task::Sequence => dataset.sequence_length(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(task: Task, targets: usize, classes: &[&str]) -> Outputs {
        Outputs { task, targets, class_names: classes.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn the_largest_is_the_first_of_equal_ones_and_never_nan() {
        const NAN: f64 = f64::NAN;
        const LEAST: f64 = f64::NEG_INFINITY;
        let cases: [(&[f64], usize); 8] = [
            (&[1.0, 3.0, 3.0], 1),
            (&[-1.0], 0),
            (&[NAN, 1.0, 2.0], 2),
            (&[NAN, -5.0], 1),
            (&[2.0, NAN, 1.0], 0),
            (&[NAN, NAN], 0),
            (&[LEAST, LEAST], 0),
            (&[LEAST, 0.0, f64::INFINITY], 2),
        ];
        for (values, expected) in cases {
            assert_eq!(largest(values), expected, "{values:?}");
        }
    }

    struct Case {
        outputs: Outputs,
        logits: &'static [f64],
        predictions: &'static [usize],
        probabilities: &'static [f64],
        names: &'static [&'static str],
    }

    #[test]
    fn a_row_of_logits_of_every_task() {
        const THIRD: f64 = 1.0 / 3.0;
        let cases = [
            Case {
                outputs: outputs(Task::Multiclass, 1, &["a", "b", "c"]),
                logits: &[2.0, 2.0, 2.0],
                predictions: &[0],
                probabilities: &[THIRD, THIRD, THIRD],
                names: &["a", "b", "c"],
            },
            Case {
                outputs: outputs(Task::Binary, 1, &["0", "1"]),
                logits: &[0.0],
                predictions: &[0],
                probabilities: &[0.5],
                names: &["1"],
            },
            Case {
                outputs: outputs(Task::Multilabel, 2, &[]),
                logits: &[0.0, 800.0],
                predictions: &[0, 1],
                probabilities: &[0.5, 1.0],
                names: &["label 0", "label 1"],
            },
            Case {
                outputs: outputs(Task::Regression, 2, &[]),
                logits: &[3.0, -1.0],
                predictions: &[],
                probabilities: &[],
                names: &["target 0", "target 1"],
            },
            Case {
                outputs: outputs(Task::Sequence, 2, &["x", "end"]),
                logits: &[1.0, 1.0, -800.0, 0.0],
                predictions: &[0, 1],
                probabilities: &[0.5, 0.5, 0.0, 1.0],
                names: &["0: x", "0: end", "1: x", "1: end"],
            },
        ];
        for Case { outputs, logits, predictions, probabilities, names } in cases {
            let (mut found, mut likely) = (vec![9; predictions.len()], vec![9.0; probabilities.len()]);
            outputs.decode(logits, &mut found, &mut likely);
            assert_eq!(found, predictions, "{outputs:?}");
            assert!(likely.iter().zip(probabilities).all(|(a, b)| (a - b).abs() < 1e-12), "{likely:?}");
            assert_eq!(outputs.width(), logits.len());
            assert!((0..logits.len()).map(|logit| outputs.logit_name(logit)).eq(names.iter().copied()));
        }
    }

    #[test]
    fn right_ones_are_counted_among_those_that_could_be() {
        let logits = [1.0, 2.0, 5.0, 4.0, f64::NAN, 3.0];
        assert_eq!(Decoding::Classes(2).hits(&logits, &[1, 1, 1], &[]), (2, 3));
        let values = [1.0, 0.0, f32::NAN, 1.0, 0.0, 1.0];
        assert_eq!(Decoding::Label.hits(&logits, &[], &values), (4, 5));
        assert_eq!(Decoding::Number.hits(&logits, &[], &values), (0, 0));
    }

    #[test]
    fn words_end_with_the_last_of_the_vocabulary() {
        let outputs = outputs(Task::Sequence, 4, &["a", "b", "unknown", "end"]);
        assert_eq!(outputs.until_end(&[1, 2, 3, 0]), [1, 2]);
        assert_eq!(outputs.until_end(&[0, 1, 2, 0]), [0, 1, 2, 0]);
        assert!(outputs.until_end(&[3, 3, 3, 3]).is_empty());
    }
}
