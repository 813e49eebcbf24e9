//! A value that is the same at every pooling level, or another one at each.

use serde::{Deserialize, Serialize};

use super::key::{Bounds, KeyValue, Kind};
use crate::error::Result;

/// A number for all pooling levels, or a list of one number a level. In JSON it is a number or a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLevel {
    /// One number for all.
    All(f64),
    /// The number of every level, the first one first.
    Each(Vec<f64>),
}

impl PerLevel {
    /// The number of a pooling level, from 0.
    pub fn at(&self, level: usize) -> f64 {
        match self {
            Self::All(value) => *value,
            Self::Each(values) => values.get(level).copied().unwrap_or_default(),
        }
    }

    /// The number of all levels, where there is one.
    pub fn of_all(&self) -> Option<f64> {
        match self {
            Self::All(value) => Some(*value),
            Self::Each(_) => None,
        }
    }

    /// Whether the number is 0 at every level.
    pub fn is_zero(&self) -> bool {
        self.values().iter().all(|&value| value == 0.0)
    }

    fn values(&self) -> &[f64] {
        match self {
            Self::All(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }
}

impl From<f64> for PerLevel {
    fn from(value: f64) -> Self {
        Self::All(value)
    }
}

impl KeyValue for PerLevel {
    const KIND: Kind = Kind::PerLevel;

    fn check(&self, key: &str, bounds: Bounds) -> Result<()> {
        match self {
            Self::All(value) => value.check(key, bounds),
            Self::Each(values) => values.check(key, bounds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_list() {
        let [all, each] = [PerLevel::All(0.5), PerLevel::Each(vec![0.5, 2.0])];
        assert_eq!(serde_json::to_string(&[&all, &each]).unwrap(), "[0.5,[0.5,2.0]]");
        assert_eq!(serde_json::from_str::<Vec<PerLevel>>("[0.5, [0.5, 2]]").unwrap(), [all.clone(), each.clone()]);
        assert_eq!(serde_json::from_str::<PerLevel>("3").unwrap(), PerLevel::All(3.0));
        assert_eq!([all.at(7), each.at(0), each.at(1)], [0.5, 0.5, 2.0]);
        assert_eq!((all.of_all(), each.of_all()), (Some(0.5), None));
        assert!(!each.is_zero() && PerLevel::Each(vec![0.0, 0.0]).is_zero());
    }
}
