//! What the runs of one model on one data set say together.

use std::collections::BTreeSet;

use serde::Serialize;

use super::record::{Protocol, Record, Scores, Stage};

/// The outcome of a protocol, as far as its runs are there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// What the model is called.
    pub name: String,
    /// Name of the data set.
    pub data: String,
    /// How the model is judged.
    pub protocol: Protocol,
    /// One row a fold that has an outcome.
    pub folds: Vec<Fold>,
    /// Mean of the folds' accuracies; absent where there are none.
    pub mean: Option<f64>,
    /// Deviation of the accuracies, over the population, as the published numbers have it.
    pub deviation: Option<f64>,
    /// `paper`: the configuration of the grid that is best, from 0.
    pub choice: Option<usize>,
    /// `paper`: the epoch that is best for the mean of the folds, from 1.
    pub epoch: Option<usize>,
    /// Number of runs.
    pub runs: usize,
    /// Processor time of all runs.
    pub cpu_seconds: f64,
}

/// The outcome of a fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fold {
    /// Number of the fold, from 0.
    pub fold: usize,
    /// The configuration of the grid that was chosen, from 0.
    pub choice: usize,
    /// Accuracy of the configuration on the validation graphs when it was chosen; under `paper` at the common epoch.
    pub validation: f64,
    /// Mean accuracy on the test graphs; absent under `paper`.
    pub test: Option<f64>,
    /// Runs on the test graphs.
    pub repeats: usize,
}

impl Fold {
    /// The accuracy that the protocol reports.
    pub fn accuracy(&self) -> f64 {
        self.test.unwrap_or(self.validation)
    }
}

impl Outcome {
    /// The outcome of runs that belong together, or nothing where there are no runs.
    pub fn of(records: &[&Record]) -> Option<Self> {
        let records = &distinct(records)[..];
        let first = records.first()?;
        let (folds, choice, epoch) = match first.protocol {
            Protocol::Fair => (fair(records), None, None),
            Protocol::Paper => match paper(records) {
                Some((folds, choice, epoch)) => (folds, Some(choice), Some(epoch)),
                None => (Vec::new(), None, None),
            },
        };
        let accuracies: Vec<f64> = folds.iter().map(Fold::accuracy).collect();
        let moments = moments(&accuracies);
        Some(Self {
            name: first.name.clone(),
            data: first.data.clone(),
            protocol: first.protocol,
            folds,
            mean: moments.map(|(mean, _)| mean),
            deviation: moments.map(|(_, deviation)| deviation),
            choice,
            epoch,
            runs: records.len(),
            cpu_seconds: records.iter().map(|record| record.cpu_seconds).sum(),
        })
    }
}

/// The first record of every run. Processes that were given the same fold by mistake have done its runs twice, which
/// must not count twice.
pub fn distinct<'a>(records: &[&'a Record]) -> Vec<&'a Record> {
    let mut seen = BTreeSet::new();
    records.iter().copied().filter(|record| seen.insert(record.place())).collect()
}

/// The run that is chosen of those that compare configurations on one fold: of the highest accuracy, then of the lowest
/// loss, then the first.
pub fn chosen<'a>(runs: impl IntoIterator<Item = &'a Record>) -> Option<&'a Record> {
    let rank = |run: &Record| run.validation.map_or((f64::NEG_INFINITY, f64::INFINITY), |v| (v.accuracy, v.loss));
    runs.into_iter().reduce(|best, run| {
        let ((best_accuracy, best_loss), (accuracy, loss)) = (rank(best), rank(run));
        let better = (accuracy, best_loss, best.choice) > (best_accuracy, loss, run.choice);
        if better { run } else { best }
    })
}

fn fair(records: &[&Record]) -> Vec<Fold> {
    let mut folds = Vec::new();
    for fold in numbers(records, |record| record.fold) {
        let of_stage = |stage| records.iter().copied().filter(move |run| run.fold == fold && run.stage == stage);
        // Where there was nothing to choose from, the runs that are judged stand for themselves.
        let selected = chosen(of_stage(Stage::Selection));
        let Some(choice) = selected.or_else(|| of_stage(Stage::Final).next()).map(|run| run.choice) else { continue };
        let finals: Vec<&Record> = of_stage(Stage::Final).filter(|run| run.choice == choice).collect();
        let mean = |scores: fn(&Record) -> Option<Scores>, runs: &[&Record]| {
            let accuracies: Vec<f64> = runs.iter().filter_map(|run| scores(run)).map(|s| s.accuracy).collect();
            moments(&accuracies).map(|(mean, _)| mean)
        };
        let Some(test) = mean(|run| run.test, &finals) else { continue };
        let validation =
            selected.map_or_else(|| mean(|run| run.validation, &finals), |run| mean(|r| r.validation, &[run]));
        let repeats = finals.iter().filter(|run| run.test.is_some()).count();
        folds.push(Fold { fold, choice, validation: validation.unwrap_or(0.0), test: Some(test), repeats });
    }
    folds
}

/// The folds of the configuration and the epoch that have the highest mean accuracy over the folds, and which these
/// are; the first of equal ones. Only configurations that all folds have are compared.
fn paper(records: &[&Record]) -> Option<(Vec<Fold>, usize, usize)> {
    let all = numbers(records, |record| record.fold);
    let mut best: Option<(f64, usize, usize)> = None;
    let mut curves_of_best = Vec::new();
    for choice in numbers(records, |record| record.choice) {
        let mut runs: Vec<&Record> = records.iter().copied().filter(|run| run.choice == choice).collect();
        runs.sort_by_key(|run| run.fold);
        let epochs = runs.iter().map(|run| run.curves.validation_accuracy.len()).min()?;
        if runs.len() < all.len() {
            continue;
        }
        for epoch in 0..epochs {
            let sum: f64 = runs.iter().map(|run| run.curves.validation_accuracy[epoch]).sum();
            if best.is_none_or(|(highest, ..)| sum > highest) {
                best = Some((sum, choice, epoch));
                curves_of_best = runs.clone();
            }
        }
    }
    let (_, choice, epoch) = best?;
    let fold = |run: &&Record| {
        let validation = run.curves.validation_accuracy[epoch];
        Fold { fold: run.fold, choice, validation, test: None, repeats: 0 }
    };
    Some((curves_of_best.iter().map(fold).collect(), choice, epoch + 1))
}

/// The different values of `of`, in ascending order.
pub fn numbers(records: &[&Record], of: impl Fn(&Record) -> usize) -> Vec<usize> {
    let mut all: Vec<usize> = records.iter().map(|record| of(record)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Mean and deviation of the population.
pub fn moments(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (!values.is_empty()).then(|| (mean, variance.sqrt()))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::runs::record::Curves;
    use diffpool::config::Config;
    use serde_json::Map;

    /// A run of one epoch that compares configuration 0 on a fold.
    pub fn record(fold: usize, accuracy: f64) -> Record {
        Record {
            version: "1".to_string(),
            name: "model".to_string(),
            data: "data".to_string(),
            fingerprint: "7".to_string(),
            protocol: Protocol::Fair,
            stage: Stage::Selection,
            fold,
            choice: 0,
            changes: Map::new(),
            repeat: 0,
            config: Config::default(),
            parameters: 10,
            graphs: [8, 1, 1],
            best_epoch: 1,
            ended: "finished".to_string(),
            validation: Some(Scores { loss: 1.0, accuracy }),
            test: None,
            clusters: Vec::new(),
            curves: Curves { validation_accuracy: vec![accuracy], ..Curves::default() },
            seconds: 2.0,
            cpu_seconds: 1.0,
            command: "diffpool".to_string(),
        }
    }

    fn scores(accuracy: f64, loss: f64) -> Option<Scores> {
        Some(Scores { loss, accuracy })
    }

    #[test]
    fn a_fold_is_judged_by_what_validation_chose() {
        let final_run = |fold, choice, accuracy| Record {
            choice,
            stage: Stage::Final,
            test: scores(accuracy, 1.0),
            ..record(fold, 0.9)
        };
        let runs = [
            Record { validation: scores(0.5, 1.0), ..record(0, 0.5) },
            Record { choice: 1, validation: scores(0.5, 0.5), ..record(0, 0.5) },
            Record { choice: 2, validation: scores(0.4, 0.1), ..record(0, 0.4) },
            // Left from a time when another configuration was chosen.
            final_run(0, 0, 0.9),
            final_run(0, 1, 0.25),
            Record { repeat: 1, ..final_run(0, 1, 0.75) },
            // Done once more by another process.
            final_run(0, 1, 0.25),
            record(1, 0.5),
            final_run(1, 0, 0.7),
            // Not judged yet.
            record(2, 0.5),
        ];
        let outcome = Outcome::of(&runs.iter().collect::<Vec<_>>()).unwrap();
        let fold = |fold, choice, test| Fold { fold, choice, validation: 0.5, test: Some(test), repeats: 1 };
        assert_eq!(outcome.folds, [Fold { repeats: 2, ..fold(0, 1, 0.5) }, fold(1, 0, 0.7)]);
        assert!((outcome.mean.unwrap() - 0.6).abs() < 1e-12 && (outcome.deviation.unwrap() - 0.1).abs() < 1e-12);
        assert_eq!((outcome.runs, outcome.cpu_seconds), (9, 9.0));
    }

    #[test]
    fn one_epoch_counts_for_all_folds() {
        let run = |fold, choice, accuracies: &[f64]| Record {
            protocol: Protocol::Paper,
            stage: Stage::Fold,
            choice,
            curves: Curves { validation_accuracy: accuracies.to_vec(), ..Curves::default() },
            ..record(fold, 0.0)
        };
        let runs = [
            run(0, 0, &[0.1, 0.5, 0.9]),
            run(1, 0, &[0.9, 0.6, 0.0]),
            run(0, 1, &[0.2, 0.2]),
            run(1, 1, &[0.2, 0.2]),
            // Of one fold only, so it cannot be compared.
            run(0, 2, &[1.0]),
        ];
        let outcome = Outcome::of(&runs.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((outcome.choice, outcome.epoch), (Some(0), Some(2)));
        assert_eq!(outcome.folds.iter().map(Fold::accuracy).collect::<Vec<_>>(), [0.5, 0.6]);
    }
}
