//! Layout by stress: pairs of nodes shall be as far apart as their shortest path is long.
//!
//! Stochastic gradient descent over the pairs (Zheng, Pawar and Goodman, 2018): every pair in turn is moved towards its
//! distance, by less and less. Graphs with too many pairs for that take those with some pivots, which are far from each
//! other, and those at most two edges apart, which the pivots cannot tell from each other.

use std::collections::VecDeque;

use super::plane::Point;
use super::random::Random;

/// Nodes up to which all pairs are looked at.
const ALL_PAIRS: usize = 1200;
/// Nodes that all others know their distance from, in larger graphs.
const PIVOTS: usize = 60;
/// Neighbours of a node that are kept apart from each other, in larger graphs.
const SIBLINGS: usize = 12;
/// Edges across a part from which on it is long.
const LONG: f64 = 16.0;
/// Passes over the pairs.
const PASSES: usize = 40;

/// A pair of nodes and the distance that it shall have.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    pub i: u32,
    pub j: u32,
    pub distance: f64,
}

/// Places of the nodes of a connected part, in their order.
pub fn component(neighbours: &[Vec<u32>], nodes: &[u32]) -> Vec<Point> {
    let mut random = Random(nodes.len() as u64);
    let side = (nodes.len() as f64).sqrt();
    let mut place = || Point { x: side * random.uniform(), y: side * random.uniform() };
    let mut points: Vec<Point> = nodes.iter().map(|_| place()).collect();
    let own = inside(neighbours, nodes);
    let mut terms = if nodes.len() <= ALL_PAIRS { all_pairs(&own) } else { some_pairs(&own) };
    shorten(&mut terms);
    relax(&mut points, &mut terms);
    points
}

/// The neighbours of the nodes of a part, counted within the part.
fn inside(neighbours: &[Vec<u32>], nodes: &[u32]) -> Vec<Vec<u32>> {
    let number = |node: &u32| nodes.binary_search(node).expect("a part holds the neighbours of its nodes") as u32;
    nodes.iter().map(|&node| neighbours[node as usize].iter().map(number).collect()).collect()
}

fn all_pairs(neighbours: &[Vec<u32>]) -> Vec<Term> {
    let mut terms = Vec::new();
    for j in 0..neighbours.len() {
        let distances = distances_from(neighbours, j);
        terms.extend((0..j).map(|i| Term { i: i as u32, j: j as u32, distance: f64::from(distances[i]) }));
    }
    terms
}

fn some_pairs(neighbours: &[Vec<u32>]) -> Vec<Term> {
    let mut terms = Vec::new();
    // Every pivot is as far as possible from those before.
    let mut nearest = vec![u32::MAX; neighbours.len()];
    let mut pivot = 0;
    for _ in 0..PIVOTS {
        let distances = distances_from(neighbours, pivot);
        for (i, &distance) in distances.iter().enumerate() {
            nearest[i] = nearest[i].min(distance);
            if i != pivot {
                terms.push(Term { i: i as u32, j: pivot as u32, distance: f64::from(distance) });
            }
        }
        let farther = |best: usize, i: usize| if nearest[i] > nearest[best] { i } else { best };
        pivot = (0..neighbours.len()).fold(0, farther);
    }
    for (node, own) in neighbours.iter().enumerate() {
        terms.extend(own.iter().filter(|&&j| (j as usize) < node).map(|&j| pair(node as u32, j, 1.0)));
        for (at, &i) in own.iter().enumerate() {
            let next = own[at + 1..].iter().take(SIBLINGS);
            let apart = next.filter(|&j| neighbours[i as usize].binary_search(j).is_err());
            terms.extend(apart.map(|&j| pair(i, j, 2.0)));
        }
    }
    terms
}

fn pair(i: u32, j: u32, distance: f64) -> Term {
    Term { i, j, distance }
}

/// Edges on the shortest path from a node to every other.
fn distances_from(neighbours: &[Vec<u32>], start: usize) -> Vec<u32> {
    let mut distances = vec![u32::MAX; neighbours.len()];
    distances[start] = 0;
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &other in &neighbours[node] {
            if distances[other as usize] == u32::MAX {
                distances[other as usize] = distances[node] + 1;
                queue.push_back(other as usize);
            }
        }
    }
    distances
}

/// Shortens long distances, so that a long part curls up and there is more room for each of its nodes.
fn shorten(terms: &mut [Term]) {
    let most = terms.iter().map(|term| term.distance).fold(0.0, f64::max);
    if most <= LONG {
        return;
    }
    for term in terms.iter_mut().filter(|term| term.distance > 2.0) {
        // The three-quarter power.
        let root = (term.distance / 2.0).sqrt();
        term.distance = 2.0 * root * root.sqrt();
    }
}

/// Moves the points until pairs are about as far apart as they shall be.
pub fn relax(points: &mut [Point], terms: &mut [Term]) {
    let sizes = terms.iter().map(|term| term.distance);
    let (least, most) = sizes.fold((f64::INFINITY, 0.0_f64), |(least, most), d| (least.min(d), most.max(d)));
    // Steps fall by equal factors from the squared longest distance to a tenth of the squared shortest one.
    let (first, last) = (most * most, 0.05 * least * least);
    let mut ratio = last / first;
    for _ in 0..3 {
        // A root of a root stands for a power, which not every machine rounds in the same way.
        ratio = ratio.sqrt();
    }
    let mut random = Random(1);
    let mut step = first;
    // Eight factors from first to last, with as many passes in between.
    for pass in 0..PASSES {
        random.shuffle(terms);
        for term in terms.iter() {
            attract(points, term, step);
        }
        if pass % (PASSES / 8) == PASSES / 8 - 1 {
            step *= ratio;
        }
    }
}

/// Moves both points of a pair towards its distance.
fn attract(points: &mut [Point], term: &Term, step: f64) {
    let (i, j) = (term.i as usize, term.j as usize);
    let share = (step / (term.distance * term.distance)).min(1.0);
    let (mut dx, dy) = (points[i].x - points[j].x, points[i].y - points[j].y);
    let mut length = (dx * dx + dy * dy).sqrt();
    if length < 1e-9 {
        // Two points in one place part along a line of their own.
        dx = 1e-9 * (1.0 + f64::from(term.i));
        length = dx;
    }
    let by = share * (length - term.distance) / (2.0 * length);
    points[i].x -= by * dx;
    points[i].y -= by * dy;
    points[j].x += by * dx;
    points[j].y += by * dy;
}
