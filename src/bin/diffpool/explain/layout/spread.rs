//! Makes room between points that lie where many others do.

use super::{HEIGHT, Point, WIDTH};

/// Rounds in which points make way for each other.
const ROUNDS: usize = 120;

/// Moves points so that they fill the box, and keep their order from left to right and from top to bottom.
pub fn evenly(points: &mut [Point]) {
    let x = places(&points.iter().map(|p| p.x).collect::<Vec<_>>());
    let y = places(&points.iter().map(|p| p.y).collect::<Vec<_>>());
    for (point, (x, y)) in points.iter_mut().zip(x.into_iter().zip(y)) {
        *point = Point { x: WIDTH * x, y: HEIGHT * y };
    }
}

/// Half by the order of the values, half by their size: from 0 to 1.
fn places(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let (least, most) = (values[order[0]], values[order[order.len() - 1]]);
    let mut places = vec![0.0; values.len()];
    for (at, &index) in order.iter().enumerate() {
        let by_order = at as f64 / (values.len() - 1) as f64;
        let by_size = if most > least { (values[index] - least) / (most - least) } else { by_order };
        places[index] = 0.7 * by_order + 0.3 * by_size;
    }
    places
}

/// Pushes points away from each other until they are about `apart`, or nearly so. They stay in the box.
pub fn part(points: &mut [Point], apart: f64) {
    for _ in 0..ROUNDS {
        for j in 1..points.len() {
            for i in 0..j {
                let (mut dx, dy) = (points[i].x - points[j].x, points[i].y - points[j].y);
                let mut length = (dx * dx + dy * dy).sqrt();
                if length >= apart {
                    continue;
                }
                if length < 1e-9 {
                    dx = 1e-9;
                    length = dx;
                }
                let by = 0.3 * (apart - length) / length;
                points[i] = inside(points[i].x + by * dx, points[i].y + by * dy);
                points[j] = inside(points[j].x - by * dx, points[j].y - by * dy);
            }
        }
    }
}

fn inside(x: f64, y: f64) -> Point {
    Point { x: x.clamp(0.0, WIDTH), y: y.clamp(0.0, HEIGHT) }
}
