//! The losses of an assignment by name, as they stand in records and in JSON.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pool_loss::PoolLoss;

/// The losses of an assignment, each the sum over all levels and not weighted; NaN for one that is not computed. In
/// JSON they are keys of the object that they are part of, and one that is not computed is not there.
#[derive(Debug, Clone, Copy)]
pub struct LossParts([f64; PoolLoss::COUNT]);

impl LossParts {
    /// All 0.
    pub const ZERO: Self = Self([0.0; PoolLoss::COUNT]);

    /// Those of a model that assigns nothing: 0 for what is always computed.
    pub const WITHOUT_LEVELS: Self = {
        let mut parts = [f64::NAN; PoolLoss::COUNT];
        parts[PoolLoss::Link as usize] = 0.0;
        parts[PoolLoss::Entropy as usize] = 0.0;
        Self(parts)
    };

    /// The loss of this name; `None` where it is not computed, or there is none of the name.
    pub fn named(&self, name: &str) -> Option<f64> {
        let loss = PoolLoss::ALL.iter().find(|loss| loss.name() == name)?;
        self.has(*loss).then(|| self[*loss])
    }

    /// The losses that are computed, in their order.
    pub fn computed(&self) -> impl Iterator<Item = (PoolLoss, f64)> {
        PoolLoss::ALL.iter().filter(|&&loss| self.has(loss)).map(|&loss| (loss, self[loss]))
    }

    /// Whether a loss is computed.
    fn has(&self, loss: PoolLoss) -> bool {
        loss.is_always_computed() || !self[loss].is_nan()
    }

    /// The losses of these names; the error is a name that none has.
    pub fn of_names<'a>(parts: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self, &'a str> {
        let mut out = Self([f64::NAN; PoolLoss::COUNT]);
        for (name, value) in parts {
            let loss = PoolLoss::ALL.iter().find(|loss| loss.name() == name).ok_or(name)?;
            out[*loss] = value;
        }
        Ok(out)
    }
}

/// What is not computed in both is the same in both.
impl PartialEq for LossParts {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own == other || (own.is_nan() && other.is_nan()))
    }
}

impl Index<PoolLoss> for LossParts {
    type Output = f64;

    fn index(&self, loss: PoolLoss) -> &f64 {
        &self.0[loss as usize]
    }
}

impl IndexMut<PoolLoss> for LossParts {
    fn index_mut(&mut self, loss: PoolLoss) -> &mut f64 {
        &mut self.0[loss as usize]
    }
}

impl Default for LossParts {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Serialize for LossParts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (loss, value) in self.computed() {
            map.serialize_entry(loss.name(), &value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for LossParts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = BTreeMap::<String, f64>::deserialize(deserializer)?;
        Self::of_names(parts.iter().map(|(name, &value)| (name.as_str(), value)))
            .map_err(|name| D::Error::custom(format_args!("unknown field `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_computed_is_not_there() {
        let json = r#"{"link_loss":0.25,"entropy_loss":0.5,"cut_loss":-1.0}"#;
        let parts: LossParts = serde_json::from_str(json).unwrap();
        let of = |name| parts.named(name);
        assert_eq!(
            [of("link_loss"), of("cut_loss"), of("balance_loss"), of("lost")],
            [Some(0.25), Some(-1.0), None, None]
        );
        assert_eq!(serde_json::to_string(&parts).unwrap(), json);
        assert!(serde_json::from_str::<LossParts>(r#"{"link": 0.25}"#).is_err());
    }

    #[test]
    fn equal_where_the_same_losses_are() {
        let (parts, mut other) = (LossParts::WITHOUT_LEVELS, LossParts::WITHOUT_LEVELS);
        assert_eq!(parts, other);
        other[PoolLoss::Cut] = 0.0;
        assert_ne!(parts, other);
        assert_ne!(other, LossParts::ZERO);
    }
}
