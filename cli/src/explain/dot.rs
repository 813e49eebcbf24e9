//! Graphs for Graphviz: the graph with its clusters as colours, once a level, and the pooled graph of every level.
//!
//! Places are those of the other pictures, which `neato -n` keeps.

use std::fmt::Write;

use super::colors::{self, Color};
use super::document::Document;
use super::layout::plane::HEIGHT;
use super::pooling::Level;

/// All graphs, one after the other.
pub fn graphs(document: &Document) -> String {
    let mut out = String::new();
    let largest = document.largest_importance().max(f64::MIN_POSITIVE);
    let by_importance = |node: usize| {
        let value = f64::from(document.importance().get(node).copied().unwrap_or(0.0));
        (colors::diverging(value / largest).hex(), format!("importance {value:.4}"))
    };
    let explained = &document.prediction.outputs[document.prediction.explained].name;
    let title = format!("{}: importance for {explained}", document.title());
    graph(&mut out, document, "importance", &title, by_importance);
    for (index, level) in document.levels.iter().enumerate() {
        let number = index + 1;
        let by_cluster = |node: usize| match level.cluster_of_node[node] {
            Some(cluster) => (level.members[cluster].color.clone(), format!("cluster {cluster}")),
            None => (colors::UNUSED.hex(), "no cluster".to_string()),
        };
        let title = format!("{}: clusters of level {number}", document.title());
        graph(&mut out, document, &format!("level_{number}"), &title, by_cluster);
        pooled(&mut out, document, level, number);
    }
    out
}

/// The graph itself, in the colours that `look` gives, with a tip.
fn graph(out: &mut String, document: &Document, name: &str, title: &str, look: impl Fn(usize) -> (String, String)) {
    let (kind, arrow) = if document.graph.directed { ("digraph", "->") } else { ("graph", "--") };
    begin(out, kind, name, title);
    for node in 0..document.graph.nodes {
        let (color, tip) = look(node);
        let place = (document.nodes.x[node], document.nodes.y[node], document.drawing.radius);
        disc(out, 'n', node, &color, &tip, place);
    }
    for (from, to, weight) in &document.edges {
        line(out, format_args!("  n{from} {arrow} n{to} [weight={:.0}, tooltip=\"{weight}\"];", weight.abs().ceil()));
    }
    out.push_str("}\n");
}

/// The pooled graph of a level.
fn pooled(out: &mut String, document: &Document, level: &Level, number: usize) {
    let title = format!("{}: pooled graph of level {number}", document.title());
    begin(out, "graph", &format!("pooled_{number}"), &title);
    for &cluster in &level.order {
        let member = &level.members[cluster];
        let Some(place) = &member.drawn else { continue };
        let tip = format!("{} nodes, mass {:.2}", member.nodes, member.mass);
        disc(out, 'c', cluster, &member.color, &tip, (place.x, place.y, place.radius));
    }
    let largest = level.links.iter().fold(f32::MIN_POSITIVE, |largest, link| largest.max(link.2.abs()));
    for (a, b, weight) in &level.links {
        let width = 0.3 + 6.0 * weight.abs() / largest;
        line(out, format_args!("  c{a} -- c{b} [penwidth={width:.2}, tooltip=\"{weight:.4}\"];"));
    }
    out.push_str("}\n");
}

/// A node of a graph. A point is a 72nd of an inch, and sizes are in inches.
fn disc(out: &mut String, kind: char, number: usize, color: &str, tip: &str, (x, y, radius): (f64, f64, f64)) {
    let (ink, tip, y, width) = (ink(color), quoted(tip), HEIGHT - y, radius / 36.0);
    let look = format!("fillcolor=\"{color}\", fontcolor=\"{ink}\", tooltip={tip}");
    line(out, format_args!("  {kind}{number} [label=\"{number}\", {look}, pos=\"{x:.1},{y:.1}\", width={width:.3}];"));
}

fn begin(out: &mut String, kind: &str, name: &str, title: &str) {
    line(out, format_args!("{kind} {name} {{"));
    line(out, format_args!("  graph [label={}, labelloc=t, outputorder=edgesfirst];", quoted(title)));
    line(out, format_args!("  node [shape=circle, style=filled, fixedsize=true, color=\"#ffffff\", fontsize=9];"));
    line(out, format_args!("  edge [color=\"#8b9097\"];"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// The colour of text on a colour.
fn ink(color: &str) -> &'static str {
    let part = |at: usize| color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    if Color(part(1), part(3), part(5)).is_light() { "#111111" } else { "#ffffff" }
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_stays_within_its_quotes() {
        assert_eq!(quoted("a\"];b\\\n"), r#""a\"];b\\ ""#);
    }
}
