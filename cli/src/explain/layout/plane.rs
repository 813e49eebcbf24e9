//! The plane that nodes are placed in.

/// Width of the box that everything is placed in.
pub const WIDTH: f64 = 1000.0;
/// Height of the box.
pub const HEIGHT: f64 = 750.0;

/// A place in the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// The corners of the box around points.
pub fn bounds(points: &[Point]) -> (Point, Point) {
    let (mut low, mut high) =
        (Point { x: f64::INFINITY, y: f64::INFINITY }, Point { x: -f64::INFINITY, y: -f64::INFINITY });
    for p in points {
        low = Point { x: low.x.min(p.x), y: low.y.min(p.y) };
        high = Point { x: high.x.max(p.x), y: high.y.max(p.y) };
    }
    (low, high)
}
