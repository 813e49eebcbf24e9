//! The published numbers of DiffPool that ours are put beside.

use crate::runs::record::Protocol;

/// A published accuracy, in percent.
#[derive(Debug, PartialEq)]
pub struct Published {
    /// Name of the data set.
    pub data: &'static str,
    /// The protocol of ours that is judged in the same way.
    pub protocol: Protocol,
    /// Mean over the folds.
    pub mean: f64,
    /// Deviation over the folds, where it was published.
    pub deviation: Option<f64>,
    /// What the reader must know of it.
    note: &'static str,
}

/// Where the numbers come from, as Markdown.
pub const SOURCES: &str = "\
Published numbers under `fair` are the test accuracies of DiffPool in Tables 3 and 4 of Errica, Podda, Bacciu, Micheli:
*A Fair Comparison of Graph Neural Networks for Graph Classification*, ICLR 2020; \"degree\" says that the degree is
the node's feature. Those under `paper` are in Table 1 of Ying, You, Morris, Ren, Hamilton, Leskovec: *Hierarchical
Graph Representation Learning with Differentiable Pooling*, NeurIPS 2018, which gives no deviation.";

/// All of them, in the order of the page.
pub const ALL: [Published; 10] = [
    fair("ENZYMES", 59.5, 5.6, ""),
    paper("ENZYMES", 62.53),
    fair("PROTEINS", 73.7, 3.5, ""),
    paper("PROTEINS", 76.25),
    fair("DD", 75.0, 3.5, ""),
    paper("DD", 80.64),
    fair("COLLAB", 68.9, 2.0, "degree"),
    paper("COLLAB", 75.48),
    fair("IMDB-BINARY", 68.4, 3.3, "degree"),
    paper("REDDIT-MULTI-12K", 47.08),
];

const fn fair(data: &'static str, mean: f64, deviation: f64, note: &'static str) -> Published {
    Published { data, protocol: Protocol::Fair, mean, deviation: Some(deviation), note }
}

const fn paper(data: &'static str, mean: f64) -> Published {
    Published { data, protocol: Protocol::Paper, mean, deviation: None, note: "" }
}

/// The published number for a data set under a protocol.
pub fn of(data: &str, protocol: Protocol) -> Option<&'static Published> {
    ALL.iter().find(|published| published.data == data && published.protocol == protocol)
}

/// Where a data set stands on the page: first those with published numbers.
pub fn rank(data: &str) -> usize {
    ALL.iter().position(|published| published.data == data).unwrap_or(ALL.len())
}

impl Published {
    /// The number as it was printed.
    pub fn text(&self) -> String {
        let Self { mean, deviation, note, .. } = self;
        let number = deviation.map_or_else(|| format!("{mean:.2}"), |deviation| format!("{mean:.1} ± {deviation:.1}"));
        if note.is_empty() { number } else { format!("{number} ({note})") }
    }

    /// What a mean of ours, in percent, is against this one.
    pub fn verdict(&self, ours: f64) -> String {
        let difference = ours - self.mean;
        // Sums of tenths are not exact.
        match difference {
            d if d >= 0.005 => format!("above by {d:.2}"),
            d if d >= -1e-9 => "reached".to_string(),
            d if d > -0.005 => "below by less than 0.01".to_string(),
            d => format!("below by {:.2}", -d),
        }
    }

    /// Whether a mean of ours, in percent, is at or above this one.
    pub fn is_reached(&self, ours: f64) -> bool {
        ours - self.mean >= -1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_reached_or_it_is_not() {
        let published = of("DD", Protocol::Fair).unwrap();
        let cases = [
            (75.0, "reached", true),
            (75.004, "reached", true),
            (74.999, "below by less than 0.01", false),
            (73.8, "below by 1.20", false),
            (76.25, "above by 1.25", true),
        ];
        for (ours, text, reached) in cases {
            assert_eq!((published.verdict(ours).as_str(), published.is_reached(ours)), (text, reached), "{ours}");
        }
        assert_eq!(published.text(), "75.0 ± 3.5");
        assert_eq!(of("REDDIT-MULTI-12K", Protocol::Fair), None);
    }
}
