//! Metrics over data sets, against values worked out by hand and the rules of OGB's evaluator.

use super::*;
use crate::graph::Dataset;
use crate::graph::{EdgeInput, GraphBuilder, GraphInput, GraphRules};

const NAN: f32 = f32::NAN;

fn dataset(classes: &[usize]) -> Dataset {
    let mut data = Dataset::new("t", GraphRules::default());
    for &y in classes {
        let edges = EdgeInput::List { from: &[], to: &[] };
        let input = GraphInput::new(1, edges);
        data.add(&mut GraphBuilder::new(), &input, y).unwrap();
    }
    data
}

struct Case {
    outcomes: Outcomes,
    dataset: Dataset,
}

impl Case {
    fn value(&self, metric: Metric) -> Option<f64> {
        self.against(|predicted| predicted.value(metric)).unwrap()
    }

    fn by_target(&self, metric: Metric) -> Vec<Option<f64>> {
        self.against(|predicted| predicted.by_target(metric)).unwrap()
    }

    fn confusion(&self) -> Vec<u64> {
        self.against(|predicted| predicted.confusion()).unwrap()
    }

    fn against<R>(&self, run: impl FnOnce(PredictedTargets<'_>) -> R) -> R {
        let indices: Vec<usize> = (0..self.dataset.len()).collect();
        run(PredictedTargets { outcomes: &self.outcomes, truth: Truth::of(&self.dataset), indices: &indices })
    }
}

fn close(found: Option<f64>, expected: f64) {
    assert!((found.unwrap() - expected).abs() < 1e-14, "{found:?} {expected}");
}

fn of_columns(task: Task, width: usize, truth: Vec<f32>, scores: Vec<f64>) -> Case {
    let mut dataset = dataset(&vec![0; truth.len() / width]);
    dataset.set_targets(truth, width).unwrap();
    let classes = if task == Task::Binary { 2 } else { 0 };
    Case { outcomes: Outcomes { task, targets: width, classes, predicted: Vec::new(), scores }, dataset }
}

#[test]
fn labels_with_some_missing() {
    // Label 0: three graphs, of scores 2, -1, 1 and truths 1, 0, 0. Label 1: only 1s. Label 2: all missing.
    let truth = vec![1.0, 1.0, NAN, 0.0, NAN, NAN, NAN, 1.0, NAN, 0.0, 1.0, NAN];
    let scores = vec![2.0, 0.5, 9.0, -1.0, 9.0, 9.0, 9.0, -0.5, 9.0, 1.0, 3.0, 9.0];
    let case = of_columns(Task::Multilabel, 3, truth, scores);
    assert_eq!(case.by_target(Metric::RocAuc), [Some(1.0), None, None]);
    assert_eq!(case.value(Metric::RocAuc), Some(1.0));
    assert_eq!(case.by_target(Metric::AveragePrecision), [Some(1.0), None, None]);
    // Right: two of three, two of three.
    close(case.value(Metric::Accuracy), 4.0 / 6.0);
    assert_eq!(case.by_target(Metric::Accuracy), [Some(2.0 / 3.0), Some(2.0 / 3.0), None]);
    // Label 0: hits 1, true 1, predicted 2. Label 1: hits 2, true 3, predicted 2.
    close(case.value(Metric::MacroF1), (2.0 / 3.0 + 4.0 / 5.0) / 2.0);
    close(case.value(Metric::MicroF1), 6.0 / 8.0);
    assert_eq!(case.confusion(), Vec::<u64>::new());
    assert_eq!(case.outcomes.predictions().unwrap()[..4], [1, 1, 1, 0]);
}

#[test]
fn a_label_alone_counts_as_two_classes() {
    let case = of_columns(Task::Binary, 1, vec![1.0, 0.0, NAN, 1.0], vec![0.2, 0.1, 5.0, -3.0]);
    close(case.value(Metric::Accuracy), 1.0 / 3.0);
    close(case.value(Metric::MicroF1), 1.0 / 3.0);
    // Class 0: 0 of 1 true and 1 predicted; class 1: 1 hit, 2 true, 2 predicted.
    close(case.value(Metric::MacroF1), (0.0 + 0.5) / 2.0);
    close(case.value(Metric::RocAuc), 0.5);
    assert_eq!(case.confusion(), [0, 1, 1, 1]);
}

#[test]
fn numbers_with_some_missing() {
    let case = of_columns(
        Task::Regression,
        2,
        vec![1.0, NAN, 2.0, NAN, NAN, NAN, 4.0, 10.0],
        vec![1.0, 7.0, 5.0, 7.0, 7.0, 7.0, 0.0, 12.0],
    );
    // Target 0: errors 0, 3, -4. Target 1: 2.
    let rmse = (25.0_f64 / 3.0).sqrt();
    assert_eq!(case.by_target(Metric::Rmse), [Some(rmse), Some(2.0)]);
    close(case.value(Metric::Rmse), (rmse + 2.0) / 2.0);
    close(case.value(Metric::Mae), (7.0 / 3.0 + 2.0) / 2.0);
    assert_eq!(case.outcomes.predictions().unwrap(), Vec::<usize>::new());
    let none = of_columns(Task::Regression, 1, vec![NAN, NAN], vec![1.0, 2.0]);
    assert_eq!((none.value(Metric::Rmse), none.value(Metric::Mae)), (None, None));
}

#[test]
fn classes_of_graphs() {
    let outcomes = |classes: usize, predicted: Vec<u32>, scores: Vec<f64>| Outcomes {
        task: Task::Multiclass,
        targets: 1,
        classes,
        predicted,
        scores,
    };
    let two = Case { outcomes: outcomes(2, vec![1, 0, 1], vec![0.5, -0.5, 0.1]), dataset: dataset(&[1, 1, 0]) };
    close(two.value(Metric::Accuracy), 1.0 / 3.0);
    close(two.value(Metric::RocAuc), 0.5);
    close(two.value(Metric::AveragePrecision), (1.0 + 2.0 / 3.0) / 2.0);
    let three = Case { outcomes: outcomes(3, vec![2, 0, 1], Vec::new()), dataset: dataset(&[2, 0, 0]) };
    close(three.value(Metric::MicroF1), 2.0 / 3.0);
    close(three.value(Metric::MacroF1), (2.0 / 3.0 + 0.0 + 1.0) / 3.0);
    assert_eq!((three.value(Metric::RocAuc), three.value(Metric::AveragePrecision)), (None, None));
    assert_eq!(three.confusion(), [1, 1, 0, 0, 0, 0, 0, 0, 1]);
}

/// The F1 that `Evaluator._eval_F1` of OGB gives for the same words.
#[test]
fn sequences_as_ogb_has_them() {
    // Words 0 to 2, 3 is unknown, 4 the end; 9 is a word beyond the vocabulary.
    let mut dataset = dataset(&[0; 5]);
    dataset.set_sequences(&[0, 2, 3, 7, 8, 8], &[0, 1, 2, 0, 1, 2, 9, 9], 3, 5).unwrap();
    let predicted = [[1, 0, 4], [2, 2, 1], [0, 4, 1], [3, 4, 4], [4, 0, 0]].concat();
    let outcomes = Outcomes { task: Task::Sequence, targets: 3, classes: 5, predicted, scores: Vec::new() };
    let case = Case { outcomes, dataset };
    // {0, 1} is met; {2} by {1, 2}; {0, 1, 2, 9} by {0}; a word beyond by the unknown one; nothing by nothing.
    let expected = [1.0, 2.0 / 3.0, 2.0 * 0.25 / 1.25, 0.0, 0.0];
    close(case.value(Metric::SequenceF1), expected.iter().sum::<f64>() / 5.0);
    // Words to predict: 0 1 end, 2 end end, 0 1 2, unknown end end, three ends.
    close(case.value(Metric::Accuracy), (1.0 + 1.0 + 1.0 + 3.0 + 1.0) / 15.0);
    assert_eq!(case.by_target(Metric::SequenceF1), [None, None, None]);
}
