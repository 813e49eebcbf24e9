//! The picture: what the page shows at first sight, as it is printed.

mod panels;
mod sheet;

use super::document::Document;
use super::layout::plane;
use super::pooling::Level;
use crate::text::{in_markup, shortened};
use panels::Place;
use sheet::Sheet;

/// Width of the whole picture.
const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 24.0;
const GAP: f64 = 14.0;
/// Width and height of a panel, with its title.
const PANEL: (f64, f64) = ((WIDTH - 2.0 * MARGIN - 2.0 * GAP) / 3.0, 330.0);
/// What stays free above and below a drawing.
const RIM: f64 = 12.0;
/// Height of a section's headline.
const HEADLINE: f64 = 34.0;

const STYLE: &str = "\
text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: #1d2023; }
.soft { fill: #5b6168; font-size: 12px; }
.title { font-size: 13px; font-weight: 600; }
.cell { font-size: 13px; }
.mark { text-anchor: middle; dominant-baseline: central; font-weight: 600; }
.end { text-anchor: end; }
.edge { stroke: #8b9097; fill: none; }
.node { stroke: #ffffff; stroke-width: 1.2; }
";

/// A drawing by itself, for pages that have a style for its classes: `edge`, `node` and `mark`.
pub struct Drawing {
    /// The pooling level that it is of; none where there are no levels.
    pub level: Option<usize>,
    /// What it shows.
    pub title: &'static str,
    /// An element of SVG.
    pub svg: String,
}

/// What the pooling of a graph looks like: for every level the graph by its clusters, and the pooled graph. Of a model
/// without levels the nodes by their importance.
pub fn drawings(document: &Document) -> Vec<Drawing> {
    let place = Place { x: 0.0, y: 0.0, width: plane::WIDTH, height: plane::HEIGHT };
    let nodes = || document.nodes.y.iter().map(|&y| (y, 1.2 * document.drawing.radius));
    if document.levels.is_empty() {
        let draw = |sheet: &mut Sheet| panels::importance(sheet, place, document);
        return vec![drawing(document, None, "nodes by importance", nodes(), draw)];
    }
    let of_level = |(index, level): (usize, &Level)| {
        let clusters = level.members.iter().filter_map(|own| own.drawn.as_ref()).map(|drawn| (drawn.y, drawn.radius));
        let by_cluster = |sheet: &mut Sheet| panels::clusters(sheet, place, document, level);
        let pooled = |sheet: &mut Sheet| panels::pooled(sheet, place, level);
        [
            drawing(document, Some(index), "the graph by cluster", nodes(), by_cluster),
            drawing(document, Some(index), "the pooled graph", clusters, pooled),
        ]
    };
    document.levels.iter().enumerate().flat_map(of_level).collect()
}

/// A drawing as high as what is in it, whose heights and radii are given.
fn drawing(
    document: &Document,
    level: Option<usize>,
    title: &'static str,
    discs: impl Iterator<Item = (f64, f64)>,
    draw: impl FnOnce(&mut Sheet),
) -> Drawing {
    let of_level = level.map_or_else(String::new, |level| format!(", level {level}"));
    let label = in_markup(&format!("{}: {title}{of_level}", document.title()));
    let ends =
        discs.fold((plane::HEIGHT, 0.0), |(top, bottom): (f64, f64), (y, r)| (top.min(y - r), bottom.max(y + r)));
    let (top, height) = (ends.0 - RIM, (ends.1 - ends.0).max(0.0) + 2.0 * RIM);
    let view = format!("viewBox=\"0 {top:.1} {} {height:.1}\"", plane::WIDTH);
    let mut sheet = Sheet(format!("<svg class=\"drawing\" {view} role=\"img\" aria-label=\"{label}\">\n"));
    draw(&mut sheet);
    sheet.0.push_str("</svg>\n");
    Drawing { level, title, svg: sheet.0 }
}

/// The picture of a document.
pub fn picture(document: &Document) -> String {
    let section = HEADLINE + PANEL.1 + GAP;
    let height = 84.0 + section * (document.levels.len() + 1) as f64 + MARGIN / 2.0;
    let mut sheet = Sheet(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n",
        in_markup(&document.title())
    ));
    sheet.shape("rect", format_args!("width=\"{WIDTH}\" height=\"{height}\" fill=\"#f6f6f3\""));
    head(&mut sheet, document);
    let mut top = 84.0;
    sheet.text((MARGIN, top + 18.0), "", "font-size=\"16\" font-weight=\"650\"", "Prediction");
    let titles = ["What mattered: nodes by importance", "Outputs", "The nodes that mattered most"];
    let places = panels_of(&mut sheet, top + HEADLINE, titles);
    panels::importance(&mut sheet, places[0], document);
    panels::outputs(&mut sheet, places[1], document);
    panels::strongest(&mut sheet, places[2], document);
    for (index, level) in document.levels.iter().enumerate() {
        top += section;
        let what = if index == 0 { "nodes" } else { "clusters" };
        let line = format!("Level {}: {} {what} into {} clusters", index + 1, level.nodes, level.clusters);
        sheet.text((MARGIN, top + 18.0), "", "font-size=\"16\" font-weight=\"650\"", &line);
        let d = &level.diagnostics;
        let facts = format!(
            "{} clusters in use \u{b7} assignment entropy {:.1} % of its maximum \u{b7} {:.1} % of the edge weight \
             inside clusters",
            d.clusters_in_use,
            100.0 * d.relative_entropy,
            100.0 * d.edges_inside
        );
        sheet.text((WIDTH - MARGIN, top + 18.0), "soft end", "", &facts);
        let titles = ["The graph, by cluster", "The pooled graph: A' = S\u{1d40}AS", "The assignment matrix S"];
        let places = panels_of(&mut sheet, top + HEADLINE, titles);
        panels::clusters(&mut sheet, places[0], document, level);
        panels::pooled(&mut sheet, places[1], level);
        let below = index.checked_sub(1).map(|below| &document.levels[below]);
        panels::heat(&mut sheet, places[2], level, below);
    }
    sheet.0.push_str("</svg>\n");
    sheet.0
}

fn head(sheet: &mut Sheet, document: &Document) {
    let graph = &document.graph;
    sheet.text((MARGIN, 36.0), "", "font-size=\"20\" font-weight=\"650\"", &document.title());
    let line = format!(
        "{} nodes, {} edges \u{b7} model: {}, {} pooling levels, {} parameters",
        graph.nodes, graph.edges, document.model.preset, document.model.pooling_levels, document.model.parameters
    );
    sheet.text((MARGIN, 58.0), "soft", "", &line);
    let given = graph.class.as_ref().map_or(String::new(), |class| format!(" \u{b7} given: {class}"));
    let verdict = format!("Predicted: {}{given}", document.prediction.text);
    sheet.text((WIDTH - MARGIN, 36.0), "end", "font-size=\"16\"", &shortened(&verdict, 70));
}

/// Three empty panels beside each other: the places for their content.
fn panels_of(sheet: &mut Sheet, top: f64, titles: [&str; 3]) -> [Place; 3] {
    let (width, height) = PANEL;
    let mut left = MARGIN;
    titles.map(|title| {
        sheet.shape(
            "rect",
            format_args!(
                "x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\" fill=\"#ffffff\" \
                 stroke=\"#dcdcd6\""
            ),
        );
        sheet.text((left + 12.0, top + 22.0), "title", "", title);
        let place = Place { x: left + 12.0, y: top + 34.0, width: width - 24.0, height: height - 46.0 };
        left += width + GAP;
        place
    })
}
