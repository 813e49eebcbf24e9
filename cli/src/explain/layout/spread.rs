//! Makes room between points that lie where many others do.

use super::plane::{HEIGHT, Point, WIDTH};

/// Moves points to columns of a grid that fills the box. They keep their order from left to right and, within a column,
/// from top to bottom. Every other column is half a step lower, so that lines between points hide less.
pub fn evenly(points: &mut [Point]) {
    let count = points.len();
    let columns = ((count as f64 * WIDTH / HEIGHT).sqrt().round() as usize).clamp(1, count.max(1));
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| points[a].x.total_cmp(&points[b].x));
    for column in 0..columns {
        let own = &mut order[column * count / columns..(column + 1) * count / columns];
        own.sort_by(|&a, &b| points[a].y.total_cmp(&points[b].y));
        let step = HEIGHT / own.len() as f64;
        let first = step * if column % 2 == 0 { 0.25 } else { 0.75 };
        for (row, &index) in own.iter().enumerate() {
            points[index] = Point { x: WIDTH * column as f64 / columns as f64, y: first + step * row as f64 };
        }
    }
}
