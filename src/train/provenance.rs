//! What training writes down with the model that it gives: when, on what, how far, how well.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Result, error};
use crate::model::{Metadata, OWN_KEYS, TrainState};
use crate::ops::runtime::real::Real;

/// The variable of the environment that takes the place of the clock, see <https://reproducible-builds.org>.
pub const DATE_VARIABLE: &str = "SOURCE_DATE_EPOCH";
/// Last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// When training ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clock {
    /// The clock of the machine says.
    Machine,
    /// It is this second since 1970, whenever it is.
    Fixed(u64),
}

impl Clock {
    /// The clock that the environment asks for.
    pub fn of_environment() -> Result<Self> {
        let Some(text) = std::env::var_os(DATE_VARIABLE).filter(|text| !text.is_empty()) else {
            return Ok(Self::Machine);
        };
        let seconds = text.to_str().and_then(|text| text.parse().ok()).filter(|&seconds| seconds <= LAST_SECOND);
        seconds.map(Self::Fixed).ok_or_else(|| {
            error!(InvalidArgument, "{DATE_VARIABLE} is {text:?}, but must be seconds since 1970, up to {LAST_SECOND}")
        })
    }

    /// Date and time, in seconds since 1970.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Fixed(seconds) => seconds,
            Self::Machine => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }
}

/// Writes down how a model was trained, in place of what is there of an earlier training. `graphs` are the numbers of
/// training and of validation graphs, `ended` is when training did, if that is known.
pub(super) fn write<T: Real>(metadata: &mut Metadata, state: &TrainState<T>, graphs: [usize; 2], ended: Option<u64>) {
    let old: Vec<String> = metadata.iter().map(|(key, _)| key.to_string()).collect();
    for key in old.iter().filter(|key| key.starts_with(OWN_KEYS)) {
        metadata.remove(key);
    }
    let metric = state.model.config().recorded_metric().name();
    let value = state.kept_validation().map(|validation| validation.metric).filter(|value| !value.is_nan());
    let values = [
        ("date", ended.map(date)),
        ("library_version", Some(env!("CARGO_PKG_VERSION").to_string())),
        ("data_fingerprint", Some(format!("{:08x}", state.data_fingerprint))),
        ("training_graphs", Some(graphs[0].to_string())),
        ("validation_graphs", Some(graphs[1].to_string())),
        ("epochs", Some(state.epoch.to_string())),
        ("best_epoch", Some(state.kept_epoch().to_string())),
        ("metric", Some(metric.to_string())),
        ("validation_metric", value.map(|value| value.to_string())),
    ];
    for (key, value) in values {
        if let Some(value) = value {
            metadata.put(&format!("{OWN_KEYS}{key}"), &value).expect("there is room for the library's keys");
        }
    }
}

/// Seconds since 1970 as ISO 8601 has them, in UTC.
fn date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let is_leap = |year: u64| (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let (mut year, mut day) = (1970, days);
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (68_169_599, "1972-02-28T23:59:59Z"),
            (68_169_600, "1972-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LAST_SECOND, "9999-12-31T23:59:59Z"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds), expected);
        }
    }
}
