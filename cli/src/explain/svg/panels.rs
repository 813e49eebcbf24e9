//! The content of the picture's panels.

use super::sheet::Sheet;
use crate::explain::colors::{self, Color};
use crate::explain::document::Document;
use crate::explain::layout::plane::{HEIGHT, WIDTH};
use crate::explain::pooling::Level;
use crate::text::shortened;

/// Rows and columns of a heat map; more of them share a cell, which shows the largest.
const MOST_CELLS: usize = 110;
/// Colour of a share of 1.
const FULL: Color = Color(8, 69, 148);
const PAPER: Color = Color(255, 255, 255);
/// Lines of a table.
const LINES: usize = 10;

/// Where a panel's content belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Place {
    /// What moves the box of a layout here.
    fn transform(self) -> String {
        let scale = (self.width / WIDTH).min(self.height / HEIGHT);
        let (x, y) = (self.x + (self.width - scale * WIDTH) / 2.0, self.y + (self.height - scale * HEIGHT) / 2.0);
        format!("transform=\"translate({x:.2} {y:.2}) scale({scale:.4})\"")
    }
}

/// The graph, its nodes in the colours of their importance.
pub fn importance(sheet: &mut Sheet, place: Place, document: &Document) {
    let largest = document.largest_importance().max(f64::MIN_POSITIVE);
    let importance = document.importance();
    graph(sheet, place, document, |node| {
        let value = f64::from(importance.get(node).copied().unwrap_or(0.0)) / largest;
        Look { color: colors::diverging(value).hex(), size: 0.65 + 0.55 * value.abs().sqrt(), text: node.to_string() }
    });
}

/// The graph, its nodes in the colours of their clusters.
pub fn clusters(sheet: &mut Sheet, place: Place, document: &Document, level: &Level) {
    graph(sheet, place, document, |node| match level.cluster_of_node[node] {
        Some(cluster) => Look { color: level.members[cluster].color.clone(), size: 1.0, text: cluster.to_string() },
        None => Look { color: colors::UNUSED.hex(), size: 1.0, text: String::new() },
    });
}

/// How a node is drawn: its size is relative to that of others.
struct Look {
    color: String,
    size: f64,
    text: String,
}

fn graph(sheet: &mut Sheet, place: Place, document: &Document, look: impl Fn(usize) -> Look) {
    let (x, y) = (&document.nodes.x, &document.nodes.y);
    sheet.group(place.transform(), |sheet| {
        let mut path = String::new();
        for &(a, b, _) in document.edges.iter().filter(|(a, b, _)| a != b) {
            let (a, b) = (a as usize, b as usize);
            path.push_str(&format!("M{} {}L{} {}", x[a], y[a], x[b], y[b]));
        }
        let width = (document.drawing.radius / 5.0).clamp(1.0, 3.0);
        sheet.shape(
            "path",
            format_args!("class=\"edge\" stroke-opacity=\"0.6\" stroke-width=\"{width:.1}\" d=\"{path}\""),
        );
        for node in 0..document.graph.nodes {
            let Look { color, size, text } = look(node);
            disc(sheet, (x[node], y[node]), document.drawing.radius * size, &color, &text);
        }
    });
}

/// A disc with a text where there is room.
fn disc(sheet: &mut Sheet, (x, y): (f64, f64), radius: f64, color: &str, text: &str) {
    sheet.shape("circle", format_args!("class=\"node\" cx=\"{x}\" cy=\"{y}\" r=\"{radius:.1}\" fill=\"{color}\""));
    if radius >= 11.0 && !text.is_empty() {
        let part = |at: usize| color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
        let ink = if Color(part(1), part(3), part(5)).is_light() { "#111111" } else { "#ffffff" };
        let size = (radius * 1.15).min(2.3 * radius / text.len() as f64).min(30.0);
        // In a style, for the sheet's rules would win over an attribute.
        sheet.text((x, y), "mark", format_args!("style=\"fill:{ink};font-size:{size:.1}px\""), text);
    }
}

/// The pooled graph of a level.
pub fn pooled(sheet: &mut Sheet, place: Place, level: &Level) {
    let largest = level.links.iter().fold(f32::MIN_POSITIVE, |largest, link| largest.max(link.2.abs()));
    let drawn = level.members.iter().filter(|member| member.drawn.is_some()).count();
    let thickest = if drawn > 40 { 7.0 } else { 15.0 };
    sheet.group(place.transform(), |sheet| {
        for &(a, b, weight) in level.links.iter().rev() {
            let (Some(from), Some(to)) = (&level.members[a].drawn, &level.members[b].drawn) else { continue };
            let share = f64::from(weight.abs() / largest);
            sheet.shape(
                "line",
                format_args!(
                    "class=\"edge\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke-width=\"{:.2}\" \
                     stroke-opacity=\"{:.2}\"",
                    from.x,
                    from.y,
                    to.x,
                    to.y,
                    0.7 + thickest * share,
                    0.25 + 0.5 * share
                ),
            );
        }
        for &cluster in &level.order {
            let member = &level.members[cluster];
            let Some(place) = &member.drawn else { continue };
            disc(sheet, (place.x, place.y), place.radius, &member.color, &cluster.to_string());
        }
    });
}

/// The assignment of a level, its rows and columns by the size of clusters; `below` is the level before.
pub fn heat(sheet: &mut Sheet, place: Place, level: &Level, below: Option<&Level>) {
    let rim = 8.0;
    let mut rank = vec![0; level.clusters];
    level.order.iter().enumerate().for_each(|(at, &cluster)| rank[cluster] = at);
    let mut rows: Vec<usize> = (0..level.nodes).collect();
    let key = |row: usize| level.cluster_of[row].map_or((usize::MAX, 0.0), |c| (rank[c], level.assignment.at(row, c)));
    rows.sort_by(|&a, &b| key(a).0.cmp(&key(b).0).then(key(b).1.total_cmp(&key(a).1)));
    let (lines, columns) = (level.nodes.min(MOST_CELLS), level.clusters.min(MOST_CELLS));
    let (width, height) = ((place.width - rim) / columns as f64, (place.height - rim) / lines as f64);
    let part = |at: usize, of: usize, all: usize| at * all / of..((at + 1) * all).div_ceil(of).min(all);
    let row_color = |row: usize| match below {
        Some(below) => below.members[row].color.clone(),
        None => level.cluster_of[row].map_or(colors::UNUSED.hex(), |cluster| level.members[cluster].color.clone()),
    };
    let cell = |sheet: &mut Sheet, (x, y): (f64, f64), (w, h): (f64, f64), color: &str| {
        let size = format_args!("width=\"{w:.2}\" height=\"{h:.2}\" fill=\"{color}\"").to_string();
        sheet.shape("rect", format_args!("x=\"{:.2}\" y=\"{:.2}\" {size}", place.x + x, place.y + y));
    };
    for line in 0..lines {
        let covered = &rows[part(line, lines, level.nodes)];
        let top = rim + line as f64 * height;
        cell(sheet, (0.0, top), (rim - 2.0, height + 0.3), &row_color(covered[0]));
        for column in 0..columns {
            let clusters = &level.order[part(column, columns, level.clusters)];
            let shares = covered.iter().flat_map(|&row| clusters.iter().map(move |&c| level.assignment.at(row, c)));
            let share = f64::from(shares.fold(0.0, f32::max));
            // The eye sees small shares better this way; a root stands for the power of the page.
            let color = PAPER.mix(FULL, 0.5 * (share + share.sqrt()));
            if color != PAPER {
                cell(sheet, (rim + column as f64 * width, top), (width + 0.3, height + 0.3), &color.hex());
            }
        }
    }
    for column in 0..columns {
        let first = level.order[part(column, columns, level.clusters).start];
        cell(sheet, (rim + column as f64 * width, 0.0), (width + 0.3, rim - 2.0), &level.members[first].color);
    }
}

/// The outputs of the model, the largest first.
pub fn outputs(sheet: &mut Sheet, place: Place, document: &Document) {
    let prediction = &document.prediction;
    let mut order: Vec<usize> = (0..prediction.outputs.len()).collect();
    order.sort_by(|&a, &b| prediction.outputs[b].value.total_cmp(&prediction.outputs[a].value));
    let most = prediction.outputs.iter().fold(f32::MIN_POSITIVE, |most, output| most.max(output.value.abs()));
    for (line, &at) in order.iter().take(LINES).enumerate() {
        let output = &prediction.outputs[at];
        let y = place.y + 24.0 + 25.0 * line as f64;
        let weight = if output.predicted { "font-weight=\"650\"" } else { "" };
        sheet.text((place.x, y), "cell", weight, &shortened(&output.name, 16));
        let share = f64::from(output.probability.unwrap_or(output.value.abs() / most));
        let color = if output.predicted { "#0b5cad" } else { "#8b9097" };
        bar(sheet, (place.x + 130.0, y), 150.0, (0.0, share), color);
        let number = match output.probability {
            Some(probability) => percent(f64::from(probability)),
            None => format!("{:.4}", output.value),
        };
        sheet.text((place.x + place.width, y), "cell end", weight, &number);
    }
    if order.len() > LINES {
        let rest = format!("and {} more", order.len() - LINES);
        sheet.text((place.x, place.y + place.height), "soft", "", &rest);
    }
}

/// The nodes of the largest importance.
pub fn strongest(sheet: &mut Sheet, place: Place, document: &Document) {
    let importance = document.importance();
    let mut order: Vec<usize> = (0..importance.len()).collect();
    order.sort_by(|&a, &b| importance[b].abs().total_cmp(&importance[a].abs()).then(a.cmp(&b)));
    let largest = document.largest_importance().max(f64::MIN_POSITIVE);
    for (line, &node) in order.iter().take(LINES).enumerate() {
        let y = place.y + 24.0 + 25.0 * line as f64;
        let value = f64::from(importance[node]);
        sheet.text((place.x, y), "cell", "", &format!("node {node}"));
        let share = 0.5 * value.abs() / largest;
        let from = if value < 0.0 { 0.5 - share } else { 0.5 };
        let color = if value < 0.0 { "#2166ac" } else { "#c04f08" };
        bar(sheet, (place.x + 130.0, y), 150.0, (from, share), color);
        sheet.text((place.x + place.width, y), "cell end", "", &format!("{value:+.3}"));
    }
    let explained = &document.prediction.outputs[document.prediction.explained].name;
    let line = format!("Gradient of the logit of {} times the features.", shortened(explained, 20));
    sheet.text((place.x, place.y + place.height), "soft", "", &line);
}

/// A bar of `width` that is filled from and by shares of it.
fn bar(sheet: &mut Sheet, (x, y): (f64, f64), width: f64, (from, share): (f64, f64), color: &str) {
    let rows = [(0.0, 1.0, "#ecece8"), (from, share, color)];
    for (from, share, color) in rows {
        let (x, w) = (x + width * from, width * share);
        let place = format!("x=\"{x:.1}\" y=\"{:.1}\" width=\"{w:.1}\"", y - 10.0);
        sheet.shape("rect", format_args!("{place} height=\"11\" rx=\"2\" fill=\"{color}\""));
    }
}

/// A share; what is not quite nothing or all is told apart from it.
fn percent(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.001 => "< 0.1 %".to_string(),
        share if share < 1.0 && share > 0.999 => "> 99.9 %".to_string(),
        share => format!("{:.1} %", 100.0 * share),
    }
}
