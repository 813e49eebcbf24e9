//! Puts the connected parts of a graph side by side.

use super::plane::{Point, bounds};

/// What stays free around a part, in lengths of an edge.
const GAP: f64 = 1.0;

/// A connected part.
pub struct Part {
    pub nodes: Vec<u32>,
    pub points: Vec<Point>,
}

/// Moves the parts into rows that are together about `aspect` times as wide as high. They come in the given order.
pub fn side_by_side(parts: &mut [Part], aspect: f64) {
    let sizes: Vec<(f64, f64)> = parts
        .iter()
        .map(|part| {
            let (low, high) = bounds(&part.points);
            (high.x - low.x + GAP, high.y - low.y + GAP)
        })
        .collect();
    let width = best_width(&sizes, aspect);
    let (mut x, mut y, mut height) = (0.0, 0.0, 0.0_f64);
    let mut row = Vec::new();
    for (index, &(w, h)) in sizes.iter().enumerate() {
        if x > 0.0 && x + w > width {
            centre(parts, &sizes, &row, y, height);
            (x, y, height) = (0.0, y + height, 0.0);
            row.clear();
        }
        row.push((index, x));
        x += w;
        height = height.max(h);
    }
    centre(parts, &sizes, &row, y, height);
}

/// The width of rows that lets everything be drawn largest.
fn best_width(sizes: &[(f64, f64)], aspect: f64) -> f64 {
    let widest = sizes.iter().map(|size| size.0).fold(0.0, f64::max);
    let area: f64 = sizes.iter().map(|size| size.0 * size.1).sum();
    let tried = (0..16).map(|i| widest.max((area * aspect).sqrt() * (0.7 + 0.1 * f64::from(i))));
    let extent = |width: f64| {
        let (mut x, mut y, mut height, mut used) = (0.0, 0.0, 0.0_f64, 0.0_f64);
        for &(w, h) in sizes {
            if x > 0.0 && x + w > width {
                (x, y, height) = (0.0, y + height, 0.0);
            }
            x += w;
            height = height.max(h);
            used = used.max(x);
        }
        (used / aspect).max(y + height)
    };
    let better = |best: f64, width: f64| if extent(width) < extent(best) { width } else { best };
    tried.fold(widest, better)
}

/// Moves the parts of a row to their places, each in the middle of the row's height.
fn centre(parts: &mut [Part], sizes: &[(f64, f64)], row: &[(usize, f64)], y: f64, height: f64) {
    for &(index, x) in row {
        let part = &mut parts[index];
        let (low, _) = bounds(&part.points);
        let (dx, dy) = (x + GAP / 2.0 - low.x, y + (height - sizes[index].1 + GAP) / 2.0 - low.y);
        part.points.iter_mut().for_each(|p| *p = Point { x: p.x + dx, y: p.y + dy });
    }
}
