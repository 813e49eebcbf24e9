//! The graphs that the model does best and worst on, with pictures of how it pools them.

use std::sync::Arc;

use diffpool::model::{Decoding, PredictionKind, Session, Target};
use maud::{Markup, PreEscaped, html};

use super::judged::Judged;
use super::words::{number, plain, section};
use crate::explain::{Document, Drawing, drawings};
use crate::failure::Result;
use crate::text::shortened;

/// Graphs at either end.
const SHOWN: usize = 3;
/// Nodes of a graph that is drawn.
const MOST_NODES: usize = 600;
/// Entries of its rows.
const MOST_ENTRIES: usize = 10_000;
/// Clusters of a level that are listed, the largest.
const LISTED: usize = 4;
/// Labels, numbers or words that are listed.
const ITEMS: usize = 8;
/// Letters of what is predicted.
const LETTERS: usize = 120;

/// The section of the best and the worst graphs. Nothing where no graph has a target.
pub fn graphs(judged: &Judged<'_>) -> Result<Markup> {
    let mut order: Vec<(usize, f64)> =
        (0..judged.indices.len()).filter_map(|at| Some((at, judged.error(at)?))).collect();
    if order.is_empty() {
        return Ok(html! {});
    }
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let best = SHOWN.min(order.len().div_ceil(2));
    let worst = SHOWN.min(order.len() - best);
    let mut session = Session::new(Arc::new(judged.model.clone()))?;
    let mut cards = |places: &mut dyn Iterator<Item = &(usize, f64)>| -> Result<Vec<Markup>> {
        places.map(|&(at, error)| card(judged, &mut session, at, error)).collect()
    };
    let (worst, best) = (cards(&mut order.iter().rev().take(worst))?, cards(&mut order.iter().take(best))?);
    let content = html! {
        p.soft {
            "By the " (judged.error_name()) " on the " (judged.part) " graphs. Numbers in the nodes are clusters; \
             in the pooled graph the area of a cluster is how much of the nodes it has, and thick edges are strong. "
            code { "diffpool explain MODEL --data DATA --index N" } " shows one of them with all its numbers."
        }
        @if !worst.is_empty() { h3 { "Worst" } div.cards { @for card in worst { (card) } } }
        h3 { "Best" }
        div.cards { @for card in best { (card) } }
    };
    Ok(section("graphs", "Best and worst graphs", content))
}

/// A graph: what is true of it, what is predicted, and its pictures.
fn card(judged: &Judged<'_>, session: &mut Session, at: usize, error: f64) -> Result<Markup> {
    let index = judged.indices[at];
    let graph = judged.dataset.graph(index);
    let drawable = graph.nodes() <= MOST_NODES && graph.indices().len() <= MOST_ENTRIES;
    // A graph that cannot be explained is no reason to have no page.
    let document = match drawable {
        true => Document::new(session, judged.dataset, index, None).map_err(|failure| failure.message().to_string()),
        false => Err(format!("a graph of more than {MOST_NODES} nodes or {MOST_ENTRIES} edges is not drawn here")),
    };
    let (truth, found) = (truth(judged, at), predicted(judged, at));
    Ok(html! {
        article.panel {
            h4 { "Graph " (index) }
            dl.facts {
                div { dt { "nodes" } dd { (graph.nodes()) } }
                div { dt { "true" } dd { (shown(&truth)) } }
                div { dt { "predicted" } dd { (shown(&found)) (verdict(judged, at)) } }
                div { dt { (judged.error_name()) } dd { (number(error)) } }
            }
            @match document {
                Ok(document) => { @for drawing in drawings(&document) { (figure(&document, &drawing)) } }
                Err(why) => p.empty { (plain(&why)) "." },
            }
        }
    })
}

fn figure(document: &Document, drawing: &Drawing) -> Markup {
    let title = match drawing.level {
        Some(level) => format!("Level {level}: {}", drawing.title),
        None => format!("The {}", drawing.title),
    };
    // The pooled graph stands below, with the same clusters.
    let facts = drawing.level.filter(|_| drawing.title.contains("by cluster")).map(|level| clusters(document, level));
    html! {
        figure {
            figcaption { b { (title) } @if let Some(facts) = facts { p.soft { (facts) } } }
            (PreEscaped(&drawing.svg))
        }
    }
}

/// How the nodes are spread over the clusters of a level, in words.
fn clusters(document: &Document, level: usize) -> String {
    let own = &document.levels[level];
    let used = own.order.iter().filter(|&&cluster| own.members[cluster].nodes > 0);
    let listed: Vec<String> =
        used.clone().take(LISTED).map(|&cluster| format!("{cluster} has {}", own.members[cluster].nodes)).collect();
    let used = used.count();
    let more = if used > LISTED { ", ..." } else { "" };
    format!("{used} of {} clusters have nodes of the graph: cluster {}{more}", own.clusters, listed.join(", "))
}

/// Some names one after the other.
fn shown(items: &[String]) -> Markup {
    let more = if items.len() > ITEMS { format!(" and {} more", items.len() - ITEMS) } else { String::new() };
    let text = items.iter().take(ITEMS).map(String::as_str).collect::<Vec<_>>().join(", ");
    html! { bdi { (plain(&shortened(&text, LETTERS))) } (more) }
}

/// The names of labels that are there, or that there is none.
fn labels(judged: &Judged<'_>, there: impl Iterator<Item = usize>) -> Vec<String> {
    let names = &judged.dataset.description().names.targets;
    let all: Vec<String> = there.map(|at| names.get(at).cloned().unwrap_or_else(|| format!("label {at}"))).collect();
    if all.is_empty() { vec!["no label".to_string()] } else { all }
}

fn words(judged: &Judged<'_>, words: &[usize]) -> Vec<String> {
    let names = judged.model.class_names();
    judged.model.outputs().until_end(words).iter().map(|&word| names[word].clone()).collect()
}

/// A target, which may be missing.
fn given(value: f32) -> String {
    if value.is_nan() { "missing".to_string() } else { value.to_string() }
}

/// What is true of a graph.
fn truth(judged: &Judged<'_>, at: usize) -> Vec<String> {
    let outputs = judged.model.outputs();
    match (outputs.kind(), judged.target(at)) {
        (PredictionKind::Words, Target::Classes(heads)) => {
            words(judged, &heads.iter().map(|&word| word as usize).collect::<Vec<_>>())
        }
        (_, Target::Classes(classes)) => {
            classes.iter().map(|&c| judged.model.class_names()[c as usize].clone()).collect()
        }
        (PredictionKind::Labels, Target::Values(values)) => {
            labels(judged, (0..values.len()).filter(|&target| values[target] > 0.5))
        }
        (_, Target::Values(values)) => values.iter().map(|&value| given(value)).collect(),
        (_, Target::None) => Vec::new(),
    }
}

/// What the model predicts of a graph.
fn predicted(judged: &Judged<'_>, at: usize) -> Vec<String> {
    let (outputs, found, logits) = (judged.model.outputs(), judged.predictions(at), judged.logits(at));
    match outputs.kind() {
        PredictionKind::Class => {
            let mut probabilities = vec![0.0; logits.len()];
            outputs.decode(logits, &mut [0], &mut probabilities);
            let class = found[0];
            let probability = match outputs.decoding() {
                Decoding::Label if class == 0 => 1.0 - probabilities[0],
                Decoding::Label => probabilities[0],
                _ => probabilities[class],
            };
            vec![format!("{} (probability {probability:.3})", judged.model.class_names()[class])]
        }
        PredictionKind::Labels => labels(judged, (0..found.len()).filter(|&target| found[target] == 1)),
        PredictionKind::Numbers => logits.iter().map(|&value| number(f64::from(value))).collect(),
        PredictionKind::Words => words(judged, found),
    }
}

/// Whether the class of a graph is predicted right.
fn verdict(judged: &Judged<'_>, at: usize) -> Markup {
    let right = match (judged.model.outputs().kind(), judged.target(at)) {
        (PredictionKind::Class, Target::Classes(&[class])) => Some(judged.predictions(at) == [class as usize]),
        (PredictionKind::Class, Target::Values(&[value])) => Some(judged.predictions(at) == [usize::from(value > 0.5)]),
        _ => None,
    };
    html! { @match right {
        Some(true) => { " " span.tag { "right" } },
        Some(false) => { " " span.tag.wrong { "wrong" } },
        None => {},
    } }
}
