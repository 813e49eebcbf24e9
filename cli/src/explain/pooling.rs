//! The pooling levels of a document: who belongs where, and what of it is drawn.

use diffpool::model::{ClusterDiagnostics, Session};
use ndarray::ArrayView2;
use serde::Serialize;

use super::colors;
use super::layout;
use super::layout::plane::{HEIGHT, Point, WIDTH};
use super::matrix::Matrix;
use crate::failure::Result;

/// Share of an even part of the nodes that a cluster without nodes of its own must hold to be drawn.
const LEAST_SHARE: f64 = 0.25;
/// Clusters of a level that are drawn at most.
const MOST_CLUSTERS: usize = 400;
/// Links of a level that are drawn at most.
const MOST_LINKS: usize = 2500;
/// Share of the strongest link that the weakest one drawn has.
const WEAKEST_LINK: f32 = 0.01;

/// A pooling level: how its nodes (from the second level on: clusters of the level before) become clusters.
#[derive(Debug, Clone, Serialize)]
pub struct Level {
    pub nodes: usize,
    pub clusters: usize,
    /// `S`, a row a node.
    pub assignment: Matrix,
    /// The cluster that every node of the level belongs to most; null where it belongs to none.
    pub cluster_of: Vec<Option<usize>>,
    /// The cluster that every node of the graph belongs to most, by way of the levels before.
    pub cluster_of_node: Vec<Option<usize>>,
    /// `A'`, a row a cluster.
    pub adjacency: Option<Matrix>,
    /// The entries of `A'` that are drawn: two clusters and the mean of both directions.
    pub links: Vec<(usize, usize, f32)>,
    /// The clusters in the order of their size, the largest first.
    pub order: Vec<usize>,
    pub members: Vec<Cluster>,
    /// What the assignment of the level does.
    pub diagnostics: ClusterDiagnostics,
}

/// A cluster.
#[derive(Debug, Clone, Serialize)]
pub struct Cluster {
    /// Nodes of the graph that belong to it most.
    pub nodes: usize,
    /// Sum of the shares of all nodes of the graph.
    pub mass: f32,
    /// The cluster's entry on the diagonal of `A'`.
    pub inside: f32,
    /// Where the cluster is drawn, how large, and in which colour; null where it holds too little to be drawn.
    pub drawn: Option<Place>,
    pub color: String,
}

/// Where a cluster is drawn.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub radius: f64,
}

/// All levels of the session's last prediction, for nodes that are drawn at `points`.
pub fn levels(session: &Session, points: &[Point]) -> Result<Vec<Level>> {
    let mut levels: Vec<Level> = Vec::new();
    let mut below = points.to_vec();
    for index in 0..session.levels() {
        let assignment = Matrix::of(session.assignment(index)?);
        let adjacency = session.pooled_adjacency(index)?;
        let (level, places) = level(levels.last(), assignment, adjacency, &below, points.len());
        levels.push(Level { diagnostics: session.diagnostics(index)?, ..level });
        below = places;
    }
    Ok(levels)
}

/// One level, and the places of its clusters.
fn level(
    before: Option<&Level>,
    assignment: Matrix,
    adjacency: ArrayView2<'_, f32>,
    below: &[Point],
    nodes: usize,
) -> (Level, Vec<Point>) {
    let clusters = assignment.columns;
    let cluster_of: Vec<Option<usize>> = (0..assignment.rows).map(|row| hardest(assignment.row(row))).collect();
    let cluster_of_node: Vec<Option<usize>> = match before {
        Some(before) => before.cluster_of_node.iter().map(|own| own.and_then(|own| cluster_of[own])).collect(),
        None => cluster_of.clone(),
    };
    let mass = carry(&assignment, |row| before.map_or(1.0, |before| before.members[row].mass));
    let mut counts = vec![0; clusters];
    cluster_of_node.iter().flatten().for_each(|&cluster| counts[cluster] += 1);
    let mut order: Vec<usize> = (0..clusters).collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(mass[b].total_cmp(&mass[a])));
    let least = LEAST_SHARE * nodes as f64 / clusters as f64;
    let is_drawn = |&cluster: &usize| counts[cluster] > 0 || f64::from(mass[cluster]) >= least;
    let drawn: Vec<usize> = order.iter().copied().filter(is_drawn).take(MOST_CLUSTERS).collect();
    let centres: Vec<Point> = (0..clusters).map(|cluster| centre(&assignment, &cluster_of, below, cluster)).collect();
    let mut places = centres.clone();
    let spread = layout::clusters(&drawn.iter().map(|&cluster| centres[cluster]).collect::<Vec<_>>());
    drawn.iter().zip(&spread).for_each(|(&cluster, &place)| places[cluster] = place);
    let radius = radii(&mass, drawn.len());
    let members = (0..clusters).map(|cluster| Cluster {
        nodes: counts[cluster],
        mass: mass[cluster],
        inside: adjacency[[cluster, cluster]],
        drawn: drawn.contains(&cluster).then(|| {
            let Point { x, y } = places[cluster];
            Place { x, y, radius: radius(cluster) }
        }),
        color: color(&order, &counts, cluster),
    });
    let level = Level {
        nodes: assignment.rows,
        clusters,
        cluster_of,
        cluster_of_node,
        links: links(adjacency, &drawn),
        members: members.collect(),
        adjacency: Some(Matrix::of(adjacency)),
        assignment,
        order,
        diagnostics: ClusterDiagnostics::default(),
    };
    (level, places)
}

/// The first of the largest shares; none where all are 0.
fn hardest(row: &[f32]) -> Option<usize> {
    let mut best = None;
    for (cluster, &share) in row.iter().enumerate() {
        if share > best.map_or(0.0, |best: usize| row[best]) {
            best = Some(cluster);
        }
    }
    best
}

/// What the clusters have of a number that every node of the level has.
pub fn carry(assignment: &Matrix, of: impl Fn(usize) -> f32) -> Vec<f32> {
    let mut sums = vec![0.0_f64; assignment.columns];
    for row in 0..assignment.rows {
        let own = f64::from(of(row));
        sums.iter_mut().zip(assignment.row(row)).for_each(|(sum, &share)| *sum += own * f64::from(share));
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

/// Where the nodes of a cluster lie: those that belong to it most, or else all, by their shares.
fn centre(assignment: &Matrix, cluster_of: &[Option<usize>], below: &[Point], cluster: usize) -> Point {
    let mean = |weight: &dyn Fn(usize) -> f64| {
        let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
        for (row, point) in below.iter().enumerate() {
            let weight = weight(row);
            x += weight * point.x;
            y += weight * point.y;
            sum += weight;
        }
        (sum > 0.0).then(|| Point { x: x / sum, y: y / sum })
    };
    mean(&|row| f64::from(u8::from(cluster_of[row] == Some(cluster))))
        .or_else(|| mean(&|row| f64::from(assignment.at(row, cluster))))
        .unwrap_or(Point { x: WIDTH / 2.0, y: HEIGHT / 2.0 })
}

/// The radius of a cluster: its area is as its mass, but that it can be seen.
fn radii(mass: &[f32], drawn: usize) -> impl Fn(usize) -> f64 {
    let largest = mass.iter().fold(f32::MIN_POSITIVE, |largest, &mass| largest.max(mass));
    let most = (0.3 * (WIDTH * HEIGHT / drawn.max(1) as f64).sqrt()).clamp(10.0, 62.0);
    move |cluster| {
        let radius = most * f64::from(mass[cluster] / largest).max(0.0).sqrt();
        (10.0 * radius.max(most * 0.2).max(4.5)).round() / 10.0
    }
}

fn color(order: &[usize], counts: &[usize], cluster: usize) -> String {
    let rank = order.iter().position(|&other| other == cluster).unwrap_or(0);
    let color = if counts[cluster] > 0 { colors::of_rank(rank) } else { colors::UNUSED };
    color.hex()
}

/// The strongest entries of the pooled adjacency between clusters that are drawn.
fn links(adjacency: ArrayView2<'_, f32>, drawn: &[usize]) -> Vec<(usize, usize, f32)> {
    let mut links = Vec::new();
    for (at, &a) in drawn.iter().enumerate() {
        links.extend(drawn[..at].iter().map(|&b| (a.min(b), a.max(b), 0.5 * (adjacency[[a, b]] + adjacency[[b, a]]))));
    }
    let largest = links.iter().fold(0.0_f32, |largest, link| largest.max(link.2.abs()));
    links.retain(|link| link.2 != 0.0 && link.2.abs() >= WEAKEST_LINK * largest);
    links.sort_by(|x, y| y.2.abs().total_cmp(&x.2.abs()).then(x.0.cmp(&y.0)).then(x.1.cmp(&y.1)));
    links.truncate(MOST_LINKS);
    links
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;

    fn point(x: f64) -> Point {
        Point { x, y: 1.0 }
    }

    #[test]
    fn clusters_are_followed_through_the_levels() {
        let first = Matrix::of(arr2(&[[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0], [0.0, 0.0, 0.0]]).view());
        let below = [0.0, 1.0, 2.0, 3.0].map(point);
        let adjacency = arr2(&[[4.0, 2.0, 0.0], [2.0, 1.0, 0.001], [0.0, 0.001, 0.0]]);
        let (first, places) = level(None, first, adjacency.view(), &below, 4);
        assert_eq!(first.cluster_of, [Some(0), Some(1), Some(1), None]);
        assert_eq!(first.order, [1, 0, 2]);
        assert_eq!(first.links, [(0, 1, 2.0)]);
        assert_eq!(first.members.iter().map(|m| m.nodes).collect::<Vec<_>>(), [1, 2, 0]);
        assert!((first.members[1].mass - 1.6).abs() < 1e-6 && first.members[0].inside == 4.0);
        assert!(first.members[0].drawn.is_some() && first.members[2].drawn.is_none());
        let second = Matrix::of(arr2(&[[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]).view());
        let (second, _) = level(Some(&first), second, Array2::zeros((2, 2)).view(), &places, 4);
        assert_eq!(second.cluster_of_node, [Some(1), Some(0), Some(0), None]);
        assert!((second.members[1].mass - 1.4).abs() < 1e-6);
    }

    #[test]
    fn a_cluster_without_nodes_is_where_its_shares_are() {
        let s = Matrix::of(arr2(&[[0.6, 0.4], [0.9, 0.1]]).view());
        let cluster_of = [Some(0), Some(0)];
        let at = centre(&s, &cluster_of, &[point(0.0), point(10.0)], 1);
        assert!((at.x - 2.0).abs() < 1e-6, "{at:?}");
        assert_eq!(centre(&s, &cluster_of, &[point(0.0), point(10.0)], 0), point(5.0));
    }
}
