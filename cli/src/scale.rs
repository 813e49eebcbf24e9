//! Axes of plots: round numbers, and where they are in the picture.

/// Values of which none is left out, however far from the others.
const FEW: usize = 100;

/// A stretch of numbers on a stretch of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// Numbers at the two ends.
    pub from: f64,
    /// Number at the other end.
    pub to: f64,
    /// Where `from` is in the picture.
    pub start: f64,
    /// Where `to` is in the picture.
    pub end: f64,
}

impl Scale {
    /// Where a number is in the picture.
    pub fn place(&self, number: f64) -> f64 {
        let span = self.to - self.from;
        let share = if span == 0.0 { 0.5 } else { (number - self.from) / span };
        self.start + share * (self.end - self.start)
    }

    /// The round numbers within the scale, some `wanted` of them, and how many decimals they have.
    pub fn ticks(&self, wanted: usize) -> (Vec<f64>, usize) {
        let (step, decimals) = step((self.to - self.from) / wanted.max(1) as f64);
        let first = (self.from / step - 1e-9).ceil() as i64;
        let last = (self.to / step + 1e-9).floor() as i64;
        ((first..=last).map(|number| number as f64 * step).collect(), decimals)
    }
}

/// The next round number from `rough` up, which is 1, 2 or 5 times a power of ten, and its decimals.
pub fn step(rough: f64) -> (f64, usize) {
    if !(rough.is_finite() && rough > 0.0) {
        return (1.0, 0);
    }
    let power = rough.log10().floor() as i32;
    let step = [(1.0, power), (2.0, power), (5.0, power), (1.0, power + 1)]
        .into_iter()
        .find(|(digit, power)| digit * 10f64.powi(*power) >= rough * (1.0 - 1e-9));
    let (digit, power) = step.unwrap_or((1.0, power + 1));
    let decimals = usize::try_from(-power).unwrap_or(0);
    // Whole powers are divided by, because a tenth is no exact number.
    let value = if power < 0 { digit / 10f64.powi(-power) } else { digit * 10f64.powi(power) };
    (value, decimals)
}

/// What a scale must show of numbers from `low` up. A few of them that are far above everything else, as the first
/// losses can be, would press all others together; they are left out.
pub fn limits(low: f64, mut high: Vec<f64>) -> (f64, f64) {
    high.sort_unstable_by(f64::total_cmp);
    let (Some(&highest), true) = (high.last(), low.is_finite()) else { return (0.0, 1.0) };
    if high.len() < FEW {
        return (low, highest);
    }
    let most = high[(high.len() - 1) * 97 / 100];
    let bound = low + 1.25 * (most - low);
    (low, if highest > low + 2.0 * (most - low) { bound } else { highest })
}

/// The limits at round numbers, the numbers between, and their decimals.
pub fn rounded((low, high): (f64, f64)) -> (f64, f64, (f64, usize)) {
    let (step, decimals) = step((high - low) / 5.0);
    let (from, to) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
    let (from, to) = if to > from { (from, to) } else { (from - step, to + step) };
    (from, to, (step, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let cases: [(f64, f64, usize, &[f64], usize); 4] = [
            (0.0, 100.0, 5, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0], 0),
            (0.31, 0.92, 5, &[0.4, 0.6, 0.8], 1),
            (1.0, 300.0, 6, &[50.0, 100.0, 150.0, 200.0, 250.0, 300.0], 0),
            (0.001, 0.004, 3, &[0.001, 0.002, 0.003, 0.004], 3),
        ];
        for (from, to, wanted, expected, decimals) in cases {
            let scale = Scale { from, to, start: 0.0, end: 1.0 };
            let (ticks, found) = scale.ticks(wanted);
            let exact = ticks.len() == expected.len() && ticks.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(exact && found == decimals, "{from} to {to}: {ticks:?}");
        }
        assert_eq!(step(f64::NAN), (1.0, 0));
        assert_eq!(Scale { from: 1.0, to: 1.0, start: 0.0, end: 2.0 }.place(1.0), 1.0);
    }
}
