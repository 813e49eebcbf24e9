//! What the model says about the graph, and which nodes each output depends on.

use diffpool::model::{PredictionKind, Session};
use serde::Serialize;

use super::pooling::{Level, carry};
use crate::failure::{Failure, Result};

/// Outputs that nodes are weighed for, beside the one that is explained.
const MOST_EXPLAINED: usize = 12;
/// Features of a node that are named, the strongest.
const MOST_FEATURES: usize = 3;

/// What the model says about the graph.
#[derive(Debug, Clone, Serialize)]
pub struct Prediction {
    /// The prediction in words.
    pub text: String,
    /// The logits that there are numbers for. Of a sequence, those of the predicted words.
    pub outputs: Vec<Output>,
    /// Position among them of the one that is explained.
    pub explained: usize,
}

/// One logit.
#[derive(Debug, Clone, Serialize)]
pub struct Output {
    pub logit: usize,
    pub name: String,
    pub value: f32,
    pub probability: Option<f32>,
    /// Whether it is what the model predicts.
    pub predicted: bool,
    /// What every node of the graph adds to it: gradient times input.
    pub importance: Option<Vec<f32>>,
    /// The features of every node that add most: their numbers, and what each adds.
    pub features: Option<Vec<Vec<(usize, f32)>>>,
    /// What the clusters of every level have of the importance, by their shares.
    pub clusters: Option<Vec<Vec<f32>>>,
}

/// What the session's last prediction says; `wanted` is the name of an output, or the number of a logit.
pub fn prediction(session: &mut Session, levels: &[Level], wanted: Option<&str>) -> Result<Prediction> {
    let mut outputs = outputs(session)?;
    let explained = match wanted {
        Some(wanted) => find(session, &mut outputs, wanted)?,
        None => most(&outputs),
    };
    let mut order: Vec<usize> = (0..outputs.len()).collect();
    order.sort_by(|&a, &b| outputs[b].value.total_cmp(&outputs[a].value));
    for at in order.into_iter().take(MOST_EXPLAINED).chain([explained]) {
        explain(session, levels, &mut outputs[at])?;
    }
    Ok(Prediction { text: text(session, &outputs)?, outputs, explained })
}

fn outputs(session: &Session) -> Result<Vec<Output>> {
    let outputs = session.model().outputs();
    let predictions = session.predictions().unwrap_or(&[]);
    let mut shown = Vec::new();
    for logit in 0..outputs.width() {
        let (target, class) = outputs.meaning_of(logit);
        let predicted = predictions.get(target) == Some(&class);
        // Of all words of a vocabulary only the predicted ones are told.
        if predicted || outputs.kind() != PredictionKind::Words {
            shown.push(output(session, logit, outputs.logit_name(logit), predicted)?);
        }
    }
    Ok(shown)
}

/// A logit that no node has been weighed for.
fn output(session: &Session, logit: usize, name: String, predicted: bool) -> Result<Output> {
    let probability = session.probabilities().ok().map(|probabilities| probabilities[logit]);
    let (value, importance, features, clusters) = (session.logits()?[logit], None, None, None);
    Ok(Output { logit, name, value, probability, predicted, importance, features, clusters })
}

/// The output that is explained unless another one is asked for: the predicted one, else that of the largest logit.
fn most(outputs: &[Output]) -> usize {
    let better = |best: usize, at: usize| {
        let key = |at: usize| (outputs[at].predicted, outputs[at].value);
        if key(at) > key(best) { at } else { best }
    };
    match outputs.iter().position(|output| output.predicted) {
        Some(first) if outputs.iter().filter(|output| output.predicted).count() == 1 => first,
        _ => (0..outputs.len()).fold(0, better),
    }
}

/// The position of the output that is meant. A logit of a sequence that is none of the predicted words is added.
fn find(session: &Session, outputs: &mut Vec<Output>, wanted: &str) -> Result<usize> {
    if let Some(at) = outputs.iter().position(|output| output.name == wanted) {
        return Ok(at);
    }
    let names = || match session.model().outputs().graph_classes() {
        Some(classes) => format!("its classes are {}", listed(classes)),
        None => format!("it has {} logits, counted from 0", session.model().width()),
    };
    let logit: Option<usize> = wanted.parse().ok().filter(|&logit| logit < session.model().width());
    let Some(logit) = logit else {
        return Err(Failure::usage(format!("--class {wanted}: the model has no such class; {}", names())));
    };
    if let Some(at) = outputs.iter().position(|output| output.logit == logit) {
        return Ok(at);
    }
    outputs.push(output(session, logit, format!("logit {logit}"), false)?);
    Ok(outputs.len() - 1)
}

/// Some names, and how many more there are.
fn listed(names: &[String]) -> String {
    let first = names.iter().take(10).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    if names.len() > 10 { format!("{first} and {} more", names.len() - 10) } else { first }
}

/// Weighs nodes and clusters for an output.
fn explain(session: &mut Session, levels: &[Level], output: &mut Output) -> Result<()> {
    if output.importance.is_some() {
        return Ok(());
    }
    let explainer = session.explain(output.logit)?;
    let importance = explainer.importance().to_vec();
    let contributions = explainer.contributions();
    let strongest = contributions.rows().into_iter().map(|row| {
        let mut features: Vec<(usize, f32)> = row.iter().copied().enumerate().filter(|(_, v)| *v != 0.0).collect();
        features.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        features.truncate(MOST_FEATURES);
        features
    });
    output.features = Some(strongest.collect());
    let mut clusters: Vec<Vec<f32>> = Vec::new();
    for level in levels {
        let below = clusters.last().unwrap_or(&importance);
        let own = carry(&level.assignment, |row| below[row]);
        clusters.push(own);
    }
    output.clusters = Some(clusters);
    output.importance = Some(importance);
    Ok(())
}

/// The prediction in words.
fn text(session: &Session, outputs: &[Output]) -> Result<String> {
    let model = session.model();
    let predicted = outputs.iter().filter(|output| output.predicted).map(|output| output.name.clone());
    let (parts, between): (Vec<String>, _) = match model.outputs().kind() {
        PredictionKind::Class => (vec![format!("class {}", model.class_names()[session.class()?])], ""),
        PredictionKind::Labels => (predicted.collect(), ", "),
        PredictionKind::Numbers => (outputs.iter().map(|output| format!("{:.4}", output.value)).collect(), ", "),
        PredictionKind::Words => {
            let words = model.outputs().until_end(session.predictions()?);
            (words.iter().map(|&word| model.class_names()[word].clone()).collect(), " ")
        }
    };
    let none = model.outputs().kind() == PredictionKind::Labels && parts.is_empty();
    Ok(if none { "no label".to_string() } else { parts.join(between) })
}
