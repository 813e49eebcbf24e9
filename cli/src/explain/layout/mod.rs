//! Places for the nodes of a graph: each connected part by itself, then side by side in one box.
//!
//! The same graph gets the same places on every machine: there are no clocks, no threads, and no functions but roots.

mod pack;
pub mod plane;
mod random;
mod spread;
mod stress;

use plane::{HEIGHT, Point, WIDTH, bounds};
use stress::Term;

/// What stays free at its rim.
const MARGIN: f64 = 45.0;
/// Length of an edge in a graph of so few nodes that they could be farther apart.
const LARGEST_SCALE: f64 = 140.0;

/// Points, about, whose nearest ones are looked for.
const MEASURED: usize = 2000;
/// Clusters that are placed by all their distances.
const FEW_CLUSTERS: usize = 12;

/// Places of all nodes, and how large they may be drawn.
#[derive(Debug, Clone)]
pub struct Layout {
    pub points: Vec<Point>,
    /// Radius at which most nodes do not touch.
    pub radius: f64,
}

/// Places the nodes of a graph whose neighbours are given, in either direction.
pub fn graph(neighbours: &[Vec<u32>]) -> Layout {
    let mut parts: Vec<pack::Part> = components(neighbours)
        .into_iter()
        .map(|nodes| {
            let mut points = stress::component(neighbours, &nodes);
            turn(&mut points);
            pack::Part { nodes, points }
        })
        .collect();
    let mut points = vec![Point { x: 0.0, y: 0.0 }; neighbours.len()];
    pack::side_by_side(&mut parts, WIDTH / HEIGHT);
    for part in &parts {
        part.nodes.iter().zip(&part.points).for_each(|(&node, &point)| points[node as usize] = point);
    }
    fit(&mut points, MARGIN);
    let radius = round((0.42 * usual_distance(&points)).clamp(3.0, 24.0));
    Layout { points, radius }
}

/// How far away the nearest other point is, for a point that has it closer than three of four.
fn usual_distance(points: &[Point]) -> f64 {
    let nearest = |i: usize| {
        let square = |j: usize| {
            let (dx, dy) = (points[i].x - points[j].x, points[i].y - points[j].y);
            if i == j { f64::INFINITY } else { dx * dx + dy * dy }
        };
        (0..points.len()).map(square).fold(f64::INFINITY, f64::min)
    };
    let step = points.len() / MEASURED + 1;
    let mut squares: Vec<f64> = (0..points.len()).step_by(step).map(nearest).collect();
    squares.sort_unstable_by(f64::total_cmp);
    squares.get(squares.len() / 4).map_or(f64::INFINITY, |square| square.sqrt())
}

/// Spreads the clusters of a level: near where their nodes lie, but apart.
pub fn clusters(centres: &[Point]) -> Vec<Point> {
    let mut points = centres.to_vec();
    let apart = (WIDTH * HEIGHT / points.len().max(1) as f64).sqrt();
    if points.len() <= FEW_CLUSTERS {
        let mut terms = Vec::new();
        for j in 0..points.len() {
            for i in 0..j {
                let (dx, dy) = (centres[i].x - centres[j].x, centres[i].y - centres[j].y);
                let distance = (dx * dx + dy * dy).sqrt().max(1.15 * apart);
                terms.push(Term { i: i as u32, j: j as u32, distance });
            }
        }
        stress::relax(&mut points, &mut terms);
        if points.len() == 2 {
            turn(&mut points);
        }
    } else {
        spread::evenly(&mut points);
    }
    fit(&mut points, 2.0 * MARGIN);
    points
}

/// The nodes of every connected part, the largest first.
fn components(neighbours: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut seen = vec![false; neighbours.len()];
    let mut parts = Vec::new();
    for start in 0..neighbours.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut nodes = vec![start as u32];
        let mut next = 0;
        while let Some(&node) = nodes.get(next) {
            next += 1;
            for &other in &neighbours[node as usize] {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    nodes.push(other);
                }
            }
        }
        nodes.sort_unstable();
        parts.push(nodes);
    }
    parts.sort_by_key(|nodes| std::cmp::Reverse(nodes.len()));
    parts
}

/// Turns a part so that it is widest from left to right.
fn turn(points: &mut [Point]) {
    let count = points.len() as f64;
    let mean = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (cx, cy) = (mean(|p| p.x), mean(|p| p.y));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for p in points.iter() {
        xx += (p.x - cx) * (p.x - cx);
        xy += (p.x - cx) * (p.y - cy);
        yy += (p.y - cy) * (p.y - cy);
    }
    // The first axis of the covariance, by the larger of its two equations.
    let largest = (xx + yy) / 2.0 + ((xx - yy) * (xx - yy) / 4.0 + xy * xy).sqrt();
    let (a, b) = if xx > yy { (largest - yy, xy) } else { (xy, largest - xx) };
    let length = (a * a + b * b).sqrt();
    let (cos, sin) = if length > 0.0 { (a / length, b / length) } else { (1.0, 0.0) };
    for p in points.iter_mut() {
        let (x, y) = (p.x - cx, p.y - cy);
        *p = Point { x: x * cos + y * sin, y: y * cos - x * sin };
    }
}

/// Scales and moves everything into the box.
fn fit(points: &mut [Point], margin: f64) {
    let (low, high) = bounds(points);
    let (width, height) = (WIDTH - 2.0 * margin, HEIGHT - 2.0 * margin);
    let scale = (width / (high.x - low.x).max(1e-9)).min(height / (high.y - low.y).max(1e-9)).min(LARGEST_SCALE);
    for p in points {
        p.x = round(WIDTH / 2.0 + (p.x - (low.x + high.x) / 2.0) * scale);
        p.y = round(HEIGHT / 2.0 + (p.y - (low.y + high.y) / 2.0) * scale);
    }
}

/// To tenths: finer differences cannot be seen.
fn round(value: f64) -> f64 {
    (10.0 * value).round() / 10.0
}

#[cfg(test)]
mod tests;
