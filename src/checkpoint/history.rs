//! The history of a run as JSON, in which every number comes back as it was.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::LossParts;
use crate::model::{ClusterDiagnostics, EpochRecord, ValidationRecord};

/// A number in JSON, which has no way of its own to write those that are not finite.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "StoredNumber", into = "StoredNumber")]
pub(super) struct Number(pub f64);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredNumber {
    Finite(f64),
    Other(NonFinite),
}

#[derive(Serialize, Deserialize)]
enum NonFinite {
    #[serde(rename = "nan")]
    Nan,
    #[serde(rename = "inf")]
    Infinity,
    #[serde(rename = "-inf")]
    NegativeInfinity,
}

impl From<Number> for StoredNumber {
    fn from(Number(value): Number) -> Self {
        if value.is_finite() {
            Self::Finite(value)
        } else if value.is_nan() {
            Self::Other(NonFinite::Nan)
        } else if value > 0.0 {
            Self::Other(NonFinite::Infinity)
        } else {
            Self::Other(NonFinite::NegativeInfinity)
        }
    }
}

impl From<StoredNumber> for Number {
    fn from(stored: StoredNumber) -> Self {
        Self(match stored {
            StoredNumber::Finite(value) => value,
            StoredNumber::Other(NonFinite::Nan) => f64::NAN,
            StoredNumber::Other(NonFinite::Infinity) => f64::INFINITY,
            StoredNumber::Other(NonFinite::NegativeInfinity) => f64::NEG_INFINITY,
        })
    }
}

/// What is stored of [`Best`](crate::model::Best) besides its tensors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredBest {
    pub epoch: usize,
    pub metric: Number,
}

/// [`EpochRecord`] as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredEpoch {
    epoch: usize,
    loss: Number,
    class_loss: Number,
    #[serde(flatten)]
    pooling: StoredParts,
    accuracy: Number,
    /// Files from before there were metrics and diagnostics lack them.
    #[serde(default = "no_number")]
    metric: Number,
    validation: Option<StoredValidation>,
    #[serde(default)]
    clusters: Vec<StoredClusters>,
    #[serde(default)]
    validation_clusters: Vec<StoredClusters>,
    learning_rate: Number,
    gradient_norm: Number,
    seconds: Number,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredValidation {
    loss: Number,
    accuracy: Number,
    #[serde(default = "no_number")]
    metric: Number,
}

/// The losses of an assignment by name; every key of an epoch that is no other field is one of them.
#[derive(Debug)]
struct StoredParts(LossParts);

impl Serialize for StoredParts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.computed().map(|(loss, value)| (loss.name(), Number(value))))
    }
}

impl<'de> Deserialize<'de> for StoredParts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = BTreeMap::<String, Number>::deserialize(deserializer)?;
        let parts = LossParts::of_names(parts.iter().map(|(name, value)| (name.as_str(), value.0)));
        parts.map(Self).map_err(|name| D::Error::custom(format_args!("unknown field `{name}`")))
    }
}

fn no_number() -> Number {
    Number(f64::NAN)
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredClusters {
    clusters_in_use: Number,
    effective_clusters: Number,
    entropy: Number,
    relative_entropy: Number,
    edges_inside: Number,
    modularity: Number,
}

impl From<&ClusterDiagnostics> for StoredClusters {
    fn from(clusters: &ClusterDiagnostics) -> Self {
        let ClusterDiagnostics {
            clusters_in_use,
            effective_clusters,
            entropy,
            relative_entropy,
            edges_inside,
            modularity,
        } = *clusters;
        Self {
            clusters_in_use: Number(clusters_in_use),
            effective_clusters: Number(effective_clusters),
            entropy: Number(entropy),
            relative_entropy: Number(relative_entropy),
            edges_inside: Number(edges_inside),
            modularity: Number(modularity),
        }
    }
}

impl From<&StoredClusters> for ClusterDiagnostics {
    fn from(stored: &StoredClusters) -> Self {
        Self {
            clusters_in_use: stored.clusters_in_use.0,
            effective_clusters: stored.effective_clusters.0,
            entropy: stored.entropy.0,
            relative_entropy: stored.relative_entropy.0,
            edges_inside: stored.edges_inside.0,
            modularity: stored.modularity.0,
        }
    }
}

impl From<&EpochRecord> for StoredEpoch {
    fn from(record: &EpochRecord) -> Self {
        // Taken apart by name, so that a field added to the record cannot be forgotten here.
        let EpochRecord {
            epoch,
            loss,
            class_loss,
            pooling,
            accuracy,
            metric,
            validation,
            ref clusters,
            ref validation_clusters,
            learning_rate,
            gradient_norm,
            seconds,
        } = *record;
        Self {
            epoch,
            loss: Number(loss),
            class_loss: Number(class_loss),
            pooling: StoredParts(pooling),
            accuracy: Number(accuracy),
            metric: Number(metric),
            validation: validation.map(|ValidationRecord { loss, accuracy, metric }| StoredValidation {
                loss: Number(loss),
                accuracy: Number(accuracy),
                metric: Number(metric),
            }),
            clusters: clusters.iter().map(StoredClusters::from).collect(),
            validation_clusters: validation_clusters.iter().map(StoredClusters::from).collect(),
            learning_rate: Number(learning_rate),
            gradient_norm: Number(gradient_norm),
            seconds: Number(seconds),
        }
    }
}

impl From<StoredEpoch> for EpochRecord {
    fn from(stored: StoredEpoch) -> Self {
        Self {
            epoch: stored.epoch,
            loss: stored.loss.0,
            class_loss: stored.class_loss.0,
            pooling: stored.pooling.0,
            accuracy: stored.accuracy.0,
            metric: stored.metric.0,
            validation: stored.validation.map(|StoredValidation { loss, accuracy, metric }| ValidationRecord {
                loss: loss.0,
                accuracy: accuracy.0,
                metric: metric.0,
            }),
            clusters: stored.clusters.iter().map(ClusterDiagnostics::from).collect(),
            validation_clusters: stored.validation_clusters.iter().map(ClusterDiagnostics::from).collect(),
            learning_rate: stored.learning_rate.0,
            gradient_norm: stored.gradient_norm.0,
            seconds: stored.seconds.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_bit_for_bit() {
        let cases = [
            0.0,
            -0.0,
            1.0,
            0.1 + 0.2,
            1.0 / 3.0,
            -5e-324,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::MIN,
            9_007_199_254_740_993.0,
            1e23,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        for value in cases {
            let json = serde_json::to_string(&Number(value)).unwrap();
            let back: Number = serde_json::from_str(&json).unwrap();
            assert_eq!(back.0.to_bits(), value.to_bits(), "{json}");
        }
        let mut random = 1_u64;
        for _ in 0..10_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(random ^ (random >> 29));
            if value.is_finite() {
                let json = serde_json::to_string(&Number(value)).unwrap();
                assert_eq!(serde_json::from_str::<Number>(&json).unwrap().0.to_bits(), value.to_bits(), "{json}");
            }
        }
    }

    #[test]
    fn records_from_before_there_were_metrics_are_read() {
        let json = r#"{"epoch": 1, "loss": 1, "class_loss": 1, "link_loss": 1, "entropy_loss": 1, "accuracy": 0.5,
            "validation": {"loss": 1, "accuracy": 0.25}, "learning_rate": 1, "gradient_norm": 1, "seconds": 1}"#;
        let record = EpochRecord::from(serde_json::from_str::<StoredEpoch>(json).unwrap());
        let validation = record.validation.unwrap();
        assert!(record.metric.is_nan() && validation.metric.is_nan() && validation.accuracy == 0.25);
    }

    #[test]
    fn losses_are_read_by_name_and_others_refused() {
        let json = |name: &str| {
            format!(
                r#"{{"epoch": 1, "loss": 1, "class_loss": 1, "link_loss": "inf", "{name}": -0.25, "accuracy": 0.5,
                "validation": null, "learning_rate": 1, "gradient_norm": 1, "seconds": 1}}"#
            )
        };
        let stored: StoredEpoch = serde_json::from_str(&json("modularity_loss")).unwrap();
        let pooling = EpochRecord::from(stored).pooling;
        let of = |name| pooling.named(name);
        assert_eq!([of("link_loss"), of("modularity_loss"), of("cut_loss")], [Some(f64::INFINITY), Some(-0.25), None]);
        assert!(serde_json::from_str::<StoredEpoch>(&json("lost")).unwrap_err().to_string().contains("`lost`"));
    }

    #[test]
    fn other_values_are_refused() {
        for json in ["null", "\"NaN\"", "\"1\"", "[1]", "{\"nan\": 1}", "true", "1e999"] {
            assert!(serde_json::from_str::<Number>(json).is_err(), "{json}");
        }
    }
}
