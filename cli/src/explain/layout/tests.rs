//! Layouts of small and of large graphs.

use std::time::{Duration, Instant};

use super::*;

fn from_edges(nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Vec<Vec<u32>> {
    let mut neighbours = vec![Vec::new(); nodes];
    for (a, b) in edges {
        neighbours[a].push(b as u32);
        neighbours[b].push(a as u32);
    }
    neighbours
}

fn distance(a: Point, b: Point) -> f64 {
    ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).sqrt()
}

fn assert_inside(points: &[Point]) {
    for p in points {
        assert!((0.0..=WIDTH).contains(&p.x) && (0.0..=HEIGHT).contains(&p.y), "{p:?}");
    }
}

#[test]
fn a_cycle_is_round() {
    let layout = graph(&from_edges(12, (0..12).map(|i| (i, (i + 1) % 12))));
    let lengths: Vec<f64> = (0..12).map(|i| distance(layout.points[i], layout.points[(i + 1) % 12])).collect();
    let mean = lengths.iter().sum::<f64>() / 12.0;
    assert!(lengths.iter().all(|length| (length / mean - 1.0).abs() < 0.05), "{lengths:?}");
    let centre = Point { x: WIDTH / 2.0, y: HEIGHT / 2.0 };
    let radii: Vec<f64> = layout.points.iter().map(|&p| distance(p, centre)).collect();
    assert!(radii.iter().all(|radius| (radius / radii[0] - 1.0).abs() < 0.1), "{radii:?}");
    assert_inside(&layout.points);
}

#[test]
fn parts_do_not_overlap_and_nothing_is_too_small() {
    // Two cycles, a path, and nodes alone.
    let edges = (0..20).map(|i| (i, (i + 1) % 20)).chain((20..30).map(|i| (i, 20 + (i - 19) % 10)));
    let layout = graph(&from_edges(60, edges.chain((30..36).map(|i| (i, i + 1)))));
    assert_inside(&layout.points);
    for i in 0..60 {
        for j in 0..i {
            assert!(distance(layout.points[i], layout.points[j]) > 1.5 * layout.radius, "nodes {i} and {j}");
        }
    }
}

#[test]
fn any_graph_has_places() {
    for nodes in [0, 1, 2] {
        let layout = graph(&from_edges(nodes, []));
        assert_eq!(layout.points.len(), nodes);
        assert_inside(&layout.points);
    }
    let complete = graph(&from_edges(9, (0..9).flat_map(|i| (0..i).map(move |j| (i, j)))));
    assert_inside(&complete.points);
    // Self-loops.
    assert_inside(&graph(&from_edges(2, [(0, 0), (0, 1)])).points);
    assert!(clusters(&[]).is_empty());
    for (count, least) in [(2, 200.0), (5, 100.0), (12, 60.0), (13, 60.0), (60, 40.0), (300, 10.0)] {
        let same = clusters(&vec![Point { x: 3.0, y: 4.0 }; count]);
        assert_inside(&same);
        let distances = (0..count).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| distance(same[i], same[j]));
        let nearest = distances.fold(f64::INFINITY, f64::min);
        assert!(nearest > least, "{count} clusters: {nearest}");
    }
}

#[test]
fn large_graphs_take_seconds_and_the_same_graph_has_the_same_places() {
    // A tree with extra edges.
    let edges = || (1..5000).flat_map(|i| [(i, i / 3), (i, (7 * i + 1) % 5000)]).filter(|(a, b)| a != b && a % 5 != 4);
    let started = Instant::now();
    let layout = graph(&from_edges(5000, edges()));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_inside(&layout.points);
    assert_eq!(graph(&from_edges(5000, edges())).points, layout.points);
}
